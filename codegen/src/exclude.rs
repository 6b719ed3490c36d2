//! The list of operations that are left out by name, each with its reason.
//!
//! It is for an operation that the generator does not support yet, so that one operation does not block
//! all others. The list is YAML, a map from operation ids to reasons.

use serde_json::Value;

use crate::admit;
use crate::document;
use crate::error::Error;
use crate::prune;

/// Removes the operations of the list `excluded`, and the components that only they need. Returns a
/// line for each.
pub fn exclude(document: &mut Value, excluded: &str) -> Result<Vec<String>, Error> {
    const LIST: &str = "the list of excluded operations";
    let refused = |reason: String| Err(Error::at(LIST, reason));
    let entries = match admit::parse(excluded) {
        Ok(Value::Null) => return Ok(Vec::new()),
        Ok(Value::Object(entries)) => entries,
        Ok(_) => return refused("expected a map from operation ids to reasons".to_owned()),
        Err(error) => return refused(error.to_string()),
    };
    let mut lines = Vec::new();
    for (id, reason) in &entries {
        let Some(reason) = reason.as_str().filter(|reason| !reason.trim().is_empty()) else {
            return refused(format!("`{id}` has no reason; say why it is left out"));
        };
        let named = |(_, operation): (String, &Value)| operation["operationId"] == id.as_str();
        if !document::operations(document).any(named) {
            return refused(format!(
                "the document has no operation `{id}`; remove the entry"
            ));
        }
        lines.push(format!(
            "the operation `{id}` is left out: {}",
            reason.trim()
        ));
    }
    if !entries.is_empty() {
        prune::retain(document, |operation| {
            let id = operation["operationId"].as_str().unwrap_or_default();
            !entries.contains_key(id)
        });
    }
    lines.sort();
    Ok(lines)
}

/// Adds to an error how to continue without the operation that it is in, or without the operations that
/// need the schema that it is in.
pub fn suggest(document: &Value, error: Error) -> Error {
    let Some(location) = error.location() else {
        return error;
    };
    let within = |whole: &str| {
        location
            .strip_prefix(whole)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let operations: Vec<_> = document::operations(document)
        .map(|(location, operation)| {
            (
                location,
                operation["operationId"].as_str().unwrap_or_default(),
            )
        })
        .collect();
    if let Some((_, id)) = operations.iter().find(|(location, _)| within(location)) {
        if id.is_empty() {
            return error;
        }
        return error.and(format!(
            "to go on without the operation, list `{id}` in excluded.yaml"
        ));
    }
    let mut schemas: Vec<_> = document["components"]["schemas"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name)
        .filter(|name| within(&format!("components.schemas.{name}")))
        .collect();
    schemas.sort_by_key(|name| name.len());
    let Some(schema) = schemas.pop() else {
        return error;
    };
    let mut users: Vec<_> = document::operations(document)
        .filter(|(_, operation)| prune::reaches(document, operation, &format!("schemas/{schema}")))
        .filter_map(|(_, operation)| operation["operationId"].as_str())
        .map(|id| format!("`{id}`"))
        .collect();
    users.sort();
    if users.is_empty() {
        return error;
    }
    error.and(format!(
        "to go on without the operations that need it, list {} in excluded.yaml",
        users.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn document() -> Value {
        let answer = |schema: &str| {
            let schema = json!({"$ref": format!("#/components/schemas/{schema}")});
            json!({"200": {"content": {"application/json": {"schema": schema}}}})
        };
        json!({
            "paths": {
                "/a": {"get": {"operationId": "a_list", "responses": answer("A")}},
                "/b": {"get": {"operationId": "b_list", "responses": answer("B")}},
            },
            "components": {"schemas": {
                "A": {"properties": {"c": {"$ref": "#/components/schemas/C"}}},
                "B": {}, "C": {},
            }},
        })
    }

    #[test]
    fn an_excluded_operation_is_removed_with_what_only_it_needs() {
        let mut document = document();
        let lines = exclude(&mut document, "a_list: Its response is not JSON.\n").unwrap();
        assert_eq!(
            lines,
            ["the operation `a_list` is left out: Its response is not JSON."]
        );
        assert_eq!(document["paths"].as_object().unwrap().len(), 1);
        let schemas = document["components"]["schemas"].as_object().unwrap();
        assert!(schemas.keys().eq(["B"]));
    }

    #[test]
    fn an_empty_list_excludes_nothing() {
        for list in ["", "# nothing\n", "{}\n"] {
            let mut excluded = document();
            assert!(exclude(&mut excluded, list).unwrap().is_empty());
            assert_eq!(excluded, document());
        }
    }

    #[test]
    fn an_entry_without_operation_or_reason_is_refused() {
        let table = [
            ("nope: Because.\n", "the document has no operation `nope`"),
            ("a_list:\n", "`a_list` has no reason"),
            ("a_list: ' '\n", "`a_list` has no reason"),
            ("- a_list\n", "expected a map"),
            ("a_list: [\n", "not YAML"),
        ];
        for (list, reason) in table {
            let line = exclude(&mut document(), list).unwrap_err().to_string();
            assert!(line.contains(reason), "{line}");
        }
    }

    #[test]
    fn an_error_says_which_operations_to_exclude() {
        let table = [
            ("paths./a.get.responses", "list `a_list` in"),
            ("components.schemas.C.type", "list `a_list` in"),
            ("components.schemas.B", "list `b_list` in"),
        ];
        for (location, hint) in table {
            let line = suggest(&document(), Error::at(location, "bad")).to_string();
            assert!(line.starts_with(&format!("{location}: bad; ")), "{line}");
            assert!(line.contains(hint), "{line}");
        }
        let line = suggest(&document(), Error::at("servers", "bad")).to_string();
        assert_eq!(line, "servers: bad");
    }
}
