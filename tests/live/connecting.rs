//! Sessions that do not begin, and what their errors show.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use ultravox::http::StatusCode;
use ultravox::live::{ConnectError, Join, Session};
use ultravox::mock::live::{LiveServer, Script};

use crate::support::{refusal, refusal_within, tasks_are, until};

/// A server that answers each connection with this, and then waits.
async fn answering(response: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 2048];
        let _ = stream.read(&mut request).await;
        let _ = stream.write_all(response).await;
        // Until the client goes away.
        while matches!(stream.read(&mut request).await, Ok(1..)) {}
    });
    format!("{address}/calls/join?token=s3cr3t-t0ken")
}

fn shows_no_secret(error: &ConnectError) {
    let mut shown = format!("{error} {error:?} {error:#?}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        shown += &format!("{cause} {cause:?}");
        source = cause.source();
    }
    assert!(
        !shown.contains("s3cr3t") && !shown.contains("/calls"),
        "{shown}"
    );
}

#[tokio::test]
async fn a_closed_port_is_an_error_that_names_the_host() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = refusal(&format!("ws://{address}/calls/join?token=s3cr3t-t0ken")).await;
    assert!(
        matches!(&error, ConnectError::Connect { host, .. } if *host == address.to_string()),
        "{error:?}"
    );
    shows_no_secret(&error);
    tasks_are(0).await;
}

#[tokio::test]
async fn a_host_that_does_not_exist_is_an_error_of_the_connection() {
    let url = "wss://no-such-host.invalid/calls/join?token=s3cr3t-t0ken";
    // Some resolvers do not answer.
    let error = refusal_within(url, Duration::from_millis(500)).await;
    assert!(
        matches!(
            &error,
            ConnectError::Connect { .. } | ConnectError::Timeout { .. }
        ),
        "{error:?}"
    );
    shows_no_secret(&error);
}

#[tokio::test]
async fn a_refusal_has_its_status_and_its_message() {
    let server = LiveServer::refusing(
        StatusCode::UNAUTHORIZED,
        "the token s3cr3t-t0ken is used up",
    );
    let server = server.await.unwrap();
    let error = refusal(&server.join_url()).await;
    let ConnectError::Refused { status, message } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(
        (*status, message.as_str()),
        (StatusCode::UNAUTHORIZED, "the token … is used up")
    );
    shows_no_secret(&error);
    drop(server);
    tasks_are(0).await;
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_an_error_of_tls() {
    let url = answering(b"this is no TLS record\r\n\r\n").await;
    let error = refusal(&format!("wss://{url}")).await;
    assert!(matches!(error, ConnectError::Tls { .. }), "{error:?}");
    shows_no_secret(&error);
    tasks_are(0).await;
}

#[tokio::test]
async fn a_connection_that_is_reset_during_the_tls_handshake_is_no_error_of_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        // To close a connection before everything that arrived is read resets it.
        stream.read_exact(&mut [0]).await.unwrap();
    });
    let error = refusal(&format!("wss://{address}/calls/join?token=s3cr3t-t0ken")).await;
    assert!(matches!(error, ConnectError::Connect { .. }), "{error:?}");
    shows_no_secret(&error);
    tasks_are(0).await;
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_given_up() {
    let url = answering(b"").await;
    let limit = Duration::from_millis(300);
    let error = refusal_within(&format!("ws://{url}"), limit).await;
    assert!(
        matches!(error, ConnectError::Timeout { limit, .. } if limit == Duration::from_millis(300)),
        "{error:?}"
    );
    shows_no_secret(&error);
    tasks_are(0).await;
}

#[tokio::test]
async fn a_response_that_is_no_websocket_is_refused() {
    const OTHER: &[u8] =
        b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: smtp\r\n\r\n";
    const REPLAYED: &[u8] =
        b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
        sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    for response in [OTHER, REPLAYED] {
        let url = answering(response).await;
        let error = refusal(&format!("ws://{url}")).await;
        assert!(
            matches!(error, ConnectError::NotWebSocket { .. }),
            "{error:?}"
        );
    }
    let url = answering(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi").await;
    let error = refusal(&format!("ws://{url}")).await;
    assert!(
        matches!(
            error,
            ConnectError::Refused {
                status: StatusCode::OK,
                ..
            }
        ),
        "{error:?}"
    );
    tasks_are(0).await;
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let url =
        answering(b"HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n").await;
    let error = refusal(&format!("ws://{url}")).await;
    assert!(
        matches!(
            error,
            ConnectError::Refused {
                status: StatusCode::FOUND,
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn what_is_no_url_of_a_websocket_is_refused_before_anything_is_sent() {
    for url in [
        "",
        "s3cr3t",
        "ftp://s3cr3t.example/",
        "wss://",
        "mailto:s3cr3t@example.com",
    ] {
        let error = refusal(url).await;
        assert!(
            matches!(error, ConnectError::InvalidUrl { .. }),
            "{url}: {error:?}"
        );
        shows_no_secret(&error);
    }
}

#[tokio::test]
async fn a_call_that_is_over_cannot_be_joined() {
    let mut call: ultravox::types::Call = ultravox::mock::sample();
    call.join_url = None;
    let error = Session::join(&call).await.unwrap_err();
    assert!(matches!(error, ConnectError::NoJoinUrl), "{error:?}");
}

#[tokio::test]
async fn a_call_is_joined_by_its_url_and_its_sample_rates() {
    let server = LiveServer::start(Script::new()).await.unwrap();
    let mut call: ultravox::types::Call = ultravox::mock::sample();
    call.join_url = Some(server.join_url().into());
    let medium = ultravox::types::CallMediumWebSocketMedium::new()
        .input_sample_rate(8000)
        .output_sample_rate(16_000);
    call.medium = Some(ultravox::types::CallMedium::from(medium));
    assert_eq!(call.input_sample_rate(), Some(8000));
    assert_eq!(call.output_sample_rate(), Some(16_000));

    let (sender, _events) = server.session().join(&call).await.unwrap().split();
    // Two frames of 20 ms: without the rate they would arrive as one.
    sender.audio(vec![0; 640]).await.unwrap();
    sender.flush().await.unwrap();
    until(|| server.received().audio().len() == 2).await;
    assert!(
        server
            .received()
            .audio()
            .iter()
            .all(|(_, frame)| frame.len() == 320)
    );
}

#[tokio::test]
async fn nothing_of_the_url_is_in_a_span_or_in_debug() {
    use std::io::Write;
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::fmt::format::FmtSpan;

    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);
    impl Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let buffer = Buffer::default();
    let writer = buffer.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    tracing::info!("the subscriber listens");
    let server = LiveServer::start(Script::new().call_started().close(1000, ""))
        .await
        .unwrap();
    let settings = server.session();
    let session = settings.connect(&server.join_url()).await.unwrap();
    let shown = format!("{settings:?} {session:?}");
    let (sender, mut events) = session.split();
    let shown = format!("{shown} {sender:?} {events:?}");
    crate::support::all(&mut events).await;
    let traced = String::from_utf8(buffer.0.lock().unwrap().clone()).unwrap();
    assert!(traced.contains("the subscriber listens"));
    for text in [shown, traced] {
        assert!(!text.contains("s3cr3t"), "{text}");
    }
}
