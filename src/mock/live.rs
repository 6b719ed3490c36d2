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
//!     .message(Transcript::new(true, 1, "agent").text("Good morning."))
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

mod player;
mod script;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

pub use self::script::Script;

use self::player::Player;
use self::script::Step;
use crate::live::SessionBuilder;
use crate::messages::ClientMessage;
use crate::webhooks::{
    CONNECTION_CALL_ID_HEADER, CONNECTION_SIGNATURE_HEADER, CONNECTION_TIMESTAMP_HEADER,
};

/// A script that is played in memory. It stops when this is dropped. See [`Script::in_memory`].
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

/// A server on 127.0.0.1 that plays a script in each session. It stops when it is dropped. The module has an
/// example.
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
    let timestamp = crate::webhooks::system_time().to_rfc3339();
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

/// What a server has received. It goes on while the server does: a clone sees what arrives later.
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
