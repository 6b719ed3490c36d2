//! The progress of sending a streamed body: when its last bytes were sent, whether it failed, and
//! whether it was sent completely.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use reqwest::Request;
use reqwest::header::CONTENT_LENGTH;
use tokio::time::Instant;

/// The progress of sending a streamed body.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress(Option<Arc<Mutex<Sent>>>);

#[derive(Debug)]
struct Sent {
    last: Instant,
    failure: Option<String>,
    /// How many bytes remain, if the length was announced.
    left: Option<u64>,
    ended: bool,
}

impl Progress {
    /// Watches the body of `request`, if it is a stream.
    pub(crate) fn watch(request: &mut Request) -> Self {
        let length = request.headers().get(CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        let Some(body) = request.body_mut() else {
            return Self::default();
        };
        if body.as_bytes().is_some() {
            return Self::default();
        }
        let sent = Arc::new(Mutex::new(Sent {
            last: Instant::now(),
            failure: None,
            left: length,
            ended: false,
        }));
        let inner = std::mem::take(body);
        *body = reqwest::Body::wrap(Watched {
            inner,
            sent: sent.clone(),
        });
        Self(Some(sent))
    }

    pub(crate) fn last(&self) -> Option<Instant> {
        Some(locked(self.0.as_ref()?).last)
    }

    pub(crate) fn failure(&self) -> Option<String> {
        locked(self.0.as_ref()?).failure.clone()
    }

    /// Whether the body was sent completely. A body that is not streamed counts as sent.
    pub(crate) fn is_complete(&self) -> bool {
        let Some(sent) = &self.0 else {
            return true;
        };
        let sent = locked(sent);
        // If the length was announced, the end of the stream is not polled.
        sent.ended || sent.left == Some(0)
    }
}

fn locked(sent: &Mutex<Sent>) -> MutexGuard<'_, Sent> {
    // The time is valid even if another thread panicked.
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
            match frame {
                Some(Ok(frame)) => {
                    let length = frame.data_ref().map_or(0, Bytes::len) as u64;
                    sent.left = sent.left.map(|left| left.saturating_sub(length));
                }
                Some(Err(error)) => sent.failure = Some(innermost(error)),
                None => sent.ended = true,
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
