use ultravox::{Error, RetryPolicy};

use crate::support::*;

#[tokio::test]
async fn a_refusal_for_now_is_sent_again() {
    for status in ["429 Too Many", "502 Bad", "503 Busy", "504 Late"] {
        let busy = http(status, &[], "");
        let server = Server::start([busy, http("200 OK", &[], EMPTY_CONFIG)]).await;
        client(&server.url).sip().get().await.unwrap();
        assert_eq!(server.hits(), 2, "{status}");
    }
}

#[tokio::test]
async fn every_attempt_carries_the_key() {
    let busy = http("429 Too Many", &["retry-after: 0"], "");
    let server = Server::start([busy, http("200 OK", &[], EMPTY_CONFIG)]).await;
    client(&server.url).sip().get().await.unwrap();
    for request in server.requests() {
        assert_eq!(header(&request, "x-api-key"), [KEY]);
    }
}

#[tokio::test]
async fn retries_end_with_the_last_refusal_and_their_number() {
    let server = Server::start([http("503 Busy", &[], "")]).await;
    let error = client(&server.url).sip().get().await.unwrap_err();
    assert_eq!(server.hits(), 3);
    assert!(error.to_string().contains("sent 3 times"), "{error}");
    assert!(matches!(error, Error::Api(api) if api.attempts == 3));
}

#[tokio::test]
async fn retries_can_be_switched_off() {
    let server = Server::start([http("503 Busy", &[], "")]).await;
    let client = builder(&server.url).retries(RetryPolicy::none());
    let error = client.build().unwrap().sip().get().await.unwrap_err();
    assert_eq!(server.hits(), 1);
    assert!(!error.to_string().contains("times"), "{error}");
}

#[tokio::test]
async fn a_refusal_for_good_is_sent_once() {
    for status in ["400 Bad", "401 No", "404 Gone", "500 Oops"] {
        let server = Server::start([http(status, &["retry-after: 0"], "")]).await;
        client(&server.url).sip().get().await.unwrap_err();
        assert_eq!(server.hits(), 1, "{status}");
    }
}

#[tokio::test]
async fn a_wait_over_the_limit_is_told_instead_of_waited() {
    let server = Server::start([http("429 Too Many", &["retry-after: 3600"], "")]).await;
    let error = client(&server.url).sip().get().await.unwrap_err();
    assert_eq!(server.hits(), 1);
    assert!(error.to_string().contains("retry after 3600 s"), "{error}");
}

#[tokio::test]
async fn a_connection_that_breaks_before_the_answer_is_made_again() {
    let server = Server::start([bytes(""), http("200 OK", &[], EMPTY_CONFIG)]).await;
    client(&server.url).sip().get().await.unwrap();
    assert_eq!(server.hits(), 2);
}
