//! Limits of strings, which bind who sends and not who receives.

use serde_json::Value;

use super::super::error::Error;
use super::walk;

/// Progenitor makes a type that checks itself of a string with limits, and reading a response runs
/// the check: what the server sends would be refused by the client.
pub fn lower(document: &mut Value) -> Result<(), Error> {
    walk::schemas(document, |schema| {
        if schema["type"] == "string"
            && let Some(schema) = schema.as_object_mut()
        {
            for limit in ["minLength", "maxLength", "pattern"] {
                schema.remove(limit);
            }
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn the_limits_of_strings_are_lifted_and_nothing_else() {
        let mut document = json!({"components": {"schemas": {"A": {
            "type": "object",
            "properties": {
                "pattern": {"type": "string", "maxLength": 3, "pattern": "^a", "format": "uuid"},
                "list": {"type": "array", "maxItems": 2, "items": {"type": "string", "minLength": 1}},
            },
        }}}});
        super::lower(&mut document).unwrap();
        assert_eq!(
            document["components"]["schemas"]["A"],
            json!({
                "type": "object",
                "properties": {
                    "pattern": {"type": "string", "format": "uuid"},
                    "list": {"type": "array", "maxItems": 2, "items": {"type": "string"}},
                },
            })
        );
    }
}
