//! Typed client for the [Ultravox](https://docs.ultravox.ai) voice agent API.
//!
//! The operations and types are generated at compile time from the API's published OpenAPI document;
//! what generation cannot give (authentication, errors, retries, deadlines, SIP routing) is written by
//! hand around them. The document holds one operation so far, `GET /api/sip`.
//!
//! # A first call
//!
//! With an API key in `ULTRAVOX_API_KEY`:
//!
//! ```no_run
//! #[tokio::main]
//! async fn main() -> Result<(), ultravox::Error> {
//!     let client = ultravox::Client::from_env()?;
//!     let config = client.sip().config().await?;
//!     println!("your SIP domain is {}", config.domain);
//!     Ok(())
//! }
//! ```
//!
//! # Where to find what
//!
//! | to | see |
//! |---|---|
//! | make a client | [`Client::from_env`], [`Client::new`], [`Client::builder`] |
//! | read the SIP configuration | [`sip::Sip::config`] |
//! | know where an incoming call would go, offline | [`types::SipConfig::route`] |
//! | call a generated operation, with status and headers | the methods of [`Client`], such as [`Client::sip_retrieve`] |
//! | tell errors apart | [`Error`] |
//! | change retries and timeouts | [`RetryPolicy`], [`ClientBuilder`] |
//! | test your own program | the module `mock`, behind the feature `mock` |
//!
//! # Every operation
//!
//! By area of the API; an area is a [feature](#features) as well.
//!
#![doc = include_str!(concat!(env!("OUT_DIR"), "/areas.md"))]
//! # The API key
//!
//! The key goes to the origin of the base URL and nowhere else: a redirect to another origin is
//! followed without it, one from https to http is refused. It is in no `Debug` output, error or span.
//!
//! # Tracing
//!
//! Each call is a [`tracing`] span `ultravox_call` at the level INFO, with the fields `operation`,
//! `method`, `path`, `attempt`, `status`, `duration_ms` and `error`.
//!
//! # Features
//!
//! - `rustls` (default): TLS by rustls.
//! - `native-tls`: TLS by the operating system's own library.
//! - `mock`: typed `httpmock` helpers.
//! - One for each area of the API, all on by default: `accounts`, `agents`, `call-throttles`, `calls`,
//!   `corpora`, `deleted-calls`, `models`, `schema`, `sip`, `telephony-configs`, `tools`, `voices`,
//!   `webhooks`. Only the operations of enabled areas, and the types that they need, are compiled.

// What the facade offers to generated code is not all called where only some areas are enabled.
#![cfg_attr(
    not(all(
        feature = "accounts",
        feature = "agents",
        feature = "call-throttles",
        feature = "calls",
        feature = "corpora",
        feature = "deleted-calls",
        feature = "models",
        feature = "schema",
        feature = "sip",
        feature = "telephony-configs",
        feature = "tools",
        feature = "voices",
        feature = "webhooks"
    )),
    allow(dead_code)
)]

// The generated code names types of this crate by their full path.
#[allow(
    unused_extern_crates,
    reason = "the enabled areas may have no such type"
)]
extern crate self as ultravox;

#[allow(dead_code, reason = "the enabled areas may have no such type")]
mod builders;
mod client;
#[cfg(ultravox_operation = "corpora_uploads_create")]
pub mod corpora;
mod duration;
mod enums;
mod error;
mod files;
mod floats;
#[allow(
    missing_docs,
    unused_imports,
    unused_mut,
    rustdoc::bare_urls,
    clippy::all,
    reason = "generated from the API's document"
)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/client.rs"));
}
mod key;
mod limits;
#[cfg(feature = "mock")]
pub mod mock;
pub mod pages;
mod patch;
mod retry;
mod runtime;
#[cfg(feature = "sip")]
pub mod sip;
mod transport;

pub use client::ClientBuilder;
pub use duration::{NegativeDurationError, ParseDurationError, SignedDuration};
pub use enums::UnknownValue;
pub use error::{
    ApiError, ConfigError, DecodeError, Error, FileError, InvalidRequestError, LimitError,
    PaginationError, PaginationErrorKind, TimeoutError, TransportError, TransportErrorKind,
};
pub use generated::{Client, DEFAULT_BASE_URL, builder, types};
pub use key::ApiKey;
pub use patch::Patch;
pub use retry::RetryPolicy;
pub use runtime::{ByteStream, ResponseValue};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
