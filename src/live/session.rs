//! How a session begins: the settings, and the task that drives it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::driver::{Driver, Io, Times};
use super::error::ConnectError;
use super::halves::{Events, Sender};
use super::handshake::{client, default_client, handshake, http_url};
use super::pace::{Format, Pacer, Underrun};
use super::shared::{Shared, State};
use super::tools::{Runner, Tools};

/// How many bytes of audio may wait to be sent where its sample rate is not known.
const UNPACED_BUFFER: usize = 64 * 1024;
/// A frame of 20 ms has at most 1 920 bytes at 48 kHz; the library would take 128 KiB for each session.
const READ_BUFFER: usize = 8 * 1024;

/// A time that can be added to now, and leaves time for something else.
fn bounded(time: Duration) -> Duration {
    const SHORTEST: Duration = Duration::from_millis(10);
    const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);
    time.clamp(SHORTEST, LONGEST)
}

/// A session in a call: this program takes part in it as its user.
///
/// A task of its own drives it, and ends with it. [`split`](Self::split) gives its two halves.
pub struct Session {
    sender: Sender,
    events: Events,
}

impl Session {
    /// Joins a call by its `joinUrl`, with the settings of [`SessionBuilder::new`]. Audio is sent as it is written,
    /// because the URL does not tell its sample rate.
    ///
    /// # Errors
    ///
    /// A [`ConnectError`], which shows nothing of the URL but its host.
    ///
    /// ```no_run
    /// use ultravox::live::{Event, Session};
    ///
    /// # async fn example(join_url: &str) -> Result<(), Box<dyn std::error::Error>> {
    /// let (sender, mut events) = Session::connect(join_url).await?.split();
    /// sender.say("Hello!").await?;
    /// while let Some(event) = events.next().await {
    ///     println!("{event:?}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn connect(join_url: &str) -> Result<Self, ConnectError> {
        Self::builder().connect(join_url).await
    }

    /// Joins a call of the medium `serverWebSocket`: audio is paced by its sample rates.
    ///
    /// # Errors
    ///
    /// A [`ConnectError`], which shows nothing of the URL but its host.
    ///
    /// ```no_run
    /// use ultravox::live::Session;
    /// use ultravox::types::{CallMedium, CallMediumWebSocketMedium};
    ///
    /// # async fn example(client: ultravox::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let medium = CallMediumWebSocketMedium::new().input_sample_rate(48_000);
    /// let call = client.calls().create().medium(CallMedium::from(medium)).await?;
    /// let session = Session::join(&call).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn join(call: &(impl Join + ?Sized)) -> Result<Self, ConnectError> {
        Self::builder().join(call).await
    }

    /// Settings for sessions.
    ///
    /// ```
    /// let builder = ultravox::live::Session::builder().input_sample_rate(48_000);
    /// ```
    pub fn builder() -> SessionBuilder {
        SessionBuilder::new()
    }

    /// The half that sends, and the half that receives. Dropping both closes the connection.
    ///
    /// ```no_run
    /// # async fn example(session: ultravox::live::Session) {
    /// let (sender, mut events) = session.split();
    /// # }
    /// ```
    pub fn split(self) -> (Sender, Events) {
        (self.sender, self.events)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

/// Something that has a URL to join a call with, such as a `Call`.
///
/// ```
/// use ultravox::live::Join;
///
/// /// A call that another program has created.
/// struct Handed {
///     join_url: String,
/// }
///
/// impl Join for Handed {
///     fn join_url(&self) -> Option<&str> {
///         Some(&self.join_url)
///     }
///
///     fn input_sample_rate(&self) -> Option<u32> {
///         Some(48_000)
///     }
/// }
///
/// # async fn example(handed: Handed) -> Result<(), ultravox::live::ConnectError> {
/// let session = ultravox::live::Session::join(&handed).await?;
/// # Ok(())
/// # }
/// ```
pub trait Join {
    /// The URL, if the call can be joined.
    fn join_url(&self) -> Option<&str>;

    /// The sample rate of the user's audio, if it is known.
    fn input_sample_rate(&self) -> Option<u32> {
        None
    }

    /// The sample rate of the agent's audio, if it is another.
    fn output_sample_rate(&self) -> Option<u32> {
        None
    }
}

#[cfg(any(
    ultravox_operation = "calls_create",
    ultravox_operation = "calls_retrieve",
    ultravox_operation = "agents_calls_create"
))]
impl Join for crate::types::Call {
    fn join_url(&self) -> Option<&str> {
        self.join_url.as_deref()
    }

    fn input_sample_rate(&self) -> Option<u32> {
        self.socket()?.input_sample_rate?.try_into().ok()
    }

    fn output_sample_rate(&self) -> Option<u32> {
        self.socket()?.output_sample_rate?.try_into().ok()
    }
}

#[cfg(any(
    ultravox_operation = "calls_create",
    ultravox_operation = "calls_retrieve",
    ultravox_operation = "agents_calls_create"
))]
impl crate::types::Call {
    fn socket(&self) -> Option<&crate::types::CallMediumWebSocketMedium> {
        self.medium.as_ref()?.server_web_socket.as_ref()
    }
}

/// The settings of sessions. One builder may begin many.
///
/// ```
/// use std::time::Duration;
/// use ultravox::live::{Session, Tools, Underrun};
///
/// let builder = Session::builder()
///     .input_sample_rate(48_000)
///     .underrun(Underrun::Silence)
///     .play_in_real_time()
///     .connect_timeout(Duration::from_secs(5))
///     .tools(Tools::new());
/// ```
#[derive(Clone)]
#[must_use = "it begins no session by itself"]
pub struct SessionBuilder {
    client: Result<Option<reqwest::Client>, String>,
    connect_timeout: Duration,
    times: Times,
    max_message_bytes: usize,
    input_sample_rate: Option<u32>,
    output_sample_rate: Option<u32>,
    channels: u16,
    underrun: Underrun,
    audio_buffer: Duration,
    receive_buffer: usize,
    plays: bool,
    tools: Option<Tools>,
}

impl SessionBuilder {
    /// The settings that are used where nothing else is set.
    ///
    /// ```
    /// let builder = ultravox::live::SessionBuilder::new();
    /// ```
    pub fn new() -> Self {
        Self {
            client: Ok(None),
            connect_timeout: Duration::from_secs(10),
            times: Times {
                idle: Duration::from_secs(30),
                stall: Duration::from_secs(30),
                close: Duration::from_secs(2),
                latency: None,
            },
            max_message_bytes: 4 << 20,
            input_sample_rate: None,
            output_sample_rate: None,
            channels: 1,
            underrun: Underrun::Gap,
            audio_buffer: Duration::from_secs(1),
            receive_buffer: 8 << 20,
            plays: false,
            tools: None,
        }
    }

    /// The sample rate of the user's audio, the call's `inputSampleRate`. With it, audio is sent at its own
    /// speed; without, as it is written.
    ///
    /// ```
    /// let builder = ultravox::live::Session::builder().input_sample_rate(48_000);
    /// ```
    pub fn input_sample_rate(mut self, hz: u32) -> Self {
        self.input_sample_rate = Some(hz);
        self
    }

    /// The sample rate of the agent's audio, the call's `outputSampleRate`: that of the input unless it is
    /// set.
    ///
    /// ```
    /// let builder = ultravox::live::Session::builder().input_sample_rate(8000).output_sample_rate(48_000);
    /// ```
    pub fn output_sample_rate(mut self, hz: u32) -> Self {
        self.output_sample_rate = Some(hz);
        self
    }

    /// How many channels the audio that arrives has, 1 unless it is set: the audio of a data connection has 2
    /// where its `channelMode` is not mixed.
    ///
    /// ```
    /// let builder = ultravox::live::Session::builder().output_sample_rate(16_000).channels(2);
    /// ```
    pub fn channels(mut self, channels: u16) -> Self {
        self.channels = channels;
        self
    }

    /// What is sent while less audio is written than time passes: nothing unless it is set. It needs the sample
    /// rate.
    ///
    /// ```
    /// use ultravox::live::{Session, Underrun};
    ///
    /// let builder = Session::builder().input_sample_rate(48_000).underrun(Underrun::Silence);
    /// ```
    pub fn underrun(mut self, underrun: Underrun) -> Self {
        self.underrun = underrun;
        self
    }

    /// How much audio may wait to be sent before the writer waits: 1 s unless it is set. It needs the sample
    /// rate; without one, 64 KiB may wait.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let builder = ultravox::live::Session::builder().audio_buffer(Duration::from_millis(200));
    /// ```
    pub fn audio_buffer(mut self, length: Duration) -> Self {
        self.audio_buffer = length;
        self
    }

    /// Hands out audio that arrives at its own speed, in frames of 20 ms, each at its time. With a large
    /// `clientBufferSizeMs` audio arrives long before it is heard; what was not handed out yet is dropped when
    /// the agent is interrupted. It needs the sample rate, that of the output or of the input.
    ///
    /// Without it, audio events are told as they arrive, and what was not taken yet is dropped when the agent is
    /// interrupted. A program that has a buffer of its own empties that as well, upon
    /// `ServerMessage::PlaybackClearBuffer`.
    ///
    /// ```
    /// let builder = ultravox::live::Session::builder().output_sample_rate(48_000).play_in_real_time();
    /// ```
    pub fn play_in_real_time(mut self) -> Self {
        self.plays = true;
        self
    }

    /// How many bytes of events may wait to be taken: 8 MiB unless it is set, which holds 80 s of audio at 48 kHz.
    /// Then nothing more is read from the server.
    ///
    /// ```
    /// let builder = ultravox::live::Session::builder().receive_buffer(1 << 20);
    /// ```
    pub fn receive_buffer(mut self, bytes: usize) -> Self {
        self.receive_buffer = bytes;
        self
    }

    /// The tools that this program runs. Without any, calls of tools are events like all other messages, and the
    /// program answers them itself.
    ///
    /// ```
    /// use ultravox::live::{Session, Tools};
    ///
    /// let builder = Session::builder().tools(Tools::new());
    /// ```
    pub fn tools(mut self, tools: Tools) -> Self {
        self.tools = Some(tools);
        self
    }

    /// How often the latency is measured: only by [`Sender::ping`] unless it is set.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let builder = ultravox::live::Session::builder().measure_latency(Duration::from_secs(10));
    /// ```
    pub fn measure_latency(mut self, every: Duration) -> Self {
        self.times.latency = Some(bounded(every));
        self
    }

    /// How long joining may take, with all that belongs to it: 10 s unless it is set.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let builder = ultravox::live::Session::builder().connect_timeout(Duration::from_secs(5));
    /// ```
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// After how long without a sign of the server the connection is lost: 30 s unless it is set. In a third of
    /// it, the server is asked for one by a WebSocket ping.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let builder = ultravox::live::Session::builder().idle_timeout(Duration::from_secs(10));
    /// ```
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.times.idle = bounded(timeout);
        self
    }

    /// How long no event may be taken while [as many wait as may](Self::receive_buffer): 30 s unless it is set.
    /// Then the session ends.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let builder = ultravox::live::Session::builder().stall_timeout(Duration::from_secs(5));
    /// ```
    pub fn stall_timeout(mut self, timeout: Duration) -> Self {
        self.times.stall = bounded(timeout);
        self
    }

    /// How long closing the connection may take: 2 s unless it is set.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let builder = ultravox::live::Session::builder().close_timeout(Duration::from_secs(1));
    /// ```
    pub fn close_timeout(mut self, timeout: Duration) -> Self {
        self.times.close = bounded(timeout);
        self
    }

    /// How long a message that arrives may be: 4 MiB unless it is set. A longer one ends the session.
    ///
    /// ```
    /// let builder = ultravox::live::Session::builder().max_message_bytes(64 * 1024);
    /// ```
    pub fn max_message_bytes(mut self, bytes: usize) -> Self {
        self.max_message_bytes = bytes;
        self
    }

    /// The HTTP client that opens connections: for a proxy, certificates, or another network interface. Redirects
    /// and HTTP/2 are turned off in it. It is made here, once for all sessions of this builder.
    ///
    /// ```
    /// use ultravox::{live::Session, reqwest};
    ///
    /// let builder = Session::builder().reqwest(reqwest::Client::builder().no_proxy());
    /// ```
    pub fn reqwest(mut self, builder: reqwest::ClientBuilder) -> Self {
        self.client = client(builder).map(Some);
        self
    }

    /// Joins a call by its `joinUrl`.
    ///
    /// # Errors
    ///
    /// A [`ConnectError`], which shows nothing of the URL but its host.
    ///
    /// ```no_run
    /// # async fn example(join_url: &str) -> Result<(), ultravox::live::ConnectError> {
    /// let session = ultravox::live::Session::builder().input_sample_rate(48_000).connect(join_url).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn connect(&self, join_url: &str) -> Result<Session, ConnectError> {
        let upgraded = self.upgrade(join_url, HeaderMap::new()).await?;
        Ok(self.begin(Box::new(upgraded), Role::Client).await)
    }

    /// The connection to this URL, once it is a WebSocket.
    pub(crate) async fn upgrade(
        &self,
        url: &str,
        headers: HeaderMap,
    ) -> Result<reqwest::Upgraded, ConnectError> {
        let url = http_url(url)?;
        let client = match &self.client {
            Ok(Some(client)) => client.clone(),
            Ok(None) => default_client()?,
            Err(reason) => {
                return Err(ConnectError::Config {
                    reason: reason.clone(),
                });
            }
        };
        let host = crate::redact::host(&url);
        let limit = self.connect_timeout;
        tokio::time::timeout(limit, handshake(client, url, headers, host.clone()))
            .await
            .map_err(|_elapsed| ConnectError::Timeout { host, limit })?
    }

    /// Joins a call, by its sample rates unless others are set.
    ///
    /// # Errors
    ///
    /// A [`ConnectError`], which shows nothing of the URL but its host.
    ///
    /// ```no_run
    /// # async fn example(call: ultravox::types::Call) -> Result<(), ultravox::live::ConnectError> {
    /// let session = ultravox::live::Session::builder().play_in_real_time().join(&call).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn join(&self, call: &(impl Join + ?Sized)) -> Result<Session, ConnectError> {
        let join_url = call.join_url().ok_or(ConnectError::NoJoinUrl)?;
        let mut settings = self.clone();
        settings.input_sample_rate = self.input_sample_rate.or(call.input_sample_rate());
        settings.output_sample_rate = self.output_sample_rate.or(call.output_sample_rate());
        settings.connect(join_url).await
    }

    /// Begins a session over a connection that is a WebSocket already, as its client: for tests without a network
    /// (the module `mock::live`), and for programs that open connections in their own way.
    ///
    /// It needs a tokio runtime.
    ///
    /// ```
    /// # async fn example() {
    /// let (here, there) = tokio::io::duplex(64 * 1024);
    /// let session = ultravox::live::Session::builder().over(here).await;
    /// # }
    /// ```
    pub async fn over(
        &self,
        connection: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    ) -> Session {
        self.begin(Box::new(connection), Role::Client).await
    }

    pub(super) async fn begin(&self, connection: Box<dyn Io>, role: Role) -> Session {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            // What is written goes to the socket, so that a full one is noticed.
            .write_buffer_size(0)
            .max_message_size(Some(self.max_message_bytes))
            .max_frame_size(Some(self.max_message_bytes));
        let socket = WebSocketStream::from_raw_socket(connection, role, Some(config)).await;
        let shared = Arc::new(Shared::new(self.state()));
        let session = Session {
            sender: Sender::new(Arc::clone(&shared)),
            events: Events::new(Arc::clone(&shared)),
        };
        let tools = self.tools.clone().map(Runner::new);
        tokio::spawn(Driver::new(socket, shared, self.times, tools));
        session
    }

    fn state(&self) -> State {
        let input = self.input_sample_rate.map(|hz| Format { hz, channels: 1 });
        let capacity = input.map_or(UNPACED_BUFFER, |input| input.bytes(self.audio_buffer));
        let outgoing = Pacer::new(input, self.underrun, capacity.max(1));
        let hz = self.output_sample_rate.or(self.input_sample_rate);
        let channels = self.channels;
        let output = hz.map(|hz| Format { hz, channels });
        let playback = output.filter(|_| self.plays);
        let playback = playback.map(|format| Pacer::new(Some(format), Underrun::Gap, usize::MAX));
        State::new(outgoing, playback, self.receive_buffer.max(1))
    }
}

impl Default for SessionBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for SessionBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionBuilder")
            .field("connect_timeout", &self.connect_timeout)
            .field("times", &self.times)
            .field("max_message_bytes", &self.max_message_bytes)
            .field("input_sample_rate", &self.input_sample_rate)
            .field("output_sample_rate", &self.output_sample_rate)
            .field("channels", &self.channels)
            .field("underrun", &self.underrun)
            .field("audio_buffer", &self.audio_buffer)
            .field("receive_buffer", &self.receive_buffer)
            .field("plays", &self.plays)
            .field("tools", &self.tools)
            .finish_non_exhaustive()
    }
}
