//! Equal spellings of the same thing, and layouts that mean nothing, are no changes.

use serde_json::{Value, json};

use super::{diff, found, wire, with_operation, with_schema};

/// For requests and responses. The generator tells an object that says `additionalProperties: true` from one
/// that says nothing.
fn assert_same(old: &Value, new: &Value) {
    assert_eq!(found(&wire(old, new, true)), [], "{old} -> {new}");
    assert_eq!(found(&wire(new, old, true)), [], "{new} -> {old}");
}

#[test]
fn what_a_schema_says_and_what_goes_without_saying_are_the_same() {
    let cat = json!({"$ref": "#/components/schemas/Cat"});
    let dog = json!({"$ref": "#/components/schemas/Dog"});
    for (old, new) in [
        (
            json!({"type": "string"}),
            json!({
                "type": "string", "nullable": false, "readOnly": false, "writeOnly": false,
                "deprecated": false, "minLength": 0,
            }),
        ),
        (
            json!({"type": "object", "properties": {"a": {}}}),
            json!({
                "properties": {"a": {}}, "required": [], "additionalProperties": true,
                "minProperties": 0,
            }),
        ),
        (
            json!({"type": "object", "additionalProperties": {}}),
            json!({"type": "object"}),
        ),
        (
            json!({"type": "array", "items": {}, "uniqueItems": false}),
            json!({"type": "array"}),
        ),
        (
            json!({"type": "number", "minimum": 1.0, "default": 2.0}),
            json!({"type": "number", "minimum": 1, "exclusiveMinimum": false, "default": 2}),
        ),
        (json!({"allOf": [cat]}), cat.clone()),
        (
            json!({"allOf": [cat], "description": "A cat", "nullable": true}),
            json!({"oneOf": [cat, {"enum": [null]}], "description": "A cat"}),
        ),
        (
            json!({"allOf": [{"type": "string"}], "maxLength": 5}),
            json!({"type": "string", "maxLength": 5}),
        ),
        (
            json!({"anyOf": [cat, dog], "nullable": true}),
            json!({"anyOf": [dog, {"type": "string", "nullable": true, "enum": [null]}, cat]}),
        ),
        (
            json!({"type": "string", "nullable": true, "enum": ["a", "b"]}),
            json!({"type": "string", "nullable": true, "enum": ["b", null, "a"]}),
        ),
        (
            json!({"enum": ["a", "b"]}),
            json!({"type": "string", "enum": ["b", "a"]}),
        ),
        (
            json!({"type": "object", "required": ["a", "b"], "properties": {"a": {}, "b": {}}}),
            json!({"properties": {"b": {}, "a": {}}, "required": ["b", "a"], "type": "object"}),
        ),
        (
            json!({"oneOf": [cat, dog], "discriminator": {"propertyName": "k", "mapping": {"c": "Cat"}}}),
            json!({"oneOf": [dog, cat], "discriminator": {
                "propertyName": "k", "mapping": {"c": "#/components/schemas/Cat"},
            }}),
        ),
    ] {
        assert_same(
            &with_schema(&old, true, true),
            &with_schema(&new, true, true),
        );
    }
}

#[test]
fn a_shared_null_and_nullable_are_the_same() {
    let mut old = with_schema(
        &json!({"oneOf": [
            {"$ref": "#/components/schemas/Cat"},
            {"$ref": "#/components/schemas/Nothing"},
        ]}),
        true,
        true,
    );
    old["components"]["schemas"]["Nothing"] = json!({"enum": [null]});
    let new = with_schema(
        &json!({"nullable": true, "allOf": [{"$ref": "#/components/schemas/Cat"}]}),
        true,
        true,
    );
    assert_same(&old, &new);
}

#[test]
fn what_an_operation_says_and_what_goes_without_saying_are_the_same() {
    let parameters = |parameters: Value| json!({"parameters": parameters});
    for (old, new) in [
        (
            json!({}),
            json!({"deprecated": false, "tags": [], "parameters": [], "callbacks": {}}),
        ),
        (json!({"tags": ["a", "b"]}), json!({"tags": ["b", "a"]})),
        (
            parameters(json!([{"in": "query", "name": "a"}, {"in": "path", "name": "id"}])),
            parameters(json!([
                {"in": "path", "name": "id", "required": true, "style": "simple", "explode": false},
                {"in": "query", "name": "a", "required": false, "style": "form", "explode": true,
                 "allowReserved": false, "allowEmptyValue": false, "schema": {}},
            ])),
        ),
        (
            parameters(json!([{"in": "query", "name": "a", "style": "deepObject"}])),
            parameters(json!([
                {"in": "query", "name": "a", "style": "deepObject", "explode": false},
            ])),
        ),
        (
            parameters(json!([{"in": "header", "name": "X-Trace"}])),
            parameters(json!([{"in": "header", "name": "x-trace"}])),
        ),
        (
            json!({"requestBody": {"content": {"a/b": {}}}}),
            json!({"requestBody": {"required": false, "content": {"a/b": {"schema": {}}}}}),
        ),
        (
            json!({"responses": {"2xx": {"description": ""}}}),
            json!({"responses": {"2XX": {"description": "", "content": {}, "headers": {}}}}),
        ),
        (json!({"security": []}), json!({"security": [{}]})),
        (json!({}), json!({"security": []})),
        (
            json!({"security": [{"a": ["x", "y"]}, {"b": []}]}),
            json!({"security": [{"b": []}, {"a": ["y", "x"]}]}),
        ),
    ] {
        assert_same(&with_operation(&old), &with_operation(&new));
    }
}

#[test]
fn what_a_path_item_or_the_document_says_for_all_operations_each_may_say_for_itself() {
    let limit = json!({"in": "query", "name": "limit", "schema": {"type": "integer"}});
    let own = with_operation(&json!({
        "parameters": [limit],
        "security": [{"key": []}],
        "servers": [{"url": "https://a.example"}],
    }));
    let mut inherited = with_operation(&json!({}));
    inherited["paths"]["/parcels/{id}"]["parameters"] = json!([limit]);
    inherited["paths"]["/parcels/{id}"]["servers"] = json!([{"url": "https://a.example"}]);
    let mut both = own.clone();
    both["security"] = json!([{"key": []}]);
    inherited["security"] = both["security"].clone();
    assert_same(&both, &inherited);

    // What the operation says of the same parameter counts.
    let mut overridden = own.clone();
    overridden["paths"]["/parcels/{id}"]["parameters"] =
        json!([{"in": "query", "name": "limit", "schema": {"type": "string"}}]);
    assert_same(&own, &overridden);
}

#[test]
fn a_shared_parameter_and_the_same_one_written_out_differ_in_documentation_alone() {
    let limit = json!({"in": "query", "name": "limit", "schema": {"type": "integer"}});
    let own = with_operation(&json!({"parameters": [limit]}));
    let mut shared =
        with_operation(&json!({"parameters": [{"$ref": "#/components/parameters/Limit"}]}));
    shared["components"] = json!({"parameters": {"Limit": limit}});
    assert_eq!(
        found(&diff(&own, &shared)),
        [(super::Check::ComponentAdded, super::Severity::Documentation)]
    );
}
