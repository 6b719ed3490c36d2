//! The items of the public API: what the emitters emit and progenitor generates, without its code.
//!
//! The decisions are those of the emitters, made by the same functions.

use std::collections::{BTreeMap, BTreeSet};

use super::constructors::{alternatives, is_one_of, named_constructors};
use super::conversions::converted;
use super::operations::{
    Method, free, handle_type, has_setter, methods, required_arguments, setter_of,
};
use super::takes;
use super::types::{in_order, names, sent, settable};
use super::unions::is_only;
use crate::api::{Argument, BY_TAG, Item, Origin, PublicApi, REQUEST_BODY, RESPONSE};
use crate::ir::{Answer, Api, Body, Field, Kind, Operation, Presence, Shape, TYPES, Type};

/// The public API.
pub fn items(api: &Api) -> PublicApi {
    let origins = origins(api);
    let mut reader = Reader {
        api,
        origins: &origins,
        items: BTreeMap::new(),
    };
    reader.enums();
    reader.unions();
    let sent = sent(api);
    for ty in api.types.values() {
        reader.ty(ty, sent.contains(&ty.name));
    }
    reader.conversions();
    for operation in &api.operations {
        reader.operation(operation);
    }
    let items = reader.items;
    PublicApi::new(items, origins)
}

/// Where each type comes from: its schema, or else a property or an operation that has it.
fn origins(api: &Api) -> BTreeMap<String, Origin> {
    let mut origins: BTreeMap<String, Origin> = BTreeMap::new();
    let mut open = Vec::new();
    let named = api.types.values().map(|ty| (&ty.name, &ty.schema));
    let enums = api.enums.iter().map(|of| (&of.name, &of.schema));
    let unions = api.unions.iter().map(|union| (&union.name, &union.schema));
    for (name, schema) in named.chain(enums).chain(unions) {
        if let Some(schema) = schema {
            origins.insert(name.clone(), Origin::schema(schema));
            open.push(name.clone());
        }
    }
    open.reverse();
    inherit(api, &mut origins, open);
    for operation in &api.operations {
        let whole = Origin::operation(operation);
        let mut open = Vec::new();
        let mut take = |ty: &str, step: &str| {
            for name in names(ty) {
                if !origins.contains_key(name) {
                    origins.insert(name.to_owned(), whole.at(step));
                    open.push(name.to_owned());
                }
            }
        };
        for argument in &operation.arguments {
            take(&argument.ty, &parameter(argument));
        }
        if let Some(Body::Json(ty) | Body::JsonOrForm(ty, _)) = &operation.body {
            take(ty, REQUEST_BODY);
        }
        if let Answer::Value(ty) = &operation.answer {
            take(ty, RESPONSE);
        }
        inherit(api, &mut origins, open);
    }
    origins
}

/// Gives types of fields without a schema of their own the origin of the field.
fn inherit(api: &Api, origins: &mut BTreeMap<String, Origin>, mut open: Vec<String>) {
    while let Some(name) = open.pop() {
        let Some(origin) = origins.get(&name).cloned() else {
            continue;
        };
        let variants = api.union(&name).into_iter().flat_map(|of| &of.variants);
        for variant in variants {
            origins.entry(variant.ty.clone()).or_insert_with(|| {
                open.push(variant.ty.clone());
                origin.clone()
            });
        }
        let Some(ty) = api.types.get(&name) else {
            continue;
        };
        let inner: Vec<(&str, Origin)> = match &ty.kind {
            Kind::Struct(fields) => fields
                .iter()
                .map(|field| (field.ty.as_str(), origin.at(&field.wire)))
                .collect(),
            Kind::Wrapper(inner, _) => vec![(inner, origin)],
            Kind::OneOf => ty
                .code
                .variants
                .iter()
                .flat_map(|(_, types)| types)
                .map(|ty| (ty.as_str(), origin.clone()))
                .collect(),
        };
        for (ty, origin) in inner {
            for inner in names(ty) {
                if !origins.contains_key(inner) {
                    origins.insert(inner.to_owned(), origin.clone());
                    open.push(inner.to_owned());
                }
            }
        }
    }
}

fn parameter(argument: &crate::ir::Argument) -> String {
    format!("{} parameter {}", argument.location, argument.wire)
}

/// The text of a variant that contains nothing.
const VARIANT: &str = "a variant";

struct Reader<'a> {
    api: &'a Api,
    origins: &'a BTreeMap<String, Origin>,
    items: BTreeMap<String, Item>,
}

impl Reader<'_> {
    fn add(&mut self, path: impl Into<String>, item: Item) {
        self.items.insert(path.into(), item);
    }

    fn origin(&self, ty: &str) -> Origin {
        let name = names(ty).next().unwrap_or(ty);
        let origin = self.origins.get(name).cloned();
        // A type that no field or operation has is named after a schema.
        origin.unwrap_or_else(|| Origin::schema(name))
    }

    fn enums(&mut self) {
        for of in &self.api.enums {
            let path = format!("types::{}", of.name);
            let origin = self.origin(&of.name);
            for (variant, value) in &of.variants {
                let item = Item::new(VARIANT, origin.at(value), &[&path]).in_json(value);
                self.add(format!("{path}::{variant}"), item);
            }
            self.add(path, Item::new("enum", origin, &[]));
        }
    }

    fn unions(&mut self) {
        for union in &self.api.unions {
            let path = format!("types::{}", union.name);
            let origin = self.origin(&union.name);
            for variant in &union.variants {
                let ty = format!("types::{}", variant.ty);
                let payload = match variant.boxed {
                    true => format!("Box<{ty}>"),
                    false => ty.clone(),
                };
                let mut item = Item::new(format!("({payload})"), origin.clone(), &[&path]);
                item.arguments
                    .push(contained(payload, self.origin(&variant.ty)));
                self.add(format!("{path}::{}", variant.name), item);
                if is_only(union, variant) {
                    let header = format!("From<{ty}> for {path}");
                    self.implementation(&header, self.origin(&variant.ty), &[&path]);
                }
            }
            self.add(path, Item::new(BY_TAG, origin, &[]));
        }
    }

    fn ty(&mut self, ty: &Type, is_sent: bool) {
        let path = format!("types::{}", ty.name);
        let origin = self.origin(&ty.name);
        let closed = !ty.code.non_exhaustive;
        let text = match &ty.kind {
            Kind::Struct(_) => "struct".to_owned(),
            Kind::Wrapper(inner, _) => format!("struct({})", shown(inner)),
            Kind::OneOf => "enum".to_owned(),
        };
        let text = match closed {
            true => format!("exhaustive {text}"),
            false => text,
        };
        self.add(path.clone(), Item::new(text, origin.clone(), &[]));
        for header in &ty.code.traits {
            let of = match header.contains(" for ") {
                true => shown(header),
                false => format!("{} for {path}", shown(header)),
            };
            self.implementation(&of, origin.clone(), &[&path]);
        }
        for (name, types) in &ty.code.variants {
            let shown: Vec<_> = types.iter().map(|ty| shown(ty)).collect();
            let text = match shown.as_slice() {
                [] => VARIANT.to_owned(),
                types => format!("({})", types.join(", ")),
            };
            let mut item = Item::new(text, origin.clone(), &[&path]);
            let arguments = types.iter().zip(shown).map(|(ty, shown)| {
                let is_generated = names(ty).next().is_some();
                let origin = if is_generated {
                    self.origin(ty)
                } else {
                    origin.clone()
                };
                contained(shown, origin)
            });
            item.arguments = arguments.collect();
            item.breaks_when_added = closed;
            self.add(format!("{path}::{name}"), item);
        }
        if let Kind::Struct(fields) = &ty.kind {
            for field in fields {
                let item = Item::new(type_of(field), origin.at(&field.wire), &[&path]);
                let mut item = item.in_json(&field.wire);
                item.breaks_when_added = closed;
                self.add(format!("{path}::{}", field.name), item);
            }
        }
        if is_sent {
            self.made(ty, &path, &origin);
        }
    }

    fn implementation(&mut self, header: &str, origin: Origin, owners: &[&str]) {
        let item = Item::new("implemented", origin, owners);
        self.add(format!("impl {header}"), item);
    }

    /// The constructors and setters of a type that is sent.
    fn made(&mut self, ty: &Type, path: &str, origin: &Origin) {
        match &ty.kind {
            Kind::Struct(fields) => {
                let required = fields.iter().filter(|f| f.presence == Presence::Required);
                let arguments = of_fields(&in_order(required), origin);
                self.function(&format!("{path}::new"), arguments, origin, &[path]);
                if is_one_of(ty, fields) {
                    self.alternatives(fields, path, origin);
                } else {
                    for field in settable(fields) {
                        let owner = format!("{path}::{}", field.name);
                        self.setters(path, field, origin, &[path, &owner]);
                    }
                }
                for constructor in named_constructors(ty, fields, self.api) {
                    let taken: Vec<_> = constructor.arguments(self.api).collect();
                    let path_of = format!("{path}::{}", constructor.name);
                    self.function(&path_of, of_fields(&taken, origin), origin, &[path]);
                }
            }
            Kind::Wrapper(_, Shape::Json) => {
                self.function(&format!("{path}::new"), Vec::new(), origin, &[path]);
                self.implementation(&format!("Default for {path}"), origin.clone(), &[path]);
            }
            Kind::Wrapper(..) | Kind::OneOf => {}
        }
    }

    fn alternatives(&mut self, fields: &[Field], path: &str, origin: &Origin) {
        let api = self.api;
        for (field, inner, required) in alternatives(fields, api) {
            let origin = origin.at(&field.wire);
            let arguments = of_fields(&required, &self.origin(inner));
            self.function(
                &format!("{path}::{}", field.name),
                arguments,
                &origin,
                &[path],
            );
            let header = format!("From<types::{inner}> for {path}");
            self.implementation(&header, origin, &[path]);
        }
    }

    fn function(&mut self, path: &str, arguments: Vec<Argument>, origin: &Origin, owners: &[&str]) {
        let item = Item::function(arguments, "Self", origin.clone(), owners);
        self.add(format!("{path}()"), item);
    }

    /// The setter of a field, and for an update the one that clears it.
    fn setters(&mut self, path: &str, field: &Field, origin: &Origin, owners: &[&str]) {
        let origin = origin.at(&field.wire);
        let value = argument("", &takes(&field.shape, &field.ty), &origin);
        let setter = format!("{path}::{}", field.name);
        if field.presence == Presence::Others {
            let name = argument("", "[text]", &origin);
            self.function(&setter, vec![name, value], &origin, owners);
            return;
        }
        self.function(&setter, vec![value], &origin, owners);
        if field.presence == Presence::Patch {
            let clear = format!("{path}::clear_{}", field.name.trim_start_matches("r#"));
            self.function(&clear, Vec::new(), &origin, owners);
        }
    }

    fn conversions(&mut self) {
        for (received, sent) in converted(self.api) {
            let owners = [format!("types::{received}"), format!("types::{sent}")];
            let header = format!("From<{}> for {}", owners[0], owners[1]);
            let owners = owners.each_ref().map(String::as_str);
            self.implementation(&header, self.origin(sent), &owners);
        }
        let api = self.api;
        for page in api
            .operations
            .iter()
            .filter_map(|operation| operation.page.as_ref())
        {
            let path = format!("types::{}", page.ty);
            let item = Item::new(shown(&page.item), self.origin(&page.ty), &[&path]);
            self.add(format!("impl Page for {path}"), item);
        }
    }

    fn operation(&mut self, operation: &Operation) {
        let origin = Origin::operation(operation);
        let mut way = "client".to_owned();
        for end in 1..=operation.handles.len() {
            let name = &operation.handles[end - 1];
            let handle = handle_type(&operation.handles[..end]);
            let item = Item::new(format!("handles::{handle}"), origin.clone(), &[]);
            self.items.entry(format!("{way}.{name}()")).or_insert(item);
            way = format!("{way}.{name}()");
        }
        let known = |area: &&String| crate::AREAS.contains(&area.as_str());
        // An operation of an area that is not a feature is always there.
        let features: BTreeSet<String> = match operation.areas.iter().all(|area| known(&area)) {
            true => operation
                .areas
                .iter()
                .map(|area| area.replace('_', "-"))
                .collect(),
            false => BTreeSet::new(),
        };
        let output = match &operation.answer {
            Answer::Nothing => "()".to_owned(),
            Answer::Bytes => "ByteStream".to_owned(),
            Answer::Value(ty) => shown(ty),
        };
        for method in methods(operation, self.api) {
            let path = format!("{way}.{}", method.name);
            let arguments = self.arguments(operation, &method, &origin);
            let mut item = Item::function(arguments, &output, origin.clone(), &[]);
            item.features = features.clone();
            self.add(path.clone(), item);
            self.call(operation, &method, &path);
        }
    }

    /// The arguments of a method: parameters, then fields of the body, or the body as a whole.
    fn arguments(
        &self,
        operation: &Operation,
        method: &Method<'_>,
        origin: &Origin,
    ) -> Vec<Argument> {
        let (body, form) = (method.json, method.form);
        let in_body = body.map_or_else(|| origin.at(REQUEST_BODY), |body| self.origin(body));
        let parameters = required_arguments(operation);
        let parameters: BTreeMap<_, _> = parameters.map(|of| (of.name.as_str(), of)).collect();
        let wire = |name: &str| {
            let fields = body
                .and_then(|body| self.api.fields(body))
                .unwrap_or_default();
            let field = fields.iter().find(|field| field.name == name);
            let in_form = form.unwrap_or_default().iter();
            let in_form = in_form.clone().find(|field| field.name == name);
            let wire = field.map(|field| &field.wire);
            wire.or(in_form.map(|field| &field.wire)).cloned()
        };
        let read = |(name, takes): &(String, String)| match parameters.get(name.as_str()) {
            Some(of) => Argument {
                is_positional: of.location == "path",
                ..argument(name, takes, &origin.at(parameter(of)))
            },
            None => match wire(name) {
                Some(wire) => argument(name, takes, &in_body.at(wire)),
                None => argument(name, takes, &in_body),
            },
        };
        let whole = |of: Argument| Argument {
            // The macro takes what converts into it.
            takes: format!("impl Into<{}>", of.takes),
            ..of
        };
        let of_body = method.of_body.iter().map(|taken| match taken {
            (name, takes)
                if name == "body" && takes.starts_with("[exact") && wire(name).is_none() =>
            {
                whole(read(taken))
            }
            taken => read(taken),
        });
        method.arguments.iter().map(read).chain(of_body).collect()
    }

    /// The call that a method returns.
    fn call(&mut self, operation: &Operation, method: &Method<'_>, owner: &str) {
        let (body, form) = (method.json, method.form);
        let path = format!("operations::{}", method.call);
        let origin = Origin::operation(operation);
        let owners = [path.as_str()];
        self.add(path.clone(), Item::new("struct", origin.clone(), &[owner]));
        if form.is_none() {
            self.implementation(&format!("Clone for {path}"), origin.clone(), &owners);
        }
        for of in operation.arguments.iter().filter(|of| !of.required) {
            let origin = origin.at(parameter(of));
            let argument = argument("", &takes(&of.shape, &of.ty), &origin);
            let setter = format!("{path}::{}", setter_of(of));
            self.function(&setter, vec![argument], &origin, &owners);
        }
        for field in form
            .unwrap_or_default()
            .iter()
            .filter(|field| !field.required)
        {
            let origin = origin.at(REQUEST_BODY).at(&field.wire);
            let argument = argument("", &takes(&field.shape, &field.ty), &origin);
            let setter = format!("{path}::{}", free(&field.name, "form"));
            self.function(&setter, vec![argument], &origin, &owners);
        }
        if let Some(body) = body {
            let in_body = self.origin(body);
            let whole = argument("", &format!("[into {body}]"), &in_body);
            self.function(&format!("{path}::body"), vec![whole], &in_body, &owners);
            for field in self.api.fields(body).unwrap_or_default() {
                if has_setter(operation, &field.name) {
                    let owner = format!("{}::{}", shown(body), field.name);
                    self.setters(&path, field, &in_body, &[&path, &owner]);
                }
            }
        }
        if body.is_some() || form.is_some() {
            let arguments = vec![
                argument("", "[text]", &origin),
                argument("", "[json]", &origin),
            ];
            let setter = format!("{path}::extra");
            self.function(&setter, arguments, &origin, &owners);
        }
        if let Some(page) = &operation.page {
            let pages = format!("Pages<types::{}>", page.ty);
            let item = Item::function(Vec::new(), &pages, origin.clone(), &owners);
            self.add(format!("{path}::pages()"), item);
            let items = format!("Items<types::{}>", page.ty);
            let item = Item::function(Vec::new(), &items, origin.clone(), &owners);
            self.add(format!("{path}::stream()"), item);
        }
        if operation.redirects {
            let item = Item::function(Vec::new(), "Option<url::Url>", origin, &owners);
            self.add(format!("{path}::location()"), item);
        }
    }
}

fn of_fields(fields: &[&Field], origin: &Origin) -> Vec<Argument> {
    let arguments = fields.iter().map(|field| {
        argument(
            &field.name,
            &takes(&field.shape, &field.ty),
            &origin.at(&field.wire),
        )
    });
    arguments.collect()
}

/// What a variant contains. The variant is named after the schema of that.
fn contained(ty: String, origin: Origin) -> Argument {
    Argument {
        name: String::new(),
        takes: ty,
        is_positional: true,
        origin,
    }
}

/// An argument, which takes a value in the terms of the macros.
fn argument(name: &str, takes: &str, origin: &Origin) -> Argument {
    Argument {
        name: name.to_owned(),
        takes: taken(takes),
        is_positional: false,
        origin: origin.clone(),
    }
}

/// The type of an argument, as the macro `takes!` has it.
fn taken(takes: &str) -> String {
    let takes = takes.trim_start_matches('[').trim_end_matches(']');
    let (kind, ty) = takes.split_once(' ').unwrap_or((takes, ""));
    let ty = shown(ty);
    match kind {
        "text" => "impl Into<String>".to_owned(),
        "json" => "impl Into<serde_json::Value>".to_owned(),
        "list" => format!("impl IntoIterator<Item: Into<{ty}>>"),
        "map" => format!("impl IntoIterator<Item = (impl Into<String>, impl Into<{ty}>)>"),
        "into" => format!("impl Into<{ty}>"),
        "id" => "impl IntoId".to_owned(),
        "name" => "impl ToString".to_owned(),
        _ => ty,
    }
}

/// The type of a field, with the wrapper that follows from its presence.
fn type_of(field: &Field) -> String {
    let ty = shown(&field.ty);
    let ty = match field.boxed {
        true => format!("Box<{ty}>"),
        false => ty,
    };
    match field.presence {
        Presence::Required => ty,
        Presence::Nullable | Presence::Optional => format!("Option<{ty}>"),
        Presence::Patch => format!("Option<Patch<{ty}>>"),
        Presence::Others => format!("a map of {ty}"),
    }
}

/// A type or a trait as it is written outside the crate, without the name of the crate, and for what is
/// in the standard library without its path.
fn shown(ty: &str) -> String {
    let mut text = ty.replace(TYPES, "types::").replace("crate::", "");
    for path in ["::std::", "::core::"] {
        while let Some(start) = text.find(path) {
            // Up to the last segment, which begins with a capital.
            let rest = &text[start..];
            let end = rest
                .find(|c: char| c.is_ascii_uppercase())
                .unwrap_or(path.len());
            text.replace_range(start..start + end, "");
        }
    }
    let mut shown = String::with_capacity(text.len());
    for (index, part) in text.split("::").enumerate() {
        if index > 0 && shown.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '>') {
            shown.push_str("::");
        }
        shown.push_str(part);
    }
    shown
}
