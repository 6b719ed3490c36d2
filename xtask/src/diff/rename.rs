//! Schemas that only changed their name.
//!
//! A removed and an added schema are the same under another name if their contents are equal except for
//! prose, where references between renamed schemas count as equal (they may refer to each other, or to
//! themselves). If the contents differ as well, they are still the same if they are used at the same
//! location and at least half of their content is equal.
//!
//! This is about the document. Whether a type gets another name is decided in `ultravox_codegen`.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::document::SCHEMAS;
use super::normal::{canonical, inner_schemas};

/// Finds the renamed schemas, and gives them their new names in `old`. Returns the new names by the old ones.
pub(super) fn apply(old: &mut Value, new: &Value) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    loop {
        let found = find(old, new);
        if found.is_empty() {
            return all;
        }
        rewrite(old, &found);
        if let Some(schemas) = schemas_mut(old) {
            *schemas = std::mem::take(schemas)
                .into_iter()
                .map(|(name, schema)| (found.get(&name).cloned().unwrap_or(name), schema))
                .collect();
        }
        all.extend(found);
    }
}

fn find(old: &Value, new: &Value) -> BTreeMap<String, String> {
    let (Some(old_schemas), Some(new_schemas)) = (schemas(old), schemas(new)) else {
        return BTreeMap::new();
    };
    let gone = without(old_schemas, new_schemas);
    let fresh = without(new_schemas, old_schemas);
    // Each is compared with each. With more pairs than any honest document has, all count as new.
    const MOST: usize = 250_000;
    let pairs = gone.len().saturating_mul(fresh.len());
    if pairs == 0 || pairs > MOST {
        return BTreeMap::new();
    }
    let votes = votes(old, new, &gone, &fresh);
    let vote = |a: &str, b: &str| {
        let pair = (a.to_owned(), b.to_owned());
        votes.get(&pair).copied().unwrap_or_default()
    };
    let equal = classes(&gone, &fresh);

    // The possible pairs, the most likely first.
    let mut pairs: Vec<_> = gone
        .iter()
        .flat_map(|(a, old)| fresh.iter().map(move |(b, new)| (*a, *b, *old, *new)))
        .filter_map(|(a, b, old, new)| {
            let same = equal.get(&("old", a)) == equal.get(&("new", b));
            let votes = vote(a, b);
            let likely = same || votes > 0 && alike(old, new);
            // The same pairs, whichever document is the old one.
            let names = (a.min(b), a.max(b));
            likely.then_some((Reverse((same, votes)), names, a, b))
        })
        .collect();
    pairs.sort();
    let mut found = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for (_, _, a, b) in pairs {
        if !found.contains_key(a) && taken.insert(b) {
            found.insert(a.to_owned(), b.to_owned());
        }
    }
    found
}

type Schemas<'a> = BTreeMap<&'a str, &'a Value>;

fn without<'a>(all: &'a Map<String, Value>, other: &Map<String, Value>) -> Schemas<'a> {
    all.iter()
        .filter(|(name, _)| !other.contains_key(*name))
        .map(|(name, schema)| (name.as_str(), schema))
        .collect()
}

/// Numbers the schemas so that those with equal contents have equal numbers: first all references to
/// them count as equal, then as the numbers of the round before, until no more are told apart.
fn classes<'a>(
    gone: &Schemas<'a>,
    fresh: &Schemas<'a>,
) -> BTreeMap<(&'static str, &'a str), usize> {
    let members: Vec<_> = gone
        .iter()
        .map(|(name, schema)| ("old", *name, *schema))
        .chain(fresh.iter().map(|(name, schema)| ("new", *name, *schema)))
        .collect();
    let mut classes: BTreeMap<_, _> = members
        .iter()
        .map(|(side, name, _)| ((*side, *name), 0))
        .collect();
    let mut count = 1;
    loop {
        let shapes: BTreeMap<_, _> = members
            .iter()
            .map(|(side, name, schema)| {
                let mut schema = (*schema).clone();
                shape(&mut schema, &|target| {
                    classes.get(&(*side, target)).copied()
                });
                ((*side, *name), canonical(&schema))
            })
            .collect();
        let numbers: BTreeMap<_, _> = shapes
            .values()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .zip(0..)
            .collect();
        classes = shapes
            .iter()
            .filter_map(|(member, shape)| Some((*member, *numbers.get(shape)?)))
            .collect();
        if numbers.len() == count {
            return classes;
        }
        count = numbers.len();
    }
}

/// Removes prose, and replaces references to renamed schemas by numbers.
fn shape(schema: &mut Value, number: &dyn Fn(&str) -> Option<usize>) {
    remove_prose(schema);
    with_numbers(schema, number);
}

/// Removes what is for people only from a schema.
pub(super) fn remove_prose(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    for prose in [
        "title",
        "description",
        "example",
        "examples",
        "externalDocs",
    ] {
        object.remove(prose);
    }
    inner_schemas(object).for_each(remove_prose);
}

fn with_numbers(schema: &mut Value, number: &dyn Fn(&str) -> Option<usize>) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    inner_schemas(object).for_each(|inner| with_numbers(inner, number));
    references(object, &mut |reference| {
        let number = reference.strip_prefix(SCHEMAS).and_then(number);
        number.map(|number| format!("{SCHEMAS}/{number}"))
    });
    // The order was by name.
    for union in ["allOf", "oneOf", "anyOf"] {
        if let Some(members) = object.get_mut(union).and_then(Value::as_array_mut) {
            members.sort_by_cached_key(canonical);
        }
    }
}

/// Replaces the references of an object itself, not those inside it.
fn references(object: &mut Map<String, Value>, replace: &mut dyn FnMut(&str) -> Option<String>) {
    if let Some(Value::String(reference)) = object.get_mut("$ref")
        && let Some(new) = replace(reference)
    {
        *reference = new;
    }
    let mapping = object
        .get_mut("discriminator")
        .and_then(|discriminator| discriminator.get_mut("mapping"))
        .and_then(Value::as_object_mut);
    for target in mapping.into_iter().flat_map(Map::values_mut) {
        if let Some(new) = target.as_str().and_then(&mut *replace) {
            *target = json!(new);
        }
    }
}

/// Gives all references their new names, and sorts unions again.
fn rewrite(value: &mut Value, names: &BTreeMap<String, String>) {
    match value {
        Value::Object(object) => {
            references(object, &mut |reference| {
                let name = names.get(reference.strip_prefix(SCHEMAS)?)?;
                Some(format!("{SCHEMAS}{name}"))
            });
            for (key, value) in object {
                rewrite(value, names);
                if let ("allOf" | "oneOf" | "anyOf", Value::Array(members)) = (key.as_str(), value)
                {
                    members.sort_by_cached_key(canonical);
                }
            }
        }
        Value::Array(array) => array.iter_mut().for_each(|value| rewrite(value, names)),
        _ => {}
    }
}

/// How often the new schema is used at a location where the old one was.
fn votes(
    old: &Value,
    new: &Value,
    gone: &Schemas<'_>,
    fresh: &Schemas<'_>,
) -> BTreeMap<(String, String), usize> {
    let mut votes = BTreeMap::new();
    let mut open = vec![(old, new)];
    while let Some((old, new)) = open.pop() {
        match (old, new) {
            (Value::Object(old), Value::Object(new)) => {
                let name = |object: &Map<String, Value>| {
                    let reference = object.get("$ref").and_then(Value::as_str)?;
                    reference.strip_prefix(SCHEMAS).map(str::to_owned)
                };
                if let (Some(a), Some(b)) = (name(old), name(new))
                    && gone.contains_key(a.as_str())
                    && fresh.contains_key(b.as_str())
                {
                    *votes.entry((a, b)).or_default() += 1;
                }
                for (key, old) in old {
                    open.extend(new.get(key).map(|new| (old, new)));
                }
            }
            (Value::Array(old), Value::Array(new)) => open.extend(old.iter().zip(new)),
            _ => {}
        }
    }
    votes
}

/// Whether at least half of what the two name is in both.
fn alike(old: &Value, new: &Value) -> bool {
    if old.get("type") != new.get("type") {
        return false;
    }
    let names = |schema: &Value| -> BTreeSet<String> {
        let properties = schema.get("properties").and_then(Value::as_object);
        let values = schema.get("enum").and_then(Value::as_array);
        let properties = properties.into_iter().flat_map(Map::keys).cloned();
        let values = values.into_iter().flatten().map(canonical);
        properties.chain(values).collect()
    };
    let (old, new) = (names(old), names(new));
    2 * old.intersection(&new).count() >= old.union(&new).count()
}

fn schemas(root: &Value) -> Option<&Map<String, Value>> {
    root.pointer("/components/schemas")?.as_object()
}

fn schemas_mut(root: &mut Value) -> Option<&mut Map<String, Value>> {
    root.pointer_mut("/components/schemas")?.as_object_mut()
}
