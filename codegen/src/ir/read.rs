//! Builds the IR, reading progenitor's tokens once.

use proc_macro2::TokenStream;
use serde_json::Value;
use syn::Item;

use super::{Api, operations, schemas, types};
use crate::document;
use crate::error::Error;
use crate::lower::schema::components;

/// The API, from progenitor's `tokens` and the lowered `document` that they were generated from.
pub fn read(document: &Value, tokens: &TokenStream) -> Result<Api, Error> {
    let file: syn::File = syn::parse2(tokens.clone())
        .map_err(|error| Error::whole(format!("progenitor's code is not Rust: {error}")))?;
    let module = file.items.iter().find_map(|item| match item {
        Item::Mod(module) if module.ident == "types" => module.content.as_ref(),
        _ => None,
    });
    let items = module
        .map(|(_, items)| items.as_slice())
        .unwrap_or_default();
    let components = components(document);
    let types = types::types(items, &components)?;
    let enums = types::enums(&components)?;
    let unions = types::unions(&components)?;
    let names = schemas::names(&types, &enums, &unions);
    Ok(Api {
        operations: operations::operations(document, &file.items, &types)?,
        schemas: schemas::schemas(&components, &names, &unions),
        samples: schemas::samples(document, &components, &names),
        service: document::service(document)?,
        enums,
        unions,
        types,
    })
}
