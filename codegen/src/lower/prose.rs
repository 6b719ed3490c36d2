//! Operations that the prose of the document mentions, in the terms of the client.

use std::collections::BTreeMap;

use serde_json::Value;

use super::handles;
use crate::document::{is_free_form, operations};
use crate::error::Error;

/// Replaces the id of an operation in the prose by its call: `` `agents_list` `` becomes
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
}
