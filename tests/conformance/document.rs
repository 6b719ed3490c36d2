//! The document as published: its operations with all references followed, and the directions of
//! each schema.

use std::collections::BTreeSet;

use serde_json::Value;

use ultravox_codegen::samples::Direction;

/// The document that the client under test was generated from.
pub struct Document {
    pub root: Value,
}

pub struct Operation {
    pub id: String,
    pub method: String,
    pub path: String,
    pub parameters: Vec<Parameter>,
    pub body: Option<RequestBody>,
    pub responses: Vec<Response>,
}

pub struct Parameter {
    pub name: String,
    pub location: String,
    pub required: bool,
    pub schema: Value,
    /// Whether the entries of a map are spelled `name.key=value`.
    pub dotted: bool,
}

pub struct RequestBody {
    pub content: Vec<Media>,
}

/// One media type with its schema, and the location of the schema in the document.
pub struct Media {
    pub media_type: String,
    pub schema: Value,
    pub pointer: String,
}

pub struct Response {
    /// `200`, `2XX` or `default`.
    pub status: String,
    pub content: Vec<Media>,
}

impl Document {
    /// As published.
    pub fn published() -> Self {
        let text = include_str!(concat!(env!("OUT_DIR"), "/document.json"));
        Self {
            root: serde_json::from_str(text).unwrap(),
        }
    }

    /// In terms of OpenAPI 3.0, for making samples and comparing bodies. Values are validated
    /// against the document as published.
    pub fn translated(mut self) -> Self {
        ultravox_codegen::translate(&mut self.root);
        self
    }

    /// What a reference leads to, or the value itself, with its location.
    fn resolve<'a>(&'a self, value: &'a Value, location: String) -> (&'a Value, String) {
        match value["$ref"].as_str().and_then(|to| to.strip_prefix('#')) {
            Some(pointer) => {
                let target = self.root.pointer(pointer).unwrap();
                self.resolve(target, pointer.to_owned())
            }
            None => (value, location),
        }
    }

    pub fn schemas(&self) -> impl Iterator<Item = (&String, &Value)> {
        entries(self.root.pointer("/components/schemas"))
    }

    /// In the order of their ids.
    pub fn operations(&self) -> Vec<Operation> {
        let mut operations = Vec::new();
        for (path, item) in entries(self.root.get("paths")) {
            let location = format!("/paths/{}", escaped(path));
            let (item, location) = self.resolve(item, location);
            for (method, operation) in entries(Some(item)) {
                if operation["operationId"].is_string() {
                    let location = format!("{location}/{method}");
                    operations.push(self.operation(path, method, item, operation, &location));
                }
            }
        }
        operations.sort_by(|a, b| a.id.cmp(&b.id));
        operations
    }

    fn operation(
        &self,
        path: &str,
        method: &str,
        item: &Value,
        operation: &Value,
        location: &str,
    ) -> Operation {
        let mut parameters: Vec<Parameter> = Vec::new();
        // A parameter of the operation replaces the path item's.
        for list in [&item["parameters"], &operation["parameters"]] {
            for parameter in list.as_array().into_iter().flatten() {
                let parameter = self.parameter(parameter);
                if self.is_ignored(&parameter) {
                    continue;
                }
                parameters.retain(|other| {
                    (&other.name, &other.location) != (&parameter.name, &parameter.location)
                });
                parameters.push(parameter);
            }
        }
        let body = operation.get("requestBody").map(|body| {
            let (body, location) = self.resolve(body, format!("{location}/requestBody"));
            RequestBody {
                content: media(body, &location),
            }
        });
        let responses = entries(operation.get("responses"))
            .filter(|(status, _)| !status.starts_with("x-"))
            .map(|(status, response)| {
                let (response, location) =
                    self.resolve(response, format!("{location}/responses/{status}"));
                Response {
                    status: status.clone(),
                    content: media(response, &location),
                }
            });
        Operation {
            id: operation["operationId"].as_str().unwrap().to_owned(),
            method: method.to_uppercase(),
            path: path.to_owned(),
            parameters,
            body,
            responses: responses.collect(),
        }
    }

    fn parameter(&self, parameter: &Value) -> Parameter {
        let (parameter, _) = self.resolve(parameter, String::new());
        let text = |key: &str| parameter[key].as_str().unwrap_or_default().to_owned();
        Parameter {
            name: text("name"),
            location: text("in"),
            required: parameter["required"] == true,
            schema: parameter["schema"].clone(),
            dotted: parameter["x-map-style"] == "dotted",
        }
    }

    /// Whether OpenAPI says to ignore a parameter, because something else describes it: the media
    /// types, or the key.
    fn is_ignored(&self, parameter: &Parameter) -> bool {
        let mut ignored = vec!["accept", "content-type", "authorization"];
        let key = self.key_header();
        ignored.push(&key);
        let name = parameter.name.to_ascii_lowercase();
        parameter.location == "header" && ignored.contains(&name.as_str())
    }

    /// The header that carries the key.
    pub fn key_header(&self) -> String {
        entries(self.root.pointer("/components/securitySchemes"))
            .find(|(_, scheme)| scheme["type"] == "apiKey" && scheme["in"] == "header")
            .and_then(|(_, scheme)| scheme["name"].as_str())
            .unwrap()
            .to_ascii_lowercase()
    }

    /// The schemas that are reached from request bodies of operations with one of the methods (all
    /// without any).
    pub fn sent(&self, methods: &[&str]) -> BTreeSet<String> {
        let bodies = self.operations().into_iter().filter_map(|operation| {
            let method = methods.is_empty() || methods.contains(&operation.method.as_str());
            operation.body.filter(|_| method)
        });
        self.reached(bodies.flat_map(|body| body.content), Direction::Sent)
    }

    /// The schemas that are reached from responses.
    pub fn received(&self) -> BTreeSet<String> {
        let operations = self.operations().into_iter();
        let responses = operations.flat_map(|operation| operation.responses);
        self.reached(
            responses.flat_map(|response| response.content),
            Direction::Received,
        )
    }

    fn reached(&self, from: impl Iterator<Item = Media>, direction: Direction) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for media in from {
            self.reach(&media.schema, direction, &mut names);
        }
        names
    }

    fn reach(&self, schema: &Value, direction: Direction, names: &mut BTreeSet<String>) {
        match schema {
            Value::Object(object) => {
                if let Some(name) = object
                    .get("$ref")
                    .and_then(Value::as_str)
                    .and_then(|reference| reference.strip_prefix("#/components/schemas/"))
                    && names.insert(name.to_owned())
                {
                    let target = &self.root["components"]["schemas"][name];
                    self.reach(target, direction, names);
                }
                for (_, schema) in entries(object.get("properties")) {
                    if !is_for_the_other_direction(&self.root, schema, direction) {
                        self.reach(schema, direction, names);
                    }
                }
                for key in ["items", "additionalProperties", "allOf", "oneOf", "anyOf"] {
                    if let Some(schema) = object.get(key) {
                        self.reach(schema, direction, names);
                    }
                }
            }
            Value::Array(array) => {
                for schema in array {
                    self.reach(schema, direction, names);
                }
            }
            _ => {}
        }
    }
}

/// Whether a property is only for the other direction.
pub fn is_for_the_other_direction(root: &Value, property: &Value, direction: Direction) -> bool {
    let flag = match direction {
        Direction::Sent => "readOnly",
        Direction::Received => "writeOnly",
    };
    let target = property["$ref"]
        .as_str()
        .and_then(|reference| root.pointer(reference.strip_prefix('#')?));
    target.unwrap_or(property)[flag] == true
}

fn media(holder: &Value, location: &str) -> Vec<Media> {
    entries(holder.get("content"))
        .map(|(media_type, media)| Media {
            media_type: media_type.clone(),
            schema: media["schema"].clone(),
            pointer: format!("{location}/content/{}/schema", escaped(media_type)),
        })
        .collect()
}

/// As a part of a JSON pointer.
pub fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn entries(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

pub fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    essence == "application/json" || essence.ends_with("+json")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn headers_that_something_else_describes_are_no_parameters() {
        let header = |name: &str| json!({"name": name, "in": "header"});
        let query = json!({"name": "accept", "in": "query"});
        let parameters = json!([
            header("ACCEPT"),
            header("Content-Type"),
            header("authorization"),
            header("x-key"),
            header("X-Other"),
            query,
        ]);
        let root = json!({
            "paths": {"/a": {"get": {"operationId": "a", "parameters": parameters}}},
            "components": {"securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
            }},
        });
        let operations = Document { root }.operations();
        let names = operations[0]
            .parameters
            .iter()
            .map(|parameter| parameter.name.as_str());
        assert_eq!(names.collect::<Vec<_>>(), ["X-Other", "accept"]);
    }

    #[test]
    fn what_hangs_on_a_read_only_property_is_not_sent() {
        let reference = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
        let body = json!({"content": {"application/json": {"schema": reference("A")}}});
        let root = json!({
            "paths": {"/a": {"post": {"operationId": "a", "requestBody": body,
                "responses": {"200": body}}}},
            "components": {"schemas": {
                "A": {"properties": {
                    "sent": {"type": "array", "items": reference("B")},
                    "set": {"readOnly": true, "allOf": [reference("C")]},
                }},
                "B": {}, "C": {}, "D": {},
            }},
        });
        let document = Document { root };
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        assert_eq!(document.sent(&[]), names(&["A", "B"]));
        assert_eq!(document.received(), names(&["A", "B", "C"]));
        assert_eq!(document.sent(&["PATCH"]), BTreeSet::new());
    }
}
