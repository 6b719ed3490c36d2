//! What holds for any two documents, well formed or not.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

use super::wire;
use crate::diff::{Diff, normal};

/// Most of these documents are not ones that a client can be generated from.
fn diff(old: &Value, new: &Value) -> Diff {
    wire(old, new, true)
}

const NAMES: [&str; 4] = ["A", "B", "C", "D"];
const FIELDS: [&str; 3] = ["a", "b", "c"];

fn reference() -> impl Strategy<Value = Value> {
    select(&NAMES[..]).prop_map(|name| json!({"$ref": format!("#/components/schemas/{name}")}))
}

fn schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!({"type": "string"})),
        (0..3).prop_map(|limit| json!({"type": "string", "maxLength": limit, "pattern": "^a"})),
        (0..3).prop_map(|limit| json!({"type": "integer", "minimum": limit, "default": limit})),
        subsequence(&FIELDS[..], 1..3).prop_map(|values| json!({"type": "string", "enum": values})),
        reference(),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let fields = prop::collection::btree_map(select(&FIELDS[..]), inner.clone(), 0..3);
        let flags = (any::<bool>(), any::<bool>());
        prop_oneof![
            (fields, subsequence(&FIELDS[..], 0..2)).prop_map(|(fields, required)| {
                json!({"type": "object", "properties": fields, "required": required})
            }),
            inner
                .clone()
                .prop_map(|items| json!({"type": "array", "items": items})),
            inner
                .clone()
                .prop_map(|of| json!({"type": "object", "additionalProperties": of})),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|all| json!({"oneOf": all})),
            prop::collection::vec(inner.clone(), 1..3).prop_map(|all| json!({"allOf": all})),
            (inner, flags).prop_map(|(of, (nullable, read_only))| {
                json!({"allOf": [of], "nullable": nullable, "readOnly": read_only})
            }),
        ]
    })
}

fn operation() -> impl Strategy<Value = Value> {
    let parameters = prop::collection::btree_map(
        select(&FIELDS[..]),
        (schema(), any::<bool>(), select(&["query", "header"][..])),
        0..3,
    );
    (
        select(&NAMES[..]),
        parameters,
        prop::option::of(schema()),
        prop::option::of(schema()),
    )
        .prop_map(|(id, parameters, sent, received)| {
            let parameters: Vec<_> = parameters
                .into_iter()
                .map(|(name, (schema, required, location))| {
                    json!({"in": location, "name": name, "required": required, "schema": schema})
                })
                .collect();
            let content = |schema: Value| json!({"application/json": {"schema": schema}});
            let mut operation = json!({
                "operationId": id,
                "parameters": parameters,
                "responses": {"204": {"description": "Done"}},
            });
            if let Some(sent) = sent {
                operation["requestBody"] = json!({"content": content(sent)});
            }
            if let Some(received) = received {
                operation["responses"]["200"] =
                    json!({"description": "Got", "content": content(received)});
            }
            operation
        })
}

fn document() -> impl Strategy<Value = Value> {
    let schemas = prop::collection::btree_map(select(&NAMES[..]), schema(), 1..4);
    let paths = prop::collection::btree_map(
        select(&["/a", "/a/{b}", "/c"][..]),
        prop::collection::btree_map(select(&["get", "post"][..]), operation(), 1..3),
        1..3,
    );
    (schemas, paths).prop_map(|(schemas, paths)| {
        json!({
            "openapi": "3.0.3",
            "info": {"title": "Any", "version": "1"},
            "paths": paths,
            "components": {"schemas": schemas},
        })
    })
}

/// A document in which one value was replaced by another, of any kind.
fn damaged() -> impl Strategy<Value = (Value, Value)> {
    let scrap = prop_oneof![
        Just(json!(null)),
        Just(json!("x")),
        Just(json!(-1.5)),
        Just(json!([{}, null])),
        Just(json!({"$ref": "#/components/schemas/A"})),
        Just(json!({"$ref": "#/components/schemas/A/properties"})),
        Just(json!({"enum": [null], "allOf": 3})),
    ];
    (document(), any::<prop::sample::Index>(), scrap).prop_map(|(document, index, scrap)| {
        let mut damaged = document.clone();
        let mut locations = Vec::new();
        pointers(&document, String::new(), &mut locations);
        *damaged
            .pointer_mut(index.get::<String>(&locations))
            .unwrap() = scrap;
        (document, damaged)
    })
}

fn pointers(value: &Value, here: String, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                let key = key.replace('~', "~0").replace('/', "~1");
                pointers(value, format!("{here}/{key}"), found);
            }
        }
        Value::Array(array) => {
            for (index, value) in array.iter().enumerate() {
                pointers(value, format!("{here}/{index}"), found);
            }
        }
        _ => {}
    }
    found.push(here);
}

/// The same document, with every object and every list whose order has no meaning reversed.
fn turned(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let entries = object.iter().rev();
            let entries = entries.map(|(key, value)| (key.clone(), turned(value)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
        Value::Array(array) => array.iter().rev().map(turned).collect(),
        scalar => scalar.clone(),
    }
}

/// How many things of each kind were added and removed.
fn added_and_removed(diff: &Diff) -> [BTreeMap<&'static str, usize>; 2] {
    let mut counts = [BTreeMap::new(), BTreeMap::new()];
    for change in &diff.changes {
        let name = change.check.name();
        if let Some((kind, _)) = name.split_once("-added") {
            *counts[0].entry(kind).or_default() += 1;
        } else if let Some(kind) = name.strip_suffix("-removed") {
            *counts[1].entry(kind).or_default() += 1;
        }
    }
    counts
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn a_document_does_not_differ_from_itself((document, damaged) in damaged()) {
        prop_assert!(diff(&document, &document).is_empty());
        prop_assert!(diff(&damaged, &damaged).is_empty());
    }

    #[test]
    fn the_order_in_a_document_means_nothing(document in document()) {
        prop_assert_eq!(diff(&document, &turned(&document)), Diff::default());
    }

    #[test]
    fn the_other_way_round_added_and_removed_change_places(old in document(), new in document()) {
        let [added, removed] = added_and_removed(&diff(&old, &new));
        let [back_added, back_removed] = added_and_removed(&diff(&new, &old));
        prop_assert_eq!(added, back_removed);
        prop_assert_eq!(removed, back_added);
    }

    #[test]
    fn no_difference_goes_unreported((document, damaged) in damaged()) {
        let differ = normal::document(&document) != normal::document(&damaged);
        prop_assert_eq!(!diff(&document, &damaged).is_empty(), differ);
        prop_assert_eq!(!diff(&damaged, &document).is_empty(), differ);
    }

    #[test]
    fn the_same_documents_give_the_same_changes(old in document(), new in document()) {
        prop_assert_eq!(diff(&old, &new), diff(&turned(&old), &turned(&new)));
    }
}
