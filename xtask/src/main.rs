//! Maintenance commands of the ultravox crate. This file only dispatches.

fn main() {}
