//! The two halves of a session. What they share with the task that drives it is in `shared.rs`.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use futures_sink::Sink;
use tokio::time::{Instant, Sleep};

use super::error::SendError;
use super::shared::{Shared, State, Taken};
use super::{End, InvalidMessage, ToolFailure, Utterance};
use crate::messages::{
    ClientMessage, ForcedAgentMessage, HangUp, Ping, ServerMessage, UserTextMessage,
};

/// What happens in a session.
///
/// ```
/// use ultravox::live::Event;
/// use ultravox::messages::ServerMessage;
///
/// fn show(event: Event) {
///     match event {
///         Event::Audio(samples) => println!("{} samples", samples.len() / 2),
///         Event::Message(ServerMessage::State(state)) => println!("the agent is {}", state.state),
///         Event::Utterance(said) => println!("{}: {}", said.role, said.text),
///         Event::Ended(end) => println!("{end}"),
///         _ => {}
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// Audio of the agent: 16-bit little-endian samples. In a data connection, of the call.
    Audio(Bytes),
    /// A message, also those that the session has acted upon.
    Message(ServerMessage),
    /// What somebody said, once it is complete. What is incomplete at the end of the session comes last, with
    /// `is_final: false`.
    Utterance(Utterance),
    /// How long a [`ping`](Sender::ping) took.
    Latency(Duration),
    /// A tool did not succeed. The server has been told.
    ToolFailed(ToolFailure),
    /// Something arrived that cannot be read.
    Invalid(InvalidMessage),
    /// The session is over. This is the last event.
    Ended(End),
}

/// What a [`Sender`] sends, for those who use it as a [`Sink`].
///
/// ```
/// use ultravox::live::Outgoing;
/// use ultravox::messages::{ClientMessage, HangUp};
///
/// let audio = Outgoing::from(vec![0; 640]);
/// let message = Outgoing::from(ClientMessage::from(HangUp::new()));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[allow(
    clippy::large_enum_variant,
    reason = "it is handed over at once, and not kept"
)]
pub enum Outgoing {
    /// Audio of the user: 16-bit little-endian samples.
    Audio(Bytes),
    /// A message.
    Message(ClientMessage),
}

impl From<Bytes> for Outgoing {
    fn from(audio: Bytes) -> Self {
        Self::Audio(audio)
    }
}

impl From<Vec<u8>> for Outgoing {
    fn from(audio: Vec<u8>) -> Self {
        Self::Audio(audio.into())
    }
}

impl From<ClientMessage> for Outgoing {
    fn from(message: ClientMessage) -> Self {
        Self::Message(message)
    }
}

/// The half that sends: audio, messages, and the wish to hang up. A clone sends in the same session.
///
/// Audio is sent at its own speed where its sample rate is known
/// ([`SessionBuilder::input_sample_rate`](super::SessionBuilder::input_sample_rate)): in frames of 20 ms, each
/// at its time. What is written faster waits in a buffer, and once that is full, [`audio`](Self::audio) waits.
///
/// It is a [`Sink`] as well, of [`Outgoing`].
pub struct Sender {
    shared: Arc<Shared>,
}

impl Sender {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        shared.lock().senders += 1;
        Self { shared }
    }

    /// Sends audio: 16-bit little-endian samples, in pieces of any length. Waits for room in the buffer.
    ///
    /// # Errors
    ///
    /// [`SendError::Ended`] if the session is over.
    ///
    /// ```
    /// # async fn example(sender: ultravox::live::Sender, wav: &[u8]) -> Result<(), ultravox::live::SendError> {
    /// for piece in wav.chunks(64 * 1024) {
    ///     sender.audio(piece.to_vec()).await?; // waits while the buffer is full
    /// }
    /// sender.flush().await // until the last frame is sent
    /// # }
    /// ```
    pub async fn audio(&self, audio: impl Into<Bytes>) -> Result<(), SendError> {
        let audio = audio.into();
        self.when(State::has_room_for_audio).await?;
        self.queue_audio(audio);
        Ok(())
    }

    /// Sends a message. It does not wait for audio that was written before.
    ///
    /// # Errors
    ///
    /// [`SendError::Ended`] if the session is over, [`SendError::Encode`] if the message cannot be written as
    /// JSON.
    ///
    /// ```
    /// use ultravox::messages::SetOutputMedium;
    ///
    /// # async fn example(sender: ultravox::live::Sender) -> Result<(), ultravox::live::SendError> {
    /// sender.message(SetOutputMedium::new("text")).await
    /// # }
    /// ```
    pub async fn message(&self, message: impl Into<ClientMessage>) -> Result<(), SendError> {
        let message = message.into();
        self.when(State::has_room_for_messages).await?;
        self.queue_message(&message)
    }

    /// Lets the agent say something.
    ///
    /// ```
    /// # async fn example(sender: ultravox::live::Sender) -> Result<(), ultravox::live::SendError> {
    /// sender.say("One moment, please.").await
    /// # }
    /// ```
    pub async fn say(&self, content: impl Into<String>) -> Result<(), SendError> {
        self.message(ForcedAgentMessage::new().content(content))
            .await
    }

    /// Says something to the agent, as its user.
    ///
    /// ```
    /// # async fn example(sender: ultravox::live::Sender) -> Result<(), ultravox::live::SendError> {
    /// sender.text("Where is my order?").await
    /// # }
    /// ```
    pub async fn text(&self, text: impl Into<String>) -> Result<(), SendError> {
        self.message(UserTextMessage::new(text)).await
    }

    /// Asks the agent to end the call. Events arrive until the server has closed the connection; then the
    /// last one is [`End::HungUp`]. A farewell is a property of the message:
    /// `sender.message(HangUp::new().message("Goodbye!"))`.
    ///
    /// ```
    /// # async fn example(sender: ultravox::live::Sender) -> Result<(), ultravox::live::SendError> {
    /// sender.hang_up().await
    /// # }
    /// ```
    pub async fn hang_up(&self) -> Result<(), SendError> {
        self.message(HangUp::new()).await
    }

    /// Measures how long a message takes to the server and back, which [`Event::Latency`] and
    /// [`latency`](Self::latency) tell.
    ///
    /// ```
    /// # async fn example(sender: ultravox::live::Sender) -> Result<(), ultravox::live::SendError> {
    /// sender.ping().await
    /// # }
    /// ```
    pub async fn ping(&self) -> Result<(), SendError> {
        self.when(State::has_room_for_messages).await?;
        let timestamp = self.shared.lock().latency.start();
        self.queue_message(&Ping::new(timestamp).into())
    }

    /// How long the last [`ping`](Self::ping) took that was answered.
    ///
    /// ```
    /// # fn example(sender: ultravox::live::Sender) {
    /// if let Some(latency) = sender.latency() {
    ///     println!("{} ms", latency.as_millis());
    /// }
    /// # }
    /// ```
    pub fn latency(&self) -> Option<Duration> {
        self.shared.lock().latency.last()
    }

    /// Waits until all audio and all messages are sent.
    ///
    /// # Errors
    ///
    /// [`SendError::Ended`] if the session is over before.
    ///
    /// ```
    /// # async fn example(sender: ultravox::live::Sender) -> Result<(), ultravox::live::SendError> {
    /// sender.audio(vec![0; 96_000]).await?;
    /// sender.flush().await
    /// # }
    /// ```
    pub async fn flush(&self) -> Result<(), SendError> {
        self.start_flush();
        self.when(State::is_flushed).await
    }

    /// Removes audio that was not sent yet, as for an interruption, and tells how long it would have played
    /// (zero if the sample rate is not known).
    ///
    /// ```
    /// # fn example(sender: ultravox::live::Sender) {
    /// let unsaid = sender.clear();
    /// println!("interrupted {} ms before the end", unsaid.as_millis());
    /// # }
    /// ```
    pub fn clear(&self) -> Duration {
        let mut state = self.shared.lock();
        let length = state.outgoing.clear();
        state.wake_writers();
        length
    }

    /// Closes the connection, without waiting for what was not sent yet. The last event is [`End::Left`].
    /// Ultravox is not asked to end the call, as [`hang_up`](Self::hang_up) does; what it makes of a client
    /// that leaves is not documented.
    ///
    /// ```
    /// # fn example(sender: ultravox::live::Sender) {
    /// sender.close();
    /// # }
    /// ```
    pub fn close(&self) {
        let mut state = self.shared.lock();
        state.close = true;
        state.wake_driver();
    }

    /// How the session ended, once it has.
    ///
    /// ```
    /// # fn example(sender: ultravox::live::Sender) {
    /// if let Some(end) = sender.end() {
    ///     println!("{end}");
    /// }
    /// # }
    /// ```
    pub fn end(&self) -> Option<End> {
        self.shared.lock().end().cloned()
    }

    fn start_flush(&self) {
        let mut state = self.shared.lock();
        state.outgoing.flush();
        state.wake_driver();
    }

    fn queue_audio(&self, audio: Bytes) {
        let mut state = self.shared.lock();
        state.outgoing.push(audio);
        state.wake_driver();
    }

    fn queue_message(&self, message: &ClientMessage) -> Result<(), SendError> {
        let json = serde_json::to_string(message).map_err(|error| SendError::Encode {
            reason: error.to_string(),
        })?;
        let mut state = self.shared.lock();
        if let Some(end) = state.end() {
            return Err(SendError::Ended(end.clone()));
        }
        state.hang_up |= matches!(message, ClientMessage::HangUp(_));
        state.queue_message(json);
        Ok(())
    }

    /// Waits for a condition, or the end of the session.
    async fn when(&self, condition: fn(&State) -> bool) -> Result<(), SendError> {
        std::future::poll_fn(|cx| self.poll_when(cx, condition)).await
    }

    fn poll_when(
        &self,
        cx: &mut Context<'_>,
        condition: fn(&State) -> bool,
    ) -> Poll<Result<(), SendError>> {
        let mut state = self.shared.lock();
        if let Some(end) = state.end() {
            return Poll::Ready(Err(SendError::Ended(end.clone())));
        }
        if condition(&state) {
            return Poll::Ready(Ok(()));
        }
        state.register_writer(cx.waker());
        Poll::Pending
    }
}

impl Clone for Sender {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.shared))
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.senders -= 1;
        state.close_if_abandoned();
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

/// Ready while there is room for both audio and messages. Flushing waits until all is sent; closing flushes,
/// closes the connection, and waits for the end of the session.
impl Sink<Outgoing> for Sender {
    type Error = SendError;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        self.poll_when(cx, |state| {
            state.has_room_for_audio() && state.has_room_for_messages()
        })
    }

    fn start_send(self: Pin<&mut Self>, item: Outgoing) -> Result<(), SendError> {
        match item {
            Outgoing::Audio(audio) => {
                self.queue_audio(audio);
                Ok(())
            }
            Outgoing::Message(message) => self.queue_message(&message),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        self.start_flush();
        self.poll_when(cx, State::is_flushed)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        if !self.shared.lock().close {
            self.start_flush();
            match ready!(self.poll_when(cx, State::is_flushed)) {
                Ok(()) => self.close(),
                // It is closed then.
                Err(_) => return Poll::Ready(Ok(())),
            }
        }
        // The condition is the end, which is what this waits for.
        self.poll_when(cx, |_| false).map(|_ended| Ok(()))
    }
}

/// The half that receives: a [`Stream`] of [`Event`]s, of which the last is [`Event::Ended`].
///
/// It must be read: where it is not, the session reads no more from the server, and is given up after
/// [`stall_timeout`](super::SessionBuilder::stall_timeout). Who wants no events drops it.
pub struct Events {
    shared: Arc<Shared>,
    /// For audio that is handed out at its times.
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Events {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            sleep: None,
        }
    }

    /// The next event, or `None` after [`Event::Ended`].
    ///
    /// ```
    /// use ultravox::live::{Event, Events};
    ///
    /// # async fn example(mut events: Events) {
    /// while let Some(event) = events.next().await {
    ///     match event {
    ///         Event::Audio(samples) => println!("{} bytes to play", samples.len()),
    ///         Event::Utterance(said) => println!("{}: {}", said.role, said.text),
    ///         Event::Ended(end) => println!("{end}"),
    ///         _ => {}
    ///     }
    /// }
    /// # }
    /// ```
    pub async fn next(&mut self) -> Option<Event> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        loop {
            let taken = self.shared.lock().take(Instant::now(), cx.waker());
            let at = match taken {
                Taken::Event(event) => return Poll::Ready(Some(event)),
                Taken::Over => return Poll::Ready(None),
                Taken::Nothing => return Poll::Pending,
                Taken::At(at) => at,
            };
            let sleep = match &mut self.sleep {
                Some(sleep) => {
                    sleep.as_mut().reset(at);
                    sleep
                }
                none => none.insert(Box::pin(tokio::time::sleep_until(at))),
            };
            ready!(sleep.as_mut().poll(cx));
        }
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.shared.lock().drop_receiver();
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").finish_non_exhaustive()
    }
}
