//! Reports of a [`Diff`]: text, Markdown, HTML and JSON from one list of entries (`group`), with what a
//! maintainer does about them (`advice`, `code`).
//!
//! Text of the documents is data: in text it cannot control a terminal, in Markdown and HTML it cannot
//! become markup, and in JSON it is unchanged. `escape` describes how.

mod advice;
mod code;
mod group;
mod html;
mod json;
mod markdown;
mod prose;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use serde_json::Value;

pub use code::Code;
pub use group::{Area, Entry, Place, entries};

use crate::diff::{Change, Check, Diff, Directions, Operation, Severity, Subject, canonical};
use crate::escape;
use crate::prose::Finding;

/// The form of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For a terminal
    #[default]
    Text,
    /// For a pull request or a step summary
    Markdown,
    /// A page for a browser, which loads nothing
    Html,
    /// For programs, as in `xtask/schema/drift-report.schema.json`
    Json,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::Text, Self::Markdown, Self::Html, Self::Json];
}

/// What was compared, and for whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The old document: a file, an address.
    pub old: String,
    /// The new document.
    pub new: String,
    /// The crate that uses the document.
    pub code: Code,
    /// The pages of prose to look at, if they were compared.
    pub prose: Option<Vec<Finding>>,
    /// The options of `update-spec` that compare the same again, where they are not the default.
    pub options: Vec<String>,
    /// What else there is to do, each a sentence in Markdown.
    pub notes: Vec<String>,
}

/// Everything that the formats write.
struct Report<'d> {
    diff: &'d Diff,
    about: &'d About,
    entries: Vec<Entry<'d>>,
}

impl<'d> Report<'d> {
    /// The number of entries of a severity.
    fn count(&self, severity: Severity) -> usize {
        self.of(severity).count()
    }

    /// The entries of a severity.
    fn of(&self, severity: Severity) -> impl Iterator<Item = &Entry<'d>> {
        self.entries
            .iter()
            .filter(move |entry| entry.severity == severity)
    }

    /// The areas in their order, with the number of entries of each severity, in the order of
    /// [`Severity::ALL`].
    fn areas(&self) -> Vec<(Area<'d>, [usize; 3])> {
        let mut areas: BTreeMap<Area<'d>, [usize; 3]> = Default::default();
        for entry in &self.entries {
            let counts = areas.entry(entry.area).or_default();
            for (count, severity) in counts.iter_mut().zip(Severity::ALL) {
                *count += usize::from(severity == entry.severity);
            }
        }
        areas.into_iter().collect()
    }

    /// The number of changes of each severity, in words.
    fn summary(&self) -> String {
        let counts: Vec<_> = Severity::ALL
            .into_iter()
            .map(|severity| format!("{} {severity}", self.count(severity)))
            .collect();
        format!(
            "{}: {}",
            counted(self.entries.len(), "change"),
            counts.join(", ")
        )
    }
}

/// Writes the report. `color` only applies to text.
pub fn write(
    out: &mut dyn io::Write,
    diff: &Diff,
    format: Format,
    color: bool,
    about: &About,
) -> io::Result<()> {
    let report = Report {
        diff,
        about,
        entries: entries(diff),
    };
    match format {
        Format::Text => {
            text::write(out, &report, color)?;
            prose::text(out, about, color)
        }
        Format::Markdown => {
            markdown::write(out, &report)?;
            prose::markdown(out, about)
        }
        Format::Html => html::write(out, &report),
        Format::Json => json::write(out, &report),
    }
}

/// What an entry says of each of its places: changes that differ in their values only are one row.
struct Row<'d> {
    check: Check,
    severity: Severity,
    /// What it does to requests and responses, in words, if that is less than the severity.
    wire: &'static str,
    explanation: String,
    /// What of the explanation makes it as severe as it is.
    reason: String,
    /// The location, as far as it is not that of the place.
    location: &'d [String],
    /// The old and the new value of each change; empty if each place has its own.
    values: Vec<(Option<&'d Value>, Option<&'d Value>)>,
}

fn rows<'d>(entry: &Entry<'d>) -> Vec<Row<'d>> {
    let mut rows: Vec<Row<'d>> = Vec::new();
    let Some(place) = entry.places.first() else {
        return rows;
    };
    let others = entry.places.get(1..).unwrap_or_default();
    for (index, change) in place.changes.iter().enumerate() {
        let values = (change.old.as_ref(), change.new.as_ref());
        let same = others.iter().all(|other| {
            let other = other.changes.get(index);
            other.is_some_and(|other| (other.old.as_ref(), other.new.as_ref()) == values)
        });
        let is_flag = |value: Option<&Value>| value.is_none_or(Value::is_boolean);
        let flags = is_flag(values.0) && is_flag(values.1);
        // Of a flag, the name of the check says it all.
        let values = (same && !flags).then_some(values);
        let location = change.location.get(place.location.len()..);
        let row = Row {
            check: change.check,
            severity: change.severity,
            wire: wire(change),
            explanation: explanation(entry, index, change, None),
            reason: explanation(entry, index, change, Some(change.wire)),
            location: location.unwrap_or_default(),
            values: values.into_iter().collect(),
        };
        match rows.last_mut() {
            Some(last)
                if (last.check, last.location, &last.explanation)
                    == (row.check, row.location, &row.explanation) =>
            {
                last.values.extend(row.values);
            }
            _ => rows.push(row),
        }
    }
    rows
}

/// The checks that are about names and arrangement alone: nothing that is sent or received differs.
const WIRE_STAYS: [Check; 15] = [
    Check::OperationRenamed,
    Check::OperationTagAdded,
    Check::OperationTagRemoved,
    Check::OperationFirstTagged,
    Check::OperationUntagged,
    Check::TagAdded,
    Check::TagRemoved,
    Check::ParameterRenamed,
    Check::SchemaRenamed,
    Check::SchemaReferenceRenamed,
    Check::SchemaExtracted,
    Check::SchemaInlined,
    Check::ComponentAdded,
    Check::ComponentRemoved,
    Check::AllOfRearranged,
];

/// What a change does to requests and responses, if what it does to programs that are compiled is worse.
fn wire(change: &Change) -> &'static str {
    match change.wire {
        wire if wire == change.severity || change.check == Check::RustApiChanged => "",
        Severity::Additive => " (additive for requests and responses)",
        _ if WIRE_STAYS.contains(&change.check) || change.unaffected().is_some() => {
            " (requests and responses stay as they are)"
        }
        // They can differ, and whether a program that is compiled can read them follows from its types.
        _ => " (judged by the Rust API)",
    }
}

/// What a change means beside the others at its places, in the directions of all of them, or in those alone in
/// which it is as severe as `of`.
fn explanation(entry: &Entry<'_>, index: usize, change: &Change, of: Option<Severity>) -> String {
    let loosens =
        change.check.name().ends_with("-loosened") || change.check == Check::PatternRemoved;
    let becomes_enum = |change: &Change| change.check == Check::EnumIntroduced;
    if loosens && entry.changes().any(becomes_enum) {
        return "the listed values take the place of this limit".to_owned();
    }
    let same = entry
        .places
        .iter()
        .filter_map(|place| place.changes.get(index));
    let directions = same.fold(Directions::NONE, |all, change| all.or(change.directions));
    match (change.unaffected(), of) {
        (Some(reason), _) => reason.to_owned(),
        (None, Some(severity)) => change.check.explanation_of(severity, directions),
        (None, None) => change.check.explanation(directions),
    }
}

/// The operations that a shared part reaches, which its heading does not name.
#[derive(Default)]
struct Reach<'d> {
    /// `request`, `response` or both.
    directions: String,
    operations: Vec<&'d Operation>,
    /// Those that reach it in the old document only.
    left: BTreeSet<&'d Operation>,
    /// Those that reach it in the new document only.
    joined: BTreeSet<&'d Operation>,
}

impl Reach<'_> {
    /// What became of the reach of one of the operations.
    fn note(&self, operation: &Operation) -> &'static str {
        if self.left.contains(operation) {
            " (no longer)"
        } else if self.joined.contains(operation) {
            " (new there)"
        } else {
            ""
        }
    }

    /// `in the request of 2 operations`.
    fn words(&self) -> String {
        let operations = counted(self.operations.len(), "operation");
        match self.directions.as_str() {
            "" => format!("used by {operations}"),
            directions => format!("in the {directions} of {operations}"),
        }
    }
}

/// The operations of an entry, unless they are its subjects.
fn reach<'d>(entry: &Entry<'d>) -> Reach<'d> {
    let mut operations = BTreeSet::new();
    let mut directions = Directions::NONE;
    let mut reach = Reach::default();
    for change in entry.places.iter().flat_map(|place| &place.changes) {
        if matches!(change.subject, Subject::Operation(_)) {
            continue;
        }
        directions = directions.or(change.directions);
        operations.extend(change.operations.iter().chain(&change.joined));
        reach.left.extend(&change.left);
        reach.joined.extend(&change.joined);
    }
    reach.operations = operations.into_iter().collect();
    reach.directions = directions.names().collect::<Vec<_>>().join(" and ");
    reach
}

/// The components that came or went with an entry, their names `mark`ed up: a line for each kind, such as
/// `with the schemas A, B`.
fn with(entry: &Entry<'_>, mark: &dyn Fn(&str) -> String) -> Vec<String> {
    let mut kinds: Vec<(&'static str, Vec<String>)> = Vec::new();
    for change in &entry.with {
        let Subject::Component { kind, name } = &change.subject else {
            continue;
        };
        let kind = component(kind);
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, names)) => names.push(mark(name)),
            None => kinds.push((kind, vec![mark(name)])),
        }
    }
    let lines = kinds.into_iter().map(|(kind, names)| {
        format!(
            "with the {} {}",
            plural(kind, names.len()),
            names.join(", ")
        )
    });
    lines.collect()
}

/// What a kind of component is called.
fn component(kind: &str) -> &'static str {
    match kind {
        "schemas" => "schema",
        "parameters" => "parameter",
        "responses" => "response",
        "requestBodies" => "request body",
        "headers" => "header",
        "examples" => "example",
        "securitySchemes" => "security scheme",
        _ => "component",
    }
}

/// The kind of a subject, and its name if it has one.
fn name(subject: &Subject) -> (&'static str, Option<String>) {
    match subject {
        Subject::Document => ("the document", None),
        Subject::Operation(operation) => ("", Some(operation.to_string())),
        Subject::Component { kind, name } => (component(kind), Some(name.clone())),
    }
}

/// How many characters of a value are shown.
const LONGEST_VALUE: usize = 160;
/// How many characters of what is equal are shown before the first difference.
const CONTEXT: usize = 24;

/// How many values of one row are shown.
const MOST_VALUES: usize = 8;

/// The old and the new value as one line of JSON each. Long ones start shortly before the first
/// difference.
fn shown(old: Option<&Value>, new: Option<&Value>) -> (Option<String>, Option<String>) {
    let text = |value: Option<&Value>| -> Option<Vec<char>> {
        Some(escape::controls(&canonical(value?)).chars().collect())
    };
    let (old, new) = (text(old), text(new));
    let equal = match (&old, &new) {
        (Some(old), Some(new)) => old.iter().zip(new).take_while(|(a, b)| a == b).count(),
        _ => 0,
    };
    let cut = |text: Vec<char>| {
        if text.len() <= LONGEST_VALUE {
            return text.into_iter().collect();
        }
        let start = equal.saturating_sub(CONTEXT);
        let shown: String = text.iter().skip(start).take(LONGEST_VALUE).collect();
        let before = if start > 0 { "…" } else { "" };
        let after = if text.len() > start + LONGEST_VALUE {
            "…"
        } else {
            ""
        };
        format!("{before}{shown}{after}")
    };
    (old.map(cut), new.map(cut))
}

/// The values of a row, `mark`ed up, as `old → new`. Values that all were added, or all removed, share a line.
fn values(row: &Row<'_>, mark: &dyn Fn(&str) -> String) -> Vec<(String, String)> {
    let mut lines: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    for (old, new) in row.values.iter().take(MOST_VALUES) {
        let (old, new) = shown(*old, *new);
        let (old, new) = (old.map(|text| mark(&text)), new.map(|text| mark(&text)));
        match (lines.last_mut(), &old, &new) {
            (Some((olds, news)), Some(_), None) if news.is_empty() => olds.extend(old),
            (Some((olds, news)), None, Some(_)) if olds.is_empty() => news.extend(new),
            _ => lines.push((old.into_iter().collect(), new.into_iter().collect())),
        }
    }
    let more = row.values.len().saturating_sub(MOST_VALUES);
    if more > 0
        && let Some((olds, news)) = lines.last_mut()
    {
        let side = if news.is_empty() { olds } else { news };
        side.push(format!("and {more} more"));
    }
    let side = |values: Vec<String>| match values.is_empty() {
        true => "none".to_owned(),
        false => values.join(", "),
    };
    let lines = lines.into_iter();
    lines.map(|(old, new)| (side(old), side(new))).collect()
}

/// `1 change`, `2 changes`.
fn counted(count: usize, noun: &str) -> String {
    format!("{count} {}", plural(noun, count))
}

/// The noun for so many: `request bodies`.
fn plural(noun: &str, count: usize) -> String {
    match noun.strip_suffix('y') {
        _ if count == 1 => noun.to_owned(),
        Some(start) => format!("{start}ies"),
        None => format!("{noun}s"),
    }
}

/// The release that the changes require, in words.
fn release(diff: &Diff) -> Option<String> {
    let bump = diff.bump()?;
    Some(if bump.since_one == bump.before_one {
        format!("{} release", bump.since_one)
    } else {
        format!(
            "{} release ({} before 1.0)",
            bump.since_one, bump.before_one
        )
    })
}

#[cfg(test)]
mod tests;
