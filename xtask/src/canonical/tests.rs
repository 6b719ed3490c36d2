use proptest::prelude::*;
use serde_json::json;

use super::scalars::WIDTH;
use super::*;
use crate::yaml;

#[track_caller]
fn assert_reads_back(value: &Value) -> String {
    let text = to_yaml(value);
    let read = yaml::parse(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    assert_eq!(&read, value, "\n{text}");
    assert_eq!(to_yaml(&read), text);
    text
}

#[test]
fn a_document_is_written_in_one_order() {
    let document = json!({
        "components": {"schemas": {"B": {"properties": {"title": {"type": "string"}, "a": {}},
            "type": "object", "x-note": 1, "required": ["title", "a"], "description": "Both."}}},
        "paths": {"/b": {}, "/a": {"post": {"responses": {"default": {}, "200": {"description": ""}},
            "operationId": "a_create"}, "get": {"tags": ["a"], "summary": "A", "operationId": "a"}}},
        "tags": [{"description": "x", "name": "a"}],
        "info": {"version": "1.0", "title": "T"},
        "servers": [],
        "openapi": "3.0.3",
    });
    let mut normal = document.clone();
    normalise(&mut normal);
    let text = assert_reads_back(&normal);
    assert_eq!(
        text,
        "\
openapi: 3.0.3
info:
  title: T
  version: '1.0'
servers: []
tags:
  - name: a
    description: x
paths:
  /a:
    get:
      operationId: a
      summary: A
      tags:
        - a
    post:
      operationId: a_create
      responses:
        '200':
          description: ''
        default: {}
  /b: {}
components:
  schemas:
    B:
      description: Both.
      required:
        - a
        - title
      type: object
      properties:
        a: {}
        title:
          type: string
      x-note: 1
"
    );
}

#[test]
fn only_the_set_of_a_schema_is_sorted() {
    let mut value = json!({
        "required": ["b", "a"],
        "enum": ["b", "a"],
        "properties": {"required": {"type": "array", "enum": ["b", "a"]}},
        "example": {"required": ["b", "a"]},
        "x-note": {"required": ["b", "a"]},
    });
    let mut expected = value.clone();
    expected["required"] = json!(["a", "b"]);
    normalise(&mut value);
    assert_eq!(value, expected);
}

#[test]
fn strings_that_any_yaml_takes_for_something_else_are_quoted() {
    for text in [
        "",
        " ",
        "y",
        "No",
        "null",
        "~",
        "true",
        "200",
        "1.5",
        "1e3",
        "0x1f",
        "0o17",
        "1_000",
        "12:30:45",
        "2024-01-02",
        "2024-01-02T03:04:05Z",
        "-1",
        "+1",
        ".5",
        ".inf",
        "=",
        "<<",
        "a: b",
        "a #b",
        "a:",
        "- a",
        "#a",
        "&a",
        "*a",
        "!a",
        "%a",
        "@a",
        "`a",
        "'a'",
        "\"a\"",
        "{a",
        "[a",
        "|",
        ">",
        "?",
        ",",
        "a ",
        "---",
        "...",
    ] {
        let text = assert_reads_back(&json!({ "k": text, text: 1 }));
        assert!(text.contains('\''), "{text}");
    }
    for text in [
        "a",
        "3.0.3",
        "/a/{b}",
        "$ref",
        "a_b",
        "Ä",
        "what's this",
        "a:b",
        "1 of 2 agents",
    ] {
        assert_eq!(to_yaml(&json!([text])), format!("- {text}\n"));
    }
}

#[test]
fn characters_that_are_not_seen_are_escaped() {
    for c in [
        '\u{1b}',
        '\r',
        '\u{85}',
        '\u{2028}',
        '\u{202e}',
        '\u{feff}',
        '\u{ffff}',
        '\u{e0001}',
    ] {
        let text = assert_reads_back(&json!({ "k": format!("a\n{c} b") }));
        assert!(!text.contains(c) && text.contains("\\n\\"), "{text}");
    }
}

#[test]
fn prose_is_wrapped_and_lists_are_left_as_they_are() {
    let prose = "word ".repeat(40).trim_end().to_owned();
    let text = assert_reads_back(&json!({ "description": prose }));
    assert!(text.starts_with("description: >-\n  word"), "{text}");
    assert!(
        text.lines().all(|line| line.chars().count() <= WIDTH),
        "{text}"
    );

    let paragraphs = format!("{prose}\n{prose}\n\n{prose}\n");
    let text = assert_reads_back(&json!({ "description": paragraphs }));
    assert!(text.starts_with("description: >\n"), "{text}");
    assert!(
        text.lines().all(|line| line.chars().count() <= WIDTH),
        "{text}"
    );

    let text = assert_reads_back(&json!({ "description": "Any of\n- a\n- b" }));
    assert_eq!(text, "description: |-\n  Any of\n  - a\n  - b\n");
}

#[test]
fn odd_texts_are_read_back() {
    let long = "x".repeat(150);
    let words = "some words ".repeat(15);
    for text in [
        long.clone(),
        format!("{long} {long}"),
        words.clone(),
        format!(" {words}x"),
        format!("{words}  {words}x"),
        format!("{words}x\n  code  {words}x"),
        format!("{words}x\n\n\n{words}x\n"),
        format!("{words}x\n\n"),
        format!("\n{words}x"),
        format!("{words}x\n# no comment\n- no list\n---\n...\n{words}x"),
        format!("{words}\tx {words}x"),
        "a\n b".to_owned(),
        "a\n\tb".to_owned(),
        "a\n \nb".to_owned(),
        "\n".to_owned(),
        "\n\n".to_owned(),
        "a\r\nb".to_owned(),
    ] {
        assert_reads_back(
            &json!({ "description": text.clone(), "list": [text, [["x"], {"a": []}]] }),
        );
    }
}

#[test]
fn numbers_are_read_back() {
    for number in [
        json!(1e300),
        json!(1e-7),
        json!(1.0),
        json!(-0.5),
        json!(u64::MAX),
        json!(i64::MIN),
    ] {
        assert_reads_back(&json!({ "maximum": number }));
    }
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ -~\n]{0,200}",
        "([a-z:#'-]{1,12}[ \n]{1,2}){0,40}",
        "[0-9.:eExX_+TZ-]{0,12}",
    ]
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e12..1e12_f64).prop_map(Value::from),
        texts().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        let key = prop_oneof![
            texts(),
            prop::sample::select(ORDER).prop_map(str::to_owned),
            Just("required".to_owned()),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(key, inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_value_is_read_back_the_same(value in values()) {
        assert_reads_back(&value);
    }

    #[test]
    fn normalising_twice_changes_nothing(value in values()) {
        let mut once = value;
        normalise(&mut once);
        let mut twice = once.clone();
        normalise(&mut twice);
        prop_assert_eq!(once, twice);
    }
}
