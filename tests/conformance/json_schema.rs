//! The document's schemas as JSON Schema, for a validator that is independent of the client.
//!
//! OpenAPI 3.0 is close to draft 4: `nullable`, and properties for only one direction, are
//! translated. Schemas of OpenAPI 3.1 are of draft 2020-12.

use boon::{Compiler, Draft, Format, Schemas};
use serde_json::{Map, Value, json};

use crate::document::{Document, is_for_the_other_direction};
use ultravox_codegen::samples::Direction;

/// Validates values in both directions.
pub struct Validators {
    compiler: Compiler,
    schemas: Schemas,
}

impl Validators {
    pub fn new(document: &Document) -> Self {
        let mut compiler = Compiler::new();
        compiler.set_default_draft(match is_31(&document.root) {
            true => Draft::V2020_12,
            false => Draft::V4,
        });
        compiler.enable_format_assertions();
        for (name, validate) in FORMATS {
            compiler.register_format(Format {
                name,
                func: *validate,
            });
        }
        for direction in [Direction::Sent, Direction::Received] {
            let translated = document_in(&document.root, direction);
            compiler
                .add_resource(location(direction), translated)
                .unwrap();
        }
        Self {
            compiler,
            schemas: Schemas::new(),
        }
    }

    /// What is wrong with a value of the schema at `pointer`, in one line.
    pub fn problem(
        &mut self,
        pointer: &str,
        direction: Direction,
        value: &Value,
    ) -> Option<String> {
        let url = format!("{}#{}", location(direction), fragment(pointer));
        let schema = match self.compiler.compile(&url, &mut self.schemas) {
            Ok(schema) => schema,
            Err(error) => return Some(format!("the schema at {pointer} is none: {error:#}")),
        };
        let error = self.schemas.validate(value, schema).err()?;
        let text = error.to_string();
        Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

fn is_31(root: &Value) -> bool {
    let version = root["openapi"].as_str();
    version.is_some_and(|version| version.starts_with("3.1"))
}

fn location(direction: Direction) -> &'static str {
    match direction {
        Direction::Sent => "http://document.example/sent.json",
        Direction::Received => "http://document.example/received.json",
    }
}

fn fragment(pointer: &str) -> String {
    let escape = |character: char| match character {
        '/' | '~' | '-' | '_' | '.' => character.to_string(),
        character if character.is_ascii_alphanumeric() => character.to_string(),
        other => {
            let mut buffer = [0; 4];
            let bytes = other.encode_utf8(&mut buffer).bytes();
            bytes.map(|byte| format!("%{byte:02X}")).collect()
        }
    };
    pointer.chars().map(escape).collect()
}

type Validate = fn(&Value) -> Result<(), Box<dyn std::error::Error>>;

/// Formats of OpenAPI documents that JSON Schema does not know, or knows otherwise: its `time` has
/// an offset.
const FORMATS: &[(&str, Validate)] = &[
    ("openapi-time", |value| parsed::<chrono::NaiveTime>(value)),
    ("ipv4-cidr", |value| parsed::<ipnet::Ipv4Net>(value)),
    ("ipv6-cidr", |value| parsed::<ipnet::Ipv6Net>(value)),
    ("int32", |value| {
        within(value, i32::MIN.into(), i32::MAX.into())
    }),
    ("uint32", |value| within(value, 0.0, u32::MAX.into())),
    ("float", |value| {
        within(value, f32::MIN.into(), f32::MAX.into())
    }),
];

fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(
    value: &Value,
) -> Result<(), Box<dyn std::error::Error>> {
    match value.as_str().map(str::parse::<T>) {
        Some(Err(error)) => Err(error.to_string().into()),
        _ => Ok(()),
    }
}

fn within(value: &Value, least: f64, most: f64) -> Result<(), Box<dyn std::error::Error>> {
    match value.as_f64() {
        Some(number) if number < least || number > most => Err("out of range".into()),
        _ => Ok(()),
    }
}

/// The document with each of its schemas replaced by a JSON Schema.
fn document_in(root: &Value, direction: Direction) -> Value {
    part(root, &Translation { root, direction })
}

fn part(value: &Value, to: &Translation<'_>) -> Value {
    match value {
        Value::Object(object) => object
            .iter()
            .map(|(key, value)| {
                let value = match key.as_str() {
                    "schema" => to.schema(value),
                    "schemas" => to.each(value),
                    _ => part(value, to),
                };
                (key.clone(), value)
            })
            .collect(),
        Value::Array(array) => array.iter().map(|value| part(value, to)).collect(),
        other => other.clone(),
    }
}

struct Translation<'a> {
    root: &'a Value,
    direction: Direction,
}

impl Translation<'_> {
    fn schema(&self, schema: &Value) -> Value {
        let Some(keywords) = schema.as_object() else {
            return schema.clone();
        };
        let is_31 = is_31(self.root);
        if let Some(reference) = keywords.get("$ref").filter(|_| !is_31) {
            return json!({"$ref": reference});
        }
        let mut translated = Map::new();
        for (key, value) in keywords {
            let value = match key.as_str() {
                "properties" => self.properties(value),
                "items" | "not" | "additionalProperties" | "propertyNames" => self.schema(value),
                "$ref" | "const" if is_31 => value.clone(),
                "allOf" | "oneOf" | "anyOf" => self.each(value),
                "required" => {
                    let required = self.required(value, keywords.get("properties"));
                    if required.is_empty() {
                        continue;
                    }
                    required.into()
                }
                "format" if value == "time" => "openapi-time".into(),
                "type" | "format" | "enum" | "pattern" | "minLength" | "maxLength" | "minimum"
                | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf"
                | "minItems" | "maxItems" | "uniqueItems" | "minProperties" | "maxProperties" => {
                    value.clone()
                }
                _ => continue,
            };
            translated.insert(key.clone(), value);
        }
        if keywords.get("nullable") == Some(&Value::Bool(true)) && !is_31 {
            return json!({"anyOf": [translated, {"enum": [null]}]});
        }
        Value::Object(translated)
    }

    fn each(&self, schemas: &Value) -> Value {
        match schemas {
            Value::Array(schemas) => schemas.iter().map(|schema| self.schema(schema)).collect(),
            Value::Object(schemas) => schemas
                .iter()
                .map(|(name, schema)| (name.clone(), self.schema(schema)))
                .collect(),
            other => other.clone(),
        }
    }

    /// A property for the other direction must be absent.
    fn properties(&self, properties: &Value) -> Value {
        let Value::Object(properties) = properties else {
            return properties.clone();
        };
        properties
            .iter()
            .map(|(name, schema)| {
                let schema = if is_for_the_other_direction(self.root, schema, self.direction) {
                    json!({"not": {}})
                } else {
                    self.schema(schema)
                };
                (name.clone(), schema)
            })
            .collect()
    }

    fn required(&self, required: &Value, properties: Option<&Value>) -> Vec<Value> {
        let names = required.as_array().into_iter().flatten();
        names
            .filter(|name| {
                let schema = name
                    .as_str()
                    .and_then(|name| properties.and_then(|properties| properties.get(name)));
                !schema.is_some_and(|schema| {
                    is_for_the_other_direction(self.root, schema, self.direction)
                })
            })
            .cloned()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translated(schema: Value, direction: Direction) -> Value {
        document_in(&json!({"schema": schema}), direction)["schema"].take()
    }

    #[test]
    fn nullable_is_said_in_the_terms_of_json_schema() {
        let schema = json!({"type": "string", "nullable": true, "example": "a"});
        assert_eq!(
            translated(schema, Direction::Sent),
            json!({"anyOf": [{"type": "string"}, {"enum": [null]}]})
        );
    }

    #[test]
    fn what_is_for_the_other_direction_is_neither_required_nor_allowed() {
        let schema = json!({"required": ["id", "key"], "properties": {
            "id": {"type": "string", "readOnly": true},
            "key": {"type": "string", "writeOnly": true},
        }});
        let text = json!({"type": "string"});
        let never = json!({"not": {}});
        assert_eq!(
            translated(schema.clone(), Direction::Sent),
            json!({"required": ["key"], "properties": {"id": never, "key": text}})
        );
        assert_eq!(
            translated(schema, Direction::Received),
            json!({"required": ["id"], "properties": {"id": text, "key": never}})
        );
    }

    #[test]
    fn schemas_of_openapi_3_1_are_judged_as_they_are() {
        let root = json!({"openapi": "3.1.0", "components": {"schemas": {
            "A": {"type": ["string", "null"]},
            "B": {"$ref": "#/components/schemas/A", "minLength": 2, "nullable": true},
            "C": {"type": "integer", "exclusiveMinimum": 3},
            "D": {"const": "d"},
        }}});
        let mut validators = Validators::new(&Document { root });
        let mut is_valid = |name: &str, value| {
            let pointer = format!("/components/schemas/{name}");
            validators
                .problem(&pointer, Direction::Sent, &value)
                .is_none()
        };
        assert!(is_valid("B", json!(null)) && is_valid("B", json!("ab")));
        assert!(!is_valid("B", json!("a")) && !is_valid("B", json!(1)));
        assert!(is_valid("C", json!(4)) && !is_valid("C", json!(3)));
        assert!(is_valid("D", json!("d")) && !is_valid("D", json!("c")));
    }

    #[test]
    fn values_are_judged_with_their_formats_and_by_reference() {
        let root = json!({"components": {"schemas": {
            "a b": {"type": "array", "items": {"$ref": "#/components/schemas/C"}},
            "C": {"type": "string", "format": "ipv4-cidr"},
        }}});
        let mut validators = Validators::new(&Document { root });
        let mut problem =
            |value| validators.problem("/components/schemas/a b", Direction::Sent, &value);
        assert_eq!(problem(json!(["10.0.0.0/8"])), None);
        assert!(problem(json!(["10.0.0.0"])).unwrap().contains("ipv4-cidr"));
        assert!(problem(json!({})).unwrap().contains("want array"));
    }
}
