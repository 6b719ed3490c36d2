//! What a site, a server, a file or an impatient user can do to a refresh, and the expected result,
//! with one line per case. The servers are on 127.0.0.1.
//!
//! No case may result in a document that is not the site's, a message that controls what displays it,
//! or a command that does not end.

// Signals, FIFOs and links are those of Unix.
#![cfg(unix)]
// Helpers of tests, which clippy does not tell from other functions.
#![allow(clippy::panic, clippy::unwrap_used, missing_docs)]

mod connections;
mod files;
mod proof;
mod prose;
mod secrets;
mod server;
mod soft_404;
mod stopping;
#[path = "../support/mod.rs"]
mod support;
mod texts;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use xtask::fetch::Limits;
use xtask::refresh::{Fresh, Options};

use self::support::{CANONICAL, GET, LIST, exit, fixture, fixture_site, replaced};

const INDEX: &str = "/llms.txt";

/// Small and short, so that what never ends reaches them soon.
fn limits() -> Limits {
    Limits {
        page_bytes: 64 << 10,
        total_bytes: 1 << 20,
        attempt: Duration::from_millis(400),
        page: Duration::from_secs(5),
        total: Duration::from_secs(20),
        first_wait: Duration::from_millis(1),
    }
}

/// The document that a source gives, or why it gives none, and the messages.
async fn read(
    source: &str,
    before: Option<&Value>,
    allow_shrink: bool,
) -> (Result<Fresh, String>, String) {
    let options = Options {
        jobs: 4,
        before,
        allow_shrink,
        overlay: None,
    };
    support::read(source, limits(), options).await
}

/// The program itself, about the document in `file`, without `cargo check`.
fn update_spec(source: &str, file: &Path) -> Command {
    let mut command = support::xtask("update-spec");
    command.args(["--source", source, "--output"]).arg(file);
    command
}
