use std::collections::BTreeSet;

use serde_json::Value;

use crate::admit;
use crate::{AREAS, Generated, Wanted, generate_with_messages};

const API: &str = include_str!("../../../openapi/ultravox.yaml");
const MESSAGES: &str = include_str!("../../../openapi/messages.yaml");

fn generated(messages: &str, area: &dyn Fn(&str) -> bool) -> Generated {
    let wanted = Wanted { area, mocks: true };
    generate_with_messages(API, messages, wanted).unwrap()
}

/// The schemas of the table for the conformance tests, with their types.
fn types(generated: &Generated) -> Vec<(String, String)> {
    let table = &generated.files["messages/conformance.rs"];
    let schemas = table.split_once("schemas {\n").unwrap().1;
    let schemas = schemas.split_once('}').unwrap().0.lines();
    let pairs = schemas.map(|line| line.trim_end_matches(';').split_once(' ').unwrap());
    pairs
        .map(|(name, ty)| (name.trim_matches('"').to_owned(), ty.to_owned()))
        .collect()
}

fn schemas() -> serde_json::Map<String, Value> {
    let document = admit::parse(MESSAGES).unwrap();
    document["components"]["schemas"]
        .as_object()
        .unwrap()
        .clone()
}

#[test]
fn every_schema_has_a_type_and_a_page() {
    let types: BTreeSet<String> = types(&generated(MESSAGES, &|_| true))
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    for (name, schema) in schemas() {
        assert!(types.contains(&name), "{name}");
        let page = schema["x-page"].as_str().unwrap();
        assert!(page.starts_with("https://docs.ultravox.ai/"), "{name}");
        let is_object = schema.get("properties").is_some();
        assert_eq!(
            schema.get("additionalProperties").is_some(),
            is_object,
            "{name}"
        );
    }
}

#[test]
fn types_of_the_api_are_named_where_they_are_and_others_in_their_module() {
    let files = generated(MESSAGES, &|_| true).files;
    let (code, lines) = (&files["messages/generated.rs"], &files["messages/types.rs"]);
    assert!(code.contains("pub call: ::ultravox::types::Call,"));
    assert!(code.contains("pub urgency: ::std::option::Option<::ultravox::messages::Urgency>,"));
    assert!(
        lines.contains("[list crate::types::SelectedTool]"),
        "{lines}"
    );
    assert!(lines.contains("[list crate::messages::ToolCall]"));
    // The type that replaces one of the API's.
    assert!(files["operations.rs"].contains("body { crate::messages::SendCallDataMessage }"));
    assert!(!files["client.rs"].contains("pub struct SendCallDataMessage"));
}

#[test]
fn what_needs_a_type_of_an_area_that_is_not_enabled_is_left_out_and_nothing_else() {
    let all: BTreeSet<String> = schemas().keys().cloned().collect();
    for area in AREAS {
        let one = generated(MESSAGES, &|other| other == area);
        let has: BTreeSet<String> = types(&one).into_iter().map(|(name, _)| name).collect();
        let missing: Vec<&String> = all.difference(&has).collect();
        for name in &missing {
            assert!(
                ["NewStage", "WebhookPayload"].contains(&name.as_str()),
                "{area}: {name}"
            );
        }
        let is_complete = ["agents", "calls"].contains(&area);
        assert_eq!(missing.is_empty(), is_complete, "{area}: {missing:?}");
    }
}

#[test]
fn the_same_documents_give_the_same_bytes() {
    let files = generated(MESSAGES, &|_| true).files;
    assert_eq!(generated(MESSAGES, &|_| true).files, files);
}

#[test]
fn an_error_names_the_document_of_messages() {
    let broken = MESSAGES.replacen("/schemas/Ping'", "/schemas/Pint'", 1);
    let wanted = Wanted {
        area: &|_| true,
        mocks: false,
    };
    let error = |messages: &str| match generate_with_messages(API, messages, wanted) {
        Ok(_) => panic!("generated"),
        Err(error) => error.to_string(),
    };
    let refused = error(&broken);
    assert!(
        refused.starts_with("messages.yaml: components.schemas.ClientMessage"),
        "{refused}"
    );
    assert!(refused.contains("Pint"), "{refused}");
    let elsewhere = MESSAGES.replacen(
        "ultravox.yaml#/components/schemas/Call",
        "other.yaml#/components/schemas/Call",
        1,
    );
    let refused = error(&elsewhere);
    assert!(
        refused.starts_with("messages.yaml: components.schemas.WebhookPayload"),
        "{refused}"
    );
}

#[test]
fn what_the_messages_need_of_the_api_is_known_by_name() {
    let messages = crate::Messages::read(MESSAGES).unwrap();
    let api = admit::parse(API).unwrap();
    let needed = messages.referred();
    assert!(needed.contains("Call"), "{needed:?}");
    for name in needed.into_iter().chain(messages.replaced()) {
        let schema = &api["components"]["schemas"][name];
        assert!(schema.is_object(), "{name}");
    }
}
