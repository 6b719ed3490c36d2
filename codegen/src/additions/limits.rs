//! Checks of what is sent, before it is sent: calls of `src/limits.rs` for each limit in reach of a
//! parameter or a body. A type without limits in reach gets no check.
//!
//! Patterns are not checked, the durations' aside: that would take an engine for regular expressions.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use serde_json::{Map, Value};
use syn::ext::IdentExt;
use syn::{
    Expr, Field, Fields, File, GenericArgument, Ident, ImplItem, Item, Pat, PathArguments, Stmt,
    Type, parse_quote,
};

use super::super::error::Error;
use super::super::lower::{LIMITS, PROPERTY_NOTE, SECRET};
use super::items::{property, serde_arguments};
use super::operations::{
    self, Operation, argument, inherent_impl_of, is_same_name, module, module_mut, resolve,
};

/// Adds the checks to the methods that send, and to the types a method `check_limits`.
pub fn add(document: &Value, client: &mut File) -> Result<(), Error> {
    let candidates = candidates(document);
    let types = module(client, "types").iter().filter_map(Shape::of);
    let mut checks = Checks {
        document,
        types: types
            .filter(|(name, _)| candidates.contains(name.as_str()))
            .collect(),
        limited: BTreeSet::new(),
        called: RefCell::default(),
    };
    checks.find_limited();
    for operation in operations::all(document, client)? {
        if let Some(builders) = module_mut(client, "builder") {
            checks.check_before_sending(&operation, builders)?;
        }
    }
    let methods = checks.methods();
    if let Some(types) = module_mut(client, "types") {
        types.extend(methods);
    }
    Ok(())
}

/// The components that hold a limit or lead to one.
fn candidates(document: &Value) -> BTreeSet<&str> {
    let components = document["components"]["schemas"].as_object();
    let mut found = BTreeSet::new();
    let mut others = Vec::new();
    for (name, schema) in components.into_iter().flatten() {
        let mut references = Vec::new();
        if holds_limits(schema, &mut references) {
            found.insert(name.as_str());
        } else {
            others.push((name.as_str(), references));
        }
    }
    // Schemas may refer to each other: goes round until nothing is added.
    loop {
        let before = found.len();
        others.retain(|(name, references)| {
            let leads = references.iter().any(|name| found.contains(name));
            if leads {
                found.insert(*name);
            }
            !leads
        });
        if found.len() == before {
            return found;
        }
    }
}

/// Whether a schema holds a limit; gathers what it refers to.
fn holds_limits<'a>(schema: &'a Value, references: &mut Vec<&'a str>) -> bool {
    match schema {
        Value::Object(object) => object.iter().fold(false, |found, (key, value)| {
            if key == "$ref" {
                references.extend(value.as_str().and_then(|path| path.rsplit('/').next()));
            }
            found | (key == LIMITS) | holds_limits(value, references)
        }),
        Value::Array(values) => values.iter().fold(false, |found, value| {
            found | holds_limits(value, references)
        }),
        _ => false,
    }
}

/// What a generated type holds.
enum Shape {
    /// Fields, with their property in the lowered document: none for what the document does not name.
    Struct(Vec<(Ident, Type, Option<String>)>),
    Newtype(Box<Type>),
    /// Variants with the one value that each holds, if it does.
    Enum(Vec<(Ident, Option<Type>)>),
}

impl Shape {
    fn of(item: &Item) -> Option<(String, Self)> {
        let unnamed = |fields: &Fields| match fields {
            Fields::Unnamed(fields) => fields.unnamed.first().map(|field| field.ty.clone()),
            _ => None,
        };
        match item {
            Item::Struct(item) => {
                let shape = match unnamed(&item.fields) {
                    Some(of) => Self::Newtype(Box::new(of)),
                    None => Self::Struct(
                        item.fields
                            .iter()
                            .filter_map(|field| {
                                let key = match is_flattened(field) {
                                    true => None,
                                    false => property(field),
                                };
                                Some((field.ident.clone()?, field.ty.clone(), key))
                            })
                            .collect(),
                    ),
                };
                Some((item.ident.to_string(), shape))
            }
            Item::Enum(item) => {
                let variants = item.variants.iter();
                let shape = variants
                    .map(|variant| (variant.ident.clone(), unnamed(&variant.fields)))
                    .collect();
                Some((item.ident.to_string(), Self::Enum(shape)))
            }
            _ => None,
        }
    }
}

fn is_flattened(field: &Field) -> bool {
    serde_arguments(field)
        .iter()
        .any(|argument| argument.key == "flatten")
}

struct Checks<'a> {
    document: &'a Value,
    /// The types that may need a check.
    types: BTreeMap<String, Shape>,
    /// Those of them that do.
    limited: BTreeSet<String>,
    /// Those of them that a request reaches.
    called: RefCell<BTreeSet<String>>,
}

/// A value in the generated code: what calls its methods, what refers to it, and itself.
struct Operand {
    receiver: TokenStream,
    reference: TokenStream,
    value: TokenStream,
}

impl Operand {
    fn place(place: &TokenStream) -> Self {
        Self {
            receiver: place.clone(),
            reference: quote!(&#place),
            value: place.clone(),
        }
    }

    /// What a pattern around the checks binds.
    fn bound() -> Self {
        Self {
            receiver: quote!(value),
            reference: quote!(value),
            value: quote!(*value),
        }
    }

    fn unboxed(&self) -> Self {
        let receiver = &self.receiver;
        Self {
            receiver: receiver.clone(),
            reference: quote!(&*#receiver),
            value: quote!(*#receiver),
        }
    }
}

impl Checks<'_> {
    /// Types may refer to each other: goes round until nothing is added.
    fn find_limited(&mut self) {
        loop {
            let names = self.types.keys();
            let more: Vec<_> = names
                .filter(|name| !self.limited.contains(*name) && !self.of_type(name).is_empty())
                .cloned()
                .collect();
            if more.is_empty() {
                self.called.take();
                return;
            }
            self.limited.extend(more);
        }
    }

    fn methods(&self) -> Vec<Item> {
        let mut methods = BTreeMap::new();
        // The check of one type may be the first to call that of another.
        loop {
            let called = self.called.borrow();
            let next = called.iter().find(|name| !methods.contains_key(*name));
            let Some(name) = next.cloned() else {
                return methods.into_values().collect();
            };
            drop(called);
            let checks = self.of_type(&name);
            let ident = Ident::new(&name, Span::call_site());
            let method = parse_quote! {
                impl #ident {
                    pub(crate) fn check_limits(&self, at: &crate::limits::Place<'_>) -> ::std::result::Result<(), crate::Error> {
                        #checks
                        Ok(())
                    }
                }
            };
            methods.insert(name, method);
        }
    }

    /// The checks of a generated type, on `self`.
    fn of_type(&self, name: &str) -> TokenStream {
        let (Some(shape), Some(schema)) = (
            self.types.get(name),
            self.document["components"]["schemas"].get(name),
        ) else {
            return TokenStream::new();
        };
        let at = quote!(at);
        match shape {
            Shape::Newtype(of) => {
                self.of_value(of, schema, &Operand::place(&quote!(self.0)), &at, 0)
            }
            Shape::Struct(fields) => {
                let layers = layers(self.document, schema);
                let number = quote!(crate::limits::properties(self));
                let mut checks = count_properties(&limits_of(&layers), &number, &at);
                for (ident, of, key) in fields {
                    let operand = Operand::place(&quote!(self.#ident));
                    let Some(key) = key else {
                        // The properties that the document does not name.
                        checks.extend(self.of_value(of, schema, &operand, &at, 0));
                        continue;
                    };
                    let found = layers
                        .iter()
                        .find_map(|layer| layer.get("properties")?.get(key));
                    if let Some(schema) = found {
                        let note = schema.get(PROPERTY_NOTE).and_then(Value::as_str);
                        let name = note.unwrap_or(key);
                        let at = quote!(at.field(#name));
                        checks.extend(self.of_value(of, schema, &operand, &at, 0));
                    }
                }
                checks
            }
            Shape::Enum(variants) => {
                let members = ["oneOf", "anyOf"]
                    .iter()
                    .find_map(|key| schema[key].as_array());
                let arms: Vec<_> = variants
                    .iter()
                    .zip(members.into_iter().flatten())
                    .filter_map(|((ident, of), member)| {
                        let of = of.as_ref()?;
                        let checks = self.of_value(of, member, &Operand::bound(), &at, 0);
                        (!checks.is_empty()).then(|| quote!(Self::#ident(value) => { #checks }))
                    })
                    .collect();
                if arms.is_empty() {
                    return TokenStream::new();
                }
                quote!(match self { #(#arms)* _ => {} })
            }
        }
    }

    /// The checks of a value of type `ty`, which `schema` describes and which stands at `at`.
    fn of_value(
        &self,
        ty: &Type,
        schema: &Value,
        operand: &Operand,
        at: &TokenStream,
        depth: usize,
    ) -> TokenStream {
        let Type::Path(path) = ty else {
            return TokenStream::new();
        };
        let Some(last) = path.path.segments.last() else {
            return TokenStream::new();
        };
        let arguments: Vec<&Type> = match &last.arguments {
            PathArguments::AngleBracketed(arguments) => arguments
                .args
                .iter()
                .filter_map(|argument| match argument {
                    GenericArgument::Type(ty) => Some(ty),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        };
        let limits = own(self.document, schema);
        let at = if limits.iter().any(|limits| limits.contains_key(SECRET)) {
            quote!(#at.secret())
        } else {
            at.clone()
        };
        let Operand {
            receiver,
            reference,
            value,
        } = operand;
        let name = last.ident.to_string();
        if self.types.contains_key(&name) && is_generated(&path.path) {
            if !self.limited.contains(&name) {
                return TokenStream::new();
            }
            self.called.borrow_mut().insert(name);
            return quote!(#receiver.check_limits(&#at)?;);
        }
        match (name.as_str(), arguments.as_slice()) {
            ("Option", [inner]) => {
                let checks = self.of_value(inner, schema, &Operand::bound(), &at, depth);
                wrap(
                    &checks,
                    |checks| quote!(if let Some(value) = #reference { #checks }),
                )
            }
            ("Patch", [inner]) => {
                let checks = self.of_value(inner, schema, &Operand::bound(), &at, depth);
                wrap(
                    &checks,
                    |checks| quote!(if let crate::Patch::Set(value) = #reference { #checks }),
                )
            }
            ("Box", [inner]) => self.of_value(inner, schema, &operand.unboxed(), &at, depth),
            ("Vec", [inner]) => {
                let mut checks = count_items(&limits, operand, &at);
                let index = match depth {
                    0 => format_ident!("index"),
                    depth => format_ident!("index{depth}"),
                };
                if let Some(items) = layers(self.document, schema)
                    .iter()
                    .find_map(|layer| layer.get("items"))
                {
                    let each = self.of_value(
                        inner,
                        items,
                        &Operand::bound(),
                        &quote!(#at.index(#index)),
                        depth + 1,
                    );
                    checks.extend(wrap(&each, |each| {
                        quote! {
                            for (#index, value) in #receiver.iter().enumerate() { #each }
                        }
                    }));
                }
                checks
            }
            ("HashMap" | "Map", [.., inner]) => {
                let mut checks = count_properties(&limits, &quote!(#receiver.len()), &at);
                let key = match depth {
                    0 => format_ident!("key"),
                    depth => format_ident!("key{depth}"),
                };
                if let Some(values) = layers(self.document, schema)
                    .iter()
                    .find_map(|layer| layer.get("additionalProperties"))
                {
                    let each = self.of_value(
                        inner,
                        values,
                        &Operand::bound(),
                        &quote!(#at.field(#key)),
                        depth + 1,
                    );
                    checks.extend(wrap(&each, |each| {
                        quote! {
                            for (#key, value) in #reference { #each }
                        }
                    }));
                }
                checks
            }
            ("String", []) => each(&limits, |key, limit| {
                let limit = count(limit)?;
                match key {
                    "minLength" => Some(quote!(#at.min_length(#reference, #limit)?;)),
                    "maxLength" => Some(quote!(#at.max_length(#reference, #limit)?;)),
                    _ => None,
                }
            }),
            ("SignedDuration", []) => each(&limits, |key, _| {
                (key == "pattern").then(|| quote!(#at.duration(#value)?;))
            }),
            ("i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64", []) => {
                let whole = quote!(i128::from(#value));
                numbers(&limits, &at, Some(&whole), &quote!((#value as f64)))
            }
            ("f32", []) => numbers(&limits, &at, None, &quote!(crate::floats::widen(#value))),
            ("f64", []) => numbers(&limits, &at, None, value),
            _ => TokenStream::new(),
        }
    }

    /// Puts the checks between the values and the URL, wherever the builder of an operation sends.
    fn check_before_sending(
        &self,
        operation: &Operation<'_>,
        builders: &mut [Item],
    ) -> Result<(), Error> {
        let name = operation.builder.to_string();
        let fields = builders.iter().find_map(|item| match item {
            Item::Struct(item) if item.ident == name => Some(item.fields.clone()),
            _ => None,
        });
        let checks = self.of_operation(operation, &fields.unwrap_or(Fields::Unit))?;
        if checks.is_empty() {
            return Ok(());
        }
        let id = operation.id();
        for item in builders {
            let Item::Impl(item) = item else { continue };
            if !inherent_impl_of(item, &name) {
                continue;
            }
            for item in &mut item.items {
                if let ImplItem::Fn(method) = item
                    && let Some(url) = method.block.stmts.iter().position(is_url)
                {
                    let checks: syn::Block = parse_quote!({
                        let at = crate::limits::Place::request(#id);
                        #checks
                    });
                    method.block.stmts.splice(url..url, checks.stmts);
                }
            }
        }
        Ok(())
    }

    fn of_operation(
        &self,
        operation: &Operation<'_>,
        fields: &Fields,
    ) -> Result<TokenStream, Error> {
        let mut checks = TokenStream::new();
        let document = self.document;
        for parameter in operation.parameters() {
            let parameter = resolve(document, parameter);
            let (Some(name), Some(schema)) = (parameter["name"].as_str(), parameter.get("schema"))
            else {
                continue;
            };
            let field = fields.iter().find(|field| {
                let ident = field.ident.as_ref();
                ident.is_some_and(|ident| is_same_name(&ident.unraw().to_string(), name))
            });
            if let Some((ident, ty)) = field.and_then(value_of) {
                let at = quote!(at.field(#name));
                checks.extend(self.of_value(ty, schema, &Operand::place(&quote!(#ident)), &at, 0));
            } else if !own(document, schema).is_empty() {
                return Err(Error::at(
                    &operation.place,
                    format!(
                        "the limits of the parameter `{name}` cannot be checked: progenitor's code has no value of this name"
                    ),
                ));
            }
        }
        let body = fields
            .iter()
            .find(|field| field.ident.as_ref().is_some_and(|ident| ident == "body"));
        let schema = operation
            .document
            .pointer("/requestBody/content")
            .and_then(Value::as_object)
            .and_then(|content| content.values().next()?.get("schema"));
        if let (Some((ident, ty)), Some(schema)) = (body.and_then(value_of), schema) {
            let body = Operand::place(&quote!(#ident));
            checks.extend(self.of_value(ty, schema, &body, &quote!(at), 0));
        }
        Ok(checks)
    }
}

/// The variable that a builder's field becomes, and its type: `Result<T, String>` until it is sent,
/// where a builder of `types::builder` stands for its type.
fn value_of(field: &Field) -> Option<(&Ident, &Type)> {
    Some((field.ident.as_ref()?, argument(&field.ty, "Result")?))
}

/// `let url = …`, which follows the values.
fn is_url(statement: &Stmt) -> bool {
    matches!(statement, Stmt::Local(local) if matches!(&local.pat, Pat::Ident(pat) if pat.ident == "url"))
}

/// The schemas that describe one value: the schema, what it refers to, and the members of `allOf`.
fn layers<'a>(document: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    let mut layers: Vec<&Value> = vec![schema];
    let mut index = 0;
    while let Some(&layer) = layers.get(index) {
        let members = layer["allOf"].as_array().into_iter().flatten();
        for next in members.chain([resolve(document, layer)]) {
            // Schemas may refer to each other in a circle.
            if !layers.iter().any(|layer| std::ptr::eq(*layer, next)) {
                layers.push(next);
            }
        }
        index += 1;
    }
    layers
}

/// The limits of a value itself.
fn own<'a>(document: &'a Value, schema: &'a Value) -> Vec<&'a Map<String, Value>> {
    limits_of(&layers(document, schema))
}

fn limits_of<'a>(layers: &[&'a Value]) -> Vec<&'a Map<String, Value>> {
    layers
        .iter()
        .filter_map(|layer| layer.get(LIMITS)?.as_object())
        .collect()
}

/// Every type that is not generated is written in full.
fn is_generated(path: &syn::Path) -> bool {
    let first = path.segments.first();
    path.leading_colon.is_none() && first.is_some_and(|segment| segment.ident != "crate")
}

fn wrap(checks: &TokenStream, outer: impl FnOnce(&TokenStream) -> TokenStream) -> TokenStream {
    if checks.is_empty() {
        TokenStream::new()
    } else {
        outer(checks)
    }
}

/// The checks for each limit, in the order of their names.
fn each(
    limits: &[&Map<String, Value>],
    check: impl Fn(&str, &Value) -> Option<TokenStream>,
) -> TokenStream {
    let limits: BTreeSet<(&String, String)> = limits
        .iter()
        .flat_map(|limits| limits.iter())
        .map(|(key, limit)| (key, limit.to_string()))
        .collect();
    limits
        .into_iter()
        .filter_map(|(key, limit)| check(key, &serde_json::from_str(&limit).ok()?))
        .collect()
}

fn count_items(limits: &[&Map<String, Value>], list: &Operand, at: &TokenStream) -> TokenStream {
    let Operand {
        receiver,
        reference,
        ..
    } = list;
    each(limits, |key, limit| match key {
        "minItems" => count(limit).map(|limit| quote!(#at.min_items(#receiver.len(), #limit)?;)),
        "maxItems" => count(limit).map(|limit| quote!(#at.max_items(#receiver.len(), #limit)?;)),
        "uniqueItems" => Some(quote!(#at.unique_items(#reference)?;)),
        _ => None,
    })
}

fn count_properties(
    limits: &[&Map<String, Value>],
    number: &TokenStream,
    at: &TokenStream,
) -> TokenStream {
    each(limits, |key, limit| {
        let limit = count(limit)?;
        match key {
            "minProperties" => Some(quote!(#at.min_properties(#number, #limit)?;)),
            "maxProperties" => Some(quote!(#at.max_properties(#number, #limit)?;)),
            _ => None,
        }
    })
}

/// The checks of a number, which is `integer` where it is one, and `float` as a float.
fn numbers(
    limits: &[&Map<String, Value>],
    at: &TokenStream,
    integer: Option<&TokenStream>,
    float: &TokenStream,
) -> TokenStream {
    let excluded = |key: &str| limits.iter().any(|limits| limits.contains_key(key));
    let (above, below) = (excluded("exclusiveMinimum"), excluded("exclusiveMaximum"));
    each(limits, |key, limit| {
        let bound = decimal(limit)?;
        let (value, limit) = match (integer, whole(limit)) {
            (Some(integer), Some(limit)) => (integer, limit),
            _ => (float, bound.clone()),
        };
        match key {
            "minimum" if above => Some(quote!(#at.more_than(#value, #limit)?;)),
            "minimum" => Some(quote!(#at.minimum(#value, #limit)?;)),
            "maximum" if below => Some(quote!(#at.less_than(#value, #limit)?;)),
            "maximum" => Some(quote!(#at.maximum(#value, #limit)?;)),
            "multipleOf" => Some(quote!(#at.multiple_of(#float, #bound)?;)),
            _ => None,
        }
    })
}

fn count(limit: &Value) -> Option<Expr> {
    let limit = limit.as_u64()?;
    syn::parse_str(&limit.to_string()).ok()
}

/// The limit as a whole number, however it is written.
fn whole(limit: &Value) -> Option<Expr> {
    let text = match limit.as_f64()? {
        _ if limit.is_i64() || limit.is_u64() => limit.to_string(),
        float if float.fract() == 0.0 && float.abs() < 1e15 => format!("{float:.0}"),
        _ => return None,
    };
    syn::parse_str(&text).ok()
}

fn decimal(limit: &Value) -> Option<Expr> {
    syn::parse_str(&format!("{:?}", limit.as_f64()?)).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn builder(operation: &str, fields: &TokenStream) -> TokenStream {
        let name = format_ident!("{}", operation);
        quote! {
            pub struct #name<'a> { client: &'a super::Client, #fields }
            impl<'a> #name<'a> {
                pub async fn send(self) -> Result<(), Error> {
                    let body = body.map_err(Error::invalid_request)?;
                    let url = format!("{}", client.baseurl);
                    let info = OperationInfo { operation_id: #operation };
                    Ok(())
                }
            }
        }
    }

    /// What is added to progenitor's `types`, and the statements before the URL.
    fn added(
        schemas: &Value,
        operation: &Value,
        types: &TokenStream,
        fields: &TokenStream,
    ) -> (String, String) {
        let mut operation = operation.clone();
        operation["operationId"] = json!("op");
        let document =
            json!({"components": {"schemas": schemas}, "paths": {"/x": {"post": operation}}});
        let builder = builder("op", fields);
        let mut client: File = parse_quote! {
            impl Client { pub fn op(&self) -> builder::op<'_> {} }
            pub mod types { #types }
            pub mod builder { #builder }
        };
        let before = module(&client, "types").len();
        add(&document, &mut client).unwrap();
        let methods: Vec<Item> = module_mut(&mut client, "types").unwrap().split_off(before);
        let text = quote!(#client).to_string();
        let (_, sent) = text.split_once("invalid_request) ? ;").unwrap();
        let (sent, _) = sent.split_once("let url").unwrap();
        let plain = |text: &str| text.split_whitespace().collect::<String>();
        (plain(&quote!(#(#methods)*).to_string()), plain(sent))
    }

    fn body(name: &str) -> Value {
        json!({"requestBody": {"content": {"application/json": {"schema": {"$ref": format!("#/components/schemas/{name}")}}}}})
    }

    fn limited(mut schema: Value, limits: Value) -> Value {
        schema[LIMITS] = limits;
        schema
    }

    #[test]
    fn what_has_no_limits_is_not_checked() {
        let schemas = json!({
            "Free": {"properties": {"name": {"type": "string"}}},
            "Received": {"properties": {"name": limited(json!({"type": "string"}), json!({"maxLength": 3}))}},
        });
        let types = quote! {
            pub struct Free { pub name: ::std::string::String }
            pub struct Received { pub name: ::std::string::String }
        };
        let fields = quote!(body: Result<types::builder::Free, String>,);
        assert_eq!(
            added(&schemas, &body("Free"), &types, &fields),
            (String::new(), String::new())
        );
    }

    #[test]
    fn each_limit_in_reach_of_a_body_is_checked_where_it_stands() {
        let text = |limits: Value| limited(json!({"type": "string"}), limits);
        let schemas = json!({
            "Outer": {"properties": {
                "innerOne": {"nullable": true, "allOf": [{"$ref": "#/components/schemas/Inner"}]},
                "tags": limited(json!({"type": "array", "items": text(json!({"maxLength": 16}))}), json!({"maxItems": 5, "uniqueItems": true})),
                "map": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Outer"}},
            }},
            "Inner": {"properties": {
                "key": text(json!({"maxLength": 9, "secret": true})),
                "share": limited(json!({"type": "number"}), json!({"minimum": 0, "exclusiveMinimum": true})),
                "count": limited(json!({"type": "integer"}), json!({"maximum": 7.0, "multipleOf": 2})),
            }},
        });
        let types = quote! {
            pub struct Outer {
                #[serde(rename = "innerOne", default)]
                pub inner_one: ::std::option::Option<::std::boxed::Box<Inner>>,
                pub tags: ::std::option::Option<::std::vec::Vec<::std::string::String>>,
                pub map: ::std::collections::HashMap<::std::string::String, Outer>,
            }
            pub struct Inner { pub key: ::std::string::String, pub share: f32, pub count: i32 }
        };
        let fields = quote!(body: Result<types::builder::Outer, String>,);
        let (methods, sent) = added(&schemas, &body("Outer"), &types, &fields);
        assert_eq!(
            sent,
            r#"letat=crate::limits::Place::request("op");body.check_limits(&at)?;"#
        );
        for part in [
            r#"ifletSome(value)=&self.inner_one{value.check_limits(&at.field("innerOne"))?;}"#,
            r#"ifletSome(value)=&self.tags{at.field("tags").max_items(value.len(),5)?;at.field("tags").unique_items(value)?;for(index,value)invalue.iter().enumerate(){at.field("tags").index(index).max_length(value,16)?;}}"#,
            r#"for(key,value)in&self.map{value.check_limits(&at.field("map").field(key))?;}"#,
            r#"at.field("key").secret().max_length(&self.key,9)?;"#,
            r#"at.field("share").more_than(crate::floats::widen(self.share),0.0)?;"#,
            r#"at.field("count").maximum(i128::from(self.count),7)?;at.field("count").multiple_of((self.countasf64),2.0)?;"#,
        ] {
            assert!(methods.contains(part), "{part} is not in {methods}");
        }
    }

    #[test]
    fn newtypes_enums_and_maps_are_checked_as_what_they_hold() {
        let schemas = json!({
            "Choice": {"oneOf": [{"$ref": "#/components/schemas/Name"}, {"type": "boolean"}]},
            "Name": limited(json!({"type": "string"}), json!({"minLength": 1})),
            "Labels": limited(json!({"type": "object", "additionalProperties": true}), json!({"maxProperties": 2})),
            "All": limited(json!({"properties": {
                "choice": {"$ref": "#/components/schemas/Choice"},
                "labels": {"$ref": "#/components/schemas/Labels"},
                "update": limited(json!({"type": "string", "nullable": true}), json!({"maxLength": 8})),
                "wait": limited(json!({"type": "string"}), json!({"pattern": "s$"})),
                "free": limited(json!({"type": "string"}), json!({"pattern": "^a"})),
            }}), json!({"minProperties": 1})),
        });
        let types = quote! {
            pub enum Choice { Name(Name), Boolean(bool) }
            pub struct Name(pub ::std::string::String);
            pub struct Labels(pub ::serde_json::Map<::std::string::String, ::serde_json::Value>);
            pub struct All {
                pub choice: Choice,
                pub labels: Labels,
                pub update: crate::Patch<::std::boxed::Box<::std::string::String>>,
                pub wait: ::ultravox::SignedDuration,
                pub free: ::std::string::String,
            }
        };
        let fields = quote!(body: Result<types::builder::All, String>,);
        let (methods, _) = added(&schemas, &body("All"), &types, &fields);
        for part in [
            "matchself{Self::Name(value)=>{value.check_limits(&at)?;}_=>{}}",
            "at.min_length(&self.0,1)?;",
            "at.max_properties(self.0.len(),2)?;",
            "at.min_properties(crate::limits::properties(self),1)?;",
            r#"at.field("wait").duration(self.wait)?;"#,
            r#"ifletcrate::Patch::Set(value)=&self.update{at.field("update").max_length(&*value,8)?;}"#,
        ] {
            assert!(methods.contains(part), "{part} is not in {methods}");
        }
        assert!(!methods.contains("free"), "{methods}");
    }

    #[test]
    fn parameters_are_checked_as_well() {
        let size = limited(
            json!({"type": "integer"}),
            json!({"minimum": 1, "maximum": 100}),
        );
        let operation = json!({"parameters": [
            {"name": "pageSize", "in": "query", "schema": size},
            {"name": "type", "in": "query", "schema": {"type": "string"}},
        ]});
        let fields = quote!(page_size: Result<Option<i64>, String>, type_: Result<Option<::std::string::String>, String>,);
        let (methods, sent) = added(&json!({}), &operation, &quote!(), &fields);
        assert_eq!(methods, "");
        assert_eq!(
            sent,
            r#"letat=crate::limits::Place::request("op");ifletSome(value)=&page_size{at.field("pageSize").maximum(i128::from(*value),100)?;at.field("pageSize").minimum(i128::from(*value),1)?;}"#
        );
    }

    #[test]
    fn a_limit_that_cannot_be_checked_stops_the_build() {
        let name = limited(json!({"type": "string"}), json!({"maxLength": 1}));
        let document = json!({
            "components": {"schemas": {}},
            "paths": {"/x": {"post": {"operationId": "op", "parameters": [{"name": "id", "schema": name}]}}},
        });
        let builder = builder("op", &quote!());
        let mut client: File = parse_quote! {
            impl Client { pub fn op(&self) -> builder::op<'_> {} }
            pub mod types {}
            pub mod builder { #builder }
        };
        let error = add(&document, &mut client).unwrap_err().to_string();
        assert!(
            error.starts_with("paths./x.post: ") && error.contains("`id`"),
            "{error}"
        );
    }
}
