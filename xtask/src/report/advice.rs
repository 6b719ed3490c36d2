//! What a maintainer does about the changes: the release, the entry of the changelog, and the code that names
//! what changed.
//!
//! The code is found by name, in text: this does not compile anything, and the compiler has the last word.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

use super::{Entry, Report, counted, name, plural, rows, with};
use crate::diff::{Check, Part, Severity};
use crate::escape::{code, controls};

/// Where the entry goes.
pub(super) const PASTE: &str = "Paste into CHANGELOG.md, below [Unreleased]:";

/// How many lines of code are shown for one item.
const MOST_USES: usize = 5;

/// Up to which length values and types are in a line of the changelog.
const LONGEST_VALUES: usize = 80;

/// How many items of the Rust API, or locations, one line of the changelog names.
const MOST_ITEMS: usize = 3;

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
    pub fn read(root: &Path) -> io::Result<Self> {
        let manifest = fs::read_to_string(root.join("Cargo.toml"))?;
        let mut files = Vec::new();
        for folder in Self::FOLDERS {
            read_folder(root, folder, &mut files)?;
        }
        files.sort();
        Ok(Self {
            version: version(&manifest).map(str::to_owned),
            files,
        })
    }
}

fn read_folder(root: &Path, folder: &str, files: &mut Vec<(String, String)>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let path = format!("{folder}/{name}");
        let kind = entry.file_type()?;
        if kind.is_dir() {
            read_folder(root, &path, files)?;
        } else if kind.is_file() && (name.ends_with(".rs") || name.ends_with(".md")) {
            files.push((path, fs::read_to_string(entry.path())?));
        }
    }
    Ok(())
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

/// The version after the next release, if the present one is known and has no suffix.
pub(super) fn next(version: &str, since_one: Part, before_one: Part) -> Option<String> {
    let mut numbers = [0_u64; 3];
    let mut parts = version.split('.');
    for number in &mut numbers {
        *number = parts.next()?.parse().ok()?;
    }
    let [major, minor, patch] = numbers;
    let part = if major == 0 { before_one } else { since_one };
    Some(match part {
        Part::Major => format!("{}.0.0", major.checked_add(1)?),
        Part::Minor => format!("{major}.{}.0", minor.checked_add(1)?),
        Part::Patch => format!("{major}.{minor}.{}", patch.checked_add(1)?),
    })
}

/// The versions now and after the release that the changes ask for.
pub(super) fn versions(report: &Report<'_>) -> Option<(String, String)> {
    let version = report.about.code.version.clone()?;
    let bump = report.diff.bump()?;
    let next = next(&version, bump.since_one, bump.before_one)?;
    Some((version, next))
}

/// The release that the changes ask for, in a sentence.
pub(super) fn release(report: &Report<'_>) -> String {
    let release = super::release(report.diff).unwrap_or_default();
    match versions(report) {
        Some((now, next)) => format!("Release at least {next}, after {now}: a {release}."),
        None => format!("Make a {release}."),
    }
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
        let items = counted(self.items, "changed item");
        if self.found.is_empty() {
            return format!(
                "No line of {folders} has the name of one of {items}; the compiler has the last word."
            );
        }
        let more = match self.more {
            0 => String::new(),
            more => format!(" ({more} more are not shown)"),
        };
        format!(
            "Look at the lines of {folders} that have the name of one of {items}{more}; the compiler has the last word:"
        )
    }
}

/// Searches the code for the items that changed or are gone.
pub(super) fn uses(report: &Report<'_>) -> Uses {
    let mut items = BTreeSet::new();
    for change in &report.diff.changes {
        // No code names what is new. An implementation of a trait is used without its name.
        let known = change.api.iter().filter(|item| {
            let has_name = ["types::", "client."];
            item.old.is_some() && has_name.iter().any(|start| item.item.starts_with(start))
        });
        items.extend(known.map(|item| item.item.clone()));
    }
    let files = &report.about.code.files;
    let mut uses = Uses {
        found: Vec::new(),
        items: items.len(),
        more: 0,
        searched: !files.is_empty(),
        compared: report.diff.not_generated.is_none(),
    };
    for item in items {
        let mut count = 0;
        for (file, text) in files {
            let needle = Needle::of(&item);
            if !needle.in_file(text) {
                continue;
            }
            for (index, line) in text.lines().enumerate() {
                if !needle.in_line(line) {
                    continue;
                }
                count += 1;
                if count > MOST_USES {
                    uses.more += 1;
                    continue;
                }
                uses.found.push(Use {
                    item: item.clone(),
                    file: file.clone(),
                    line: index + 1,
                    text: line.trim().to_owned(),
                });
            }
        }
    }
    uses.found.sort_by(|a, b| {
        let key = |found: &Use| (found.file.clone(), found.line, found.item.clone());
        key(a).cmp(&key(b))
    });
    uses
}

/// What a use of an item looks like.
struct Needle<'i> {
    /// The last name of the item: a type, a field, a variant, a method.
    name: &'i str,
    /// The name before it, which the file of a use has as well.
    parent: Option<&'i str>,
}

impl<'i> Needle<'i> {
    /// `types::Voice::preview_url` is `preview_url` in a file that has `Voice`, `client.agents().create` is
    /// `create` in one that has `agents`.
    fn of(item: &'i str) -> Self {
        let mut names = item
            .split(|c: char| !is_name(c))
            .filter(|name| !name.is_empty());
        let name = names.next_back().unwrap_or(item);
        let parent = names.next_back();
        let parent = parent.filter(|parent| !matches!(*parent, "types" | "client"));
        Self { name, parent }
    }

    fn in_file(&self, text: &str) -> bool {
        self.parent
            .is_none_or(|parent| words(text, parent).next().is_some())
    }

    fn in_line(&self, line: &str) -> bool {
        words(line, self.name).any(|at| {
            let before = line.get(..at).unwrap_or_default();
            let after = line.get(at + self.name.len()..).unwrap_or_default();
            // A part of something: it is called, read, set or named by its path.
            self.parent.is_none() || before.ends_with(['.', ':']) || after.starts_with([':', '('])
        })
    }
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Where a name occurs as a whole word.
fn words<'t>(text: &'t str, name: &'t str) -> impl Iterator<Item = usize> + 't {
    text.match_indices(name)
        .filter(move |(at, _)| {
            let before = text
                .get(..*at)
                .and_then(|before| before.chars().next_back());
            let after = text
                .get(at + name.len()..)
                .and_then(|after| after.chars().next());
            !before.is_some_and(is_name) && !after.is_some_and(is_name)
        })
        .map(|(at, _)| at)
}

/// A heading of a changelog, in the order of Keep a Changelog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Section {
    Added,
    Changed,
    Deprecated,
    Removed,
}

impl Section {
    fn of(check: Check) -> Self {
        match check.name() {
            name if name.ends_with("undeprecated") => Self::Changed,
            name if name.ends_with("deprecated") => Self::Deprecated,
            name if name.contains("-added") => Self::Added,
            name if name.ends_with("-removed") => Self::Removed,
            _ => Self::Changed,
        }
    }
}

/// The entry for the changelog: Markdown, with a line for each entry that is more than documentation.
pub(super) fn changelog(report: &Report<'_>) -> String {
    let mut sections: BTreeMap<Section, Vec<String>> = BTreeMap::new();
    for entry in &report.entries {
        if entry.severity == Severity::Documentation {
            continue;
        }
        if let Some((section, line)) = changelog_line(entry) {
            sections.entry(section).or_default().push(line);
        }
    }
    let documentation = report.count(Severity::Documentation);
    if documentation > 0 {
        let line = format!(
            "The API's documentation, in {}.",
            counted(documentation, "place")
        );
        sections.entry(Section::Changed).or_default().push(line);
    }
    let mut text = String::new();
    for (section, lines) in sections {
        if !text.is_empty() {
            text.push('\n');
        }
        // Writing to a string does not fail.
        let _ = writeln!(text, "### {section:?}\n");
        for line in lines {
            let _ = writeln!(text, "- {line}");
        }
    }
    text
}

fn changelog_line(entry: &Entry<'_>) -> Option<(Section, String)> {
    let rows = rows(entry);
    let severity = rows.iter().map(|row| row.severity).max()?;
    // Of equally severe ones the first.
    let worst = rows.iter().find(|row| row.severity == severity)?;
    let section = Section::of(worst.check);
    let mut line = String::new();
    if entry.severity == Severity::Breaking {
        line.push_str("**Breaking:** ");
    }
    let items = items(entry);
    if items.is_empty() {
        line.push_str(&places(entry));
    } else {
        line.push_str(&items);
    }
    // Where the section says it all, or the types do, nothing is added.
    let is_told = match worst.check {
        Check::OperationAdded | Check::OperationRemoved | Check::OperationDeprecated => true,
        Check::SchemaAdded | Check::SchemaRemoved | Check::Deprecated => true,
        Check::RustApiChanged => !items.is_empty(),
        _ => false,
    };
    // Writing to a string does not fail.
    if !is_told {
        let mut told: Vec<_> = rows
            .iter()
            .filter(|row| row.severity == severity)
            .map(|row| row.explanation.as_str())
            .collect();
        told.dedup();
        let _ = write!(line, ": {}", told.join("; "));
        let values = super::values(worst, &|value| code(value));
        if items.is_empty()
            && let [(old, new)] = values.as_slice()
            && old.chars().count() + new.chars().count() <= LONGEST_VALUES
        {
            let _ = write!(line, " ({old} → {new})");
        }
    }
    for (kind, names) in with(entry) {
        let names: Vec<_> = names.iter().map(|name| code(name)).collect();
        let _ = write!(
            line,
            ", with the {} {}",
            plural(kind, names.len()),
            names.join(", ")
        );
    }
    line.push('.');
    Some((section, line))
}

/// What changes for the worse in the Rust API, or what changes if nothing does.
fn items(entry: &Entry<'_>) -> String {
    let api = entry.api();
    let worst = api.iter().map(|item| item.severity).max();
    let worst: Vec<_> = api
        .iter()
        .filter(|item| Some(item.severity) == worst)
        .map(|item| match (&item.old, &item.new) {
            (Some(old), Some(new)) if old.len() + new.len() <= LONGEST_VALUES => {
                code(&item.to_string())
            }
            _ => code(&item.item),
        })
        .collect();
    some_of(worst)
}

/// Where an entry is in the document.
fn places(entry: &Entry<'_>) -> String {
    let subject = |place: &super::Place<'_>| {
        let (kind, name) = name(place.subject);
        let mut words = Vec::new();
        if !kind.is_empty() {
            words.push(controls(kind));
        }
        words.extend(name.map(|name| code(&name)));
        words.join(" ")
    };
    let subjects: Vec<_> = entry.places.iter().map(subject).collect();
    match entry.places.first() {
        Some(place) if !place.location.is_empty() => {
            let steps: Vec<_> = place.location.iter().map(|step| code(step)).collect();
            format!("{} of {}", steps.join(" › "), some_of(subjects))
        }
        // Each is a fact of its own.
        _ => subjects.join(", "),
    }
}

/// The first few, and how many more.
fn some_of(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(MOST_ITEMS);
    if more > 0 {
        names.truncate(MOST_ITEMS);
        return format!("{} and {more} more", names.join(", "));
    }
    names.join(", ")
}
