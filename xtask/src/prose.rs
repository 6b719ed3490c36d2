//! The pages of prose that facts of ours rest on: an overlay's actions, the documents that the project writes
//! itself, and the comments of its sources each name theirs.
//!
//! `prose.yaml` has a hash of what each said when somebody last read it. A person must look at a page
//! that has changed or is gone: what rests on it may no longer be true. This is not drift of the API,
//! and no release depends on it. Nothing is written here.

mod record;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io;

use anyhow::{Context, Result, bail, ensure};
use futures_util::{StreamExt, stream};
use serde_json::Value;
use sha2::{Digest, Sha256};
use url::Url;

pub use record::{Record, Reviewed};

use crate::fetch::{Failure, Kind, Location, Reader};
use crate::index::PUBLISHED;
use crate::overlay::Overlay;
use crate::page;

/// How many digits of a hash are shown, and needed to record that a page was looked at.
const SHOWN: usize = 12;

/// What of ours rests on each page, by the path of the page below the site's root, without `.md`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Basis {
    pages: BTreeMap<String, Vec<String>>,
    /// Addresses that are not pages of the site.
    elsewhere: BTreeMap<String, Vec<String>>,
}

impl Basis {
    /// Adds the actions of an overlay, which messages call `name`.
    pub fn add_overlay(&mut self, name: &str, overlay: &Overlay) {
        for (number, description, page) in overlay.facts() {
            self.add(page, format!("{name}, action {number}: {description}"));
        }
    }

    /// Adds what a document of our own says of its pages: every `x-page`, and every `externalDocs`.
    pub fn add_document(&mut self, name: &str, document: &Value) {
        let mut location = Vec::new();
        self.walk(name, document, &mut location);
    }

    fn walk<'d>(&mut self, name: &str, value: &'d Value, location: &mut Vec<&'d str>) {
        match value {
            Value::Object(object) => {
                let own = object.get("x-page");
                let docs = value.pointer("/externalDocs/url");
                for page in [own, docs].into_iter().flatten().filter_map(Value::as_str) {
                    let what = match location.as_slice() {
                        [] => name.to_owned(),
                        ["components", "schemas", rest @ ..] => {
                            format!("{name}, schema {}", rest.join(" > "))
                        }
                        steps => format!("{name}, {}", steps.join(" > ")),
                    };
                    self.add(page, what);
                }
                for (key, value) in object {
                    location.push(key);
                    self.walk(name, value, location);
                    location.pop();
                }
            }
            Value::Array(items) => {
                for item in items {
                    self.walk(name, item, location);
                }
            }
            _ => {}
        }
    }

    /// Adds the pages whose addresses are in the text of a source file.
    pub fn add_source(&mut self, name: &str, text: &str) {
        for (start, _) in text.match_indices(PUBLISHED) {
            let address = &text[start..];
            let is_part = |c: char| c.is_ascii_alphanumeric() || "/:.-_~%#?=&+".contains(c);
            let end = address.find(|c| !is_part(c)).unwrap_or(address.len());
            let address = address[..end].trim_end_matches(['.', ':', '?']);
            // The site itself is not a page.
            if path(address).is_some() {
                self.add(address, name.to_owned());
            }
        }
    }

    fn add(&mut self, page: &str, what: String) {
        let rests = match path(page) {
            Some(path) => self.pages.entry(path).or_default(),
            None => self.elsewhere.entry(page.to_owned()).or_default(),
        };
        if !rests.contains(&what) {
            rests.push(what);
        }
    }

    /// Removes the pages that describe operations. Their text is part of the API's document, so that
    /// the report has its changes already.
    pub fn without_operations(&mut self, document: &Value) {
        for (_, _, operation) in crate::structure::operations(document) {
            let page = operation.pointer("/externalDocs/url");
            if let Some(path) = page.and_then(Value::as_str).and_then(path) {
                self.pages.remove(&path);
            }
        }
    }

    /// How many pages there are.
    pub fn len(&self) -> usize {
        self.pages.len() + self.elsewhere.len()
    }

    /// Whether nothing rests on any page.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The addresses of the pages of the site.
    pub fn addresses(&self) -> BTreeSet<String> {
        self.pages.keys().map(|path| address(path)).collect()
    }
}

/// The path of a page below the site's root, without `.md`, query and fragment.
fn path(page: &str) -> Option<String> {
    let mut url = Url::parse(page).ok()?;
    url.set_query(None);
    url.set_fragment(None);
    let path = url.as_str().strip_prefix(PUBLISHED)?;
    let path = path.trim_end_matches('/');
    let path = path.strip_suffix(".md").unwrap_or(path);
    (!path.is_empty()).then(|| path.to_owned())
}

/// Where people read a page.
fn address(path: &str) -> String {
    format!("{PUBLISHED}{path}")
}

/// A page to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its address.
    pub page: String,
    /// What is wrong with it.
    pub state: State,
    /// What of ours rests on it.
    pub rests: Vec<String>,
}

/// What is wrong with a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It has changed since somebody last looked at it. This is the hash of its text.
    Changed(String),
    /// Nobody has recorded that they looked at it. This is the hash of its text.
    New(String),
    /// The site has no such page.
    Gone,
    /// It could not be read, for this reason.
    Unread(String),
}

impl State {
    /// Its name in reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Changed(_) => "changed",
            Self::New(_) => "new",
            Self::Gone => "gone",
            Self::Unread(_) => "unread",
        }
    }

    /// The hash of the page's text, if it has one.
    pub fn hash(&self) -> Option<&str> {
        match self {
            Self::Changed(hash) | Self::New(hash) => Some(hash),
            Self::Gone | Self::Unread(_) => None,
        }
    }
}

impl Finding {
    /// A description for people.
    pub fn explanation(&self) -> String {
        match &self.state {
            State::Changed(_) => "it says something else than when it was last looked at".to_owned(),
            State::New(_) => "nobody has looked at it yet".to_owned(),
            State::Gone => {
                "the site no longer has it; find the page that states it now, or remove what rests on it"
                    .to_owned()
            }
            State::Unread(reason) => format!("it could not be read: {reason}"),
        }
    }

    /// The option of `update-spec` that says that somebody has looked at it.
    pub fn option(&self) -> Option<String> {
        let hash = self.state.hash()?;
        let path = path(&self.page)?;
        Some(format!("--reviewed {path}={}", hash.get(..SHOWN)?))
    }
}

/// The pages as they were read.
#[derive(Debug, Default)]
pub struct Read {
    pages: BTreeMap<String, Result<String, State>>,
}

/// Reads the pages, `jobs` at a time. One that cannot be read is no error.
pub async fn read(root: &Location, basis: &Basis, reader: &Reader, jobs: usize) -> Read {
    let pages = stream::iter(basis.pages.keys().map(async |path| {
        let location = root.below(&format!("{path}.md"));
        let text = reader.read(&location, Kind::Page, false).await;
        let hash = text.map_err(|error| unread(&error)).and_then(|text| {
            let text = normal(&text).map_err(|error| State::Unread(format!("{error:#}")))?;
            Ok(hash(&text))
        });
        (path.clone(), hash)
    }));
    Read {
        pages: pages.buffer_unordered(jobs).collect().await,
    }
}

fn unread(error: &anyhow::Error) -> State {
    let status = |status: &reqwest::StatusCode| matches!(status.as_u16(), 404 | 410);
    let missing = match (
        error.downcast_ref::<Failure>(),
        error.downcast_ref::<io::Error>(),
    ) {
        (Some(Failure::Status { status: code, .. }), _) => status(code),
        (_, Some(error)) => error.kind() == io::ErrorKind::NotFound,
        _ => false,
    };
    if missing {
        State::Gone
    } else {
        State::Unread(format!("{error:#}"))
    }
}

/// The part of a page that is hashed: its text from the title on, because what is above is the same on
/// each page of the site. Spaces at the ends of lines, empty lines and the kind of line breaks are
/// ignored.
fn normal(text: &str) -> Result<String> {
    let text = page::expect_markdown(text)?;
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    let title = lines.iter().position(|line| line.starts_with("# "));
    let mut normal = String::with_capacity(text.len());
    for line in lines.iter().skip(title.unwrap_or(0)) {
        if !line.is_empty() {
            normal.push_str(line);
            normal.push('\n');
        }
    }
    ensure!(!normal.is_empty(), "it is empty");
    Ok(normal)
}

fn hash(text: &str) -> String {
    let mut hex = String::new();
    for byte in Sha256::digest(text) {
        // Writing to a string does not fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

impl Read {
    /// The record with the pages that somebody confirmed, as they are now, and without those that
    /// nothing rests on any more. It is an error if a page is no longer what was looked at.
    pub fn reviewed(&self, record: &Record, reviewed: &[Reviewed]) -> Result<Record> {
        let mut record = record.clone();
        for Reviewed { page, hash: seen } in reviewed {
            let named = || format!("--reviewed {page}={seen}");
            let path = path(page)
                .or_else(|| path(&address(page.trim_start_matches('/'))))
                .unwrap_or_default();
            let Some(now) = self.pages.get(&path) else {
                return Err(anyhow::anyhow!("nothing of ours rests on this page"))
                    .with_context(named);
            };
            match now {
                Ok(hash) if hash.starts_with(seen) => record.set(address(&path), hash.clone()),
                Ok(hash) => {
                    let now = &hash[..SHOWN.min(hash.len())];
                    return Err(anyhow::anyhow!(
                        "the page is {now} now, not what was looked at; look at it again"
                    ))
                    .with_context(named);
                }
                Err(state) => bail!(
                    "{}: the page {} {}",
                    named(),
                    address(&path),
                    match state {
                        State::Unread(reason) => format!("could not be read: {reason}"),
                        _ => "is gone; change what rests on it, and there is nothing to look at"
                            .to_owned(),
                    }
                ),
            }
        }
        let pages: BTreeSet<_> = self.pages.keys().map(|path| address(path)).collect();
        record.retain(&pages);
        Ok(record)
    }

    /// The pages to look at, by their addresses.
    pub fn findings(&self, basis: &Basis, record: &Record) -> Vec<Finding> {
        let of_the_site = basis.pages.iter().filter_map(|(path, rests)| {
            let page = address(path);
            let state = match self.pages.get(path)? {
                Ok(hash) => match record.get(&page) {
                    Some(known) if known == hash => return None,
                    Some(_) => State::Changed(hash.clone()),
                    None => State::New(hash.clone()),
                },
                Err(state) => state.clone(),
            };
            Some((page, state, rests))
        });
        let elsewhere = basis.elsewhere.iter().map(|(page, rests)| {
            let reason = format!("it is no page of {PUBLISHED}, and not read");
            (page.clone(), State::Unread(reason), rests)
        });
        let mut findings: Vec<_> = of_the_site
            .chain(elsewhere)
            .map(|(page, state, rests)| Finding {
                page,
                state,
                rests: rests.clone(),
            })
            .collect();
        findings.sort_by(|a, b| a.page.cmp(&b.page));
        findings
    }
}

#[cfg(test)]
mod tests;
