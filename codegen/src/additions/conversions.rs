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
use super::items::{inside, is_optional, map_value, property, same, structs};
use super::operations::module_mut;

/// Received and sent.
type Pair = (String, String);

/// Writes `From` for each pair of types that allows it.
pub fn add(document: &Value, client: &mut File) -> Result<(), Error> {
    let structs: BTreeMap<String, ItemStruct> = structs(client)
        .map(|item| (item.ident.to_string(), item.clone()))
        .collect();
    let split = split(document);
    link(&split, &structs, client);
    let mut pairs = pairs(document, split);
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
    if let Some(types) = module_mut(client, "types") {
        types.extend(items);
    }
    Ok(())
}

/// What is received and what is sent of the schemas that were split.
fn split(document: &Value) -> BTreeSet<Pair> {
    let schemas = document
        .pointer("/components/schemas")
        .and_then(Value::as_object);
    schemas
        .into_iter()
        .flatten()
        .filter_map(|(name, schema)| {
            let received = schema.get(RECEIVED_NOTE)?.as_str()?;
            Some((received.to_owned(), name.clone()))
        })
        .collect()
}

/// The documentation of one leads to the other, where both are built.
fn link(split: &BTreeSet<Pair>, structs: &BTreeMap<String, ItemStruct>, client: &mut File) {
    let built = |name: &String| structs.contains_key(name);
    for item in self::structs(client) {
        let name = item.ident.to_string();
        for (received, sent) in split.iter().filter(|(a, b)| built(a) && built(b)) {
            let text = match &name {
                name if name == received => format!("Sent as [`{sent}`]."),
                name if name == sent => format!("Received as [`{received}`]."),
                _ => continue,
            };
            item.attrs.push(parse_quote!(#[doc = ""]));
            item.attrs.push(parse_quote!(#[doc = #text]));
        }
    }
}

/// These, and what an operation answers with what it takes.
fn pairs(document: &Value, split: BTreeSet<Pair>) -> BTreeSet<Pair> {
    let mut pairs = split;
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
                quote!(::std::default::Default::default())
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

#[cfg(test)]
mod tests {
    use quote::ToTokens;
    use serde_json::json;

    use super::*;

    /// The conversions that are added to these types, without white space. `A` is split.
    fn conversions(sent: Value, items: TokenStream) -> Vec<String> {
        let document = json!({
            "paths": {"/x": {"patch": {
                "requestBody": {"content": {"application/json": {
                    "schema": {"$ref": "#/components/schemas/Update"},
                }}},
                "responses": {"200": {"content": {"application/json": {
                    "schema": {"$ref": "#/components/schemas/A"},
                }}}},
            }}},
            "components": {"schemas": {
                "ARequest": {"x-ultravox-received-as": "A", "properties": sent},
                "BRequest": {"x-ultravox-received-as": "B"},
            }},
        });
        let mut client: File = parse_quote!(pub mod types { #items });
        add(&document, &mut client).unwrap();
        let types = module_mut(&mut client, "types").unwrap();
        types
            .iter()
            .filter(|item| matches!(item, Item::Impl(_)))
            .map(|item| item.to_token_stream().to_string().replace(' ', ""))
            .collect()
    }

    #[test]
    fn what_is_received_becomes_what_is_sent() {
        let conversions = conversions(
            json!({"secret": {"writeOnly": true}}),
            quote! {
                pub struct A { id: i64, b: Option<Box<B>>, list: Vec<B>, map: HashMap<String, B>, #[serde(default)] n: Option<i64> }
                pub struct B { n: i64 }
                pub struct ARequest {
                    b: Option<Box<BRequest>>,
                    list: Vec<BRequest>,
                    map: HashMap<String, BRequest>,
                    #[serde(default)] secret: Option<String>,
                    #[serde(default)] n: crate::Patch<i64>,
                }
                pub struct BRequest { n: i64 }
            },
        );
        let [a, b] = conversions.as_slice() else {
            panic!("{conversions:?}")
        };
        for part in [
            "impl::std::convert::From<A>forARequest",
            "b:value.b.map(|value|::std::boxed::Box::new((*value).into()))",
            "list:value.list.into_iter().map(|value|value.into()).collect()",
            "map:value.map.into_iter().map(|(key,value)|(key,value.into())).collect()",
            "secret:::std::default::Default::default()",
            "n:value.n.map_or(crate::Patch::Keep,|value|crate::Patch::Set(value))",
        ] {
            assert!(a.contains(part), "{part} is not in {a}");
        }
        assert!(b.contains("From<B>forBRequest"), "{b}");
    }

    #[test]
    fn an_update_can_be_made_of_what_the_operation_answers() {
        let conversions = conversions(
            json!({}),
            quote! {
                pub struct A { n: i64 }
                pub struct Update { #[serde(default)] n: Option<i64> }
            },
        );
        let [update] = conversions.as_slice() else {
            panic!("{conversions:?}")
        };
        assert!(update.contains("From<A>forUpdate"), "{update}");
        assert!(update.contains("n:Some(value.n)"), "{update}");
    }

    #[test]
    fn nothing_is_made_up_and_nothing_is_dropped() {
        let required = quote! {
            pub struct A { n: i64 }
            pub struct ARequest { n: i64, secret: String }
        };
        let absent = quote! {
            pub struct A { #[serde(default)] n: Option<i64> }
            pub struct ARequest { n: i64 }
        };
        // `B` cannot be converted, so what holds it cannot either.
        let inner = quote! {
            pub struct A { b: Option<B> }
            pub struct ARequest { #[serde(default)] b: Option<BRequest> }
            pub struct B { n: i64 }
            pub struct BRequest { n: i64, secret: String }
        };
        let unrelated = quote! {
            pub struct A { n: i64 }
            pub struct Update { #[serde(default)] other: Option<i64> }
        };
        for items in [required, absent, inner, unrelated] {
            let conversions = conversions(json!({"secret": {"writeOnly": true}}), items);
            assert!(conversions.is_empty(), "{conversions:?}");
        }
    }

    #[test]
    fn the_documentation_of_one_type_leads_to_the_other() {
        let mut client: File = parse_quote!(
            pub mod types {
                pub struct A {
                    n: i64,
                }
                pub struct ARequest {
                    n: i64,
                }
                pub struct BRequest {
                    n: i64,
                }
            }
        );
        let document = json!({"components": {"schemas": {
            "ARequest": {"x-ultravox-received-as": "A"},
            "BRequest": {"x-ultravox-received-as": "B"},
        }}});
        add(&document, &mut client).unwrap();
        let text = quote!(#client).to_string();
        assert!(text.contains("\"Sent as [`ARequest`].\""), "{text}");
        assert!(text.contains("\"Received as [`A`].\""), "{text}");
        assert!(!text.contains("Received as [`B`]"), "{text}");
    }
}
