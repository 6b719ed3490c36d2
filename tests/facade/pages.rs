//! Lists through their calls; the walk itself is tested in `src/pages.rs`.

use ultravox::{Error, PaginationErrorKind, RetryPolicy};

use crate::support::*;

fn page(names: &[&str], next: &str) -> Reply {
    let results: Vec<_> = names
        .iter()
        .map(|name| serde_json::json!({"name": name}))
        .collect();
    let next = (!next.is_empty()).then_some(next);
    let body = serde_json::json!({"results": results, "next": next, "previous": null});
    http("200 OK", &[], &body.to_string())
}

#[tokio::test]
async fn every_page_is_asked_for_with_the_same_parameters_and_the_key() {
    let server = Server::start([
        page(&["a", "b"], "/api/models?cursor=cD1i%3D%3D&pageSize=7"),
        page(&["c"], ""),
    ])
    .await;
    let client = client(&server.url);
    // The stream outlives the client that it was made from.
    let mut models = client.models().list().page_size(2).stream();
    drop(client);
    let mut names = Vec::new();
    while let Some(model) = models.try_next().await.unwrap() {
        names.push(model.name);
    }
    assert_eq!(names, ["a", "b", "c"]);
    assert_eq!(
        targets(&server),
        [
            "GET /api/models?pageSize=2",
            "GET /api/models?cursor=cD1i%3D%3D&pageSize=2",
        ]
    );
    for request in server.requests() {
        assert_eq!(header(&request, "x-api-key"), [KEY]);
    }
}

#[tokio::test]
async fn each_page_has_its_own_retries() {
    let busy = http("503 Busy", &[], "");
    let server = Server::start([
        busy.clone(),
        busy.clone(),
        page(&["a"], "?cursor=b"),
        busy.clone(),
        busy,
        page(&["b"], ""),
    ])
    .await;
    let mut pages = client(&server.url).models().list().pages();
    let mut names = Vec::new();
    while let Some(page) = pages.try_next().await.unwrap() {
        names.extend(page.results.into_iter().map(|model| model.name));
    }
    assert_eq!(names, ["a", "b"]);
    assert_eq!(server.hits(), 6);
}

#[tokio::test]
async fn a_list_goes_on_after_an_error_at_the_page_that_failed() {
    let server = Server::start([
        page(&["a"], "?cursor=b"),
        http("401 Unauthorized", &[], ""),
        page(&["b"], ""),
    ])
    .await;
    let mut models = client(&server.url).models().list().stream();
    assert_eq!(models.try_next().await.unwrap().unwrap().name, "a");
    assert!(models.try_next().await.unwrap_err().is_unauthorized());
    assert_eq!(models.try_next().await.unwrap().unwrap().name, "b");
    assert!(models.try_next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_link_to_another_server_is_followed_by_its_cursor_at_the_clients_own_base_url() {
    let (api, other) = Server::start_pair(|_, other| {
        let next = format!("{other}/elsewhere?cursor=b&pageSize=9");
        (
            vec![page(&["a"], &next), page(&["b"], "")],
            vec![http("500 Asked", &[], "")],
        )
    })
    .await;
    let client = client(format!("{}/gateway", api.url));
    let mut models = client.models().list().stream();
    assert_eq!(models.try_next().await.unwrap().unwrap().name, "a");
    assert_eq!(models.try_next().await.unwrap().unwrap().name, "b");
    assert!(models.try_next().await.unwrap().is_none());
    assert_eq!(other.hits(), 0);
    assert_eq!(
        targets(&api),
        [
            "GET /gateway/api/models",
            "GET /gateway/api/models?cursor=b"
        ]
    );
}

#[tokio::test]
async fn a_list_begins_at_the_cursor_that_was_set_and_a_link_without_one_ends_it() {
    let server = Server::start([page(&["b"], "https://127.0.0.1/api/models?page=3")]).await;
    let mut models = client(&server.url).models().list().cursor("two").stream();
    assert_eq!(models.try_next().await.unwrap().unwrap().name, "b");
    let Err(Error::Pagination(error)) = models.try_next().await else {
        panic!("another error");
    };
    assert_eq!(error.operation, "models_list");
    assert_eq!(error.kind, PaginationErrorKind::NoCursor);
    assert!(models.try_next().await.unwrap().is_none());
    assert_eq!(targets(&server), ["GET /api/models?cursor=two"]);
}

#[tokio::test]
async fn what_is_set_for_the_list_holds_for_each_of_its_pages() {
    let busy = http("503 Busy", &[], "");
    let server = Server::start([page(&["a"], "?cursor=b"), busy, page(&["b"], "")]).await;
    let client = client(&server.url);
    let list = client.models().list().header("x-trace", "t-1");
    let mut models = list.retries(RetryPolicy::none()).stream();
    assert_eq!(models.try_next().await.unwrap().unwrap().name, "a");
    let error = models.try_next().await.unwrap_err();
    assert!(
        matches!(&error, Error::Api(api) if api.attempts == 1),
        "{error}"
    );
    assert_eq!(models.try_next().await.unwrap().unwrap().name, "b");
    for request in server.requests() {
        assert_eq!(header(&request, "x-trace"), ["t-1"]);
    }
}

#[tokio::test]
async fn a_call_that_cannot_be_sent_is_an_error_of_the_stream() {
    let client = client(nowhere().await);
    let mut models = client.models().list().header("a b", "").stream();
    let error = models.try_next().await.unwrap_err();
    assert!(matches!(&error, Error::InvalidRequest(_)), "{error}");
}
