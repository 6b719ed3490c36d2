//! Finding progenitor's items: the types, their fields, and what these are in JSON.

use proc_macro2::TokenTree;
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Field, File, GenericArgument, Item, ItemMod, ItemStruct, Lit, Path, PathArguments,
    Token, Type, parse_quote,
};

/// The items of the module `name`, which is found at the top or inside of another.
pub fn module<'a>(items: &'a mut [Item], name: &str) -> Option<&'a mut ItemMod> {
    items.iter_mut().find_map(|item| match item {
        Item::Mod(module) if module.ident == name => Some(module),
        _ => None,
    })
}

/// The generated types.
pub fn types(file: &mut File) -> &mut [Item] {
    module(&mut file.items, "types")
        .and_then(|module| module.content.as_mut())
        .map_or(&mut [], |(_, items)| items.as_mut_slice())
}

/// The generated types that have named fields.
pub fn structs(file: &mut File) -> impl Iterator<Item = &mut ItemStruct> {
    types(file).iter_mut().filter_map(|item| match item {
        Item::Struct(item) if matches!(item.fields, syn::Fields::Named(_)) => Some(item),
        _ => None,
    })
}

/// One argument of a `serde` attribute.
pub struct SerdeArgument {
    /// Such as `rename`.
    pub key: String,
    /// The string that follows, if one does.
    pub value: Option<String>,
}

/// All arguments of the field's `serde` attributes.
pub fn serde_arguments(field: &Field) -> Vec<SerdeArgument> {
    let mut arguments: Vec<SerdeArgument> = Vec::new();
    for attribute in field.attrs.iter().filter(|attribute| is_serde(attribute)) {
        let syn::Meta::List(list) = &attribute.meta else {
            continue;
        };
        for token in list.tokens.clone() {
            match token {
                TokenTree::Ident(key) => arguments.push(SerdeArgument {
                    key: key.to_string(),
                    value: None,
                }),
                TokenTree::Literal(value) => {
                    if let (Some(argument), Lit::Str(text)) =
                        (arguments.last_mut(), Lit::new(value))
                    {
                        argument.value = Some(text.value());
                    }
                }
                _ => {}
            }
        }
    }
    arguments
}

/// Replaces the field's `serde` attributes by one.
pub fn set_serde_arguments(field: &mut Field, arguments: &[SerdeArgument]) {
    field.attrs.retain(|attribute| !is_serde(attribute));
    if arguments.is_empty() {
        return;
    }
    let arguments = arguments.iter().map(|SerdeArgument { key, value }| {
        let key = syn::Ident::new(key, proc_macro2::Span::call_site());
        match value {
            Some(value) => quote::quote!(#key = #value),
            None => quote::quote!(#key),
        }
    });
    field.attrs.push(parse_quote!(#[serde(#(#arguments),*)]));
}

/// Takes `derived` out of what the struct derives.
pub fn without_derive(item: &mut ItemStruct, derived: &str) {
    for attribute in &mut item.attrs {
        if !attribute.path().is_ident("derive") {
            continue;
        }
        if let Ok(paths) =
            attribute.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated)
        {
            let kept = paths.iter().filter(|path| {
                path.segments
                    .last()
                    .is_none_or(|segment| segment.ident != derived)
            });
            *attribute = parse_quote!(#[derive(#(#kept),*)]);
        }
    }
}

pub fn is_serde(attribute: &Attribute) -> bool {
    attribute.path().is_ident("serde")
}

/// The property that the field is in the lowered document.
pub fn property(field: &Field) -> Option<String> {
    let renamed = serde_arguments(field)
        .into_iter()
        .find(|argument| argument.key == "rename");
    match renamed {
        Some(argument) => argument.value,
        None => field.ident.as_ref().map(ToString::to_string),
    }
}

/// Whether the field may be absent.
pub fn is_optional(field: &Field) -> bool {
    serde_arguments(field).iter().any(|argument| {
        matches!(
            argument.key.as_str(),
            "default" | "skip_serializing_if" | "flatten"
        )
    })
}

/// `T`, if `ty` is `wrapper<T>`, whatever the path to it.
pub fn inside<'a>(ty: &'a Type, wrapper: &str) -> Option<&'a Type> {
    match arguments(ty, wrapper)?.as_slice() {
        [inner] => Some(inner),
        _ => None,
    }
}

/// The type of a map's values.
pub fn map_value(ty: &Type) -> Option<&Type> {
    match arguments(ty, "HashMap")?.as_slice() {
        [_, value] => Some(value),
        _ => None,
    }
}

fn arguments<'a>(ty: &'a Type, wrapper: &str) -> Option<Vec<&'a Type>> {
    let Type::Path(path) = ty else {
        return None;
    };
    let segment = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return None;
    };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    (segment.ident == wrapper).then(|| types.collect())
}

/// Whether two types are written alike.
pub fn same(left: &Type, right: &Type) -> bool {
    left.to_token_stream().to_string() == right.to_token_stream().to_string()
}
