//! From what is received to what is sent, so that a value can be read, changed and sent back.
//!
//! Nothing is made up and nothing dropped: there is no conversion where the request demands what is not
//! received, or cannot take what is.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;
use syn::{File, Item, ItemStruct, Type, parse_quote};

use super::super::document::operations;
use super::super::error::Error;
use super::super::lower::{RECEIVED_NOTE, target};
use super::items::{inside, is_optional, map_value, module, property, same, structs};

/// Received and sent.
type Pair = (String, String);

/// Writes `From` for each pair of types that allows it.
pub fn add(document: &Value, client: &mut File) -> Result<(), Error> {
    let structs: BTreeMap<String, ItemStruct> = structs(client)
        .map(|item| (item.ident.to_string(), item.clone()))
        .collect();
    let mut pairs = pairs(document);
    // A conversion may need another one, which turns out not to be possible.
    loop {
        let possible: BTreeSet<Pair> = pairs
            .iter()
            .filter(|pair| fields(pair, document, &structs, &pairs).is_some())
            .cloned()
            .collect();
        if possible.len() == pairs.len() {
            break;
        }
        pairs = possible;
    }
    let items: Vec<Item> = pairs
        .iter()
        .filter_map(|pair| {
            let fields = fields(pair, document, &structs, &pairs)?;
            let (received, sent) = (format_ident!("{}", pair.0), format_ident!("{}", pair.1));
            Some(parse_quote! {
                /// Takes over all that can be sent.
                impl ::std::convert::From<#received> for #sent {
                    fn from(value: #received) -> Self { Self { #(#fields)* } }
                }
            })
        })
        .collect();
    if let Some((_, content)) =
        module(&mut client.items, "types").and_then(|types| types.content.as_mut())
    {
        content.extend(items);
    }
    Ok(())
}

/// The types that were split, and for each operation what it answers and what it takes.
fn pairs(document: &Value) -> BTreeSet<Pair> {
    let mut pairs = BTreeSet::new();
    let schemas = document
        .pointer("/components/schemas")
        .and_then(Value::as_object);
    for (name, schema) in schemas.into_iter().flatten() {
        if let Some(received) = schema.get(RECEIVED_NOTE).and_then(Value::as_str) {
            pairs.insert((received.to_owned(), name.clone()));
        }
    }
    for (_, operation) in operations(document) {
        let sent = operation
            .get("requestBody")
            .map(contents)
            .unwrap_or_default();
        let responses = operation.get("responses").and_then(Value::as_object);
        for (_, response) in responses.into_iter().flatten() {
            for received in contents(response) {
                for sent in sent.iter().filter(|sent| **sent != received) {
                    pairs.insert((received.clone(), sent.clone()));
                }
            }
        }
    }
    pairs
}

/// The component schemas of a body.
fn contents(holder: &Value) -> Vec<String> {
    let content = holder.get("content").and_then(Value::as_object);
    content
        .into_iter()
        .flatten()
        .filter_map(|(_, media)| target(media.get("schema")?))
        .collect()
}

/// The fields of what is sent, if all can be filled from what is received.
fn fields(
    pair: &Pair,
    document: &Value,
    structs: &BTreeMap<String, ItemStruct>,
    pairs: &BTreeSet<Pair>,
) -> Option<Vec<TokenStream>> {
    let (received, sent) = (structs.get(&pair.0)?, structs.get(&pair.1)?);
    let properties = &document["components"]["schemas"][&pair.1]["properties"];
    let mut fields = Vec::new();
    let mut shared = false;
    for field in &sent.fields {
        let (name, key) = (field.ident.as_ref()?, property(field));
        let value = match received.fields.iter().find(|field| property(field) == key) {
            Some(source) => {
                shared = true;
                let from = source.ident.as_ref()?;
                convert(&source.ty, &field.ty, quote!(value.#from), pairs)?
            }
            None if is_optional(field) && properties[key?.as_str()]["writeOnly"] == true => {
                quote!(Default::default())
            }
            None => return None,
        };
        fields.push(quote!(#name: #value,));
    }
    shared.then_some(fields)
}

/// `value` of the type `from` as `to`.
fn convert(
    from: &Type,
    to: &Type,
    value: TokenStream,
    pairs: &BTreeSet<Pair>,
) -> Option<TokenStream> {
    if same(from, to) {
        return Some(value);
    }
    let inner = |from: &Type, to: &Type| convert(from, to, quote!(value), pairs);
    if let Some(to) = inside(to, "Patch") {
        let from = inside(from, "Option")?;
        let set = inner(from, to)?;
        return Some(quote!(#value.map_or(crate::Patch::Keep, |value| crate::Patch::Set(#set))));
    }
    if let Some(to) = inside(to, "Option") {
        return match inside(from, "Option") {
            Some(from) => inner(from, to).map(|inner| quote!(#value.map(|value| #inner))),
            None => convert(from, to, value, pairs).map(|value| quote!(Some(#value))),
        };
    }
    if let (Some(from), Some(to)) = (inside(from, "Vec"), inside(to, "Vec")) {
        let inner = inner(from, to)?;
        return Some(quote!(#value.into_iter().map(|value| #inner).collect()));
    }
    if let (Some(from), Some(to)) = (inside(from, "Box"), inside(to, "Box")) {
        let inner = convert(from, to, quote!((*#value)), pairs)?;
        return Some(quote!(::std::boxed::Box::new(#inner)));
    }
    if let (Some(from), Some(to)) = (map_value(from), map_value(to)) {
        let inner = inner(from, to)?;
        return Some(quote!(#value.into_iter().map(|(key, value)| (key, #inner)).collect()));
    }
    let name = |ty: &Type| match ty {
        Type::Path(path) => path.path.get_ident().map(ToString::to_string),
        _ => None,
    };
    pairs
        .contains(&(name(from)?, name(to)?))
        .then(|| quote!(#value.into()))
}
