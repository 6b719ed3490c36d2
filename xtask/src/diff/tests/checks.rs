//! Every check, forwards and backwards, in a request and in a response. The severities stand here a
//! second time, so that the table of the checks is checked as well.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Check, Directions, Severity, diff, found, with_operation, with_schema};
use crate::diff::Check::*;
use crate::diff::Severity::{Additive, Breaking, Documentation};
use crate::diff::Subject;

/// A check with its severity in a request and in a response.
type Expected = (Check, Severity, Severity);

/// Two schemas, what leads from the one to the other, and what leads back.
fn schemas() -> Vec<(Value, Value, Expected, Expected)> {
    let object = |fields: Value| json!({"type": "object", "properties": fields});
    let string = || json!({"type": "string"});
    let field = |field: Value| json!({"type": "object", "properties": {"a": field}});
    let with = |mut schema: Value, key: &str, value: Value| {
        schema[key] = value;
        schema
    };
    let number = |key: &str, value: Value| with(json!({"type": "number"}), key, value);
    let text = |key: &str, value: Value| with(json!({"type": "string"}), key, value);
    let list = |key: &str, value: Value| with(json!({"type": "array"}), key, value);
    let map = |key: &str, value: Value| with(json!({"type": "object"}), key, value);
    let open = |key: &str, value: Value| {
        with(
            json!({"type": "object", "properties": {"a": {}}}),
            key,
            value,
        )
    };
    let to = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let cat = || json!({"type": "object", "properties": {"name": {"type": "string"}}});
    let told_apart = |mapping: Value| {
        json!({
            "oneOf": [to("Cat"), to("Dog")],
            "discriminator": {"propertyName": "name", "mapping": mapping},
        })
    };
    vec![
        (
            object(json!({"a": {"type": "string"}})),
            object(json!({"a": {"type": "string"}, "b": {"type": "string"}})),
            (PropertyAddedOptional, Additive, Additive),
            (PropertyRemoved, Breaking, Breaking),
        ),
        (
            object(json!({})),
            with(object(json!({"b": {}})), "required", json!(["b"])),
            (PropertyAddedRequired, Breaking, Additive),
            (PropertyRemoved, Breaking, Breaking),
        ),
        (
            field(string()),
            with(field(string()), "required", json!(["a"])),
            (PropertyBecameRequired, Breaking, Additive),
            (PropertyBecameOptional, Additive, Breaking),
        ),
        (
            field(string()),
            field(text("readOnly", json!(true))),
            (PropertyBecameReadOnly, Breaking, Documentation),
            (PropertyBecameWritable, Additive, Documentation),
        ),
        (
            with(field(string()), "required", json!(["a"])),
            with(
                field(text("readOnly", json!(true))),
                "required",
                json!(["a"]),
            ),
            (PropertyBecameReadOnly, Breaking, Documentation),
            (RequiredPropertyBecameWritable, Breaking, Documentation),
        ),
        (
            field(string()),
            field(text("writeOnly", json!(true))),
            (PropertyBecameWriteOnly, Documentation, Breaking),
            (PropertyBecameReadable, Documentation, Additive),
        ),
        (
            string(),
            json!({"type": "integer"}),
            (TypeChanged, Breaking, Breaking),
            (TypeChanged, Breaking, Breaking),
        ),
        (
            string(),
            text("format", json!("uuid")),
            (FormatChanged, Breaking, Breaking),
            (FormatChanged, Breaking, Breaking),
        ),
        (
            string(),
            text("nullable", json!(true)),
            (BecameNullable, Additive, Breaking),
            (BecameNotNullable, Breaking, Additive),
        ),
        (
            field(to("Cat")),
            field(to("Dog")),
            (SchemaReferenceChanged, Breaking, Breaking),
            (SchemaReferenceChanged, Breaking, Breaking),
        ),
        (
            field(cat()),
            field(to("Cat")),
            (SchemaExtracted, Breaking, Breaking),
            (SchemaInlined, Breaking, Breaking),
        ),
        (
            text("enum", json!(["a"])),
            text("enum", json!(["a", "b"])),
            (EnumValueAdded, Additive, Additive),
            (EnumValueRemoved, Breaking, Breaking),
        ),
        (
            string(),
            text("enum", json!(["a"])),
            (EnumIntroduced, Breaking, Breaking),
            (EnumLifted, Breaking, Breaking),
        ),
        (
            number("minimum", json!(1)),
            number("minimum", json!(1.5)),
            (MinimumTightened, Breaking, Additive),
            (MinimumLoosened, Additive, Additive),
        ),
        (
            json!({"type": "number", "minimum": 1}),
            json!({"type": "number", "minimum": 1, "exclusiveMinimum": true}),
            (MinimumTightened, Breaking, Additive),
            (MinimumLoosened, Additive, Additive),
        ),
        (
            json!({"type": "number"}),
            number("maximum", json!(9)),
            (MaximumTightened, Breaking, Additive),
            (MaximumLoosened, Additive, Additive),
        ),
        (
            number("multipleOf", json!(2)),
            number("multipleOf", json!(4)),
            (MultipleOfTightened, Breaking, Additive),
            (MultipleOfLoosened, Additive, Additive),
        ),
        (
            text("minLength", json!(1)),
            text("minLength", json!(2)),
            (MinLengthTightened, Breaking, Additive),
            (MinLengthLoosened, Additive, Additive),
        ),
        (
            text("maxLength", json!(9)),
            text("maxLength", json!(8)),
            (MaxLengthTightened, Breaking, Additive),
            (MaxLengthLoosened, Additive, Additive),
        ),
        (
            list("items", json!({})),
            list("minItems", json!(1)),
            (MinItemsTightened, Breaking, Additive),
            (MinItemsLoosened, Additive, Additive),
        ),
        (
            list("items", json!({})),
            list("maxItems", json!(1)),
            (MaxItemsTightened, Breaking, Additive),
            (MaxItemsLoosened, Additive, Additive),
        ),
        (
            list("items", json!({})),
            list("uniqueItems", json!(true)),
            (UniqueItemsRequired, Breaking, Additive),
            (UniqueItemsLifted, Additive, Additive),
        ),
        (
            list("items", string()),
            list("items", json!({"type": "integer"})),
            (TypeChanged, Breaking, Breaking),
            (TypeChanged, Breaking, Breaking),
        ),
        (
            map("minProperties", json!(1)),
            map("minProperties", json!(2)),
            (MinPropertiesTightened, Breaking, Additive),
            (MinPropertiesLoosened, Additive, Additive),
        ),
        (
            map("maxProperties", json!(2)),
            map("maxProperties", json!(1)),
            (MaxPropertiesTightened, Breaking, Additive),
            (MaxPropertiesLoosened, Additive, Additive),
        ),
        (
            string(),
            text("pattern", json!("^a")),
            (PatternAdded, Breaking, Additive),
            (PatternRemoved, Additive, Additive),
        ),
        (
            text("pattern", json!("^a")),
            text("pattern", json!("^b")),
            (PatternChanged, Breaking, Additive),
            (PatternChanged, Breaking, Additive),
        ),
        (
            string(),
            text("default", json!("a")),
            (DefaultAdded, Additive, Documentation),
            (DefaultRemoved, Breaking, Documentation),
        ),
        (
            text("default", json!("a")),
            text("default", json!(null)),
            (DefaultChanged, Breaking, Documentation),
            (DefaultChanged, Breaking, Documentation),
        ),
        (
            open("additionalProperties", json!(true)),
            open("additionalProperties", json!(false)),
            (AdditionalPropertiesClosed, Breaking, Additive),
            (AdditionalPropertiesOpened, Additive, Additive),
        ),
        (
            map("additionalProperties", json!(true)),
            map("additionalProperties", json!(false)),
            (MapClosed, Breaking, Breaking),
            (MapOpened, Breaking, Breaking),
        ),
        (
            open("additionalProperties", json!(true)),
            open("additionalProperties", string()),
            (AdditionalPropertiesTyped, Breaking, Breaking),
            (AdditionalPropertiesUntyped, Breaking, Breaking),
        ),
        (
            map("additionalProperties", string()),
            map("additionalProperties", json!({"type": "integer"})),
            (TypeChanged, Breaking, Breaking),
            (TypeChanged, Breaking, Breaking),
        ),
        (
            map("additionalProperties", json!({})),
            map("additionalProperties", json!({"description": "Anything"})),
            (DescriptionChanged, Documentation, Documentation),
            (DescriptionChanged, Documentation, Documentation),
        ),
        (
            json!({"oneOf": [to("Cat"), to("Dog")]}),
            json!({"anyOf": [to("Cat"), to("Dog")]}),
            (UnionKindChanged, Breaking, Breaking),
            (UnionKindChanged, Breaking, Breaking),
        ),
        (
            json!({"oneOf": [to("Cat"), to("Dog")]}),
            json!({"oneOf": [to("Dog"), string(), to("Cat")]}),
            (UnionMemberAdded, Additive, Breaking),
            (UnionMemberRemoved, Breaking, Breaking),
        ),
        (
            json!({"anyOf": [to("Cat"), {"type": "string", "maxLength": 5}]}),
            json!({"anyOf": [{"type": "string", "maxLength": 4}, to("Cat")]}),
            (MaxLengthTightened, Breaking, Additive),
            (MaxLengthLoosened, Additive, Additive),
        ),
        (
            json!({"allOf": [to("Cat"), {"type": "object", "properties": {"a": {}}}]}),
            json!({"allOf": [to("Cat"), to("Dog"), {"type": "object", "properties": {"a": {}}}]}),
            (AllOfMemberAdded, Breaking, Additive),
            (AllOfMemberRemoved, Breaking, Breaking),
        ),
        (
            string(),
            text("not", json!({"enum": ["a"]})),
            (NotChanged, Breaking, Breaking),
            (NotChanged, Breaking, Breaking),
        ),
        (
            json!({"oneOf": [to("Cat"), to("Dog")]}),
            told_apart(json!({})),
            (DiscriminatorChanged, Breaking, Breaking),
            (DiscriminatorChanged, Breaking, Breaking),
        ),
        (
            told_apart(json!({})),
            told_apart(json!({"cat": "Cat"})),
            (DiscriminatorMappingAdded, Additive, Additive),
            (DiscriminatorMappingRemoved, Breaking, Breaking),
        ),
        (
            told_apart(json!({"cat": "Cat"})),
            told_apart(json!({"cat": "#/components/schemas/Dog"})),
            (DiscriminatorMappingChanged, Breaking, Breaking),
            (DiscriminatorMappingChanged, Breaking, Breaking),
        ),
        (
            string(),
            text("deprecated", json!(true)),
            (Deprecated, Additive, Additive),
            (Undeprecated, Additive, Additive),
        ),
        (
            string(),
            text("title", json!("A")),
            (TitleChanged, Documentation, Documentation),
            (TitleChanged, Documentation, Documentation),
        ),
        (
            text("description", json!("A")),
            text("description", json!("B")),
            (DescriptionChanged, Documentation, Documentation),
            (DescriptionChanged, Documentation, Documentation),
        ),
        (
            string(),
            text("example", json!("A")),
            (ExampleChanged, Documentation, Documentation),
            (ExampleChanged, Documentation, Documentation),
        ),
        (
            string(),
            text("externalDocs", json!({"url": "https://example.com"})),
            (ExternalDocsChanged, Documentation, Documentation),
            (ExternalDocsChanged, Documentation, Documentation),
        ),
        (
            string(),
            text("x-enum-descriptions", json!({"a": "first"})),
            (DocumentationExtensionChanged, Documentation, Documentation),
            (DocumentationExtensionChanged, Documentation, Documentation),
        ),
        (
            string(),
            text("x-rate-limit", json!(5)),
            (Unrecognized, Breaking, Breaking),
            (Unrecognized, Breaking, Breaking),
        ),
    ]
}

/// A check with its severity where there is one direction, or none.
type Found = (Check, Severity);

/// Two operations, what leads from the one to the other, and what leads back.
fn operations() -> Vec<(Value, Value, Found, Found)> {
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
            (OperationRenamed, Breaking),
            (OperationRenamed, Breaking),
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
            (OperationTagAdded, Additive),
            (OperationTagRemoved, Breaking),
        ),
        (
            json!({}),
            json!({"tags": ["a"]}),
            (OperationFirstTagged, Breaking),
            (OperationUntagged, Additive),
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
            (RequestBodyBecameRequired, Breaking),
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
            (SuccessStatusRemoved, Breaking),
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
            (SuccessStatusRemoved, Breaking),
        ),
        (
            answers(json!({"description": "", "content": {"a/b": {}}})),
            answers(json!({"description": "", "content": {"a/b": {}, "a/c": {}}})),
            (MediaTypeAdded, Additive),
            (MediaTypeRemoved, Breaking),
        ),
        (
            answers(json!({"description": ""})),
            header(json!({})),
            (HeaderAdded, Additive),
            (HeaderRemoved, Breaking),
        ),
        (
            header(json!({})),
            header(json!({"required": true})),
            (HeaderBecameRequired, Additive),
            (HeaderBecameOptional, Breaking),
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

/// A key of the document, two values there, what leads from the one to the other and back.
fn documents() -> Vec<(&'static str, Value, Value, Found, Found)> {
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
            (ParameterRenamed, Breaking),
            (ParameterRenamed, Breaking),
        ),
        (
            "components",
            json!({"schemas": {}}),
            json!({"schemas": {"A": {"type": "string"}}}),
            (SchemaAdded, Additive),
            (SchemaRemoved, Breaking),
        ),
        (
            "components",
            json!({"schemas": {"A": {"type": "string"}}}),
            json!({"schemas": {"B": {"type": "string"}}}),
            (SchemaRenamed, Breaking),
            (SchemaRenamed, Breaking),
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
            (SecuritySchemeAdded, Additive),
            (SecuritySchemeRemoved, Breaking),
        ),
        (
            "components",
            json!({"securitySchemes": {"a": key("K")}}),
            json!({"securitySchemes": {"a": key("L")}}),
            (SecuritySchemeChanged, Breaking),
            (SecuritySchemeChanged, Breaking),
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
            json!([server("https://b.example"), server("https://a.example")]),
            (ServerAdded, Additive),
            (ServerRemoved, Breaking),
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
            (OpenapiVersionChanged, Breaking),
            (OpenapiVersionChanged, Breaking),
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
            (Unrecognized, Breaking),
            (Unrecognized, Breaking),
        ),
    ]
}

#[test]
fn every_change_of_a_schema_is_judged_for_requests_and_responses_both_ways() {
    for (old, new, forth, back) in schemas() {
        for (old, new, (check, request, response)) in [(&old, &new, forth), (&new, &old, back)] {
            for (sent, received, severity) in [
                (true, false, request),
                (false, true, response),
                (true, true, request.max(response)),
                (false, false, request.max(response)),
            ] {
                let changes = diff(
                    &with_schema(old, sent, received),
                    &with_schema(new, sent, received),
                );
                assert_eq!(
                    found(&changes),
                    [(check, severity)],
                    "{old} -> {new}, sent: {sent}, received: {received}"
                );
            }
        }
    }
}

#[test]
fn a_value_that_gives_the_others_other_variants_breaks() {
    const ALIKE: [&str; 3] = ["ITEM_STATE_OPEN", "ITEM_STATE_SHUT", "ITEM_STATE_GONE"];
    let with = |more: &[&str]| {
        let values = [&ALIKE, more].concat();
        let schema = json!({"type": "string", "enum": values});
        with_schema(&schema, true, true)
    };
    let (plain, same, other) = (with(&[]), with(&["ITEM_STATE_LENT"]), with(&["NONE"]));
    let added = (EnumValueAdded, Additive);
    assert_eq!(found(&diff(&plain, &same)), [added]);
    let renamed = (EnumVariantsRenamed, Breaking);
    let changes = diff(&plain, &other);
    assert_eq!(found(&changes), [renamed, added]);
    let (old, new) = (&changes.changes[0].old, &changes.changes[0].new);
    assert_eq!(old.as_ref().unwrap()["ITEM_STATE_OPEN"], "Open");
    assert_eq!(new.as_ref().unwrap()["ITEM_STATE_OPEN"], "ItemStateOpen");
    let removed = (EnumValueRemoved, Breaking);
    assert_eq!(found(&diff(&other, &plain)), [removed, renamed]);
}

#[test]
fn every_change_of_an_operation_is_found_both_ways() {
    for (old, new, forth, back) in operations() {
        for (old, new, expected) in [(&old, &new, forth), (&new, &old, back)] {
            let changes = diff(&with_operation(old), &with_operation(new));
            assert_eq!(found(&changes), [expected], "{old} -> {new}");
        }
    }
}

#[test]
fn every_change_of_the_document_is_found_both_ways() {
    let document = |key: &str, value: &Value| {
        let mut document = with_operation(&json!({}));
        document[key] = value.clone();
        document
    };
    for (key, old, new, forth, back) in documents() {
        for (old, new, expected) in [(&old, &new, forth), (&new, &old, back)] {
            let changes = diff(&document(key, old), &document(key, new));
            assert_eq!(found(&changes), [expected], "{key}: {old} -> {new}");
        }
    }
}

#[test]
fn no_check_is_without_a_test_here() {
    let tested: BTreeSet<_> = schemas()
        .iter()
        .flat_map(|(_, _, forth, back)| [forth.0, back.0])
        .chain(
            operations()
                .iter()
                .flat_map(|(_, _, forth, back)| [forth.0, back.0]),
        )
        .chain(
            documents()
                .iter()
                .flat_map(|(.., forth, back)| [forth.0, back.0]),
        )
        // These follow from other changes, and have tests of their own.
        .chain([EnumVariantsRenamed, RustApiChanged])
        .collect();
    let untested: Vec<_> = Check::ALL
        .iter()
        .filter(|check| !tested.contains(check))
        .collect();
    assert!(untested.is_empty(), "{untested:?}");
}

#[test]
fn names_of_checks_are_distinct_and_each_is_explained() {
    let names: BTreeSet<_> = Check::ALL.iter().map(|check| check.name()).collect();
    assert_eq!(names.len(), Check::ALL.len());
    for check in Check::ALL {
        for directions in [Directions::REQUEST, Directions::RESPONSE, Directions::BOTH] {
            let explanation = check.explanation(directions);
            assert!(!explanation.is_empty() && !explanation.contains('\n'));
        }
    }
}

#[test]
fn a_change_of_responses_alone_does_not_speak_of_requests_and_the_other_way_round() {
    for (old, new, forth, back) in schemas() {
        for (old, new, (check, ..)) in [(&old, &new, forth), (&new, &old, back)] {
            for (sent, other) in [(true, "response"), (false, "request")] {
                let changes = diff(
                    &with_schema(old, sent, !sent),
                    &with_schema(new, sent, !sent),
                );
                let explanation = changes.changes[0].explanation();
                assert!(!explanation.contains(other), "{check:?}: {explanation}");
            }
        }
    }
}

#[test]
fn a_change_that_nobody_sees_claims_no_effect() {
    for (old, new, forth, back) in schemas() {
        for (old, new, (check, ..)) in [(&old, &new, forth), (&new, &old, back)] {
            if check.explanation(Directions::BOTH).starts_with("only ") || check == Unrecognized {
                continue;
            }
            let unused = diff(
                &with_schema(old, false, false),
                &with_schema(new, false, false),
            );
            assert_eq!(
                unused.changes[0].explanation(),
                "no request and no response has this, so no program sees the change"
            );
            let used_by_now = diff(
                &with_schema(old, false, false),
                &with_schema(new, false, true),
            );
            let change = used_by_now.changes.iter().find(|change| {
                change.check == check && matches!(change.subject, Subject::Component { .. })
            });
            assert_eq!(
                change.unwrap().explanation(),
                "no operation has used this until now, so no program sees the change"
            );
        }
    }
}
