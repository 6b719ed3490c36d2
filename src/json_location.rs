//! The location of a value that did not decode, from the position that serde_json reports.
//!
//! Decoding again with a deserializer that tracks the path (`serde_path_to_error`) would compile the
//! decoding of every type twice: two fifths of the code of this crate.

use serde_json::error::Category;

/// The deepest value that serde_json decodes; deeper ones are skipped, and an error is never in them.
const MAX_DEPTH: usize = 128;

/// The position of an error of serde_json. `None` if the text is not JSON or is incomplete: then
/// only line and column are meaningful.
#[derive(Clone, Copy)]
pub(crate) struct Position {
    line: usize,
    column: usize,
}

pub(crate) fn position(error: &serde_json::Error) -> Option<Position> {
    let (line, column) = (error.line(), error.column());
    (error.classify() == Category::Data && line > 0).then_some(Position { line, column })
}

/// The location of the innermost value at a position, such as `allowedAgents[0].agentId`. `None` is the
/// whole. It walks once over the text before the position, and allocates only the steps.
pub(crate) fn of(position: Position, json: &[u8]) -> Option<String> {
    let mut lines = json.split_inclusive(|byte| *byte == b'\n');
    let skipped: usize = lines
        .by_ref()
        .take(position.line - 1)
        .map(<[u8]>::len)
        .sum();
    // The position is right after the value, or before it if the value was not read at all.
    let steps = steps_to(json, skipped + position.column);
    let mut location = String::new();
    for step in steps {
        match step {
            Step::Item(index) => location.push_str(&format!("[{index}]")),
            Step::Member(name) => {
                if !location.is_empty() {
                    location.push('.');
                }
                let decoded = serde_json::from_slice::<String>(name);
                let raw = |_| String::from_utf8_lossy(name).into_owned();
                location.push_str(&decoded.unwrap_or_else(raw));
            }
        }
    }
    (!location.is_empty()).then_some(location)
}

/// A step into a value: an item at an index, or a member with a name, which is still encoded as JSON.
#[derive(Clone, Copy)]
enum Step<'a> {
    Item(usize),
    Member(&'a [u8]),
}

/// The steps to the innermost value that `position` is in or right after.
fn steps_to(json: &[u8], position: usize) -> Vec<Step<'_>> {
    // For each open container, the step to its current value: `None` in an object before a name.
    let mut open: Vec<Option<Step<'_>>> = Vec::new();
    let mut skipped_depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = json.get(at) {
        // A value, unless it is the name of a member.
        let mut is_value = false;
        let start = at;
        at += 1;
        match byte {
            b'{' | b'[' if open.len() >= MAX_DEPTH => skipped_depth += 1,
            b'}' | b']' if skipped_depth > 0 => skipped_depth -= 1,
            b'{' | b'[' => {
                if start == position {
                    break;
                }
                open.push((*byte == b'[').then_some(Step::Item(0)));
                continue;
            }
            b'}' | b']' => {
                if start == position {
                    // In the container, but in none of its values.
                    open.pop();
                    break;
                }
                open.pop();
                is_value = true;
            }
            b',' if skipped_depth == 0 => match open.last_mut() {
                Some(Some(Step::Item(index))) => *index += 1,
                Some(step) => *step = None,
                None => {}
            },
            b'"' => {
                at = string_end(json, at);
                let name = json.get(start..at).unwrap_or_default();
                match open.last_mut() {
                    Some(step @ None) if skipped_depth == 0 => *step = Some(Step::Member(name)),
                    _ => is_value = true,
                }
            }
            b' ' | b'\t' | b'\r' | b'\n' | b':' | b',' => {}
            _ => {
                let rest = json.get(at..).unwrap_or_default();
                let ends = |byte: &u8| b",:]}\" \t\r\n[{".contains(byte);
                at += rest.iter().position(ends).unwrap_or(rest.len());
                is_value = true;
            }
        }
        if is_value && at >= position && skipped_depth == 0 {
            break;
        }
        if at > position {
            // Between two values: in the container.
            open.pop();
            break;
        }
    }
    open.into_iter().flatten().collect()
}

/// The end of the string whose opening quote is before `start`.
fn string_end(json: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(byte) = json.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    json.len()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::{Duration, Instant};

    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Page {
        #[serde(rename = "next")]
        _next: Option<String>,
        #[serde(rename = "results")]
        _results: Vec<Item>,
        #[serde(rename = "owners", default)]
        _owners: BTreeMap<String, Item>,
    }

    #[derive(Debug, Deserialize)]
    struct Item {
        #[serde(rename = "id")]
        _id: uuid::Uuid,
        #[serde(rename = "size")]
        _size: Option<u8>,
    }

    const ID: &str = r#""id": "6f0c2a52-8f6e-4a52-9d5e-2d2f1c0b7a11""#;

    /// `.` for the whole, as in the error.
    fn location(json: &[u8]) -> String {
        let error = serde_json::from_slice::<Page>(json).unwrap_err();
        let location = position(&error).and_then(|position| of(position, json));
        location.unwrap_or_else(|| ".".to_owned())
    }

    #[track_caller]
    fn assert_location(json: &str, expected: &str) {
        assert_eq!(location(json.as_bytes()), expected, "{json}");
    }

    #[test]
    fn a_value_of_another_type_is_found_wherever_it_stands() {
        for wrong in [
            "true",
            "[1, {}]",
            r#"{"a": [1]}"#,
            "12345.5",
            "-3",
            "1e300",
            r#""a \" b""#,
            "300",
        ] {
            for (before, after) in [("", ""), (" \n ", "\t\n")] {
                let item = format!("{{{ID},{before}\"size\" :{before}{wrong}{after}}}");
                assert_location(
                    &format!(r#"{{"results": [{{{ID}}},{before}{item}]}}"#),
                    "results[1].size",
                );
                assert_location(
                    &format!(r#"{{"results":[], "owners":{{"é": {item}}}}}"#),
                    "owners.é.size",
                );
            }
        }
        assert_location(r#"{"next": 7, "results": []}"#, "next");
        assert_location(r#"{"results": {}}"#, "results");
        assert_location(r#"{"results": [[]]}"#, "results[0]");
    }

    #[test]
    fn a_text_that_cannot_be_read_is_found() {
        assert_location(r#"{"results": [{"id": "seven"}]}"#, "results[0].id");
        assert_location(
            r#"{"results": [{"id": "seven" , "size": 1}]}"#,
            "results[0].id",
        );
    }

    #[test]
    fn what_is_missing_or_stands_twice_is_told_by_what_lacks_it() {
        assert_location(r#"{"results": [{"size": 1}], "next": null}"#, "results[0]");
        assert_location(r#"{"next": null}"#, ".");
        assert_location(&format!(r#"{{"results": [{{{ID}, {ID}}}]}}"#), "results[0]");
    }

    #[test]
    fn what_is_not_json_has_no_location() {
        for json in [
            "",
            "[",
            "<html>",
            r#"{"results": [{"id": "6f"#,
            r#"{"results": []} x"#,
        ] {
            assert_location(json, ".");
        }
        assert_eq!(location(b"{\"next\": \"\xff\"}"), ".");
    }

    #[test]
    fn what_is_skipped_before_it_hides_nothing() {
        let deep = "[".repeat(5000) + &"]".repeat(5000);
        let odd = r#"{"a": ["]", "\"}", {"b,": [1, "\\"]}]}"#;
        for skipped in [&*deep, odd, "[]", "{}", "[[],{}]", "-1.5e3"] {
            assert_location(
                &format!(
                    r#"{{"x": {skipped}, "results": [{{{ID}}}, {{"y": {skipped}, {ID}, "size": "w"}}]}}"#
                ),
                "results[1].size",
            );
        }
        assert_location(
            r#"{"results": [], "owners": {"a\"\u00e9": 7}}"#,
            "owners.a\"é",
        );
        // Deeper than serde_json goes.
        let json = format!(r#"{{"results": [{{"size": {deep}}}]}}"#);
        assert_location(&json, "results[0].size");
    }

    /// The pointers to all values in `value`.
    fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
        found.push(at.to_owned());
        match value {
            Value::Array(items) => items.iter().enumerate().for_each(|(index, item)| {
                pointers(item, &format!("{at}/{index}"), found);
            }),
            Value::Object(members) => members.iter().for_each(|(name, member)| {
                pointers(member, &format!("{at}/{name}"), found);
            }),
            _ => {}
        }
    }

    #[test]
    fn the_place_is_the_one_that_is_noted_on_the_way() {
        let item =
            json!({"id": "6f0c2a52-8f6e-4a52-9d5e-2d2f1c0b7a11", "size": 1, "x": [[], {}, "]"]});
        let page = json!({
            "a": {"b": [1, {"c": "\"}"}]},
            "next": null,
            "owners": {"one": item, "t,o": item},
            "results": [item, item, item],
        });
        let wrong = [
            json!(true),
            json!(-300),
            json!(1.5),
            json!("te\"xt\\"),
            json!([]),
            json!([{"id": 1}]),
            json!({}),
            json!({"id": ["]"], "size": 1}),
            Value::Null,
        ];
        let mut found = Vec::new();
        pointers(&page, "", &mut found);
        let mut compared = 0;
        for pointer in &found {
            for wrong in &wrong {
                let mut page = page.clone();
                *page.pointer_mut(pointer).unwrap() = wrong.clone();
                for json in [
                    serde_json::to_string(&page).unwrap(),
                    serde_json::to_string_pretty(&page)
                        .unwrap()
                        .replace('\n', " \r\n\t"),
                ] {
                    let mut read = serde_json::Deserializer::from_str(&json);
                    let noted = serde_path_to_error::deserialize::<_, Page>(&mut read);
                    let Err(noted) = noted else {
                        continue;
                    };
                    assert_location(&json, &noted.path().to_string());
                    compared += 1;
                }
            }
        }
        assert!(compared > 200, "{compared}");
    }

    #[derive(Debug, Deserialize)]
    struct Nest {
        #[serde(rename = "inner")]
        _inner: Option<Box<Nest>>,
    }

    #[test]
    fn finding_the_place_takes_one_walk() {
        // Reading each level by itself would read 60 times as much.
        let level = format!(r#"{{"x": "{}", "inner": "#, "y".repeat(400_000));
        let json = format!("{}7{}", level.repeat(120), "}".repeat(120));
        let error = serde_json::from_str::<Nest>(&json).unwrap_err();
        let started = Instant::now();
        let location = of(position(&error).unwrap(), json.as_bytes());
        let took = started.elapsed();
        assert_eq!(location.unwrap(), ["inner"; 120].join("."));
        assert!(took < Duration::from_secs(5), "{took:?}");
    }
}
