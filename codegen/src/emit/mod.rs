//! From the IR to the code beside progenitor's: calls of macros in the client's `src/`, which
//! contain the logic. The emitted code is data, with one operation, type or field per line.

mod conformance;
mod constructors;
mod conversions;
mod items;
mod names;
mod operations;
mod samples;
mod types;
mod unions;

use std::fmt::Write;

use crate::document::Service;
use crate::ir::{Api, Presence, Shape};

pub use conformance::tables;
pub use items::items;
pub use names::check_names;
pub use operations::{handles, index, operations};
pub use samples::samples;
pub use types::types;

/// The number of required fields from which a body is a single argument.
const WHOLE_BODY: usize = 3;

/// The base URL of the service, and the header for the key.
pub fn service(api: &Api) -> String {
    let Service {
        base_url,
        api_key_header,
    } = &api.service;
    format!(
        "/// Where requests go unless [`ClientBuilder::base_url`](crate::ClientBuilder::base_url) says \
         otherwise: the server of the document.\n\
         pub const DEFAULT_BASE_URL: &str = {base_url:?};\n\
         pub(crate) const API_KEY_HEADER: &str = {api_key_header:?};\n"
    )
}

/// The argument of a setter, in the terms of the macros.
fn takes(shape: &Shape, ty: &str) -> String {
    match shape {
        Shape::Text => "[text]".to_owned(),
        Shape::Json => "[json]".to_owned(),
        Shape::List(item) => format!("[list {item}]"),
        Shape::Map(value) => format!("[map {value}]"),
        Shape::Exact => format!("[exact {ty}]"),
        Shape::Plain => format!("[into {ty}]"),
    }
}

/// How a setter stores the value in the field: `some`, `boxed some`, `set(clear_name)`, `others`.
fn holds(presence: Presence, boxed: bool, name: &str) -> String {
    let value = match presence {
        Presence::Required => "plain".to_owned(),
        Presence::Nullable | Presence::Optional => "some".to_owned(),
        Presence::Patch => format!("set(clear_{})", name.trim_start_matches("r#")),
        Presence::Others => "others".to_owned(),
    };
    match boxed {
        true => format!("boxed {value}"),
        false => value,
    }
}

/// The documentation of a setter, with the name in JSON.
fn setter_docs(docs: &str, wire: &str) -> String {
    if wire.is_empty() {
        return "Sets a property that the schema does not name.".to_owned();
    }
    let gap = if docs.is_empty() { "" } else { "\n\n" };
    format!("{docs}{gap}In JSON: `{wire}`.")
}

/// Attributes in front of an item.
fn attributes(docs: &str, deprecated: bool) -> String {
    let mut text = format!("#[doc = {docs:?}] ");
    if deprecated {
        text += "#[deprecated] ";
    }
    text
}

/// The limits of the IR as a list of `Limit`s.
fn limits(limits: &serde_json::Value) -> String {
    let mut text = String::new();
    for (key, value) in limits.as_object().into_iter().flatten() {
        let exclusive = |key: &str| limits[key] == true;
        let limit = match key.as_str() {
            "minLength" => format!("MinLength({value})"),
            "maxLength" => format!("MaxLength({value})"),
            "minItems" | "minProperties" => format!("MinItems({value})"),
            "maxItems" | "maxProperties" => format!("MaxItems({value})"),
            "minimum" if exclusive("exclusiveMinimum") => format!("MoreThan({})", number(value)),
            "maximum" if exclusive("exclusiveMaximum") => format!("LessThan({})", number(value)),
            "minimum" => format!("Minimum({})", number(value)),
            "maximum" => format!("Maximum({})", number(value)),
            "multipleOf" => format!("MultipleOf({})", number(value)),
            "type" => "Object".to_owned(),
            "each" => format!("Each(&[{}])", self::limits(value)),
            // Only the server checks patterns.
            _ => continue,
        };
        // Writing to a string cannot fail.
        let _ = write!(text, "{limit}, ");
    }
    text.trim_end_matches(", ").to_owned()
}

fn number(value: &serde_json::Value) -> String {
    match value.as_i64() {
        Some(integer) => format!("Number::Integer({integer})"),
        None => format!("Number::Float({:?})", value.as_f64().unwrap_or_default()),
    }
}
