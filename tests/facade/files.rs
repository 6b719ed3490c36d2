//! A file of the API through its generated builder; saving itself is tested in `src/files.rs`.

use crate::support::*;

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
    let request = client.calls_recording_retrieve().call_id(uuid::Uuid::nil());
    let bytes = request.send().await.unwrap().save_to(&path).await.unwrap();
    assert_eq!(bytes, 2000);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "x".repeat(2000));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(header(&storage.requests()[0], "x-api-key"), [""; 0]);
}

#[tokio::test]
async fn a_refused_recording_touches_no_file() {
    let server = Server::start([http("404 Not Found", &[], "")]).await;
    let client = client(&server.url);
    let request = client.calls_recording_retrieve().call_id(uuid::Uuid::nil());
    assert!(request.send().await.unwrap_err().is_not_found());
}
