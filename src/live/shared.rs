//! What the two halves of a session share with the task that drives it: what is to be sent, what has arrived,
//! and who waits for what. Nothing here waits.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use tokio::time::Instant;

use super::latency::Latency;
use super::pace::{Next, Pacer};
use super::{End, Event};

/// How many bytes of messages may wait to be sent.
const MAX_QUEUED_MESSAGES: usize = 1 << 20;
/// What an event takes beside its content, about.
const EVENT_OVERHEAD: usize = 128;

pub(super) struct Shared(Mutex<State>);

impl Shared {
    pub(super) fn new(state: State) -> Self {
        Self(Mutex::new(state))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // No code that panics runs while it is locked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct State {
    /// Audio to send.
    pub(super) outgoing: Pacer,
    /// Messages to send, as JSON. They go before audio.
    messages: VecDeque<String>,
    message_bytes: usize,
    pub(super) latency: Latency,
    /// Whether something was handed to the socket that is not written yet.
    pub(super) unflushed: bool,
    /// Whether this side asked to end the call.
    pub(super) hang_up: bool,
    /// Whether the connection is to be closed.
    pub(super) close: bool,
    pub(super) senders: usize,
    inbox: Inbox,
    /// Whether somebody reads the events.
    receiver: bool,
    end: Option<End>,
    told_end: bool,
    /// Woken when there is something to do for the driver.
    driver: Option<Waker>,
    /// Woken when an event arrives.
    reader: Option<Waker>,
    /// Woken when there is room to write, or everything is written.
    writers: Vec<Waker>,
}

/// What has arrived and was not taken yet.
struct Inbox {
    /// With the bytes that each takes.
    events: VecDeque<(Event, usize)>,
    bytes: usize,
    limit: usize,
    /// Audio that is handed out as fast as it plays, where that is asked for.
    playback: Option<Pacer>,
}

impl Inbox {
    fn has_room(&self) -> bool {
        self.bytes + self.playback.as_ref().map_or(0, Pacer::len) < self.limit
    }
}

/// What [`State::take`] found.
pub(super) enum Taken {
    Event(Event),
    /// Nothing before this time, unless something arrives.
    At(Instant),
    Nothing,
    /// Everything was told.
    Over,
}

impl State {
    /// `limit` is how many bytes of events may wait to be taken.
    pub(super) fn new(outgoing: Pacer, playback: Option<Pacer>, limit: usize) -> Self {
        Self {
            outgoing,
            messages: VecDeque::new(),
            message_bytes: 0,
            latency: Latency::default(),
            unflushed: false,
            hang_up: false,
            close: false,
            senders: 0,
            inbox: Inbox {
                events: VecDeque::new(),
                bytes: 0,
                limit,
                playback,
            },
            receiver: true,
            end: None,
            told_end: false,
            driver: None,
            reader: None,
            writers: Vec::new(),
        }
    }

    pub(super) fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

    pub(super) fn has_room_for_audio(&self) -> bool {
        self.outgoing.has_room()
    }

    pub(super) fn has_room_for_messages(&self) -> bool {
        self.message_bytes < MAX_QUEUED_MESSAGES
    }

    pub(super) fn is_flushed(&self) -> bool {
        self.outgoing.is_drained() && self.messages.is_empty() && !self.unflushed
    }

    pub(super) fn queue_message(&mut self, json: String) {
        self.message_bytes += json.len();
        self.messages.push_back(json);
        self.wake_driver();
    }

    /// The next message to send.
    pub(super) fn next_message(&mut self) -> Option<String> {
        let message = self.messages.pop_front();
        self.message_bytes -= message.as_ref().map_or(0, String::len);
        message
    }

    /// Whether more may be read from the server. Events that nobody reads are not kept.
    pub(super) fn has_room_for_events(&self) -> bool {
        !self.receiver || self.inbox.has_room()
    }

    /// Something has arrived, in so many bytes.
    pub(super) fn arrived(&mut self, event: Event, size: usize) {
        if !self.receiver {
            return;
        }
        match (event, &mut self.inbox.playback) {
            (Event::Audio(audio), Some(playback)) => playback.push(audio),
            (event, _) => {
                let size = size + EVENT_OVERHEAD;
                self.inbox.bytes += size;
                self.inbox.events.push_back((event, size));
            }
        }
        self.wake_reader();
    }

    /// Removes audio that was not played yet: the agent was interrupted.
    pub(super) fn clear_playback(&mut self) {
        if let Some(playback) = &mut self.inbox.playback {
            playback.clear();
        }
        let events = &mut self.inbox.events;
        events.retain(|(event, _)| !matches!(event, Event::Audio(_)));
        self.inbox.bytes = events.iter().map(|(_, size)| size).sum();
    }

    /// The next event for the reader, who is woken when there may be one.
    pub(super) fn take(&mut self, now: Instant, waker: &Waker) -> Taken {
        let had_room = self.inbox.has_room();
        let mut at = None;
        let event = match self.inbox.events.pop_front() {
            Some((event, size)) => {
                self.inbox.bytes -= size;
                Some(event)
            }
            None => match self.inbox.playback.as_mut().map(|audio| audio.next(now)) {
                Some(Next::Frame(audio)) => Some(Event::Audio(audio)),
                Some(Next::At(time)) => {
                    at = Some(time);
                    None
                }
                Some(Next::Idle) | None => None,
            },
        };
        if let Some(event) = event {
            if !had_room && self.inbox.has_room() {
                self.wake_driver();
            }
            return Taken::Event(event);
        }
        self.reader = Some(waker.clone());
        match (&self.end, at) {
            (_, Some(at)) => Taken::At(at),
            (Some(_), None) if self.told_end => Taken::Over,
            (Some(end), None) => {
                self.told_end = true;
                Taken::Event(Event::Ended(end.clone()))
            }
            (None, None) => Taken::Nothing,
        }
    }

    /// The session is over. What has arrived is still told.
    pub(super) fn finish(&mut self, end: End) {
        if self.end.is_none() {
            self.end = Some(end);
        }
        if let Some(playback) = &mut self.inbox.playback {
            playback.flush();
        }
        self.outgoing.clear();
        self.messages.clear();
        self.message_bytes = 0;
        self.driver = None;
        self.wake_reader();
        self.wake_writers();
    }

    pub(super) fn drop_receiver(&mut self) {
        self.receiver = false;
        self.inbox.events.clear();
        self.inbox.bytes = 0;
        self.inbox.playback = None;
        self.close_if_abandoned();
        self.wake_driver();
    }

    /// A session without either half has nobody to be there for.
    pub(super) fn close_if_abandoned(&mut self) {
        if self.senders == 0 && !self.receiver {
            self.close = true;
            self.wake_driver();
        }
    }

    pub(super) fn register_driver(&mut self, waker: &Waker) {
        match &mut self.driver {
            Some(driver) => driver.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
    }

    pub(super) fn register_writer(&mut self, waker: &Waker) {
        if !self.writers.iter().any(|writer| writer.will_wake(waker)) {
            self.writers.push(waker.clone());
        }
    }

    pub(super) fn wake_driver(&self) {
        if let Some(driver) = &self.driver {
            driver.wake_by_ref();
        }
    }

    fn wake_reader(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    pub(super) fn wake_writers(&mut self) {
        for writer in self.writers.drain(..) {
            writer.wake();
        }
    }
}
