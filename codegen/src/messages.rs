//! The second document, `openapi/messages.yaml`: values that belong to no operation of the API.
//!
//! It has schemas alone, and goes through the same passes, progenitor and the same emitters, into a module of
//! its own. A reference to `ultravox.yaml` is the type that is generated from the API's document; a schema
//! that reaches one which is not generated, because its area is not enabled, is left out. A schema with
//! [`REPLACES`] is the type of a schema of the API's document.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::emit;
use crate::error::Error;
use crate::ir::{self, Api, TYPES};
use crate::lower::enums::X_ENUM;
use crate::lower::formats::own_type;
use crate::lower::schema::{components, components_mut, set_components};
use crate::lower::unions::X_UNION;
use crate::{admit, document, formatted, generate, lower};

/// On a schema: the schema of the API's document that it is the type of.
const REPLACES: &str = "x-replaces";

/// How a reference to a schema of the API's document begins.
const OF_THE_API: &str = "ultravox.yaml#/components/schemas/";

/// The module of the generated types.
const MODULE: &str = "messages";

/// The second document: schemas of messages, which have types beside those of the API's document.
#[derive(Clone, Debug)]
pub struct Messages {
    /// As it was read, with the references to the API's document as [`X_API`].
    document: Value,
}

/// In place of a reference to the API's document: the name of the schema there. The other steps refuse
/// references to other files.
const X_API: &str = "x-api-schema";

/// On a schema whose type is one of the API's: a value of it, for samples.
pub const X_VALUE: &str = "x-ultravox-value";

impl Messages {
    /// Reads the document.
    ///
    /// # Errors
    ///
    /// One line with the location of what cannot be admitted.
    pub fn read(yaml: &str) -> Result<Self, Error> {
        let mut document = admit::parse(yaml)?;
        each_object(&mut document, &mut |object| {
            let reference = object.get("$ref").and_then(Value::as_str);
            if let Some(name) = reference.and_then(|reference| reference.strip_prefix(OF_THE_API)) {
                *object = Map::from_iter([(X_API.to_owned(), json!(name))]);
            }
        });
        admit::check(&document)?;
        document::check(&document)?;
        document.sort_all_objects();
        Ok(Self { document })
    }

    /// The schemas of the API's document that have their types from here.
    pub fn replaced(&self) -> impl Iterator<Item = &str> {
        self.replacements().map(|(replaced, _)| replaced)
    }

    /// The schemas of the API's document that schemas from here refer to.
    pub fn referred(&self) -> BTreeSet<&str> {
        let references = objects(&self.document).into_iter();
        references
            .filter_map(|object| object.get(X_API)?.as_str())
            .collect()
    }

    fn replacements(&self) -> impl Iterator<Item = (&str, &str)> {
        components(&self.document)
            .iter()
            .filter_map(|(name, schema)| {
                let replaced = schema[REPLACES].as_str()?.strip_prefix(OF_THE_API)?;
                Some((replaced, name.as_str()))
            })
    }

    /// Gives schemas of the API's document the types that replace them.
    pub(crate) fn replace(&self, api: &mut Value) {
        let Some(schemas) = components_mut(api) else {
            return;
        };
        for (replaced, name) in self.replacements() {
            if let Some(replaced) = schemas.get_mut(replaced) {
                let described = json!({"type": "object", "description": replaced["description"]});
                *replaced = own_type(&described, &path(name));
            }
        }
    }

    /// Generates the types, beside those of `api`, whose lowered document is `lowered`.
    pub(crate) fn generate(
        mut self,
        lowered: &Value,
        api: &Api,
        published: Option<&Value>,
    ) -> Result<BTreeMap<String, String>, Error> {
        let schemas = api.schemas.iter();
        let types: BTreeMap<&str, &str> = schemas
            .map(|schema| (schema.name.as_str(), schema.received.as_str()))
            .collect();
        let published = published.map(|api| published_with(&self.document, api));
        self.remove_what_reaches_none_of(&types);
        each_object(&mut self.document, &mut |object| {
            let name = object.get(X_API).and_then(Value::as_str);
            if let Some(path) = name.and_then(|name| types.get(name)) {
                let mut schema = own_type(&json!({"type": "object"}), path);
                schema[X_VALUE] = sample(api, path);
                *object = as_object(schema);
            }
        });
        let document = &mut self.document;
        // It is the same service.
        for key in ["servers", "security"] {
            document[key] = lowered[key].clone();
        }
        document["components"]["securitySchemes"] =
            lowered["components"]["securitySchemes"].clone();
        document::check_keywords(document)?;
        lower::lower(document)?;
        for (name, schema) in components_mut(document).into_iter().flatten() {
            if schema.get(X_ENUM).is_some() || schema.get(X_UNION).is_some() {
                *schema = own_type(schema, &path(name));
            }
        }
        let types = generate::types(&document::to_openapi(document)?)?;
        let api = ir::read(document, types.clone())?;
        emit::check_names(&api)?;
        let local: BTreeSet<&str> = api
            .types
            .keys()
            .chain(api.enums.iter().map(|of| &of.name))
            .chain(api.unions.iter().map(|union| &union.name))
            .map(String::as_str)
            .collect();
        let mut files = BTreeMap::new();
        let mut add = |name: &str, text| files.insert(format!("{MODULE}/{name}"), text);
        add("generated.rs", formatted(types)?);
        add("types.rs", in_module(&emit::types(&api), TYPES, &local));
        if let Some(published) = published {
            add("samples.rs", emit::samples(&api));
            add(
                "conformance.rs",
                in_module(&emit::tables(&api), "ultravox::types::", &local),
            );
            add("document.json", published.to_string());
        }
        Ok(files)
    }

    /// Removes the schemas that reach a schema of the API's document without a type.
    fn remove_what_reaches_none_of(&mut self, types: &BTreeMap<&str, &str>) {
        let mut schemas = components(&self.document).clone();
        loop {
            let missing: Vec<String> = schemas
                .iter()
                .filter(|(_, schema)| {
                    objects(schema).into_iter().any(|object| {
                        let api = object.get(X_API).and_then(Value::as_str);
                        let local = object.get("$ref").and_then(Value::as_str);
                        let local = local.and_then(lower::schema::component);
                        api.is_some_and(|name| !types.contains_key(name))
                            || local.is_some_and(|name| !schemas.contains_key(&name))
                    })
                })
                .map(|(name, _)| name.clone())
                .collect();
            if missing.is_empty() {
                break;
            }
            // Those that refer to them are next.
            schemas.retain(|name, _| !missing.contains(name));
        }
        set_components(&mut self.document, schemas);
    }
}

/// A value of the type at `path`, which is one of the API's.
fn sample(api: &Api, path: &str) -> Value {
    let name = path.rsplit(':').next().unwrap_or_default();
    let found = api.samples.iter().find(|sample| sample.name == name);
    let value = found.and_then(|sample| serde_json::from_str(&sample.json).ok());
    value.unwrap_or_default()
}

fn path(name: &str) -> String {
    format!("ultravox::{MODULE}::{name}")
}

/// The document with the schemas of the API's that it refers to, for tests.
fn published_with(messages: &Value, api: &Value) -> Value {
    let mut document = messages.clone();
    each_object(&mut document, &mut |object| {
        if let Some(name) = object.remove(X_API) {
            let name = name.as_str().unwrap_or_default();
            *object = as_object(lower::schema::reference(name));
        }
    });
    let mut schemas = components(api).clone();
    schemas.extend(components(&document).clone());
    set_components(&mut document, schemas);
    document
}

fn as_object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

/// Visits every object, outer ones first.
/// All objects in a value, itself among them.
fn objects(value: &Value) -> Vec<&Map<String, Value>> {
    let (mut found, mut open) = (Vec::new(), vec![value]);
    while let Some(value) = open.pop() {
        match value {
            Value::Object(object) => {
                found.push(object);
                open.extend(object.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    found
}

fn each_object(value: &mut Value, visit: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            visit(object);
            object
                .values_mut()
                .for_each(|value| each_object(value, visit));
        }
        Value::Array(array) => array.iter_mut().for_each(|value| each_object(value, visit)),
        _ => {}
    }
}

/// The emitted `text` with the `local` types in their own module: the emitters know the module of the API's
/// types alone, which `types` begins.
fn in_module(text: &str, types: &str, local: &BTreeSet<&str>) -> String {
    let module = types.replace("types", MODULE);
    let moved = |name: &str| local.contains(name).then(|| format!("{module}{name}"));
    ir::with_paths(text, types, moved)
}

#[cfg(test)]
mod tests;
