//! Entries of a report, from the changes of a [`Diff`]: one cause, one entry.
//!
//! - What changed at one location is one entry: `enum` and `minLength` of the same property.
//! - The same changes at the same location of several operations, or of several components, are one entry.
//! - A new schema is a part of the entry of what it came with, if that is the only thing that reaches it:
//!   a new operation, or new operations of one area; a new property, parameter or variant. The same for
//!   what is gone.
//!
//! A pure function of the changes; how an entry looks is decided by each format.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::diff::{ApiChange, Change, Check, Diff, Operation, Severity, Subject, canonical};
use crate::structure::Shape;

/// Changes with one cause.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry<'d> {
    /// The worst severity of its changes.
    pub severity: Severity,
    /// The area of the API that it belongs to.
    pub area: Area<'d>,
    /// Where it is, once or more: each with its own changes, which say the same of each.
    pub places: Vec<Place<'d>>,
    /// What came or went with it, sorted.
    pub with: Vec<&'d Change>,
}

/// One location and what changed there.
#[derive(Clone, Debug, PartialEq)]
pub struct Place<'d> {
    /// The part of the document.
    pub subject: &'d Subject,
    /// The location in it that all of the changes share.
    pub location: &'d [String],
    /// The changes, worst first.
    pub changes: Vec<&'d Change>,
}

/// A part of the API, as the tags of operations divide it. In the order of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area<'d> {
    /// The operations of one tag.
    Named(&'d str),
    /// Operations of several tags.
    Shared,
    /// What is not about operations, or about operations without a tag.
    Whole,
    /// What no operation reaches.
    Unused,
}

impl Area<'_> {
    /// What reports call it.
    pub fn name(&self) -> &str {
        match self {
            Self::Named(name) => name,
            Self::Shared => "several areas",
            Self::Whole => "the API as a whole",
            Self::Unused => "not used by any operation",
        }
    }
}

impl<'d> Entry<'d> {
    /// All changes, those that came or went with the others last.
    pub fn changes(&self) -> impl Iterator<Item = &'d Change> {
        let places = self.places.iter().flat_map(|place| &place.changes);
        places.chain(&self.with).copied()
    }

    /// What changes in the Rust API at its places, each item once, the worst first.
    pub fn api(&self) -> Vec<&'d ApiChange> {
        let changes = self.places.iter().flat_map(|place| &place.changes);
        let items: BTreeSet<_> = changes.copied().flat_map(|change| &change.api).collect();
        let mut items: Vec<_> = items.into_iter().collect();
        items.sort_by_key(|item| Reverse(item.severity));
        items
    }
}

/// The entries of a report: worst first, then by area, subject and location.
pub fn entries(diff: &Diff) -> Vec<Entry<'_>> {
    let mut entries = merged(places(diff));
    entries = nested(entries, &Kind::CAME);
    entries = nested(entries, &Kind::WENT);
    for entry in &mut entries {
        let severity = entry.changes().map(|change| change.severity).max();
        entry.severity = severity.unwrap_or(entry.severity);
        entry.area = area(entry);
    }
    entries.sort_by(|a, b| order(a).cmp(&order(b)));
    entries
}

fn order<'d>(entry: &Entry<'d>) -> impl Ord + use<'d> {
    let place = entry.places.first();
    let checks = place.map(|place| place.changes.iter().map(|change| change.check));
    (
        Reverse(entry.severity),
        entry.area,
        place.map(|place| (place.subject, place.location)),
        checks.map(Iterator::collect::<Vec<_>>),
    )
}

/// The changes by location.
fn places(diff: &Diff) -> Vec<Place<'_>> {
    let mut places: BTreeMap<_, Vec<&Change>> = BTreeMap::new();
    for change in &diff.changes {
        let location = value_location(change);
        // At the root of an operation or of the document, and of a part as a whole, one has nothing to do
        // with the other.
        let alone = location.is_empty()
            && match change.subject {
                Subject::Document | Subject::Operation(_) => true,
                Subject::Component { .. } => is_identity(change.check),
            };
        let key = (&change.subject, location, alone.then_some(change.check));
        places.entry(key).or_default().push(change);
    }
    let places = places.into_iter();
    let places = places.map(|((subject, location, _), changes)| Place {
        subject,
        location,
        changes,
    });
    places.collect()
}

/// The location of the value that changed: a parameter, a header or a body, and not its schema.
fn value_location(change: &Change) -> &[String] {
    match change.location.as_slice() {
        [rest @ .., carrier, schema] if schema == "schema" && carrier.contains([' ', '/']) => {
            // With the carrier.
            change.location.get(..=rest.len()).unwrap_or_default()
        }
        location => location,
    }
}

/// Whether the change is that something exists, or what it is called: each is a fact of its own.
fn is_identity(check: Check) -> bool {
    matches!(
        check,
        Check::OperationAdded
            | Check::OperationRemoved
            | Check::OperationMoved
            | Check::OperationRenamed
            | Check::SchemaAdded
            | Check::SchemaRemoved
            | Check::SchemaRenamed
            | Check::ComponentAdded
            | Check::ComponentRemoved
            | Check::SecuritySchemeAdded
            | Check::SecuritySchemeRemoved
            // The items of one have nothing to do with those of another.
            | Check::RustApiChanged
    )
}

/// One entry for places of one kind at which the same changed.
fn merged(places: Vec<Place<'_>>) -> Vec<Entry<'_>> {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    let mut known: BTreeMap<_, usize> = BTreeMap::new();
    for place in places {
        let alone = place.changes.iter().any(|change| is_identity(change.check));
        let kind = match place.subject {
            Subject::Document => "",
            Subject::Operation(_) => "operation",
            Subject::Component { kind, .. } => kind,
        };
        let what: Vec<_> = place.changes.iter().map(|change| what(change)).collect();
        let key = (kind, place.location, what);
        match known.get(&key).and_then(|index| entries.get_mut(*index)) {
            Some(entry) if !alone => entry.places.push(place),
            _ => {
                known.insert(key, entries.len());
                let severity = place.changes.iter().map(|change| change.severity).max();
                entries.push(Entry {
                    severity: severity.unwrap_or(Severity::Documentation),
                    area: Area::Whole,
                    places: vec![place],
                    with: Vec::new(),
                });
            }
        }
    }
    entries
}

/// What a change says, wherever it is, in whatever direction it is reached.
fn what(change: &Change) -> impl Ord + use<> {
    // Each failure is described in the words of its operation.
    let values = !matches!(
        change.check,
        Check::ErrorStatusAdded | Check::ErrorStatusRemoved
    );
    let text = |value: &Option<Value>| value.as_ref().filter(|_| values).map(canonical);
    (
        change.check,
        change.severity,
        change.unaffected(),
        text(&change.old),
        text(&change.new),
    )
}

/// Whether things came or went.
struct Kind {
    operation: Check,
    parts: [Check; 2],
    value: fn(&Change) -> Option<&Value>,
}

impl Kind {
    const CAME: Self = Self {
        operation: Check::OperationAdded,
        parts: [Check::SchemaAdded, Check::ComponentAdded],
        value: |change| change.new.as_ref(),
    };
    const WENT: Self = Self {
        operation: Check::OperationRemoved,
        parts: [Check::SchemaRemoved, Check::ComponentRemoved],
        value: |change| change.old.as_ref(),
    };
}

/// The kind and the name of a component.
type Name<'d> = (&'d str, &'d str);

/// The entry that a component belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    Unknown,
    Entry(usize),
    Several,
}

/// Moves components that came or went below the only entry that they belong to.
fn nested<'d>(entries: Vec<Entry<'d>>, kind: &Kind) -> Vec<Entry<'d>> {
    let single = |entry: &Entry<'d>| -> Option<&'d Change> {
        match entry.places.as_slice() {
            [place] => match place.changes.as_slice() {
                [change] => Some(change),
                _ => None,
            },
            _ => None,
        }
    };
    let mut parts: BTreeMap<Name<'d>, (usize, &'d Change)> = BTreeMap::new();
    let mut operations: BTreeMap<&'d Operation, usize> = BTreeMap::new();
    for (index, entry) in entries.iter().enumerate() {
        let Some(change) = single(entry) else {
            continue;
        };
        match &change.subject {
            Subject::Component { kind: of, name } if kind.parts.contains(&change.check) => {
                parts.insert((of, name), (index, change));
            }
            Subject::Operation(operation) if change.check == kind.operation => {
                operations.insert(operation, index);
            }
            _ => {}
        }
    }
    if parts.is_empty() {
        return entries;
    }

    // Operations of one area that came or went, and share a component that did as well, are one entry: that of
    // the first.
    let mut first: Vec<usize> = (0..entries.len()).collect();
    let mut owners: BTreeMap<Name<'d>, Owner> = BTreeMap::new();
    let mut of_operations = BTreeSet::new();
    for (name, (_, change)) in &parts {
        let users: Option<BTreeSet<usize>> = change
            .operations
            .iter()
            .map(|operation| operations.get(operation).copied())
            .collect();
        let areas: BTreeSet<_> = change.operations.iter().map(|each| &each.area).collect();
        let users = users.unwrap_or_default();
        let Some(user) = users.first().copied() else {
            continue;
        };
        of_operations.insert(*name);
        if areas.len() == 1 {
            let target = root(&first, user);
            for user in users {
                let root = root(&first, user);
                let (low, high) = (root.min(target), root.max(target));
                if let Some(slot) = first.get_mut(high) {
                    *slot = low;
                }
            }
            owners.insert(*name, Owner::Entry(user));
        } else {
            owners.insert(*name, Owner::Several);
        }
    }

    // What refers to a component owns it, and what that refers to.
    let is_part: BTreeSet<usize> = parts.values().map(|(index, _)| *index).collect();
    let mut open: Vec<(Name<'d>, Owner)> = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        if !is_part.contains(&index) {
            for change in entry.changes() {
                references(change, kind, &mut |name| {
                    open.push((name, Owner::Entry(index)))
                });
            }
        }
    }
    while let Some((name, owner)) = open.pop() {
        let Some((_, change)) = parts.get(&name) else {
            continue;
        };
        if of_operations.contains(&name) {
            continue;
        }
        let known = owners.entry(name).or_insert(Owner::Unknown);
        let both = match *known {
            Owner::Unknown => owner,
            same if same == owner => continue,
            Owner::Several => continue,
            Owner::Entry(_) => Owner::Several,
        };
        *known = both;
        references(change, kind, &mut |name| open.push((name, both)));
    }

    let mut with: BTreeMap<usize, Vec<&'d Change>> = BTreeMap::new();
    let mut moved = BTreeSet::new();
    for (name, (index, change)) in &parts {
        if let Some(Owner::Entry(owner)) = owners.get(name) {
            with.entry(root(&first, *owner)).or_default().push(change);
            moved.insert(*index);
        }
    }
    let mut joined: BTreeMap<usize, Entry<'d>> = BTreeMap::new();
    for (index, mut entry) in entries.into_iter().enumerate() {
        if moved.contains(&index) {
            continue;
        }
        let root = root(&first, index);
        match joined.get_mut(&root) {
            Some(first) => {
                first.places.append(&mut entry.places);
                first.with.append(&mut entry.with);
            }
            None => {
                joined.insert(root, entry);
            }
        }
    }
    for (index, mut with) in with {
        if let Some(entry) = joined.get_mut(&index) {
            entry.with.append(&mut with);
            entry.with.sort_by(|a, b| a.subject.cmp(&b.subject));
        }
    }
    joined.into_values().collect()
}

/// The first of the entries that an entry is joined with.
fn root(first: &[usize], mut index: usize) -> usize {
    while let Some(next) = first.get(index).copied().filter(|next| *next != index) {
        index = next;
    }
    index
}

/// The components that the value of a change refers to.
fn references<'d>(change: &'d Change, kind: &Kind, found: &mut dyn FnMut(Name<'d>)) {
    let Some(value) = (kind.value)(change) else {
        return;
    };
    match (change.check, value) {
        // These are data.
        (
            Check::ExampleChanged
            | Check::DefaultAdded
            | Check::DefaultChanged
            | Check::DefaultRemoved
            | Check::EnumValueAdded
            | Check::EnumValueRemoved,
            _,
        ) => {}
        // Types are described in words here.
        (
            Check::SchemaReferenceChanged
            | Check::SchemaExtracted
            | Check::SchemaInlined
            | Check::TypeChanged
            | Check::TypeLoosened,
            Value::String(text),
        ) => found(("schemas", text.rsplit(" of ").next().unwrap_or(text))),
        _ => within(value, Shape::Object, found),
    }
}

fn within<'d>(value: &'d Value, shape: Shape, found: &mut dyn FnMut(Name<'d>)) {
    match value {
        Value::Array(items) => {
            let shape = shape.of_items();
            items.iter().for_each(|item| within(item, shape, found));
        }
        Value::Object(object) if shape != Shape::Data => {
            for (key, value) in object {
                match (shape, key.as_str(), value) {
                    (Shape::Object, "examples", _) => {}
                    (Shape::Object, "$ref", Value::String(reference)) => target(reference, found),
                    (Shape::Object, "mapping", Value::Object(targets)) => {
                        let targets = targets.values().filter_map(Value::as_str);
                        targets.for_each(|reference| target(reference, found));
                    }
                    _ => within(value, shape.under(key), found),
                }
            }
        }
        _ => {}
    }
}

fn target<'d>(reference: &'d str, found: &mut dyn FnMut(Name<'d>)) {
    let name = reference.strip_prefix("#/components/");
    if let Some(name) = name.and_then(|name| name.split_once('/')) {
        found(name);
    }
}

fn area<'d>(entry: &Entry<'d>) -> Area<'d> {
    let mut areas: BTreeSet<Option<&'d str>> = BTreeSet::new();
    for change in entry.changes() {
        match &change.subject {
            Subject::Document => return Area::Whole,
            Subject::Operation(operation) => {
                areas.insert(operation.area.as_deref());
            }
            Subject::Component { .. } => {
                let operations = change.operations.iter().chain(&change.joined);
                areas.extend(operations.map(|operation| operation.area.as_deref()));
            }
        }
    }
    match (areas.pop_first(), areas.is_empty()) {
        (None, _) => Area::Unused,
        (Some(None), true) => Area::Whole,
        (Some(Some(name)), true) => Area::Named(name),
        _ => Area::Shared,
    }
}
