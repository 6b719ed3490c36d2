//! Unions of objects that a property tells apart become enums by the values of that property.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::formats::own_type;
use super::schema::{self, X_SCHEMA, components, components_mut, has_properties, required, target};
use crate::error::Error;

/// On a union: its tag and its variants, as a `discriminator` and a `oneOf` whose references have a
/// [`X_TAG`] each.
pub const X_UNION: &str = "x-ultravox-union";

/// On a reference to a variant: the value of the tag.
pub const X_TAG: &str = "x-ultravox-tag";

/// On a reference to a variant: the variant contains the union without a list or map between them.
pub const X_BOXED: &str = "x-ultravox-boxed";

/// Progenitor makes an untagged enum of `oneOf` and `anyOf`, which takes the first variant that a value
/// fits: properties of the others are lost without an error. This pass finds the tag of each union of
/// objects: the property of its `discriminator`, or else one that every variant requires and has a
/// single value for. It removes the tag from the variants, because the enum writes it; a schema that is
/// used outside of unions as well keeps it.
///
/// A union of objects without a tag stays an untagged enum if no value of one fits another that comes
/// before. Otherwise it is refused.
pub fn find(document: &mut Value) -> Result<(), Error> {
    let schemas = components(document);
    let mut unions = BTreeMap::new();
    for (name, schema) in schemas {
        let Some(key) = ["oneOf", "anyOf"]
            .into_iter()
            .find(|key| schema[key].is_array())
        else {
            continue;
        };
        let reader = Reader {
            name,
            schema,
            key,
            schemas,
        };
        match reader.union()? {
            Some(union) => {
                unions.insert(name.clone(), union);
            }
            None => reader.no_value_fits_two()?,
        }
    }
    if unions.is_empty() {
        return Ok(());
    }
    for (name, schema) in components_mut(document).into_iter().flatten() {
        if let (Some(union), Some(schema)) = (unions.get(name), schema.as_object_mut()) {
            schema.retain(|key, _| schema::is_annotation(key));
            schema.insert(X_UNION.to_owned(), union.to_value());
        }
    }
    remove_tags(document, &unions);
    Ok(())
}

/// Gives unions their types, after the types that are sent have been separated from those that are received.
pub fn lower(document: &mut Value) -> Result<(), Error> {
    let schemas = components(document);
    let unions = schemas
        .iter()
        .filter(|(_, schema)| schema.get(X_UNION).is_some());
    let unions: Vec<(String, Vec<bool>)> = unions
        .map(|(name, union)| {
            let boxed = variants(union)
                .map(|variant| target(variant).is_some_and(|start| holds(schemas, &start, name)));
            (name.clone(), boxed.collect())
        })
        .collect();
    for (name, boxed) in unions {
        let union = &mut document["components"]["schemas"][&name];
        let members = union[X_UNION]["oneOf"].as_array_mut();
        for (member, boxed) in members.into_iter().flatten().zip(boxed) {
            member[X_BOXED] = json!(boxed);
        }
        union["type"] = json!("object");
        *union = own_type(union, &format!("ultravox::types::{name}"));
    }
    Ok(())
}

/// The references to the variants of a union.
pub fn variants(union: &Value) -> impl Iterator<Item = &Value> {
    union[X_UNION]["oneOf"].as_array().into_iter().flatten()
}

/// A union of objects that a property tells apart.
struct Union {
    property: String,
    /// The values of the property, with the schemas that they stand for.
    tags: BTreeMap<String, String>,
}

impl Union {
    fn to_value(&self) -> Value {
        let members: Vec<Value> = self
            .tags
            .iter()
            .map(|(tag, name)| {
                let mut member = schema::reference(name);
                member[X_TAG] = json!(tag);
                member
            })
            .collect();
        json!({"discriminator": {"propertyName": self.property}, "oneOf": members})
    }
}

/// Reads the component `name`, which has alternatives under `key`.
struct Reader<'a> {
    name: &'a str,
    schema: &'a Value,
    key: &'static str,
    schemas: &'a Map<String, Value>,
}

impl<'a> Reader<'a> {
    fn refused(&self, reason: String) -> Error {
        Error::at(format!("components.schemas.{}", self.name), reason)
    }

    /// The alternatives, each once.
    fn members(&self) -> Vec<&'a Value> {
        let mut members: Vec<&Value> = Vec::new();
        for member in self.schema[self.key].as_array().into_iter().flatten() {
            if !members.contains(&member) {
                members.push(member);
            }
        }
        members
    }

    /// The union, if the alternatives are objects that a property tells apart.
    fn union(&self) -> Result<Option<Union>, Error> {
        let is_whole = |key: &str| self.schema.get(key).is_none();
        if !["allOf", "properties", "additionalProperties"]
            .into_iter()
            .all(is_whole)
        {
            return Ok(None);
        }
        let mut names = Vec::new();
        for member in self.members() {
            let Some(name) = target(member).filter(|name| self.is_object(name)) else {
                return Ok(None);
            };
            names.push(name);
        }
        match self.schema["discriminator"]["propertyName"].as_str() {
            Some(property) => self.by_discriminator(property, &names).map(Some),
            None => Ok(self.by_single_values(&names)),
        }
    }

    fn is_object(&self, name: &str) -> bool {
        let schema = &self.schemas[name];
        let is_composed = ["allOf", "oneOf", "anyOf"]
            .iter()
            .any(|key| schema.get(key).is_some());
        !is_composed && (has_properties(schema) || schema["type"] == "object")
    }

    fn by_discriminator(&self, property: &str, names: &[String]) -> Result<Union, Error> {
        let mut tags = BTreeMap::new();
        let mapping = self.schema["discriminator"]["mapping"].as_object();
        for (tag, to) in mapping.into_iter().flatten() {
            let to = to.as_str().unwrap_or_default();
            let published = schema::component(to).unwrap_or_else(|| to.to_owned());
            let name = names.iter().find(|name| self.published(name) == published);
            let name = name.ok_or_else(|| {
                self.refused(format!(
                    "the discriminator maps `{tag}` to `{published}`, which is not one of the alternatives: \
                     add it to `{}`, or remove it from the mapping",
                    self.key
                ))
            })?;
            tags.insert(tag.clone(), name.clone());
        }
        for name in names {
            if tags.values().any(|mapped| mapped == name) {
                continue;
            }
            let tag = match self.values(name, property).as_slice() {
                [single] => single.clone(),
                _ => self.published(name),
            };
            if let Some(other) = tags.insert(tag.clone(), name.clone()) {
                return Err(self.refused(format!(
                    "`{}` and `{}` both have the value `{tag}` of `{property}`, which has to tell them apart: \
                     add a mapping to the discriminator",
                    self.published(&other),
                    self.published(name)
                )));
            }
        }
        for (tag, name) in &tags {
            let values = self.values(name, property);
            let ty = &self.property(name, property)["type"];
            if !values.is_empty() && !values.contains(tag) || !ty.is_null() && ty != "string" {
                return Err(self.refused(format!(
                    "the discriminator stands for `{}` by the value `{tag}` of `{property}`, which the schema \
                     does not allow there: correct the mapping",
                    self.published(name)
                )));
            }
        }
        Ok(Union {
            property: property.to_owned(),
            tags,
        })
    }

    fn by_single_values(&self, names: &[String]) -> Option<Union> {
        let first = self.schemas[names.first()?]["properties"].as_object()?;
        first.keys().find_map(|property| {
            let mut tags = BTreeMap::new();
            for name in names {
                let [single] = &self.values(name, property)[..] else {
                    return None;
                };
                let is_required = required(&self.schemas[name]).contains(property);
                if !is_required || tags.insert(single.clone(), name.clone()).is_some() {
                    return None;
                }
            }
            Some(Union {
                property: property.clone(),
                tags,
            })
        })
    }

    /// The name of a schema in the document. An inline schema has none.
    fn published(&self, name: &str) -> String {
        self.schemas[name][X_SCHEMA]
            .as_str()
            .unwrap_or(name)
            .to_owned()
    }

    /// The schema of a property, its reference followed.
    fn property(&self, name: &str, property: &str) -> &'a Value {
        let schema = &self.schemas[name]["properties"][property];
        let followed = target(schema).and_then(|name| self.schemas.get(&name));
        followed.unwrap_or(schema)
    }

    /// The strings that a property can be, if the schema lists them.
    fn values(&self, name: &str, property: &str) -> Vec<String> {
        let schema = self.property(name, property);
        let listed = schema["enum"].as_array().into_iter().flatten();
        listed
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    }

    /// Refuses alternatives of which a value of one fits another that comes before.
    fn no_value_fits_two(&self) -> Result<(), Error> {
        let members: Vec<Object> = self
            .members()
            .into_iter()
            .filter_map(|member| self.object(member, &mut BTreeSet::new()))
            .collect();
        for (index, later) in members.iter().enumerate() {
            for earlier in &members[..index] {
                if earlier.required.is_subset(&later.properties) {
                    return Err(self.refused(format!(
                        "a value of `{}` fits `{}` as well, which comes before it in `{}`: add a discriminator, \
                         or a required property with a single value in each",
                        later.name, earlier.name, self.key
                    )));
                }
            }
        }
        Ok(())
    }

    /// What an alternative requires and knows, if it is an object or a union of objects. A union is
    /// written as an enum that takes any object.
    fn object(&self, member: &Value, open: &mut BTreeSet<String>) -> Option<Object> {
        let name = target(member)?;
        let schema = self.schemas.get(&name)?;
        if !open.insert(name.clone()) {
            return None;
        }
        let mut object = Object {
            required: required(schema).into_iter().collect(),
            properties: BTreeSet::new(),
            name: self.published(&name),
        };
        if self.is_object(&name) {
            let properties = schema["properties"].as_object();
            // What is required without a schema is known as well.
            object.properties = object.required.clone();
            object
                .properties
                .extend(properties.into_iter().flat_map(Map::keys).cloned());
            return Some(object);
        }
        let alternatives = ["oneOf", "anyOf"].map(|key| schema[key].as_array());
        let objects: Vec<Object> = alternatives
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|member| self.object(member, open))
            .collect();
        if objects.is_empty() {
            return None;
        }
        object.required = BTreeSet::new();
        object.properties = objects
            .into_iter()
            .flat_map(|object| object.properties)
            .collect();
        Some(object)
    }
}

struct Object {
    name: String,
    required: BTreeSet<String>,
    properties: BTreeSet<String>,
}

/// Removes the tag from the variants that are used nowhere else.
fn remove_tags(document: &mut Value, unions: &BTreeMap<String, Union>) {
    let mut elsewhere = BTreeSet::new();
    references(document, &mut elsewhere);
    let mut tags: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for union in unions.values() {
        for name in union.tags.values() {
            tags.entry(name).or_default().insert(&union.property);
        }
    }
    let mut values = Vec::new();
    for (name, properties) in tags {
        let tag: Vec<&str> = properties.into_iter().collect();
        let ([tag], false) = (tag.as_slice(), elsewhere.contains(name)) else {
            continue;
        };
        let schemas = components_mut(document);
        let Some(schema) = schemas.and_then(|schemas| schemas.get_mut(name)) else {
            continue;
        };
        if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
            values.extend(properties.remove(*tag).as_ref().and_then(target));
        }
        if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
            required.retain(|property| property != tag);
        }
    }
    // The enums that earlier passes made of the values of tags.
    let mut used = BTreeSet::new();
    references(document, &mut used);
    if let Some(schemas) = components_mut(document) {
        for name in values {
            let is_inline = schemas
                .get(&name)
                .is_some_and(|schema| schema.get(X_SCHEMA).is_none());
            if is_inline && !used.contains(&name) {
                schemas.remove(&name);
            }
        }
    }
}

/// Collects the components that something other than a union refers to.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                match (key.as_str(), value) {
                    ("$ref", Value::String(reference)) => {
                        found.extend(schema::component(reference))
                    }
                    (X_UNION, _) => {}
                    _ => references(value, found),
                }
            }
        }
        Value::Array(array) => array.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

/// Whether a value of the component `start` contains one of `union`, without a list or map between
/// them: such a type would have no finite size.
fn holds(schemas: &Map<String, Value>, start: &str, union: &str) -> bool {
    let (mut open, mut seen) = (vec![start.to_owned()], BTreeSet::new());
    while let Some(name) = open.pop() {
        if name == union {
            return true;
        }
        if let (true, Some(schema)) = (seen.insert(name.clone()), schemas.get(&name)) {
            contained(schema, &mut open);
        }
    }
    false
}

fn contained(schema: &Value, names: &mut Vec<String>) {
    let Some(object) = schema.as_object() else {
        return;
    };
    names.extend(
        object
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(schema::component),
    );
    for (key, value) in object {
        match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                properties
                    .values()
                    .for_each(|schema| contained(schema, names));
            }
            ("allOf" | "oneOf" | "anyOf", Value::Array(members)) => {
                members.iter().for_each(|schema| contained(schema, names));
            }
            (X_UNION, union) => contained(union, names),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
