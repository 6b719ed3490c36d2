//! Definitions of tools, made from the Rust type of their parameters.
#![allow(dead_code, reason = "most of the types are there for their schema")]

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::{Value, json};
use ultravox::http::Method;
use ultravox::schemars::{self, JsonSchema};
use ultravox::tools::definition::{self, DefinitionError};
use ultravox::types::{BaseToolDefinition, CallTemplate, SelectedTool};
use ultravox_codegen::samples::Direction;

use crate::document::Document;
use crate::json_schema::Validators;

const URL: &str = "https://shop.example/orders/{orderNumber}/{unit}";

/// Changes an order.
///
/// Only one that has not left the shop.
#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Change {
    /// The number on the receipt.
    order_number: u32,
    /// How many.
    #[schemars(range(min = 1, max = 12), extend("x-location" = "query"))]
    count: Option<u8>,
    /// The caller's language.
    #[schemars(extend("x-location" = "header"))]
    language: Option<String>,
    unit: Unit,
    /// What to change.
    items: Vec<Item>,
    wish: Option<Wish>,
    #[serde(default)]
    express: bool,
    anything: Value,
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Unit {
    /// By the stem.
    Stem,
    Bunch,
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
struct Item {
    /// Its name, as in the catalogue.
    name: String,
    colour: Option<String>,
}

/// What else the caller wants.
#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
struct Wish {
    text: String,
}

#[derive(Deserialize, JsonSchema)]
struct Nothing {}

fn change() -> BaseToolDefinition {
    definition::http::<Change>("changeOrder", Method::PUT, URL).unwrap()
}

fn parameters(definition: &BaseToolDefinition) -> BTreeMap<String, Value> {
    let json = serde_json::to_value(definition).unwrap();
    let parameters = json["dynamicParameters"].as_array().unwrap().clone();
    let named = parameters.into_iter().map(|mut parameter| {
        let name = parameter.as_object_mut().unwrap().remove("name").unwrap();
        (name.as_str().unwrap().to_owned(), parameter)
    });
    named.collect()
}

#[test]
fn a_struct_is_the_parameters_of_a_tool_with_its_comments_and_locations() {
    let definition = change();
    let json = serde_json::to_value(&definition).unwrap();
    assert_eq!(json["modelToolName"], "changeOrder");
    assert_eq!(
        json["http"],
        json!({"baseUrlPattern": URL, "httpMethod": "PUT"})
    );
    assert_eq!(
        json["description"],
        "Changes an order.\n\nOnly one that has not left the shop."
    );

    let parameters = parameters(&definition);
    let places: Vec<_> = parameters
        .iter()
        .map(|(name, parameter)| {
            let location = parameter["location"].as_str().unwrap();
            let location = location.strip_prefix("PARAMETER_LOCATION_").unwrap();
            (
                name.as_str(),
                location,
                parameter["required"].as_bool().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        places,
        [
            ("anything", "BODY", true),
            ("count", "QUERY", false),
            ("express", "BODY", false),
            ("items", "BODY", true),
            ("language", "HEADER", false),
            ("orderNumber", "PATH", true),
            ("unit", "PATH", true),
            ("wish", "BODY", false),
        ]
    );
    assert_eq!(
        parameters["count"]["schema"],
        json!({"type": "integer", "format": "uint8", "minimum": 1, "maximum": 12, "description": "How many."})
    );
    assert_eq!(
        parameters["language"]["schema"],
        json!({"type": "string", "description": "The caller's language."})
    );
    assert_eq!(parameters["anything"]["schema"], json!({}));
    assert_eq!(parameters["express"]["schema"]["default"], json!(false));
    // Types of fields are written where they are used.
    assert_eq!(
        parameters["items"]["schema"]["items"]["properties"]["name"]["description"],
        "Its name, as in the catalogue."
    );
    assert_eq!(parameters["wish"]["schema"]["type"], "object");
    assert_eq!(
        parameters["wish"]["schema"]["properties"],
        json!({"text": {"type": "string"}})
    );
    let all = json.to_string();
    assert!(
        !all.contains("$ref") && !all.contains("x-location"),
        "{all}"
    );
}

#[test]
fn what_a_model_sends_by_the_definition_is_what_the_type_takes() {
    let body =
        br#"{"orderNumber": 7, "unit": "stem", "items": [{"name": "Tulip"}], "anything": [1]}"#;
    let Change {
        order_number,
        unit,
        items,
        anything,
        ..
    } = ultravox::tools::parameters(body).unwrap();
    assert_eq!((order_number, unit, items.len()), (7, Unit::Stem, 1));
    assert_eq!(anything, json!([1]));
}

/// By the document of the API, with a validator that is independent of the client.
#[test]
fn every_definition_is_one_of_the_document() {
    let mut validators = Validators::new(&Document::published());
    #[derive(Deserialize, JsonSchema)]
    struct Text {
        text: String,
        tags: BTreeMap<String, Vec<u8>>,
    }
    for definition in [
        change(),
        definition::http::<Nothing>("nothing", Method::GET, "https://shop.example").unwrap(),
        definition::client::<Text>("show").unwrap(),
        definition::data_connection::<Text>("say_it-2").unwrap(),
    ] {
        let json = serde_json::to_value(SelectedTool::temporary(definition)).unwrap();
        let pointer = "/components/schemas/ultravox.v1.SelectedTool";
        assert_eq!(
            validators.problem(pointer, Direction::Sent, &json),
            None,
            "{json}"
        );
        // The validator does refuse.
        let mut other = json;
        other["temporaryTool"]["dynamicParameters"] = json!([{"schema": "string"}]);
        assert!(
            validators
                .problem(pointer, Direction::Sent, &other)
                .is_some()
        );
    }
}

#[test]
fn the_parameters_of_client_and_data_connection_tools_are_in_the_body() {
    #[derive(Deserialize, JsonSchema)]
    struct Show {
        #[schemars(extend("x-location" = "body"))]
        text: String,
        page: Option<u32>,
    }
    let client = definition::client::<Show>("show").unwrap();
    let connection = definition::data_connection::<Show>("show").unwrap();
    for (definition, key) in [(&client, "client"), (&connection, "dataConnection")] {
        let json = serde_json::to_value(definition).unwrap();
        assert_eq!(json[key], json!({}));
        assert_eq!(json.get("http"), None);
        for (_, parameter) in parameters(definition) {
            assert_eq!(parameter["location"], "PARAMETER_LOCATION_BODY");
        }
    }
}

#[test]
fn requests_without_a_body_have_their_parameters_in_the_query() {
    #[derive(Deserialize, JsonSchema)]
    struct Find {
        order: u32,
    }
    for (method, location) in [
        (Method::GET, "QUERY"),
        (Method::HEAD, "QUERY"),
        (Method::DELETE, "QUERY"),
        (Method::POST, "BODY"),
        (Method::PUT, "BODY"),
        (Method::PATCH, "BODY"),
    ] {
        let tool = definition::http::<Find>("find", method.clone(), "https://shop.example/orders");
        let parameters = parameters(&tool.unwrap());
        assert_eq!(
            parameters["order"]["location"],
            format!("PARAMETER_LOCATION_{location}"),
            "{method}"
        );
    }
}

#[test]
fn a_definition_takes_the_rest_of_its_properties_and_goes_into_a_template() {
    let tool = definition::client::<Nothing>("close").unwrap();
    assert_eq!(tool.description, None);
    let tool = tool
        .description("Closes the window.")
        .timeout(std::time::Duration::from_secs(1));
    let template = CallTemplate::new().selected_tools([SelectedTool::temporary(tool)]);
    let json = serde_json::to_value(template).unwrap();
    assert_eq!(
        json["selectedTools"],
        json!([{"temporaryTool": {
            "modelToolName": "close", "client": {}, "dynamicParameters": [], "timeout": "1s",
            "description": "Closes the window.",
        }}])
    );
}

/// The error of an HTTP tool with such parameters: the property, and the message.
#[track_caller]
fn refused<T: JsonSchema>(url: &str) -> (Option<String>, String) {
    let error: DefinitionError = definition::http::<T>("find", Method::POST, url).unwrap_err();
    let said = error.to_string();
    assert!(
        said.starts_with("no definition can be made for the tool `find`: "),
        "{said}"
    );
    let property = error.property().map(str::to_owned);
    if let Some(property) = &property {
        assert!(
            said.contains(&format!("the property `{property}` ")),
            "{said}"
        );
    }
    (property, said)
}

#[test]
fn what_a_type_says_and_the_api_cannot_is_an_error_that_names_the_property() {
    #[derive(Deserialize, JsonSchema)]
    struct Tree {
        children: Vec<Tree>,
    }
    #[derive(Deserialize, JsonSchema)]
    struct Holds {
        name: String,
        tree: Tree,
    }
    #[derive(Deserialize, JsonSchema)]
    struct Query {
        #[schemars(extend("x-location" = "query"))]
        list: Vec<String>,
    }
    #[derive(Deserialize, JsonSchema)]
    struct Header {
        #[schemars(extend("x-location" = "header"))]
        item: Item,
    }
    #[derive(Deserialize, JsonSchema)]
    struct HeaderName {
        #[serde(rename = "order number")]
        #[schemars(extend("x-location" = "header"))]
        number: u32,
    }
    #[derive(Deserialize, JsonSchema)]
    struct Path {
        #[schemars(extend("x-location" = "path"))]
        order: u32,
    }
    #[derive(Deserialize, JsonSchema)]
    struct Optional {
        order: Option<u32>,
    }
    #[derive(Deserialize, JsonSchema)]
    struct Elsewhere {
        #[schemars(extend("x-location" = "cookie"))]
        order: u32,
    }
    #[derive(Deserialize, JsonSchema)]
    struct Two {
        #[schemars(extend("x-location" = "query"))]
        order: u32,
    }
    let plain = "https://shop.example/orders";
    let in_path = "https://shop.example/orders/{order}";
    for ((property, said), name, says) in [
        (refused::<Tree>(plain), "children", "recursive type"),
        (refused::<Holds>(plain), "tree", "recursive type"),
        (
            refused::<Query>(plain),
            "list",
            "is in the query, which can hold a string",
        ),
        (
            refused::<Header>(plain),
            "item",
            "is in the header, which can hold a string",
        ),
        (
            refused::<HeaderName>(plain),
            "order number",
            "is not a valid name of one",
        ),
        (
            refused::<Path>(plain),
            "order",
            "the URL does not have `{order}`",
        ),
        (refused::<Optional>(in_path), "order", "may be missing"),
        (
            refused::<Elsewhere>(plain),
            "order",
            "none of `query`, `path`",
        ),
        (
            refused::<Two>(in_path),
            "order",
            "in the query by its `x-location`, and in the path",
        ),
    ] {
        assert_eq!(property.as_deref(), Some(name), "{said}");
        assert!(said.contains(says), "{said}");
    }

    for (error, says) in [
        (definition::client::<Query>("find"), "only HTTP tools"),
        (
            definition::data_connection::<Path>("find"),
            "only HTTP tools",
        ),
    ] {
        let error = error.unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
        assert!(error.property().is_some());
    }
}

#[test]
fn a_type_that_is_no_list_of_parameters_is_refused() {
    #[derive(Deserialize, JsonSchema)]
    #[serde(tag = "kind")]
    enum Tagged {
        A { a: u32 },
        B { b: u32 },
    }
    #[derive(Deserialize, JsonSchema)]
    struct Flattened {
        name: String,
        #[serde(flatten)]
        kind: Tagged,
    }
    #[derive(Deserialize, JsonSchema)]
    struct Open {
        name: String,
        #[serde(flatten)]
        rest: HashMap<String, u32>,
    }
    let url = "https://shop.example/orders";
    for ((property, said), says) in [
        (refused::<u32>(url), "not an object"),
        (refused::<Vec<Item>>(url), "not an object"),
        (refused::<()>(url), "not an object"),
        (refused::<Value>(url), "make them a struct"),
        (refused::<Option<Item>>(url), "make them a struct"),
        (refused::<Unit>(url), "depend on each other (`oneOf`"),
        (refused::<Tagged>(url), "depend on each other (`oneOf`"),
        (refused::<Flattened>(url), "depend on each other (`oneOf`"),
        (refused::<Open>(url), "parameters of any name"),
        (
            refused::<HashMap<String, u32>>(url),
            "parameters of any name",
        ),
    ] {
        assert_eq!(property, None, "{said}");
        assert!(said.contains(says), "{said}");
    }
}

#[test]
fn a_name_that_no_model_takes_is_refused() {
    for name in ["", "look up", "größe", "a.b", &"a".repeat(65)] {
        let error = definition::client::<Nothing>(name).unwrap_err();
        assert!(error.to_string().contains("1 to 64 letters"), "{error}");
    }
    definition::client::<Nothing>(&"a".repeat(64)).unwrap();
}
