//! Reads which types belong to a schema of the document, and a sample of each type.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{Enum, Sample, Schema, Type, Union};
use crate::lower::directions::X_RECEIVED_AS;
use crate::lower::schema::X_SCHEMA;
use crate::samples::{Shape, Wanted, sample};

const WANTED: Wanted = Wanted {
    // The lowered document has separate schemas for the directions already.
    direction: None,
    shape: Shape::Full,
    choice: 0,
};

/// The names of the generated types, enums and unions.
pub fn names<'a>(
    types: &'a BTreeMap<String, Type>,
    enums: &'a [Enum],
    unions: &'a [Union],
) -> BTreeSet<&'a str> {
    let enums = enums.iter().map(|of| of.name.as_str());
    let unions = unions.iter().map(|union| union.name.as_str());
    let types = types.keys().map(String::as_str);
    types.chain(enums).chain(unions).collect()
}

/// A sample of each type that has a schema in the lowered `document`, and a finite value.
pub fn samples(
    document: &Value,
    schemas: &Map<String, Value>,
    types: &BTreeSet<&str>,
) -> Vec<Sample> {
    let mut samples: Vec<_> = schemas
        .iter()
        .filter(|(name, _)| types.contains(name.as_str()))
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

/// The schemas of the published document that have a type.
pub fn schemas(
    lowered: &Map<String, Value>,
    types: &BTreeSet<&str>,
    unions: &[Union],
) -> Vec<Schema> {
    let (mut received, mut sent) = (BTreeMap::new(), BTreeMap::new());
    for (key, schema) in lowered {
        // The tag of a variant is in the union.
        let is_variant = |union: &&Union| {
            let mut variants = union.variants.iter();
            variants.any(|variant| variant.ty == *key && !variant.has_tag)
        };
        let union = unions.iter().find(is_variant);
        let key = union.map_or(key, |union| &union.name);
        let Some(path) = rust_type(key, schema, types) else {
            continue;
        };
        // A schema that is not in the published document does not have the extension, and an enum
        // that several schemas have in common has the names of all.
        let names = match &schema[X_SCHEMA] {
            Value::Array(names) => names.as_slice(),
            one => std::slice::from_ref(one),
        };
        for name in names.iter().filter_map(Value::as_str) {
            match schema.get(X_RECEIVED_AS) {
                Some(_) => sent.insert(name, path.clone()),
                None => received.insert(name, path.clone()),
            };
        }
    }
    let all: BTreeSet<_> = received.keys().chain(sent.keys()).copied().collect();
    all.into_iter()
        .filter_map(|name| {
            let (received, sent) = (received.get(name), sent.get(name));
            Some(Schema {
                name: name.to_owned(),
                received: received.or(sent)?.clone(),
                sent: sent.or(received)?.clone(),
            })
        })
        .collect()
}

fn rust_type(key: &str, schema: &Value, types: &BTreeSet<&str>) -> Option<String> {
    if types.contains(key) {
        return Some(format!("ultravox::types::{key}"));
    }
    match schema.pointer("/x-rust-type/path").and_then(Value::as_str) {
        Some(path) => Some(path.to_owned()),
        None => only_null(schema).then(|| "crate::Null".to_owned()),
    }
}

/// Whether a schema allows only null. It has no type: it makes an `Option` of another one.
fn only_null(schema: &Value) -> bool {
    schema["enum"]
        .as_array()
        .is_some_and(|values| values.iter().all(Value::is_null))
}
