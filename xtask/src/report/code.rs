//! The hand-written code that names what changed.
//!
//! It is found by name, in text: nothing is compiled or parsed. A name that others have as well is found too often,
//! and a value whose type is inferred not at all, so the compiler has the last word.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::Result;

use super::Report;
use crate::workspace;

/// How many lines of code are shown for one item.
const MOST_USES: usize = 5;

/// The crate that uses the document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Code {
    /// Its version.
    pub version: Option<String>,
    /// Its hand-written files, as path and text, in the order of a report.
    pub files: Vec<(String, String)>,
}

impl Code {
    /// The folders that are searched.
    pub const FOLDERS: [&'static str; 2] = ["src", "examples"];

    /// Reads the crate in a folder: its manifest, and its folders [`FOLDERS`](Self::FOLDERS).
    pub fn read(root: &Path) -> Result<Self> {
        let manifest = fs::read_to_string(root.join("Cargo.toml"))?;
        let mut files = Vec::new();
        for folder in Self::FOLDERS {
            for (name, path) in workspace::files(root, folder)? {
                if name.ends_with(".rs") || name.ends_with(".md") {
                    files.push((name, fs::read_to_string(path)?));
                }
            }
        }
        files.sort();
        Ok(Self {
            version: version(&manifest).map(str::to_owned),
            files,
        })
    }
}

/// The version of the package that a manifest describes.
fn version(manifest: &str) -> Option<&str> {
    let (_, package) = manifest.split_once("[package]\n")?;
    let package = package.split("\n[").next()?;
    let line = package
        .lines()
        .find_map(|line| line.strip_prefix("version = \""));
    line?.strip_suffix('"')
}

/// A line of code that names a changed item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Use {
    pub(super) item: String,
    pub(super) file: String,
    pub(super) line: usize,
    /// The line itself.
    pub(super) text: String,
}

/// The code that names what changed.
pub(super) struct Uses {
    pub(super) found: Vec<Use>,
    /// How many items were searched for.
    items: usize,
    /// Lines that are not shown.
    more: usize,
    /// Whether there was code to search.
    searched: bool,
    /// Whether the items are known.
    compared: bool,
}

impl Uses {
    /// What to do with it, in words.
    pub(super) fn words(&self) -> String {
        let folders = Code::FOLDERS
            .map(|folder| format!("{folder}/"))
            .join(" and ");
        if !self.compared {
            return format!(
                "No code of {folders} was searched, because the Rust APIs were not compared."
            );
        }
        if !self.searched {
            return format!("No code was searched: {folders} cannot be read.");
        }
        if self.items == 0 {
            return format!("No item of the Rust API that code of {folders} could name changed.");
        }
        let searched = format!(
            "the name of a changed item ({} searched for); the compiler has the last word",
            self.items
        );
        if self.found.is_empty() {
            return format!("No line of {folders} has {searched}.");
        }
        let more = match self.more {
            0 => String::new(),
            more => format!("; {more} more are not shown"),
        };
        format!("Look at the lines of {folders} with {searched}{more}:")
    }
}

/// Searches the code for the items that changed or are gone.
pub(super) fn uses(report: &Report<'_>) -> Uses {
    let mut items = BTreeSet::new();
    for change in &report.diff.changes {
        // No code names what is new. An implementation of a trait is used without its name.
        let known = change.api.iter().filter(|item| {
            let has_name = ["types::", "operations::", "client."];
            item.old.is_some() && has_name.iter().any(|start| item.item.starts_with(start))
        });
        items.extend(known.map(|item| item.item.as_str()));
    }
    let files = &report.about.code.files;
    let mut uses = Uses {
        found: Vec::new(),
        items: items.len(),
        more: 0,
        searched: !files.is_empty(),
        compared: report.diff.not_generated.is_none(),
    };
    let wanted: BTreeSet<_> = items
        .iter()
        .flat_map(|item| {
            let (name, parent) = names(item);
            [Some(name.to_owned()), parent]
        })
        .flatten()
        .collect();
    let words: Vec<_> = files
        .iter()
        .map(|(path, text)| (path, words(text, &wanted)))
        .collect();
    for item in items {
        let (name, parent) = names(item);
        let lines = words
            .iter()
            .filter(|(_, words)| {
                parent
                    .as_deref()
                    .is_none_or(|parent| words.contains_key(parent))
            })
            .flat_map(|(path, words)| {
                let lines = words.get(name).into_iter().flatten();
                lines.map(move |word| (path, word))
            })
            .filter(|(_, word)| parent.is_none() || word.is_part);
        let mut lines: Vec<_> = lines.collect();
        lines.sort_by_key(|(path, word)| kind(path, word.text));
        for (count, (path, word)) in lines.into_iter().enumerate() {
            if count >= MOST_USES {
                uses.more += 1;
                continue;
            }
            uses.found.push(Use {
                item: item.to_owned(),
                file: (*path).clone(),
                line: word.line,
                text: word.text.trim().to_owned(),
            });
        }
    }
    fn order(of: &Use) -> (Kind, &str, usize, &str) {
        (kind(&of.file, &of.text), &of.file, of.line, &of.item)
    }
    uses.found.sort_by(|a, b| order(a).cmp(&order(b)));
    uses
}

/// What kind of line this is. What stops compiling comes first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Source,
    Example,
    Comment,
    Prose,
}

fn kind(path: &str, line: &str) -> Kind {
    if path.ends_with(".md") {
        Kind::Prose
    } else if line.trim_start().starts_with("//") {
        Kind::Comment
    } else if path.starts_with("src/") {
        Kind::Source
    } else {
        Kind::Example
    }
}

/// The last name of an item, and the name before it, which a file that uses the item has as well:
/// `types::Voice::preview_url` is `preview_url` in a file with `Voice`, `client.agents().create` is `create` in
/// one with `agents`. No code names the type of a call: `operations::AgentsList::page_size()` is `page_size` in
/// a file with `agents`.
fn names(item: &str) -> (&str, Option<String>) {
    let mut names = item
        .split(|character| !is_name(character))
        .filter(|name| !name.is_empty());
    let name = names.next_back().unwrap_or(item);
    let parent = names.next_back();
    let parent = parent.filter(|parent| !matches!(*parent, "types" | "client"));
    let first_word = |name: &str| {
        let mut characters = name.char_indices().skip(1);
        let end = characters.find(|(_, character)| character.is_uppercase());
        let word = name.get(..end.map_or(name.len(), |(end, _)| end));
        word.unwrap_or(name).to_lowercase()
    };
    let parent = parent.map(|parent| match item.starts_with("operations::") {
        true => first_word(parent),
        false => parent.to_owned(),
    });
    (name, parent)
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// A line that has a name.
struct Word<'t> {
    /// From 1 on.
    line: usize,
    text: &'t str,
    /// Whether it is a part of something there: called, read, set, or named by its path.
    is_part: bool,
}

/// The lines of a text that have one of `names`, each line once for each name.
fn words<'t>(text: &'t str, names: &BTreeSet<String>) -> BTreeMap<&'t str, Vec<Word<'t>>> {
    let mut found: BTreeMap<&str, Vec<Word<'_>>> = BTreeMap::new();
    for (line, text) in (1..).zip(text.lines()) {
        let mut rest = text;
        while let Some(start) = rest.find(is_name) {
            let (between, word) = rest.split_at(start);
            let end = word.find(|character| !is_name(character));
            let (word, after) = word.split_at(end.unwrap_or(word.len()));
            let is_part = between.ends_with(['.', ':']) || after.starts_with([':', '(']);
            if names.contains(word) {
                let lines = found.entry(word).or_default();
                match lines.last_mut() {
                    Some(last) if last.line == line => last.is_part |= is_part,
                    _ => lines.push(Word {
                        line,
                        text,
                        is_part,
                    }),
                }
            }
            rest = after;
        }
    }
    found
}
