//! The prose of the document as rustdoc takes it.

use serde_json::Value;

use super::walk;
use crate::error::Error;

/// Descriptions become documentation as they are: what only looks like HTML or a link would be one, and
/// an indented block would be a test. Code spans and fences of text stay as they are.
pub fn lower(document: &mut Value) -> Result<(), Error> {
    walk::schemas(document, |schema| each(schema, &["description"]));
    walk::operations(document, |_, operation| {
        each(operation, &["summary", "description"]);
        let parameters = operation.get_mut("parameters");
        for parameter in parameters
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            each(parameter, &["description"]);
        }
        Ok(())
    })
}

fn each(holder: &mut Value, keys: &[&str]) {
    for key in keys {
        if let Some(Value::String(text)) = holder.get_mut(key) {
            *text = rustdoc(text.trim());
        }
    }
}

/// Text with what rustdoc would take for a link or HTML taken literally.
pub fn rustdoc(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut code = false;
    for character in text.chars() {
        match character {
            '`' => code = !code,
            '<' | '[' if !code => escaped.push('\\'),
            _ => {}
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::rustdoc;

    #[test]
    fn what_looks_like_a_link_or_html_is_taken_literally() {
        assert_eq!(rustdoc("a [b] <c> `[d] <e>`"), "a \\[b] \\<c> `[d] <e>`");
    }
}
