//! Requests to operations that the document does not describe.

use std::collections::BTreeMap;
use std::time::Duration;

use httpmock::MockServer;
use serde_json::{Value, json};
use ultravox::reqwest::Method;
use ultravox::{Error, RetryPolicy, TransportErrorKind};

use crate::support::*;

#[tokio::test]
async fn a_request_has_its_method_its_query_its_json_and_the_key() {
    let server = MockServer::start_async().await;
    let mock = server.mock(|when, then| {
        when.method("POST")
            .path("/v2/api/new")
            .query_param("limit", "3")
            .query_param("tag", "a b")
            .header("x-api-key", KEY)
            .header("content-type", "application/json")
            .header("x-trace", "t-1")
            .json_body(json!({"name": "one"}));
        then.status(201).header("x-region", "one").body("[1, 2]");
    });
    let client = client(server.url("/v2/"));
    let request = client.request(Method::POST, "/api/new");
    let request = request.query(&[("limit", 3)]).query(&[("tag", "a b")]);
    let request = request.json(&json!({"name": "one"}));
    let answer = request.header("x-trace", "t-1").send::<Vec<u8>>().await;
    let answer = answer.unwrap();
    assert_eq!(answer.status(), 201);
    assert_eq!(answer.headers()["x-region"], "one");
    assert_eq!(*answer, [1, 2]);
    mock.assert();
}

#[tokio::test]
async fn an_answer_without_content_is_no_value() {
    let server = Server::start([http("204 Nothing", &[], "")]).await;
    let client = client(&server.url);
    let delete = || client.request(Method::DELETE, "/api/new/1");
    delete().send::<()>().await.unwrap();
    assert_eq!(
        delete().send::<Option<u8>>().await.unwrap().into_inner(),
        None
    );
    let error = delete().send::<u8>().await.unwrap_err();
    assert!(matches!(error, Error::Decode(_)), "{error}");
}

#[tokio::test]
async fn bytes_are_streamed() {
    let server = Server::start([http("200 OK", &["content-type: audio/wav"], "RIFF")]).await;
    let client = client(&server.url);
    let mut audio = client.request(Method::GET, "/a.wav").bytes().await.unwrap();
    assert_eq!(audio.headers()["content-type"], "audio/wav");
    assert_eq!(audio.try_next().await.unwrap().unwrap(), "RIFF");
    assert!(audio.try_next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_request_is_sent_again_as_the_calls_of_operations_are() {
    let busy = http("503 Busy", &[], "");
    // A POST that may have been carried out is not sent twice.
    for (method, retries, hits) in [
        (Method::GET, None, 3),
        (Method::GET, Some(RetryPolicy::none()), 1),
        (Method::PUT, None, 3),
        (Method::POST, None, 1),
    ] {
        let server = Server::start([busy.clone()]).await;
        let client = client(&server.url);
        let request = client.request(method.clone(), "/api/new").json(&[1]);
        let request = request.maybe(retries, |request, retries| request.retries(retries));
        let error = request.send::<Value>().await.unwrap_err();
        assert!(error.to_string().starts_with("request: "), "{error}");
        assert_eq!(error.status().unwrap(), 503);
        assert_eq!(server.hits(), hits, "{method}");
    }
}

#[tokio::test]
async fn errors_are_those_of_the_operations() {
    let refused = http("404 Gone", &["x-request-id: r-1"], r#"{"detail": "No."}"#);
    let server = Server::start([refused, http("200 OK", &[], r#"{"a": "s3cr3t"}"#)]).await;
    let client = client(&server.url);
    let get = || client.request(Method::GET, "/api/new");
    let error = get().send::<Value>().await.unwrap_err();
    assert!(error.is_not_found());
    let text = error.to_string();
    assert!(text.contains("No.") && text.contains("r-1"), "{text}");
    let error = get().send::<BTreeMap<String, u8>>().await.unwrap_err();
    assert!(
        matches!(&error, Error::Decode(error) if error.path == "a"),
        "{error}"
    );
    assert!(!shown(&error).contains("s3cr3t"), "{error:?}");
    let error = get().bytes().await.map(drop);
    error.unwrap();

    let stalled = Server::start([Reply(Vec::new(), LONG)]).await;
    let client = builder(&stalled.url).timeout(LONG).build().unwrap();
    let request = client.request(Method::GET, "/api/new");
    let error = request.timeout(Duration::from_millis(100)).bytes().await;
    assert!(matches!(error, Err(Error::Timeout(_))), "{error:?}");
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let server = Server::start([http("200 OK", &[], "[1, 2, 3]")]).await;
    let client = builder(&server.url).max_body_bytes(8).build().unwrap();
    let answer = client.request(Method::GET, "/").send::<Value>().await;
    let Err(Error::Transport(error)) = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(error.kind, TransportErrorKind::BodyTooLarge { limit: 8 });
}

#[tokio::test]
async fn a_request_that_cannot_be_built_is_an_error_and_nothing_is_sent() {
    let server = Server::start([http("200 OK", &[], "{}")]).await;
    let client = client(&server.url);
    let get = |path: &str| client.request(Method::GET, path);
    let keys_are_lists = BTreeMap::from([(vec![1], 1)]);
    for (request, reason) in [
        (get("api/sip"), "does not start with a slash"),
        (get(""), "does not start with a slash"),
        (get(&server.url), "does not start with a slash"),
        (get("@127.0.0.1/api"), "does not start with a slash"),
        (get(".example.org/api"), "does not start with a slash"),
        (get("/").header("x-api-key", "a"), "carries the API key"),
        (get("/").json(&keys_are_lists), "key must be a string"),
        (get("/").query(&[("a", [1])]), "unsupported value"),
    ] {
        let error = request.send::<Value>().await.unwrap_err();
        assert!(matches!(error, Error::InvalidRequest(_)), "{error:?}");
        assert!(
            shown(&error).contains(reason),
            "{reason}: {}",
            shown(&error)
        );
        assert!(error.to_string().starts_with("request: "), "{error}");
        assert!(!error.is_retryable());
    }
    assert_eq!(server.hits(), 0);
}

#[tokio::test]
async fn no_path_leads_to_another_origin_and_a_redirect_there_goes_without_the_key() {
    let (api, other) = Server::start_pair(|_, other| {
        let away = redirect(302, &format!("{other}/away"));
        let here = http("200 OK", &[], "1");
        (
            vec![here.clone(), here.clone(), here.clone(), away],
            vec![here],
        )
    })
    .await;
    let client = client(&api.url);
    let host = other.url.trim_start_matches("http://");
    let paths = [
        format!("//{host}/x"),
        format!("/\\{host}/x"),
        format!("/@{host}/x"),
    ];
    for path in &paths {
        let answer = client.request(Method::GET, path).send::<u8>().await;
        assert_eq!(*answer.unwrap(), 1, "{path}");
    }
    assert_eq!((api.hits(), other.hits()), (3, 0));
    let answer = client.request(Method::GET, "/").send::<u8>().await;
    assert_eq!(*answer.unwrap(), 1);
    assert_eq!((api.hits(), other.hits()), (4, 1));
    for request in api.requests() {
        assert_eq!(header(&request, "x-api-key"), [KEY]);
    }
    assert!(!other.requests()[0].contains(KEY));
}

#[tokio::test]
async fn a_request_can_be_spawned_and_outlives_the_client() {
    let server = Server::start([http("200 OK", &[], "1")]).await;
    let client = client(&server.url);
    let request = client.request(Method::GET, "/");
    drop(client);
    let answer = tokio::spawn(request.send::<u8>()).await.unwrap();
    assert_eq!(*answer.unwrap(), 1);
    let shown = format!(
        "{:?}",
        self::client(&server.url).request(Method::GET, "/?a=s3cr3t")
    );
    assert!(!shown.contains("s3cr3t"), "{shown}");
}
