//! The one error of the crate.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;

use crate::redact::{excerpt, outline};

/// What a call can fail with. Every generated operation and every helper returns it.
///
/// ```no_run
/// # async fn example(client: ultravox::Client) {
/// match client.sip().get().await {
///     Ok(config) => println!("{}", config.domain),
///     Err(error) if error.is_unauthorized() => eprintln!("is the key right? {error}"),
///     Err(error) => eprintln!("{error}"),
/// }
/// # }
/// ```
///
/// `Debug` shows the error and its causes on one line, because that is what `main` prints of an error
/// that it returns. `{:#?}` shows the fields.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The API answered, and refused.
    #[error(transparent)]
    Api(Box<ApiError>),
    /// The connection failed or broke, or led somewhere that is not followed.
    #[error(transparent)]
    Transport(Box<TransportError>),
    /// The call took longer than it may.
    #[error(transparent)]
    Timeout(TimeoutError),
    /// The API answered something that the document does not describe.
    #[error(transparent)]
    Decode(Box<DecodeError>),
    /// The request was never valid, and was not sent.
    #[error(transparent)]
    InvalidRequest(InvalidRequestError),
    /// A value of the request is out of the limits that the API's document states, and nothing was
    /// sent.
    #[error(transparent)]
    Limit(Box<LimitError>),
    /// The pages of a list lead nowhere.
    #[error(transparent)]
    Pagination(PaginationError),
    /// A file could not be read or written.
    #[error(transparent)]
    File(Box<FileError>),
    /// The client cannot be made from these settings.
    #[error(transparent)]
    Config(ConfigError),
}

impl Error {
    /// The status that the API refused with.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Api(error) => Some(error.status),
            _ => None,
        }
    }

    /// The API does not know the key (401).
    pub fn is_unauthorized(&self) -> bool {
        self.status() == Some(StatusCode::UNAUTHORIZED)
    }

    /// There were too many requests or calls (429).
    pub fn is_rate_limited(&self) -> bool {
        self.status() == Some(StatusCode::TOO_MANY_REQUESTS)
    }

    /// There is no such thing (404).
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(StatusCode::NOT_FOUND)
    }

    /// The same call may succeed later: 429, 502, 503, 504, a timeout, a broken connection.
    ///
    /// For a call that is not idempotent it is for the caller to know whether sending it twice is
    /// right: after a timeout or a broken connection the first may have been carried out.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Api(error) => matches!(error.status.as_u16(), 429 | 502 | 503 | 504),
            Self::Transport(error) => error.is_connection(),
            Self::Timeout(_) => true,
            _ => false,
        }
    }

    pub(crate) fn invalid_request(reason: impl Into<String>) -> Self {
        Self::InvalidRequest(InvalidRequestError {
            operation: "",
            reason: reason.into(),
        })
    }

    /// Names the operation in the error of a request that was refused before its operation was known.
    pub(crate) fn in_operation(mut self, id: &'static str) -> Self {
        if let Self::InvalidRequest(error) = &mut self
            && error.operation.is_empty()
        {
            error.operation = id;
        }
        self
    }

    /// For the generated code: a success with a status that the document does not name.
    pub(crate) fn unexpected_response(response: reqwest::Response) -> Self {
        let call = crate::transport::Call::of(&response);
        let error = Self::Decode(Box::new(DecodeError {
            operation: call.operation,
            status: response.status(),
            path: String::new(),
            body: String::new(),
            source: None,
        }));
        call.finish(Some(&error));
        error
    }
}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            return f.write_str(&one_line(self));
        }
        match self {
            Self::Api(error) => fmt::Debug::fmt(error, f),
            Self::Transport(error) => fmt::Debug::fmt(error, f),
            Self::Timeout(error) => fmt::Debug::fmt(error, f),
            Self::Decode(error) => fmt::Debug::fmt(error, f),
            Self::InvalidRequest(error) => fmt::Debug::fmt(error, f),
            Self::Limit(error) => fmt::Debug::fmt(error, f),
            Self::Pagination(error) => fmt::Debug::fmt(error, f),
            Self::File(error) => fmt::Debug::fmt(error, f),
            Self::Config(error) => fmt::Debug::fmt(error, f),
        }
    }
}

/// An error and its causes. What a server or a file name put into a message must not steer the terminal
/// that it is printed on.
fn one_line(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let said = cause.to_string();
        // Some messages hold their cause already.
        if !line.contains(&said) {
            line = format!("{line}: {said}");
        }
        source = cause.source();
    }
    let mut printable = String::with_capacity(line.len());
    for c in line.chars() {
        match c.is_control() {
            true => printable.extend(c.escape_default()),
            false => printable.push(c),
        }
    }
    printable
}

/// The API's refusal: status, message, body. `Debug` shows the structure of the body only.
#[non_exhaustive]
pub struct ApiError {
    /// The id of the operation in the API's document.
    pub operation: &'static str,
    /// The status of the response.
    pub status: StatusCode,
    /// The message of the body: its `detail`, its field errors, or its text, URLs without their query.
    /// Empty if it has none.
    pub message: String,
    /// The body, cut at 64 KiB.
    pub body: Bytes,
    /// How long the API asks to wait, from `Retry-After`.
    pub retry_after: Option<Duration>,
    /// The request's id, if a header carries one: worth quoting to Ultravox's support.
    pub request_id: Option<String>,
    /// How many times the request was sent: where the call was redirected, the one that was refused.
    pub attempts: u32,
}

impl ApiError {
    /// Reads the body as JSON, for operations whose errors the API documents.
    ///
    /// # Errors
    ///
    /// The error of `serde_json` if the body is not JSON of that type.
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_slice(&self.body)
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiError")
            .field("operation", &self.operation)
            .field("status", &self.status)
            .field("message", &self.message)
            .field("body", &excerpt(&outline(&self.body)))
            .field("retry_after", &self.retry_after)
            .field("request_id", &self.request_id)
            .field("attempts", &self.attempts)
            .finish()
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: the API answered {}", self.operation, self.status)?;
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        match self.status {
            StatusCode::UNAUTHORIZED => write!(f, "; check the API key")?,
            StatusCode::FORBIDDEN => write!(f, "; check what the API key may do")?,
            _ => {}
        }
        if let Some(wait) = self.retry_after {
            write!(f, "; retry after {} s", wait.as_secs())?;
        }
        if self.attempts > 1 {
            write!(f, "; sent {} times", self.attempts)?;
        }
        if let Some(id) = &self.request_id {
            write!(f, " (request id {id})")?;
        }
        Ok(())
    }
}

impl std::error::Error for ApiError {}

/// A connection that failed, broke, or led somewhere that is not followed.
#[derive(Debug, thiserror::Error)]
#[error("{operation}: {kind}")]
#[non_exhaustive]
pub struct TransportError {
    /// The id of the operation in the API's document.
    pub operation: &'static str,
    /// What happened.
    pub kind: TransportErrorKind,
    /// What the HTTP client says of it.
    pub source: Option<reqwest::Error>,
}

impl TransportError {
    fn is_connection(&self) -> bool {
        matches!(
            self.kind,
            TransportErrorKind::Connect { .. } | TransportErrorKind::Interrupted
        )
    }
}

/// What happened to the connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No connection could be made.
    #[error("cannot connect to {host}; check the network, and the base URL if you set one")]
    Connect {
        /// The host, with the port where it is not the usual one.
        host: String,
    },
    /// The connection broke before the answer was complete.
    #[error("the connection broke before the answer was complete")]
    Interrupted,
    /// The body of the request was not sent to its end, because a file or a stream of the caller's
    /// failed or was not as long as it was to be, or because the answer did not wait for it.
    #[error("the content could not be uploaded: {reason}")]
    Upload {
        /// What the file or the stream says, or how its length differs.
        reason: String,
    },
    /// The answer is longer than the client reads.
    #[error(
        "the answer is longer than {limit} bytes, which is all that the client reads; see `ClientBuilder::max_body_bytes`"
    )]
    BodyTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// A redirect that is not followed.
    #[error("the redirect to {location} is not followed: {reason}")]
    Redirect {
        /// Where it leads, by origin and path: the rest may hold a signature, or a password.
        location: String,
        /// Why it is not followed.
        reason: &'static str,
    },
    /// The storage to which the API hands out addresses refused an upload.
    #[error(
        "the storage refused the upload with {status}: {message}; the address that the API hands out for it is valid for a few minutes, and only for the media type that was asked for"
    )]
    Storage {
        /// The status that it refused with.
        status: StatusCode,
        /// What it says of that.
        message: String,
    },
}

/// A call that took longer than it may.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: {what} took longer than {limit:?}")]
#[non_exhaustive]
pub struct TimeoutError {
    /// The id of the operation in the API's document.
    pub operation: &'static str,
    /// The limit that passed.
    pub limit: Duration,
    /// What took longer: the whole call, or one chunk of a streamed body.
    pub what: &'static str,
}

/// An answer that the document does not describe.
#[derive(Debug)]
#[non_exhaustive]
pub struct DecodeError {
    /// The id of the operation in the API's document.
    pub operation: &'static str,
    /// The status of the response.
    pub status: StatusCode,
    /// The place inside the JSON, such as `allowedAgents[0].agentId`; `.` is the whole, and what is no
    /// JSON at all.
    pub path: String,
    /// The structure of the start of the body: punctuation, names, numbers and literals, with `…` for
    /// each string value, which may be a secret. Empty for what is not JSON.
    pub body: String,
    /// What does not fit, without the value if that is a string. `None` where the status itself is not
    /// documented.
    pub source: Option<serde_json::Error>,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            operation,
            status,
            path,
            body,
            source,
        } = self;
        let Some(source) = source else {
            return write!(
                f,
                "{operation}: the API's document does not know the status {status}"
            );
        };
        write!(f, "{operation}: the answer ({status}) does not decode")?;
        if path != "." {
            write!(f, " at {path}")?;
        }
        write!(f, ": {source}")?;
        match body.as_str() {
            "" => write!(f, "; it is not JSON"),
            body => write!(f, "; it starts with: {body}"),
        }
    }
}

impl std::error::Error for DecodeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|e| e as _)
    }
}

/// A request that was never valid, and was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: the request is not valid and was not sent: {reason}")]
#[non_exhaustive]
pub struct InvalidRequestError {
    /// The id of the operation in the API's document; `request` for
    /// [`Client::request`](crate::Client::request).
    pub operation: &'static str,
    /// What is wrong with it.
    pub reason: String,
}

/// A value of a request that is out of the limits which the API's document states. The request was
/// not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: {} must be {limit}, and is {value}; the request was not sent", self.place())]
#[non_exhaustive]
pub struct LimitError {
    /// The id of the operation in the API's document.
    pub operation: &'static str,
    /// The parameter or the place in the body, such as `callTemplate.items[3].name`. Empty for the
    /// body itself.
    pub field: String,
    /// The limit, such as `at most 40 characters`.
    pub limit: String,
    /// The value, or its start; what the document marks as a secret is not shown.
    pub value: String,
}

impl LimitError {
    fn place(&self) -> &str {
        match self.field.as_str() {
            "" => "the body",
            field => field,
        }
    }
}

/// Pages of a list that lead nowhere. The items before it were all there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: {kind}")]
#[non_exhaustive]
pub struct PaginationError {
    /// The id of the operation in the API's document.
    pub operation: &'static str,
    /// What is wrong with what a page says of the next one.
    pub kind: PaginationErrorKind,
}

/// What is wrong with what a page says of the next one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PaginationErrorKind {
    /// It names a page that was fetched before.
    #[error("the pages run in a loop: one names a page before it as the next")]
    Loop,
    /// Its link has no `cursor`.
    #[error("the link to the next page has no cursor")]
    NoCursor,
    /// Page after page holds nothing and names a next one.
    #[error(
        "{count} pages without an item followed each other, and the last still names a next one"
    )]
    EmptyPages {
        /// How many there were.
        count: usize,
    },
}

/// A file that could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{operation}: {} cannot be {action}: {source}", path.display())]
#[non_exhaustive]
pub struct FileError {
    /// The id of the operation in the API's document.
    pub operation: &'static str,
    /// The file that was to be read or written.
    pub path: PathBuf,
    /// What could not be done with it: `read` or `written`.
    pub action: &'static str,
    /// What the operating system says of it.
    pub source: std::io::Error,
}

/// Settings that no client can be made from.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
#[non_exhaustive]
pub struct ConfigError {
    /// What is wrong, and what to do.
    pub reason: String,
    /// What the HTTP client says of it.
    pub source: Option<reqwest::Error>,
}

impl ConfigError {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            source: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_main_prints_is_one_line_with_the_causes() {
        let missing = std::io::Error::other("no such \u{1b}[2Jdisk");
        let error = Error::File(Box::new(FileError {
            operation: "calls_recording_retrieve",
            path: "call.wav".into(),
            action: "written",
            source: missing,
        }));
        assert_eq!(
            format!("{error:?}"),
            "calls_recording_retrieve: call.wav cannot be written: no such \\u{1b}[2Jdisk"
        );
        let decode = serde_json::from_str::<u8>("[]").unwrap_err();
        let error = Error::Config(ConfigError::new("no\nkey"));
        assert_eq!(format!("{error:?}"), "no\\nkey");
        let error = Error::Decode(Box::new(DecodeError {
            operation: "sip_retrieve",
            status: StatusCode::OK,
            path: ".".to_owned(),
            body: "[]".to_owned(),
            source: Some(decode),
        }));
        assert!(
            format!("{error:#?}").starts_with("DecodeError {\n"),
            "{error:#?}"
        );
        assert!(!format!("{error:?}").contains('\n'), "{error:?}");
    }

    #[test]
    fn an_invalid_request_names_the_operation_that_was_first_known() {
        let error = Error::invalid_request("no").in_operation("a_list");
        let error = error.in_operation("b_list");
        assert_eq!(
            error.to_string(),
            "a_list: the request is not valid and was not sent: no"
        );
    }
}
