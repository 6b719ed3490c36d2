//! Typed [`httpmock`] helpers for your own tests.
//!
//! [`MockServerExt`] gives a `MockServer` one method an operation, named as on the client:
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
//! let client = ultravox::Client::builder()
//!     .api_key("test.key")
//!     .base_url(server.base_url())
//!     .build()?;
//! assert_eq!(client.sip().config().await?, config);
//! mock.assert();
//! # Ok(())
//! # }
//! ```

use serde::de::DeserializeOwned;

/// A generated type that [`sample`] gives a value of.
pub trait Sample: DeserializeOwned {
    #[doc(hidden)]
    const JSON: &'static str;
}

/// A value of a type of the API, for a test that needs one and does not care which: valid by the
/// API's document, all optional properties set, lists and maps with an entry. The same one each time.
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

#[allow(unused_macros, reason = "used where the document has schemas")]
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
}

pub use generated::{MockServerExt, operations};

/// Expects a query parameter as the client sends it: a list once for each item, a map as its entries.
#[allow(dead_code, reason = "used where the document has query parameters")]
fn query_param(when: httpmock::When, name: &str, value: &impl serde::Serialize) -> httpmock::When {
    use serde_json::Value;
    fn text(value: &Value) -> String {
        match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }
    // By way of text, because a `Value` has no floats of 32 bits, and would give them more digits.
    let text_of_all = serde_json::to_string(value);
    match text_of_all.and_then(|text| serde_json::from_str(&text)) {
        Ok(Value::Array(items)) => items
            .iter()
            .fold(when, |when, item| when.query_param(name, text(item))),
        Ok(Value::Object(entries)) => entries
            .iter()
            .fold(when, |when, (key, item)| when.query_param(key, text(item))),
        Ok(scalar) => when.query_param(name, text(&scalar)),
        // What cannot be sent cannot arrive either.
        Err(error) => when.query_param(name, format!("({error})")),
    }
}

#[cfg(test)]
mod tests {
    use super::query_param;
    use std::collections::BTreeMap;

    #[tokio::test]
    async fn lists_and_maps_are_expected_as_the_client_sends_them() {
        let server = httpmock::MockServer::start_async().await;
        let mock = server.mock(|when, then| {
            let when = query_param(when, "ids", &["a", "b"]);
            let when = query_param(when, "metadata", &BTreeMap::from([("k", "v")]));
            let when = query_param(when, "page", &2);
            query_param(when, "speed", &0.1_f32);
            then.status(200);
        });
        let hit = reqwest::get(server.url("/?ids=a&ids=b&k=v&page=2&speed=0.1")).await;
        let miss = reqwest::get(server.url("/?ids=a&k=v&page=2&speed=0.1")).await;
        assert_eq!(hit.unwrap().status(), 200);
        assert_eq!(miss.unwrap().status(), 404);
        mock.assert();
    }
}
