//! Reads the operations from the document and from the methods of progenitor's client.

use std::collections::HashMap;

use serde_json::{Value, json};
use syn::{FnArg, ImplItem, ImplItemFn, Item, Pat, ReturnType};

use super::rust::{Shape, argument, shape, text};
use super::types::limits;
use super::{Answer, Argument, Body, FormField, Lend, Operation, Page, TYPES, Type};
use super::{Kind, Presence};
use crate::document::{self, location};
use crate::error::Error;
use crate::idents;
use crate::lower::bodies::{X_FORM, X_JSON, is_file};
use crate::lower::errors::X_ERRORS;
use crate::lower::handles;
use crate::lower::parameters::published_name;
use crate::lower::responses::{X_ACCEPT, X_REDIRECTS};
use crate::lower::schema::target;

/// The query parameter that selects the page.
const CURSOR: &str = "cursor";
/// The property that links to the next page.
const NEXT: &str = "next";

/// All operations of the lowered document, in the order of their ids.
pub fn operations(
    document: &Value,
    items: &[Item],
    types: &std::collections::BTreeMap<String, Type>,
) -> Result<Vec<Operation>, Error> {
    let functions = functions(items);
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (verb, operation) in item.as_object().into_iter().flatten() {
            if !document::METHODS.contains(&verb.as_str()) {
                continue;
            }
            let id = operation["operationId"].as_str().unwrap_or_default();
            let Some(function) = functions.get(idents::method(id).as_str()) else {
                return Err(Error::at(
                    location(path, verb),
                    format!("progenitor generated no method for the operation `{id}`"),
                ));
            };
            let read = Reader {
                operation,
                function,
                location: location(path, verb),
            };
            operations.push(read.operation(id, verb, path, types)?);
        }
    }
    operations.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(operations)
}

/// The methods of progenitor's client, by name.
fn functions(items: &[Item]) -> HashMap<String, &ImplItemFn> {
    let mut functions = HashMap::new();
    for item in items {
        if let Item::Impl(item) = item
            && item.trait_.is_none()
        {
            for member in &item.items {
                if let ImplItem::Fn(function) = member {
                    functions.insert(function.sig.ident.to_string(), function);
                }
            }
        }
    }
    functions
}

struct Reader<'a> {
    operation: &'a Value,
    function: &'a ImplItemFn,
    location: String,
}

impl Reader<'_> {
    fn operation(
        &self,
        id: &str,
        verb: &str,
        path: &str,
        types: &std::collections::BTreeMap<String, Type>,
    ) -> Result<Operation, Error> {
        let operation = self.operation;
        let (handles, method) = handles::of(operation);
        let (arguments, body) = self.arguments()?;
        let answer = self.answer()?;
        let lists = verb == "get"
            && arguments
                .iter()
                .any(|argument| argument.wire == CURSOR && !argument.required);
        let page = match &answer {
            Answer::Value(ty) if lists => page(ty, types),
            _ => None,
        };
        let texts =
            ["summary", "description"].map(|key| operation[key].as_str().unwrap_or_default());
        let docs = match texts {
            [summary, description] if summary == description => summary.to_owned(),
            texts => texts.join("\n\n").trim().to_owned(),
        };
        let strings = |key: &str| {
            let values = operation[key].as_array().into_iter().flatten();
            values
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect()
        };
        Ok(Operation {
            id: id.to_owned(),
            function: self.function.sig.ident.to_string(),
            call: idents::type_name(id),
            verb: verb.to_uppercase(),
            path: path.to_owned(),
            handles,
            method,
            arguments,
            body,
            answer,
            page,
            areas: strings("tags"),
            deprecated: operation["deprecated"] == true,
            redirects: operation[X_REDIRECTS] == true,
            accept: operation[X_ACCEPT].as_str().map(str::to_owned),
            docs,
            errors: strings(X_ERRORS),
            url: operation["externalDocs"]["url"].as_str().map(str::to_owned),
        })
    }

    fn unknown(&self, what: &str) -> Error {
        let function = &self.function.sig.ident;
        Error::at(
            &self.location,
            format!(
                "progenitor's method `{function}` has {what} that the generator does not recognize"
            ),
        )
    }

    /// Progenitor's mocks would not compile.
    fn null_as_a_whole(&self, at: &str) -> Error {
        Error::at(
            format!("{}.{at}", self.location),
            "a body that can be null as a whole is not supported",
        )
    }

    fn arguments(&self) -> Result<(Vec<Argument>, Option<Body>), Error> {
        let parameters = self.operation["parameters"].as_array();
        let by_name: HashMap<String, &Value> = parameters
            .into_iter()
            .flatten()
            .filter_map(|parameter| Some((idents::method(parameter["name"].as_str()?), parameter)))
            .collect();
        let mut arguments = Vec::new();
        let mut body = None;
        for input in &self.function.sig.inputs {
            let FnArg::Typed(input) = input else {
                continue;
            };
            let Pat::Ident(name) = &*input.pat else {
                return Err(self.unknown("an argument"));
            };
            let name = name.ident.to_string();
            match by_name.get(&name) {
                Some(parameter) => arguments.push(self.argument(name, parameter, &input.ty)?),
                None if name == "body" => body = Some(self.body(&input.ty)?),
                None => return Err(self.unknown(&format!("an argument `{name}`"))),
            }
        }
        Ok((arguments, body))
    }

    fn argument(&self, name: String, parameter: &Value, ty: &syn::Type) -> Result<Argument, Error> {
        let lent = |ty: &syn::Type| match ty {
            syn::Type::Reference(reference) => Some((*reference.elem).clone()),
            _ => None,
        };
        let is_str = |ty: &syn::Type| text(ty) == "str";
        let optional = argument(ty, "Option");
        let inner = optional.unwrap_or(ty);
        let string = || syn::parse_quote!(::std::string::String);
        let (lend, ty) = match (optional.is_some(), lent(inner)) {
            (true, Some(inner)) if is_str(&inner) => (Lend::OptionStr, string()),
            (true, Some(inner)) => (Lend::OptionRef, inner),
            (true, None) => (Lend::OptionCopy, inner.clone()),
            (false, Some(inner)) if is_str(&inner) => (Lend::Str, string()),
            (false, Some(inner)) => (Lend::Ref, inner),
            (false, None) => (Lend::Copy, inner.clone()),
        };
        let said = |key: &str| parameter[key].as_str().unwrap_or_default().to_owned();
        Ok(Argument {
            name,
            wire: published_name(&said("name")).to_owned(),
            location: said("in"),
            required: optional.is_none(),
            ty: text(&ty),
            shape: shape(&ty),
            lend,
            docs: said("description"),
            deprecated: parameter["deprecated"] == true,
            limits: limits(&parameter["schema"]),
        })
    }

    fn body(&self, ty: &syn::Type) -> Result<Body, Error> {
        if argument(ty, "Option").is_some() {
            return Err(self.null_as_a_whole("requestBody"));
        }
        let body = &self.operation["requestBody"];
        let fields = body[X_FORM].as_array();
        let fields = fields.map(|fields| fields.iter().map(form_field).collect());
        let json = match body.get(X_JSON) {
            Some(schema) => {
                let name = target(schema).ok_or_else(|| {
                    Error::at(
                        format!("{}.requestBody", self.location),
                        "JSON beside an upload should be an object with a name of its own",
                    )
                })?;
                Some(format!("{TYPES}{name}"))
            }
            None => match ty {
                syn::Type::Reference(reference) => Some(text(&reference.elem)),
                _ => None,
            },
        };
        match (json, fields) {
            (Some(json), None) => Ok(Body::Json(json)),
            (None, Some(fields)) => Ok(Body::Form(fields)),
            (Some(json), Some(fields)) => Ok(Body::JsonOrForm(json, fields)),
            (None, None) => Err(self.unknown("a body")),
        }
    }

    fn answer(&self) -> Result<Answer, Error> {
        let ReturnType::Type(_, ty) = &self.function.sig.output else {
            return Err(self.unknown("an answer"));
        };
        let value = argument(ty, "Result").and_then(|value| argument(value, "ResponseValue"));
        let value = value.ok_or_else(|| self.unknown("an answer"))?;
        Ok(match value {
            syn::Type::Tuple(unit) if unit.elems.is_empty() => Answer::Nothing,
            syn::Type::Path(path) if path.path.is_ident("ByteStream") => Answer::Bytes,
            value if argument(value, "Option").is_some() => {
                return Err(self.null_as_a_whole("responses"));
            }
            value => Answer::Value(text(value)),
        })
    }
}

fn form_field(field: &Value) -> FormField {
    let wire = field["name"].as_str().unwrap_or_default();
    let schema = &field["schema"];
    let (ty, shape) = match schema["type"].as_str() {
        _ if is_file(schema) => ("crate::Upload", Shape::Plain),
        Some("array") => (
            "Vec<crate::Upload>",
            Shape::List("crate::Upload".to_owned()),
        ),
        Some("integer") => ("i64", Shape::Plain),
        Some("number") => ("f64", Shape::Plain),
        Some("boolean") => ("bool", Shape::Plain),
        _ => ("String", Shape::Text),
    };
    FormField {
        name: idents::method(wire),
        wire: wire.to_owned(),
        required: field["required"] == json!(true),
        ty: ty.to_owned(),
        shape,
        media_type: field["contentType"].as_str().map(str::to_owned),
        docs: schema["description"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
    }
}

/// A page is an object with exactly one array and a string `next`.
fn page(ty: &str, types: &std::collections::BTreeMap<String, Type>) -> Option<Page> {
    let name = ty.strip_prefix(TYPES)?;
    let Kind::Struct(fields) = &types.get(name)?.kind else {
        return None;
    };
    let next = fields
        .iter()
        .find(|field| field.wire == NEXT && field.shape == Shape::Text)?;
    let mut lists = fields.iter().filter_map(|field| match &field.shape {
        Shape::List(item) => Some((field, item)),
        _ => None,
    });
    let (items, item) = lists.next()?;
    if lists.next().is_some() {
        return None;
    }
    Some(Page {
        ty: name.to_owned(),
        items: items.name.clone(),
        items_optional: items.presence != Presence::Required,
        item: item.clone(),
        next: next.name.clone(),
        next_optional: next.presence != Presence::Required,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::Api;
    use crate::tests::document;

    fn api(paths: &str, schemas: &str) -> Api {
        let mut lowered = crate::admit::parse(&document(paths, schemas)).unwrap();
        crate::prepare(&mut lowered).unwrap();
        let tokens = crate::generate::client(&document::to_openapi(&lowered).unwrap()).unwrap();
        crate::ir::read(&lowered, tokens).unwrap()
    }

    #[test]
    fn arguments_are_lent_as_progenitors_method_takes_them() {
        let api = api(
            "{'/a/{id}': {get: {operationId: a_retrieve, responses: {'204': {description: ''}}, parameters: [\
             {name: id, in: path, required: true, schema: {type: string, format: uuid}}, \
             {name: name, in: query, required: true, schema: {type: string}}, \
             {name: count, in: query, required: true, schema: {type: integer}}, \
             {name: search, in: query, schema: {type: string}}, \
             {name: size, in: query, schema: {type: integer}}, \
             {name: ids, in: query, schema: {type: array, items: {type: string}}}]}}}",
            "{}",
        );
        let mut lent: Vec<_> = api.operations[0]
            .arguments
            .iter()
            .map(|argument| (argument.wire.as_str(), argument.lend, argument.ty.as_str()))
            .collect();
        lent.sort_by_key(|(name, ..)| *name);
        assert_eq!(
            lent,
            [
                ("count", Lend::Copy, "i64"),
                ("id", Lend::Ref, "::uuid::Uuid"),
                ("ids", Lend::OptionRef, "Vec<String>"),
                ("name", Lend::Str, "String"),
                ("search", Lend::OptionStr, "String"),
                ("size", Lend::OptionCopy, "i64"),
            ]
        );
    }

    #[test]
    fn a_list_has_pages_where_it_takes_a_cursor_and_answers_with_one_list_and_the_next_page() {
        let page = |parameter: &str, properties: &str| {
            let paths = format!(
                "{{/a: {{get: {{operationId: a_list, parameters: [{{name: {parameter}, in: query, \
                 schema: {{type: string}}}}], responses: {{'200': {{description: '', content: \
                 {{application/json: {{schema: {{$ref: '#/components/schemas/A'}}}}}}}}}}}}}}}}"
            );
            let schemas = format!("{{A: {{type: object, properties: {{{properties}}}}}}}");
            api(&paths, &schemas).operations[0].page.is_some()
        };
        let list = "results: {type: array, items: {type: string}}";
        let next = "next: {type: string, nullable: true}";
        assert!(page("cursor", &format!("{list}, {next}")));
        assert!(!page("offset", &format!("{list}, {next}")));
        assert!(!page("cursor", list));
        assert!(!page("cursor", next));
        let two = format!("{list}, {next}, others: {{type: array, items: {{type: string}}}}");
        assert!(!page("cursor", &two));
    }
}
