//! Separate types for what is sent and what is received, where one schema describes both.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::schema::{self, component, components, is, required};
use super::walk;
use crate::document::is_free_form;
use crate::error::Error;

/// On a schema: the body of a `PATCH` reaches it.
pub const X_PATCH: &str = "x-ultravox-patch";

/// On a schema that is sent: the name of the type that is received instead.
pub const X_RECEIVED_AS: &str = "x-ultravox-received-as";

/// Progenitor makes one type of a schema with `readOnly` and `writeOnly` properties: a request
/// would have to set what only the server sets, and a response would have fields that are never
/// received. This pass removes `readOnly` properties from requests and `writeOnly` ones from
/// responses.
///
/// A schema of both requests and responses is split only where the two differ, themselves or in
/// what they contain: `X` is received and `XRequest` is sent. In the body of a `PATCH` they differ
/// as well if an optional property is nullable, because in an update null and absent mean different
/// things.
pub fn lower(document: &mut Value) -> Result<(), Error> {
    let uses = Uses::of(document);
    let schemas = components(document);
    let mut split: BTreeSet<&String> = schemas
        .iter()
        .filter(|(name, schema)| uses.is_both(name) && uses.differs(name, schema))
        .map(|(name, _)| name)
        .collect();
    loop {
        let more: Vec<&String> = schemas
            .iter()
            .filter(|(name, _)| uses.is_both(name) && !split.contains(name))
            .filter(|(_, schema)| {
                let sent = references(schema, "readOnly");
                sent.iter().any(|name| split.contains(name))
            })
            .map(|(name, _)| name)
            .collect();
        if more.is_empty() {
            break;
        }
        split.extend(more);
    }

    let request_names = request_names(&split, schemas)?;
    let mut lowered = Map::new();
    for (name, schema) in schemas {
        if let Some(request_name) = request_names.get(name) {
            lowered.insert(name.clone(), without(schema, "writeOnly"));
            let mut sent = uses.sent(name, schema);
            to_request(&mut sent, &request_names);
            sent[X_RECEIVED_AS] = json!(name);
            lowered.insert(request_name.clone(), sent);
            continue;
        }
        let schema = match (uses.sent.contains(name), uses.received.contains(name)) {
            (true, received) => {
                let mut sent = uses.sent(name, schema);
                if !received {
                    to_request(&mut sent, &request_names);
                }
                sent
            }
            (false, true) => without(schema, "writeOnly"),
            (false, false) => schema.clone(),
        };
        lowered.insert(name.clone(), schema);
    }
    schema::set_components(document, lowered);
    walk::operations(document, |_, operation| {
        for part in ["parameters", "requestBody"] {
            if let Some(part) = operation.get_mut(part) {
                to_request(part, &request_names);
            }
        }
        Ok(())
    })
}

/// The components that operations reach.
struct Uses {
    sent: BTreeSet<String>,
    received: BTreeSet<String>,
    updated: BTreeSet<String>,
}

impl Uses {
    fn of(document: &Value) -> Self {
        let mut sent = BTreeSet::new();
        let mut received = BTreeSet::new();
        let mut updated = BTreeSet::new();
        let items = document.get("paths").and_then(Value::as_object);
        for item in items
            .into_iter()
            .flatten()
            .filter_map(|(_, item)| item.as_object())
        {
            for (method, operation) in item {
                let Some(operation) = operation.as_object() else {
                    // The parameters that all operations of the path share.
                    sent.extend(references(operation, ""));
                    continue;
                };
                for (key, part) in operation {
                    match key.as_str() {
                        "parameters" => sent.extend(references(part, "")),
                        "requestBody" => {
                            let body = references(part, "");
                            if method == "patch" {
                                updated.extend(body.iter().cloned());
                            }
                            sent.extend(body);
                        }
                        _ => received.extend(references(part, "")),
                    }
                }
            }
        }
        let schemas = components(document);
        for (set, skipped) in [
            (&mut sent, "readOnly"),
            (&mut updated, "readOnly"),
            (&mut received, "writeOnly"),
        ] {
            reach(set, schemas, skipped);
        }
        Self {
            sent,
            received,
            updated,
        }
    }

    fn is_both(&self, name: &str) -> bool {
        self.sent.contains(name) && self.received.contains(name)
    }

    fn differs(&self, name: &str, schema: &Value) -> bool {
        let required = required(schema);
        let properties = schema.get("properties").and_then(Value::as_object);
        properties.into_iter().flatten().any(|(property, schema)| {
            is(schema, "readOnly")
                || is(schema, "writeOnly")
                || self.updated.contains(name)
                    && is(schema, "nullable")
                    && !required.contains(property)
        })
    }

    /// The part of the component that is sent.
    fn sent(&self, name: &str, schema: &Value) -> Value {
        let mut sent = without(schema, "readOnly");
        if self.updated.contains(name)
            && let Some(sent) = sent.as_object_mut()
        {
            sent.insert(X_PATCH.to_owned(), json!(true));
        }
        sent
    }
}

/// Adds all components that those in `set` reach, except through properties with the flag `skipped`.
fn reach(set: &mut BTreeSet<String>, schemas: &Map<String, Value>, skipped: &str) {
    let mut open: Vec<String> = set.iter().cloned().collect();
    while let Some(name) = open.pop() {
        let Some(schema) = schemas.get(&name) else {
            continue;
        };
        for name in references(schema, skipped) {
            if set.insert(name.clone()) {
                open.push(name);
            }
        }
    }
}

/// The components that `value` refers to, except in schemas with the flag `skipped`.
fn references(value: &Value, skipped: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(value, skipped, &mut found);
    found
}

fn collect(value: &Value, skipped: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) if !is(value, skipped) => {
            for (key, value) in object {
                match (key.as_str(), value) {
                    ("$ref", Value::String(reference)) => found.extend(component(reference)),
                    // Its keys are names, even `example`.
                    ("properties", Value::Object(properties)) => properties
                        .values()
                        .for_each(|property| collect(property, skipped, found)),
                    (key, value) if key.starts_with("x-ultravox-") || !is_free_form(key) => {
                        collect(value, skipped, found);
                    }
                    _ => {}
                }
            }
        }
        Value::Array(array) => array
            .iter()
            .for_each(|value| collect(value, skipped, found)),
        _ => {}
    }
}

/// `schema` without the properties that have the flag `direction`.
fn without(schema: &Value, direction: &str) -> Value {
    let mut schema = schema.clone();
    let Some(object) = schema.as_object_mut() else {
        return schema;
    };
    let mut removed = Vec::new();
    if let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) {
        properties.retain(|name, property| {
            let keep = !is(property, direction);
            if !keep {
                removed.push(name.clone());
            }
            keep
        });
    }
    if let Some(required) = object.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| !removed.iter().any(|removed| name == removed));
    }
    schema
}

/// The names of the split components, with those of the types that are sent.
fn request_names(
    split: &BTreeSet<&String>,
    schemas: &Map<String, Value>,
) -> Result<BTreeMap<String, String>, Error> {
    let mut names = BTreeMap::new();
    for name in split {
        let candidates = [format!("{name}Request"), format!("{name}RequestBody")];
        let Some(free) = candidates.iter().find(|name| !schemas.contains_key(*name)) else {
            let [first, second] = candidates;
            return Err(Error::at(
                format!("components.schemas.{name}"),
                format!(
                    "the request type of this schema would be called `{first}` or `{second}`, and other \
                     schemas have these names: rename one of them in the document"
                ),
            ));
        };
        names.insert((*name).clone(), free.clone());
    }
    Ok(names)
}

/// Points references to split components to the types that are sent.
fn to_request(value: &mut Value, names: &BTreeMap<String, String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                match key.as_str() {
                    "$ref" => {
                        let name = value.as_str().and_then(component);
                        if let Some(name) = name.and_then(|name| names.get(&name)) {
                            *value = schema::reference(name)["$ref"].take();
                        }
                    }
                    "properties" => walk::each(value, |property| to_request(property, names)),
                    key if key.starts_with("x-ultravox-") || !is_free_form(key) => {
                        to_request(value, names);
                    }
                    _ => {}
                }
            }
        }
        Value::Array(array) => array.iter_mut().for_each(|value| to_request(value, names)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    fn reference(name: &str) -> Value {
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    fn content(name: &str) -> Value {
        json!({"content": {"application/json": {"schema": reference(name)}}})
    }

    fn operation(sent: &str, received: &str) -> Value {
        json!({"requestBody": content(sent), "responses": {"200": content(received)}})
    }

    fn lowered(paths: Value, schemas: Value) -> Value {
        let mut document = json!({"paths": paths, "components": {"schemas": schemas}});
        super::lower(&mut document).unwrap();
        document
    }

    fn thing() -> Value {
        json!({
            "description": "A thing.",
            "required": ["id", "name", "secret"],
            "properties": {
                "id": {"type": "string", "readOnly": true},
                "name": {"type": "string"},
                "secret": {"type": "string", "writeOnly": true},
            },
        })
    }

    fn names(document: &Value) -> Vec<&str> {
        let schemas = document["components"]["schemas"].as_object().unwrap();
        let mut names: Vec<_> = schemas.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn what_is_sent_and_what_is_received_are_two_types_where_they_differ() {
        let document = lowered(
            json!({"/x": {"post": operation("Thing", "Thing")}}),
            json!({"Thing": thing(), "Same": {"properties": {"a": {}}}}),
        );
        assert_eq!(names(&document), ["Same", "Thing", "ThingRequest"]);
        let schemas = &document["components"]["schemas"];
        assert_eq!(schemas["Thing"]["required"], json!(["id", "name"]));
        assert_eq!(schemas["Thing"]["properties"].get("secret"), None);
        let request = &schemas["ThingRequest"];
        assert_eq!(request["required"], json!(["name", "secret"]));
        assert_eq!(request["properties"].get("id"), None);
        assert_eq!(request["x-ultravox-received-as"], "Thing");
        let post = &document["paths"]["/x"]["post"];
        assert_eq!(post["requestBody"], content("ThingRequest"));
        assert_eq!(post["responses"]["200"], content("Thing"));
    }

    #[test]
    fn what_contains_a_split_type_is_split_and_nothing_else_is() {
        let holder = json!({"properties": {
            "things": {"type": "array", "items": reference("Thing")},
            "same": reference("Same"),
        }});
        let document = lowered(
            json!({"/x": {"post": operation("Holder", "Holder")}}),
            json!({"Thing": thing(), "Holder": holder, "Same": {"properties": {
                "again": reference("Same"),
            }}}),
        );
        assert_eq!(
            names(&document),
            ["Holder", "HolderRequest", "Same", "Thing", "ThingRequest"]
        );
        let properties = &document["components"]["schemas"]["HolderRequest"]["properties"];
        assert_eq!(properties["things"]["items"], reference("ThingRequest"));
        assert_eq!(properties["same"], reference("Same"));
    }

    #[test]
    fn a_type_of_one_direction_keeps_its_name() {
        let document = lowered(
            json!({"/x": {"post": operation("In", "Out")}}),
            json!({"In": thing(), "Out": thing()}),
        );
        assert_eq!(names(&document), ["In", "Out"]);
        let schemas = &document["components"]["schemas"];
        assert_eq!(schemas["In"]["required"], json!(["name", "secret"]));
        assert_eq!(schemas["Out"]["required"], json!(["id", "name"]));
    }

    #[test]
    fn what_only_a_read_only_property_reaches_is_not_sent() {
        let holder = json!({"properties": {
            "thing": {"allOf": [reference("Thing")], "readOnly": true}, "name": {},
        }});
        let document = lowered(
            json!({"/x": {"post": operation("Holder", "Holder")}}),
            json!({"Thing": thing(), "Holder": holder}),
        );
        assert_eq!(names(&document), ["Holder", "HolderRequest", "Thing"]);
    }

    #[test]
    fn an_update_that_can_clear_a_property_differs_from_what_is_received() {
        let schemas = json!({"Thing": {"required": ["b"], "properties": {
            "a": {"type": "string", "nullable": true}, "b": {"type": "string"},
        }}});
        let operation = operation("Thing", "Thing");
        let put = lowered(json!({"/x": {"put": operation}}), schemas.clone());
        assert_eq!(names(&put), ["Thing"]);
        let patch = lowered(json!({"/x": {"patch": operation}}), schemas.clone());
        assert_eq!(names(&patch), ["Thing", "ThingRequest"]);
        let schemas = &patch["components"]["schemas"];
        assert_eq!(schemas["ThingRequest"]["x-ultravox-patch"], true);
        assert_eq!(schemas["Thing"].get("x-ultravox-patch"), None);
    }

    #[test]
    fn an_existing_name_is_left_to_its_schema() {
        let paths = json!({"/x": {"post": operation("Thing", "Thing")}});
        let schemas = json!({"Thing": thing(), "ThingRequest": {"type": "string"}});
        let document = lowered(paths.clone(), schemas);
        assert_eq!(
            names(&document),
            ["Thing", "ThingRequest", "ThingRequestBody"]
        );
        let mut document = json!({"paths": paths, "components": {"schemas": {
            "Thing": thing(), "ThingRequest": {}, "ThingRequestBody": {},
        }}});
        let error = super::lower(&mut document).unwrap_err().to_string();
        for part in [
            "components.schemas.Thing:",
            "`ThingRequest`",
            "`ThingRequestBody`",
        ] {
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn mutually_recursive_types_are_split_together() {
        let a = json!({"properties": {"b": reference("B"), "id": {"readOnly": true}}});
        let b = json!({"properties": {"a": reference("A"), "text": {}}});
        let document = lowered(
            json!({"/x": {"post": operation("B", "B")}}),
            json!({"A": a, "B": b}),
        );
        assert_eq!(names(&document), ["A", "ARequest", "B", "BRequest"]);
        let schemas = &document["components"]["schemas"];
        assert_eq!(
            schemas["ARequest"]["properties"]["b"],
            reference("BRequest")
        );
        assert_eq!(
            schemas["BRequest"]["properties"]["a"],
            reference("ARequest")
        );
    }
}
