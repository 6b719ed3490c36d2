//! The three states of a property in an update.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What an update does to a property that can be empty.
///
/// Used where `Option` would not do: in the body of a `PATCH`, to leave a property out and to send null
/// are two different requests.
///
/// ```
/// use ultravox::Patch;
///
/// #[derive(Default, serde::Serialize)]
/// struct Update {
///     #[serde(skip_serializing_if = "Patch::is_keep")]
///     a: Patch<String>,
///     #[serde(skip_serializing_if = "Patch::is_keep")]
///     b: Patch<u32>,
///     #[serde(skip_serializing_if = "Patch::is_keep")]
///     c: Patch<u32>,
/// }
///
/// let update = Update { b: Patch::Clear, c: 1.into(), ..Update::default() };
/// assert_eq!(serde_json::to_value(update)?, serde_json::json!({"b": null, "c": 1}));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Patch<T> {
    /// Leave it as it is: nothing is sent.
    #[default]
    Keep,
    /// Empty it: null is sent.
    Clear,
    /// Set it to this value.
    Set(T),
}

impl<T> Patch<T> {
    /// Whether the property is left as it is.
    pub fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }
}

impl<T> From<T> for Patch<T> {
    fn from(value: T) -> Self {
        Self::Set(value)
    }
}

/// A struct leaves [`Patch::Keep`] out with `skip_serializing_if`; where it stands for itself, it is null.
impl<T: Serialize> Serialize for Patch<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Keep | Self::Clear => serializer.serialize_none(),
            Self::Set(value) => serializer.serialize_some(value),
        }
    }
}

/// Null is [`Patch::Clear`]. What is absent is [`Patch::Keep`], by `#[serde(default)]`.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(|value| value.map_or(Self::Clear, Self::Set))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[derive(Debug, Deserialize, PartialEq, Serialize)]
    struct Update {
        #[serde(default, skip_serializing_if = "Patch::is_keep")]
        list: Patch<Vec<u8>>,
    }

    #[test]
    fn absent_null_and_a_value_are_three_states_and_stay_so() {
        for (json, list) in [
            (json!({}), Patch::Keep),
            (json!({"list": null}), Patch::Clear),
            (json!({"list": []}), Patch::Set(vec![])),
            (json!({"list": [1]}), vec![1].into()),
        ] {
            let update: Update = serde_json::from_value(json.clone()).unwrap();
            assert_eq!(update, Update { list });
            assert_eq!(serde_json::to_value(&update).unwrap(), json);
        }
    }

    #[test]
    fn a_value_that_can_itself_be_null_is_cleared_by_null() {
        let cleared: Patch<Value> = serde_json::from_value(Value::Null).unwrap();
        assert_eq!(cleared, Patch::Clear);
    }
}
