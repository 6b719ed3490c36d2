//! What a hostile or broken server, file or stream can do to a client, with one line per case: what
//! is sent, and the expected outcome. Every server is on 127.0.0.1 and ends with its test.
#![cfg(all(
    ultravox_operation = "calls_recording_retrieve",
    ultravox_operation = "corpora_uploads_create",
    ultravox_operation = "models_list",
    ultravox_operation = "sip_retrieve",
    ultravox_operation = "voices_create",
    ultravox_operation = "webhooks_update"
))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod api;
mod bodies;
mod files;
mod redirects;
mod retries;
mod secrets;
mod server;
mod stages;
mod uploads;
