//! What the pages of a site can say in another way, or what the generator cannot take:
//! `update-spec` and `check-spec` on changed copies of the fixture site.

use super::folder::Folder;
use super::support::CANONICAL;

/// The fixture site, with each text replaced on the pages whose path contains `page`, and its document.
#[track_caller]
fn with(page: &str, changes: &[(&str, &str)]) -> Folder {
    let mut changed = vec![false; changes.len()];
    let folder = Folder::changed(|path, mut text| {
        if path.contains(page) && text.contains("openapi: 3.0.3") {
            for (is_changed, (from, to)) in changed.iter_mut().zip(changes) {
                *is_changed |= text.contains(from);
                text = text.replace(from, to);
            }
        }
        text
    });
    assert!(changed.iter().all(|changed| *changed), "{changed:?}");
    folder.write("harbour.yaml", CANONICAL);
    folder
}

#[test]
fn pages_of_openapi_3_1_are_pages_of_3_0_that_say_the_same() {
    // A single page, beside the others.
    let one = with(
        "lamps/get.md",
        &[
            ("openapi: 3.0.3", "openapi: 3.1.0"),
            (
                "type: string\n            format: uuid",
                "type: [string]\n            format: uuid",
            ),
        ],
    );
    let (_, err) = one.run(&["update-spec"], 0);
    assert!(err.contains("nothing changed"), "{err}");
    assert_eq!(one.document().unwrap(), CANONICAL);

    // All of them, in words that only 3.1 has.
    let all = with(
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
    let (out, _) = all.run(&["check-spec"], 0);
    assert!(out.contains("no changes"), "{out}");
}

/// With this action in the overlay, the page of a keeper is left out of the document.
fn is_left_out(folder: &Folder, removal: &str) {
    folder.overlay(removal);
    folder.run(&["update-spec"], 0);
    let document = folder.document().unwrap();
    assert!(!document.contains("Get Keeper"), "{document}");
}

#[test]
fn what_only_openapi_3_1_can_say_is_refused_by_name_and_can_be_left_out() {
    let folder = with(
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
    let (_, err) = folder.run(&["update-spec"], 2);
    let location = "paths./api/keepers/{name}.get.responses.200.content.application/json.schema";
    assert!(
        err.contains(location) && err.contains("`prefixItems`"),
        "{err}"
    );
    assert_eq!(folder.document().unwrap(), CANONICAL);
    let (_, action) = err.split_once("`- {").unwrap();
    let (action, _) = action.split_once("}`").unwrap();
    is_left_out(&folder, &format!("- {{{action}}}"));
}

#[test]
fn an_operation_without_an_id_can_be_left_out_by_its_path_and_method() {
    let folder = with(
        "keepers/get.md",
        &[("      operationId: keepers_retrieve\n", "")],
    );
    let (_, err) = folder.run(&["update-spec"], 2);
    assert!(err.contains("the operation has no operationId"), "{err}");
    let removal = "- {target: '$.paths[\"/api/keepers/{name}\"].get', remove: true, \
         description: The generator cannot take it yet., \
         x-page: 'https://docs.ultravox.ai/api-reference/keepers/get'}";
    assert!(err.contains(removal), "{err}");
    is_left_out(&folder, removal);
}

#[test]
fn a_relative_server_is_that_of_the_address_of_the_pages() {
    let folder = with("", &[("https://api.harbour.example", "/v1")]);
    folder.run(&["update-spec"], 0);
    let expected = CANONICAL.replace(
        "url: https://api.harbour.example",
        "url: https://docs.ultravox.ai/v1",
    );
    let expected = expected.replace("curl https://api.harbour.example", "curl /v1");
    assert_eq!(folder.document().unwrap(), expected);
}
