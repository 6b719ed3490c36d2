//! The runtime of progenitor's code, instead of the crate `progenitor-client`: that one has no limit on
//! bodies, does not report the location of an error in JSON, and has no single error type.

use std::convert::Infallible;
use std::fmt;
use std::future::{Future, Ready, poll_fn, ready};
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use reqwest::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, Request, Response, StatusCode};
use serde::de::DeserializeOwned;
use url::Url;

pub(crate) use crate::parameter::{QueryParam, path as encode_path};

use crate::error::{DecodeError, Error as CallError};
use crate::generated::Client;
use crate::json_location;
use crate::options::{CallOptions, TakenContent};
use crate::redact::{excerpt, outline, without_value};
use crate::redirect;
use crate::transport::{self, Call};
use crate::upload::Form;

/// What progenitor's code returns. `E` is the type of documented errors, which are values of
/// [`CallError::Api`] here.
pub enum Error<E = ()> {
    /// The call failed.
    Call(CallError),
    /// The response has a status that is not a documented success.
    UnexpectedResponse(Response),
    #[doc(hidden)]
    #[allow(dead_code, reason = "it uses the parameter `E`")]
    Documented(Infallible, PhantomData<E>),
}

impl Error {
    /// The error that users get.
    pub(crate) fn into_error(self, operation: &'static str) -> CallError {
        match self {
            Self::Call(error) => error.in_operation(operation),
            Self::UnexpectedResponse(response) => CallError::unexpected_response(response),
            Self::Documented(never, _) => match never {},
        }
    }
}

impl<E> From<CallError> for Error<E> {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

/// A request that could not be built.
impl<E> From<reqwest::Error> for Error<E> {
    fn from(error: reqwest::Error) -> Self {
        Self::Call(not_built(error))
    }
}

impl<E> From<reqwest::header::InvalidHeaderValue> for Error<E> {
    fn from(error: reqwest::header::InvalidHeaderValue) -> Self {
        Self::Call(CallError::invalid_request(error.to_string()))
    }
}

pub(crate) fn not_built(error: reqwest::Error) -> CallError {
    let error = error.without_url();
    // Its own message is only "builder error".
    let reason = std::error::Error::source(&error).map(ToString::to_string);
    let reason = reason.unwrap_or_else(|| error.to_string());
    CallError::invalid_request(excerpt(&reason))
}

/// Where a response redirects to; `None` if it does not redirect.
pub(crate) fn location<T>(
    operation: &'static str,
    answer: Result<ResponseValue<T>, Error>,
) -> Result<Option<Url>, CallError> {
    let response = match answer {
        Ok(_) => return Ok(None),
        Err(Error::UnexpectedResponse(response)) => response,
        Err(error) => return Err(error.into_error(operation)),
    };
    let Some(target) = redirect::target(&response) else {
        return Err(CallError::unexpected_response(response));
    };
    let call = Call::of(&response);
    let hop = redirect::next_hop(response.url(), &Method::GET, response.status(), target);
    let location = match hop {
        Ok(hop) => Ok(Some(hop.url)),
        Err((to, reason)) => Err(call.redirect(&to, reason)),
    };
    call.finish(location.as_ref().err());
    location
}

/// The operation that a request belongs to.
pub struct OperationInfo {
    pub(crate) operation_id: &'static str,
}

/// The parts of progenitor's client.
#[allow(dead_code, reason = "progenitor's code implements it")]
pub trait ClientInfo<Inner> {
    /// The version of the document.
    fn api_version() -> &'static str;
    /// Where requests go.
    fn baseurl(&self) -> &str;
    /// The HTTP client.
    fn client(&self) -> &reqwest::Client;
    /// The options of the call.
    fn inner(&self) -> &Inner;
}

/// How requests are sent: here by methods of the client itself.
#[allow(dead_code, reason = "progenitor's code imports it")]
pub trait ClientHooks<Inner> {}

/// A boxed future. Every operation awaits one, so that the code behind it is compiled once, and not
/// again in each operation and each program.
pub(crate) type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a generated method returns.
pub(crate) type Answered<T> = Boxed<'static, Result<ResponseValue<T>, Error>>;

/// The result of a call, with status and headers.
pub(crate) async fn response<T>(
    operation: &'static str,
    answered: Answered<T>,
) -> Result<ResponseValue<T>, CallError> {
    answered.await.map_err(|error| error.into_error(operation))
}

/// The result of a call, without them.
pub(crate) async fn value<T>(
    operation: &'static str,
    answered: Answered<T>,
) -> Result<T, CallError> {
    Ok(response(operation, answered).await?.inner)
}

/// A header that progenitor adds, and the API does not use.
const API_VERSION: &str = "api-version";

impl Client {
    pub(crate) async fn pre(
        &self,
        request: &mut Request,
        _: &OperationInfo,
    ) -> Result<(), CallError> {
        let options: &CallOptions = &self.inner;
        let headers = request.headers_mut();
        headers.remove(API_VERSION);
        if let Some(accept) = options.accept {
            headers.insert(ACCEPT, HeaderValue::from_static(accept));
        }
        match options.take_content() {
            None => {}
            Some(TakenContent::Json) => {
                let json = HeaderValue::from_static("application/json");
                headers.insert(CONTENT_TYPE, json);
            }
            Some(TakenContent::Form(form)) => self.attach(form, request).await?,
        }
        let body = request.body().and_then(reqwest::Body::as_bytes);
        if let Some(body) = options.extended(body)? {
            *request.body_mut() = Some(body.into());
        }
        options.add_headers(request.headers_mut());
        Ok(())
    }

    /// Boxed, because it is large, and few requests have a form.
    fn attach<'a>(
        &'a self,
        form: Form,
        request: &'a mut Request,
    ) -> Boxed<'a, Result<(), CallError>> {
        Box::pin(async move {
            let carrier = self.client.post(request.url().clone());
            let carrier = form.attach(carrier).await?;
            let mut carrier = carrier.build().map_err(not_built)?;
            for name in [CONTENT_TYPE, CONTENT_LENGTH] {
                if let Some(value) = carrier.headers_mut().remove(&name) {
                    request.headers_mut().insert(name, value);
                }
            }
            *request.body_mut() = carrier.body_mut().take();
            Ok(())
        })
    }

    pub(crate) fn exec(
        &self,
        request: Request,
        info: &OperationInfo,
    ) -> Boxed<'_, Result<Response, CallError>> {
        let options = &self.inner;
        Box::pin(transport::send(
            &options.shared,
            options,
            info.operation_id,
            request,
        ))
    }

    pub(crate) fn post<T>(&self, _: &T, _: &OperationInfo) -> Ready<Result<(), CallError>> {
        ready(Ok(()))
    }
}

/// Bodies for which `reqwest` has no method. The API has none.
#[allow(dead_code, reason = "progenitor's code imports it")]
pub trait RequestBuilderExt {}

/// A successful response: the value, with status and headers. Derefs to the value.
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
    pub(crate) async fn from_response<E>(response: Response) -> Result<Self, Error<E>> {
        let answer = Answer::read(response).await?;
        // Not `match answer.decode() { … failed.await … }`, which keeps room for the value until then.
        let failed = match answer.decode() {
            Ok(value) => return Ok(value),
            Err(failed) => failed,
        };
        Err(failed.await.into())
    }
}

/// A successful response whose body has been read.
struct Answer {
    call: Call,
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    async fn read(mut response: Response) -> Result<Self, CallError> {
        let call = Call::of(&response);
        match call.body(&mut response).await {
            Ok(body) => Ok(Self {
                call,
                status: response.status(),
                headers: std::mem::take(response.headers_mut()),
                body,
            }),
            Err(error) => {
                call.finish(Some(&error));
                Err(error)
            }
        }
    }

    /// The value, with status and headers, or what makes the error. It is no `async fn`, so that no future has
    /// room for a value.
    fn decode<T: DeserializeOwned>(self) -> Result<ResponseValue<T>, Boxed<'static, CallError>> {
        let body = &self.body;
        let inner = match serde_json::from_slice(body) {
            // The document may allow for an empty body.
            Err(error) if body.is_empty() => serde_json::from_slice(b"null").map_err(|_| error),
            inner => inner,
        };
        match inner {
            Ok(inner) => {
                self.call.finish(None);
                Ok(ResponseValue {
                    inner,
                    status: self.status,
                    headers: self.headers,
                })
            }
            Err(error) => Err(self.decode_error(error)),
        }
    }

    /// The error for a body that does not decode. It quotes none of the string values of the body.
    #[cold]
    fn decode_error(self, source: serde_json::Error) -> Boxed<'static, CallError> {
        Box::pin(async move {
            let Self {
                call, status, body, ..
            } = self;
            let outline = excerpt(&call.scrub(&outline(&body)));
            // Walking through a large body takes a while: do it on another thread, and within the
            // deadline.
            let position = json_location::position(&source);
            let location = tokio::task::spawn_blocking(move || json_location::of(position?, &body));
            let location = call.before_deadline(location).await.and_then(Result::ok);
            let path = location.flatten().unwrap_or_else(|| ".".to_owned());
            // serde_json quotes the value that does not decode.
            let said = source.to_string();
            let fit = excerpt(&call.scrub(&without_value(&said)));
            let source = if fit == said {
                source
            } else {
                serde::de::Error::custom(fit)
            };
            let error = CallError::Decode(Box::new(DecodeError {
                operation: call.operation,
                status,
                path: excerpt(&call.scrub(&path)),
                body: outline,
                source: Some(source),
            }));
            call.finish(Some(&error));
            error
        })
    }
}

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

/// A body that arrives in chunks. The client's read timeout applies to each chunk; there is none
/// for the whole.
pub struct ByteStream {
    chunks: Chunks,
    wait: Pin<Box<tokio::time::Sleep>>,
    /// Starts when a chunk is requested: the time that the reader takes does not count.
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
    /// [`Error::Transport`](crate::Error::Transport) if the connection breaks, [`Error::Timeout`](crate::Error::Timeout) if the chunk takes longer
    /// than the client's read timeout. The stream ends after an error.
    pub async fn try_next(&mut self) -> Result<Option<Bytes>, CallError> {
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
    type Item = Result<Bytes, CallError>;

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

    const WAIT: Duration = Duration::from_millis(250);

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
            // The whole stream takes longer than the timeout: its total is not bounded.
            .timeout(2 * WAIT)
            .read_timeout(WAIT)
            .build()
            .unwrap();
        let options = CallOptions::new(&client);
        let request = client.shared.http.get(url).build().unwrap();
        let response = transport::send(&client.shared, &options, "test", request).await;
        ResponseValue::stream(response.unwrap()).into_inner()
    }

    async fn next(stream: &mut ByteStream) -> Option<Result<Bytes, CallError>> {
        stream.try_next().await.transpose()
    }

    #[tokio::test]
    async fn a_chunk_that_does_not_come_ends_the_stream_with_a_timeout() {
        let mut stream = stream(50 * WAIT, b"").await;
        assert_eq!(next(&mut stream).await.unwrap().unwrap(), "one");
        let error = next(&mut stream).await.unwrap().unwrap_err();
        assert!(
            matches!(&error, CallError::Timeout(e) if e.limit == WAIT),
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
        assert!(matches!(last, Err(CallError::Transport(_))), "{last:?}");
        assert!(next(&mut stream).await.is_none());
    }
}
