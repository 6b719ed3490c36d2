use ultravox::{Error, TransportErrorKind};

use crate::support::*;

async fn decode(status: &str, body: &str) -> Box<ultravox::DecodeError> {
    match error_of(Server::start([http(status, &[], body)]).await.url).await {
        Error::Decode(error) => error,
        other => panic!("{body}: {other:?}"),
    }
}

#[tokio::test]
async fn a_wrong_type_is_told_with_its_place_and_the_structure_of_the_body() {
    let body = r#"{"domain": "d", "allowedAgents": [{"agentId": 7}]}"#;
    let error = decode("200 OK", body).await;
    assert_eq!(error.operation, "sip_retrieve");
    assert_eq!(error.path, "allowedAgents[0].agentId");
    let structure = r#"{"domain": "…", "allowedAgents": [{"agentId": 7}]}"#;
    assert_eq!(error.body, structure);
    let text = error.to_string();
    for part in ["sip_retrieve", "allowedAgents[0].agentId", structure] {
        assert!(text.contains(part), "{text}");
    }
    let source = std::error::Error::source(&*error).expect("a source");
    assert!(source.is::<serde_json::Error>());
}

#[tokio::test]
async fn what_is_not_the_json_of_the_document_does_not_decode() {
    for (body, structure) in [
        ("<html></html>", ""),
        (r#"{"domain": "d", "allo"#, r#"{"domain": "…", "…""#),
        ("", ""),
        ("null", "null"),
        ("{} {}", "{}{}"),
    ] {
        let error = decode("200 OK", body).await;
        assert_eq!(error.body, structure);
        assert!(error.source.is_some());
        let is_json = !error.to_string().ends_with("; it is not JSON");
        assert_eq!(is_json, !structure.is_empty(), "{error}");
    }
    let trailing = decode("200 OK", &format!("{EMPTY_CONFIG} and more")).await;
    assert!(trailing.to_string().contains("trailing"), "{trailing}");
}

#[tokio::test]
async fn a_response_that_does_not_decode_shows_no_string_value() {
    let secret = "s3cr3t-of-the-answer";
    for body in [
        format!(r#"{{"secret": "{secret}", "domain": 7}}"#),
        format!(r#"{{"allowedAgents": "{secret} \" {secret}"}}"#),
        format!(r#"{{"domain": "d", "allowedAgents": [{{"agentId": "{secret}"}}]}}"#),
        format!(r#"["{secret}", "#),
        secret.to_owned(),
        format!("<p>{secret}</p>"),
    ] {
        let error = Error::Decode(decode("200 OK", &body).await);
        assert!(!shown(&error).contains(secret), "{error:?}");
    }
}

#[tokio::test]
async fn a_decode_error_stays_short_and_printable() {
    let body = format!(
        r#"{{"domain": ["{}\u001b"], "x": "{}"}}"#,
        "y".repeat(9000),
        "\u{202e}"
    );
    let long = format!(r#"{{"allowedAgents": "{}"}}"#, "y".repeat(9000));
    for body in [body, long, "\u{1b}[31mred\u{7}".to_owned()] {
        let text = decode("200 OK", &body).await.to_string();
        assert!(text.chars().count() < 1000, "{text}");
        assert!(!text.chars().any(char::is_control), "{text:?}");
    }
}

#[tokio::test]
async fn a_success_that_the_document_does_not_know_is_an_error() {
    let error = decode("204 No Content", "").await;
    assert_eq!(error.status, 204);
    assert!(error.to_string().contains("204"), "{error}");
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_announced_or_not() {
    let long = "x".repeat(1001);
    let announced = "HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n";
    let chunked = format!(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1f4\r\n{}\r\n1f5\r\n{}\r\n0\r\n\r\n",
        &long[..500],
        &long[500..],
    );
    let unannounced = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{long}");
    for reply in [announced.to_owned(), chunked, unannounced] {
        // The announced rest is not waited for.
        let server = Server::start([Reply(reply.into_bytes(), LONG)]).await;
        let client = builder(&server.url).max_body_bytes(1000).build().unwrap();
        let error = client.sip().get().await.unwrap_err();
        let Error::Transport(transport) = &error else {
            panic!("{error:?}");
        };
        let kind = TransportErrorKind::BodyTooLarge { limit: 1000 };
        assert_eq!(transport.kind, kind);
        assert!(error.to_string().contains("max_body_bytes"), "{error}");
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_is_read() {
    let server = Server::start([http("200 OK", &[], EMPTY_CONFIG)]).await;
    let client = builder(&server.url).max_body_bytes(EMPTY_CONFIG.len());
    client.build().unwrap().sip().get().await.unwrap();
}
