//! Serialization of parameters, in the default styles of OpenAPI.
//!
//! Values are serialized by serde: a date in a query looks like one in a body. Maps are written in the
//! order of their keys, and null is not written.

use std::fmt::Write;

use serde::{Serialize, Serializer};
use serde_json::Value;

/// Ends the name of a map whose entries are spelled `name.key=value`. `ultravox-codegen` adds it where the
/// document has `x-map-style: dotted`.
const DOTTED: &str = ".*";

/// Name and value pairs of a query: one for each item of a list or entry of a map, and none for null.
fn pairs(name: &str, value: &impl Serialize) -> serde_json::Result<Vec<(String, String)>> {
    let dotted = name.strip_suffix(DOTTED);
    let name = || name.to_owned();
    Ok(match serde_json::to_value(value)? {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().map(|item| (name(), scalar(item))).collect(),
        Value::Object(map) => entries(map)
            .map(|(key, item)| match dotted {
                Some(name) => (format!("{name}.{key}"), scalar(&item)),
                None => (key, scalar(&item)),
            })
            .collect(),
        value => vec![(name(), scalar(&value))],
    })
}

/// The entries that are not null, sorted by key.
fn entries(map: serde_json::Map<String, Value>) -> impl Iterator<Item = (String, Value)> {
    let mut entries: Vec<_> = map
        .into_iter()
        .filter(|(_, item)| !item.is_null())
        .collect();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    entries.into_iter()
}

/// A scalar as it is, and anything else, which OpenAPI does not define, as JSON.
pub(crate) fn scalar(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A segment of a path. All but the unreserved characters are percent-encoded: URL parsers treat even a
/// backslash as a slash.
pub(crate) fn path(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// A parameter in the query, as `reqwest` takes it.
pub(crate) struct QueryParam<'a, T> {
    name: &'a str,
    value: &'a T,
}

impl<'a, T> QueryParam<'a, T> {
    pub(crate) fn new(name: &'a str, value: &'a T) -> Self {
        Self { name, value }
    }
}

impl<T: Serialize> Serialize for QueryParam<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        pairs(self.name, self.value)
            .map_err(|error| serde::ser::Error::custom(format!("`{}`: {error}", self.name)))?
            .serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    fn query(value: &impl Serialize) -> Vec<(String, String)> {
        pairs("n", value).unwrap()
    }

    fn expected(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    }

    #[test]
    fn a_list_is_written_once_for_each_item_and_a_map_as_its_entries() {
        assert_eq!(query(&"a b"), expected(&[("n", "a b")]));
        assert_eq!(query(&2), expected(&[("n", "2")]));
        assert_eq!(query(&true), expected(&[("n", "true")]));
        assert_eq!(query(&None::<&str>), []);
        assert_eq!(query(&[1, 2]), expected(&[("n", "1"), ("n", "2")]));
        let map = BTreeMap::from([("b", json!(2)), ("a", json!("x")), ("c", json!(null))]);
        assert_eq!(query(&map), expected(&[("a", "x"), ("b", "2")]));
        let dotted = pairs("n.*", &map).unwrap();
        assert_eq!(dotted, expected(&[("n.a", "x"), ("n.b", "2")]));
    }

    #[test]
    fn a_part_of_a_path_is_encoded_whole() {
        assert_eq!(path("a-b_c.d~e"), "a-b_c.d~e");
        assert_eq!(path("../ü?c=%2F#d\\"), "..%2F%C3%BC%3Fc%3D%252F%23d%5C");
    }
}
