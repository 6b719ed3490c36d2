//! Optional properties, defaults, and null in updates.

use serde_json::{Map, Value, json};

use super::directions::X_PATCH;
use super::limits::X_LIMITS;
use super::schema::{is, is_annotation, required};
use super::walk;
use crate::error::Error;
use crate::prose::code;

/// On a property with three states: absent, null, or a value.
const X_THREE_STATES: &str = "x-ultravox-three-states";

/// The type of such a property.
pub const PATCH: &str = "ultravox::Patch";

/// Progenitor gives an optional property with a default a plain type, which is always sent and so
/// resets values that should stay; and it does not send an empty list or map, so that none can be
/// emptied. This pass moves defaults to the documentation, and makes every optional property an
/// `Option`. It marks properties that an update can set to null for [`patch`], as an `Option` does
/// not distinguish null from absent.
pub fn lower(document: &mut Value) -> Result<(), Error> {
    let Some(schemas) = document.pointer_mut("/components/schemas") else {
        return Ok(());
    };
    walk::each(schemas, |schema| {
        walk::schema_tree(schema, &mut |schema| {
            defaults_to_documentation(schema);
            optional_properties(schema);
        });
    });
    Ok(())
}

/// Gives properties that an update can set to null the type [`PATCH`]. This runs after all passes that
/// look at the type of a property.
pub fn patch(document: &mut Value) -> Result<(), Error> {
    walk::schemas(document, |schema| {
        let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
        for (_, property) in properties.into_iter().flatten() {
            if is(property, X_THREE_STATES) {
                three_states(property);
            }
        }
    });
    Ok(())
}

fn three_states(property: &mut Value) {
    let Value::Object(object) = property.take() else {
        return;
    };
    let (mut annotations, mut inner): (Map<_, _>, Map<_, _>) =
        object.into_iter().partition(|(key, _)| is_annotation(key));
    annotations.remove("nullable");
    if let Some(limits) = annotations.remove(X_LIMITS) {
        inner.insert(X_LIMITS.to_owned(), limits);
    }
    *property = Value::Object(annotations);
    property["x-rust-type"] = json!({
        "crate": "ultravox", "version": "*", "path": PATCH, "parameters": [inner],
    });
}

fn defaults_to_documentation(schema: &mut Value) {
    let default = schema
        .as_object_mut()
        .and_then(|schema| schema.remove("default"));
    if let Some(default) = default {
        walk::describe(schema, &format!("Default: {}.", code(&default.to_string())));
    }
}

fn optional_properties(schema: &mut Value) {
    let required = required(schema);
    let in_update = is(schema, X_PATCH);
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    for (name, property) in properties.into_iter().flatten() {
        if required.contains(name) {
            continue;
        }
        let nullable = is(property, "nullable");
        let Some(property) = property.as_object_mut() else {
            continue;
        };
        if in_update && nullable {
            property.insert(X_THREE_STATES.to_owned(), json!(true));
        }
        if property.get("type").is_some() {
            property.insert("nullable".to_owned(), json!(true));
        }
    }
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
    fn a_default_is_documented_and_not_sent() {
        let schema = lowered(json!({"properties": {
            "a": {"type": "boolean", "default": false, "description": "Whether."},
            "b": {"type": "string", "default": "30s"},
            "default": {"type": "string"},
        }}));
        let properties = &schema["properties"];
        for name in ["a", "b"] {
            assert_eq!(properties[name].get("default"), None);
        }
        assert_eq!(
            properties["a"]["description"],
            "Whether.\n\nDefault: `false`."
        );
        assert_eq!(properties["b"]["description"], "Default: `\"30s\"`.");
        assert_eq!(properties["default"]["type"], "string");
    }

    #[test]
    fn every_optional_property_can_be_absent_lists_and_maps_as_well() {
        let list = json!({"type": "array", "items": {"type": "string"}});
        let schema = lowered(json!({"required": ["must"], "properties": {
            "must": list, "may": list, "map": {"type": "object"},
            "other": {"$ref": "#/components/schemas/A"},
        }}));
        let properties = &schema["properties"];
        assert_eq!(properties["must"], list);
        for name in ["may", "map"] {
            assert_eq!(properties[name]["nullable"], true, "{name}");
        }
        assert_eq!(
            properties["other"],
            json!({"$ref": "#/components/schemas/A"})
        );
    }

    #[test]
    fn the_type_of_three_states_has_the_type_of_its_value() {
        let text = json!({
            "type": "string", "nullable": true, "description": "A.", "x-ultravox-three-states": true,
        });
        let mut document = json!({"components": {"schemas": {"A": {"properties": {"a": text}}}}});
        super::patch(&mut document).unwrap();
        let property = document["components"]["schemas"]["A"]["properties"]["a"].take();
        assert_eq!(property["description"], "A.");
        assert_eq!(property.get("nullable"), None);
        assert_eq!(property["x-rust-type"]["path"], "ultravox::Patch");
        assert_eq!(
            property["x-rust-type"]["parameters"],
            json!([{"type": "string"}])
        );
    }

    #[test]
    fn what_an_update_can_set_to_null_has_three_states() {
        let properties = json!({
            "must": {"type": "string", "nullable": true},
            "may": {"type": "string", "nullable": true},
            "not": {"type": "string"},
        });
        let states = |schema: Value| {
            let schema = lowered(schema);
            ["must", "may", "not"].map(|name| {
                schema["properties"][name]
                    .get("x-ultravox-three-states")
                    .is_some()
            })
        };
        let update = json!({
            "required": ["must"], "properties": properties, "x-ultravox-patch": true,
        });
        assert_eq!(states(update), [false, true, false]);
        let other = json!({"required": ["must"], "properties": properties});
        assert_eq!(states(other), [false, false, false]);
    }
}
