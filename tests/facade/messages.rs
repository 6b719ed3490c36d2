//! Data messages, from text to value to text.

use httpmock::MockServer;
use proptest::collection::vec;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use ultravox::messages::*;
use ultravox::mock::MockServerExt;
use uuid::Uuid;

use crate::support::*;

const ID: Uuid = Uuid::from_u128(0x6f0c_2a1e);

/// A message of each type, with all that its page describes.
fn to_ultravox() -> Vec<Value> {
    let result = |kind: &str| {
        json!({
            "type": kind,
            "invocationId": "lookup-1",
            "result": "{\"found\": 3}",
            "responseType": "tool-response",
            "agentReaction": "speaks-once",
            "errorType": "implementation-error",
            "errorMessage": "the database is asleep",
            "updateCallState": {"seen": [1, 2.5, null]},
        })
    };
    vec![
        json!({"type": "ping", "timestamp": 1_767_312_245.678}),
        json!({
            "type": "user_text_message", "text": "Is it late? ¿Ya?", "urgency": "later",
            "threadId": "UI",
        }),
        json!({"type": "set_output_medium", "medium": "text"}),
        result("client_tool_result"),
        result("data_connection_tool_result"),
        json!({
            "type": "forced_agent_message",
            "content": "One moment.",
            "toolCalls": [{"id": "1", "name": "lookup", "arguments": {"key": 7}}],
            "knownToolResults": [{"invocationId": "1", "result": "none"}],
            "uninterruptible": true,
            "urgency": "immediate",
            "threadId": "research",
        }),
        json!({"type": "hang_up", "message": "Good night."}),
        json!({
            "type": "spawn_thread",
            "newThreadId": "research",
            "parentThreadId": "UI",
            "ifExists": "replace",
            "additionalMessages": [
                {"type": "user_text_message", "text": "Find out."},
                {"type": "forced_agent_message", "content": "I will."},
            ],
            "toolFilter": {"allowedTools": ["lookup"], "disallowedTools": []},
            "limits": {
                "threadOutputTokenLimit": 1, "threadFuzzyInputTokenLimit": 2, "generationLimit": 0,
                "generationOutputTokenLimit": 4, "generationFuzzyInputTokenLimit": 5,
            },
        }),
    ]
}

fn from_ultravox() -> Vec<Value> {
    let invocation = |kind: &str| {
        json!({
            "type": kind, "toolName": "lookup", "invocationId": "lookup-1",
            "parameters": {"city": "Bern"},
        })
    };
    vec![
        json!({"type": "pong", "timestamp": 1_767_312_245.678}),
        json!({"type": "state", "state": "thinking"}),
        json!({
            "type": "transcript", "role": "agent", "medium": "voice", "text": "Good ev", "final": false,
            "ordinal": 4,
        }),
        json!({"type": "transcript", "role": "user", "delta": "ening", "final": true, "ordinal": 5}),
        invocation("client_tool_invocation"),
        invocation("data_connection_tool_invocation"),
        json!({"type": "call_started", "callId": ID}),
        json!({"type": "playback_clear_buffer"}),
        json!({"type": "debug", "message": "LLM response: …"}),
        json!({"type": "thread_spawned", "threadId": "research"}),
        json!({"type": "thread_rejected", "threadId": "research", "reason": "it exists"}),
        json!({"type": "thread_terminated", "threadId": "research", "reason": "limit reached"}),
        json!({"type": "side_generation_delta", "threadId": "research", "delta": "Next"}),
        json!({
            "type": "side_generation_completed", "threadId": "research", "text": "Done.",
            "toolCalls": [{"name": "lookup", "arguments": {}}],
        }),
    ]
}

/// The value that the text is read as, which must be written as the same text, except for the order
/// of its properties.
#[track_caller]
fn there_and_back<T>(json: &Value) -> T
where
    T: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug,
{
    let message: T = serde_json::from_str(&json.to_string()).unwrap();
    let text = serde_json::to_string(&message).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), *json);
    assert_eq!(serde_json::from_str::<T>(&text).unwrap(), message);
    assert_eq!(
        text.matches(r#""type":"#).count(),
        json.to_string().matches(r#""type":"#).count()
    );
    message
}

#[test]
fn every_message_goes_from_text_to_value_to_text_unchanged() {
    for json in to_ultravox() {
        let message: ClientMessage = there_and_back(&json);
        assert!(!matches!(message, ClientMessage::Unknown(_)), "{json}");
        assert_eq!(message.tag(), json["type"].as_str());
    }
    for json in from_ultravox() {
        let message: ServerMessage = there_and_back(&json);
        assert!(!matches!(message, ServerMessage::Unknown(_)), "{json}");
        assert_eq!(message.tag(), json["type"].as_str());
    }
}

/// Adds a property to every object of a message that is not free-form.
fn with_one_more_field(json: &Value) -> Value {
    let free = ["arguments", "parameters", "updateCallState"];
    match json {
        Value::Object(object) => {
            let mut object: Map<_, _> = object
                .iter()
                .map(|(name, value)| match free.contains(&name.as_str()) {
                    true => (name.clone(), value.clone()),
                    false => (name.clone(), with_one_more_field(value)),
                })
                .collect();
            object.insert(
                "addedTomorrow".to_owned(),
                json!({"is": ["new", 1.5, null]}),
            );
            object.into()
        }
        Value::Array(items) => items.iter().map(with_one_more_field).collect(),
        other => other.clone(),
    }
}

#[test]
fn a_field_and_a_type_that_are_new_tomorrow_are_kept_and_written_back() {
    for json in to_ultravox() {
        let message: ClientMessage = there_and_back(&with_one_more_field(&json));
        assert!(!matches!(message, ClientMessage::Unknown(_)), "{json}");
    }
    for json in from_ultravox() {
        let message: ServerMessage = there_and_back(&with_one_more_field(&json));
        assert!(!matches!(message, ServerMessage::Unknown(_)), "{json}");
    }
    for json in to_ultravox().into_iter().chain(from_ultravox()) {
        let mut json = json;
        json["type"] = json!("added_tomorrow");
        let message: ClientMessage = there_and_back(&json);
        assert!(matches!(message, ClientMessage::Unknown(_)), "{message:?}");
        let message: ServerMessage = there_and_back(&json);
        assert!(matches!(message, ServerMessage::Unknown(_)), "{message:?}");
    }
    // Inside another message as well.
    let json = json!({"type": "spawn_thread", "additionalMessages": [{"type": "sticker", "mood": "glad"}]});
    let ClientMessage::SpawnThread(thread) = there_and_back(&json) else {
        panic!("{json}");
    };
    assert_eq!(
        thread.additional_messages.unwrap()[0].tag(),
        Some("sticker")
    );
}

#[test]
fn a_new_value_of_a_list_is_kept() {
    let json = json!({"type": "state", "state": "dreaming"});
    let ServerMessage::State(state) = there_and_back(&json) else {
        panic!("{json}");
    };
    assert_eq!(state.state, AgentState::from("dreaming"));
}

#[test]
fn the_types_of_the_api_are_the_same_in_messages() {
    let call: ultravox::types::Call = ultravox::mock::sample();
    let payload = WebhookPayload::new("call.ended", call.clone());
    assert_eq!((payload.event.as_str(), payload.call), ("call.ended", call));
    let stage = NewStage::new()
        .voice("Mark")
        .selected_tools([ultravox::types::SelectedTool::named("hangUp")]);
    assert_eq!(
        serde_json::to_value(stage).unwrap(),
        json!({"voice": "Mark", "selectedTools": [{"toolName": "hangUp"}]})
    );
    let answer = SendToThread::new(
        "Sent.",
        UserTextMessage::new("It rains.").thread_id("_PARENT"),
    );
    assert_eq!(
        serde_json::to_value(answer).unwrap(),
        json!({"callingThreadResultText": "Sent.", "dataMessage": {
            "type": "user_text_message", "text": "It rains.", "threadId": "_PARENT",
        }})
    );
}

#[test]
fn an_error_says_which_message_and_where_in_it_and_shows_no_text() {
    let error = |json: Value| {
        serde_json::from_value::<ServerMessage>(json)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        error(json!({"type": "pong"})),
        "the variant `pong` does not decode: missing field `timestamp`"
    );
    let error = error(json!({"type": "pong", "timestamp": "a secret"}));
    assert_eq!(
        error,
        "the variant `pong` does not decode at timestamp: invalid type: string \"…\", expected f64"
    );
}

#[tokio::test]
async fn a_running_call_is_sent_the_message_as_its_page_has_it() {
    let server = MockServer::start_async().await;
    let client = client(server.base_url());
    let calls = client.calls();
    let messages: [(SendCallDataMessage, Value); 3] = [
        (
            UserTextMessage::new("It rains.")
                .urgency(Urgency::Later)
                .into(),
            json!({"type": "user_text_message", "text": "It rains.", "urgency": "later"}),
        ),
        (
            ForcedAgentMessage::new()
                .content("One moment.")
                .tool_calls([ToolCall::new("lookup", json!({"key": 7})).id("1")])
                .known_tool_results([ToolResult::new("1").result("none")])
                .urgency("immediate")
                .into(),
            json!({
                "type": "forced_agent_message",
                "content": "One moment.",
                "toolCalls": [{"name": "lookup", "id": "1", "arguments": {"key": 7}}],
                "knownToolResults": [{"invocationId": "1", "result": "none"}],
                "urgency": "immediate",
            }),
        ),
        (
            HangUp::new().extra("reason", json!("late")).into(),
            json!({"type": "hang_up", "reason": "late"}),
        ),
    ];
    for (message, expected) in messages {
        let mut sent = server.send_data_message_to_call(|when, then| {
            when.call_id(&ID).into_inner().json_body(expected);
            then.no_content();
        });
        calls.send_data_message(ID, message).await.unwrap();
        sent.assert();
        sent.delete();
    }
    // Without `into()`.
    calls
        .send_data_message(ID, HangUp::new())
        .await
        .unwrap_err();
}

/// Any JSON of two levels.
fn any_json() -> BoxedStrategy<Value> {
    let single = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    single
        .prop_recursive(2, 8, 3, |inner| {
            prop_oneof![
                vec(inner.clone(), 0..3).prop_map(Value::from),
                vec((any::<String>(), inner), 0..3)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
        .boxed()
}

fn any_object() -> BoxedStrategy<Value> {
    vec((any::<String>(), any_json()), 0..3)
        .prop_map(|pairs| Value::Object(pairs.into_iter().collect()))
        .boxed()
}

/// Values of a schema of `openapi/messages.yaml`: null has no meaning there, so it is in free-form
/// values only.
fn any_of(document: &Value, schema: &Value) -> BoxedStrategy<Value> {
    if let Some(pointer) = schema["$ref"].as_str() {
        return any_of(
            document,
            document.pointer(pointer.trim_start_matches('#')).unwrap(),
        );
    }
    if let Some(members) = schema["oneOf"].as_array() {
        let members: Vec<_> = members
            .iter()
            .map(|member| any_of(document, member))
            .collect();
        return proptest::strategy::Union::new(members).boxed();
    }
    if let Some([member]) = schema["allOf"].as_array().map(Vec::as_slice) {
        return any_of(document, member);
    }
    if let Some(values) = schema["enum"].as_array() {
        let known = proptest::sample::select(values.clone()).boxed();
        return match values.len() {
            1 => known,
            _ => prop_oneof![known, any::<String>().prop_map(Value::from)].boxed(),
        };
    }
    match schema["type"].as_str() {
        Some("string") if schema["format"] == "uuid" => any::<u128>()
            .prop_map(|id| json!(Uuid::from_u128(id)))
            .boxed(),
        Some("string") => any::<String>().prop_map(Value::from).boxed(),
        Some("integer") => any::<i64>().prop_map(Value::from).boxed(),
        Some("number") => any::<f64>().prop_map(Value::from).boxed(),
        Some("boolean") => any::<bool>().prop_map(Value::from).boxed(),
        Some("array") => vec(any_of(document, &schema["items"]), 0..3)
            .prop_map(Value::from)
            .boxed(),
        Some("object") if schema.get("properties").is_none() => any_object(),
        Some("object") => object_of(document, &[schema]),
        None if schema["allOf"].is_array() => {
            let members = schema["allOf"].as_array().unwrap().iter();
            let members: Vec<&Value> = members
                .map(|member| match member["$ref"].as_str() {
                    Some(pointer) => document.pointer(pointer.trim_start_matches('#')).unwrap(),
                    None => member,
                })
                .collect();
            object_of(document, &members)
        }
        _ => any_json(),
    }
}

fn object_of(document: &Value, schemas: &[&Value]) -> BoxedStrategy<Value> {
    let mut object = any_object();
    for schema in schemas {
        for (name, property) in schema["properties"].as_object().unwrap() {
            let required = schema["required"].as_array();
            let is_required = required.is_some_and(|required| required.contains(&json!(name)));
            let value = any_of(document, property);
            let value = match is_required {
                true => value.prop_map(Some).boxed(),
                false => proptest::option::of(value).boxed(),
            };
            let name = name.clone();
            object = (object, value)
                .prop_map(move |(mut object, value)| {
                    // Every object has something of this name, which is not a value of the
                    // property.
                    object.as_object_mut().unwrap().remove(&name);
                    if let Some(value) = value {
                        object[&name] = value;
                    }
                    object
                })
                .boxed();
        }
    }
    object
}

fn document() -> Value {
    ultravox_codegen::admit::parse(include_str!("../../openapi/messages.yaml")).unwrap()
}

fn any_message(direction: &str) -> BoxedStrategy<Value> {
    let document = document();
    any_of(&document, &document["components"]["schemas"][direction])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_message_to_ultravox_goes_from_text_to_value_to_text_unchanged(json in any_message("ClientMessage")) {
        let message: ClientMessage = there_and_back(&json);
        prop_assert!(!matches!(message, ClientMessage::Unknown(_)));
    }

    #[test]
    fn any_message_from_ultravox_goes_from_text_to_value_to_text_unchanged(json in any_message("ServerMessage")) {
        let message: ServerMessage = there_and_back(&json);
        prop_assert!(!matches!(message, ServerMessage::Unknown(_)));
    }

    #[test]
    fn any_object_goes_through_both_enums_unchanged(json in any_object()) {
        there_and_back::<ClientMessage>(&json);
        there_and_back::<ServerMessage>(&json);
    }
}
