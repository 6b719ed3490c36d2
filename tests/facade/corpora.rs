//! Documents for a corpus: the address from the API, the content to the storage.

use httpmock::MockServer;
use ultravox::{Error, TransportErrorKind, Upload};
use uuid::Uuid;

use crate::support::*;

const CORPUS: Uuid = Uuid::from_u128(7);
const PDF: &str = "application/pdf";

fn content() -> Upload {
    Upload::bytes("a", "content").media_type(PDF)
}

/// An API that hands out an address of `storage`.
async fn api(storage: &MockServer) -> MockServer {
    let api = MockServer::start_async().await;
    hand_out(
        &api,
        &storage.url("/bucket/a?sig=permission"),
        "handbook.pdf",
    );
    api
}

fn hand_out(api: &MockServer, address: &str, name: &str) {
    let wanted = serde_json::json!({"mimeType": PDF, "fileName": name});
    let ticket = serde_json::json!({"documentId": "doc-1", "presignedUrl": address});
    api.mock(move |when, then| {
        when.method("POST")
            .path(format!("/api/corpora/{CORPUS}/uploads"))
            .header("x-api-key", KEY)
            .json_body(wanted);
        then.status(201).json_body(ticket);
    });
}

#[tokio::test]
async fn a_file_is_uploaded_in_one_call_and_the_key_stays_with_the_api() {
    let storage = MockServer::start_async().await;
    let stored = storage.mock(|when, then| {
        when.method("PUT")
            .path("/bucket/a")
            .query_param("sig", "permission")
            .header("content-type", PDF)
            .header("content-length", "8")
            .header_missing("x-api-key")
            .body("%PDF-1.7");
        then.status(200);
    });
    let api = api(&storage).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("handbook.pdf");
    std::fs::write(&path, "%PDF-1.7").unwrap();
    let client = client(api.base_url());
    let id = client
        .corpora()
        .upload(CORPUS, Upload::path(path))
        .await
        .unwrap();
    assert_eq!(id, "doc-1");
    stored.assert();
}

#[tokio::test]
async fn the_key_does_not_go_to_storage_on_the_apis_own_origin_either() {
    let server = MockServer::start_async().await;
    hand_out(&server, &server.url("/bucket/a"), "a");
    let stored = server.mock(|when, then| {
        when.method("PUT").header_missing("x-api-key");
        then.status(200);
    });
    let client = client(server.base_url());
    let uploaded = client.corpora().upload(CORPUS, content()).await;
    assert_eq!(uploaded.unwrap(), "doc-1");
    stored.assert();
}

#[tokio::test]
async fn a_storage_that_is_busy_is_asked_again_with_the_same_content() {
    let storage = MockServer::start_async().await;
    let busy = storage.mock(|when, then| {
        when.method("PUT").body("content");
        then.status(503);
    });
    let api = MockServer::start_async().await;
    hand_out(&api, &storage.url("/bucket/a"), "a");
    let client = client(api.base_url());
    let error = client.corpora().upload(CORPUS, content()).await;
    let text = shown(&error.unwrap_err());
    assert!(
        text.contains("the storage refused the upload with 503"),
        "{text}"
    );
    busy.assert_calls(3);
}

#[tokio::test]
async fn a_refusal_of_the_storage_is_distinguished_and_shows_no_permission() {
    let storage = MockServer::start_async().await;
    storage.mock(|_when, then| {
        then.status(403).body("expired");
    });
    let api = api(&storage).await;
    let client = client(api.base_url());
    let corpora = client.corpora();
    let upload = corpora.upload(CORPUS, Upload::bytes("handbook.pdf", "content"));
    let error = upload.await.unwrap_err();
    let text = shown(&error);
    assert!(!text.contains("permission"), "{text}");
    let Error::Transport(error) = error else {
        panic!("{text}");
    };
    let TransportErrorKind::Storage { status, message } = error.kind else {
        panic!("{text}");
    };
    assert_eq!((status.as_u16(), &*message), (403, "expired"));
}

#[tokio::test]
async fn a_file_is_sent_once_because_what_streams_cannot_be_sent_again() {
    let storage = MockServer::start_async().await;
    let busy = storage.mock(|_when, then| {
        then.status(503);
    });
    let api = api(&storage).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("handbook.pdf");
    std::fs::write(&path, "%PDF-1.7").unwrap();
    let client = client(api.base_url());
    let error = client.corpora().upload(CORPUS, Upload::path(path)).await;
    let text = error.unwrap_err().to_string();
    assert!(text.contains("refused the upload with 503"), "{text}");
    busy.assert_calls(1);
}

#[tokio::test]
async fn the_content_is_not_sent_on_to_where_the_storage_redirects() {
    let elsewhere = MockServer::start_async().await;
    let taken = elsewhere.mock(|_when, then| {
        then.status(200);
    });
    let storage = MockServer::start_async().await;
    storage.mock(|_when, then| {
        then.status(307).header("location", elsewhere.url("/a"));
    });
    let api = MockServer::start_async().await;
    hand_out(&api, &storage.url("/bucket/a"), "a");
    let client = client(api.base_url());
    let error = client.corpora().upload(CORPUS, content()).await;
    let text = error.unwrap_err().to_string();
    assert!(text.contains("body elsewhere"), "{text}");
    taken.assert_calls(0);
}

#[tokio::test]
async fn what_cannot_be_uploaded_sends_nothing() {
    let client = client(nowhere().await);
    let corpora = client.corpora();
    let missing = corpora.upload(CORPUS, Upload::path("no/such.pdf")).await;
    let text = missing.unwrap_err().to_string();
    assert!(text.contains("no/such.pdf cannot be read"), "{text}");
    let unknown = corpora.upload(CORPUS, Upload::path("no/such.mp4")).await;
    let error = unknown.unwrap_err();
    assert!(matches!(error, Error::InvalidRequest(_)), "{error}");
    assert!(error.to_string().contains("`video/mp4`"), "{error}");
    let none = corpora.upload(CORPUS, content().media_type("pdf")).await;
    assert!(matches!(none, Err(Error::InvalidRequest(_))), "{none:?}");
}
