//! SIP registrations and the change of the configuration, against the server that a user would see.

use httpmock::MockServer;
use serde_json::json;
use ultravox::types::SipRegistrationRequest;

use crate::support::*;

fn registration() -> serde_json::Value {
    json!({
        "registrationId": "reg-1",
        "created": "2026-01-02T03:04:05Z",
        "username": "alice",
        // The API does not send it; clients of an older document expect it.
        "password": "",
        "proxy": "sip.example.com",
        "successful": true,
    })
}

#[tokio::test]
async fn a_registration_is_created_read_changed_listed_and_ended() {
    let server = MockServer::start_async().await;
    let path = "/api/sip/registrations";
    let one = "/api/sip/registrations/reg-1";
    let created = server.mock(|when, then| {
        when.method("POST").path(path).json_body_includes(
            r#"{"username": "alice", "password": "p", "proxy": "sip.example.com"}"#,
        );
        then.status(201).json_body(registration());
    });
    let read = server.mock(|when, then| {
        when.method("GET").path(one);
        then.status(200).json_body(registration());
    });
    let changed = server.mock(|when, then| {
        when.method("PATCH")
            .path(one)
            .json_body(json!({"proxy": "sip.example.org"}));
        then.status(200).json_body(registration());
    });
    let listed = server.mock(|when, then| {
        when.method("GET").path(path);
        then.status(200)
            .json_body(json!({"results": [registration()], "next": null}));
    });
    let ended = server.mock(|when, then| {
        when.method("DELETE").path(one);
        then.status(204);
    });
    let client = client(server.base_url());
    let registrations = client.sip().registrations();
    let got = registrations.get("reg-1").await.unwrap();
    assert_eq!(got.username, "alice");
    let change = registrations.update("reg-1").proxy("sip.example.org");
    change.await.unwrap();
    let mut list = registrations.list().stream();
    let first = list.try_next().await.unwrap().unwrap();
    assert_eq!(first.registration_id, "reg-1");
    assert!(list.try_next().await.unwrap().is_none());
    registrations.delete("reg-1").await.unwrap();
    let registration = SipRegistrationRequest::new("p", "sip.example.com", "alice");
    registrations.create(registration).await.unwrap();
    for mock in [created, read, changed, listed, ended] {
        mock.assert();
    }
}

#[tokio::test]
async fn only_what_is_set_of_the_configuration_is_sent() {
    let server = MockServer::start_async().await;
    let changed = server.mock(|when, then| {
        when.method("PATCH")
            .path("/api/sip")
            .json_body(json!({"allowedCidrRanges": ["198.51.100.0/24"]}));
        then.status(200)
            .json_body(json!({"domain": "acme.sip.example", "allowedAgents": []}));
    });
    let client = client(server.base_url());
    let range: ipnet::Ipv4Net = "198.51.100.0/24".parse().unwrap();
    let update = client.sip().update().allowed_cidr_ranges([range]);
    let config = update.await.unwrap();
    assert_eq!(config.domain, "acme.sip.example");
    changed.assert();
}
