//! Changes of an operation.

use serde_json::{Value, json};

use super::Found;
use super::Judged::{Additive, Breaking, Documentation, Rust};
use crate::diff::Check::*;

/// Two operations, the change from the first to the second, and the change back.
pub(in crate::diff::tests) fn operations() -> Vec<(Value, Value, Found, Found)> {
    let query = |fields: Value| {
        let mut parameter = json!({"in": "query", "name": "limit", "schema": {"type": "string"}});
        let fields = fields.as_object().unwrap().clone();
        parameter.as_object_mut().unwrap().extend(fields);
        json!({"parameters": [parameter]})
    };
    let body = |body: Value| json!({"requestBody": body});
    let sends = |content: Value| json!({"requestBody": {"content": content}});
    let answers = |response: Value| json!({"responses": {"200": response}});
    let statuses = |statuses: &[&str]| {
        let responses: serde_json::Map<_, _> = statuses
            .iter()
            .map(|status| ((*status).to_owned(), json!({"description": "Done"})))
            .collect();
        json!({"responses": responses})
    };
    let header = |header: Value| answers(json!({"description": "", "headers": {"Age": header}}));
    let secured = |security: Value| json!({"security": security});
    vec![
        (
            json!({}),
            json!({"operationId": "post"}),
            (OperationRenamed, Rust),
            (OperationRenamed, Rust),
        ),
        (
            json!({}),
            json!({"deprecated": true}),
            (OperationDeprecated, Additive),
            (OperationUndeprecated, Additive),
        ),
        (
            json!({"tags": ["a", "b"]}),
            json!({"tags": ["b", "c", "a"]}),
            (OperationTagAdded, Documentation),
            (OperationTagRemoved, Rust),
        ),
        (
            json!({}),
            json!({"tags": ["a"]}),
            (OperationFirstTagged, Rust),
            (OperationUntagged, Documentation),
        ),
        (
            json!({}),
            json!({"summary": "Sends"}),
            (SummaryChanged, Documentation),
            (SummaryChanged, Documentation),
        ),
        (
            json!({}),
            json!({"callbacks": {"done": {}}}),
            (Unrecognized, Breaking),
            (Unrecognized, Breaking),
        ),
        (
            json!({}),
            query(json!({})),
            (ParameterAddedOptional, Additive),
            (ParameterRemoved, Breaking),
        ),
        (
            json!({}),
            query(json!({"required": true})),
            (ParameterAddedRequired, Breaking),
            (ParameterRemoved, Breaking),
        ),
        (
            query(json!({})),
            query(json!({"required": true})),
            (ParameterBecameRequired, Breaking),
            (ParameterBecameOptional, Additive),
        ),
        (
            query(json!({})),
            query(json!({"in": "header"})),
            (ParameterLocationChanged, Breaking),
            (ParameterLocationChanged, Breaking),
        ),
        (
            query(json!({})),
            query(json!({"explode": false})),
            (ParameterSerializationChanged, Breaking),
            (ParameterSerializationChanged, Breaking),
        ),
        (
            query(json!({})),
            query(json!({"x-map-style": "dotted"})),
            (ParameterSerializationChanged, Breaking),
            (ParameterSerializationChanged, Breaking),
        ),
        (
            query(json!({})),
            query(json!({"x-owner": "us"})),
            (ExtensionChanged, Documentation),
            (ExtensionChanged, Documentation),
        ),
        (
            query(json!({})),
            query(json!({"schema": {"type": "integer"}})),
            (TypeChanged, Breaking),
            (TypeChanged, Breaking),
        ),
        (
            query(json!({})),
            query(json!({"schema": {"type": "string", "default": "a"}})),
            (DefaultAdded, Additive),
            (DefaultRemoved, Breaking),
        ),
        (
            query(json!({})),
            query(json!({"schema": {"type": "string", "maxLength": 5}})),
            (MaxLengthTightened, Breaking),
            (MaxLengthLoosened, Additive),
        ),
        (
            query(json!({})),
            query(json!({"deprecated": true})),
            (Deprecated, Additive),
            (Undeprecated, Additive),
        ),
        (
            json!({}),
            body(json!({"content": {}})),
            (RequestBodyAddedOptional, Additive),
            (RequestBodyRemoved, Breaking),
        ),
        (
            json!({}),
            body(json!({"required": true})),
            (RequestBodyAddedRequired, Breaking),
            (RequestBodyRemoved, Breaking),
        ),
        (
            body(json!({})),
            body(json!({"required": true})),
            (RequestBodyBecameRequired, Rust),
            (RequestBodyBecameOptional, Additive),
        ),
        (
            sends(json!({"a/b": {}})),
            sends(json!({"a/b": {}, "a/c": {}})),
            (MediaTypeAdded, Additive),
            (MediaTypeRemoved, Breaking),
        ),
        (
            sends(json!({"a/b": {}})),
            sends(json!({"a/b": {"encoding": {"file": {"contentType": "image/png"}}}})),
            (EncodingChanged, Breaking),
            (EncodingChanged, Breaking),
        ),
        (
            statuses(&["200"]),
            statuses(&["200", "202"]),
            (SuccessStatusAdded, Breaking),
            (SuccessStatusRemoved, Rust),
        ),
        (
            statuses(&["200"]),
            statuses(&["200", "404"]),
            (ErrorStatusAdded, Additive),
            (ErrorStatusRemoved, Additive),
        ),
        (
            statuses(&["200"]),
            statuses(&["200", "default"]),
            (ErrorStatusAdded, Additive),
            (ErrorStatusRemoved, Additive),
        ),
        (
            statuses(&["404"]),
            statuses(&["404", "default"]),
            (SuccessStatusAdded, Breaking),
            (SuccessStatusRemoved, Rust),
        ),
        (
            answers(json!({"description": "", "content": {"a/b": {}}})),
            answers(json!({"description": "", "content": {"a/b": {}, "a/c": {}}})),
            (MediaTypeAdded, Additive),
            (MediaTypeRemoved, Rust),
        ),
        (
            answers(json!({"description": ""})),
            header(json!({})),
            (HeaderAdded, Additive),
            (HeaderRemoved, Additive),
        ),
        (
            header(json!({"schema": {"type": "integer"}})),
            header(json!({"schema": {"type": "string"}})),
            (HeaderChanged, Additive),
            (HeaderChanged, Additive),
        ),
        (
            header(json!({})),
            header(json!({"explode": true})),
            (HeaderChanged, Additive),
            (HeaderChanged, Additive),
        ),
        (
            answers(json!({"description": "", "content": {"a/b": {}}})),
            answers(json!({"description": "", "content": {"a/b": {"encoding": {"a": {}}}}})),
            (EncodingChanged, Documentation),
            (EncodingChanged, Documentation),
        ),
        (
            statuses(&["2XX"]),
            statuses(&["2XX", "202"]),
            (SuccessStatusDetailed, Rust),
            (SuccessStatusRemoved, Rust),
        ),
        (
            // Of a POST, which changes something.
            statuses(&["200"]),
            statuses(&["200", "302"]),
            (SuccessStatusAdded, Breaking),
            (SuccessStatusRemoved, Rust),
        ),
        (
            header(json!({})),
            header(json!({"required": true})),
            (HeaderBecameRequired, Additive),
            (HeaderBecameOptional, Additive),
        ),
        (
            secured(json!([])),
            secured(json!([{"key": []}])),
            (SecurityIntroduced, Breaking),
            (SecurityLifted, Additive),
        ),
        (
            secured(json!([{"key": []}])),
            secured(json!([{"key": []}, {"token": ["read"]}])),
            (SecurityAlternativeAdded, Additive),
            (SecurityChanged, Breaking),
        ),
        (
            secured(json!([{"key": ["read", "write"]}])),
            secured(json!([{"key": ["read"]}])),
            (SecurityScopeLifted, Additive),
            (SecurityChanged, Breaking),
        ),
        (
            secured(json!([{"key": []}])),
            secured(json!([{"token": []}])),
            (SecurityChanged, Breaking),
            (SecurityChanged, Breaking),
        ),
        (
            json!({"servers": [{"url": "https://a.example"}]}),
            json!({"servers": [{"url": "https://b.example"}]}),
            (ServerChanged, Breaking),
            (ServerChanged, Breaking),
        ),
    ]
}
