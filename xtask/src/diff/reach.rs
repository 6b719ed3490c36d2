//! Which operations reach a shared part of the document, and in which directions.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::document::{OperationAt, SCHEMAS, component_of, resolve};
use super::{Directions, Operation};

/// The operations that reach something, with the directions in which each does.
pub(super) type Reached = Vec<(Operation, Directions)>;

/// The operations that reach each component, given as (kind, name).
pub(super) struct Reach(BTreeMap<(String, String), Reached>);

/// A reference, and the directions that its context allows.
type Edge = ((String, String), Directions);

impl Reach {
    /// Follows the references of every operation of a document in its normal form.
    pub(super) fn of(root: &Value, operations: &[OperationAt<'_>]) -> Self {
        let mut edges: BTreeMap<(String, String), Vec<Edge>> = BTreeMap::new();
        let components = root.get("components").and_then(Value::as_object);
        for (kind, members) in components.into_iter().flatten() {
            for (name, member) in members.as_object().into_iter().flatten() {
                let mut found = Vec::new();
                if kind == "schemas" {
                    of_schema(root, member, Directions::BOTH, &mut found);
                } else {
                    of_part(root, member, Directions::BOTH, &mut found);
                }
                edges.insert((kind.clone(), name.clone()), found);
            }
        }

        let mut reach: BTreeMap<_, Reached> = BTreeMap::new();
        for at in operations {
            let mut seen: BTreeMap<&(String, String), Directions> = BTreeMap::new();
            let start = of_operation(root, at.value);
            let mut open: Vec<(&(String, String), Directions)> =
                start.iter().map(|(to, on)| (to, *on)).collect();
            while let Some((component, directions)) = open.pop() {
                let known = seen.entry(component).or_default();
                let joined = known.or(directions);
                if joined == *known {
                    continue;
                }
                *known = joined;
                for (to, mask) in edges.get(component).into_iter().flatten() {
                    open.push((to, joined.and(*mask)));
                }
            }
            for (component, directions) in seen {
                reach
                    .entry(component.clone())
                    .or_default()
                    .push((at.operation.clone(), directions));
            }
        }
        for reached in reach.values_mut() {
            reached.sort();
        }
        Self(reach)
    }

    /// The operations that reach a component.
    pub(super) fn get(&self, kind: &str, name: &str) -> &[(Operation, Directions)] {
        self.0
            .get(&(kind.to_owned(), name.to_owned()))
            .map_or(&[], Vec::as_slice)
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

fn of_operation(root: &Value, operation: &Value) -> Vec<Edge> {
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
fn of_part(root: &Value, part: &Value, directions: Directions, found: &mut Vec<Edge>) {
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

fn of_schema(root: &Value, schema: &Value, outer: Directions, found: &mut Vec<Edge>) {
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
                        found.push((("schemas".to_owned(), name.to_owned()), directions));
                    }
                }
            }
            _ => {}
        }
    }
}

fn reference(object: &Map<String, Value>, directions: Directions, found: &mut Vec<Edge>) {
    if let Some((kind, name)) = component_of(object) {
        found.push(((kind.to_owned(), name.to_owned()), directions));
    }
}
