use std::cell::RefCell;
use std::io::Write;
use std::sync::Once;

use tracing_subscriber::fmt::format::FmtSpan;

use crate::support::*;

#[tokio::test]
async fn neither_client_nor_builder_shows_the_key() {
    let builder = builder("http://127.0.0.1:1");
    let shown = format!("{builder:?} {builder:#?}");
    assert!(!shown.contains(KEY), "{shown}");
    let client = builder.build().unwrap();
    let (sip, call) = (client.sip(), client.sip().get());
    let shown = format!("{client:?} {client:#?} {sip:#?} {call:#?}");
    assert!(!shown.contains(KEY), "{shown}");
    // The client is shown, not nothing.
    assert!(shown.contains("http://127.0.0.1:1"), "{shown}");
}

#[tokio::test]
async fn a_key_that_the_server_echoes_appears_in_no_error() {
    let id = format!("x-request-id: {KEY}");
    let escaped = KEY.replace('-', "\\u002d");
    let url = KEY.replace('-', "%2D").replace('.', "%2e");
    // Of the key, and of `user:` and the key.
    let base64 = "Wms5SHQ3TG0udGhlLXNlY3JldC1wYXJ0";
    let basic = "dXNlcjpaazlIdDdMbS50aGUtc2VjcmV0LXBhcnQ=";
    let upper = KEY.to_uppercase();
    for echoed in [KEY, &escaped, &url, base64, basic, &upper] {
        for reply in [
            http("400 No", &[&id], &format!("your key was {echoed}")),
            http("400 No", &[], &format!(r#"{{"detail": "{echoed}"}}"#)),
            http("400 No", &[], &format!(r#"{{"{echoed}": ["{echoed}"]}}"#)),
            http("200 OK", &[], &format!(r#"{{"{echoed}": 1}}"#)),
            // A URL has no escapes except its own.
            redirect(
                302,
                &format!("ftp://127.0.0.1/{}", echoed.replace("\\u00", "%")),
            ),
        ] {
            let error = error_of(Server::start([reply]).await.url).await;
            let mut text = shown(&error);
            if let ultravox::Error::Api(api) = &error {
                text += std::str::from_utf8(&api.body).unwrap();
            }
            assert!(text.contains("[redacted]"), "{error:?}");
            for form in [KEY, &escaped, &url, base64, &basic[7..], &upper] {
                assert!(!text.contains(form), "{error:?}");
            }
        }
    }
    for value in [KEY, &escaped] {
        for body in [
            format!(r#"{{"allowedAgents": "{value}"}}"#),
            value.to_owned(),
        ] {
            let error = error_of(Server::start([http("200 OK", &[], &body)]).await.url).await;
            assert!(!shown(&error).contains(value), "{error:?}");
        }
    }
}

thread_local! {
    static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Writes to the log of its thread, which is that of its test.
struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        // A thread of a server may write while it ends, when its log is gone: a panic would hang it.
        let _ = LOG.try_with(|log| log.borrow_mut().extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What is traced, at every level, during one call.
async fn traced(replies: impl Into<Vec<Reply>>) -> String {
    // One for all threads: `tracing` caches for the whole process whether anybody listens.
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
            .with_span_events(FmtSpan::NEW | FmtSpan::CLOSE)
            .with_ansi(false)
            .with_writer(|| Log)
            .init();
    });
    let server = Server::start(replies).await;
    LOG.take();
    let _ = client(&server.url).sip().get().await;
    String::from_utf8(LOG.take()).unwrap()
}

/// The line that closes the span of the call.
fn closed(log: &str) -> &str {
    let mut lines = log.lines().filter(|line| line.contains("ultravox_call"));
    lines.rfind(|line| line.contains("close")).expect(log)
}

#[tokio::test]
async fn the_span_of_a_call_tells_how_it_went_and_shows_neither_key_nor_body() {
    let secret = r#"{"domain":"body-of-the-answer","allowedAgents":[]}"#;
    let log = traced([http("429 Wait", &[], KEY), http("200 OK", &[], secret)]).await;
    let line = closed(&log);
    for field in [
        r#"operation="sip_retrieve""#,
        "method=GET",
        r#"path="/api/sip""#,
        "attempt=2",
        "status=200",
        "duration_ms=",
    ] {
        assert!(line.contains(field), "{field} in {line}");
    }
    assert!(!line.contains("error="), "{line}");
    assert!(log.contains("sending again"), "{log}");
    assert!(
        !log.contains(KEY) && !log.contains("body-of-the-answer"),
        "{log}"
    );
}

#[tokio::test]
async fn the_span_of_a_failed_call_tells_its_class() {
    let table = [
        (http("401 No", &[], KEY), r#"error="api""#),
        (
            http("200 OK", &[], &format!("\"{KEY}\"")),
            r#"error="decode""#,
        ),
        (http("204 Nothing", &[], ""), r#"error="decode""#),
        (http("302 Found", &[], ""), r#"error="transport""#),
        (
            bytes("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"),
            r#"error="transport""#,
        ),
    ];
    for (reply, class) in table {
        let log = traced([reply]).await;
        let line = closed(&log);
        assert!(line.contains(class), "{class} in {line}");
        assert!(line.contains("duration_ms="), "{line}");
        assert!(!log.contains(KEY), "{log}");
    }
}
