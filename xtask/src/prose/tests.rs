use std::collections::BTreeMap;

use serde_json::json;

use super::*;

const THREADS: &str = "https://docs.ultravox.ai/agents/threads";

fn overlay(pages: &[&str]) -> Overlay {
    let action = |page: &&str| json!({"description": format!("As {page} says."), "x-page": page, "target": "$.info", "update": {"x-a": 1}});
    let actions: Vec<_> = pages.iter().map(action).collect();
    let file =
        json!({"overlay": "1.0.0", "info": {"title": "F", "version": "1"}, "actions": actions});
    Overlay::parse(&file.to_string()).unwrap()
}

fn basis(pages: &[&str]) -> Basis {
    let mut basis = Basis::default();
    basis.add_overlay("overlay.yaml", &overlay(pages));
    basis
}

/// The pages as they would be read.
fn said(pages: &[(&str, Result<&str, State>)]) -> Read {
    let pages = pages.iter().map(|(path, text)| {
        let hash = text.clone().map(|text| hash(&normal(text).unwrap()));
        ((*path).to_owned(), hash)
    });
    Read {
        pages: pages.collect(),
    }
}

/// What the option would be for a page with this text.
fn reviewed(page: &str, text: &str) -> Reviewed {
    let hash = hash(&normal(text).unwrap());
    format!("{page}={}", &hash[..SHOWN]).parse().unwrap()
}

#[test]
fn the_same_page_however_it_is_spelled_is_one() {
    let basis = basis(&[
        THREADS,
        "https://docs.ultravox.ai/agents/threads.md",
        "https://docs.ultravox.ai/agents/threads/#spawning",
        "https://docs.ultravox.ai/agents/threads?x=1",
        "https://docs.ultravox.ai/agents/other/../threads",
        "https://docs.ultravox.ai/agents/%2E%2e/agents/threads",
    ]);
    assert_eq!(basis.addresses(), BTreeSet::from([THREADS.to_owned()]));
    let rests = &basis.pages["agents/threads"];
    assert_eq!(rests.len(), 6);
    assert_eq!(
        rests[1],
        "overlay.yaml, action 2: As https://docs.ultravox.ai/agents/threads.md says."
    );
}

#[test]
fn an_address_that_is_no_page_of_the_site_is_not_read_and_told() {
    let pages = [
        "http://docs.ultravox.ai/a",
        "https://docs.ultravox.ai",
        "https://docs.ultravox.ai.evil.example/a",
        "https://docs.ultravox.ai:8443/a",
        "https://me@docs.ultravox.ai/a",
    ];
    let basis = basis(&pages);
    assert_eq!(basis.addresses(), BTreeSet::new());
    assert_eq!(basis.len(), pages.len());
    let findings = said(&[]).findings(&basis, &Record::default());
    assert_eq!(findings.len(), pages.len());
    for finding in findings {
        assert!(
            finding.explanation().contains("it is no page of"),
            "{finding:?}"
        );
        assert_eq!(finding.option(), None);
    }
}

#[test]
fn a_document_of_our_own_names_its_pages_where_they_are_used() {
    let mut basis = Basis::default();
    basis.add_document(
        "messages.yaml",
        &json!({
            "x-page": THREADS,
            "components": {"schemas": {
                "Ping": {"externalDocs": {"url": "https://docs.ultravox.ai/apps/datamessages#ping"}},
                "Spawn": {"properties": {"limits": {"x-page": THREADS}}},
            }},
        }),
    );
    let expected = BTreeMap::from([
        (
            "agents/threads",
            vec![
                "messages.yaml",
                "messages.yaml, schema Spawn > properties > limits",
            ],
        ),
        ("apps/datamessages", vec!["messages.yaml, schema Ping"]),
    ]);
    let found: BTreeMap<_, Vec<_>> = basis
        .pages
        .iter()
        .map(|(page, rests)| (page.as_str(), rests.iter().map(String::as_str).collect()))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn a_source_names_its_pages_by_their_addresses() {
    let mut basis = Basis::default();
    basis.add_source(
        "src/threads.rs",
        "//! See <https://docs.ultravox.ai/agents/threads>, [too](https://docs.ultravox.ai/apps/sdks#a) and\n\
         //! https://docs.ultravox.ai/webhooks/overview. The site is <https://docs.ultravox.ai/>, or \n\
         //! https://docs.ultravox.ai, and `https://docs.ultravox.ai/agents/threads.md` is the first again.\n\
         const ELSEWHERE: &str = \"https://docs.example/a\";",
    );
    assert_eq!(
        basis.addresses().into_iter().collect::<Vec<_>>(),
        [
            THREADS,
            "https://docs.ultravox.ai/apps/sdks",
            "https://docs.ultravox.ai/webhooks/overview"
        ]
    );
    assert_eq!(basis.pages["agents/threads"], ["src/threads.rs"]);
    assert!(basis.elsewhere.is_empty());
}

#[test]
fn a_page_that_describes_an_operation_is_not_among_them() {
    let mut basis = basis(&[THREADS, "https://docs.ultravox.ai/api-reference/a/get#body"]);
    let docs = json!({"url": "https://docs.ultravox.ai/api-reference/a/get"});
    basis.without_operations(&json!({"paths": {"/a": {"get": {"externalDocs": docs}}}}));
    assert_eq!(basis.addresses(), BTreeSet::from([THREADS.to_owned()]));
}

#[test]
fn spaces_at_the_ends_of_lines_empty_lines_and_what_stands_above_the_title_do_not_count() {
    let page = "# Threads\n\nA call has many.\n\n- one\n- two\n";
    for same in [
        "\u{feff}# Threads\n\nA call has many.\n\n- one\n- two\n",
        "> ## Index\n> See llms.txt.\n\n# Threads\n\nA call has many.\n\n- one\n- two\n",
        "# Threads  \r\n\r\nA call has many.\t\r\n\r\n\r\n- one\r\n- two\r\n\r\n",
        "# Threads\nA call has many.\n- one\n- two",
    ] {
        assert_eq!(normal(same).unwrap(), normal(page).unwrap(), "{same:?}");
    }
    for other in [
        "# Threads\n\nA call has few.\n\n- one\n- two\n",
        "# Threads\n\nA call has many.\n\n- one\n  - two\n",
        "# Threads\n\nA call has many. - one\n- two\n",
        "# Thread\n\nA call has many.\n\n- one\n- two\n",
        "# Threads\n\nA call has many.\n\n- one\n",
        "A call has many.\n\n- one\n- two\n",
    ] {
        assert_ne!(normal(other).unwrap(), normal(page).unwrap(), "{other:?}");
    }
}

#[test]
fn html_and_nothing_are_no_pages() {
    for (text, reason) in [
        ("<!DOCTYPE html><p>Not found", "this is HTML"),
        ("", "it is empty"),
        ("\u{feff} \n\t\n", "it is empty"),
    ] {
        let error = normal(text).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn a_page_is_reported_until_it_was_looked_at_and_again_after_a_change() {
    let basis = basis(&[THREADS]);
    let (first, second) = (
        said(&[("agents/threads", Ok("# One"))]),
        said(&[("agents/threads", Ok("# Two"))]),
    );
    let new = first.findings(&basis, &Record::default());
    assert!(matches!(new[0].state, State::New(_)), "{new:?}");

    let record = first
        .reviewed(&Record::default(), &[reviewed("agents/threads", "# One")])
        .unwrap();
    assert_eq!(first.findings(&basis, &record), []);

    let changed = second.findings(&basis, &record);
    assert!(matches!(changed[0].state, State::Changed(_)), "{changed:?}");
    let option = changed[0].option().unwrap();
    let option: Reviewed = option.strip_prefix("--reviewed ").unwrap().parse().unwrap();
    let record = second.reviewed(&record, &[option]).unwrap();
    assert_eq!(second.findings(&basis, &record), []);
    // It is as it was; somebody has to look again.
    assert_eq!(first.findings(&basis, &record).len(), 1);
}

#[test]
fn only_what_is_there_now_can_have_been_looked_at() {
    let read = said(&[
        ("a", Ok("# A")),
        ("gone", Err(State::Gone)),
        ("slow", Err(State::Unread("too slow".to_owned()))),
    ]);
    for (page, text, reason) in [
        ("a", "# Old A", "look at it again"),
        ("b", "# B", "nothing of ours rests on this page"),
        ("", "# B", "nothing of ours rests on this page"),
        ("https://docs.ultravox.ai/", "# B", "nothing of ours rests"),
        (
            "gone",
            "# A",
            "the page https://docs.ultravox.ai/gone is gone; change what rests on it",
        ),
        (
            "slow",
            "# A",
            "the page https://docs.ultravox.ai/slow could not be read: too slow",
        ),
    ] {
        let error = read.reviewed(&Record::default(), &[reviewed(page, text)]);
        let error = format!("{:#}", error.unwrap_err());
        assert!(error.contains(reason), "{page}: {error}");
        assert!(error.contains(&format!("--reviewed {page}=")), "{error}");
    }
    for spelled in [
        "a",
        "/a",
        "https://docs.ultravox.ai/a",
        "https://docs.ultravox.ai/a.md#x",
    ] {
        let record = read
            .reviewed(&Record::default(), &[reviewed(spelled, "# A")])
            .unwrap();
        assert_eq!(
            record.pages(),
            BTreeSet::from(["https://docs.ultravox.ai/a".to_owned()]),
            "{spelled}"
        );
    }
}

#[test]
fn a_page_alone_or_a_short_hash_does_not_confirm_that_it_was_looked_at() {
    for text in [
        "agents/threads",
        "agents/threads=",
        "agents/threads=0123456789a",
        "agents/threads=0123456789ag",
        "all",
        "=",
    ] {
        assert!(text.parse::<Reviewed>().is_err(), "{text}");
    }
    let long = format!("agents/threads={}", "0".repeat(65));
    assert!(long.parse::<Reviewed>().is_err());
}

#[test]
fn the_file_reads_as_it_was_written_and_forgets_what_nothing_rests_on() {
    let read = said(&[("a", Ok("# A")), ("b", Ok("# B"))]);
    let both = [reviewed("a", "# A"), reviewed("b", "# B")];
    let record = read.reviewed(&Record::default(), &both).unwrap();
    assert_eq!(Record::parse(&record.to_yaml()).unwrap(), record);
    assert_eq!(record.pages().len(), 2);

    let read = said(&[("a", Ok("# A"))]);
    let record = read.reviewed(&record, &both[..1]).unwrap();
    assert_eq!(record.pages().len(), 1);
    let none = Record::default();
    assert_eq!(Record::parse(&none.to_yaml()).unwrap(), none);
}

#[test]
fn a_file_of_hashes_that_is_none_is_refused() {
    let hash = "0".repeat(64);
    for (text, reason) in [
        ("pages: [".to_owned(), "not YAML"),
        ("{}".to_owned(), "it has no `pages`"),
        (format!("pages: {{}}\nmore: '{hash}'"), "unknown field"),
        (
            format!("pages: {{'https://evil.example/a': '{hash}'}}"),
            "is not the address",
        ),
        (
            format!("pages: {{'{THREADS}#x': '{hash}'}}"),
            "is not the address",
        ),
        (
            format!("pages: {{\"{THREADS}\\n  x\": '{hash}'}}"),
            "is not the address",
        ),
        (
            format!("pages: {{'{THREADS}': '{}'}}", &hash[1..]),
            "64 hexadecimal digits",
        ),
        (
            format!("pages: {{'{THREADS}': '{}g'}}", &hash[1..]),
            "64 hexadecimal digits",
        ),
    ] {
        let error = format!("{:#}", Record::parse(&text).unwrap_err());
        assert!(error.contains(reason), "{text}: {error}");
    }
}
