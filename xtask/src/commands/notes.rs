//! What a report tells a maintainer to do about facts of ours, beside what follows from the changes alone.
//! Each note is a sentence in Markdown, with what documents say in code spans.

use std::collections::BTreeSet;

use serde_json::Value;
use ultravox_codegen::Messages;

use super::MESSAGES;
use crate::diff::{Check, Diff, Severity, Subject};
use crate::escape::{code, start};
use crate::report::Code;
use crate::structure;

/// How many characters of a name are shown.
const LONGEST_NAME: usize = 80;

/// The notes about a comparison of two documents.
pub(super) fn of_changes(
    messages: Option<&Messages>,
    code_of_ours: &Code,
    diff: &Diff,
    (old, new): (&Value, &Value),
) -> Vec<String> {
    let mut notes = areas(old, new);
    notes.extend(left_out(code_of_ours, old, new));
    // With changes, the report says it.
    if let (true, Some(not)) = (diff.changes.is_empty(), &diff.not_generated) {
        notes.push(format!(
            "No Rust can be generated from the {} document, although nothing changed: {}.",
            if not.old { "old" } else { "new" },
            code(&not.reason)
        ));
    }
    if let Some(messages) = messages {
        notes.extend(types_of_ours(messages, diff));
        notes.extend(gone(messages, diff, old, new));
    }
    notes
}

/// The tags of operations that are new: each needs a feature. Of the first document all are.
fn areas(old: &Value, new: &Value) -> Vec<String> {
    let (old, new) = (tags(old), tags(new));
    let new = new.difference(&old).filter(|_| !old.is_empty());
    new.map(|tag| {
        format!(
            "The tag {} is new. Add its area: the feature, and the tag in `AREAS`, as `CONTRIBUTING.md` says below \
             \"Add an area\"; a test fails until then.",
            name(tag)
        )
    })
    .collect()
}

/// The tags of the operations of a document.
fn tags(document: &Value) -> BTreeSet<&str> {
    let operations = structure::operations(document).into_iter();
    let tags = operations.filter_map(|(_, _, operation)| operation.get("tags")?.as_array());
    tags.flatten().filter_map(Value::as_str).collect()
}

/// The operations that have gone or have another id, of which the hand-written code knows: it is compiled only
/// with them, so that nothing fails.
fn left_out(code_of_ours: &Code, old: &Value, new: &Value) -> Vec<String> {
    let (old, new) = (ids(old), ids(new));
    let users = |id: &str| {
        let condition = format!("ultravox_operation = \"{id}\"");
        let files = code_of_ours.files.iter();
        let users = files.filter(|(_, text)| text.contains(&condition));
        users.map(|(path, _)| code(path)).collect::<Vec<_>>()
    };
    let gone = old.difference(&new).map(|id| (id, users(id)));
    gone.filter(|(_, users)| !users.is_empty())
        .map(|(id, users)| {
            format!(
                "No operation has the id {} any more, and code in {} is compiled only with it: until that names \
                 another one, it is left out.",
                name(id),
                users.join(", ")
            )
        })
        .collect()
}

/// The ids of the operations of a document.
fn ids(document: &Value) -> BTreeSet<&str> {
    let operations = structure::operations(document).into_iter();
    let ids = operations.filter_map(|(_, _, operation)| operation.get("operationId")?.as_str());
    ids.collect()
}

/// The actions of the overlay that nothing depends on any more.
pub(super) fn adopted(actions: &[String]) -> impl Iterator<Item = String> {
    actions.iter().map(|action| {
        format!(
            "Remove {}: it changes nothing, because upstream has adopted the fact.",
            code(action)
        )
    })
}

/// The schemas of which more than the wording changed, and whose types no change of the document changes.
fn types_of_ours(messages: &Messages, diff: &Diff) -> impl Iterator<Item = String> {
    let changed = messages.replaced().filter(|schema| {
        let subject = Subject::Component {
            kind: "schemas".to_owned(),
            name: (*schema).to_owned(),
        };
        diff.changes
            .iter()
            .any(|change| change.subject == subject && change.severity > Severity::Documentation)
    });
    changed.map(|schema| {
        format!(
            "The schema {} changed, and its Rust type comes from `openapi/{MESSAGES}`: see whether that has to change \
             as well.",
            name(schema)
        )
    })
}

/// The schemas that the messages need, and that the new document does not have.
fn gone(messages: &Messages, diff: &Diff, old: &Value, new: &Value) -> Vec<String> {
    let is_gone = |schema: &&str| {
        let has = |document: &Value| document["components"]["schemas"].get(*schema).is_some();
        has(old) && !has(new)
    };
    let what = |schema: &str| {
        let renamed = diff.changes.iter().find(|change| {
            change.check == Check::SchemaRenamed
                && change.old.as_ref().and_then(Value::as_str) == Some(schema)
        });
        match renamed.and_then(|change| change.new.as_ref()?.as_str()) {
            Some(now) => format!("is {} now", name(now)),
            None => "is gone".to_owned(),
        }
    };
    let referred = messages.referred().into_iter().filter(is_gone);
    let referred = referred.map(|schema| {
        format!(
            "The schema {}, which `openapi/{MESSAGES}` refers to, {}: until the reference is corrected, the types of \
             messages that need it are left out.",
            name(schema),
            what(schema)
        )
    });
    let replaced = messages.replaced().filter(is_gone);
    let replaced = replaced.map(|schema| {
        format!(
            "The schema {}, whose Rust type comes from `openapi/{MESSAGES}`, {}: until its `x-replaces` is corrected or \
             removed, it has no effect.",
            name(schema),
            what(schema)
        )
    });
    referred.chain(replaced).collect()
}

/// A name of a document, as far as it is shown.
fn name(name: &str) -> String {
    code(&start(name, LONGEST_NAME))
}
