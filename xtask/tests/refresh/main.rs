//! The refresh of a document, on the project's own fixture site and on sites that are broken or
//! malicious.

// Helpers of tests, which clippy does not tell from other functions.
#![allow(clippy::panic, clippy::unwrap_used, missing_docs)]

mod commands;
mod refused;
mod site;
mod sources;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use xtask::fetch::{Limits, Location, Reader};
use xtask::progress::Progress;
use xtask::refresh::{Fresh, Options, refresh};

use self::site::{Answer, Server};

const CANONICAL: &str = include_str!("../fixture-site.yaml");

fn fixture_site() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture-site")
}

#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Notes {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The document that a source gives, or why it gives none, and the messages.
async fn read(source: &str, limits: Limits) -> (Result<Fresh, String>, String) {
    let notes = Notes::default();
    let progress = Progress::lines(Box::new(notes.clone()));
    let reader = Reader::new(limits).unwrap();
    let source = Location::parse(source).unwrap();
    let fresh = refresh(&source, options(4), &reader, &progress).await;
    let said = String::from_utf8(notes.0.lock().unwrap().clone()).unwrap();
    (fresh.map_err(|error| format!("{error:#}")), said)
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

const LIST: &str = "/api-reference/lamps/list.md";
const GET: &str = "/api-reference/lamps/get.md";

fn fixture(path: &str) -> String {
    fs::read_to_string(fixture_site().join(&path[1..])).unwrap()
}

#[track_caller]
fn changed(path: &str, from: &str, to: &str) -> Answer {
    let text = fixture(path);
    assert!(text.contains(from), "{path} lacks {from:?}");
    Answer::Page(text.replacen(from, to, 1))
}
