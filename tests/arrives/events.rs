//! What a verified webhook contains.

use serde::Deserialize;
use serde_json::{Value, json};
use ultravox::webhooks::{Event, EventError, EventKind, sign};

use crate::support::{SECRET, TIMESTAMP, headers, verifier};

/// The event of a correctly signed webhook with this body.
fn event(body: &str) -> Result<Event<'_>, EventError> {
    let signed = headers(TIMESTAMP, sign(SECRET, body, TIMESTAMP));
    verifier([SECRET]).verify(&signed, body).unwrap().event()
}

#[test]
fn the_four_events_are_decoded() {
    for (name, kind) in [
        ("call.started", EventKind::CallStarted),
        ("call.joined", EventKind::CallJoined),
        ("call.ended", EventKind::CallEnded),
        ("call.billed", EventKind::CallBilled),
    ] {
        let body = json!({"event": name, "call": {"callId": "an id", "a": [1.10]}}).to_string();
        let event = event(&body).unwrap();
        assert_eq!((event.kind(), event.call_id()), (&kind, Some("an id")));
        assert!(!matches!(event.kind(), EventKind::UnknownValue(_)));
        assert_eq!(
            event.call::<Value>().unwrap(),
            json!({"callId": "an id", "a": [1.10]})
        );
        assert_eq!(event.body(), body.as_bytes());
    }
}

#[cfg(ultravox_operation = "calls_retrieve")]
#[test]
fn the_call_is_the_type_of_the_api() {
    use ultravox::types::Call;

    let mut sample: Value = serde_json::to_value(ultravox::mock::sample::<Call>()).unwrap();
    sample["aNewField"] = json!({"of": "a future version"});
    let body = json!({"call": sample, "event": "call.ended", "more": 1}).to_string();
    let event = event(&body).unwrap();
    let call: Call = event.call().unwrap();
    assert_eq!(event.call_id(), Some(call.call_id.to_string().as_str()));
    assert_eq!(call, ultravox::mock::sample());
}

#[test]
fn the_call_is_a_type_of_the_users_own() {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Summary {
        short_summary: Option<String>,
    }
    let event = event(
        r#"{"event":"call.ended","call":{"callId":"x","shortSummary":"Ordered \u00e9clairs."}}"#,
    );
    let summary: Summary = event.unwrap().call().unwrap();
    assert_eq!(summary.short_summary.as_deref(), Some("Ordered éclairs."));
}

#[test]
fn an_event_that_is_not_known_is_kept() {
    for body in [
        r#"{"event":"call.transferred","call":{"callId":"x"},"to":"sales"}"#,
        r#"{"event":"account.low_on_funds","balance":1.10}"#,
        r#"{"event":"","call":null}"#,
    ] {
        let event = event(body).unwrap();
        assert!(
            matches!(event.kind(), EventKind::UnknownValue(_)),
            "{event:?}"
        );
        assert!(body.contains(event.kind().as_str()));
        assert_eq!(event.body(), body.as_bytes());
        assert_eq!(event.call_id().is_some(), body.contains("callId"));
    }
}

#[test]
fn a_body_that_does_not_decode_is_an_error_without_its_values() {
    for body in [
        "",
        "null",
        "[]",
        "{}",
        r#"{"event":1}"#,
        "\u{feff}{}",
        r#"{"event":"call.ended""#,
        r#""wss://join.example/hush""#,
        &"[".repeat(100_000),
    ] {
        let error = event(body).unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(text.contains("does not decode"), "{text}");
        assert!(!text.contains("hush"), "{text}");
    }
    // There is an event, but its call is not of the requested type.
    #[derive(Debug, Deserialize)]
    struct Counted {
        #[serde(rename = "joinUrl")]
        _join_url: u8,
    }
    let body = r#"{"event":"call.ended","call":{"joinUrl":"wss://join.example/hush"}}"#;
    let event = event(body).unwrap();
    let error = event.call::<Counted>().unwrap_err();
    assert!(error.to_string().contains("expected u8"), "{error}");
    for text in [format!("{error} {error:?}"), format!("{event:?}")] {
        assert!(!text.contains("hush"), "{text}");
    }
}
