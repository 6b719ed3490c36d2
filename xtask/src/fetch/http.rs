//! A single request, and its errors.

use std::error::Error;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use reqwest::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, redirect};
use url::Url;

use super::{Kind, shown};
use crate::escape::redacted;

const USER_AGENT: &str = concat!(
    "ultravox-xtask/",
    env!("CARGO_PKG_VERSION"),
    " (+https://github.com/ultravox-rs/ultravox)"
);

const CONNECT: Duration = Duration::from_secs(10);

const MOST_REDIRECTS: usize = 5;

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The status of the response is not 200.
    #[error("the server responded with {status}{}", asked(.retry_after))]
    Status {
        /// The status.
        status: StatusCode,
        /// The wait that it asks for.
        retry_after: Option<Duration>,
    },
    /// No response, or an incomplete one.
    #[error("{0}")]
    Connection(String),
    /// A redirect that is not followed.
    #[error("{0}")]
    Redirect(String),
    /// The media type is not one of text.
    #[error(
        "the server responded with `{0}`, which is neither Markdown nor a document; does it have a page for \
         what it has not?"
    )]
    Type(String),
    /// Longer than the limit of a page.
    #[error("it is longer than the limit: more than {0} bytes")]
    Large(u64),
    /// Longer than the total limit.
    #[error("all that was read is longer than the limit: more than {0} bytes")]
    TotalLarge(u64),
    /// Timed out, including all attempts.
    #[error("it took longer than the limit of {0:?}, with all attempts")]
    Slow(Duration),
}

fn asked(retry_after: &Option<Duration>) -> String {
    match retry_after {
        Some(wait) => format!(", and asks to wait for {wait:?}"),
        None => String::new(),
    }
}

impl Failure {
    /// Whether the same request may succeed later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connection(_) => true,
            Self::Status { status, .. } => {
                status.is_server_error()
                    || matches!(
                        *status,
                        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT
                    )
            }
            _ => false,
        }
    }
}

/// A redirect that is not followed; kept as the source of reqwest's error.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Refused(String);

pub fn client(attempt: Duration) -> Result<Client> {
    let stay = redirect::Policy::custom(|redirect| {
        match refused_redirect(redirect.previous(), redirect.url()) {
            None => redirect.follow(),
            Some(refusal) => redirect.error(Refused(refusal)),
        }
    });
    Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT)
        .timeout(attempt)
        .redirect(stay)
        .build()
        .context("cannot set up the HTTP client")
}

/// Why a redirect is not followed to `next`, after the addresses before it.
fn refused_redirect(previous: &[Url], next: &Url) -> Option<String> {
    let first = previous.first();
    if first.is_none_or(|first| first.origin() != next.origin()) {
        return Some(format!(
            "it redirects to {}, another origin, which is not followed; if the site has moved, give its new \
             address as --source",
            shown(next)
        ));
    }
    if !next.username().is_empty() || next.password().is_some() {
        return Some("it redirects to an address with a user or a password".to_owned());
    }
    (previous.len() > MOST_REDIRECTS)
        .then(|| format!("it redirects more than {MOST_REDIRECTS} times"))
}

/// Reads `url`, at most `most` bytes; `count` is called for each chunk.
pub async fn get(
    client: &Client,
    url: &Url,
    kind: Kind,
    fresh: bool,
    most: u64,
    count: &dyn Fn(u64) -> Result<(), Failure>,
) -> Result<Vec<u8>, Failure> {
    let accept = match kind {
        Kind::Page => "text/markdown, text/plain, */*;q=0.1",
        Kind::Document => {
            "application/vnd.oai.openapi, application/yaml, application/json, */*;q=0.1"
        }
    };
    let mut request = client.get(url.clone()).header(ACCEPT, accept);
    if fresh {
        request = request.header(CACHE_CONTROL, "no-cache");
    }
    let mut response = request.send().await.map_err(failure)?;
    if response.status() != StatusCode::OK {
        return Err(refusal(&response));
    }
    if let Some(other) = no_text(response.headers()) {
        return Err(Failure::Type(other));
    }
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(failure)? {
        let length = piece.len() as u64;
        if body.len() as u64 + length > most {
            return Err(Failure::Large(most));
        }
        count(length)?;
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

fn refusal(response: &Response) -> Failure {
    Failure::Status {
        status: response.status(),
        retry_after: retry_after(response.headers()),
    }
}

/// The media type, if it is not one of text. Servers use many names for Markdown and YAML, and some
/// none.
fn no_text(headers: &HeaderMap) -> Option<String> {
    let announced = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let essence = announced.split(';').next()?.trim().to_ascii_lowercase();
    let (kind, _) = essence.split_once('/')?;
    let other = matches!(kind, "image" | "audio" | "video" | "font" | "multipart")
        || matches!(essence.as_str(), "text/html" | "application/xhtml+xml");
    other.then_some(essence)
}

/// `Retry-After`, in seconds or as a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

fn failure(error: reqwest::Error) -> Failure {
    // The address is named by the caller, without what may be secret in it.
    let error = error.without_url();
    let mut reasons = Vec::new();
    let mut cause: Option<&dyn Error> = Some(&error);
    while let Some(error) = cause {
        if let Some(refused) = error.downcast_ref::<Refused>() {
            return Failure::Redirect(refused.to_string());
        }
        reasons.push(error.to_string());
        cause = error.source();
    }
    let reasons: Vec<_> = reasons.split_off(usize::from(reasons.len() > 1));
    let what = if error.is_timeout() {
        "timed out: "
    } else {
        ""
    };
    Failure::Connection(redacted(&format!("{what}{}", reasons.join(": "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked_for(text: &str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, text.parse().unwrap());
        retry_after(&headers)
    }

    #[test]
    fn a_redirect_is_followed_within_the_origin_alone() {
        let url = |text: &str| Url::parse(text).unwrap();
        let first = url("https://docs.example/a.md");
        let refused = |next: &str| refused_redirect(std::slice::from_ref(&first), &url(next));
        assert_eq!(refused("https://docs.example/b.md?c#d"), None);
        for next in [
            "http://docs.example/a.md",
            "https://docs.example:8443/a.md",
            "https://docs.example.evil.example/a.md",
            "https://www.docs.example/a.md",
            "http://169.254.169.254/latest/meta-data/",
            "file:///etc/passwd",
            "data:text/plain,a",
        ] {
            let refusal = refused(next).unwrap();
            assert!(refusal.contains("another origin"), "{refusal}");
        }
        for next in [
            "https://me:secret@docs.example/a.md",
            "https://me:secret@other.example/a.md?token=secret#secret",
        ] {
            let refusal = refused(next).unwrap();
            assert!(
                !refusal.contains("secret") && !refusal.contains("me:"),
                "{refusal}"
            );
        }
        let many = vec![first.clone(); MOST_REDIRECTS + 1];
        assert!(
            refused_redirect(&many, &first)
                .unwrap()
                .contains("redirects more than")
        );
    }

    #[test]
    fn retry_after_is_read_in_seconds_and_as_a_date() {
        assert_eq!(asked_for("7"), Some(Duration::from_secs(7)));
        assert_eq!(
            asked_for("Wed, 21 Oct 2015 07:28:00 GMT"),
            Some(Duration::ZERO)
        );
        let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(100));
        let wait = asked_for(&date).unwrap();
        assert!((90..=100).contains(&wait.as_secs()), "{wait:?}");
        assert_eq!(asked_for("soon"), None);
    }
}
