//! From a request of the generated code to its response: key, attempts, redirects, deadline, span, and
//! bounded reading of bodies.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use reqwest::header::{
    AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, PROXY_AUTHORIZATION,
};
use reqwest::{Method, Request, Response, StatusCode};
use tokio::time::{Instant, timeout_at};
use tracing::{Instrument, Span, field};
use url::{Origin, Url};

use crate::client::Shared;
use crate::error::{ApiError, Error, TimeoutError, TransportError, TransportErrorKind};
use crate::key::ApiKey;
use crate::options::{CallOptions, Redirects};
use crate::progress::Progress;
use crate::redact::{self, excerpt, without_url_secrets};
use crate::redirect;
use crate::refusal::message;
use crate::retry::{self, Attempt, Budget, Outcome, Retries, RetryPolicy};
use crate::service::API_KEY_HEADER;

const MAX_ERROR_BODY: usize = 64 * 1024;
/// How much memory is allocated for a body before it arrives.
const MAX_RESERVED: usize = 256 * 1024;
/// Headers that carry a request's id, the most specific first.
const REQUEST_ID_HEADERS: [&str; 3] = ["x-request-id", "request-id", "x-correlation-id"];

#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) key: ApiKey,
    /// The origin that the key may be sent to.
    pub(crate) origin: Origin,
    pub(crate) retries: RetryPolicy,
    /// Shared by the client, its clones, and the client for the storage.
    pub(crate) budget: Arc<Budget>,
    pub(crate) timeout: Duration,
    pub(crate) read_timeout: Duration,
    pub(crate) max_body_bytes: usize,
}

/// Sends a request, and returns the response if it is a success, or a redirect that the call asks for.
pub(crate) async fn send(
    shared: &Shared,
    options: &CallOptions,
    operation: &'static str,
    mut request: Request,
) -> Result<Response, Error> {
    let settings = &shared.settings;
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
        timeout: options.timeout.unwrap_or(settings.timeout),
        redirects: options.redirects,
        span: span.clone(),
    };
    let retries = options.retries.as_ref().unwrap_or(&settings.retries);
    let result = call.send(&shared.http, request, retries);
    let result = result.instrument(span).await;
    if let Err(error) = &result {
        call.finish(Some(error));
    }
    result
}

/// One call of an operation, from its first attempt to the end of its body. It travels with the
/// response, as an extension.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) operation: &'static str,
    started: Instant,
    progress: Progress,
    settings: Arc<Settings>,
    timeout: Duration,
    redirects: Redirects,
    span: Span,
}

impl Call {
    /// The call that `response` belongs to.
    pub(crate) fn of(response: &Response) -> Self {
        #[expect(clippy::expect_used, reason = "`exec` is the only source of responses")]
        let call = response.extensions().get::<Self>().expect("a call");
        call.clone()
    }

    async fn send(
        &self,
        client: &reqwest::Client,
        request: Request,
        policy: &RetryPolicy,
    ) -> Result<Response, Error> {
        let answer = pin!(self.follow(client, request, policy));
        let (mut response, attempts) = self.within_deadline(answer).await?;
        let is_answer =
            self.redirects == Redirects::Returned && redirect::target(&response).is_some();
        if !is_answer && !response.status().is_success() {
            return Err(self.refusal(response, attempts).await);
        }
        if let Some(error) = self.upload_failure() {
            return Err(error);
        }
        if !self.progress.is_complete() {
            // The server reports a success without having received the whole body.
            let status = response.status();
            let reason =
                format!("the server responded with {status} before the body was sent completely");
            return Err(self.transport(TransportErrorKind::Upload { reason }, None));
        }
        response.extensions_mut().insert(self.clone());
        Ok(response)
    }

    async fn refusal(&self, mut response: Response, attempts: u32) -> Error {
        let mut body = Vec::new();
        // The start of a body that breaks, stalls or is too long is still useful.
        while body.len() <= MAX_ERROR_BODY
            && let Ok(Ok(Some(chunk))) = timeout_at(self.deadline(), response.chunk()).await
        {
            body.extend_from_slice(&chunk);
        }
        let text = self.scrub(&String::from_utf8_lossy(&body));
        // Truncate only now: both steps may lengthen the text, and a body that was not read to its end
        // may end within the key.
        let unread = if body.len() > MAX_ERROR_BODY {
            self.settings.key.longest_echo()
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
            // Again, because joining parts can form the key.
            message: excerpt(&without_url_secrets(&self.scrub(&message(&text)))),
            body: Bytes::from(text),
            retry_after: retry::retry_after(headers, SystemTime::now()),
            request_id,
            attempts,
        }))
    }

    /// Takes work that is pinned, because a future has room for each argument of an `async fn` twice.
    async fn within_deadline<T>(
        &self,
        mut work: Pin<&mut impl Future<Output = Result<T, Error>>>,
    ) -> Result<T, Error> {
        loop {
            let deadline = self.deadline();
            match timeout_at(deadline, work.as_mut()).await {
                Ok(result) => return result,
                // More of the request body has been sent meanwhile.
                Err(_) if self.deadline() > deadline => {}
                Err(_) => {
                    return Err(Error::Timeout(TimeoutError {
                        operation: self.operation,
                        limit: self.timeout,
                        what: "the call",
                    }));
                }
            }
        }
    }

    /// Runs work that is useless after the deadline.
    pub(crate) async fn before_deadline<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        timeout_at(self.deadline(), work).await.ok()
    }

    /// When the call must end. The timeout starts with the call, or when the last bytes of a streamed
    /// body have been sent: a large file may take as long as it needs.
    fn deadline(&self) -> Instant {
        let since = self.progress.last().unwrap_or(self.started);
        // A timeout that is too long for the clock means no deadline.
        since
            .checked_add(self.timeout)
            .unwrap_or_else(|| since + Duration::from_secs(u32::MAX.into()))
    }

    /// Reads the whole body, within the deadline of the call and the limit of the client.
    pub(crate) async fn body(&self, response: &mut Response) -> Result<Bytes, Error> {
        self.within_deadline(pin!(self.bounded(response))).await
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
        // The announced length is not trusted: beyond a small size, allocate as data arrives.
        let mut body = Vec::with_capacity(announced.min(MAX_RESERVED).max(first.len()));
        body.extend_from_slice(&first);
        body.extend_from_slice(&second);
        while let Some(chunk) = self.chunk(response, body.len()).await? {
            body.extend_from_slice(&chunk);
        }
        Ok(body.into())
    }

    /// The next chunk of a body after `so_far` bytes, within the limit of the client.
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

    /// Records the end of the call in its span.
    pub(crate) fn finish(&self, error: Option<&Error>) {
        let milliseconds = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.span.record("duration_ms", milliseconds);
        if let Some(error) = error {
            // Messages can quote the body, which spans must not contain.
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

    pub(crate) fn redirect(&self, to: &Url, reason: &'static str) -> Error {
        let location = excerpt(&self.scrub(&redact::location(to)));
        self.transport(TransportErrorKind::Redirect { location, reason }, None)
    }

    /// Sends the request, and follows redirects. Also returns how often the last request was sent.
    async fn follow(
        &self,
        client: &reqwest::Client,
        request: Request,
        policy: &RetryPolicy,
    ) -> Result<(Response, u32), Error> {
        let mut retries = Retries::new(policy, &self.settings.budget);
        let mut hop = Hop::new(self, client, request);
        let mut redirects = 0;
        loop {
            let method = hop.method.clone();
            // Earlier requests were executed: only this hop is retried.
            let response = retries.run(&method, self.deadline(), &mut hop).await?;
            let Some(location) = redirect::target(&response) else {
                return Ok((response, hop.sent));
            };
            if self.redirects == Redirects::Returned {
                return Ok((response, hop.sent));
            }
            let next = redirect::next_hop(response.url(), &method, response.status(), location)
                .map_err(|(to, reason)| self.redirect(&to, reason))?;
            if redirects == redirect::MAX {
                let reason = "there were too many redirects before it";
                return Err(self.redirect(&next.url, reason));
            }
            redirects += 1;
            let mut request = if next.keeps_method {
                hop.request
                    .ok_or_else(|| self.redirect(&next.url, "the body cannot be sent twice"))?
            } else {
                let mut get = Request::new(Method::GET, next.url.clone());
                *get.headers_mut() = hop.headers_without_body();
                get
            };
            *request.url_mut() = next.url;
            hop = Hop::new(self, client, request);
        }
    }

    /// Attaches the key on the API's own origin, and removes it and all other credentials elsewhere.
    fn sign(&self, request: &mut Request) {
        let name = HeaderName::from_static(API_KEY_HEADER);
        if request.url().origin() == self.settings.origin {
            let value = self.settings.key.header();
            request.headers_mut().insert(name, value);
            return;
        }
        let headers = request.headers_mut();
        let sensitive = headers.iter().filter(|(_, value)| value.is_sensitive());
        let sensitive: Vec<_> = sensitive.map(|(name, _)| name.clone()).collect();
        for name in [name, AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION] {
            headers.remove(name);
        }
        for name in sensitive {
            headers.remove(name);
        }
    }

    fn connection(&self, error: reqwest::Error) -> Error {
        if error.is_connect() {
            let host = error.url().map(redact::host).unwrap_or_default();
            return self.transport(TransportErrorKind::Connect { host }, Some(error));
        }
        match self.upload_failure() {
            // The connection was closed because of it.
            Some(failure) => failure,
            None => self.interrupted(error),
        }
    }

    /// The error for a body that could not be sent as announced.
    fn upload_failure(&self) -> Option<Error> {
        let reason = excerpt(&self.scrub(&self.progress.failure()?));
        Some(self.transport(TransportErrorKind::Upload { reason }, None))
    }
}

/// One of the requests of a call: the first, or one that a redirect led to.
struct Hop<'a> {
    call: &'a Call,
    client: &'a reqwest::Client,
    method: Method,
    /// `None` after a body that can only be sent once has been sent.
    request: Option<Request>,
    /// The headers, for when the request is gone.
    headers: HeaderMap,
    sent: u32,
    /// Whether a failed attempt may have been executed.
    may_be_done: bool,
}

impl<'a> Hop<'a> {
    fn new(call: &'a Call, client: &'a reqwest::Client, mut request: Request) -> Self {
        call.sign(&mut request);
        Self {
            call,
            client,
            method: request.method().clone(),
            request: Some(request),
            headers: HeaderMap::new(),
            sent: 0,
            may_be_done: false,
        }
    }

    /// The headers that remain when a redirect removes the body.
    fn headers_without_body(mut self) -> HeaderMap {
        let mut headers = match &mut self.request {
            Some(request) => std::mem::take(request.headers_mut()),
            None => self.headers,
        };
        headers.remove(CONTENT_TYPE);
        headers.remove(CONTENT_LENGTH);
        headers
    }

    fn outcome(&mut self, result: &Result<Response, reqwest::Error>) -> Outcome {
        match result {
            Ok(response) => {
                let status = response.status();
                self.may_be_done |= matches!(status.as_u16(), 502..=504);
                if status.is_success() || status.is_redirection() {
                    Outcome::Success
                } else {
                    let wait = retry::retry_after(response.headers(), SystemTime::now());
                    Outcome::Refused(status, wait)
                }
            }
            Err(error) => {
                self.may_be_done |= !error.is_connect();
                Outcome::ConnectionFailed
            }
        }
    }
}

impl Attempt for Hop<'_> {
    type Answer = Result<Response, Error>;

    async fn send(&mut self, number: u32) -> (Self::Answer, Outcome) {
        let Some(request) = self.request.take() else {
            let error = Error::invalid_request("its body can be sent only once");
            return (Err(error), Outcome::Final);
        };
        self.request = request.try_clone();
        if self.request.is_none() {
            self.headers = request.headers().clone();
        }
        self.sent = number;
        let span = &self.call.span;
        span.record("attempt", number);
        let mut result = self.client.execute(request).await;
        if let Ok(response) = &result {
            span.record("status", response.status().as_u16());
        }
        if self.method == Method::DELETE && self.may_be_done {
            result = result.map(deleted);
        }
        let outcome = match self.outcome(&result) {
            Outcome::Success => Outcome::Success,
            _ if self.request.is_none() => Outcome::Final,
            outcome => outcome,
        };
        let answer = result.map_err(|error| self.call.connection(error));
        (answer, outcome)
    }
}

/// The response to a DELETE that an earlier attempt may have executed: 404 means that it was.
fn deleted(response: Response) -> Response {
    if response.status() != StatusCode::NOT_FOUND {
        return response;
    }
    let mut done = http::Response::new(reqwest::Body::default());
    *done.status_mut() = StatusCode::NO_CONTENT;
    done.into()
}

fn start(mut text: String, max: usize) -> String {
    let end = (0..=max.min(text.len())).rfind(|end| text.is_char_boundary(*end));
    text.truncate(end.unwrap_or(0));
    text
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::task::{Context, Poll};

    use http_body::Body;

    use super::*;
    use crate::Client;

    const TIMEOUT: Duration = Duration::from_secs(60);

    /// A body of several chunks, with `pause` before each.
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

    /// Reads a body of ten chunks from a request as a connection would, within the deadline.
    async fn upload(pause: Duration) -> Result<(), Error> {
        let client = Client::new("secret.key")?;
        let mut request = Request::new(Method::POST, "http://localhost/".parse().unwrap());
        let chunks = Slow(10, pause, Box::pin(tokio::time::sleep(pause)));
        *request.body_mut() = Some(reqwest::Body::wrap_stream(chunks));
        let call = Call {
            operation: "test",
            started: Instant::now(),
            progress: Progress::watch(&mut request),
            settings: client.shared.settings.clone(),
            timeout: TIMEOUT,
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
        call.within_deadline(pin!(reading)).await
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

    #[test]
    fn the_start_of_a_text_ends_between_characters() {
        assert_eq!(start("aé".to_owned(), 2), "a");
        assert_eq!(start("aé".to_owned(), 3), "aé");
        assert_eq!(start("aé".to_owned(), 9), "aé");
        assert_eq!(start("é".to_owned(), 1), "");
    }
}
