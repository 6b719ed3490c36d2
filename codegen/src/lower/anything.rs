//! Components that any JSON fits.

use serde_json::{Value, json};

use super::schema::{components, is_of_the_place, target};
use super::walk;
use crate::error::Error;

/// Progenitor makes a type around JSON of a component that says nothing of it. Where a property refers to
/// one, it is plain JSON here, which more converts into.
pub fn lower(document: &mut Value) -> Result<(), Error> {
    let schemas = components(document);
    let says_nothing = |schema: &Value| {
        let object = schema.as_object();
        object.is_some_and(|object| object.keys().all(|key| is_of_the_place(key)))
    };
    walk::schemas(document, |schema| {
        let Some(component) = target(schema).and_then(|name| schemas.get(&name)) else {
            return;
        };
        if says_nothing(component)
            && let Some(object) = schema.as_object_mut()
        {
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
    fn what_refers_to_a_component_that_says_nothing_says_nothing() {
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
