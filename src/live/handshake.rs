//! The opening handshake of RFC 6455, by the HTTP client: so TLS and proxies are those of all other requests.

use std::sync::OnceLock;

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{StatusCode, Version};
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use url::Url;

use super::error::ConnectError;
use crate::redact::excerpt;

/// How much of the response to a refused handshake is read.
const MAX_REFUSAL: usize = 64 * 1024;

/// The URL of the handshake's request. Only its scheme differs.
pub(super) fn http_url(join_url: &str) -> Result<Url, ConnectError> {
    let invalid = |reason| ConnectError::InvalidUrl { reason };
    let mut url = Url::parse(join_url).map_err(|_| invalid("it is not a URL"))?;
    let scheme = match url.scheme() {
        "wss" | "https" => "https",
        "ws" | "http" => "http",
        _ => return Err(invalid("its scheme is neither wss nor ws")),
    };
    url.set_scheme(scheme)
        .map_err(|()| invalid("it is not the URL of a WebSocket"))?;
    if !url.has_host() {
        return Err(invalid("it has no host"));
    }
    Ok(url)
}

pub(super) fn client(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, String> {
    builder
        .redirect(reqwest::redirect::Policy::none())
        .http1_only()
        // A connection is one session; the others are done with.
        .pool_max_idle_per_host(0)
        .user_agent(crate::client::USER_AGENT)
        .build()
        .map_err(|error| error.to_string())
}

/// One for all sessions: to make one reads the certificates of the system.
pub(super) fn default_client() -> Result<reqwest::Client, ConnectError> {
    static CLIENT: OnceLock<reqwest::Client> = OnceLock::new();
    if let Some(client) = CLIENT.get() {
        return Ok(client.clone());
    }
    let client =
        client(reqwest::Client::builder()).map_err(|reason| ConnectError::Config { reason })?;
    Ok(CLIENT.get_or_init(|| client).clone())
}

/// A connection that is a WebSocket.
pub(super) async fn handshake(
    client: reqwest::Client,
    url: Url,
    headers: HeaderMap,
    host: String,
) -> Result<reqwest::Upgraded, ConnectError> {
    let key = generate_key();
    let secrets = secrets(&url);
    let request = client
        .get(url)
        .version(Version::HTTP_11)
        .headers(headers)
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_VERSION, "13")
        .header(header::SEC_WEBSOCKET_KEY, &key);
    let response = request
        .send()
        .await
        .map_err(|error| unconnected(error, host.clone()))?;
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Err(refused(response, &secrets).await);
    }
    accepted(response.headers(), &key)?;
    response
        .upgrade()
        .await
        .map_err(|error| unconnected(error, host))
}

fn unconnected(error: reqwest::Error, host: String) -> ConnectError {
    let source = error.without_url();
    match tls_failure(&source) {
        Some(reason) => ConnectError::Tls { host, reason },
        None => ConnectError::Connect { host, source },
    }
}

/// What the TLS library says, if it is what failed.
fn tls_failure(error: &reqwest::Error) -> Option<String> {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        source = cause.source();
        #[cfg(feature = "native-tls")]
        if cause.is::<native_tls::Error>() {
            // The network may have failed during the TLS handshake.
            return match source {
                Some(inner) if inner.is::<std::io::Error>() => None,
                _ => Some(excerpt(&cause.to_string())),
            };
        }
        // The type of rustls is not available here; the kind tells its errors from those of the network.
        if let Some(mut io) = cause.downcast_ref::<std::io::Error>() {
            // Errors of the network are wrapped as well.
            while let Some(inner) = io.get_ref().and_then(|inner| inner.downcast_ref()) {
                io = inner;
            }
            return match io.kind() {
                std::io::ErrorKind::InvalidData | std::io::ErrorKind::Other => {
                    Some(excerpt(&io.to_string()))
                }
                _ => None,
            };
        }
    }
    None
}

/// What a server says that does not open the session, without the parts of the URL that it may repeat.
async fn refused(mut response: reqwest::Response, secrets: &[String]) -> ConnectError {
    let status = response.status();
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_REFUSAL {
            break;
        }
    }
    let mut message = crate::refusal::message(&String::from_utf8_lossy(&body));
    for part in secrets {
        message = message.replace(part.as_str(), "…");
    }
    let message = excerpt(&message);
    ConnectError::Refused { status, message }
}

/// The parts of a URL that grant access: longer ones before those that they contain.
fn secrets(url: &Url) -> Vec<String> {
    let segments = url.path_segments().into_iter().flatten().map(str::to_owned);
    let values = url.query_pairs().map(|(_, value)| value.into_owned());
    let whole = [
        url.path().to_owned(),
        url.query().unwrap_or_default().to_owned(),
    ];
    // A word of the API's paths is no secret, and may be a word of the message.
    let segments = segments.filter(|segment| segment.len() >= 16);
    let mut parts: Vec<String> = whole.into_iter().chain(segments).chain(values).collect();
    parts.retain(|part| part.len() >= 4);
    parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
    parts
}

/// Whether the headers of a request or a response change its connection into a WebSocket.
pub(super) fn upgrades(headers: &HeaderMap) -> bool {
    lists(headers, header::CONNECTION, "upgrade") && lists(headers, header::UPGRADE, "websocket")
}

/// Whether a header, which may be repeated, lists this word.
pub(super) fn lists(headers: &HeaderMap, name: HeaderName, word: &str) -> bool {
    let values = headers.get_all(name).iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    let mut words = texts.flat_map(|text| text.split(',')).map(str::trim);
    words.any(|listed| listed.eq_ignore_ascii_case(word))
}

/// Whether it is a WebSocket server that has accepted.
fn accepted(headers: &HeaderMap, key: &str) -> Result<(), ConnectError> {
    let not = |reason| Err(ConnectError::NotWebSocket { reason });
    if !upgrades(headers) {
        return not("its response does not upgrade to one");
    }
    let expected = derive_accept_key(key.as_bytes());
    let accept = headers.get(header::SEC_WEBSOCKET_ACCEPT);
    if accept.map(HeaderValue::as_bytes) != Some(expected.as_bytes()) {
        return not("its `Sec-WebSocket-Accept` is not that of this request");
    }
    if headers.contains_key(header::SEC_WEBSOCKET_EXTENSIONS)
        || headers.contains_key(header::SEC_WEBSOCKET_PROTOCOL)
    {
        return not("it uses an extension or a protocol that was not asked for");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_may_repeat_a_header_instead_of_listing_its_values() {
        // The example of RFC 6455.
        let key = "dGhlIHNhbXBsZSBub25jZQ==";
        let accepts = |connection: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in connection {
                headers.append(header::CONNECTION, HeaderValue::from_static(value));
            }
            headers.insert(header::UPGRADE, HeaderValue::from_static("WebSocket"));
            let accept = HeaderValue::from_static("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
            headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
            accepted(&headers, key).is_ok()
        };
        assert!(accepts(&["keep-alive, Upgrade"]));
        assert!(accepts(&["keep-alive", "Upgrade"]));
        assert!(!accepts(&["keep-alive"]));
        assert!(!accepts(&[]));
    }
}
