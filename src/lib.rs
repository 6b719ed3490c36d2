//! Typed client for the [Ultravox](https://docs.ultravox.ai) voice agent API.
//!
//! The operations and types are generated at compile time from the API's OpenAPI document; what
//! generation cannot give (authentication, errors, retries, deadlines, pages, files, SIP routing) is
//! written by hand around them.
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
#![cfg_attr(
    all(
        ultravox_operation = "agents_create",
        ultravox_operation = "agents_calls_create",
        ultravox_operation = "calls_messages_list"
    ),
    doc = include_str!("walkthrough.md")
)]
//! # Where to find what
//!
//! | to | see |
//! |---|---|
//! | make a client | [`Client::from_env`], [`Client::new`], [`Client::builder`] |
//! | read the SIP configuration | [`sip::Sip::config`] |
//! | know where an incoming call would go, offline | [`types::SipConfig::route`] |
//! | call a generated operation, with status and headers | the methods of [`Client`], such as [`Client::sip_retrieve`] |
//! | list things, however many pages they fill | [`pages`] |
//! | stream a file, or save it | [`ByteStream`], [`ByteStream::save_to`] |
//! | send a file with a request | [`Upload`], for the operations whose names end in `_upload` |
//! | know where a redirect leads, and not go there | `send_location` on the builders of operations that redirect |
//! | upload a document to a corpus | `client.corpora().upload(…)` with an [`Upload`], where the area `corpora` is enabled |
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
//! followed without it, one from https to http is refused. It is in no `Debug` output, error or span,
//! also where a server echoes it in another case or encoding.
//!
//! # Other secrets
//!
//! An error shows of a response that does not decode its structure and no string value, of a URL its
//! origin and path, and of a refusal the message that the API gives. [`ApiError::body`] holds the
//! whole body, for programs; `Debug` does not show it. `Debug` of a value shows `redacted` for what
//! the document marks as a secret or names like one, presigned URLs and those to join a call with
//! included.
//!
//! # Values
//!
//! | in the API | here |
//! |---|---|
//! | an enum of strings | an enum with a variant for each known value, and `UnknownValue` for every other, kept as received and sent back unchanged; `match` needs a wildcard, and a string converts into it |
//! | an enum of numbers | the number; the documentation names the known values |
//! | `date-time`, `date`, `time` | [`chrono`]'s `DateTime<Utc>`, `NaiveDate`, `NaiveTime`: the same instant, though written back in UTC |
//! | a duration such as `3.5s`, where the document gives its pattern | [`SignedDuration`], which converts from and to [`std::time::Duration`]; elsewhere a `String`, which parses as one |
//! | `uuid`, an IP address, a CIDR range | [`uuid::Uuid`], the types of [`std::net`] and of [`ipnet`] |
//! | `uri` | a `String`, because some are relative or hold placeholders, and [`url::Url`] would respell the others; it converts from a `Url`, and `parse` reads it as one |
//! | `int32`, `int64`, `float`, `double` | `i32`, `i64`, `f32`, `f64` |
//!
//! A type of [`types`] is made by its builder: `types::X::builder()`, a method for each field, and
//! `build()`, which names what is missing. Where a single value is taken, its builder is taken as well,
//! and `build()` can be left out (in a list it cannot). `body_map` hands out the body's builder. Where all fields may stay away there is
//! `Default`, and fields are assigned: struct expressions are for this crate alone, because a field may
//! be added with any release. What is received converts `into()` what is sent, such as `Agent` into
//! `AgentRequest` or `PatchedAgent`.
//!
//! `Debug` shows `redacted` for passwords, keys and other secrets of a value; serde sends them.
//!
//! A value that does not fit its type fails its response with [`Error::Decode`], which names the place.
//!
//! What the document limits (the length of a text, the range of a number, the count of a list) is checked
//! before a request is sent: [`Error::Limit`] names the field, the limit and the value. Patterns are
//! the server's to check. What the server sends is never held to a limit.
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

#[allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "the enabled areas may have no such type"
)]
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
    deprecated,
    missing_docs,
    non_camel_case_types,
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
mod object;
pub mod pages;
mod parameter;
mod patch;
mod place;
mod progress;
mod redact;
mod redirect;
mod refusal;
mod retry;
mod runtime;
#[cfg(all(feature = "sip", ultravox_operation = "sip_retrieve"))]
pub mod sip;
mod transport;
mod upload;

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
pub use upload::Upload;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
