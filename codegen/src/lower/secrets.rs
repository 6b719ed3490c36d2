//! Gives secrets a type of their own, so that neither `Debug` nor an error shows them.
//!
//! Half of the secrets that an API takes are not marked in its document. They are recognized by the
//! words that people use in names of secrets: a word too many hides a harmless value in a log, one
//! too few shows a password there.

use heck::ToSnakeCase;
use serde_json::Value;

use super::formats::own_type;
use crate::error::Error;

/// The type whose `Debug` shows nothing.
const SECRET: &str = "ultravox::Secret";

/// The last words in names of secrets. A presigned URL, or one to join a call with, is one because
/// whoever has it can use it.
const SECRETS: [&str; 18] = [
    "secret",
    "secrets",
    "password",
    "passwords",
    "api_key",
    "api_keys",
    "auth_token",
    "auth_tokens",
    "access_token",
    "access_tokens",
    "private_key",
    "private_keys",
    "presigned_url",
    "presigned_urls",
    "signed_url",
    "signed_urls",
    "join_url",
    "join_urls",
];

/// Gives the type to each string, list of strings or map of strings that is `writeOnly`, a
/// `password`, or named like a secret. All strings of a schema that is named after API keys are
/// keys.
pub fn lower(document: &mut Value) -> Result<(), Error> {
    let components = document
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut);
    for (name, schema) in components.into_iter().flatten() {
        let keys = format!("_{}_", name.to_snake_case()).contains("_api_keys_");
        let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
        for (property, schema) in properties.into_iter().flatten() {
            if keys || is_marked(schema) || is_named(property) {
                mark(schema);
            }
        }
    }
    Ok(())
}

fn is_marked(schema: &Value) -> bool {
    schema["writeOnly"] == true || schema["format"] == "password"
}

fn is_named(property: &str) -> bool {
    let words = property.to_snake_case();
    let is_last = |secret: &&str| {
        let before = words.strip_suffix(secret);
        before.is_some_and(|before| before.is_empty() || before.ends_with('_'))
    };
    SECRETS.iter().any(is_last)
}

fn mark(schema: &mut Value) {
    match schema["type"].as_str() {
        Some("string") if schema.get("x-rust-type").is_none() => {
            // The format would select a type of its own.
            schema.as_object_mut().map(|schema| schema.remove("format"));
            *schema = own_type(schema, SECRET);
        }
        Some("array") => schema.get_mut("items").into_iter().for_each(mark),
        Some("object") => {
            let values = schema.get_mut("additionalProperties");
            values.into_iter().for_each(mark);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    fn marked(name: &str, property: &str, mut schema: Value) -> Value {
        let mut document = json!({"components": {"schemas": {name: {"properties": {}}}}});
        let at = &mut document["components"]["schemas"][name]["properties"][property];
        *at = schema.take();
        super::lower(&mut document).unwrap();
        document["components"]["schemas"][name]["properties"][property].take()
    }

    fn is_type(schema: &Value) -> bool {
        schema["x-rust-type"]["path"] == super::SECRET
    }

    fn is_secret(name: &str, property: &str, schema: Value) -> bool {
        is_type(&marked(name, property, schema))
    }

    #[test]
    fn what_the_document_marks_or_names_like_a_secret_is_one() {
        let text = json!({"type": "string"});
        assert!(is_secret(
            "Car",
            "code",
            json!({"type": "string", "writeOnly": true})
        ));
        assert!(is_secret(
            "Car",
            "code",
            json!({"type": "string", "format": "password"})
        ));
        assert!(is_secret("Car", "doorSecret", text.clone()));
        assert!(is_secret("Car", "apiKey", text.clone()));
        for property in ["presignedUrl", "signed_url", "joinUrl"] {
            assert!(is_secret("Car", property, text.clone()), "{property}");
        }
        assert!(is_secret("SetApiKeysRequest", "garage", text.clone()));
        for property in [
            "secretary",
            "tokens",
            "apiKeyHint",
            "key",
            "url",
            "baseUrl",
            "joinUrlHint",
        ] {
            assert!(!is_secret("Car", property, text.clone()), "{property}");
        }
    }

    #[test]
    fn lists_and_maps_of_strings_contain_secrets_and_other_types_do_not() {
        let list = marked(
            "Car",
            "secrets",
            json!({"type": "array", "items": {"type": "string"}}),
        );
        assert!(!is_type(&list) && is_type(&list["items"]), "{list}");
        let map = json!({"type": "object", "additionalProperties": {"type": "string"}});
        let map = marked("Car", "authTokens", map);
        assert!(is_type(&map["additionalProperties"]), "{map}");
        assert!(!is_secret("Car", "secrets", json!({"type": "integer"})));
        let wheels = json!({"type": "array", "writeOnly": true, "items": {"$ref": "#/x"}});
        let wheels = marked("Car", "wheels", wheels);
        assert_eq!(wheels["items"], json!({"$ref": "#/x"}));
    }
}
