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

use httpmock::When;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::parameter::{self, Style};

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
    unused_imports,
    reason = "generated from the API's document"
)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/mock.rs"));
    include!(concat!(env!("OUT_DIR"), "/samples.rs"));
}

pub use generated::{MockServerExt, operations};

/// Expects a query parameter as the client sends it: a list once for each item, a map as its
/// entries, and none for what is not set.
#[allow(dead_code, reason = "used where the document has query parameters")]
fn query_param(when: When, name: &str, value: &impl Serialize) -> When {
    styled(when, name, Style::Form, value)
}

/// Expects a query parameter in this style.
fn styled(when: When, name: &str, style: Style, value: &impl Serialize) -> When {
    match parameter::pairs(name, style, value) {
        Ok(pairs) if pairs.is_empty() => when.query_param_missing(name),
        Ok(pairs) => pairs
            .into_iter()
            .fold(when, |when, (name, text)| when.query_param(name, text)),
        // What cannot be sent cannot arrive either.
        Err(error) => when.query_param(name, format!("({error})")),
    }
}

/// Expects a request of an operation.
fn operation(when: When, method: httpmock::Method, path: &str) -> When {
    when.method(method).path_matches(path)
}

/// Expects a form as the client sends it.
#[allow(dead_code, reason = "used where the document has forms")]
fn form(when: When, value: &impl Serialize) -> When {
    match parameter::form(value) {
        Ok(form) => when.body(form),
        Err(error) => when.body(format!("({error})")),
    }
}

/// Expects a path parameter, `{}` in `pattern`, as the client sends it.
#[allow(dead_code, reason = "used where the document has path parameters")]
fn path(when: When, pattern: &str, value: &impl Serialize) -> When {
    styled_path(when, pattern, Style::Delimited(","), value)
}

/// As [`path`], in this style.
fn styled_path(when: When, pattern: &str, style: Style, value: &impl Serialize) -> When {
    let text = match parameter::styled_path("", style, value) {
        // All other characters of an encoded text stand for themselves in a pattern.
        Ok(text) => text.replace('.', r"\."),
        // What cannot be sent cannot arrive either.
        Err(_) => r"[^\s\S]".to_owned(),
    };
    when.path_matches(pattern.replace("{}", &text).as_str())
}

/// Expects a header as the client sends it.
#[allow(dead_code, reason = "used where the document has such headers")]
fn header(when: When, name: &str, style: Style, value: &impl Serialize) -> When {
    match parameter::text(name, style, value) {
        Ok(Some(text)) => when.header(name, text),
        Ok(None) => when.header_missing(name),
        Err(error) => when.header(name, format!("({error})")),
    }
}

/// Expects a cookie as the client sends it.
#[allow(dead_code, reason = "used where the document has cookies")]
fn cookie(when: When, name: &str, style: Style, value: &impl Serialize) -> When {
    let mut headers = reqwest::header::HeaderMap::new();
    let cookie = parameter::cookie(&mut headers, name, style, value)
        .ok()
        .and_then(|()| headers.get("cookie")?.to_str().ok()?.split_once('='));
    match cookie {
        Some((name, text)) => when.cookie(name, text),
        None => when.cookie_missing(name),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[tokio::test]
    async fn lists_and_maps_are_expected_as_the_client_sends_them() {
        let server = httpmock::MockServer::start_async().await;
        let mock = server.mock(|when, then| {
            let when = query_param(when, "ids", &["a", "b"]);
            let when = query_param(when, "metadata", &BTreeMap::from([("k", "v")]));
            let when = query_param(when, "cursor", &None::<&str>);
            let when = query_param(when, "page", &2);
            query_param(when, "speed", &0.1_f32);
            then.status(200);
        });
        let get = async |query: &str| reqwest::get(server.url(query)).await;
        let hit = get("/?ids=a&ids=b&k=v&page=2&speed=0.1").await;
        let miss = get("/?ids=a&k=v&page=2&speed=0.1").await;
        let set = get("/?ids=a&ids=b&k=v&page=2&speed=0.1&cursor=c").await;
        assert_eq!(hit.unwrap().status(), 200);
        assert_eq!(miss.unwrap().status(), 404);
        assert_eq!(set.unwrap().status(), 404);
        mock.assert();
    }

    #[tokio::test]
    async fn a_path_parameter_is_expected_as_the_client_sends_it_and_not_as_a_pattern() {
        let server = httpmock::MockServer::start_async().await;
        server.mock(|when, then| {
            path(when, "^/api/{}/end$", &"a.(b");
            then.status(200);
        });
        let hit = reqwest::get(server.url("/api/a.%28b/end")).await;
        let miss = reqwest::get(server.url("/api/ax%28b/end")).await;
        assert_eq!(hit.unwrap().status(), 200);
        assert_eq!(miss.unwrap().status(), 404);
    }

    #[tokio::test]
    async fn headers_and_cookies_are_expected_as_the_client_sends_them() {
        let server = httpmock::MockServer::start_async().await;
        server.mock(|when, then| {
            let when = header(when, "x-ids", Style::Delimited(","), &[1, 2]);
            cookie(when, "session", Style::Delimited(","), &"a b");
            then.status(200);
        });
        let get = || {
            reqwest::Client::new()
                .get(server.url("/"))
                .header("x-ids", "1,2")
        };
        let hit = get().header("cookie", "session=a%20b").send().await;
        let miss = get().send().await;
        assert_eq!(hit.unwrap().status(), 200);
        assert_eq!(miss.unwrap().status(), 404);
    }
}
