//! Visiting the parts of a document that the passes change.

use serde_json::Value;

use crate::document::{METHODS, is_free_form, location};
use crate::error::Error;

/// Visits every operation with its location, until one is refused.
pub fn operations(
    document: &mut Value,
    visit: impl FnMut(&str, &mut Value) -> Result<(), Error>,
) -> Result<(), Error> {
    document
        .get_mut("paths")
        .map_or(Ok(()), |paths| operations_of(paths, visit))
}

fn operations_of(
    paths: &mut Value,
    mut visit: impl FnMut(&str, &mut Value) -> Result<(), Error>,
) -> Result<(), Error> {
    for (path, item) in paths.as_object_mut().into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            if METHODS.contains(&method.as_str()) {
                visit(&location(path, method), operation)?;
            }
        }
    }
    Ok(())
}

/// As [`operations`], with the rest of the document to look up in.
pub fn operations_with_rest(
    document: &mut Value,
    mut visit: impl FnMut(&Value, &str, &mut Value) -> Result<(), Error>,
) -> Result<(), Error> {
    paths_with_rest(document, |rest, paths| {
        operations_of(paths, |location, operation| {
            visit(rest, location, operation)
        })
    })
}

/// Changes the paths, with the rest of the document to look up in.
pub fn paths_with_rest(
    document: &mut Value,
    change: impl FnOnce(&Value, &mut Value) -> Result<(), Error>,
) -> Result<(), Error> {
    let Some(mut paths) = document.get_mut("paths").map(Value::take) else {
        return Ok(());
    };
    let changed = change(document, &mut paths);
    document["paths"] = paths;
    changed
}

/// Visits every schema, inner ones first: those of the components, and inline schemas of parameters,
/// bodies, headers and other schemas.
pub fn schemas(document: &mut Value, mut visit: impl FnMut(&mut Value)) {
    if let Some(schemas) = document.pointer_mut("/components/schemas") {
        each(schemas, |schema| schema_tree(schema, &mut visit));
    }
    for part in ["/paths", "/components"] {
        if let Some(part) = document.pointer_mut(part) {
            inline_schemas(part, &mut visit);
        }
    }
}

fn inline_schemas(value: &mut Value, visit: &mut impl FnMut(&mut Value)) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                match key.as_str() {
                    "schema" => schema_tree(value, visit),
                    // The schemas of the components are not under the key `schema`.
                    "schemas" => {}
                    key if is_free_form(key) => {}
                    _ => inline_schemas(value, visit),
                }
            }
        }
        Value::Array(array) => array
            .iter_mut()
            .for_each(|value| inline_schemas(value, visit)),
        _ => {}
    }
}

/// Visits a schema and those inside it, inner ones first.
pub fn schema_tree(schema: &mut Value, visit: &mut impl FnMut(&mut Value)) {
    if let Some(object) = schema.as_object_mut() {
        for (key, value) in object {
            match key.as_str() {
                "items" | "not" | "additionalProperties" => schema_tree(value, visit),
                "properties" | "allOf" | "oneOf" | "anyOf" => {
                    each(value, |schema| schema_tree(schema, visit));
                }
                _ => {}
            }
        }
        visit(schema);
    }
}

/// Visits the values of an object or an array.
pub fn each(value: &mut Value, mut visit: impl FnMut(&mut Value)) {
    match value {
        Value::Object(object) => object.values_mut().for_each(&mut visit),
        Value::Array(array) => array.iter_mut().for_each(&mut visit),
        _ => {}
    }
}

/// Adds a sentence to the description of a schema.
pub fn describe(schema: &mut Value, sentence: &str) {
    let Some(schema) = schema.as_object_mut() else {
        return;
    };
    let text = match schema.get("description").and_then(Value::as_str) {
        Some(text) if !text.trim().is_empty() => format!("{}\n\n{sentence}", text.trim_end()),
        _ => sentence.to_owned(),
    };
    schema.insert("description".to_owned(), text.into());
}
