//! The judgement of what compiles: the public APIs that the two documents generate are compared, and each
//! change of an item is attached to the change of the document that causes it.
//!
//! What is generated from a document, and under which names, is decided in `ultravox_codegen` alone.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use ultravox_codegen::Error;
use ultravox_codegen::api::{BY_TAG, ItemChange, Origin, Place, PublicApi, compare};

use super::walk::Walk;
use super::{ApiChange, Change, Check, Directions, NotGenerated, Operation, Severity, Subject};

/// The public APIs of the old and the new document, or why one of them has none.
pub(super) fn both(
    old: Result<PublicApi, Error>,
    new: Result<PublicApi, Error>,
) -> Result<(PublicApi, PublicApi), NotGenerated> {
    let not_generated = |old: bool| {
        move |error: Error| NotGenerated {
            old,
            reason: error.to_string(),
        }
    };
    Ok((
        old.map_err(not_generated(true))?,
        new.map_err(not_generated(false))?,
    ))
}

/// How well a change of the document explains a change of an item. Greater is better.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// It is elsewhere in the same schema or operation.
    Near(bool),
    /// It is inside what the item comes from, or around it. More steps in common are better.
    Around(usize),
    /// It is what the item comes from.
    Exact,
}

impl Walk<'_> {
    /// Attaches what changes from one API to the other to the changes of the document, and adds a change
    /// for what none of them explains. `renamed` has the new names of schemas.
    pub(super) fn judge_apis(
        &mut self,
        (old, new): (PublicApi, PublicApi),
        renamed: &BTreeMap<String, String>,
    ) {
        let old = old.with_schema_names(renamed);
        self.tagged_members(&old, &new);
        let items = compare(&old, &new);
        let mut at: BTreeMap<Subject, Vec<usize>> = BTreeMap::new();
        for (index, change) in self.changes.iter().enumerate() {
            at.entry(change.subject.clone()).or_default().push(index);
        }
        // A type as a whole, or a method, often follows from fields: these come first.
        let mut others = Vec::new();
        for item in items {
            match self.explanation(&item, &at, false) {
                Some(index) => self.attach(index, item),
                None => others.push(item),
            }
        }
        for item in others {
            let index = match self.explanation(&item, &at, true) {
                Some(index) => index,
                None => {
                    let change = self.unexplained(&item);
                    let index = self.changes.len();
                    at.entry(change.subject.clone()).or_default().push(index);
                    self.changes.push(change);
                    index
                }
            };
            self.attach(index, item);
        }
    }

    /// Judges new members of unions that are told apart by a tag: a program keeps what has an unknown tag.
    fn tagged_members(&mut self, old: &PublicApi, new: &PublicApi) {
        let of = |api: &PublicApi| -> BTreeSet<(Subject, Vec<String>)> {
            let by_tag = api.items().filter(|(_, item)| item.text == BY_TAG);
            by_tag
                .map(|(_, item)| (self.subject(&item.origin), item.origin.path.clone()))
                .collect()
        };
        let (old, new) = (of(old), of(new));
        for change in &mut self.changes {
            let at = (change.subject.clone(), steps(change));
            if change.check == Check::UnionMemberAdded && old.contains(&at) && new.contains(&at) {
                change.check = Check::TaggedMemberAdded;
                change.wire = change.wire.min(Severity::Additive);
                change.severity = change.wire;
            }
        }
    }

    fn attach(&mut self, index: usize, item: ItemChange) {
        let Some(change) = self.changes.get_mut(index) else {
            return;
        };
        let severity = match item.breaking {
            true => Severity::Breaking,
            false => Severity::Additive,
        };
        change.severity = change.severity.max(severity);
        change.api.push(ApiChange {
            item: item.item,
            old: item.old,
            new: item.new,
            severity,
        });
        change.api.sort();
    }

    /// The index of the change that explains a change of an item best.
    fn explanation(
        &self,
        item: &ItemChange,
        at: &BTreeMap<Subject, Vec<usize>>,
        near: bool,
    ) -> Option<usize> {
        item.causes.iter().find_map(|origin| {
            let indices = at.get(&self.subject(origin))?.iter().copied();
            let fits = indices.filter_map(|index| {
                let change = self.changes.get(index)?;
                let fit = fit(change, origin).filter(|fit| near || *fit > Fit::Near(true))?;
                // Of equal ones the first.
                Some((fit, change.wire, Reverse(index)))
            });
            fits.max().map(|(.., Reverse(index))| index)
        })
    }

    /// What the changes of an origin have as their subject.
    fn subject(&self, origin: &Origin) -> Subject {
        match &origin.place {
            Place::Schema(name) => Subject::Component {
                kind: "schemas".to_owned(),
                name: name.clone(),
            },
            Place::Operation { method, path } => {
                let is_it =
                    |operation: &Operation| operation.method == *method && operation.path == *path;
                let mut before = self.before.iter();
                let before = before.find(|(new, _)| is_it(new)).map(|(_, old)| old);
                let sides = [&self.old.operations, &self.new.operations];
                let found = before.or_else(|| {
                    let mut all = sides.into_iter().flatten().map(|at| &at.operation);
                    all.find(|operation| is_it(operation))
                });
                found.map_or(Subject::Document, |operation| {
                    Subject::Operation(operation.clone())
                })
            }
        }
    }

    /// A change of its own for an item.
    fn unexplained(&self, item: &ItemChange) -> Change {
        let subject = item
            .causes
            .first()
            .map_or(Subject::Document, |origin| self.subject(origin));
        let operations = match &subject {
            Subject::Operation(operation) => vec![operation.clone()],
            Subject::Component { kind, name } => {
                let [old, new] = [&self.old, &self.new].map(|side| side.reach.get(kind, name));
                let reached = if old.is_empty() { new } else { old };
                reached.iter().map(|(at, _)| at.clone()).collect()
            }
            Subject::Document => Vec::new(),
        };
        Change {
            check: Check::RustApiChanged,
            severity: Severity::Documentation,
            wire: Severity::Documentation,
            api: Vec::new(),
            subject,
            location: Vec::new(),
            old: None,
            new: None,
            directions: Directions::NONE,
            operations,
            left: Vec::new(),
            joined: Vec::new(),
        }
    }
}

fn fit(change: &Change, origin: &Origin) -> Option<Fit> {
    let explains = match change.subject {
        Subject::Document => change.check == Check::RustApiChanged,
        _ => change.check.can_change_types(),
    };
    if !explains {
        return None;
    }
    let location = steps(change);
    let common = location
        .iter()
        .zip(&origin.path)
        .take_while(|(a, b)| a.eq_ignore_ascii_case(b))
        .count();
    let whole = location.len() == common && origin.path.len() == common;
    let (inside, around) = (origin.path.len() == common, location.len() == common);
    Some(if whole {
        match change.subject {
            // What concerns an operation as a whole is no reason for another signature.
            Subject::Operation(_) if common == 0 && !change.check.is_of_name() => return None,
            _ => Fit::Exact,
        }
    } else if common > 0 && (inside || around) {
        Fit::Around(common)
    } else {
        Fit::Near(!change.api.is_empty())
    })
}

/// The location of a change in the terms of an [`Origin`]: without steps into lists, unions and media
/// types, and with the value of an enum.
fn steps(change: &Change) -> Vec<String> {
    let in_operation = matches!(change.subject, Subject::Operation(_));
    let is_step = |step: &&String| {
        let into = ["allOf ", "oneOf ", "anyOf "];
        !(matches!(step.as_str(), "[]" | "*")
            || into.iter().any(|into| step.starts_with(into))
            || in_operation && (step.contains('/') || *step == "schema"))
    };
    let steps = change.location.iter().filter(is_step);
    let mut steps: Vec<_> = steps
        .map(|step| match step.starts_with("response ") && in_operation {
            true => "response".to_owned(),
            false => step.clone(),
        })
        .collect();
    if let Check::EnumValueAdded | Check::EnumValueRemoved = change.check {
        let value = change.old.as_ref().or(change.new.as_ref());
        steps.extend(value.and_then(Value::as_str).map(str::to_owned));
    }
    steps
}
