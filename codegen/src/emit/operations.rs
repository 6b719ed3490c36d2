//! The operations: the handles that lead to them, and their calls.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::types::{in_order, is_limited, limited, setters};
use super::{WHOLE_BODY, attributes, limits, setter_docs, takes};
use crate::ir::{
    Answer, Api, Argument, Body, Field, FormField, Lend, Operation, Presence, Shape, TYPES,
};
use crate::idents;

/// What a call has as methods already.
pub const TAKEN: [&str; 11] = [
    "body", "clone", "header", "into_future", "location", "maybe", "pages", "retries", "send",
    "stream", "timeout",
];

/// A call of a macro for each handle and each operation.
pub fn operations(api: &Api) -> String {
    let mut text = String::new();
    let limited = limited(api);
    handles(api, &mut text);
    for operation in &api.operations {
        match &operation.body {
            Some(Body::JsonOrForm(json, form)) => {
                json_call(operation, api, Some((json, true)), &limited, &mut text);
                form_call(operation, form, &upload_of(operation), &limited, &mut text);
            }
            Some(Body::Form(form)) => {
                form_call(operation, form, &operation.call, &limited, &mut text);
            }
            Some(Body::Json(json)) => {
                json_call(operation, api, Some((json, false)), &limited, &mut text);
            }
            None => json_call(operation, api, None, &limited, &mut text),
        }
    }
    text
}

/// The type of the calls that upload, where others send JSON.
pub fn upload_of(operation: &Operation) -> String {
    format!("{}Upload", operation.call)
}

/// A handle: what it leads to, and its operations.
#[derive(Default)]
struct Handle<'a> {
    below: BTreeSet<&'a str>,
    operations: Vec<&'a Operation>,
}

fn handles(api: &Api, text: &mut String) {
    let mut handles: BTreeMap<&[String], Handle<'_>> = BTreeMap::new();
    for operation in &api.operations {
        let path = operation.handles.as_slice();
        handles.entry(path).or_default().operations.push(operation);
        for end in 0..path.len() {
            let above = handles.entry(&path[..end]).or_default();
            above.below.insert(&path[end]);
        }
    }
    for (path, handle) in &handles {
        let mut below = String::new();
        for name in &handle.below {
            let child: Vec<String> = path.iter().cloned().chain([(*name).to_owned()]).collect();
            let docs = attributes(&docs_of_handle(&child, api), false);
            // Writing to a string cannot fail.
            let _ = writeln!(below, "    {docs}{name} {};", type_of(&child));
        }
        let mut methods = String::new();
        let mut operations = handle.operations.clone();
        operations.sort_by_key(|operation| &operation.method);
        for operation in operations {
            methods += &methods_of(operation, api);
        }
        let opening = match path.is_empty() {
            true => "client!".to_owned(),
            false => {
                let docs = attributes(&docs_of_type(path, api), false);
                format!("handle! {{ {docs}{}", type_of(path))
            }
        };
        let opening = match path.is_empty() {
            true => format!("{opening} {{"),
            false => opening,
        };
        let _ = writeln!(text, "{opening} handles {{\n{below}}} operations {{\n{methods}}} }}");
    }
}

fn type_of(path: &[String]) -> String {
    idents::type_name(&path.join("_"))
}

/// What a handle leads to, and the feature that it needs.
fn docs_of_handle(path: &[String], api: &Api) -> String {
    let below = |operation: &&Operation| operation.handles.starts_with(path);
    let operations: Vec<_> = api.operations.iter().filter(below).collect();
    let areas: BTreeSet<&str> = operations
        .iter()
        .flat_map(|operation| operation.areas.iter().map(String::as_str))
        .collect();
    let count = match operations.len() {
        1 => "1 operation".to_owned(),
        count => format!("{count} operations"),
    };
    let features: Vec<_> = areas
        .iter()
        .filter(|area| crate::AREAS.contains(area))
        .map(|area| format!("`{}`", area.replace('_', "-")))
        .collect();
    let needs = match features.as_slice() {
        [] => String::new(),
        [one] => format!(" Needs the feature {one}."),
        several => format!(" Need one of the features {}.", several.join(", ")),
    };
    let what = path.last().map_or(String::new(), |name| name.replace('_', " "));
    format!("The handle for {what}: {count}.{needs}")
}

fn docs_of_type(path: &[String], api: &Api) -> String {
    let way: String = path.iter().map(|name| format!(".{name}()")).collect();
    format!("{} Made by `client{way}`.", docs_of_handle(path, api))
}

/// The required fields of the body, if they are arguments of their own.
pub fn required<'a>(body: &str, api: &'a Api) -> Option<Vec<&'a Field>> {
    let fields = api.fields(body)?;
    let required = in_order(
        fields
            .iter()
            .filter(|field| field.presence == Presence::Required),
    );
    (required.len() < WHOLE_BODY).then_some(required)
}

fn methods_of(operation: &Operation, api: &Api) -> String {
    let mut arguments = String::new();
    for argument in required_arguments(operation) {
        let _ = write!(arguments, "{}: {}, ", argument.name, taken(argument));
    }
    let json = |json: &str| {
        let body = match required(json, api) {
            Some(fields) => {
                let fields: String = fields
                    .iter()
                    .map(|field| format!("{}: {}, ", field.name, takes(&field.shape, &field.ty)))
                    .collect();
                format!("body {json} ({fields})")
            }
            None => format!("whole {json}"),
        };
        line(operation, &operation.method, &operation.call, &arguments, &body)
    };
    let form = |form: &[FormField], method: &str, call: &str| {
        let mut arguments = arguments.clone();
        for field in form.iter().filter(|field| field.required) {
            let _ = write!(arguments, "{}: {}, ", field.name, takes(&field.shape, &field.ty));
        }
        line(operation, method, call, &arguments, "")
    };
    match &operation.body {
        None => line(operation, &operation.method, &operation.call, &arguments, ""),
        Some(Body::Json(body)) => json(body),
        Some(Body::Form(fields)) => form(fields, &operation.method, &operation.call),
        Some(Body::JsonOrForm(body, fields)) => {
            json(body) + &form(fields, "upload", &upload_of(operation))
        }
    }
}

fn line(operation: &Operation, method: &str, call: &str, arguments: &str, body: &str) -> String {
    let docs = attributes(&docs(operation), operation.deprecated);
    format!("    {docs}{method} {call} ({arguments}) {body};\n")
}

/// What an operation does, what it needs, and how it fails.
fn docs(operation: &Operation) -> String {
    let mut text = operation.docs.clone();
    let gap = if text.is_empty() { "" } else { "\n\n" };
    let _ = write!(text, "{gap}Sends `{} {}`.", operation.verb, operation.path);
    let described: Vec<_> = required_arguments(operation)
        .filter(|argument| !argument.docs.is_empty())
        .map(|argument| format!("- `{}`: {}", argument.name, argument.docs.replace('\n', "\n  ")))
        .collect();
    if !described.is_empty() {
        let _ = write!(text, "\n\n{}", described.join("\n"));
    }
    if !operation.errors.is_empty() {
        let errors = operation.errors.join("\n");
        let _ = write!(text, "\n\n# Errors\n\nDocumented are:\n\n{errors}");
    }
    if let Some(url) = &operation.url {
        let _ = write!(text, "\n\nUpstream: <{url}>");
    }
    text
}

fn required_arguments(operation: &Operation) -> impl Iterator<Item = &Argument> {
    let required = operation.arguments.iter().filter(|argument| argument.required);
    let in_path = |argument: &&Argument| argument.place == "path";
    // In the order of the path, which is not that of progenitor's method.
    let mut required: Vec<_> = required.collect();
    let template = crate::lower::parameters::template(&operation.path);
    required.sort_by_key(|argument| {
        let position = template.iter().position(|name| *name == argument.wire);
        (!in_path(argument), position)
    });
    required.into_iter()
}

/// What a required argument takes: an id whatever spells one.
fn taken(argument: &Argument) -> String {
    match (argument.place.as_str(), argument.ty.as_str()) {
        ("path", "::uuid::Uuid") => "[id]".to_owned(),
        ("path", "String") => "[name]".to_owned(),
        _ => takes(&argument.shape, &argument.ty),
    }
}

/// The head of an `operation!`: up to the fields of the call.
fn head(operation: &Operation, call: &str, clone: bool) -> String {
    let (answer, output) = match &operation.answer {
        Answer::Nothing => ("nothing", "()"),
        Answer::Bytes => ("bytes", "crate::ByteStream"),
        Answer::Value(ty) => ("value", ty.as_str()),
    };
    let way: String = operation.handles.iter().map(|name| format!(".{name}()")).collect();
    let docs = format!(
        "A call of `{}`, made by `client{way}.{}(…)`. `.await` gives the value; [`send`](Self::send) \
         gives it with status and headers.",
        operation.id, operation.method
    );
    let derive = if clone { "#[derive(Clone)] " } else { "" };
    format!(
        "operation! {{ {}{derive}{call} {} {:?} {answer} {output};\n",
        attributes(&docs, operation.deprecated),
        operation.function,
        operation.id,
    )
}

/// The fields of the call for its parameters: name, how it is made ready, and type.
fn state(operation: &Operation) -> String {
    let mut text = String::new();
    for argument in &operation.arguments {
        let (kind, ty) = match taken(argument).as_str() {
            "[id]" if argument.required => ("id", "crate::id::Id".to_owned()),
            _ if argument.required => ("as_is", argument.ty.clone()),
            _ => ("as_is", format!("Option<{}>", argument.ty)),
        };
        let _ = write!(text, "{} {kind} {ty}, ", argument.name);
    }
    text
}

/// What the generated client's method is handed.
fn passed(operation: &Operation) -> Vec<String> {
    let lend = |argument: &Argument| {
        let name = &argument.name;
        match argument.lend {
            Lend::Copy | Lend::OptionCopy => name.clone(),
            Lend::Ref | Lend::Str => format!("&{name}"),
            Lend::OptionRef => format!("{name}.as_ref()"),
            Lend::OptionStr => format!("{name}.as_deref()"),
        }
    };
    operation.arguments.iter().map(lend).collect()
}

fn checks(operation: &Operation, limited: &BTreeSet<String>) -> String {
    let mut text = String::new();
    for argument in &operation.arguments {
        if is_limited(&argument.ty, &argument.limits, limited) {
            let limits = limits(&argument.limits);
            let _ = write!(text, "{} {:?} [{limits}]; ", argument.name, argument.wire);
        }
    }
    text
}

/// The setters of optional parameters.
fn argument_setters(operation: &Operation, taken: &BTreeSet<String>, text: &mut String) {
    for argument in operation.arguments.iter().filter(|argument| !argument.required) {
        let docs = setter_docs(&argument.docs, &argument.wire).replace("In JSON:", "In the query:");
        let docs = attributes(&docs, argument.deprecated);
        let setter = free(&argument.name, "query", taken);
        let _ = writeln!(
            text,
            "    {docs}{setter} => {} some {};",
            argument.name,
            takes(&argument.shape, &argument.ty)
        );
    }
}

/// The name of a setter, with where it belongs if a call has a method of that name already.
fn free(name: &str, place: &str, taken: &BTreeSet<String>) -> String {
    match TAKEN.contains(&name) || taken.contains(name) {
        true => format!("{}_{place}", name.trim_start_matches("r#")),
        false => name.to_owned(),
    }
}

fn json_call(
    operation: &Operation,
    api: &Api,
    body: Option<(&str, bool)>,
    limited: &BTreeSet<String>,
    text: &mut String,
) {
    *text += &head(operation, &operation.call, true);
    let mut state = state(operation);
    let mut checks = checks(operation, limited);
    let mut passed = passed(operation);
    if let Some((ty, raw)) = body {
        let _ = write!(state, "body as_is {ty}, ");
        if is_limited(ty, &serde_json::Value::Null, limited) {
            checks += "body \"\" []; ";
        }
        passed.push(if raw { "@json body" } else { "&body" }.to_owned());
    }
    let constructor: String = required_arguments(operation)
        .map(|argument| format!("{}, ", argument.name))
        .collect();
    let constructor = constructor + if body.is_some() { "body, " } else { "" };
    let optional: String = operation
        .arguments
        .iter()
        .filter(|argument| !argument.required)
        .map(|argument| format!("{}, ", argument.name))
        .collect();
    let _ = writeln!(
        text,
        "  state {{ {state}}} new({constructor}) others({optional})\n  checks {{ {checks}}}\n  pass({})",
        passed.join(", ")
    );
    *text += "  setters {\n";
    argument_setters(operation, &BTreeSet::new(), text);
    *text += "  }\n";
    if let Some((ty, _)) = body {
        let names = operation.arguments.iter().map(|argument| argument.name.clone());
        let taken: BTreeSet<String> = names.collect();
        let fields: Vec<Field> = api.fields(ty).unwrap_or_default().to_vec();
        let (own, clashing): (Vec<_>, Vec<_>) = fields
            .into_iter()
            .partition(|field| free(&field.name, "body", &taken) == field.name);
        let _ = writeln!(text, "  body {ty} {{");
        setters(&own, text);
        *text += "  }\n";
        // What a call has a method for already is set with the whole body.
        debug_assert!(clashing.iter().all(|field| field.presence != Presence::Patch));
    }
    if let Some(page) = &operation.page {
        let _ = writeln!(text, "  page {}{}", TYPES, page.ty);
    }
    if operation.redirects {
        *text += "  location\n";
    }
    if let Some(accept) = &operation.accept {
        let _ = writeln!(text, "  accept {accept:?}");
    }
    *text += "}\n";
}

fn form_call(
    operation: &Operation,
    form: &[FormField],
    call: &str,
    limited: &BTreeSet<String>,
    text: &mut String,
) {
    *text += &head(operation, call, false);
    let mut state = state(operation);
    let mut fields = String::new();
    for field in form {
        let ty = match field.required {
            true => field.ty.clone(),
            false => format!("Option<{}>", field.ty),
        };
        let _ = write!(state, "{} as_is {ty}, ", field.name);
        let media_type = match &field.media_type {
            Some(media_type) => format!("Some({media_type:?})"),
            None => "None".to_owned(),
        };
        let is_file = field.ty == "crate::Upload" || field.shape == Shape::List("crate::Upload".to_owned());
        let kind = if is_file { "files" } else { "field" };
        let _ = write!(fields, "{kind} {} {:?} {media_type}; ", field.name, field.wire);
    }
    let required = |field: &&FormField| field.required;
    let constructor: String = required_arguments(operation)
        .map(|argument| &argument.name)
        .chain(form.iter().filter(required).map(|field| &field.name))
        .map(|name| format!("{name}, "))
        .collect();
    let optional: String = operation
        .arguments
        .iter()
        .filter(|argument| !argument.required)
        .map(|argument| &argument.name)
        .chain(form.iter().filter(|field| !field.required).map(|field| &field.name))
        .map(|name| format!("{name}, "))
        .collect();
    let mut passed = passed(operation);
    passed.push(format!("@form {{ {fields}}}"));
    let _ = writeln!(
        text,
        "  state {{ {state}}} new({constructor}) others({optional})\n  checks {{ {}}}\n  pass({})",
        checks(operation, limited),
        passed.join(", ")
    );
    *text += "  setters {\n";
    argument_setters(operation, &BTreeSet::new(), text);
    for field in form.iter().filter(|field| !field.required) {
        let docs = setter_docs(&field.docs, &field.wire).replace("In JSON:", "In the form:");
        let docs = attributes(&docs, false);
        let setter = free(&field.name, "form", &BTreeSet::new());
        let _ = writeln!(
            text,
            "    {docs}{setter} => {} some {};",
            field.name,
            takes(&field.shape, &field.ty)
        );
    }
    *text += "  }\n}\n";
}
