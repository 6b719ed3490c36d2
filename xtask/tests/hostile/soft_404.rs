//! Pages that answer 200 with something else.

use serde_json::Value;
use xtask::{structure, yaml};

use super::server::{Answer, Server};
use super::{CANONICAL, GET, INDEX, LIST, exit, fixture, read, replaced, update_spec};

const LOST: &str = "get.md no longer describes GET /api/lamps/{lamp_id}";

fn before() -> Value {
    yaml::parse(CANONICAL).unwrap()
}

fn page(text: &str) -> Answer {
    Answer::Page(text.to_owned())
}

/// What a site may send instead of the page that described the operation.
fn cases() -> Vec<(&'static str, Answer)> {
    let fence = |to: &str| Answer::Page(replaced(GET, "````yaml get /api/lamps/{lamp_id}\n", to));
    vec![
        ("prose", page("# Get Lamp\n\nThis page has moved.\n")),
        ("nothing", page("")),
        ("blanks", page("\n \n")),
        ("an error in JSON", page("{\"error\": \"not found\"}")),
        ("a comment", page("<!-- gone -->\n# Not found")),
        (
            "another page of prose",
            Answer::Page(fixture("/api-reference/lamps/overview.md")),
        ),
        (
            "a fence of two marks",
            fence("``yaml get /api/lamps/{lamp_id}\n"),
        ),
        ("a fence without an operation", fence("````yaml\n")),
        (
            "a fence with a method that is none",
            fence("````yaml gett /api/lamps/{lamp_id}\n"),
        ),
        ("a fence without its path", fence("````yaml get\n")),
        (
            "a fence of another language",
            fence("````text get /api/lamps/{lamp_id}\n"),
        ),
        (
            "a fence that is none",
            fence("yaml get /api/lamps/{lamp_id}\n"),
        ),
    ]
}

#[tokio::test]
async fn a_page_that_lost_its_operation_fails_the_refresh_by_name() {
    for (name, answer) in cases() {
        let server = Server::with(&[(GET, answer.clone())]);
        let (fresh, said) = read(&server.root, Some(&before()), false).await;
        let error = fresh.map(|_| ()).unwrap_err();
        assert!(
            error.contains(LOST) && error.contains("--allow-shrink"),
            "{name}: {error}"
        );
        assert!(said.contains("reading them again"), "{name}: {said}");
        let asked = server.asked();
        let again = asked
            .iter()
            .filter(|head| head.contains("no-cache"))
            .count();
        assert_eq!(again, 1, "{name}: {asked:?}");

        let (fresh, said) = read(&server.root, Some(&before()), true).await;
        assert_eq!(
            structure::operations(&fresh.unwrap().document).len(),
            5,
            "{name}"
        );
        assert!(
            said.contains("warning: ") && said.contains(LOST),
            "{name}: {said}"
        );

        // Nobody can know of an operation that was never seen.
        let (fresh, _) = read(&server.root, None, false).await;
        assert_eq!(
            structure::operations(&fresh.unwrap().document).len(),
            5,
            "{name}"
        );

        let well = Server::with(&[(GET, Answer::Once(Box::new(answer), fixture(GET)))]);
        let (fresh, _) = read(&well.root, Some(&before()), false).await;
        assert_eq!(fresh.unwrap().yaml, CANONICAL, "{name}");
    }
}

#[tokio::test]
async fn every_page_that_lost_one_is_named() {
    let server = Server::with(&[(GET, page("")), (LIST, page("# Gone"))]);
    let error = read(&server.root, Some(&before()), false)
        .await
        .0
        .unwrap_err();
    assert!(
        error.contains(LOST) && error.contains("list.md no longer describes GET /api/lamps"),
        "{error}"
    );
}

#[tokio::test]
async fn an_operation_may_move_to_another_page_and_a_page_may_describe_another() {
    let both = fixture(LIST) + &fixture(GET);
    let moved = Server::with(&[(GET, page("# Moved")), (LIST, Answer::Page(both))]);
    let (fresh, _) = read(&moved.root, Some(&before()), false).await;
    assert_eq!(structure::operations(&fresh.unwrap().document).len(), 6);

    let renamed = fixture(GET).replace("/api/lamps/{lamp_id}", "/api/lights/{lamp_id}");
    let renamed = Server::with(&[(GET, Answer::Page(renamed))]);
    let (fresh, _) = read(&renamed.root, Some(&before()), false).await;
    assert_eq!(structure::operations(&fresh.unwrap().document).len(), 6);

    // One of two on a page is lost as well.
    let mut two = before();
    let address = "https://docs.ultravox.ai/api-reference/lamps/get";
    two["paths"]["/api/old"] = serde_json::json!({"get": {"externalDocs": {"url": address}}});
    let server = Server::with(&[]);
    let error = read(&server.root, Some(&two), false).await.0.unwrap_err();
    assert!(
        error.contains("get.md no longer describes GET /api/old"),
        "{error}"
    );
}

#[test]
fn the_file_stays_unless_the_loss_is_allowed() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("document.yaml");
    std::fs::write(&file, CANONICAL).unwrap();
    let server = Server::with(&[(GET, page("# Gone"))]);
    for command in ["update-spec", "check-spec"] {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args([command, "--source", &server.root, "--output"])
            .arg(&file)
            .output()
            .unwrap();
        let (_, err) = exit(&output, 2);
        assert!(err.contains(LOST), "{err}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), CANONICAL);
    }
    let output = update_spec(&server.root, &file)
        .arg("--allow-shrink")
        .output();
    let (out, _) = exit(&output.unwrap(), 0);
    assert!(out.contains("operation-removed"), "{out}");
    assert_ne!(std::fs::read_to_string(&file).unwrap(), CANONICAL);
}

#[test]
fn an_operation_that_left_the_index_is_a_removal_and_breaking() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("document.yaml");
    std::fs::write(&file, CANONICAL).unwrap();
    let index = fixture(INDEX);
    let index: Vec<_> = index
        .lines()
        .filter(|line| !line.contains("lamps/get.md"))
        .collect();
    let server = Server::with(&[(INDEX, Answer::Page(index.join("\n")))]);
    let output = update_spec(&server.root, &file).output().unwrap();
    let (out, _) = exit(&output, 0);
    let breaking = out.split("breaking (").nth(1).unwrap();
    let breaking = breaking.split("\nadditive").next().unwrap();
    assert!(
        breaking.contains("  GET /api/lamps/{lamp_id} (lamps_retrieve)\n      operation-removed: "),
        "{out}"
    );
    assert!(out.contains("recommended: major release"), "{out}");
}
