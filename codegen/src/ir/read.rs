//! Builds the IR, reading progenitor's tokens once.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use serde_json::Value;
use syn::Item;

use super::{Api, operations, schemas, types};
use crate::document::{self, Service};
use crate::error::Error;
use crate::lower::schema::components;

/// The API, from progenitor's `tokens` and the lowered `document` that they were generated from.
pub fn read(document: &Value, tokens: TokenStream) -> Result<Api, Error> {
    let api = read_items(document, tokens)?;
    let components = components(document);
    let names = schemas::names(&api.types, &api.enums, &api.unions);
    Ok(Api {
        schemas: schemas::schemas(components, &names, &api.unions),
        samples: schemas::samples(document, components, &names),
        service: document::service(document)?,
        ..api
    })
}

/// What programs can name: operations and types, without the service and without what tests need.
pub fn read_items(document: &Value, tokens: TokenStream) -> Result<Api, Error> {
    let file: syn::File = syn::parse2(without_bodies(tokens))
        .map_err(|error| Error::whole(format!("progenitor's code is not Rust: {error}")))?;
    let module = file.items.iter().find_map(|item| match item {
        Item::Mod(module) if module.ident == "types" => module.content.as_ref(),
        _ => None,
    });
    let items = module
        .map(|(_, items)| items.as_slice())
        .unwrap_or_default();
    let components = components(document);
    let types = types::types(items, components)?;
    Ok(Api {
        operations: operations::operations(document, &file.items, &types)?,
        enums: types::enums(components)?,
        unions: types::unions(components)?,
        types,
        schemas: Vec::new(),
        samples: Vec::new(),
        service: Service::default(),
    })
}

/// The items with empty function bodies, which nothing here reads and which take longest to parse.
fn without_bodies(items: TokenStream) -> TokenStream {
    let mut keyword = None;
    let items = items.into_iter().map(|token| match &token {
        TokenTree::Ident(ident) if keyword.is_none() => {
            let known = [
                "enum", "fn", "impl", "mod", "struct", "trait", "type", "use",
            ];
            keyword = known.into_iter().find(|known| ident == known);
            token
        }
        TokenTree::Punct(punct) if punct.as_char() == ';' => {
            keyword = None;
            token
        }
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
            let content = match keyword.take() {
                Some("fn") => TokenStream::new(),
                Some("impl" | "mod") => without_bodies(group.stream()),
                _ => return token,
            };
            TokenTree::Group(Group::new(Delimiter::Brace, content))
        }
        _ => token,
    });
    items.collect()
}
