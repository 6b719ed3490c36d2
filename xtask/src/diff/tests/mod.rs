mod api;
mod checks;
mod judgement;
mod mutations;
mod properties;
mod refused;
mod spellings;
mod surface;

use serde_json::{Value, json};

use super::{Check, Diff, Directions, NotGenerated, Severity, between, diff, normal};
use ultravox_codegen::api::PublicApi;

/// A document with one schema, which is sent, received or both.
fn with_schema(schema: &Value, request: bool, response: bool) -> Value {
    let carried = |carried: bool| {
        if carried {
            json!({"$ref": "#/components/schemas/Subject"})
        } else {
            json!({"type": "string"})
        }
    };
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Parcels", "version": "1"},
        "paths": {"/parcels": {"post": {
            "operationId": "send",
            "requestBody": {"content": {"application/json": {"schema": carried(request)}}},
            "responses": {"200": {
                "description": "Sent",
                "content": {"application/json": {"schema": carried(response)}},
            }},
        }}},
        "components": {"schemas": {
            "Subject": schema,
            "Cat": {"type": "object", "properties": {"name": {"type": "string"}}},
            "Lion": {"type": "object", "description": "As a cat", "properties": {"name": {"type": "string"}}},
            "Dog": {"type": "object", "properties": {"name": {"type": "string"}, "size": {"type": "integer"}}},
        }},
    })
}

/// A document with one operation, which has what `operation` has.
fn with_operation(operation: &Value) -> Value {
    let mut whole = json!({"operationId": "send", "responses": {"200": {"description": "Sent"}}});
    let fields = operation.as_object().unwrap().clone();
    whole.as_object_mut().unwrap().extend(fields);
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Parcels", "version": "1"},
        "paths": {"/parcels/{id}": {"post": whole}},
    })
}

/// The judgement of requests and responses alone.
fn wire(old: &Value, new: &Value, apis_compared: bool) -> Diff {
    let unlike = || NotGenerated {
        old: true,
        reason: "not tried".to_owned(),
    };
    let apis = match apis_compared {
        true => Ok((PublicApi::default(), PublicApi::default())),
        false => Err(unlike()),
    };
    between(normal::document(old), &normal::document(new), apis)
}

/// The checks and severities of the changes.
fn found(diff: &Diff) -> Vec<(Check, Severity)> {
    diff.changes
        .iter()
        .map(|change| (change.check, change.severity))
        .collect()
}
