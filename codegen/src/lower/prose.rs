//! The prose of the document as rustdoc takes it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{handles, walk};
use crate::document::{is_free_form, operations};
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

/// Where the prose names an operation, it says where that is found: `` `agents_list` `` becomes
/// `` `client.agents().list(…)` ``.
pub fn calls(document: &mut Value) -> Result<(), Error> {
    let names = operations(document)
        .map(|(_, operation)| {
            let (path, method) = handles::of(operation);
            let way: String = path.iter().map(|name| format!(".{name}()")).collect();
            let id = operation["operationId"].as_str().unwrap_or_default();
            (id.to_owned(), format!("client{way}.{method}(…)"))
        })
        .collect();
    renamed(document, &names);
    Ok(())
}

fn renamed(value: &mut Value, names: &BTreeMap<String, String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                match value {
                    Value::String(text) if matches!(key.as_str(), "description" | "summary") => {
                        let parts =
                            text.split('`')
                                .enumerate()
                                .map(|(index, part)| match index % 2 {
                                    1 => names.get(part).map_or(part, String::as_str),
                                    _ => part,
                                });
                        *text = parts.collect::<Vec<_>>().join("`");
                    }
                    _ if is_free_form(key) => {}
                    value => renamed(value, names),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| renamed(item, names)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::rustdoc;

    #[test]
    fn operations_are_named_as_they_are_found() {
        let mut document = json!({"paths": {"/a/b/{id}/c": {"get": {
            "operationId": "b_c_list",
            "description": "Pages. See `b_c_list` and b_c_list.",
            "example": {"description": "`b_c_list`"},
            "x-ultravox-handles": ["b", "c"],
            "x-ultravox-method": "list",
        }}}});
        super::calls(&mut document).unwrap();
        let operation = &document["paths"]["/a/b/{id}/c"]["get"];
        assert_eq!(
            operation["description"],
            "Pages. See `client.b().c().list(…)` and b_c_list."
        );
        assert_eq!(operation["example"]["description"], "`b_c_list`");
    }

    #[test]
    fn what_looks_like_a_link_or_html_is_taken_literally() {
        assert_eq!(rustdoc("a [b] <c> `[d] <e>`"), "a \\[b] \\<c> `[d] <e>`");
    }
}
