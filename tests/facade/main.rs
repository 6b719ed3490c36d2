//! The facade, through real HTTP on loopback: with the generated mocks where the server behaves, with
//! bytes of the test's own where it does not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod bodies;
mod environment;
mod errors;
mod redaction;
mod redirects;
mod retries;
mod success;
mod support;
mod traits;
