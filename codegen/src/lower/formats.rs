//! Formats that have a type of their own.
//!
//! `uuid`, `date`, `date-time`, `ip` and the widths of numbers are progenitor's. A `uri` stays a
//! string: `url::Url` would refuse a relative or templated one, and with it the whole response, and it
//! respells what it takes, so that reading and sending back would change the value.

use serde_json::{Value, json};

use super::super::error::Error;
use super::walk;

/// The crates that the types come from.
pub const CRATES: &[&str] = &["chrono", "ipnet", "ultravox"];

/// Format and type.
const TYPES: &[(&str, &str)] = &[
    ("cidr", "ipnet::IpNet"),
    ("ipv4-cidr", "ipnet::Ipv4Net"),
    ("ipv6-cidr", "ipnet::Ipv6Net"),
    ("time", "chrono::NaiveTime"),
];

/// The type of what [`is_duration`] finds.
const DURATION: &str = "ultravox::SignedDuration";

/// Gives every schema of a known format its type. A `float` is an `f64`: as an `f32` it would have
/// other digits in JSON than it was written with.
pub fn lower(document: &mut Value) -> Result<(), Error> {
    walk::schemas(document, |schema| {
        if schema["type"] == "number" && schema["format"] == "float" {
            schema["format"] = json!("double");
        }
        if schema["type"] != "string" || schema.get("x-rust-type").is_some() {
            return;
        }
        let format = schema.get("format").and_then(Value::as_str);
        let pattern = schema.get("pattern").and_then(Value::as_str);
        let known = TYPES.iter().find(|(known, _)| Some(*known) == format);
        if let Some((_, path)) = known {
            *schema = own_type(schema, path);
        } else if format.is_none() && pattern.is_some_and(is_duration) {
            *schema = own_type(schema, DURATION);
        } else if format == Some("uri") {
            walk::describe(schema, "A URI, kept as it is written.");
        }
    });
    Ok(())
}

/// What describes a string, and not the place where it stands.
const OF_THE_STRING: [&str; 5] = ["type", "format", "pattern", "minLength", "maxLength"];

/// `schema` with the type at `path`. `x-rust-type` is how a document tells progenitor of a type that
/// exists. A schema with that key is not asked whether it is nullable, so the key goes one further in.
pub fn own_type(schema: &Value, path: &str) -> Value {
    let krate = path.split("::").next();
    let own = json!({"crate": krate, "version": "*", "path": path});
    let mut schema = schema.clone();
    match schema.as_object_mut() {
        Some(outer) if outer.get("nullable") == Some(&Value::Bool(true)) => {
            let mut inner: serde_json::Map<_, _> = OF_THE_STRING
                .into_iter()
                .filter_map(|key| Some((key.to_owned(), outer.remove(key)?)))
                .collect();
            inner.insert("x-rust-type".to_owned(), own);
            outer.insert("allOf".to_owned(), json!([inner]));
        }
        _ => schema["x-rust-type"] = own,
    }
    schema
}

/// Whether a pattern means seconds with a fraction and the unit `s`, such as `3.5s`: whether it takes
/// what such durations look like and nothing that comes near.
pub fn is_duration(pattern: &str) -> bool {
    const TAKEN: [&str; 6] = [
        "0s",
        "3s",
        "86400s",
        "3.5s",
        "0.000000001s",
        "12.345678901s",
    ];
    const REFUSED: [&str; 14] = [
        "", "s", "3", "3.5", ".s", "3.s", "3ms", "3m", "3h", "3 s", "3s4s", "a3s", "3sa", "1e3s",
    ];
    // The engine goes back for each way to read a text: a pattern with many repetitions, or with one
    // inside of another, is none of a duration, and could take it hours.
    const REPETITIONS: [char; 4] = ['*', '+', '{', '?'];
    let count = pattern.matches(REPETITIONS).count() - pattern.matches("(?").count();
    let repeats_groups = [")*", ")+", "){"].iter().any(|end| pattern.contains(end));
    if count > 8 || repeats_groups || pattern.len() > 200 {
        return false;
    }
    // The dialect of JSON Schema's patterns is ECMAScript's.
    let Ok(pattern) = regress::Regex::new(pattern) else {
        return false;
    };
    let takes = |text: &&str| pattern.find(text).is_some();
    TAKEN.iter().all(takes) && !REFUSED.iter().any(takes)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::is_duration;

    #[test]
    fn a_known_format_is_given_its_type_wherever_it_stands() {
        let cidr = json!({"type": "string", "format": "ipv4-cidr"});
        let mut document = json!({
            "paths": {"/x": {"get": {"parameters": [{"name": "a", "schema": cidr}]}}},
            "components": {"schemas": {"A": {"type": "object", "properties": {
                "schema": {"type": "array", "items": cidr},
                "at": {"type": "string", "format": "time"},
                "wait": {"type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?s$"},
                "other": {"type": "string", "format": "email"},
            }}}},
        });
        super::lower(&mut document).unwrap();
        let properties = "/components/schemas/A/properties";
        for (place, path) in [
            ("/paths/~1x/get/parameters/0/schema", Some("ipnet::Ipv4Net")),
            (
                &format!("{properties}/schema/items"),
                Some("ipnet::Ipv4Net"),
            ),
            (&format!("{properties}/at"), Some("chrono::NaiveTime")),
            (
                &format!("{properties}/wait"),
                Some("ultravox::SignedDuration"),
            ),
            (&format!("{properties}/other"), None),
        ] {
            let schema = document.pointer(place).unwrap();
            let found = schema.pointer("/x-rust-type/path");
            assert_eq!(found.and_then(|path| path.as_str()), path, "{place}");
        }
    }

    #[test]
    fn a_nullable_value_of_a_known_format_stays_nullable() {
        let schema =
            json!({"type": "string", "format": "ipv4-cidr", "nullable": true, "description": "d"});
        assert_eq!(
            super::own_type(&schema, "ipnet::Ipv4Net"),
            json!({
                "nullable": true,
                "description": "d",
                "allOf": [{
                    "type": "string",
                    "format": "ipv4-cidr",
                    "x-rust-type": {"crate": "ipnet", "version": "*", "path": "ipnet::Ipv4Net"},
                }],
            })
        );
    }

    #[test]
    fn a_uri_stays_the_string_that_it_is() {
        let uri = json!({"type": "string", "format": "uri", "description": "Where."});
        let mut document = json!({"components": {"schemas": {"A": uri}}});
        super::lower(&mut document).unwrap();
        let lowered = &document["components"]["schemas"]["A"];
        assert_eq!(lowered.get("x-rust-type"), None);
        assert_eq!(
            lowered["description"],
            "Where.\n\nA URI, kept as it is written."
        );
    }

    #[test]
    fn a_duration_is_known_by_what_its_pattern_takes() {
        for pattern in [
            r"^-?(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,9})?s$",
            r"^\d+(\.\d+)?s$",
            r"^(-?\d{1,12}(?:\.\d{1,9})?)s$",
        ] {
            assert!(is_duration(pattern), "{pattern}");
        }
        for pattern in [
            r"^\d+s$",
            r"\d+(\.\d+)?s",
            r"^.*s$",
            r"^\d+(\.\d+)?m?s$",
            "(",
            "",
        ] {
            assert!(!is_duration(pattern), "{pattern}");
        }
    }

    #[test]
    fn a_pattern_that_an_engine_goes_back_in_forever_is_not_tried() {
        let start = std::time::Instant::now();
        for pattern in [
            format!("^{}s$", ".*".repeat(400)),
            format!("^{}.*{}s$", "(".repeat(30), ")*".repeat(30)),
            format!("^{}.{}s$", "(".repeat(30), "?)".repeat(30)),
            r"^((.*)*)*\1s$".to_owned(),
            format!("^{}s$", ".*".repeat(8)),
        ] {
            assert!(!is_duration(&pattern), "{pattern}");
        }
        assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    }
}
