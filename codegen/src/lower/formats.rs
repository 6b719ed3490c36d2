//! Gives formats that progenitor does not know their own types.
//!
//! `uuid`, `date`, `date-time`, `ip` and the widths of numbers are progenitor's. A `uri` stays a
//! string: `url::Url` would refuse a relative or templated one, and with it the whole response, and it
//! normalizes what it parses, so that reading a value and sending it back would change it.

use serde_json::{Value, json};

use super::walk;
use crate::error::Error;

/// The crates that the types come from.
pub const CRATES: &[&str] = &["chrono", "ipnet", "std", "ultravox"];

/// Formats with their types.
const TYPES: &[(&str, &str)] = &[
    ("cidr", "ipnet::IpNet"),
    ("ipv4-cidr", "ipnet::Ipv4Net"),
    ("ipv6-cidr", "ipnet::Ipv6Net"),
    ("time", "chrono::NaiveTime"),
];

/// The type of strings whose pattern [`is_duration`].
const DURATION: &str = "ultravox::SignedDuration";

/// Removes `format` where it means nothing: only strings and numbers have one. Progenitor refuses it on
/// other types, and makes a value without a type null. This comes before the passes that compose schemas.
pub fn misplaced(document: &mut Value) -> Result<(), Error> {
    walk::schemas(document, |schema| {
        let has_formats = ["string", "number", "integer"]
            .iter()
            .any(|ty| schema["type"] == *ty);
        if !has_formats && let Some(schema) = schema.as_object_mut() {
            schema.remove("format");
        }
    });
    Ok(())
}

/// Whether the values of an integer may be larger than any `i64`, and are never negative.
fn is_unsigned(schema: &Value) -> bool {
    // The nearest float is that of the next integer.
    const MOST: f64 = i64::MAX as f64;
    let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
    schema["type"] == "integer"
        && matches!(schema["format"].as_str(), None | Some("int64"))
        && bound("minimum").is_some_and(|least| least >= 0.0)
        && bound("maximum").is_some_and(|most| most >= MOST)
        && schema["maximum"].as_i64().is_none()
}

/// Gives every schema of a known format its type. A `float` is an `f64`: as an `f32` it would be
/// written with other digits than it was read with.
pub fn lower(document: &mut Value) -> Result<(), Error> {
    walk::schemas(document, |schema| {
        if schema["type"] == "number" && schema["format"] == "float" {
            schema["format"] = json!("double");
        }
        if is_unsigned(schema) {
            schema["format"] = json!("uint64");
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

/// Keywords that describe the string itself. The others are annotations.
const STRING_KEYWORDS: [&str; 5] = ["type", "format", "pattern", "minLength", "maxLength"];

/// `schema` with the type at `path`. `x-rust-type` names an existing type for progenitor. Progenitor
/// ignores `nullable` beside it, so in a nullable schema it moves into a member of `allOf`.
pub fn own_type(schema: &Value, path: &str) -> Value {
    let krate = path.split("::").next();
    let own = json!({"crate": krate, "version": "*", "path": path});
    let mut schema = schema.clone();
    match schema.as_object_mut() {
        Some(outer) if outer.get("nullable") == Some(&Value::Bool(true)) => {
            let mut inner: serde_json::Map<_, _> = STRING_KEYWORDS
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

/// Whether a pattern describes durations such as `3.5s`, in seconds with an optional fraction: whether
/// it matches examples of such durations and none of similar strings.
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
    // The engine backtracks: a pattern with many repetitions, or with nested ones, does not describe a
    // duration, and could take hours.
    const REPETITIONS: [char; 4] = ['*', '+', '{', '?'];
    let count = pattern.matches(REPETITIONS).count() - pattern.matches("(?").count();
    let repeats_groups = [")*", ")+", "){"].iter().any(|end| pattern.contains(end));
    if count > 8 || repeats_groups || pattern.len() > 200 {
        return false;
    }
    // Patterns of JSON Schema are ECMAScript regular expressions.
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
    fn what_has_no_formats_has_none() {
        let text = json!({"type": "string", "format": "uuid"});
        let schemas = json!({
            "Flag": {"type": "boolean", "format": "int32"},
            "Object": {"type": "object", "format": "x", "properties": {"format": text}},
            "List": {"type": "array", "format": "uuid", "items": text},
            "Anything": {"format": "uuid"},
        });
        let mut document = json!({"components": {"schemas": schemas}});
        super::misplaced(&mut document).unwrap();
        assert_eq!(
            document["components"]["schemas"],
            json!({
                "Flag": {"type": "boolean"},
                "Object": {"type": "object", "properties": {"format": text}},
                "List": {"type": "array", "items": text},
                "Anything": {},
            })
        );
    }

    #[test]
    fn an_integer_beyond_all_signed_ones_is_unsigned() {
        let table = [
            (
                json!({"minimum": 0, "maximum": 18_446_744_073_709_551_615_u64}),
                true,
            ),
            (
                json!({"minimum": 1, "maximum": 1e19, "format": "int64"}),
                true,
            ),
            (
                json!({"minimum": 0, "maximum": 9_223_372_036_854_775_807_i64}),
                false,
            ),
            (json!({"minimum": 0}), false),
            (json!({"minimum": -1, "maximum": 1e19}), false),
            (
                json!({"minimum": 0, "maximum": 1e19, "format": "int32"}),
                false,
            ),
        ];
        for (mut schema, is_unsigned) in table {
            schema["type"] = json!("integer");
            let mut document = json!({"components": {"schemas": {"A": schema}}});
            super::lower(&mut document).unwrap();
            let format = &document["components"]["schemas"]["A"]["format"];
            assert_eq!(format == "uint64", is_unsigned, "{schema}");
        }
    }

    #[test]
    fn a_known_format_has_its_type_wherever_it_is() {
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
        for (location, path) in [
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
            let schema = document.pointer(location).unwrap();
            let found = schema.pointer("/x-rust-type/path");
            assert_eq!(found.and_then(|path| path.as_str()), path, "{location}");
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
    fn a_uri_stays_a_string() {
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
    fn a_duration_is_recognized_by_what_its_pattern_matches() {
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
    fn a_pattern_that_backtracks_forever_is_not_tried() {
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
