//! Bodies: fields that are set, fields that are cleared, and values that are read, changed and sent
//! back.

use httpmock::MockServer;
use serde_json::{Value, json};
use ultravox::mock::{MockServerExt, sample};
use ultravox::types::{
    Agent, AgentRequest, CallTemplate, PatchedAgent, PatchedWebhook, SipRegistration, Webhook,
    WebhookRequest,
};
use ultravox::{Error, Patch};

use crate::support::*;

/// A server that accepts only this body.
async fn taking(method: &'static str, body: Value, answer: &impl serde::Serialize) -> MockServer {
    let server = MockServer::start_async().await;
    let answer = serde_json::to_value(answer).unwrap();
    server.mock(|when, then| {
        let when = when
            .method(method)
            .header("content-type", "application/json");
        when.json_body(body);
        then.status(200).json_body(answer);
    });
    server
}

#[tokio::test]
async fn a_patch_sets_clears_or_leaves_alone() {
    let registration: SipRegistration = sample();
    for (proxy, body) in [
        (None, json!({"username": "alice"})),
        (
            Some(Patch::Clear),
            json!({"username": "alice", "outboundProxy": null}),
        ),
        (
            Some(Patch::from("p".to_owned())),
            json!({"username": "alice", "outboundProxy": "p"}),
        ),
    ] {
        let server = taking("PATCH", body, &registration).await;
        let client = client(server.base_url());
        let update = client
            .sip()
            .registrations()
            .update("reg-1")
            .username("alice");
        let update = match proxy {
            None => update,
            Some(Patch::Clear) => update.outbound_proxy("before").clear_outbound_proxy(),
            Some(Patch::Set(proxy)) => update.clear_outbound_proxy().outbound_proxy(proxy),
        };
        assert_eq!(update.await.unwrap(), registration);
    }
}

#[tokio::test]
async fn a_patch_of_which_nothing_is_set_is_an_empty_object() {
    let server = taking("PATCH", json!({}), &sample::<Webhook>()).await;
    let client = client(server.base_url());
    client.webhooks().update(uuid::Uuid::nil()).await.unwrap();
}

#[tokio::test]
async fn required_values_are_arguments_and_the_rest_is_set_on_the_call() {
    let url = "https://shop.example/hook";
    let body = json!({"url": url, "events": ["call.ended", "call.tomorrow"], "secrets": ["s"]});
    let server = MockServer::start_async().await;
    let created = server.webhooks_create(|when, then| {
        when.into_inner().json_body(body);
        then.created(&sample());
    });
    let client = client(server.base_url());
    let create = client
        .webhooks()
        .create(url, ["call.ended", "call.tomorrow"]);
    create.secrets(["s"]).await.unwrap();
    created.assert();
}

#[tokio::test]
async fn what_was_read_is_changed_and_sent_back_whole() {
    let webhook: Webhook = sample();
    let mut sent: WebhookRequest = webhook.clone().into();
    sent.url = "https://shop.example/new".to_owned();
    let server = MockServer::start_async().await;
    server.webhooks_retrieve(|when, then| {
        when.webhook_id(&webhook.webhook_id);
        then.ok(&webhook);
    });
    let replaced = server.webhooks_update(|when, then| {
        when.webhook_id(&webhook.webhook_id).body(&sent);
        then.ok(&webhook);
    });
    let client = client(server.base_url());
    let webhooks = client.webhooks();
    let mut read = webhooks.get(webhook.webhook_id).await.unwrap();
    read.url = "https://shop.example/new".to_owned();
    let id = read.webhook_id;
    let replace = webhooks.replace(id, "before", ["call.started"]);
    replace.body(read).await.unwrap();
    replaced.assert();
    let body = serde_json::to_value(&sent).unwrap();
    for kept in ["agentId", "events", "secrets"] {
        let read = serde_json::to_value(&webhook).unwrap();
        assert_eq!(body[kept], read[kept], "{kept}");
    }
    for server_side in ["webhookId", "created", "status"] {
        assert_eq!(body.get(server_side), None, "{server_side}");
    }
}

#[tokio::test]
async fn an_update_made_from_what_was_read_sets_all_and_can_be_changed_further() {
    let mut agent: Agent = sample();
    agent.call_template = None;
    let update: PatchedAgent = agent.clone().into();
    assert_eq!(update.call_template, Some(Patch::Clear));
    let body = json!({"name": "night desk", "callTemplate": null});
    let server = taking("PATCH", body, &agent).await;
    let client = client(server.base_url());
    let update = client.agents().update(agent.agent_id).name("before");
    let update = update.body(agent.clone()).name("night desk");
    update.await.unwrap();

    let mut webhook: Webhook = sample();
    webhook.agent_id = None;
    let update: PatchedWebhook = webhook.into();
    assert_eq!(update.agent_id, Some(Patch::Clear));
}

#[tokio::test]
async fn a_body_is_given_whole_in_place_of_what_was_set() {
    let body = json!({"name": "b"});
    let server = MockServer::start_async().await;
    let created = server.agents_create(|when, then| {
        when.into_inner().json_body(body);
        then.created(&sample());
    });
    let client = client(server.base_url());
    let template = CallTemplate::new().system_prompt("a");
    let create = client.agents().create().call_template(template);
    let create = create.body(AgentRequest::new().name("b"));
    create.await.unwrap();
    created.assert();
}

#[tokio::test]
async fn free_form_json_must_be_an_object_and_is_checked_before_it_is_sent() {
    let server = MockServer::start_async().await;
    let sent = server.agents_calls_create(|when, then| {
        when.into_inner()
            .json_body(json!({"templateContext": {"name": "Ada", "orders": [1, null]}}));
        then.created(&sample());
    });
    let client = client(server.base_url());
    let id = uuid::Uuid::nil();
    let call = || client.agents().calls().create(id);
    for (value, kind) in [
        (json!([1]), "a list"),
        (json!("Ada"), "a string"),
        (json!(null), "null"),
        (json!(1), "a number"),
        (json!(true), "a boolean"),
    ] {
        let error = call().template_context(value).await.unwrap_err();
        let Error::Limit(error) = error else {
            panic!("{error:?}");
        };
        assert_eq!(error.field, "templateContext");
        assert_eq!((&*error.limit, &*error.value), ("an object", kind));
    }
    sent.assert_calls(0);
    let context = json!({"name": "Ada", "orders": [1, null]});
    call().template_context(context).await.unwrap();
    sent.assert();
}
