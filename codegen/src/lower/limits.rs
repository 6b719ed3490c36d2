//! Limits: checked in requests, not in responses.
//!
//! This pass moves them to an extension; `limits.rs` of the client's `src/` checks them.

use serde_json::{Map, Value, json};

use super::formats::is_duration;
use super::schema::has_properties;
use super::walk;
use crate::error::Error;
use crate::prose::code;

/// On a schema: its limits, which the client checks before it sends a value.
pub const X_LIMITS: &str = "x-ultravox-limits";

type IsLimit = fn(&Value) -> bool;

/// The keywords of limits, each with a check of its value.
const KINDS: [(&str, IsLimit); 12] = [
    ("minLength", Value::is_u64),
    ("maxLength", Value::is_u64),
    ("pattern", Value::is_string),
    ("minimum", Value::is_number),
    ("exclusiveMinimum", Value::is_boolean),
    ("maximum", Value::is_number),
    ("exclusiveMaximum", Value::is_boolean),
    ("multipleOf", Value::is_number),
    ("minItems", Value::is_u64),
    ("maxItems", Value::is_u64),
    ("minProperties", Value::is_u64),
    ("maxProperties", Value::is_u64),
];

/// For a string with limits progenitor generates a type that checks them, for a list with limits
/// another one, and reading a response runs the checks: the client would refuse what the server
/// sends. This pass moves limits to [`X_LIMITS`], and adds them to the description.
///
/// `type: object` of a free-form object is treated as a limit as well: progenitor's type for such
/// objects converts from neither `json!` nor a type of the user's own, so it becomes any JSON that
/// must be an object.
pub fn lower(document: &mut Value) -> Result<(), Error> {
    walk::schemas(document, |schema| {
        let is_object = is_free_form(schema);
        let Some(object) = schema.as_object_mut() else {
            return;
        };
        let mut limits = Map::new();
        if is_object {
            for key in ["type", "properties", "additionalProperties"] {
                object.remove(key);
            }
            limits.insert("type".to_owned(), json!("object"));
        }
        for (key, is_limit) in KINDS {
            // An invalid limit stays: reading the document as OpenAPI reports it with its location.
            if object.get(key).is_some_and(is_limit)
                && let Some(limit) = object.remove(key)
            {
                limits.insert(key.to_owned(), limit);
            }
        }
        // `false` is the default.
        limits.retain(|_, limit| *limit != false);
        let mut sentences: Vec<_> = (!limits.is_empty())
            .then(|| sentence(&limits))
            .into_iter()
            .flatten()
            .collect();
        if let Some(items) = object
            .get("items")
            .and_then(|items| items[X_LIMITS].as_object())
        {
            sentences.extend(sentence(items).map(|sentence| format!("Each item: {sentence}")));
        }
        if !limits.is_empty() {
            object.insert(X_LIMITS.to_owned(), limits.into());
        }
        if !sentences.is_empty() {
            walk::describe(schema, &sentences.join(" "));
        }
    });
    Ok(())
}

/// Whether the schema is a free-form object.
fn is_free_form(schema: &Value) -> bool {
    let more = schema.get("additionalProperties");
    schema["type"] == "object"
        && !has_properties(schema)
        && more.is_none_or(|more| *more == true || *more == json!({}))
        && ["allOf", "oneOf", "anyOf", "x-rust-type"]
            .iter()
            .all(|key| schema.get(key).is_none())
}

/// `At least 1 character, at most 40 characters.`
fn sentence(limits: &Map<String, Value>) -> Option<String> {
    let counted = |key: &str, at: &str, one: &str, many: &str| {
        let limit = limits.get(key)?;
        let unit = if *limit == 1 { one } else { many };
        Some(format!("{at} {limit} {unit}"))
    };
    let number = |key: &str, exclusive: &str, at: &str, beyond: &str| {
        let words = if limits.contains_key(exclusive) {
            beyond
        } else {
            at
        };
        Some(format!("{words} {}", limits.get(key)?))
    };
    let pattern = || {
        let pattern = limits.get("pattern")?.as_str()?;
        (!is_duration(pattern)).then(|| {
            format!(
                "matching the pattern {}, which only the server checks",
                code(pattern)
            )
        })
    };
    let parts: Vec<_> = [
        limits.get("type").map(|_| "an object".to_owned()),
        counted("minLength", "at least", "character", "characters"),
        counted("maxLength", "at most", "character", "characters"),
        number("minimum", "exclusiveMinimum", "at least", "more than"),
        number("maximum", "exclusiveMaximum", "at most", "less than"),
        limits
            .get("multipleOf")
            .map(|limit| format!("a multiple of {limit}")),
        counted("minItems", "at least", "item", "items"),
        counted("maxItems", "at most", "item", "items"),
        counted("minProperties", "at least", "entry", "entries"),
        counted("maxProperties", "at most", "entry", "entries"),
        pattern(),
    ]
    .into_iter()
    .flatten()
    .collect();
    let mut text = parts.join(", ");
    text.get_mut(..1)?.make_ascii_uppercase();
    Some(text + ".")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    fn lowered(schema: Value) -> Value {
        let mut document = json!({"components": {"schemas": {"A": schema}}});
        super::lower(&mut document).unwrap();
        document["components"]["schemas"]["A"].take()
    }

    #[test]
    fn limits_move_to_an_extension_and_to_the_description() {
        let schema = lowered(json!({
            "type": "object",
            "properties": {
                "pattern": {"type": "string", "maxLength": 3, "minLength": 1, "format": "uuid", "description": "An id."},
                "list": {"type": "array", "maxItems": 2, "items": {"type": "string", "maxLength": 1}},
                "share": {"type": "number", "minimum": 0, "exclusiveMinimum": true, "maximum": 1.5, "exclusiveMaximum": false},
                "free": {"type": "string", "pattern": "^a"},
            },
        }));
        assert_eq!(
            schema["properties"],
            json!({
                "pattern": {
                    "type": "string",
                    "format": "uuid",
                    "description": "An id.\n\nAt least 1 character, at most 3 characters.",
                    "x-ultravox-limits": {"minLength": 1, "maxLength": 3},
                },
                "list": {
                    "type": "array",
                    "description": "At most 2 items. Each item: At most 1 character.",
                    "items": {"type": "string", "description": "At most 1 character.", "x-ultravox-limits": {"maxLength": 1}},
                    "x-ultravox-limits": {"maxItems": 2},
                },
                "share": {
                    "type": "number",
                    "description": "More than 0, at most 1.5.",
                    "x-ultravox-limits": {"minimum": 0, "exclusiveMinimum": true, "maximum": 1.5},
                },
                "free": {
                    "type": "string",
                    "description": "Matching the pattern `^a`, which only the server checks.",
                    "x-ultravox-limits": {"pattern": "^a"},
                },
            })
        );
    }

    #[test]
    fn a_free_form_object_is_json_that_must_be_an_object() {
        for schema in [
            json!({"type": "object"}),
            json!({"type": "object", "properties": {}, "additionalProperties": {}}),
            json!({"type": "object", "additionalProperties": true}),
        ] {
            let expected = json!({
                "description": "An object.",
                "x-ultravox-limits": {"type": "object"},
            });
            assert_eq!(lowered(schema), expected);
        }
        let map = json!({"type": "object", "additionalProperties": {"type": "string"}});
        assert_eq!(lowered(map.clone()), map);
    }

    #[test]
    fn the_pattern_of_a_duration_is_not_documented() {
        let schema = lowered(json!({"type": "string", "pattern": "^[0-9]+(\\.[0-9]{1,9})?s$"}));
        assert_eq!(schema.get("description"), None);
        assert!(schema["x-ultravox-limits"]["pattern"].is_string());
    }
}
