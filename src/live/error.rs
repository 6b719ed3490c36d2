//! What fails before a session begins, and while messages are sent and received. How a session ends is in
//! `end.rs`. No error shows the URL to join a call with, which is a secret, but for its host.

use std::time::Duration;

use http::StatusCode;

use super::End;

/// A session that did not begin.
///
/// ```no_run
/// use ultravox::live::{ConnectError, Session};
///
/// # async fn example(join_url: &str) {
/// match Session::connect(join_url).await {
///     Ok(session) => println!("joined"),
///     Err(ConnectError::Refused { status, .. }) => println!("the call is not to be joined: {status}"),
///     Err(error) => println!("{error}"),
/// }
/// # }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The call has no URL to join it with: it is over, or its medium is not one to be joined.
    #[error("the call has no joinUrl: it is over, or it is made by another medium")]
    NoJoinUrl,
    /// The URL is not one to join a call with.
    #[error("the joinUrl cannot be used: {reason}")]
    InvalidUrl {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The HTTP client cannot be made from these settings.
    #[error("the HTTP client cannot be made from these settings: {reason}")]
    Config {
        /// The error of the HTTP client.
        reason: String,
    },
    /// No connection could be made.
    #[error("cannot connect to {host}; check the network")]
    Connect {
        /// The host, with the port if it is not the default.
        host: String,
        /// The error of the HTTP client.
        source: reqwest::Error,
    },
    /// There was a connection, and no secure one.
    #[error(
        "no secure connection to {host}: {reason}; check the certificates and the clock of this machine, and \
         what is between it and the host"
    )]
    Tls {
        /// The host, with the port if it is not the default.
        host: String,
        /// What the TLS library says.
        reason: String,
    },
    /// It took too long.
    #[error("{host} did not open the session within {limit:?}")]
    Timeout {
        /// The host, with the port if it is not the default.
        host: String,
        /// The time limit.
        limit: Duration,
    },
    /// The server refused.
    #[error("the server refused the session with {status}{}", refusal(.message))]
    Refused {
        /// The status of the response.
        status: StatusCode,
        /// The start of what it says.
        message: String,
    },
    /// The server accepted, and not as a WebSocket server does.
    #[error("the server does not open a WebSocket: {reason}")]
    NotWebSocket {
        /// What is wrong with its response.
        reason: &'static str,
    },
}

fn refusal(message: &str) -> String {
    let hint =
        "a joinUrl is for one session, and for as long as the call waits for it (`joinTimeout`)";
    match message {
        "" => format!("; {hint}"),
        message => format!(": {message}; {hint}"),
    }
}

/// A message or audio that was not sent.
///
/// ```
/// use ultravox::live::{SendError, Sender};
///
/// # async fn example(sender: Sender) {
/// if let Err(SendError::Ended(end)) = sender.say("Are you there?").await {
///     println!("too late: {end}");
/// }
/// # }
/// ```
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The session is over.
    #[error("not sent: {0}")]
    Ended(End),
    /// The message cannot be written as JSON.
    #[error("the message cannot be written as JSON: {reason}")]
    Encode {
        /// The error of serde.
        reason: String,
    },
}

/// Something that arrived and cannot be read, as [`Event::Invalid`](super::Event::Invalid). The session goes on without it. It shows the structure of what
/// arrived, and no string value.
///
/// ```
/// use ultravox::live::{Event, InvalidMessage};
///
/// fn log(event: &Event) {
///     match event {
///         Event::Invalid(InvalidMessage::Audio { .. }) => {} // half a sample is no loss
///         Event::Invalid(invalid) => eprintln!("{invalid}"),
///         _ => {}
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidMessage {
    /// A text frame that is no JSON.
    #[error("a text frame is not JSON: {reason}")]
    Json {
        /// What is wrong.
        reason: String,
    },
    /// A message that is not what the documentation describes.
    #[error("a message is not what its type says: {reason}; it starts with: {outline}")]
    Message {
        /// What is wrong.
        reason: String,
        /// The structure of its start.
        outline: String,
    },
    /// Audio that ends within a sample. The rest of it was received.
    #[error("audio of {length} bytes does not end with a sample")]
    Audio {
        /// How long it was.
        length: usize,
    },
}

/// A call of a tool that did not succeed. Ultravox was told so, with the type that [`ToolError`] names.
///
/// ```
/// use ultravox::live::Event;
///
/// fn log(event: &Event) {
///     if let Event::ToolFailed(failure) = event {
///         eprintln!("{}: {}", failure.tool, failure.error);
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the tool {tool:?}: {error}")]
#[non_exhaustive]
pub struct ToolFailure {
    /// The name of the tool.
    pub tool: String,
    /// The id of this call of it.
    pub invocation_id: String,
    /// What happened.
    pub error: ToolError,
}

/// Why a call of a tool did not succeed.
///
/// ```
/// use ultravox::live::{ToolError, ToolFailure};
///
/// fn is_ours_to_mend(failure: &ToolFailure) -> bool {
///     !matches!(failure.error, ToolError::Failed(_)) // that, the tool said itself
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ToolError {
    /// There is no tool of this name. It is reported as `undefined`; every other error as
    /// `implementation-error`.
    #[error("there is no such tool here")]
    Undefined,
    /// The parameters are not of the tool's type.
    #[error("{0}")]
    Parameters(crate::tools::ParametersError),
    /// The tool failed, or its response has a status of 4xx or 5xx.
    #[error("it failed: {0}")]
    Failed(String),
    /// The tool took too long, and was stopped.
    #[error("it took longer than {limit:?}")]
    TimedOut {
        /// The time limit.
        limit: Duration,
    },
    /// The tool panicked.
    #[error("it panicked")]
    Panicked,
    /// Too many tools were running, and this one was not started.
    #[error("{limit} calls of tools were running already")]
    TooMany {
        /// How many may run at once.
        limit: usize,
    },
}

impl ToolError {
    /// The error's type, as the API spells it.
    ///
    /// ```
    /// use ultravox::live::ToolError;
    ///
    /// assert_eq!(ToolError::Undefined.error_type(), "undefined");
    /// assert_eq!(ToolError::Panicked.error_type(), "implementation-error");
    /// ```
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::Undefined => "undefined",
            _ => "implementation-error",
        }
    }
}
