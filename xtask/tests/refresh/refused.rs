//! What a refresh refuses, with the page and the reason.

use std::time::Duration;

use xtask::fetch::Limits;

use super::site::{Answer, Server, status};
use super::support::{GET, LIST, fixture};
use super::{changed, read, refusal};

#[tokio::test]
async fn two_pages_of_one_operation_are_named() {
    let error = refusal(&[(GET, Answer::Page(fixture(LIST)))]).await;
    assert!(
        error.contains("two pages describe GET /api/lamps: "),
        "{error}"
    );
    assert!(
        error.contains("lamps/get") && error.contains("lamps/list"),
        "{error}"
    );
}

#[tokio::test]
async fn a_page_that_is_not_there_is_named() {
    let error = refusal(&[(GET, status("404 Not Found", ""))]).await;
    assert!(
        error.contains(GET) && error.contains("404 Not Found"),
        "{error}"
    );
}

#[tokio::test]
async fn html_and_an_index_without_pages_are_refused() {
    let html = Answer::Page("<!doctype html><html># Lamps</html>".to_owned());
    let error = refusal(&[(GET, html.clone())]).await;
    assert!(
        error.contains(GET) && error.contains("HTML, not Markdown"),
        "{error}"
    );
    for index in [html, Answer::Page(String::new())] {
        let error = refusal(&[("/llms.txt", index)]).await;
        assert!(
            error.contains("llms.txt: the index names no page"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn an_endless_page_is_cut_at_the_limit_of_its_size() {
    let error = refusal(&[(GET, Answer::Endless)]).await;
    assert!(
        error.contains(GET) && error.contains("more than 4194304 bytes"),
        "{error}"
    );
}

#[tokio::test]
async fn a_site_is_cut_at_the_limit_of_its_size() {
    let limits = Limits {
        total_bytes: 5000,
        ..Limits::default()
    };
    let server = Server::with(&[]).await;
    let error = read(&server.root, limits).await.0.unwrap_err();
    assert!(
        error.contains("all that was read") && error.contains("5000 bytes"),
        "{error}"
    );
}

#[tokio::test]
async fn a_page_that_never_ends_runs_out_of_time() {
    let server = Server::with(&[(GET, Answer::Stuck)]).await;
    let short = Duration::from_millis(150);
    let page = Limits {
        page: short,
        ..Limits::default()
    };
    let total = Limits {
        total: short,
        ..Limits::default()
    };
    for limits in [page, total] {
        let error = read(&server.root, limits).await.0.unwrap_err();
        assert!(error.contains("longer than the limit of 150ms"), "{error}");
    }
}

#[tokio::test]
async fn a_broken_block_is_refused_with_page_line_and_column() {
    for (from, to, reason) in [
        (
            "openapi: 3.0.3\n",
            "openapi: 3.0.3\ninfo: ]\n",
            "line 14 column",
        ),
        (
            "openapi: 3.0.3\n",
            "openapi: 3.0.3\nopenapi: 3.0.3\n",
            "duplicate key `openapi`",
        ),
        ("openapi: 3.0.3\n", "openapi: 3.2.0\n", "OpenAPI 3.2.0"),
        (
            "'#/components/schemas/Lamp'",
            "'https://evil.example/x#/a'",
            "points outside the document",
        ),
        (
            "get /api/lamps/{lamp_id}\n",
            "get /api/lamps\n",
            "not this operation alone",
        ),
        ("\n````\n", "\n", "never closed"),
    ] {
        let error = refusal(&[(GET, changed(GET, from, to))]).await;
        assert!(error.contains(GET) && error.contains(reason), "{error}");
    }
}

#[tokio::test]
async fn a_bomb_of_aliases_is_refused() {
    let mut bomb = String::from("x-a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for level in 1..40 {
        let below = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb.push_str(&format!("x-a{level}: &a{level} [{below}]\n"));
    }
    let page = changed(GET, "openapi: 3.0.3\n", &format!("openapi: 3.0.3\n{bomb}"));
    let error = refusal(&[(GET, page)]).await;
    assert!(error.contains("aliases expand"), "{error}");
}
