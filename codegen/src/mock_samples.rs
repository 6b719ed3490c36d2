//! A sample of each type, for the facade's `mock::sample`.

use quote::{format_ident, quote};
use serde_json::Value;
use syn::File;

use super::conformance::types;
use super::samples::{Shape, Wanted, sample};

const WANTED: Wanted = Wanted {
    // The lowered document has a type for each direction already.
    direction: None,
    shape: Shape::Full,
    choice: 0,
};

/// The name of a type with a value of it, as JSON.
pub struct Sample {
    pub name: String,
    pub json: String,
}

/// A sample of each type in `client` that a schema of the lowered `document` became.
pub fn samples(document: &Value, client: &File) -> Vec<Sample> {
    let types = types(client);
    let components = document.pointer("/components/schemas");
    let components = components.and_then(Value::as_object).into_iter().flatten();
    let mut samples: Vec<_> = components
        .filter(|(name, _)| types.contains(*name))
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

/// `sample!(Agent, "{…}");`, one a line: what the facade's macro makes of it is the same for all.
pub fn lines(samples: &[Sample]) -> String {
    let line = |sample: &Sample| {
        let (name, json) = (format_ident!("{}", sample.name), &sample.json);
        format!("{};\n", quote!(sample!(#name, #json)))
    };
    samples.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use syn::parse_quote;

    use super::*;

    #[test]
    fn each_type_that_has_a_finite_value_gets_a_line() {
        let document = json!({"components": {"schemas": {
            "B": {"type": "object", "properties": {"name": {"type": "string"}}},
            "A": {"type": "string", "x-ultravox-enum": ["one"]},
            "Endless": {"type": "object", "required": ["next"],
                "properties": {"next": {"$ref": "#/components/schemas/Endless"}}},
            "NoType": {"type": "string"},
        }}});
        let client = parse_quote! {
            pub mod types {
                pub struct B {}
                pub enum A {}
                pub struct Endless {}
            }
        };
        assert_eq!(
            lines(&samples(&document, &client)),
            "sample ! (A , \"\\\"one\\\"\");\nsample ! (B , \"{\\\"name\\\":\\\"name\\\"}\");\n"
        );
    }
}
