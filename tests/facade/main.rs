//! The facade, through real HTTP on loopback: with the generated mocks if the server behaves, and
//! with the test's own bytes if it does not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod bodies;
#[cfg(ultravox_operation = "sip_registrations_list")]
mod calls;
#[cfg(ultravox_operation = "corpora_uploads_create")]
mod corpora;
mod environment;
mod errors;
#[cfg(all(
    ultravox_operation = "agents_create",
    ultravox_operation = "tools_create",
    ultravox_operation = "voices_create"
))]
mod extra;
#[cfg(all(
    ultravox_operation = "calls_recording_retrieve",
    ultravox_operation = "voices_preview_retrieve"
))]
mod files;
#[cfg(all(
    ultravox_operation = "agents_calls_create",
    ultravox_operation = "calls_list",
    ultravox_operation = "sip_registrations_list"
))]
mod ids;
#[cfg(all(
    ultravox_operation = "agents_list",
    ultravox_operation = "sip_registrations_list"
))]
mod limits;
#[cfg(ultravox_operation = "calls_recording_retrieve")]
mod locations;
#[cfg(ultravox_operation = "send_data_message_to_call")]
mod messages;
#[cfg(ultravox_operation = "models_list")]
mod pages;
mod redaction;
mod redirects;
#[cfg(ultravox_operation = "sip_registrations_list")]
mod registrations;
mod requests;
mod retries;
mod success;
mod support;
mod traits;
#[cfg(all(
    ultravox_operation = "agents_calls_create",
    ultravox_operation = "sip_registrations_partial_update",
    ultravox_operation = "webhooks_update"
))]
mod updates;
#[cfg(all(
    ultravox_operation = "tools_create",
    ultravox_operation = "voices_create"
))]
mod uploads;
