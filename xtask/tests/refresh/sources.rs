//! What a refresh reads: sites and documents that give the committed document.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use xtask::fetch::{Limits, Location, Reader};
use xtask::progress::Progress;
use xtask::refresh::refresh;
use xtask::structure;

use super::site::{Answer, Crowd, Server, pages, status};
use super::support::{CANONICAL, GET, LIST, fixture, fixture_site};
use super::{changed, options, read, refusal};

#[tokio::test]
async fn a_directory_and_a_server_give_the_committed_document() {
    let (fresh, said) = read(fixture_site().to_str().unwrap(), Limits::default()).await;
    assert_eq!(fresh.unwrap().yaml, CANONICAL);
    assert!(said.contains("weather.example"), "{said}");
    assert!(
        said.contains("read 7 pages, 1 of them prose: 6 operations, 4 schemas"),
        "{said}"
    );

    let server = Server::with(&[]).await;
    let (fresh, _) = read(&server.root, Limits::default()).await;
    assert_eq!(fresh.unwrap().yaml, CANONICAL);
    let asked = server.asked();
    assert_eq!(asked.len(), 8, "{asked:?}");
    assert!(
        asked
            .iter()
            .all(|head| head.contains("user-agent: ultravox-xtask/")),
        "{asked:?}"
    );
}

#[tokio::test]
async fn pages_with_crlf_give_the_same_document() {
    let mut answers = pages();
    for answer in answers.values_mut() {
        if let Answer::Page(text) = answer {
            *text = text.replace('\n', "\r\n");
        }
    }
    let server = Server::start(answers).await;
    let (fresh, _) = read(&server.root, Limits::default()).await;
    assert_eq!(fresh.unwrap().yaml, CANONICAL);
}

#[tokio::test]
async fn one_document_is_a_source_as_well() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture-site.yaml");
    let (fresh, _) = read(file.to_str().unwrap(), Limits::default()).await;
    let fresh = fresh.unwrap();
    assert_eq!(fresh.yaml, CANONICAL);

    let json = serde_json::to_string(&fresh.document).unwrap();
    let answers =
        ["/api/schema/", "/schema.json"].map(|path| (path.to_owned(), Answer::Page(json.clone())));
    let server = Server::start(answers.into()).await;
    for path in ["/api/schema/", "/schema.json"] {
        let (fresh, _) = read(&format!("{}{path}", server.root), Limits::default()).await;
        assert_eq!(fresh.unwrap().yaml, CANONICAL);
    }
    let relative = json.replace("https://api.harbour.example\"", "/v1\"");
    let answers = [("/schema.json".to_owned(), Answer::Page(relative))];
    let other = Server::start(answers.into()).await;
    let (fresh, _) = read(&format!("{}/schema.json", other.root), Limits::default()).await;
    let url = format!("{}/v1", other.root);
    assert_eq!(fresh.unwrap().document["servers"][0]["url"], url);

    let (fresh, _) = read(&format!("{}/nowhere", server.root), Limits::default()).await;
    let error = fresh.unwrap_err();
    assert!(
        error.contains("no index of pages") && error.contains("404"),
        "{error}"
    );
}

#[tokio::test]
async fn pages_that_disagree_are_read_once_more() {
    let stale = changed(
        GET,
        "components:\n",
        "components:\n  schemas:\n    Keeper: {type: string}\n",
    );
    let each = Answer::Each(Arc::new(Mutex::new(vec![
        stale.clone(),
        Answer::Page(fixture(GET)),
    ])));
    let server = Server::with(&[(GET, each)]).await;
    let (fresh, said) = read(&server.root, Limits::default()).await;
    assert_eq!(fresh.unwrap().yaml, CANONICAL);
    assert!(said.contains("reading them again"), "{said}");
    let again = |head: &&String| head.contains("cache-control: no-cache");
    assert_eq!(server.asked().iter().filter(again).count(), 2);

    let error = refusal(&[(GET, stale)]).await;
    for part in [
        "components.schemas.Keeper",
        "https://docs.ultravox.ai/api-reference/keepers/get",
        "https://docs.ultravox.ai/api-reference/lamps/get",
    ] {
        assert!(error.contains(part), "{error}");
    }
}

#[tokio::test]
async fn a_redirect_within_the_origin_is_followed_and_out_of_it_is_not() {
    let moved = "/api-reference/moved.md";
    let server = Server::with(&[
        (LIST, status("302 Found", &format!("location: {moved}\r\n"))),
        (moved, Answer::Page(fixture(LIST))),
    ])
    .await;
    let (fresh, _) = read(&server.root, Limits::default()).await;
    assert_eq!(fresh.unwrap().yaml, CANONICAL);

    let other = Server::with(&[]).await;
    let location = format!("location: {}{LIST}\r\n", other.root);
    let error = refusal(&[(LIST, status("302 Found", &location))]).await;
    assert!(
        error.contains("another origin") && error.contains(LIST),
        "{error}"
    );
    assert_eq!(other.asked(), [""; 0]);

    let around = format!("location: {LIST}\r\n");
    let error = refusal(&[(LIST, status("302 Found", &around))]).await;
    assert!(error.contains("redirects more than"), "{error}");
}

#[tokio::test]
async fn a_server_that_recovers_is_asked_again() {
    let busy = status("429 Too Many Requests", "retry-after: 0\r\n");
    let each = Answer::Each(Arc::new(Mutex::new(vec![busy, Answer::Page(fixture(GET))])));
    let server = Server::with(&[(GET, each)]).await;
    let (fresh, _) = read(&server.root, Limits::default()).await;
    assert_eq!(fresh.unwrap().yaml, CANONICAL);
}

#[tokio::test]
async fn as_many_pages_are_read_side_by_side_as_there_are_jobs() {
    const JOBS: usize = 8;
    let crowd = Crowd::new(JOBS);
    let mut answers = BTreeMap::new();
    let mut index = String::new();
    // About as many as the real site has.
    for number in 0..13 * JOBS {
        let path = format!("/api-reference/page-{number}.md");
        index.push_str(&format!("- [Page]({path})\n"));
        let text = fixture(LIST)
            .replace("/api/lamps", &format!("/api/lamps/{number}"))
            .replace("lamps_list", &format!("lamps_list_{number}"));
        answers.insert(path, Answer::Together(text, crowd.clone()));
    }
    answers.insert("/llms.txt".to_owned(), Answer::Page(index));
    let server = Server::start(answers).await;
    let progress = Progress::lines(Box::new(std::io::sink()));
    let reader = Reader::new(Limits::default()).unwrap();
    // With fewer at a time, no page would ever be answered.
    let source = Location::parse(&server.root).unwrap();
    let fresh = refresh(&source, options(JOBS), &reader, &progress);
    let fresh = fresh.await.unwrap();
    assert_eq!(structure::operations(&fresh.document).len(), 13 * JOBS);
    assert_eq!(crowd.most.load(Ordering::SeqCst), JOBS);
}

#[tokio::test]
async fn escapes_in_a_title_are_data_and_never_reach_the_terminal() {
    let page = changed(GET, "# Get Lamp", "# Get \u{1b}]0;owned\u{7}Lamp");
    let server = Server::with(&[(GET, page)]).await;
    let (fresh, said) = read(&server.root, Limits::default()).await;
    let fresh = fresh.unwrap();
    assert_eq!(
        fresh.document["paths"]["/api/lamps/{lamp_id}"]["get"]["summary"],
        "Get \u{1b}]0;owned\u{7}Lamp"
    );
    assert!(
        !fresh.yaml.contains('\u{1b}') && !said.contains('\u{1b}'),
        "{said}"
    );
}
