//! The pages of prose that facts of our own rest on, as `update-spec` and `check-spec` compare them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use xtask::prose::Record;

use super::folder::Folder;
use super::support::{CANONICAL, xtask};

const WELCOME: &str = "https://docs.ultravox.ai/welcome";

/// The fixture site and its document, with facts of the overlay that rest on these pages.
fn with(pages: &[&str]) -> Folder {
    let folder = Folder::new();
    rest_on(&folder, pages);
    folder.write("harbour.yaml", CANONICAL);
    folder
}

fn rest_on(folder: &Folder, pages: &[&str]) {
    let actions = pages.iter().map(|page| {
        format!(
            "- {{target: $.components.schemas.Lamp.properties.name, update: {{maxLength: 40}}, \
             description: A name has 40 letters., x-page: '{page}'}}\n"
        )
    });
    folder.overlay(&actions.collect::<String>());
}

/// Records that the page was looked at, with the option that the report shows.
#[track_caller]
fn look_at_all(folder: &Folder) {
    let (out, _) = folder.run(&["check-spec"], 0);
    let options: Vec<_> = options(&out).collect();
    let mut arguments = vec!["update-spec"];
    for option in &options {
        arguments.extend(["--reviewed", option]);
    }
    let (_, err) = folder.run(&arguments, 0);
    assert!(
        err.contains(&format!(
            "wrote prose.yaml; pages looked at: {}",
            options.len()
        )),
        "{err}"
    );
}

/// What the report says to give as `--reviewed`.
fn options(report: &str) -> impl Iterator<Item = &str> {
    report
        .lines()
        .filter_map(|line| line.split_once("--reviewed "))
        .map(|(_, option)| option)
}

#[test]
fn a_page_is_in_every_report_until_somebody_says_that_they_looked_at_it() {
    let refresh = with(&[WELCOME]);
    let (text, _) = refresh.run(&["check-spec"], 0);
    let adopted = "  Remove `action 1 of the overlay (A name has 40 letters. https://docs.ultravox.ai/welcome)`: it \
                   changes nothing, because upstream has adopted the fact.\n";
    assert!(
        text.contains(&format!(
            "\nno changes\n\nwhat to do\n\n{adopted}\nprose (1)\n"
        )),
        "{text}"
    );
    let (out, _) = refresh.run(&["update-spec"], 0);
    assert_eq!(out, text);
    assert_eq!(refresh.read("prose.yaml"), None);

    look_at_all(&refresh);
    let (out, _) = refresh.run(&["check-spec"], 0);
    assert!(!out.contains("prose"), "{out}");
    let (_, err) = refresh.run(&["update-spec"], 0);
    assert!(!err.contains("prose.yaml"), "{err}");
    let record = Record::parse(&refresh.read("prose.yaml").unwrap()).unwrap();
    assert_eq!(record.pages(), BTreeSet::from([WELCOME.to_owned()]));
}

#[test]
fn a_page_that_changed_is_reported_with_what_rests_on_it_in_text_markdown_and_json() {
    let refresh = with(&[WELCOME]);
    look_at_all(&refresh);
    refresh.write(
        "site/welcome.md",
        "# Welcome\n\nNames may have 50 letters now.\n",
    );
    // It is not drift, whatever the command is told to fail on.
    let (text, _) = refresh.run(&["check-spec", "--fail-on", "any"], 0);
    for part in [
        "no changes\n",
        "\nprose (1)\n",
        "\n  https://docs.ultravox.ai/welcome\n    changed\n",
        "      overlay.yaml, action 1: A name has 40 letters.\n",
        // Where the page was read, so that the command can be pasted.
        &format!(
            "      once looked at: cargo xtask update-spec --source {} --output {} --reviewed welcome=",
            refresh.path("site").display(),
            refresh.path("harbour.yaml").display()
        ),
    ] {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
    let (markdown, _) = refresh.run(&["check-spec", "--format", "markdown"], 0);
    for part in [
        "\n### prose: 1 page\n",
        "\n- `https://docs.ultravox.ai/welcome`: `it says something else",
        "\n  - `overlay.yaml, action 1: A name has 40 letters.`\n",
    ] {
        assert!(markdown.contains(part), "{part:?} is not in {markdown}");
    }
    let (json, _) = refresh.run(&["check-spec", "--format", "json"], 0);
    let json: Value = serde_json::from_str(&json).unwrap();
    let page = &json["prose"][0];
    assert_eq!(page["page"], WELCOME);
    assert_eq!(page["state"], "changed");
    assert_eq!(
        page["rests"][0],
        "overlay.yaml, action 1: A name has 40 letters."
    );
    let option = options(&text).next().unwrap();
    let (_, shown) = option.rsplit_once('=').unwrap();
    assert!(page["hash"].as_str().unwrap().starts_with(shown));
    assert_eq!(json["severity"], Value::Null);
    assert_is_report(&json);
}

/// Checks a report in JSON against its schema.
#[track_caller]
pub fn assert_is_report(json: &Value) {
    let schema = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/schema/drift-report.schema.json"
    );
    let mut schemas = boon::Schemas::new();
    let schema = boon::Compiler::new().compile(schema, &mut schemas).unwrap();
    assert!(schemas.validate(json, schema).is_ok());
}

#[test]
fn another_layout_of_a_page_is_no_change() {
    let refresh = with(&[WELCOME]);
    look_at_all(&refresh);
    let page = refresh.read("site/welcome.md").unwrap();
    let other = format!("> A banner.\r\n\r\n{}", page.replace('\n', "  \r\n"));
    refresh.write("site/welcome.md", &other);
    let (out, _) = refresh.run(&["check-spec"], 0);
    assert!(!out.contains("prose"), "{out}");
}

#[test]
fn a_page_that_is_gone_is_reported_and_cannot_have_been_looked_at() {
    let refresh = with(&[WELCOME]);
    look_at_all(&refresh);
    let record = refresh.read("prose.yaml");
    fs::remove_file(refresh.path("site/welcome.md")).unwrap();
    let (out, _) = refresh.run(&["check-spec"], 0);
    assert!(
        out.contains("welcome\n    gone\n      the site no longer has it"),
        "{out}"
    );
    assert_eq!(options(&out).count(), 0);
    let option = format!("welcome={}", "0".repeat(12));
    let (_, err) = refresh.run(&["update-spec", "--reviewed", &option], 2);
    assert!(err.contains("welcome is gone"), "{err}");
    assert_eq!(refresh.read("prose.yaml"), record);
}

#[test]
fn a_page_that_changed_again_was_not_looked_at_and_nothing_is_written() {
    let refresh = with(&[WELCOME]);
    let (out, _) = refresh.run(&["check-spec"], 0);
    let option = options(&out).next().unwrap();
    refresh.write("site/welcome.md", "# Welcome\n\nQuite another page.\n");
    let (_, err) = refresh.run(&["update-spec", "--reviewed", option], 2);
    assert!(err.contains("not what was looked at"), "{err}");
    assert_eq!(refresh.read("prose.yaml"), None);
    for option in ["welcome", "all", "welcome=0", "welcome="] {
        let (_, err) = refresh.run(&["update-spec", "--reviewed", option], 2);
        assert!(err.contains("--reviewed"), "{err}");
    }
    // Only `update-spec` writes.
    let (_, err) = refresh.run(&["check-spec", "--reviewed", option], 2);
    assert!(err.contains("unexpected argument"), "{err}");
}

#[test]
fn to_have_looked_at_a_page_changes_nothing_but_its_hash() {
    let refresh = with(&[WELCOME]);
    let old = CANONICAL.replacen("summary: Get Lamp", "summary: A lamp", 1);
    refresh.write("harbour.yaml", &old);
    let (out, _) = refresh.run(&["check-spec"], 1);
    let option = options(&out).next().unwrap();
    let (out, err) = refresh.run(&["update-spec", "--reviewed", option], 0);
    assert!(
        out.is_empty() && err.starts_with("wrote prose.yaml"),
        "{out}{err}"
    );
    assert_eq!(refresh.read("harbour.yaml"), Some(old));
}

#[test]
fn a_dry_run_leaves_the_hashes_as_they_are() {
    let refresh = with(&[WELCOME]);
    let (out, _) = refresh.run(&["check-spec"], 0);
    let option = options(&out).next().unwrap();
    let (_, err) = refresh.run(&["update-spec", "--dry-run", "--reviewed", option], 0);
    assert!(
        err.contains("dry run: prose.yaml is left as it is"),
        "{err}"
    );
    assert_eq!(refresh.read("prose.yaml"), None);
}

#[test]
fn a_page_that_nothing_rests_on_any_more_is_noted_and_taken_out() {
    let overview = "https://docs.ultravox.ai/api-reference/lamps/overview";
    let refresh = with(&[WELCOME, overview]);
    look_at_all(&refresh);
    rest_on(&refresh, &[overview]);
    let (out, err) = refresh.run(&["check-spec"], 0);
    assert!(!out.contains("prose"), "{out}");
    assert!(
        err.contains("note: nothing of ours rests on https://docs.ultravox.ai/welcome any more"),
        "{err}"
    );
    refresh.write("site/api-reference/lamps/overview.md", "# Lamps\n\nNew.\n");
    look_at_all(&refresh);
    let record = Record::parse(&refresh.read("prose.yaml").unwrap()).unwrap();
    assert_eq!(record.pages(), BTreeSet::from([overview.to_owned()]));
}

#[test]
fn the_pages_of_a_document_of_our_own_count_as_well() {
    let refresh = with(&[WELCOME]);
    let own = format!(
        "openapi: 3.0.3\ninfo: {{title: Messages, version: '1'}}\npaths: {{}}\ncomponents:\n  schemas:\n    \
         Ping: {{type: object, externalDocs: {{url: '{WELCOME}#ping'}}}}\n"
    );
    refresh.write("messages.yaml", &own);
    let (out, _) = refresh.run(&["check-spec"], 0);
    assert!(out.contains("prose (1)"), "{out}");
    assert!(out.contains("      messages.yaml, schema Ping\n"), "{out}");
}

#[test]
fn a_page_that_describes_an_operation_is_in_the_report_by_itself() {
    let refresh = with(&["https://docs.ultravox.ai/api-reference/lamps/get#body"]);
    let (out, _) = refresh.run(&["check-spec"], 0);
    assert!(!out.contains("prose"), "{out}");
}

#[test]
fn a_source_without_pages_says_that_none_is_compared() {
    let refresh = with(&[WELCOME]);
    let (out, err) = refresh.run_from("harbour.yaml", &["check-spec", "--format", "json"], 0);
    assert!(
        err.contains("the pages of prose that facts of ours rest on (1) are not compared"),
        "{err}"
    );
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json.get("prose"), None);
    let option = format!("welcome={}", "0".repeat(12));
    let arguments = ["update-spec", "--reviewed", &option];
    let (_, err) = refresh.run_from("harbour.yaml", &arguments, 2);
    assert!(err.contains("name the site as --source"), "{err}");
}

#[test]
fn a_file_of_hashes_that_cannot_be_read_is_named() {
    let refresh = with(&[WELCOME]);
    refresh.write(
        "prose.yaml",
        "pages: {'https://docs.ultravox.ai/welcome': 'abc'}\n",
    );
    let (_, err) = refresh.run(&["check-spec"], 2);
    assert!(
        err.contains("prose.yaml") && err.contains("64 hexadecimal digits"),
        "{err}"
    );
}

#[test]
fn the_sources_of_the_workspace_count_as_well() {
    let refresh = with(&[WELCOME]);
    let root = refresh.path("root");
    for folder in ["openapi", "src/harbour", "other"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    for folder in ["openapi", "other"] {
        fs::write(root.join(folder).join("harbour.yaml"), CANONICAL).unwrap();
    }
    let source = format!("//! The rules are those of <{WELCOME}>.\n");
    fs::write(root.join("src/harbour/rules.rs"), &source).unwrap();
    fs::write(root.join("src/notes.txt"), source).unwrap();
    let report = |folder: &str| {
        let mut xtask = xtask("check-spec");
        xtask.arg("--source").arg(refresh.path("site"));
        xtask
            .arg("--output")
            .arg(root.join(folder).join("harbour.yaml"));
        String::from_utf8(xtask.output().unwrap().stdout).unwrap()
    };
    let shown = report("openapi");
    assert!(
        shown.contains("      nobody has looked at it yet\n      src/harbour/rules.rs\n      once"),
        "{shown}"
    );
    // A document that is vendored elsewhere has no sources.
    assert!(!report("other").contains("prose"));
}

/// Each page that the project's own facts rest on was looked at, and no other is in the file. `check-spec` shows
/// how to record one.
#[test]
fn the_projects_own_hashes_are_those_of_the_pages_that_its_facts_rest_on() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi/prose.yaml");
    let text = fs::read_to_string(file).unwrap();
    let record = Record::parse(&text).unwrap();
    assert_eq!(record.to_yaml(), text);
    let addresses = xtask::commands::vendored_pages().unwrap();
    assert_eq!(record.pages(), addresses);
}
