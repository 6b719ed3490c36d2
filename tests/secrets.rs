//! Secrets that users send or receive are in no `Debug` output, error of a limit included.

#![cfg(all(
    ultravox_operation = "accounts_me_tts_api_keys_partial_update",
    ultravox_operation = "calls_retrieve",
    ultravox_operation = "corpora_uploads_create",
    ultravox_operation = "sip_registrations_create",
    ultravox_operation = "telephony_configs_twilio_create",
    ultravox_operation = "webhooks_create"
))]

use ultravox::types::{
    Call, CorpusUploadsResponse, PatchedSetTtsApiKeysRequest, SipRegistrationRequest,
    TwilioConfigRequest, WebhookRequest,
};
use ultravox::{Error, Secret};

const SECRET: &str = "s3cr3t-of-the-test";

#[track_caller]
fn assert_hidden(value: &dyn std::fmt::Debug) {
    let text = format!("{value:?} {value:#?}");
    assert!(!text.contains(SECRET), "{text}");
    assert!(text.contains("redacted"), "{text}");
}

#[test]
fn no_value_of_a_request_shows_a_secret_and_what_is_sent_is_the_secret() {
    let twilio = TwilioConfigRequest::new("AC1", SECRET);
    assert_hidden(&twilio);
    assert!(format!("{twilio:?}").contains("AC1"));
    assert_eq!(serde_json::to_value(&twilio).unwrap()["authToken"], SECRET);

    let keys = PatchedSetTtsApiKeysRequest::new().cartesia(SECRET);
    assert_hidden(&keys);
    assert_eq!(serde_json::to_value(&keys).unwrap()["cartesia"], SECRET);

    assert_hidden(&WebhookRequest::new("https://a.example", ["call.ended"]).secrets([SECRET]));
    assert_hidden(&SipRegistrationRequest::new(SECRET, "sip.example", "ada"));
}

#[test]
fn a_call_shows_nothing_of_what_it_sends() {
    let client = ultravox::Client::new("test.key").unwrap();
    let create = client
        .webhooks()
        .create("https://a.example", ["call.ended"]);
    let create = create.secrets([SECRET]).header("x-own", SECRET);
    let text = format!("{create:?} {create:#?}");
    assert!(!text.contains(SECRET), "{text}");
    let body = SipRegistrationRequest::new(SECRET, "sip.example", "ada");
    let text = format!("{:?}", client.sip().registrations().create(body));
    assert!(!text.contains(SECRET), "{text}");
}

#[test]
fn a_secret_is_read_by_those_who_ask_for_it() {
    let secret = Secret::from(SECRET);
    assert_hidden(&secret);
    assert_hidden(&Some(vec![&secret]));
    assert_eq!(secret.expose(), SECRET);
    assert_eq!(secret.len(), SECRET.len());
    assert_eq!(secret.into_inner(), SECRET);
}

#[test]
fn a_url_that_is_a_permission_is_not_shown() {
    let address = format!("https://storage.example/a?sig={SECRET}");
    let ticket = serde_json::json!({"documentId": "doc-1", "presignedUrl": address});
    let ticket: CorpusUploadsResponse = serde_json::from_value(ticket).unwrap();
    assert_hidden(&ticket);
    assert!(format!("{ticket:?}").contains("doc-1"));
    let mut call: Call = ultravox::mock::sample();
    call.join_url = Some(format!("wss://voice.example/{SECRET}").into());
    assert_hidden(&call);
}

#[tokio::test]
async fn the_error_of_a_limit_does_not_show_a_secret() {
    let client = ultravox::Client::new("test.key").unwrap();
    let create = client
        .webhooks()
        .create("https://a.example", ["call.ended"]);
    let error = create.secrets([SECRET.repeat(20)]).await.unwrap_err();
    assert!(matches!(error, Error::Limit(_)), "{error}");
    let text = format!("{error} {error:?}");
    assert!(
        text.contains("secrets[0]") && !text.contains(SECRET),
        "{text}"
    );
}
