//! A file of the API, through its call; `src/files.rs` tests saving itself.

use httpmock::MockServer;
use ultravox::ByteStream;
use ultravox::mock::MockServerExt;
use ultravox::types::VoiceRequest;
use uuid::Uuid;

use crate::support::*;

const WAV: &[u8] = b"RIFF\0\xff";
const ID: Uuid = Uuid::from_u128(7);

/// What is in the file that the content is saved to.
async fn saved(mut content: ByteStream) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("content");
    let bytes = content.save_to(&path).await.unwrap();
    let saved = std::fs::read(&path).unwrap();
    assert_eq!(bytes, saved.len() as u64);
    saved
}

#[tokio::test]
async fn audio_of_a_stage_comes_with_status_and_headers_though_no_content_is_documented() {
    let server = MockServer::start_async().await;
    server.calls_stages_messages_audio_retrieve(|when, then| {
        when.call_id(&ID).call_stage_message_index(3);
        let then = then.into_inner().status(200).body(WAV);
        then.header("content-type", "audio/wav");
    });
    let client = client(server.base_url());
    let messages = client.calls().stages().messages();
    let audio = messages.audio(ID, ID, 3).send().await.unwrap();
    assert_eq!(audio.status(), 200);
    assert_eq!(audio.headers()["content-type"], "audio/wav");
    assert_eq!(saved(audio.into_inner()).await, WAV);
}

#[tokio::test]
async fn sip_logs_are_read_from_where_the_api_redirects_to_and_their_address_can_be_had() {
    let server = MockServer::start_async().await;
    let storage = MockServer::start_async().await;
    let address = storage.url("/logs?sig=permission");
    server.calls_sip_logs_retrieve(|when, then| {
        when.call_id(&ID);
        then.into_inner().status(302).header("location", &address);
    });
    let stored = storage.mock(|when, then| {
        when.path("/logs").header_missing("x-api-key");
        then.status(200).body(WAV);
    });
    let client = client(server.base_url());
    let logs = || client.calls().sip_logs(ID);
    let found = logs().location().await.unwrap().unwrap();
    assert_eq!(found.as_str(), address);
    stored.assert_calls(0);
    assert_eq!(saved(logs().await.unwrap()).await, WAV);
}

#[tokio::test]
async fn sip_logs_that_are_not_there_yet_are_an_error_with_its_status() {
    let server = MockServer::start_async().await;
    let asked = server.calls_sip_logs_retrieve(|_when, then| {
        then.into_inner().status(425);
    });
    let client = client(server.base_url());
    let ultravox::Error::Api(error) = client.calls().sip_logs(ID).await.unwrap_err() else {
        panic!("another error");
    };
    assert_eq!(error.status, 425);
    asked.assert();
}

#[tokio::test]
async fn the_preview_of_a_voice_comes_from_the_api_or_from_where_it_redirects_to() {
    let server = MockServer::start_async().await;
    let mut here = server.voices_preview_retrieve(|when, then| {
        when.voice_id(&ID);
        then.into_inner().status(200).body(WAV);
    });
    let client = client(server.base_url());
    let preview = || client.voices().preview(ID);
    assert_eq!(saved(preview().await.unwrap()).await, WAV);
    assert_eq!(preview().location().await.unwrap(), None);
    here.delete();
    server.voices_preview_retrieve(|_when, then| {
        then.into_inner().status(302).header("location", "/there");
    });
    server.mock(|when, then| {
        when.path("/there");
        then.status(200).body("there");
    });
    assert_eq!(saved(preview().await.unwrap()).await, b"there");
    let there = preview().location().await.unwrap().unwrap();
    assert_eq!(there.as_str(), server.url("/there"));
}

#[tokio::test]
async fn a_preview_of_settings_is_audio_and_a_refused_one_says_why() {
    let server = MockServer::start_async().await;
    let voice: VoiceRequest = ultravox::mock::sample();
    let mut taken = server.preview_voice(|when, then| {
        when.body(&voice);
        then.into_inner().status(200).body(WAV);
    });
    let client = client(server.base_url());
    let voices = client.voices();
    let preview = || {
        voices
            .preview_definition("", voice.definition.clone())
            .body(voice.clone())
    };
    assert_eq!(saved(preview().await.unwrap()).await, WAV);
    taken.delete();
    server.preview_voice(|_when, then| {
        let refused = serde_json::json!({"detail": "No such model."});
        then.into_inner().status(400).json_body(refused);
    });
    let error = preview().await.unwrap_err().to_string();
    assert!(
        error.contains("400") && error.contains("No such model."),
        "{error}"
    );
}

#[tokio::test]
async fn a_recording_is_saved_from_where_the_api_redirects_to_and_is_not_bounded_by_memory() {
    let (api, storage) = Server::start_pair(|_, storage| {
        let to = format!("{storage}/recording.wav?sig=permission");
        let wav = http("200 OK", &["content-type: audio/wav"], &"x".repeat(2000));
        (vec![redirect(302, &to)], vec![wav])
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recording.wav");
    let client = builder(&api.url).max_body_bytes(1000).build().unwrap();
    let mut recording = client.calls().recording(ID).await.unwrap();
    let bytes = recording.save_to(&path).await.unwrap();
    assert_eq!(bytes, 2000);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "x".repeat(2000));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(header(&storage.requests()[0], "x-api-key"), [""; 0]);
}

#[tokio::test]
async fn a_refused_recording_touches_no_file() {
    let server = Server::start([http("404 Not Found", &[], "")]).await;
    let error = client(&server.url).calls().recording(ID).await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
}
