//! The message in the body of an error response.

/// The message of an error body: its `detail`, its field errors, or its text.
pub(crate) fn message(body: &str) -> String {
    use serde_json::Value;
    match serde_json::from_str(body) {
        Ok(Value::Object(fields)) => {
            let said = ["detail", "message", "error"]
                .iter()
                .find_map(|name| fields.get(*name));
            match said {
                Some(said) => flat(said),
                None => {
                    let mut errors: Vec<_> = fields
                        .iter()
                        .map(|(field, said)| format!("{field}: {}", flat(said)))
                        .collect();
                    errors.sort();
                    errors.join("; ")
                }
            }
        }
        Ok(other) => flat(&other),
        // An HTML page, or the XML of a storage, which repeats what was signed and by whom.
        Err(_) if body.trim_start().starts_with('<') => element(body, "Message"),
        Err(_) => body.to_owned(),
    }
}

/// The text of the first XML element of this name.
fn element(xml: &str, name: &str) -> String {
    let text = xml
        .split_once(&format!("<{name}>"))
        .and_then(|(_, rest)| rest.split_once('<'));
    text.map(|(text, _)| text.to_owned()).unwrap_or_default()
}

fn flat(value: &serde_json::Value) -> String {
    use serde_json::Value;
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(flat).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_message_of_a_body_is_its_detail_its_field_errors_or_its_text() {
        let table = [
            (r#"{"detail": "No.", "code": 1}"#, "No."),
            (r#"{"message": "No."}"#, "No."),
            (
                r#"{"b": ["x", "y"], "a": {"c": ["z"]}}"#,
                r#"a: {"c":["z"]}; b: x y"#,
            ),
            (r#"["x", "y"]"#, "x y"),
            ("\"text\"", "text"),
            ("null", ""),
            ("plain", "plain"),
            ("", ""),
            ("\n<p>No.</p>", ""),
            ("<Error><Message>No.</Message><StringToSign>x", "No."),
        ];
        for (body, message) in table {
            assert_eq!(super::message(body), message, "{body}");
        }
    }
}
