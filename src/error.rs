//! The error type of the crate.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;

use crate::redact::{excerpt, outline};

/// The error of every operation and every helper.
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
/// `Debug` shows the error and its causes on one line, because that is what is printed when `main`
/// returns an error. `{:#?}` shows the fields.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The API returned an error.
    #[error(transparent)]
    Api(Box<ApiError>),
    /// The connection failed or broke, or a redirect is not followed.
    #[error(transparent)]
    Transport(Box<TransportError>),
    /// The call took longer than allowed.
    #[error(transparent)]
    Timeout(TimeoutError),
    /// The response is not what the document describes.
    #[error(transparent)]
    Decode(Box<DecodeError>),
    /// The request is invalid, and was not sent.
    #[error(transparent)]
    InvalidRequest(InvalidRequestError),
    /// A value of the request exceeds a limit of the API's document, and nothing was sent.
    #[error(transparent)]
    Limit(Box<LimitError>),
    /// The pages of a list do not lead to an end.
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
    /// The status of the error response of the API.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Api(error) => Some(error.status),
            _ => None,
        }
    }

    /// Whether the API does not accept the key (401).
    pub fn is_unauthorized(&self) -> bool {
        self.status() == Some(StatusCode::UNAUTHORIZED)
    }

    /// Whether there were too many requests or calls (429).
    pub fn is_rate_limited(&self) -> bool {
        self.status() == Some(StatusCode::TOO_MANY_REQUESTS)
    }

    /// Whether the resource does not exist (404).
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(StatusCode::NOT_FOUND)
    }

    /// Whether the same call may succeed later: 429, 502, 503, 504, a timeout, a broken connection.
    ///
    /// If a call is not idempotent, only the caller knows whether it can be sent again: after a
    /// timeout or a broken connection, the first one may have been executed.
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

    /// For the generated code: a success with a status that the document does not describe.
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

/// An error and its causes. A server's text or a file name in a message must not control the
/// terminal that it is printed to.
fn one_line(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let said = cause.to_string();
        // Some messages include their cause already.
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

/// An error response of the API: status, message, body. `Debug` only shows the structure of the body.
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
    /// How many times the request was sent. If the call was redirected, this is the last request.
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

/// A connection that failed or broke, or a redirect that is not followed.
#[derive(Debug, thiserror::Error)]
#[error("{operation}: {kind}")]
#[non_exhaustive]
pub struct TransportError {
    /// The id of the operation in the API's document.
    pub operation: &'static str,
    /// What happened.
    pub kind: TransportErrorKind,
    /// The error of the HTTP client.
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
        /// The host, with the port if it is not the default.
        host: String,
    },
    /// The connection broke before the response was complete.
    #[error("the connection broke before the response was complete")]
    Interrupted,
    /// The body of the request was not sent completely, because a file or a stream failed or did
    /// not have the announced length, or because the server responded before it was sent.
    #[error("the content could not be uploaded: {reason}")]
    Upload {
        /// The error of the file or the stream, or how its length differs.
        reason: String,
    },
    /// The response is longer than the client's limit.
    #[error(
        "the response is longer than {limit} bytes, the limit of the client; see `ClientBuilder::max_body_bytes`"
    )]
    BodyTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// A redirect that is not followed.
    #[error("the redirect to {location} is not followed: {reason}")]
    Redirect {
        /// The target, by origin and path: the rest may contain a signature or a password.
        location: String,
        /// Why it is not followed.
        reason: &'static str,
    },
    /// The storage of the API refused an upload.
    #[error(
        "the storage refused the upload with {status}: {message}; its address is valid for a few minutes, and only for the media type that it was requested for"
    )]
    Storage {
        /// The status of the response.
        status: StatusCode,
        /// The message of the response.
        message: String,
    },
}

/// A call that took longer than allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: {what} took longer than {limit:?}")]
#[non_exhaustive]
pub struct TimeoutError {
    /// The id of the operation in the API's document.
    pub operation: &'static str,
    /// The time limit.
    pub limit: Duration,
    /// What took longer: the whole call, or one chunk of a streamed body.
    pub what: &'static str,
}

/// A response that is not what the document describes.
#[derive(Debug)]
#[non_exhaustive]
pub struct DecodeError {
    /// The id of the operation in the API's document.
    pub operation: &'static str,
    /// The status of the response.
    pub status: StatusCode,
    /// The location in the JSON, such as `allowedAgents[0].agentId`; `.` is the whole, or a body
    /// that is not JSON.
    pub path: String,
    /// The structure of the start of the body: punctuation, names, numbers and literals, with `…` for
    /// each string value, which may be a secret. Empty if the body is not JSON.
    pub body: String,
    /// What is wrong, without the value if that is a string. `None` if the status itself is not
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
                "{operation}: the API's document does not describe the status {status}"
            );
        };
        write!(f, "{operation}: the response ({status}) does not decode")?;
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

/// A request that is invalid, and was not sent.
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

/// A value of a request that exceeds a limit of the API's document. The request was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: {} must be {limit}, and is {value}; the request was not sent", self.location())]
#[non_exhaustive]
pub struct LimitError {
    /// The id of the operation in the API's document.
    pub operation: &'static str,
    /// The parameter or the location in the body, such as `callTemplate.items[3].name`. Empty for the
    /// body itself.
    pub field: String,
    /// The limit, such as `at most 40 characters`.
    pub limit: String,
    /// The value, or its start; what the document marks as a secret is not shown.
    pub value: String,
}

impl LimitError {
    fn location(&self) -> &str {
        match self.field.as_str() {
            "" => "the body",
            field => field,
        }
    }
}

/// Pages of a list that do not lead to an end. All items before the error were returned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: {kind}")]
#[non_exhaustive]
pub struct PaginationError {
    /// The id of the operation in the API's document.
    pub operation: &'static str,
    /// What is wrong with the link to the next page.
    pub kind: PaginationErrorKind,
}

/// What is wrong with the link to the next page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PaginationErrorKind {
    /// It leads to a page that was fetched before.
    #[error("the pages are circular: one links to a page before it")]
    Loop,
    /// It has no `cursor`.
    #[error("the link to the next page has no cursor")]
    NoCursor,
    /// Many empty pages in a row link to a next page.
    #[error("{count} pages in a row were empty, and the last still links to a next one")]
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
    /// The error of the operating system.
    pub source: std::io::Error,
}

/// Invalid settings of a client.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
#[non_exhaustive]
pub struct ConfigError {
    /// What is wrong, and what to do.
    pub reason: String,
    /// The error of the HTTP client.
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
