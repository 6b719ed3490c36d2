//! Plays a [`Script`] over a socket, and records what arrives.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use futures_sink::Sink;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{self, Message};

use super::Received;
use super::script::{Awaited, Script, Step};

/// How long a script waits for something that does not come.
const PATIENCE: Duration = Duration::from_secs(30);
const FRAME: Duration = Duration::from_millis(20);

/// Plays a script over a socket.
pub(super) struct Player<S> {
    socket: WebSocketStream<S>,
    received: Received,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Player<S> {
    pub(super) fn new(socket: WebSocketStream<S>, received: Received) -> Self {
        Self { socket, received }
    }

    /// Until its end, or that of the connection.
    pub(super) async fn play(mut self, script: &Script) -> WebSocketStream<S> {
        for step in &script.steps {
            if !self.step(step).await {
                return self.socket;
            }
        }
        // The client leaves by itself.
        let deadline = Instant::now() + PATIENCE;
        while self.read_until(deadline).await.is_some() {}
        self.socket
    }

    /// Whether there are more.
    async fn step(&mut self, step: &Step) -> bool {
        match step {
            Step::Send(message) => self.send(message.clone()).await.is_ok(),
            Step::Raw(bytes) => {
                let stream = self.socket.get_mut();
                stream.write_all(bytes).await.is_ok() && stream.flush().await.is_ok()
            }
            Step::RealTime { audio, hz } => self.send_in_real_time(audio, *hz).await,
            Step::Pause(length) => {
                let deadline = Instant::now() + *length;
                self.reads_on_until(deadline).await
            }
            Step::Echo(length) => {
                let deadline = Instant::now() + *length;
                while Instant::now() < deadline {
                    match self.read_until(deadline).await {
                        Some(Message::Binary(audio)) => {
                            if self.send(Message::Binary(audio)).await.is_err() {
                                return false;
                            }
                        }
                        Some(_) => {}
                        None => return Instant::now() >= deadline,
                    }
                }
                true
            }
            Step::Wait(awaited) => {
                let deadline = Instant::now() + PATIENCE;
                while !self.has_arrived(awaited) {
                    if self.read_until(deadline).await.is_none() {
                        return false;
                    }
                }
                true
            }
            Step::StopReading(length) => {
                tokio::time::sleep(*length).await;
                true
            }
            Step::Close(code, reason) => {
                let frame = CloseFrame {
                    code: (*code).into(),
                    reason: reason.as_str().into(),
                };
                let _ = self.send(Message::Close(Some(frame))).await;
                true
            }
            Step::Drop | Step::Reset => false,
        }
    }

    async fn send_in_real_time(&mut self, audio: &Bytes, hz: u32) -> bool {
        let frame = 2 * (hz as usize / 50).max(1);
        let start = Instant::now();
        for (index, chunk) in audio.chunks(frame).enumerate() {
            let due = start + FRAME * u32::try_from(index).unwrap_or(u32::MAX);
            if !self.reads_on_until(due).await {
                return false;
            }
            let audio = audio.slice_ref(chunk);
            if self.send(Message::Binary(audio)).await.is_err() {
                return false;
            }
        }
        true
    }

    /// Reads what arrives until this time. Whether the connection lasts until then.
    async fn reads_on_until(&mut self, deadline: Instant) -> bool {
        while Instant::now() < deadline && self.read_until(deadline).await.is_some() {}
        Instant::now() >= deadline
    }

    fn has_arrived(&self, awaited: &Awaited) -> bool {
        let mut record = self.received.lock();
        match awaited {
            Awaited::Audio(bytes) => record.audio_bytes >= *bytes,
            Awaited::Message(is_it) => {
                let from = record.awaited;
                let found = record.messages.iter().skip(from).position(|m| is_it(m));
                if let Some(index) = found {
                    record.awaited += index + 1;
                }
                found.is_some()
            }
        }
    }

    /// The next frame, which is recorded. `None` at the deadline, or when the connection has ended.
    async fn read_until(&mut self, deadline: Instant) -> Option<Message> {
        let socket = &mut self.socket;
        let next = poll_fn(|cx| Pin::new(&mut *socket).poll_next(cx));
        let message = tokio::time::timeout_at(deadline, next).await.ok()??.ok()?;
        self.record(&message);
        Some(message)
    }

    fn record(&self, message: &Message) {
        let mut record = self.received.lock();
        match message {
            Message::Binary(audio) => {
                record.audio_bytes += audio.len();
                record.audio.push((Instant::now(), audio.clone()));
            }
            Message::Text(text) => match serde_json::from_str(text) {
                Ok(message) => record.messages.push(message),
                Err(_) => record.unreadable.push(text.to_string()),
            },
            Message::Close(frame) => {
                record.closed = Some(frame.as_ref().map(|frame| frame.code.into()));
            }
            _ => {}
        }
    }

    async fn send(&mut self, message: Message) -> Result<(), tungstenite::Error> {
        let socket = &mut self.socket;
        poll_fn(|cx| Pin::new(&mut *socket).poll_ready(cx)).await?;
        Pin::new(&mut *socket).start_send(message)?;
        // Reading goes on, because a client that is held up may be held up by us.
        let mut read = Vec::new();
        poll_fn(|cx| {
            if let Poll::Ready(flushed) = Pin::new(&mut *socket).poll_flush(cx) {
                return Poll::Ready(flushed);
            }
            while let Poll::Ready(Some(Ok(message))) = Pin::new(&mut *socket).poll_next(cx) {
                read.push(message);
            }
            Poll::Pending
        })
        .await?;
        for message in &read {
            self.record(message);
        }
        Ok(())
    }
}
