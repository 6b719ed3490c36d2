//! Emits the handles and the calls of operations.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::types::{in_order, is_limited, limited, setters};
use super::{WHOLE_BODY, attributes, limits, setter_docs, takes};
use crate::idents;
use crate::ir::{
    Answer, Api, Argument, Body, Field, FormField, Lend, Operation, Presence, Shape, TYPES,
};

/// Methods that every call has already.
pub const TAKEN: [&str; 14] = [
    "body",
    "call",
    "clone",
    "extra",
    "header",
    "into_future",
    "location",
    "maybe",
    "of",
    "pages",
    "retries",
    "send",
    "stream",
    "timeout",
];

/// A call of a macro for each operation.
pub fn operations(api: &Api) -> String {
    let mut text = String::new();
    let limited = limited(api);
    for operation in &api.operations {
        match &operation.body {
            Some(Body::JsonOrForm(json, form)) => {
                text += &json_call(operation, api, Some((json, true)), &limited);
                text += &form_call(operation, form, &upload_type(operation), &limited);
            }
            Some(Body::Form(form)) => {
                text += &form_call(operation, form, &operation.call, &limited);
            }
            Some(Body::Json(json)) => {
                text += &json_call(operation, api, Some((json, false)), &limited);
            }
            None => text += &json_call(operation, api, None, &limited),
        }
    }
    text
}

/// The method that uploads, if the method of the operation sends JSON.
const UPLOAD: &str = "upload";

/// The type of the calls of that method.
pub fn upload_type(operation: &Operation) -> String {
    format!("{}Upload", operation.call)
}

/// A handle: the handles below it, and its operations.
#[derive(Default)]
struct Handle<'a> {
    below: BTreeSet<&'a str>,
    operations: Vec<&'a Operation>,
    /// Its own operations and those of the handles below it.
    all: Vec<&'a Operation>,
}

/// A call of a macro for each handle.
pub fn handles(api: &Api) -> String {
    let mut text = String::new();
    let mut handles: BTreeMap<&[String], Handle<'_>> = BTreeMap::new();
    for operation in &api.operations {
        let path = operation.handles.as_slice();
        handles.entry(path).or_default().operations.push(operation);
        for end in 0..=path.len() {
            let on_the_way = handles.entry(&path[..end]).or_default();
            on_the_way.all.push(operation);
            on_the_way.below.extend(path.get(end).map(String::as_str));
        }
    }
    for (path, handle) in &handles {
        let mut below = String::new();
        for name in &handle.below {
            let child: Vec<String> = path.iter().cloned().chain([(*name).to_owned()]).collect();
            let all = handles
                .get(child.as_slice())
                .map_or(&[][..], |child| &child.all);
            let docs = attributes(&docs_of_handle(&child, all), false);
            // Writing to a string cannot fail.
            let _ = writeln!(below, "    {docs}{name} {};", handle_type(&child));
        }
        let mut methods = String::new();
        let mut operations = handle.operations.clone();
        operations.sort_by_key(|operation| &operation.method);
        for operation in operations {
            for method in self::methods(operation, api) {
                methods += &line(operation, &method);
            }
        }
        let (opening, closing) = match path.is_empty() {
            true => ("client! {".to_owned(), "}"),
            false => {
                let docs = attributes(&docs_of_type(path, &handle.all), false);
                (format!("handle! {{ {docs}{}", handle_type(path)), "}")
            }
        };
        let _ = writeln!(
            text,
            "{opening} handles {{\n{below}}} operations {{\n{methods}}} {closing}"
        );
    }
    text
}

/// The type of a handle.
pub fn handle_type(path: &[String]) -> String {
    idents::type_name(&path.join("_"))
}

/// Documents what a handle gives access to, and the features that it needs.
fn docs_of_handle(path: &[String], operations: &[&Operation]) -> String {
    let last = path.last().map_or("", String::as_str);
    let at = path_of(last, operations).unwrap_or_else(|| last.to_owned());
    let what = match operations.len() {
        1 => format!("The operation at `{at}`."),
        count => format!("The {count} operations at `{at}` and below."),
    };
    let areas = operations
        .iter()
        .flat_map(|operation| operation.areas.iter().map(String::as_str));
    format!("{what}{}", needs(areas.collect()))
}

/// The path of a handle: up to the segment that it is named after, in the first operation with such a
/// segment.
fn path_of(handle: &str, operations: &[&Operation]) -> Option<String> {
    operations.iter().find_map(|operation| {
        let segments: Vec<&str> = operation.path.split('/').collect();
        let is_it = |segment: &&str| idents::method(segment) == handle;
        let end = segments.iter().position(is_it)?;
        Some(segments[..=end].join("/"))
    })
}

/// A sentence about the features that operations of these areas need.
fn needs(areas: BTreeSet<&str>) -> String {
    let features: Vec<_> = areas
        .into_iter()
        .filter(|area| crate::AREAS.contains(area))
        .map(|area| format!("`{}`", area.replace('_', "-")))
        .collect();
    match features.as_slice() {
        [] => String::new(),
        [one] => format!(" Needs the feature {one}."),
        several => format!(" Needs one of the features {}.", several.join(", ")),
    }
}

fn docs_of_type(path: &[String], operations: &[&Operation]) -> String {
    let docs = docs_of_handle(path, operations);
    let mut text = format!("{docs} It is `client{}`.\n\n| | |\n|---|---|", calls(path));
    let mut operations = operations.to_vec();
    operations.sort_by_key(|operation| (&operation.handles, &operation.method));
    for operation in operations {
        let way = calls(&operation.handles[path.len()..]);
        let _ = write!(text, "\n{}", row(operation, &way));
    }
    text
}

fn calls(path: &[String]) -> String {
    path.iter().map(|name| format!(".{name}()")).collect()
}

/// A row of a table: the call of an operation, and what it does.
fn row(operation: &Operation, way: &str) -> String {
    let summary = operation.docs.lines().next().unwrap_or_default();
    let summary = summary.replace('|', "\\|");
    format!(
        "| {} | {summary} |",
        link(operation, way, &operation.method)
    )
}

fn link(operation: &Operation, way: &str, method: &str) -> String {
    let holder = match operation.handles.as_slice() {
        [] => "crate::Client".to_owned(),
        path => format!("crate::handles::{}", handle_type(path)),
    };
    format!("[`{way}.{method}(…)`]({holder}::{method})")
}

/// A table of all operations, in Markdown.
pub fn index(api: &Api) -> String {
    let mut text = "| request | call | |\n|---|---|---|\n".to_owned();
    let mut operations: Vec<_> = api.operations.iter().collect();
    operations.sort_by_key(|operation| (&operation.path, &operation.verb));
    for operation in operations {
        let row = row(operation, &calls(&operation.handles));
        let _ = writeln!(text, "| `{} {}` {row}", operation.verb, operation.path);
    }
    text
}

/// The required fields of the body, if each is an argument.
pub fn required<'a>(body: &str, api: &'a Api) -> Option<Vec<&'a Field>> {
    let fields = api.fields(body)?;
    let required = in_order(
        fields
            .iter()
            .filter(|field| field.presence == Presence::Required),
    );
    (required.len() < WHOLE_BODY).then_some(required)
}

/// Names of arguments, with what they take in the terms of the macros.
pub type Taken = Vec<(String, String)>;

/// A method of a handle.
pub struct Method<'a> {
    pub name: String,
    /// The type that it returns.
    pub call: String,
    pub arguments: Taken,
    /// The arguments that the body is made of.
    pub of_body: Taken,
    /// The type of the JSON that it sends.
    pub json: Option<&'a str>,
    /// The fields of the form that it sends.
    pub form: Option<&'a [FormField]>,
    /// The body, in the terms of the macro.
    body: String,
}

/// The methods of an operation: one, or two if it takes either JSON or an upload.
pub fn methods<'a>(operation: &'a Operation, api: &Api) -> Vec<Method<'a>> {
    let arguments: Taken = required_arguments(operation)
        .map(|argument| (argument.name.clone(), taken(argument)))
        .collect();
    let method = |name: &str, call: &str| Method {
        name: name.to_owned(),
        call: call.to_owned(),
        arguments: arguments.clone(),
        of_body: Taken::new(),
        json: None,
        form: None,
        body: String::new(),
    };
    let (name, call) = (&operation.method, &operation.call);
    let json = |json: &'a str| {
        let (of_body, body) = match required(json, api) {
            Some(fields) => {
                let fields = fields.iter();
                let fields =
                    fields.map(|field| (field.name.clone(), takes(&field.shape, &field.ty)));
                let fields: Taken = fields.collect();
                let body = format!("body {json} {{ {}}}", listed(&fields));
                (fields, body)
            }
            None => {
                let body = vec![("body".to_owned(), format!("[exact {json}]"))];
                (body, format!("whole {json}"))
            }
        };
        Method {
            of_body,
            json: Some(json),
            body,
            ..method(name, call)
        }
    };
    let form = |form: &'a [FormField], name: &str, call: &str| {
        let mut method = method(name, call);
        let required = form.iter().filter(|field| field.required);
        let required = required.map(|field| (field.name.clone(), takes(&field.shape, &field.ty)));
        method.arguments.extend(required);
        method.form = Some(form);
        method
    };
    match &operation.body {
        None => vec![method(name, call)],
        Some(Body::Json(body)) => vec![json(body)],
        Some(Body::Form(fields)) => vec![form(fields, name, call)],
        Some(Body::JsonOrForm(body, fields)) => {
            let upload = upload_type(operation);
            vec![json(body), form(fields, UPLOAD, &upload)]
        }
    }
}

fn listed(arguments: &[(String, String)]) -> String {
    let arguments = arguments.iter();
    arguments
        .map(|(name, takes)| format!("{name}: {takes}, "))
        .collect()
}

fn line(operation: &Operation, method: &Method<'_>) -> String {
    let Method {
        name,
        call,
        arguments,
        of_body,
        body,
        ..
    } = method;
    let example = example(operation, name, &[&arguments[..], of_body].concat());
    let docs = attributes(&docs(operation, &example), operation.deprecated);
    let arguments = listed(arguments);
    format!("    method! {{ {docs}{name} {call} ({arguments}) {body} }}\n")
}

/// An example of a call, as a doctest.
fn example(operation: &Operation, method: &str, arguments: &[(String, String)]) -> String {
    let names: Vec<_> = arguments.iter().map(|(name, _)| name.as_str()).collect();
    let typed: String = arguments
        .iter()
        .map(|(name, takes)| format!(", {name}: {}", owned(takes)))
        .collect();
    let call = format!(
        "client{}.{method}({})",
        calls(&operation.handles),
        names.join(", ")
    );
    let body = match &operation.answer {
        _ if operation.page.is_some() => format!(
            "let mut items = {call}.stream();\nwhile let Some(item) = items.try_next().await? {{\n    \
             println!(\"{{item:?}}\");\n}}"
        ),
        Answer::Nothing => format!("{call}.await?;"),
        Answer::Bytes => format!("let mut file = {call}.await?;\nfile.save_to(\"a_file\").await?;"),
        Answer::Value(ty) => match ty.strip_prefix(TYPES) {
            Some(ty) => format!("let {} = {call}.await?;", idents::method(ty)),
            None => format!("let answer = {call}.await?;"),
        },
    };
    format!(
        "```no_run\n# #[allow(deprecated)]\n\
         # async fn example(client: ultravox::Client{typed}) -> Result<(), ultravox::Error> {{\n\
         {body}\n# Ok(())\n# }}\n```"
    )
}

/// The type of a value for the argument, as it is written outside the crate.
fn owned(takes: &str) -> String {
    let takes = takes.trim_start_matches('[').trim_end_matches(']');
    let (kind, ty) = takes.split_once(' ').unwrap_or((takes, ""));
    let ty = ty.replace("crate::", "ultravox::");
    let ty = ty.trim_start_matches("::");
    match kind {
        "id" => "uuid::Uuid".to_owned(),
        "text" | "name" => "&str".to_owned(),
        "json" => "serde_json::Value".to_owned(),
        "list" => format!("Vec<{ty}>"),
        "map" => format!("Vec<(String, {ty})>"),
        _ => ty.to_owned(),
    }
}

/// What an operation does, what it needs, and how it fails.
fn docs(operation: &Operation, example: &str) -> String {
    let mut text = operation.docs.clone();
    let gap = if text.is_empty() { "" } else { "\n\n" };
    let _ = write!(
        text,
        "{gap}Sends `{} {}`.{}\n\n{example}",
        operation.verb,
        operation.path,
        needs(operation.areas.iter().map(String::as_str).collect())
    );
    let described: Vec<_> = required_arguments(operation)
        .filter(|argument| !argument.docs.is_empty())
        .map(|argument| {
            format!(
                "- `{}`: {}",
                argument.name,
                argument.docs.replace('\n', "\n  ")
            )
        })
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

pub fn required_arguments(operation: &Operation) -> impl Iterator<Item = &Argument> {
    let required = operation
        .arguments
        .iter()
        .filter(|argument| argument.required);
    let in_path = |argument: &&Argument| argument.location == "path";
    // In the order of the path, which can differ from that of progenitor's method.
    let mut required: Vec<_> = required.collect();
    let template = crate::lower::parameters::template(&operation.path);
    required.sort_by_key(|argument| {
        let position = template.iter().position(|name| *name == argument.wire);
        (!in_path(argument), position)
    });
    required.into_iter()
}

/// What a required argument takes: an id takes everything that converts into one.
fn taken(argument: &Argument) -> String {
    match (argument.location.as_str(), argument.ty.as_str()) {
        ("path", "::uuid::Uuid") => "[id]".to_owned(),
        ("path", "String") => "[name]".to_owned(),
        _ => takes(&argument.shape, &argument.ty),
    }
}

/// The parts of an `operation!`.
struct Call {
    /// For each required value: name, conversion and type.
    new: String,
    others: String,
    checks: String,
    pass: String,
    setters: String,
}

impl Call {
    /// The parts that follow from the parameters.
    fn of(operation: &Operation, limited: &BTreeSet<String>) -> Self {
        let mut call = Self {
            new: String::new(),
            others: String::new(),
            checks: String::new(),
            pass: String::new(),
            setters: String::new(),
        };
        for argument in required_arguments(operation) {
            let (ready, ty) = match taken(argument).as_str() {
                "[id]" => ("id", "crate::id::Id"),
                "[name]" => ("segment", "String"),
                _ => ("as_is", argument.ty.as_str()),
            };
            let _ = write!(call.new, "{} {ready} {ty}, ", argument.name);
        }
        for argument in operation.arguments.iter().filter(|a| !a.required) {
            let Argument { name, ty, .. } = argument;
            let _ = write!(call.others, "{name} Option<{ty}>, ");
            let docs = setter_docs(&argument.docs, &argument.wire);
            let docs = docs.replace("In JSON:", &format!("In the {}:", argument.location));
            let docs = attributes(&docs, argument.deprecated);
            let (setter, takes) = (setter_of(argument), takes(&argument.shape, ty));
            let _ = writeln!(
                call.setters,
                "    setter! {{ [] {docs}{setter} => {name} some {takes} }}"
            );
        }
        for argument in &operation.arguments {
            let name = &argument.name;
            if is_limited(&argument.ty, &argument.limits, limited) {
                let limits = limits(&argument.limits);
                let _ = write!(call.checks, "{name} {:?} [{limits}]; ", argument.wire);
            }
            call.pass += &match argument.lend {
                Lend::Copy | Lend::OptionCopy => format!("{name}, "),
                Lend::Ref | Lend::Str => format!("&{name}, "),
                Lend::OptionRef => format!("{name}.as_ref(), "),
                Lend::OptionStr => format!("{name}.as_deref(), "),
            };
        }
        call
    }

    /// The whole macro call, with `parts` that only some operations have.
    fn text(&self, operation: &Operation, name: &str, clone: bool, parts: &str) -> String {
        let output = match &operation.answer {
            Answer::Nothing => "()",
            Answer::Bytes => "crate::ByteStream",
            Answer::Value(ty) => ty,
        };
        let way = format!("client{}", calls(&operation.handles));
        let method = match name == operation.call {
            true => &operation.method,
            false => UPLOAD,
        };
        let docs = format!(
            "A call of `{}`, made by {}.",
            operation.id,
            link(operation, &way, method)
        );
        let attributes = attributes(&docs, operation.deprecated);
        let derive = if clone { "#[derive(Clone)] " } else { "" };
        let Self {
            new,
            others,
            checks,
            pass,
            setters,
        } = self;
        let accept = operation
            .accept
            .as_ref()
            .map(|accept| format!("  accept {{ {accept:?} }}\n"));
        let page = operation.page.as_ref();
        let page = page.map(|page| format!("  page {{ {TYPES}{} }}\n", page.ty));
        let location = operation.redirects.then_some("  location { location }\n");
        let (raw, body) = parts.split_once('|').unwrap_or((parts, ""));
        format!(
            "operation! {{ {attributes}{derive}{name} {} {:?} {output};\n  new {{ {new}}} others {{ {others}}}\n  \
             checks {{ {checks}}} pass {{ {pass}}}\n{raw}{}{}{}{body}  setters {{\n{setters}  }}\n}}\n",
            operation.function,
            operation.id,
            accept.unwrap_or_default(),
            page.unwrap_or_default(),
            location.unwrap_or_default(),
        )
    }
}

/// The name of a parameter's setter.
pub fn setter_of(argument: &Argument) -> String {
    free(&argument.name, &argument.location)
}

/// The name of a setter, with the location as a suffix if every call has a method of that name.
pub fn free(name: &str, location: &str) -> String {
    match TAKEN.contains(&name) {
        true => format!("{name}_{location}"),
        false => name.to_owned(),
    }
}

/// Whether the call has a setter for this field of its body. A field whose name the call uses
/// already can only be set with the whole body.
pub fn has_setter(operation: &Operation, field: &str) -> bool {
    let parameter = |argument: &Argument| setter_of(argument) == field;
    !TAKEN.contains(&field) && !operation.arguments.iter().any(parameter)
}

/// A call that sends JSON or nothing. If the generated method takes raw bytes, the call serializes the
/// JSON.
fn json_call(
    operation: &Operation,
    api: &Api,
    body: Option<(&str, bool)>,
    limited: &BTreeSet<String>,
) -> String {
    let mut call = Call::of(operation, limited);
    let mut parts = String::new();
    if let Some((ty, raw)) = body {
        let _ = write!(call.new, "body as_is {ty}, ");
        if is_limited(ty, &serde_json::Value::Null, limited) {
            call.checks += "body \"\" []; ";
        }
        if raw {
            parts += "  raw { body }\n";
        } else {
            call.pass += "&body, ";
        }
        let _ = writeln!(parts, "|  body {{ {ty} }}");
        let fields = api.fields(ty).unwrap_or_default().iter();
        let fields = fields.filter(|field| has_setter(operation, &field.name));
        let fields: Vec<Field> = fields.cloned().collect();
        setters(".body ", &fields, &mut call.setters);
    }
    call.text(operation, &operation.call, true, &parts)
}

/// A call that uploads.
fn form_call(
    operation: &Operation,
    form: &[FormField],
    name: &str,
    limited: &BTreeSet<String>,
) -> String {
    let mut call = Call::of(operation, limited);
    let mut fields = String::new();
    for field in form {
        let FormField { name, wire, ty, .. } = field;
        let takes = takes(&field.shape, ty);
        if field.required {
            let _ = write!(call.new, "{name} as_is {ty}, ");
        } else {
            let _ = write!(call.others, "{name} Option<{ty}>, ");
            let docs = setter_docs(&field.docs, wire).replace("In JSON:", "In the form:");
            let docs = attributes(&docs, false);
            let setter = free(name, "form");
            let _ = writeln!(
                call.setters,
                "    setter! {{ [] {docs}{setter} => {name} some {takes} }}"
            );
        }
        let media_type = match &field.media_type {
            Some(media_type) => format!("Some({media_type:?})"),
            None => "None".to_owned(),
        };
        let kind = match (ty.as_str(), &field.shape) {
            ("crate::Upload", _) if field.required => "file",
            // An `Option` and a `Vec` are both iterated over.
            ("crate::Upload", _) => "files",
            (_, Shape::List(_)) if field.required => "files",
            (_, Shape::List(_)) => "optional_files",
            _ => "field",
        };
        let _ = write!(fields, "{kind} {name} {wire:?} {media_type}; ");
    }
    let parts = format!("  form {{ {fields}}}\n");
    call.text(operation, name, false, &parts)
}
