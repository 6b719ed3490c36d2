//! Formats that have a type of their own.

use serde_json::{Value, json};

use super::super::error::Error;
use super::walk;

/// The crates that [`TYPES`] and the files of uploads come from.
pub const FORMAT_CRATES: &[&str] = &["ipnet", "ultravox"];

/// Format and type. `uuid`, `date`, `date-time`, `ip` and the widths of numbers are known to
/// progenitor.
const TYPES: &[(&str, &str)] = &[("ipv4-cidr", "ipnet::Ipv4Net")];

/// `x-rust-type` is how a document tells progenitor of a type that exists.
pub fn lower(document: &mut Value) -> Result<(), Error> {
    walk::schemas(document, |schema| {
        if schema["type"] != "string" {
            return;
        }
        let Some((_, path)) = TYPES
            .iter()
            .find(|(format, _)| schema.get("format").is_some_and(|value| value == format))
        else {
            return;
        };
        let krate = path.split("::").next();
        schema["x-rust-type"] = json!({"crate": krate, "version": "*", "path": path});
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn a_known_format_is_given_its_type_wherever_it_stands() {
        let cidr = json!({"type": "string", "format": "ipv4-cidr"});
        let mut document = json!({
            "paths": {"/x": {"get": {"parameters": [{"name": "a", "schema": cidr}]}}},
            "components": {"schemas": {"A": {"type": "object", "properties": {
                "schema": {"type": "array", "items": cidr},
                "other": {"type": "string", "format": "uri"},
            }}}},
        });
        super::lower(&mut document).unwrap();
        let typed = "/x-rust-type/path";
        for place in [
            "/paths/~1x/get/parameters/0/schema",
            "/components/schemas/A/properties/schema/items",
        ] {
            let schema = document.pointer(place).unwrap();
            assert_eq!(schema.pointer(typed).unwrap(), "ipnet::Ipv4Net", "{place}");
        }
        let other = document
            .pointer("/components/schemas/A/properties/other")
            .unwrap();
        assert_eq!(other.pointer(typed), None);
    }
}
