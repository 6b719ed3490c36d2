//! What Ultravox sends to a server, and what the server answers: the features of `server`, as users call them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod events;
mod signatures;
mod support;
mod telephony;
mod tools;
