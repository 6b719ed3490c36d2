use std::time::Duration;

use ultravox::{Client, Error, TransportErrorKind};

use crate::support::*;

async fn refused(status: &str, headers: &[&str], body: &str) -> Error {
    error_of(Server::start([http(status, headers, body)]).await.url).await
}

#[tokio::test]
async fn a_refusal_tells_its_status_its_message_and_what_to_do() {
    let table = [
        (
            "401 Unauthorized",
            r#"{"detail": "Invalid token."}"#,
            "Invalid token.",
            "check the API key",
        ),
        (
            "403 Forbidden",
            r#"{"detail": "Not yours."}"#,
            "Not yours.",
            "what the API key may do",
        ),
        ("404 Not Found", r#"{"detail": "Gone."}"#, "Gone.", "404"),
        (
            "429 Too Many Requests",
            r#"{"detail": "Slow down."}"#,
            "Slow down.",
            "429",
        ),
        (
            "400 Bad Request",
            r#"{"name": ["required"], "a": ["x", "y"]}"#,
            "a: x y; name: required",
            "400",
        ),
        ("400 Bad Request", "no such luck\n", "no such luck", "400"),
        ("500 Oops", "", "", "500"),
    ];
    for (status, body, message, advice) in table {
        let error = refused(status, &[], body).await;
        let text = error.to_string();
        assert!(text.starts_with("sip_retrieve: "), "{text}");
        assert!(text.contains(message) && text.contains(advice), "{text}");
        let Error::Api(api) = &error else {
            panic!("{error:?}");
        };
        assert_eq!(api.message, message);
        assert_eq!(api.body, body);
        assert!(status.starts_with(api.status.as_str()));
        assert_eq!(error.status(), Some(api.status));
        let code = api.status.as_u16();
        assert_eq!(error.is_unauthorized(), code == 401);
        assert_eq!(error.is_not_found(), code == 404);
        assert_eq!(error.is_rate_limited(), code == 429);
        assert_eq!(error.is_retryable(), code == 429);
    }
}

#[tokio::test]
async fn a_page_of_html_is_not_shown_as_a_message() {
    let html = "<html><body>Bad gateway</body></html>";
    let error = refused("502 Bad Gateway", &["content-type: text/html"], html).await;
    assert!(!error.to_string().contains('<'), "{error}");
    assert!(error.is_retryable());
    assert!(matches!(error, Error::Api(api) if api.body == html));
}

#[tokio::test]
async fn a_refusal_tells_the_wait_and_the_request_id() {
    let headers = ["Retry-After: 7", "X-Request-Id: req-1"];
    let error = refused("429 Too Many Requests", &headers, "").await;
    let text = error.to_string();
    assert!(
        text.contains("retry after 7 s") && text.contains("req-1"),
        "{text}"
    );
    let Error::Api(api) = error else {
        panic!("{error:?}");
    };
    assert_eq!(api.retry_after, Some(Duration::from_secs(7)));
    assert_eq!(api.request_id.as_deref(), Some("req-1"));
}

#[tokio::test]
async fn the_body_of_a_refusal_is_read_as_json_on_request() {
    let error = refused("400 Bad Request", &[], r#"{"code": 7}"#).await;
    let Error::Api(api) = error else {
        panic!("{error:?}");
    };
    assert_eq!(api.json::<serde_json::Value>().unwrap()["code"], 7);
    assert!(api.json::<Vec<u8>>().is_err());
}

#[tokio::test]
async fn the_body_of_a_refusal_is_capped_and_its_message_short() {
    // Each byte that is not UTF-8 becomes three, and each key ten.
    for filler in [b"x".to_vec(), vec![0xff], KEY.as_bytes().to_vec()] {
        let mut reply = b"HTTP/1.1 400 No\r\nconnection: close\r\n\r\n".to_vec();
        reply.extend(filler.repeat(200_000 / filler.len()));
        let error = error_of(Server::start([bytes(reply)]).await.url).await;
        let Error::Api(api) = &error else {
            panic!("{error:?}");
        };
        assert!(api.body.len() > 20_000);
        assert!(api.body.len() <= 64 * 1024);
        assert!(error.to_string().chars().count() < 500);
        assert!(!shown(&error).contains("Zk9Ht7"));
    }
}

#[tokio::test]
async fn a_refusal_whose_body_stalls_is_still_a_refusal() {
    let head = "HTTP/1.1 401 No\r\ncontent-length: 99\r\n\r\nhalf a mess";
    let server = Server::start([Reply(head.into(), LONG)]).await;
    let client = builder(&server.url).timeout(Duration::from_millis(150));
    let error = client.build().unwrap().sip().get().await.unwrap_err();
    assert!(error.is_unauthorized(), "{error:?}");
    assert!(error.to_string().contains("half a mess"), "{error}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let url = nowhere().await;
    let error = error_of(&url).await;
    let host = url.trim_start_matches("http://");
    assert!(
        error
            .to_string()
            .contains(&format!("cannot connect to {host}")),
        "{error}"
    );
    assert!(error.is_retryable());
    let source = std::error::Error::source(&error).expect("a source");
    assert!(source.source().is_some(), "the chain ends at {source}");
}

#[tokio::test]
async fn a_connection_that_breaks_is_an_interruption() {
    let cut = [
        "",
        "HTTP/1.1 200 O",
        "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"domain\"",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\n{\"do",
    ];
    for sent in cut {
        let error = error_of(Server::start([bytes(sent)]).await.url).await;
        let Error::Transport(transport) = &error else {
            panic!("{sent}: {error:?}");
        };
        assert_eq!(transport.kind, TransportErrorKind::Interrupted);
        assert!(transport.source.is_some());
        assert!(error.is_retryable());
    }
}

#[tokio::test]
async fn a_call_that_takes_too_long_times_out_wherever_it_is() {
    let limit = Duration::from_millis(100);
    let stalls = [
        "",
        "HTTP/1.1 200 OK\r\nx-half: of the hea",
        "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"domain\"",
    ];
    for sent in stalls {
        let server = Server::start([Reply(sent.into(), LONG)]).await;
        let client = builder(&server.url).timeout(limit).build().unwrap();
        let error = client.sip().get().await.unwrap_err();
        assert!(
            matches!(&error, Error::Timeout(e) if e.limit == limit),
            "{error:?}"
        );
        assert!(error.to_string().contains("100ms"), "{error}");
        assert!(error.is_retryable());
        assert_eq!(server.hits(), 1);
    }
}

#[tokio::test]
async fn the_deadline_covers_the_retries() {
    let busy = http("503 Busy", &[], "");
    let server = Server::start([busy, Reply(Vec::new(), LONG)]).await;
    let client = builder(&server.url).timeout(Duration::from_millis(150));
    let started = std::time::Instant::now();
    let error = client.build().unwrap().sip().get().await.unwrap_err();
    assert!(matches!(error, Error::Timeout(_)), "{error:?}");
    assert_eq!(server.hits(), 2);
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn settings_that_no_client_can_be_made_from_are_explained() {
    let agent = builder("http://127.0.0.1:1").user_agent("a\nb");
    for built in [Client::new(""), Client::new("a\nb"), agent.build()] {
        let error = built.unwrap_err();
        assert!(matches!(error, Error::Config(_)), "{error:?}");
        assert!(!error.is_retryable());
    }
}
