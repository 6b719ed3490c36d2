//! Secrets that users send or receive are in no `Debug` output, error of a limit included.

#![cfg(all(
    ultravox_operation = "accounts_me_tts_api_keys_partial_update",
    ultravox_operation = "calls_retrieve",
    ultravox_operation = "corpora_uploads_create",
    ultravox_operation = "sip_registrations_create",
    ultravox_operation = "telephony_configs_twilio_create",
    ultravox_operation = "webhooks_create"
))]

use ultravox::Error;
use ultravox::types::{
    Call, CorpusUploadsResponse, PatchedSetTtsApiKeysRequest, SipRegistrationRequest,
    TwilioConfigRequest, WebhookRequest,
};

const SECRET: &str = "s3cr3t-of-the-test";

#[track_caller]
fn assert_hidden(value: &dyn std::fmt::Debug) {
    let text = format!("{value:?} {value:#?}");
    assert!(!text.contains(SECRET), "{text}");
    assert!(text.contains("redacted"), "{text}");
}

#[test]
fn neither_a_value_nor_its_builder_nor_its_request_shows_a_secret() {
    let twilio = TwilioConfigRequest::builder()
        .account_sid("AC1")
        .auth_token(SECRET);
    assert_hidden(&twilio);
    let twilio = twilio.build().unwrap();
    assert_hidden(&twilio);
    assert!(format!("{twilio:?}").contains("AC1"));
    // What is sent is the secret.
    assert_eq!(serde_json::to_value(&twilio).unwrap()["authToken"], SECRET);

    let keys = PatchedSetTtsApiKeysRequest::builder().cartesia(SECRET);
    assert_hidden(&keys);
    assert_hidden(&keys.build().unwrap());

    let client = ultravox::Client::new("test.key").unwrap();
    assert_hidden(
        &client
            .webhooks_create()
            .body_map(|body| body.secrets(vec![SECRET.to_owned()])),
    );
    assert_hidden(&SipRegistrationRequest::builder().password(SECRET));
}

#[test]
fn a_url_that_is_a_permission_is_not_shown() {
    let address = format!("https://storage.example/a?sig={SECRET}");
    let ticket = serde_json::json!({"documentId": "doc-1", "presignedUrl": address});
    let ticket: CorpusUploadsResponse = serde_json::from_value(ticket).unwrap();
    assert_hidden(&ticket);
    assert!(format!("{ticket:?}").contains("doc-1"));
    let mut call: Call = ultravox::mock::sample();
    call.join_url = Some(format!("wss://voice.example/{SECRET}"));
    assert_hidden(&call);
}

#[tokio::test]
async fn the_error_of_a_limit_does_not_show_a_secret() {
    let webhook = WebhookRequest::builder()
        .url("https://harbour.example/calls")
        .events(Vec::new())
        .secrets(vec![SECRET.repeat(20)])
        .build()
        .unwrap();
    let client = ultravox::Client::new("test.key").unwrap();
    let error = client
        .webhooks_create()
        .body(webhook)
        .send()
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Limit(_)), "{error}");
    let text = format!("{error} {error:?}");
    assert!(
        text.contains("secrets[0]") && !text.contains(SECRET),
        "{text}"
    );
}

#[test]
fn what_is_required_and_missing_is_named() {
    let error = TwilioConfigRequest::builder()
        .account_sid("AC1")
        .build()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "`auth_token` is required, and was not set"
    );
}
