//! Where an operation redirects to, without going there.

use httpmock::MockServer;
use ultravox::{Error, TransportErrorKind};
use uuid::Uuid;

use crate::support::*;

const ID: Uuid = Uuid::from_u128(1);

async fn location(url: &str) -> Result<Option<url::Url>, Error> {
    client(url).calls().recording(ID).location().await
}

#[tokio::test]
async fn a_recording_is_streamed_from_where_it_is_and_its_address_can_be_had_instead() {
    let server = MockServer::start_async().await;
    let storage = MockServer::start_async().await;
    let address = storage.url("/recording?signature=1");
    server.mock(|when, then| {
        when.path(format!("/api/calls/{ID}/recording"))
            .header("x-api-key", KEY);
        then.status(302).header("location", &address);
    });
    let stored = storage.mock(|when, then| {
        when.path("/recording").header_missing("x-api-key");
        then.status(200).body("RIFF");
    });
    let client = client(server.base_url());
    let recording = || client.calls().recording(ID);
    let found = tokio::spawn(recording().location());
    let found = found.await.unwrap().unwrap().unwrap();
    assert_eq!(found.as_str(), address);
    assert_eq!(stored.calls(), 0);
    let mut content = recording().await.unwrap();
    assert_eq!(content.try_next().await.unwrap().unwrap(), "RIFF");
    assert_eq!(stored.calls(), 1);
}

#[tokio::test]
async fn an_address_is_resolved_against_that_of_the_request() {
    let api = Server::start([redirect(302, "../c?sig=1")]).await;
    let found = location(&api.url).await.unwrap().unwrap();
    assert_eq!(found.as_str(), format!("{}/api/calls/c?sig=1", api.url));
    assert_eq!(api.hits(), 1);
}

#[tokio::test]
async fn content_instead_of_a_redirect_has_no_address() {
    let api = Server::start([http("200 OK", &[], "RIFF")]).await;
    assert_eq!(location(&api.url).await.unwrap(), None);
}

#[tokio::test]
async fn a_busy_server_is_asked_again_and_a_refusal_is_an_error() {
    let busy = http("503 Busy", &[], "");
    let api = Server::start([busy, redirect(302, "/c")]).await;
    location(&api.url).await.unwrap().unwrap();
    assert_eq!(api.hits(), 2);
    let api = Server::start([http("404 Gone", &[], "")]).await;
    assert!(location(&api.url).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn an_address_that_cannot_be_followed_is_an_error_that_shows_no_permission() {
    for (redirect, reason) in [
        (
            redirect(302, "file:///etc/passwd?sig=permission"),
            "neither https nor http",
        ),
        (http("302 Found", &[], ""), "no valid address"),
    ] {
        let api = Server::start([redirect]).await;
        let error = location(&api.url).await.unwrap_err();
        let text = shown(&error);
        let Error::Transport(error) = error else {
            panic!("{text}");
        };
        assert!(
            matches!(error.kind, TransportErrorKind::Redirect { .. }),
            "{text}"
        );
        assert!(
            text.contains(reason) && !text.contains("permission"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_success_that_the_document_does_not_know_has_no_address_either() {
    let api = Server::start([http("204 Nothing", &[], "")]).await;
    let error = location(&api.url).await;
    assert!(
        matches!(&error, Err(Error::Decode(error)) if error.status == 204),
        "{error:?}"
    );
}
