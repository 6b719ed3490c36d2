//! What `tests/conformance` needs to know of the client: how to call each operation with values that
//! arrive as JSON, and which types a schema of the document became.
//!
//! It is one call of a macro. What the macro makes of it, and all judgement, is the tests' part.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;

use super::operations::required;
use super::samples::Sample;
use crate::ir::{Answer, Api, Body, Operation, Shape};
use crate::lower::schema::{SCHEMA_NOTE, components};

/// The macro call, one operation, schema or type with a sample a line.
pub fn tables(document: &Value, api: &Api, samples: &[Sample]) -> String {
    let mut operations = String::new();
    for operation in &api.operations {
        match &operation.body {
            Some(Body::JsonOrForm(json, form)) => {
                self::json(operation, Some(json), api, &mut operations);
                let id = format!("{}_upload", operation.id);
                self::form(operation, &id, "upload", form, &mut operations);
            }
            Some(Body::Form(form)) => {
                self::form(
                    operation,
                    &operation.id,
                    &operation.method,
                    form,
                    &mut operations,
                );
            }
            Some(Body::Json(json)) => self::json(operation, Some(json), api, &mut operations),
            None => self::json(operation, None, api, &mut operations),
        }
    }
    let schemas = schemas(document, api).concat();
    let samples: String = samples.iter().map(|s| format!("{};\n", s.name)).collect();
    format!(
        "tables! {{\noperations {{\n{operations}}}\nschemas {{\n{schemas}}}\nsamples {{\n{samples}}}\n}}\n"
    )
}

fn kind(operation: &Operation) -> &'static str {
    match operation.answer {
        Answer::Nothing => "nothing",
        Answer::Bytes => "bytes",
        Answer::Value(_) => "json",
    }
}

fn way(operation: &Operation) -> String {
    operation
        .handles
        .iter()
        .map(|name| format!("{name} "))
        .collect()
}

/// Types of the crate, from outside of it.
fn outside(ty: &str) -> String {
    ty.replace("crate::", "ultravox::")
}

/// `"agents_calls_create" json [agents calls] create (agent_id) { throttle: String } body T (name);`
fn json(operation: &Operation, body: Option<&String>, api: &Api, text: &mut String) {
    let (required_arguments, optional) = arguments(operation);
    let body = match body {
        None => String::new(),
        Some(ty) => match required(ty, api) {
            Some(fields) => {
                let fields: String = fields.iter().map(|f| format!("{} ", f.name)).collect();
                format!("body {} ({fields})", outside(ty))
            }
            None => format!("whole {}", outside(ty)),
        },
    };
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "{:?} {} [{}] {} ({required_arguments}) {{{optional}}} {body};",
        operation.id,
        kind(operation),
        way(operation),
        operation.method,
    );
}

/// The arguments of the method, and those that are set on the call.
fn arguments(operation: &Operation) -> (String, String) {
    let template = crate::lower::parameters::template(&operation.path);
    let mut required: Vec<_> = operation.arguments.iter().filter(|a| a.required).collect();
    required.sort_by_key(|argument| {
        let position = template.iter().position(|name| *name == argument.wire);
        (argument.place != "path", position)
    });
    let list = |of: &mut dyn Iterator<Item = &crate::ir::Argument>| {
        of.map(|argument| {
            format!(
                "{} {:?} {}, ",
                argument.name,
                argument.wire,
                outside(&argument.ty)
            )
        })
        .collect::<String>()
    };
    (
        list(&mut required.into_iter()),
        list(&mut operation.arguments.iter().filter(|a| !a.required)),
    )
}

fn form(
    operation: &Operation,
    id: &str,
    method: &str,
    form: &[crate::ir::FormField],
    text: &mut String,
) {
    let (required, optional) = arguments(operation);
    let field = |field: &crate::ir::FormField| {
        let kind = match (&field.shape, field.ty.as_str()) {
            (Shape::List(_), _) => "files".to_owned(),
            (_, "crate::Upload") => "file".to_owned(),
            (_, ty) => format!("of {ty}"),
        };
        format!("{} {:?} {kind}, ", field.name, field.wire)
    };
    let needed: String = form.iter().filter(|f| f.required).map(field).collect();
    let others: String = form.iter().filter(|f| !f.required).map(field).collect();
    let _ = writeln!(
        text,
        "{id:?} {} [{}] {method} ({required}) {{{optional}}} form ({needed}) {{{others}}};",
        kind(operation),
        way(operation),
    );
}

/// `"ultravox.v1.Agent" ultravox::types::Agent, ultravox::types::AgentRequest;` with the type that is
/// received, and the one that is sent.
fn schemas(document: &Value, api: &Api) -> Vec<String> {
    let mut received: BTreeMap<String, String> = BTreeMap::new();
    let mut sent: BTreeMap<String, String> = BTreeMap::new();
    for (key, schema) in components(document) {
        let Some(path) = rust_type(&key, &schema, api) else {
            continue;
        };
        // What is no schema of the published document has no note.
        let names = match &schema[SCHEMA_NOTE] {
            Value::Array(names) => names.clone(),
            one => vec![one.clone()],
        };
        for name in names.iter().filter_map(Value::as_str).map(str::to_owned) {
            match schema.get("x-ultravox-received-as") {
                Some(_) => sent.insert(name, path.clone()),
                None => received.insert(name, path.clone()),
            };
        }
    }
    let both = received
        .keys()
        .chain(sent.keys().filter(|name| !received.contains_key(*name)));
    let mut lines: Vec<_> = both
        .filter_map(|name| {
            let received = received.get(name).or_else(|| sent.get(name))?;
            let sent = sent.get(name).unwrap_or(received);
            Some(format!("{name:?} {received}, {sent};\n"))
        })
        .collect();
    lines.sort();
    lines
}

fn rust_type(key: &str, schema: &Value, api: &Api) -> Option<String> {
    if api.types.contains_key(key) || api.enums.iter().any(|of| of.name == key) {
        return Some(format!("ultravox::types::{key}"));
    }
    match schema.pointer("/x-rust-type/path").and_then(Value::as_str) {
        Some(path) => Some(path.to_owned()),
        None => only_null(schema).then(|| "crate::Null".to_owned()),
    }
}

/// Such a schema has no type: it makes an `Option` of another one.
fn only_null(schema: &Value) -> bool {
    schema["enum"]
        .as_array()
        .is_some_and(|values| values.iter().all(Value::is_null))
}
