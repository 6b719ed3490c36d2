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
mod texts;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use xtask::fetch::{Limits, Location, Reader};
use xtask::progress::Progress;
use xtask::refresh::{Fresh, Options, refresh};

/// The document of the fixture site.
const CANONICAL: &str = include_str!("../fixture-site.yaml");

const INDEX: &str = "/llms.txt";
const LIST: &str = "/api-reference/lamps/list.md";
const GET: &str = "/api-reference/lamps/get.md";

fn fixture_site() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture-site")
}

fn fixture(path: &str) -> String {
    std::fs::read_to_string(fixture_site().join(&path[1..])).unwrap()
}

#[track_caller]
fn replaced(path: &str, from: &str, to: &str) -> String {
    let text = fixture(path);
    assert!(text.contains(from), "{path} lacks {from:?}");
    text.replacen(from, to, 1)
}

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
async fn read(
    source: &str,
    before: Option<&Value>,
    allow_shrink: bool,
) -> (Result<Fresh, String>, String) {
    let notes = Notes::default();
    let progress = Progress::lines(Box::new(notes.clone()));
    let reader = Reader::new(limits()).unwrap();
    let source = Location::parse(source).unwrap();
    let options = Options {
        jobs: 4,
        before,
        allow_shrink,
        overlay: None,
    };
    let fresh = refresh(&source, options, &reader, &progress).await;
    let said = String::from_utf8(notes.0.lock().unwrap().clone()).unwrap();
    (fresh.map_err(|error| format!("{error:#}")), said)
}

/// The program itself, about the document in `file`, without `cargo check`.
fn update_spec(source: &str, file: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command
        .args([
            "update-spec",
            "--no-cargo-check",
            "--source",
            source,
            "--output",
        ])
        .arg(file);
    command
}

/// What the program wrote to stdout and to stderr.
#[track_caller]
fn exit(output: &Output, code: i32) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{out}\n{err}");
    (out, err)
}
