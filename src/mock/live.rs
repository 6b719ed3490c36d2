//! A server that plays the part of Ultravox in a [live session](crate::live), by a script: for tests of programs
//! that join calls, and of servers that accept data connections.
//!
//! ```
//! use ultravox::live::{End, Event};
//! use ultravox::messages::{State, Transcript};
//! use ultravox::mock::live::{LiveServer, Script};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let script = Script::new()
//!     .message(State::new("speaking"))
//!     .message(Transcript::new("agent", true, 1).text("Good morning."))
//!     .wait_for_text()
//!     .close(1000, "");
//! let server = LiveServer::start(script).await?;
//!
//! let (sender, mut events) = server.session().connect(&server.join_url()).await?.split();
//! let mut said = Vec::new();
//! while let Some(event) = events.next().await {
//!     match event {
//!         Event::Utterance(utterance) => {
//!             said.push(utterance.text);
//!             sender.text("Where is my order?").await?;
//!         }
//!         Event::Ended(end) => assert!(matches!(end, End::CallEnded(_))),
//!         _ => {}
//!     }
//! }
//! assert_eq!(said, ["Good morning."]);
//! assert_eq!(server.received().messages().len(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! With [`Script::in_memory`] there is no network at all, so that a test may stop the clock
//! (`tokio::time::pause`).

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use futures_sink::Sink;
use http::{HeaderMap, Response, StatusCode};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, DuplexStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Message, handshake};

use crate::live::SessionBuilder;
use crate::messages::{CallStarted, ClientMessage, ServerMessage};
use crate::webhooks::{
    CONNECTION_CALL_ID_HEADER, CONNECTION_SIGNATURE_HEADER, CONNECTION_TIMESTAMP_HEADER,
};

/// How long a script waits for something that does not come.
const PATIENCE: Duration = Duration::from_secs(30);
const FRAME: Duration = Duration::from_millis(20);

/// What the server does in a session, step by step. Meanwhile it reads what it is sent.
#[derive(Clone, Default)]
#[must_use = "it does nothing until it is played"]
pub struct Script {
    steps: Vec<Step>,
}

#[derive(Clone)]
enum Step {
    Send(Message),
    /// Bytes on the connection, which need not be frames.
    Raw(Bytes),
    RealTime {
        audio: Bytes,
        hz: u32,
    },
    Pause(Duration),
    Echo(Duration),
    Wait(Awaited),
    StopReading(Duration),
    Close(u16, String),
    Drop,
    Reset,
}

type Predicate = Arc<dyn Fn(&ClientMessage) -> bool + Send + Sync>;

#[derive(Clone)]
enum Awaited {
    Message(Predicate),
    Audio(usize),
}

impl Script {
    /// A script without a step: the server waits for the client to leave.
    pub fn new() -> Self {
        Self::default()
    }

    fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// Sends `call_started`, with the id of no call.
    ///
    /// ```
    /// let script = ultravox::mock::live::Script::new().call_started();
    /// ```
    pub fn call_started(self) -> Self {
        self.message(CallStarted::new(uuid::Uuid::nil()))
    }

    /// Sends a message.
    ///
    /// ```
    /// use ultravox::messages::State;
    ///
    /// let script = ultravox::mock::live::Script::new().message(State::new("listening"));
    /// ```
    pub fn message(self, message: impl Into<ServerMessage>) -> Self {
        let json = serde_json::to_value(message.into()).unwrap_or_default();
        self.text(json.to_string())
    }

    /// Calls a client tool. The result is among [`Received::messages`].
    ///
    /// ```
    /// use serde_json::json;
    ///
    /// let script = ultravox::mock::live::Script::new().call_tool("look_up", "1", json!({"order": 7}));
    /// ```
    pub fn call_tool(self, name: &str, invocation_id: &str, parameters: Value) -> Self {
        self.invocation("client_tool_invocation", name, invocation_id, parameters)
    }

    /// Calls a tool of a data connection.
    ///
    /// ```
    /// use serde_json::json;
    ///
    /// let script = ultravox::mock::live::Script::new().call_data_connection_tool("pay", "1", json!({}));
    /// ```
    pub fn call_data_connection_tool(
        self,
        name: &str,
        invocation_id: &str,
        parameters: Value,
    ) -> Self {
        self.invocation(
            "data_connection_tool_invocation",
            name,
            invocation_id,
            parameters,
        )
    }

    fn invocation(self, tag: &str, name: &str, invocation_id: &str, parameters: Value) -> Self {
        let message = serde_json::json!({
            "type": tag,
            "toolName": name,
            "invocationId": invocation_id,
            "parameters": parameters,
        });
        self.text(message.to_string())
    }

    /// Sends a text frame, whatever is in it.
    ///
    /// ```
    /// let script = ultravox::mock::live::Script::new().text("this is no JSON");
    /// ```
    pub fn text(self, text: impl Into<String>) -> Self {
        self.step(Step::Send(Message::text(text.into())))
    }

    /// Sends a binary frame of audio.
    ///
    /// ```
    /// let script = ultravox::mock::live::Script::new().audio(vec![0; 1920]);
    /// ```
    pub fn audio(self, audio: impl Into<Bytes>) -> Self {
        self.step(Step::Send(Message::Binary(audio.into())))
    }

    /// Sends audio of this sample rate and one channel in frames of 20 ms, each at its time.
    ///
    /// ```
    /// let script = ultravox::mock::live::Script::new().audio_in_real_time(vec![0; 96_000], 48_000);
    /// ```
    pub fn audio_in_real_time(self, audio: impl Into<Bytes>, hz: u32) -> Self {
        let audio = audio.into();
        self.step(Step::RealTime { audio, hz })
    }

    /// Sends back the audio that arrives, for this long.
    ///
    /// ```
    /// let script = ultravox::mock::live::Script::new().echo(std::time::Duration::from_secs(1));
    /// ```
    pub fn echo(self, length: Duration) -> Self {
        self.step(Step::Echo(length))
    }

    /// Does nothing for this long.
    ///
    /// ```
    /// let script = ultravox::mock::live::Script::new().pause(std::time::Duration::from_secs(1));
    /// ```
    pub fn pause(self, length: Duration) -> Self {
        self.step(Step::Pause(length))
    }

    /// Waits for a message, among those that no step before has waited for. The script ends if it does not come
    /// within 30 s.
    ///
    /// ```
    /// use ultravox::messages::ClientMessage;
    ///
    /// let script = ultravox::mock::live::Script::new()
    ///     .wait_for(|message| matches!(message, ClientMessage::HangUp(_)))
    ///     .close(1000, "");
    /// ```
    pub fn wait_for(self, is_it: impl Fn(&ClientMessage) -> bool + Send + Sync + 'static) -> Self {
        self.step(Step::Wait(Awaited::Message(Arc::new(is_it))))
    }

    /// Waits for a `user_text_message`.
    ///
    /// ```
    /// let script = ultravox::mock::live::Script::new().wait_for_text();
    /// ```
    pub fn wait_for_text(self) -> Self {
        self.wait_for(|message| matches!(message, ClientMessage::UserTextMessage(_)))
    }

    /// Waits for a `hang_up`.
    ///
    /// ```
    /// let script = ultravox::mock::live::Script::new().wait_for_hang_up().close(1000, "");
    /// ```
    pub fn wait_for_hang_up(self) -> Self {
        self.wait_for(|message| matches!(message, ClientMessage::HangUp(_)))
    }

    /// Waits for the result of a tool.
    ///
    /// ```
    /// use serde_json::json;
    ///
    /// let script = ultravox::mock::live::Script::new().call_tool("look_up", "1", json!({})).wait_for_result();
    /// ```
    pub fn wait_for_result(self) -> Self {
        self.wait_for(|message| {
            matches!(
                message,
                ClientMessage::ClientToolResult(_) | ClientMessage::DataConnectionToolResult(_)
            )
        })
    }

    /// Waits until this many bytes of audio have arrived in all.
    ///
    /// ```
    /// let script = ultravox::mock::live::Script::new().wait_for_audio(96_000);
    /// ```
    pub fn wait_for_audio(self, bytes: usize) -> Self {
        self.step(Step::Wait(Awaited::Audio(bytes)))
    }

    /// Closes the connection. 1000 is a normal end.
    ///
    /// ```
    /// let script = ultravox::mock::live::Script::new().close(1011, "something went wrong");
    /// ```
    pub fn close(self, code: u16, reason: impl Into<String>) -> Self {
        self.step(Step::Close(code, reason.into()))
    }

    /// A fault: bytes that need not be frames of a WebSocket.
    ///
    /// ```
    /// // The beginning of a text frame of 126 bytes, and no more of it.
    /// let script = ultravox::mock::live::Script::new().raw(vec![0x81, 126, 0, 126, b'{']).cut();
    /// ```
    pub fn raw(self, bytes: impl Into<Bytes>) -> Self {
        self.step(Step::Raw(bytes.into()))
    }

    /// A fault: neither reads nor writes for this long, with the connection open.
    ///
    /// ```
    /// let script = ultravox::mock::live::Script::new().go_silent(std::time::Duration::from_secs(60));
    /// ```
    pub fn go_silent(self, length: Duration) -> Self {
        self.step(Step::StopReading(length))
    }

    /// A fault: ends the connection without closing it.
    ///
    /// ```
    /// let script = ultravox::mock::live::Script::new().cut();
    /// ```
    pub fn cut(self) -> Self {
        self.step(Step::Drop)
    }

    /// A fault: resets the connection. In memory it is the same as [`cut`](Self::cut).
    ///
    /// ```
    /// let script = ultravox::mock::live::Script::new().reset();
    /// ```
    pub fn reset(self) -> Self {
        self.step(Step::Reset)
    }

    /// Plays the script over a connection in memory: the other end of it is for
    /// [`SessionBuilder::over`], and ends with what is returned beside it.
    ///
    /// ```
    /// use ultravox::live::{Event, Session};
    /// use ultravox::mock::live::Script;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let (connection, server) = Script::new().audio(vec![0; 320]).close(1000, "").in_memory();
    /// let (_sender, mut events) = Session::builder().over(connection).await.split();
    /// assert_eq!(events.next().await, Some(Event::Audio(vec![0; 320].into())));
    /// # drop(server);
    /// # }
    /// ```
    pub fn in_memory(self) -> (DuplexStream, InMemory) {
        let (client, server) = tokio::io::duplex(64 * 1024);
        let received = Received::default();
        let record = received.clone();
        let task = tokio::spawn(async move {
            let socket = WebSocketStream::from_raw_socket(server, Role::Server, config()).await;
            Player::new(socket, record).play(&self).await;
        });
        (client, InMemory { received, task })
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script")
            .field("steps", &self.steps.len())
            .finish()
    }
}

/// A script that is played in memory. It stops when this is dropped.
#[derive(Debug)]
pub struct InMemory {
    received: Received,
    task: JoinHandle<()>,
}

impl InMemory {
    /// What has arrived so far.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let (_connection, server) = ultravox::mock::live::Script::new().in_memory();
    /// assert!(server.received().messages().is_empty());
    /// # }
    /// ```
    pub fn received(&self) -> Received {
        self.received.clone()
    }
}

impl Drop for InMemory {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A server on 127.0.0.1 that plays a script in each session. It stops when it is dropped.
#[derive(Debug)]
pub struct LiveServer {
    address: SocketAddr,
    received: Received,
    task: JoinHandle<()>,
}

impl LiveServer {
    /// A server that accepts, and plays the script.
    ///
    /// # Errors
    ///
    /// The error of the operating system, if it gives no port.
    ///
    /// ```
    /// use ultravox::mock::live::{LiveServer, Script};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let server = LiveServer::start(Script::new().call_started()).await?;
    /// assert!(server.join_url().starts_with("ws://127.0.0.1:"));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn start(script: Script) -> io::Result<Self> {
        Self::serve(Ok(script)).await
    }

    /// A server that refuses every session with this status and message.
    ///
    /// # Errors
    ///
    /// The error of the operating system, if it gives no port.
    ///
    /// ```
    /// use ultravox::mock::live::LiveServer;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let server = LiveServer::refusing(ultravox::http::StatusCode::UNAUTHORIZED, "no").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn refusing(status: StatusCode, message: impl Into<String>) -> io::Result<Self> {
        Self::serve(Err((status, message.into()))).await
    }

    async fn serve(plays: Result<Script, (StatusCode, String)>) -> io::Result<Self> {
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let received = Received::default();
        let record = received.clone();
        let plays = Arc::new(plays);
        let task = tokio::spawn(async move {
            // Dropped with this task, and the sessions with it.
            let mut sessions = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let plays = Arc::clone(&plays);
                let record = record.clone();
                sessions.spawn(async move { serve(stream, &plays, record).await });
                while sessions.try_join_next().is_some() {}
            }
        });
        Ok(Self {
            address,
            received,
            task,
        })
    }

    /// The URL to join with, which has a secret in it as those of Ultravox do.
    ///
    /// ```
    /// # async fn example(server: ultravox::mock::live::LiveServer) -> Result<(), ultravox::live::ConnectError> {
    /// let session = server.session().connect(&server.join_url()).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn join_url(&self) -> String {
        format!("ws://{}/calls/join?token=s3cr3t-t0ken", self.address)
    }

    /// Settings for sessions with this server: those of a new builder, but for a proxy of this machine, which
    /// cannot reach the server of a test.
    ///
    /// ```
    /// # async fn example(server: ultravox::mock::live::LiveServer) -> Result<(), ultravox::live::ConnectError> {
    /// let session = server.session().input_sample_rate(8000).connect(&server.join_url()).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn session(&self) -> SessionBuilder {
        SessionBuilder::new().reqwest(reqwest::Client::builder().no_proxy())
    }

    /// What has arrived so far, in all sessions.
    ///
    /// ```
    /// # fn example(server: ultravox::mock::live::LiveServer) {
    /// assert!(server.received().messages().is_empty());
    /// # }
    /// ```
    pub fn received(&self) -> Received {
        self.received.clone()
    }
}

impl Drop for LiveServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Plays a script in a data connection that it opens, signed as Ultravox signs: for tests of servers that accept
/// them. What has arrived is returned once the script is played.
///
/// # Errors
///
/// What [`Session::connect`](crate::live::Session::connect) fails with, if the server does not accept.
///
/// ```no_run
/// use ultravox::mock::live::{Script, play_data_connection};
///
/// # async fn example() -> Result<(), ultravox::live::ConnectError> {
/// let script = Script::new().call_started().close(1000, "");
/// let received = play_data_connection("ws://127.0.0.1:8080/data", "the shared secret", script).await?;
/// println!("{:?}", received.messages());
/// # Ok(())
/// # }
/// ```
pub async fn play_data_connection(
    url: &str,
    secret: &str,
    script: Script,
) -> Result<Received, crate::live::ConnectError> {
    let call_id = uuid::Uuid::nil().to_string();
    let timestamp = now();
    let signature = crate::webhooks::sign_data_connection(secret, &call_id, &timestamp);
    let mut headers = HeaderMap::new();
    for (name, value) in [
        (CONNECTION_CALL_ID_HEADER, call_id),
        (CONNECTION_TIMESTAMP_HEADER, timestamp),
        (CONNECTION_SIGNATURE_HEADER, signature),
    ] {
        if let Ok(value) = value.parse() {
            headers.insert(name, value);
        }
    }
    let builder = SessionBuilder::new().reqwest(reqwest::Client::builder().no_proxy());
    let upgraded = builder.upgrade(url, headers).await?;
    let socket = WebSocketStream::from_raw_socket(upgraded, Role::Client, config()).await;
    let received = Received::default();
    Player::new(socket, received.clone()).play(&script).await;
    Ok(received)
}

fn now() -> String {
    let since_epoch = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
    let seconds = i64::try_from(since_epoch.as_secs()).unwrap_or_default();
    chrono::DateTime::from_timestamp(seconds, since_epoch.subsec_nanos())
        .unwrap_or_default()
        .to_rfc3339()
}

/// What a server has received.
#[derive(Clone, Debug, Default)]
pub struct Received {
    record: Arc<Mutex<Record>>,
}

#[derive(Debug, Default)]
struct Record {
    messages: Vec<ClientMessage>,
    /// How many of them a script has waited for.
    awaited: usize,
    audio: Vec<(Instant, Bytes)>,
    audio_bytes: usize,
    unreadable: Vec<String>,
    closed: Option<Option<u16>>,
}

impl Received {
    fn lock(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The messages, in their order.
    ///
    /// ```
    /// # fn example(server: ultravox::mock::live::LiveServer) {
    /// for message in server.received().messages() {
    ///     println!("{message:?}");
    /// }
    /// # }
    /// ```
    pub fn messages(&self) -> Vec<ClientMessage> {
        self.lock().messages.clone()
    }

    /// The frames of audio, with the times at which they arrived.
    ///
    /// ```
    /// # fn example(server: ultravox::mock::live::LiveServer) {
    /// let bytes: usize = server.received().audio().iter().map(|(_, frame)| frame.len()).sum();
    /// # }
    /// ```
    pub fn audio(&self) -> Vec<(Instant, Bytes)> {
        self.lock().audio.clone()
    }

    /// Text frames that are no messages of a client.
    ///
    /// ```
    /// # fn example(server: ultravox::mock::live::LiveServer) {
    /// assert!(server.received().unreadable().is_empty());
    /// # }
    /// ```
    pub fn unreadable(&self) -> Vec<String> {
        self.lock().unreadable.clone()
    }

    /// The code with which the client closed the connection last, if it did.
    ///
    /// ```
    /// # fn example(server: ultravox::mock::live::LiveServer) {
    /// assert_eq!(server.received().close_code(), Some(1000));
    /// # }
    /// ```
    pub fn close_code(&self) -> Option<u16> {
        self.lock().closed.flatten()
    }
}

/// 8 KiB are read at once, so that many sessions take little memory.
fn config() -> Option<WebSocketConfig> {
    Some(
        WebSocketConfig::default()
            .read_buffer_size(8 * 1024)
            .write_buffer_size(0),
    )
}

async fn serve(stream: TcpStream, plays: &Result<Script, (StatusCode, String)>, record: Received) {
    // Frames of audio are small, and must not wait for each other.
    let _ = stream.set_nodelay(true);
    #[allow(
        clippy::result_large_err,
        reason = "the type of the library's callback"
    )]
    let answer = |_: &handshake::server::Request, response: handshake::server::Response| match plays
    {
        Ok(_) => Ok(response),
        Err((status, message)) => {
            let mut refusal = Response::new(Some(message.clone()));
            *refusal.status_mut() = *status;
            Err(refusal)
        }
    };
    let accepted = tokio_tungstenite::accept_hdr_async_with_config(stream, answer, config()).await;
    let (Ok(socket), Ok(script)) = (accepted, plays) else {
        return;
    };
    let resets = matches!(script.steps.last(), Some(Step::Reset));
    let socket = Player::new(socket, record).play(script).await;
    if resets {
        // Closing then sends a reset instead of what is left.
        let _ = socket.get_ref().set_zero_linger();
    }
}

/// Plays a script over a socket.
struct Player<S> {
    socket: WebSocketStream<S>,
    received: Received,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Player<S> {
    fn new(socket: WebSocketStream<S>, received: Received) -> Self {
        Self { socket, received }
    }

    /// Until its end, or that of the connection.
    async fn play(mut self, script: &Script) -> WebSocketStream<S> {
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
                while Instant::now() < deadline {
                    match self.read_until(deadline).await {
                        Some(_) => {}
                        None if Instant::now() < deadline => return false,
                        None => {}
                    }
                }
                true
            }
            Step::Echo(length) => {
                let deadline = Instant::now() + *length;
                while Instant::now() < deadline {
                    if let Some(Message::Binary(audio)) = self.read_until(deadline).await
                        && self.send(Message::Binary(audio)).await.is_err()
                    {
                        return false;
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
            while Instant::now() < due {
                if self.read_until(due).await.is_none() && Instant::now() < due {
                    return false;
                }
            }
            let audio = audio.slice_ref(chunk);
            if self.send(Message::Binary(audio)).await.is_err() {
                return false;
            }
        }
        true
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
