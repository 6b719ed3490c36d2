//! The semantic difference between two OpenAPI 3.0 documents.

mod change;
mod check;

use serde_json::Value;

pub use change::{Bump, Change, Diff, Directions, Operation, Part, Severity, Subject};
pub use check::Check;

/// What changed from `old` to `new`, for a program that was written against `old`.
pub fn diff(old: &Value, new: &Value) -> Diff {
    let mut diff = Diff::default();
    if old != new {
        diff.changes.push(Change {
            check: Check::Unrecognized,
            severity: Severity::Breaking,
            subject: Subject::Document,
            place: Vec::new(),
            old: Some(old.clone()),
            new: Some(new.clone()),
            directions: Directions::BOTH,
            operations: Vec::new(),
        });
    }
    diff
}
