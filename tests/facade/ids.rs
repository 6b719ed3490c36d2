//! Values in the path of a request.

use std::collections::HashMap;
use std::time::Duration;

use httpmock::MockServer;
use ultravox::mock::{MockServerExt, sample};
use ultravox::types::{Agent, Call};
use ultravox::{Error, IntoId};
use uuid::Uuid;

use crate::support::*;

const ID: Uuid = Uuid::from_u128(0x6f0c_2a1e);

#[tokio::test]
async fn an_id_is_a_uuid_or_whatever_is_read_as_one() {
    let server = Server::start([http("404 Gone", &[], "")]).await;
    let client = client(&server.url);
    async fn get(client: &ultravox::Client, id: impl IntoId) {
        let error = client.agents().get(id).await.unwrap_err();
        assert!(error.is_not_found(), "{error}");
    }
    get(&client, ID).await;
    get(&client, &ID).await;
    get(&client, "00000000-0000-0000-0000-00006f0c2a1e").await;
    get(&client, ID.to_string()).await;
    get(&client, &ID.to_string().to_uppercase()).await;
    let path = "GET /api/agents/00000000-0000-0000-0000-00006f0c2a1e";
    assert_eq!(targets(&server), [path; 5]);
}

#[tokio::test]
async fn text_that_is_no_id_is_an_error_when_the_call_is_sent_and_nothing_is_sent() {
    let server = Server::start([http("200 OK", &[], "{}")]).await;
    let client = client(&server.url);
    let long = "x".repeat(9000);
    for text in [
        "",
        "agent_1",
        "..",
        "00000000-0000-0000-0000",
        "\u{1b}[31m",
        &long,
    ] {
        let error = client.agents().get(text).await.unwrap_err();
        assert!(matches!(error, Error::InvalidRequest(_)), "{error:?}");
        let message = error.to_string();
        let start =
            "agents_retrieve: the request is not valid and was not sent: `agent_id` is not a UUID";
        assert!(message.starts_with(start), "{message}");
        assert!(!message.chars().any(char::is_control), "{message:?}");
        assert!(message.chars().count() < 500, "{message}");
    }
    // The first of two is reported, also of a location and of a list.
    let stage = client.calls().stages().get("one", "two");
    let message = stage.await.unwrap_err().to_string();
    assert!(
        message.contains("`call_id`") && message.contains("\"one\""),
        "{message}"
    );
    let location = client.calls().recording("one").location().await;
    assert!(matches!(location, Err(Error::InvalidRequest(_))));
    let mut calls = client.agents().calls().list("one").stream();
    assert!(matches!(
        calls.try_next().await,
        Err(Error::InvalidRequest(_))
    ));
    assert_eq!(server.hits(), 0);
}

#[tokio::test]
async fn an_id_of_an_answer_is_taken_by_the_operation_that_asks_for_it() {
    let server = MockServer::start_async().await;
    let (agent, call): (Agent, Call) = (sample(), sample());
    server.agents_create(|_when, then| {
        then.created(&agent);
    });
    let started = server.agents_calls_create(|when, then| {
        when.agent_id(&agent.agent_id);
        then.created(&call);
    });
    server.calls_retrieve(|when, then| {
        when.call_id(&call.call_id);
        then.ok(&call);
    });
    let client = client(server.base_url());
    let made = client.agents().create().name("front desk").await.unwrap();
    let started_call = client.agents().calls().create(made.agent_id).await.unwrap();
    let read = client.calls().get(started_call.call_id).await.unwrap();
    assert_eq!(read, call);
    started.assert();
}

#[tokio::test]
async fn a_name_stays_one_part_of_the_path() {
    let server = Server::start([http("404 Gone", &[], "")]).await;
    let client = client(&server.url);
    let registrations = client.sip().registrations();
    let prefix = "GET /api/sip/registrations/";
    let mut expected = Vec::new();
    for (name, sent) in [
        ("a/b", "a%2Fb"),
        ("a?b#c", "a%3Fb%23c"),
        ("...", "..."),
        (".a", ".a"),
        ("%2e%2e", "%252e%252e"),
        ("../..", "..%2F.."),
        ("a b", "a%20b"),
        ("ä", "%C3%A4"),
    ] {
        assert!(registrations.get(name).await.unwrap_err().is_not_found());
        expected.push(format!("{prefix}{sent}"));
    }
    assert_eq!(targets(&server), expected);
}

#[tokio::test]
async fn a_name_that_would_change_the_path_is_refused_and_nothing_is_sent() {
    let server = Server::start([http("204 Done", &[], "")]).await;
    let client = client(&server.url);
    for name in ["", ".", ".."] {
        // Of `DELETE …/registrations/..`, the URL would be that of the collection above.
        let error = client.sip().registrations().delete(name).await.unwrap_err();
        assert!(matches!(error, Error::InvalidRequest(_)), "{error:?}");
        let message = error.to_string();
        assert!(message.contains("`registration_id` cannot be"), "{message}");
    }
    assert_eq!(server.hits(), 0);
}

#[tokio::test]
async fn lists_and_maps_in_a_query_are_sent_as_documented() {
    let server = MockServer::start_async().await;
    let mock = server.calls_list(|when, then| {
        // The API filters by `metadata.key=value`, as the overlay says.
        when.into_inner()
            .query_param("agentIds", ID.to_string())
            .query_param("agentIds", Uuid::nil().to_string())
            .query_param("metadata.source", "web")
            .query_param_missing("metadata")
            .query_param_missing("cursor");
        then.into_inner().status(404);
    });
    let client = client(server.base_url());
    let list = client.calls().list().agent_ids([ID, Uuid::nil()]);
    let pairs = list.metadata([("source", "web")]);
    assert!(pairs.await.unwrap_err().is_not_found());
    let map = HashMap::from([("source".to_owned(), "web".to_owned())]);
    let list = client.calls().list().agent_ids(vec![ID, Uuid::nil()]);
    assert!(list.metadata(map).await.unwrap_err().is_not_found());
    mock.assert_calls(2);
}

#[tokio::test]
async fn what_only_the_overlay_says_is_sent_and_read_as_it_says() {
    let server = MockServer::start_async().await;
    let mut call = serde_json::to_value(sample::<Call>()).unwrap();
    call["maxDuration"] = "900.5s".into();
    let listed = server.calls_list(|when, then| {
        when.into_inner().query_param("durationMin", "300s");
        let page = serde_json::json!({"results": [call]});
        then.into_inner().status(200).json_body(page);
    });

    let client = client(server.base_url());
    let list = client.calls().list().duration_min(Duration::from_secs(300));
    let page = list.await.unwrap();
    let most = page.results[0].max_duration;
    assert_eq!(most, Some(Duration::from_millis(900_500).into()));
    listed.assert();
}
