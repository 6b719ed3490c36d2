//! Compares schemas. References are compared by name, and their targets at their definition: so a
//! change of a shared schema is found once, and recursive schemas need no special care.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::document::{SCHEMAS, object, resolve};
use super::normal::canonical;
use super::reach::travels;
use super::walk::{Location, Pair, Walk, keys};
use super::{Check, Directions};
use ultravox_codegen::variants::variants;

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

/// A limit that is one number.
struct Limit {
    key: &'static str,
    /// How a new value compares with the old one where fewer values fit than before.
    tighter: Ordering,
    checks: [Check; 2],
}

const LIMITS: &[Limit] = &[
    Limit {
        key: "minLength",
        tighter: Ordering::Greater,
        checks: [Check::MinLengthTightened, Check::MinLengthLoosened],
    },
    Limit {
        key: "maxLength",
        tighter: Ordering::Less,
        checks: [Check::MaxLengthTightened, Check::MaxLengthLoosened],
    },
    Limit {
        key: "minItems",
        tighter: Ordering::Greater,
        checks: [Check::MinItemsTightened, Check::MinItemsLoosened],
    },
    Limit {
        key: "maxItems",
        tighter: Ordering::Less,
        checks: [Check::MaxItemsTightened, Check::MaxItemsLoosened],
    },
    Limit {
        key: "minProperties",
        tighter: Ordering::Greater,
        checks: [Check::MinPropertiesTightened, Check::MinPropertiesLoosened],
    },
    Limit {
        key: "maxProperties",
        tighter: Ordering::Less,
        checks: [Check::MaxPropertiesTightened, Check::MaxPropertiesLoosened],
    },
];

impl Walk<'_> {
    /// Compares two schemas at one location. `required`: whether the location is a required property.
    pub(super) fn schema(
        &mut self,
        location: &Location<'_>,
        old: &Value,
        new: &Value,
        required: bool,
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
            (None, None) => self.shape(location, pair),
            (Some(old), Some(new)) => {
                if old != new {
                    let names = (Some(short(&old)), Some(short(&new)));
                    self.emit(Check::SchemaReferenceChanged, location, names.0, names.1);
                }
                // Nothing else has a meaning beside a reference.
                let beside = |object: &Map<String, Value>| without(object, "$ref");
                let (old, new) = (beside(pair.0), beside(pair.1));
                self.annotations(location, (&old, &new), &[]);
            }
            (Some(_), None) => {
                let old = self.end(old, true);
                self.one_sided(location, (&old, pair.1), pair, Check::SchemaInlined);
            }
            (None, Some(_)) => {
                let new = self.end(new, false);
                self.one_sided(location, (pair.0, &new), pair, Check::SchemaExtracted);
            }
        }
    }

    /// The end of a reference, with what stands beside the reference.
    fn end(&self, schema: &Value, old: bool) -> Map<String, Value> {
        let root = if old { self.old.root } else { self.new.root };
        let mut end = object(Some(resolve(root, schema)))
            .cloned()
            .unwrap_or_default();
        let beside = object(Some(schema)).into_iter().flatten();
        end.extend(
            beside
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
    ) {
        let names = (Some(describe(written.0)), Some(describe(written.1)));
        if kind(ends.0) == kind(ends.1) && !ends.0.contains_key("$ref") {
            self.emit(check, location, names.0, names.1);
            self.shape(location, ends);
        } else {
            self.emit(Check::TypeChanged, location, names.0, names.1);
            self.annotations(location, ends, SHAPE);
        }
    }

    /// Who may send and who receives the value.
    fn access(&mut self, location: &Location<'_>, pair: Pair<'_>, required: bool) {
        let writable = if required {
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
    fn shape(&mut self, location: &Location<'_>, pair: Pair<'_>) {
        let unions = (union(pair.0), union(pair.1));
        if kind(pair.0) != kind(pair.1) || unions.0.is_some() != unions.1.is_some() {
            let types = (Some(describe(pair.0)), Some(describe(pair.1)));
            self.emit(Check::TypeChanged, location, types.0, types.1);
            self.annotations(location, pair, SHAPE);
            return;
        }
        if pair.0.get("format") != pair.1.get("format") {
            self.emit_key(Check::FormatChanged, location, "format", pair);
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
            self.emit_key(Check::NotChanged, location, "not", pair);
        }
        self.discriminator(location, pair);
        self.annotations(location, pair, SHAPE);
    }

    /// Compares what says nothing of which values fit, null aside.
    fn annotations(&mut self, location: &Location<'_>, pair: Pair<'_>, taken: &[&str]) {
        let nullable = [Check::BecameNullable, Check::BecameNotNullable];
        self.flag(location, "nullable", pair, nullable);
        let deprecated = [Check::Deprecated, Check::Undeprecated];
        self.flag(location, "deprecated", pair, deprecated);
        let check = match (pair.0.get("default"), pair.1.get("default")) {
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
                if olds != news {
                    self.variants(location, old, new);
                }
            }
            _ if old != new => {
                self.emit_key(Check::Unrecognized, &location.at("enum"), "enum", pair)
            }
            _ => {}
        }
    }

    /// The variants of the values that both have, where they are called otherwise than before.
    fn variants(&mut self, location: &Location<'_>, old: &[Value], new: &[Value]) {
        let named = |values: &[Value]| -> Option<BTreeMap<String, String>> {
            let values: BTreeSet<_> = values.iter().filter_map(Value::as_str).collect();
            let values: Vec<_> = values.into_iter().collect();
            let names = variants(location.name(), &values).ok()?;
            let values = values.into_iter().map(str::to_owned);
            Some(values.zip(names).collect())
        };
        // Values without a name have no client either, which is said where it is generated.
        let (Some(mut old), Some(mut new)) = (named(old), named(new)) else {
            return;
        };
        old.retain(|value, name| new.get(value).is_some_and(|other| other != name));
        new.retain(|value, _| old.contains_key(value));
        if !old.is_empty() {
            let (old, new) = (json!(old), json!(new));
            self.emit(Check::EnumVariantsRenamed, location, Some(old), Some(new));
        }
    }

    fn limits(&mut self, location: &Location<'_>, pair: Pair<'_>) {
        for limit in LIMITS {
            let (old, new) = (pair.0.get(limit.key), pair.1.get(limit.key));
            let ordering = match (old, new) {
                (None, Some(_)) => Some(limit.tighter),
                (Some(_), None) => Some(limit.tighter.reverse()),
                (Some(old), Some(new)) if old != new => compare(new, old),
                _ => continue,
            };
            let [tightened, loosened] = limit.checks;
            self.limit(
                location,
                limit.key,
                pair,
                ordering.map(|ordering| {
                    if ordering == limit.tighter {
                        tightened
                    } else {
                        loosened
                    }
                }),
            );
        }
        let bounds = [
            (
                "minimum",
                "exclusiveMinimum",
                Ordering::Greater,
                [Check::MinimumTightened, Check::MinimumLoosened],
            ),
            (
                "maximum",
                "exclusiveMaximum",
                Ordering::Less,
                [Check::MaximumTightened, Check::MaximumLoosened],
            ),
        ];
        for (key, exclusive, tighter, [tightened, loosened]) in bounds {
            let same = |key| pair.0.get(key) == pair.1.get(key);
            if same(key) && same(exclusive) {
                continue;
            }
            let flag = |object: &Map<String, Value>| match object.get(exclusive) {
                None => Some(false),
                Some(value) => value.as_bool(),
            };
            let (Some(old_exclusive), Some(new_exclusive)) = (flag(pair.0), flag(pair.1)) else {
                // A number, as OpenAPI 3.1 has it.
                for key in [key, exclusive] {
                    if !same(key) {
                        self.emit_key(Check::Unrecognized, &location.at(key), key, pair);
                    }
                }
                continue;
            };
            let ordering = match (pair.0.get(key), pair.1.get(key)) {
                (None, Some(_)) => Some(tighter),
                (Some(_), None) => Some(tighter.reverse()),
                (Some(old), Some(new)) if old != new => compare(new, old),
                // One bound, with or without the number itself.
                _ if new_exclusive => Some(tighter),
                _ => Some(tighter.reverse()),
            };
            let check = ordering.map(|ordering| {
                if ordering == tighter {
                    tightened
                } else {
                    loosened
                }
            });
            let bound = |object: &Map<String, Value>, exclusive: bool| {
                let value = object.get(key).cloned();
                match (value, exclusive) {
                    (Some(value), true) => Some(json!(format!("{value}, exclusive"))),
                    (None, true) => Some(json!("exclusive")),
                    (value, false) => value,
                }
            };
            let (old, new) = (bound(pair.0, old_exclusive), bound(pair.1, new_exclusive));
            match check {
                Some(check) => self.emit(check, location, old, new),
                None => self.emit(Check::Unrecognized, &location.at(key), old, new),
            }
        }
        self.multiple_of(location, pair);
        let unique = [Check::UniqueItemsRequired, Check::UniqueItemsLifted];
        self.flag(location, "uniqueItems", pair, unique);
    }

    fn limit(&mut self, location: &Location<'_>, key: &str, pair: Pair<'_>, check: Option<Check>) {
        match check {
            Some(check) => self.emit_key(check, location, key, pair),
            None => self.emit_key(Check::Unrecognized, &location.at(key), key, pair),
        }
    }

    fn multiple_of(&mut self, location: &Location<'_>, pair: Pair<'_>) {
        let key = "multipleOf";
        let check = match (pair.0.get(key), pair.1.get(key)) {
            (old, new) if old == new => return,
            (Some(_), None) => Some(Check::MultipleOfLoosened),
            (None, Some(_)) => Some(Check::MultipleOfTightened),
            (old, new) => {
                let number = |value: Option<&Value>| value.and_then(Value::as_f64);
                let numbers = number(old).zip(number(new));
                numbers.map(|(old, new)| {
                    // Every multiple of the old is one of the new. All else excludes some.
                    if old % new == 0.0 {
                        Check::MultipleOfLoosened
                    } else {
                        Check::MultipleOfTightened
                    }
                })
            }
        };
        self.limit(location, key, pair, check);
    }

    fn pattern(&mut self, location: &Location<'_>, pair: Pair<'_>) {
        let check = match (pair.0.get("pattern"), pair.1.get("pattern")) {
            (old, new) if old == new => return,
            (None, _) => Check::PatternAdded,
            (_, None) => Check::PatternRemoved,
            _ => Check::PatternChanged,
        };
        self.emit_key(check, location, "pattern", pair);
    }

    fn properties(&mut self, location: &Location<'_>, pair: Pair<'_>) {
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
                self.schema(&location.at(name), old, new, false);
            }
            return;
        };
        let mut names = keys(old, new);
        // What is required can be a property of another part of an `allOf`.
        names.extend(was_required.symmetric_difference(&is_required));
        for name in names {
            let location = location.at(name);
            match (old.get(name), new.get(name)) {
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
                    self.schema(&location, old, new, is_required.contains(name));
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

    fn additional_properties(&mut self, location: &Location<'_>, pair: Pair<'_>) {
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
                return self.schema(&location.at("*"), old, new, false);
            }
            // Prose alone: any value is possible, before and after.
            (None, Some(new @ Value::Object(fields))) if is_any(fields) => {
                return self.schema(&location.at("*"), &any, new, false);
            }
            (Some(old @ Value::Object(fields)), None) if is_any(fields) => {
                return self.schema(&location.at("*"), old, &any, false);
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

    fn items(&mut self, location: &Location<'_>, pair: Pair<'_>) {
        let any = Value::Object(Map::new());
        let old = pair.0.get("items").unwrap_or(&any);
        let new = pair.1.get("items").unwrap_or(&any);
        self.schema(&location.at("[]"), old, new, false);
    }

    /// Compares the members of a union or an `allOf`, whose order means nothing.
    fn members(
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
            self.schema(&location.at(label), &old, &new, false);
        }
        for member in olds {
            self.emit(removed, location, Some(member), None);
        }
        for member in news {
            self.emit(added, location, None, Some(member));
        }
    }

    fn discriminator(&mut self, location: &Location<'_>, pair: Pair<'_>) {
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

fn without(object: &Map<String, Value>, key: &str) -> Map<String, Value> {
    let others = object.iter().filter(|(other, _)| *other != key);
    others
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// The required properties; none where the list is no list of names.
fn required(schema: &Map<String, Value>) -> Option<BTreeSet<&str>> {
    match schema.get("required") {
        None => Some(BTreeSet::new()),
        Some(list) => list.as_array()?.iter().map(Value::as_str).collect(),
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

/// How two numbers compare; none where one is no number.
fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a.as_i64(), b.as_i64()) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => a
            .as_f64()?
            .partial_cmp(&b.as_f64()?)
            .filter(|order| order.is_ne()),
    }
}
