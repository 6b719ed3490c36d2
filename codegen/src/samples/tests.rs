use super::*;

fn wanted(shape: Shape) -> Wanted {
    Wanted {
        direction: None,
        shape,
        choice: 0,
    }
}

fn of(schema: Value, shape: Shape) -> Option<Value> {
    sample(&Value::Null, &schema, "maxUses", wanted(shape))
}

fn full(schema: Value) -> Value {
    of(schema, Shape::Full).unwrap()
}

#[test]
fn formats_look_like_themselves() {
    for (format, text) in [
        ("uuid", "6f0c4b1e-93d2-4c57-8a6b-2f1d5e7a9000"),
        ("date", "2025-03-01"),
        ("ipv4-cidr", "203.0.0.0/24"),
    ] {
        assert_eq!(full(json!({"type": "string", "format": format})), text);
    }
    assert_eq!(full(json!({"type": "string"})), "max uses");
}

#[test]
fn a_simple_pattern_is_matched() {
    for (pattern, text) in [
        (r"^-?(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,9})?s$", "5.4s"),
        (r"^[a-z_]+\d{3}$", "m555"),
        (r"^(yes|no)$", "no"),
    ] {
        assert_eq!(full(json!({"type": "string", "pattern": pattern})), text);
    }
}

#[test]
fn a_pattern_that_is_not_simple_has_no_sample() {
    for pattern in [r"^(?=a)b", r"^[^a]$", r"\p{L}", "*"] {
        let schema = json!({"type": "string", "pattern": pattern});
        assert_eq!(of(schema, Shape::Full), None, "{pattern}");
    }
}

#[test]
fn limits_are_kept() {
    assert_eq!(full(json!({"type": "string", "maxLength": 3})), "max");
    assert_eq!(
        full(json!({"type": "string", "minLength": 10})),
        "max uses.."
    );
    for (limits, value) in [
        (json!({"minimum": 10}), 10),
        (json!({"maximum": 3, "minimum": 1}), 1),
        (json!({"maximum": 3}), 3),
        (json!({"minimum": 7, "exclusiveMinimum": true}), 8),
        (json!({"multipleOf": 5}), 10),
    ] {
        let mut schema = limits;
        schema["type"] = "integer".into();
        assert_eq!(full(schema), value);
    }
    assert_eq!(
        full(json!({"type": "number", "minimum": 0, "maximum": 0.25})),
        0.0
    );
    let two = full(json!({"type": "array", "minItems": 2, "items": {"type": "string"}}));
    assert_eq!(two, json!(["max uses", "max uses 2"]));
    assert_eq!(full(json!({"type": "array", "maxItems": 0})), json!([]));
}

#[test]
fn shapes_differ_in_what_may_be_absent_empty_or_null() {
    let schema = json!({"type": "object", "required": ["id"], "properties": {
        "id": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "note": {"type": "string", "nullable": true},
        "kind": {"type": "string", "enum": ["A", "B"]},
    }});
    let with = |tags, note, kind| json!({"id": 7, "tags": tags, "note": note, "kind": kind});
    for (shape, value) in [
        (Shape::Full, with(json!(["tags"]), json!("note"), "A")),
        (Shape::Bare, json!({"id": 7})),
        (Shape::Empty, with(json!([]), json!("note"), "A")),
        (Shape::Null, with(json!(["tags"]), Value::Null, "A")),
        (
            Shape::Foreign,
            with(json!(["tags"]), json!("note"), FOREIGN_VALUE),
        ),
    ] {
        assert_eq!(of(schema.clone(), shape), Some(value), "{shape:?}");
    }
    let unknown = of(schema, Shape::Unknown).unwrap();
    assert!(unknown.get(UNKNOWN_PROPERTY).is_some());
}

#[test]
fn properties_of_the_other_direction_are_omitted() {
    let schema = json!({"type": "object", "required": ["id", "secret"], "properties": {
        "id": {"type": "integer", "readOnly": true},
        "secret": {"type": "integer", "writeOnly": true},
    }});
    for (direction, value) in [
        (Some(Direction::Sent), json!({"secret": 7})),
        (Some(Direction::Received), json!({"id": 7})),
        (None, json!({"id": 7, "secret": 7})),
    ] {
        let wanted = Wanted {
            direction,
            ..wanted(Shape::Full)
        };
        assert_eq!(
            sample(&Value::Null, &schema, "", wanted),
            Some(value),
            "{direction:?}"
        );
    }
}

fn component(schemas: Value, shape: Shape, choice: usize) -> Option<Value> {
    let document = json!({"components": {"schemas": schemas}});
    let schema = json!({"$ref": "#/components/schemas/A"});
    let wanted = Wanted {
        choice,
        ..wanted(shape)
    };
    sample(&document, &schema, "", wanted)
}

#[test]
fn samples_of_schemas_that_double_at_each_level_are_quick() {
    let start = std::time::Instant::now();
    for levels in [18, 24, 100] {
        let mut schemas = json!({});
        for level in 0..levels {
            let next = json!({"$ref": format!("#/components/schemas/B{}", level + 1)});
            schemas[format!("B{level}")] = json!({"properties": {"a": next, "b": next}});
        }
        schemas["A"] = json!({"$ref": "#/components/schemas/B0"});
        schemas[format!("B{levels}")] = json!({"type": "string"});
        for shape in [Shape::Full, Shape::Null, Shape::Unknown] {
            let value = component(schemas.clone(), shape, 0).unwrap();
            assert!(value["a"]["b"].is_object(), "{value}");
        }
    }
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn what_must_be_huge_has_no_sample() {
    for schema in [
        json!({"type": "string", "minLength": 1_u64 << 40}),
        json!({"type": "array", "minItems": 1_u64 << 40, "items": {"type": "integer"}}),
        json!({"type": "object", "minProperties": 1_u64 << 40}),
        json!({"type": "string", "pattern": "^a{4000000000}$"}),
        json!({"type": "string", "pattern": "^((a{999}){999}){999}$"}),
    ] {
        assert_eq!(of(schema.clone(), Shape::Full), None, "{schema}");
    }
    for number in [json!(1e300), json!(-1e300), json!(0)] {
        let schema = json!({"type": "integer", "minimum": number, "multipleOf": number});
        assert!(of(schema, Shape::Full).is_some());
    }
}

#[test]
fn recursion_ends() {
    let a = json!({"$ref": "#/components/schemas/A"});
    let optional = json!({"A": {"type": "object", "properties": {"next": a, "all": {"type": "array", "items": a}}}});
    let leaf = json!({"all": []});
    assert_eq!(
        component(optional, Shape::Full, 0),
        Some(json!({"next": leaf, "all": [leaf]}))
    );
    let endless = json!({"A": {"type": "object", "required": ["next"], "properties": {"next": a}}});
    assert_eq!(component(endless, Shape::Full, 0), None);
    assert_eq!(component(json!({"A": a}), Shape::Full, 0), None);
}

#[test]
fn the_members_of_an_all_of_are_merged() {
    let schemas = json!({
        "A": {"allOf": [{"$ref": "#/components/schemas/B"}, {"type": "object", "required": ["b"],
            "properties": {"a": {"type": "integer"}}}]},
        "B": {"type": "object", "properties": {"b": {"type": "integer"}}},
    });
    assert_eq!(
        component(schemas.clone(), Shape::Full, 0),
        Some(json!({"a": 7, "b": 7}))
    );
    assert_eq!(component(schemas, Shape::Bare, 0), Some(json!({"b": 7})));
}

#[test]
fn each_choice_is_another_member_and_null_is_one_if_wanted() {
    let schema = json!({"type": "object", "properties": {"a": {"oneOf": [
        {"enum": ["A", "B"]}, {"type": "integer"}, {"enum": [null]}]}}});
    assert_eq!(choices(&schema), 3);
    let values: Vec<_> = (0..3)
        .map(|choice| component(json!({"A": schema}), Shape::Full, choice).unwrap())
        .collect();
    assert_eq!(
        values,
        [json!({"a": "A"}), json!({"a": 7}), json!({"a": "A"})]
    );
    assert_eq!(
        component(json!({"A": schema}), Shape::Null, 0),
        Some(json!({"a": null}))
    );
}

#[test]
fn a_tag_is_a_known_value_even_among_foreign_values() {
    let schemas = json!({
        "A": {"oneOf": [{"$ref": "#/components/schemas/B"}],
            "discriminator": {"propertyName": "kind", "mapping": {"b": "#/components/schemas/B"}}},
        "B": {"type": "object", "required": ["kind"], "properties": {
            "kind": {"type": "string"}, "mood": {"enum": ["GOOD"]}}},
    });
    assert_eq!(
        component(schemas, Shape::Foreign, 0),
        Some(json!({"kind": "b", "mood": FOREIGN_VALUE}))
    );
}

#[test]
fn extensions_of_the_passes_are_read_like_the_keywords_they_replace() {
    let schema = json!({"type": "object", "properties": {
        "kind": {"type": "string", "x-ultravox-enum": ["A"]},
        "name": {"type": "string", "x-ultravox-limits": {"maxLength": 2}},
        "note": {"x-rust-type": {"path": "ultravox::Patch", "parameters": [{"type": "integer"}]}},
    }});
    let of = |shape| of(schema.clone(), shape).unwrap();
    let full = json!({"kind": "A", "name": "na", "note": 7});
    assert_eq!(of(Shape::Full), full);
    assert_eq!(of(Shape::Null)["note"], Value::Null);
}

#[test]
fn maps_and_free_form_values_have_an_entry() {
    let map = json!({"type": "object", "additionalProperties": {"type": "integer"}});
    assert_eq!(full(map.clone()), json!({"key": 7}));
    assert_eq!(of(map, Shape::Empty), Some(json!({})));
    assert_eq!(full(json!({"type": "object"})), json!({"key": "any value"}));
    assert!(full(json!({})).is_object());
}
