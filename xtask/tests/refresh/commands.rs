//! The commands as they are run: what they write, what they leave alone, and their exit codes.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
#[cfg(unix)]
use std::time::Duration;

use serde_json::{Value, json};

use super::prose::assert_is_report;
#[cfg(unix)]
use super::site::{Answer, Server};
#[cfg(unix)]
use super::support::GET;
use super::support::{CANONICAL, exit, fixture_site};

fn xtask(arguments: &[&str]) -> Output {
    let mut command = super::support::xtask(arguments[0]);
    command.args(&arguments[1..]);
    command.output().unwrap()
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn update_spec_writes_once_and_then_leaves_the_file_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("document.yaml");
    let (site, file) = (fixture_site(), path.to_str().unwrap());
    let arguments = [
        "update-spec",
        "--source",
        site.to_str().unwrap(),
        "--output",
        file,
    ];

    let (_, err) = exit(&xtask(&[&arguments[..], &["--dry-run"]].concat()), 0);
    assert!(err.contains("dry run"), "{err}");
    assert!(!path.exists());

    let (_, err) = exit(&xtask(&arguments), 0);
    assert!(
        err.contains("wrote ") && err.contains("6 operations, 4 schemas"),
        "{err}"
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), CANONICAL);

    let before = fs::metadata(&path).unwrap().modified().unwrap();
    let (_, err) = exit(&xtask(&arguments), 0);
    assert!(err.contains("nothing changed"), "{err}");
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before);

    let check = [
        "check-spec",
        "--source",
        site.to_str().unwrap(),
        "--output",
        file,
    ];
    exit(&xtask(&check), 0);
    // Another layout is no drift.
    fs::write(
        &path,
        CANONICAL.replace("openapi: 3.0.3\n", "\n'openapi': \"3.0.3\"\n"),
    )
    .unwrap();
    let (_, err) = exit(&xtask(&check), 0);
    assert!(err.contains("another layout"), "{err}");
    let (_, err) = exit(&xtask(&arguments), 0);
    assert!(err.contains("canonical form"), "{err}");
    assert_eq!(fs::read_to_string(&path).unwrap(), CANONICAL);
    assert_eq!(names(directory.path()), ["document.yaml"]);
}

#[test]
fn the_readmes_show_what_a_refresh_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("harbour.yaml");
    let old = CANONICAL
        .replace("- green", "- blue")
        .replace("maxLength: 40", "maxLength: 60")
        .replace("summary: Get Lamp", "summary: A lamp");
    fs::write(&path, old).unwrap();
    let file = path.to_str().unwrap();
    let refresh = || {
        let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(["update-spec", "--no-cargo-check"])
            .args(["--source", "xtask/tests/fixture-site", "--output", file])
            .current_dir(root)
            .output()
            .unwrap();
        let (out, err) = exit(&output, 0);
        let shown = |text: &str| text.replace(file, "target/harbour.yaml");
        let last = err.lines().last().unwrap();
        (shown(&out), shown(last))
    };
    let read = |name: &str| fs::read_to_string(root.join(name)).unwrap();
    let (whole, short) = (read("openapi/README.md"), read("README.md"));
    for _ in 0..2 {
        let (out, last) = refresh();
        assert!(
            whole.contains(&format!("{last}\n\n{out}```")),
            "{last}\n\n{out}"
        );
    }
    let (_, shown) = short.split_once("--output target/harbour.yaml\n").unwrap();
    let (_, report) = shown.split_once("\n\n").unwrap();
    let (report, _) = report.split_once("…").unwrap();
    assert!(whole.contains(report), "{report}");
}

#[test]
fn the_vendored_document_is_found_from_any_folder() {
    let elsewhere = tempfile::tempdir().unwrap();
    let vendored = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi/ultravox.yaml");
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["check-spec", "--source"])
        .arg(&vendored)
        .current_dir(&elsewhere)
        .output()
        .unwrap();
    let (out, _) = exit(&output, 0);
    assert!(out.starts_with("old: openapi/ultravox.yaml\n"), "{out}");
    assert!(names(elsewhere.path()).is_empty());
}

/// The report of `diff` from the vendored document to a changed one.
fn reported(change: impl Fn(&str) -> String, format: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    let vendored = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi/ultravox.yaml");
    let text = fs::read_to_string(&vendored).unwrap();
    let changed = change(&text);
    assert_ne!(changed, text);
    let new = directory.path().join("new.yaml");
    fs::write(&new, changed).unwrap();
    let (old, new) = (vendored.to_str().unwrap(), new.to_str().unwrap());
    let (out, err) = exit(&xtask(&["diff", old, new, "--format", format]), 1);
    assert_eq!(err, "");
    out
}

#[test]
fn a_change_of_what_has_its_type_from_the_messages_is_in_every_report() {
    let changed = |text: &str| {
        let start = "        type:\n          description: 'Kind of message: ";
        text.replacen(
            start,
            &format!("        text: {{type: string}}\n{start}"),
            1,
        )
    };
    let name = "`SendCallDataMessage`";
    let rest = "changed, and its Rust type comes from `openapi/messages.yaml`: see whether that has to change as well.";
    let note = format!("The schema {name} {rest}");
    let text = reported(changed, "text");
    assert!(text.contains(&format!("\n  {note}\n")), "{text}");
    let markdown = reported(changed, "markdown");
    assert!(
        markdown.contains(&format!("\n3. {note}\n4. Paste into")),
        "{markdown}"
    );
    let html = reported(changed, "html");
    let item = "<li>The schema <code>SendCallDataMessage</code> changed, and";
    assert!(html.contains(item), "{html}");
    let json: Value = serde_json::from_str(&reported(changed, "json")).unwrap();
    assert_eq!(json["what_to_do"]["notes"], json!([note]));
    assert_is_report(&json);
}

#[test]
fn a_schema_that_the_messages_need_is_reported_when_it_is_gone_or_has_another_name() {
    let renamed = |from: &str, to: &str, text: &str| {
        text.replace(&format!("\n    {from}:\n"), &format!("\n    {to}:\n"))
            .replace(&format!("schemas/{from}'"), &format!("schemas/{to}'"))
    };
    let text = reported(|text| renamed("Call", "Conversation", text), "text");
    let note = "The schema `Call`, which `openapi/messages.yaml` refers to, is `Conversation` now: until the reference \
                is corrected, the types of messages that need it are left out.\n";
    assert!(text.contains(note), "{text}");
    let text = reported(
        |text| renamed("SendCallDataMessage", "DataMessage", text),
        "text",
    );
    let note =
        "The schema `SendCallDataMessage`, whose Rust type comes from `openapi/messages.yaml`, is";
    assert!(text.contains(note), "{text}");
}

#[test]
fn an_operation_that_code_is_compiled_with_is_reported_when_it_has_another_id() {
    let renamed = |text: &str| {
        text.replacen(
            "operationId: corpora_uploads_create",
            "operationId: corpora_upload",
            1,
        )
    };
    let text = reported(renamed, "text");
    let note = "No operation has the id `corpora_uploads_create` any more, and code in ";
    let line = text
        .lines()
        .find(|line| line.contains(note))
        .unwrap_or(&text);
    assert!(line.contains("`src/lib.rs`"), "{line}");
}

#[test]
fn a_document_without_a_client_is_named_although_nothing_changed() {
    let path =
        |text: &str| text.replacen("/api/webhooks/{webhook_id}:", "/api/webhooks/{hook_id}:", 1);
    let directory = tempfile::tempdir().unwrap();
    let vendored = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi/ultravox.yaml");
    let new = directory.path().join("new.yaml");
    fs::write(&new, path(&fs::read_to_string(&vendored).unwrap())).unwrap();
    let [old, new] = [&vendored, &new].map(|path| path.to_str().unwrap());
    let (out, _) = exit(&xtask(&["diff", old, new]), 0);
    let said = "No Rust can be generated from the new document, although nothing changed: ``paths./api/webhooks/{hook_id}";
    assert!(out.contains("no changes") && out.contains(said), "{out}");
}

#[test]
fn a_new_tag_is_reported_with_where_it_is_described_how_to_add_its_area() {
    let tagged = |text: &str| text.replacen("\n        - accounts\n", "\n        - invoices\n", 1);
    let text = reported(tagged, "text");
    let note = "\n  The tag `invoices` is new. Add its area: the feature, and the tag in `AREAS`, as `CONTRIBUTING.md` says \
                below \"Add an area\"; a test fails until then.\n";
    assert!(text.contains(note), "{text}");
    assert_eq!(text.matches("Add its area").count(), 1, "{text}");
    let contributing = concat!(env!("CARGO_MANIFEST_DIR"), "/../CONTRIBUTING.md");
    let contributing = fs::read_to_string(contributing).unwrap();
    assert!(contributing.contains("\n## Add an area\n"));
}

#[test]
fn drift_is_1_from_the_severity_on_that_is_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = directory.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let old = write("old.yaml", CANONICAL);
    let prose = write(
        "wording.yaml",
        &CANONICAL.replacen("summary: Get Lamp", "summary: A lamp", 1),
    );
    let breaking = write(
        "breaking.yaml",
        &CANONICAL.replacen("operationId: lamps_list", "operationId: lamps_all", 1),
    );
    for (new, fail_on, code) in [
        (&old, "any", 0),
        (&prose, "any", 1),
        (&prose, "additive", 0),
        (&prose, "breaking", 0),
        (&breaking, "any", 1),
        (&breaking, "breaking", 1),
    ] {
        exit(&xtask(&["diff", &old, new, "--fail-on", fail_on]), code);
        let site = fixture_site();
        let check = [
            "check-spec",
            "--source",
            site.to_str().unwrap(),
            "--output",
            new,
            "--fail-on",
        ];
        exit(&xtask(&[&check[..], &[fail_on]].concat()), code);
    }
    assert_eq!(names(directory.path()).len(), 3);
}

#[test]
fn what_cannot_be_checked_is_2_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("document.yaml");
    fs::write(&path, CANONICAL).unwrap();
    let (file, site) = (path.to_str().unwrap(), fixture_site());
    let write = |name: &str, text: &str| {
        let path = directory.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (start, _) = CANONICAL.split_once("  /api/lamps:\n").unwrap();
    let (_, components) = CANONICAL.split_once("components:\n").unwrap();
    let small = write("small.yaml", &format!("{start}components:\n{components}"));
    let dangling = write(
        "dangling.yaml",
        &CANONICAL.replacen("schemas/Lamp'", "schemas/Nope'", 1),
    );
    let taken = write(
        "taken.yaml",
        &CANONICAL.replacen("lamps_create", "lamps_list", 1),
    );
    let broken = write("broken.yaml", "openapi: [");
    let missing = directory.path().join("missing.yaml");
    let missing = missing.to_str().unwrap();
    for (arguments, reason) in [
        (
            vec!["update-spec", "--source", &small, "--output", file],
            "--allow-shrink",
        ),
        (
            vec!["update-spec", "--source", &dangling, "--output", file],
            "does not resolve",
        ),
        (
            vec!["update-spec", "--source", &taken, "--output", file],
            "duplicate operationId",
        ),
        (
            vec!["update-spec", "--source", &broken, "--output", file],
            "broken.yaml: not YAML",
        ),
        (
            vec!["update-spec", "--source", missing, "--output", file],
            "cannot read",
        ),
        (
            vec![
                "update-spec",
                "--source",
                "http://127.0.0.1:1",
                "--jobs",
                "0",
            ],
            "--jobs",
        ),
        (
            vec![
                "update-spec",
                "--source",
                site.to_str().unwrap(),
                "--output",
                &broken,
            ],
            "move it away",
        ),
        (
            vec!["check-spec", "--source", &taken, "--output", file],
            "duplicate operationId",
        ),
        (
            vec!["check-spec", "--source", file, "--output", missing],
            "update-spec --output",
        ),
        (vec!["diff", file, &broken], "not YAML"),
    ] {
        let (_, err) = exit(&xtask(&arguments), 2);
        assert!(
            err.contains("error: ") && err.contains(reason),
            "{arguments:?}: {err}"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), CANONICAL);
    }
    let shrink = [
        "update-spec",
        "--source",
        &small,
        "--output",
        file,
        "--allow-shrink",
    ];
    exit(&xtask(&shrink), 0);
    assert_ne!(fs::read_to_string(&path).unwrap(), CANONICAL);
}

#[cfg(unix)]
#[test]
fn a_disk_that_is_full_leaves_the_old_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("document.yaml");
    let old = CANONICAL.replacen("summary: Get Lamp", "summary: A lamp", 1);
    fs::write(&path, &old).unwrap();
    // The shell lets no program write more than 1 KiB to a file.
    let output = Command::new("sh")
        .args([
            "-c",
            "ulimit -f 1; exec \"$0\" update-spec --no-cargo-check --source \"$1\" --output \"$2\"",
        ])
        .arg(env!("CARGO_BIN_EXE_xtask"))
        .arg(fixture_site())
        .arg(&path)
        .output()
        .unwrap();
    let (_, err) = exit(&output, 2);
    assert!(
        err.contains("cannot write") && err.contains("as it was"),
        "{err}"
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), old);
    assert_eq!(names(directory.path()), ["document.yaml"]);
}

#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_ends_with_2_and_leaves_the_old_file() {
    let server = Server::with(&[(GET, Answer::Stuck)]).await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("document.yaml");
    fs::write(&path, CANONICAL).unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["update-spec", "--source", &server.root, "--output"])
        .arg(&path)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    while !server.asked().iter().any(|head| head.contains(GET)) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(kill.success());
    let output = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap())
        .await
        .unwrap();
    let (_, err) = exit(&output, 2);
    assert!(err.contains("interrupted; nothing was written"), "{err}");
    assert_eq!(fs::read_to_string(&path).unwrap(), CANONICAL);
    assert_eq!(names(directory.path()), ["document.yaml"]);
}
