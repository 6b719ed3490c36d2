//! The report for programs, as `xtask/schema/drift-report.schema.json` describes it.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Area, advice, code};
use crate::diff::{self, Severity};
use crate::escape;

/// Incremented when a reader of the previous format could misread this one.
const VERSION: u32 = 2;

// Structs, and not maps, so that the order of the keys is this one.

#[derive(Serialize)]
struct Report<'d> {
    version: u32,
    old: &'d str,
    new: &'d str,
    severity: Option<&'static str>,
    bump: Option<Bump>,
    counts: Counts,
    not_generated: Option<NotGenerated<'d>>,
    what_to_do: WhatToDo<'d>,
    entries: Vec<Entry<'d>>,
    // Absent where no pages were compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    prose: Option<Vec<super::prose::Page<'d>>>,
}

#[derive(Serialize)]
struct Bump {
    since_one: &'static str,
    before_one: &'static str,
}

#[derive(Serialize)]
struct Counts {
    breaking: usize,
    additive: usize,
    documentation: usize,
}

#[derive(Serialize)]
struct NotGenerated<'d> {
    document: &'static str,
    reason: &'d str,
}

#[derive(Serialize)]
struct WhatToDo<'d> {
    release: Option<Release>,
    changelog: String,
    uses: Vec<Use>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    notes: &'d [String],
}

#[derive(Serialize)]
struct Release {
    after: String,
    at_least: String,
}

#[derive(Serialize)]
struct Use {
    item: String,
    file: String,
    line: usize,
    text: String,
}

#[derive(Serialize)]
struct Entry<'d> {
    severity: &'static str,
    area: AreaKind<'d>,
    changes: Vec<Change<'d>>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum AreaKind<'d> {
    Tag { name: &'d str },
    Several,
    Whole,
    Unused,
}

#[derive(Serialize)]
struct Change<'d> {
    check: &'static str,
    severity: &'static str,
    wire: &'static str,
    api: Vec<Api<'d>>,
    explanation: String,
    subject: Subject<'d>,
    location: &'d [String],
    // Absent is distinguished from null.
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<Value>,
    directions: Vec<&'static str>,
    operations: Vec<Operation<'d>>,
    left: Vec<Operation<'d>>,
    joined: Vec<Operation<'d>>,
}

#[derive(Serialize)]
struct Api<'d> {
    item: &'d str,
    old: Option<&'d str>,
    new: Option<&'d str>,
    severity: &'static str,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Subject<'d> {
    Document,
    Operation(Operation<'d>),
    Component { component: &'d str, name: &'d str },
}

#[derive(Serialize)]
struct Operation<'d> {
    method: &'d str,
    path: &'d str,
    operation_id: Option<&'d str>,
    area: Option<&'d str>,
}

pub(super) fn write(out: &mut dyn Write, report: &super::Report<'_>) -> io::Result<()> {
    let diff = report.diff;
    let uses = code::uses(report).found.into_iter().map(|found| Use {
        item: found.item,
        file: found.file,
        line: found.line,
        text: found.text,
    });
    let report = Report {
        version: VERSION,
        old: &report.about.old,
        new: &report.about.new,
        severity: diff.severity().map(Severity::name),
        bump: diff.bump().map(|bump| Bump {
            since_one: bump.since_one.name(),
            before_one: bump.before_one.name(),
        }),
        counts: Counts {
            breaking: report.count(Severity::Breaking),
            additive: report.count(Severity::Additive),
            documentation: report.count(Severity::Documentation),
        },
        not_generated: diff.not_generated.as_ref().map(|not| NotGenerated {
            document: if not.old { "old" } else { "new" },
            reason: &not.reason,
        }),
        what_to_do: WhatToDo {
            release: advice::versions(report).map(|(after, at_least)| Release { after, at_least }),
            changelog: advice::changelog(report),
            uses: uses.collect(),
            notes: &report.about.notes,
        },
        entries: report.entries.iter().map(entry).collect(),
        prose: super::prose::pages(report.about),
    };
    let json = serde_json::to_string_pretty(&report)?;
    writeln!(out, "{}", escape::json(&json))
}

fn entry<'d>(entry: &super::Entry<'d>) -> Entry<'d> {
    Entry {
        severity: entry.severity.name(),
        area: match entry.area {
            Area::Named(name) => AreaKind::Tag { name },
            Area::Shared => AreaKind::Several,
            Area::Whole => AreaKind::Whole,
            Area::Unused => AreaKind::Unused,
        },
        changes: entry.changes().map(change).collect(),
    }
}

fn change(change: &diff::Change) -> Change<'_> {
    Change {
        check: change.check.name(),
        severity: change.severity.name(),
        wire: change.wire.name(),
        api: change.api.iter().map(api).collect(),
        explanation: change.explanation(),
        subject: match &change.subject {
            diff::Subject::Document => Subject::Document,
            diff::Subject::Operation(at) => Subject::Operation(operation(at)),
            diff::Subject::Component { kind, name } => Subject::Component {
                component: kind,
                name,
            },
        },
        location: &change.location,
        old: change.old.as_ref().map(sorted),
        new: change.new.as_ref().map(sorted),
        directions: change.directions.names().collect(),
        operations: change.operations.iter().map(operation).collect(),
        left: change.left.iter().map(operation).collect(),
        joined: change.joined.iter().map(operation).collect(),
    }
}

fn api(item: &diff::ApiChange) -> Api<'_> {
    Api {
        item: &item.item,
        old: item.old.as_deref(),
        new: item.new.as_deref(),
        severity: item.severity.name(),
    }
}

fn operation(operation: &diff::Operation) -> Operation<'_> {
    Operation {
        method: &operation.method,
        path: &operation.path,
        operation_id: operation.id.as_deref(),
        area: operation.area.as_deref(),
    }
}

/// The value with its keys in order, whatever the features of serde_json.
pub(super) fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut entries: Vec<_> = object.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            let entries = entries
                .into_iter()
                .map(|(key, value)| (key.clone(), sorted(value)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
        Value::Array(array) => array.iter().map(sorted).collect(),
        scalar => scalar.clone(),
    }
}
