//! Typed client for the [Ultravox](https://docs.ultravox.ai) voice agent API.
//!
//! The operations and types are generated at compile time from the API's OpenAPI document.
//! Authentication, errors, retries, deadlines, pages, files and SIP routing are written by hand around
//! them.
//!
//! # A first call
//!
//! With an API key in `ULTRAVOX_API_KEY`:
//!
#![cfg_attr(
    ultravox_operation = "sip_retrieve",
    doc = "
```no_run
#[tokio::main]
async fn main() -> Result<(), ultravox::Error> {
    let client = ultravox::Client::from_env()?;
    let config = client.sip().get().await?;
    println!(\"your SIP domain is {}\", config.domain);
    Ok(())
}
```
"
)]
//! # How calls are made
//!
//! [`Client`] has a [handle](handles) for each part of the API, along its paths:
//! `POST /api/agents/{agent_id}/calls` in the API reference is
//! `client.agents().calls().create(agent_id)` here. Required values are arguments, and optional
//! ones are methods of the [call](operations) that is returned. `.await` sends the call and returns
//! the value.
//!
//! | method of a handle | what it sends |
//! |---|---|
//! | `list()` | `GET` of one page; `.stream()` goes through the items of all [`pages`] |
//! | `get(id)` | `GET` |
//! | `create(…)` | `POST`, with the required fields of the body as arguments, and a method for each other field |
//! | `update(id)` | `PATCH`: a field that is not set is not sent, and `clear_…` sets one to null |
//! | `replace(id, …)` | `PUT` |
//! | `delete(id)` | `DELETE` |
//!
//! Every other name is the API's own, such as `calls().recording(call_id)`. The module [`handles`]
//! has a table of all operations.
//!
//! | to | add to a call |
//! |---|---|
//! | get the status and the headers as well | `.send().await` instead of `.await`, which returns a [`ResponseValue`] |
//! | send a body as a whole, such as one that was read and changed | `.body(value)` |
//! | set an optional value | `.maybe(option, Call::setter)` |
//! | give it its own deadline, retries or headers | `.timeout(…)`, `.retries(…)`, `.header(…)` |
//! | get the target of a redirect without following it | `.location().await` |
//!
#![cfg_attr(
    all(
        ultravox_operation = "agents_create",
        ultravox_operation = "agents_calls_create",
        ultravox_operation = "calls_messages_list"
    ),
    doc = include_str!("walkthrough.md")
)]
//! # Where to find things
//!
//! | to | see |
//! |---|---|
//! | make a client | [`Client::from_env`], [`Client::new`], [`Client::builder`] |
//! | find an operation | the table in [`handles`] |
//! | know where an incoming SIP call would go, offline | the module `sip`, with the feature `sip` |
//! | list things across pages | [`pages`] |
//! | stream a file, or save it | [`ByteStream`], [`ByteStream::save_to`] |
//! | send a file with a request | [`Upload`], for the methods called `upload` |
//! | call an operation that this crate does not have yet | [`Client::request`] |
//! | tell errors apart | [`Error`] |
//! | change retries and timeouts | [`RetryPolicy`], [`ClientBuilder`] |
//! | exchange data messages with a call | the module `messages`, with the feature `messages` |
//! | receive webhooks, take data connections | the module `webhooks`, with the feature `server` |
//! | serve tools to agents | the module `tools`, with the feature `server` |
//! | define a tool by the type of its parameters | `tools::definition`, with the feature `schemars` |
//! | answer a telephony provider about an incoming call | the module `telephony`, with the feature `server` |
//! | take part in a call, accept a data connection | the module `live`, with the feature `live` |
//! | test your own program | the module `mock`, with the feature `mock` |
//!
//! # Join a call
//!
//! With the feature `live`, a program takes part in a call over a WebSocket: it sends and receives audio, follows what
//! is said, runs tools, and hangs up.
//!
#![cfg_attr(
    all(feature = "live", ultravox_operation = "calls_create"),
    doc = "
```no_run
use ultravox::live::{Event, Session};
use ultravox::types::{CallMedium, CallMediumWebSocketMedium};

# async fn example(client: ultravox::Client, question: Vec<u8>) -> Result<(), Box<dyn std::error::Error>> {
let medium = CallMediumWebSocketMedium::new().input_sample_rate(48_000);
let call = client.calls().create().medium(CallMedium::from(medium)).await?;
let (sender, mut events) = Session::join(&call).await?.split();

sender.audio(question).await?; // 16-bit samples, sent in real time
while let Some(event) = events.next().await {
    match event {
        Event::Audio(samples) => println!(\"{} bytes to play\", samples.len()),
        Event::Utterance(said) => println!(\"{}: {}\", said.role, said.text),
        Event::Ended(end) => println!(\"{end}\"),
        _ => {}
    }
}
# Ok(())
# }
```
"
)]
//! # Messages
//!
//! With the feature `messages`, which `calls` implies, the module `messages` has a type for each data message,
//! and an enum for each direction:
//!
#![cfg_attr(
    ultravox_operation = "send_data_message_to_call",
    doc = "
```no_run
use ultravox::messages::{ServerMessage, Urgency, UserTextMessage};

# async fn example(client: ultravox::Client, call_id: uuid::Uuid, text: &str) -> Result<(), Box<dyn std::error::Error>> {
// A request takes three of the messages and no others.
let message = UserTextMessage::new(\"The parcel has arrived.\").urgency(Urgency::Later);
client.calls().send_data_message(call_id, message).await?;

// What arrives over a connection.
if let ServerMessage::Transcript(transcript) = serde_json::from_str(text)? {
    println!(\"{}: {:?}\", transcript.role, transcript.text);
}
# Ok(())
# }
```
"
)]
//! # Receive webhooks
//!
//! With the feature `server`:
//!
#![cfg_attr(
    feature = "server",
    doc = "
```
use ultravox::http::{HeaderMap, StatusCode};
use ultravox::webhooks::Verifier;

fn receive(verifier: &Verifier, headers: &HeaderMap, body: &[u8]) -> StatusCode {
    let Ok(verified) = verifier.verify(headers, body) else {
        return StatusCode::UNAUTHORIZED; // not from Ultravox, or not recent
    };
    match verified.event() {
        Ok(event) => println!(\"{} of {:?}\", event.kind(), event.call_id()),
        Err(_) => return StatusCode::BAD_REQUEST,
    }
    StatusCode::NO_CONTENT
}
```
"
)]
//! # Serve tools
//!
//! With the feature `server`:
//!
#![cfg_attr(
    feature = "server",
    doc = "
```
use ultravox::http::Response;
use ultravox::tools::{self, ToolResponse};

#[derive(serde::Deserialize)]
struct LookUp {
    order: u32,
}

fn look_up(body: &[u8]) -> Response<String> {
    let response = match tools::parameters(body) {
        Ok(LookUp { order }) => ToolResponse::text(format!(\"Order {order} is on its way.\")),
        Err(error) => error.into(), // the agent reads what is wrong
    };
    response.into_http()
}
```
"
)]
//! # The API key
//!
//! The key goes to the origin of the base URL and nowhere else: a redirect to another origin is
//! followed without it, and one from https to http is refused. It is in no `Debug` output, error or
//! span, even if a server echoes it in another case or encoding.
//!
//! # Other secrets
//!
//! For a response that does not decode, an error shows its structure without string values; for a
//! URL, its origin and path; for an error response, the message of the API. [`ApiError::body`]
//! holds the whole body, for programs; `Debug` does not show it. `Debug` of a value shows
//! `redacted` for properties that the document marks as secret or names like a secret, including
//! presigned URLs and URLs to join a call.
//!
//! # Values
//!
//! | in the API | here |
//! |---|---|
//! | an enum of strings | an enum with a variant for each known value, and `UnknownValue` for every other, kept as received and sent back unchanged; `match` needs a wildcard, and a string converts into it |
//! | one of several objects, by the value of a property | an enum by that value, with `Unknown` for every other, which keeps the whole object |
//! | an enum of numbers | the number; the documentation names the known values |
//! | `date-time`, `date`, `time` | [`chrono`]'s `DateTime<Utc>`, `NaiveDate`, `NaiveTime`: the same instant, though written back in UTC |
//! | a duration such as `3.5s`, where the document gives its pattern | [`SignedDuration`], which converts from and to [`std::time::Duration`]; elsewhere a `String`, which parses as one |
//! | `uuid`, an IP address, a CIDR range | [`uuid::Uuid`], the types of [`std::net`] and of [`ipnet`] |
//! | `uri` | a `String`, because some are relative or contain placeholders, and [`url::Url`] would normalize the others; it converts from a `Url`, and `parse` reads it as one |
//! | `int32`, `int64` | `i32`, `i64` |
//! | `float`, `double` | `f64`, so that a decimal is sent back as it was received |
//! | a password, a key, a token | [`Secret`], whose `Debug` shows `redacted` |
//! | free-form JSON | [`serde_json::Value`], made with `json!` |
//!
//! A type of [`types`] has `new`, which takes the required fields, and a method for each other
//! field: `CallTemplate::new().voice("Mark")`. The methods accept many types: a `&str` or a
//! `String`, any iterator for a list, pairs for a map, a [`std::time::Duration`] for a duration. A
//! type with several alternatives has a constructor for each, such as `CallMedium::twilio()`.
//! Fields are public and can be read and assigned; struct expressions do not compile outside this
//! crate, because any release may add a field. A received type converts `into()` the type that is
//! sent, such as `Agent` into `AgentRequest` or `PatchedAgent`.
//!
//! A response with a value that does not match its type fails with [`Error::Decode`], which names the
//! location of the value.
//!
//! Limits of the document (the length of a string, the range of a number, the number of items) are
//! checked before a request is sent: [`Error::Limit`] names the field, the limit and the value.
//! Only the server checks patterns. Limits are not checked in responses.
//!
//! # Tracing
//!
//! Each call is a [`tracing`](https://docs.rs/tracing) span `ultravox_call` at the level INFO, with
//! the fields `operation`, `method`, `path`, `attempt`, `status`, `duration_ms` and `error`.
//!
//! # Features
//!
//! - `rustls` (default): TLS by rustls.
//! - `native-tls`: TLS by the operating system's own library.
//! - `mock`: typed `httpmock` helpers.
//! - `server`: what Ultravox sends to a server of yours. Alone, with `default-features = false`, it compiles
//!   no client.
//! - `messages`: data messages, the body of a webhook, and what tools answer; `calls` implies it.
//! - `schemars`: definitions of tools, made from a Rust type that derives `schemars::JsonSchema`.
//! - `live`: live sessions over WebSocket, and data connections. It implies `messages`,
//!   `client` and `server`.
//! - `client`: the client, which every feature but `server` implies.
//! - One for each area of the API, all on by default. Only the operations of enabled areas, and the
//!   types that they need, are compiled. A missing method may belong to an area that is not
//!   enabled: each handle of [`Client`] names the feature that it needs.

// A document may nest types deeply; the published one does not.
#![recursion_limit = "256"]
// Some of the code below is unused if only some areas are enabled, or if the code is generated from
// another document.
#![cfg_attr(
    not(ultravox_whole_api),
    allow(dead_code, unused_imports, unused_macros)
)]

// The generated code names types of this crate by their full path.
#[allow(
    unused_extern_crates,
    reason = "the enabled areas may have no such type"
)]
extern crate self as ultravox;

#[cfg(feature = "client")]
mod client;
#[cfg(ultravox_operation = "corpora_uploads_create")]
mod corpora;
#[cfg(feature = "client")]
mod duration;
mod enums;
#[cfg(feature = "client")]
mod error;
#[cfg(feature = "client")]
mod files;
#[cfg(feature = "client")]
#[allow(
    deprecated,
    missing_docs,
    non_camel_case_types,
    unused_imports,
    unused_mut,
    dead_code,
    clippy::all,
    clippy::unwrap_used,
    rustdoc::all,
    reason = "progenitor's code, unedited"
)]
mod generated {
    use crate::runtime as progenitor_client;

    include!(concat!(env!("OUT_DIR"), "/client.rs"));
}
#[cfg(feature = "messages")]
#[allow(
    missing_docs,
    dead_code,
    clippy::all,
    clippy::unwrap_used,
    rustdoc::all,
    reason = "progenitor's code, unedited"
)]
mod generated_messages {
    include!(concat!(env!("OUT_DIR"), "/messages/generated.rs"));
}
#[cfg(feature = "client")]
pub mod handles;
#[cfg(feature = "client")]
mod id;
#[cfg(feature = "client")]
mod json_location;
#[cfg(feature = "client")]
mod key;
#[cfg(feature = "client")]
mod limits;
#[cfg(feature = "live")]
pub mod live;
#[cfg(feature = "messages")]
pub mod messages;
#[cfg(feature = "mock")]
pub mod mock;
#[cfg(feature = "client")]
pub mod operations;
#[cfg(feature = "client")]
mod options;
#[cfg(feature = "client")]
pub mod pages;
#[cfg(feature = "client")]
mod parameter;
#[cfg(feature = "client")]
mod patch;
#[cfg(feature = "client")]
mod progress;
mod redact;
#[cfg(feature = "client")]
mod redirect;
#[cfg(feature = "client")]
mod refusal;
#[cfg(feature = "client")]
mod request;
#[cfg(feature = "client")]
mod retry;
#[cfg(feature = "client")]
mod runtime;
#[cfg(feature = "client")]
mod secret;
#[cfg(feature = "client")]
mod service {
    include!(concat!(env!("OUT_DIR"), "/service.rs"));
}
#[cfg(feature = "client")]
mod setters;
#[cfg(all(feature = "sip", ultravox_operation = "sip_retrieve"))]
pub mod sip;
#[cfg(feature = "server")]
pub mod telephony;
#[cfg(any(feature = "schemars", feature = "server"))]
pub mod tools;
#[cfg(feature = "client")]
mod transport;
#[cfg(feature = "client")]
pub mod types;
#[cfg(feature = "client")]
mod unions;
#[cfg(feature = "client")]
mod upload;
#[cfg(feature = "server")]
pub mod webhooks;

#[cfg(feature = "client")]
pub use client::{Client, ClientBuilder};
#[cfg(feature = "client")]
pub use duration::{NegativeDurationError, ParseDurationError, SignedDuration};
pub use enums::UnknownValue;
#[cfg(feature = "client")]
pub use error::{
    ApiError, ConfigError, DecodeError, Error, FileError, InvalidRequestError, LimitError,
    PaginationError, PaginationErrorKind, TimeoutError, TransportError, TransportErrorKind,
};
/// The types of headers, methods and responses, for servers.
#[cfg(any(feature = "schemars", feature = "server"))]
pub use http;
#[cfg(feature = "client")]
pub use id::IntoId;
#[cfg(feature = "client")]
pub use key::ApiKey;
#[cfg(feature = "client")]
pub use patch::Patch;
#[cfg(feature = "client")]
pub use request::Request;
/// The HTTP client, and the types of headers and methods.
#[cfg(feature = "client")]
pub use reqwest;
#[cfg(feature = "client")]
pub use retry::RetryPolicy;
#[cfg(feature = "client")]
pub use runtime::{ByteStream, ResponseValue};
/// The schemas of Rust types, of which the definitions of tools are made.
#[cfg(feature = "schemars")]
pub use schemars;
#[cfg(feature = "client")]
pub use secret::Secret;
#[cfg(feature = "client")]
pub use service::DEFAULT_BASE_URL;
#[cfg(feature = "client")]
pub use upload::Upload;

#[cfg(all(doctest, ultravox_whole_api))]
#[doc = include_str!("../README.md")]
struct Readme;
