//! The normal form of a document, in which equal spellings of the same thing are equal values.
//!
//! It makes explicit what OpenAPI 3.0 implies: defaults of keywords, inheritance from the path
//! item, and sorts lists whose order has no meaning. The normal form is only for comparing; it is
//! never written.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::document::{SCHEMAS, resolve};
use super::schema::SHAPE;
use crate::structure::METHODS;

/// A value as text, keys in order whatever the features of serde_json.
pub(crate) fn canonical(value: &Value) -> String {
    match value {
        Value::Object(object) => {
            let mut entries: Vec<_> = object.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            let entries: Vec<_> = entries
                .into_iter()
                .map(|(key, value)| format!("{}:{}", json!(key), canonical(value)))
                .collect();
            format!("{{{}}}", entries.join(","))
        }
        Value::Array(array) => {
            let items: Vec<_> = array.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        scalar => scalar.to_string(),
    }
}

/// The normal form of a document.
pub(super) fn document(document: &Value) -> Value {
    let mut root = document.clone();
    numbers(&mut root);
    unescape(&mut root);
    let nulls = null_schemas(&root);
    inherit(&mut root);
    let Some(object) = root.as_object_mut() else {
        return root;
    };
    drop_equal(object, "tags", &json!([]));
    if let Some(items) = object.get_mut("paths").and_then(Value::as_object_mut) {
        for item in items.values_mut().filter_map(Value::as_object_mut) {
            for (_, value) in item.iter_mut().filter(|(key, _)| is_method(key)) {
                operation(value, &nulls);
            }
        }
    }
    if let Some(components) = object.get_mut("components").and_then(Value::as_object_mut) {
        for (kind, members) in components {
            let Some(members) = members.as_object_mut() else {
                continue;
            };
            if kind == "schemas" {
                // Their one use is "or null" in a union, which becomes `nullable` below.
                members.retain(|name, _| !nulls.contains(&format!("{SCHEMAS}{name}")));
            }
            for member in members.values_mut() {
                match kind.as_str() {
                    "schemas" => schema(member, &nulls),
                    "parameters" => parameter(member, &nulls),
                    "headers" => header(member, &nulls),
                    "requestBodies" => request_body(member, &nulls),
                    "responses" => response(member, &nulls),
                    _ => {}
                }
            }
        }
    }
    root
}

/// `1.0` is `1`.
fn numbers(value: &mut Value) {
    // Beyond this a float does not hold every integer.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Number(number) if number.is_f64() => {
            if let Some(float) = number.as_f64()
                && float.fract() == 0.0
                && float.abs() < EXACT
            {
                #[expect(clippy::cast_possible_truncation, reason = "whole, and checked")]
                let integer = float as i64;
                *value = json!(integer);
            }
        }
        Value::Array(array) => array.iter_mut().for_each(numbers),
        Value::Object(object) => object.values_mut().for_each(numbers),
        _ => {}
    }
}

/// Writes the names in references as they are: `#/components/schemas/a~1b` refers to `a/b`. From here on
/// everything after `#/components/schemas/` is the name.
fn unescape(value: &mut Value) {
    let plain = |target: &mut Value| {
        if let Value::String(text) = target
            && text.contains('~')
        {
            *text = text.replace("~1", "/").replace("~0", "~");
        }
    };
    match value {
        Value::Array(items) => items.iter_mut().for_each(unescape),
        Value::Object(object) => {
            for (key, value) in object {
                match (key.as_str(), &mut *value) {
                    ("$ref", Value::String(_)) => plain(value),
                    ("discriminator", Value::Object(discriminator)) => {
                        let mapping = discriminator.get_mut("mapping");
                        let targets = mapping.and_then(Value::as_object_mut);
                        targets
                            .into_iter()
                            .flat_map(Map::values_mut)
                            .for_each(plain);
                    }
                    _ => unescape(value),
                }
            }
        }
        _ => {}
    }
}

/// References to the components that only allow null.
fn null_schemas(root: &Value) -> BTreeSet<String> {
    root.pointer("/components/schemas")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter(|(_, schema)| is_null(schema))
        .map(|(name, _)| format!("{SCHEMAS}{name}"))
        .collect()
}

fn is_null(schema: &Value) -> bool {
    schema.get("enum") == Some(&json!([null])) || schema.get("type") == Some(&json!("null"))
}

/// Moves what a path item says for all of its operations into them.
fn inherit(root: &mut Value) {
    // Parameters that are references lead to components: the paths are changed beside them.
    let Some(mut paths) = root.get_mut("paths").map(Value::take) else {
        return;
    };
    let items = paths.as_object_mut().into_iter().flat_map(Map::values_mut);
    for item in items.filter_map(Value::as_object_mut) {
        let servers = item.remove("servers");
        let mut parameters = Vec::new();
        if let Some(Value::Array(shared)) = item.get_mut("parameters") {
            parameters = std::mem::take(shared);
            item.remove("parameters");
        }
        for (_, operation) in item.iter_mut().filter(|(key, _)| is_method(key)) {
            let Some(operation) = operation.as_object_mut() else {
                continue;
            };
            if let Some(servers) = &servers {
                operation
                    .entry("servers")
                    .or_insert_with(|| servers.clone());
            }
            inherit_parameters(root, operation, &parameters);
        }
    }
    root["paths"] = paths;
}

fn is_method(key: &str) -> bool {
    METHODS.contains(&key)
}

/// A parameter of an operation takes the place of one of its path item.
fn inherit_parameters(root: &Value, operation: &mut Map<String, Value>, shared: &[Value]) {
    let own = operation.entry("parameters").or_insert_with(|| json!([]));
    let Some(own) = own.as_array_mut() else {
        return;
    };
    let keys: Vec<_> = own.iter().map(|own| parameter_key(root, own)).collect();
    let missing = |shared: &&Value| !keys.contains(&parameter_key(root, shared));
    own.extend(shared.iter().filter(missing).cloned());
}

fn parameter_key(root: &Value, parameter: &Value) -> (Option<String>, Option<String>) {
    let parameter = resolve(root, parameter);
    let text = |key| {
        parameter
            .get(key)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    (text("in"), text("name"))
}

fn operation(value: &mut Value, nulls: &BTreeSet<String>) {
    let Some(object) = value.as_object_mut() else {
        return;
    };
    drop_equal(object, "deprecated", &json!(false));
    drop_equal(object, "tags", &json!([]));
    drop_equal(object, "parameters", &json!([]));
    drop_equal(object, "callbacks", &json!({}));
    if let Some(parameters) = object.get_mut("parameters").and_then(Value::as_array_mut) {
        parameters
            .iter_mut()
            .for_each(|each| parameter(each, nulls));
    }
    if let Some(body) = object.get_mut("requestBody") {
        request_body(body, nulls);
    }
    if let Some(responses) = object.get_mut("responses").and_then(Value::as_object_mut) {
        *responses = std::mem::take(responses)
            .into_iter()
            .map(|(status, mut value)| {
                response(&mut value, nulls);
                // `2xx`, and not `default` or an extension.
                let status = if status.starts_with(|first: char| first.is_ascii_digit()) {
                    status.to_ascii_uppercase()
                } else {
                    status
                };
                (status, value)
            })
            .collect();
    }
}

fn parameter(value: &mut Value, nulls: &BTreeSet<String>) {
    let Some(object) = value.as_object_mut() else {
        return;
    };
    let location = object.get("in").and_then(Value::as_str).map(str::to_owned);
    let style = match location.as_deref() {
        Some("path" | "header") => "simple",
        _ => "form",
    };
    if location.as_deref() == Some("path") {
        // A path without one of its segments is another path.
        object.insert("required".to_owned(), json!(true));
    }
    serialization(object, style);
    drop_equal(object, "required", &json!(false));
    drop_equal(object, "allowEmptyValue", &json!(false));
    carrier(object, nulls);
}

fn header(value: &mut Value, nulls: &BTreeSet<String>) {
    if let Some(object) = value.as_object_mut() {
        serialization(object, "simple");
        drop_equal(object, "required", &json!(false));
        carrier(object, nulls);
    }
}

/// Removes the serialization of a parameter if it is the default.
fn serialization(object: &mut Map<String, Value>, usual: &str) {
    drop_equal(object, "style", &json!(usual));
    let style = object.get("style").and_then(Value::as_str).unwrap_or(usual);
    let explode = style == "form";
    drop_equal(object, "explode", &json!(explode));
    drop_equal(object, "allowReserved", &json!(false));
}

/// What has `schema` or `content`.
fn carrier(object: &mut Map<String, Value>, nulls: &BTreeSet<String>) {
    drop_equal(object, "deprecated", &json!(false));
    if let Some(value) = object.get_mut("schema") {
        schema(value, nulls);
    }
    drop_equal(object, "schema", &json!({}));
    drop_equal(object, "examples", &json!({}));
    drop_equal(object, "encoding", &json!({}));
    drop_equal(object, "content", &json!({}));
    if let Some(content) = object.get_mut("content").and_then(Value::as_object_mut) {
        for media in content.values_mut().filter_map(Value::as_object_mut) {
            carrier(media, nulls);
        }
        rename_keys(content, &media_type);
    }
}

/// A media type without the parameter that says how text is encoded: JSON is always UTF-8. Its letter
/// case has no meaning.
fn media_type(name: &str) -> String {
    let mut parts = name.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    let others = parts.filter(|parameter| {
        let name = parameter.split('=').next().unwrap_or_default();
        !name.trim().eq_ignore_ascii_case("charset")
    });
    others.fold(essence, |name, parameter| format!("{name}; {parameter}"))
}

/// Gives keys another spelling, unless two would be the same.
fn rename_keys(object: &mut Map<String, Value>, name: &dyn Fn(&str) -> String) {
    let names: BTreeSet<_> = object.keys().map(|key| name(key)).collect();
    if names.len() == object.len() {
        *object = std::mem::take(object)
            .into_iter()
            .map(|(key, value)| (name(&key), value))
            .collect();
    }
}

fn request_body(value: &mut Value, nulls: &BTreeSet<String>) {
    if let Some(object) = value.as_object_mut() {
        drop_equal(object, "required", &json!(false));
        carrier(object, nulls);
    }
}

fn response(value: &mut Value, nulls: &BTreeSet<String>) {
    let Some(object) = value.as_object_mut() else {
        return;
    };
    drop_equal(object, "headers", &json!({}));
    drop_equal(object, "links", &json!({}));
    carrier(object, nulls);
    if let Some(headers) = object.get_mut("headers").and_then(Value::as_object_mut) {
        headers.values_mut().for_each(|each| header(each, nulls));
        rename_keys(headers, &|name| name.to_ascii_lowercase());
    }
}

fn drop_equal(object: &mut Map<String, Value>, key: &str, default: &Value) {
    if object.get(key) == Some(default) {
        object.remove(key);
    }
}

/// The schemas directly inside a schema.
pub(super) fn inner_schemas<'a>(
    object: &'a mut Map<String, Value>,
) -> impl Iterator<Item = &'a mut Value> {
    object.iter_mut().flat_map(|(key, value)| {
        let inner: Box<dyn Iterator<Item = &'a mut Value>> = match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => Box::new(properties.values_mut()),
            ("allOf" | "oneOf" | "anyOf", Value::Array(members)) => Box::new(members.iter_mut()),
            ("items" | "not" | "additionalProperties", value) => Box::new(std::iter::once(value)),
            _ => Box::new(std::iter::empty()),
        };
        inner
    })
}

fn schema(value: &mut Value, nulls: &BTreeSet<String>) {
    let Some(object) = value.as_object_mut() else {
        return;
    };
    inner_schemas(object).for_each(|inner| schema(inner, nulls));

    for flag in [
        "nullable",
        "readOnly",
        "writeOnly",
        "deprecated",
        "uniqueItems",
        "exclusiveMinimum",
        "exclusiveMaximum",
    ] {
        drop_equal(object, flag, &json!(false));
    }
    for limit in ["minLength", "minItems", "minProperties"] {
        drop_equal(object, limit, &json!(0));
    }
    for list in ["required", "allOf"] {
        drop_equal(object, list, &json!([]));
    }
    drop_equal(object, "properties", &json!({}));
    drop_equal(object, "additionalProperties", &json!(true));
    drop_equal(object, "additionalProperties", &json!({}));
    drop_equal(object, "items", &json!({}));
    for list in ["required", "enum", "allOf", "oneOf", "anyOf"] {
        if let Some(list) = object.get_mut(list).and_then(Value::as_array_mut) {
            list.sort_by_cached_key(canonical);
            list.dedup();
        }
    }
    if let Some(values) = object.get_mut("enum").and_then(Value::as_array_mut)
        && values.len() > 1
        && values.contains(&Value::Null)
    {
        values.retain(|value| !value.is_null());
        object.insert("nullable".to_owned(), json!(true));
    }
    infer_type(object);
    for union in ["oneOf", "anyOf"] {
        or_null(object, union, nulls);
    }
    unwrap_single(object);
    bare_mapping(object);
}

/// `properties` describe objects and `items` lists, also if the type is not written.
fn infer_type(object: &mut Map<String, Value>) {
    if object.contains_key("type") || object.contains_key("$ref") {
        return;
    }
    let strings = object
        .get("enum")
        .and_then(Value::as_array)
        .is_some_and(|values| !values.is_empty() && values.iter().all(Value::is_string));
    let inferred = if object.contains_key("properties") {
        "object"
    } else if object.contains_key("items") {
        "array"
    } else if strings {
        "string"
    } else {
        return;
    };
    object.insert("type".to_owned(), json!(inferred));
}

/// A union of something and null is that something, nullable.
fn or_null(object: &mut Map<String, Value>, union: &str, nulls: &BTreeSet<String>) {
    let Some(members) = object.get_mut(union).and_then(Value::as_array_mut) else {
        return;
    };
    let null = |member: &Value| {
        is_null(member)
            || member
                .get("$ref")
                .and_then(Value::as_str)
                .is_some_and(|reference| nulls.contains(reference))
    };
    let others: Vec<_> = members
        .iter()
        .filter(|member| !null(member))
        .cloned()
        .collect();
    if others.is_empty() || others.len() == members.len() {
        return;
    }
    let single = others.len() == 1 && !object.contains_key("allOf");
    object.remove(union);
    object.insert("nullable".to_owned(), json!(true));
    let keyword = if single { "allOf" } else { union };
    object.insert(keyword.to_owned(), Value::Array(others));
}

/// `allOf` of one schema is that schema.
fn unwrap_single(object: &mut Map<String, Value>) {
    let Some([Value::Object(member)]) = object
        .get("allOf")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
    else {
        return;
    };
    // A keyword beside a reference is one more condition, unless it is an annotation.
    let fits = object
        .iter()
        .filter(|(key, _)| *key != "allOf")
        .all(|(key, value)| {
            member.get(key).is_none_or(|inner| inner == value)
                && !(member.contains_key("$ref") && SHAPE.contains(&key.as_str()))
        });
    if fits {
        let member = member.clone();
        object.remove("allOf");
        object.extend(member);
    }
}

/// The mapping of a discriminator may name a schema without `#/components/schemas/`.
fn bare_mapping(object: &mut Map<String, Value>) {
    let mapping = object
        .get_mut("discriminator")
        .and_then(|discriminator| discriminator.get_mut("mapping"))
        .and_then(Value::as_object_mut);
    for target in mapping.into_iter().flat_map(Map::values_mut) {
        if let Some(name) = target.as_str()
            && !name.contains(['/', '#'])
        {
            *target = json!(format!("{SCHEMAS}{name}"));
        }
    }
}
