//! What holds for a document and the same one after some changes, with what is generated from both as the
//! measure: an item that a program can use and that is gone or different is breaking, and nothing else is
//! but what requests and responses say.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use ultravox_codegen::{Wanted, generate};

use super::refused::breaks_a_call;
use super::surface::surface;
use crate::diff::{Severity, diff};

/// A shop with each form of type and operation.
const SHOP: &str = include_str!("shop.yaml");

/// Other types for a property.
fn types() -> [Value; 9] {
    [
        json!({"type": "string"}),
        json!({"type": "integer"}),
        json!({"type": "boolean"}),
        json!({"type": "string", "format": "uuid"}),
        json!({"type": "string", "enum": ["open", "shut"]}),
        json!({"type": "array", "items": {"type": "string"}}),
        json!({"type": "object", "additionalProperties": {"type": "string"}}),
        json!({"$ref": "#/components/schemas/shop.v1.Size"}),
        json!({"type": "object", "properties": {"a": {"type": "string"}}}),
    ]
}

/// A change of a document: what it does, and to which of the parts that it can be done to.
#[derive(Clone, Copy, Debug)]
struct Mutation(usize, Index, Index);

fn mutation() -> impl Strategy<Value = Mutation> {
    (0..KINDS.len(), any::<Index>(), any::<Index>())
        .prop_map(|(kind, at, how)| Mutation(kind, at, how))
}

type Kind = fn(&mut Value, Index, Index);

const KINDS: [Kind; 24] = [
    |document, at, _| {
        of_an_object(document, at, |object, name| {
            toggle_in(object, "required", name)
        })
    },
    |document, at, _| of_a_property(document, at, |property| toggle(property, "nullable")),
    |document, at, _| of_a_property(document, at, |property| toggle(property, "readOnly")),
    |document, at, _| of_a_property(document, at, |property| toggle(property, "writeOnly")),
    |document, at, _| of_a_property(document, at, |property| toggle(property, "deprecated")),
    |document, at, how| {
        of_a_property(document, at, |property| {
            *property = how.get(&types()).clone()
        })
    },
    |document, at, how| {
        of_a_property(document, at, |property| {
            *property = json!({"allOf": [property.take()], "description": "Other words"});
            if how.index(2) == 0 {
                property["nullable"] = json!(true);
            }
        });
    },
    |document, at, how| {
        of_a_property(document, at, |property| {
            let values = [
                ("maxLength", json!(9)),
                ("default", json!("open")),
                ("format", json!("date")),
                ("x-unit", json!(1)),
            ];
            let (key, value) = how.get(&values);
            property[*key] = value.clone();
        });
    },
    |document, at, how| {
        of_an_object(document, at, |object, _| {
            let name = *how.get(&["code", "clear_size", "id", "weight"]);
            object["properties"][name] = how.get(&types()).clone();
        });
    },
    |document, at, _| {
        of_an_object(document, at, |object, name| {
            object["properties"].as_object_mut().unwrap().remove(name);
            toggle_out(object, "required", name);
        });
    },
    |document, at, how| {
        of_an_object(document, at, |object, _| {
            let values = [json!(true), json!(false), json!({"type": "integer"})];
            object["additionalProperties"] = how.get(&values).clone();
        });
    },
    |document, at, how| {
        of_an_enum(document, at, |values| {
            values.push(json!(*how.get(&["lent", "SIZE_X", "none", "small_one"])));
        });
    },
    |document, at, how| {
        of_an_enum(document, at, |values| {
            if values.len() > 1 {
                values.remove(how.index(values.len()));
            }
        });
    },
    |document, at, how| {
        of_an_operation(document, at, |operation| {
            let ids = [
                "parcels_list",
                "parcelsList",
                "shops_open_create",
                "parcels_find",
                "shopParcels_create",
            ];
            operation["operationId"] = json!(*how.get(&ids));
        });
    },
    |document, at, how| {
        of_an_operation(document, at, |operation| {
            let name = *how.get(&["limit", "size", "page"]);
            let required = how.index(2) == 0;
            let parameter = json!({"in": "query", "name": name, "required": required, "schema": {"type": "string"}});
            let parameters = operation.as_object_mut().unwrap().entry("parameters");
            parameters
                .or_insert_with(|| json!([]))
                .as_array_mut()
                .unwrap()
                .push(parameter);
        });
    },
    |document, at, how| {
        of_an_operation(document, at, |operation| {
            if let Some(parameters) = operation
                .get_mut("parameters")
                .and_then(Value::as_array_mut)
            {
                match how.index(2) {
                    0 => parameters.retain(|parameter| parameter["in"] == "path"),
                    _ => parameters.iter_mut().for_each(|parameter| {
                        if parameter["in"] != "path" {
                            toggle(parameter, "required");
                        }
                    }),
                }
            }
        });
    },
    |document, at, _| {
        let paths = document["paths"].as_object_mut().unwrap();
        if paths.len() > 1 {
            let path = at.get(&paths.keys().cloned().collect::<Vec<_>>()).clone();
            paths.remove(&path);
        }
    },
    |document, at, how| {
        // A schema is received that was only sent before, or not used, or that is new.
        let names = [
            "Parcel",
            "shop.v1.Size",
            "Draft",
            "post.v1.Size",
            "ParcelBox",
            "Unused",
        ];
        let schemas = document["components"]["schemas"].as_object_mut().unwrap();
        let name = *at.get(&names);
        schemas
            .entry(name)
            .or_insert_with(|| json!({"type": "object", "properties": {"b": how.get(&types())}}));
        let path = *how.get(&["/other", "/parcels/found"]);
        document["paths"][path] =
            json!({"get": {"operationId": "other_list", "responses": {"200": json_of(name)}}});
    },
    |document, at, how| {
        of_an_operation(document, at, |operation| {
            operation["responses"] = match how.index(4) {
                0 => json!({"204": {"description": ""}}),
                1 => {
                    json!({"200": {"description": "", "content": {"audio/wav": {"schema": {"type": "string", "format": "binary"}}}}})
                }
                2 => json!({"201": json_of("Parcel")}),
                _ => json!({"200": json_of("Draft")}),
            };
        });
    },
    |document, at, how| {
        of_an_operation(document, at, |operation| {
            let form = json!({"multipart/form-data": {"schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}}});
            match how.index(3) {
                0 => operation["requestBody"] = json_of("Draft"),
                1 => operation["requestBody"] = json!({"content": form}),
                _ => {
                    operation.as_object_mut().unwrap().remove("requestBody");
                }
            }
        });
    },
    |document, at, how| {
        let names = ["Parcel", "Draft", "shop.v1.Size", "ParcelList"];
        let (old, new) = (
            *at.get(&names),
            *how.get(&["Package", "shop.v2.Size", "Box"]),
        );
        let text = document.to_string();
        let text = text
            .replace(
                &format!("\"#/components/schemas/{old}\""),
                &format!("\"#/components/schemas/{new}\""),
            )
            .replace(&format!("\"{old}\":"), &format!("\"{new}\":"));
        *document = serde_json::from_str(&text).unwrap();
    },
    |document, at, how| {
        let union = document["components"]["schemas"]["Payment"]["oneOf"]
            .as_array_mut()
            .unwrap();
        match at.index(2) {
            0 => union.push(json!({"$ref": "#/components/schemas/Draft"})),
            _ => {
                union.remove(how.index(union.len()));
            }
        }
    },
    |document, at, _| of_an_operation(document, at, |operation| toggle(operation, "deprecated")),
    |document, at, how| {
        of_an_operation(document, at, |operation| {
            operation["summary"] = json!(format!("Number {}", how.index(5)));
        });
    },
];

fn json_of(schema: &str) -> Value {
    let schema = json!({"$ref": format!("#/components/schemas/{schema}")});
    json!({"description": "", "content": {"application/json": {"schema": schema}}})
}

fn toggle(value: &mut Value, key: &str) {
    let value = value.as_object_mut().unwrap();
    if value.remove(key).is_none() {
        value.insert(key.to_owned(), json!(true));
    }
}

fn toggle_in(object: &mut Value, key: &str, name: &str) {
    if !toggle_out(object, key, name) {
        let list = object.as_object_mut().unwrap().entry(key);
        let list = list.or_insert_with(|| json!([]));
        list.as_array_mut().unwrap().push(json!(name));
    }
}

/// Whether the name was there.
fn toggle_out(object: &mut Value, key: &str, name: &str) -> bool {
    let Some(list) = object.get_mut(key).and_then(Value::as_array_mut) else {
        return false;
    };
    let before = list.len();
    list.retain(|other| other != name);
    list.len() < before
}

/// The locations of what fits.
fn all(value: &Value, here: &str, fits: &dyn Fn(&Value) -> bool, found: &mut Vec<String>) {
    if fits(value) {
        found.push(here.to_owned());
    }
    if let Some(object) = value.as_object() {
        for (key, value) in object {
            let key = key.replace('~', "~0").replace('/', "~1");
            all(value, &format!("{here}/{key}"), fits, found);
        }
    }
}

fn one<'v>(
    document: &'v mut Value,
    at: Index,
    fits: &dyn Fn(&Value) -> bool,
) -> Option<&'v mut Value> {
    let mut found = Vec::new();
    all(document, "", fits, &mut found);
    let location = (!found.is_empty()).then(|| at.get(&found).clone())?;
    document.pointer_mut(&location)
}

/// Changes an object with properties; gives the name of one of them.
fn of_an_object(document: &mut Value, at: Index, change: impl FnOnce(&mut Value, &str)) {
    let has = |value: &Value| {
        value["type"] == "object"
            && value["properties"]
                .as_object()
                .is_some_and(|all| !all.is_empty())
    };
    if let Some(object) = one(document, at, &has) {
        let names: Vec<String> = object["properties"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect();
        let name = at.get(&names).clone();
        change(object, &name);
    }
}

fn of_a_property(document: &mut Value, at: Index, change: impl FnOnce(&mut Value)) {
    of_an_object(document, at, |object, name| {
        change(&mut object["properties"][name])
    });
}

fn of_an_enum(document: &mut Value, at: Index, change: impl FnOnce(&mut Vec<Value>)) {
    if let Some(of) = one(document, at, &|value| value["enum"].is_array()) {
        change(of["enum"].as_array_mut().unwrap());
    }
}

fn of_an_operation(document: &mut Value, at: Index, change: impl FnOnce(&mut Value)) {
    if let Some(operation) = one(document, at, &|value| value["operationId"].is_string()) {
        change(operation);
    }
}

/// The Rust that is generated; none if the generator refuses the document.
fn generated(document: &Value) -> Option<std::collections::BTreeMap<String, String>> {
    let wanted = Wanted {
        area: &|_| true,
        mocks: false,
    };
    Some(generate(&document.to_string(), wanted).ok()?.files)
}

/// Compares the judgement of a pair with what is generated from both. False if the generator refuses one.
fn holds(old: &Value, new: &Value) -> Result<bool, TestCaseError> {
    let (Some(before), Some(after)) = (generated(old), generated(new)) else {
        return Ok(false);
    };
    let (before, after) = (surface(&before), surface(&after));
    let gone: Vec<_> = before.difference(&after).collect();
    let diff = diff(old, new);
    prop_assert_eq!(&diff.not_generated, &None);
    let of_api: Vec<_> = diff.changes.iter().flat_map(|change| &change.api).collect();
    let breaking = of_api
        .iter()
        .any(|item| item.severity == Severity::Breaking);
    prop_assert_eq!(
        breaking,
        !gone.is_empty(),
        "gone: {:#?}\nsaid: {:#?}",
        gone,
        of_api
    );
    let added = after.difference(&before).next().is_some();
    prop_assert_eq!(
        !of_api.is_empty(),
        added || !gone.is_empty(),
        "said: {:#?}",
        of_api
    );
    for change in &diff.changes {
        let of_api = change
            .api
            .iter()
            .any(|item| item.severity == Severity::Breaking);
        prop_assert_eq!(
            change.severity == Severity::Breaking,
            of_api || change.wire == Severity::Breaking
        );
        if change.severity == Severity::Breaking && !of_api {
            prop_assert!(
                breaks_a_call(change.check, change.directions),
                "{:#?}",
                change
            );
        }
    }
    Ok(true)
}

/// How many pairs are compared, unless `PROPTEST_CASES` says otherwise: 40 seconds of one core.
const PAIRS: u32 = 500;

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        max_shrink_iters: 200,
        ..ProptestConfig::with_cases(pairs())
    })]

    #[test]
    fn what_is_breaking_follows_from_what_is_generated(
        before in prop::collection::vec(mutation(), 0..3),
        between in prop::collection::vec(mutation(), 1..4),
    ) {
        let mut old: Value = crate::yaml::parse(SHOP).unwrap();
        let apply = |document: &mut Value, mutations: &[Mutation]| {
            for Mutation(kind, at, how) in mutations {
                KINDS[*kind](document, *at, *how);
            }
        };
        apply(&mut old, &before);
        let mut new = old.clone();
        apply(&mut new, &between);
        if !holds(&old, &new)? {
            return Err(TestCaseError::reject("the generator refuses one of the two"));
        }
    }
}

fn pairs() -> u32 {
    let set = std::env::var("PROPTEST_CASES").ok();
    set.and_then(|set| set.parse().ok()).unwrap_or(PAIRS)
}

#[test]
fn the_shop_is_generated_and_each_mutation_changes_it() {
    let shop: Value = crate::yaml::parse(SHOP).unwrap();
    assert!(generated(&shop).is_some());
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for (number, kind) in KINDS.iter().enumerate() {
        let changes = (0..50).any(|_| {
            let index = || any::<Index>();
            let tree = (index(), index()).new_tree(&mut runner).unwrap();
            let (at, how) = proptest::strategy::ValueTree::current(&tree);
            let mut other = shop.clone();
            kind(&mut other, at, how);
            other != shop
        });
        assert!(changes, "{number}");
    }
}
