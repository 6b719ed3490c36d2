//! The task that drives a session: it alone reads and writes the socket, keeps the times, and runs the tools.
//! It ends when the session does.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use futures_sink::Sink;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, Sleep};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{self, Message, protocol::CloseFrame};

use super::end::{self, Close};
use super::pace::Next;
use super::shared::Shared;
use super::tools::{Invocation, Kind, Outcome, Runner};
use super::transcript::Finished;
use super::{End, Event, Loss, wire};
use crate::messages::{ClientMessage, Ping, ServerMessage};

/// How many frames are read, and written, before other tasks have their turn.
const FRAMES_PER_TURN: usize = 64;
/// How far in the future the timer is set where nothing is to happen.
const NEVER: Duration = Duration::from_secs(24 * 60 * 60);

/// A connection that was upgraded to a WebSocket.
pub(super) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

pub(super) type Socket = WebSocketStream<Box<dyn Io>>;

/// The times of a session.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    /// After how long of silence the connection is lost.
    pub(super) idle: Duration,
    /// For how long the reader may let events wait.
    pub(super) stall: Duration,
    /// How long the closing handshake may take.
    pub(super) close: Duration,
    /// How often the latency is measured.
    pub(super) latency: Option<Duration>,
}

pub(super) struct Driver {
    socket: Socket,
    shared: Arc<Shared>,
    times: Times,
    tools: Option<Runner>,
    finished: Finished,
    timer: Pin<Box<Sleep>>,
    /// When something arrived last.
    heard: Instant,
    /// Whether a message or audio has arrived.
    started: bool,
    /// When the other side is next asked to show that it is there.
    next_ping: Instant,
    next_latency: Option<Instant>,
    /// When the next frame of audio is due.
    next_audio: Option<Instant>,
    /// Since when nothing is read because events wait.
    stalled: Option<Instant>,
    /// Whether the socket took what was written last, and whether all of it is on its way.
    writable: bool,
    flushed: bool,
    closing: Option<Closing>,
}

/// The connection is being closed.
struct Closing {
    end: End,
    deadline: Instant,
    /// Whether the other side has said that it closes, or cannot any more.
    answered: bool,
}

impl Driver {
    pub(super) fn new(
        socket: Socket,
        shared: Arc<Shared>,
        times: Times,
        tools: Option<Runner>,
    ) -> Self {
        let now = Instant::now();
        Self {
            socket,
            shared,
            times,
            tools,
            finished: Finished::default(),
            timer: Box::pin(tokio::time::sleep(NEVER)),
            heard: now,
            started: false,
            next_ping: now + times.idle / 3,
            next_latency: times.latency.map(|_| now),
            next_audio: None,
            stalled: None,
            writable: true,
            flushed: true,
            closing: None,
        }
    }

    /// Reads what has arrived. Whether to call again at once.
    fn read(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        for _ in 0..FRAMES_PER_TURN {
            if self.closing.is_none() {
                if !self.shared.lock().has_room_for_events() {
                    self.stalled.get_or_insert(now);
                    return false;
                }
                if self.stalled.take().is_some() {
                    // What was sent meanwhile has not been looked at.
                    self.heard = now;
                }
            }
            match Pin::new(&mut self.socket).poll_next(cx) {
                Poll::Pending => return false,
                Poll::Ready(Some(Ok(message))) => {
                    self.heard = now;
                    self.received(message);
                }
                Poll::Ready(Some(Err(error))) => {
                    self.end(end::of_error(error));
                    self.answered();
                    return false;
                }
                Poll::Ready(None) => {
                    self.end(End::NetworkLost(Loss::Eof));
                    self.answered();
                    return false;
                }
            }
        }
        true
    }

    fn received(&mut self, message: Message) {
        let frame_length = message.len();
        match message {
            Message::Close(frame) => {
                let close = Close::new(frame);
                let hung_up = self.shared.lock().hang_up;
                self.end(match () {
                    () if !self.started => End::NotStarted(close),
                    () if !close.is_normal() => End::ServerClosed(close),
                    () if hung_up => End::HungUp(close),
                    () => End::CallEnded(close),
                });
                self.answered();
            }
            // What arrives after this side has left is of no use to anybody.
            _ if self.closing.is_some() => {}
            Message::Binary(frame) => {
                self.started = true;
                let (audio, told) = wire::audio(frame);
                if !audio.is_empty() {
                    self.tell(Event::Audio(audio), frame_length);
                }
                if let Err(invalid) = told {
                    self.tell(Event::Invalid(invalid), 0);
                }
            }
            Message::Text(text) => {
                self.started = true;
                match wire::message(&text) {
                    Ok(message) => self.understood(message, frame_length),
                    Err(invalid) => self.tell(Event::Invalid(invalid), frame_length),
                }
            }
            // The library answers pings; a pong shows that the other side is there.
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
    }

    /// Acts upon a message, and tells of it.
    fn understood(&mut self, message: ServerMessage, size: usize) {
        let mut further = None;
        let mut invocation = None;
        match &message {
            ServerMessage::PlaybackClearBuffer(_) => self.shared.lock().clear_playback(),
            ServerMessage::Pong(pong) => {
                let latency = self.shared.lock().latency.finish(pong.timestamp);
                further = latency.map(Event::Latency);
            }
            ServerMessage::Transcript(transcript) => {
                further = self.finished.update(transcript).map(Event::Utterance);
            }
            ServerMessage::ClientToolInvocation(call) => {
                invocation = Some(Invocation {
                    tool: call.tool_name.clone(),
                    id: call.invocation_id.clone(),
                    parameters: call.parameters.clone(),
                    kind: Kind::Client,
                });
            }
            ServerMessage::DataConnectionToolInvocation(call) => {
                invocation = Some(Invocation {
                    tool: call.tool_name.clone(),
                    id: call.invocation_id.clone(),
                    parameters: call.parameters.clone(),
                    kind: Kind::DataConnection,
                });
            }
            _ => {}
        }
        self.tell(Event::Message(message), size);
        if let Some(event) = further {
            self.tell(event, 0);
        }
        // Without any tools, the program answers by itself.
        if let (Some(invocation), Some(tools)) = (invocation, &mut self.tools)
            && let Some(outcome) = tools.start(invocation)
        {
            self.tool_done(outcome);
        }
    }

    fn tool_done(&mut self, outcome: Outcome) {
        let mut state = self.shared.lock();
        state.hang_up |= outcome.hangs_up;
        // Its strings and JSON can be written as JSON.
        if let Ok(message) = serde_json::to_string(&outcome.message) {
            state.queue_message(message);
        }
        if let Some(failure) = outcome.failure {
            state.arrived(Event::ToolFailed(failure), 0);
        }
    }

    fn tell(&self, event: Event, size: usize) {
        self.shared.lock().arrived(event, size);
    }

    /// Writes what is due. Whether to call again at once.
    fn write(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        let mut wrote = 0;
        self.writable = true;
        while self.closing.is_none() && wrote < FRAMES_PER_TURN {
            match Pin::new(&mut self.socket).poll_ready(cx) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => {
                    self.lost(cx, now, error);
                    return true;
                }
                Poll::Pending => {
                    self.writable = false;
                    return false;
                }
            }
            let Some(message) = self.next_message(now) else {
                break;
            };
            wrote += 1;
            if let Err(error) = Pin::new(&mut self.socket).start_send(message) {
                self.lost(cx, now, error);
                return true;
            }
        }
        match Pin::new(&mut self.socket).poll_flush(cx) {
            Poll::Ready(Ok(())) => {
                self.flushed = true;
                let mut state = self.shared.lock();
                state.unflushed = false;
                if state.is_flushed() {
                    state.wake_writers();
                }
            }
            Poll::Ready(Err(error)) => {
                self.lost(cx, now, error);
                self.flushed = true;
            }
            Poll::Pending => self.flushed = false,
        }
        wrote == FRAMES_PER_TURN
    }

    /// What is sent next, if anything is due.
    fn next_message(&mut self, now: Instant) -> Option<Message> {
        if now >= self.next_ping {
            self.next_ping = now + self.times.idle / 3;
            return Some(Message::Ping(Bytes::new()));
        }
        if let (Some(at), Some(every)) = (self.next_latency, self.times.latency)
            && now >= at
        {
            self.next_latency = Some(now + every);
            let ping = Ping::new(self.shared.lock().latency.start());
            if let Ok(json) = serde_json::to_string(&ClientMessage::from(ping)) {
                return Some(Message::text(json));
            }
        }
        let mut state = self.shared.lock();
        let (message, at) = match state.next_message() {
            Some(message) => (Some(Message::text(message)), None),
            None => match state.outgoing.next(now) {
                Next::Frame(audio) => (Some(Message::Binary(audio)), None),
                Next::At(at) => (None, Some(at)),
                Next::Idle => (None, None),
            },
        };
        if message.is_some() {
            state.unflushed = true;
            state.wake_writers();
        }
        drop(state);
        self.next_audio = at;
        message
    }

    /// Writing has failed. What the other side said before that may tell more than the error.
    fn lost(&mut self, cx: &mut Context<'_>, now: Instant, error: tungstenite::Error) {
        while self.closing.is_none() && self.read(cx, now) {}
        self.end(end::of_error(error));
        self.answered();
    }

    /// Nothing more is expected of the other side.
    fn answered(&mut self) {
        if let Some(closing) = &mut self.closing {
            closing.answered = true;
        }
    }

    /// Ends the session, unless it is ending: stops the tools, and begins to close the connection.
    fn end(&mut self, end: End) {
        if self.closing.is_some() {
            return;
        }
        self.tools = None;
        for utterance in self.finished.rest() {
            self.tell(Event::Utterance(utterance), 0);
        }
        let answered = matches!(end, End::NetworkLost(_));
        if !answered {
            // The library queues what the socket does not take now. What fails here fails when it is flushed.
            if end == End::Left {
                while let Some(message) = self.next_queued_message() {
                    let _ = Pin::new(&mut self.socket).start_send(Message::text(message));
                }
            }
            let frame = CloseFrame {
                code: end::code_of(&end),
                reason: "".into(),
            };
            let _ = Pin::new(&mut self.socket).start_send(Message::Close(Some(frame)));
        }
        self.closing = Some(Closing {
            end,
            deadline: Instant::now() + self.times.close,
            answered,
        });
    }

    fn next_queued_message(&self) -> Option<String> {
        self.shared.lock().next_message()
    }

    /// Ends a session that has nobody on the other side, or nobody on this one.
    fn check_times(&mut self, now: Instant) {
        let times = self.times;
        let end = match self.stalled {
            Some(since) if now >= since + times.stall => {
                End::ReceiverStalled { after: times.stall }
            }
            None if now >= self.heard + times.idle => {
                End::NetworkLost(Loss::Silent { after: times.idle })
            }
            _ => return,
        };
        self.end(end);
    }

    /// When there is something to do next, unless something happens before.
    fn next_time(&self) -> Option<Instant> {
        if let Some(closing) = &self.closing {
            return Some(closing.deadline);
        }
        let given_up = match self.stalled {
            Some(since) => since + self.times.stall,
            None => self.heard + self.times.idle,
        };
        // While the socket takes nothing, it is the socket that wakes.
        let to_write = [Some(self.next_ping), self.next_latency, self.next_audio];
        let to_write = to_write.into_iter().flatten().filter(|_| self.writable);
        to_write.chain([given_up]).min()
    }
}

impl Future for Driver {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        this.shared.lock().register_driver(cx.waker());
        loop {
            let now = Instant::now();
            if this.shared.lock().close {
                this.end(End::Left);
            }
            let mut again = this.read(cx, now);
            while let Some(tools) = &mut this.tools
                && let Poll::Ready(outcome) = tools.poll(cx)
            {
                this.tool_done(outcome);
            }
            this.check_times(now);
            again |= this.write(cx, now);
            if let Some(closing) = &this.closing
                && (now >= closing.deadline || closing.answered && this.flushed)
            {
                return Poll::Ready(());
            }
            if again {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            let Some(at) = this.next_time() else {
                return Poll::Pending;
            };
            this.timer.as_mut().reset(at);
            if this.timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
    }
}

/// However the task ends, the reader is told, also where it is the runtime that is shut down.
impl Drop for Driver {
    fn drop(&mut self) {
        let end = self.closing.take().map_or(End::Left, |closing| closing.end);
        self.shared.lock().finish(end);
    }
}
