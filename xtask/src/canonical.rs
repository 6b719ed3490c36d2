//! The canonical form of an OpenAPI document: one order of keys, one style for each scalar, prose
//! wrapped, so that a refresh shows as a small diff.
//!
//! The order of keys and the layout have no meaning in OpenAPI; arrays keep their order, except
//! `required` of a schema, which is a set.

use std::fmt::Write;

use serde_json::{Map, Value};

use crate::structure::Shape;

/// Lines are wrapped here, where a text has a space to wrap at.
const WIDTH: usize = 100;

/// The minimum width of text, however deep it is.
const LEAST_WIDTH: usize = 40;

/// The order of OpenAPI's keys, at any location; other keys follow, sorted.
const ORDER: &[&str] = &[
    "openapi",
    "info",
    "$ref",
    "operationId",
    "name",
    "in",
    "url",
    "title",
    "version",
    "summary",
    "description",
    "externalDocs",
    "deprecated",
    "servers",
    "security",
    "tags",
    "required",
    "type",
    "format",
    "nullable",
    "readOnly",
    "writeOnly",
    "enum",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "exclusiveMinimum",
    "maximum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "default",
    "style",
    "explode",
    "allOf",
    "oneOf",
    "anyOf",
    "not",
    "discriminator",
    "items",
    "properties",
    "additionalProperties",
    "schema",
    "parameters",
    "requestBody",
    "headers",
    "content",
    "encoding",
    "responses",
    "callbacks",
    "links",
    "get",
    "put",
    "post",
    "delete",
    "options",
    "head",
    "patch",
    "trace",
    "paths",
    "components",
    "example",
    "examples",
];

/// Sorts what is a set, so that equal documents are equal values.
pub fn normalise(document: &mut Value) {
    normalise_at(document, Shape::Object);
}

fn normalise_at(value: &mut Value, shape: Shape) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                if let (Shape::Object, "required", Value::Array(names)) =
                    (shape, key.as_str(), &mut *value)
                    && names.iter().all(Value::is_string)
                {
                    names.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
                }
                normalise_at(value, shape.under(key));
            }
        }
        Value::Array(items) => {
            for item in items {
                normalise_at(item, shape.of_items());
            }
        }
        _ => {}
    }
}

/// Writes the document as YAML. Reading it gives the same value again.
pub fn to_yaml(document: &Value) -> String {
    let mut yaml = String::new();
    match document {
        Value::Object(object) if !object.is_empty() => mapping(&mut yaml, object, Shape::Object, 0),
        Value::Array(items) if !items.is_empty() => sequence(&mut yaml, items, Shape::Object, 0),
        scalar => {
            yaml.push_str(&inline(scalar));
            yaml.push('\n');
        }
    }
    yaml
}

/// The entries of `object`, the first at the cursor, the others indented.
fn mapping(yaml: &mut String, object: &Map<String, Value>, shape: Shape, indent: usize) {
    for (position, (key, value)) in sorted(object, shape).into_iter().enumerate() {
        if position > 0 {
            spaces(yaml, indent);
        }
        let key_text = line_scalar(key);
        yaml.push_str(&key_text);
        yaml.push(':');
        let shape = shape.under(key);
        match value {
            Value::Object(object) if !object.is_empty() => {
                yaml.push('\n');
                spaces(yaml, indent + 2);
                mapping(yaml, object, shape, indent + 2);
            }
            Value::Array(items) if !items.is_empty() => {
                yaml.push('\n');
                spaces(yaml, indent + 2);
                sequence(yaml, items, shape, indent + 2);
            }
            Value::String(text) => {
                yaml.push(' ');
                let column = indent + key_text.chars().count() + 2;
                string(yaml, text, column, indent + 2);
            }
            scalar => {
                yaml.push(' ');
                yaml.push_str(&inline(scalar));
                yaml.push('\n');
            }
        }
    }
}

fn sequence(yaml: &mut String, items: &[Value], shape: Shape, indent: usize) {
    for (position, item) in items.iter().enumerate() {
        if position > 0 {
            spaces(yaml, indent);
        }
        yaml.push_str("- ");
        match item {
            Value::Object(object) if !object.is_empty() => {
                mapping(yaml, object, shape.of_items(), indent + 2);
            }
            Value::Array(items) if !items.is_empty() => {
                sequence(yaml, items, shape.of_items(), indent + 2);
            }
            Value::String(text) => string(yaml, text, indent + 2, indent + 2),
            scalar => {
                yaml.push_str(&inline(scalar));
                yaml.push('\n');
            }
        }
    }
}

fn sorted(object: &Map<String, Value>, shape: Shape) -> Vec<(&String, &Value)> {
    let mut entries: Vec<_> = object.iter().collect();
    let rank = |key: &str| match shape {
        Shape::Object => ORDER
            .iter()
            .position(|known| *known == key)
            .unwrap_or(ORDER.len()),
        Shape::Names | Shape::Data => 0,
    };
    entries.sort_by(|(a, _), (b, _)| rank(a).cmp(&rank(b)).then_with(|| a.cmp(b)));
    entries
}

fn spaces(yaml: &mut String, count: usize) {
    yaml.extend(std::iter::repeat_n(' ', count));
}

/// A value that always takes one line: neither a string nor a non-empty container.
fn inline(value: &Value) -> String {
    match value {
        Value::String(text) => line_scalar(text),
        // Empty containers, numbers, booleans and null are the same in JSON and YAML, but for
        // floats, where YAML asks for a point before an exponent.
        Value::Number(number) => {
            let text = number.to_string();
            match text.split_once(['e', 'E']) {
                Some((digits, exponent)) if !digits.contains('.') => {
                    format!("{digits}.0e{exponent}")
                }
                _ => text,
            }
        }
        other => other.to_string(),
    }
}

/// A string that starts at `column`; the lines of a block stand at `indent`.
fn string(yaml: &mut String, text: &str, column: usize, indent: usize) {
    let width = WIDTH.saturating_sub(indent).max(LEAST_WIDTH);
    let one_line = !text.contains('\n');
    if one_line && (column + text.chars().count() <= WIDTH || !breakable(text)) || !blockable(text)
    {
        yaml.push_str(&line_scalar(text));
        yaml.push('\n');
        return;
    }
    let (body, chomping) = match text.strip_suffix('\n') {
        Some(body) => (body, ""),
        None => (text, "-"),
    };
    let fits = body.split('\n').all(|line| line.chars().count() <= width);
    if body.contains('\n') && fits || !foldable(body) {
        yaml.push('|');
        yaml.push_str(chomping);
        yaml.push('\n');
        for line in body.split('\n') {
            block_line(yaml, line, indent);
        }
        return;
    }
    yaml.push('>');
    yaml.push_str(chomping);
    yaml.push('\n');
    for (position, line) in body.split('\n').enumerate() {
        // A single break is a space when folded.
        if position > 0 && !line.is_empty() {
            yaml.push('\n');
        }
        for part in wrap(line, width) {
            block_line(yaml, part, indent);
        }
    }
}

fn block_line(yaml: &mut String, line: &str, indent: usize) {
    if !line.is_empty() {
        spaces(yaml, indent);
        yaml.push_str(line);
    }
    yaml.push('\n');
}

/// Can stand in a block without more than the indentation to tell where it begins and ends.
fn blockable(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    !body.is_empty()
        && !body.starts_with([' ', '\t', '\n'])
        && !body.ends_with('\n')
        // Editors and git treat a space at the end of a line as a mistake.
        && body.split('\n').all(|line| !line.ends_with([' ', '\t']))
        && body.chars().all(|c| c == '\n' || c == '\t' || !needs_escape(c))
}

/// Folding does not change lines that begin with a blank.
fn foldable(body: &str) -> bool {
    body.split('\n').all(|line| !line.starts_with([' ', '\t']))
}

/// A space with text on both sides, where a line can be broken and folded again.
fn is_break(text: &str, at: usize) -> bool {
    let blank = |c: char| c == ' ' || c == '\t';
    text[at..].starts_with(' ')
        && !text[..at].ends_with(blank)
        && !text[at + 1..].starts_with(blank)
        && at > 0
        && at + 1 < text.len()
}

fn breakable(text: &str) -> bool {
    text.match_indices(' ').any(|(at, _)| is_break(text, at))
}

fn wrap(line: &str, width: usize) -> Vec<&str> {
    let breaks = line.match_indices(' ').map(|(at, _)| at);
    let ends = breaks.filter(|&at| is_break(line, at)).chain([line.len()]);
    let mut parts = Vec::new();
    // Where the part begins, and where it could end.
    let (mut start, mut fits) = (0, None);
    for end in ends {
        if let Some(last) = fits
            && line[start..end].chars().count() > width
        {
            parts.push(&line[start..last]);
            start = last + 1;
        }
        fits = Some(end);
    }
    parts.push(&line[start..]);
    parts
}

/// A string on one line: plain, if no YAML parser reads it as anything else.
fn line_scalar(text: &str) -> String {
    if text.chars().any(needs_escape) {
        return double_quoted(text);
    }
    if is_plain(text) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "''"))
}

fn is_plain(text: &str) -> bool {
    let starts_plain = text.starts_with(|c: char| {
        c.is_alphanumeric() || matches!(c, '/' | '_' | '$' | '<' | '(' | '^')
    });
    starts_plain
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !is_ambiguous(text)
}

/// Words and numbers that some version of YAML does not read as a string.
fn is_ambiguous(text: &str) -> bool {
    const WORDS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    if WORDS.iter().any(|word| text.eq_ignore_ascii_case(word)) || text.starts_with("<<") {
        return true;
    }
    // Numbers, dates and times, in any base; a version with two points is none of them.
    let parts: Vec<_> = text.split('.').collect();
    let version = parts.len() > 2
        && parts
            .iter()
            .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    text.starts_with(char::is_numeric)
        && !version
        && text
            .chars()
            .all(|c| c.is_numeric() || c.is_ascii_hexdigit() || "xXoO_:.+-TtZz ".contains(c))
}

/// Characters that are not seen, or that change how the text around them is seen.
fn needs_escape(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{10ffff}')
}

fn double_quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c if needs_escape(c) => {
                let code = u32::from(c);
                let _ = match code {
                    0..=0xff => write!(quoted, "\\x{code:02x}"),
                    0x100..=0xffff => write!(quoted, "\\u{code:04x}"),
                    _ => write!(quoted, "\\U{code:08x}"),
                };
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

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
}
