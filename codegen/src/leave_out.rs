//! How to go on without an operation that cannot be generated from, until the generator can: one
//! operation does not hold up all others.
//!
//! An action of the overlay removes it when the document is refreshed. What is proposed here is that
//! action, ready to be pasted.

use serde_json::Value;

use crate::document;
use crate::error::Error;
use crate::lower::schema::{X_LOCATION, X_SCHEMA};
use crate::prune;

/// Where schemas are.
const SCHEMAS: &str = "components.schemas.";

/// Where the action goes.
const OVERLAY: &str = "openapi/overlay.yaml";

/// The page of an operation that names none.
const SITE: &str = "https://docs.ultravox.ai";

/// The same error, with its location in the published document instead of the `lowered` one, whose schemas
/// have other names, and names for what is inline.
pub fn published(lowered: &Value, error: Error) -> Error {
    let named = error
        .location()
        .and_then(|location| location.strip_prefix(SCHEMAS));
    let Some(named) = named else {
        return error;
    };
    let schemas = lowered["components"]["schemas"].as_object();
    let within = |name: &str| {
        let rest = named.strip_prefix(name)?;
        (rest.is_empty() || rest.starts_with('.')).then_some(rest)
    };
    let found = schemas
        .into_iter()
        .flatten()
        .filter_map(|(name, schema)| Some((name.len(), schema, within(name)?)))
        .max_by_key(|(length, ..)| *length);
    let Some((_, schema, rest)) = found else {
        return error;
    };
    let name = schema[X_SCHEMA].as_str().or(schema[X_SCHEMA][0].as_str());
    let location = match (schema[X_LOCATION].as_str(), name) {
        (Some(location), _) => format!("{location}{rest}"),
        (None, Some(name)) => format!("{SCHEMAS}{name}{rest}"),
        (None, None) => return error,
    };
    error.moved(location)
}

/// Says how to go on without the operation that an error is in, or without those that need the
/// schema that it is in.
pub fn suggest(document: &Value, error: Error) -> Error {
    let Some(location) = error.location() else {
        return error;
    };
    let within = |whole: &str| {
        location
            .strip_prefix(whole)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    if let Some((location, operation)) =
        document::operations(document).find(|(location, _)| within(location))
    {
        let action = removal(&location, operation);
        return error.and(format!(
            "to go on without the operation, add this to the actions of {OVERLAY}: {action}"
        ));
    }
    let schemas = document["components"]["schemas"].as_object();
    // The longest, where the name of one is the beginning of another's location.
    let schema = schemas
        .into_iter()
        .flatten()
        .map(|(name, _)| name)
        .filter(|name| within(&format!("{SCHEMAS}{name}")))
        .max_by_key(|name| name.len());
    let Some(schema) = schema else {
        return error;
    };
    let component = format!("schemas/{}", prune::escaped(schema));
    let reaching = prune::reaching(document, &component);
    let mut users: Vec<_> = document::operations(document)
        .filter(|(_, operation)| !prune::mentioned(operation).is_disjoint(&reaching))
        .map(|(location, operation)| removal(&location, operation))
        .collect();
    users.sort();
    if users.is_empty() {
        return error;
    }
    error.and(format!(
        "to go on without the operations that need it, add to the actions of {OVERLAY}: {}",
        users.join(" and ")
    ))
}

/// The action that removes the operation at a location, on one line.
fn removal(location: &str, operation: &Value) -> String {
    let path = location.strip_prefix("paths.").unwrap_or(location);
    let (path, method) = path.rsplit_once('.').unwrap_or((path, ""));
    let target = format!("$.paths[{}].{method}", Value::from(path));
    let page = operation
        .pointer("/externalDocs/url")
        .and_then(Value::as_str)
        .unwrap_or(SITE);
    format!(
        "`- {{target: {}, remove: true, description: The generator cannot take it yet., x-page: {}}}`",
        quoted(&target),
        quoted(page)
    )
}

/// A text in YAML's single quotes.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
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
                "/a": {"get": {
                    "operationId": "a_list",
                    "externalDocs": {"url": "https://docs.ultravox.ai/api-reference/a"},
                    "responses": answer("A"),
                }},
                "/b/{it's}": {"get": {"responses": answer("B")}},
            },
            "components": {"schemas": {
                "A": {"properties": {"c": {"$ref": "#/components/schemas/C"}}},
                "B": {}, "C": {},
            }},
        })
    }

    #[test]
    fn a_location_in_the_lowered_document_is_said_of_the_published_one() {
        let lowered = json!({"components": {"schemas": {
            "Agent": {"x-ultravox-schema": "acme.v1.Agent"},
            "AgentRequest": {"x-ultravox-schema": "acme.v1.Agent"},
            "AgentMood": {"x-ultravox-location": "components.schemas.acme.v1.Agent.properties.mood"},
            "Color": {"x-ultravox-schema": ["acme.v1.ColorEnum", "PaintEnum"]},
            "AListResponse": {"x-ultravox-location": "paths./a.get.responses.200"},
            "Plain": {},
        }}});
        for (location, expected) in [
            (
                "components.schemas.Agent",
                "components.schemas.acme.v1.Agent",
            ),
            (
                "components.schemas.AgentRequest.type",
                "components.schemas.acme.v1.Agent.type",
            ),
            (
                "components.schemas.AgentMood",
                "components.schemas.acme.v1.Agent.properties.mood",
            ),
            (
                "components.schemas.Color",
                "components.schemas.acme.v1.ColorEnum",
            ),
            (
                "components.schemas.AListResponse.items",
                "paths./a.get.responses.200.items",
            ),
            ("components.schemas.Plain", "components.schemas.Plain"),
            ("components.schemas.Other", "components.schemas.Other"),
            ("paths./a.get", "paths./a.get"),
        ] {
            let error = published(&lowered, Error::at(location, "bad"));
            assert_eq!(error.location(), Some(expected));
        }
    }

    #[test]
    fn an_error_gives_the_action_that_leaves_the_operation_out() {
        let a = "- {target: '$.paths[\"/a\"].get', remove: true, description: The generator cannot take it \
                 yet., x-page: 'https://docs.ultravox.ai/api-reference/a'}";
        let b = "- {target: '$.paths[\"/b/{it''s}\"].get', remove: true, description: The generator cannot \
                 take it yet., x-page: 'https://docs.ultravox.ai'}";
        let table = [
            ("paths./a.get.responses", a),
            ("components.schemas.C.type", a),
            ("paths./b/{it's}.get", b),
            ("components.schemas.B", b),
        ];
        for (location, action) in table {
            let line = suggest(&document(), Error::at(location, "bad")).to_string();
            assert!(line.starts_with(&format!("{location}: bad; ")), "{line}");
            assert!(
                line.ends_with(&format!("openapi/overlay.yaml: `{action}`")),
                "{line}"
            );
            let pasted: Value = serde_yaml::from_str(action).unwrap();
            assert_eq!(pasted[0]["remove"], true);
        }
        let line = suggest(&document(), Error::at("servers", "bad")).to_string();
        assert_eq!(line, "servers: bad");
    }
}
