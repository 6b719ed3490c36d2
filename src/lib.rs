//! Typed client for the [Ultravox](https://docs.ultravox.ai) voice agent API.

mod client;
mod error;
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
#[cfg(feature = "mock")]
pub mod mock;
mod retry;
mod runtime;
pub mod sip;
mod transport;

pub use client::ClientBuilder;
pub use error::{
    ApiError, ConfigError, DecodeError, Error, InvalidRequestError, TimeoutError, TransportError,
    TransportErrorKind,
};
pub use generated::{Client, DEFAULT_BASE_URL, builder, types};
pub use key::ApiKey;
pub use retry::RetryPolicy;
pub use runtime::{ByteStream, ResponseValue};
