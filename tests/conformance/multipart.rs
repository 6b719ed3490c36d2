//! Forms of the media type `multipart/form-data`: what is expected, and what arrived.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::client::content;

/// A part of a form, as far as it is compared.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    name: String,
    is_file: bool,
    content: Vec<u8>,
}

/// Whether a form with this schema uploads something.
pub fn has_file(root: &Value, schema: &Value) -> bool {
    properties(root, schema)
        .iter()
        .any(|(_, property)| is_file(root, property))
}

/// The properties of a form, of what it refers to and of what it is composed of.
fn properties<'a>(root: &'a Value, schema: &'a Value) -> Vec<(&'a String, &'a Value)> {
    let mut found = Vec::new();
    let (mut open, mut seen) = (vec![schema], BTreeSet::new());
    while let Some(schema) = open.pop() {
        open.extend(target(root, schema, &mut seen));
        open.extend(schema["allOf"].as_array().into_iter().flatten());
        found.extend(schema["properties"].as_object().into_iter().flatten());
    }
    found
}

/// What a schema refers to, once: references may be circular.
fn target<'a>(
    root: &'a Value,
    schema: &'a Value,
    seen: &mut BTreeSet<&'a str>,
) -> Option<&'a Value> {
    let pointer = schema["$ref"].as_str()?.strip_prefix('#')?;
    seen.insert(pointer)
        .then(|| root.pointer(pointer))
        .flatten()
}

/// The parts that `value` should be sent as: a list as one part per item, an object as JSON.
pub fn expected(root: &Value, schema: &Value, value: &Value) -> Vec<Part> {
    let properties = properties(root, schema);
    let mut parts = Vec::new();
    for (name, value) in value.as_object().into_iter().flatten() {
        let is_file = properties
            .iter()
            .any(|(other, property)| *other == name && is_file(root, property));
        let values = match value {
            Value::Null => &[],
            Value::Array(items) => items.as_slice(),
            value => std::slice::from_ref(value),
        };
        parts.extend(values.iter().map(|value| Part {
            name: name.clone(),
            is_file,
            content: match value {
                Value::String(text) if is_file => content(text),
                Value::String(text) => text.clone().into_bytes(),
                value => value.to_string().into_bytes(),
            },
        }));
    }
    parts.sort();
    parts
}

/// Whether a schema is that of a file or of several, itself or by what it refers to.
fn is_file(root: &Value, schema: &Value) -> bool {
    let (mut open, mut seen) = (vec![schema], BTreeSet::new());
    while let Some(schema) = open.pop() {
        if schema["format"] == "binary" {
            return true;
        }
        open.extend(target(root, schema, &mut seen));
        open.extend(schema.get("items"));
        open.extend(schema["allOf"].as_array().into_iter().flatten());
    }
    false
}

/// The parts of a body, or what is wrong with it.
pub fn parts(content_type: &str, body: &[u8]) -> Result<Vec<Part>, String> {
    let (essence, boundary) = content_type
        .split_once("; boundary=")
        .ok_or_else(|| format!("content-type names no boundary: {content_type}"))?;
    if essence != "multipart/form-data" {
        return Err(format!(
            "content-type should be multipart/form-data, is {essence}"
        ));
    }
    // A form without fields cannot be written.
    if body.is_empty() {
        return Ok(Vec::new());
    }
    let delimiter = format!("\r\n--{}", boundary.trim_matches('"'));
    // The first delimiter has no line before it.
    let body = [b"\r\n", body].concat();
    let mut pieces = split(&body, delimiter.as_bytes()).into_iter().skip(1);
    let mut parts = Vec::new();
    loop {
        let piece = pieces.next().ok_or("the form has no end")?;
        if piece.starts_with(b"--") {
            break;
        }
        parts.push(part(piece).ok_or("a part is none")?);
    }
    parts.sort();
    Ok(parts)
}

fn part(piece: &[u8]) -> Option<Part> {
    let [head, ..] = split(piece, b"\r\n\r\n")[..] else {
        return None;
    };
    let content = piece.get(head.len() + 4..)?.to_vec();
    let head = std::str::from_utf8(head).ok()?;
    let mut disposition = head
        .lines()
        .find(|line| {
            line.to_ascii_lowercase()
                .starts_with("content-disposition:")
        })?
        .split("; ");
    let name = disposition
        .find_map(|part| part.strip_prefix("name=\""))?
        .trim_end_matches('"');
    Some(Part {
        name: name.to_owned(),
        is_file: disposition.any(|part| part.starts_with("filename=")),
        content,
    })
}

fn split<'a>(mut text: &'a [u8], by: &[u8]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    while let Some(at) = text.windows(by.len()).position(|window| window == by) {
        pieces.push(&text[..at]);
        text = &text[at + by.len()..];
    }
    pieces.push(text);
    pieces
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_form_is_compared_part_by_part() {
        let form = json!({"properties": {
            "scan": {"allOf": [{"$ref": "#/scan"}]}, "tags": {"type": "array"}, "left": {}}});
        let root = json!({"scan": {"format": "binary"}, "form": form});
        let schema = json!({"allOf": [{"$ref": "#/form"}, {"properties": {"more": {}}}]});
        assert!(has_file(&root, &schema));
        assert!(!has_file(&root, &schema["allOf"][1]));
        let value = json!({"scan": "x", "tags": ["a", 2], "left": null});
        let mut body = b"--B\r\nContent-Disposition: form-data; name=\"tags\"\r\n\r\n2\r\n\
            --B\r\nContent-Disposition: form-data; name=\"tags\"\r\n\r\na\r\n\
            --B\r\ncontent-disposition: form-data; name=\"scan\"; filename=\"f\"\r\n\r\n"
            .to_vec();
        body.extend(content("x"));
        body.extend(b"\r\n--B--\r\n");
        let content_type = "multipart/form-data; boundary=B";
        let found = parts(content_type, &body).unwrap();
        assert_eq!(found, expected(&root, &schema, &value));
        assert_ne!(
            found,
            expected(&root, &schema, &json!({"scan": "y", "tags": ["a", 2]}))
        );
        assert!(parts(content_type, &body[..body.len() - 9]).is_err());
        assert!(parts("multipart/form-data", &body).is_err());
    }
}
