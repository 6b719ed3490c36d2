//! What the generated code calls. It stands where progenitor's own support crate would, because that
//! one knows neither a bound on bodies, nor the place of an error in JSON, nor one error type.

use std::fmt;
use std::future::{Future, poll_fn};
use std::ops::{Deref, DerefMut, RangeInclusive};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Request, RequestBuilder, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use crate::error::Error;
#[allow(unused_imports, reason = "used where the document has such parameters")]
pub(crate) use crate::parameter::{QueryParam, path as encode_path};

use crate::Client;
use crate::error::DecodeError;
use crate::place;
use crate::redact::{excerpt, outline, without_value};
use crate::transport::Call;
use crate::upload::Form;

/// What the document says of an operation.
pub(crate) struct Operation {
    pub(crate) id: &'static str,
    /// The statuses of a success.
    pub(crate) success: &'static [RangeInclusive<u16>],
}

/// Sends the request of an operation that answers a value.
#[allow(dead_code, reason = "used where the document has such responses")]
pub(crate) async fn value<T: DeserializeOwned>(
    client: &Client,
    operation: &Operation,
    request: Result<Request, Error>,
) -> Result<ResponseValue<T>, Error> {
    ResponseValue::from_response(send(client, operation, request).await?).await
}

/// Sends the request of an operation that answers nothing.
#[allow(dead_code, reason = "used where the document has such responses")]
pub(crate) async fn nothing(
    client: &Client,
    operation: &Operation,
    request: Result<Request, Error>,
) -> Result<ResponseValue<()>, Error> {
    send(client, operation, request)
        .await
        .map(ResponseValue::empty)
}

/// Sends the request of an operation that answers content of any kind.
#[allow(dead_code, reason = "used where the document has such responses")]
pub(crate) async fn stream(
    client: &Client,
    operation: &Operation,
    request: Result<Request, Error>,
) -> Result<ResponseValue<ByteStream>, Error> {
    send(client, operation, request)
        .await
        .map(ResponseValue::stream)
}

async fn send(
    client: &Client,
    operation: &Operation,
    request: Result<Request, Error>,
) -> Result<Response, Error> {
    let response = client.exec(operation.id, request?).await?;
    let status = response.status().as_u16();
    if operation
        .success
        .iter()
        .any(|range| range.contains(&status))
    {
        Ok(response)
    } else {
        Err(Error::unexpected_response(response))
    }
}

/// What a builder holds of a field: its value, or why there is none.
#[allow(dead_code, reason = "used where the document has such properties")]
pub(crate) type Field<T> = Result<T, String>;

/// A field of a builder that was not set.
#[allow(dead_code, reason = "used where the document has such properties")]
pub(crate) fn missing<T>(name: &str) -> Field<T> {
    Err(format!("`{name}` is required, and was not set"))
}

/// A field of a builder that was set to `value`.
#[allow(dead_code, reason = "used where the document has such properties")]
pub(crate) fn field<T>(name: &str, value: impl TryInto<T, Error: fmt::Display>) -> Field<T> {
    value
        .try_into()
        .map_err(|e| format!("the value of `{name}` is not usable: {e}"))
}

/// Stands for a secret in `Debug`.
#[allow(dead_code, reason = "used where the document has secrets")]
pub(crate) struct Redacted;

impl fmt::Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("redacted")
    }
}

/// Shows a struct of these fields.
#[allow(dead_code, reason = "used where the document has types with fields")]
pub(crate) fn debug(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    fields: &[(&str, &dyn fmt::Debug)],
) -> fmt::Result {
    let mut shown = f.debug_struct(name);
    for (name, value) in fields {
        shown.field(name, value);
    }
    shown.finish()
}

/// Bodies that `reqwest` has no method for, or not the one that is needed.
#[allow(dead_code, reason = "used where the document has such bodies")]
pub(crate) trait RequestBuilderExt: Sized {
    fn form_urlencoded(self, body: &impl Serialize) -> Result<Self, Error>;

    async fn upload(self, form: Form) -> Result<Self, Error>;
}

impl RequestBuilderExt for RequestBuilder {
    fn form_urlencoded(self, body: &impl Serialize) -> Result<Self, Error> {
        let media_type = HeaderValue::from_static("application/x-www-form-urlencoded");
        let body = crate::parameter::form(body)?;
        Ok(self.header(CONTENT_TYPE, media_type).body(body))
    }

    async fn upload(self, form: Form) -> Result<Self, Error> {
        form.attach(self).await
    }
}

/// A success: the value, with the status and headers that it came with. Derefs to the value.
#[derive(Clone)]
pub struct ResponseValue<T> {
    inner: T,
    status: StatusCode,
    headers: HeaderMap,
}

impl<T> ResponseValue<T> {
    /// The value alone.
    pub fn into_inner(self) -> T {
        self.inner
    }

    /// The status of the response.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers of the response.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }
}

impl<T: DeserializeOwned> ResponseValue<T> {
    pub(crate) async fn from_response(mut response: Response) -> Result<Self, Error> {
        let call = Call::of(&response);
        let result = Self::read(&call, &mut response).await;
        call.finish(result.as_ref().err());
        result
    }

    async fn read(call: &Call, response: &mut Response) -> Result<Self, Error> {
        let body = call.body(response).await?;
        let status = response.status();
        let inner = match serde_json::from_slice(&body) {
            Ok(value) => Ok(value),
            // Where the document allows for no content, there may be none.
            Err(error) if body.is_empty() => serde_json::from_slice(b"null").map_err(|_| error),
            Err(error) => Err(error),
        };
        let inner = match inner {
            Ok(inner) => inner,
            Err(error) => return Err(decode_error(call, status, body, error).await),
        };
        Ok(Self {
            inner,
            status,
            headers: std::mem::take(response.headers_mut()),
        })
    }
}

/// The error of a body that does not fit. It quotes none of the body's string values.
#[cold]
async fn decode_error(
    call: &Call,
    status: StatusCode,
    body: Bytes,
    source: serde_json::Error,
) -> Error {
    let outline = excerpt(&call.scrub(&outline(&body)));
    // A large body takes a while to walk through: not on this thread, and not past the deadline.
    let position = place::position(&source);
    let place = tokio::task::spawn_blocking(move || place::of(position?, &body));
    let place = call.before_deadline(place).await.and_then(Result::ok);
    let path = place.flatten().unwrap_or_else(|| ".".to_owned());
    // serde_json quotes the value that does not fit.
    let said = source.to_string();
    let fit = excerpt(&call.scrub(&without_value(&said)));
    let source = if fit == said {
        source
    } else {
        serde::de::Error::custom(fit)
    };
    Error::Decode(Box::new(DecodeError {
        operation: call.operation,
        status,
        path: excerpt(&call.scrub(&path)),
        body: outline,
        source: Some(source),
    }))
}

#[allow(dead_code, reason = "used where the document has such responses")]
impl ResponseValue<()> {
    pub(crate) fn empty(mut response: Response) -> Self {
        let value = Self {
            inner: (),
            status: response.status(),
            headers: std::mem::take(response.headers_mut()),
        };
        Call::of(&response).finish(None);
        value
    }
}

#[allow(dead_code, reason = "used where the document has such responses")]
impl ResponseValue<ByteStream> {
    pub(crate) fn stream(mut response: Response) -> Self {
        let call = Call::of(&response);
        let headers = std::mem::take(response.headers_mut());
        call.finish(None);
        Self {
            status: response.status(),
            headers,
            inner: ByteStream::new(response, call),
        }
    }
}

impl<T> Deref for ResponseValue<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.inner
    }
}

impl<T> DerefMut for ResponseValue<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.inner
    }
}

impl<T: fmt::Debug> fmt::Debug for ResponseValue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseValue")
            .field("status", &self.status)
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}

type Chunks = Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send + Sync>>;

/// A body that arrives in chunks. Each chunk has the client's read timeout; the whole has none.
pub struct ByteStream {
    chunks: Chunks,
    wait: Pin<Box<tokio::time::Sleep>>,
    /// The time that the reader takes between two chunks does not count.
    waiting: bool,
    call: Call,
    state: Reading,
}

/// How far a body is read.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Reading {
    Unread,
    Begun,
    Ended,
}

impl ByteStream {
    #[allow(dead_code, reason = "used where the document has such responses")]
    fn new(response: Response, call: Call) -> Self {
        Self {
            chunks: Box::pin(response.bytes_stream()),
            wait: Box::pin(tokio::time::sleep(call.read_timeout())),
            waiting: false,
            call,
            state: Reading::Unread,
        }
    }

    /// The next chunk, or `None` at the end.
    ///
    /// # Errors
    ///
    /// [`Error::Transport`] if the connection breaks, [`Error::Timeout`] if the chunk takes longer
    /// than the client's read timeout. There is nothing more after an error.
    pub async fn try_next(&mut self) -> Result<Option<Bytes>, Error> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx))
            .await
            .transpose()
    }

    pub(crate) fn operation(&self) -> &'static str {
        self.call.operation
    }

    /// Whether the whole body is still to come.
    pub(crate) fn is_unread(&self) -> bool {
        self.state == Reading::Unread
    }
}

impl Stream for ByteStream {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.state == Reading::Ended {
            return Poll::Ready(None);
        }
        let item = match this.chunks.as_mut().poll_next(cx) {
            Poll::Ready(Some(Ok(chunk))) => {
                this.waiting = false;
                this.state = Reading::Begun;
                return Poll::Ready(Some(Ok(chunk)));
            }
            Poll::Ready(Some(Err(error))) => Some(Err(this.call.interrupted(error))),
            Poll::Ready(None) => None,
            Poll::Pending => {
                if !this.waiting {
                    let wait = tokio::time::sleep(this.call.read_timeout());
                    this.wait.set(wait);
                    this.waiting = true;
                }
                match this.wait.as_mut().poll(cx) {
                    Poll::Ready(()) => Some(Err(this.call.chunk_timeout())),
                    Poll::Pending => return Poll::Pending,
                }
            }
        };
        this.state = Reading::Ended;
        Poll::Ready(item)
    }
}

impl fmt::Debug for ByteStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByteStream").finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;
    use crate::Client;

    const WAIT: Duration = Duration::from_millis(100);

    /// A stream over loopback whose server sends one chunk, and the next (if any) after `pause`.
    pub(crate) async fn stream(pause: Duration, end: &'static [u8]) -> ByteStream {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let _ = socket.read(&mut [0; 4096]).await;
            let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n";
            socket.write_all(head).await.unwrap();
            tokio::time::sleep(pause).await;
            let _ = socket.write_all(end).await;
        });
        let client = Client::builder()
            .api_key("secret.key")
            .base_url(&url)
            .reqwest(reqwest::Client::builder().no_proxy())
            // The whole of the stream takes longer: its total is not bounded.
            .timeout(2 * WAIT)
            .read_timeout(WAIT)
            .build()
            .unwrap();
        let request = client.client.get(url).build().unwrap();
        let response = client.exec("test", request).await.unwrap();
        ResponseValue::stream(response).into_inner()
    }

    async fn next(stream: &mut ByteStream) -> Option<Result<Bytes, Error>> {
        stream.try_next().await.transpose()
    }

    #[tokio::test]
    async fn a_chunk_that_does_not_come_ends_the_stream_with_a_timeout() {
        let mut stream = stream(50 * WAIT, b"").await;
        assert_eq!(next(&mut stream).await.unwrap().unwrap(), "one");
        let error = next(&mut stream).await.unwrap().unwrap_err();
        assert!(
            matches!(&error, Error::Timeout(e) if e.limit == WAIT),
            "{error}"
        );
        assert!(error.to_string().contains("next chunk"), "{error}");
        assert!(next(&mut stream).await.is_none());
    }

    #[tokio::test]
    async fn a_reader_may_take_longer_between_chunks_than_the_server_may() {
        let mut stream = stream(3 * WAIT + WAIT / 2, b"3\r\ntwo\r\n0\r\n\r\n").await;
        assert_eq!(next(&mut stream).await.unwrap().unwrap(), "one");
        tokio::time::sleep(3 * WAIT).await;
        assert_eq!(next(&mut stream).await.unwrap().unwrap(), "two");
        assert!(next(&mut stream).await.is_none());
    }

    #[tokio::test]
    async fn a_stream_that_is_cut_off_ends_with_an_error() {
        let mut stream = stream(Duration::ZERO, b"9\r\ntw").await;
        assert_eq!(next(&mut stream).await.unwrap().unwrap(), "one");
        let mut last = next(&mut stream).await.unwrap();
        if last.is_ok() {
            last = next(&mut stream).await.unwrap();
        }
        assert!(matches!(last, Err(Error::Transport(_))), "{last:?}");
        assert!(next(&mut stream).await.is_none());
    }
}
