mod advice;
mod browser;
mod entries;
mod update;

use base64::prelude::{BASE64_STANDARD, Engine};
use boon::{Compiler, Schemas};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{About, Code, Format, write};
use crate::diff::{Check, Diff, diff};
use crate::prose::{Finding, State};

fn about() -> About {
    About {
        old: "openapi/parcels.yaml".to_owned(),
        new: "https://docs.example/".to_owned(),
        code: Code::default(),
        prose: None,
        options: Vec::new(),
        notes: Vec::new(),
    }
}

fn report(diff: &Diff, format: Format, color: bool) -> String {
    let mut out = Vec::new();
    write(&mut out, diff, format, color, &about()).unwrap();
    String::from_utf8(out).unwrap()
}

/// A schema that seven operations share, and operations of their own.
fn parcels() -> Value {
    let parcel = json!({"$ref": "#/components/schemas/Parcel"});
    let content = json!({"application/json": {"schema": parcel}});
    let mut paths = serde_json::Map::new();
    for location in [
        "attic", "barn", "cellar", "dock", "entry", "foyer", "garage",
    ] {
        paths.insert(
            format!("/{location}"),
            json!({"get": {
                "operationId": format!("search_{location}"),
                "summary": format!("What is in the {location}"),
                "responses": {"200": {"description": "Found", "content": content}},
            }}),
        );
    }
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Parcels", "version": "1"},
        "paths": paths,
        "components": {"schemas": {"Parcel": {
            "type": "object",
            "required": ["weight"],
            "properties": {
                "weight": {"type": "number", "description": "In kilograms"},
                "stamp": {"type": "string", "enum": ["red", "blue"]},
            },
        }}},
    })
}

fn changed() -> Diff {
    let mut new = parcels();
    let parcel = &mut new["components"]["schemas"]["Parcel"];
    parcel["required"] = json!([]);
    parcel["properties"]["stamp"]["enum"] = json!(["red", "blue", "green"]);
    parcel["properties"]["weight"]["description"] = json!(
        "In kilograms, as the scales at the counter show it before the parcel is wrapped, rounded \
         to the next hundred grams; parcels of less than a hundred grams are letters and have none"
    );
    new["info"]["version"] = json!("2");
    new["paths"]["/attic"]["get"]["operationId"] = json!("search_loft");
    new["paths"]["/attic"]["get"]["deprecated"] = json!(true);
    new["paths"].as_object_mut().unwrap().remove("/barn");
    new["paths"]["/dock"]["get"]["parameters"] =
        json!([{"in": "query", "name": "limit", "schema": {"type": "integer"}}]);
    diff(&parcels(), &new)
}

/// Upstream text that would rather be something else.
fn hostile() -> Diff {
    let mut old = parcels();
    old["paths"] = json!({});
    let mut new = old.clone();
    old["info"]["title"] =
        json!("\u{1b}[31mred\u{1b}[0m \u{202e}desrever \u{9b}2J\nnext line\u{2028}");
    new["info"]["title"] = json!("```\n</details><script>alert(1)</script> @everyone | `x` ``y``");
    new["paths"]["/\u{1b}]0;title\u{7}/<b>/`@you`"] =
        json!({"get": {"operationId": "\u{200b}hidden\u{7f}", "responses": {}}});
    new["components"]["schemas"]["Pipe|`<img src=x>` @me"] = json!({"type": "string"});
    diff(&old, &new)
}

#[test]
fn text_is_grouped_by_severity_and_subject() {
    insta::assert_snapshot!(report(&changed(), Format::Text, false));
}

#[test]
fn markdown_folds_what_is_long() {
    insta::assert_snapshot!(report(&changed(), Format::Markdown, false));
}

#[test]
fn json_says_everything() {
    insta::assert_snapshot!(report(&changed(), Format::Json, false));
}

#[test]
fn no_changes_are_said_to_be_none() {
    let none = Diff::default();
    insta::assert_snapshot!(format!(
        "{}---\n{}---\n{}---\n{}",
        report(&none, Format::Text, true),
        report(&none, Format::Markdown, false),
        body(&report(&none, Format::Html, false)),
        report(&none, Format::Json, false),
    ));
}

/// A page without its style sheet, and without the hash of it.
fn body(page: &str) -> String {
    let (before, after) = page.split_once("<style>").unwrap();
    let (_, after) = after.split_once("</style>").unwrap();
    let (start, hash) = before.split_once("'sha256-").unwrap();
    let (_, before) = hash.split_once('\'').unwrap();
    format!("{start}'sha256-…'{before}{after}")
}

#[test]
fn a_page_has_the_changes_by_area_with_old_and_new() {
    insta::assert_snapshot!(body(&report(&changed(), Format::Html, false)));
}

#[test]
fn a_page_allows_its_own_style_sheet_and_nothing_else() {
    let page = report(&changed(), Format::Html, false);
    let (_, style) = page.split_once("<style>").unwrap();
    let (style, _) = style.split_once("</style>").unwrap();
    let hash = BASE64_STANDARD.encode(Sha256::digest(style));
    let policy = format!("content=\"default-src 'none'; style-src 'sha256-{hash}'; ");
    assert!(page.contains(&policy), "STYLE_HASH is {hash}");
    // Scripts and whatever a browser loads.
    for element in [
        "<script", "<link", "<img", "<iframe", "<object", "<form", " src=", " style=", "url(",
        "@import",
    ] {
        assert!(!page.contains(element), "{element}");
    }
    let links = page.matches("href=").count();
    assert_eq!(links, page.matches("href=\"#area-").count());
}

#[test]
fn upstream_text_cannot_become_elements_of_a_page() {
    let page = body(&report(&hostile(), Format::Html, false));
    insta::assert_snapshot!(page);
    for harm in ["<script", "<b>/", "<img", "\u{1b}", "\u{202e}"] {
        assert!(!page.contains(harm), "{harm} in {page}");
    }
}

#[test]
fn upstream_text_cannot_steer_a_terminal() {
    let text = report(&hostile(), Format::Text, false);
    insta::assert_snapshot!(text);
    let steers = |character: char| character.is_control() && character != '\n';
    assert!(!text.contains(steers));
}

#[test]
fn upstream_text_cannot_become_markup() {
    let markdown = report(&hostile(), Format::Markdown, false);
    insta::assert_snapshot!(markdown);
    // Nothing is left of what upstream says once code spans are taken out.
    let mut outside = String::new();
    let mut rest = markdown.as_str();
    while let Some(start) = rest.find('`') {
        outside.push_str(&rest[..start]);
        let fence_end = rest[start..]
            .find(|c| c != '`')
            .map_or(rest.len(), |n| start + n);
        let fence = &rest[start..fence_end];
        // The next run of backticks that is exactly as long.
        let mut at = fence_end;
        loop {
            let open = at + rest[at..].find('`').expect("a code span is not closed");
            let run = rest[open..].len() - rest[open..].trim_start_matches('`').len();
            at = open + run;
            if run == fence.len() {
                break;
            }
        }
        rest = &rest[at..];
    }
    outside.push_str(rest);
    let ours = [
        "<details><summary>the entry</summary>",
        "<details><summary>show all</summary>",
        "</details>",
    ];
    let outside = ours
        .iter()
        .fold(outside, |text, ours| text.replace(ours, ""));
    for harm in ["<", "@", "{"] {
        assert!(!outside.contains(harm), "{harm} in {outside}");
    }
}

#[test]
fn color_is_there_only_where_it_is_asked_for() {
    let plain = report(&changed(), Format::Text, false);
    let colored = report(&changed(), Format::Text, true);
    assert!(!plain.contains('\u{1b}'));
    assert!(colored.contains("\u{1b}[1m"));
    for format in [Format::Markdown, Format::Html, Format::Json] {
        assert_eq!(
            report(&changed(), format, true),
            report(&changed(), format, false)
        );
    }
}

#[test]
fn a_report_of_very_many_changes_fits_into_a_pull_request_and_says_what_is_missing() {
    let old = parcels();
    let mut new = old.clone();
    for number in 0..3000 {
        new["components"]["schemas"][format!("Extra{number}")] = json!({"type": "string"});
    }
    new["info"]["version"] = json!("2");
    let changes = diff(&old, &new);
    let markdown = report(&changes, Format::Markdown, false);
    assert!(markdown.len() < 65_536);
    assert!(markdown.contains("more: this report is truncated"));
    assert_eq!(
        markdown.matches("<details>").count(),
        markdown.matches("</details>").count()
    );
    let json: Value = serde_json::from_str(&report(&changes, Format::Json, false)).unwrap();
    assert_eq!(json["entries"].as_array().unwrap().len(), 3001);
}

#[test]
fn a_report_of_very_many_areas_with_very_long_names_fits_into_a_pull_request() {
    let old = parcels();
    let mut new = old.clone();
    for number in 0..1000 {
        let tag = format!("{number}{}", "é|`".repeat(2000));
        new["paths"][format!("/extra/{number}")] = json!({"get": {"operationId": format!("extra_{number}"), "tags": [tag], "responses": {}}});
    }
    let changes = diff(&old, &new);
    let markdown = report(&changes, Format::Markdown, false);
    assert!(markdown.len() < 60_000, "{}", markdown.len());
    assert!(markdown.contains("…and 950 more areas."), "{markdown}");
    // No cell of the table ends within a name.
    let row = markdown
        .lines()
        .find(|line| line.starts_with("| `"))
        .unwrap();
    assert_eq!(row.matches('|').count(), 5, "{row}");
}

#[test]
fn json_reports_are_as_their_schema_says() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/schema/drift-report.schema.json"
    );
    let mut schemas = Schemas::new();
    let schema = Compiler::new().compile(path, &mut schemas).unwrap();
    for changes in [changed(), hostile(), update::update(), Diff::default()] {
        let report: Value = serde_json::from_str(&report(&changes, Format::Json, false)).unwrap();
        if let Err(error) = schemas.validate(&report, schema) {
            panic!("{error:#}");
        }
        let mut unversioned = report;
        unversioned.as_object_mut().unwrap().remove("version");
        assert!(schemas.validate(&unversioned, schema).is_err());
    }
}

#[test]
fn the_schema_of_json_reports_knows_every_check() {
    let schema: Value =
        serde_json::from_str(include_str!("../../schema/drift-report.schema.json")).unwrap();
    let names: Vec<_> = Check::ALL.iter().map(|check| check.name()).collect();
    assert_eq!(
        schema["$defs"]["change"]["properties"]["check"]["enum"],
        json!(names)
    );
}

#[test]
fn the_command_for_a_page_of_prose_is_for_a_shell_and_reads_the_same_source() {
    let finding = Finding {
        page: "https://docs.ultravox.ai/welcome".to_owned(),
        state: State::New("0".repeat(64)),
        rests: vec!["overlay.yaml, action 1".to_owned()],
    };
    let with = |options: &[&str]| {
        let about = About {
            prose: Some(vec![finding.clone()]),
            options: options.iter().map(|&option| option.to_owned()).collect(),
            ..about()
        };
        let mut out = Vec::new();
        write(&mut out, &Diff::default(), Format::Text, false, &about).unwrap();
        let text = String::from_utf8(out).unwrap();
        let (_, command) = text.split_once("once looked at: ").unwrap();
        command.trim_end().to_owned()
    };
    let reviewed = "--reviewed welcome=000000000000";
    assert_eq!(with(&[]), format!("cargo xtask update-spec {reviewed}"));
    assert_eq!(
        with(&["--source", "https://docs.example/"]),
        format!("cargo xtask update-spec --source https://docs.example/ {reviewed}")
    );
    assert_eq!(
        with(&["--source", "it's here; ls"]),
        format!(r"cargo xtask update-spec --source 'it'\''s here; ls' {reviewed}")
    );
}
