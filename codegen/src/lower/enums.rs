//! Enums of strings become types of our own; enums of other values become plain values.

use serde_json::Value;

use super::super::error::Error;
use super::super::prose::code;
use super::formats::own_type;
use super::schema::is_string_enum;
use super::walk;

/// Where the values of an enum stay, for the addition that makes the type.
pub const VALUES: &str = "x-ultravox-enum";

/// Progenitor's enums are closed: one new value upstream would break decoding, and two values that
/// make one name stop the build. An enum of strings is a component here, without a null among its
/// values: passes before this one see to that. An enum of numbers or of mixed values has no names to
/// give, and becomes what its values are.
pub fn lower(document: &mut Value) -> Result<(), Error> {
    let components = document
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut);
    for (name, schema) in components.into_iter().flatten() {
        if !is_string_enum(schema) {
            continue;
        }
        let Some(object) = schema.as_object_mut() else {
            continue;
        };
        let mut values = Vec::new();
        for value in object["enum"].as_array().into_iter().flatten() {
            if !values.contains(value) {
                values.push(value.clone());
            }
        }
        object.retain(|key, _| key == "description" || key.starts_with("x-ultravox-"));
        object.insert("type".to_owned(), "string".into());
        object.insert(VALUES.to_owned(), values.into());
        *schema = own_type(schema, &format!("ultravox::types::{name}"));
    }
    walk::schemas(document, plain);
    Ok(())
}

/// Takes the values of an enum into its description. An enum of null alone is what it says.
fn plain(schema: &mut Value) {
    let values = schema.get("enum").and_then(Value::as_array);
    let Some(values) = values.filter(|values| !values.iter().all(Value::is_null)) else {
        return;
    };
    let known: Vec<_> = values
        .iter()
        .map(|value| code(&value.to_string()))
        .collect();
    if let Some(object) = schema.as_object_mut() {
        object.remove("enum");
    }
    walk::describe(schema, &format!("Known values: {}.", known.join(", ")));
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    fn lowered(schemas: Value) -> Value {
        let mut document = json!({"components": {"schemas": schemas}});
        super::lower(&mut document).unwrap();
        document["components"]["schemas"].take()
    }

    #[test]
    fn an_enum_of_strings_is_a_type_of_our_own_with_its_values_noted() {
        let schemas = lowered(json!({"Color": {
            "type": "string", "format": "enum", "description": "A colour.", "enum": ["red", "blue", "red"],
        }}));
        assert_eq!(
            schemas["Color"],
            json!({
                "type": "string",
                "description": "A colour.",
                "x-ultravox-enum": ["red", "blue"],
                "x-rust-type": {"crate": "ultravox", "version": "*", "path": "ultravox::types::Color"},
            })
        );
    }

    #[test]
    fn an_enum_of_numbers_is_a_number_that_tells_its_known_values() {
        let schemas = lowered(json!({"Car": {"type": "object", "properties": {
            "nothing": {"enum": [null]},
            "doors": {"type": "integer", "description": "How many.", "enum": [2, 4]},
        }}}));
        assert_eq!(
            schemas["Car"]["properties"]["doors"],
            json!({
                "type": "integer",
                "description": "How many.\n\nKnown values: `2`, `4`.",
            })
        );
    }
}
