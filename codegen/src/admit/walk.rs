//! A walk over a document that checks every key and every text according to its location: as a name of
//! some kind, prose, or data.
//!
//! What a key means depends on the map that contains it, as in OpenAPI: the keys of `properties` are
//! names, those of a schema are OpenAPI's. Whether the document is valid is not checked here.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::characters::forbidden;
use super::names::{Kind, carries_no_key};
use crate::document::METHODS;
use crate::error::Error;

/// How deep lists and maps may nest. The passes and progenitor recurse into them, on the stack of
/// whatever thread calls them, and rustc recurses into the resulting types.
pub const DEEPEST: usize = 24;

/// The name of an inline type is made of the names that lead to it, and files are named after
/// types. File systems allow 255 bytes.
const LONGEST_STEM: usize = 160;

const LONGEST_PROSE: usize = 64 << 10;
const LONGEST_PATTERN: usize = 1000;

/// Extensions that control the generator. It writes them itself; in a document they could inject
/// code, as the name of a type.
const RESERVED: [&str; 3] = ["x-rust-", "x-ultravox-", "x-dropshot-"];

/// What the keys of a map are, and what it contains.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Keys of OpenAPI.
    Object(Parent),
    /// Names of a kind, whose values are objects.
    Names(Kind, Parent),
    /// Names of a kind, whose values are names of another, or lists of these.
    Map(Kind, Kind),
    /// A list of names.
    List(Kind),
    /// Data, such as an example.
    Data,
}

/// The context, where the same key means different things.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Parent {
    Document,
    Info,
    Server,
    /// In the URL of a server.
    Variable,
    Tag,
    Parameter,
    SecurityScheme,
    Other,
}

/// Checks the whole `document`.
pub fn check(document: &Value) -> Result<(), Error> {
    let mut walk = Walk {
        location: Vec::new(),
    };
    walk.value(document, Shape::Object(Parent::Document), 0)
}

struct Walk<'a> {
    location: Vec<Cow<'a, str>>,
}

impl<'a> Walk<'a> {
    fn refused(&self, reason: impl std::fmt::Display) -> Error {
        if self.location.is_empty() {
            Error::whole(reason)
        } else {
            Error::at(self.location.join("."), reason)
        }
    }

    /// `stem` is the length that the name of an inline type at this location would have.
    fn value(&mut self, value: &'a Value, shape: Shape, stem: usize) -> Result<(), Error> {
        if self.location.len() >= DEEPEST && matches!(value, Value::Object(_) | Value::Array(_)) {
            let reason = format!("lists and maps are nested more than {DEEPEST} levels deep");
            // The whole location would be a long line.
            self.location.truncate(8);
            return Err(self.refused(reason));
        }
        match value {
            Value::Object(object) => self.object(object, shape, stem),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.location.push(index.to_string().into());
                    self.value(item, of_items(shape), stem)?;
                    self.location.pop();
                }
                Ok(())
            }
            Value::String(text) => match shape {
                Shape::List(kind) | Shape::Map(_, kind) => self.name(kind, text),
                _ => self.text(text),
            },
            _ => Ok(()),
        }
    }

    fn object(
        &mut self,
        object: &'a Map<String, Value>,
        shape: Shape,
        stem: usize,
    ) -> Result<(), Error> {
        let mut stem = stem;
        if let Some(id) = object.get("operationId").and_then(Value::as_str) {
            stem = id.len();
        } else if let (Shape::Object(Parent::Parameter), Some(name)) =
            (shape, object.get("name").and_then(Value::as_str))
        {
            stem += name.len();
        }
        for (key, value) in object {
            let (below, longer) = match shape {
                Shape::Object(parent) => {
                    self.key(key)?;
                    self.location.push(key.into());
                    self.kind_of_value(parent, key, value)?;
                    (self.keyword(object, parent, key, value)?, added(key))
                }
                Shape::Names(..) if key.starts_with("x-") && is_extensible(shape) => {
                    self.key(key)?;
                    self.location.push(key.into());
                    (Shape::Data, 0)
                }
                Shape::Names(kind, parent) => {
                    self.name(kind, key)?;
                    self.location.push(key.into());
                    // In OpenAPI 3.1 a schema can be a boolean.
                    let is_schema = kind == Kind::Property || kind == Kind::Component;
                    if !(value.is_object() || is_schema && value.is_boolean()) {
                        return Err(self.refused("not OpenAPI: expected a map"));
                    }
                    (
                        Shape::Object(parent),
                        if kind == Kind::Component || kind == Kind::Property {
                            key.len()
                        } else {
                            0
                        },
                    )
                }
                Shape::Map(kind, _) => {
                    self.name(kind, key)?;
                    self.location.push(key.into());
                    (shape, 0)
                }
                Shape::Data | Shape::List(_) => {
                    self.text(key)?;
                    self.location.push(key.into());
                    (Shape::Data, 0)
                }
            };
            if stem + longer > LONGEST_STEM {
                return Err(self.refused(format!(
                    "the names that lead here would make a type name of more than \
                     {LONGEST_STEM} characters"
                )));
            }
            self.value(value, below, stem + longer)?;
            self.location.pop();
        }
        Ok(())
    }

    /// Checks that the value of `key` is a map, a list or a string where OpenAPI requires one and
    /// the passes rely on it. The rest is checked when the document is read as OpenAPI.
    fn kind_of_value(&self, parent: Parent, key: &str, value: &Value) -> Result<(), Error> {
        let expected = match key {
            "additionalProperties" | "items" | "not" | "schema" => "a map or a boolean",
            "type" => "a text or a list of texts",
            "required" => "a list or a boolean",
            "parameters" if self.is_in_components() => "a map",
            "parameters" | "allOf" | "oneOf" | "anyOf" | "servers" | "security" | "tags" => {
                "a list of maps"
            }
            "enum" => "a list",
            "info" | "components" | "paths" | "properties" | "responses" | "content"
            | "headers" | "schemas" | "requestBodies" | "securitySchemes" | "requestBody"
            | "discriminator" | "externalDocs" | "mapping" | "variables" | "encoding"
            | "callbacks" => "a map",
            key if METHODS.contains(&key) => "a map",
            "operationId" | "summary" | "description" | "title" | "url" | "name" | "in"
            | "format" | "pattern" | "style" | "$ref" | "propertyName" => "a text",
            _ => return Ok(()),
        };
        let is_list_of =
            |is: fn(&Value) -> bool| value.as_array().is_some_and(|items| items.iter().all(is));
        let is_expected = match expected {
            "a map" => value.is_object(),
            "a map or a boolean" => value.is_object() || value.is_boolean(),
            "a list or a boolean" => is_list_of(Value::is_string) || value.is_boolean(),
            "a list" => value.is_array(),
            "a text or a list of texts" => value.is_string() || is_list_of(Value::is_string),
            // The tags of an operation are the names of tags of the document.
            "a list of maps" if key == "tags" && parent != Parent::Document => {
                is_list_of(Value::is_string)
            }
            "a list of maps" => is_list_of(Value::is_object),
            _ => value.is_string(),
        };
        if is_expected {
            return Ok(());
        }
        let found = match value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a text",
            Value::Array(_) => "a list of something else",
            Value::Object(_) => "a map",
        };
        Err(self.refused(format!("not OpenAPI: expected {expected}, found {found}")))
    }

    /// Whether the location is a map of components.
    fn is_in_components(&self) -> bool {
        self.location.len() == 2
            && self
                .location
                .first()
                .is_some_and(|first| first == "components")
    }

    /// Checks the name in the value of `key`, a key of OpenAPI, and returns what is below it.
    fn keyword(
        &self,
        object: &Map<String, Value>,
        parent: Parent,
        key: &str,
        value: &Value,
    ) -> Result<Shape, Error> {
        let name = |kind| match value {
            Value::String(name) => self.name(kind, name),
            _ => Ok(()),
        };
        let other = Shape::Object(Parent::Other);
        Ok(match (parent, key) {
            (_, key) if key.starts_with("x-") => Shape::Data,
            (Parent::Document, "openapi") => {
                name(Kind::OpenApi)?;
                other
            }
            (Parent::Document, "info") => Shape::Object(Parent::Info),
            (Parent::Document, "tags") => Shape::Object(Parent::Tag),
            (Parent::Document, "paths") => Shape::Names(Kind::Path, Parent::Other),
            (Parent::Document, "components") => other,
            (Parent::Info, "version") => {
                name(Kind::Version)?;
                other
            }
            (Parent::Server, "url") => {
                name(Kind::Server)?;
                other
            }
            (Parent::Server, "variables") => Shape::Names(Kind::Component, Parent::Variable),
            (Parent::Variable, "default") => {
                name(Kind::ServerPart)?;
                other
            }
            (Parent::Variable, "enum") => Shape::List(Kind::ServerPart),
            (Parent::Tag, "name") => {
                name(Kind::Tag)?;
                other
            }
            (Parent::Parameter, "name") => {
                let header = matches!(
                    object.get("in").and_then(Value::as_str),
                    Some("header" | "cookie")
                );
                name(if header {
                    Kind::Header
                } else {
                    Kind::Parameter
                })?;
                other
            }
            (Parent::SecurityScheme, "name") => {
                name(Kind::Header)?;
                if let Some(header) = value.as_str().filter(|header| carries_no_key(header)) {
                    return Err(self.refused(format!(
                        "the API key cannot be sent in the header `{header}`"
                    )));
                }
                other
            }
            (_, "tags") => Shape::List(Kind::Tag),
            (_, "servers") => Shape::Object(Parent::Server),
            (_, "operationId") => {
                name(Kind::OperationId)?;
                other
            }
            (
                _,
                "url" | "termsOfService" | "authorizationUrl" | "tokenUrl" | "refreshUrl"
                | "openIdConnectUrl" | "externalValue",
            ) => {
                name(Kind::Link)?;
                other
            }
            (_, "$ref" | "operationRef") => {
                name(Kind::Reference)?;
                self.reference(value)?;
                other
            }
            (_, "type") if value.is_array() => Shape::List(Kind::Word),
            (_, "type" | "format" | "in" | "style" | "scheme" | "bearerFormat") => {
                name(Kind::Word)?;
                other
            }
            (_, "pattern") => {
                self.pattern(value)?;
                other
            }
            (_, "propertyName") => {
                name(Kind::Property)?;
                other
            }
            (_, "mapping") => Shape::Map(Kind::Value, Kind::Reference),
            (_, "security") => Shape::Map(Kind::Component, Kind::Expression),
            (_, "required") => Shape::List(Kind::Property),
            (_, "enum") => Shape::List(Kind::Value),
            // In OpenAPI 3.1 an enum of one value.
            (_, "const") => {
                name(Kind::Value)?;
                Shape::Data
            }
            // A list in a schema of OpenAPI 3.1.
            (_, "examples") if value.is_array() => Shape::Data,
            // Their keys are patterns, or names that nothing is made of: none of them becomes a type.
            (_, "$defs" | "dependentRequired" | "dependentSchemas" | "patternProperties") => {
                Shape::Data
            }
            (_, "default" | "example" | "value" | "scopes" | "callbacks") => Shape::Data,
            (_, "properties") => Shape::Names(Kind::Property, Parent::Other),
            (
                _,
                "schemas" | "responses" | "requestBodies" | "examples" | "links"
                | "securitySchemes" | "parameters" | "headers",
            ) if self.is_in_components() => {
                let parent = match key {
                    "parameters" => Parent::Parameter,
                    "securitySchemes" => Parent::SecurityScheme,
                    _ => Parent::Other,
                };
                Shape::Names(Kind::Component, parent)
            }
            (_, "parameters") if value.is_array() => Shape::Object(Parent::Parameter),
            (_, "parameters") => Shape::Data,
            (_, "responses") => Shape::Names(Kind::Status, Parent::Other),
            (_, "headers") => Shape::Names(Kind::Header, Parent::Other),
            (_, "content") => Shape::Names(Kind::MediaType, Parent::Other),
            (_, "encoding") => Shape::Names(Kind::Property, Parent::Other),
            (_, "examples" | "links") => Shape::Names(Kind::Component, Parent::Other),
            (_, "contentType") => {
                // Several, separated by commas.
                for one in value.as_str().into_iter().flat_map(|all| all.split(',')) {
                    self.name(Kind::MediaType, one.trim())?;
                }
                other
            }
            _ => other,
        })
    }

    /// A key of OpenAPI, or an extension.
    fn key(&self, key: &str) -> Result<(), Error> {
        if let Some(reserved) = RESERVED.iter().find(|reserved| key.starts_with(**reserved)) {
            return Err(self.refused(format!(
                "the extension `{key}`: extensions that begin with `{reserved}` are reserved for the generator"
            )));
        }
        if key.starts_with("x-") {
            return self.name(Kind::Property, key);
        }
        let is_keyword = |c: char| c.is_ascii_alphanumeric() || matches!(c, '$' | '_' | '-');
        if key.len() > 40 || !key.chars().all(is_keyword) {
            let shown: String = key.chars().take(40).collect();
            return Err(self.refused(format!("`{shown}` is not a key of OpenAPI")));
        }
        Ok(())
    }

    fn name(&self, kind: Kind, name: &str) -> Result<(), Error> {
        kind.refuse(name)
            .map_or(Ok(()), |why| Err(self.refused(why)))
    }

    /// A reference must name a component, not another part of the document.
    fn reference(&self, value: &Value) -> Result<(), Error> {
        let inside = value
            .as_str()
            .and_then(|reference| reference.strip_prefix('#'));
        let is_component = |pointer: &str| {
            let parts: Vec<_> = pointer.split('/').collect();
            matches!(parts.as_slice(), ["", "components", _, _])
        };
        match inside {
            Some(pointer) if !is_component(pointer) => Err(self.refused(format!(
                "the reference #{pointer} does not name a component, such as #/components/schemas/Agent"
            ))),
            _ => Ok(()),
        }
    }

    /// Prose or data.
    fn text(&self, text: &str) -> Result<(), Error> {
        if text.len() > LONGEST_PROSE {
            return Err(self.refused(format!(
                "the text is {} bytes long; at most {LONGEST_PROSE} are allowed",
                text.len()
            )));
        }
        for (line, text) in (1..).zip(text.split('\n')) {
            if let Some((character, why)) =
                text.chars().find_map(|c| forbidden(c).map(|why| (c, why)))
            {
                return Err(self.refused(format!(
                    "line {line} of the text contains U+{:04X}, {why}; remove it",
                    u32::from(character)
                )));
            }
        }
        Ok(())
    }

    /// A regular expression: engines recurse into groups, and backtrack.
    fn pattern(&self, value: &Value) -> Result<(), Error> {
        let Some(pattern) = value.as_str() else {
            return Ok(());
        };
        let open = pattern.matches('(').count();
        if pattern.len() > LONGEST_PATTERN || open > 50 {
            return Err(self.refused(format!(
                "the pattern is {} bytes long and has {open} groups; at most {LONGEST_PATTERN} bytes and 50 groups are allowed",
                pattern.len()
            )));
        }
        Ok(())
    }
}

/// Only maps of OpenAPI's own keys can have extensions; elsewhere `x-a` is a name.
fn is_extensible(shape: Shape) -> bool {
    matches!(shape, Shape::Names(Kind::Path | Kind::Status, _))
}

fn of_items(shape: Shape) -> Shape {
    match shape {
        // A list where a map of names is expected is not OpenAPI, which is reported later.
        Shape::Names(_, parent) => Shape::Object(parent),
        other => other,
    }
}

/// What a keyword adds to the name of an inline type.
fn added(key: &str) -> usize {
    match key {
        "items" => 4,
        "additionalProperties" => 5,
        "requestBody" => 4,
        "responses" => 8,
        "oneOf" | "anyOf" => 8,
        _ => 0,
    }
}
