//! From a request of the generated code to its response: the key, attempts, redirects, deadline, the
//! span, and the bounded reading of bodies.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, LOCATION};
use reqwest::{Method, Request, Response, StatusCode};
use tokio::time::{Instant, timeout_at};
use tracing::{Instrument, Span, field};
use url::{Origin, Url};

use crate::Client;
use crate::error::{ApiError, Error, TimeoutError, TransportError, TransportErrorKind};
use crate::generated::API_KEY_HEADER;
use crate::key::ApiKey;
use crate::retry::{self, Attempt, Outcome, RetryPolicy};

const MAX_REDIRECTS: usize = 10;
const MAX_ERROR_BODY: usize = 64 * 1024;
/// Headers that carry a request's id, the most specific first.
const REQUEST_ID_HEADERS: [&str; 3] = ["x-request-id", "request-id", "x-correlation-id"];

/// What the generated client carries for every call.
#[derive(Clone, Debug)]
pub struct Transport(pub(crate) Arc<Settings>);

#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) key: ApiKey,
    /// Where the key may go.
    pub(crate) origin: Origin,
    pub(crate) retries: RetryPolicy,
    pub(crate) timeout: Duration,
    pub(crate) read_timeout: Duration,
    pub(crate) max_body_bytes: usize,
}

impl Client {
    /// Sends the request of an operation, and returns its answer if the status is a success.
    pub(crate) async fn exec(
        &self,
        operation: &'static str,
        request: Request,
    ) -> Result<Response, Error> {
        self.call(operation, request, Redirects::Followed).await
    }

    /// Sends a request and returns where the API redirects it to, `None` if it does not.
    #[allow(dead_code, reason = "used where the document has redirects")]
    pub(crate) async fn location(
        &self,
        operation: &'static str,
        request: Request,
    ) -> Result<Option<Url>, Error> {
        let response = self.call(operation, request, Redirects::Returned).await?;
        let call = Call::of(&response);
        let hop = redirection(&response)
            .map(|to| next_hop(response.url(), &Method::GET, response.status(), to))
            .transpose();
        let location = match hop {
            Ok(hop) => Ok(hop.map(|hop| hop.url)),
            Err((to, reason)) => Err(call.redirect(&to, reason)),
        };
        call.finish(location.as_ref().err());
        location
    }

    async fn call(
        &self,
        operation: &'static str,
        mut request: Request,
        redirects: Redirects,
    ) -> Result<Response, Error> {
        let settings = &self.inner.0;
        let started = Instant::now();
        let span = tracing::info_span!(
            "ultravox_call",
            operation,
            method = %request.method(),
            path = request.url().path(),
            attempt = field::Empty,
            status = field::Empty,
            duration_ms = field::Empty,
            error = field::Empty,
        );
        let call = Call {
            operation,
            started,
            progress: Progress::watch(&mut request),
            settings: settings.clone(),
            redirects,
            span: span.clone(),
        };
        let result = call.send(&self.client, request).instrument(span).await;
        if let Err(error) = &result {
            call.finish(Some(error));
        }
        result
    }
}

/// One call of an operation, from its first attempt to the end of its body. It travels with the
/// response, as an extension.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) operation: &'static str,
    started: Instant,
    progress: Progress,
    settings: Arc<Settings>,
    redirects: Redirects,
    span: Span,
}

/// What becomes of a redirect.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Redirects {
    Followed,
    Returned,
}

impl Call {
    /// The call that `response` answers.
    pub(crate) fn of(response: &Response) -> Self {
        #[expect(clippy::expect_used, reason = "`exec` is the only source of responses")]
        let call = response.extensions().get::<Self>().expect("a call");
        call.clone()
    }

    async fn send(&self, client: &reqwest::Client, request: Request) -> Result<Response, Error> {
        let method = request.method().clone();
        let mut attempt = Sending {
            call: self,
            client,
            request: Some(request),
            sent: 0,
        };
        let policy = &self.settings.retries;
        let answer = retry::run(policy, &method, self.deadline(), &mut attempt);
        let mut response = self.within_deadline(answer).await?;
        let is_answer = self.redirects == Redirects::Returned && redirection(&response).is_some();
        if is_answer || response.status().is_success() {
            response.extensions_mut().insert(self.clone());
            return Ok(response);
        }
        Err(self.refusal(response, attempt.sent).await)
    }

    async fn refusal(&self, mut response: Response, attempts: u32) -> Error {
        let mut body = Vec::new();
        // A body that breaks, stalls or is too long is still worth its beginning.
        while body.len() <= MAX_ERROR_BODY
            && let Ok(Ok(Some(chunk))) = timeout_at(self.deadline(), response.chunk()).await
        {
            body.extend_from_slice(&chunk);
        }
        let text = self.scrub(&String::from_utf8_lossy(&body));
        // Cut only now: both steps may lengthen the text. What was not read to its end may end
        // within the key.
        let unread = if body.len() > MAX_ERROR_BODY {
            self.settings.key.header().len()
        } else {
            0
        };
        let end = text.len().saturating_sub(unread).min(MAX_ERROR_BODY);
        let text = start(text, end);
        let headers = response.headers();
        let request_id = REQUEST_ID_HEADERS
            .iter()
            .find_map(|name| headers.get(*name)?.to_str().ok())
            .map(|id| excerpt(&self.scrub(id)));
        Error::Api(Box::new(ApiError {
            operation: self.operation,
            status: response.status(),
            // Once more, for a key that was written with JSON's escapes.
            message: excerpt(&self.scrub(&message(headers, &text))),
            body: Bytes::from(text),
            retry_after: retry::retry_after(headers, SystemTime::now()),
            request_id,
            attempts,
        }))
    }

    async fn within_deadline<T>(
        &self,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let mut work = std::pin::pin!(work);
        loop {
            let deadline = self.deadline();
            match timeout_at(deadline, work.as_mut()).await {
                Ok(result) => return result,
                // More of the request's body has left meanwhile.
                Err(_) if self.deadline() > deadline => {}
                Err(_) => {
                    return Err(Error::Timeout(TimeoutError {
                        operation: self.operation,
                        limit: self.settings.timeout,
                        what: "the call",
                    }));
                }
            }
        }
    }

    /// When the call must be over. It counts from its start, or from the last bytes of a streamed
    /// body that have left: a large file takes as long as it needs.
    fn deadline(&self) -> Instant {
        let since = self.progress.last().unwrap_or(self.started);
        // A timeout too long for the clock is no limit.
        since
            .checked_add(self.settings.timeout)
            .unwrap_or_else(|| since + Duration::from_secs(u32::MAX.into()))
    }

    /// Reads the whole body, within the deadline of the call and the limit of the client.
    pub(crate) async fn body(&self, response: &mut Response) -> Result<Bytes, Error> {
        self.within_deadline(self.bounded(response)).await
    }

    async fn bounded(&self, response: &mut Response) -> Result<Bytes, Error> {
        let announced = response
            .content_length()
            .map_or(0, |length| usize::try_from(length).unwrap_or(usize::MAX));
        self.within_limit(announced)?;
        let Some(first) = self.chunk(response, 0).await? else {
            return Ok(Bytes::new());
        };
        // Most bodies arrive in one piece, and need not be copied.
        let Some(second) = self.chunk(response, first.len()).await? else {
            return Ok(first);
        };
        let mut body = Vec::with_capacity(announced.max(first.len() + second.len()));
        body.extend_from_slice(&first);
        body.extend_from_slice(&second);
        while let Some(chunk) = self.chunk(response, body.len()).await? {
            body.extend_from_slice(&chunk);
        }
        Ok(body.into())
    }

    /// The next chunk of a body of which `so_far` bytes are read, within the limit of the client.
    async fn chunk(&self, response: &mut Response, so_far: usize) -> Result<Option<Bytes>, Error> {
        let chunk = response.chunk().await;
        let chunk = chunk.map_err(|error| self.interrupted(error))?;
        self.within_limit(so_far.saturating_add(chunk.as_ref().map_or(0, Bytes::len)))?;
        Ok(chunk)
    }

    fn within_limit(&self, bytes: usize) -> Result<(), Error> {
        let limit = self.settings.max_body_bytes;
        if bytes > limit {
            return Err(self.transport(TransportErrorKind::BodyTooLarge { limit }, None));
        }
        Ok(())
    }

    /// Notes the end of the call in its span.
    pub(crate) fn finish(&self, error: Option<&Error>) {
        let milliseconds = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.span.record("duration_ms", milliseconds);
        if let Some(error) = error {
            // Messages quote the body, and spans hold none.
            let class = match error {
                Error::Api(_) => "api",
                Error::Transport(_) => "transport",
                Error::Timeout(_) => "timeout",
                Error::Decode(_) => "decode",
                Error::InvalidRequest(_) => "invalid request",
                Error::Limit(_) => "limit",
                Error::Pagination(_) => "pagination",
                Error::File(_) => "file",
                Error::Config(_) => "config",
            };
            self.span.record("error", class);
        }
    }

    pub(crate) fn scrub(&self, text: &str) -> String {
        self.settings.key.scrub(text)
    }

    pub(crate) fn read_timeout(&self) -> Duration {
        self.settings.read_timeout
    }

    pub(crate) fn chunk_timeout(&self) -> Error {
        Error::Timeout(TimeoutError {
            operation: self.operation,
            limit: self.settings.read_timeout,
            what: "the next chunk of the body",
        })
    }

    pub(crate) fn interrupted(&self, error: reqwest::Error) -> Error {
        self.transport(TransportErrorKind::Interrupted, Some(error))
    }

    fn transport(&self, kind: TransportErrorKind, source: Option<reqwest::Error>) -> Error {
        Error::Transport(Box::new(TransportError {
            operation: self.operation,
            kind,
            // The query of a presigned URL is a secret.
            source: source.map(reqwest::Error::without_url),
        }))
    }

    fn redirect(&self, to: &Url, reason: &'static str) -> Error {
        let mut location = to.clone();
        location.set_query(None);
        location.set_fragment(None);
        // Both fail only where there are no credentials to take out.
        let _ = location.set_password(None);
        let _ = location.set_username("");
        let location = excerpt(&self.scrub(location.as_str()));
        self.transport(TransportErrorKind::Redirect { location, reason }, None)
    }

    /// Sends one request and follows where it is redirected to. `original` is the request once more,
    /// if its body can be sent again.
    async fn follow(
        &self,
        client: &reqwest::Client,
        mut request: Request,
        original: Option<&Request>,
    ) -> Result<Response, (Error, Outcome)> {
        for _ in 0..=MAX_REDIRECTS {
            self.sign(&mut request);
            let url = request.url().clone();
            let method = request.method().clone();
            let response = client
                .execute(request)
                .await
                .map_err(|error| (self.connection(&url, error), Outcome::ConnectionFailed))?;
            let Some(location) = redirection(&response) else {
                return Ok(response);
            };
            if self.redirects == Redirects::Returned {
                return Ok(response);
            }
            let hop = next_hop(&url, &method, response.status(), location)
                .map_err(|(to, reason)| (self.redirect(&to, reason), Outcome::Final))?;
            let keeps_body = original.is_none_or(|original| method == *original.method());
            request = if hop.keeps_method && keeps_body {
                original.and_then(Request::try_clone).ok_or_else(|| {
                    let reason = "the body cannot be sent twice";
                    (self.redirect(&hop.url, reason), Outcome::Final)
                })?
            } else {
                let mut get = Request::new(Method::GET, hop.url.clone());
                *get.headers_mut() = headers_without_body(original);
                get
            };
            *request.url_mut() = hop.url;
        }
        let to = request.url();
        Err((
            self.redirect(to, "there were too many redirects before it"),
            Outcome::Final,
        ))
    }

    /// Attaches the key on the API's own origin, and takes it off anywhere else.
    fn sign(&self, request: &mut Request) {
        let name = HeaderName::from_static(API_KEY_HEADER);
        if request.url().origin() == self.settings.origin {
            let value = self.settings.key.header();
            request.headers_mut().insert(name, value);
        } else {
            request.headers_mut().remove(name);
        }
    }

    fn connection(&self, url: &Url, error: reqwest::Error) -> Error {
        let kind = if error.is_connect() {
            let host = url.host_str().unwrap_or_default();
            let host = match url.port() {
                Some(port) => format!("{host}:{port}"),
                None => host.to_owned(),
            };
            TransportErrorKind::Connect { host }
        } else if let Some(reason) = self.progress.failure() {
            TransportErrorKind::Upload {
                reason: excerpt(&self.scrub(&reason)),
            }
        } else {
            TransportErrorKind::Interrupted
        };
        self.transport(kind, Some(error))
    }
}

/// How far the sending of a streamed body has come.
#[derive(Clone, Debug, Default)]
struct Progress(Option<Arc<Mutex<Sent>>>);

#[derive(Debug)]
struct Sent {
    last: Instant,
    failure: Option<String>,
}

impl Progress {
    /// Watches the body of `request`, if it is a stream.
    fn watch(request: &mut Request) -> Self {
        let Some(body) = request.body_mut() else {
            return Self::default();
        };
        if body.as_bytes().is_some() {
            return Self::default();
        }
        let sent = Arc::new(Mutex::new(Sent {
            last: Instant::now(),
            failure: None,
        }));
        let inner = std::mem::take(body);
        *body = reqwest::Body::wrap(Watched {
            inner,
            sent: sent.clone(),
        });
        Self(Some(sent))
    }

    fn last(&self) -> Option<Instant> {
        Some(locked(self.0.as_ref()?).last)
    }

    fn failure(&self) -> Option<String> {
        locked(self.0.as_ref()?).failure.clone()
    }
}

fn locked(sent: &Mutex<Sent>) -> MutexGuard<'_, Sent> {
    // What a panic elsewhere left behind is still a time.
    sent.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Watched {
    inner: reqwest::Body,
    sent: Arc<Mutex<Sent>>,
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = reqwest::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, reqwest::Error>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(cx);
        if let Poll::Ready(frame) = &polled {
            let mut sent = locked(&self.sent);
            sent.last = Instant::now();
            if let Some(Err(error)) = frame {
                sent.failure = Some(innermost(error));
            }
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.inner.size_hint()
    }
}

/// What an error goes back to.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

struct Sending<'a> {
    call: &'a Call,
    client: &'a reqwest::Client,
    /// `None` once a body that can be sent only once is sent.
    request: Option<Request>,
    sent: u32,
}

impl Attempt for Sending<'_> {
    type Answer = Result<Response, Error>;

    async fn send(&mut self, number: u32) -> (Self::Answer, Outcome) {
        let Some(request) = self.request.take() else {
            let error = Error::invalid_request("its body can be sent only once");
            return (Err(error), Outcome::Final);
        };
        self.request = request.try_clone();
        self.sent = number;
        self.call.span.record("attempt", number);
        let result = self
            .call
            .follow(self.client, request, self.request.as_ref())
            .await;
        let (answer, outcome) = match result {
            Ok(response) => {
                let status = response.status();
                self.call.span.record("status", status.as_u16());
                let outcome = if status.is_success() {
                    Outcome::Final
                } else {
                    let wait = retry::retry_after(response.headers(), SystemTime::now());
                    Outcome::Refused(status, wait)
                };
                (Ok(response), outcome)
            }
            Err((error, outcome)) => (Err(error), outcome),
        };
        if self.request.is_none() {
            return (answer, Outcome::Final);
        }
        (answer, outcome)
    }
}

/// The `Location` of a redirect; `Some(None)` if it has none that can be read.
fn redirection(response: &Response) -> Option<Option<&str>> {
    matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308).then(|| {
        let location = response.headers().get(LOCATION)?;
        location.to_str().ok()
    })
}

/// Where a redirect leads.
#[derive(Debug, PartialEq)]
struct Hop {
    url: Url,
    /// Otherwise it becomes a GET without a body.
    keeps_method: bool,
}

/// Whether a redirect is followed, and how. The error names where it would lead, and why it does not.
fn next_hop(
    from: &Url,
    method: &Method,
    status: StatusCode,
    location: Option<&str>,
) -> Result<Hop, (Box<Url>, &'static str)> {
    let refused = |to: Url, reason| Err((Box::new(to), reason));
    let Some(url) = location.and_then(|location| from.join(location).ok()) else {
        return refused(from.clone(), "the API names no address that can be read");
    };
    if !matches!(url.scheme(), "http" | "https") {
        return refused(url, "it is neither https nor http");
    }
    if from.scheme() == "https" && url.scheme() == "http" {
        return refused(url, "it leaves https");
    }
    let keeps_method = method.is_safe() || matches!(status.as_u16(), 307 | 308);
    if keeps_method && !method.is_safe() && url.origin() != from.origin() {
        return refused(url, "it would send the request's body elsewhere");
    }
    Ok(Hop { url, keeps_method })
}

/// What is left of the headers where a redirect turns the request into one without a body.
fn headers_without_body(request: Option<&Request>) -> HeaderMap {
    let mut headers = request.map(|r| r.headers().clone()).unwrap_or_default();
    headers.remove(CONTENT_TYPE);
    headers.remove(CONTENT_LENGTH);
    headers
}

fn start(mut text: String, max: usize) -> String {
    let end = (0..=max.min(text.len())).rfind(|end| text.is_char_boundary(*end));
    text.truncate(end.unwrap_or(0));
    text
}

/// The message of an error body: `detail`, field errors, or its text.
fn message(headers: &HeaderMap, body: &str) -> String {
    use serde_json::Value;
    let is_html = headers
        .get(CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
    match serde_json::from_str(body) {
        Ok(Value::Object(fields)) => {
            let said = ["detail", "message", "error"]
                .iter()
                .find_map(|name| fields.get(*name));
            match said {
                Some(said) => flat(said),
                None => {
                    let mut errors: Vec<_> = fields
                        .iter()
                        .map(|(field, said)| format!("{field}: {}", flat(said)))
                        .collect();
                    errors.sort();
                    errors.join("; ")
                }
            }
        }
        Ok(other) => flat(&other),
        Err(_) if is_html => String::new(),
        Err(_) => body.to_owned(),
    }
}

fn flat(value: &serde_json::Value) -> String {
    use serde_json::Value;
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(flat).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

/// The start of a text from the server, fit to be printed.
pub(crate) fn excerpt(text: &str) -> String {
    const MAX: usize = 300;
    let mut out = String::new();
    for (index, character) in text.trim().chars().enumerate() {
        if index == MAX {
            out.push('…');
            break;
        }
        match character {
            c if c.is_control() => out.extend(c.escape_default()),
            // Marks that turn the direction of the text around them.
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use http_body::Body;
    use httpmock::MockServer;

    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(60);

    fn client(base_url: String) -> Client {
        let builder = Client::builder().api_key("secret.key").timeout(TIMEOUT);
        let builder = builder.reqwest(reqwest::Client::builder().no_proxy());
        builder.base_url(base_url).build().unwrap()
    }

    /// A body of some chunks, with `pause` before each.
    struct Slow(u32, Duration, Pin<Box<tokio::time::Sleep>>);

    impl futures_core::Stream for Slow {
        type Item = std::io::Result<Bytes>;

        fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            std::task::ready!(self.2.as_mut().poll(cx));
            if self.0 == 0 {
                return Poll::Ready(None);
            }
            self.0 -= 1;
            let next = Instant::now() + self.1;
            self.2.as_mut().reset(next);
            Poll::Ready(Some(Ok(Bytes::from_static(b"chunk"))))
        }
    }

    /// Takes a body of ten chunks out of a request as a connection would, within the deadline.
    async fn upload(pause: Duration) -> Result<(), Error> {
        let settings = client("http://localhost/".to_owned()).inner.0;
        let mut request = Request::new(Method::POST, "http://localhost/".parse().unwrap());
        let chunks = Slow(10, pause, Box::pin(tokio::time::sleep(pause)));
        *request.body_mut() = Some(reqwest::Body::wrap_stream(chunks));
        let call = Call {
            operation: "test",
            started: Instant::now(),
            progress: Progress::watch(&mut request),
            settings,
            redirects: Redirects::Followed,
            span: Span::none(),
        };
        let mut body = request.body_mut().take().unwrap();
        let reading = async {
            while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
                frame.unwrap();
            }
            Ok(())
        };
        call.within_deadline(reading).await
    }

    #[tokio::test(start_paused = true)]
    async fn an_upload_may_take_longer_than_the_timeout_while_it_goes_on() {
        let started = Instant::now();
        upload(TIMEOUT / 2).await.unwrap();
        assert!(started.elapsed() > 4 * TIMEOUT);
    }

    #[tokio::test(start_paused = true)]
    async fn an_upload_that_stalls_ends_with_a_timeout() {
        let error = upload(2 * TIMEOUT).await.unwrap_err();
        assert!(matches!(error, Error::Timeout(_)), "{error}");
    }

    async fn location(server: &MockServer) -> Result<Option<Url>, Error> {
        let client = client(server.base_url());
        let request = client.client.get(server.url("/a/b")).build().unwrap();
        client.location("test", request).await
    }

    #[tokio::test]
    async fn the_address_of_a_redirect_is_returned_and_not_visited() {
        let server = MockServer::start_async().await;
        let (target, other) = ("https://storage.example/c?sig=1", "../c");
        let resolved = server.url("/c");
        for (header, expected) in [(target, target), (other, resolved.as_str())] {
            let mut mock = server.mock(|when, then| {
                when.path("/a/b").header("x-api-key", "secret.key");
                then.status(302).header("location", header);
            });
            let found = location(&server).await.unwrap().unwrap();
            assert_eq!(found.as_str(), expected);
            assert_eq!(mock.calls(), 1);
            mock.delete();
        }
    }

    #[tokio::test]
    async fn content_instead_of_a_redirect_has_no_address() {
        let server = MockServer::start_async().await;
        server.mock(|_, then| {
            then.status(200).body("RIFF");
        });
        assert_eq!(location(&server).await.unwrap(), None);
    }

    #[tokio::test]
    async fn an_address_that_cannot_be_followed_and_an_error_are_errors() {
        let server = MockServer::start_async().await;
        let mut mock = server.mock(|_, then| {
            then.status(302).header("location", "file:///etc/passwd");
        });
        let error = location(&server).await.unwrap_err();
        assert!(matches!(error, Error::Transport(_)), "{error}");
        mock.delete();
        server.mock(|_, then| {
            then.status(404);
        });
        assert!(location(&server).await.unwrap_err().is_not_found());
    }

    fn hop(
        from: &str,
        method: Method,
        status: u16,
        location: &str,
    ) -> Result<(String, bool), &'static str> {
        let from = Url::parse(from).unwrap();
        let status = StatusCode::from_u16(status).unwrap();
        next_hop(&from, &method, status, Some(location))
            .map(|hop| (hop.url.into(), hop.keeps_method))
            .map_err(|(_, reason)| reason)
    }

    fn said(body: &str) -> String {
        message(&HeaderMap::new(), body)
    }

    #[test]
    fn the_message_of_a_body_is_its_detail_its_field_errors_or_its_text() {
        let table = [
            (r#"{"detail": "No.", "code": 1}"#, "No."),
            (r#"{"message": "No."}"#, "No."),
            (
                r#"{"b": ["x", "y"], "a": {"c": ["z"]}}"#,
                r#"a: {"c":["z"]}; b: x y"#,
            ),
            (r#"["x", "y"]"#, "x y"),
            ("\"text\"", "text"),
            ("null", ""),
            ("plain", "plain"),
            ("", ""),
        ];
        for (body, message) in table {
            assert_eq!(said(body), message, "{body}");
        }
        let html =
            HeaderMap::from_iter([(CONTENT_TYPE, "text/html; charset=utf-8".parse().unwrap())]);
        assert_eq!(message(&html, "<p>No.</p>"), "");
    }

    #[test]
    fn an_excerpt_is_short_and_cannot_steer_a_terminal() {
        assert_eq!(excerpt(" a\u{1b}[31m\nb\u{202e}c "), "a\\u{1b}[31m\\nbc");
        assert_eq!(excerpt(&"é".repeat(300)), "é".repeat(300));
        assert_eq!(excerpt(&"é".repeat(301)), "é".repeat(300) + "…");
    }

    #[test]
    fn the_start_of_a_text_ends_between_characters() {
        assert_eq!(start("aé".to_owned(), 2), "a");
        assert_eq!(start("aé".to_owned(), 3), "aé");
        assert_eq!(start("aé".to_owned(), 9), "aé");
        assert_eq!(start("é".to_owned(), 1), "");
    }

    #[test]
    fn a_redirect_never_leaves_https() {
        let from = "https://api.example/a";
        let refused = hop(from, Method::GET, 302, "http://api.example/a");
        assert_eq!(refused, Err("it leaves https"));
        let storage = "https://storage.example/b?sig=1".to_owned();
        assert_eq!(hop(from, Method::GET, 302, &storage), Ok((storage, true)));
        let up = hop("http://api.example/a", Method::GET, 301, from);
        assert_eq!(up, Ok((from.to_owned(), true)));
    }

    #[test]
    fn a_redirect_keeps_the_method_only_where_the_status_or_the_method_allows_it() {
        let table = [
            (Method::GET, 303, true),
            (Method::HEAD, 301, true),
            (Method::POST, 301, false),
            (Method::POST, 302, false),
            (Method::PUT, 303, false),
            (Method::POST, 307, true),
            (Method::DELETE, 308, true),
        ];
        for (method, status, keeps) in table {
            let followed = hop("https://api.example/a", method.clone(), status, "/b");
            let expected = Ok(("https://api.example/b".to_owned(), keeps));
            assert_eq!(followed, expected, "{method} {status}");
        }
    }

    #[test]
    fn a_body_goes_to_no_other_origin() {
        let from = "https://api.example/a";
        for location in ["https://other.example/", "https://api.example:8443/"] {
            let refused = hop(from, Method::POST, 307, location);
            assert_eq!(refused, Err("it would send the request's body elsewhere"));
            assert!(hop(from, Method::POST, 303, location).is_ok());
        }
    }

    #[test]
    fn a_redirect_to_no_web_address_is_refused() {
        let from = "https://api.example/a";
        for location in ["ftp://api.example/", "file:///etc/passwd", "data:,x"] {
            let refused = hop(from, Method::GET, 302, location);
            assert_eq!(refused, Err("it is neither https nor http"));
        }
        let from = Url::parse(from).unwrap();
        for location in [None, Some("https://")] {
            let (to, reason) =
                next_hop(&from, &Method::GET, StatusCode::FOUND, location).unwrap_err();
            assert_eq!(
                (*to, reason),
                (from.clone(), "the API names no address that can be read")
            );
        }
    }
}
