//! Typed [`httpmock`](https://docs.rs/httpmock) helpers for your own tests.
//!
//! [`MockServerExt`] adds one method per operation to `MockServer`, named after its `operationId`, and
//! [`client`] makes a client for the server:
//!
//! ```
//! use ultravox::mock::MockServerExt;
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = httpmock::MockServer::start_async().await;
//! let mut config: ultravox::types::SipConfig = ultravox::mock::sample();
//! config.domain = "acme.sip.example".to_owned();
//! let mock = server.sip_retrieve(|_when, then| {
//!     then.ok(&config);
//! });
//!
//! let client = ultravox::mock::client(&server)?;
//! assert_eq!(client.sip().get().await?, config);
//! mock.assert();
//! # Ok(())
//! # }
//! ```
//!
//! The server that plays the other side of live sessions is in the module `live`, with the feature of that name.
//!
#![cfg_attr(
    all(
        ultravox_operation = "agents_create",
        ultravox_operation = "agents_destroy",
        ultravox_operation = "agents_list",
        ultravox_operation = "agents_retrieve",
        ultravox_operation = "calls_create",
        ultravox_operation = "calls_recording_retrieve"
    ),
    doc = include_str!("mock_recipes.md")
)]

#[cfg(feature = "live")]
pub mod live;

use serde::de::DeserializeOwned;

use crate::{Client, Error, RetryPolicy};

/// A client for this server, with a made-up key and without retries, so that an error response of
/// the server is returned at once. For other settings use
/// [`Client::builder`](crate::Client::builder) with the `base_url` of the server.
///
/// # Errors
///
/// [`Error::Config`] if the HTTP client cannot be made, as
/// [`ClientBuilder::build`](crate::ClientBuilder::build).
pub fn client(server: &httpmock::MockServer) -> Result<Client, Error> {
    Client::builder()
        .api_key("mock.key")
        .base_url(server.base_url())
        .retries(RetryPolicy::none())
        // A configured proxy cannot reach the server of a test.
        .reqwest(reqwest::Client::builder().no_proxy())
        .build()
}

/// A generated type that [`sample`] can make a value of.
pub trait Sample: DeserializeOwned {
    #[doc(hidden)]
    const JSON: &'static str;
}

/// A value of a type of the API, for tests that need any valid value: all optional properties are
/// set, and lists and maps have an entry. It is the same each time.
///
/// Set the fields that the test is about:
///
/// ```
/// use ultravox::types::SipConfig;
///
/// let mut config: SipConfig = ultravox::mock::sample();
/// config.domain = "acme.sip.example".to_owned();
/// assert_eq!(config.allowed_agents.len(), 1);
/// ```
///
/// # Panics
///
/// If the sample does not decode, which the crate's own tests rule out for every type.
#[allow(clippy::panic, reason = "generated, and checked for every type")]
pub fn sample<T: Sample>() -> T {
    match serde_json::from_str(T::JSON) {
        Ok(value) => value,
        Err(error) => panic!("the sample {} does not decode: {error}", T::JSON),
    }
}

macro_rules! sample {
    ($name:ident, $json:literal) => {
        impl super::Sample for crate::types::$name {
            const JSON: &'static str = $json;
        }
    };
}

#[allow(
    missing_docs,
    clippy::all,
    clippy::unwrap_used,
    unused_imports,
    reason = "generated from the API's document"
)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/mock.rs"));
    include!(concat!(env!("OUT_DIR"), "/samples.rs"));
}

#[cfg(feature = "messages")]
mod messages {
    macro_rules! sample {
        ($name:ident, $json:literal) => {
            impl super::Sample for crate::messages::$name {
                const JSON: &'static str = $json;
            }
        };
    }

    include!(concat!(env!("OUT_DIR"), "/messages/samples.rs"));
}

pub use generated::{MockServerExt, operations};
