//! The overlay beside a document, as `update-spec` and `check-spec` apply it.

use std::fs;
use std::path::Path;

use super::folder::Folder;
use super::support::CANONICAL;

/// A folder with an overlay of these actions.
fn with(actions: &str) -> Folder {
    let folder = Folder::new();
    folder.overlay(actions);
    folder
}

const NAME: &str = "- {target: $.components.schemas.Lamp.properties.name, update: {minLength: 2}, \
     description: A name has two letters., x-page: 'https://harbour.example/lamps'}";
const REMOVAL: &str = "- {target: '$.paths[\"/api/lamps/{lamp_id}\"].get', remove: true, \
     description: The generator cannot take it yet., x-page: 'https://harbour.example/lamp'}";

#[test]
fn what_is_written_and_compared_is_what_the_source_says_with_the_overlay() {
    let vendored = with(&format!("{NAME}\n{REMOVAL}"));
    let (_, err) = vendored.run(&["update-spec"], 0);
    assert!(err.contains("5 operations, 4 schemas"), "{err}");
    let text = vendored.document().unwrap();
    assert!(text.contains("minLength: 2") && !CANONICAL.contains("minLength: 2"));
    assert!(CANONICAL.contains("operationId: lamps_retrieve"));
    assert!(!text.contains("operationId: lamps_retrieve"), "{text}");

    let (_, err) = vendored.run(&["update-spec"], 0);
    assert!(err.contains("nothing changed"), "{err}");
    let (out, _) = vendored.run(&["check-spec"], 0);
    assert!(out.contains("no changes"), "{out}");

    // What only the overlay says is drift if the document lacks it.
    vendored.write("harbour.yaml", CANONICAL);
    let (out, _) = vendored.run(&["check-spec"], 1);
    assert!(
        out.contains("min-length") && out.contains("lamps_retrieve"),
        "{out}"
    );
}

/// Without a network, a new action is applied to what is vendored, which has the others already.
#[test]
fn what_is_vendored_is_a_source_for_its_own_overlay_removals_included() {
    let vendored = with(&format!("{NAME}\n{REMOVAL}"));
    vendored.run(&["update-spec"], 0);
    let text = vendored.document().unwrap();
    assert!(
        text.contains("x-overlay-removed:")
            && text.contains("- $.paths[\"/api/lamps/{lamp_id}\"].get"),
        "{text}"
    );
    let own = "harbour.yaml";
    for command in ["update-spec", "check-spec"] {
        let (out, err) = vendored.run_from(own, &[command], 0);
        assert!(out.contains("no changes"), "{out}");
        assert!(
            err.contains("the facts of 2 actions of the overlay already"),
            "{err}"
        );
    }
    assert_eq!(vendored.document().unwrap(), text);

    vendored.overlay(&format!(
        "{NAME}\n{REMOVAL}\n{}",
        REMOVAL.replace(".get'", ".delete'")
    ));
    let (out, err) = vendored.run_from(own, &["update-spec"], 0);
    assert!(out.contains("operation-removed"), "{out}");
    assert!(err.contains("4 operations"), "{err}");
    // One with a wrong target is still reported.
    vendored.overlay(&format!(
        "{NAME}\n{REMOVAL}\n{}",
        REMOVAL.replace(".get'", ".trace'")
    ));
    let (_, err) = vendored.run_from(own, &["update-spec"], 2);
    assert!(
        err.contains("action 3 of the overlay") && !err.contains("action 2"),
        "{err}"
    );
}

#[test]
fn an_action_that_matches_nothing_fails_the_refresh_and_writes_nothing() {
    let gone = NAME.replace("schemas.Lamp", "schemas.Lantern");
    let vendored = with(&gone);
    let (_, err) = vendored.run(&["update-spec"], 2);
    for part in [
        "action 1 of the overlay",
        "A name has two letters.",
        "https://harbour.example/lamps",
        "nothing in the document matches",
    ] {
        assert!(err.contains(part), "{err}");
    }
    assert_eq!(vendored.document(), None);
}

#[test]
fn an_action_that_contradicts_the_source_fails_and_writes_nothing() {
    let vendored = with(&format!(
        "{}\n{NAME}\n{}",
        NAME.replace("minLength: 2", "maxLength: 30"),
        NAME.replace("minLength: 2", "type: integer")
    ));
    vendored.write("harbour.yaml", CANONICAL);
    for command in ["update-spec", "check-spec"] {
        let (_, err) = vendored.run(&[command], 2);
        for part in [
            "Correct these actions, or remove those whose fact is gone",
            "action 1 of the overlay (A name has two letters. https://harbour.example/lamps): \
             $.components.schemas.Lamp.properties.name.maxLength: the document says 40, and the action says 30",
            "| action 3 of the overlay",
            "name.type: the document says \"string\", and the action says \"integer\"",
        ] {
            assert!(err.contains(part), "{err}");
        }
        assert!(!err.contains("action 2"), "{err}");
    }
    assert_eq!(vendored.document().unwrap(), CANONICAL);
}

#[test]
fn an_action_whose_fact_is_adopted_is_noted() {
    let adopted = NAME.replace("minLength: 2", "maxLength: 40, description: Ours");
    let vendored = with(&adopted);
    let adopted = "Remove `action 1 of the overlay (A name has two letters. https://harbour.example/lamps)`: it changes \
                   nothing, because upstream has adopted the fact.\n";
    let (out, _) = vendored.run(&["update-spec"], 0);
    assert!(out.contains(&format!("\n  {adopted}")), "{out}");
    assert_eq!(vendored.document().unwrap(), CANONICAL);
    // Until it is removed, also where nothing changed.
    let (out, _) = vendored.run(&["check-spec"], 0);
    assert!(
        out.contains(&format!("no changes\n\nwhat to do\n\n  {adopted}")),
        "{out}"
    );
    let (out, _) = vendored.run(&["check-spec", "--format", "markdown"], 0);
    assert!(
        out.contains(&format!("No changes.\n\n### What to do\n\n1. {adopted}")),
        "{out}"
    );
    let (out, _) = vendored.run(&["check-spec", "--format", "html"], 0);
    assert!(out.contains("<li>Remove <code>action 1 of"), "{out}");
}

#[test]
fn an_overlay_that_cannot_be_read_is_named_with_its_action() {
    let pageless = NAME.replace("x-page", "page");
    let (_, err) = with(&pageless).run(&["update-spec"], 2);
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
