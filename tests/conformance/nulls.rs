//! Bodies of updates from JSON: null is a value there, but serde reads the null of an `Option` as
//! `None`.

use serde::de::value::StringDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Value};

use crate::client;

/// The value of the JSON, whose nulls are [`Patch::Clear`](ultravox::Patch) where there is a `Patch`.
pub fn decode<T: DeserializeOwned>(value: &Value) -> Result<T, String> {
    // The null of an `Option` without a `Patch` is read as serde reads it.
    T::deserialize(Distinct(value.clone())).or_else(|_| client::decode(value))
}

/// Gives an `Option` a null as `Some` value that is null.
struct Distinct(Value);

impl<'de> Deserializer<'de> for Distinct {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(items) => visitor.visit_seq(Items(items.into_iter())),
            Value::Object(entries) => visitor.visit_map(Entries {
                entries: entries.into_iter(),
                value: Value::Null,
            }),
            value => value.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            // The `Option` in a `Patch` must see it.
            Value::Null => visitor.visit_some(Value::Null),
            value => visitor.visit_some(Self(value)),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct Items(std::vec::IntoIter<Value>);

impl<'de> SeqAccess<'de> for Items {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        let item = self.0.next();
        item.map(|item| seed.deserialize(Distinct(item)))
            .transpose()
    }
}

struct Entries {
    entries: serde_json::map::IntoIter,
    value: Value,
}

impl<'de> MapAccess<'de> for Entries {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let Some((key, value)) = self.entries.next() else {
            return Ok(None);
        };
        self.value = value;
        seed.deserialize(StringDeserializer::new(key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(Distinct(std::mem::take(&mut self.value)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde_json::json;
    use ultravox::Patch;

    use super::*;

    #[test]
    fn null_clears_what_can_be_cleared_and_is_none_elsewhere() {
        let json = json!({"a": null, "b": [1, null]});
        let patches: HashMap<String, Option<Patch<Value>>> = decode(&json).unwrap();
        assert_eq!(patches["a"], Some(Patch::Clear));
        assert_eq!(patches["b"], Some(Patch::Set(json!([1, null]))));
        let options: HashMap<String, Option<Vec<Option<i64>>>> = decode(&json).unwrap();
        assert_eq!(options["a"], None);
        assert_eq!(options["b"], Some(vec![Some(1), None]));
    }
}
