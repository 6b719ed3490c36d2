//! Reports of a [`Diff`]: text, Markdown and JSON from one list of changes.
//!
//! Text of the documents is data: in text it cannot control a terminal, in Markdown it cannot
//! become markup, and in JSON it is unchanged. `escape` describes how.

mod json;
mod markdown;
mod prose;
mod text;

use std::io;

use serde_json::Value;

use crate::diff::{Change, Diff, Operation, Severity, Subject, canonical};
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
    /// For programs, as in `xtask/schema/drift-report.schema.json`
    Json,
}

/// What was compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// The old document: a file, an address.
    pub old: String,
    /// The new document.
    pub new: String,
    /// The pages of prose to look at, if they were compared.
    pub prose: Option<Vec<Finding>>,
}

/// Writes the report. `color` only applies to text.
pub fn write(
    out: &mut dyn io::Write,
    diff: &Diff,
    format: Format,
    color: bool,
    about: &About,
) -> io::Result<()> {
    match format {
        Format::Text => {
            text::write(out, diff, color, about)?;
            prose::text(out, about, color)
        }
        Format::Markdown => {
            markdown::write(out, diff, about)?;
            prose::markdown(out, about)
        }
        Format::Json => json::write(out, diff, about),
    }
}

/// The changes of one severity, by subject.
fn groups(diff: &Diff, severity: Severity) -> Vec<(&Subject, Vec<&Change>)> {
    let mut groups: Vec<(&Subject, Vec<&Change>)> = Vec::new();
    for change in &diff.changes {
        if change.severity != severity {
            continue;
        }
        match groups.last_mut() {
            Some((subject, changes)) if *subject == &change.subject => changes.push(change),
            _ => groups.push((&change.subject, vec![change])),
        }
    }
    groups
}

/// The kind of a subject, and its name if it has one.
fn name(subject: &Subject) -> (&str, Option<String>) {
    match subject {
        Subject::Document => ("the document", None),
        Subject::Operation(operation) => ("", Some(operation.to_string())),
        Subject::Component { kind, name } => {
            let kind = match kind.as_str() {
                "schemas" => "schema",
                "parameters" => "parameter",
                "responses" => "response",
                "requestBodies" => "request body",
                "headers" => "header",
                "examples" => "example",
                "securitySchemes" => "security scheme",
                other => other,
            };
            (kind, Some(name.clone()))
        }
    }
}

/// The operations of a change, unless they are its subject.
fn reached(change: &Change) -> &[Operation] {
    match change.subject {
        Subject::Operation(_) => &[],
        Subject::Document | Subject::Component { .. } => &change.operations,
    }
}

/// How many characters of a value are shown.
const LONGEST_VALUE: usize = 160;
/// How many characters of what is equal are shown before the first difference.
const CONTEXT: usize = 24;

/// The old and the new value as one line of JSON each. Long ones start shortly before the first
/// difference.
fn values(change: &Change) -> (Option<String>, Option<String>) {
    let text = |value: &Option<Value>| -> Option<Vec<char>> {
        Some(
            escape::controls(&canonical(value.as_ref()?))
                .chars()
                .collect(),
        )
    };
    let (old, new) = (text(&change.old), text(&change.new));
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

/// `1 change`, `2 changes`.
fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// The number of changes of each severity, in words.
fn summary(diff: &Diff) -> String {
    let counts: Vec<_> = Severity::ALL
        .into_iter()
        .map(|severity| format!("{} {severity}", diff.count(severity)))
        .collect();
    format!(
        "{}: {}",
        counted(diff.changes.len(), "change"),
        counts.join(", ")
    )
}

/// The release that the changes require, in words.
fn advice(diff: &Diff) -> Option<String> {
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
