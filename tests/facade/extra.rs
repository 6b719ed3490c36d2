//! Properties that the crate does not describe.

use httpmock::MockServer;
use serde_json::{Value, json};
use ultravox::Upload;
use ultravox::mock::{MockServerExt, sample};
use ultravox::types::{Agent, BaseToolDefinition, CallTemplate, Tool, Voice};

use crate::support::*;

/// A call with properties that the crate does not describe, and what it sends.
fn call(client: &ultravox::Client) -> (ultravox::operations::AgentsCreate, Value) {
    let template = CallTemplate::new().voice("Mark");
    let call = client.agents().create().call_template(template);
    let call = call
        .extra("brandNewSetting", json!(true))
        .extra("callTemplate", json!({"new": {"a": 1}}))
        .extra("callTemplate", json!({"new": {"b": null}, "voice": "Ada"}))
        .extra("list", vec![1, 2])
        .name("front desk")
        .extra("brandNewSetting", "replaced");
    let body = json!({
        "name": "front desk",
        "brandNewSetting": "replaced",
        "callTemplate": {"voice": "Ada", "new": {"a": 1, "b": null}},
        "list": [1, 2],
    });
    (call, body)
}

#[tokio::test]
async fn a_property_that_is_not_described_is_sent_beside_those_that_are() {
    let agent: Agent = sample();
    let server = MockServer::start_async().await;
    let client = client(server.base_url());
    let (call, body) = call(&client);
    let mock = server.agents_create(|when, then| {
        when.into_inner().json_body(body);
        then.created(&agent);
    });
    assert_eq!(call.await.unwrap(), agent);
    mock.assert();
}

#[tokio::test]
async fn it_is_there_when_the_request_is_sent_again() {
    let answer = serde_json::to_string(&sample::<Agent>()).unwrap();
    let busy = http("429 Wait", &["retry-after: 0"], "");
    let server = Server::start([busy, http("201 Created", &[], &answer)]).await;
    let (call, body) = call(&client(&server.url));
    call.await.unwrap();
    let length = format!("content-length: {}\r\n", body.to_string().len());
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert!(
        requests.iter().all(|head| head.contains(&length)),
        "{requests:?}"
    );
}

#[tokio::test]
async fn the_same_is_true_if_the_body_can_be_json_or_a_form() {
    let server = MockServer::start_async().await;
    let json = server.tools_create(|when, then| {
        let definition = json!({"modelToolName": "a", "client": {}, "cost": 3});
        when.into_inner()
            .header("content-type", "application/json")
            .json_body(json!({"name": "a", "definition": definition}));
        then.created(&sample::<Tool>());
    });
    let form = server.voices_create(|when, then| {
        when.into_inner()
            .body_includes("name=\"style\"\r\n\r\nwarm\r\n")
            .body_includes("name=\"tags\"\r\n\r\n1\r\n")
            .body_includes("name=\"tags\"\r\n\r\n2\r\n")
            .body_includes("name=\"more\"\r\nContent-Type: application/json\r\n\r\n{\"a\":1}\r\n");
        then.created(&sample::<Voice>());
    });
    let client = client(server.base_url());
    let definition = BaseToolDefinition::for_client("a");
    let tool = client.tools().create("a", definition);
    tool.extra("definition", json!({"cost": 3})).await.unwrap();
    json.assert();
    let voice = client
        .voices()
        .upload(Upload::bytes("a.wav", "RIFF"), "Ada");
    let voice = voice.extra("style", "warm").extra("tags", vec![1, 2]);
    voice.extra("more", json!({"a": 1})).await.unwrap();
    form.assert();
}
