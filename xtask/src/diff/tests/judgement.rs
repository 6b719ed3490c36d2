//! Which changes are one change, and for whom they are judged.

use serde_json::{Value, json};

use super::{Check, Severity, diff, found, with_operation, with_schema};
use crate::diff::Check::*;
use crate::diff::{Directions, Part, Subject};

fn pointed<'v>(document: &'v mut Value, pointer: &str) -> &'v mut Value {
    document.pointer_mut(pointer).unwrap()
}

/// Lists of parcels, single parcels, and who packs them: one schema sent and received, one only
/// received, one used by another, one not used.
fn parcels() -> Value {
    let to = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let carries = |name: &str| json!({"content": {"application/json": {"schema": to(name)}}});
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Parcels", "version": "1"},
        "paths": {
            "/parcels": {
                "get": {"operationId": "list", "responses": {"200": carries("Page")}},
                "post": {
                    "operationId": "send",
                    "requestBody": carries("Parcel"),
                    "responses": {"201": carries("Parcel")},
                },
            },
        },
        "components": {"schemas": {
            "Page": {"type": "object", "properties": {
                "results": {"type": "array", "items": to("Parcel")},
            }},
            "Parcel": {"type": "object", "properties": {
                "size": to("Size"),
                "inside": to("Parcel"),
                "packer": {"allOf": [to("Person")], "readOnly": true},
                "secret": {"type": "object", "writeOnly": true, "properties": {
                    "code": {"type": "string"},
                }},
            }},
            "Size": {"type": "string", "enum": ["small", "large"]},
            "Person": {"type": "object", "properties": {"name": {"type": "string"}}},
            "Alone": {"type": "object", "properties": {"name": {"type": "string"}}},
        }},
    })
}

#[test]
fn a_change_in_a_shared_schema_is_one_change_that_names_every_operation_it_reaches() {
    let mut new = parcels();
    pointed(&mut new, "/components/schemas/Size/enum/1").clone_from(&json!("medium"));
    let changes = diff(&parcels(), &new);
    assert_eq!(
        found(&changes),
        [
            (EnumValueRemoved, Severity::Breaking),
            (EnumValueAdded, Severity::Additive),
        ]
    );
    for change in &changes.changes {
        assert_eq!(
            change.subject,
            Subject::Component {
                kind: "schemas".to_owned(),
                name: "Size".to_owned()
            }
        );
        assert_eq!(change.directions, Directions::BOTH);
        let operations: Vec<_> = change.operations.iter().map(ToString::to_string).collect();
        assert_eq!(operations, ["GET /parcels", "POST /parcels"]);
    }
}

#[test]
fn what_the_overlay_removes_is_one_change_where_it_was() {
    let mut new = parcels();
    let get = pointed(&mut new, "/paths/~1parcels").as_object_mut();
    get.unwrap().remove("get");
    new["info"]["x-overlay-removed"] = json!(["$.paths['/parcels'].get"]);
    assert_eq!(
        found(&diff(&parcels(), &new)),
        [(OperationRemoved, Severity::Breaking)]
    );
    assert_eq!(
        found(&diff(&new, &parcels())),
        [(OperationAdded, Severity::Additive)]
    );
    new["info"]["x-owner"] = json!("the harbour");
    assert!(found(&diff(&parcels(), &new)).contains(&(InfoChanged, Severity::Documentation)));
}

#[test]
fn a_schema_behind_a_read_only_property_is_judged_as_received_alone() {
    let mut new = parcels();
    pointed(&mut new, "/components/schemas/Person")["required"] = json!(["name"]);
    let changes = diff(&parcels(), &new);
    assert_eq!(
        found(&changes),
        [(PropertyBecameRequired, Severity::Additive)]
    );
    assert_eq!(changes.changes[0].directions, Directions::RESPONSE);
    assert_eq!(changes.changes[0].operations.len(), 2);
}

#[test]
fn a_change_inside_a_write_only_property_is_judged_as_sent_alone_and_names_who_sends() {
    let mut new = parcels();
    let code = "/components/schemas/Parcel/properties/secret/properties/code";
    pointed(&mut new, code)["nullable"] = json!(true);
    let changes = diff(&parcels(), &new);
    assert_eq!(found(&changes), [(BecameNullable, Severity::Additive)]);
    assert_eq!(changes.changes[0].location, ["secret", "code"]);
    assert_eq!(changes.changes[0].directions, Directions::REQUEST);
    let operations: Vec<_> = changes.changes[0].operations.iter().collect();
    assert_eq!(operations[0].to_string(), "POST /parcels");
    assert_eq!(operations.len(), 1);
}

#[test]
fn a_required_property_that_is_read_only_breaks_no_request() {
    let mut new = parcels();
    let parcel = pointed(&mut new, "/components/schemas/Parcel");
    parcel["properties"]["id"] = json!({"type": "string", "readOnly": true});
    parcel["required"] = json!(["id"]);
    let changes = diff(&parcels(), &new);
    assert_eq!(
        found(&changes),
        [(PropertyAddedRequired, Severity::Additive)]
    );
}

#[test]
fn no_program_sees_a_schema_that_no_operation_reaches() {
    let mut new = parcels();
    pointed(&mut new, "/components/schemas/Alone")["required"] = json!(["name"]);
    let changes = diff(&parcels(), &new);
    assert_eq!(
        found(&changes),
        [(PropertyBecameRequired, Severity::Documentation)]
    );
    assert!(changes.changes[0].operations.is_empty());
}

#[test]
fn a_schema_that_only_a_new_operation_sends_is_judged_as_the_old_program_uses_it() {
    let mut new = parcels();
    pointed(&mut new, "/components/schemas/Person")["required"] = json!(["name"]);
    let body = json!({"content": {"application/json": {
        "schema": {"$ref": "#/components/schemas/Person"},
    }}});
    new["paths"]["/people"] =
        json!({"post": {"operationId": "hire", "requestBody": body, "responses": {}}});
    let changes = diff(&parcels(), &new);
    assert_eq!(
        found(&changes),
        [
            (OperationAdded, Severity::Additive),
            (PropertyBecameRequired, Severity::Additive),
        ]
    );
}

#[test]
fn schemas_that_refer_to_each_other_and_are_all_renamed_are_one_change_each() {
    let old = parcels();
    let mut text = old.to_string();
    for name in ["Page", "Parcel", "Size", "Person", "Alone"] {
        text = text
            .replace(
                &format!("schemas/{name}\""),
                &format!("schemas/v2.{name}\""),
            )
            .replace(&format!("\"{name}\":"), &format!("\"v2.{name}\":"));
    }
    let new: Value = serde_json::from_str(&text).unwrap();
    let changes = diff(&old, &new);
    let (breaking, unseen) = (Severity::Breaking, Severity::Documentation);
    let renamed = [breaking, breaking, breaking, breaking, unseen];
    assert_eq!(
        found(&changes),
        renamed.map(|severity| (SchemaRenamed, severity))
    );
    assert_eq!(changes.changes[4].old, Some(json!("Alone")));
    assert_eq!(changes.changes[4].new, Some(json!("v2.Alone")));
}

#[test]
fn a_schema_that_is_renamed_and_edited_is_followed_by_where_it_stands() {
    let old = parcels();
    let text = old.to_string().replace("schemas/Page\"", "schemas/List\"");
    let mut new: Value = serde_json::from_str(&text.replace("\"Page\":", "\"List\":")).unwrap();
    pointed(&mut new, "/components/schemas/List/properties")["next"] = json!({"type": "string"});
    assert_eq!(
        found(&diff(&old, &new)),
        [
            (SchemaRenamed, Severity::Breaking),
            (PropertyAddedOptional, Severity::Additive),
        ]
    );
}

#[test]
fn a_schema_that_gives_way_to_a_quite_different_one_is_no_renaming() {
    let mut new = parcels();
    let schemas = new["components"]["schemas"].as_object_mut().unwrap();
    schemas.remove("Size");
    schemas.insert("Weight".to_owned(), json!({"type": "integer"}));
    pointed(&mut new, "/components/schemas/Parcel/properties")["size"] =
        json!({"$ref": "#/components/schemas/Weight"});
    assert_eq!(
        found(&diff(&parcels(), &new)),
        [
            (SchemaReferenceChanged, Severity::Breaking),
            (SchemaRemoved, Severity::Breaking),
            (SchemaAdded, Severity::Additive),
        ]
    );
}

#[test]
fn a_schema_renamed_in_a_union_is_one_change() {
    let union = |name: &str| {
        let mut document = with_schema(
            &json!({
                "oneOf": [
                    {"$ref": "#/components/schemas/Cat"},
                    {"$ref": format!("#/components/schemas/{name}")},
                ],
                "discriminator": {"propertyName": "kind", "mapping": {"x": name}},
            }),
            true,
            true,
        );
        document["components"]["schemas"][name] =
            json!({"type": "object", "properties": {"wings": {"type": "integer"}}});
        document
    };
    let changes = diff(&union("Bird"), &union("Avian"));
    assert_eq!(found(&changes), [(SchemaRenamed, Severity::Breaking)]);
}

#[test]
fn an_operation_that_moves_and_is_edited_is_compared_with_itself() {
    let old = with_operation(&json!({}));
    let mut new = with_operation(&json!({"deprecated": true}));
    let item = new["paths"]
        .as_object_mut()
        .unwrap()
        .remove("/parcels/{id}");
    new["paths"]["/v2/parcels/{id}"] = item.unwrap();
    let changes = diff(&old, &new);
    assert_eq!(
        found(&changes),
        [
            (OperationMoved, Severity::Breaking),
            (OperationDeprecated, Severity::Additive),
        ]
    );
    assert_eq!(changes.changes[0].old, Some(json!("POST /parcels/{id}")));
    assert_eq!(changes.changes[0].new, Some(json!("POST /v2/parcels/{id}")));
}

#[test]
fn security_that_operations_inherit_is_one_change_for_all_that_do() {
    let mut old = parcels();
    old["paths"]["/parcels"]["get"]["security"] = json!([{"key": []}]);
    let mut new = old.clone();
    new["security"] = json!([{"key": []}]);
    let changes = diff(&old, &new);
    assert_eq!(found(&changes), [(SecurityIntroduced, Severity::Breaking)]);
    assert_eq!(changes.changes[0].operations.len(), 1);
    assert_eq!(
        changes.changes[0].operations[0].to_string(),
        "POST /parcels"
    );
}

#[test]
fn security_that_nobody_inherits_is_documentation() {
    let old = with_operation(&json!({"security": []}));
    let mut new = old.clone();
    new["security"] = json!([{"key": []}]);
    let changes = diff(&old, &new);
    assert_eq!(
        found(&changes),
        [(SecurityIntroduced, Severity::Documentation)]
    );
}

#[test]
fn a_change_in_a_shared_parameter_is_one_change() {
    let document = |schema: Value| {
        let operation = |id: &str| {
            json!({
                "operationId": id,
                "parameters": [{"$ref": "#/components/parameters/Limit"}],
                "responses": {},
            })
        };
        json!({
            "openapi": "3.0.3",
            "paths": {"/a": {"get": operation("a")}, "/b": {"get": operation("b")}},
            "components": {"parameters": {
                "Limit": {"in": "query", "name": "limit", "schema": schema},
            }},
        })
    };
    let changes = diff(
        &document(json!({"type": "integer"})),
        &document(json!({"type": "integer", "maximum": 5})),
    );
    assert_eq!(found(&changes), [(MaximumTightened, Severity::Breaking)]);
    assert_eq!(changes.changes[0].operations.len(), 2);
    assert_eq!(changes.changes[0].directions, Directions::REQUEST);
}

#[test]
fn the_fields_of_a_value_of_another_type_are_no_changes_of_their_own() {
    let old = json!({"type": "object", "required": ["a"], "properties": {"a": {}, "b": {}}});
    let new = json!({"type": "string", "format": "uuid", "maxLength": 36});
    let changes = diff(
        &with_schema(&old, true, true),
        &with_schema(&new, true, true),
    );
    assert_eq!(found(&changes), [(TypeChanged, Severity::Breaking)]);
    assert_eq!(changes.changes[0].old, Some(json!("object")));
    assert_eq!(changes.changes[0].new, Some(json!("string (uuid)")));
}

#[test]
fn the_worst_change_decides_on_the_release() {
    let changes = diff(
        &with_operation(&json!({"description": "a"})),
        &with_operation(&json!({"description": "b", "deprecated": true, "operationId": "c"})),
    );
    assert_eq!(changes.changes.len(), 3);
    assert_eq!(changes.severity(), Some(Severity::Breaking));
    let bump = changes.bump().unwrap();
    assert_eq!(
        (bump.since_one, bump.before_one),
        (Part::Major, Part::Minor)
    );
    let bump = Severity::Additive.bump();
    assert_eq!(
        (bump.since_one, bump.before_one),
        (Part::Minor, Part::Patch)
    );
    let bump = Severity::Documentation.bump();
    assert_eq!(
        (bump.since_one, bump.before_one),
        (Part::Patch, Part::Patch)
    );
}

#[test]
fn a_value_of_the_wrong_kind_is_reported_where_it_stands() {
    let cases: &[(&str, Value, &[&str])] = &[
        ("/paths", json!("gone"), &["paths"]),
        ("/components/schemas", json!([]), &["components", "schemas"]),
        ("/components/schemas/Page", json!("Parcel"), &[]),
        (
            "/components/schemas/Page/properties",
            json!(7),
            &["properties"],
        ),
        ("/paths/~1parcels/get/responses", json!([1]), &["responses"]),
        (
            "/paths/~1parcels/post/requestBody",
            json!("x"),
            &["request body"],
        ),
    ];
    for (pointer, value, location) in cases {
        let mut new = parcels();
        pointed(&mut new, pointer).clone_from(value);
        for changes in [diff(&parcels(), &new), diff(&new, &parcels())] {
            let at_location = changes
                .changes
                .iter()
                .any(|change| change.check == Check::Unrecognized && change.location == *location);
            assert!(at_location, "{pointer}: {:?}", found(&changes));
            assert_eq!(changes.severity(), Some(Severity::Breaking));
        }
    }
    assert_eq!(
        found(&diff(&json!(1), &json!([]))),
        [(Unrecognized, Severity::Breaking)]
    );
}

#[test]
fn very_many_schemas_members_and_values_under_other_names_are_compared_in_no_time() {
    let document = |letter: &str| {
        let names = (0..3000).map(|number| format!("{letter}{number}"));
        let mut schemas: serde_json::Map<_, _> = names
            .clone()
            .map(|name| (name, json!({"type": "string"})))
            .collect();
        let members: Vec<_> = names
            .clone()
            .map(|name| json!({"type": "string", "enum": [name]}))
            .collect();
        let values: Vec<_> = names.collect();
        schemas.insert("Union".to_owned(), json!({ "oneOf": members }));
        schemas.insert("Enum".to_owned(), json!({"type": "string", "enum": values}));
        json!({"openapi": "3.0.3", "components": {"schemas": schemas}})
    };
    let start = std::time::Instant::now();
    let diff = crate::diff::diff(&document("a"), &document("b"));
    assert_eq!(diff.changes.len(), 6 * 3000);
    assert!(start.elapsed() < std::time::Duration::from_secs(30));
}

#[test]
fn names_with_slashes_and_tildes_are_reached() {
    let to = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let carries = |name: &str| json!({"content": {"application/json": {"schema": to(name)}}});
    let document = |kind: &str| {
        json!({
            "openapi": "3.0.3",
            "paths": {"/a": {"get": {"operationId": "a", "responses": {"200": carries("A~1~0B")}}}},
            "components": {"schemas": {
                "A/~B": {"oneOf": [to("C~1D")], "discriminator": {
                    "propertyName": "kind",
                    "mapping": {"c": "#/components/schemas/C~1D"},
                }},
                "C/D": {"type": "object", "properties": {"kind": {"type": kind}}},
            }},
        })
    };
    let changes = diff(&document("string"), &document("integer"));
    assert_eq!(found(&changes), [(TypeChanged, Severity::Breaking)]);
    assert_eq!(changes.changes[0].operations.len(), 1);
    assert_eq!(changes.changes[0].directions, Directions::RESPONSE);
}

#[test]
fn a_parameter_and_its_schema_are_two_locations() {
    let with = |text: &str, max: u32| {
        with_operation(&json!({"parameters": [{
            "in": "query", "name": "limit", "description": text,
            "schema": {"type": "integer", "description": text, "maximum": max},
        }]}))
    };
    let changes = diff(&with("a", 9), &with("b", 8)).changes;
    let at: Vec<_> = changes
        .iter()
        .map(|change| (change.check, change.location.join(" > ")))
        .collect();
    let (parameter, schema) = ("query parameter limit", "query parameter limit > schema");
    assert_eq!(
        at,
        [
            (MaximumTightened, schema.to_owned()),
            (DescriptionChanged, parameter.to_owned()),
            (DescriptionChanged, schema.to_owned()),
        ]
    );
}

#[test]
fn what_another_operation_reaches_from_now_on_is_said_to_have_moved() {
    let mut old = parcels();
    let to = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let carries = |name: &str| json!({"content": {"application/json": {"schema": to(name)}}});
    let person = |id: &str, schema: &str| {
        let responses = json!({"200": carries(schema)});
        json!({"get": {"operationId": id, "responses": responses}})
    };
    old["paths"]["/packer"] = person("packer", "Person");
    old["paths"]["/carrier"] = person("carrier", "Size");
    old["paths"]["/moved"] = person("moved", "Person");
    let mut new = old.clone();
    new["paths"]["/packer"] = person("packer", "Size");
    new["paths"]["/carrier"] = person("carrier", "Person");
    let item = new["paths"].as_object_mut().unwrap().remove("/moved");
    new["paths"]["/elsewhere"] = item.unwrap();
    new["components"]["schemas"]["Person"]["properties"]["age"] = json!({"type": "integer"});
    let changes = diff(&old, &new).changes;
    let added = changes
        .iter()
        .find(|change| change.check == PropertyAddedOptional)
        .unwrap();
    let ids = |operations: &[crate::diff::Operation]| -> Vec<String> {
        let ids = operations.iter().map(|operation| operation.id.clone());
        ids.map(Option::unwrap_or_default).collect()
    };
    assert_eq!(ids(&added.operations), ["moved", "packer", "list", "send"]);
    assert_eq!(ids(&added.left), ["packer"]);
    assert_eq!(ids(&added.joined), ["carrier"]);
    // What has another address is the same operation.
    assert_eq!(added.operations[0].path, "/moved");
}
