//! Uploads, and the JSON that two operations take beside them.

use httpmock::MockServer;
use serde_json::json;
use ultravox::mock::{MockServerExt, sample};
use ultravox::types::{BaseToolDefinition, Tool, Voice};
use ultravox::{Error, Upload};

use crate::support::*;

fn recording() -> Upload {
    Upload::bytes("ada.wav", "RIFF")
}

#[tokio::test]
async fn a_voice_is_cloned_from_a_file_with_name_and_media_type() {
    let server = MockServer::start_async().await;
    let voice: Voice = sample();
    let file = "name=\"file\"; filename=\"ada.wav\"\r\nContent-Type: audio/wav\r\n\r\nRIFF";
    let mock = server.voices_create(|when, then| {
        when.into_inner()
            .header("x-api-key", KEY)
            .header_matches("content-type", "^multipart/form-data; boundary=.+")
            .body_includes(file)
            .body_includes("name=\"name\"\r\n\r\nAda\r\n")
            .body_includes("name=\"language\"\r\n\r\nen\r\n");
        then.created(&voice);
    });
    let client = client(server.base_url());
    let created = client.voices().upload(recording(), "Ada").language("en");
    assert_eq!(created.await.unwrap(), voice);
    mock.assert();
}

#[tokio::test]
async fn what_is_not_set_is_no_part_of_the_form() {
    let server = MockServer::start_async().await;
    let mock = server.voices_create(|when, then| {
        when.into_inner()
            .body_includes("name=\"name\"")
            .body_excludes("name=\"language\"")
            .body_excludes("name=\"description\"");
        then.created(&sample());
    });
    let client = client(server.base_url());
    client.voices().upload(recording(), "Ada").await.unwrap();
    mock.assert();
}

#[tokio::test]
async fn a_tool_is_made_from_json_and_from_a_schema_file() {
    let server = MockServer::start_async().await;
    let tool: Tool = sample();
    let from_json = server.tools_create(|when, then| {
        let definition = json!({"modelToolName": "findOrder", "client": {}});
        when.into_inner()
            .header("content-type", "application/json")
            .json_body(json!({"name": "findOrder", "definition": definition}));
        then.created(&tool);
    });
    let from_file = server.tools_create(|when, then| {
        when.into_inner()
            .header_matches("content-type", "^multipart/form-data; boundary=.+")
            .body_includes("filename=\"tool.yaml\"")
            .body_includes("openapi: 3.0.3");
        then.created(&tool);
    });
    let client = client(server.base_url());
    let tools = client.tools();
    let definition = BaseToolDefinition::for_client("findOrder");
    assert_eq!(tools.create("findOrder", definition).await.unwrap(), tool);
    from_json.assert();
    from_file.assert_calls(0);
    let file = Upload::bytes("tool.yaml", "openapi: 3.0.3");
    // An upload can be spawned as every call can.
    let upload = tokio::spawn(tools.upload(file).send());
    assert_eq!(upload.await.unwrap().unwrap().into_inner(), tool);
    from_json.assert();
    from_file.assert();
}

#[tokio::test]
async fn json_and_forms_in_memory_are_sent_again_with_their_content() {
    let busy = http("429 Wait", &["retry-after: 0"], "");
    let tool = serde_json::to_string(&sample::<Tool>()).unwrap();
    let created = http("201 Created", &[], &tool);
    for upload in [false, true] {
        let server = Server::start([busy.clone(), created.clone()]).await;
        let client = client(&server.url);
        if upload {
            let file = Upload::bytes("tool.yaml", "openapi: 3.0.3");
            client.tools().upload(file).await.unwrap();
        } else {
            let definition = BaseToolDefinition::for_client("t");
            client.tools().create("t", definition).await.unwrap();
        }
        let requests = server.requests();
        assert_eq!(requests.len(), 2);
        assert_eq!(requests[0], requests[1]);
        let media_type = header(&requests[0], "content-type");
        assert_eq!(media_type.len(), 1, "{media_type:?}");
        assert_eq!(media_type[0].starts_with("multipart/"), upload);
        assert_eq!(header(&requests[0], "content-length").len(), 1);
    }
}

#[tokio::test]
async fn json_beside_an_upload_is_held_to_its_limits() {
    let client = client(nowhere().await);
    let definition = BaseToolDefinition::for_client("t");
    let error = client.tools().create("t".repeat(41), definition).await;
    let error = error.unwrap_err();
    assert!(
        matches!(&error, Error::Limit(error) if error.field == "name"),
        "{error}"
    );
}
