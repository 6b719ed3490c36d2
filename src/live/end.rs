//! How a session ended.

use std::fmt;
use std::io;
use std::time::Duration;

use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{self, protocol::frame::coding::CloseCode};

use crate::redact::excerpt;

/// How a session ended. The end reason of the call itself is a property of the call (`endReason`), once it is
/// over.
///
/// ```
/// use ultravox::live::End;
///
/// fn is_worth_an_alarm(end: &End) -> bool {
///     match end {
///         End::HungUp(_) | End::Left | End::CallEnded(_) => false,
///         other => {
///             eprintln!("{other}");
///             true
///         }
///     }
/// }
/// assert!(!is_worth_an_alarm(&End::Left));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum End {
    /// This side asked to end the call ([`Sender::hang_up`](super::Sender::hang_up), or a tool that
    /// answered `hang-up`), and the server closed the connection.
    #[error("this side hung up ({0})")]
    HungUp(Close),
    /// This side closed the connection: by [`Sender::close`](super::Sender::close), or because both
    /// halves were dropped.
    #[error("this side left")]
    Left,
    /// The other side ended the call, and closed the connection normally: the agent hung up, or the call
    /// reached one of its limits.
    #[error("the call ended ({0})")]
    CallEnded(Close),
    /// The server closed the connection before it had sent anything. Does the call still wait to be joined?
    #[error("the server closed the connection before the call began ({0})")]
    NotStarted(Close),
    /// The server closed the connection, and not normally.
    #[error("the server closed the connection ({0})")]
    ServerClosed(Close),
    /// The connection broke.
    #[error("the connection was lost: {0}")]
    NetworkLost(Loss),
    /// The server sent what is no WebSocket, or more than is allowed.
    #[error("the server sent what cannot be received: {0}")]
    Protocol(Violation),
    /// Events were not taken for so long that the session was given up. See
    /// [`SessionBuilder::stall_timeout`](super::SessionBuilder::stall_timeout).
    #[error("no event was taken for {after:?} while more had arrived than is kept")]
    ReceiverStalled {
        /// For how long.
        after: Duration,
    },
}

/// The code and the reason with which the server closed a connection.
///
/// ```
/// use ultravox::live::End;
///
/// fn code(end: &End) -> Option<u16> {
///     match end {
///         End::HungUp(close) | End::CallEnded(close) | End::NotStarted(close) | End::ServerClosed(close) => close.code,
///         _ => None, // the server did not close it
///     }
/// }
/// assert_eq!(code(&End::Left), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Close {
    /// The code, as in RFC 6455: 1000 is a normal end. `None` if the server gave none.
    pub code: Option<u16>,
    /// The start of the reason, empty if the server gave none.
    pub reason: String,
}

impl Close {
    pub(super) fn new(frame: Option<CloseFrame>) -> Self {
        frame.map_or_else(Self::default, |frame| Self {
            code: Some(frame.code.into()),
            reason: excerpt(frame.reason.as_str()),
        })
    }

    /// A close without a code is what a library sends that was given none.
    pub(super) fn is_normal(&self) -> bool {
        matches!(self.code, None | Some(1000))
    }
}

impl fmt::Display for Close {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(f, "code {code}")?,
            None => f.write_str("no code")?,
        }
        match self.reason.as_str() {
            "" => Ok(()),
            reason => write!(f, ", {reason}"),
        }
    }
}

/// How the connection was lost.
///
/// ```
/// use std::time::Duration;
/// use ultravox::live::{End, Loss};
///
/// fn was_silent(end: &End) -> Option<Duration> {
///     match end {
///         End::NetworkLost(Loss::Silent { after }) => Some(*after),
///         _ => None,
///     }
/// }
/// assert_eq!(was_silent(&End::Left), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Loss {
    /// It ended without the closing handshake, perhaps within a frame.
    #[error("it ended without being closed")]
    Eof,
    /// It was reset, or failed in another way.
    #[error("{kind}")]
    Io {
        /// The kind of the error.
        kind: io::ErrorKind,
    },
    /// Nothing arrived for so long that there is nobody on the other side: not even the response to a
    /// WebSocket ping. See [`SessionBuilder::idle_timeout`](super::SessionBuilder::idle_timeout).
    #[error("nothing arrived for {after:?}")]
    Silent {
        /// For how long.
        after: Duration,
    },
}

/// What the server sent that cannot be received.
///
/// ```
/// use ultravox::live::{End, Violation};
///
/// fn advice(end: &End) -> &'static str {
///     match end {
///         End::Protocol(Violation::TooLarge { .. }) => "raise max_message_bytes",
///         End::Protocol(_) => "is it Ultravox at the other end?",
///         _ => "",
///     }
/// }
/// assert_eq!(advice(&End::Left), "");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// A message longer than allowed. See
    /// [`SessionBuilder::max_message_bytes`](super::SessionBuilder::max_message_bytes).
    #[error("a message of {size} bytes, and {limit} are allowed")]
    TooLarge {
        /// How long the message is, as far as it is known.
        size: usize,
        /// How long it may be.
        limit: usize,
    },
    /// Text that is not UTF-8.
    #[error("text that is not UTF-8")]
    Utf8,
    /// Frames that are not those of a WebSocket.
    #[error("frames that are not those of a WebSocket: {reason}")]
    Frames {
        /// What is wrong with them.
        reason: String,
    },
}

/// How a session ends by an error of the connection.
pub(super) fn of_error(error: tungstenite::Error) -> End {
    match error {
        tungstenite::Error::Io(error) => match error.kind() {
            io::ErrorKind::UnexpectedEof => End::NetworkLost(Loss::Eof),
            kind => End::NetworkLost(Loss::Io { kind }),
        },
        tungstenite::Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)
        | tungstenite::Error::ConnectionClosed
        | tungstenite::Error::AlreadyClosed => End::NetworkLost(Loss::Eof),
        tungstenite::Error::Capacity(CapacityError::MessageTooLong { size, max_size }) => {
            End::Protocol(Violation::TooLarge {
                size,
                limit: max_size,
            })
        }
        tungstenite::Error::Utf8(_) => End::Protocol(Violation::Utf8),
        other => End::Protocol(Violation::Frames {
            reason: excerpt(&other.to_string()),
        }),
    }
}

/// The code with which this side closes the connection then.
pub(super) fn code_of(end: &End) -> CloseCode {
    match end {
        End::Protocol(Violation::TooLarge { .. }) => CloseCode::Size,
        End::Protocol(Violation::Utf8) => CloseCode::Invalid,
        End::Protocol(Violation::Frames { .. }) => CloseCode::Protocol,
        End::ReceiverStalled { .. } => CloseCode::Policy,
        _ => CloseCode::Normal,
    }
}
