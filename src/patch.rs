//! What an update can do to a property beyond leaving it alone.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What an update does to a property that can be empty: a body holds an `Option<Patch<T>>`.
///
/// `Option<T>` alone would not do: in the body of a `PATCH`, to leave a property out and to send null
/// are two different requests. Setters write it for you: `.name("x")` sets, `.clear_name()` clears, and
/// what is not set is not sent.
///
/// ```
/// use ultravox::Patch;
///
/// #[derive(Default, serde::Serialize)]
/// struct Update {
///     #[serde(skip_serializing_if = "Option::is_none")]
///     a: Option<Patch<String>>,
///     #[serde(skip_serializing_if = "Option::is_none")]
///     b: Option<Patch<u32>>,
///     #[serde(skip_serializing_if = "Option::is_none")]
///     c: Option<Patch<u32>>,
/// }
///
/// let update = Update { a: None, b: Some(Patch::Clear), c: Some(Patch::Set(1)) };
/// assert_eq!(serde_json::to_value(update)?, serde_json::json!({"b": null, "c": 1}));
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// To read an update from JSON is another matter: serde takes the null of an `Option` for `None`, so
/// that what clears a property is read as what leaves it alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Patch<T> {
    /// Empty it: null is sent.
    Clear,
    /// Set it to this value.
    Set(T),
}

impl<T> From<T> for Patch<T> {
    fn from(value: T) -> Self {
        Self::Set(value)
    }
}

impl<T: Serialize> Serialize for Patch<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Clear => serializer.serialize_none(),
            Self::Set(value) => serializer.serialize_some(value),
        }
    }
}

/// Null is [`Patch::Clear`], where it is not the null of an `Option` around.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(|value| value.map_or(Self::Clear, Self::Set))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn null_and_a_value_are_read_and_written() {
        for (json, patch) in [
            (json!(null), Patch::Clear),
            (json!([]), Patch::Set(vec![])),
            (json!([1]), vec![1_u8].into()),
        ] {
            let read: Patch<Vec<u8>> = serde_json::from_value(json.clone()).unwrap();
            assert_eq!(read, patch);
            assert_eq!(serde_json::to_value(&read).unwrap(), json);
        }
    }

    #[test]
    fn a_value_that_can_itself_be_null_is_cleared_by_null() {
        let cleared: Patch<Value> = serde_json::from_value(Value::Null).unwrap();
        assert_eq!(cleared, Patch::Clear);
    }
}
