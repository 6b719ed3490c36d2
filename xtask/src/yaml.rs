//! YAML or JSON text to a value, with what YAML would let pass refused: keys that stand twice, tags,
//! numbers that JSON has not. What would take too long to parse is refused before, by [`bounds`].
//!
//! Keys are strings, spelled as in the text: a status `200` without quotes is the key `200`, and `no`
//! is `no`. Whether the value is OpenAPI is not asked here.

use std::fmt;

use anyhow::{Result, anyhow};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::bounds;

/// Reads the one document in `text`; an error names line and column.
pub fn parse(text: &str) -> Result<Value> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    bounds::check(text).map_err(|e| anyhow!("not YAML that can be used: {e}"))?;
    // JSON that is indented with tabs is not YAML.
    if text.trim_start().starts_with('{')
        && let Ok(value) = json(text)
    {
        return Ok(value);
    }
    Node.deserialize(serde_yaml::Deserializer::from_str(text))
        .map_err(|e| anyhow!("not YAML that can be used: {e}"))
}

fn json(text: &str) -> serde_json::Result<Value> {
    let mut json = serde_json::Deserializer::from_str(text);
    let value = Node.deserialize(&mut json)?;
    json.end()?;
    Ok(value)
}

#[derive(Clone, Copy)]
struct Node;

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

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    // As serde_yaml says of an empty text.
    fn visit_none<E: Error>(self) -> Result<Value, E> {
        self.visit_unit()
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom(format!("{value} is not a number in JSON")))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
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
                return Err(A::Error::custom(format!("the key `{key}` stands twice")));
            }
            let value = entries.next_value_seed(self)?;
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

    fn visit_str<E: Error>(self, key: &str) -> Result<String, E> {
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
        assert_eq!(
            value,
            json!({"200": "a", "no": "b", "null": "c", "1.10": "d", "2024-01-02": "e"})
        );
    }

    #[test]
    fn what_only_yaml_1_1_takes_for_something_else_is_a_string() {
        let value = parse("[y, no, On, 2024-01-02, 12:30:45, 0777, 1_000, =, 3.0.3]").unwrap();
        let texts = [
            "y",
            "no",
            "On",
            "2024-01-02",
            "12:30:45",
            "0777",
            "1_000",
            "=",
            "3.0.3",
        ];
        assert_eq!(value, json!(texts));
    }

    #[test]
    fn json_indented_with_tabs_is_read() {
        assert_eq!(
            parse("{\n\t\"a\": [1, null]\n}").unwrap(),
            json!({"a": [1, null]})
        );
    }

    #[test]
    fn a_key_that_stands_twice_is_refused_with_its_line() {
        let error = refusal("a: 1\nb:\n  c: 1\n  c: 2\n");
        assert!(error.contains("`c` stands twice"), "{error}");
        assert!(
            error.contains("line 3") || error.contains("line 4"),
            "{error}"
        );
        assert!(refusal("{\"a\": 1, \"a\": 2}").contains("`a` stands twice"));
        assert!(refusal("200: a\n'200': b\n").contains("`200` stands twice"));
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
        assert_eq!(
            parse("a: &x [1]\nb: *x\n").unwrap(),
            json!({"a": [1], "b": [1]})
        );
        let mut bomb = String::from("a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
        for level in 1..30 {
            let below = vec![format!("*a{}", level - 1); 9].join(", ");
            bomb.push_str(&format!("a{level}: &a{level} [{below}]\n"));
        }
        assert!(refusal(&bomb).contains("aliases unfold"));
    }

    #[test]
    fn tags_keys_that_are_no_scalars_and_numbers_that_json_has_not_are_refused() {
        for text in ["a: !secret x\n", "? [a]\n: b\n", "a: .nan\n", "a: .inf\n"] {
            assert!(refusal(text).starts_with("not YAML"), "{text}");
        }
    }

    #[test]
    fn an_empty_text_is_null() {
        for text in ["", "\n", "# nothing\n"] {
            assert_eq!(parse(text).unwrap(), Value::Null);
        }
    }

    #[test]
    fn several_documents_in_one_text_are_refused() {
        assert!(refusal("a: 1\n---\nb: 2\n").contains("more than one document"));
    }

    #[test]
    fn deep_nesting_is_refused_in_no_time() {
        let pairs = |count| "[".repeat(count) + &"]".repeat(count);
        for text in [
            "[".repeat(1 << 20),
            "{a: ".repeat(1 << 18),
            "- ".repeat(1 << 18),
            // On one line, and none is open at its end.
            pairs(100_000),
            pairs(200),
            format!("{{\"a\": {}}}", pairs(100_000)),
        ] {
            assert!(refusal(&text).contains("inside of one another"));
        }
    }

    #[test]
    fn brackets_in_strings_are_text() {
        let many = "[".repeat(300);
        for text in [
            format!("a: '{many}'\n"),
            format!("a: \"{many}\"\n"),
            format!("a: so {many}\n"),
            format!("a: |-\n  {many}\n"),
            format!("{{\"a\": \"{many}\"}}"),
        ] {
            let value = parse(&text).unwrap();
            assert!(value["a"].as_str().unwrap().ends_with(&many), "{text}");
        }
    }
}
