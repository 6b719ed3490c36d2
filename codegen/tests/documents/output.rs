//! What is read and what is written, as a whole.

use std::fs;
use std::path::Path;

use ultravox_codegen::{AREAS, Wanted, generate_into, lower_into};

use crate::support::*;

#[test]
fn every_tag_of_the_document_is_an_area_and_every_area_a_default_feature() {
    let vendored = include_str!("../../../openapi/ultravox.yaml");
    let manifest = include_str!("../../../Cargo.toml");
    let default = manifest.split("default = [").nth(1).unwrap();
    let default = default.split(']').next().unwrap();
    for area in AREAS {
        let feature = area.replace('_', "-");
        assert!(manifest.contains(&format!("\n{feature} = [")), "{feature}");
        assert!(default.contains(&format!("\"{feature}\",")), "{feature}");
    }
    let document: serde_json::Value = serde_yaml::from_str(vendored).unwrap();
    let operations = document["paths"].as_object().unwrap().values();
    for operation in operations.flat_map(|item| item.as_object().unwrap().values()) {
        let tags = operation.get("tags").and_then(|tags| tags.as_array());
        for tag in tags.into_iter().flatten() {
            let tag = tag.as_str().unwrap();
            assert!(AREAS.contains(&tag), "no feature for the tag {tag}");
        }
    }
}

#[test]
fn what_only_tests_need_is_generated_where_it_is_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let (document, out) = (
        directory.path().join("ultravox.yaml"),
        directory.path().join("out"),
    );
    fs::create_dir(&out).unwrap();
    fs::write(&document, SMALL).unwrap();
    let wanted = Wanted {
        area: &|_| true,
        mocks: false,
    };
    generate_into(&document, &out, wanted).unwrap();
    let written = files(&out);
    let names: Vec<_> = written.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, FOR_USERS);
    let (result, with_mocks) = run(Some(SMALL));
    result.unwrap();
    assert_eq!(with_mocks.len(), names.len() + 4);
    for name in ["conformance.rs", "document.json", "mock.rs", "samples.rs"] {
        let (_, text) = with_mocks.iter().find(|(path, _)| path == name).unwrap();
        assert!(
            String::from_utf8_lossy(text).contains("SipConfig"),
            "{name}"
        );
    }
    assert!(written.iter().all(|file| with_mocks.contains(file)));
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    assert_eq!(run(Some(SMALL)).1, run(Some(SMALL)).1);
}

#[test]
fn a_document_that_does_not_generate_leaves_what_was_there() {
    let directory = tempfile::tempdir().unwrap();
    let (document, out) = (directory.path().join("ultravox.yaml"), directory.path());
    let wanted = Wanted {
        area: &|_| true,
        mocks: true,
    };
    fs::write(&document, SMALL).unwrap();
    generate_into(&document, out, wanted).unwrap();
    fs::write(&document, "openapi: 3.0.3\n").unwrap();
    let before = files(out);
    generate_into(&document, out, wanted).map(drop).unwrap_err();
    assert_eq!(files(out), before);
}

#[test]
fn the_lowered_document_is_written_for_reading() {
    let directory = tempfile::tempdir().unwrap();
    let (document, out) = (directory.path().join("ultravox.yaml"), directory.path());
    fs::write(&document, SMALL).unwrap();
    lower_into(&document, out).unwrap();
    let lowered = fs::read_to_string(out.join("lowered.yaml")).unwrap();
    assert!(lowered.contains("path: ipnet::Ipv4Net"), "{lowered}");
    fs::write(&document, "openapi: 3.2.0\n").unwrap();
    let line = lower_into(&document, out).unwrap_err();
    assert!(
        line.contains("ultravox.yaml: openapi: OpenAPI 3.2.0"),
        "{line}"
    );
}

#[test]
fn a_missing_document_is_named() {
    assert!(refusal(None).starts_with("cannot be read: "));
}

#[test]
fn what_is_no_file_and_what_never_ends_is_not_read() {
    let directory = tempfile::tempdir().unwrap();
    let wanted = Wanted {
        area: &|_| true,
        mocks: true,
    };
    let refused = |document: &Path| generate_into(document, directory.path(), wanted).err();
    let line = refused(directory.path()).unwrap();
    assert!(line.contains("not a regular file"), "{line}");
    let huge = directory.path().join("huge.yaml");
    let file = fs::File::create(&huge).unwrap();
    file.set_len(3 << 30).unwrap();
    let line = refused(&huge).unwrap();
    assert!(line.contains("longer than"), "{line}");
    if Path::new("/dev/zero").exists() {
        let line = refused(Path::new("/dev/zero")).unwrap();
        assert!(line.contains("not a regular file"), "{line}");
    }
}

/// The document with a schema that no operation reaches, which reaches what only one area does.
fn with_unused_schema(more: &str) -> String {
    let vendored = include_str!("../../../openapi/ultravox.yaml");
    let schema = format!(
        "\n  schemas:\n    Unused:\n      type: object\n      properties:\n        agent:\n          \
         $ref: '#/components/schemas/Agent'\n{more}"
    );
    let document = vendored.replacen("\n  schemas:\n", &schema, 1);
    assert_ne!(document, vendored);
    document
}

#[test]
fn a_schema_that_no_operation_uses_changes_nothing_in_any_area() {
    let vendored = include_str!("../../../openapi/ultravox.yaml");
    // Progenitor would panic on the property, were it looked at.
    let changed =
        with_unused_schema("        odd:\n          oneOf: []\n          type: nothing\n");
    for area in AREAS {
        let wanted = Wanted {
            area: &|other| other == area,
            mocks: false,
        };
        let generated = |document: &str| ultravox_codegen::generate(document, wanted).unwrap();
        assert_eq!(
            generated(&changed).files,
            generated(vendored).files,
            "{area}"
        );
    }
}
