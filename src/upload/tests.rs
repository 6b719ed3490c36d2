use httpmock::MockServer;

use super::*;
use crate::options::CallOptions;
use crate::{Client, transport};

/// A stream of these chunks.
struct Chunks(Vec<Result<&'static str, std::io::Error>>);

impl Stream for Chunks {
    type Item = Result<Bytes, std::io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.0.is_empty() {
            return Poll::Ready(None);
        }
        Poll::Ready(Some(self.0.remove(0).map(Bytes::from)))
    }
}

fn client(server: &MockServer) -> Client {
    let builder = Client::builder().api_key("secret.key");
    let builder = builder.reqwest(reqwest::Client::builder().no_proxy());
    builder.base_url(server.base_url()).build().unwrap()
}

async fn send(server: &MockServer, form: Form) -> Result<(), Error> {
    let client = client(server);
    let request = client.shared.http.post(server.base_url());
    let request = form.attach(request).await?.build().map_err(not_built)?;
    let options = CallOptions::new(&client);
    let response = transport::send(&client.shared, &options, "test", request).await?;
    assert_eq!(response.status(), 200);
    Ok(())
}

/// A server that only accepts bodies that contain all of these.
async fn server(parts: &[&str]) -> MockServer {
    let server = MockServer::start_async().await;
    server.mock(|when, then| {
        let when = when.header("x-api-key", "secret.key");
        let when = when.header_matches("content-type", "^multipart/form-data; boundary=.+");
        parts
            .iter()
            .fold(when, |when, part| when.body_includes(*part));
        then.status(200);
    });
    server
}

#[tokio::test]
async fn each_field_is_sent_as_its_value_asks_for() {
    let server = server(&[
        "name=\"text\"\r\n\r\nA & B\r\n",
        "name=\"list\"\r\n\r\n1\r\n",
        "name=\"list\"\r\n\r\n2\r\n",
        "name=\"object\"\r\nContent-Type: application/json\r\n\r\n{\"k\":1}\r\n",
        "name=\"file\"; filename=\"a.wav\"\r\nContent-Type: audio/wav\r\n\r\nRIFF\r\n",
        "name=\"typed\"; filename=\"b\"\r\nContent-Type: text/x-own\r\n\r\n\r\n",
    ])
    .await;
    let form = Form::new("test")
        .field("text", None, &"A & B")
        .and_then(|form| form.field("none", None, &None::<String>))
        .and_then(|form| form.field("list", None, &[1, 2]))
        .and_then(|form| {
            form.field(
                "object",
                None,
                &std::collections::BTreeMap::from([("k", 1)]),
            )
        })
        .unwrap()
        .files("file", None, [Upload::bytes("a.wav", "RIFF")])
        .files(
            "typed",
            None,
            [Upload::bytes("b", "").media_type("text/x-own")],
        )
        .files("missing", None, None);
    send(&server, form).await.unwrap();
}

#[tokio::test]
async fn a_file_on_disk_is_sent_with_its_name_its_type_and_its_length() {
    let path = std::env::temp_dir().join(format!("ultravox-{}.mp3", std::process::id()));
    std::fs::write(&path, "ID3").unwrap();
    let file_name = path.file_name().unwrap().to_str().unwrap().to_owned();
    let named = format!("filename=\"{file_name}\"\r\nContent-Type: audio/mpeg\r\n\r\nID3\r\n");
    let server = MockServer::start_async().await;
    server.mock(|when, then| {
        when.body_includes(named).header_exists("content-length");
        then.status(200);
    });
    let form = Form::new("test").files("file", None, [Upload::path(&path)]);
    let sent = send(&server, form).await;
    std::fs::remove_file(&path).unwrap();
    sent.unwrap();
}

#[tokio::test]
async fn a_file_is_read_in_large_chunks() {
    use http_body::Body as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    std::fs::write(&path, vec![7; 2 * CHUNK + 1]).unwrap();
    let (mut body, length) = Upload::path(&path).open("test").await.unwrap();
    assert_eq!(length, Some(2 * CHUNK as u64 + 1));
    let mut lengths = Vec::new();
    while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        lengths.push(frame.unwrap().into_data().unwrap().len());
    }
    assert_eq!(lengths, [CHUNK, CHUNK, 1]);
}

#[tokio::test]
async fn a_stream_is_sent_with_its_length_if_that_is_known() {
    let chunks = || Chunks(vec![Ok("one"), Ok("two")]);
    for known in [true, false] {
        let server = MockServer::start_async().await;
        server.mock(|when, then| {
            let when = when.body_includes("\r\n\r\nonetwo\r\n");
            if known {
                when.header_exists("content-length");
            } else {
                when.header_missing("content-length");
            }
            then.status(200);
        });
        let upload = Upload::stream("a", chunks());
        let upload = if known { upload.length(6) } else { upload };
        send(&server, Form::new("test").files("file", None, [upload]))
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn what_is_in_memory_is_sent_again_and_a_stream_is_not() {
    let server = MockServer::start_async().await;
    let mock = server.mock(|when, then| {
        when.method("POST");
        then.status(429).header("retry-after", "0");
    });
    let form = Form::new("test").files("file", None, [Upload::bytes("a", "b")]);
    let error = send(&server, form).await.unwrap_err();
    assert_eq!(mock.calls(), 3, "{error}");
    let stream = Upload::stream("a", Chunks(vec![Ok("b")]));
    let error = send(&server, Form::new("test").files("file", None, [stream])).await;
    assert!(error.unwrap_err().is_rate_limited());
    assert_eq!(mock.calls(), 4);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_named_and_nothing_is_sent() {
    let server = MockServer::start_async().await;
    let directory = std::env::temp_dir();
    for path in [directory.join("ultravox-no-such-file"), directory] {
        let form = Form::new("test").files("file", None, [Upload::path(&path)]);
        let error = send(&server, form).await.unwrap_err();
        assert!(matches!(error, Error::File(_)), "{error}");
        assert!(
            error.to_string().contains(path.to_str().unwrap()),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_stream_that_fails_says_why() {
    let server = MockServer::start_async().await;
    let chunks = vec![Ok("one"), Err(std::io::Error::other("the disk is gone"))];
    let upload = Upload::stream("a", Chunks(chunks));
    let error = send(&server, Form::new("test").files("file", None, [upload])).await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("the disk is gone"), "{error}");
}

#[tokio::test]
async fn a_media_type_that_is_none_is_refused() {
    let server = MockServer::start_async().await;
    let upload = Upload::bytes("a", "b").media_type("audio");
    let error = send(&server, Form::new("test").files("file", None, [upload])).await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("`audio` is not a media type"), "{error}");
}

#[test]
fn an_upload_does_not_show_its_content() {
    let shown = format!("{:?}", Upload::bytes("a.wav", "secret"));
    assert!(
        shown.contains("a.wav") && !shown.contains("secret"),
        "{shown}"
    );
}
