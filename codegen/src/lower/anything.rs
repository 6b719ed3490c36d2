//! Components that describe any JSON.

use serde_json::{Map, Value, json};

use super::schema::{components, is_annotation, target};
use super::walk;
use crate::error::Error;

/// Progenitor wraps JSON in a new type for a component without keywords. This pass replaces
/// references to such a component by plain JSON, which more types convert into.
pub fn lower(document: &mut Value) -> Result<(), Error> {
    let is_anything = |schema: &Value| {
        let object = schema.as_object();
        object.is_some_and(|object| object.keys().all(|key| is_annotation(key)))
    };
    let anything = components(document).iter();
    let anything: Map<String, Value> = anything
        .filter(|(_, schema)| is_anything(schema))
        .map(|(name, schema)| (name.clone(), schema.clone()))
        .collect();
    walk::schemas(document, |schema| {
        let component = target(schema).and_then(|name| anything.get(&name));
        if let (Some(component), Some(object)) = (component, schema.as_object_mut()) {
            object.remove("$ref");
            object.remove("allOf");
            if !object.contains_key("description")
                && let Some(description) = component.get("description")
            {
                object.insert("description".to_owned(), json!(description));
            }
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn a_reference_to_a_component_without_keywords_is_plain_json() {
        let mut document = json!({"components": {"schemas": {
            "Any": {"description": "Any JSON."},
            "Text": {"type": "string"},
            "Holder": {"properties": {
                "any": {"$ref": "#/components/schemas/Any"},
                "text": {"$ref": "#/components/schemas/Text"},
            }},
        }}});
        super::lower(&mut document).unwrap();
        let properties = &document["components"]["schemas"]["Holder"]["properties"];
        assert_eq!(properties["any"], json!({"description": "Any JSON."}));
        assert_eq!(
            properties["text"],
            json!({"$ref": "#/components/schemas/Text"})
        );
    }
}
