//! An update of an invented API, a harbour's, with 40 changes in 8 areas: each of them has one cause, which most
//! documents would show at several locations.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{Area, Entry, Format, entries};
use super::{about, report};
use crate::diff::{Change, Diff, Severity, diff};

/// The areas: tags, and the name of what each has.
const AREAS: [(&str, &str); 8] = [
    ("berths", "Berth"),
    ("cargo", "CargoItem"),
    ("crews", "Crew"),
    ("pilots", "Pilot"),
    ("ships", "Ship"),
    ("tariffs", "Tariff"),
    ("tides", "Tide"),
    ("weather", "Report"),
];

fn to(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn json_content(schema: Value) -> Value {
    json!({"application/json": {"schema": schema}})
}

fn answer(schema: Value) -> Value {
    json!({"description": "Done", "content": json_content(schema)})
}

/// A kind of tide curve, which `kind` tells apart from the others.
fn curve_of(kind: &str, field: &str) -> Value {
    json!({"type": "object", "required": ["kind"], "properties": {
        "kind": {"type": "string", "enum": [kind]},
        field: {"type": "array", "items": {"type": "number"}},
    }})
}

/// Values of an enum: enums of equal values would be one type.
fn states(name: &str, values: &[&str]) -> Value {
    let own = format!("no_{}", name.to_lowercase());
    values.iter().copied().chain([own.as_str()]).collect()
}

fn operation(area: &str, verb: &str) -> Value {
    json!({
        "operationId": format!("{area}_{verb}"),
        "tags": [area],
        "summary": format!("{verb} {area}"),
        "parameters": [],
        "responses": {},
    })
}

/// The API before the update.
fn harbour() -> Value {
    let mut document = json!({
        "openapi": "3.0.3",
        "info": {"title": "Harbour", "version": "4"},
        "servers": [{"url": "https://harbour.example"}],
        "tags": [],
        "paths": {},
        "components": {"schemas": {
            "Address": {"type": "object", "properties": {
                "street": {"type": "string"},
                "town": {"type": "string"},
            }},
        }},
    });
    for (area, name) in AREAS {
        let id = json!({"in": "path", "name": "id", "required": true, "schema": {"type": "string", "format": "uuid"}});
        let mut list = operation(area, "list");
        list["parameters"] = json!([
            {"in": "query", "name": "limit", "schema": {"type": "integer", "maximum": 100}},
            {"in": "query", "name": "since", "schema": {"type": "string", "format": "date"}},
            {"in": "query", "name": "order", "schema": {"type": "string", "default": "name"}},
        ]);
        list["responses"]["200"] = answer(json!({"type": "array", "items": to(name)}));
        let mut create = operation(area, "create");
        create["requestBody"] = json!({"required": true, "content": json_content(to(name))});
        create["responses"]["201"] = answer(to(name));
        let mut get = operation(area, "get");
        get["parameters"] = json!([id]);
        get["responses"]["200"] = answer(to(name));
        let mut update = operation(area, "update");
        update["parameters"] = json!([id]);
        update["requestBody"] = json!({"content": json_content(to(name))});
        update["responses"]["200"] = answer(to(name));
        let mut delete = operation(area, "delete");
        delete["parameters"] = json!([id]);
        delete["responses"]["204"] = json!({"description": "Gone"});
        document["paths"][format!("/api/{area}")] = json!({"get": list, "post": create});
        document["paths"][format!("/api/{area}/{{id}}")] =
            json!({"get": get, "patch": update, "delete": delete});
        document["components"]["schemas"][name] = json!({
            "type": "object",
            "required": ["name"],
            "properties": {
                "id": {"type": "string", "format": "uuid", "readOnly": true},
                "name": {"type": "string", "maxLength": 40},
                "kind": {"type": "string", "minLength": 1},
                "state": to(&format!("{name}State")),
                "size": {"type": "integer", "minimum": 0, "maximum": 100},
                "note": {"type": "string", "description": "What the harbour master wrote down"},
                "marks": {"type": "array", "minItems": 1, "items": {"type": "string"}},
                "rating": {"type": "number", "readOnly": true},
            },
        });
        document["components"]["schemas"][format!("{name}State")] =
            json!({"type": "string", "enum": states(name, &["open", "shut", "booked"])});
        document["tags"]
            .as_array_mut()
            .unwrap()
            .push(json!({"name": area, "description": format!("All about {area}")}));
    }
    for name in ["Crew", "Pilot", "Ship"] {
        document["components"]["schemas"][name]["properties"]["address"] = to("Address");
    }
    // What the update takes away.
    let mut forecast = operation("weather", "forecast");
    forecast["responses"]["200"] = answer(to("Forecast"));
    document["paths"]["/api/weather/forecast"] = json!({"get": forecast});
    document["components"]["schemas"]["Forecast"] = json!({
        "type": "object",
        "properties": {"hours": {"type": "array", "items": to("ForecastHour")}},
    });
    document["components"]["schemas"]["ForecastHour"] =
        json!({"type": "object", "properties": {"wind": {"type": "number"}}});
    // What is only received.
    let mut curve = operation("tides", "curve");
    curve["responses"]["200"] = answer(json!({"oneOf": [to("TideTable"), to("TideGauge")]}));
    document["paths"]["/api/tides/curve"] = json!({"get": curve});
    for (name, field) in [("TideTable", "heights"), ("TideGauge", "level")] {
        document["components"]["schemas"][name] = curve_of(name, field);
    }
    document
}

/// The kinds of answers to one operation.
const CURVE: &str =
    "/paths/~1api~1tides~1curve/get/responses/200/content/application~1json/schema/oneOf";

/// The part of the document at a pointer in which `S` is the way to the schemas.
fn at<'d>(document: &'d mut Value, pointer: &str) -> &'d mut Value {
    let pointer = pointer.replace("S:", "/components/schemas/");
    document
        .pointer_mut(&pointer)
        .unwrap_or_else(|| panic!("no {pointer}"))
}

/// Puts a value in an object of the document.
fn put(document: &mut Value, pointer: &str, key: &str, value: Value) {
    at(document, pointer)[key] = value;
}

fn remove(document: &mut Value, pointer: &str, key: &str) -> Value {
    at(document, pointer)
        .as_object_mut()
        .unwrap()
        .remove(key)
        .unwrap()
}

type Edit = fn(&mut Value);

/// The update: what each change is, and how it is made.
const EDITS: [(&str, Edit); 40] = [
    ("a parameter of four operations has a time", |d| {
        for area in ["berths", "cargo", "crews", "pilots"] {
            let schema = format!("/paths/~1api~1{area}/get/parameters/1/schema");
            put(d, &schema, "format", json!("date-time"));
        }
    }),
    ("a free text becomes an enum", |d| {
        let kind = json!({"type": "string", "enum": ["quay", "jetty", "buoy"]});
        put(d, "S:Berth/properties", "kind", kind);
    }),
    ("an enum has two more values", |d| {
        let values = states("Berth", &["open", "shut", "booked", "silted", "closed"]);
        put(d, "S:BerthState", "enum", values);
    }),
    ("a maximum is lower", |d| {
        put(d, "S:Berth/properties/size", "maximum", json!(80))
    }),
    ("a field is described at more length", |d| {
        let text = "What the harbour master wrote down, without the names of guests";
        put(d, "S:Berth/properties/note", "description", json!(text));
    }),
    (
        "berths can be reserved: two operations and their schemas",
        |d| {
            let mut reserve = operation("berths", "reserve");
            reserve["requestBody"] = json!({"content": json_content(to("Reservation"))});
            reserve["responses"]["201"] = answer(to("Reservation"));
            let mut reservations = operation("berths", "reservations");
            reservations["responses"]["200"] =
                answer(json!({"type": "array", "items": to("Reservation")}));
            let item = json!({"get": reservations, "post": reserve});
            put(d, "/paths", "/api/berths/reservations", item);
            put(
                d,
                "/components/schemas",
                "Reservation",
                json!({
                    "type": "object", "properties": {"guest": {"type": "string"}, "stay": to("Stay")},
                }),
            );
            put(
                d,
                "/components/schemas",
                "Stay",
                json!({
                    "type": "object", "properties": {"nights": {"type": "integer"}},
                }),
            );
        },
    ),
    ("a field is required", |d| {
        put(d, "S:CargoItem", "required", json!(["name", "kind"]))
    }),
    (
        "there is a field, with the two schemas that only it has",
        |d| {
            put(d, "S:CargoItem/properties", "customs", to("Customs"));
            put(
                d,
                "/components/schemas",
                "Customs",
                json!({
                    "type": "object", "properties": {"duties": {"type": "array", "items": to("Duty")}},
                }),
            );
            put(
                d,
                "/components/schemas",
                "Duty",
                json!({
                    "type": "object", "properties": {"rate": {"type": "number"}},
                }),
            );
        },
    ),
    ("an operation is gone", |d| {
        drop(remove(d, "/paths/~1api~1cargo~1{id}", "delete"))
    }),
    ("an operation is deprecated", |d| {
        put(
            d,
            "/paths/~1api~1cargo~1{id}/get",
            "deprecated",
            json!(true),
        );
    }),
    ("an operation has another summary", |d| {
        put(
            d,
            "/paths/~1api~1cargo/get",
            "summary",
            json!("All cargo, by name"),
        );
    }),
    ("a field is gone", |d| {
        drop(remove(d, "S:Crew/properties", "marks"))
    }),
    ("a field is a number and no text", |d| {
        put(d, "S:Crew/properties", "kind", json!({"type": "integer"}));
    }),
    ("a parameter can be set", |d| {
        let port = json!({"in": "query", "name": "port", "schema": {"type": "string"}});
        at(d, "/paths/~1api~1crews/get/parameters")
            .as_array_mut()
            .unwrap()
            .push(port);
    }),
    ("a value of an enum has another spelling", |d| {
        put(
            d,
            "S:CrewState",
            "enum",
            states("Crew", &["open", "closed", "booked"]),
        );
    }),
    ("a parameter is described", |d| {
        put(
            d,
            "/paths/~1api~1crews/get/parameters/0",
            "description",
            json!("How many crews"),
        );
    }),
    ("an operation has another name", |d| {
        put(
            d,
            "/paths/~1api~1pilots~1{id}/get",
            "operationId",
            json!("pilots_retrieve"),
        );
    }),
    (
        "a failure is documented for each operation of an area",
        |d| {
            for operation in [
                "/get",
                "/post",
                "~1{id}/get",
                "~1{id}/patch",
                "~1{id}/delete",
            ] {
                let responses = format!("/paths/~1api~1pilots{operation}/responses");
                let text = format!("The limit of {operation} is reached");
                put(d, &responses, "429", json!({"description": text}));
            }
        },
    ),
    ("a text can be longer", |d| {
        put(d, "S:Pilot/properties/name", "maxLength", json!(60))
    }),
    ("a field is always received", |d| {
        put(d, "S:Pilot", "required", json!(["name", "rating"]))
    }),
    ("a field has an example", |d| {
        put(
            d,
            "S:Pilot/properties/note",
            "example",
            json!("Knows the shoals"),
        )
    }),
    ("an operation has another path", |d| {
        let update = remove(d, "/paths/~1api~1ships~1{id}", "patch");
        put(
            d,
            "/paths",
            "/api/ships/{id}/details",
            json!({"patch": update}),
        );
    }),
    ("a schema of several areas has one more field", |d| {
        put(
            d,
            "S:Address/properties",
            "country",
            json!({"type": "string"}),
        );
    }),
    ("a field can be null", |d| {
        put(d, "S:Ship/properties/note", "nullable", json!(true))
    }),
    ("a default is another", |d| {
        put(
            d,
            "/paths/~1api~1ships/get/parameters/2/schema",
            "default",
            json!("size"),
        );
    }),
    ("a tag is described in other words", |d| {
        put(
            d,
            "/tags/4",
            "description",
            json!("Ships, and who owns them"),
        );
    }),
    ("a body can be an upload", |d| {
        let form = json!({"schema": {"type": "object", "properties": {
            "file": {"type": "string", "format": "binary"},
        }}});
        put(
            d,
            "/paths/~1api~1tariffs/post/requestBody/content",
            "multipart/form-data",
            form,
        );
    }),
    ("there is a required field", |d| {
        put(
            d,
            "S:Tariff/properties",
            "currency",
            json!({"type": "string"}),
        );
        put(d, "S:Tariff", "required", json!(["name", "currency"]));
    }),
    ("a text must match a pattern", |d| {
        put(d, "S:Tariff/properties/name", "pattern", json!("^[A-Z]"));
    }),
    ("a list can be empty", |d| {
        drop(remove(d, "S:Tariff/properties/marks", "minItems"))
    }),
    ("a field is deprecated", |d| {
        put(d, "S:Tariff/properties/size", "deprecated", json!(true))
    }),
    ("a schema has another name", |d| {
        let schema = remove(d, "/components/schemas", "TideTable");
        put(d, "/components/schemas", "TideChart", schema);
        let union = at(d, CURVE).as_array_mut().unwrap();
        for member in union
            .iter_mut()
            .filter(|member| **member == to("TideTable"))
        {
            *member = to("TideChart");
        }
    }),
    ("a response has a header", |d| {
        let headers = json!({"X-Next": {"schema": {"type": "string"}}});
        put(
            d,
            "/paths/~1api~1tides/get/responses/200",
            "headers",
            headers,
        );
    }),
    ("an operation can succeed in another way", |d| {
        put(
            d,
            "/paths/~1api~1tides/post/responses",
            "202",
            json!({"description": "Later"}),
        );
    }),
    ("a union has one more member, with its schema", |d| {
        at(d, CURVE).as_array_mut().unwrap().push(to("TideModel"));
        put(
            d,
            "/components/schemas",
            "TideModel",
            curve_of("TideModel", "error"),
        );
    }),
    (
        "an operation is gone, with the two schemas that only it had",
        |d| {
            remove(d, "/paths", "/api/weather/forecast");
            remove(d, "/components/schemas", "Forecast");
            remove(d, "/components/schemas", "ForecastHour");
        },
    ),
    ("a parameter must be set", |d| {
        let unit =
            json!({"in": "query", "name": "unit", "required": true, "schema": {"type": "string"}});
        at(d, "/paths/~1api~1weather/get/parameters")
            .as_array_mut()
            .unwrap()
            .push(unit);
    }),
    ("an operation is described", |d| {
        put(
            d,
            "/paths/~1api~1weather/get",
            "description",
            json!("Of the last day"),
        );
    }),
    ("a schema has no fields but those named", |d| {
        put(d, "S:Report", "additionalProperties", json!(false));
    }),
    ("there is one more server", |d| {
        put(
            d,
            "",
            "servers",
            json!([
                {"url": "https://harbour.example"}, {"url": "https://eu.harbour.example"},
            ]),
        );
    }),
];

/// The comparison of the API before and after the update.
pub(super) fn update() -> Diff {
    let mut new = harbour();
    for (_, edit) in EDITS {
        edit(&mut new);
    }
    diff(&harbour(), &new)
}

#[test]
fn an_update_of_40_changes_in_8_areas_has_40_entries() {
    let update = update();
    let entries = entries(&update);
    let areas: BTreeSet<_> = entries.iter().map(|entry| entry.area).collect();
    for (area, _) in AREAS {
        assert!(areas.contains(&Area::Named(area)), "{area}");
    }
    assert_eq!(areas.len(), 8 + 2, "{areas:?}");
    let text = report(&update, Format::Text, false);
    assert_eq!(entries.len(), EDITS.len(), "{text}");
}

#[test]
fn an_update_that_is_taken_back_has_as_many_entries() {
    let mut new = harbour();
    for (_, edit) in EDITS {
        edit(&mut new);
    }
    let back = diff(&new, &harbour());
    let text = report(&back, Format::Text, false);
    assert_eq!(entries(&back).len(), EDITS.len(), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(6) })]

    #[test]
    fn any_part_of_the_update_has_an_entry_for_each_of_its_changes(parts in 0..1_u64 << EDITS.len()) {
        let mut new = harbour();
        for (index, (_, edit)) in EDITS.iter().enumerate() {
            if parts & 1 << index != 0 {
                edit(&mut new);
            }
        }
        let diff = diff(&harbour(), &new);
        let entries = entries(&diff);
        prop_assert_eq!(entries.len(), parts.count_ones() as usize);
        let text = |change: &Change| format!("{change:?}");
        let mut grouped: Vec<_> = entries.iter().flat_map(Entry::changes).map(text).collect();
        let mut all: Vec<_> = diff.changes.iter().map(text).collect();
        grouped.sort();
        all.sort();
        prop_assert_eq!(grouped, all);
    }
}

#[test]
fn each_change_of_the_update_is_one_entry_and_each_belongs_to_one() {
    for (name, edit) in EDITS {
        let mut new = harbour();
        edit(&mut new);
        let diff = diff(&harbour(), &new);
        let entries = entries(&diff);
        let text = report(&diff, Format::Text, false);
        assert_eq!(entries.len(), 1, "{name}: {text}");
        let changes: usize = entries.iter().map(|entry| entry.changes().count()).sum();
        assert_eq!(changes, diff.changes.len(), "{name}");
        assert_eq!(Some(entries[0].severity), diff.severity(), "{name}");
    }
}

#[test]
fn the_report_of_the_update_is_short_in_text() {
    let text = report(&update(), Format::Text, false);
    insta::assert_snapshot!(text);
    let (changes, _) = text.split_once("what to do").unwrap();
    assert!(changes.lines().count() < 7 * EDITS.len(), "{text}");
}

#[test]
fn the_report_of_the_update_is_short_in_markdown() {
    insta::assert_snapshot!(report(&update(), Format::Markdown, false));
}

#[test]
fn the_page_of_the_update_has_every_entry_once() {
    let page = report(&update(), Format::Html, false);
    for severity in Severity::ALL {
        let count = entries(&update())
            .iter()
            .filter(|entry| entry.severity == severity)
            .count();
        let article = format!("<article class=\"{severity}\">");
        assert_eq!(page.matches(&article).count(), count);
    }
    assert_eq!(page.matches("<section class=\"area").count(), 10);
    assert!(page.contains(&about().old));
}
