//! Pages of prose that have changed: whatever a site does with one, the document is made, and the
//! report says which page could not be read.

use std::io::Write;

use xtask::diff::Diff;
use xtask::fetch::{Location, Reader};
use xtask::overlay::Overlay;
use xtask::prose::{Basis, Finding, Record, State, read};
use xtask::report::{About, Format, write};

use super::limits;
use super::server::{Answer, Server};

const PAGE: &str = "/welcome.md";

fn basis() -> Basis {
    let overlay = "{overlay: 1.0.0, info: {title: Facts, version: '1'}, actions: [{target: $.info, update: {x-a: 1}, \
                   description: A fact., x-page: 'https://docs.ultravox.ai/welcome'}]}";
    let mut basis = Basis::default();
    basis.add_overlay("overlay.yaml", &Overlay::parse(overlay).unwrap());
    basis
}

async fn findings(answer: Answer) -> Vec<Finding> {
    let server = Server::with(&[(PAGE, answer)]);
    let root = Location::parse(&server.root).unwrap();
    let basis = basis();
    let reader = Reader::new(limits()).unwrap();
    let read = read(&root, &basis, &reader, 4).await;
    read.findings(&basis, &Record::default())
}

#[tokio::test]
async fn a_page_that_cannot_be_read_is_reported_with_the_reason() {
    let head = "HTTP/1.1 200 OK\r\n\r\n";
    for (name, answer, reason) in [
        (
            "too long",
            Answer::Page("x".repeat(65 << 10)),
            "longer than the limit",
        ),
        (
            "endless",
            Answer::Endless(head, "xxxxxxxx"),
            "longer than the limit",
        ),
        ("stuck", Answer::Stall(head), ""),
        ("reset", Answer::Reset(head), ""),
        ("no answer", Answer::Reset(""), ""),
        (
            "an error",
            Answer::status("500 Internal Server Error", ""),
            "500",
        ),
        ("forbidden", Answer::status("403 Forbidden", ""), "403"),
        (
            "HTML",
            Answer::Page("<!doctype html>".to_owned()),
            "this is HTML",
        ),
        (
            "no text",
            Answer::typed("text/markdown", b"# \xff"),
            "not text in UTF-8",
        ),
        (
            "an image",
            Answer::typed("image/png", b"# Welcome"),
            "image/png",
        ),
        ("nothing", Answer::Page("\n \n".to_owned()), "it is empty"),
        (
            "another origin",
            Answer::redirect("https://evil.example/"),
            "another origin",
        ),
        ("a loop", Answer::redirect(PAGE), "redirects more than"),
    ] {
        let findings = findings(answer).await;
        let [
            Finding {
                state: State::Unread(said),
                ..
            },
        ] = findings.as_slice()
        else {
            panic!("{name}: {findings:?}");
        };
        assert!(said.contains(reason), "{name}: {said}");
        assert_eq!(findings[0].option(), None, "{name}");
    }
}

#[tokio::test]
async fn a_page_is_gone_where_the_server_says_so() {
    for line in ["404 Not Found", "410 Gone"] {
        let findings = findings(Answer::status(line, "")).await;
        assert_eq!(findings[0].state, State::Gone, "{line}");
    }
}

#[tokio::test]
async fn a_page_in_place_of_the_one_that_was_is_another_page() {
    let was = findings(Answer::Page("# Welcome".to_owned())).await;
    let not_found = findings(Answer::Page("# Page not found".to_owned())).await;
    assert_ne!(
        was[0].state.hash().unwrap(),
        not_found[0].state.hash().unwrap()
    );
}

/// What a server says is shown, and controls nothing.
#[tokio::test]
async fn what_a_server_says_of_a_page_cannot_steer_what_shows_it() {
    let hostile = "https://evil.example/\u{9b}2J`<b>@you|</details>##[group]";
    let unread = Finding {
        page: format!("https://docs.ultravox.ai/{hostile}"),
        state: State::Unread(format!(
            "{hostile}\n::set-output name=x::y\r\u{1b}[2J{}",
            "x".repeat(1 << 20)
        )),
        rests: vec![format!("overlay.yaml, action 1: {hostile}\n::error::")],
    };
    let about = About {
        old: "old".to_owned(),
        new: "new".to_owned(),
        prose: Some(vec![unread; 50]),
        ..About::default()
    };
    let report = |format| {
        let mut out = Vec::new();
        write(&mut out, &Diff::default(), format, false, &about).unwrap();
        out.flush().unwrap();
        String::from_utf8(out).unwrap()
    };
    let text = report(Format::Text);
    let markdown = report(Format::Markdown);
    let page = report(Format::Html);
    assert!(page.contains("Pages of prose: 50"));
    for harm in ["<b>@", "</details>"] {
        assert!(!page.contains(harm), "{harm}");
    }
    for shown in [&text, &markdown, &page, &report(Format::Json)] {
        let steers = |c: char| c.is_control() && c != '\n';
        assert!(!shown.contains(steers));
        assert!(!shown.contains("##["), "{shown}");
        let commands = shown
            .lines()
            .filter(|line| line.trim_start().starts_with("::"));
        assert_eq!(commands.count(), 0);
    }
    assert!(text.lines().all(|line| line.chars().count() < 500));
    assert!(markdown.len() < 8_000, "{}", markdown.len());
    assert!(markdown.contains("…and 42 more"), "{markdown}");
    // Nothing of it is outside the code spans, which begin with one more backtick than they
    // contain.
    let outside: String = markdown.split("``").step_by(2).collect();
    assert!(!outside.contains("evil"), "{outside}");
}
