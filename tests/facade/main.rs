//! The facade, through real HTTP on loopback: with the generated mocks where the server behaves, with
//! bytes of the test's own where it does not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod bodies;
#[cfg(ultravox_operation = "corpora_uploads_create")]
mod corpora;
mod environment;
mod errors;
#[cfg(ultravox_operation = "calls_recording_retrieve")]
mod files;
#[cfg(ultravox_operation = "sip_registrations_list")]
mod limits;
#[cfg(ultravox_operation = "models_list")]
mod pages;
mod redaction;
mod redirects;
#[cfg(ultravox_operation = "sip_registrations_list")]
mod registrations;
mod retries;
mod success;
mod support;
mod traits;
#[cfg(ultravox_operation = "voices_create_upload")]
mod uploads;
