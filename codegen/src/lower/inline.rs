//! Turns inline objects and enums into components with a name.

use serde_json::{Map, Value, json};

use super::names::type_name;
use super::schema::{
    self, X_LOCATION, X_SCHEMA, component, components, components_mut, composed, has_properties,
    is_annotation, is_string_enum,
};
use super::walk;
use crate::document::{METHODS, operations};
use crate::error::Error;

/// Every object with properties, enum of strings and composition becomes a component, so that later
/// passes find each type by its name. The name follows from the location: the enclosing type and the
/// property, `Item` in a list, `Value` in a map; the operation and the parameter, `Body` or `Response`.
/// Progenitor would name some by their title, and let one replace another of the same name.
///
/// After this pass an `allOf` of objects is one object, and no object refuses unknown properties: a
/// property that the server adds must not fail a response. An object that is open to any other property
/// keeps them: progenitor has a field for those only if `additionalProperties` is a schema.
pub fn lower(document: &mut Value) -> Result<(), Error> {
    walk::schemas(document, |schema| {
        if schema.get("additionalProperties") == Some(&json!(false))
            && let Some(schema) = schema.as_object_mut()
        {
            schema.remove("additionalProperties");
        }
    });
    let known = composed(document);
    let mut conflict = None;
    walk::schemas(document, |schema| {
        if let Err(reason) = merge(schema, &known) {
            conflict.get_or_insert(reason);
        }
    });
    if let Some(reason) = conflict {
        return Err(match location_of_conflict(document, &known) {
            Some(location) => Error::at(location, reason),
            None => Error::whole(reason),
        });
    }

    walk::schemas(document, |schema| {
        if has_properties(schema) && schema.get("additionalProperties") == Some(&json!(true)) {
            schema["additionalProperties"] = json!({});
        }
    });

    let mut lifted = Lifted {
        components: components_mut(document)
            .map(std::mem::take)
            .unwrap_or_default(),
        originals: Map::new(),
        location: Vec::new(),
    };
    let mut names: Vec<String> = lifted.components.keys().cloned().collect();
    names.sort();
    for name in names {
        if let Some(mut schema) = lifted.components.get_mut(&name).map(Value::take) {
            let published = schema[X_SCHEMA].as_str().unwrap_or(&name);
            lifted.location = vec!["components".into(), "schemas".into(), published.into()];
            lifted.inside(&mut schema, &name)?;
            lifted.components.insert(name, schema);
        }
    }
    if let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) {
        for (path, item) in paths {
            for (key, value) in item.as_object_mut().into_iter().flatten() {
                lifted.location = vec!["paths".into(), path.clone(), key.clone()];
                if METHODS.contains(&key.as_str()) {
                    lifted.operation(value)?;
                } else if key == "parameters" {
                    lifted.parameters(value, "")?;
                }
            }
        }
    }
    schema::set_components(document, lifted.components);
    Ok(())
}

struct Lifted {
    /// All components, including those that were inline.
    components: Map<String, Value>,
    /// The inline schemas by their new names, unchanged: two responses of one operation can have
    /// the same.
    originals: Map<String, Value>,
    /// The keys that lead to the schema that is being looked at.
    location: Vec<String>,
}

impl Lifted {
    fn operation(&mut self, operation: &mut Value) -> Result<(), Error> {
        let name = type_name(operation["operationId"].as_str().unwrap_or_default());
        if let Some(parameters) = operation.get_mut("parameters") {
            self.parameters(parameters, &name)?;
        }
        if let Some(body) = operation.get_mut("requestBody") {
            self.location.push("requestBody".to_owned());
            self.content(body, &format!("{name}Body"), &[])?;
            self.location.pop();
        }
        let responses = operation
            .get_mut("responses")
            .and_then(Value::as_object_mut);
        // Errors are named after their status, unless an answer before has the same schema.
        let mut before = Vec::new();
        for (status, response) in responses.into_iter().flatten() {
            let name = match status.as_str() {
                "default" => format!("{name}ResponseDefault"),
                status if status.starts_with('2') => format!("{name}Response"),
                status => format!("{name}Response{status}"),
            };
            self.location.push(format!("responses.{status}"));
            self.content(response, &name, &before)?;
            self.location.pop();
            before.push(name);
        }
        Ok(())
    }

    fn parameters(&mut self, parameters: &mut Value, around: &str) -> Result<(), Error> {
        for parameter in parameters.as_array_mut().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap_or_default().to_owned();
            let schema = parameter.get_mut("schema");
            if let Some(schema) = schema.filter(|schema| !is_scalar(schema)) {
                self.lift(schema, &format!("{around}{}", type_name(&name)))?;
            }
        }
        Ok(())
    }

    /// The schemas of a body. `others` are the names that the same schema may have already.
    fn content(&mut self, holder: &mut Value, name: &str, others: &[String]) -> Result<(), Error> {
        let content = holder.get_mut("content").and_then(Value::as_object_mut);
        for media in content.into_iter().flat_map(Map::values_mut) {
            if let Some(schema) = media.get_mut("schema") {
                self.lift_unless(schema, name, others)?;
            }
        }
        Ok(())
    }

    /// Moves `schema` to a component `name` and leaves a reference to it, if it needs a name.
    fn lift(&mut self, schema: &mut Value, name: &str) -> Result<(), Error> {
        self.lift_unless(schema, name, &[])
    }

    /// The same, unless one of the `others` has been made of the same schema.
    fn lift_unless(
        &mut self,
        schema: &mut Value,
        name: &str,
        others: &[String],
    ) -> Result<(), Error> {
        if !needs_a_name(schema) {
            return self.inside(schema, name);
        }
        let Value::Object(object) = schema.take() else {
            return Ok(());
        };
        let (annotations, mut of_type): (Map<_, _>, Map<_, _>) =
            object.into_iter().partition(|(key, _)| is_annotation(key));
        if let Some(description) = annotations.get("description") {
            of_type.insert("description".to_owned(), description.clone());
        }
        let mut of_type = Value::Object(of_type);
        let mut names = others.iter().map(String::as_str).chain([name]);
        let known = names.find(|name| self.originals.get(*name) == Some(&of_type));
        if let Some(name) = known {
            *schema = schema::reference_from(name, annotations);
        } else {
            let name = self.free(name, &of_type)?;
            self.originals.insert(name.clone(), of_type.clone());
            of_type[X_LOCATION] = json!(self.location.join("."));
            // Reserves the name before the types inside are named.
            self.components.insert(name.clone(), Value::Null);
            self.inside(&mut of_type, &name)?;
            self.components.insert(name.clone(), of_type);
            *schema = schema::reference_from(&name, annotations);
        }
        Ok(())
    }

    /// Lifts the schemas inside `schema`, which is called `name` or is part of the schema that is.
    fn inside(&mut self, schema: &mut Value, name: &str) -> Result<(), Error> {
        let Some(schema) = schema.as_object_mut() else {
            return Ok(());
        };
        for (key, value) in schema {
            let depth = self.location.len();
            if key != "properties" {
                self.location.push(key.clone());
            }
            match key.as_str() {
                "properties" => {
                    for (property, schema) in value.as_object_mut().into_iter().flatten() {
                        if is_scalar(schema) {
                            continue;
                        }
                        self.location.push(format!("properties.{property}"));
                        self.lift(schema, &format!("{name}{}", type_name(property)))?;
                        self.location.pop();
                    }
                }
                "items" => self.lift(value, &format!("{name}Item"))?,
                "additionalProperties" => self.lift(value, &format!("{name}Value"))?,
                "oneOf" | "anyOf" => {
                    let members = value.as_array_mut().into_iter().flatten();
                    for (index, member) in members.enumerate() {
                        self.location.push(index.to_string());
                        self.lift(member, &format!("{name}Variant{}", index + 1))?;
                        self.location.pop();
                    }
                }
                "allOf" => {
                    for member in value.as_array_mut().into_iter().flatten() {
                        self.inside(member, name)?;
                    }
                }
                _ => {}
            }
            self.location.truncate(depth);
        }
        Ok(())
    }

    /// `name`, or an alternative if another type has it.
    fn free(&self, name: &str, schema: &Value) -> Result<String, Error> {
        let beside = format!("{name}Inline");
        for candidate in [name, &beside] {
            if !self.components.contains_key(candidate) {
                return Ok(candidate.to_owned());
            }
        }
        let start: String = schema.to_string().chars().take(80).collect();
        Err(Error::at(
            self.location.join("."),
            format!(
                "the inline schema {start}… would be called `{name}` or `{beside}`, and other schemas have \
                 these names: make it a component of the document"
            ),
        ))
    }
}

/// Whether there is neither a type to name nor another schema in this one.
fn is_scalar(schema: &Value) -> bool {
    let has_types = |key: &String| {
        matches!(
            key.as_str(),
            "properties" | "items" | "additionalProperties" | "allOf" | "oneOf" | "anyOf" | "enum"
        )
    };
    !schema
        .as_object()
        .is_some_and(|schema| schema.keys().any(has_types))
}

fn needs_a_name(schema: &Value) -> bool {
    let members = |key: &str| {
        schema
            .get(key)
            .and_then(Value::as_array)
            .map_or(0, Vec::len)
    };
    schema.get("x-rust-type").is_none()
        && (has_properties(schema)
            || is_string_enum(schema)
            || members("allOf") > 1
            || members("oneOf") > 0
            || members("anyOf") > 0)
}

/// Merges an `allOf` of objects into one object, and leaves any other `allOf` as it is.
///
/// # Errors
///
/// The reason, if no value can match all members.
fn merge(schema: &mut Value, known: &Map<String, Value>) -> Result<(), String> {
    let Some(members) = schema.get("allOf").and_then(Value::as_array) else {
        return Ok(());
    };
    if members.len() == 1 && !has_properties(schema) {
        return Ok(());
    }
    let mut merged = Map::new();
    let mut chain = Vec::new();
    if !collect(schema, known, &mut merged, &mut chain)? {
        return Ok(());
    }
    if let Some(object) = schema.as_object_mut() {
        object.remove("allOf");
        object.remove("required");
        object.insert("type".to_owned(), json!("object"));
        object.extend(merged);
    }
    Ok(())
}

/// The location of the first component, or else the first operation, that cannot be merged.
fn location_of_conflict(document: &Value, known: &Map<String, Value>) -> Option<String> {
    let components = components(document).iter().map(|(name, schema)| {
        let location = format!("components.schemas.{name}");
        (location, json!({"components": {"schemas": {name: schema}}}))
    });
    let operations =
        operations(document).map(|(location, operation)| (location, json!({"paths": [operation]})));
    let mut locations = components.chain(operations);
    locations.find_map(|(location, mut part)| {
        let mut conflicts = false;
        walk::schemas(&mut part, |schema| {
            conflicts |= merge(schema, known).is_err()
        });
        conflicts.then_some(location)
    })
}

/// Collects the properties of `schema` and of all schemas that it is composed of. Returns whether they
/// describe it completely.
fn collect(
    schema: &Value,
    known: &Map<String, Value>,
    merged: &mut Map<String, Value>,
    chain: &mut Vec<String>,
) -> Result<bool, String> {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let Some(name) = component(reference).filter(|name| !chain.contains(name)) else {
            return Ok(false);
        };
        let Some(target) = known.get(&name) else {
            return Ok(false);
        };
        chain.push(name);
        let all = collect(target, known, merged, chain);
        chain.pop();
        return all;
    }
    let Some(object) = schema.as_object() else {
        return Ok(false);
    };
    for (key, value) in object {
        match key.as_str() {
            "allOf" => {
                let members = value.as_array().into_iter().flatten();
                for member in members {
                    if !collect(member, known, merged, chain)? {
                        return Ok(false);
                    }
                }
            }
            "properties" => {
                let properties = merged
                    .entry("properties")
                    .or_insert_with(|| Value::Object(Map::new()));
                for (name, property) in value.as_object().into_iter().flatten() {
                    let types = [&properties[name], property].map(|of| type_of(of, known));
                    if let [Some(one), Some(other)] = types
                        && one != other
                    {
                        return Err(format!(
                            "an `allOf` composes the property `{name}` of the types `{one}` and \
                             `{other}`, and no value has both: take it out of one of the schemas, or \
                             rename it"
                        ));
                    }
                    properties[name] = property.clone();
                }
            }
            "required" => {
                let required = merged.entry("required").or_insert_with(|| json!([]));
                for name in value.as_array().into_iter().flatten() {
                    if let Some(required) = required.as_array_mut()
                        && !required.contains(name)
                    {
                        required.push(name.clone());
                    }
                }
            }
            "additionalProperties" => {
                merged.insert(key.clone(), value.clone());
            }
            "type" if value == "object" => {}
            "title" | "discriminator" | "externalDocs" | "xml" => {}
            key if is_annotation(key) => {}
            // Other extensions say nothing about values.
            key if key.starts_with("x-") && key != "x-rust-type" => {}
            _ => return Ok(false),
        }
    }
    Ok(true)
}

/// The JSON type of a value of `schema`, if the schema has one. Every integer is a number.
fn type_of<'a>(schema: &'a Value, known: &'a Map<String, Value>) -> Option<&'a str> {
    let mut schema = schema;
    // References can be circular.
    for _ in 0..=known.len() {
        let Some(reference) = schema.get("$ref").and_then(Value::as_str) else {
            break;
        };
        schema = known.get(&component(reference)?)?;
    }
    match schema.get("type")?.as_str()? {
        "integer" => Some("number"),
        other => Some(other),
    }
}

#[cfg(test)]
mod tests;
