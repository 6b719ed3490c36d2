//! The options of a single call.

use std::time::Duration;

use ultravox::{Error, RetryPolicy};

use crate::support::*;

#[tokio::test]
async fn the_timeout_of_a_call_takes_the_place_of_the_clients() {
    let limit = Duration::from_millis(100);
    let server = Server::start([Reply(Vec::new(), LONG)]).await;
    let client = builder(&server.url).timeout(LONG).build().unwrap();
    let error = client.sip().get().timeout(limit).await.unwrap_err();
    assert!(
        matches!(&error, Error::Timeout(error) if error.limit == limit),
        "{error}"
    );

    let slow = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n";
    let server = Server::start([Reply(slow.into(), 3 * limit)]).await;
    let client = builder(&server.url).timeout(limit).build().unwrap();
    let error = client.sip().get().timeout(LONG).await.unwrap_err();
    assert!(matches!(&error, Error::Decode(_)), "{error}");
    // The client's own setting is unchanged.
    let error = client.sip().get().await.unwrap_err();
    assert!(matches!(&error, Error::Timeout(_)), "{error}");
}

#[tokio::test]
async fn the_retries_of_a_call_take_the_place_of_the_clients() {
    let server = Server::start([http("503 Busy", &[], "")]).await;
    let client = client(&server.url);
    let once = client.sip().get().retries(RetryPolicy::none());
    once.await.unwrap_err();
    assert_eq!(server.hits(), 1);
    client.sip().get().await.unwrap_err();
    assert_eq!(server.hits(), 4);

    let server = Server::start([http("503 Busy", &[], "")]).await;
    let client = builder(&server.url).retries(RetryPolicy::none());
    let client = client.build().unwrap();
    let error = client.sip().get().retries(fast()).await.unwrap_err();
    assert_eq!(server.hits(), 3, "{error}");
}

#[tokio::test]
async fn a_header_of_a_call_is_sent_with_each_attempt_of_that_call_alone() {
    let busy = http("503 Busy", &[], "");
    let found = http("200 OK", &[], EMPTY_CONFIG);
    let server = Server::start([busy, found]).await;
    let client = client(&server.url);
    let traced = client.sip().get().header("x-trace", "t-1");
    traced.header("X-Trace", "t-2").await.unwrap();
    client.sip().get().await.unwrap();
    let requests = server.requests();
    let traces = requests.iter().map(|request| header(request, "x-trace"));
    let traces: Vec<_> = traces.collect();
    assert_eq!(traces, [vec!["t-1", "t-2"], vec!["t-1", "t-2"], vec![]]);
    for request in &requests {
        assert_eq!(header(request, "x-api-key"), [KEY]);
    }
}

#[tokio::test]
async fn a_header_of_a_call_takes_the_place_of_one_that_the_client_sends() {
    let server = Server::start([http("200 OK", &[], EMPTY_CONFIG)]).await;
    let client = client(&server.url);
    let call = client.sip().get().header("accept", "application/x-own");
    call.header("user-agent", "mine/2").await.unwrap();
    let request = &server.requests()[0];
    assert_eq!(header(request, "accept"), ["application/x-own"]);
    assert_eq!(header(request, "user-agent"), ["mine/2"]);
}

#[tokio::test]
async fn a_header_that_is_none_or_carries_the_key_is_refused_and_nothing_is_sent() {
    let server = Server::start([http("200 OK", &[], EMPTY_CONFIG)]).await;
    let client = client(&server.url);
    for (name, value, reason) in [
        ("x-api-key", "another.key", "carries the API key"),
        ("X-API-Key", "another.key", "carries the API key"),
        ("a b", "c", "invalid HTTP header name"),
        ("a", "b\r\nc: d", "failed to parse header value"),
    ] {
        let error = client.sip().get().header(name, value).await.unwrap_err();
        assert!(matches!(error, Error::InvalidRequest(_)), "{error:?}");
        let text = shown(&error);
        assert!(text.starts_with("sip_retrieve: "), "{text}");
        assert!(text.contains(reason), "{text}");
        assert!(!text.contains("another.key"), "{text}");
    }
    assert_eq!(server.hits(), 0);
}

#[tokio::test]
async fn the_headers_of_a_call_follow_a_redirect_but_those_of_authorization_do_not() {
    let (api, other) = Server::start_pair(|_, other| {
        let here = redirect(307, "/here");
        let there = redirect(307, &format!("{other}/there"));
        let found = http("200 OK", &[], EMPTY_CONFIG);
        (vec![here, there], vec![found])
    })
    .await;
    let mut secret = ultravox::reqwest::header::HeaderValue::from_static("s3cr3t");
    secret.set_sensitive(true);
    let client = client(&api.url);
    let call = client.sip().get().header("range", "bytes=0-9");
    let call = call.header("x-own", secret).header("cookie", "s3cr3t");
    let call = call.header("proxy-authorization", "s3cr3t");
    call.header("authorization", "s3cr3t").await.unwrap();
    let guarded = ["x-own", "cookie", "authorization", "proxy-authorization"];
    for request in api.requests() {
        for name in guarded {
            assert_eq!(header(&request, name), ["s3cr3t"], "{name}");
        }
    }
    assert_eq!(api.hits(), 2);
    let request = &other.requests()[0];
    assert_eq!(header(request, "range"), ["bytes=0-9"]);
    assert!(!request.contains("s3cr3t"), "{request}");
}

#[tokio::test]
async fn a_value_that_may_be_missing_is_set_or_left_alone() {
    let server = Server::start([http("404 Gone", &[], "")]).await;
    let client = client(&server.url);
    for (size, cursor) in [(None, Some("b")), (Some(2), None)] {
        let list = client.sip().registrations().list();
        let list = list.maybe(size, |list, size: i64| list.page_size(size));
        let list = list.maybe(cursor, ultravox::operations::SipRegistrationsList::cursor);
        list.await.unwrap_err();
    }
    let path = "GET /api/sip/registrations";
    let expected = [format!("{path}?cursor=b"), format!("{path}?pageSize=2")];
    assert_eq!(targets(&server), expected);
}

#[tokio::test]
async fn a_call_is_sent_only_when_it_is_awaited_and_its_debug_shows_no_value() {
    let server = Server::start([http("200 OK", &[], EMPTY_CONFIG)]).await;
    let client = client(&server.url);
    let call = client
        .sip()
        .registrations()
        .update("reg-1")
        .username("s3cr3t");
    let shown = format!("{call:?}");
    assert_eq!(shown, "SipRegistrationsPartialUpdate { .. }");
    drop(call);
    assert_eq!(server.hits(), 0);
}
