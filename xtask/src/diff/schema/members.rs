//! Compares the members of unions and of `allOf`, and what tells the members of a union apart.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::super::Check;
use super::super::document::{object, resolve};
use super::super::normal::canonical;
use super::super::walk::{Location, Pair, Walk, keys};
use super::{Required, describe, kind};

impl Walk<'_> {
    /// Compares the members of a union or an `allOf`, whose order means nothing.
    pub(super) fn members(
        &mut self,
        location: &Location<'_>,
        (old_key, new_key): (&str, &str),
        pair: Pair<'_>,
        [added, removed]: [Check; 2],
    ) {
        let members = |value: Option<&Value>| match value {
            None => Some(Vec::new()),
            Some(Value::Array(members)) => Some(members.clone()),
            Some(_) => None,
        };
        let (old, new) = (pair.0.get(old_key), pair.1.get(new_key));
        let (Some(mut olds), Some(mut news)) = (members(old), members(new)) else {
            if old != new {
                let location = location.at(old_key);
                self.emit(Check::Unrecognized, &location, old.cloned(), new.cloned());
            }
            return;
        };
        // Equal ones first, then of one name, then of one kind with most names in common.
        let texts = |members: &[Value]| members.iter().map(canonical).collect::<BTreeSet<_>>();
        let (before, after) = (texts(&olds), texts(&news));
        olds.retain(|old| !after.contains(&canonical(old)));
        news.retain(|new| !before.contains(&canonical(new)));
        let named = |old: &Value, new: &Value| {
            let name = old.get("$ref").filter(|name| name.is_string());
            usize::from(name.is_some() && name == new.get("$ref"))
        };
        let mut paired = pair_members(&mut olds, &mut news, &named);
        let (old_root, new_root) = (self.old.root, self.new.root);
        let likeness = |old: &Value, new: &Value| {
            let is_reference = |schema: &Value| schema.get("$ref").is_some();
            if is_reference(old) && is_reference(new) {
                return 0;
            }
            let (old, new) = (resolve(old_root, old), resolve(new_root, new));
            let (Some(old), Some(new)) = (old.as_object(), new.as_object()) else {
                return 0;
            };
            if kind(old) != kind(new) {
                return 0;
            }
            1 + names(old).intersection(&names(new)).count()
        };
        paired.extend(pair_members(&mut olds, &mut news, &likeness));
        for (old, new) in paired {
            let label = object(Some(&old)).map_or(Value::Null, describe);
            let label = format!("{old_key} {}", label.as_str().unwrap_or_default());
            self.schema(&location.at(label), &old, &new, Required::default());
        }
        for member in olds {
            self.emit(removed, location, Some(member), None);
        }
        for member in news {
            self.emit(added, location, None, Some(member));
        }
    }

    pub(super) fn discriminator(&mut self, location: &Location<'_>, pair: Pair<'_>) {
        let key = "discriminator";
        let (old, new) = (pair.0.get(key), pair.1.get(key));
        if old == new {
            return;
        }
        let (Some(Value::Object(old)), Some(Value::Object(new))) = (old, new) else {
            return self.emit_key(Check::DiscriminatorChanged, location, key, pair);
        };
        if old.get("propertyName") != new.get("propertyName") {
            let location = location.at(key);
            self.emit_key(
                Check::DiscriminatorChanged,
                &location,
                "propertyName",
                (old, new),
            );
        }
        let location = location.at(key);
        if let Some((old, new)) = self.objects_under(&location, "mapping", (old, new)) {
            for name in keys(old, new) {
                let check = match (old.get(name), new.get(name)) {
                    (old, new) if old == new => continue,
                    (None, _) => Check::DiscriminatorMappingAdded,
                    (_, None) => Check::DiscriminatorMappingRemoved,
                    _ => Check::DiscriminatorMappingChanged,
                };
                self.emit_key(check, &location.at(name), name, (old, new));
            }
        }
        self.rest(&location, (old, new), &["propertyName", "mapping"]);
    }
}

/// What tells schemas of one kind apart: properties and values.
fn names(schema: &Map<String, Value>) -> BTreeSet<String> {
    let properties = object(schema.get("properties"));
    let properties = properties.into_iter().flat_map(Map::keys).cloned();
    let values = schema.get("enum").and_then(Value::as_array);
    properties
        .chain(values.into_iter().flatten().map(canonical))
        .collect()
}

/// Takes pairs out of two lists, those that are most alike first; 0 is not alike.
fn pair_members(
    olds: &mut Vec<Value>,
    news: &mut Vec<Value>,
    likeness: &dyn Fn(&Value, &Value) -> usize,
) -> Vec<(Value, Value)> {
    // Each is compared with each. Beyond this, on no page that means well, none are paired.
    const MOST: usize = 100_000;
    if olds.len().saturating_mul(news.len()) > MOST {
        return Vec::new();
    }
    let mut candidates = Vec::new();
    for (i, old) in olds.iter().enumerate() {
        for (j, new) in news.iter().enumerate() {
            let likeness = likeness(old, new);
            if likeness > 0 {
                let mut texts = [canonical(old), canonical(new)];
                // The same pairs, whichever document is the old one.
                texts.sort();
                candidates.push((Reverse(likeness), texts, i, j));
            }
        }
    }
    candidates.sort();
    let (mut old_taken, mut new_taken) = (BTreeSet::new(), BTreeSet::new());
    let mut pairs = Vec::new();
    for (_, _, i, j) in candidates {
        if old_taken.contains(&i) || new_taken.contains(&j) {
            continue;
        }
        if let (Some(old), Some(new)) = (olds.get(i), news.get(j)) {
            pairs.push((old.clone(), new.clone()));
            old_taken.insert(i);
            new_taken.insert(j);
        }
    }
    let leave = |members: &mut Vec<Value>, taken: &BTreeSet<usize>| {
        let mut index = 0..;
        members.retain(|_| index.next().is_none_or(|index| !taken.contains(&index)));
    };
    leave(olds, &old_taken);
    leave(news, &new_taken);
    pairs
}
