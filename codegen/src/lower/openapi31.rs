//! OpenAPI 3.1, and the same thing in the terms of 3.0.
//!
//! [`translate`] says in 3.0 what 3.0 can say; `cargo xtask update-spec` does so with what it reads, so that
//! the vendored document and its drift are in one language. [`lower`], the first pass, also refuses by name
//! what 3.0 cannot say.

use serde_json::{Map, Value, json};

use super::schema::is_annotation;
use super::walk;
use crate::document::each_object;
use crate::error::Error;

/// Keywords that OpenAPI 3.0 has no equivalent of, and that change which values there are.
const REFUSED: [&str; 17] = [
    "$anchor",
    "$dynamicAnchor",
    "$dynamicRef",
    "$id",
    "$vocabulary",
    "contains",
    "contentSchema",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "if",
    "patternProperties",
    "prefixItems",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
    "maxContains",
];

/// Dialects of schemas that mean what this module takes a schema to mean.
const DIALECTS: [&str; 2] = [
    "https://spec.openapis.org/oas/3.1/dialect/base",
    "https://json-schema.org/draft/2020-12/schema",
];

/// The keywords of schemas of one type. All others stay beside the types.
const OF_TYPE: [(&str, &[&str]); 5] = [
    ("string", &["minLength", "maxLength", "pattern"]),
    (
        "number",
        &[
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "multipleOf",
        ],
    ),
    ("array", &["items", "minItems", "maxItems", "uniqueItems"]),
    (
        "object",
        &[
            "properties",
            "required",
            "additionalProperties",
            "minProperties",
            "maxProperties",
        ],
    ),
    ("boolean", &[]),
];

/// Progenitor reads OpenAPI 3.0, and `openapiv3` refuses some of 3.1 and ignores the rest. This comes before
/// all passes that look at schemas. What the two have in common, and what documents of 3.0 have of 3.1
/// although they should not, reads the same.
pub fn lower(document: &mut Value) -> Result<(), Error> {
    if let Some(webhooks) = document.get("webhooks")
        && webhooks
            .as_object()
            .is_none_or(|webhooks| !webhooks.is_empty())
    {
        return Err(Error::at(
            "webhooks",
            "webhooks of OpenAPI 3.1 are not supported; to go on without them, add to the actions of \
             openapi/overlay.yaml: `{target: $.webhooks, remove: true, …}`",
        ));
    }
    if let Some(dialect) = document.get("jsonSchemaDialect")
        && !DIALECTS.iter().any(|known| dialect == known)
    {
        return Err(Error::at(
            "jsonSchemaDialect",
            format!("schemas in the dialect {dialect} are not supported"),
        ));
    }
    each_object(document, "", &mut Vec::new(), &mut |object, location| {
        supported(object).map_err(|what| {
            let reason = format!("{what} is not supported: OpenAPI 3.0 cannot say what it means");
            Error::at(location.join("."), reason)
        })
    })?;
    translate(document);
    Ok(())
}

/// Names what [`translate`] would leave in a schema.
fn supported(schema: &Map<String, Value>) -> Result<(), String> {
    for (key, value) in schema {
        match (key.as_str(), value) {
            // The default.
            ("unevaluatedItems" | "unevaluatedProperties", Value::Bool(true)) => {}
            (key, _) if REFUSED.contains(&key) => return Err(format!("the keyword `{key}`")),
            ("$schema", dialect) if !DIALECTS.iter().any(|known| dialect == known) => {
                return Err(format!("the dialect {dialect}"));
            }
            ("schema" | "items" | "not", Value::Bool(false)) => {
                return Err(format!("the schema `{key}: false`"));
            }
            ("properties", Value::Object(schemas)) => {
                if let Some((name, _)) = schemas.iter().find(|(_, schema)| **schema == false) {
                    return Err(format!("the schema `{name}: false`"));
                }
            }
            ("allOf" | "oneOf" | "anyOf", Value::Array(schemas))
                if schemas.contains(&json!(false)) =>
            {
                return Err(format!("`false` in `{key}`"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Says in OpenAPI 3.0 what `document` says in 3.1, and leaves what cannot be said.
pub fn translate(document: &mut Value) {
    let version = document.get("openapi").and_then(Value::as_str);
    let is_31 = version.is_some_and(|version| version.starts_with("3.1"));
    walk::schemas(document, |schema| {
        if let Some(schema) = schema.as_object_mut() {
            in_schema(schema, is_31);
        }
    });
    if !is_31 {
        return;
    }
    document["openapi"] = json!("3.0.3");
    let Some(root) = document.as_object_mut() else {
        return;
    };
    root.entry("paths").or_insert_with(|| json!({}));
    if root.get("webhooks") == Some(&json!({})) {
        root.remove("webhooks");
    }
    let is_known = |dialect: &Value| DIALECTS.iter().any(|known| dialect == known);
    if root.get("jsonSchemaDialect").is_some_and(is_known) {
        root.remove("jsonSchemaDialect");
    }
    let info = root.get_mut("info").and_then(Value::as_object_mut);
    if let Some(info) = info {
        info.remove("summary");
        if let Some(license) = info.get_mut("license").and_then(Value::as_object_mut) {
            license.remove("identifier");
        }
    }
    // A certificate is the business of the HTTP client.
    let schemes = document.pointer_mut("/components/securitySchemes");
    if let Some(schemes) = schemes.and_then(Value::as_object_mut) {
        schemes.retain(|_, scheme| scheme["type"] != "mutualTLS");
    }
    // Infallible, because the closure is.
    let _ = walk::operations(document, |_, operation| {
        if let Some(operation) = operation.as_object_mut() {
            operation.entry("responses").or_insert_with(|| json!({}));
        }
        Ok(())
    });
}

fn in_schema(schema: &mut Map<String, Value>, is_31: bool) {
    for key in ["items", "not"] {
        schema.get_mut(key).into_iter().for_each(anything);
    }
    for key in ["properties", "allOf", "oneOf", "anyOf"] {
        schema
            .get_mut(key)
            .into_iter()
            .for_each(|of| walk::each(of, anything));
    }
    for key in [
        "$comment",
        "$defs",
        "$schema",
        "propertyNames",
        "minContains",
    ] {
        // Keys are checked by the server; a `minContains` without `contains` means nothing.
        schema.remove(key);
    }
    for key in ["unevaluatedItems", "unevaluatedProperties"] {
        if schema.get(key) == Some(&Value::Bool(true)) {
            schema.remove(key);
        }
    }
    if let Some(Value::Array(examples)) = schema.get("examples") {
        let first = examples.first().cloned();
        schema.remove("examples");
        if let Some(first) = first {
            schema.entry("example").or_insert(first);
        }
    }
    if let Some(value) = schema.remove("const") {
        if let Some(ty) = type_of(&value) {
            schema.entry("type").or_insert_with(|| json!(ty));
        }
        schema.insert("enum".to_owned(), json!([value]));
    }
    bound(schema, "minimum", "exclusiveMinimum", |bound, exclusive| {
        bound > exclusive
    });
    bound(schema, "maximum", "exclusiveMaximum", |bound, exclusive| {
        bound < exclusive
    });
    content(schema);
    types(schema);
    // In OpenAPI 3.0, and in the other passes, what is beside a reference does not count.
    if is_31
        && schema
            .keys()
            .any(|key| key != "$ref" && !is_annotation(key))
        && let Some(reference) = schema.remove("$ref")
    {
        let members = schema.entry("allOf").or_insert_with(|| json!([]));
        if let Some(members) = members.as_array_mut() {
            members.insert(0, json!({"$ref": reference}));
        }
    }
}

/// `true` is the schema of anything.
fn anything(schema: &mut Value) {
    if *schema == Value::Bool(true) {
        *schema = json!({});
    }
}

fn type_of(value: &Value) -> Option<&'static str> {
    Some(match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) | Value::Object(_) => return None,
    })
}

/// A bound that is exclusive, which 3.1 writes as a number and 3.0 as a flag beside the inclusive one.
fn bound(
    schema: &mut Map<String, Value>,
    key: &str,
    exclusive: &str,
    is_tighter: fn(f64, f64) -> bool,
) {
    let Some(limit) = schema
        .get(exclusive)
        .filter(|limit| limit.is_number())
        .cloned()
    else {
        return;
    };
    let inclusive = schema.get(key).and_then(Value::as_f64);
    match (inclusive, limit.as_f64()) {
        (Some(inclusive), Some(limit)) if is_tighter(inclusive, limit) => {
            schema.remove(exclusive);
        }
        _ => {
            schema.insert(key.to_owned(), limit);
            schema.insert(exclusive.to_owned(), json!(true));
        }
    }
}

/// What the text of a string is.
fn content(schema: &mut Map<String, Value>) {
    let encoding = schema.remove("contentEncoding");
    let media_type = schema.remove("contentMediaType");
    let media_type = media_type
        .as_ref()
        .and_then(Value::as_str)
        .unwrap_or_default();
    let is_bytes = media_type == "application/octet-stream"
        || ["audio/", "image/", "video/"]
            .iter()
            .any(|kind| media_type.starts_with(kind));
    let format = match encoding.as_ref().and_then(Value::as_str) {
        Some("base64") => "byte",
        None if is_bytes => "binary",
        _ => return,
    };
    schema.entry("type").or_insert_with(|| json!("string"));
    schema.entry("format").or_insert_with(|| json!(format));
}

/// A list of types is one type, null or not, or one of several.
fn types(schema: &mut Map<String, Value>) {
    if schema.get("type") == Some(&json!("null")) {
        schema.remove("type");
        schema.insert("enum".to_owned(), json!([null]));
        return;
    }
    let Some(Value::Array(types)) = schema.get("type") else {
        return;
    };
    let mut names: Vec<String> = Vec::new();
    for name in types.iter().filter_map(Value::as_str) {
        // Every integer is a number.
        let is_integer = name == "integer" && types.iter().any(|other| other == "number");
        if !is_integer && !names.iter().any(|other| other == name) {
            names.push(name.to_owned());
        }
    }
    let count = names.len();
    names.retain(|name| name != "null");
    let nullable = names.len() < count;
    if names.is_empty() {
        schema.remove("type");
        schema.insert("enum".to_owned(), json!([null]));
        return;
    }
    let has_keywords = || {
        let mut keywords = OF_TYPE.iter().flat_map(|(_, keywords)| *keywords);
        keywords.any(|keyword| schema.contains_key(*keyword))
    };
    if names.len() == OF_TYPE.len() && !has_keywords() {
        // Of every type.
        schema.remove("type");
        return;
    }
    if nullable {
        schema.insert("nullable".to_owned(), json!(true));
    }
    if let [name] = names.as_slice() {
        schema.insert("type".to_owned(), json!(name));
        return;
    }
    schema.remove("type");
    let is_composed = ["$ref", "allOf", "oneOf", "anyOf"]
        .iter()
        .any(|key| schema.contains_key(*key));
    if !is_composed {
        let members = names
            .iter()
            .filter_map(|name| member(schema, name))
            .collect();
        for (_, keywords) in OF_TYPE {
            keywords
                .iter()
                .for_each(|keyword| drop(schema.remove(*keyword)));
        }
        schema.remove("enum");
        schema.remove("format");
        schema.insert("oneOf".to_owned(), members);
    }
}

/// The part of `schema` that is about values of one type; `None` if there are none.
fn member(schema: &Map<String, Value>, name: &str) -> Option<Value> {
    let of_type = if name == "integer" { "number" } else { name };
    let mut member = json!({"type": name});
    let keywords = OF_TYPE.iter().filter(|(ty, _)| *ty == of_type);
    for keyword in keywords.flat_map(|(_, keywords)| *keywords) {
        if let Some(value) = schema.get(*keyword) {
            member[keyword] = value.clone();
        }
    }
    if let Some(format) = schema
        .get("format")
        .filter(|_| of_type == "string" || of_type == "number")
    {
        member["format"] = format.clone();
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let is_of_type = |value: &&Value| match type_of(value) {
            Some("integer") => of_type == "number",
            Some(ty) => ty == name,
            None => value.is_array() == (name == "array"),
        };
        let values: Vec<_> = values.iter().filter(is_of_type).cloned().collect();
        if values.is_empty() {
            return None;
        }
        member["enum"] = Value::Array(values);
    }
    Some(member)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    /// A schema of OpenAPI 3.1 in the terms of 3.0.
    #[track_caller]
    fn translated(schema: Value) -> Value {
        let mut document = json!({
            "openapi": "3.1.0", "paths": {}, "components": {"schemas": {"A": schema}},
        });
        super::lower(&mut document).unwrap();
        assert_eq!(document["openapi"], "3.0.3");
        document["components"]["schemas"]["A"].take()
    }

    #[test]
    fn what_both_versions_can_say_is_said_in_the_terms_of_3_0() {
        let text = json!({"type": "string"});
        let table = [
            (
                json!({"type": ["string", "null"]}),
                json!({"type": "string", "nullable": true}),
            ),
            (json!({"type": ["integer"]}), json!({"type": "integer"})),
            (json!({"type": "null"}), json!({"enum": [null]})),
            (json!({"type": ["null"]}), json!({"enum": [null]})),
            (
                json!({"type": ["integer", "number"]}),
                json!({"type": "number"}),
            ),
            (
                json!({"type": ["string", "integer", "array", "null"], "maxLength": 3, "minimum": 1,
                    "items": text, "description": "d"}),
                json!({"nullable": true, "description": "d", "oneOf": [
                    {"type": "string", "maxLength": 3},
                    {"type": "integer", "minimum": 1},
                    {"type": "array", "items": text},
                ]}),
            ),
            (
                json!({"type": ["string", "boolean", "integer"], "enum": ["a", 1, "b"]}),
                json!({"oneOf": [
                    {"type": "string", "enum": ["a", "b"]}, {"type": "integer", "enum": [1]},
                ]}),
            ),
            (
                json!({"const": "a"}),
                json!({"type": "string", "enum": ["a"]}),
            ),
            (
                json!({"type": "integer", "const": 3}),
                json!({"type": "integer", "enum": [3]}),
            ),
            (
                json!({"type": "string", "examples": ["a", "b"]}),
                json!({"type": "string", "example": "a"}),
            ),
            (
                json!({"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 9, "maximum": 10}),
                json!({"type": "integer", "minimum": 0, "exclusiveMinimum": true,
                    "maximum": 9, "exclusiveMaximum": true}),
            ),
            (
                json!({"type": "number", "exclusiveMinimum": 0, "minimum": 1}),
                json!({"type": "number", "minimum": 1}),
            ),
            (
                json!({"type": "object", "propertyNames": {"pattern": "^a"}, "additionalProperties": text}),
                json!({"type": "object", "additionalProperties": text}),
            ),
            (
                json!({"$ref": "#/components/schemas/A", "description": "d"}),
                json!({"$ref": "#/components/schemas/A", "description": "d"}),
            ),
            (
                json!({"$ref": "#/components/schemas/A", "properties": {"b": text}}),
                json!({"allOf": [{"$ref": "#/components/schemas/A"}], "properties": {"b": text}}),
            ),
            (
                json!({"properties": {"a": true, "examples": {"const": 1}}}),
                json!({"properties": {"a": {}, "examples": {"type": "integer", "enum": [1]}}}),
            ),
            (
                json!({"contentMediaType": "image/png"}),
                json!({"type": "string", "format": "binary"}),
            ),
            (
                json!({"type": "string", "contentEncoding": "base64", "contentMediaType": "image/png"}),
                json!({"type": "string", "format": "byte"}),
            ),
            (
                json!({"type": "string", "contentMediaType": "application/json"}),
                json!({"type": "string"}),
            ),
            (
                json!({"items": {}, "unevaluatedItems": true}),
                json!({"items": {}}),
            ),
        ];
        for (schema, expected) in table {
            assert_eq!(translated(schema.clone()), expected, "{schema}");
            // Once more changes nothing.
            assert_eq!(translated(expected.clone()), expected);
        }
    }

    #[test]
    fn beside_a_reference_3_0_has_nothing() {
        let schema = json!({"$ref": "#/components/schemas/B", "maxLength": 3});
        let mut document = json!({"openapi": "3.0.3", "components": {"schemas": {"A": schema}}});
        let before = document.clone();
        super::lower(&mut document).unwrap();
        assert_eq!(document, before);
    }

    #[test]
    fn what_only_3_1_can_say_is_refused_by_name_with_its_location() {
        let mut refused: Vec<(Value, &str)> = super::REFUSED
            .iter()
            .map(|key| (json!({*key: {}}), *key))
            .collect();
        refused.extend([
            (json!({"items": false}), "`items: false`"),
            (json!({"properties": {"a": false}}), "`a: false`"),
            (json!({"oneOf": [{}, false]}), "`false` in `oneOf`"),
            (
                json!({"$schema": "https://example.com/mine"}),
                "https://example.com/mine",
            ),
        ]);
        for (schema, name) in refused {
            let parameter = json!({"name": "a", "in": "query", "schema": {"items": schema}});
            let mut document = json!({
                "openapi": "3.1.0",
                "paths": {"/x": {"get": {"parameters": [parameter]}}},
            });
            let line = super::lower(&mut document).unwrap_err().to_string();
            let location = "paths./x.get.parameters.0.schema.items: ";
            assert!(line.starts_with(location) && line.contains(name), "{line}");
            let mut document = json!({
                "openapi": "3.1.0",
                "components": {"schemas": {"A": {"properties": {"if": {"oneOf": [{}, schema]}}}}},
            });
            let line = super::lower(&mut document).unwrap_err().to_string();
            let location = "components.schemas.A.properties.if.oneOf.1: ";
            assert!(line.starts_with(location) && line.contains(name), "{line}");
        }
        let mut document = json!({"openapi": "3.1.0", "webhooks": {"new": {"post": {}}}});
        let line = super::lower(&mut document).unwrap_err().to_string();
        assert!(line.starts_with("webhooks: "), "{line}");
        let mut document =
            json!({"openapi": "3.1.0", "jsonSchemaDialect": "https://example.com/a"});
        let line = super::lower(&mut document).unwrap_err().to_string();
        assert!(line.starts_with("jsonSchemaDialect: "), "{line}");
    }

    #[test]
    fn what_is_not_about_schemas_is_left_out() {
        let mut document = json!({
            "openapi": "3.1.1",
            "info": {"summary": "s", "license": {"name": "n", "identifier": "MIT"}},
            "jsonSchemaDialect": super::DIALECTS[0],
            "webhooks": {},
            "components": {"securitySchemes": {"c": {"type": "mutualTLS"}, "k": {"type": "apiKey"}}},
        });
        super::lower(&mut document).unwrap();
        let expected = json!({
            "openapi": "3.0.3", "paths": {}, "info": {"license": {"name": "n"}},
            "components": {"securitySchemes": {"k": {"type": "apiKey"}}},
        });
        assert_eq!(document, expected);
    }
}
