//! Uploads, addresses of redirects and parameters of generated operations.

use std::collections::HashMap;

use httpmock::MockServer;
use ultravox::mock::{MockServerExt, sample};
use ultravox::types::{Tool, Voice};
use ultravox::{Error, Upload};
use uuid::Uuid;

use crate::support::{KEY, client};

#[tokio::test]
async fn a_voice_is_cloned_from_a_file_with_name_and_media_type() {
    let server = MockServer::start_async().await;
    let voice: Voice = sample();
    let file = "name=\"file\"; filename=\"ada.wav\"\r\nContent-Type: audio/wav\r\n\r\nRIFF";
    let mock = server.voices_create_upload(|when, then| {
        when.into_inner()
            .header("x-api-key", KEY)
            .header_matches("content-type", "^multipart/form-data; boundary=.+")
            .body_includes(file)
            .body_includes("name=\"name\"\r\n\r\nAda\r\n");
        then.created(&voice);
    });
    let created = client(server.base_url())
        .voices_create_upload()
        .name("Ada")
        .file(Upload::bytes("ada.wav", "RIFF"))
        .send()
        .await
        .unwrap();
    assert_eq!(*created, voice);
    mock.assert();
}

#[tokio::test]
async fn what_is_not_set_is_no_part_of_the_form() {
    let server = MockServer::start_async().await;
    let voice: Voice = sample();
    server.voices_create_upload(|when, then| {
        when.into_inner().body_excludes("name=\"language\"");
        then.created(&voice);
    });
    let client = client(server.base_url());
    let upload = client.voices_create_upload().name("Ada");
    let upload = upload.file(Upload::bytes("ada.wav", "RIFF"));
    upload.send().await.unwrap();
}

#[tokio::test]
async fn a_required_field_that_is_missing_is_named_and_nothing_is_sent() {
    let client = client("http://127.0.0.1:1");
    let error = client.voices_create_upload().name("Ada").send().await;
    let error = error.unwrap_err();
    assert!(matches!(error, Error::InvalidRequest(_)), "{error}");
    assert!(error.to_string().contains("`file` is required"), "{error}");
}

#[tokio::test]
async fn a_tool_is_made_from_a_schema_file() {
    let server = MockServer::start_async().await;
    let tool: Tool = sample();
    let mock = server.tools_create_upload(|when, then| {
        when.into_inner().body_includes("openapi: 3.0.3");
        then.created(&tool);
    });
    let client = client(server.base_url());
    let file = Upload::bytes("tool.yaml", "openapi: 3.0.3");
    client
        .tools_create_upload()
        .file(file)
        .send()
        .await
        .unwrap();
    mock.assert();
}

#[tokio::test]
async fn a_recording_is_streamed_from_where_it_is_and_its_address_can_be_had_instead() {
    let server = MockServer::start_async().await;
    let storage = MockServer::start_async().await;
    let call_id = Uuid::from_u128(1);
    let address = storage.url("/recording?signature=1");
    server.mock(|when, then| {
        when.path(format!("/api/calls/{call_id}/recording"));
        then.status(302).header("location", &address);
    });
    let stored = storage.mock(|when, then| {
        when.path("/recording").header_missing("x-api-key");
        then.status(200).body("RIFF");
    });
    let client = client(server.base_url());
    let recording = || client.calls_recording_retrieve().call_id(call_id);
    let found = recording().send_location().await.unwrap().unwrap();
    assert_eq!(found.as_str(), address);
    assert_eq!(stored.calls(), 0);
    let mut content = recording().send().await.unwrap();
    assert_eq!(content.try_next().await.unwrap().unwrap(), "RIFF");
    assert_eq!(stored.calls(), 1);
}

#[tokio::test]
async fn lists_and_maps_in_a_query_are_sent_as_documented() {
    let server = MockServer::start_async().await;
    let ids = vec![Uuid::from_u128(1), Uuid::from_u128(2)];
    // A map is exploded into its entries: the API filters by `metadata.key=value`.
    let metadata = HashMap::from([("metadata.source".to_owned(), "web".to_owned())]);
    let mock = server.calls_list(|when, then| {
        let when = when.agent_ids(&ids).metadata(&metadata).cursor(None);
        when.into_inner().query_param("metadata.source", "web");
        then.into_inner().status(404);
    });
    let client = client(server.base_url());
    let list = client.calls_list().agent_ids(ids.clone());
    let answer = list.metadata(metadata.clone()).send().await;
    assert!(answer.unwrap_err().is_not_found());
    mock.assert();
}
