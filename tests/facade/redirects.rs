use ultravox::{Error, TransportErrorKind};

use crate::support::*;

fn keys(server: &Server) -> Vec<bool> {
    let requests = server.requests();
    requests
        .iter()
        .map(|request| {
            assert_eq!(request.contains(KEY), header(request, "x-api-key") == [KEY]);
            request.contains(KEY)
        })
        .collect()
}

async fn refused(location: &[&str]) -> (TransportErrorKind, Error, usize) {
    let server = Server::start([http("302 Found", location, "")]).await;
    let error = client(&server.url).sip().get().await.unwrap_err();
    match &error {
        Error::Transport(transport) => (transport.kind.clone(), error, server.hits()),
        _ => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn a_redirect_to_another_origin_is_followed_without_the_key() {
    for status in [301, 302, 303, 307, 308] {
        let storage = Server::start([http("200 OK", &[], EMPTY_CONFIG)]).await;
        let api = Server::start([redirect(status, &format!("{}/file?sig=1", storage.url))]).await;
        client(&api.url).sip().get().await.unwrap();
        assert_eq!(keys(&api), [true]);
        assert_eq!(keys(&storage), [false]);
        assert!(storage.requests()[0].starts_with("GET /file?sig=1 "));
    }
}

#[tokio::test]
async fn a_redirect_within_the_origin_keeps_the_key() {
    let api = Server::start([redirect(307, "/moved"), http("200 OK", &[], EMPTY_CONFIG)]).await;
    client(&api.url).sip().get().await.unwrap();
    assert_eq!(keys(&api), [true, true]);
    assert!(api.requests()[1].starts_with("GET /moved "));
}

#[tokio::test]
async fn the_key_is_back_when_the_redirects_are() {
    let (api, away) = Server::start_pair(|api, away| {
        let there = redirect(302, &format!("{away}/away"));
        let back = redirect(302, &format!("{api}/back"));
        (vec![there, http("200 OK", &[], EMPTY_CONFIG)], vec![back])
    })
    .await;
    client(&api.url).sip().get().await.unwrap();
    assert_eq!(keys(&api), [true, true]);
    assert_eq!(keys(&away), [false]);
    assert!(api.requests()[1].starts_with("GET /back "));
}

#[tokio::test]
async fn a_loop_of_redirects_ends_with_an_error() {
    let (kind, error, hits) = refused(&["location: /api/sip"]).await;
    assert!(matches!(kind, TransportErrorKind::Redirect { .. }));
    assert!(error.to_string().contains("too many redirects"), "{error}");
    assert_eq!(hits, 11);
}

#[tokio::test]
async fn a_redirect_to_nowhere_is_refused() {
    let (kind, error, hits) = refused(&[]).await;
    assert!(matches!(kind, TransportErrorKind::Redirect { .. }));
    assert!(error.to_string().contains("no valid address"), "{error}");
    assert_eq!(hits, 1);
    let (_, error, hits) = refused(&["location: ftp://127.0.0.1/x"]).await;
    assert!(
        error.to_string().contains("neither https nor http"),
        "{error}"
    );
    assert_eq!(hits, 1);
}

#[tokio::test]
async fn what_is_secret_in_a_redirect_appears_in_no_error() {
    let secret = "hidden-signature";
    let ftp = format!("location: ftp://me:{secret}@127.0.0.1/x?sig={secret}#{secret}");
    let (_, error, _) = refused(&[&ftp]).await;
    assert!(!shown(&error).contains(secret), "{error:?}");
    let echoed = format!("location: ftp://127.0.0.1/{KEY}");
    let (_, error, _) = refused(&[&echoed]).await;
    assert!(!shown(&error).contains(KEY), "{error:?}");

    let broken = Server::start([bytes("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{")]).await;
    let wrong = Server::start([http("200 OK", &[], "[]")]).await;
    let refusing = Server::start([http("403 No", &[], "")]).await;
    for target in [nowhere().await, broken.url, wrong.url, refusing.url] {
        let api = Server::start([redirect(302, &format!("{target}/f?sig={secret}"))]).await;
        let error = error_of(&api.url).await;
        assert!(!shown(&error).contains(secret), "{error:?}");
    }
}
