//! Lists through the generated builders; the walk itself is tested in `src/pages.rs`.

use ultravox::{Error, PaginationErrorKind};

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
    let mut models = client.models_list().page_size(2).stream();
    drop(client);
    let mut names = Vec::new();
    while let Some(model) = models.try_next().await.unwrap() {
        names.push(model.name);
    }
    assert_eq!(names, ["a", "b", "c"]);
    let requests = server.requests();
    let targets = requests.iter().map(|r| r.lines().next().unwrap());
    let targets: Vec<_> = targets.collect();
    assert_eq!(
        targets,
        [
            "GET /api/models?pageSize=2 HTTP/1.1",
            "GET /api/models?cursor=cD1i%3D%3D&pageSize=2 HTTP/1.1",
        ]
    );
    for request in &requests {
        assert_eq!(header(request, "x-api-key"), [KEY]);
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
    let mut pages = client(&server.url).models_list().pages();
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
    let mut models = client(&server.url).models_list().stream();
    assert_eq!(models.try_next().await.unwrap().unwrap().name, "a");
    assert!(models.try_next().await.unwrap_err().is_unauthorized());
    assert_eq!(models.try_next().await.unwrap().unwrap().name, "b");
    assert!(models.try_next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_link_to_another_server_is_reported_and_not_followed() {
    let (api, other) = Server::start_pair(|_, other| {
        let next = format!("{other}/api/models?cursor=b");
        (vec![page(&["a"], &next)], vec![page(&["b"], "")])
    })
    .await;
    let mut models = client(&api.url).models_list().stream();
    assert_eq!(models.try_next().await.unwrap().unwrap().name, "a");
    let error = models.try_next().await.unwrap_err();
    let Error::Pagination(error) = error else {
        panic!("{error:?}");
    };
    let origin = other.url.clone();
    assert_eq!(error.operation, "models_list");
    assert_eq!(error.kind, PaginationErrorKind::OtherOrigin { origin });
    assert!(models.try_next().await.unwrap().is_none());
    assert_eq!((api.hits(), other.hits()), (1, 0));
}

#[tokio::test]
async fn an_argument_that_does_not_convert_is_an_error_of_the_stream() {
    let client = client(nowhere().await);
    let mut models = client.models_list().page_size(u64::MAX).stream();
    let error = models.try_next().await.unwrap_err();
    assert!(matches!(&error, Error::InvalidRequest(_)), "{error}");
    assert!(error.to_string().contains("page_size"), "{error}");
}
