use std::collections::BTreeSet;

use serde_json::json;

use super::*;

const PAGE: &str = "https://docs.example/guide";

/// An overlay with these actions, each completed by a description and a page.
fn overlay(actions: &[Value]) -> Overlay {
    let actions: Vec<_> = actions
        .iter()
        .map(|action| {
            let mut action = action.clone();
            action["description"] = json!("A fact.");
            action["x-page"] = json!(PAGE);
            action
        })
        .collect();
    parse(json!(actions)).unwrap()
}

fn parse(actions: Value) -> Result<Overlay> {
    let overlay = json!({
        "overlay": "1.0.0", "info": {"title": "Facts", "version": "1"}, "actions": actions,
    });
    Overlay::parse(&overlay.to_string())
}

fn document() -> Value {
    json!({
        "paths": {"/a": {
            "get": {"parameters": [{"name": "x", "in": "query"}, {"name": "y", "in": "query"}]},
            "post": {"operationId": "a_create"},
        }},
        "components": {"schemas": {"A": {
            "required": ["x"], "properties": {"x": {"type": "string", "description": "Upstream's."}},
        }}},
    })
}

#[track_caller]
fn applied(actions: &[Value]) -> Value {
    let (document, adopted) = overlay(actions).apply(document()).unwrap();
    assert_eq!(adopted, [""; 0]);
    document
}

#[test]
fn an_update_is_merged_into_objects_and_appended_to_lists() {
    let update = json!({"required": ["x", "y"], "properties": {"y": {"type": "integer"}}});
    let document = applied(&[
        json!({"target": "$.components.schemas.A", "update": update}),
        json!({"target": "$.paths['/a'].get.parameters", "update": {"name": "z", "in": "query"}}),
        json!({"target": "$.paths.*.get.parameters[?@.name=='y']", "update": {"x-y": 1}}),
    ]);
    assert_eq!(
        document["components"]["schemas"]["A"],
        json!({"required": ["x", "y"], "properties": {
            "x": {"type": "string", "description": "Upstream's."}, "y": {"type": "integer"},
        }})
    );
    let parameters = &document["paths"]["/a"]["get"]["parameters"];
    assert_eq!(
        *parameters,
        json!([
            {"name": "x", "in": "query"}, {"name": "y", "in": "query", "x-y": 1},
            {"name": "z", "in": "query"},
        ])
    );
}

#[test]
fn what_is_removed_goes_however_many_it_is_and_in_whatever_order() {
    let document = applied(&[
        json!({"target": "$.paths['/a'].get.parameters[1, 0]", "remove": true}),
        json!({"target": "$.paths['/a'].post", "remove": true}),
    ]);
    assert_eq!(
        document["paths"],
        json!({"/a": {"get": {"parameters": []}}})
    );
}

#[test]
fn a_path_goes_with_its_last_operation() {
    let [get, post] = ["get", "post"]
        .map(|method| json!({"target": format!("$.paths['/a'].{method}"), "remove": true}));
    assert!(applied(std::slice::from_ref(&get))["paths"]["/a"]["post"].is_object());
    let mut before = document();
    before["paths"]["/a"]["parameters"] = json!([]);
    before["paths"]["/b"] = json!({"x-a": {"get": {}}});
    before["info"] = json!({"title": "A"});
    let both = overlay(&[get, post]);
    let (once, _) = both.apply(before).unwrap();
    assert_eq!(once["paths"], json!({"/b": {"x-a": {"get": {}}}}));
    let (twice, adopted) = both.apply(once.clone()).unwrap();
    assert_eq!((twice, adopted.len()), (once, 2));
}

#[test]
fn an_action_sees_what_those_before_it_did() {
    let document = applied(&[
        json!({"target": "$.components.schemas", "update": {"B": {"type": "object"}}}),
        json!({"target": "$.components.schemas.B", "update": {"nullable": true}}),
    ]);
    assert_eq!(
        document["components"]["schemas"]["B"],
        json!({"type": "object", "nullable": true})
    );
}

#[test]
fn an_action_that_matches_nothing_is_named_with_all_others() {
    let overlay = overlay(&[
        json!({"target": "$.paths['/gone'].get", "remove": true}),
        json!({"target": "$.paths['/a'].post", "remove": true}),
        json!({"target": "$.components.schemas.Gone", "update": {"type": "string"}}),
    ]);
    let error = overlay.apply(document()).unwrap_err().to_string();
    let lines: Vec<_> = error.lines().skip(1).collect();
    let name = |number| format!("action {number} of the overlay (A fact. {PAGE})");
    assert_eq!(
        lines,
        [
            format!(
                "{}: nothing in the document matches $.paths['/gone'].get",
                name(1)
            ),
            format!(
                "{}: nothing in the document matches $.components.schemas.Gone",
                name(3)
            ),
        ]
    );
}

/// The reasons why these actions do not fit the document, each with the number of its action.
#[track_caller]
fn misfits(actions: &[Value], document: Value) -> Vec<String> {
    let error = overlay(actions).apply(document).unwrap_err().to_string();
    let reasons = error.lines().skip(1).map(|line| {
        let line = line.strip_prefix("action ").unwrap();
        line.replace(&format!(" of the overlay (A fact. {PAGE})"), "")
    });
    reasons.collect()
}

#[test]
fn an_action_that_contradicts_what_upstream_says_is_named_with_all_others() {
    let mut document = document();
    let long = "a".repeat(300);
    document["components"]["schemas"]["b.C"] = json!({
        "minimum": 0, "maximum": 2.5, "deprecated": false, "pattern": long, "enum": [1], "items": true,
    });
    let target = "$.components.schemas['A', 'b.C']";
    let facts = |update: Value| json!({"target": target, "update": update});
    assert_eq!(
        misfits(
            &[
                facts(json!({"minimum": 0, "maximum": 1})),
                facts(json!({"x-a": 1})),
                facts(json!({"deprecated": true, "pattern": "^b$", "enum": {}, "items": {}})),
            ],
            document
        ),
        [
            "1: $.components.schemas['b.C'].maximum: the document says 2.5, and the action says 1",
            "3: $.components.schemas['b.C'].deprecated: the document says false, and the action says true",
            "3: $.components.schemas['b.C'].enum: the document says a list, and the action says an object",
            "3: $.components.schemas['b.C'].items: the document says true, and the action says an object",
            &format!(
                "3: $.components.schemas['b.C'].pattern: the document says \"{}…, and the action says \"^b$\"",
                &long[..99]
            ),
        ]
    );
}

#[test]
fn an_update_of_what_has_become_a_reference_is_named() {
    let mut document = document();
    let properties = &mut document["components"]["schemas"]["A"]["properties"];
    *properties = json!({
        "x": {"$ref": "#/components/schemas/X"},
        "y": {"items": {"$ref": "#/components/schemas/X"}},
        "z": {"allOf": [{"$ref": "#/components/schemas/X"}]},
        // A property of this name is no reference.
        "$ref": {"type": "string"},
    });
    let facts = |target: &str, update: Value| json!({"target": target, "update": update});
    let properties = "$.components.schemas.A.properties";
    let says = "the document refers to \"#/components/schemas/X\" here, and nothing has an effect beside a \
                reference";
    assert_eq!(
        misfits(
            &[
                facts(&format!("{properties}.x"), json!({"minimum": 0})),
                facts(&format!("{properties}.z"), json!({"deprecated": true})),
                facts(
                    "$.components.schemas.A",
                    json!({"properties": {
                        "x": {"$ref": "#/components/schemas/X"},
                        "y": {"items": {"minLength": 1}},
                    }})
                ),
                facts(properties, json!({"w": {"type": "string"}})),
                facts(
                    &format!("{properties}.x"),
                    json!({"$ref": "#/components/schemas/W"})
                ),
            ],
            document
        ),
        [
            format!("1: {properties}.x: {says}"),
            format!("3: {properties}.y.items: {says}"),
            format!("5: {properties}.x: {says}"),
        ]
    );
}

#[test]
fn an_action_that_matches_less_than_it_lists_is_named_with_what_is_missing() {
    let facts = |target: &str| json!({"target": target, "update": {"x-a": 1}});
    assert_eq!(
        misfits(
            &[
                facts("$.components.schemas['A', 'Gone', 'Renamed'].properties['x', 'y']"),
                facts("$.components.schemas['A'].properties['x']"),
                facts("$.paths.*.get.parameters[?@.name == 'x', ?@.name == 'z']"),
                facts("$.paths['/a'].get.parameters[0, 2]"),
                facts("$.paths['/a', '/a', '/b'].put"),
                json!({"target": "$.paths['/a']['post', 'put']", "remove": true}),
            ],
            document()
        ),
        [
            "1: nothing in the document matches $.components.schemas['A'].properties['y'], \
             $.components.schemas['Gone'].properties['x'], $.components.schemas['Gone'].properties['y'], \
             $.components.schemas['Renamed'].properties['x'], \
             $.components.schemas['Renamed'].properties['y']",
            "3: nothing in the document matches $.paths.*.get.parameters[?@.name == 'z']",
            "4: nothing in the document matches $.paths['/a'].get.parameters[2]",
            "5: nothing in the document matches $.paths['/a', '/a', '/b'].put",
            "6: nothing in the document matches $.paths['/a']['put']",
        ]
    );
}

#[test]
fn the_parts_of_a_target_have_no_lists_and_select_the_same() {
    let document = json!({
        "a": {"b": [1, 2, {"b": 3}], "c": [4, 5, 6], "it's, \\": {"b": 7}, "x, [y": [8], "\"": 9},
        "p": [{"n": "a, ]"}, {"n": "b", "c": [1]}, {"n": "d"}],
    });
    for (target, expected) in [
        ("$", &["$"][..]),
        ("$.a.*", &["$.a.*"]),
        ("$.a[ 'b' ][0:2]", &["$.a['b'][0:2]"]),
        (
            "$.a['b' , \"c\"][0,-1]",
            &[
                "$.a['b'][0]",
                "$.a['b'][-1]",
                "$.a[\"c\"][0]",
                "$.a[\"c\"][-1]",
            ],
        ),
        (
            r#"$.a["it's, \\", 'it\'s, \\','x, [y',"\""]"#,
            &[
                r#"$.a["it's, \\"]"#,
                r"$.a['it\'s, \\']",
                "$.a['x, [y']",
                r#"$.a["\""]"#,
            ],
        ),
        (
            "$.p[?@.n == 'a, ]' || @['c'][0, 1], ?(@.n == 'd')]",
            &["$.p[?@.n == 'a, ]' || @['c'][0, 1]]", "$.p[?(@.n == 'd')]"],
        ),
        ("$..['b', 'c']", &["$..['b']", "$..['c']"]),
        ("$.a[*, 'b']", &["$.a[*]", "$.a['b']"]),
    ] {
        assert_eq!(parts(target), expected);
        let locations = |target: &str| -> BTreeSet<String> {
            let target = JsonPath::parse(target).unwrap();
            let found = target.query_located(&document);
            found.locations().map(ToString::to_string).collect()
        };
        let together: BTreeSet<_> = expected.iter().flat_map(|part| locations(part)).collect();
        assert_eq!(together, locations(target), "{target}");
        assert!(!together.is_empty(), "{target}");
    }
}

#[test]
fn a_number_that_is_written_in_another_way_is_no_contradiction() {
    let mut document = document();
    let a = &mut document["components"]["schemas"]["A"];
    a["minimum"] = json!(0.0);
    a["maximum"] = json!(u64::MAX);
    let update = |maximum: u64| {
        let update = json!({"minimum": 0, "maximum": maximum});
        [json!({"target": "$.components.schemas.A", "update": update})]
    };
    let (after, adopted) = overlay(&update(u64::MAX)).apply(document.clone()).unwrap();
    assert_eq!((after, adopted.len()), (document.clone(), 1));
    // Integers that are the same as floating-point numbers are different all the same.
    assert_eq!(misfits(&update(u64::MAX - 1), document).len(), 1);
}

#[test]
fn prose_that_upstream_has_written_stays_beside_a_new_fact() {
    let update = json!({"properties": {"x": {"description": "Ours.", "minLength": 1}}});
    let document = applied(&[json!({"target": "$.components.schemas.A", "update": update})]);
    assert_eq!(
        document["components"]["schemas"]["A"]["properties"]["x"],
        json!({"type": "string", "description": "Upstream's.", "minLength": 1})
    );
}

#[test]
fn a_fact_that_upstream_has_adopted_is_noted_and_its_prose_stays() {
    let ours = json!({"properties": {"x": {"type": "string", "description": "Ours."}}});
    let overlay = overlay(&[
        json!({"target": "$.components.schemas.A", "update": ours}),
        json!({"target": "$.components.schemas.A.required", "update": "x"}),
    ]);
    let (after, adopted) = overlay.apply(document()).unwrap();
    assert_eq!(after, document());
    assert_eq!(adopted.len(), 2);
    for (number, name) in (1..).zip(adopted) {
        assert_eq!(
            name,
            format!("action {number} of the overlay (A fact. {PAGE})")
        );
    }
}

#[test]
fn a_removal_that_is_applied_already_is_distinguished_from_one_whose_target_has_moved() {
    let post = json!({"target": "$.paths['/a'].post", "remove": true});
    let x = json!({"target": "$.components.schemas.A", "update": {"x-a": 1}});
    let mut document = document();
    document["info"] = json!({"title": "A"});
    let both = overlay(&[post.clone(), x.clone()]);
    let (once, adopted) = both.apply(document.clone()).unwrap();
    assert_eq!(adopted, [""; 0]);
    assert_eq!(
        once["info"],
        json!({"title": "A", "x-overlay-removed": ["$.paths['/a'].post"]})
    );
    let (twice, adopted) = both.apply(once.clone()).unwrap();
    assert_eq!((&twice, adopted.len()), (&once, 2));

    // Another target never matched anything.
    let moved = json!({"target": "$.paths['/b'].post", "remove": true});
    assert_eq!(
        misfits(&[post, moved], once.clone()),
        ["2: nothing in the document matches $.paths['/b'].post"]
    );
    // An update of what was removed matches nothing, and is reported.
    let update = json!({"target": "$.paths['/a'].post", "update": {"x-a": 1}});
    assert!(overlay(&[update]).apply(once.clone()).is_err());
    // Without the removal, it is no longer recorded.
    let (without, _) = overlay(&[x]).apply(once).unwrap();
    assert_eq!(without["info"], json!({"title": "A"}));
}

#[test]
fn a_property_called_description_is_a_fact() {
    let update = json!({"properties": {"description": {"type": "string"}}});
    let document =
        applied(&[json!({"target": "$.components.schemas.A", "update": update.clone()})]);
    let (_, adopted) = overlay(&[json!({
        "target": "$.components.schemas.A", "update": update,
    })])
    .apply(document)
    .unwrap();
    assert_eq!(adopted.len(), 1);
}

#[test]
fn what_cannot_be_applied_is_an_error_with_the_actions_name() {
    for (target, action, reason) in [
        (
            "$.paths['/a'].post.operationId",
            json!({"update": "b"}),
            "neither an object nor a list",
        ),
        (
            "$.paths",
            json!({"update": ["b"]}),
            "$.paths: the document says an object, and the action says a list",
        ),
        ("$", json!({"remove": true}), "the whole document"),
    ] {
        let mut action = action;
        action["target"] = json!(target);
        let error = format!("{:#}", overlay(&[action]).apply(document()).unwrap_err());
        assert!(
            error.contains("action 1 of the overlay") && error.contains(reason),
            "{error}"
        );
    }
}

#[test]
fn an_action_that_is_not_understood_is_an_error_with_its_number() {
    let good = json!({"target": "$.a", "remove": true, "description": "d", "x-page": PAGE});
    let changed = |key: &str, value: Value| {
        let mut action = good.clone();
        action[key] = value;
        action
    };
    let without = |key: &str| {
        let mut action = good.clone();
        action.as_object_mut().unwrap().remove(key);
        action
    };
    for (action, reason) in [
        (without("x-page"), "missing field `x-page`"),
        (without("description"), "missing field `description`"),
        (without("remove"), "either `update` or `remove: true`"),
        (
            changed("update", json!({})),
            "either `update` or `remove: true`",
        ),
        (changed("description", json!(" ")), "is empty"),
        (
            changed("x-page", json!("the guide")),
            "no address of a page",
        ),
        (
            changed("x-page", json!("file:///etc/passwd")),
            "no address of a page",
        ),
        (changed("target", json!("$.a[")), "no JSONPath"),
        (changed("targets", json!("$.a")), "unknown field `targets`"),
    ] {
        let error = parse(json!([good, action])).unwrap_err();
        let error = format!("{error:#}");
        assert!(
            error.starts_with("action 2: ") && error.contains(reason),
            "{error}"
        );
    }
}

#[test]
fn a_file_that_is_no_overlay_is_refused() {
    for (text, reason) in [
        ("", "no overlay of OpenAPI Overlay 1.0"),
        ("overlay: 1.0.0\n", "missing field `info`"),
        (
            "{overlay: 1.0.0, info: {title: t, version: '1'}, actions: []}",
            "no actions",
        ),
        (
            "{overlay: 2.0.0, info: {title: t, version: '1'}, actions: [{}]}",
            "only OpenAPI Overlay 1.0",
        ),
        (
            "{overlay: 1.0.0, info: {title: t, version: '1'}, actions: [{}], more: 1}",
            "unknown field `more`",
        ),
        ("overlay: [\n", "not YAML"),
    ] {
        let error = format!("{:#}", Overlay::parse(text).unwrap_err());
        assert!(error.contains(reason), "{text}: {error}");
    }
}
