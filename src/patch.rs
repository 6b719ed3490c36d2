//! What an update can do to a property, besides leaving it unchanged.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What an update does to a nullable property: a body has an `Option<Patch<T>>`.
///
/// `Option<T>` alone is not enough: in the body of a `PATCH`, an absent property and null are two
/// different requests. Setters construct it: `.name("x")` sets, `.clear_name()` clears, and a
/// property that is not set is not sent.
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
/// An update cannot be read from JSON without loss: serde reads the null of an `Option` as `None`,
/// so that a cleared property is read as absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Patch<T> {
    /// Sets it to null.
    Clear,
    /// Sets it to this value.
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

/// Null is [`Patch::Clear`], unless an enclosing `Option` takes it.
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
