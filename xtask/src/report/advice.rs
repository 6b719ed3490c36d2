//! What a maintainer does about the changes: the release, and the entry of the changelog. The code that names what
//! changed is in `code`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Entry, Report, counted, name, rows, with};
use crate::diff::{Check, Part, Severity};
use crate::escape::{code, controls};

/// Where the entry goes.
pub(super) const PASTE: &str = "Paste into CHANGELOG.md, below [Unreleased]:";

/// Up to which length values and types are in a line of the changelog.
const LONGEST_VALUES: usize = 80;

/// How many items of the Rust API, or locations, one line of the changelog names.
const MOST_ITEMS: usize = 3;

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
        // Rules about a value, and what is written about one.
        const RULES: [&str; 4] = ["default-", "format-", "pattern-", "security-"];
        match check.name() {
            name if RULES.iter().any(|rule| name.starts_with(rule)) => Self::Changed,
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
        if let Some(line) = added_line(entry) {
            sections.entry(Section::Added).or_default().push(line);
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
            .map(|row| row.reason.as_str())
            .collect();
        told.dedup();
        let _ = write!(line, ": {}", told.join("; "));
        let values = super::values(worst, &|value| code(value));
        let names = matches!(
            worst.check,
            Check::OperationRenamed | Check::OperationMoved | Check::SchemaRenamed
        );
        if (items.is_empty() || names)
            && let [(old, new)] = values.as_slice()
            && old.chars().count() + new.chars().count() <= LONGEST_VALUES
            // What a schema says is not for readers of a changelog.
            && !old.starts_with("`{")
            && !new.starts_with("`{")
        {
            let _ = write!(line, " ({old} → {new})");
        }
    }
    for with in with(entry, &code) {
        let _ = write!(line, ", {with}");
    }
    line.push('.');
    Some((section, line))
}

/// The items that are new beside what breaks, such as the new name of a method.
fn added_line(entry: &Entry<'_>) -> Option<String> {
    let api = entry.api();
    let new = api.iter().filter(|item| item.old.is_none());
    let new: Vec<_> = new.map(|item| code(&item.item)).collect();
    let is_told = entry.severity != Severity::Breaking || new.len() == api.len();
    (!is_told && !new.is_empty()).then(|| format!("{}.", some_of(new)))
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
