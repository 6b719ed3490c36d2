//! Compares schemas. References are compared by name, and their targets at their definition: so a
//! change of a shared schema is found once, and recursive schemas need no special care.

mod all_of;
mod limits;
mod members;
mod properties;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::Check;
use super::document::{SCHEMAS, object, resolve};
use super::normal::canonical;
use super::reach::travels;
use super::walk::{Location, Pair, Walk};

/// The keys that say which values fit, null aside. Where the type changes, their changes are a part
/// of that.
pub(super) const SHAPE: &[&str] = &[
    "$ref",
    "type",
    "format",
    "enum",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "items",
    "minProperties",
    "maxProperties",
    "properties",
    "required",
    "additionalProperties",
    "oneOf",
    "anyOf",
    "allOf",
    "not",
    "discriminator",
];

/// Whether a value is required: a property or a parameter.
#[derive(Clone, Copy, Default)]
pub(super) struct Required {
    pub(super) old: bool,
    pub(super) new: bool,
}

impl Walk<'_> {
    /// Compares two schemas at one location.
    pub(super) fn schema(
        &mut self,
        location: &Location<'_>,
        old: &Value,
        new: &Value,
        required: Required,
    ) {
        if old == new {
            return;
        }
        let Some(pair) = self.objects(location, old, new) else {
            return;
        };
        self.access(location, pair, required);
        let location = &location.only(travels(self.old.root, old));

        let name = |object: &Map<String, Value>| object.get("$ref").cloned();
        match (name(pair.0), name(pair.1)) {
            (None, None) => self.shape(location, pair, required),
            (Some(old), Some(new)) => {
                if old != new {
                    let ends = (self.end(pair.0, true), self.end(pair.1, false));
                    let check = match same_but_prose(&ends.0, &ends.1) {
                        true => Check::SchemaReferenceRenamed,
                        false => Check::SchemaReferenceChanged,
                    };
                    self.emit(check, location, Some(short(&old)), Some(short(&new)));
                }
                // Nothing else has a meaning beside a reference.
                let beside = |object: &Map<String, Value>| without(object, "$ref");
                let (old, new) = (beside(pair.0), beside(pair.1));
                self.annotations(location, (&old, &new), &[], required);
            }
            (Some(_), None) => {
                let old = self.end(pair.0, true);
                let (written, check) = (pair, Check::SchemaInlined);
                self.one_sided(location, (&old, pair.1), written, check, required);
            }
            (None, Some(_)) => {
                let new = self.end(pair.1, false);
                let (written, check) = (pair, Check::SchemaExtracted);
                self.one_sided(location, (pair.0, &new), written, check, required);
            }
        }
    }

    /// The target of a reference, with the keys beside the reference.
    fn end(&self, schema: &Map<String, Value>, old: bool) -> Map<String, Value> {
        let root = if old { self.old.root } else { self.new.root };
        let whole = Value::Object(schema.clone());
        let mut end = object(Some(resolve(root, &whole)))
            .cloned()
            .unwrap_or_default();
        end.extend(
            schema
                .iter()
                .filter(|(key, _)| *key != "$ref")
                .map(|(key, value)| (key.clone(), value.clone())),
        );
        end
    }

    /// A reference on one side, the schema itself on the other.
    fn one_sided(
        &mut self,
        location: &Location<'_>,
        ends: Pair<'_>,
        written: Pair<'_>,
        check: Check,
        required: Required,
    ) {
        let names = (Some(describe(written.0)), Some(describe(written.1)));
        let merged = all_of::merged((self.old.root, self.new.root), ends);
        let kinds = match &merged {
            Some((old, new)) => (kind(old), kind(new)),
            None => (kind(ends.0), kind(ends.1)),
        };
        if kinds.0 == kinds.1 && !ends.0.contains_key("$ref") {
            self.emit(check, location, names.0, names.1);
            self.shape(location, ends, required);
        } else {
            self.emit(Check::TypeChanged, location, names.0, names.1);
            self.annotations(location, ends, SHAPE, required);
        }
    }

    /// Who may send and who receives the value.
    fn access(&mut self, location: &Location<'_>, pair: Pair<'_>, required: Required) {
        let writable = if required.new {
            Check::RequiredPropertyBecameWritable
        } else {
            Check::PropertyBecameWritable
        };
        let read_only = [Check::PropertyBecameReadOnly, writable];
        self.flag(location, "readOnly", pair, read_only);
        let write_only = [
            Check::PropertyBecameWriteOnly,
            Check::PropertyBecameReadable,
        ];
        self.flag(location, "writeOnly", pair, write_only);
    }

    /// Compares two schemas that are no references.
    fn shape(&mut self, location: &Location<'_>, pair: Pair<'_>, required: Required) {
        let Some((old, new)) = all_of::merged((self.old.root, self.new.root), pair) else {
            return self.keywords(location, pair, required);
        };
        let references = (all_of::references(pair.0), all_of::references(pair.1));
        if references.0 != references.1 || old == new {
            let names = |references: BTreeSet<&str>| {
                Some(
                    references
                        .into_iter()
                        .map(|name| short(&json!(name)))
                        .collect(),
                )
            };
            let (old, new) = (names(references.0), names(references.1));
            self.emit(Check::AllOfRearranged, location, old, new);
        }
        self.keywords(location, (&old, &new), required);
    }

    /// Compares two schemas keyword by keyword.
    fn keywords(&mut self, location: &Location<'_>, pair: Pair<'_>, required: Required) {
        let unions = (union(pair.0), union(pair.1));
        if kind(pair.0) != kind(pair.1) || unions.0.is_some() != unions.1.is_some() {
            let types = (Some(describe(pair.0)), Some(describe(pair.1)));
            let check = match is_wider(pair) {
                true => Check::TypeLoosened,
                false => Check::TypeChanged,
            };
            self.emit(check, location, types.0, types.1);
            self.annotations(location, pair, SHAPE, required);
            return;
        }
        if pair.0.get("format") != pair.1.get("format") {
            let check = match pair.1.contains_key("format") {
                true => Check::FormatChanged,
                false => Check::FormatRemoved,
            };
            self.emit_key(check, location, "format", pair);
        }
        self.values(location, pair);
        self.limits(location, pair);
        self.pattern(location, pair);
        self.properties(location, pair);
        self.additional_properties(location, pair);
        self.items(location, pair);
        let second = match unions {
            (Some(old), Some(new)) => {
                if old != new {
                    let kinds = (Some(json!(old)), Some(json!(new)));
                    self.emit(Check::UnionKindChanged, location, kinds.0, kinds.1);
                }
                let checks = [Check::UnionMemberAdded, Check::UnionMemberRemoved];
                self.members(location, (old, new), pair, checks);
                // Both kinds in one schema: the first was compared as a union.
                old == "oneOf" && new == "oneOf"
            }
            _ => false,
        };
        if second && pair.0.get("anyOf") != pair.1.get("anyOf") {
            self.emit_key(Check::Unrecognized, &location.at("anyOf"), "anyOf", pair);
        }
        let checks = [Check::AllOfMemberAdded, Check::AllOfMemberRemoved];
        self.members(location, ("allOf", "allOf"), pair, checks);
        if pair.0.get("not") != pair.1.get("not") {
            let check = match pair.1.contains_key("not") {
                true => Check::NotChanged,
                false => Check::NotLifted,
            };
            self.emit_key(check, location, "not", pair);
        }
        self.discriminator(location, pair);
        self.annotations(location, pair, SHAPE, required);
    }

    /// Compares the keys that do not affect which values are valid, except for null.
    fn annotations(
        &mut self,
        location: &Location<'_>,
        pair: Pair<'_>,
        taken: &[&str],
        required: Required,
    ) {
        let nullable = [Check::BecameNullable, Check::BecameNotNullable];
        self.flag(location, "nullable", pair, nullable);
        let deprecated = [Check::Deprecated, Check::Undeprecated];
        self.flag(location, "deprecated", pair, deprecated);
        let check = match (pair.0.get("default"), pair.1.get("default")) {
            (old, new) if (required.old || required.new) && old != new => {
                Some(Check::DefaultOfRequiredChanged)
            }
            (None, Some(_)) => Some(Check::DefaultAdded),
            (Some(_), None) => Some(Check::DefaultRemoved),
            (old, new) => (old != new).then_some(Check::DefaultChanged),
        };
        if let Some(check) = check {
            self.emit_key(check, location, "default", pair);
        }
        let mut taken = taken.to_vec();
        taken.extend(["nullable", "deprecated", "default", "readOnly", "writeOnly"]);
        self.rest(location, pair, &taken);
    }

    fn values(&mut self, location: &Location<'_>, pair: Pair<'_>) {
        let (old, new) = (pair.0.get("enum"), pair.1.get("enum"));
        match (old, new) {
            (None, Some(_)) => self.emit_key(Check::EnumIntroduced, location, "enum", pair),
            (Some(_), None) => self.emit_key(Check::EnumLifted, location, "enum", pair),
            (Some(Value::Array(old)), Some(Value::Array(new))) => {
                // Sets: a hostile enum has as many values as fit on a page.
                let texts =
                    |values: &[Value]| values.iter().map(canonical).collect::<BTreeSet<_>>();
                let (olds, news) = (texts(old), texts(new));
                for value in old.iter().filter(|value| !news.contains(&canonical(value))) {
                    self.emit(Check::EnumValueRemoved, location, Some(value.clone()), None);
                }
                for value in new.iter().filter(|value| !olds.contains(&canonical(value))) {
                    self.emit(Check::EnumValueAdded, location, None, Some(value.clone()));
                }
            }
            _ if old != new => {
                self.emit_key(Check::Unrecognized, &location.at("enum"), "enum", pair)
            }
            _ => {}
        }
    }

    fn items(&mut self, location: &Location<'_>, pair: Pair<'_>) {
        let any = Value::Object(Map::new());
        let old = pair.0.get("items").unwrap_or(&any);
        let new = pair.1.get("items").unwrap_or(&any);
        self.schema(&location.at("[]"), old, new, Required::default());
    }
}

/// What a schema is of, as far as two schemas of another are never compared further.
fn kind(schema: &Map<String, Value>) -> String {
    match schema.get("type") {
        Some(Value::String(kind)) => kind.clone(),
        Some(other) => canonical(other),
        None if union(schema).is_some() => "union".to_owned(),
        None if schema.contains_key("allOf") => "all of".to_owned(),
        None => "any".to_owned(),
    }
}

/// Whether a schema of another type takes all values of the old one: any value, or any number instead of any
/// integer.
fn is_wider((old, new): Pair<'_>) -> bool {
    let is_of = |schema: &Map<String, Value>, kind: &str| schema.get("type") == Some(&json!(kind));
    let mut limits = new
        .keys()
        .filter(|key| SHAPE.contains(&key.as_str()) && *key != "format");
    match limits.next().map(String::as_str) {
        None => true,
        Some("type") => is_of(old, "integer") && is_of(new, "number") && limits.next().is_none(),
        Some(_) => false,
    }
}

fn union(schema: &Map<String, Value>) -> Option<&'static str> {
    ["oneOf", "anyOf"]
        .into_iter()
        .find(|keyword| schema.contains_key(*keyword))
}

/// A type in a few words.
fn describe(schema: &Map<String, Value>) -> Value {
    if let Some(reference) = schema.get("$ref") {
        return short(reference);
    }
    let mut text = match union(schema) {
        Some(keyword) => keyword.to_owned(),
        None => kind(schema),
    };
    if let Some(format) = schema.get("format").and_then(Value::as_str) {
        text = format!("{text} ({format})");
    }
    if schema.contains_key("enum") {
        text = format!("enum of {text}");
    }
    if let Some(items) = object(schema.get("items")) {
        let items = describe(items);
        text = format!("{text} of {}", items.as_str().unwrap_or_default());
    }
    json!(text)
}

/// A reference without the way to the shared schemas.
fn short(reference: &Value) -> Value {
    let text = reference.as_str();
    match text.and_then(|text| text.strip_prefix(SCHEMAS)) {
        Some(name) => json!(name),
        None => reference.clone(),
    }
}

/// Whether two schemas only differ in prose.
fn same_but_prose(old: &Map<String, Value>, new: &Map<String, Value>) -> bool {
    let rest = |schema: &Map<String, Value>| {
        let mut schema = Value::Object(schema.clone());
        super::rename::remove_prose(&mut schema);
        schema
    };
    rest(old) == rest(new)
}

fn without(object: &Map<String, Value>, key: &str) -> Map<String, Value> {
    let others = object.iter().filter(|(other, _)| *other != key);
    others
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}
