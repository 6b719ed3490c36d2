//! Definitions of tools, made from the Rust type of their parameters: with the feature `schemars`.
//!
//! ```
//! use std::time::Duration;
//!
//! use serde::Deserialize;
//! use ultravox::http::Method;
//! use ultravox::schemars::{self, JsonSchema};
//! use ultravox::tools::definition;
//! use ultravox::types::{CallTemplate, SelectedTool};
//!
//! /// Finds an order, and says where it is.
//! #[derive(Deserialize, JsonSchema)]
//! #[serde(rename_all = "camelCase")]
//! struct LookUp {
//!     /// The number on the receipt.
//!     order_number: u32,
//!     /// What the caller wants to know of it, if not all.
//!     topic: Option<String>,
//! }
//!
//! let tool = definition::http::<LookUp>("lookUp", Method::POST, "https://shop.example/look_up")?;
//! let tool = SelectedTool::temporary(tool.timeout(Duration::from_secs(5)));
//! let template = CallTemplate::new().selected_tools([tool]);
//! # assert_eq!(serde_json::to_value(template).unwrap()["selectedTools"][0]["temporaryTool"]["description"],
//! #     "Finds an order, and says where it is.");
//! # Ok::<(), definition::DefinitionError>(())
//! ```
//!
//! Each property of the type is a parameter that the model sets, and the same type reads what is sent
//! to the tool ([`parameters`](super::parameters)). The model reads the doc comments: that of the type
//! describes the tool, and those of its fields describe the parameters. A field is required unless it
//! is an `Option` or has a default.
//!
//! A parameter of an HTTP tool is
//!
//! - in the path if the URL names it in braces: `https://shop.example/orders/{orderNumber}`;
//! - in the location that its field names: `#[schemars(extend("x-location" = "query"))]`, or `header`, or
//!   `body`;
//! - in the query of a GET, HEAD or DELETE, and in the body of every other request.
//!
//! The parameters of other tools are in the body. A type that the API cannot describe is a
//! [`DefinitionError`].

use std::borrow::Cow;

use http::{HeaderName, Method};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use crate::types::{BaseHttpToolDetails, BaseToolDefinition, DynamicParameter, ParameterLocation};

/// The key of a property's schema that names its location.
const X_LOCATION: &str = "x-location";

/// The longest name that a model sees.
const LONGEST_NAME: usize = 64;

/// Keywords of the schema of the whole type that are left out: each parameter has its own, or the API
/// needs none.
const IGNORED: [&str; 11] = [
    "$schema",
    "$id",
    "$comment",
    "$defs",
    "title",
    "type",
    "properties",
    "required",
    "description",
    "deprecated",
    "examples",
];

/// A type cannot be the parameters of a tool, because the API has no way to describe it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no definition can be made for the tool `{tool}`: {}{reason}", named(.property))]
pub struct DefinitionError {
    tool: String,
    property: Option<String>,
    reason: Cow<'static, str>,
}

fn named(property: &Option<String>) -> String {
    match property {
        Some(property) => format!("the property `{property}` "),
        None => String::new(),
    }
}

impl DefinitionError {
    /// The property that the error is about, by its name in JSON, if it is about one.
    pub fn property(&self) -> Option<&str> {
        self.property.as_deref()
    }
}

/// A tool that Ultravox calls by an HTTP request. `url` may name parameters in braces.
pub fn http<T: JsonSchema>(
    name: &str,
    method: Method,
    url: &str,
) -> Result<BaseToolDefinition, DefinitionError> {
    let request = BaseHttpToolDetails::request(method.as_str(), url);
    let of = Of {
        tool: name,
        http: Some((&method, url)),
    };
    of.complete::<T>(BaseToolDefinition::for_http(name, request))
}

/// A tool that the client of a call runs.
pub fn client<T: JsonSchema>(name: &str) -> Result<BaseToolDefinition, DefinitionError> {
    let of = Of {
        tool: name,
        http: None,
    };
    of.complete::<T>(BaseToolDefinition::for_client(name))
}

/// A tool that runs at the other end of a data connection.
pub fn data_connection<T: JsonSchema>(name: &str) -> Result<BaseToolDefinition, DefinitionError> {
    let of = Of {
        tool: name,
        http: None,
    };
    of.complete::<T>(BaseToolDefinition::for_data_connection(name))
}

/// What is defined.
struct Of<'a> {
    tool: &'a str,
    /// The request of an HTTP tool.
    http: Option<(&'a Method, &'a str)>,
}

impl Of<'_> {
    fn complete<T: JsonSchema>(
        &self,
        definition: BaseToolDefinition,
    ) -> Result<BaseToolDefinition, DefinitionError> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if self.tool.is_empty() || self.tool.len() > LONGEST_NAME || !self.tool.bytes().all(fits) {
            return Err(
                self.error("its name does not consist of 1 to 64 letters, digits, `_` and `-`")
            );
        }
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            // The schema of a parameter contains all that it refers to.
            settings.inline_subschemas = true;
            settings.meta_schema = None;
        });
        let schema = settings.into_generator().into_root_schema_for::<T>();
        let mut whole = self.object(schema.to_value())?;
        let description = whole.remove("description");
        let parameters = self.parameters(whole)?;
        let definition = definition.dynamic_parameters(parameters);
        Ok(match description {
            Some(Value::String(description)) => definition.description(description),
            _ => definition,
        })
    }

    /// The schema of the type, if its properties describe it completely.
    fn object(&self, schema: Value) -> Result<Map<String, Value>, DefinitionError> {
        let Value::Object(whole) = schema else {
            return Err(self.error("its parameters can be anything; make them a struct"));
        };
        // A flattened enum is one of several objects, without a `type`.
        if whole.get("type").is_some_and(|ty| ty != "object") {
            return Err(self.error("its parameters are not an object; make them a struct"));
        }
        for (key, value) in &whole {
            match key.as_str() {
                "additionalProperties" | "unevaluatedProperties"
                    if *value == Value::Bool(false) => {}
                "additionalProperties" | "unevaluatedProperties" | "patternProperties" => {
                    return Err(self.error(
                        "it takes parameters of any name, but the API needs a list of names; put them in a \
                         property of their own",
                    ));
                }
                "default" => {}
                key if IGNORED.contains(&key) || key.starts_with("x-") => {}
                key => {
                    return Err(self.error(format!(
                        "its parameters depend on each other (`{key}` of the type's schema), but the API takes each \
                         by itself; put them in a property of their own"
                    )));
                }
            }
        }
        if !whole.contains_key("type") {
            return Err(self.error("its parameters can be anything; make them a struct"));
        }
        Ok(whole)
    }

    fn parameters(
        &self,
        mut whole: Map<String, Value>,
    ) -> Result<Vec<DynamicParameter>, DefinitionError> {
        let required = whole.remove("required");
        let required: Vec<_> = required
            .iter()
            .filter_map(Value::as_array)
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let Some(Value::Object(properties)) = whole.remove("properties") else {
            return Ok(Vec::new());
        };
        let parameters = properties.into_iter().map(|(name, schema)| {
            let required = required.contains(&name.as_str());
            self.parameter(&name, schema, required)
                .map_err(|reason| DefinitionError {
                    property: Some(name),
                    ..self.error(reason)
                })
        });
        parameters.collect()
    }

    /// The reason of an error continues after the name of the property.
    fn parameter(
        &self,
        name: &str,
        schema: Value,
        required: bool,
    ) -> Result<DynamicParameter, Cow<'static, str>> {
        let mut schema = match schema {
            Value::Object(schema) => schema,
            // Anything.
            _ => Map::new(),
        };
        let wanted = schema.remove(X_LOCATION);
        if !required {
            without_null(&mut schema);
        }
        let location = self.location(name, wanted.as_ref())?;
        if refers(&schema) {
            return Err("has a recursive type, which a parameter's schema cannot refer to".into());
        }
        if location != ParameterLocation::Body && !is_scalar(&schema) {
            return Err(format!(
                "is in the {}, which can hold a string, a number or a boolean; only the body can hold more",
                word(&location)
            )
            .into());
        }
        match location {
            ParameterLocation::Path if !required => {
                return Err("is in the path and may be missing; make it required".into());
            }
            ParameterLocation::Header if HeaderName::try_from(name).is_err() => {
                return Err("is in a header, and is not a valid name of one".into());
            }
            _ => {}
        }
        Ok(DynamicParameter::new()
            .name(name)
            .location(location)
            .schema(schema)
            .required(required))
    }

    fn location(
        &self,
        name: &str,
        wanted: Option<&Value>,
    ) -> Result<ParameterLocation, Cow<'static, str>> {
        let wanted = match wanted {
            None => None,
            Some(wanted) => {
                Some(match wanted.as_str() {
                    Some("query") => ParameterLocation::Query,
                    Some("path") => ParameterLocation::Path,
                    Some("header") => ParameterLocation::Header,
                    Some("body") => ParameterLocation::Body,
                    _ => {
                        return Err("has an `x-location` that is none of `query`, `path`, `header` and `body`".into());
                    }
                })
            }
        };
        let Some((method, url)) = self.http else {
            return match wanted {
                None | Some(ParameterLocation::Body) => Ok(ParameterLocation::Body),
                Some(other) => Err(format!(
                    "is in the {}, and only HTTP tools have parameters outside the body",
                    word(&other)
                )
                .into()),
            };
        };
        let in_path = url.contains(&format!("{{{name}}}"));
        match wanted {
            Some(ParameterLocation::Path) if !in_path => {
                Err(format!("is in the path, and the URL does not have `{{{name}}}`").into())
            }
            Some(other) if in_path && other != ParameterLocation::Path => Err(format!(
                "is in the {} by its `x-location`, and in the path by the URL",
                word(&other)
            )
            .into()),
            Some(wanted) => Ok(wanted),
            None if in_path => Ok(ParameterLocation::Path),
            None if [Method::GET, Method::HEAD, Method::DELETE].contains(method) => {
                Ok(ParameterLocation::Query)
            }
            None => Ok(ParameterLocation::Body),
        }
    }

    fn error(&self, reason: impl Into<Cow<'static, str>>) -> DefinitionError {
        DefinitionError {
            tool: self.tool.to_owned(),
            property: None,
            reason: reason.into(),
        }
    }
}

fn word(location: &ParameterLocation) -> &'static str {
    match location {
        ParameterLocation::Query => "query",
        ParameterLocation::Path => "path",
        ParameterLocation::Header => "header",
        _ => "body",
    }
}

/// Removes null from what an `Option` can be: a parameter that is not required is left out instead.
fn without_null(schema: &mut Map<String, Value>) {
    let null = Value::from("null");
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|ty| *ty != null);
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    if let Some(Value::Array(of)) = schema.get_mut("anyOf") {
        of.retain(|schema| schema.get("type") != Some(&null));
        if of.len() == 1
            && let Some(Value::Object(only)) = of.pop()
        {
            schema.remove("anyOf");
            for (key, value) in only {
                // The keywords of the field have precedence over those of its type.
                schema.entry(key).or_insert(value);
            }
        }
    }
}

/// Whether something in it refers to another schema. Only a recursive type does.
fn refers(schema: &Map<String, Value>) -> bool {
    schema.iter().any(|(key, value)| match value {
        Value::String(_) => key == "$ref",
        Value::Object(object) => refers(object),
        Value::Array(items) => items.iter().filter_map(Value::as_object).any(refers),
        _ => false,
    })
}

/// Whether all of its values are texts, numbers or booleans.
fn is_scalar(schema: &Map<String, Value>) -> bool {
    let scalar = |ty: &Value| {
        matches!(
            ty.as_str(),
            Some("string" | "integer" | "number" | "boolean")
        )
    };
    match schema.get("type") {
        Some(Value::Array(types)) => return !types.is_empty() && types.iter().all(scalar),
        Some(ty) => return scalar(ty),
        None => {}
    }
    let plain = |value: &Value| !(value.is_array() || value.is_object() || value.is_null());
    if let Some(value) = schema.get("const") {
        return plain(value);
    }
    if let Some(Value::Array(values)) = schema.get("enum") {
        return values.iter().all(plain);
    }
    ["oneOf", "anyOf"].iter().any(|key| {
        let branches = schema.get(*key).and_then(Value::as_array);
        branches.is_some_and(|branches| {
            branches
                .iter()
                .all(|branch| branch.as_object().is_some_and(is_scalar))
        })
    })
}
