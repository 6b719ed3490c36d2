//! Utterances, put together from the parts in which the server sends them. It is a function of the messages,
//! and opens nothing.

use std::collections::BTreeMap;

use crate::messages;

/// How long the text of one utterance may become. A server that never ends one must not fill the memory.
const MAX_TEXT: usize = 1 << 20;

/// What somebody said: the parts that have arrived so far.
///
/// ```
/// use ultravox::live::{Event, Utterance};
///
/// fn show(event: &Event) {
///     if let Event::Utterance(Utterance { role, text, .. }) = event {
///         println!("{role}: {text}");
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Utterance {
    /// Its place in the call.
    pub ordinal: i64,
    /// Who said it.
    pub role: messages::Role,
    /// Whether it was spoken or written, where the server says so.
    pub medium: Option<messages::Medium>,
    /// The text so far.
    pub text: String,
    /// Whether it is complete.
    pub is_final: bool,
}

/// The transcript of a call: its utterances, in their order.
///
/// A session puts utterances together by itself ([`Event::Utterance`](super::Event::Utterance)). This is for
/// those who show what is being said while it is, or who keep the whole.
///
/// ```
/// use ultravox::live::Transcript;
/// use ultravox::messages;
///
/// let mut transcript = Transcript::new();
/// let first = messages::Transcript::new(false, 1, "agent").delta("Good ");
/// assert_eq!(transcript.update(&first).unwrap().text, "Good ");
/// let last = messages::Transcript::new(true, 1, "agent").delta("morning.");
/// assert!(transcript.update(&last).unwrap().is_final);
///
/// let said: Vec<&str> = transcript.utterances().map(|utterance| utterance.text.as_str()).collect();
/// assert_eq!(said, ["Good morning."]);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transcript {
    utterances: BTreeMap<i64, Utterance>,
}

impl Transcript {
    /// A transcript without any utterance.
    ///
    /// ```
    /// assert_eq!(ultravox::live::Transcript::new().utterances().count(), 0);
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what a message says: `text` replaces what was known of the utterance, `delta` continues it. The
    /// utterance as it is now, or `None` if it was complete before.
    ///
    /// ```
    /// use ultravox::live::{Event, Transcript};
    /// use ultravox::messages::ServerMessage;
    ///
    /// fn follow(transcript: &mut Transcript, event: &Event) {
    ///     if let Event::Message(ServerMessage::Transcript(message)) = event
    ///         && let Some(utterance) = transcript.update(message)
    ///     {
    ///         print!("\r{}: {}", utterance.role, utterance.text);
    ///     }
    /// }
    /// ```
    pub fn update(&mut self, message: &messages::Transcript) -> Option<&Utterance> {
        let utterance = self
            .utterances
            .entry(message.ordinal)
            .or_insert_with(|| Utterance {
                ordinal: message.ordinal,
                role: message.role.clone(),
                medium: None,
                text: String::new(),
                is_final: false,
            });
        if utterance.is_final {
            return None;
        }
        utterance.role = message.role.clone();
        if message.medium.is_some() {
            utterance.medium = message.medium.clone();
        }
        if let Some(text) = &message.text {
            utterance.text.clear();
            append(&mut utterance.text, text);
        }
        if let Some(delta) = &message.delta {
            append(&mut utterance.text, delta);
        }
        utterance.is_final = message.final_;
        Some(utterance)
    }

    /// The utterances, in their order. The last ones may not be complete yet.
    ///
    /// ```
    /// # let transcript = ultravox::live::Transcript::new();
    /// for utterance in transcript.utterances() {
    ///     println!("{}: {}", utterance.role, utterance.text);
    /// }
    /// ```
    pub fn utterances(&self) -> impl Iterator<Item = &Utterance> {
        self.utterances.values()
    }
}

/// Up to the limit, and not within a character.
fn append(text: &mut String, more: &str) {
    let room = MAX_TEXT.saturating_sub(text.len());
    let end = (0..=room.min(more.len()))
        .rev()
        .find(|end| more.is_char_boundary(*end));
    text.push_str(more.get(..end.unwrap_or(0)).unwrap_or_default());
}

/// How many complete utterances are remembered, so that one that is sent again is not told again.
const REMEMBERED: usize = 64;
/// How many utterances may be open at once.
const MAX_OPEN: usize = 256;

/// Tells of each utterance once, and keeps no more of it.
#[derive(Debug, Default)]
pub(super) struct Finished {
    open: Transcript,
}

impl Finished {
    /// The utterance that this message completes.
    pub(super) fn update(&mut self, message: &messages::Transcript) -> Option<Utterance> {
        let finished = self.open.update(message)?;
        let finished = finished.is_final.then(|| finished.clone());
        if finished.is_some()
            && let Some(kept) = self.open.utterances.get_mut(&message.ordinal)
        {
            kept.text = String::new();
        }
        self.forget();
        finished
    }

    /// What was never completed, once nothing more arrives.
    pub(super) fn rest(&mut self) -> impl Iterator<Item = Utterance> + use<> {
        std::mem::take(&mut self.open)
            .utterances
            .into_values()
            .filter(|utterance| !utterance.is_final && !utterance.text.is_empty())
    }

    fn forget(&mut self) {
        let utterances = &mut self.open.utterances;
        let complete = utterances.values().filter(|utterance| utterance.is_final);
        let surplus = complete.count().saturating_sub(REMEMBERED);
        let mut forgotten: Vec<i64> = utterances
            .values()
            .filter(|utterance| utterance.is_final)
            .take(surplus)
            .map(|utterance| utterance.ordinal)
            .collect();
        if utterances.len() > MAX_OPEN + REMEMBERED {
            forgotten.extend(utterances.keys().next());
        }
        for ordinal in forgotten {
            utterances.remove(&ordinal);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(ordinal: i64, is_final: bool) -> messages::Transcript {
        messages::Transcript::new(is_final, ordinal, "agent")
    }

    #[test]
    fn text_replaces_and_delta_continues() {
        let mut transcript = Transcript::new();
        for (message, expected) in [
            (message(1, false).delta("He"), "He"),
            (message(1, false).delta("llo"), "Hello"),
            (message(1, false).text("Hello there"), "Hello there"),
            (message(1, true).delta("!"), "Hello there!"),
        ] {
            assert_eq!(transcript.update(&message).unwrap().text, expected);
        }
        assert_eq!(transcript.update(&message(1, true).delta("?")), None);
        assert_eq!(transcript.utterances().next().unwrap().text, "Hello there!");
    }

    #[test]
    fn utterances_are_in_their_order_however_their_parts_arrive() {
        let mut transcript = Transcript::new();
        transcript.update(&message(3, false).text("c"));
        transcript.update(&messages::Transcript::new(false, 1, "user").delta("a"));
        transcript.update(&message(2, true).text("b").medium("text"));
        transcript.update(&messages::Transcript::new(true, 1, "user"));
        let utterances: Vec<_> = transcript.utterances().cloned().collect();
        let said: Vec<_> = utterances
            .iter()
            .map(|u| (u.ordinal, u.role.as_str(), &*u.text, u.is_final))
            .collect();
        assert_eq!(
            said,
            [
                (1, "user", "a", true),
                (2, "agent", "b", true),
                (3, "agent", "c", false)
            ]
        );
        assert_eq!(utterances[1].medium, Some("text".into()));
    }

    #[test]
    fn a_finished_utterance_is_told_once() {
        let mut finished = Finished::default();
        assert_eq!(finished.update(&message(1, false).delta("Good ")), None);
        let told = finished
            .update(&message(1, true).delta("morning."))
            .unwrap();
        assert_eq!(told.text, "Good morning.");
        assert_eq!(
            finished.update(&message(1, true).text("Good morning.")),
            None
        );
        finished.update(&message(2, false).delta("What was"));
        let rest: Vec<_> = finished.rest().collect();
        assert_eq!(rest.len(), 1);
        assert_eq!((&*rest[0].text, rest[0].is_final), ("What was", false));
    }

    #[test]
    fn a_server_that_never_ends_an_utterance_fills_no_memory() {
        let mut finished = Finished::default();
        for ordinal in 0..2000 {
            finished.update(&message(ordinal, ordinal % 2 == 0).delta("é".repeat(10)));
        }
        assert!(finished.open.utterances.len() <= MAX_OPEN + REMEMBERED);
        let mut transcript = Transcript::new();
        let long = "é".repeat(MAX_TEXT / 3);
        for _ in 0..3 {
            transcript.update(&message(1, false).delta(long.clone()));
        }
        assert_eq!(transcript.utterances().next().unwrap().text.len(), MAX_TEXT);
    }
}
