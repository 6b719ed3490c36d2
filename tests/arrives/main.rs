//! What Ultravox sends to a server, and the responses: the API of the feature `server`, as users
//! call it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod definitions;
#[path = "../conformance/document.rs"]
#[allow(dead_code, reason = "for the validator alone")]
mod document;
mod events;
#[path = "../conformance/json_schema.rs"]
mod json_schema;
mod signatures;
mod support;
mod telephony;
mod tools;
