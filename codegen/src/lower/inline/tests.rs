use serde_json::{Map, Value, json};

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn lowered(mut document: Value) -> Value {
    super::lower(&mut document).unwrap();
    document
}

fn schemas(schemas: Value) -> Value {
    lowered(json!({"components": {"schemas": schemas}}))["components"]["schemas"].take()
}

#[test]
fn an_inline_type_is_named_after_the_enclosing_type_and_property() {
    let object = json!({"type": "object", "properties": {"inner_thing": {
        "type": "object", "properties": {"n": {"type": "integer"}},
    }}});
    let of = schemas(json!({"Owner": {"properties": {
        "bigThing": object,
        "list": {"type": "array", "items": {"type": "array", "items": object}},
        "map": {"type": "object", "additionalProperties": object},
    }}}));
    let owner = &of["Owner"]["properties"];
    assert_eq!(owner["bigThing"], reference("OwnerBigThing"));
    assert_eq!(
        owner["list"]["items"]["items"],
        reference("OwnerListItemItem")
    );
    assert_eq!(
        owner["map"]["additionalProperties"],
        reference("OwnerMapValue")
    );
    assert_eq!(
        of["OwnerBigThing"]["properties"]["inner_thing"],
        reference("OwnerBigThingInnerThing")
    );
    assert_eq!(
        of["OwnerBigThingInnerThing"]["properties"]["n"],
        json!({"type": "integer"})
    );
}

#[test]
fn annotations_stay_on_the_reference() {
    let of = schemas(json!({"Owner": {"properties": {"kind": {
        "type": "string", "enum": ["a"], "nullable": true, "readOnly": true, "default": "a",
        "description": "Its kind.",
    }}}}));
    assert_eq!(
        of["Owner"]["properties"]["kind"],
        json!({
            "allOf": [reference("OwnerKind")], "nullable": true, "readOnly": true,
            "default": "a", "description": "Its kind.",
        })
    );
    assert_eq!(
        of["OwnerKind"],
        json!({"type": "string", "enum": ["a"], "description": "Its kind.",
            "x-ultravox-location": "components.schemas.Owner.properties.kind"})
    );
}

#[test]
fn an_inline_type_of_an_operation_is_named_after_the_operation_and_the_part() {
    let kind = json!({"type": "string", "enum": ["a"]});
    let object = json!({"type": "object", "properties": {"x": {}}});
    let body = json!({"content": {"application/json": {"schema": object}}});
    let list = json!({"type": "array", "items": object});
    let document = lowered(json!({"paths": {"/x": {"post": {
        "operationId": "things_create",
        "parameters": [
            {"name": "sort-by", "in": "query", "schema": kind},
            {"name": "kinds", "in": "query", "schema": {"type": "array", "items": kind}},
        ],
        "requestBody": body,
        "responses": {"200": {"content": {"application/json": {"schema": list}}}},
    }}}}));
    let operation = &document["paths"]["/x"]["post"];
    for (location, name) in [
        ("/parameters/0/schema", "ThingsCreateSortBy"),
        ("/parameters/1/schema/items", "ThingsCreateKindsItem"),
        (
            "/requestBody/content/application~1json/schema",
            "ThingsCreateBody",
        ),
        (
            "/responses/200/content/application~1json/schema/items",
            "ThingsCreateResponseItem",
        ),
    ] {
        assert_eq!(
            operation.pointer(location),
            Some(&reference(name)),
            "{location}"
        );
        assert!(
            document["components"]["schemas"].get(name).is_some(),
            "{name}"
        );
    }
}

#[test]
fn an_existing_name_is_neither_shared_nor_replaced() {
    let inline = json!({"type": "object", "properties": {"n": {}}});
    let of = schemas(json!({
        "Owner": {"properties": {"thing": inline}},
        "OwnerThing": {"type": "string"},
    }));
    assert_eq!(of["OwnerThing"], json!({"type": "string"}));
    assert_eq!(
        of["Owner"]["properties"]["thing"],
        reference("OwnerThingInline")
    );
    let mut document = json!({"components": {"schemas": {
        "Owner": {"properties": {"thing": inline}}, "OwnerThing": {}, "OwnerThingInline": {},
    }}});
    let error = super::lower(&mut document).unwrap_err().to_string();
    for part in ["`OwnerThing`", "`OwnerThingInline`", "make it a component"] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn the_same_type_in_two_responses_is_one_type() {
    let object = json!({"type": "object", "properties": {"x": {}}});
    let response = json!({"content": {"application/json": {"schema": object}}});
    let document = lowered(json!({"paths": {"/x": {"post": {
        "operationId": "x", "responses": {"200": response, "201": response},
    }}}}));
    let responses = &document["paths"]["/x"]["post"]["responses"];
    assert_eq!(responses["200"], responses["201"]);
    assert_eq!(
        document["components"]["schemas"].as_object().unwrap().len(),
        1
    );
}

#[test]
fn components_other_than_objects_and_free_form_objects_stay() {
    let plain = json!({
        "List": {"type": "array", "items": {"type": "string"}},
        "Text": {"type": "string"},
        "Map": {"type": "object", "additionalProperties": {"type": "string"}},
        "Free": {"type": "object"},
        "Any": {},
        "Holder": {"properties": {"free": {"type": "object"}, "any": {}}},
    });
    assert_eq!(schemas(plain.clone()), plain);
}

#[test]
fn no_object_refuses_unknown_properties() {
    let of = schemas(json!({"A": {
        "type": "object", "additionalProperties": false, "properties": {"x": {}},
    }}));
    assert_eq!(of["A"].get("additionalProperties"), None);
}

#[test]
fn an_all_of_of_objects_is_one_object() {
    let of = schemas(json!({
        "Base": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
        "More": {"description": "More.", "allOf": [reference("Base"), {
            "type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}},
        }]},
        "Holder": {"properties": {"most": {"allOf": [reference("More"), {
            "properties": {"o": {"type": "object", "properties": {"x": {}}}},
        }]}}},
    }));
    assert_eq!(
        of["More"],
        json!({
            "description": "More.", "type": "object", "required": ["id", "n"],
            "properties": {"id": {"type": "string"}, "n": {"type": "integer"}},
        })
    );
    assert_eq!(of["Holder"]["properties"]["most"], reference("HolderMost"));
    let properties = &of["HolderMost"]["properties"];
    assert_eq!(properties["o"], reference("HolderMostO"));
    assert_eq!(properties["id"], json!({"type": "string"}));
}

#[test]
fn a_property_that_is_composed_of_two_types_is_refused() {
    let composed = |one: Value, other: Value| {
        let mut document = json!({"components": {"schemas": {
            "Text": {"type": "string"}, "Circle": reference("Circle"),
            "Base": {"properties": {"n": one}},
            "More": {"allOf": [reference("Base"), {"properties": {"n": other}}]},
        }}});
        super::lower(&mut document)
            .map(|()| document["components"]["schemas"]["More"]["properties"]["n"].take())
            .map_err(|error| error.to_string())
    };
    for number in [json!({"type": "integer"}), json!({"type": "number"})] {
        let refused = composed(reference("Text"), number).unwrap_err();
        assert!(
            refused.starts_with(
                "components.schemas.More: an `allOf` composes the property `n` of the types \
                 `string` and `number`"
            ),
            "{refused}"
        );
    }
    let body = json!({"allOf": [
        {"properties": {"n": {"type": "boolean"}}}, {"properties": {"n": {"type": "array"}}},
    ]});
    let body = json!({"content": {"application/json": {"schema": body}}});
    let mut document = json!({"paths": {"/a": {"get": {}, "put": {"requestBody": body}}}});
    let refused = super::lower(&mut document).unwrap_err().to_string();
    assert!(refused.starts_with("paths./a.put: an `allOf`"), "{refused}");
    // The later one is more specific.
    for (one, other) in [
        (json!({"type": "number"}), json!({"type": "integer"})),
        (reference("Text"), json!({"type": "string", "maxLength": 3})),
        (json!({"type": "string"}), json!({"description": "Any."})),
        (reference("Circle"), json!({"type": "string"})),
    ] {
        assert_eq!(composed(one, other.clone()), Ok(other));
    }
}

#[test]
fn a_recursive_type_stays_as_it_is() {
    let node = json!({"Node": {"properties": {
        "next": reference("Node"),
        "children": {"type": "array", "items": reference("Node")},
    }}});
    assert_eq!(schemas(node.clone()), node);
}

#[test]
fn answers_of_one_schema_are_one_type_and_errors_are_named_after_their_status() {
    let object = |name: &str| json!({"type": "object", "properties": {name: {"type": "string"}}});
    let answers = [
        ("200", "a"),
        ("201", "a"),
        ("400", "a"),
        ("404", "b"),
        ("409", "c"),
        ("4XX", "b"),
        ("default", "d"),
    ];
    let answer = |schema: Value| json!({"content": {"application/json": {"schema": schema}}});
    let responses: Map<_, _> = answers
        .iter()
        .map(|(status, name)| ((*status).to_owned(), answer(object(name))))
        .collect();
    let mut document = json!({
        "paths": {"/a": {"get": {"operationId": "a_list", "responses": responses}}},
        "components": {"schemas": {"Unused": {}}},
    });
    super::lower(&mut document).unwrap();
    let responses = &document["paths"]["/a"]["get"]["responses"];
    let names = answers.map(|(status, _)| {
        let schema = &responses[status]["content"]["application/json"]["schema"];
        schema["$ref"].as_str().unwrap().rsplit('/').next().unwrap()
    });
    let [first, not_found, conflict, default] = [
        "AListResponse",
        "AListResponse404",
        "AListResponse409",
        "AListResponseDefault",
    ];
    assert_eq!(
        names,
        [first, first, first, not_found, conflict, not_found, default]
    );
}
