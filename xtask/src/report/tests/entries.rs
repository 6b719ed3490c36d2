//! Which changes are one entry, and what an entry says of its Rust and of its reach.

use serde_json::{Value, json};

use super::super::{Area, Entry, Format, entries};
use super::report;
use crate::diff::{ApiChange, Check, Diff, NotGenerated, Severity, diff};

fn to(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// Operations that answer with a schema each, as (path, tag, schema).
fn document(operations: &[(&str, &str, &str)], schemas: &Value) -> Value {
    let mut paths = json!({});
    for (path, tag, schema) in operations {
        paths[path] = json!({"get": {
            "operationId": path.trim_start_matches('/'),
            "tags": [tag],
            "responses": {"200": {
                "description": "Found",
                "content": {"application/json": {"schema": to(schema)}},
            }},
        }});
    }
    json!({"openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "paths": paths, "components": {"schemas": schemas}})
}

fn object(property: &str, schema: Value) -> Value {
    json!({"type": "object", "properties": {property: schema}})
}

/// For each entry, the checks of its places and of what came or went with it.
fn shape(entries: &[Entry<'_>]) -> Vec<(Vec<Check>, Vec<Check>)> {
    entries
        .iter()
        .map(|entry| {
            let places = entry.places.iter().flat_map(|place| &place.changes);
            (
                places.map(|change| change.check).collect(),
                entry.with.iter().map(|change| change.check).collect(),
            )
        })
        .collect()
}

#[test]
fn a_new_schema_of_two_new_operations_joins_them_if_they_are_of_one_area() {
    let old = document(&[("/a", "a", "A")], &json!({"A": object("a", json!({}))}));
    let schemas = json!({
        "A": object("a", json!({})),
        "B": object("c", to("C")),
        "C": object("b", to("B")),
    });
    let one_area = document(
        &[("/a", "a", "A"), ("/b", "b", "B"), ("/c", "b", "C")],
        &schemas,
    );
    let changes = diff(&old, &one_area);
    use Check::{OperationAdded, SchemaAdded};
    assert_eq!(
        shape(&entries(&changes)),
        [(vec![OperationAdded; 2], vec![SchemaAdded; 2])]
    );
    assert_eq!(entries(&changes)[0].area, Area::Named("b"));

    let two_areas = document(
        &[("/a", "a", "A"), ("/b", "b", "B"), ("/c", "c", "C")],
        &schemas,
    );
    let changes = diff(&old, &two_areas);
    assert_eq!(
        shape(&entries(&changes)),
        [
            (vec![OperationAdded], vec![]),
            (vec![OperationAdded], vec![]),
            (vec![SchemaAdded], vec![]),
            (vec![SchemaAdded], vec![]),
        ]
    );
    assert_eq!(entries(&changes)[2].area, Area::Shared);
}

#[test]
fn a_new_schema_that_two_changes_refer_to_is_an_entry_of_its_own() {
    let old = json!({"A": {"type": "object", "properties": {"a": {}}}});
    let new = json!({
        "A": {"type": "object", "properties": {"a": {}, "b": to("B"), "c": to("B")}},
        "B": object("d", to("D")),
        "D": object("e", json!({})),
    });
    let operations = [("/a", "a", "A")];
    let changes = diff(&document(&operations, &old), &document(&operations, &new));
    use Check::{PropertyAddedOptional, SchemaAdded};
    assert_eq!(
        shape(&entries(&changes)),
        [
            (vec![PropertyAddedOptional], vec![]),
            (vec![PropertyAddedOptional], vec![]),
            (vec![SchemaAdded], vec![]),
            (vec![SchemaAdded], vec![]),
        ]
    );
}

#[test]
fn a_schema_that_got_a_name_is_a_part_of_that() {
    let inline = object("size", json!({"type": "integer"}));
    let operations = [("/a", "a", "A")];
    let old = json!({"A": object("box", inline.clone())});
    let new = json!({"A": object("box", to("Box")), "Box": inline});
    let (old, new) = (document(&operations, &old), document(&operations, &new));
    for (old, new) in [(&old, &new), (&new, &old)] {
        let changes = diff(old, new);
        assert_eq!(changes.changes.len(), 2);
        assert_eq!(
            entries(&changes).len(),
            1,
            "{:?}",
            shape(&entries(&changes))
        );
    }
}

/// `default` is a keyword of a schema, and can be the name of a property.
#[test]
fn a_property_with_the_name_of_a_keyword_refers_to_its_schema() {
    let operations = [("/a", "a", "A")];
    let old = json!({"A": object("a", json!({}))});
    for name in ["default", "enum", "example", "examples", "mapping", "x-b"] {
        let new = json!({
            "A": {"type": "object", "properties": {"a": {}, "b": object(name, to("B"))}},
            "B": object("c", json!({})),
        });
        let changes = diff(&document(&operations, &old), &document(&operations, &new));
        use Check::{PropertyAddedOptional, SchemaAdded};
        assert_eq!(
            shape(&entries(&changes)),
            [(vec![PropertyAddedOptional], vec![SchemaAdded])],
            "{name}"
        );
    }
}

#[test]
fn the_same_text_in_a_name_and_an_example_is_no_reference() {
    let old = json!({"A": object("a", json!({"type": "string"}))});
    let new = json!({
        "A": object("a", json!({"type": "string", "example": {"$ref": "#/components/schemas/B"}})),
        "B": object("b", json!({})),
    });
    let operations = [("/a", "a", "A")];
    let changes = diff(&document(&operations, &old), &document(&operations, &new));
    assert_eq!(entries(&changes).len(), 2);
}

#[test]
fn an_entry_says_which_operations_reach_it_no_longer_and_which_do_now() {
    let schemas = json!({"A": object("a", json!({})), "B": object("b", json!({}))});
    let old = document(
        &[
            ("/kept", "x", "A"),
            ("/gone", "x", "A"),
            ("/come", "x", "B"),
        ],
        &schemas,
    );
    let schemas = json!({
        "A": object("c", json!({})),
        "B": object("b", json!({})),
    });
    let new = document(
        &[
            ("/kept", "x", "A"),
            ("/gone", "x", "B"),
            ("/come", "x", "A"),
        ],
        &schemas,
    );
    let changes = diff(&old, &new);
    let reach = [
        (
            Format::Text,
            "3 operations: come (new there), gone (no longer), kept\n",
        ),
        (
            Format::Markdown,
            "3 operations: `GET /come` (new there), `GET /gone` (no longer), `GET /kept`\n",
        ),
        (
            Format::Html,
            "<code>GET /come</code> (new there), <code>GET /gone</code> (no longer), ",
        ),
        (
            Format::Json,
            "\"left\": [\n            {\n              \"method\": \"GET\",\n              \"path\": \"/gone\"",
        ),
    ];
    for (format, said) in reach {
        let report = report(&changes, format, false);
        assert!(report.contains(said), "{report}");
    }
}

/// A change that only breaks what compiles.
fn required() -> Diff {
    let operations = [("/a", "x", "Parcel")];
    let old = json!({"Parcel": object("weight", json!({"type": "number"}))});
    let mut new = old.clone();
    new["Parcel"]["required"] = json!(["weight"]);
    let mut changes = diff(&document(&operations, &old), &document(&operations, &new));
    let change = &mut changes.changes[0];
    change.severity = Severity::Breaking;
    change.wire = Severity::Additive;
    change.api = vec![ApiChange {
        item: "types::Parcel::weight".to_owned(),
        old: Some("Option<f64>".to_owned()),
        new: Some("f64".to_owned()),
        severity: Severity::Breaking,
    }];
    changes
}

#[test]
fn an_entry_says_what_changes_in_rust_and_which_judgement_is_the_worse() {
    for (format, said) in [
        (
            Format::Text,
            [
                "responses always hold the field (additive for requests and responses)",
                "Rust: types::Parcel::weight: Option<f64> → f64\n",
            ],
        ),
        (
            Format::Markdown,
            [
                "responses always hold the field (additive for requests and responses)",
                "Rust: `types::Parcel::weight: Option<f64> → f64`",
            ],
        ),
        (
            Format::Html,
            [
                "responses always hold the field (additive for requests and responses)",
                "<code>types::Parcel::weight</code></th><td><code>Option&lt;f64&gt;</code></td><td><code>f64</code></td>",
            ],
        ),
        (
            Format::Json,
            [
                "\"wire\": \"additive\"",
                "\"item\": \"types::Parcel::weight\"",
            ],
        ),
    ] {
        let report = report(&required(), format, false);
        for said in said {
            assert!(report.contains(said), "{said}: {report}");
        }
        // Only in the changelog do the items stand for the location.
        let line = "- **Breaking:** `types::Parcel::weight: Option<f64> → f64`: responses always hold the field.";
        let line = if format == Format::Html {
            line.replace('>', "&gt;").replace('<', "&lt;")
        } else {
            line.to_owned()
        };
        assert!(report.contains(&line), "{report}");
    }
}

#[test]
fn every_format_says_why_the_apis_were_not_compared() {
    let mut changes = required();
    changes.not_generated = Some(NotGenerated {
        old: false,
        reason: "paths./a: <no>".to_owned(),
    });
    for format in Format::ALL {
        let report = report(&changes, format, false);
        let reason = if format == Format::Html {
            "paths./a: &lt;no&gt;"
        } else {
            "paths./a: <no>"
        };
        assert!(report.contains(reason), "{report}");
        let advice = "searched, because the Rust APIs were not compared";
        assert_eq!(report.contains(advice), format != Format::Json, "{report}");
    }
}

#[test]
fn the_same_change_of_what_is_sent_and_of_what_is_received_is_one_entry_that_speaks_of_both() {
    let document = |longest: u32| {
        let schema = object("name", json!({"type": "string", "maxLength": longest}));
        let mut document = document(
            &[("/a", "x", "Received")],
            &json!({"Sent": schema, "Received": schema}),
        );
        document["paths"]["/a"]["get"]["requestBody"] =
            json!({"content": {"application/json": {"schema": to("Sent")}}});
        document
    };
    let changes = diff(&document(5), &document(9));
    assert_eq!(changes.changes.len(), 2);
    assert_eq!(entries(&changes).len(), 1);
    let text = report(&changes, Format::Text, false);
    let both = "requests can send longer strings; responses can hold longer strings\n";
    assert!(text.contains(both), "{text}");
}

#[test]
fn only_of_names_a_report_says_that_requests_and_responses_stay_as_they_are() {
    let with = |schema: &Value| {
        document(
            &[("/a", "a", "A")],
            &json!({"A": {
                "type": "object",
                "required": ["weight", "stamp"],
                "properties": schema,
            }}),
        )
    };
    let stays = "(requests and responses stay as they are)";
    let judged = "(judged by the Rust API)";
    let old = json!({"weight": {"type": "integer"}, "stamp": {"type": "string"}});
    // An older program cannot read the responses.
    for (new, check) in [
        (
            json!({"weight": {"type": "string"}, "stamp": {"type": "string"}}),
            "type-changed",
        ),
        (json!({"weight": {"type": "integer"}}), "property-removed"),
    ] {
        let changes = diff(&with(&old), &with(&new));
        for format in [Format::Text, Format::Markdown, Format::Html] {
            let report = report(&changes, format, false);
            assert!(report.contains(check), "{report}");
            assert!(
                report.contains(judged) && !report.contains(stays),
                "{report}"
            );
        }
    }
    let renamed = with(&old)
        .to_string()
        .replace("\"a\",\"resp", "\"b\",\"resp");
    let renamed = serde_json::from_str(&renamed).unwrap();
    let text = report(&diff(&with(&old), &renamed), Format::Text, false);
    assert!(text.contains("operation-renamed"), "{text}");
    assert!(text.contains(stays) && !text.contains(judged), "{text}");
}
