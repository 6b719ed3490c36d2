//! Maintenance commands of the ultravox crate. Each is a function that writes to the writers it is
//! given, so that a test reads what a person reads.
//!
//! The refresh of the vendored document goes one way: `index` → `fetch` → `page` → `merge` →
//! `overlay` → `canonical` → `diff` → `report` and `store`; `refresh` and `commands` combine these
//! steps. In addition, `prose` compares the pages that our own facts rest on.

pub mod canonical;
pub mod codegen_stats;
pub mod commands;
pub mod conformance;
pub mod consumer_cost;
pub mod diff;
pub mod escape;
pub mod fetch;
pub mod generate;
pub mod index;
pub mod merge;
pub mod overlay;
pub mod package_check;
pub mod page;
pub mod progress;
pub mod prose;
pub mod refresh;
pub mod report;
pub mod servers;
pub mod stop;
pub mod store;
pub mod structure;
mod workspace;
pub mod yaml;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
