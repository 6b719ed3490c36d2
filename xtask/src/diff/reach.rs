//! Which operations reach a shared part of the document, and in which directions.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::document::{OperationAt, SCHEMAS, component_of, resolve};
use super::{Directions, Operation};

/// The operations that reach something, with the directions in which each does.
pub(super) type Reached = Vec<(Operation, Directions)>;

/// A component: its kind and its name.
type Component<'a> = (&'a str, &'a str);

/// The operations that reach each component, by its kind and its name.
pub(super) struct Reach<'a>(BTreeMap<&'a str, BTreeMap<&'a str, Reached>>);

/// A reference, and the directions that its context allows.
type Edge<'a> = (Component<'a>, Directions);

impl<'a> Reach<'a> {
    /// Follows the references of every operation of a document in its normal form.
    pub(super) fn of(root: &'a Value, operations: &[OperationAt<'a>]) -> Self {
        let mut edges: BTreeMap<Component<'a>, Vec<Edge<'a>>> = BTreeMap::new();
        let components = root.get("components").and_then(Value::as_object);
        for (kind, members) in components.into_iter().flatten() {
            for (name, member) in members.as_object().into_iter().flatten() {
                let mut found = Vec::new();
                if kind == "schemas" {
                    of_schema(root, member, Directions::BOTH, &mut found);
                } else {
                    of_part(root, member, Directions::BOTH, &mut found);
                }
                edges.insert((kind, name), found);
            }
        }

        let mut reach: BTreeMap<_, BTreeMap<_, Reached>> = BTreeMap::new();
        for at in operations {
            let mut seen: BTreeMap<Component<'a>, Directions> = BTreeMap::new();
            let mut open = of_operation(root, at.value);
            while let Some((component, directions)) = open.pop() {
                let known = seen.entry(component).or_default();
                let joined = known.or(directions);
                if joined == *known {
                    continue;
                }
                *known = joined;
                for (to, mask) in edges.get(&component).into_iter().flatten() {
                    open.push((*to, joined.and(*mask)));
                }
            }
            for ((kind, name), directions) in seen {
                let of_kind = reach.entry(kind).or_default();
                of_kind
                    .entry(name)
                    .or_default()
                    .push((at.operation.clone(), directions));
            }
        }
        for reached in reach.values_mut().flat_map(BTreeMap::values_mut) {
            reached.sort();
        }
        Self(reach)
    }

    /// The operations that reach a component.
    pub(super) fn get(&self, kind: &str, name: &str) -> &[(Operation, Directions)] {
        let reached = self.0.get(kind).and_then(|of_kind| of_kind.get(name));
        reached.map_or(&[], Vec::as_slice)
    }
}

/// The directions in which the data of a schema can travel at all.
pub(super) fn travels(root: &Value, schema: &Value) -> Directions {
    let flag = |key: &str| {
        let own = schema.get(key) == Some(&Value::Bool(true));
        own || resolve(root, schema).get(key) == Some(&Value::Bool(true))
    };
    Directions {
        request: !flag("readOnly"),
        response: !flag("writeOnly"),
    }
}

fn of_operation<'a>(root: &'a Value, operation: &'a Value) -> Vec<Edge<'a>> {
    let mut found = Vec::new();
    for (key, directions) in [
        ("parameters", Directions::REQUEST),
        ("requestBody", Directions::REQUEST),
        ("responses", Directions::RESPONSE),
    ] {
        if let Some(part) = operation.get(key) {
            of_part(root, part, directions, &mut found);
        }
    }
    found
}

/// References in a part that contains schemas: a parameter, a body, a response, or a list of them.
fn of_part<'a>(
    root: &'a Value,
    part: &'a Value,
    directions: Directions,
    found: &mut Vec<Edge<'a>>,
) {
    match part {
        Value::Array(parts) => {
            for part in parts {
                of_part(root, part, directions, found);
            }
        }
        Value::Object(object) => {
            reference(object, directions, found);
            for (key, value) in object {
                match key.as_str() {
                    "schema" => of_schema(root, value, directions, found),
                    // Data, not schemas.
                    "example" | "examples" => {}
                    _ => of_part(root, value, directions, found),
                }
            }
        }
        _ => {}
    }
}

fn of_schema<'a>(root: &'a Value, schema: &'a Value, outer: Directions, found: &mut Vec<Edge<'a>>) {
    let Some(object) = schema.as_object() else {
        return;
    };
    let directions = outer.and(travels(root, schema));
    if directions.is_none() {
        return;
    }
    reference(object, directions, found);
    for (key, value) in object {
        match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                for property in properties.values() {
                    of_schema(root, property, directions, found);
                }
            }
            ("allOf" | "oneOf" | "anyOf", Value::Array(members)) => {
                for member in members {
                    of_schema(root, member, directions, found);
                }
            }
            ("items" | "not" | "additionalProperties", value) => {
                of_schema(root, value, directions, found);
            }
            ("discriminator", value) => {
                let mapping = value.get("mapping").and_then(Value::as_object);
                for target in mapping.into_iter().flat_map(Map::values) {
                    if let Some(name) = target.as_str().and_then(|to| to.strip_prefix(SCHEMAS)) {
                        found.push((("schemas", name), directions));
                    }
                }
            }
            _ => {}
        }
    }
}

fn reference<'a>(
    object: &'a Map<String, Value>,
    directions: Directions,
    found: &mut Vec<Edge<'a>>,
) {
    found.extend(component_of(object).map(|component| (component, directions)));
}
