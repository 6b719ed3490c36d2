//! Puts the members of an `allOf` together, so that it does not matter in which of them a property is.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::super::document::resolve;
use super::super::walk::Pair;

/// How deep members of members are followed.
const DEEPEST: usize = 16;

/// The two schemas with the properties of their members as properties of their own, where one of the two
/// has members. A member that both refer to remains: it is compared at its definition. So does a member
/// that says more than which properties there are.
pub(super) fn merged(
    roots: (&Value, &Value),
    (old, new): Pair<'_>,
) -> Option<(Map<String, Value>, Map<String, Value>)> {
    if !old.contains_key("allOf") && !new.contains_key("allOf") {
        return None;
    }
    let shared: BTreeSet<&str> = references(old)
        .intersection(&references(new))
        .copied()
        .collect();
    Some((
        with_members(roots.0, old, &shared),
        with_members(roots.1, new, &shared),
    ))
}

/// The members that are references.
pub(super) fn references(schema: &Map<String, Value>) -> BTreeSet<&str> {
    let members = schema.get("allOf").and_then(Value::as_array);
    let members = members.into_iter().flatten();
    members
        .filter_map(|member| member.get("$ref")?.as_str())
        .collect()
}

fn with_members(
    root: &Value,
    schema: &Map<String, Value>,
    shared: &BTreeSet<&str>,
) -> Map<String, Value> {
    let mut whole = schema.clone();
    let Some(Value::Array(members)) = whole.remove("allOf") else {
        return schema.clone();
    };
    let mut left = Vec::new();
    for member in members {
        let is_shared = member
            .get("$ref")
            .and_then(Value::as_str)
            .is_some_and(|reference| shared.contains(reference));
        let taken = match is_shared {
            true => None,
            false => properties_of(root, &member, DEEPEST).and_then(|of| joined(&whole, of)),
        };
        match taken {
            Some(joined) => whole = joined,
            None => left.push(member),
        }
    }
    if !left.is_empty() {
        let is_object =
            |member: &Value| resolve(root, member).get("type") == Some(&json!("object"));
        if left.iter().any(is_object) {
            whole.entry("type").or_insert_with(|| json!("object"));
        }
        whole.insert("allOf".to_owned(), Value::Array(left));
    }
    whole
}

/// A member as an object of `properties` and `required`, if that is all that it says.
fn properties_of(root: &Value, member: &Value, depth: usize) -> Option<Map<String, Value>> {
    let member = resolve(root, member).as_object()?;
    let mut whole = Map::new();
    for (key, value) in member {
        match key.as_str() {
            "properties" | "required" => {
                whole.insert(key.clone(), value.clone());
            }
            "type" if value == "object" => {}
            "description" | "title" | "example" | "allOf" => {}
            _ => return None,
        }
    }
    if let Some(members) = member.get("allOf") {
        for member in members.as_array()? {
            let inner = properties_of(root, member, depth.checked_sub(1)?)?;
            whole = joined(&whole, inner)?;
        }
    }
    Some(whole)
}

/// Both together; none if they say different things of one property.
fn joined(whole: &Map<String, Value>, more: Map<String, Value>) -> Option<Map<String, Value>> {
    let mut whole = whole.clone();
    whole.entry("type").or_insert_with(|| json!("object"));
    for (key, value) in more {
        match (whole.entry(&key).or_insert_with(|| empty(&value)), value) {
            (Value::Object(properties), Value::Object(more)) => {
                for (name, schema) in more {
                    if properties.get(&name).is_some_and(|other| *other != schema) {
                        return None;
                    }
                    properties.insert(name, schema);
                }
            }
            (Value::Array(required), Value::Array(more)) => {
                for name in more {
                    if !required.contains(&name) {
                        required.push(name);
                    }
                }
            }
            _ => return None,
        }
    }
    Some(whole)
}

fn empty(of: &Value) -> Value {
    match of {
        Value::Array(_) => json!([]),
        _ => json!({}),
    }
}
