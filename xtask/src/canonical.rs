//! The canonical form of an OpenAPI document: one order of keys, one style for each scalar, prose
//! wrapped, so that a refresh shows as a small diff.
//!
//! The order of keys and the layout have no meaning in OpenAPI; arrays keep their order, except
//! `required` of a schema, which is a set.

mod scalars;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use self::scalars::{inline, line_scalar, string};
use crate::structure::Shape;

/// The order of OpenAPI's keys, at any location; other keys follow, sorted.
const ORDER: &[&str] = &[
    "openapi",
    "info",
    "$ref",
    "operationId",
    "name",
    "in",
    "url",
    "title",
    "version",
    "summary",
    "description",
    "externalDocs",
    "deprecated",
    "servers",
    "security",
    "tags",
    "required",
    "type",
    "format",
    "nullable",
    "readOnly",
    "writeOnly",
    "enum",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "exclusiveMinimum",
    "maximum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "default",
    "style",
    "explode",
    "allOf",
    "oneOf",
    "anyOf",
    "not",
    "discriminator",
    "items",
    "properties",
    "additionalProperties",
    "schema",
    "parameters",
    "requestBody",
    "headers",
    "content",
    "encoding",
    "responses",
    "callbacks",
    "links",
    "get",
    "put",
    "post",
    "delete",
    "options",
    "head",
    "patch",
    "trace",
    "paths",
    "components",
    "example",
    "examples",
];

/// Sorts what is a set, so that equal documents are equal values.
pub fn normalise(document: &mut Value) {
    normalise_at(document, Shape::Object);
}

fn normalise_at(value: &mut Value, shape: Shape) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                if let (Shape::Object, "required", Value::Array(names)) =
                    (shape, key.as_str(), &mut *value)
                    && names.iter().all(Value::is_string)
                {
                    names.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
                }
                normalise_at(value, shape.under(key));
            }
        }
        Value::Array(items) => {
            for item in items {
                normalise_at(item, shape.of_items());
            }
        }
        _ => {}
    }
}

/// Writes the document as YAML. Reading it gives the same value again.
pub fn to_yaml(document: &Value) -> String {
    let mut yaml = String::new();
    match document {
        Value::Object(object) if !object.is_empty() => mapping(&mut yaml, object, Shape::Object, 0),
        Value::Array(items) if !items.is_empty() => sequence(&mut yaml, items, Shape::Object, 0),
        scalar => {
            yaml.push_str(&inline(scalar));
            yaml.push('\n');
        }
    }
    yaml
}

/// The entries of `object`, the first at the cursor, the others indented.
fn mapping(yaml: &mut String, object: &Map<String, Value>, shape: Shape, indent: usize) {
    for (position, (key, value)) in sorted(object, shape).into_iter().enumerate() {
        if position > 0 {
            spaces(yaml, indent);
        }
        let key_text = line_scalar(key);
        yaml.push_str(&key_text);
        yaml.push(':');
        let shape = shape.under(key);
        match value {
            Value::Object(object) if !object.is_empty() => {
                yaml.push('\n');
                spaces(yaml, indent + 2);
                mapping(yaml, object, shape, indent + 2);
            }
            Value::Array(items) if !items.is_empty() => {
                yaml.push('\n');
                spaces(yaml, indent + 2);
                sequence(yaml, items, shape, indent + 2);
            }
            Value::String(text) => {
                yaml.push(' ');
                let column = indent + key_text.chars().count() + 2;
                string(yaml, text, column, indent + 2);
            }
            scalar => {
                yaml.push(' ');
                yaml.push_str(&inline(scalar));
                yaml.push('\n');
            }
        }
    }
}

fn sequence(yaml: &mut String, items: &[Value], shape: Shape, indent: usize) {
    for (position, item) in items.iter().enumerate() {
        if position > 0 {
            spaces(yaml, indent);
        }
        yaml.push_str("- ");
        match item {
            Value::Object(object) if !object.is_empty() => {
                mapping(yaml, object, shape.of_items(), indent + 2);
            }
            Value::Array(items) if !items.is_empty() => {
                sequence(yaml, items, shape.of_items(), indent + 2);
            }
            Value::String(text) => string(yaml, text, indent + 2, indent + 2),
            scalar => {
                yaml.push_str(&inline(scalar));
                yaml.push('\n');
            }
        }
    }
}

fn sorted(object: &Map<String, Value>, shape: Shape) -> Vec<(&String, &Value)> {
    let mut entries: Vec<_> = object.iter().collect();
    let rank = |key: &str| match shape {
        Shape::Object => ORDER
            .iter()
            .position(|known| *known == key)
            .unwrap_or(ORDER.len()),
        Shape::Names | Shape::Data => 0,
    };
    entries.sort_by(|(a, _), (b, _)| rank(a).cmp(&rank(b)).then_with(|| a.cmp(b)));
    entries
}

fn spaces(yaml: &mut String, count: usize) {
    yaml.extend(std::iter::repeat_n(' ', count));
}
