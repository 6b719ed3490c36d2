//! `.pages()` and `.stream()` on the builder of every operation that lists something page by page.
//!
//! Such an operation is known by its shape: a GET with a query parameter `cursor`, whose answer is an
//! object with one array and a string `next`. The walk from page to page is `src/pages.rs`.

use std::collections::BTreeSet;

use proc_macro2::Ident;
use quote::quote;
use serde_json::Value;
use syn::{File, Item, ItemStruct, Type, parse_quote};

use super::super::error::Error;
use super::items::property;
use super::operations::{self, Operation, argument, module, module_mut, resolve};

/// The query parameter that says at which page to start.
const CURSOR: &str = "cursor";
/// The property that links to the next page.
const NEXT: &str = "next";

/// Adds the methods, and `Page` for the types that they go through.
pub fn add(document: &Value, client: &mut File) -> Result<(), Error> {
    let (mut methods, mut pages) = (Vec::new(), Vec::new());
    let mut seen = BTreeSet::new();
    for operation in operations::all(document, client)? {
        let Some(items) = list(document, &operation) else {
            continue;
        };
        let missing = |what| {
            let reason =
                format!("the operation lists pages, but {what} cannot be found in its code");
            Error::at(&operation.place, reason)
        };
        let builders = module(client, "builder");
        let builder = operation.builder.to_string();
        let page = operations::success(builders, &builder)
            .and_then(type_name)
            .ok_or_else(|| missing("the type of a page"))?;
        let fields =
            structure(builders, &builder).ok_or_else(|| missing("the type of its builder"))?;
        methods.push(methods_of(&operation, fields, page));
        if seen.insert(page.to_string()) {
            let structure = structure(module(client, "types"), &page.to_string());
            let page = structure.and_then(|structure| page_of(structure, &items));
            pages.push(page.ok_or_else(|| missing("the array or the link in the type of a page"))?);
        }
    }
    extend(client, "builder", methods)?;
    extend(client, "types", pages)
}

fn extend(client: &mut File, name: &str, more: Vec<Item>) -> Result<(), Error> {
    if more.is_empty() {
        return Ok(());
    }
    module_mut(client, name)
        .ok_or_else(|| Error::whole(format!("progenitor's code has no module `{name}`")))?
        .extend(more);
    Ok(())
}

/// The property that holds the items, if `operation` lists pages.
fn list(document: &Value, operation: &Operation<'_>) -> Option<String> {
    let has_cursor = operation
        .parameters()
        .map(|parameter| resolve(document, parameter))
        .any(|parameter| {
            parameter["in"] == "query"
                && parameter["name"] == CURSOR
                && parameter["required"] != true
        });
    if operation.verb != "get" || !has_cursor {
        return None;
    }
    let responses = operation.document.get("responses")?.as_object()?;
    responses
        .iter()
        .filter(|(status, _)| status.starts_with('2'))
        .filter_map(|(_, response)| resolve(document, response).get("content")?.as_object())
        .flat_map(|content| content.values())
        .filter_map(|media| media.get("schema"))
        .find_map(|schema| items_of_page(document, resolve(document, schema)))
}

fn items_of_page(document: &Value, schema: &Value) -> Option<String> {
    let properties = schema.get("properties")?.as_object()?;
    if resolve(document, properties.get(NEXT)?)["type"] != "string" {
        return None;
    }
    let mut arrays = properties
        .iter()
        .filter(|(_, property)| resolve(document, property)["type"] == "array");
    let (items, _) = arrays.next()?;
    arrays.next().is_none().then(|| items.clone())
}

fn type_name(of: &Type) -> Option<&Ident> {
    match of {
        Type::Path(path) => path.path.segments.last().map(|segment| &segment.ident),
        _ => None,
    }
}

fn structure<'a>(items: &'a [Item], name: &str) -> Option<&'a ItemStruct> {
    items.iter().find_map(|item| match item {
        Item::Struct(item) if item.ident == name => Some(item),
        _ => None,
    })
}

fn field<'a>(structure: &'a ItemStruct, name: &str) -> Option<(&'a Ident, &'a Type)> {
    structure
        .fields
        .iter()
        .find(|field| property(field).as_deref() == Some(name))
        .and_then(|field| Some((field.ident.as_ref()?, &field.ty)))
}

fn page_of(structure: &ItemStruct, items: &str) -> Option<Item> {
    let page = &structure.ident;
    let (results, array) = field(structure, items)?;
    let (next, link) = field(structure, NEXT)?;
    let (item, slice, vector) = match argument(array, "Option") {
        Some(array) => (
            argument(array, "Vec")?,
            quote!(self.#results.as_deref().unwrap_or_default()),
            quote!(self.#results.unwrap_or_default()),
        ),
        None => (
            argument(array, "Vec")?,
            quote!(&self.#results),
            quote!(self.#results),
        ),
    };
    let next = match argument(link, "Option") {
        Some(_) => quote!(self.#next.as_ref().map(::std::string::ToString::to_string)),
        None => {
            quote!(::std::option::Option::Some(::std::string::ToString::to_string(&self.#next)))
        }
    };
    Some(parse_quote! {
        impl crate::pages::Page for #page {
            type Item = #item;

            fn items(&self) -> &[Self::Item] {
                #slice
            }

            fn into_items(self) -> ::std::vec::Vec<Self::Item> {
                #vector
            }

            fn next_page(&self) -> ::std::option::Option<::std::string::String> {
                #next
            }
        }
    })
}

fn methods_of(operation: &Operation<'_>, builder: &ItemStruct, page: &Ident) -> Item {
    let name = &operation.builder;
    let fields: Vec<_> = builder
        .fields
        .iter()
        .filter_map(|field| field.ident.as_ref())
        .filter(|field| *field != "client")
        .collect();
    parse_quote! {
        impl #name<'_> {
            /// Fetches page after page, each when it is asked for, from the page of `cursor` on or
            /// else from the first.
            pub fn pages(self) -> crate::pages::Pages<types::#page> {
                let Self { client, #(#fields),* } = self;
                let start = cursor
                    .as_ref()
                    .ok()
                    .and_then(|cursor| cursor.as_ref())
                    .map(::std::string::ToString::to_string);
                crate::pages::Pages::of(&Self::OPERATION, client, start, move |client, at| {
                    let request = #name { client, #(#fields: #fields.clone()),* };
                    let request = match at {
                        Some(cursor) => request.cursor(cursor),
                        None => request,
                    };
                    request.request()
                })
            }

            /// Lists the items of all pages, and fetches the next page when it is needed.
            pub fn stream(self) -> crate::pages::Items<types::#page> {
                self.pages().into_items()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::generate_all;

    /// A document with `GET /boxes`, `parameters` and the properties of what it answers.
    fn client(method: &str, parameters: &str, page: &str) -> Result<String, String> {
        let yaml = format!(
            "
openapi: 3.0.3
info: {{title: Boxes, version: '1'}}
servers: [{{url: 'https://boxes.example'}}]
paths:
  /boxes:
    {method}:
      operationId: boxes_list
      parameters: [{parameters}]
      responses:
        '200':
          description: ''
          content:
            application/json:
              schema: {{$ref: '#/components/schemas/BoxPage'}}
components:
  securitySchemes: {{key: {{type: apiKey, in: header, name: x-key}}}}
  schemas:
    Box: {{type: object, properties: {{size: {{type: integer}}}}}}
    BoxPage:
      type: object
      required: [boxes]
      properties: {page}
"
        );
        generate_all(&yaml)
            .map(|generated| generated.whole("client"))
            .map_err(|error| error.to_string())
    }

    const CURSOR: &str = "{name: cursor, in: query, schema: {type: string}}";
    const PAGE: &str = "{next: {type: string, nullable: true}, boxes: {type: array, items: {$ref: '#/components/schemas/Box'}}}";

    #[test]
    fn a_list_is_known_by_its_cursor_its_link_and_its_one_array() {
        let client = client("get", CURSOR, PAGE).unwrap();
        for part in [
            "impl crate::pages::Page for BoxPage",
            "type Item = Box;",
            "impl BoxesList<'_>",
            "pub fn pages(self) -> crate::pages::Pages<types::BoxPage>",
            "pub fn stream(self) -> crate::pages::Items<types::BoxPage>",
        ] {
            assert!(client.contains(part), "{part}");
        }
    }

    #[test]
    fn what_has_another_shape_is_no_list() {
        let required = CURSOR.replace("query,", "query, required: true,");
        let header = CURSOR.replace("query", "header");
        let two_arrays = PAGE.replacen('{', "{more: {type: array, items: {type: string}}, ", 1);
        for (method, parameters, page) in [
            ("post", CURSOR, PAGE),
            ("get", "", PAGE),
            ("get", &required, PAGE),
            ("get", &header, PAGE),
            ("get", CURSOR, &PAGE.replace("next", "further")),
            (
                "get",
                CURSOR,
                &PAGE.replacen("type: string", "type: integer", 1),
            ),
            (
                "get",
                CURSOR,
                &PAGE.replace("type: array,", "type: object,"),
            ),
            ("get", CURSOR, &two_arrays),
        ] {
            let client = client(method, parameters, page).unwrap();
            assert!(!client.contains("pages::"), "{method} {parameters} {page}");
        }
    }

    #[test]
    fn the_other_parameters_are_sent_for_each_page() {
        let size = "{name: pageSize, in: query, schema: {type: integer}}";
        let client = client("get", &format!("{CURSOR}, {size}"), PAGE).unwrap();
        assert!(client.contains("page_size: page_size.clone(),"), "{client}");
        assert!(client.contains("request.cursor(cursor)"), "{client}");
    }

    #[test]
    fn a_parameter_does_not_take_the_names_of_the_methods() {
        let pages = "{name: pages, in: query, schema: {type: integer}}";
        let stream = "{name: stream, in: query, schema: {type: integer}}";
        let client = client("get", &format!("{CURSOR}, {pages}, {stream}"), PAGE).unwrap();
        for method in ["pages", "stream"] {
            let count = client.matches(&format!("pub fn {method}(")).count();
            assert_eq!(count, 1, "{method}");
            assert!(client.contains(&format!("pub fn {method}_query<V>(")));
        }
    }
}
