//! Objects that contain themselves.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::schema::{components, is_annotation, reference, target};
use crate::error::Error;

/// Progenitor puts a value in a `Box` where a type would contain itself. If the property is optional, and
/// another type has such a property as well, it boxes the `Option` instead of the value, and then sends null
/// where nothing was set. This pass boxes the value itself, at the property that closes a circle. It comes
/// after all passes that look for references.
pub fn lower(document: &mut Value) -> Result<(), Error> {
    for (name, property) in closing(components(document)) {
        let property = &mut document["components"]["schemas"][name]["properties"][property];
        if let Some(target) = target(property) {
            box_value(property, &target);
        }
    }
    Ok(())
}

fn box_value(property: &mut Value, target: &str) {
    let boxed = json!({"x-rust-type": {
        "crate": "std", "version": "*", "path": "std::boxed::Box", "parameters": [reference(target)],
    }});
    let mut annotations = match property.take() {
        Value::Object(object) => object,
        _ => Map::new(),
    };
    annotations.retain(|key, _| is_annotation(key));
    *property = if annotations.is_empty() {
        boxed
    } else {
        annotations.insert("allOf".to_owned(), json!([boxed]));
        Value::Object(annotations)
    };
}

/// The properties that lead from a component back to one that leads to it, by component and name.
fn closing(schemas: &Map<String, Value>) -> BTreeSet<(String, String)> {
    let edges: BTreeMap<&str, Vec<(&str, String)>> = schemas
        .iter()
        .map(|(name, schema)| {
            let properties = schema["properties"].as_object().into_iter().flatten();
            let mut edges: Vec<_> = properties
                .filter_map(|(property, schema)| Some((property.as_str(), target(schema)?)))
                .collect();
            edges.sort();
            (name.as_str(), edges)
        })
        .collect();
    let mut found = BTreeSet::new();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    for start in edges.keys() {
        // A path of components, each with the number of its next property.
        let mut path: Vec<(&str, usize)> = vec![(start, 0)];
        while let Some((name, next)) = path.last_mut() {
            let name = *name;
            let edge = edges.get(name).and_then(|edges| edges.get(*next));
            *next += 1;
            match edge {
                _ if done.contains(name) => drop(path.pop()),
                None => {
                    done.insert(name);
                    path.pop();
                }
                Some((property, target)) => {
                    if path.iter().any(|(name, _)| name == target) {
                        found.insert((name.to_owned(), (*property).to_owned()));
                    } else if let Some((target, _)) = edges.get_key_value(target.as_str()) {
                        path.push((target, 0));
                    }
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    fn reference(name: &str) -> Value {
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    fn boxed(name: &str) -> Value {
        json!({"x-rust-type": {
            "crate": "std", "version": "*", "path": "std::boxed::Box", "parameters": [reference(name)],
        }})
    }

    fn lowered(schemas: Value) -> Value {
        let mut document = json!({"components": {"schemas": schemas}});
        super::lower(&mut document).unwrap();
        document["components"]["schemas"].take()
    }

    #[test]
    fn the_property_that_closes_a_circle_is_boxed() {
        let described = json!({"description": "d", "nullable": true, "allOf": [reference("Tree")]});
        let described_box = json!({"description": "d", "nullable": true, "allOf": [boxed("Tree")]});
        let schemas = lowered(json!({
            "Holder": {"properties": {"tree": reference("Tree"), "other": reference("Other")}},
            "Other": {"properties": {"third": reference("Third")}},
            "Third": {"properties": {"other": reference("Other"), "text": {"type": "string"}}},
            "Tree": {"properties": {
                "parent": reference("Tree"), "described": described,
                "children": {"type": "array", "items": reference("Tree")},
            }},
        }));
        assert_eq!(
            schemas,
            json!({
                "Holder": {"properties": {"tree": reference("Tree"), "other": reference("Other")}},
                "Other": {"properties": {"third": reference("Third")}},
                "Third": {"properties": {"other": boxed("Other"), "text": {"type": "string"}}},
                "Tree": {"properties": {
                    "parent": boxed("Tree"), "described": described_box,
                    "children": {"type": "array", "items": reference("Tree")},
                }},
            })
        );
    }

    #[test]
    fn what_only_lists_and_maps_lead_back_to_stays() {
        let schemas = json!({
            "A": {"properties": {"b": reference("B")}},
            "B": {"properties": {"a": {"type": "object", "additionalProperties": reference("A")}}},
        });
        assert_eq!(lowered(schemas.clone()), schemas);
    }
}
