//! The state of a comparison: the two documents, the current location, and the changes so far.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::document::OperationAt;
use super::reach::Reach;
use super::{Change, Check, Directions, Operation, Severity, Subject};

/// One of the two documents, in its normal form.
pub(super) struct Side<'a> {
    pub(super) root: &'a Value,
    pub(super) operations: Vec<OperationAt<'a>>,
    pub(super) reach: Reach<'a>,
}

impl<'a> Side<'a> {
    pub(super) fn of(root: &'a Value) -> Self {
        let operations = super::document::operations(root);
        let reach = Reach::of(root, &operations);
        Self {
            root,
            operations,
            reach,
        }
    }
}

/// The state of a comparison.
pub(super) struct Walk<'a> {
    pub(super) old: Side<'a>,
    pub(super) new: Side<'a>,
    /// The operations of the new document that the old one has as well, and how the old one names them.
    pub(super) before: BTreeMap<Operation, Operation>,
    pub(super) changes: Vec<Change>,
}

/// The location of a comparison.
#[derive(Clone)]
pub(super) struct Location<'p> {
    pub(super) subject: &'p Subject,
    /// The operations that reach the subject.
    pub(super) operations: &'p [Reaching],
    pub(super) path: Vec<String>,
    /// How many steps of the path lead to what has a name; a further one leads to its schema.
    named: usize,
    pub(super) directions: Directions,
}

/// An operation that reaches something in one of the two documents, or in both.
#[derive(Clone)]
pub(super) struct Reaching {
    pub(super) operation: Operation,
    pub(super) old: Directions,
    pub(super) new: Directions,
}

impl Reaching {
    /// An operation that reaches the same before and after, both ways.
    pub(super) fn still(operation: &Operation) -> Self {
        Self {
            operation: operation.clone(),
            old: Directions::BOTH,
            new: Directions::BOTH,
        }
    }
}

impl<'p> Location<'p> {
    pub(super) fn new(subject: &'p Subject, operations: &'p [Reaching]) -> Self {
        Self {
            subject,
            operations,
            path: Vec::new(),
            named: 0,
            directions: Directions::BOTH,
        }
    }

    /// One step further in.
    pub(super) fn at(&self, step: impl Into<String>) -> Self {
        let mut location = self.clone();
        location.path.push(step.into());
        location.named = location.path.len();
        location
    }

    /// The schema of a parameter, a header or a media type. It is described apart from what has it, and is
    /// named after it.
    pub(super) fn at_schema(&self) -> Self {
        let mut location = self.clone();
        location.path.push("schema".to_owned());
        location
    }

    /// The same location, in fewer directions.
    pub(super) fn only(&self, directions: Directions) -> Self {
        let mut location = self.clone();
        location.directions = location.directions.and(directions);
        location
    }
}

impl Walk<'_> {
    /// Adds a change.
    pub(super) fn emit(
        &mut self,
        check: Check,
        location: &Location<'_>,
        old: Option<Value>,
        new: Option<Value>,
    ) {
        let reaches = |directions: Directions| !directions.and(location.directions).is_none();
        let named = |wanted: &dyn Fn(&Reaching) -> bool| -> Vec<Operation> {
            let wanted = location.operations.iter().filter(|each| wanted(each));
            wanted.map(|each| each.operation.clone()).collect()
        };
        self.changes.push(Change {
            check,
            // It is judged when it is known whether the public APIs can be compared.
            severity: Severity::Documentation,
            wire: Severity::Documentation,
            api: Vec::new(),
            subject: location.subject.clone(),
            location: location.path.clone(),
            old,
            new,
            directions: location.directions,
            operations: named(&|each| reaches(each.old)),
            left: named(&|each| reaches(each.old) && !reaches(each.new)),
            joined: named(&|each| !reaches(each.old) && reaches(each.new)),
        });
    }

    /// Adds a change of a key.
    pub(super) fn emit_key(
        &mut self,
        check: Check,
        location: &Location<'_>,
        key: &str,
        (old, new): Pair<'_>,
    ) {
        self.emit(
            check,
            location,
            old.get(key).cloned(),
            new.get(key).cloned(),
        );
    }

    /// Compares a flag, which is false if it is absent.
    pub(super) fn flag(
        &mut self,
        location: &Location<'_>,
        key: &str,
        pair: Pair<'_>,
        [set, unset]: [Check; 2],
    ) {
        let (old, new) = (pair.0.get(key), pair.1.get(key));
        if old == new {
            return;
        }
        let read = |value: Option<&Value>| value.map_or(Some(false), Value::as_bool);
        match (read(old), read(new)) {
            (Some(false), Some(true)) => self.emit_key(set, location, key, pair),
            (Some(true), Some(false)) => self.emit_key(unset, location, key, pair),
            (Some(_), Some(_)) => {}
            _ => self.emit_key(Check::Unrecognized, &location.at(key), key, pair),
        }
    }

    /// Compares every key that no check before has taken: prose, extensions, and what is unknown.
    pub(super) fn rest(&mut self, location: &Location<'_>, (old, new): Pair<'_>, taken: &[&str]) {
        for key in keys(old, new) {
            if taken.contains(&key) || old.get(key) == new.get(key) {
                continue;
            }
            let check = match key {
                "title" => Check::TitleChanged,
                "summary" => Check::SummaryChanged,
                "description" => Check::DescriptionChanged,
                "example" | "examples" => Check::ExampleChanged,
                "externalDocs" => Check::ExternalDocsChanged,
                // The generator does not read it; an extension that it reads is in `taken`.
                _ if key.starts_with("x-") => Check::ExtensionChanged,
                _ => Check::Unrecognized,
            };
            let unnamed = matches!(check, Check::Unrecognized | Check::ExtensionChanged);
            let here = if unnamed {
                location.at(key)
            } else {
                location.clone()
            };
            self.emit_key(check, &here, key, (old, new));
        }
    }

    /// The two values as objects. If one is not an object, they are only compared for equality.
    pub(super) fn objects<'v>(
        &mut self,
        location: &Location<'_>,
        old: &'v Value,
        new: &'v Value,
    ) -> Option<Pair<'v>> {
        if let (Some(old), Some(new)) = (old.as_object(), new.as_object()) {
            return Some((old, new));
        }
        if old != new {
            let (old, new) = (Some(old.clone()), Some(new.clone()));
            self.emit(Check::Unrecognized, location, old, new);
        }
        None
    }

    /// The objects under a key, empty if absent. If one is not an object, as for `objects`.
    pub(super) fn objects_under<'v>(
        &mut self,
        location: &Location<'_>,
        key: &str,
        (old, new): Pair<'v>,
    ) -> Option<Pair<'v>> {
        let empty = |object: &'v Map<String, Value>| match object.get(key) {
            Some(value) => value.as_object(),
            None => Some(&*EMPTY),
        };
        match (empty(old), empty(new)) {
            (Some(old), Some(new)) => Some((old, new)),
            _ if old.get(key) == new.get(key) => None,
            _ => {
                self.emit_key(Check::Unrecognized, &location.at(key), key, (old, new));
                None
            }
        }
    }
}

static EMPTY: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);

/// The old and the new object.
pub(super) type Pair<'v> = (&'v Map<String, Value>, &'v Map<String, Value>);

/// The keys of both objects, sorted.
pub(super) fn keys<'v>(
    old: &'v Map<String, Value>,
    new: &'v Map<String, Value>,
) -> BTreeSet<&'v str> {
    old.keys().chain(new.keys()).map(String::as_str).collect()
}
