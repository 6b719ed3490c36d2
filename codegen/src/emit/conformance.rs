//! Emits what `tests/conformance` needs to know: how to call each operation with values from JSON, and
//! which types belong to a schema of the document.
//!
//! The output is one call of a macro. The tests define the macro, and do all checks.

use super::holds;
use super::operations::{free, has_setter, required, required_arguments, setter_of};
use crate::ir::{Answer, Api, Argument, Body, Field, FormField, Operation, Schema, Shape};

/// The macro call, with one operation, schema or type with a sample per line.
pub fn tables(api: &Api) -> String {
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
    let schemas: String = api.schemas.iter().map(schema).collect();
    let samples = api.samples.iter();
    let samples: String = samples.map(|s| format!("{};\n", s.name)).collect();
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
fn schema(schema: &Schema) -> String {
    let Schema {
        name,
        received,
        sent,
    } = schema;
    format!("{name:?} {received}, {sent};\n")
}
