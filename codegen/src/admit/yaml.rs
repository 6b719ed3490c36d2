//! From YAML or JSON text to a value. Refuses what a YAML parser accepts: duplicate keys, tags, numbers
//! that JSON does not have. [`bounds`] refuses in advance what would take too long to parse.
//!
//! Keys are strings, spelled as in the text: a status `200` without quotes is the key `200`, and `no`
//! is `no`. Whether the value is OpenAPI is not checked here.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::bounds;
use crate::error::Error;

/// Reads the single document in `text`.
///
/// # Errors
///
/// One line with line and column. What is too large or too deep to be parsed in reasonable time is
/// refused before it is parsed.
pub fn parse(text: &str) -> Result<Value, Error> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    bounds::check(text).map_err(not_yaml)?;
    // JSON that is indented with tabs is not YAML, nor are some of its escapes.
    let text_of = text.trim_start();
    let json = text_of.starts_with('{').then(|| json(text));
    if let Some(Ok(value)) = json {
        return Ok(value);
    }
    let yaml = Node {
        has_merge_keys: true,
    };
    let value = yaml.deserialize(serde_yaml::Deserializer::from_str(text));
    value.map_err(|error| match json {
        // A map of YAML rarely begins with both.
        Some(Err(json)) if text_of[1..].trim_start().starts_with('"') => {
            Error::whole(format!("not JSON: {json}"))
        }
        _ => not_yaml(error),
    })
}

fn not_yaml(reason: impl fmt::Display) -> Error {
    Error::whole(format!("not YAML: {reason}"))
}

fn json(text: &str) -> serde_json::Result<Value> {
    let mut json = serde_json::Deserializer::from_str(text);
    let node = Node {
        has_merge_keys: false,
    };
    let value = node.deserialize(&mut json)?;
    json.end()?;
    Ok(value)
}

#[derive(Clone, Copy)]
struct Node {
    /// Whether a key `<<` merges another map into the one that it is in, as YAML 1.1 has it.
    has_merge_keys: bool,
}

impl<'de> DeserializeSeed<'de> for Node {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value without YAML tags")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    // As serde_yaml does for an empty text.
    fn visit_none<E: serde::de::Error>(self) -> Result<Value, E> {
        self.visit_unit()
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom(format!("{value} is not a number in JSON")))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = entries.next_key_seed(Key)? {
            if object.contains_key(&key) {
                return Err(A::Error::custom(format!("duplicate key `{key}`")));
            }
            let value = entries.next_value_seed(self)?;
            // A quoted key of this name looks the same, but rarely has such a value.
            if self.has_merge_keys && key == "<<" && (value.is_object() || value.is_array()) {
                return Err(A::Error::custom(
                    "merge keys (`<<`) are not supported: write out the keys that it merges",
                ));
            }
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

/// A key, as it is spelled.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key that is a scalar")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<String, E> {
        Ok(key.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn refusal(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn keys_stay_strings_as_they_are_spelled() {
        let value = parse("200: a\nno: b\nnull: c\n1.10: d\n2024-01-02: e\n").unwrap();
        let spelled = json!({"200": "a", "no": "b", "null": "c", "1.10": "d", "2024-01-02": "e"});
        assert_eq!(value, spelled);
    }

    #[test]
    fn what_only_yaml_1_1_takes_for_something_else_is_a_string() {
        let value = parse("[y, no, On, 2024-01-02, 12:30:45, 0777, 1_000, =, 3.0.3]").unwrap();
        let texts = "y no On 2024-01-02 12:30:45 0777 1_000 = 3.0.3";
        assert_eq!(value, json!(texts.split(' ').collect::<Vec<_>>()));
    }

    #[test]
    fn json_indented_with_tabs_is_read() {
        let value = parse("{\n\t\"a\": [1, null]\n}").unwrap();
        assert_eq!(value, json!({"a": [1, null]}));
    }

    #[test]
    fn a_duplicate_key_is_refused_with_its_line() {
        let error = refusal("a: 1\nb:\n  c: 1\n  c: 2\n");
        assert!(error.contains("duplicate key `c`"), "{error}");
        assert!(
            error.contains("line 3") || error.contains("line 4"),
            "{error}"
        );
        assert!(refusal("{\"a\": 1, \"a\": 2}").contains("duplicate key `a`"));
        assert!(refusal("200: a\n'200': b\n").contains("duplicate key `200`"));
    }

    #[test]
    fn a_merge_key_is_refused_with_its_line() {
        let error = refusal("a: &a {b: 1}\nc:\n  d: 1\n  <<: *a\n");
        assert!(
            error.contains("merge keys (`<<`) are not supported"),
            "{error}"
        );
        assert!(error.contains("c: ") && error.contains("line 3"), "{error}");
        assert_eq!(parse("'<<': 1").unwrap(), json!({"<<": 1}));
        // JSON has none.
        assert_eq!(parse("{\"<<\": {}}").unwrap(), json!({"<<": {}}));
    }

    #[test]
    fn json_is_read_with_the_escapes_of_json() {
        let value = parse(r#"{"a": "\ud83d\ude00 \/ \u00e9"}"#).unwrap();
        assert_eq!(value, json!({"a": "\u{1f600} / \u{e9}"}));
        for (broken, reason) in [
            (r#"{"a": "\ud83d"}"#, "hex escape"),
            (r#"{"a": "\ud83d\ude00", "a": 1}"#, "duplicate key `a`"),
            (r#"{"a": "\ud83d\ude00""#, "EOF"),
        ] {
            let line = refusal(broken);
            assert!(line.starts_with("not JSON: "), "{line}");
            assert!(
                line.contains(reason) && line.contains("line 1 column"),
                "{line}"
            );
        }
        assert!(refusal("{a: [}").starts_with("not YAML: "));
    }

    #[test]
    fn broken_yaml_is_refused_with_line_and_column() {
        let error = refusal("a: 1\nb: [1, 2\nc: 3\n");
        assert!(
            error.contains("line ") && error.contains(" column "),
            "{error}"
        );
    }

    #[test]
    fn an_alias_is_read_and_a_bomb_of_aliases_is_refused() {
        let value = parse("a: &x [1]\nb: *x\n").unwrap();
        assert_eq!(value, json!({"a": [1], "b": [1]}));
        let mut bomb = String::from("a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
        for level in 1..30 {
            let below = vec![format!("*a{}", level - 1); 9].join(", ");
            bomb.push_str(&format!("a{level}: &a{level} [{below}]\n"));
        }
        assert!(refusal(&bomb).contains("aliases expand"));
        assert!(refusal("a: &a [*a]\n").contains("alias"));
    }

    #[test]
    fn tags_keys_other_than_scalars_and_numbers_that_json_does_not_have_are_refused() {
        let texts = [
            "a: !secret x\n",
            "? [a]\n: b\n",
            "a: .nan\n",
            "a: .inf\n",
            "a: 1\n---\nb: 2\n",
        ];
        for text in texts {
            assert!(refusal(text).starts_with("not YAML: "), "{text}");
        }
    }

    #[test]
    fn an_empty_text_is_null() {
        for text in ["", "\n", "# nothing\n"] {
            assert_eq!(parse(text).unwrap(), Value::Null);
        }
    }

    #[test]
    fn deep_nesting_is_refused_quickly() {
        let texts = [
            "[".repeat(1 << 20),
            "[]".repeat(1 << 20) + &"{".repeat(1 << 20),
            "{a: ".repeat(1 << 18),
            "- ".repeat(1 << 18),
        ];
        for text in texts {
            let start = std::time::Instant::now();
            let line = refusal(&text);
            assert!(line.starts_with("not YAML: line 1: "), "{line}");
            assert!(start.elapsed().as_secs() < 2, "{:?}", start.elapsed());
        }
        let brackets = format!("a: '{}'\n", "[".repeat(300));
        assert_eq!(parse(&brackets).unwrap()["a"], "[".repeat(300));
    }
}
