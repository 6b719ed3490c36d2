//! The overlay beside a document, as `update-spec` and `check-spec` apply it.

// Helpers of tests, which clippy does not tell from other functions.
#![allow(clippy::panic, clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::Path;
use std::process::Command;

const CANONICAL: &str = include_str!("fixture-site.yaml");

/// A folder with a document and its overlay.
struct Vendored {
    directory: tempfile::TempDir,
}

impl Vendored {
    fn with(actions: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let vendored = Self { directory };
        vendored.overlay(actions);
        vendored
    }

    fn overlay(&self, actions: &str) {
        let overlay =
            format!("overlay: 1.0.0\ninfo: {{title: Facts, version: '1'}}\nactions:\n{actions}\n");
        fs::write(self.directory.path().join("overlay.yaml"), overlay).unwrap();
    }

    fn text(&self) -> Option<String> {
        fs::read_to_string(self.directory.path().join("harbour.yaml")).ok()
    }

    /// Runs the command on the fixture site, and returns the report and the messages.
    #[track_caller]
    fn run(&self, command: &str, code: i32) -> (String, String) {
        let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture-site");
        self.run_from(&site, command, code)
    }

    #[track_caller]
    fn run_from(&self, site: &Path, command: &str, code: i32) -> (String, String) {
        let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
        xtask.arg(command).arg("--source").arg(site);
        xtask
            .arg("--output")
            .arg(self.directory.path().join("harbour.yaml"));
        if command == "update-spec" {
            xtask.arg("--no-cargo-check");
        }
        let output = xtask.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{out}\n{err}");
        (out, err)
    }
}

const NAME: &str = "- {target: $.components.schemas.Lamp.properties.name, update: {minLength: 2}, \
     description: A name has two letters., x-page: 'https://harbour.example/lamps'}";
const REMOVAL: &str = "- {target: '$.paths[\"/api/lamps/{lamp_id}\"].get', remove: true, \
     description: The generator cannot take it yet., x-page: 'https://harbour.example/lamp'}";

#[test]
fn what_is_written_and_compared_is_what_the_source_says_with_the_overlay() {
    let vendored = Vendored::with(&format!("{NAME}\n{REMOVAL}"));
    let (_, err) = vendored.run("update-spec", 0);
    assert!(err.contains("5 operations, 4 schemas"), "{err}");
    let text = vendored.text().unwrap();
    assert!(text.contains("minLength: 2") && !CANONICAL.contains("minLength: 2"));
    assert!(CANONICAL.contains("operationId: lamps_retrieve"));
    assert!(!text.contains("operationId: lamps_retrieve"), "{text}");

    let (_, err) = vendored.run("update-spec", 0);
    assert!(err.contains("nothing changed"), "{err}");
    let (out, _) = vendored.run("check-spec", 0);
    assert!(out.contains("no changes"), "{out}");

    // What only the overlay says is drift if the document lacks it.
    fs::write(vendored.directory.path().join("harbour.yaml"), CANONICAL).unwrap();
    let (out, _) = vendored.run("check-spec", 1);
    assert!(
        out.contains("min-length") && out.contains("lamps_retrieve"),
        "{out}"
    );
}

/// Without a network, a new action is applied to what is vendored, which has the others already.
#[test]
fn what_is_vendored_is_a_source_for_its_own_overlay_removals_included() {
    let vendored = Vendored::with(&format!("{NAME}\n{REMOVAL}"));
    vendored.run("update-spec", 0);
    let text = vendored.text().unwrap();
    assert!(
        text.contains("x-overlay-removed:")
            && text.contains("- $.paths[\"/api/lamps/{lamp_id}\"].get"),
        "{text}"
    );
    let own = vendored.directory.path().join("harbour.yaml");
    for command in ["update-spec", "check-spec"] {
        let (out, err) = vendored.run_from(&own, command, 0);
        assert!(out.contains("no changes"), "{out}");
        assert!(
            err.contains("the facts of 2 actions of the overlay already"),
            "{err}"
        );
    }
    assert_eq!(vendored.text().unwrap(), text);

    vendored.overlay(&format!(
        "{NAME}\n{REMOVAL}\n{}",
        REMOVAL.replace(".get'", ".delete'")
    ));
    let (out, err) = vendored.run_from(&own, "update-spec", 0);
    assert!(out.contains("operation-removed"), "{out}");
    assert!(err.contains("4 operations"), "{err}");
    // One with a wrong target is still reported.
    vendored.overlay(&format!(
        "{NAME}\n{REMOVAL}\n{}",
        REMOVAL.replace(".get'", ".trace'")
    ));
    let (_, err) = vendored.run_from(&own, "update-spec", 2);
    assert!(
        err.contains("action 3 of the overlay") && !err.contains("action 2"),
        "{err}"
    );
}

#[test]
fn an_action_that_matches_nothing_fails_the_refresh_and_writes_nothing() {
    let gone = NAME.replace("schemas.Lamp", "schemas.Lantern");
    let vendored = Vendored::with(&gone);
    let (_, err) = vendored.run("update-spec", 2);
    for part in [
        "action 1 of the overlay",
        "A name has two letters.",
        "https://harbour.example/lamps",
        "nothing in the document matches",
    ] {
        assert!(err.contains(part), "{err}");
    }
    assert_eq!(vendored.text(), None);
}

#[test]
fn an_action_whose_fact_is_adopted_is_noted() {
    let adopted = NAME.replace("minLength: 2", "maxLength: 40, description: Ours");
    let vendored = Vendored::with(&adopted);
    let (_, err) = vendored.run("update-spec", 0);
    assert!(
        err.contains("note: action 1 of the overlay") && err.contains("the action can go"),
        "{err}"
    );
    assert_eq!(vendored.text().unwrap(), CANONICAL);
}

#[test]
fn an_overlay_that_cannot_be_read_is_named_with_its_action() {
    let pageless = NAME.replace("x-page", "page");
    let (_, err) = Vendored::with(&pageless).run("update-spec", 2);
    for part in ["overlay.yaml", "action 1", "unknown field `page`"] {
        assert!(err.contains(part), "{err}");
    }
}

/// The project's own document has every fact of its own overlay.
#[test]
fn the_vendored_document_is_what_its_overlay_gives() {
    let openapi = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi");
    let read = |name: &str| fs::read_to_string(openapi.join(name)).unwrap();
    let overlay = xtask::overlay::Overlay::parse(&read("overlay.yaml")).unwrap();
    let document = xtask::refresh::parse(&read("ultravox.yaml")).unwrap();
    let actions = read("overlay.yaml").matches("\n  - description:").count();
    let (after, adopted) = overlay.apply(document.clone()).unwrap();
    assert_eq!((after, adopted.len()), (document, actions));
}
