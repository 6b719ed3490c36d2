//! Webhooks, and the data connections that Ultravox opens: checking that they come from Ultravox, and
//! reading them.
//!
//! Anyone who knows the address of a server can post to it. Ultravox signs what it sends with a secret
//! that only the server knows as well, and [`Verifier`] checks the signature before anything is
//! decoded: only a [`Verified`] request gives an [`Event`].
//!
//! ```
//! use ultravox::http::{HeaderMap, StatusCode};
//! use ultravox::webhooks::{EventKind, Verifier};
//!
//! // The body as it was received: JSON that was read and written again has another signature.
//! fn answer(verifier: &Verifier, headers: &HeaderMap, body: &[u8]) -> StatusCode {
//!     let verified = match verifier.verify(headers, body) {
//!         Ok(verified) => verified,
//!         Err(error) => {
//!             eprintln!("refused: {error}");
//!             return StatusCode::UNAUTHORIZED;
//!         }
//!     };
//!     let Ok(event) = verified.event() else {
//!         return StatusCode::BAD_REQUEST;
//!     };
//!     match event.kind() {
//!         EventKind::CallEnded => println!("the call {:?} has ended", event.call_id()),
//!         EventKind::CallBilled => println!("the call {:?} is billed", event.call_id()),
//!         other => println!("nothing to do for {other}"),
//!     }
//!     StatusCode::NO_CONTENT
//! }
//!
//! let verifier = Verifier::new(["the webhook's secret"]);
//! assert_eq!(answer(&verifier, &HeaderMap::new(), b"{}"), StatusCode::UNAUTHORIZED);
//! ```
//!
//! Ultravox may send the same event more than once, and sends it again for hours while a webhook is not
//! answered with a status of 2xx. Respond at once (the documentation asks for 204), do the work
//! afterwards, and ignore an event that was received before, by [`Event::call_id`] and [`Event::kind`].
//!
//! The signatures are described on the pages on
//! [webhooks](https://docs.ultravox.ai/webhooks/securing-webhooks) and on [data
//! connections](https://docs.ultravox.ai/apps/securing-data-connections); the expected responses on
//! those about [what is sent](https://docs.ultravox.ai/webhooks/available-webhooks) and [sent
//! again](https://docs.ultravox.ai/webhooks/errors-and-retries).

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Utc};
use hmac::digest::CtOutput;
use hmac::{Hmac, Mac};
use http::HeaderMap;
use sha2::Sha256;

mod event;
mod signature;

pub use event::{Event, EventError, EventKind};

type HmacSha256 = Hmac<Sha256>;

/// The header with the time at which a webhook was sent.
pub const TIMESTAMP_HEADER: &str = "x-ultravox-webhook-timestamp";
/// The header with the signatures of a webhook.
pub const SIGNATURE_HEADER: &str = "x-ultravox-webhook-signature";
/// The header with the id of the call that opens a data connection.
pub const CONNECTION_CALL_ID_HEADER: &str = "x-ultravox-call-id";
/// The header with the time at which a data connection was opened.
pub const CONNECTION_TIMESTAMP_HEADER: &str = "x-ultravox-signature-timestamp";
/// The header with the signatures of a data connection.
pub const CONNECTION_SIGNATURE_HEADER: &str = "x-ultravox-signature";

/// How old a request may be by default: the example of both pages.
const MAX_AGE: Duration = Duration::from_secs(60);

/// Checks that a request comes from Ultravox, is complete, and is recent.
///
/// Make it once and share it: checking needs `&self`, and a clone is cheap.
#[derive(Clone)]
pub struct Verifier {
    /// Each is keyed with a secret, so that no secret is kept as text.
    keys: Arc<[HmacSha256]>,
    max_age: Duration,
    clock: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
}

impl Verifier {
    /// A verifier that accepts a signature made with any of `secrets`. While a secret is being changed,
    /// these are the old one and the new one.
    ///
    /// Anyone could sign with an empty secret, such as that of an empty environment variable: it is
    /// ignored, and if there is no other, every request is refused.
    pub fn new(secrets: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let secrets = secrets.into_iter();
        Self {
            keys: secrets
                .filter_map(|secret| keyed(secret.as_ref()))
                .collect(),
            max_age: MAX_AGE,
            clock: Arc::new(system_time),
        }
    }

    /// How far the time of a request may be from now. Default one minute. For that long, a recorded
    /// request can be replayed.
    ///
    /// It applies in both directions: a server's clock may be behind that of Ultravox.
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = max_age;
        self
    }

    /// The clock to use instead of the system's, for tests with recorded requests.
    pub fn clock(mut self, clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Checks a webhook by its headers and its body, which must be exactly as received.
    pub fn verify<'a>(
        &self,
        headers: &HeaderMap,
        body: &'a (impl AsRef<[u8]> + ?Sized),
    ) -> Result<Verified<'a>, SignatureError> {
        let body = body.as_ref();
        let sent_at = self.check(headers, TIMESTAMP_HEADER, SIGNATURE_HEADER, body)?;
        Ok(Verified { body, sent_at })
    }

    /// Checks the request that opens a data connection, by its headers. The secrets are the `sharedSecrets`
    /// of the call or of its agent.
    pub fn verify_data_connection<'a>(
        &self,
        headers: &'a HeaderMap,
    ) -> Result<VerifiedConnection<'a>, SignatureError> {
        let call_id = signature::single(headers, CONNECTION_CALL_ID_HEADER)?;
        let sent_at = self.check(
            headers,
            CONNECTION_TIMESTAMP_HEADER,
            CONNECTION_SIGNATURE_HEADER,
            call_id.as_bytes(),
        )?;
        Ok(VerifiedConnection { call_id, sent_at })
    }

    /// What both kinds of request share: the signature is of `signed`, followed by the timestamp as it
    /// was received.
    fn check(
        &self,
        headers: &HeaderMap,
        timestamp_header: &'static str,
        signature_header: &'static str,
        signed: &[u8],
    ) -> Result<DateTime<Utc>, SignatureError> {
        let timestamp = signature::single(headers, timestamp_header)?;
        let signatures = signature::all(headers, signature_header)?;
        let sent_at = signature::time(timestamp).ok_or(SignatureError::MalformedHeader {
            header: timestamp_header,
            expected: "a time such as 2026-01-02T03:04:05.678901+00:00",
        })?;
        let age = (self.clock)().signed_duration_since(sent_at);
        let max_age = self.max_age;
        match age.to_std() {
            Ok(age) if age > max_age => return Err(SignatureError::TooOld { age, max_age }),
            Ok(_) => {}
            Err(_) => {
                let ahead = age.abs().to_std().unwrap_or(Duration::MAX);
                if ahead > max_age {
                    return Err(SignatureError::FromTheFuture { ahead, max_age });
                }
            }
        }
        // All are compared, so that the time it takes does not reveal where they differ.
        let mut matches = false;
        for key in self.keys.iter() {
            let expected = signed_with(key.clone(), signed, timestamp);
            for signature in &signatures {
                // Takes the same time wherever they differ.
                matches |= expected == CtOutput::new((*signature).into());
            }
        }
        if matches {
            Ok(sent_at)
        } else {
            Err(SignatureError::NoMatch {
                header: signature_header,
                signatures: signatures.len(),
                secrets: self.keys.len(),
            })
        }
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("secrets", &self.keys.len())
            .field("max_age", &self.max_age)
            .finish_non_exhaustive()
    }
}

/// A webhook that Ultravox sent. Only [`Verifier::verify`] makes one.
#[derive(Clone, Copy)]
pub struct Verified<'a> {
    body: &'a [u8],
    sent_at: DateTime<Utc>,
}

impl<'a> Verified<'a> {
    /// What happened.
    pub fn event(&self) -> Result<Event<'a>, EventError> {
        Event::decode(self.body)
    }

    /// The body, as it was received.
    pub fn body(&self) -> &'a [u8] {
        self.body
    }

    /// When it was sent, according to its header.
    pub fn sent_at(&self) -> DateTime<Utc> {
        self.sent_at
    }
}

/// Without the body: a call holds the URL to join it with.
impl fmt::Debug for Verified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("sent_at", &self.sent_at)
            .finish_non_exhaustive()
    }
}

/// A data connection that Ultravox opens. Only [`Verifier::verify_data_connection`] makes one.
#[derive(Clone, Copy, Debug)]
pub struct VerifiedConnection<'a> {
    call_id: &'a str,
    sent_at: DateTime<Utc>,
}

impl<'a> VerifiedConnection<'a> {
    /// The id of the call that the connection belongs to.
    pub fn call_id(&self) -> &'a str {
        self.call_id
    }

    /// When it was opened, according to its header.
    pub fn sent_at(&self) -> DateTime<Utc> {
        self.sent_at
    }
}

/// Why a request is not accepted as one from Ultravox. It shows neither secrets nor signatures.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// The request lacks a header.
    #[error(
        "the header `{header}` is missing: the request is not from Ultravox, or a proxy \
         removed it"
    )]
    MissingHeader {
        /// The name of the header.
        header: &'static str,
    },
    /// A header does not contain what it should.
    #[error("the header `{header}` is not {expected}")]
    MalformedHeader {
        /// The name of the header.
        header: &'static str,
        /// What it should contain.
        expected: &'static str,
    },
    /// The request was sent too long ago. Somebody may have recorded and replayed it.
    #[error(
        "the request is {} s old, and {} s are allowed: somebody replayed it, it was delayed, \
         or the clock of this machine is fast",
        .age.as_secs(), .max_age.as_secs()
    )]
    TooOld {
        /// How long ago it was sent.
        age: Duration,
        /// How long ago it may have been sent at most.
        max_age: Duration,
    },
    /// According to its header, the request was sent in the future.
    #[error(
        "the request was sent {} s in the future, and {} s are allowed: is the clock of this machine slow?",
        .ahead.as_secs(), .max_age.as_secs()
    )]
    FromTheFuture {
        /// How far in the future it was sent.
        ahead: Duration,
        /// How far that may be at most.
        max_age: Duration,
    },
    /// None of the signatures is that of what was received with one of the secrets.
    #[error(
        "none of the signatures in `{header}` ({signatures}) is of this request with one of the secrets \
         ({secrets}): the secret is another one, or the request was changed; its body must be verified \
         as it was received"
    )]
    NoMatch {
        /// The name of the header with the signatures.
        header: &'static str,
        /// How many signatures there were.
        signatures: usize,
        /// How many secrets there were.
        secrets: usize,
    },
}

/// The signature of a webhook, as Ultravox makes it: for tests of a server of your own. `timestamp` is the
/// text of [`TIMESTAMP_HEADER`]. Nothing is signed with an empty secret: the signature is empty.
///
/// ```
/// use ultravox::http::HeaderMap;
/// use ultravox::webhooks::{self, Verifier};
///
/// let (body, timestamp) = (r#"{"event":"call.ended","call":{}}"#, "2026-01-02T03:04:05+00:00");
/// let mut headers = HeaderMap::new();
/// headers.insert(webhooks::TIMESTAMP_HEADER, timestamp.parse()?);
/// headers.insert(webhooks::SIGNATURE_HEADER, webhooks::sign("the secret", body, timestamp).parse()?);
///
/// let now = timestamp.parse().unwrap();
/// let verifier = Verifier::new(["the secret"]).clock(move || now);
/// assert!(verifier.verify(&headers, body).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn sign(secret: &str, body: impl AsRef<[u8]>, timestamp: &str) -> String {
    match keyed(secret) {
        Some(key) => hex(signed_with(key, body.as_ref(), timestamp)),
        None => String::new(),
    }
}

/// The signature of the request that opens a data connection: [`sign`] with the id of the call for the body.
/// `timestamp` is the text of [`CONNECTION_TIMESTAMP_HEADER`].
pub fn sign_data_connection(secret: &str, call_id: &str, timestamp: &str) -> String {
    sign(secret, call_id, timestamp)
}

/// `None` for the empty secret. A key of HMAC may have any length.
fn keyed(secret: &str) -> Option<HmacSha256> {
    if secret.is_empty() {
        return None;
    }
    HmacSha256::new_from_slice(secret.as_bytes()).ok()
}

fn signed_with(mut key: HmacSha256, signed: &[u8], timestamp: &str) -> CtOutput<HmacSha256> {
    key.update(signed);
    key.update(timestamp.as_bytes());
    key.finalize()
}

fn hex(signature: CtOutput<HmacSha256>) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16);
    let bytes = signature.into_bytes().into_iter();
    bytes
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)])
        .flatten()
        .collect()
}

/// The time of the system. A time out of the range of dates is read as the beginning of 1970, so that
/// nothing is recent.
pub(crate) fn system_time() -> DateTime<Utc> {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since_epoch.as_secs())
        .ok()
        .and_then(|seconds| DateTime::from_timestamp(seconds, since_epoch.subsec_nanos()))
        .unwrap_or_default()
}
