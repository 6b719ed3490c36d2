//! For each check that is breaking by itself, a request that the old document describes and the new one
//! refuses, or a response that the new document describes and programs of the old one do not read. The pairs of
//! documents are those of `checks`.
//!
//! A server can refuse what its document does not describe, so a request has nothing else. Responses can.

use boon::{Compiler, Draft, Schemas};
use serde_json::{Map, Value, json};

use super::checks::{documents, operations, schemas, with_key};
use super::{Check, Directions, Severity, with_operation, with_schema};
use crate::diff::Check::*;
use crate::diff::document::{self, resolve, template};

/// Checks of operations and of the document, with a request.
fn requests() -> Vec<(Check, Value)> {
    let plain = json!({});
    let limit = json!({"query parameter limit": "a"});
    vec![
        (OperationRemoved, json!({"operation": "POST /b"})),
        (OperationMoved, json!({"operation": "POST /a"})),
        (ParameterAddedRequired, plain.clone()),
        (ParameterBecameRequired, plain.clone()),
        (ParameterRemoved, limit.clone()),
        (ParameterLocationChanged, limit.clone()),
        (ParameterSerializationChanged, limit),
        (RequestBodyAddedRequired, plain),
        (RequestBodyRemoved, json!({"body": 1})),
        (MediaTypeRemoved, json!({"body": 1, "body a/c": 1})),
        (EncodingChanged, json!({"body": 1, "body a/b": 1})),
    ]
}

/// Checks of schemas, with what is sent.
fn bodies() -> Vec<(Check, Value)> {
    vec![
        (PropertyAddedRequired, json!({})),
        (PropertyRemoved, json!({"b": "x"})),
        (PropertyBecameRequired, json!({})),
        (PropertyBecameReadOnly, json!({"a": "x"})),
        (RequiredPropertyBecameWritable, json!({})),
        (TypeChanged, json!("x")),
        (FormatChanged, json!("x")),
        (SchemaReferenceChanged, json!({"a": {"size": 1}})),
        (EnumValueRemoved, json!("b")),
        (EnumIntroduced, json!("b")),
        (MinimumTightened, json!(1)),
        (MaximumTightened, json!(10)),
        (MultipleOfTightened, json!(2)),
        (MinLengthTightened, json!("a")),
        (MaxLengthTightened, json!("123456789")),
        (MinItemsTightened, json!([])),
        (MaxItemsTightened, json!([1, 2])),
        (UniqueItemsRequired, json!([1, 1])),
        (MinPropertiesTightened, json!({"a": 1})),
        (MaxPropertiesTightened, json!({"a": 1, "b": 1})),
        (PatternAdded, json!("b")),
        (PatternChanged, json!("a")),
        (AdditionalPropertiesClosed, json!({"b": 1})),
        (AdditionalPropertiesTyped, json!({"b": 1})),
        (MapClosed, json!({"b": 1})),
        (UnionMemberRemoved, json!("x")),
        (AllOfMemberAdded, json!({"name": "x"})),
        (NotChanged, json!("a")),
    ]
}

/// Checks that are breaking in a request although no schema refuses one, and why.
const OTHER_REQUESTS: &[(Check, &str)] = &[
    (
        DefaultChanged,
        "a request that leaves the value out does something else",
    ),
    (
        DefaultRemoved,
        "a request that leaves the value out can do something else",
    ),
    (
        HeaderBecameRequired,
        "nothing sets the headers of the parts of a form, so these are refused",
    ),
    (
        DiscriminatorChanged,
        "JSON Schema has no discriminator; the tag is expected in another property",
    ),
    (
        DiscriminatorMappingChanged,
        "JSON Schema has no discriminator; the tag is of another member",
    ),
    (
        DiscriminatorMappingRemoved,
        "JSON Schema has no discriminator; the tag is of no member",
    ),
    (
        SecurityIntroduced,
        "credentials that nobody looked at can be refused",
    ),
    (
        SecurityChanged,
        "the credentials that the client sends can be refused",
    ),
    (
        SecuritySchemeRemoved,
        "the credentials that the client sends can be refused",
    ),
    (
        SecuritySchemeChanged,
        "the credentials that the client sends can be refused",
    ),
    (ServerRemoved, "requests to this address find no API"),
    (ServerChanged, "requests to this address find no API"),
    (
        DefaultServerChanged,
        "the client sends them to another address, with the key",
    ),
    (
        SuccessStatusAdded,
        "it concerns a whole operation: see the responses",
    ),
    (Unrecognized, "what it means is not known"),
];

/// Checks of operations, with a response.
fn statuses() -> Vec<(Check, Value)> {
    vec![(SuccessStatusAdded, json!({"status 202": 1}))]
}

/// Checks of schemas, with what is received.
fn received() -> Vec<(Check, Value)> {
    vec![
        (PropertyBecameOptional, json!({})),
        (UnionMemberAdded, json!("x")),
    ]
}

/// Whether a change of this kind is known to break a call although the program compiles.
pub(super) fn breaks_a_call(check: Check, directions: Directions) -> bool {
    let has = |of: Vec<(Check, Value)>| of.iter().any(|(other, _)| *other == check);
    let explained = [DefaultChanged, DefaultRemoved].contains(&check);
    directions.request && (has(requests()) || has(bodies()) || explained)
        || directions.response && (has(statuses()) || has(received()))
}

/// Pairs of documents with a change of this kind.
fn pairs(check: Check, directions: Directions) -> Vec<(Value, Value)> {
    let of_schemas = schemas().into_iter().map(|(old, new, forth, back)| {
        let document =
            |schema: &Value| with_schema(schema, directions.request, directions.response);
        (document(&old), document(&new), forth.0, back.0)
    });
    let of_operations = operations().into_iter().map(|(old, new, forth, back)| {
        (with_operation(&old), with_operation(&new), forth.0, back.0)
    });
    let of_documents = documents().into_iter().map(|(key, old, new, forth, back)| {
        (with_key(key, &old), with_key(key, &new), forth.0, back.0)
    });
    of_schemas
        .chain(of_operations)
        .chain(of_documents)
        .flat_map(|(old, new, forth, back)| {
            [(forth, (old.clone(), new.clone())), (back, (new, old))]
        })
        .filter_map(|(found, pair)| (found == check).then_some(pair))
        .collect()
}

#[test]
fn what_is_breaking_in_a_request_refuses_one_that_was_fine() {
    let sent = bodies()
        .into_iter()
        .map(|(check, body)| (check, json!({"body": body, "body application/json": body})));
    for (check, mut request) in requests().into_iter().chain(sent) {
        let is_refused = pairs(check, Directions::REQUEST)
            .into_iter()
            .any(|(old, new)| {
                if request.get("operation").is_none() {
                    let operation = &document::operations(&old)[0].operation;
                    request["operation"] = json!(named(operation));
                }
                let written = with_forms(&old, &request);
                is_valid(&requests_of(&old), &old, &written, Directions::REQUEST)
                    && !is_valid(&requests_of(&new), &new, &written, Directions::REQUEST)
            });
        assert!(is_refused, "{check:?}: {request}");
    }
}

#[test]
fn what_is_breaking_in_a_response_is_not_described_for_older_programs() {
    let values = received().into_iter().map(|(check, body)| {
        (
            check,
            json!({"status 200": 1, "body application/json": body}),
        )
    });
    for (check, response) in statuses().into_iter().chain(values) {
        let is_unreadable = pairs(check, Directions::RESPONSE)
            .into_iter()
            .any(|(old, new)| {
                !is_valid(&responses_of(&old), &old, &response, Directions::RESPONSE)
                    && is_valid(&responses_of(&new), &new, &response, Directions::RESPONSE)
            });
        assert!(is_unreadable, "{check:?}: {response}");
    }
}

#[test]
fn every_breaking_check_has_a_proof_or_a_reason() {
    let proven = |of: &[Vec<(Check, Value)>]| -> Vec<Check> {
        of.iter().flatten().map(|(check, _)| *check).collect()
    };
    let breaking = |directions| -> Vec<Check> {
        let all = Check::ALL.iter().copied();
        all.filter(|check| check.severity(directions, true) == Severity::Breaking)
            .collect()
    };
    let mut sent = proven(&[requests(), bodies()]);
    sent.extend(OTHER_REQUESTS.iter().map(|(check, _)| *check));
    sent.sort();
    assert_eq!(sent, breaking(Directions::REQUEST));
    // What concerns an operation as a whole, or its request, has the same judgement in both columns.
    let alike = |check: &Check| {
        let of_schemas = bodies().iter().any(|(other, _)| other == check);
        sent.contains(check) && !of_schemas && *check != SuccessStatusAdded
    };
    let mut unlike = breaking(Directions::RESPONSE);
    unlike.retain(|check| !alike(check));
    let mut all = proven(&[statuses(), received()]);
    all.sort();
    assert_eq!(unlike, all);
}

fn named(operation: &crate::diff::Operation) -> String {
    format!("{} {}", operation.method, template(&operation.path).0)
}

/// The requests of a document, as objects with a property for each part.
fn requests_of(document: &Value) -> Value {
    let of_operations = document::operations(document).into_iter().map(|at| {
        let mut parts = Map::new();
        let mut required = vec![json!("operation")];
        parts.insert(
            "operation".to_owned(),
            json!({"enum": [named(&at.operation)]}),
        );
        for parameter in parameters(document, at.value) {
            let name = format!("{} {}", label(parameter), form(parameter));
            if parameter["required"] == true {
                required.push(json!(name));
            }
            let schema = parameter.get("schema").cloned();
            parts.insert(name, schema.unwrap_or_else(|| json!({})));
        }
        if let Some(body) = at.value.get("requestBody") {
            parts.insert("body".to_owned(), json!({}));
            if body["required"] == true {
                required.push(json!("body"));
            }
            for (media_type, media) in body["content"].as_object().into_iter().flatten() {
                let schema = media.get("schema").cloned();
                let name = format!("body {media_type} {}", form(media));
                parts.insert(name, schema.unwrap_or_else(|| json!({})));
            }
        }
        json!({"additionalProperties": false, "required": required, "properties": parts})
    });
    json!({"anyOf": of_operations.collect::<Vec<_>>()})
}

/// The successful responses of a document with one operation.
fn responses_of(document: &Value) -> Value {
    let operation = document::operations(document)[0].value;
    let mut parts = Map::new();
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        parts.insert(format!("status {status}"), json!({}));
        for (media_type, media) in response["content"].as_object().into_iter().flatten() {
            let schema = media.get("schema").cloned();
            let name = format!("body {media_type}");
            parts.insert(name, schema.unwrap_or_else(|| json!({})));
        }
    }
    json!({"additionalProperties": false, "properties": parts})
}

fn parameters<'a>(document: &'a Value, operation: &'a Value) -> impl Iterator<Item = &'a Value> {
    let all = operation["parameters"].as_array().into_iter().flatten();
    all.map(|parameter| resolve(document, parameter))
}

fn label(parameter: &Value) -> String {
    let text = |key: &str| parameter[key].as_str().unwrap().to_owned();
    format!("{} parameter {}", text("in"), text("name"))
}

/// How a part of a request is written: values of another form are not understood.
fn form(part: &Value) -> Value {
    ["style", "explode", "x-map-style", "encoding"]
        .map(|key| part[key].clone())
        .into()
}

/// A request with the forms that a document describes.
fn with_forms(document: &Value, request: &Value) -> Value {
    let mut forms = Map::new();
    for at in document::operations(document) {
        for parameter in parameters(document, at.value) {
            forms.insert(label(parameter), form(parameter));
        }
        let content = at.value["requestBody"]["content"].as_object();
        for (media_type, media) in content.into_iter().flatten() {
            forms.insert(format!("body {media_type}"), form(media));
        }
    }
    let parts = request.as_object().unwrap().iter();
    let written = parts.map(|(name, value)| match forms.get(name) {
        Some(form) => (format!("{name} {form}"), value.clone()),
        None => (name.clone(), value.clone()),
    });
    Value::Object(written.collect())
}

/// Whether a value fits a schema that refers to the components of a document.
fn is_valid(schema: &Value, document: &Value, value: &Value, directions: Directions) -> bool {
    let mut whole = json!({"allOf": [schema], "components": document["components"]});
    for name in whole["components"]["schemas"]
        .as_object_mut()
        .into_iter()
        .flatten()
    {
        as_json_schema(name.1, directions);
    }
    as_json_schema(&mut whole["allOf"][0], directions);
    let mut compiler = Compiler::new();
    compiler.set_default_draft(Draft::V4);
    compiler.enable_format_assertions();
    let mut compiled = Schemas::new();
    compiler
        .add_resource("https://x.example/all.json", whole)
        .unwrap();
    let index = compiler
        .compile("https://x.example/all.json", &mut compiled)
        .unwrap();
    compiled.validate(value, index).is_ok()
}

/// Replaces what OpenAPI 3.0 has beyond JSON Schema, for one direction. A request has only what is described.
fn as_json_schema(schema: &mut Value, directions: Directions) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    let travels = |property: &Value| {
        let other = if directions.request {
            "readOnly"
        } else {
            "writeOnly"
        };
        property[other] != true
    };
    if let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) {
        let before: Vec<_> = properties.keys().cloned().collect();
        properties.retain(|_, property| travels(property));
        let gone: Vec<_> = before
            .into_iter()
            .filter(|name| !properties.contains_key(name))
            .collect();
        for property in properties.values_mut() {
            as_json_schema(property, directions);
        }
        if let Some(required) = object.get_mut("required").and_then(Value::as_array_mut) {
            required.retain(|name| !gone.iter().any(|gone| name == gone));
            if required.is_empty() {
                object.remove("required");
            }
        }
        if directions.request {
            object
                .entry("additionalProperties")
                .or_insert_with(|| json!(false));
        }
    }
    for key in ["items", "not", "additionalProperties"] {
        if let Some(inner) = object.get_mut(key) {
            as_json_schema(inner, directions);
        }
    }
    for key in ["allOf", "oneOf", "anyOf"] {
        let members = object.get_mut(key).and_then(Value::as_array_mut);
        for member in members.into_iter().flatten() {
            as_json_schema(member, directions);
        }
    }
    if object.remove("nullable") == Some(json!(true)) {
        *schema = json!({"anyOf": [{"enum": [null]}, schema.take()]});
    }
}
