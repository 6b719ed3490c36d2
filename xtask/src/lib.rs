//! Maintenance commands of the ultravox crate: one module a command, each a function that writes to
//! the writer it is given, so that a test reads what a person reads.

pub mod codegen_stats;
pub mod conformance;
pub mod diff;
pub mod package_check;
pub mod report;
mod workspace;
