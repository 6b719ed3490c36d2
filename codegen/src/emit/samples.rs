//! Emits a sample of each type, for the client's `mock::sample`.

use std::fmt::Write;

use crate::ir::{Api, Sample};

/// `sample!(Agent, "{…}");`, one per line.
pub fn samples(api: &Api) -> String {
    let mut text = String::new();
    for Sample { name, json } in &api.samples {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "sample!({name}, {json:?});");
    }
    text
}
