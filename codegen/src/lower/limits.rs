//! Limits, which bind who sends and not who receives.

use serde_json::{Map, Value, json};

use super::super::error::Error;
use super::super::prose::code;
use super::formats::is_duration;
use super::schema::has_properties;
use super::walk;

/// Where the limits of a schema stay, for the addition that checks what is sent.
pub const LIMITS: &str = "x-ultravox-limits";

type IsLimit = fn(&Value) -> bool;

/// Each limit, and whether a value can be one.
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

/// A limit as well: that JSON of any form is an object. Progenitor has a type for such an object, which
/// neither `json!` nor a value of one's own converts into.
///
/// Progenitor makes a type that checks itself of a string with limits, another of a list with them,
/// and reading a response runs the check: what the server sends would be refused by the client. So the
/// limits are lifted off, noted for the check of what is sent, and told in the description.
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
            // What is no limit is left to the check of the document's form, which says where it is.
            if object.get(key).is_some_and(is_limit)
                && let Some(limit) = object.remove(key)
            {
                limits.insert(key.to_owned(), limit);
            }
        }
        // What says nothing.
        limits.retain(|_, limit| *limit != false);
        let mut sentences: Vec<_> = (!limits.is_empty())
            .then(|| sentence(&limits))
            .into_iter()
            .flatten()
            .collect();
        if let Some(items) = object
            .get("items")
            .and_then(|items| items[LIMITS].as_object())
        {
            sentences.extend(sentence(items).map(|sentence| format!("Each item: {sentence}")));
        }
        if !limits.is_empty() {
            object.insert(LIMITS.to_owned(), limits.into());
        }
        if !sentences.is_empty() {
            walk::describe(schema, &sentences.join(" "));
        }
    });
    Ok(())
}

/// Whether it is an object of which nothing is said.
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
                "of the pattern {}, which only the server checks",
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
    fn limits_are_lifted_noted_and_told() {
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
                    "description": "Of the pattern `^a`, which only the server checks.",
                    "x-ultravox-limits": {"pattern": "^a"},
                },
            })
        );
    }

    #[test]
    fn an_object_of_which_nothing_is_said_is_json_that_has_to_be_an_object() {
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
    fn the_pattern_of_a_duration_is_its_types_own() {
        let schema = lowered(json!({"type": "string", "pattern": "^[0-9]+(\\.[0-9]{1,9})?s$"}));
        assert_eq!(schema.get("description"), None);
        assert!(schema["x-ultravox-limits"]["pattern"].is_string());
    }
}
