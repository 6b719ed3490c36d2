//! Floats of 32 bits in JSON.
//!
//! A `serde_json::Value` holds floats of 64 bits, and `0.1` of 32 bits is `0.10000000149011612` there:
//! digits that nobody wrote. So they are written as what 64 bits make of their shortest decimal, which
//! is the same number in text and in a value.
#![allow(dead_code, reason = "used where the document has such floats")]

use std::collections::HashMap;

use serde::{Serialize, Serializer};

use crate::Patch;

/// The float of 64 bits with the same shortest decimal.
pub(crate) fn widen(value: f32) -> f64 {
    // Every float reads what it writes.
    value.to_string().parse().unwrap_or(f64::from(value))
}

/// A value that holds floats.
pub(crate) trait Floats {
    type Wide: Serialize;

    fn wide(&self) -> Self::Wide;
}

impl Floats for f32 {
    type Wide = f64;

    fn wide(&self) -> f64 {
        widen(*self)
    }
}

impl<T: Floats> Floats for Option<T> {
    type Wide = Option<T::Wide>;

    fn wide(&self) -> Self::Wide {
        self.as_ref().map(T::wide)
    }
}

impl<T: Floats> Floats for Patch<T> {
    type Wide = Patch<T::Wide>;

    fn wide(&self) -> Self::Wide {
        match self {
            Self::Keep => Patch::Keep,
            Self::Clear => Patch::Clear,
            Self::Set(value) => Patch::Set(value.wide()),
        }
    }
}

impl<T: Floats> Floats for Vec<T> {
    type Wide = Vec<T::Wide>;

    fn wide(&self) -> Self::Wide {
        self.iter().map(T::wide).collect()
    }
}

impl<T: Floats> Floats for HashMap<String, T> {
    type Wide = HashMap<String, T::Wide>;

    fn wide(&self) -> Self::Wide {
        let entries = self.iter();
        entries
            .map(|(key, value)| (key.clone(), value.wide()))
            .collect()
    }
}

/// For `#[serde(serialize_with)]`.
pub(crate) fn serialize<T: Floats, S: Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    value.wide().serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Voice {
        #[serde(serialize_with = "serialize")]
        speed: f32,
        #[serde(serialize_with = "serialize", skip_serializing_if = "Option::is_none")]
        weights: Option<Vec<f32>>,
        #[serde(serialize_with = "serialize", skip_serializing_if = "Patch::is_keep")]
        pitch: Patch<f32>,
    }

    #[test]
    fn a_float_is_the_same_number_in_text_and_in_a_value() {
        for speed in [
            0.1,
            -0.7,
            1.0,
            1.2,
            0.025,
            16_777_216.0,
            1e-30,
            3.4e-38,
            f32::MIN_POSITIVE,
            f32::EPSILON,
            f32::MAX,
        ] {
            let voice = Voice {
                speed,
                weights: Some(vec![speed]),
                pitch: speed.into(),
            };
            let text = serde_json::to_string(&voice).unwrap();
            let value = serde_json::to_value(&voice).unwrap();
            assert_eq!(
                serde_json::from_str::<serde_json::Value>(&text).unwrap(),
                value
            );
            let back: f32 = serde_json::from_value(value["weights"][0].clone()).unwrap();
            assert_eq!(back.to_bits(), speed.to_bits());
        }
        let voice = Voice {
            speed: 0.1,
            weights: None,
            pitch: Patch::Clear,
        };
        assert_eq!(
            serde_json::to_value(&voice).unwrap(),
            serde_json::json!({"speed": 0.1, "pitch": null})
        );
    }
}
