//! The build's error lines: the build script's work, done on documents in temporary directories.

// Helpers of tests, which clippy does not tell from other functions.
#![allow(clippy::panic, clippy::unwrap_used)]

mod operations;
mod output;
mod refused;
mod support;
mod types;
