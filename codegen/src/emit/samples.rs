//! Emits a sample of each type, for the client's `mock::sample`.

use std::fmt::Write;

use serde_json::Value;

use crate::ir::Api;
use crate::samples::{Shape, Wanted, sample};

const WANTED: Wanted = Wanted {
    // The lowered document has separate schemas for the directions already.
    direction: None,
    shape: Shape::Full,
    choice: 0,
};

/// The name of a type, with a value of it as JSON.
pub struct Sample {
    pub name: String,
    pub json: String,
}

/// A sample of each type that has a schema in the lowered `document`.
pub fn samples(document: &Value, api: &Api) -> Vec<Sample> {
    let is_type = |name: &str| {
        api.types.contains_key(name)
            || api.enums.iter().any(|of| of.name == name)
            || api.union(name).is_some()
    };
    let components = document.pointer("/components/schemas");
    let components = components.and_then(Value::as_object).into_iter().flatten();
    let mut samples: Vec<_> = components
        .filter(|(name, _)| is_type(name))
        .filter_map(|(name, schema)| {
            let mut value = sample(document, schema, name, WANTED)?;
            value.sort_all_objects();
            Some(Sample {
                name: name.clone(),
                json: value.to_string(),
            })
        })
        .collect();
    samples.sort_by(|a, b| a.name.cmp(&b.name));
    samples
}

/// `sample!(Agent, "{…}");`, one per line.
pub fn lines(samples: &[Sample]) -> String {
    let mut text = String::new();
    for Sample { name, json } in samples {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "sample!({name}, {json:?});");
    }
    text
}
