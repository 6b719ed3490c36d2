//! What the tests of `refresh` and of `hostile` have in common: the fixture site, the program, and what it wrote.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use xtask::fetch::{Limits, Location, Reader};
use xtask::progress::Progress;
use xtask::refresh::{Fresh, Options, refresh};

/// The document of the fixture site.
pub const CANONICAL: &str = include_str!("../fixture-site.yaml");

pub const LIST: &str = "/api-reference/lamps/list.md";
pub const GET: &str = "/api-reference/lamps/get.md";

pub fn fixture_site() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture-site")
}

pub fn fixture(path: &str) -> String {
    fs::read_to_string(fixture_site().join(&path[1..])).unwrap()
}

/// The pages of the fixture site, by path.
pub fn pages() -> BTreeMap<String, String> {
    let mut pages = BTreeMap::new();
    collect(&fixture_site(), "", &mut pages);
    pages
}

fn collect(directory: &Path, under: &str, pages: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{under}/{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            collect(&path, &name, pages);
        } else {
            pages.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

/// A page of the fixture site with a part of it replaced.
#[track_caller]
pub fn replaced(path: &str, from: &str, to: &str) -> String {
    let text = fixture(path);
    assert!(text.contains(from), "{path} lacks {from:?}");
    text.replacen(from, to, 1)
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
pub async fn read(
    source: &str,
    limits: Limits,
    options: Options<'_>,
) -> (Result<Fresh, String>, String) {
    let notes = Notes::default();
    let progress = Progress::lines(Box::new(notes.clone()));
    let reader = Reader::new(limits).unwrap();
    let source = Location::parse(source).unwrap();
    let fresh = refresh(&source, options, &reader, &progress).await;
    let said = String::from_utf8(notes.0.lock().unwrap().clone()).unwrap();
    (fresh.map_err(|error| format!("{error:#}")), said)
}

/// The program itself. `update-spec` is without `cargo check`, which takes a minute and has a test of its own.
pub fn xtask(command: &str) -> Command {
    let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
    xtask.arg(command);
    if command == "update-spec" {
        xtask.arg("--no-cargo-check");
    }
    xtask
}

/// What the program wrote to stdout and to stderr.
#[track_caller]
pub fn exit(output: &Output, code: i32) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{out}\n{err}");
    (out, err)
}
