use ultravox::Error;
use ultravox::types::{CallTemplate, SelectedTool};

use crate::support::*;

#[tokio::test]
async fn a_value_out_of_its_limits_is_named_and_nothing_is_sent() {
    let server = Server::start([http("200 OK", &[], "{}")]).await;
    let client = client(&server.url);
    let long = "ä".repeat(61);
    let error = client
        .sip()
        .registrations()
        .update("reg-1")
        .username(long)
        .await
        .unwrap_err();
    let shown = error.to_string();
    for part in [
        "sip_registrations_partial_update: username must be at most 60 characters, and is \"ä",
        "…\" (61 characters)",
        "the request was not sent",
    ] {
        assert!(shown.contains(part), "{shown}");
    }
    let Error::Limit(error) = error else {
        panic!("{error:?}");
    };
    assert_eq!(error.field, "username");
    assert_eq!(server.hits(), 0);
}

#[tokio::test]
async fn a_parameter_is_held_to_its_limits_and_an_answer_is_not() {
    let page = r#"{"results": [{"registrationId": "r", "created": "2026-01-02T03:04:05Z", "password": "",
        "username": "LONG", "proxy": "p", "successful": null}]}"#;
    let long = "a".repeat(99);
    let page = page.replace("LONG", &long);
    let server = Server::start([http("200 OK", &[], &page)]).await;
    let client = client(&server.url);
    let list = client.sip().registrations().list().await.unwrap();
    assert_eq!(list.results[0].username, long);
    let error = client.agents().list().search("").await.unwrap_err();
    assert!(
        matches!(&error, Error::Limit(error) if error.field == "search"),
        "{error}"
    );
    assert_eq!(server.hits(), 1);
}

#[tokio::test]
async fn a_name_that_no_model_takes_is_refused_before_it_is_sent() {
    let server = Server::start([]).await;
    let client = client(&server.url);
    let tool = SelectedTool::named("hangUp").name_override("a".repeat(65));
    let template = CallTemplate::new().selected_tools([tool]);
    let call = client.agents().create().name("a").call_template(template);
    let error = call.await.unwrap_err();
    let Error::Limit(error) = error else {
        panic!("{error:?}");
    };
    assert_eq!(error.field, "callTemplate.selectedTools[0].nameOverride");
    assert_eq!(server.hits(), 0);
}
