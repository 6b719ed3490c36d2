//! A folder with a copy of the fixture site, and beside it what was vendored of it.

use std::fs;
use std::path::PathBuf;

use super::support::{exit, pages, xtask};

pub struct Folder {
    directory: tempfile::TempDir,
}

impl Folder {
    /// The fixture site as it is, and nothing vendored yet.
    pub fn new() -> Self {
        Self::changed(|_, text| text)
    }

    /// The fixture site with each of its pages changed.
    pub fn changed(mut change: impl FnMut(&str, String) -> String) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let folder = Self { directory };
        for (page, text) in pages() {
            folder.write(&format!("site{page}"), &change(&page, text));
        }
        folder
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn read(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.path(name)).ok()
    }

    /// What was vendored.
    pub fn document(&self) -> Option<String> {
        self.read("harbour.yaml")
    }

    /// Writes the overlay beside the document.
    pub fn overlay(&self, actions: &str) {
        let overlay =
            format!("overlay: 1.0.0\ninfo: {{title: Facts, version: '1'}}\nactions:\n{actions}\n");
        self.write("overlay.yaml", &overlay);
    }

    /// Runs the program on the site, and returns the report and the messages.
    #[track_caller]
    pub fn run(&self, arguments: &[&str], code: i32) -> (String, String) {
        self.run_from("site", arguments, code)
    }

    #[track_caller]
    pub fn run_from(&self, source: &str, arguments: &[&str], code: i32) -> (String, String) {
        let mut xtask = xtask(arguments[0]);
        xtask.args(&arguments[1..]);
        xtask.arg("--source").arg(self.path(source));
        xtask.arg("--output").arg(self.path("harbour.yaml"));
        exit(&xtask.output().unwrap(), code)
    }
}
