//! The builders of types, in the place of progenitor's, which take `Some(value.to_owned())` where
//! people write a plain value, know nothing of `Patch`, and are half of all generated lines.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;
use syn::visit_mut::{self, VisitMut};
use syn::{Field, File, Item, ItemStruct, Type, parse_quote};

use super::super::error::Error;
use super::items::{inside, is_optional, module, structs, types};

/// Writes a builder for each type that progenitor has one for.
pub fn add(_: &Value, client: &mut File) -> Result<(), Error> {
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
        *builders = vec![parse_quote!(
            use ::std::fmt;
        )];
        builders.extend(structs.iter().flat_map(|item| builder(item, &names).items));
    }
    Ok(())
}

fn builder(of: &ItemStruct, names: &BTreeSet<String>) -> File {
    let name = &of.ident;
    let doc = format!("Builds a [`{name}`](super::{name}).");
    let mut fields = Vec::new();
    for field in &of.fields {
        if let Some(ident) = &field.ident {
            let mut ty = field.ty.clone();
            FromBuilder(names).visit_type_mut(&mut ty);
            fields.push((ident, ty, field));
        }
    }
    let taken: BTreeSet<String> = fields.iter().map(|(name, ..)| name.to_string()).collect();

    let declared = fields
        .iter()
        .map(|(name, ty, _)| quote!(#name: crate::runtime::Field<#ty>,));
    let defaults = fields.iter().map(|(name, _, field)| {
        if is_optional(field) {
            return quote!(#name: Ok(Default::default()),);
        }
        let property = name.to_string();
        quote!(#name: crate::runtime::missing(#property),)
    });
    let setters = fields
        .iter()
        .map(|(name, ty, field)| setter(name, ty, field, &taken));
    let built = fields.iter().map(|(name, ..)| quote!(#name: value.#name?,));
    let taken_apart = fields
        .iter()
        .map(|(name, ..)| quote!(#name: Ok(value.#name),));
    parse_quote! {
        #[doc = #doc]
        #[derive(Clone, Debug)]
        pub struct #name { #(#declared)* }
        impl ::std::default::Default for #name {
            fn default() -> Self { Self { #(#defaults)* } }
        }
        impl #name { #(#setters)* }
        impl ::std::convert::TryFrom<#name> for super::#name {
            type Error = super::error::ConversionError;
            fn try_from(value: #name) -> ::std::result::Result<Self, Self::Error> {
                Ok(Self { #(#built)* })
            }
        }
        impl ::std::convert::From<super::#name> for #name {
            fn from(value: super::#name) -> Self { Self { #(#taken_apart)* } }
        }
    }
}

fn setter(name: &syn::Ident, ty: &Type, field: &Field, taken: &BTreeSet<String>) -> TokenStream {
    let property = name.to_string();
    let doc = format!("Sets `{property}`.");
    let mut value = ty.clone();
    let mut wrap = Vec::new();
    if let Some(inner) = inside(&value, "Patch").cloned() {
        wrap.push(quote!(crate::Patch::Set));
        value = inner;
    } else if let (true, Some(inner)) = (is_optional(field), inside(&value, "Option").cloned()) {
        // Where it is required, only the whole `Option` can say null.
        wrap.push(quote!(Some));
        value = inner;
    }
    let clear = inside(ty, "Patch").map(|_| {
        let mut clear = format!("clear_{property}");
        if taken.contains(&clear) {
            clear.push('_');
        }
        let clear = format_ident!("{clear}");
        let doc = format!("Clears `{property}`: null is sent.");
        quote! {
            #[doc = #doc]
            pub fn #clear(mut self) -> Self {
                self.#name = Ok(crate::Patch::Clear);
                self
            }
        }
    });
    if let Some(inner) = inside(&value, "Box").cloned() {
        wrap.push(quote!(::std::boxed::Box::new));
        value = inner;
    }
    let wrap = wrap.iter().rev().map(|wrap| quote!(.map(#wrap)));
    quote! {
        #[doc = #doc]
        pub fn #name(mut self, value: impl TryInto<#value, Error: fmt::Display>) -> Self {
            self.#name = crate::runtime::field(#property, value) #(#wrap)*;
            self
        }
        #clear
    }
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
    use quote::ToTokens;

    use super::*;

    /// The methods of the builder of a type with these fields, one to a line, without white space.
    fn methods(fields: TokenStream) -> String {
        let mut client: File = parse_quote! {
            pub mod types {
                pub struct Thing { #fields }
                pub struct Part { pub n: i64 }
                pub mod builder { pub struct Old; }
            }
        };
        add(&Value::Null, &mut client).unwrap();
        let builders = module(types(&mut client), "builder").unwrap();
        let (_, items) = builders.content.as_ref().unwrap();
        let mut methods = Vec::new();
        for item in items {
            let Item::Impl(item) = item else { continue };
            for method in &item.items {
                methods.push(method.to_token_stream().to_string().replace(' ', ""));
            }
        }
        methods.join("\n")
    }

    #[track_caller]
    fn assert_has(methods: &str, part: &str) {
        assert!(methods.contains(part), "{part} is not in\n{methods}");
    }

    #[test]
    fn an_optional_field_takes_a_plain_value_and_starts_empty() {
        let methods = methods(quote! {
            #[serde(skip_serializing_if = "::std::option::Option::is_none")]
            pub name: ::std::option::Option<::std::string::String>,
        });
        assert_has(
            &methods,
            "value:implTryInto<::std::string::String,Error:fmt::Display>",
        );
        assert_has(
            &methods,
            "self.name=crate::runtime::field(\"name\",value).map(Some);",
        );
        assert_has(&methods, "name:Ok(Default::default())");
    }

    #[test]
    fn a_required_field_has_to_be_set_and_can_be_null_where_that_is_a_value() {
        let methods = methods(quote! {
            pub name: ::std::option::Option<::std::string::String>,
        });
        assert_has(
            &methods,
            "implTryInto<::std::option::Option<::std::string::String>,",
        );
        assert_has(&methods, "name:crate::runtime::missing(\"name\")");
    }

    #[test]
    fn three_states_take_a_plain_value_and_can_be_cleared() {
        let methods = methods(quote! {
            #[serde(default)] pub part: crate::Patch<Part>,
            #[serde(default)] pub clear_part: bool,
        });
        assert_has(&methods, "pubfnpart(mutself,value:implTryInto<super::Part,");
        assert_has(&methods, ".map(crate::Patch::Set);");
        // The property of that name has the method.
        assert_has(
            &methods,
            "pubfnclear_part_(mutself)->Self{self.part=Ok(crate::Patch::Clear);",
        );
    }

    #[test]
    fn a_type_that_holds_itself_takes_it_unboxed() {
        let methods = methods(quote! {
            #[serde(default)] pub next: ::std::option::Option<::std::boxed::Box<Thing>>,
            pub must: ::std::boxed::Box<Thing>,
        });
        assert_has(
            &methods,
            "pubfnnext(mutself,value:implTryInto<super::Thing,",
        );
        assert_has(&methods, ".map(::std::boxed::Box::new).map(Some);");
        assert_has(&methods, "(\"must\",value).map(::std::boxed::Box::new);");
    }
}
