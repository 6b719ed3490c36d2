//! What compiles, and what the server takes: both judgements of one change, case by case.

use serde_json::{Value, json};

use super::{Severity, diff};
use crate::diff::{Change, Diff, Subject, diff_beside};

/// A document with these paths and schemas, in YAML on one line.
fn document(paths: &str, schemas: &str) -> Value {
    let text = format!(
        "{{openapi: 3.0.3, info: {{title: Parcels, version: '1'}}, paths: {paths}, \
         components: {{schemas: {schemas}}}}}"
    );
    crate::yaml::parse(&text).unwrap()
}

/// An operation with these other keys.
fn operation(keys: &str) -> String {
    format!("{{/parcels: {{post: {{operationId: parcels_create, {keys}}}}}}}")
}

fn json_of(schema: &str) -> String {
    format!("content: {{application/json: {{schema: {schema}}}}}")
}

fn to(schema: &str) -> String {
    format!("{{$ref: '#/components/schemas/{schema}'}}")
}

fn sends(schema: &str) -> String {
    format!("requestBody: {{{}}}", json_of(&to(schema)))
}

fn answers(schema: &str) -> String {
    let content = json_of(&to(schema));
    format!("responses: {{'200': {{description: '', {content}}}}}")
}

const NO_CONTENT: &str = "responses: {'204': {description: ''}}";

/// How the schema `Parcel` is used.
fn sent() -> String {
    operation(&format!("{}, {NO_CONTENT}", sends("Parcel")))
}

fn received() -> String {
    operation(&answers("Parcel"))
}

fn sent_and_received() -> String {
    operation(&format!("{}, {}", sends("Parcel"), answers("Parcel")))
}

/// The changes where an object, `Parcel`, has other keys.
fn of_the_object(paths: &str, old: &str, new: &str) -> Vec<String> {
    let [old, new] = [old, new].map(|keys| format!("{{Parcel: {{type: object, {keys}}}}}"));
    lines(&document(paths, &old), &document(paths, &new))
}

/// The changes where an operation has other keys.
fn of_the_operation(old: &str, new: &str) -> Vec<String> {
    let [old, new] = [old, new].map(|keys| document(&operation(keys), "{}"));
    lines(&old, &new)
}

/// One line for each change, and one for each item of the API that it changes.
fn lines(old: &Value, new: &Value) -> Vec<String> {
    let diff = diff(old, new);
    assert_eq!(diff.not_generated.as_ref().map(ToString::to_string), None);
    written(&diff)
}

fn written(diff: &Diff) -> Vec<String> {
    let all = diff.changes.iter().flat_map(|change| {
        assert_eq!(change.severity, worst(change));
        let subject = match &change.subject {
            Subject::Document => "document".to_owned(),
            Subject::Operation(operation) => operation.to_string(),
            Subject::Component { name, .. } => name.clone(),
        };
        let steps = change.location.iter().map(|step| format!(" > {step}"));
        let (check, steps) = (change.check.name(), steps.collect::<String>());
        let (severity, wire) = (change.severity, change.wire);
        let head = format!("{severity}, on the wire {wire}: {subject}{steps}: {check}");
        let items = change
            .api
            .iter()
            .map(|item| format!("  {}: {item}", item.severity));
        [head].into_iter().chain(items)
    });
    all.collect()
}

fn worst(change: &Change) -> Severity {
    let of_api = change.api.iter().map(|item| item.severity).max();
    of_api.map_or(change.wire, |api| api.max(change.wire))
}

const OPTIONAL: &str = "properties: {size: {type: integer}}";
const REQUIRED: &str = "required: [size], properties: {size: {type: integer}}";
const REQUIRED_OR_NULL: &str =
    "required: [size], properties: {size: {type: integer, nullable: true}}";

#[test]
fn a_received_property_that_becomes_required_is_another_type() {
    assert_eq!(
        of_the_object(&received(), OPTIONAL, REQUIRED),
        [
            "breaking, on the wire additive: Parcel > size: property-became-required",
            "  breaking: impl Default for types::Parcel: implemented → none",
            "  breaking: types::Parcel::size: Option<i64> → i64",
        ]
    );
}

#[test]
fn a_received_property_that_is_no_longer_nullable_is_another_type() {
    assert_eq!(
        of_the_object(&received(), REQUIRED_OR_NULL, REQUIRED),
        [
            "breaking, on the wire documentation: Parcel > size: became-not-nullable",
            "  breaking: types::Parcel::size: Option<i64> → i64",
        ]
    );
}

#[test]
fn another_spelling_of_a_received_property_is_another_property() {
    for keys in ["required: [netWeight], ", ""] {
        let old = format!("{keys}properties: {{netWeight: {{type: integer}}}}");
        let new = old.replace("netWeight", "net_weight");
        let lines = of_the_object(&received(), &old, &new);
        assert!(
            lines[0].starts_with("breaking, ")
                && lines[0].ends_with("Parcel > netWeight: property-removed"),
            "{lines:?}"
        );
        assert!(
            lines[1].starts_with("  breaking: types::Parcel::net_weight: ")
                && lines[1].contains(", in JSON netWeight → "),
            "{lines:?}"
        );
    }
    let values =
        |values: &str| format!("properties: {{state: {{type: string, enum: [{values}]}}}}");
    let lines = of_the_object(
        &received(),
        &values("onTheWay, there"),
        &values("on_the_way, there"),
    );
    assert!(
        lines.contains(
            &"  breaking: types::ParcelState::OnTheWay: a variant, in JSON onTheWay → a variant, in JSON on_the_way"
                .to_owned()
        ),
        "{lines:?}"
    );
}

#[test]
fn a_required_property_that_becomes_nullable_is_no_argument_any_more() {
    assert_eq!(
        of_the_object(&sent(), REQUIRED, REQUIRED_OR_NULL),
        [
            "breaking, on the wire additive: Parcel > size: became-nullable",
            "  breaking: client.parcels().create: fn(size: impl Into<i64>) -> () → fn() -> ()",
            "  breaking: types::Parcel::new(): fn(size: impl Into<i64>) -> Self → fn() -> Self",
            "  breaking: types::Parcel::size: i64 → Option<i64>",
        ]
    );
}

#[test]
fn an_object_that_gains_its_first_property_becomes_a_struct() {
    assert_eq!(
        of_the_object(
            &received(),
            "description: A parcel",
            &format!("description: A parcel, {OPTIONAL}")
        ),
        [
            "breaking, on the wire additive: Parcel > size: property-added-optional",
            "  breaking: types::Parcel: struct(serde_json::Value) → struct",
        ]
    );
}

const UPLOAD: &str = "multipart/form-data: {schema: {type: object, required: [file], \
                      properties: {file: {type: string, format: binary}}}}";
const AUDIO: &str = "audio/wav: {schema: {type: string, format: binary}}";

#[test]
fn json_beside_an_upload_takes_the_name_of_the_method() {
    let json = format!("application/json: {{schema: {{type: object, {OPTIONAL}}}}}");
    assert_eq!(
        of_the_operation(
            &format!("requestBody: {{content: {{{UPLOAD}}}}}, {NO_CONTENT}"),
            &format!("requestBody: {{content: {{{UPLOAD}, {json}}}}}, {NO_CONTENT}"),
        ),
        [
            "breaking, on the wire additive: POST /parcels > request body > application/json: media-type-added",
            "  breaking: client.parcels().create: fn(file: impl Into<Upload>) -> () → fn() -> ()",
            "  additive: client.parcels().upload: none → fn(file: impl Into<Upload>) -> ()",
            "  additive: impl Clone for operations::ParcelsCreate: none → implemented",
            "  additive: operations::ParcelsCreate::body(): none → fn(impl Into<types::ParcelsCreateBody>) -> Self",
            "  additive: types::ParcelsCreateBody: none → struct",
        ]
    );
}

#[test]
fn json_beside_bytes_is_what_the_method_returns() {
    let json = format!("application/json: {{schema: {{type: object, {OPTIONAL}}}}}");
    assert_eq!(
        of_the_operation(
            &format!("responses: {{'200': {{description: '', content: {{{AUDIO}}}}}}}"),
            &format!("responses: {{'200': {{description: '', content: {{{AUDIO}, {json}}}}}}}"),
        ),
        [
            "breaking, on the wire additive: POST /parcels > response 200 > application/json: media-type-added",
            "  breaking: client.parcels().create: fn() -> ByteStream → fn() -> types::ParcelsCreateResponse",
            "  additive: types::ParcelsCreateResponse: none → struct",
        ]
    );
}

#[test]
fn content_in_a_response_that_had_none_is_what_the_method_returns() {
    let json = json_of(&format!("{{type: object, {OPTIONAL}}}"));
    assert_eq!(
        of_the_operation(
            "responses: {'200': {description: ''}}",
            &format!("responses: {{'200': {{description: '', {json}}}}}"),
        ),
        [
            "breaking, on the wire additive: POST /parcels > response 200 > application/json: media-type-added",
            "  breaking: client.parcels().create: fn() -> () → fn() -> types::ParcelsCreateResponse",
            "  additive: types::ParcelsCreateResponse: none → struct",
        ]
    );
}

#[test]
fn the_first_read_only_property_makes_a_type_for_requests() {
    assert_eq!(
        of_the_object(
            &sent_and_received(),
            OPTIONAL,
            "properties: {size: {type: integer}, id: {type: string, readOnly: true}}",
        ),
        [
            "breaking, on the wire additive: Parcel > id: property-added-optional",
            "  breaking: operations::ParcelsCreate::body(): fn(impl Into<types::Parcel>) -> Self → \
             fn(impl Into<types::ParcelRequest>) -> Self",
            "  additive: types::Parcel::id: none → Option<String>",
            "  breaking: types::Parcel::new(): fn() -> Self → none",
            "  breaking: types::Parcel::size(): fn(impl Into<i64>) -> Self → none",
            "  additive: types::ParcelRequest: none → struct",
        ]
    );
}

/// A second operation of `/parcels`, which receives this schema.
fn and_one_that_receives(paths: &str, schema: &str) -> String {
    let whole = paths.strip_suffix("}}").unwrap();
    format!(
        "{whole}, get: {{operationId: parcels_list, {}}}}}}}",
        answers(schema)
    )
}

#[test]
fn a_new_operation_that_receives_what_was_only_sent_gives_requests_another_type() {
    let schemas = "{Parcel: {type: object, properties: {code: {type: integer, writeOnly: true}}}}";
    assert_eq!(
        lines(
            &document(&sent(), schemas),
            &document(&and_one_that_receives(&sent(), "Parcel"), schemas),
        ),
        [
            "breaking, on the wire documentation: Parcel: rust-api-changed",
            "  breaking: operations::ParcelsCreate::body(): fn(impl Into<types::Parcel>) -> Self → \
             fn(impl Into<types::ParcelRequest>) -> Self",
            "  breaking: types::Parcel: struct → struct(serde_json::Value)",
            "  additive: types::ParcelRequest: none → struct",
            "additive, on the wire additive: GET /parcels: operation-added",
            "  additive: client.parcels().list: none → fn() -> types::Parcel",
        ]
    );
}

#[test]
fn a_second_namespace_gives_a_type_its_long_name() {
    let paths = sent().replace("/Parcel'", "/shop.v1.Parcel'");
    let one = "shop.v1.Parcel: {type: object, properties: {size: {type: integer}}}";
    let two = format!("{one}, post.v1.Parcel: {{type: object, {REQUIRED}}}");
    assert_eq!(
        lines(
            &document(&paths, &format!("{{{one}}}")),
            &document(
                &and_one_that_receives(&paths, "post.v1.Parcel"),
                &format!("{{{two}}}")
            ),
        ),
        [
            "breaking, on the wire documentation: shop.v1.Parcel: rust-api-changed",
            "  breaking: types::Parcel: types::Parcel → types::ShopV1Parcel",
            "additive, on the wire additive: GET /parcels: operation-added",
            "  additive: client.parcels().list: none → fn() -> types::PostV1Parcel",
            "additive, on the wire additive: post.v1.Parcel: schema-added",
            "  additive: types::PostV1Parcel: none → struct",
        ]
    );
}

#[test]
fn a_new_schema_takes_the_name_of_an_inline_type() {
    let one = "Parcel: {type: object, properties: {size: {type: object, properties: {x: {type: integer}}}}}";
    let two = format!("{one}, ParcelSize: {{type: object, {REQUIRED}}}");
    assert_eq!(
        lines(
            &document(&sent(), &format!("{{{one}}}")),
            &document(
                &and_one_that_receives(&sent(), "ParcelSize"),
                &format!("{{{two}}}")
            ),
        ),
        [
            "breaking, on the wire documentation: Parcel: rust-api-changed",
            "  breaking: types::ParcelSize: types::ParcelSize → types::ParcelSizeInline",
            "additive, on the wire additive: GET /parcels: operation-added",
            "  additive: client.parcels().list: none → fn() -> types::ParcelSize",
            "additive, on the wire additive: ParcelSize: schema-added",
            "  additive: types::ParcelSize: none → struct",
        ]
    );
}

#[test]
fn an_optional_property_that_becomes_nullable_breaks_nothing() {
    let nullable = "properties: {size: {type: integer, nullable: true}}";
    assert_eq!(
        of_the_object(&sent_and_received(), OPTIONAL, nullable),
        ["additive, on the wire additive: Parcel > size: became-nullable"]
    );
    assert_eq!(
        of_the_object(&received(), OPTIONAL, nullable),
        ["documentation, on the wire documentation: Parcel > size: became-nullable"]
    );
}

#[test]
fn an_extension_that_nothing_reads_is_documentation_and_one_that_the_generator_reads_is_judged() {
    let extended = "properties: {size: {type: integer, x-unit: kg}}";
    assert_eq!(
        of_the_object(&sent_and_received(), OPTIONAL, extended),
        ["documentation, on the wire documentation: Parcel > size > x-unit: extension-changed"]
    );
    let map = |style: &str| {
        format!(
            "parameters: [{{in: query, name: labels, {style}schema: {{type: object, \
             additionalProperties: {{type: string}}}}}}], {NO_CONTENT}"
        )
    };
    assert_eq!(
        of_the_operation(&map(""), &map("x-map-style: dotted, ")),
        [
            "breaking, on the wire breaking: POST /parcels > query parameter labels > x-map-style: \
          parameter-serialization-changed"
        ]
    );
}

#[test]
fn the_default_of_a_required_property_is_documentation() {
    let with = |default: &str| {
        format!("required: [size], properties: {{size: {{type: integer, default: {default}}}}}")
    };
    let same =
        "documentation, on the wire documentation: Parcel > size: default-of-required-changed";
    assert_eq!(of_the_object(&sent(), REQUIRED, &with("1")), [same]);
    assert_eq!(of_the_object(&sent(), &with("1"), &with("2")), [same]);
    assert_eq!(of_the_object(&sent(), &with("2"), REQUIRED), [same]);
}

#[test]
fn a_header_in_another_letter_case_and_a_media_type_with_a_charset_are_no_change() {
    let header = |name: &str| {
        format!(
            "responses: {{'204': {{description: '', headers: {{{name}: {{schema: {{type: string}}}}}}}}}}"
        )
    };
    assert_eq!(of_the_operation(&header("Age"), &header("age")), [""; 0]);
    let json = |media_type: &str| {
        let content =
            format!("content: {{{media_type}: {{schema: {{type: object, {OPTIONAL}}}}}}}");
        format!("responses: {{'200': {{description: '', {content}}}}}")
    };
    let (plain, charset) = ("application/json", "'application/json; charset=utf-8'");
    assert_eq!(of_the_operation(&json(plain), &json(charset)), [""; 0]);
}

#[test]
fn a_scope_that_is_no_longer_needed_and_its_description_break_nothing() {
    let needs = |scopes: &str| format!("security: [{{oauth: {scopes}}}], {NO_CONTENT}");
    assert_eq!(
        of_the_operation(&needs("[read, write]"), &needs("[read]")),
        ["additive, on the wire additive: POST /parcels: security-scope-lifted"]
    );
    let described = |scope: &str| {
        let mut document = document(&operation(&needs("[read]")), "{}");
        let flow = json!({"authorizationUrl": "https://a.example", "scopes": {"read": scope}});
        document["components"]["securitySchemes"] =
            json!({"oauth": {"type": "oauth2", "flows": {"implicit": flow}}});
        document
    };
    assert_eq!(
        lines(&described("Reads"), &described("Reads parcels")),
        ["documentation, on the wire documentation: oauth > flows: description-changed"]
    );
}

#[test]
fn an_operation_is_renamed_if_its_method_is() {
    let called = |id: &str| {
        let paths = format!("{{/parcels: {{get: {{operationId: {id}, {NO_CONTENT}}}}}}}");
        document(&paths, "{}")
    };
    assert_eq!(
        lines(&called("parcelsList"), &called("parcels_list")),
        ["documentation, on the wire documentation: GET /parcels: operation-renamed"]
    );
    assert_eq!(
        lines(&called("parcels_list"), &called("parcels_find")),
        [
            "breaking, on the wire documentation: GET /parcels: operation-renamed",
            "  breaking: client.parcels().list: fn() -> () → none",
            "  additive: client.parcels().parcels_find: none → fn() -> ()",
        ]
    );
}

#[test]
fn a_parameter_in_the_path_is_told_by_its_position() {
    let named = |name: &str| {
        let parameter =
            format!("{{name: {name}, in: path, required: true, schema: {{type: string}}}}");
        let operation =
            format!("{{operationId: parcels_get, parameters: [{parameter}], {NO_CONTENT}}}");
        document(
            &format!("{{'/parcels/{{{name}}}': {{get: {operation}}}}}"),
            "{}",
        )
    };
    assert_eq!(
        lines(&named("id"), &named("number")),
        [
            "documentation, on the wire documentation: GET /parcels/{id} > path parameter id: parameter-renamed"
        ]
    );
}

#[test]
fn a_property_that_moves_into_a_member_of_all_of_breaks_nothing() {
    let [a, b] = ["a", "b"].map(|name| format!("{name}: {{type: string}}"));
    let object = |properties: &[&str]| {
        format!(
            "{{type: object, properties: {{{}}}}}",
            properties.join(", ")
        )
    };
    let all = |members: &[&str]| format!("{{allOf: [{}]}}", members.join(", "));
    let change = |old: String, new: String| {
        let [old, new] = [old, new].map(|schemas| document(&sent_and_received(), &schemas));
        lines(&old, &new)
    };
    let rearranged = "documentation, on the wire documentation: Parcel: all-of-rearranged";
    let (ab, base, of_a, of_b) = (object(&[&a, &b]), to("Base"), object(&[&a]), object(&[&b]));
    let whole = format!("{{Parcel: {ab}}}");
    assert_eq!(
        change(
            whole.clone(),
            format!("{{Parcel: {}}}", all(&[&of_a, &of_b]))
        ),
        [rearranged]
    );
    // The member is a schema of its own, which is new, or was there before.
    assert_eq!(
        change(
            whole,
            format!("{{Base: {of_a}, Parcel: {}}}", all(&[&base, &of_b]))
        ),
        [
            "additive, on the wire additive: Base: schema-added",
            "  additive: types::Base: none → struct",
            rearranged,
        ]
    );
    let none = "{type: object}";
    assert_eq!(
        change(
            format!("{{Base: {of_a}, Parcel: {}}}", all(&[&base, &of_b])),
            format!("{{Base: {ab}, Parcel: {}}}", all(&[&base, none])),
        ),
        [
            "additive, on the wire additive: Base > b: property-added-optional",
            "  additive: types::Base::b: none → Option<String>",
            "documentation, on the wire documentation: Parcel > b: all-of-rearranged",
        ]
    );
}

#[test]
fn values_of_an_enum_that_get_other_variants_break() {
    const ALIKE: &str = "ITEM_STATE_OPEN, ITEM_STATE_SHUT, ITEM_STATE_GONE";
    let with = |more: &str| {
        let schemas = format!("{{Parcel: {{type: string, enum: [{ALIKE}{more}]}}}}");
        document(&received(), &schemas)
    };
    assert_eq!(
        lines(&with(""), &with(", ITEM_STATE_LENT")),
        [
            "additive, on the wire additive: Parcel: enum-value-added",
            "  additive: types::Parcel::Lent: none → a variant",
        ]
    );
    // What all values begin with is not in the names of the variants.
    assert_eq!(
        lines(&with(""), &with(", NONE")),
        [
            "breaking, on the wire additive: Parcel: enum-value-added",
            "  breaking: types::Parcel::Gone: a variant → none",
            "  additive: types::Parcel::ItemStateGone: none → a variant",
            "  additive: types::Parcel::ItemStateOpen: none → a variant",
            "  additive: types::Parcel::ItemStateShut: none → a variant",
            "  additive: types::Parcel::None: none → a variant",
            "  breaking: types::Parcel::Open: a variant → none",
            "  breaking: types::Parcel::Shut: a variant → none",
        ]
    );
}

#[test]
fn a_new_member_of_a_union_breaks_responses_unless_a_tag_tells_it_apart() {
    let member = |name: &str, tag: &str| {
        format!(
            "{name}: {{type: object, required: [kind, {name}], properties: {{kind: {tag}, {name}: {{type: string}}}}}}"
        )
    };
    let with = |tag: &dyn Fn(&str) -> String, more: &str| {
        let members = ["box", "bag", "crate"].map(|name| member(name, &tag(name)));
        let union = format!("Parcel: {{oneOf: [{}, {}{more}]}}", to("box"), to("bag"));
        let more = if more.is_empty() {
            &members[..2]
        } else {
            &members[..]
        };
        document(&received(), &format!("{{{union}, {}}}", more.join(", ")))
    };
    let change = |tag: &dyn Fn(&str) -> String| {
        lines(&with(tag, ""), &with(tag, &format!(", {}", to("crate"))))
    };
    let tagged = change(&|name| format!("{{type: string, enum: [{name}]}}"));
    assert!(
        tagged.contains(&"additive, on the wire additive: Parcel: tagged-member-added".to_owned()),
        "{tagged:#?}"
    );
    let untagged = change(&|_| "{type: string}".to_owned());
    assert!(
        untagged.contains(&"breaking, on the wire breaking: Parcel: union-member-added".to_owned()),
        "{untagged:#?}"
    );
}

#[test]
fn a_redirect_of_a_get_is_followed_as_before() {
    let with = |more: &str| {
        let paths = format!(
            "{{/parcels: {{get: {{operationId: parcels_list, responses: {{'200': {{description: ''}}{more}}}}}}}}}"
        );
        document(&paths, "{}")
    };
    assert_eq!(
        lines(&with(""), &with(", '302': {description: ''}")),
        [
            "additive, on the wire additive: GET /parcels > response 302: redirect-added",
            "  additive: operations::ParcelsList::location(): none → fn() -> Option<url::Url>",
        ]
    );
}

#[test]
fn a_header_that_openapi_ignores_is_no_change() {
    let ignored =
        "parameters: [{in: header, name: AUTHORIZATION, required: true, schema: {type: string}}]";
    assert_eq!(
        of_the_operation(NO_CONTENT, &format!("{ignored}, {NO_CONTENT}")),
        [""; 0]
    );
}

#[test]
fn an_area_is_a_feature_and_any_other_tag_is_none() {
    let tagged = |tags: &str| document(&operation(&format!("tags: {tags}, {NO_CONTENT}")), "{}");
    assert_eq!(
        lines(&tagged("[agents, calls]"), &tagged("[agents]")),
        [
            "breaking, on the wire documentation: POST /parcels: operation-tag-removed",
            "  breaking: client.parcels().create: with one of the features `agents`, `calls` → \
             with the feature `agents`",
        ]
    );
    assert_eq!(
        lines(&tagged("[]"), &tagged("[parcels]")),
        ["documentation, on the wire documentation: POST /parcels: operation-first-tagged"]
    );
}

#[test]
fn a_document_that_cannot_be_generated_is_judged_by_requests_and_responses_alone() {
    let good = document(
        &received(),
        &format!("{{Parcel: {{type: object, {OPTIONAL}}}}}"),
    );
    let bad = document(
        &received(),
        "{Parcel: {type: object, properties: {size: {type: integer}, in: {type: string, x-rust-type: {}}}}}",
    );
    for (old, new, side) in [(&good, &bad, "new"), (&bad, &good, "old")] {
        let diff = diff(old, new);
        let reason = diff.not_generated.as_ref().unwrap().to_string();
        assert!(
            reason.contains(&format!(
                "no Rust can be generated from the {side} document: "
            )),
            "{reason}"
        );
        assert!(
            reason.contains("Parcel") && !reason.contains('\n'),
            "{reason}"
        );
        assert!(diff.changes.iter().all(|change| change.api.is_empty()));
    }
    // What the APIs would decide is taken for the worst.
    let mut renamed = bad.clone();
    renamed["paths"]["/parcels"]["post"]["operationId"] = json!("send");
    assert_eq!(
        written(&diff(&bad, &renamed)),
        ["breaking, on the wire breaking: POST /parcels: operation-renamed"]
    );
}

#[test]
fn a_schema_with_its_type_from_the_messages_changes_no_item() {
    let messages = "{openapi: 3.0.3, info: {title: Messages, version: '1'}, paths: {}, components: {schemas: {\
        Label: {type: object, x-replaces: 'ultravox.yaml#/components/schemas/Parcel'}}}}";
    let messages = ultravox_codegen::Messages::read(messages).unwrap();
    let [old, new] = ["type: object", REQUIRED].map(|keys| {
        let schemas = format!("{{Parcel: {{{keys}}}}}");
        document(&sent(), &schemas)
    });
    assert!(lines(&old, &new).len() > 1);
    assert_eq!(
        written(&diff_beside(Some(&messages), &old, &new)),
        ["breaking, on the wire breaking: Parcel > size: property-added-required"]
    );
}
