//! Enums of strings become open enums; enums of other values become plain values.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToSnakeCase, ToUpperCamelCase};
use serde_json::{Map, Value, json};

use super::formats::own_type;
use super::names::rename_references;
use super::schema::{X_SCHEMA, components, components_mut, is_string_enum, target};
use super::walk;
use crate::error::Error;
use crate::prose::code;
use crate::variants::variants;

/// On an enum of strings: its values, for the emitter of its type.
pub const X_ENUM: &str = "x-ultravox-enum";

/// A suffix that schemas of enums often have, and types do not.
const SUFFIX: &str = "Enum";

/// How many values the documentation of a property lists.
const SHOWN: usize = 12;

/// Merges enums of the same values into one type, without `Enum` at the end of its name where that is
/// free. A document repeats an enum wherever it is used, and without this pass a value that was read
/// from one property could not be assigned to another.
pub fn merge(document: &mut Value) -> Result<(), Error> {
    let schemas = components(document);
    let mut alike: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
    for (name, schema) in schemas.iter().filter(|(_, schema)| is_string_enum(schema)) {
        let mut values: Vec<String> = values(schema).into_iter().map(str::to_owned).collect();
        values.sort();
        alike.entry(values).or_default().push(name.clone());
    }
    let enums: BTreeSet<String> = alike.values().flatten().cloned().collect();
    // The names that the document gives come first.
    let is_published = |name: &String| schemas[name].get(X_SCHEMA).is_some();
    let mut groups: Vec<Vec<String>> = alike.into_values().collect();
    for group in &mut groups {
        group.sort_by_key(|name| (!is_published(name), name.len(), name.clone()));
    }
    groups.sort_by_key(|group| (!is_published(&group[0]), group[0].clone()));
    let mut taken: BTreeSet<String> = schemas
        .keys()
        .filter(|name| !enums.contains(*name))
        .cloned()
        .collect();
    let mut renamed = BTreeMap::new();
    for group in groups {
        let name = candidates(&group, is_published(&group[0]))
            .into_iter()
            .find(|name| !taken.contains(name));
        // Only an enum that was renamed before can have its own name.
        let name = name.ok_or_else(|| {
            Error::at(
                format!("components.schemas.{}", group[0]),
                "other types have every name that this enum could have: rename one of them",
            )
        })?;
        taken.insert(name.clone());
        renamed.extend(group.into_iter().map(|old| (old, name.clone())));
    }
    let Some(schemas) = components_mut(document) else {
        return Ok(());
    };
    let mut merged = Map::new();
    for (old, name) in &renamed {
        let Some(mut schema) = schemas.remove(old) else {
            continue;
        };
        let published = schema.get(X_SCHEMA).cloned();
        match merged.get_mut(name) {
            None => {
                schema[X_SCHEMA] = Value::Array(published.into_iter().collect());
                merged.insert(name.clone(), schema);
            }
            Some(Value::Object(first)) => {
                let notes = first.get_mut(X_SCHEMA).and_then(Value::as_array_mut);
                notes
                    .into_iter()
                    .for_each(|notes| notes.extend(published.clone()));
                if published.is_some() && schema.get("description").is_some() {
                    first.insert("description".to_owned(), schema["description"].take());
                }
            }
            Some(_) => {}
        }
    }
    schemas.extend(merged);
    rename_references(document, &renamed);
    Ok(())
}

/// Candidate names for the enum that the `group` becomes, the best first.
fn candidates(group: &[String], is_published: bool) -> Vec<String> {
    let own = group[0].clone();
    let mut candidates = Vec::new();
    if is_published {
        candidates.extend(own.strip_suffix(SUFFIX).map(str::to_owned));
    } else if let [_, _, ..] = group {
        // The words that all of them end in, which describe what they have in common.
        let words: Vec<Vec<String>> = group.iter().map(|name| words(name)).collect();
        let common = (1..=words[0].len())
            .take_while(|count| {
                words.iter().all(|other| {
                    other.len() >= *count
                        && other[other.len() - count..] == words[0][words[0].len() - count..]
                })
            })
            .last();
        if let Some(count) = common.filter(|count| *count > 1) {
            let tail = words[0][words[0].len() - count..].join("_");
            candidates.push(tail.to_upper_camel_case());
        }
    }
    candidates.push(own);
    candidates
}

fn words(name: &str) -> Vec<String> {
    name.to_snake_case().split('_').map(str::to_owned).collect()
}

fn values(schema: &Value) -> Vec<&str> {
    let mut values = Vec::new();
    for value in schema["enum"].as_array().into_iter().flatten() {
        if let Some(value) = value.as_str()
            && !values.contains(&value)
        {
            values.push(value);
        }
    }
    values
}

/// Progenitor's enums are closed: one new value upstream would break decoding, and two values with the
/// same variant name fail the build. Earlier passes made every enum of strings a component, and removed
/// null from its values. An enum of numbers or of mixed values has no names for variants, and becomes
/// the plain type of its values.
pub fn lower(document: &mut Value) -> Result<(), Error> {
    let mut sentences = BTreeMap::new();
    for (name, schema) in components_mut(document).into_iter().flatten() {
        if !is_string_enum(schema) {
            continue;
        }
        let values = values(schema);
        let location = || format!("components.schemas.{name}");
        let variants = variants(name, &values).map_err(|reason| Error::at(location(), reason))?;
        sentences.insert(name.clone(), sentence(name, &values, &variants));
        let values = json!(values);
        let Some(object) = schema.as_object_mut() else {
            continue;
        };
        object.retain(|key, _| key == "description" || key.starts_with("x-ultravox-"));
        object.insert("type".to_owned(), "string".into());
        object.insert(X_ENUM.to_owned(), values);
        *schema = own_type(schema, &format!("ultravox::types::{name}"));
    }
    walk::schemas(document, |schema| {
        plain(schema);
        let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
        for (_, property) in properties.into_iter().flatten() {
            if let Some(sentence) = target(property).and_then(|name| sentences.get(&name)) {
                describe_reference(property, sentence);
            }
        }
    });
    Ok(())
}

/// The values of an enum with their variants, for the documentation of a property.
fn sentence(name: &str, values: &[&str], variants: &[String]) -> String {
    let known: Vec<_> = variants
        .iter()
        .zip(values)
        .take(SHOWN)
        .map(|(variant, value)| format!("`{name}::{variant}` (`{value}`)"))
        .collect();
    let more = if values.len() > SHOWN { ", …" } else { "" };
    format!("Known values: {}{more}.", known.join(", "))
}

/// A reference with a description is the only member of `allOf`.
fn describe_reference(property: &mut Value, sentence: &str) {
    if let Some(reference) = property.as_object_mut().and_then(|p| p.remove("$ref")) {
        property["allOf"] = json!([{"$ref": reference}]);
    }
    walk::describe(property, sentence);
}

/// Moves the values of an enum to its description. An enum of null alone stays.
fn plain(schema: &mut Value) {
    let values = schema.get("enum").and_then(Value::as_array);
    let Some(values) = values.filter(|values| !values.iter().all(Value::is_null)) else {
        return;
    };
    let known: Vec<_> = values
        .iter()
        .map(|value| code(&value.to_string()))
        .collect();
    if let Some(object) = schema.as_object_mut() {
        object.remove("enum");
    }
    walk::describe(schema, &format!("Known values: {}.", known.join(", ")));
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    fn document(schemas: Value) -> Value {
        json!({"components": {"schemas": schemas}})
    }

    fn lowered(schemas: Value) -> Value {
        let mut document = document(schemas);
        super::lower(&mut document).unwrap();
        document["components"]["schemas"].take()
    }

    #[test]
    fn an_enum_of_strings_is_an_open_enum_with_its_values_in_an_extension() {
        let schemas = lowered(json!({"Color": {
            "type": "string", "format": "enum", "description": "A colour.", "enum": ["red", "blue", "red"],
        }}));
        assert_eq!(
            schemas["Color"],
            json!({
                "type": "string",
                "description": "A colour.",
                "x-ultravox-enum": ["red", "blue"],
                "x-rust-type": {"crate": "ultravox", "version": "*", "path": "ultravox::types::Color"},
            })
        );
    }

    #[test]
    fn a_property_names_the_variants_beside_the_values() {
        let schemas = lowered(json!({
            "Color": {"type": "string", "enum": ["DARK_RED", "BLUE"]},
            "Car": {"type": "object", "properties": {
                "paint": {"$ref": "#/components/schemas/Color"},
            }},
        }));
        assert_eq!(
            schemas["Car"]["properties"]["paint"],
            json!({
                "description": "Known values: `Color::DarkRed` (`DARK_RED`), `Color::Blue` (`BLUE`).",
                "allOf": [{"$ref": "#/components/schemas/Color"}],
            })
        );
    }

    #[test]
    fn an_enum_of_numbers_is_a_number_that_documents_its_values() {
        let schemas = lowered(json!({"Car": {"type": "object", "properties": {
            "nothing": {"enum": [null]},
            "doors": {"type": "integer", "description": "How many.", "enum": [2, 4]},
        }}}));
        assert_eq!(
            schemas["Car"]["properties"]["doors"],
            json!({
                "type": "integer",
                "description": "How many.\n\nKnown values: `2`, `4`.",
            })
        );
    }

    fn merged(schemas: Value) -> Vec<String> {
        let mut document = document(schemas);
        super::merge(&mut document).unwrap();
        let schemas = document["components"]["schemas"].as_object().unwrap();
        let mut names: Vec<_> = schemas.keys().cloned().collect();
        names.sort();
        names
    }

    fn of(published: bool, values: &[&str]) -> Value {
        let mut schema = json!({"type": "string", "enum": values});
        if published {
            schema["x-ultravox-schema"] = json!("x");
        }
        schema
    }

    #[test]
    fn enums_of_the_same_values_are_one_type_and_references_follow() {
        let mut document = document(json!({
            "ColorEnum": of(true, &["red", "blue"]),
            "CarPaint": of(false, &["blue", "red"]),
            "Car": {"properties": {"paint": {"$ref": "#/components/schemas/CarPaint"}}},
        }));
        super::merge(&mut document).unwrap();
        let schemas = &document["components"]["schemas"];
        assert_eq!(schemas["Color"]["x-ultravox-schema"], json!(["x"]));
        assert_eq!(schemas.as_object().unwrap().len(), 2);
        let paint = &schemas["Car"]["properties"]["paint"];
        assert_eq!(paint["$ref"], "#/components/schemas/Color");
    }

    #[test]
    fn enums_that_no_schema_names_are_named_after_the_words_they_end_in() {
        let same = of(false, &["a"]);
        let names = merged(json!({"StaticSeatPlace": same, "DynamicSeatPlace": same}));
        assert_eq!(names, ["SeatPlace"]);
        let names = merged(json!({"CarSeat": same, "BusSeat": same}));
        assert_eq!(names, ["BusSeat"], "one word says too little");
    }

    #[test]
    fn no_name_is_taken_from_another_type() {
        let names = merged(json!({"ColorEnum": of(true, &["a"]), "Color": {"type": "object"}}));
        assert_eq!(names, ["Color", "ColorEnum"]);
        let same = of(false, &["b"]);
        let names = merged(json!({
            "SeatPlaceEnum": of(true, &["a"]), "RedSeatPlace": same, "BlueSeatPlace": same,
        }));
        assert_eq!(names, ["RedSeatPlace", "SeatPlace"]);
    }
}
