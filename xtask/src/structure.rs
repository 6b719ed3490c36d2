//! The structure of an OpenAPI document: which keys contain operations, which contain names that
//! the API's authors chose, and which contain data that is not OpenAPI.

use serde_json::Value;

/// The keys of a path item that hold an operation, in the order in which they are written.
pub const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// What the keys of a value mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// The keys are defined by OpenAPI.
    Object,
    /// The keys are names, the values OpenAPI.
    Names,
    /// Data, such as an example.
    Data,
}

impl Shape {
    /// The shape of the value of `key` in a value of this shape.
    pub fn under(self, key: &str) -> Self {
        match self {
            Self::Data => Self::Data,
            Self::Names => Self::Object,
            Self::Object => match key {
                "default" | "enum" | "example" | "value" => Self::Data,
                "callbacks" | "content" | "encoding" | "examples" | "headers" | "links"
                | "mapping" | "parameters" | "paths" | "properties" | "requestBodies"
                | "responses" | "schemas" | "scopes" | "securitySchemes" | "variables" => {
                    Self::Names
                }
                key if key.starts_with("x-") => Self::Data,
                _ => Self::Object,
            },
        }
    }

    /// The shape of the items of an array of this shape: `parameters` is either an array of objects
    /// or a map of names.
    pub fn of_items(self) -> Self {
        match self {
            Self::Names => Self::Object,
            other => other,
        }
    }
}

/// Every operation with its method and path, sorted by path, then in the order of [`METHODS`].
pub fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let mut items: Vec<_> = entries(document.get("paths")).collect();
    items.sort_by_key(|(path, _)| *path);
    items
        .into_iter()
        .flat_map(|(path, item)| {
            METHODS
                .iter()
                .filter_map(move |&method| Some((method, path.as_str(), item.get(method)?)))
        })
        .collect()
}

/// The number of component schemas.
pub fn schema_count(document: &Value) -> usize {
    entries(document.pointer("/components/schemas")).count()
}

/// The entries of an object; empty if it is not one.
pub fn entries(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

/// Every `$ref` of the document with its location.
pub fn references(document: &Value) -> Vec<(String, &str)> {
    let mut found = Vec::new();
    collect(document, Shape::Object, &mut Vec::new(), &mut found);
    found
}

fn collect<'a>(
    value: &'a Value,
    shape: Shape,
    location: &mut Vec<String>,
    found: &mut Vec<(String, &'a str)>,
) {
    match value {
        Value::Object(object) if shape != Shape::Data => {
            if let (Shape::Object, Some(Value::String(reference))) = (shape, object.get("$ref")) {
                found.push((location.join("."), reference));
            }
            for (key, value) in object {
                location.push(key.clone());
                collect(value, shape.under(key), location, found);
                location.pop();
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                location.push(index.to_string());
                collect(item, shape.of_items(), location, found);
                location.pop();
            }
        }
        _ => {}
    }
}
