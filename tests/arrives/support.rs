//! Signed requests, and a verifier whose clock is at the time that they were made.

use chrono::{DateTime, Utc};
use ultravox::http::{HeaderMap, HeaderValue};
use ultravox::webhooks::{
    CONNECTION_CALL_ID_HEADER, CONNECTION_SIGNATURE_HEADER, CONNECTION_TIMESTAMP_HEADER,
    SIGNATURE_HEADER, TIMESTAMP_HEADER, Verifier,
};

pub const SECRET: &str = "whsec-test";
pub const TIMESTAMP: &str = "2026-01-02T03:04:05.678901+00:00";
pub const BODY: &str = r#"{"event":"call.ended","call":{}}"#;
/// The signature of these three.
pub const SIGNATURE: &str = "7a3d885032cc779d1eccd5f3d832a2496541b272329d950b839b30000d443ba0";

pub const SHARED_SECRET: &str = "shared-secret-16ch";
pub const CALL_ID: &str = "0c9b8a77-6655-4433-a221-100ffeeddccb";
/// The signature of these two and [`TIMESTAMP`].
pub const CONNECTION_SIGNATURE: &str =
    "7ba6deca9f879ac758dd3ea717aa5222d069a13654b24657ff186ab9d7ff3595";

/// A verifier whose clock is at `now`.
pub fn verifier_at<S: AsRef<str>>(now: &str, secrets: impl IntoIterator<Item = S>) -> Verifier {
    let now: DateTime<Utc> = now.parse().unwrap();
    Verifier::new(secrets).clock(move || now)
}

/// A verifier whose clock is half a second after [`TIMESTAMP`].
pub fn verifier<S: AsRef<str>>(secrets: impl IntoIterator<Item = S>) -> Verifier {
    verifier_at("2026-01-02T03:04:06.178901Z", secrets)
}

/// The headers of a webhook. Bytes that no header can hold are a test's error.
pub fn headers(timestamp: impl AsRef<[u8]>, signature: impl AsRef<[u8]>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(TIMESTAMP_HEADER, value(timestamp));
    headers.insert(SIGNATURE_HEADER, value(signature));
    headers
}

/// The headers of a data connection.
pub fn connection(call_id: impl AsRef<[u8]>, timestamp: &str, signature: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONNECTION_CALL_ID_HEADER, value(call_id));
    headers.insert(CONNECTION_TIMESTAMP_HEADER, value(timestamp));
    headers.insert(CONNECTION_SIGNATURE_HEADER, value(signature));
    headers
}

pub fn value(bytes: impl AsRef<[u8]>) -> HeaderValue {
    HeaderValue::from_bytes(bytes.as_ref()).unwrap()
}
