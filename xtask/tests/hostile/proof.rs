//! `cargo check` of the client before a document is written: it runs, with the new document, and
//! its result decides.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{CANONICAL, exit, fixture_site};

/// A fake cargo that does this on `check`.
pub fn toolchain(directory: &Path, check: &str) -> PathBuf {
    let cargo = directory.join("cargo");
    let script = format!("#!/bin/sh\ntest \"$1\" = check || exit 0\n{check}\n");
    fs::write(&cargo, script).unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    cargo
}

pub fn update_spec(source: &Path, file: &Path, cargo: &Path, target: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command
        .args(["update-spec", "--source"])
        .arg(source)
        .arg("--output")
        .arg(file)
        .env("CARGO", cargo)
        .env("CARGO_TARGET_DIR", target);
    command
}

#[test]
fn a_document_is_written_only_if_the_client_compiles_from_it() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    let file = at("document.yaml");
    let old = CANONICAL.replacen("summary: Get Lamp", "summary: A lamp", 1);
    let run = |cargo: &Path, more: &[&str]| {
        fs::write(&file, &old).unwrap();
        update_spec(&fixture_site(), &file, cargo, directory.path())
            .args(more)
            .output()
            .unwrap()
    };
    let written = || fs::read_to_string(&file).unwrap() == CANONICAL;

    let seen = format!(
        "cat \"$ULTRAVOX_OPENAPI\" > {0}/seen; echo \"$@\" > {0}/arguments",
        directory.path().display()
    );
    let (_, err) = exit(&run(&toolchain(directory.path(), &seen), &[]), 0);
    assert!(err.contains("`cargo check` passed") && written(), "{err}");
    assert_eq!(fs::read_to_string(at("seen")).unwrap(), CANONICAL);
    let arguments = fs::read_to_string(at("arguments")).unwrap();
    assert!(
        arguments.contains("--package ultravox --lib --features live,mock,schemars,server "),
        "{arguments}"
    );

    let fails = "printf 'error[E0428]: boom\\n::set-output name=a::b\\n\\033[31m##[add-mask]c\\n' >&2; exit 101";
    let fails = toolchain(directory.path(), fails);
    let (_, err) = exit(&run(&fails, &[]), 2);
    assert!(
        err.contains("does not compile from the new document") && !written(),
        "{err}"
    );
    assert!(
        err.contains("\n  | error[E0428]: boom\n  | ::set-output"),
        "{err}"
    );
    assert!(!err.contains('\u{1b}') && !err.contains("##["), "{err}");

    // Neither is written, and cargo runs for neither.
    let (_, err) = exit(&run(&fails, &["--dry-run"]), 0);
    assert!(!err.contains("cargo check") && !written(), "{err}");
    let (_, err) = exit(&run(&fails, &["--no-cargo-check"]), 0);
    assert!(
        err.contains("not proved with `cargo check`, as --no-cargo-check says") && written(),
        "{err}"
    );

    let (_, err) = exit(&run(&at("no-cargo"), &[]), 0);
    assert!(
        err.contains("not proved with `cargo check`: cargo cannot be run") && written(),
        "{err}"
    );
}

/// The only test with the real cargo.
#[test]
fn the_client_compiles_from_the_document_of_the_fixture_site() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("document.yaml");
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["update-spec", "--source"])
        .arg(fixture_site())
        .arg("--output")
        .arg(&file)
        .output()
        .unwrap();
    let (_, err) = exit(&output, 0);
    assert!(
        err.contains("the client compiles from the new document: `cargo check` passed"),
        "{err}"
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), CANONICAL);
}
