//! The semantic difference between two OpenAPI 3.0 documents, judged from the side of a program
//! that was written against the old one.
//!
//! Both documents are normalized (`normal`), so that equivalent spellings are equal values; renamed
//! schemas get their new names in the old document (`rename`); then the two are walked together.
//! Schemas and other components are compared once, at their definition, for the directions in which
//! the operations of the old document reach them (`reach`). Nothing is generated from a component that
//! no operation reaches.
//!
//! There are two judgements, and the worse counts. `check` judges what the walk finds, as far as requests
//! and responses are concerned. `api` compares the public APIs that the two documents generate, and
//! attaches what changes there to what the walk found.
//!
//! Every walk ends with the keys that no check has taken, so that every difference is reported: what no
//! check recognizes is breaking. A malformed document is not an error: a value of an unexpected kind is
//! either unchanged or reported as unrecognized.

mod api;
mod change;
mod check;
mod document;
mod normal;
mod operation;
mod reach;
mod rename;
mod schema;
#[cfg(test)]
mod tests;
mod walk;
mod whole;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::Value;
use ultravox_codegen::Messages;
use ultravox_codegen::api::PublicApi;

pub use change::{
    ApiChange, Bump, Change, Diff, Directions, NotGenerated, Operation, Part, Severity, Subject,
};
pub use check::Check;

pub(crate) use normal::canonical;

/// What changed from `old` to `new`, for a program that was written against `old`.
pub fn diff(old: &Value, new: &Value) -> Diff {
    diff_beside(None, old, new)
}

/// The same, where some schemas have their types from `messages` and not from the documents.
pub fn diff_beside(messages: Option<&Messages>, old: &Value, new: &Value) -> Diff {
    if old == new {
        return Diff::default();
    }
    let read = |document| {
        (
            normal::document(document),
            PublicApi::of(document, messages),
        )
    };
    let ((old, old_api), (new, new_api)) = both(|| read(old), || read(new));
    between(old, &new, api::both(old_api, new_api))
}

/// Runs two functions that do not depend on each other at the same time.
fn both<T: Send, U>(one: impl FnOnce() -> T + Send, other: impl FnOnce() -> U) -> (T, U) {
    std::thread::scope(|scope| {
        let one = scope.spawn(one);
        let other = other();
        let one = one.join();
        let one = one.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        (one, other)
    })
}

/// What changed between two documents in their normal form, of which there are these public APIs, or none for
/// this reason.
fn between(
    mut old: Value,
    new: &Value,
    apis: Result<(PublicApi, PublicApi), NotGenerated>,
) -> Diff {
    let renamed = rename::apply(&mut old, new);
    let (old, new) = both(|| walk::Side::of(&old), || walk::Side::of(new));
    let mut walk = walk::Walk {
        old,
        new,
        before: BTreeMap::new(),
        changes: Vec::new(),
    };
    walk.document(&renamed);
    for change in &mut walk.changes {
        // No request and no response has what no operation reaches, and nothing is generated from it.
        let is_unused =
            matches!(change.subject, Subject::Component { .. }) && change.operations.is_empty();
        let directions = if is_unused {
            Directions::NONE
        } else {
            change.directions
        };
        change.wire = change.check.severity(directions, apis.is_ok());
        change.severity = change.wire;
    }
    let not_generated = match apis {
        Ok(apis) => {
            walk.judge_apis(apis, &renamed);
            None
        }
        Err(reason) => Some(reason),
    };
    let mut changes = walk.changes;
    let text = |value: &Option<Value>| value.as_ref().map(canonical);
    changes.sort_by_cached_key(|change| {
        (
            Reverse(change.severity),
            change.subject.clone(),
            change.location.clone(),
            change.check,
            text(&change.old),
            text(&change.new),
        )
    });
    Diff {
        changes,
        not_generated,
    }
}
