//! What the passes ask of a single schema, and how they refer from one to another.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use crate::prune::{escaped, reached_from};

/// On a component schema: its name in the document. Its key is the name of the type once types are
/// named.
pub const X_SCHEMA: &str = "x-ultravox-schema";

/// On a component schema that was inline: its location in the document.
pub const X_LOCATION: &str = "x-ultravox-location";

const COMPONENTS: &str = "#/components/schemas/";

/// Annotation keywords: they describe the use of a schema, not the type.
const ANNOTATIONS: [&str; 7] = [
    "default",
    "deprecated",
    "description",
    "example",
    "nullable",
    "readOnly",
    "writeOnly",
];

/// Whether `key` is an annotation keyword, which describes the use of a schema and not the type.
pub fn is_annotation(key: &str) -> bool {
    ANNOTATIONS.contains(&key) || key.starts_with("x-ultravox-")
}

/// The component that `schema` refers to, as a bare `$ref` or as the only member of `allOf`, which
/// is how a reference has a description of its own.
pub fn target(schema: &Value) -> Option<String> {
    let reference = match schema.get("allOf").and_then(Value::as_array) {
        Some(members) => match members.as_slice() {
            [member] => member.get("$ref")?,
            _ => return None,
        },
        None => schema.get("$ref")?,
    };
    component(reference.as_str()?)
}

/// The name in a reference to a component schema.
pub fn component(reference: &str) -> Option<String> {
    let name = reference.strip_prefix(COMPONENTS)?;
    Some(name.replace("~1", "/").replace("~0", "~"))
}

/// A reference to the component schema `name`.
pub fn reference(name: &str) -> Value {
    json!({"$ref": format!("{COMPONENTS}{}", escaped(name))})
}

/// A reference to `name` with these annotations.
pub fn reference_from(name: &str, annotations: Map<String, Value>) -> Value {
    if annotations.is_empty() {
        return reference(name);
    }
    let mut schema = annotations;
    schema.insert("allOf".to_owned(), json!([reference(name)]));
    Value::Object(schema)
}

/// The component schemas, empty if the document has none.
pub fn components(document: &Value) -> &Map<String, Value> {
    static NONE: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
    let schemas = document.pointer("/components/schemas");
    schemas.and_then(Value::as_object).unwrap_or(&NONE)
}

/// The component schemas that the members of a composition lead to. A pass that changes the document looks
/// members up here: all component schemas would be a second document.
pub fn composed(document: &Value) -> Map<String, Value> {
    let mut compositions = Vec::new();
    find_compositions(document, &mut compositions);
    let reached = reached_from(document, compositions);
    let composed = components(document)
        .iter()
        .filter(|(name, _)| reached.contains(&format!("schemas/{}", escaped(name))));
    composed
        .map(|(name, schema)| (name.clone(), schema.clone()))
        .collect()
}

fn find_compositions<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(object) => {
            // A single member of `allOf` only gives a reference a description.
            let all_of = object.get("allOf").and_then(Value::as_array);
            let is_composed = object.contains_key("oneOf")
                || object.contains_key("anyOf")
                || all_of.is_some_and(|members| members.len() > 1 || has_properties(value));
            if is_composed {
                found.push(value);
            } else {
                let inside = object.values();
                inside.for_each(|value| find_compositions(value, found));
            }
        }
        Value::Array(items) => items
            .iter()
            .for_each(|value| find_compositions(value, found)),
        _ => {}
    }
}

/// The component schemas, to change them.
pub fn components_mut(document: &mut Value) -> Option<&mut Map<String, Value>> {
    let schemas = document.pointer_mut("/components/schemas");
    schemas.and_then(Value::as_object_mut)
}

/// Replaces the component schemas by `schemas`.
pub fn set_components(document: &mut Value, schemas: Map<String, Value>) {
    if let Some(slot) = document.pointer_mut("/components/schemas") {
        *slot = Value::Object(schemas);
    } else if !schemas.is_empty()
        && let Some(document) = document.as_object_mut()
    {
        let components = document
            .entry("components")
            .or_insert_with(|| Value::Object(Map::new()));
        components["schemas"] = Value::Object(schemas);
    }
}

/// Whether a boolean key is set.
pub fn is(schema: &Value, key: &str) -> bool {
    schema.get(key).and_then(Value::as_bool) == Some(true)
}

/// Whether only the listed strings are allowed.
pub fn is_string_enum(schema: &Value) -> bool {
    let strings = |values: &Vec<Value>| !values.is_empty() && values.iter().all(Value::is_string);
    schema
        .get("enum")
        .and_then(Value::as_array)
        .is_some_and(strings)
}

/// Whether the schema has properties.
pub fn has_properties(schema: &Value) -> bool {
    let properties = schema.get("properties").and_then(Value::as_object);
    properties.is_some_and(|properties| !properties.is_empty())
}

/// The names of the required properties.
pub fn required(schema: &Value) -> Vec<String> {
    let names = schema.get("required").and_then(Value::as_array);
    names
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}
