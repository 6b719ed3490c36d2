//! How parameters and bodies go over the wire, where progenitor has one way for all.
//!
//! Works on progenitor's syntax tree, operation by operation: what the passes `bodies`, `responses`
//! and `parameters` noted is brought into the calls, and where progenitor's code does not offer the
//! place for it, the build fails. In the mocks the same parameters are expected as they are sent.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use serde_json::Value;
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, ExprMethodCall, File, ItemImpl, Lit, Stmt, parse_quote};

use super::document::operations;
use super::error::Error;
use super::idents;
use super::lower::bodies::{FORM as URLENCODED, MEDIA_TYPE};
use super::lower::parameters::WIRE;
use super::lower::responses::ACCEPT;

/// Brings the notes of `document` into the client.
pub fn client(document: &Value, file: &mut File) -> Result<(), Error> {
    for (place, operation) in operations(document) {
        let notes = Notes::of(operation);
        let mut fit = Fit {
            todo: notes.todo(),
            notes: &notes,
        };
        for item in impls(file, &notes.builder) {
            fit.visit_item_impl_mut(item);
        }
        if let Some(missed) = fit.todo.first() {
            let reason = format!("progenitor's code has no place for {missed}");
            return Err(Error::at(place, reason));
        }
        if notes.uploads() {
            not_clone(file, &notes.builder);
        }
    }
    Ok(())
}

/// Brings the notes of `document` into the mocks.
pub fn mock(document: &Value, file: &mut File) {
    for (_, operation) in operations(document) {
        let notes = Notes::of(operation);
        for item in impls(file, &format!("{}When", notes.builder)) {
            // A form's boundary is different each time: there is nothing to compare it with.
            item.items.retain(|item| {
                !matches!(item, syn::ImplItem::Fn(function)
                    if notes.is_in(&function.sig.ident.to_string(), "form"))
            });
            MockFit { notes: &notes }.visit_item_impl_mut(item);
        }
    }
}

/// The implementations of a builder or of a mock's half.
pub fn impls<'a>(file: &'a mut File, name: &str) -> impl Iterator<Item = &'a mut ItemImpl> {
    items(file).filter_map(move |item| match item {
        syn::Item::Impl(item) if is_named(&item.self_ty, name) => Some(item),
        _ => None,
    })
}

/// The items of the modules that hold builders and mocks.
fn items(file: &mut File) -> impl Iterator<Item = &mut syn::Item> {
    file.items
        .iter_mut()
        .filter_map(|item| match item {
            syn::Item::Mod(module) if module.ident == "builder" || module.ident == "operations" => {
                module.content.as_mut().map(|(_, items)| items)
            }
            _ => None,
        })
        .flatten()
}

fn is_named(ty: &syn::Type, name: &str) -> bool {
    matches!(ty, syn::Type::Path(path)
        if path.path.segments.last().is_some_and(|segment| segment.ident == name))
}

/// A builder that holds a file: it may be a stream, which there is once.
fn not_clone(file: &mut File, name: &str) {
    for item in items(file) {
        if let syn::Item::Struct(item) = item
            && item.ident == name
        {
            for attribute in &mut item.attrs {
                if attribute.path().is_ident("derive") {
                    *attribute = parse_quote!(#[derive(Debug)]);
                }
            }
        }
    }
}

/// What was noted on one operation.
struct Notes {
    id: String,
    builder: String,
    media_type: Option<String>,
    accept: Option<String>,
    is_form: bool,
    /// By the name that progenitor knows.
    parameters: BTreeMap<String, Parameter>,
}

struct Parameter {
    ident: String,
    name: String,
    location: String,
    style: String,
    content_type: Option<String>,
    is_file: bool,
    is_list: bool,
    is_required: bool,
}

impl Notes {
    fn of(operation: &Value) -> Self {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let id = operation["operationId"].as_str().unwrap_or_default();
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        Self {
            id: id.to_owned(),
            builder: idents::builder(id),
            media_type: operation.get(MEDIA_TYPE).and_then(text),
            accept: operation.get(ACCEPT).and_then(text),
            is_form: operation["requestBody"]["content"]
                .get(URLENCODED)
                .is_some(),
            parameters: parameters
                .filter_map(|parameter| {
                    let wire = parameter.get(WIRE)?;
                    let known = parameter["name"].as_str()?;
                    Some((
                        known.to_owned(),
                        Parameter {
                            ident: idents::method(known),
                            name: text(&wire["name"])?,
                            location: text(&wire["in"])?,
                            style: text(&wire["style"])?,
                            content_type: text(&wire["contentType"]),
                            is_file: wire["file"] == true,
                            is_list: parameter["schema"]["type"] == "array",
                            is_required: parameter["required"] == true,
                        },
                    ))
                })
                .collect(),
        }
    }

    /// What has to find its place in the code.
    fn todo(&self) -> BTreeSet<String> {
        let mut todo: BTreeSet<_> = self
            .parameters
            .keys()
            .map(|name| format!("the parameter `{name}`"))
            .collect();
        todo.extend(self.media_type.iter().map(|_| TYPE_OF_BODY.to_owned()));
        todo.extend(self.accept.iter().map(|_| TYPE_OF_ANSWER.to_owned()));
        if self.uploads() {
            todo.insert(FORM.to_owned());
        }
        todo
    }

    fn uploads(&self) -> bool {
        self.parameters.values().any(|p| p.location == "form")
    }

    fn is_in(&self, ident: &str, location: &str) -> bool {
        self.parameters
            .values()
            .any(|p| p.ident == ident && p.location == location)
    }

    /// The form, filled, as an expression.
    fn form(&self) -> Expr {
        let id = &self.id;
        let mut form: Expr = parse_quote!(crate::upload::Form::new(#id));
        for field in self.parameters.values().filter(|p| p.location == "form") {
            let ident = quote::format_ident!("{}", field.ident);
            let name = &field.name;
            let content_type = match &field.content_type {
                Some(content_type) => quote!(Some(#content_type)),
                None => quote!(None),
            };
            form = if field.is_file {
                let files = match (field.is_list, field.is_required) {
                    (true, true) => quote!(#ident),
                    (true, false) => quote!(#ident.into_iter().flatten()),
                    (false, true) => quote!([#ident]),
                    (false, false) => quote!(#ident),
                };
                parse_quote!(#form.files(#name, #content_type, #files))
            } else {
                parse_quote!(#form.field(#name, #content_type, &#ident)?)
            };
        }
        form
    }
}

const TYPE_OF_BODY: &str = "the media type of the body";
const TYPE_OF_ANSWER: &str = "the media type of the answer";
const FORM: &str = "the form";

fn style(style: &str) -> TokenStream {
    match style {
        "comma" => quote!(crate::parameter::Style::Delimited(",")),
        "space" => quote!(crate::parameter::Style::Delimited(" ")),
        "pipe" => quote!(crate::parameter::Style::Delimited("|")),
        "pairs" => quote!(crate::parameter::Style::Pairs),
        "deep" => quote!(crate::parameter::Style::Deep),
        "json" => quote!(crate::parameter::Style::Json),
        _ => quote!(crate::parameter::Style::Form),
    }
}

struct Fit<'a> {
    notes: &'a Notes,
    todo: BTreeSet<String>,
}

impl<'a> Fit<'a> {
    fn noted(&mut self, name: &str) -> Option<&'a Parameter> {
        self.todo.remove(&format!("the parameter `{name}`"));
        self.notes.parameters.get(name)
    }

    /// `Some(None)` where the call goes, `Some(Some(…))` where it is replaced.
    fn call(&mut self, call: &ExprMethodCall) -> Option<Expr> {
        let receiver = &call.receiver;
        match call.method.to_string().as_str() {
            "query" => {
                let (name, value) = query(call)?;
                let parameter = self.noted(&name)?;
                if matches!(parameter.location.as_str(), "form" | "cookie") {
                    return Some((**receiver).clone());
                }
                let (name, style) = (&parameter.name, style(&parameter.style));
                Some(parse_quote!(
                    #receiver.query(&crate::runtime::QueryParam::styled(#name, #style, #value))
                ))
            }
            "headers" if self.todo.remove(FORM) => {
                let (form, arguments) = (self.notes.form(), &call.args);
                Some(parse_quote!(#receiver.upload(#form).await?.headers(#arguments)))
            }
            "json" => {
                let media_type = self.notes.media_type.as_ref()?;
                if !self.todo.remove(TYPE_OF_BODY) {
                    return None;
                }
                let arguments = &call.args;
                Some(parse_quote!(
                    #receiver.header(::reqwest::header::CONTENT_TYPE, #media_type).json(#arguments)
                ))
            }
            "header" => {
                let name = call.args.first().map(last_segment)?;
                let (note, what) = match name?.as_str() {
                    "CONTENT_TYPE" => (&self.notes.media_type, TYPE_OF_BODY),
                    "ACCEPT" => (&self.notes.accept, TYPE_OF_ANSWER),
                    _ => return None,
                };
                let media_type = note.as_ref()?;
                let name = call.args.first();
                if !self.todo.remove(what) {
                    return None;
                }
                Some(parse_quote!(#receiver.header(#name, #media_type)))
            }
            _ => None,
        }
    }

    /// A header, from progenitor's statement that appends it.
    fn header(&mut self, statement: &Stmt) -> Option<Stmt> {
        let Stmt::Expr(expression, _) = statement else {
            return None;
        };
        let (name, value) = header(expression)?;
        let parameter = self.noted(&name);
        let name = parameter.map_or(name.as_str(), |parameter| &parameter.name);
        let style = style(parameter.map_or("comma", |parameter| &parameter.style));
        Some(parse_quote!(crate::parameter::header(&mut header_map, #name, #style, &#value)?;))
    }

    fn path(&mut self, value: &syn::Ident) -> Expr {
        let ident = value.to_string();
        let mut parameters = self.notes.parameters.iter();
        match parameters.find(|(_, parameter)| parameter.ident == ident) {
            Some((name, _)) => {
                let parameter = self.noted(name);
                let style = style(parameter.map_or("comma", |parameter| &parameter.style));
                parse_quote!(crate::parameter::styled_path(#ident, #style, &#value))
            }
            None => parse_quote!(encode_path(#ident, &#value)),
        }
    }

    /// The cookies, appended where the headers are made.
    fn cookies(&self, statement: &Stmt) -> Vec<Stmt> {
        let Stmt::Local(local) = statement else {
            return Vec::new();
        };
        if !matches!(&local.pat, syn::Pat::Ident(pat) if pat.ident == "header_map") {
            return Vec::new();
        }
        let cookies = self.notes.parameters.values();
        cookies
            .filter(|parameter| parameter.location == "cookie")
            .map(|parameter| {
                let ident = quote::format_ident!("{}", parameter.ident);
                let (name, style) = (&parameter.name, style(&parameter.style));
                parse_quote!(crate::parameter::cookie(&mut header_map, #name, #style, &#ident)?;)
            })
            .collect()
    }
}

impl VisitMut for Fit<'_> {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        visit_mut::visit_expr_mut(self, expression);
        match expression {
            Expr::MethodCall(call) => {
                if let Some(replaced) = self.call(call) {
                    *expression = replaced;
                }
            }
            Expr::Call(call) if last_segment(&call.func).as_deref() == Some("encode_path") => {
                // Progenitor writes a path parameter as `Display` does, which is not what serde
                // makes of a date, and which a list has not.
                if let Some(value) = call.args.first().and_then(displayed) {
                    *expression = self.path(&value);
                }
            }
            _ => {}
        }
    }

    /// The URL is put together in a macro call, whose arguments are only tokens.
    fn visit_macro_mut(&mut self, call: &mut syn::Macro) {
        if call.path.is_ident("format")
            && let Some(mut arguments) = arguments(call)
        {
            for argument in &mut arguments {
                self.visit_expr_mut(argument);
            }
            call.tokens = arguments.to_token_stream();
        }
    }

    fn visit_block_mut(&mut self, block: &mut syn::Block) {
        for statement in std::mem::take(&mut block.stmts) {
            let cookies = self.cookies(&statement);
            let statement = self.header(&statement).unwrap_or(statement);
            block.stmts.push(statement);
            block.stmts.extend(cookies);
        }
        visit_mut::visit_block_mut(self, block);
    }
}

struct MockFit<'a> {
    notes: &'a Notes,
}

impl MockFit<'_> {
    fn style(&self, name: &str) -> TokenStream {
        let parameter = self.notes.parameters.get(name);
        style(parameter.map_or("comma", |parameter| &parameter.style))
    }
}

impl VisitMut for MockFit<'_> {
    fn visit_impl_item_fn_mut(&mut self, function: &mut syn::ImplItemFn) {
        visit_mut::visit_impl_item_fn_mut(self, function);
        if let Some(pattern) = path_pattern(function) {
            let ident = function.sig.ident.to_string();
            let mut parameters = self.notes.parameters.iter();
            let call: Expr = match parameters.find(|(_, p)| p.ident == ident) {
                Some((name, _)) => {
                    let style = self.style(name);
                    parse_quote!(crate::mock::styled_path(self.0, #pattern, #style, &value))
                }
                None => parse_quote!(crate::mock::path(self.0, #pattern, &value)),
            };
            function.block = parse_quote!({ Self(#call) });
        }
    }

    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        visit_mut::visit_expr_mut(self, expression);
        if let Some(replaced) = optional(expression) {
            *expression = replaced;
        }
        if let Expr::MethodCall(call) = expression
            && call.method == "json_body_obj"
            && self.notes.is_form
        {
            let (when, value) = (&call.receiver, &call.args);
            *expression = parse_quote!(crate::mock::form(#when, #value));
        }
        if let Expr::MethodCall(call) = expression
            && call.method == "header"
            && let (Some(name), Some(Expr::MethodCall(text))) =
                (call.args.first().and_then(literal), call.args.last())
        {
            let (when, value, style) = (&call.receiver, &text.receiver, self.style(&name));
            let noted = self.notes.parameters.get(&name);
            let name = noted.map_or(&name, |parameter| &parameter.name);
            *expression = parse_quote!(crate::mock::header(#when, #name, #style, &#value));
        }
        let Expr::Call(call) = expression else {
            return;
        };
        if last_segment(&call.func).as_deref() != Some("query_param") {
            return;
        }
        let (when, value) = (&call.args[0], &call.args[2]);
        let Some(parameter) = literal(&call.args[1]).and_then(|n| self.notes.parameters.get(&n))
        else {
            return;
        };
        let (name, style) = (&parameter.name, style(&parameter.style));
        *expression = if parameter.location == "cookie" {
            parse_quote!(crate::mock::cookie(#when, #name, #style, #value))
        } else {
            parse_quote!(crate::mock::styled(#when, #name, #style, #value))
        };
    }
}

fn arguments(call: &syn::Macro) -> Option<Punctuated<Expr, syn::Token![,]>> {
    call.parse_body_with(Punctuated::parse_terminated).ok()
}

/// The pattern of a mock's method for a path parameter, which compiles it there and then.
fn path_pattern(function: &syn::ImplItemFn) -> Option<String> {
    let Stmt::Local(local) = function.block.stmts.first()? else {
        return None;
    };
    if !matches!(&local.pat, syn::Pat::Ident(pat) if pat.ident == "re") {
        return None;
    }
    struct Format(Option<String>);
    impl VisitMut for Format {
        fn visit_macro_mut(&mut self, format: &mut syn::Macro) {
            self.0 = arguments(format).and_then(|arguments| literal(arguments.first()?));
        }
    }
    let mut format = Format(None);
    format.visit_expr_mut(&mut local.init.clone()?.expr);
    format.0
}

/// Of `if let Some(value) = value.into() { … } else { … }`, which tells what is set from what is
/// missing, what is done with a value that is set: `crate::mock` does the same for both.
fn optional(expression: &Expr) -> Option<Expr> {
    let Expr::If(condition) = expression else {
        return None;
    };
    let Expr::Let(binding) = &*condition.cond else {
        return None;
    };
    let Some(Stmt::Expr(Expr::Call(tuple), None)) = condition.then_branch.stmts.first() else {
        return None;
    };
    let mut tuple = tuple.clone();
    let Some(Expr::Call(call)) = tuple.args.first_mut() else {
        return None;
    };
    let value = &binding.expr;
    *call.args.last_mut()? = parse_quote!(&#value);
    Some(Expr::Call(tuple))
}

/// Name and value of `….query(&…::QueryParam::new("name", &value))`.
fn query(call: &ExprMethodCall) -> Option<(String, Expr)> {
    let Some(Expr::Reference(reference)) = call.args.first() else {
        return None;
    };
    let Expr::Call(new) = &*reference.expr else {
        return None;
    };
    Some((literal(new.args.first()?)?, new.args.get(1)?.clone()))
}

/// Name and value of `header_map.append("name", value.to_string().try_into()?)`, whether it stands in
/// `if let Some(value) = …` or not.
fn header(expression: &Expr) -> Option<(String, syn::Ident)> {
    match expression {
        Expr::If(condition) => {
            let Expr::Let(binding) = &*condition.cond else {
                return None;
            };
            let Some(Stmt::Expr(append, _)) = condition.then_branch.stmts.first() else {
                return None;
            };
            Some((header(append)?.0, ident(&binding.expr)?))
        }
        Expr::MethodCall(append) if append.method == "append" => {
            let name = literal(append.args.first()?)?;
            let Expr::Try(tried) = append.args.get(1)? else {
                return None;
            };
            let Expr::MethodCall(converted) = &*tried.expr else {
                return None;
            };
            let Expr::MethodCall(text) = &*converted.receiver else {
                return None;
            };
            Some((name, ident(&text.receiver)?))
        }
        _ => None,
    }
}

/// `value` of `&value.to_string()`.
fn displayed(expression: &Expr) -> Option<syn::Ident> {
    let Expr::Reference(reference) = expression else {
        return None;
    };
    match &*reference.expr {
        Expr::MethodCall(call) if call.method == "to_string" => ident(&call.receiver),
        _ => None,
    }
}

fn ident(expression: &Expr) -> Option<syn::Ident> {
    match expression {
        Expr::Path(path) => path.path.get_ident().cloned(),
        _ => None,
    }
}

fn last_segment(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Path(path) => path.path.segments.last().map(|s| s.ident.to_string()),
        _ => None,
    }
}

fn literal(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::generate_all;

    /// Client and mocks of a document with this operation, without white space.
    fn generated(path: &str, operation: &str) -> Result<(String, String), String> {
        let document = format!(
            "openapi: 3.0.3
info: {{title: T, version: '1'}}
servers: [{{url: 'https://api.example'}}]
paths:
  {path}:
    post:
      operationId: thing_create
      {operation}
components:
  securitySchemes: {{key: {{type: apiKey, in: header, name: X-Key}}}}
  schemas: {{}}
"
        );
        let generated = generate_all(&document).map_err(|e| e.to_string())?;
        let dense = |text: String| text.split_whitespace().collect::<String>();
        Ok((
            dense(generated.whole("client")),
            dense(generated.whole("mock")),
        ))
    }

    #[track_caller]
    fn assert_generated(path: &str, operation: &str, client: &[&str], mock: &[&str]) {
        let (of_client, of_mock) = generated(path, operation).unwrap();
        for (text, parts) in [(of_client, client), (of_mock, mock)] {
            for part in parts {
                assert!(text.contains(part), "no {part} in {text}");
            }
        }
    }

    #[test]
    fn each_parameter_is_sent_and_expected_where_and_as_the_document_says() {
        assert_generated(
            "/x/{id}",
            "parameters:
      - {name: id, in: path, required: true, schema: {type: string, format: date}}
      - {name: id, in: query, schema: {type: string}}
      - {name: tags, in: query, explode: false, schema: {type: array, items: {type: string}}}
      - {name: filter, in: query, style: deepObject, schema: {type: object, additionalProperties: {type: string}}}
      - {name: page, in: query, schema: {type: integer}}
      - {name: X-Ids, in: header, schema: {type: array, items: {type: integer}}}
      - {name: X-One, in: header, required: true, schema: {type: string}}
      - {name: session, in: cookie, required: true, schema: {type: string}}
      responses: {'204': {description: ''}}",
            &[
                r#"encode_path("id",&id)?"#,
                r#"QueryParam::styled("id",crate::parameter::Style::Form,&id_query,)"#,
                r#"QueryParam::styled("tags",crate::parameter::Style::Delimited(","),&tags,)"#,
                r#"QueryParam::styled("filter",crate::parameter::Style::Deep,&filter,)"#,
                r#"QueryParam::new("page",&page)"#,
                r#"crate::parameter::header(&mutheader_map,"X-Ids",crate::parameter::Style::Delimited(","),&x_ids,)?;"#,
                r#""X-One",crate::parameter::Style::Delimited(","),&x_one,)?;"#,
                r#"crate::parameter::cookie(&mutheader_map,"session",crate::parameter::Style::Delimited(","),&session,)?;"#,
                "pubfnid_query<V>(",
            ],
            &[
                r#"crate::mock::path(self.0,"^/x/{}$",&value)"#,
                r#"crate::mock::styled(self.0,"id",crate::parameter::Style::Form,&value.into(),)"#,
                r#"crate::mock::styled(self.0,"filter",crate::parameter::Style::Deep,&value.into(),)"#,
                r#"crate::mock::query_param(self.0,"page",&value.into())"#,
                r#"crate::mock::header(self.0,"X-Ids",crate::parameter::Style::Delimited(","),&value.into(),)"#,
                r#"crate::mock::cookie(self.0,"session",crate::parameter::Style::Delimited(","),&value,)"#,
            ],
        );
    }

    #[test]
    fn a_form_is_filled_and_sent_beside_the_json_body() {
        let operation = "requestBody:
        content:
          application/json: {schema: {type: object, properties: {name: {type: string}}}}
          multipart/form-data:
            encoding: {sample: {contentType: audio/wav}}
            schema:
              type: object
              required: [sample]
              properties:
                sample: {type: string, format: binary}
                more: {type: array, items: {type: string, format: binary}}
                name: {type: string}
      responses: {'204': {description: ''}}";
        assert_generated(
            "/x",
            operation,
            &[
                "pubfnthing_create(&self)",
                "pubfnthing_create_upload(&self)",
                ".json(&body)",
                r#".upload(crate::upload::Form::new("thing_create_upload").files("more",None,more.into_iter().flatten()).field("name",None,&name)?.files("sample",Some("audio/wav"),[sample]),).await?.build()?"#,
                "V:std::convert::TryInto<::ultravox::Upload,Error:std::fmt::Display>,",
                "#[derive(Debug)]pubstructThingCreateUpload<'a>",
                "#[derive(Debug,Clone)]pubstructThingCreate<'a>",
            ],
            &[
                "fnthing_create_upload<F>(",
                "Self(self.0.json_body_obj(&value))",
            ],
        );
        let (client, mock) = generated("/x", operation).unwrap();
        assert!(!client.contains(r#"QueryParam::new("sample""#));
        assert!(!client.contains("//x"), "the path of the document is sent");
        assert!(!mock.contains("fnsample"), "{mock}");
    }

    #[test]
    fn media_types_that_progenitor_does_not_know_are_sent_and_asked_for() {
        assert_generated(
            "/x",
            "requestBody: {content: {audio/wav: {}}}
      responses: {'200': {description: '', content: {application/hal+json: {schema: {type: string}}}}}",
            &[
                r#".header(::reqwest::header::CONTENT_TYPE,"audio/wav").body(body)"#,
                r#".header(::reqwest::header::ACCEPT,"application/hal+json")"#,
            ],
            &[],
        );
        assert_generated(
            "/x",
            "requestBody: {content: {application/merge-patch+json: {schema: {type: object}}}}
      responses: {}",
            &[
                r#".header(::reqwest::header::CONTENT_TYPE,"application/merge-patch+json").json(&body)"#,
            ],
            &[],
        );
        assert_generated(
            "/x",
            "requestBody: {content: {application/x-www-form-urlencoded: {schema: {type: object, properties: {a: {type: string}}}}}}
      responses: {}",
            &[".form_urlencoded(&body)?"],
            &["Self(crate::mock::form(self.0,&value))"],
        );
    }

    #[test]
    fn a_documented_redirect_has_a_method_that_does_not_follow_it() {
        let audio = "{description: '', content: {audio/wav: {}}}";
        let (client, _) = generated(
            "/x",
            &format!("responses: {{'200': {audio}, '302': {{description: ''}}}}"),
        )
        .unwrap();
        assert!(client.contains("pubasyncfnsend_location(self)->Result<Option<::url::Url>,Error>"));
        assert!(
            client.contains("client.location(Self::OPERATION.id,request).await}"),
            "{client}"
        );
        let (client, _) = generated("/x", &format!("responses: {{'200': {audio}}}")).unwrap();
        assert!(!client.contains("send_location"));
    }

    #[test]
    fn a_value_that_may_be_missing_is_optional() {
        let typed = "{description: '', content: {application/json: {schema: {type: string}}}}";
        let operation = format!("responses: {{'200': {typed}, '204': {{description: ''}}}}");
        assert_generated(
            "/x",
            &operation,
            &["ResponseValue<::std::option::Option<::std::string::String>>,Error>"],
            &[],
        );
    }
}
