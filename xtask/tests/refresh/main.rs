//! The refresh of a document, on the project's own fixture site and on sites that are broken or
//! malicious.

// Helpers of tests, which clippy does not tell from other functions.
#![allow(clippy::panic, clippy::unwrap_used, missing_docs)]

mod commands;
mod folder;
mod overlay;
mod pages;
mod prose;
mod refused;
mod site;
mod sources;
#[path = "../support/mod.rs"]
mod support;

use xtask::fetch::Limits;
use xtask::refresh::{Fresh, Options};

use self::site::{Answer, Server};
use self::support::replaced;

/// The document that a source gives, or why it gives none, and the messages.
async fn read(source: &str, limits: Limits) -> (Result<Fresh, String>, String) {
    support::read(source, limits, options(4)).await
}

fn options(jobs: usize) -> Options<'static> {
    Options {
        jobs,
        before: None,
        allow_shrink: false,
        overlay: None,
    }
}

async fn refusal(changed: &[(&str, Answer)]) -> String {
    let server = Server::with(changed).await;
    read(&server.root, Limits::default()).await.0.unwrap_err()
}

#[track_caller]
fn changed(path: &str, from: &str, to: &str) -> Answer {
    Answer::Page(replaced(path, from, to))
}
