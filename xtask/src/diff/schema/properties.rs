//! Compares the properties of objects, and what else an object may have.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::super::document::resolve;
use super::super::reach::travels;
use super::super::walk::{Location, Pair, Walk, keys};
use super::super::{Check, Directions};
use super::{Required, SHAPE};

impl Walk<'_> {
    pub(super) fn properties(&mut self, location: &Location<'_>, pair: Pair<'_>) {
        let (old_root, new_root) = (self.old.root, self.new.root);
        let Some((old, new)) = self.objects_under(location, "properties", pair) else {
            return;
        };
        let (Some(was_required), Some(is_required)) = (required(pair.0), required(pair.1)) else {
            if pair.0.get("required") != pair.1.get("required") {
                self.emit_key(
                    Check::Unrecognized,
                    &location.at("required"),
                    "required",
                    pair,
                );
            }
            for name in keys(old, new) {
                let any = Value::Object(Map::new());
                let (old, new) = (old.get(name), new.get(name));
                let (old, new) = (old.unwrap_or(&any), new.unwrap_or(&any));
                self.schema(&location.at(name), old, new, Required::default());
            }
            return;
        };
        let mut names = keys(old, new);
        // What is required can be a property of another part of an `allOf`.
        names.extend(was_required.symmetric_difference(&is_required));
        for name in names {
            let location = location.at(name);
            match (old.get(name), new.get(name)) {
                (Some(old), None) if self.is_in_members(pair.1, name, old, false) => {
                    self.emit(Check::AllOfRearranged, &location, None, None);
                    continue;
                }
                (None, Some(new)) if self.is_in_members(pair.0, name, new, true) => {
                    self.emit(Check::AllOfRearranged, &location, None, None);
                    continue;
                }
                (Some(old), None) => {
                    let location = location.only(travels(old_root, old));
                    self.emit(Check::PropertyRemoved, &location, Some(old.clone()), None);
                    continue;
                }
                (None, Some(new)) => {
                    let location = location.only(travels(new_root, new));
                    let check = if is_required.contains(name) {
                        Check::PropertyAddedRequired
                    } else {
                        Check::PropertyAddedOptional
                    };
                    self.emit(check, &location, None, Some(new.clone()));
                    continue;
                }
                (Some(old), Some(new)) => {
                    let required = Required {
                        old: was_required.contains(name),
                        new: is_required.contains(name),
                    };
                    self.schema(&location, old, new, required);
                }
                (None, None) => {}
            }
            let check = match (was_required.contains(name), is_required.contains(name)) {
                (false, true) => Check::PropertyBecameRequired,
                (true, false) => Check::PropertyBecameOptional,
                _ => continue,
            };
            let directions = old
                .get(name)
                .map_or(Directions::BOTH, |old| travels(old_root, old));
            self.emit(check, &location.only(directions), None, None);
        }
    }

    /// Whether a member of the `allOf` that the other document has as well describes this property.
    fn is_in_members(
        &self,
        schema: &Map<String, Value>,
        name: &str,
        as_: &Value,
        old: bool,
    ) -> bool {
        let root = if old { self.old.root } else { self.new.root };
        let members = schema.get("allOf").and_then(Value::as_array);
        members.into_iter().flatten().any(|member| {
            let properties = resolve(root, member).get("properties");
            properties.and_then(|properties| properties.get(name)) == Some(as_)
        })
    }

    pub(super) fn additional_properties(&mut self, location: &Location<'_>, pair: Pair<'_>) {
        let key = "additionalProperties";
        let (old, new) = (pair.0.get(key), pair.1.get(key));
        if old == new {
            return;
        }
        // Without properties of its own, an object is a map.
        let has_fields = |object: &Map<String, Value>| object.contains_key("properties");
        let is_map = !has_fields(pair.0) && !has_fields(pair.1);
        let closed = Some(&Value::Bool(false));
        let any = Value::Object(Map::new());
        let is_any =
            |schema: &Map<String, Value>| !schema.keys().any(|key| SHAPE.contains(&key.as_str()));
        let check = match (old, new) {
            (Some(old @ Value::Object(_)), Some(new @ Value::Object(_))) => {
                return self.schema(&location.at("*"), old, new, Required::default());
            }
            // Prose alone: any value is possible, before and after.
            (None, Some(new @ Value::Object(fields))) if is_any(fields) => {
                return self.schema(&location.at("*"), &any, new, Required::default());
            }
            (Some(old @ Value::Object(fields)), None) if is_any(fields) => {
                return self.schema(&location.at("*"), old, &any, Required::default());
            }
            (_, new) if new == closed && is_map => Check::MapClosed,
            (_, new) if new == closed => Check::AdditionalPropertiesClosed,
            (old, None) if old == closed && is_map => Check::MapOpened,
            (old, None) if old == closed => Check::AdditionalPropertiesOpened,
            (_, Some(Value::Object(_))) => Check::AdditionalPropertiesTyped,
            (Some(Value::Object(_)), None) => Check::AdditionalPropertiesUntyped,
            _ => Check::Unrecognized,
        };
        self.emit_key(check, location, key, pair);
    }
}

/// The required properties; none where the list is no list of names.
fn required(schema: &Map<String, Value>) -> Option<BTreeSet<&str>> {
    match schema.get("required") {
        None => Some(BTreeSet::new()),
        Some(list) => list.as_array()?.iter().map(Value::as_str).collect(),
    }
}
