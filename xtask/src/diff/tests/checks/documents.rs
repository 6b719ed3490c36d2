//! Changes of the document outside of operations.

use serde_json::{Value, json};

use super::Found;
use super::Judged::{Additive, Breaking, Documentation, Rust};
use crate::diff::Check::*;

/// A key of the document, two values of it, the change from the first to the second, and the change back.
pub(in crate::diff::tests) fn documents() -> Vec<(&'static str, Value, Value, Found, Found)> {
    let key = |name: &str| json!({"type": "apiKey", "in": "header", "name": name});
    let server = |url: &str| json!({"url": url});
    let operation = |id: &str| json!({"post": {"operationId": id, "responses": {}}});
    let takes = |path: &str| {
        let name = path.trim_start_matches("/parcels/{").trim_end_matches('}');
        json!({path: {"post": {
            "operationId": "send",
            "parameters": [{"in": "path", "name": name, "schema": {"type": "string"}}],
            "responses": {},
        }}})
    };
    vec![
        (
            "paths",
            json!({"/a": operation("a")}),
            json!({"/a": operation("a"), "/b": operation("b")}),
            (OperationAdded, Additive),
            (OperationRemoved, Breaking),
        ),
        (
            "paths",
            json!({"/a": operation("a")}),
            json!({"/b": operation("a")}),
            (OperationMoved, Breaking),
            (OperationMoved, Breaking),
        ),
        (
            "paths",
            takes("/parcels/{id}"),
            takes("/parcels/{number}"),
            (ParameterRenamed, Rust),
            (ParameterRenamed, Rust),
        ),
        (
            "components",
            json!({"schemas": {}}),
            json!({"schemas": {"A": {"type": "string"}}}),
            // No operation reaches it.
            (SchemaAdded, Documentation),
            (SchemaRemoved, Documentation),
        ),
        (
            "components",
            json!({"schemas": {"A": {"type": "string"}}}),
            json!({"schemas": {"B": {"type": "string"}}}),
            (SchemaRenamed, Documentation),
            (SchemaRenamed, Documentation),
        ),
        (
            "components",
            json!({"parameters": {}}),
            json!({"parameters": {"A": {"in": "query", "name": "a"}}}),
            (ComponentAdded, Documentation),
            (ComponentRemoved, Documentation),
        ),
        (
            "components",
            json!({"examples": {"A": {"value": 1}}}),
            json!({"examples": {"A": {"value": 2}}}),
            (ExampleChanged, Documentation),
            (ExampleChanged, Documentation),
        ),
        (
            "components",
            json!({"securitySchemes": {"a": key("K")}}),
            json!({"securitySchemes": {"a": key("K"), "b": key("L")}}),
            (SecuritySchemeAdded, Documentation),
            (SecuritySchemeRemoved, Documentation),
        ),
        (
            "components",
            json!({"securitySchemes": {"a": key("K")}}),
            json!({"securitySchemes": {"a": key("L")}}),
            (SecuritySchemeChanged, Documentation),
            (SecuritySchemeChanged, Documentation),
        ),
        (
            "components",
            json!({}),
            json!({"links": {}}),
            (Unrecognized, Breaking),
            (Unrecognized, Breaking),
        ),
        (
            "servers",
            json!([server("https://a.example")]),
            json!([server("https://a.example"), server("https://b.example")]),
            (ServerAdded, Additive),
            (ServerRemoved, Breaking),
        ),
        (
            "servers",
            json!([server("https://a.example"), server("https://b.example")]),
            json!([server("https://b.example"), server("https://a.example")]),
            (DefaultServerChanged, Breaking),
            (DefaultServerChanged, Breaking),
        ),
        (
            "servers",
            json!([server("https://a.example")]),
            json!([server("https://b.example")]),
            (ServerChanged, Breaking),
            (ServerChanged, Breaking),
        ),
        (
            "security",
            json!([]),
            json!([{"key": []}]),
            (SecurityIntroduced, Breaking),
            (SecurityLifted, Additive),
        ),
        (
            "openapi",
            json!("3.0.3"),
            json!("3.1.0"),
            (OpenapiVersionChanged, Rust),
            (OpenapiVersionChanged, Rust),
        ),
        (
            "openapi",
            json!("3.0.3"),
            json!("3.0.4"),
            (OpenapiPatchVersionChanged, Documentation),
            (OpenapiPatchVersionChanged, Documentation),
        ),
        (
            "info",
            json!({"version": "1"}),
            json!({"version": "2"}),
            (InfoChanged, Documentation),
            (InfoChanged, Documentation),
        ),
        (
            "tags",
            json!([{"name": "a"}]),
            json!([{"name": "a", "description": "First"}]),
            (TagDescriptionChanged, Documentation),
            (TagDescriptionChanged, Documentation),
        ),
        (
            "tags",
            json!([]),
            json!([{"name": "a"}]),
            (TagAdded, Documentation),
            (TagRemoved, Documentation),
        ),
        (
            "x-owner",
            json!("a"),
            json!("b"),
            (ExtensionChanged, Documentation),
            (ExtensionChanged, Documentation),
        ),
    ]
}
