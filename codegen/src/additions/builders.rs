//! The builders of types, in the place of progenitor's, which take `Some(value.to_owned())` where
//! people write a plain value, know nothing of `Patch`, and are half of all generated lines.
//!
//! What they can do is `src/builders.rs`; here they get their fields.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;
use syn::visit_mut::{self, VisitMut};
use syn::{Field, File, Ident, Item, ItemStruct, Type, parse_quote};

use super::super::error::Error;
use super::items::{inside, is_optional, module, structs, types};
use super::secrets::secrets;

/// Writes a builder for each type that progenitor has one for.
pub fn add(document: &Value, client: &mut File) -> Result<(), Error> {
    let structs: Vec<ItemStruct> = structs(client).map(|item| item.clone()).collect();
    let names = types(client)
        .iter()
        .filter_map(|item| match item {
            Item::Struct(item) => Some(item.ident.to_string()),
            Item::Enum(item) => Some(item.ident.to_string()),
            Item::Type(item) => Some(item.ident.to_string()),
            _ => None,
        })
        .collect();
    if let Some((_, builders)) =
        module(types(client), "builder").and_then(|module| module.content.as_mut())
    {
        *builders = structs
            .iter()
            .map(|item| builder(item, &secrets(document, item), &names))
            .collect();
    }
    Ok(())
}

fn builder(of: &ItemStruct, secrets: &[bool], names: &BTreeSet<String>) -> Item {
    let name = &of.ident;
    let doc = format!("Builds a [`{name}`](super::{name}).");
    let mut fields = Vec::new();
    for (field, secret) in of.fields.iter().zip(secrets) {
        if let Some(ident) = &field.ident {
            let mut ty = field.ty.clone();
            FromBuilder(names).visit_type_mut(&mut ty);
            fields.push((ident, ty, field, secret));
        }
    }
    let taken: BTreeSet<String> = fields.iter().map(|(name, ..)| name.to_string()).collect();

    let fields = fields.iter().map(|(name, ty, field, secret)| {
        let secret = secret.then(|| quote!((secret)));
        let field = builder_field(name, ty, field, &taken);
        quote!(#secret #field)
    });
    // A property of that name has the method.
    let build = format_ident!(
        "{}",
        if taken.contains("build") {
            "build_"
        } else {
            "build"
        }
    );
    parse_quote!(crate::builders::builder! { #doc #name #build { #(#fields)* } })
}

/// The name and type of a field, how it starts, and what its method takes and makes of it.
fn builder_field(name: &Ident, ty: &Type, field: &Field, taken: &BTreeSet<String>) -> TokenStream {
    let start = if is_optional(field) {
        quote!(optional)
    } else {
        quote!(required)
    };
    let mut value = ty.clone();
    let mut wrap = Vec::new();
    let mut clear = None;
    if let Some(inner) = inside(ty, "Patch") {
        value = inner.clone();
        wrap.push(quote!(crate::Patch::Set));
        let mut method = format!("clear_{name}");
        if taken.contains(&method) {
            method.push('_');
        }
        let method = format_ident!("{method}");
        clear = Some(quote!(, #method));
    } else if let (true, Some(inner)) = (is_optional(field), inside(ty, "Option")) {
        // Where it is required, only the whole `Option` can say null.
        value = inner.clone();
        wrap.push(quote!(Some));
    }
    if let Some(inner) = inside(&value, "Box").cloned() {
        value = inner;
        wrap.push(quote!(::std::boxed::Box::new));
    }
    let wrap = match wrap.as_slice() {
        [] => quote!(::std::convert::identity),
        [wrap] => wrap.clone(),
        [outer, inner, ..] => quote!(|value| #outer(#inner(value))),
    };
    quote!(#name: #ty, #start, #value => #wrap #clear;)
}

/// The path of a type as the module of the builders sees it.
struct FromBuilder<'a>(&'a BTreeSet<String>);

impl VisitMut for FromBuilder<'_> {
    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        let own = path.leading_colon.is_none()
            && path
                .get_ident()
                .is_some_and(|name| self.0.contains(&name.to_string()));
        if own {
            path.segments.insert(0, parse_quote!(super));
        }
        visit_mut::visit_path_mut(self, path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the builder of a type with these fields is made of, without white space.
    fn built(fields: TokenStream) -> String {
        let mut client: File = parse_quote! {
            pub mod types {
                pub struct Thing { #fields }
                pub mod builder { pub struct Old; }
            }
        };
        add(&Value::Null, &mut client).unwrap();
        let builders = module(types(&mut client), "builder").unwrap();
        let (_, items) = builders.content.as_ref().unwrap();
        let [Item::Macro(item)] = items.as_slice() else {
            panic!("{} items", items.len());
        };
        item.mac.tokens.to_string().replace(' ', "")
    }

    #[track_caller]
    fn assert_has(built: &str, part: &str) {
        assert!(built.contains(part), "{part} is not in\n{built}");
    }

    #[test]
    fn an_optional_field_takes_a_plain_value() {
        let built = built(quote! {
            #[serde(skip_serializing_if = "::std::option::Option::is_none")]
            pub name: ::std::option::Option<::std::string::String>,
        });
        assert_has(&built, "Thingbuild{name:");
        assert_has(&built, ",optional,::std::string::String=>Some;");
    }

    #[test]
    fn a_required_field_has_to_be_set_and_can_be_null_where_that_is_a_value() {
        let built = built(quote!(pub name: Option<String>, pub other: String));
        assert_has(
            &built,
            ",required,Option<String>=>::std::convert::identity;",
        );
        assert_has(&built, ",required,String=>::std::convert::identity;");
    }

    #[test]
    fn a_property_that_is_called_build_keeps_its_setter() {
        assert_has(&built(quote!(pub build: String)), "Thingbuild_{build:");
    }

    #[test]
    fn a_secret_is_marked() {
        let item: ItemStruct = parse_quote!(
            struct Thing {
                code: String,
                name: String,
            }
        );
        let item = builder(&item, &[true, false], &BTreeSet::new());
        let built = quote!(#item).to_string().replace(' ', "");
        assert_has(&built, "{(secret)code:String");
        assert_has(&built, ";name:String");
    }

    #[test]
    fn three_states_take_a_plain_value_and_can_be_cleared() {
        let built = built(quote! {
            #[serde(default)] pub thing: crate::Patch<Thing>,
            #[serde(default)] pub clear_thing: crate::Patch<bool>,
        });
        // The property of that name has the method.
        assert_has(
            &built,
            "optional,super::Thing=>crate::Patch::Set,clear_thing_;",
        );
        assert_has(&built, "bool=>crate::Patch::Set,clear_clear_thing;");
    }

    #[test]
    fn a_type_that_holds_itself_takes_it_unboxed() {
        let built = built(quote! {
            #[serde(default)] pub next: Option<::std::boxed::Box<Thing>>,
            pub must: ::std::boxed::Box<Thing>,
        });
        assert_has(
            &built,
            "super::Thing=>|value|Some(::std::boxed::Box::new(value));",
        );
        assert_has(&built, "required,super::Thing=>::std::boxed::Box::new;");
    }
}
