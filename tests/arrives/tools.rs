//! What is sent to an HTTP tool, and its responses.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use ultravox::http::{HeaderMap, Response, StatusCode};
use ultravox::messages::{ClientMessage, SendToThread, ThreadMessage, UserTextMessage};
use ultravox::tools::{AgentReaction, NewStage, ToolResponse, parameters};
use ultravox::types::{Message, MessageRole, SelectedTool};

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Order {
    order_id: u32,
    note: Option<String>,
}

fn names(headers: &HeaderMap) -> Vec<&str> {
    let mut names: Vec<_> = headers.keys().map(|name| name.as_str()).collect();
    names.sort_unstable();
    names
}

#[test]
fn parameters_are_a_type_of_the_users_own() {
    let order: Order = parameters(r#"{"orderId": 7, "note": "red", "utm": "ultravox"}"#).unwrap();
    assert_eq!(
        order,
        Order {
            order_id: 7,
            note: Some("red".to_owned())
        }
    );
    let state: BTreeMap<String, Value> = parameters(br#"{"call_state": {"step": 2}}"#).unwrap();
    assert_eq!(state["call_state"], json!({"step": 2}));
    // A tool without parameters has no body.
    #[derive(Deserialize)]
    struct Nothing {}
    let Nothing {} = parameters("").unwrap();
}

#[test]
fn parameters_that_do_not_fit_are_told_to_the_agent_without_their_values() {
    for (body, says) in [
        (r#"{"note": "hush"}"#, "missing field `orderId`"),
        (r#"{"orderId": "hush"}"#, "expected u32"),
        (r#"{"orderId": 7, "note": "hush"#, "EOF"),
        ("\u{1b}[2J", "expected value"),
        ("", "missing field `orderId`"),
    ] {
        let error = parameters::<Order>(body).unwrap_err();
        let response = ToolResponse::from(error.clone()).into_http();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        assert_eq!(response.body(), &error.to_string());
        assert!(response.body().contains(says), "{error}");
        assert!(!format!("{error} {error:?}").contains("hush"), "{error:?}");
        assert!(!response.body().contains('\u{1b}'), "{error:?}");
    }
}

#[test]
fn a_result_is_text_or_json() {
    let response = ToolResponse::text("Noted. Next, ask for the address.").into_http();
    assert_eq!(response.status(), 200);
    assert_eq!(names(response.headers()), ["content-type"]);
    assert_eq!(
        response.headers()["content-type"],
        "text/plain; charset=utf-8"
    );
    assert_eq!(response.body(), "Noted. Next, ask for the address.");

    let response = ToolResponse::json(&json!({"price": 4.5})).unwrap();
    let response: Response<String> = response.status(StatusCode::CREATED).into();
    assert_eq!(response.status(), 201);
    assert_eq!(names(response.headers()), ["content-type"]);
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.body(), r#"{"price":4.5}"#);
    // A value that JSON cannot represent.
    ToolResponse::json(&BTreeMap::from([([1], 2)])).unwrap_err();
}

#[test]
fn a_reaction_is_a_header() {
    for (reaction, text) in [
        (AgentReaction::Speaks, "speaks"),
        (AgentReaction::Listens, "listens"),
        (AgentReaction::SpeaksOnce, "speaks-once"),
    ] {
        let response = ToolResponse::text("").agent_reaction(reaction).into_http();
        assert_eq!(response.headers()["X-Ultravox-Agent-Reaction"], text);
    }
}

#[test]
fn the_state_of_a_call_is_a_json_object_in_a_header() {
    let state = json!({"customer": "Zoë 🌷", "step": 2, "text": "a\n\"b\"\\\u{7f}"});
    let response = ToolResponse::text("")
        .update_call_state(&state)
        .unwrap()
        .into_http();
    let header = response.headers()["X-Ultravox-Update-Call-State"]
        .to_str()
        .unwrap();
    assert_eq!(serde_json::from_str::<Value>(header).unwrap(), state);
    for other in [json!([1]), json!("{}"), json!(null), json!(1)] {
        let error = ToolResponse::text("")
            .update_call_state(&other)
            .unwrap_err();
        assert!(error.to_string().contains("JSON object"), "{error}");
    }
}

#[test]
fn hanging_up_is_a_response_type() {
    let response = ToolResponse::hang_up().into_http();
    assert_eq!(names(response.headers()), ["x-ultravox-response-type"]);
    assert_eq!(response.headers()["X-Ultravox-Response-Type"], "hang-up");
    assert_eq!(
        (response.status(), response.body().as_str()),
        (StatusCode::OK, "")
    );
}

#[test]
fn a_new_stage_sends_what_is_set_and_nothing_else() {
    let response = ToolResponse::new_stage(NewStage::new())
        .unwrap()
        .into_http();
    assert_eq!(response.headers()["X-Ultravox-Response-Type"], "new-stage");
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.body(), "{}");

    let stage = NewStage::new()
        .system_prompt("You are the manager.")
        .temperature(0.5)
        .voice("Jessica")
        .language_hint("en-GB")
        .initial_messages([Message::new().role(MessageRole::User).text("Hello?")])
        .selected_tools([SelectedTool::named("hangUp")])
        .property("later", json!([1]));
    let response = ToolResponse::new_stage(stage).unwrap();
    let response = response.agent_reaction(AgentReaction::Listens).into_http();
    assert_eq!(response.headers()["X-Ultravox-Agent-Reaction"], "listens");
    assert_eq!(
        serde_json::from_str::<Value>(response.body()).unwrap(),
        json!({
            "systemPrompt": "You are the manager.",
            "temperature": 0.5,
            "voice": "Jessica",
            "languageHint": "en-GB",
            "initialMessages": [{"role": "MESSAGE_ROLE_USER", "text": "Hello?"}],
            "selectedTools": [{"toolName": "hangUp"}],
            "later": [1],
        })
    );
    // The first value that cannot be written fails the response, even if valid ones follow.
    let stage = NewStage::new()
        .selected_tools([BTreeMap::from([([1], 2)])])
        .voice("Mark");
    ToolResponse::new_stage(stage).unwrap_err();
}

#[test]
fn a_message_to_another_thread_is_in_the_body_with_the_result_of_the_calling_one() {
    let message = json!({"type": "user_text_message", "text": "Done.", "threadId": "_PARENT"});
    let response = ToolResponse::send_to_thread("Told.", &message).unwrap();
    let response = response.agent_reaction(AgentReaction::Listens).into_http();
    assert_eq!(response.status(), 200);
    assert_eq!(
        names(response.headers()),
        [
            "content-type",
            "x-ultravox-agent-reaction",
            "x-ultravox-response-type"
        ]
    );
    assert_eq!(
        response.headers()["X-Ultravox-Response-Type"],
        "send-to-thread"
    );
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(
        serde_json::from_str::<Value>(response.body()).unwrap(),
        json!({"callingThreadResultText": "Told.", "dataMessage": message})
    );
}

#[test]
fn what_is_no_data_message_is_not_sent_to_a_thread() {
    for other in [
        json!("Done."),
        json!({"text": "Done."}),
        json!({"type": 1}),
        json!([{"type": "user_text_message"}]),
        json!(null),
    ] {
        let error = ToolResponse::send_to_thread("Told.", &other).unwrap_err();
        assert!(error.to_string().contains("with its `type`"), "{error}");
    }
    ToolResponse::send_to_thread("Told.", &BTreeMap::from([([1], 2)])).unwrap_err();
}

/// The properties of both messages are the same, except for the type.
fn messages(response: ToolResponse) -> Value {
    let client = ClientMessage::from(response.clone().into_client_tool_result("i-7"));
    let connection = ClientMessage::from(response.into_data_connection_tool_result("i-7"));
    let mut values = [client, connection].map(|message| serde_json::to_value(message).unwrap());
    let mut types = values
        .iter_mut()
        .map(|value| value.as_object_mut().unwrap().remove("type").unwrap());
    assert_eq!(types.next().unwrap(), "client_tool_result");
    assert_eq!(types.next().unwrap(), "data_connection_tool_result");
    drop(types);
    let [client, connection] = values;
    assert_eq!(client, connection);
    assert_eq!(client["invocationId"], "i-7");
    client
}

#[test]
fn the_answers_of_http_tools_are_those_of_tools_that_are_called_by_messages() {
    let stage = NewStage::new().system_prompt("You are the manager.");
    let state = json!({"customer": "Zoë 🌷"});
    let thread = json!({"type": "user_text_message", "text": "Done."});
    for (response, expected) in [
        (ToolResponse::text("Noted."), json!({"result": "Noted."})),
        (ToolResponse::text(""), json!({"result": ""})),
        (
            ToolResponse::json(&json!({"price": 4.5})).unwrap(),
            json!({"result": r#"{"price":4.5}"#}),
        ),
        (
            ToolResponse::text("Noted.")
                .agent_reaction(AgentReaction::SpeaksOnce)
                .update_call_state(&state)
                .unwrap(),
            json!({"result": "Noted.", "agentReaction": "speaks-once", "updateCallState": state}),
        ),
        (ToolResponse::hang_up(), json!({"responseType": "hang-up"})),
        (
            ToolResponse::new_stage(stage).unwrap(),
            json!({"responseType": "new-stage", "result": r#"{"systemPrompt":"You are the manager."}"#}),
        ),
        (
            ToolResponse::send_to_thread("Told.", &thread).unwrap(),
            json!({
                "responseType": "send-to-thread",
                "result": json!({"callingThreadResultText": "Told.", "dataMessage": thread}).to_string(),
            }),
        ),
        (
            ToolResponse::from(parameters::<Order>("{}").unwrap_err()),
            json!({
                "errorType": "implementation-error",
                "errorMessage": "the parameters are not what this tool takes: missing field `orderId` at line 1 \
                                 column 2",
            }),
        ),
        (
            ToolResponse::text("The shop is closed.").status(StatusCode::SERVICE_UNAVAILABLE),
            json!({"errorType": "implementation-error", "errorMessage": "The shop is closed."}),
        ),
    ] {
        let mut message = messages(response);
        message.as_object_mut().unwrap().remove("invocationId");
        assert_eq!(message, expected);
    }
}

#[test]
fn messages_and_stages_of_the_documented_types_are_taken() {
    let message = ThreadMessage::from(UserTextMessage::new("Done.").thread_id("_PARENT"));
    let response = ToolResponse::send_to_thread("Told.", &message)
        .unwrap()
        .into_http();
    let body: SendToThread = serde_json::from_str(response.body()).unwrap();
    assert_eq!(body, SendToThread::new("Told.", message));
    // The message alone does not say which one it is.
    ToolResponse::send_to_thread("Told.", &UserTextMessage::new("Done.")).unwrap_err();

    let stage = ultravox::messages::NewStage::new()
        .system_prompt("You are the manager.")
        .selected_tools([SelectedTool::named("hangUp")]);
    let response = ToolResponse::new_stage(&stage).unwrap().into_http();
    assert_eq!(
        serde_json::from_str::<ultravox::messages::NewStage>(response.body()).unwrap(),
        stage
    );
    for other in [json!("You are the manager."), json!(null), json!([])] {
        ToolResponse::new_stage(other).unwrap_err();
    }
}

proptest! {
    #[test]
    fn any_state_goes_through_a_header(key in any::<String>(), value in any::<String>()) {
        let state = BTreeMap::from([(key, value)]);
        let response = ToolResponse::text("").update_call_state(&state).unwrap().into_http();
        let header = response.headers()["x-ultravox-update-call-state"].to_str().unwrap();
        prop_assert_eq!(serde_json::from_str::<BTreeMap<String, String>>(header).unwrap(), state);
    }

    #[test]
    fn any_body_is_parameters_or_an_error(body in proptest::collection::vec(any::<u8>(), 0..100)) {
        let _ = parameters::<Order>(&body);
    }
}
