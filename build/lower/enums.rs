//! Enums of strings become types of our own; enums of other values become plain values.

use serde_json::{Value, json};

use super::super::error::Error;
use super::formats::own_type;
use super::walk;

/// Where the values of an enum stay, for the addition that makes the type.
pub const VALUES: &str = "x-ultravox-enum";

/// Progenitor's enums are closed: one new value upstream would break decoding, and two values that
/// make one name stop the build. An enum of strings is a component here (a pass before this one lifted
/// those that were not); an enum of numbers or of mixed values has no names to give and keeps its type.
pub fn lower(document: &mut Value) -> Result<(), Error> {
    let mut nullable = Vec::new();
    let components = document
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut);
    for (name, schema) in components.into_iter().flatten() {
        let Some(values) = strings(schema) else {
            continue;
        };
        let allows_null = schema["nullable"] == true || !all_strings(schema);
        let mut lowered = own_type(
            &json!({"type": "string"}),
            &format!("ultravox::types::{name}"),
        );
        lowered[VALUES] = values.into();
        if let Some(description) = schema.get("description") {
            lowered["description"] = description.clone();
        }
        *schema = lowered;
        if allows_null {
            nullable.push(format!("#/components/schemas/{name}"));
        }
    }
    walk::schemas(document, |schema| {
        let Some(object) = schema.as_object_mut() else {
            return;
        };
        if object
            .get("$ref")
            .is_some_and(|reference| nullable.iter().any(|name| reference == name))
        {
            *schema = json!({"nullable": true, "allOf": [schema.take()]});
        } else if strings(schema).is_none() {
            plain(schema);
        }
    });
    Ok(())
}

/// The values of an enum of strings, each once; a null among them does not count.
fn strings(schema: &Value) -> Option<Vec<&str>> {
    if !matches!(
        schema.get("type").map_or(Some("string"), Value::as_str),
        Some("string")
    ) {
        return None;
    }
    let mut strings = Vec::new();
    for value in schema.get("enum")?.as_array()? {
        match value {
            Value::String(value) if strings.contains(&value.as_str()) => {}
            Value::String(value) => strings.push(value.as_str()),
            Value::Null => {}
            _ => return None,
        }
    }
    (!strings.is_empty()).then_some(strings)
}

fn all_strings(schema: &Value) -> bool {
    let values = schema.get("enum").and_then(Value::as_array);
    values.is_some_and(|values| values.iter().all(Value::is_string))
}

/// Takes the values of an enum of numbers, booleans or mixed values into its description. An enum of
/// null alone is the null of some other schema.
fn plain(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    let Some(Value::Array(values)) = object.get("enum") else {
        return;
    };
    if values.iter().all(Value::is_null) {
        return;
    }
    if values.iter().any(Value::is_null) && object.contains_key("type") {
        object.insert("nullable".to_owned(), true.into());
    }
    let values = object.remove("enum").unwrap_or_default();
    let known: Vec<_> = values
        .as_array()
        .into_iter()
        .flatten()
        .filter(|value| !value.is_null())
        .map(|value| format!("`{value}`"))
        .collect();
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
    fn a_null_among_the_values_is_where_the_enum_is_used_and_not_in_it() {
        let schemas = lowered(json!({
            "Color": {"type": "string", "nullable": true, "enum": ["red", null]},
            "Car": {"type": "object", "properties": {"color": {"$ref": "#/components/schemas/Color"}}},
        }));
        assert_eq!(schemas["Color"]["x-ultravox-enum"], json!(["red"]));
        assert_eq!(schemas["Color"].get("nullable"), None);
        assert_eq!(
            schemas["Car"]["properties"]["color"],
            json!({"nullable": true, "allOf": [{"$ref": "#/components/schemas/Color"}]})
        );
    }

    #[test]
    fn an_enum_of_numbers_is_a_number_that_names_its_known_values() {
        let schemas = lowered(json!({"Car": {"type": "object", "properties": {
            "doors": {"type": "integer", "description": "How many.", "enum": [2, 4, null]},
        }}}));
        assert_eq!(
            schemas["Car"]["properties"]["doors"],
            json!({
                "type": "integer",
                "nullable": true,
                "description": "How many.\n\nKnown values: `2`, `4`.",
            })
        );
    }
}
