//! `Debug` of types that hold secrets, which a log would show otherwise.

use quote::quote;
use serde_json::Value;
use syn::{File, Item, ItemStruct, parse_quote};

use super::super::error::Error;
use super::super::lower::SECRET_NOTE;
use super::items::{property, structs, without_derive};
use super::operations::module_mut;

/// Writes `Debug` for each type that the pass `secrets` marked a property of.
pub fn add(document: &Value, client: &mut File) -> Result<(), Error> {
    let mut implementations: Vec<Item> = Vec::new();
    for item in structs(client) {
        let secrets = secrets(document, item);
        if !secrets.contains(&true) {
            continue;
        }
        without_derive(item, "Debug");
        let name = &item.ident;
        let text = name.to_string();
        let fields = item
            .fields
            .iter()
            .zip(secrets)
            .filter_map(|(field, secret)| {
                let ident = field.ident.as_ref()?;
                let text = ident.to_string();
                Some(if secret {
                    quote!((#text, &crate::runtime::Redacted))
                } else {
                    quote!((#text, &self.#ident))
                })
            });
        implementations.push(parse_quote! {
            /// Secrets are not shown.
            impl ::std::fmt::Debug for #name {
                fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                    crate::runtime::debug(f, #text, &[#(#fields),*])
                }
            }
        });
    }
    if let Some(types) = module_mut(client, "types") {
        types.extend(implementations);
    }
    Ok(())
}

/// Of each field, whether it holds a secret.
pub fn secrets(document: &Value, item: &ItemStruct) -> Vec<bool> {
    let properties = &document["components"]["schemas"][&item.ident.to_string()]["properties"];
    item.fields
        .iter()
        .map(|field| property(field).is_some_and(|name| properties[name][SECRET_NOTE] == true))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_type_with_a_secret_says_so_and_does_not_show_it() {
        let document = json!({"components": {"schemas": {
            "Car": {"properties": {"doorCode": {"x-ultravox-secret": true}, "name": {}}},
            "Road": {"properties": {"name": {}}},
        }}});
        let mut client: File = parse_quote! {
            pub mod types {
                #[derive(Clone, Debug, PartialEq)]
                pub struct Car { #[serde(rename = "doorCode")] pub door_code: String, pub name: String }
                #[derive(Clone, Debug)]
                pub struct Road { pub name: String }
            }
        };
        add(&document, &mut client).unwrap();
        let expected: File = parse_quote! {
            pub mod types {
                #[derive(Clone, PartialEq)]
                pub struct Car { #[serde(rename = "doorCode")] pub door_code: String, pub name: String }
                #[derive(Clone, Debug)]
                pub struct Road { pub name: String }
                /// Secrets are not shown.
                impl ::std::fmt::Debug for Car {
                    fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                        crate::runtime::debug(
                            f,
                            "Car",
                            &[("door_code", &crate::runtime::Redacted), ("name", &self.name)]
                        )
                    }
                }
            }
        };
        assert_eq!(quote!(#client).to_string(), quote!(#expected).to_string());
    }
}
