//! The report for programs, as `xtask/schema/drift-report.schema.json` describes it.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Map, Value};

use super::About;
use crate::diff::{self, Diff, Severity};
use crate::escape;

/// Incremented when a reader of the previous format could misread this one.
const VERSION: u32 = 1;

// Structs, and not maps, so that the order of the keys is this one.

#[derive(Serialize)]
struct Report<'d> {
    version: u32,
    old: &'d str,
    new: &'d str,
    severity: Option<&'static str>,
    bump: Option<Bump>,
    counts: Counts,
    changes: Vec<Change<'d>>,
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
struct Change<'d> {
    check: &'static str,
    severity: &'static str,
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
}

pub(super) fn write(out: &mut dyn Write, diff: &Diff, about: &About) -> io::Result<()> {
    let report = Report {
        version: VERSION,
        old: &about.old,
        new: &about.new,
        severity: diff.severity().map(Severity::name),
        bump: diff.bump().map(|bump| Bump {
            since_one: bump.since_one.name(),
            before_one: bump.before_one.name(),
        }),
        counts: Counts {
            breaking: diff.count(Severity::Breaking),
            additive: diff.count(Severity::Additive),
            documentation: diff.count(Severity::Documentation),
        },
        changes: diff.changes.iter().map(change).collect(),
        prose: super::prose::pages(about),
    };
    let json = serde_json::to_string_pretty(&report)?;
    writeln!(out, "{}", escape::json(&json))
}

fn change(change: &diff::Change) -> Change<'_> {
    Change {
        check: change.check.name(),
        severity: change.severity.name(),
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
    }
}

fn operation(operation: &diff::Operation) -> Operation<'_> {
    Operation {
        method: &operation.method,
        path: &operation.path,
        operation_id: operation.id.as_deref(),
    }
}

/// The value with its keys in order, whatever the features of serde_json.
fn sorted(value: &Value) -> Value {
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
