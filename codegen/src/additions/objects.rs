//! How types are read and written, in the place of serde's derive, which is most of what there is to
//! compile.
//!
//! What reading and writing do is `src/object.rs`; here they get the properties.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use serde_json::Value;
use syn::{Field, File, Item, ItemStruct, parse_quote};

use super::super::error::Error;
use super::items::{
    SerdeArgument, inside, is_serde, property, serde_arguments, structs, without_derive,
};
use super::operations::module_mut;

/// The bits in which `src/object.rs` notes what was read.
const MAX_PROPERTIES: usize = 128;

/// Writes both for each type that asks serde for nothing that is not known there.
pub fn add(_: &Value, client: &mut File) -> Result<(), Error> {
    let mut implementations = Vec::new();
    for item in structs(client) {
        let Some(implementation) = implementation(item) else {
            continue;
        };
        implementations.push(implementation);
        without_derive(item, "Deserialize");
        without_derive(item, "Serialize");
        for field in &mut item.fields {
            field.attrs.retain(|attribute| !is_serde(attribute));
        }
    }
    if let Some(types) = module_mut(client, "types") {
        types.extend(implementations);
    }
    Ok(())
}

fn implementation(item: &ItemStruct) -> Option<Item> {
    if item.attrs.iter().any(is_serde) || item.fields.len() > MAX_PROPERTIES {
        return None;
    }
    let (mut lines, mut required) = (Vec::new(), Vec::new());
    for (index, field) in item.fields.iter().enumerate() {
        let (name, ty, property) = (field.ident.as_ref()?, &field.ty, property(field)?);
        let index = Literal::usize_unsuffixed(index);
        let Presence {
            is_required,
            write,
            float,
        } = Presence::of(field)?;
        let read = if is_required {
            required.push(quote!(#index #name));
            quote!(required)
        } else {
            quote!(optional)
        };
        lines.push(quote!(#index #property #read #write #float #name: #ty;));
    }
    let name = &item.ident;
    Some(parse_quote! {
        crate::object::object! { #name { #(#lines)* } (#(#required)*) }
    })
}

/// What a field asks serde for.
struct Presence {
    /// Whether the property has to be there.
    is_required: bool,
    /// When it is written.
    write: TokenStream,
    float: Option<TokenStream>,
}

impl Presence {
    fn of(field: &Field) -> Option<Self> {
        let mut presence = Self {
            // serde lets an `Option` be absent,
            is_required: inside(&field.ty, "Option").is_none(),
            write: quote!(always),
            float: None,
        };
        for SerdeArgument { key, value } in serde_arguments(field) {
            match (key.as_str(), value.as_deref()) {
                ("rename", _) => {}
                ("default", None) => presence.is_required = false,
                // unless it is read like any other type.
                ("deserialize_with", Some("::std::option::Option::deserialize")) => {
                    presence.is_required = true;
                }
                ("skip_serializing_if", Some("::std::option::Option::is_none")) => {
                    presence.write = quote!(option);
                }
                ("skip_serializing_if", Some("crate::Patch::is_keep")) => {
                    presence.write = quote!(patch);
                }
                ("serialize_with", Some("crate::floats::serialize")) => {
                    presence.float = Some(quote!((float)));
                }
                _ => return None,
            }
        }
        Some(presence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(mut client: File) -> String {
        add(&Value::Null, &mut client).unwrap();
        quote!(#client).to_string()
    }

    #[test]
    fn a_field_is_read_and_written_as_serde_was_asked() {
        let skip = "::std::option::Option::is_none";
        let read = "::std::option::Option::deserialize";
        let written = added(parse_quote! {
            pub mod types {
                #[derive(::serde::Deserialize, ::serde::Serialize, Clone)]
                #[non_exhaustive]
                pub struct A {
                    /// Must be there.
                    #[serde(rename = "bigName")]
                    pub big_name: String,
                    #[serde(skip_serializing_if = #skip)]
                    pub absent: ::std::option::Option<i64>,
                    #[serde(rename = "nullable", deserialize_with = #read)]
                    pub null: ::std::option::Option<i64>,
                    pub sent: Option<A>,
                    #[serde(default, skip_serializing_if = "crate::Patch::is_keep")]
                    #[serde(serialize_with = "crate::floats::serialize")]
                    pub patch: crate::Patch<f32>,
                    #[serde(default)]
                    pub default: Vec<i64>,
                }
            }
        });
        let expected: File = parse_quote! {
            pub mod types {
                #[derive(Clone)]
                #[non_exhaustive]
                pub struct A {
                    /// Must be there.
                    pub big_name: String,
                    pub absent: ::std::option::Option<i64>,
                    pub null: ::std::option::Option<i64>,
                    pub sent: Option<A>,
                    pub patch: crate::Patch<f32>,
                    pub default: Vec<i64>,
                }
                crate::object::object! { A {
                    0 "bigName" required always big_name: String;
                    1 "absent" optional option absent: ::std::option::Option<i64>;
                    2 "nullable" required always null: ::std::option::Option<i64>;
                    3 "sent" optional always sent: Option<A>;
                    4 "patch" optional patch (float) patch: crate::Patch<f32>;
                    5 "default" optional always default: Vec<i64>;
                } (0 big_name 2 null) }
            }
        };
        assert_eq!(written, quote!(#expected).to_string());
    }

    #[test]
    fn what_else_serde_is_asked_for_is_left_to_it() {
        for fields in [
            quote!(#[serde(flatten)] pub extra: ::std::collections::HashMap<String, i64>),
            quote!(#[serde(default = "defaults::one")] pub one: i64),
            quote!(#[serde(skip_serializing_if = "::std::vec::Vec::is_empty", default)] pub list: Vec<i64>),
        ] {
            let client: File = parse_quote! {
                pub mod types {
                    #[derive(::serde::Deserialize, ::serde::Serialize)]
                    pub struct A { pub plain: i64, #fields }
                }
            };
            assert_eq!(added(client.clone()), quote!(#client).to_string());
        }
        let client: File = parse_quote! {
            pub mod types {
                #[derive(::serde::Deserialize, ::serde::Serialize)]
                #[serde(deny_unknown_fields)]
                pub struct A { pub plain: i64 }
                #[derive(::serde::Deserialize, ::serde::Serialize)]
                #[serde(transparent)]
                pub struct B(pub i64);
            }
        };
        assert_eq!(added(client.clone()), quote!(#client).to_string());
    }

    #[test]
    fn a_type_with_more_properties_than_can_be_noted_is_left_to_serde() {
        for (count, is_ours) in [(MAX_PROPERTIES, true), (MAX_PROPERTIES + 1, false)] {
            let fields = (0..count).map(|index| quote::format_ident!("p{index}"));
            let written = added(parse_quote! {
                pub mod types {
                    #[derive(::serde::Deserialize, ::serde::Serialize)]
                    pub struct A { #(pub #fields: i64),* }
                }
            });
            assert_eq!(written.contains("object !"), is_ours);
            assert_eq!(written.contains("Deserialize"), !is_ours);
        }
    }
}
