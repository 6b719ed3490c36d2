//! Live sessions, as a program that joins calls meets them: against `ultravox::mock::live`, over the loopback
//! interface, or in memory where the clock is stopped.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod audio;
mod connecting;
mod data_connection;
mod ends;
mod faults;
mod messages;
mod support;
mod tls;
mod tools;
