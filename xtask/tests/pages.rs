//! What the pages of a site can say in another way, or what the generator cannot take:
//! `update-spec` and `check-spec` on changed copies of the fixture site.

// Helpers of tests, which clippy does not tell from other functions.
#![allow(clippy::panic, clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::Path;
use std::process::Command;

const CANONICAL: &str = include_str!("fixture-site.yaml");

/// A folder with a site, and a document that is made from it.
struct Folder {
    directory: tempfile::TempDir,
}

impl Folder {
    /// The fixture site, with each text replaced on the pages whose path contains `page`.
    #[track_caller]
    fn with(page: &str, changes: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture-site");
        let mut changed = vec![false; changes.len()];
        copy(
            &site,
            &directory.path().join("site"),
            &mut |path, mut text| {
                if path.contains(page) && text.contains("openapi: 3.0.3") {
                    for (is_changed, (from, to)) in changed.iter_mut().zip(changes) {
                        *is_changed |= text.contains(from);
                        text = text.replace(from, to);
                    }
                }
                text
            },
        );
        assert!(changed.iter().all(|changed| *changed), "{changed:?}");
        fs::write(directory.path().join("harbour.yaml"), CANONICAL).unwrap();
        Self { directory }
    }

    fn overlay(&self, action: &str) {
        let overlay =
            format!("overlay: 1.0.0\ninfo: {{title: Facts, version: '1'}}\nactions:\n{action}\n");
        fs::write(self.directory.path().join("overlay.yaml"), overlay).unwrap();
    }

    fn document(&self) -> String {
        fs::read_to_string(self.directory.path().join("harbour.yaml")).unwrap()
    }

    /// Runs the command, and returns the report and the messages.
    #[track_caller]
    fn run(&self, command: &str, code: i32) -> (String, String) {
        let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
        let at = |name: &str| self.directory.path().join(name);
        xtask.arg(command).arg("--source").arg(at("site"));
        xtask.arg("--output").arg(at("harbour.yaml"));
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

fn copy(from: &Path, to: &Path, change: &mut impl FnMut(&str, String) -> String) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target, change);
        } else {
            let text = fs::read_to_string(&path).unwrap();
            fs::write(target, change(path.to_str().unwrap(), text)).unwrap();
        }
    }
}

#[test]
fn pages_of_openapi_3_1_are_pages_of_3_0_that_say_the_same() {
    // A single page, beside the others.
    let one = Folder::with(
        "lamps/get.md",
        &[
            ("openapi: 3.0.3", "openapi: 3.1.0"),
            (
                "type: string\n            format: uuid",
                "type: [string]\n            format: uuid",
            ),
        ],
    );
    let (_, err) = one.run("update-spec", 0);
    assert!(err.contains("nothing changed"), "{err}");
    assert_eq!(one.document(), CANONICAL);

    // All of them, in words that only 3.1 has.
    let all = Folder::with(
        "",
        &[
            (
                "openapi: 3.0.3",
                "openapi: 3.1.0\njsonSchemaDialect: https://spec.openapis.org/oas/3.1/dialect/base",
            ),
            (
                "          allOf:\n            - $ref: '#/components/schemas/Keeper'\n          nullable: true\n",
                "          anyOf:\n            - $ref: '#/components/schemas/Keeper'\n            - type: 'null'\n",
            ),
        ],
    );
    let (out, _) = all.run("check-spec", 0);
    assert!(out.contains("no changes"), "{out}");
}

#[test]
fn what_only_openapi_3_1_can_say_is_refused_by_name_and_can_be_left_out() {
    let folder = Folder::with(
        "keepers/get.md",
        &[
            ("openapi: 3.0.3", "openapi: 3.1.0"),
            (
                "        - apiKeyAuth: []\ncomponents",
                "        - apiKeyAuth: []\n      x-note: 1\ncomponents",
            ),
            (
                "schema:\n                $ref: '#/components/schemas/Keeper'",
                "schema:\n                type: array\n                prefixItems:\n                  - type: string",
            ),
        ],
    );
    let (_, err) = folder.run("update-spec", 2);
    let location = "paths./api/keepers/{name}.get.responses.200.content.application/json.schema";
    assert!(
        err.contains(location) && err.contains("`prefixItems`"),
        "{err}"
    );
    assert_eq!(folder.document(), CANONICAL);
    let (_, action) = err.split_once("`- {").unwrap();
    let (action, _) = action.split_once("}`").unwrap();
    folder.overlay(&format!("- {{{action}}}"));
    folder.run("update-spec", 0);
    assert!(
        !folder.document().contains("Get Keeper"),
        "{}",
        folder.document()
    );
}

#[test]
fn an_operation_without_an_id_can_be_left_out_by_its_path_and_method() {
    let folder = Folder::with(
        "keepers/get.md",
        &[("      operationId: keepers_retrieve\n", "")],
    );
    let (_, err) = folder.run("update-spec", 2);
    assert!(err.contains("the operation has no operationId"), "{err}");
    let removal = "- {target: '$.paths[\"/api/keepers/{name}\"].get', remove: true, \
         description: The generator cannot take it yet., \
         x-page: 'https://docs.ultravox.ai/api-reference/keepers/get'}";
    assert!(err.contains(removal), "{err}");
    folder.overlay(removal);
    folder.run("update-spec", 0);
    assert!(
        !folder.document().contains("Get Keeper"),
        "{}",
        folder.document()
    );
}

#[test]
fn a_relative_server_is_that_of_the_address_of_the_pages() {
    let folder = Folder::with("", &[("https://api.harbour.example", "/v1")]);
    folder.run("update-spec", 0);
    let expected = CANONICAL.replace(
        "url: https://api.harbour.example",
        "url: https://docs.ultravox.ai/v1",
    );
    let expected = expected.replace("curl https://api.harbour.example", "curl /v1");
    assert_eq!(folder.document(), expected);
}
