//! What a maintainer is told to do.

use std::path::Path;

use serde_json::Value;

use super::super::advice::next;
use super::super::{About, Code, Format, write};
use super::update::update;
use crate::diff::{ApiChange, Diff, Part, Severity};

/// A comparison in which these items changed, or are gone.
fn items(changed: &[&str]) -> Diff {
    let mut update = update();
    update.changes.truncate(1);
    let item = |item: &&str| ApiChange {
        item: (*item).to_owned(),
        old: Some("String".to_owned()),
        new: None,
        severity: Severity::Breaking,
    };
    update.changes[0].api = changed.iter().map(item).collect();
    update
}

fn report(diff: &Diff, format: Format, code: &Code) -> String {
    let about = About {
        code: code.clone(),
        ..super::about()
    };
    let mut out = Vec::new();
    write(&mut out, diff, format, false, &about).unwrap();
    String::from_utf8(out).unwrap()
}

fn code() -> Code {
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    Code {
        version: Some("0.4.2".to_owned()),
        files: vec![
            file(
                "examples/a.rs",
                "use types::Parcel;\nlet weight = 1;\nparcel.weight(2);\n// Parcel { weight: 3 }\nmy_weight.weights();\n",
            ),
            file(
                "src/lib.rs",
                "parcel.weight; // another type, by the name of its file\n",
            ),
            file(
                "src/b.rs",
                "client.parcels().list().limit(3).await\nParcel::list();\nlet list = 1;\n",
            ),
        ],
    }
}

/// Where a report finds uses, as file, line and item.
fn uses(changed: &[&str]) -> Vec<(String, u64, String)> {
    let report = report(&items(changed), Format::Json, &code());
    let report: Value = serde_json::from_str(&report).unwrap();
    let uses = report["what_to_do"]["uses"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    uses.map(|found| {
        (
            text(&found["file"]),
            found["line"].as_u64().unwrap(),
            text(&found["item"]),
        )
    })
    .collect()
}

#[test]
fn code_that_names_a_changed_item_is_found_by_whole_words() {
    let found = |file: &str, line, item: &str| (file.to_owned(), line, item.to_owned());
    let field = "types::Parcel::weight";
    assert_eq!(
        uses(&[field]),
        [
            found("examples/a.rs", 3, field),
            found("examples/a.rs", 4, field)
        ]
    );
    let ty = "types::Parcel";
    assert_eq!(
        uses(&[ty]),
        [
            found("src/b.rs", 2, ty),
            found("examples/a.rs", 1, ty),
            found("examples/a.rs", 4, ty),
        ]
    );
    let method = "client.parcels().list";
    assert_eq!(
        uses(&[method]),
        [found("src/b.rs", 1, method), found("src/b.rs", 2, method)]
    );
    let setter = "operations::ParcelsList::limit()";
    assert_eq!(uses(&[setter]), [found("src/b.rs", 1, setter)]);
    // An implementation is used without a name.
    assert_eq!(uses(&["From<types::Parcel> for types::Page"]), []);
}

#[test]
fn every_format_names_the_line_of_a_use() {
    let changes = items(&["types::Parcel::weight"]);
    for (format, said) in [
        (Format::Text, "    examples/a.rs:3  types::Parcel::weight\n"),
        (
            Format::Markdown,
            "   - `examples/a.rs:3`: `types::Parcel::weight`\n",
        ),
        (
            Format::Html,
            "<code>examples/a.rs:3</code> names <code>types::Parcel::weight</code>\n<pre>parcel.weight(2);</pre>",
        ),
        (Format::Json, "\"text\": \"parcel.weight(2);\""),
    ] {
        let report = report(&changes, format, &code());
        assert!(report.contains(said), "{report}");
    }
}

#[test]
fn a_report_says_if_no_code_names_what_changed() {
    let text = report(&items(&["types::Crate::depth"]), Format::Text, &code());
    assert!(
        text.contains(
            "No line of src/ and examples/ has the name of a changed item (1 searched for);"
        ),
        "{text}"
    );
    let text = report(&items(&[]), Format::Text, &code());
    assert!(text.contains("No item of the Rust API"), "{text}");
    let text = report(&items(&["types::Parcel"]), Format::Text, &Code::default());
    assert!(text.contains("No code was searched"), "{text}");
}

#[test]
fn a_name_that_is_everywhere_is_listed_a_few_times_and_the_rest_is_counted() {
    let mut code = code();
    code.files = vec![("src/a.rs".to_owned(), "Parcel\n".repeat(12))];
    let text = report(&items(&["types::Parcel"]), Format::Text, &code);
    assert_eq!(text.matches("  types::Parcel\n").count(), 5, "{text}");
    assert!(text.contains("; 7 more are not shown:"), "{text}");
}

#[test]
fn the_lines_that_stop_compiling_are_shown_before_examples_comments_and_prose() {
    let mut code = code();
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    code.files = vec![
        file("examples/a.rs", "Parcel\n// Parcel\n"),
        file("src/a.rs", "    /// Parcel\n"),
        file("src/guide.md", "Parcel\nParcel\nParcel\n"),
        file("src/z.rs", "/// Parcel\nfn of(_: &Parcel) {}\n"),
    ];
    let text = report(&items(&["types::Parcel"]), Format::Text, &code);
    let lines = "    src/z.rs:2  types::Parcel\n    examples/a.rs:1  types::Parcel\n    examples/a.rs:2  types::Parcel\n    \
                 src/a.rs:1  types::Parcel\n    src/z.rs:1  types::Parcel\n\n";
    assert!(text.contains(lines), "{text}");
    assert!(text.contains("; 3 more are not shown:"), "{text}");
}

#[test]
fn the_next_version_follows_from_the_present_one() {
    use Part::{Major, Minor, Patch};
    for (version, since_one, before_one, expected) in [
        ("0.4.2", Major, Minor, Some("0.5.0")),
        ("0.4.2", Minor, Patch, Some("0.4.3")),
        ("1.4.2", Major, Minor, Some("2.0.0")),
        ("1.4.2", Minor, Patch, Some("1.5.0")),
        ("1.4.2", Patch, Patch, Some("1.4.3")),
        ("1.4.2-beta.1", Patch, Patch, None),
        ("1.4", Patch, Patch, None),
        ("1.4.18446744073709551615", Patch, Patch, None),
    ] {
        let next = next(version, since_one, before_one);
        assert_eq!(next.as_deref(), expected, "{version}");
    }
    let text = report(&update(), Format::Text, &code());
    assert!(
        text.contains("  Release at least 0.5.0, after 0.4.2: a major release"),
        "{text}"
    );
}

#[test]
fn the_code_of_the_crate_is_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let code = Code::read(&root).unwrap();
    assert!(next(&code.version.unwrap(), Part::Major, Part::Minor).is_some());
    let paths: Vec<_> = code.files.iter().map(|(path, _)| path.as_str()).collect();
    for path in [
        "examples/sip_config.rs",
        "src/lib.rs",
        "src/sip/mod.rs",
        "src/walkthrough.md",
    ] {
        assert!(paths.contains(&path), "{path}: {paths:?}");
    }
    assert!(paths.is_sorted());
    assert!(Code::read(&root.join("openapi")).is_err());
}

#[test]
fn the_changelog_gives_the_reason_why_a_change_breaks_and_not_its_other_effects() {
    let markdown = report(&update(), Format::Markdown, &code());
    assert!(markdown.contains(
        "requests that leave the field out are refused; responses always hold the field"
    ));
    let (_, changelog) = markdown.split_once("```markdown").unwrap();
    let (changelog, _) = changelog.split_once("```").unwrap();
    let line = changelog
        .lines()
        .find(|line| line.contains("types::CargoItem::kind"))
        .unwrap();
    assert!(
        line.ends_with(": requests that leave the field out are refused."),
        "{line}"
    );
    let (added, _) = changelog.split_once("### Changed").unwrap();
    assert!(added.contains("\n   - `client.pilots().get`.\n"), "{added}");
    assert!(!added.contains("strings that do not match"), "{added}");
}
