//! The file of hashes, `prose.yaml`, and the option that changes it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::str::FromStr;

use anyhow::{Context, Result, anyhow, ensure};
use serde::Deserialize;

use super::{SHOWN, address, path};
use crate::index::PUBLISHED;
use crate::yaml;

/// How many digits a hash has.
const DIGITS: usize = 64;

const HEAD: &str = "\
# The pages of prose that our own facts rest on (`overlay.yaml`, `messages.yaml` and the comments in `src/` name
# them), each with the SHA-256 of what it said when somebody last looked at it. README.md describes it.
# `cargo xtask update-spec --reviewed PAGE=HASH` writes it, and nothing else does.
pages:
";

/// The hashes of the pages as they were when somebody last looked at them, by address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    hashes: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    pages: BTreeMap<String, String>,
}

impl Record {
    /// Reads the text of the file.
    pub fn parse(text: &str) -> Result<Self> {
        let file: File = serde_json::from_value(yaml::parse(text)?)
            .context("it has no `pages` with a hash for each address")?;
        for (page, hash) in &file.pages {
            ensure!(
                path(page).is_some_and(|path| address(&path) == *page),
                "{page:?} is not the address of a page of {PUBLISHED}"
            );
            ensure!(
                hash.len() == DIGITS && is_hexadecimal(hash),
                "the hash of {page} is not {DIGITS} hexadecimal digits"
            );
        }
        Ok(Self { hashes: file.pages })
    }

    /// The text of the file.
    pub fn to_yaml(&self) -> String {
        let mut text = HEAD.to_owned();
        if self.hashes.is_empty() {
            text.truncate(text.trim_end().len());
            text.push_str(" {}\n");
        }
        for (page, hash) in &self.hashes {
            // Writing to a string does not fail.
            let _ = writeln!(text, "  {page}: '{hash}'");
        }
        text
    }

    /// The hash of a page.
    pub fn get(&self, page: &str) -> Option<&str> {
        self.hashes.get(page).map(String::as_str)
    }

    /// The pages, sorted.
    pub fn pages(&self) -> BTreeSet<String> {
        self.hashes.keys().cloned().collect()
    }

    pub(super) fn set(&mut self, page: String, hash: String) {
        self.hashes.insert(page, hash);
    }

    pub(super) fn retain(&mut self, pages: &BTreeSet<String>) {
        self.hashes.retain(|page, _| pages.contains(page));
    }
}

/// A page that somebody has looked at, and the beginning of its hash in the report. Without the
/// hash, a page that changed in the meantime would count as looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reviewed {
    /// Its address, or its path below the root of the site.
    pub page: String,
    /// At least as many digits as the report shows.
    pub hash: String,
}

impl FromStr for Reviewed {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let (page, hash) = text
            .rsplit_once('=')
            .ok_or_else(|| anyhow!("it is PAGE=HASH, as the report shows it for each page"))?;
        ensure!(
            (SHOWN..=DIGITS).contains(&hash.len()) && is_hexadecimal(hash),
            "the hash is the {SHOWN} hexadecimal digits that the report shows, or more of them"
        );
        Ok(Self {
            page: page.to_owned(),
            hash: hash.to_ascii_lowercase(),
        })
    }
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
