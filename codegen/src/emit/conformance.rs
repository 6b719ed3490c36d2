//! Emits what `tests/conformance` needs to know: how to call each operation with values from JSON, and
//! which types belong to a schema of the document.
//!
//! The output is one call of a macro. The tests define the macro, and do all checks.

use std::collections::BTreeMap;

use serde_json::Value;

use super::holds;
use super::operations::{free, has_setter, required, required_arguments, setter_of};
use super::samples::Sample;
use crate::ir::{Answer, Api, Argument, Body, Field, FormField, Operation, Shape, Union};
use crate::lower::schema::{X_SCHEMA, components};

/// The macro call, with one operation, schema or type with a sample per line.
pub fn tables(document: &Value, api: &Api, samples: &[Sample]) -> String {
    let mut operations = String::new();
    for operation in &api.operations {
        let (id, method) = (&operation.id, operation.method.as_str());
        let mut add = |id: &str, method, body: &str| {
            operations += &call(operation, id, method, body);
        };
        match &operation.body {
            None => add(id, method, "none {}"),
            Some(Body::Json(ty)) => add(id, method, &json(operation, ty, api)),
            Some(Body::Form(fields)) => add(id, method, &form(fields)),
            Some(Body::JsonOrForm(ty, fields)) => {
                add(id, method, &json(operation, ty, api));
                add(&format!("{id}_upload"), "upload", &form(fields));
            }
        }
    }
    let schemas = schemas(document, api).concat();
    let samples: String = samples.iter().map(|s| format!("{};\n", s.name)).collect();
    format!(
        "tables! {{\noperations {{\n{operations}}}\nschemas {{\n{schemas}}}\nsamples {{\n{samples}}}\n}}\n"
    )
}

/// The path of generated types from outside the crate.
fn outside(ty: &str) -> String {
    ty.replace("crate::", "ultravox::")
}

/// How an operation is called: its id, what it returns, its handles, its method, the arguments of the
/// method, the setters of the other parameters, and the body.
///
/// `"calls_list" json [calls] list () { search "search" String, } none {};`
fn call(operation: &Operation, id: &str, method: &str, body: &str) -> String {
    let kind = match operation.answer {
        Answer::Nothing => "nothing",
        Answer::Bytes => "bytes",
        Answer::Value(_) => "json",
    };
    let handles = operation.handles.join(" ");
    let argument = |name: &str, argument: &Argument| {
        format!("{name} {:?} {}, ", argument.wire, outside(&argument.ty))
    };
    let required: String = required_arguments(operation)
        .map(|required| argument(&required.name, required))
        .collect();
    let optional: String = operation
        .arguments
        .iter()
        .filter(|argument| !argument.required)
        .map(|optional| argument(&setter_of(optional), optional))
        .collect();
    format!("{id:?} {kind} [{handles}] {method} ({required}) {{ {optional}}} {body};\n")
}

/// `body { T | fields (name,) setters { name plain, note some, } hidden () }` if the required
/// fields of the body are arguments, or else `body { T | whole setters {} hidden () }`. Hidden
/// fields have no setter.
fn json(operation: &Operation, ty: &str, api: &Api) -> String {
    let arguments = match required(ty, api) {
        Some(fields) => {
            let held = |field: &&Field| if field.boxed { "boxed" } else { "bare" };
            let fields: String = fields
                .iter()
                .map(|field| format!("{} {}, ", field.name, held(field)))
                .collect();
            format!("fields ({fields})")
        }
        None => "whole".to_owned(),
    };
    let all = api.fields(ty).unwrap_or_default().iter();
    let (settable, hidden): (Vec<_>, Vec<_>) =
        all.partition(|field| has_setter(operation, &field.name));
    let setters: String = settable
        .iter()
        .map(|field| {
            let holds = holds(field.presence, field.boxed, &field.name);
            format!("{} {holds}, ", field.name)
        })
        .collect();
    let hidden: String = hidden.iter().map(|f| format!("{}, ", f.name)).collect();
    format!(
        "body {{ {} | {arguments} setters {{ {setters}}} hidden ({hidden}) }}",
        outside(ty)
    )
}

/// `form { (file "file" file,) { note "note" of (String), } }`
fn form(fields: &[FormField]) -> String {
    let list = |required: bool| -> String {
        fields
            .iter()
            .filter(|field| field.required == required)
            .map(|field| {
                let (setter, kind) = match (&field.shape, field.ty.as_str()) {
                    (Shape::List(_), _) => (&field.name, "files".to_owned()),
                    (_, "crate::Upload") => (&field.name, "file".to_owned()),
                    (_, ty) => (&field.name, format!("of ({ty})")),
                };
                let setter = match required {
                    true => setter.clone(),
                    false => free(setter, "form"),
                };
                format!("{setter} {:?} {kind}, ", field.wire)
            })
            .collect()
    };
    format!("form {{ ({}) {{ {}}} }}", list(true), list(false))
}

/// `"ultravox.v1.Agent" ultravox::types::Agent, ultravox::types::AgentRequest;`: the types that are
/// received and sent.
fn schemas(document: &Value, api: &Api) -> Vec<String> {
    let mut received: BTreeMap<String, String> = BTreeMap::new();
    let mut sent: BTreeMap<String, String> = BTreeMap::new();
    for (key, schema) in components(document) {
        let Some(path) = rust_type(&key, &schema, api) else {
            continue;
        };
        // A schema that is not in the published document does not have the extension.
        let names = match &schema[X_SCHEMA] {
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
    // A variant has its tag in the enum.
    let is_variant = |union: &&Union| {
        let mut variants = union.variants.iter();
        variants.any(|variant| variant.ty == key && !variant.has_tag)
    };
    if let Some(union) = api.unions.iter().find(is_variant) {
        return Some(format!("ultravox::types::{}", union.name));
    }
    if api.types.contains_key(key) || api.enums.iter().any(|of| of.name == key) {
        return Some(format!("ultravox::types::{key}"));
    }
    match schema.pointer("/x-rust-type/path").and_then(Value::as_str) {
        Some(path) => Some(path.to_owned()),
        None => only_null(schema).then(|| "crate::Null".to_owned()),
    }
}

/// Whether a schema allows only null. It has no type: it makes an `Option` of another one.
fn only_null(schema: &Value) -> bool {
    schema["enum"]
        .as_array()
        .is_some_and(|values| values.iter().all(Value::is_null))
}
