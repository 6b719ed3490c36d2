//! Where in a response a value did not fit, from the position that serde_json tells.
//!
//! Decoding once more with a deserializer that notes its way would compile the decoding of every type
//! twice: two fifths of this crate's code.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// The place of the innermost value at the position of `error`, such as `allowedAgents[0].agentId`.
/// `.` stands for the whole, and for what is not JSON at all, where only the position says something.
pub(crate) fn of(error: &serde_json::Error, json: &[u8]) -> String {
    let mut place = String::new();
    if let (Ok(mut json), Some(mut position)) = (std::str::from_utf8(json), position(error, json)) {
        while let Some((step, inner, start)) = child(json, position) {
            if !place.is_empty() && !step.starts_with('[') {
                place.push('.');
            }
            place.push_str(&step);
            json = inner;
            position -= start;
        }
    }
    if place.is_empty() {
        place.push('.');
    }
    place
}

/// How many bytes stand before the position of `error`: right after the value that does not fit, or,
/// where it was not read at all, right before it.
fn position(error: &serde_json::Error, json: &[u8]) -> Option<usize> {
    let mut lines = json.split_inclusive(|byte| *byte == b'\n');
    let before = error.line().checked_sub(1)?;
    let skipped: usize = lines.by_ref().take(before).map(<[u8]>::len).sum();
    Some(skipped + error.column())
}

/// The member or the item of `json` at `position`: the step to it, its text, and where that starts.
fn child(json: &str, position: usize) -> Option<(String, &str, usize)> {
    if let Ok(members) = serde_json::from_str::<BTreeMap<String, &RawValue>>(json) {
        return members.into_iter().find_map(|(name, value)| {
            let (text, start) = text_at(json, value, position)?;
            Some((name, text, start))
        });
    }
    let items: Vec<&RawValue> = serde_json::from_str(json).ok()?;
    items.into_iter().enumerate().find_map(|(index, value)| {
        let (text, start) = text_at(json, value, position)?;
        Some((format!("[{index}]"), text, start))
    })
}

/// The text of `value`, which was read from `json`, and where it starts there, if it is at `position`.
fn text_at<'a>(json: &str, value: &'a RawValue, position: usize) -> Option<(&'a str, usize)> {
    let text = value.get();
    // What is raw was not copied: it lies inside of what it was read from.
    let start = (text.as_ptr() as usize).checked_sub(json.as_ptr() as usize)?;
    (start..=start + text.len())
        .contains(&position)
        .then_some((text, start))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

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

    #[track_caller]
    fn assert_place(json: &str, expected: &str) {
        let error = serde_json::from_str::<Page>(json).unwrap_err();
        assert_eq!(of(&error, json.as_bytes()), expected, "{error} in {json}");
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
                assert_place(
                    &format!(r#"{{"results": [{{{ID}}},{before}{item}]}}"#),
                    "results[1].size",
                );
                assert_place(
                    &format!(r#"{{"results":[], "owners":{{"é": {item}}}}}"#),
                    "owners.é.size",
                );
            }
        }
        assert_place(r#"{"next": 7, "results": []}"#, "next");
        assert_place(r#"{"results": {}}"#, "results");
        assert_place(r#"{"results": [[]]}"#, "results[0]");
    }

    #[test]
    fn a_text_that_cannot_be_read_is_found() {
        assert_place(r#"{"results": [{"id": "seven"}]}"#, "results[0].id");
        assert_place(
            r#"{"results": [{"id": "seven" , "size": 1}]}"#,
            "results[0].id",
        );
    }

    #[test]
    fn what_is_missing_or_stands_twice_is_told_by_what_lacks_it() {
        assert_place(r#"{"results": [{"size": 1}], "next": null}"#, "results[0]");
        assert_place(r#"{"next": null}"#, ".");
        assert_place(&format!(r#"{{"results": [{{{ID}, {ID}}}]}}"#), "results[0]");
    }

    #[test]
    fn what_is_no_json_has_no_place() {
        for json in [
            "",
            "[",
            "<html>",
            r#"{"results": [{"id": "6f"#,
            r#"{"results": []} x"#,
        ] {
            assert_place(json, ".");
        }
        let error = serde_json::from_slice::<Page>(b"{\"next\": \"\xff\"}").unwrap_err();
        assert_eq!(of(&error, b"{\"next\": \"\xff\"}"), ".");
    }
}
