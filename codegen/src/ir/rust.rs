//! The Rust types in progenitor's code, as text for emitted code.

use quote::ToTokens;
use syn::{GenericArgument, Path, PathArguments, Type, TypePath};

/// What a setter for a value of a type takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// What converts into a `String`.
    Text,
    /// What converts into JSON of any form.
    Json,
    /// A list of what converts into this type.
    List(String),
    /// Pairs of a string and what converts into this type.
    Map(String),
    /// A nested list or map, taken as it is.
    Exact,
    /// What converts into the type.
    Plain,
}

const SHORT: [(&str, &str); 5] = [
    ("::std::string::String", "String"),
    ("::std::vec::Vec<", "Vec<"),
    ("::std::option::Option<", "Option<"),
    ("::std::boxed::Box<", "Box<"),
    ("::ultravox::", "crate::"),
];

/// The type as it is written outside the module of types.
pub fn text(ty: &Type) -> String {
    let mut text = String::new();
    write(ty, &mut text);
    for (long, short) in SHORT {
        if text.contains(long) {
            text = text.replace(long, short);
        }
    }
    text
}

/// `text`, in which `path` gives types of the `module` another path, by their names.
pub fn with_paths(text: &str, module: &str, path: impl Fn(&str) -> Option<String>) -> String {
    let mut parts = text.split(module);
    let mut changed = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !(c.is_alphanumeric() || c == '_'));
        let (name, rest) = part.split_at(end.unwrap_or(part.len()));
        match path(name) {
            Some(path) => changed += &path,
            None => changed.extend([module, name]),
        }
        changed += rest;
    }
    changed
}

/// Writes a type without spaces, and with the path of the module before the names of generated types.
fn write(ty: &Type, text: &mut String) {
    let Type::Path(TypePath {
        qself: None, path, ..
    }) = ty
    else {
        return write_tokens(ty, text);
    };
    *text += if path.leading_colon.is_some() {
        "::"
    } else {
        module(path)
    };
    for (index, segment) in path.segments.iter().enumerate() {
        if index > 0 {
            *text += "::";
        }
        *text += &segment.ident.to_string();
        let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
            write_tokens(&segment.arguments, text);
            continue;
        };
        text.push('<');
        for (index, argument) in arguments.args.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            match argument {
                GenericArgument::Type(ty) => write(ty, text),
                other => write_tokens(other, text),
            }
        }
        text.push('>');
    }
}

fn write_tokens(of: &impl ToTokens, text: &mut String) {
    *text += &of.to_token_stream().to_string().replace(' ', "");
}

/// What comes before the path of a generated type, as in `TYPES`.
fn module(path: &Path) -> &'static str {
    let first = path
        .segments
        .first()
        .map(|segment| segment.ident.to_string());
    let first = first.unwrap_or_default();
    let is_primitive = first.starts_with(|c: char| c.is_ascii_lowercase()) || first == "Option";
    match first.as_str() {
        "types" => "crate::",
        _ if path.segments.len() == 1 && !is_primitive => "crate::types::",
        _ => "",
    }
}

/// The argument of the type `generic`, such as `T` of `Option<T>`.
pub fn argument<'a>(ty: &'a Type, generic: &str) -> Option<&'a Type> {
    arguments(ty, generic)?.into_iter().next()
}

fn arguments<'a>(ty: &'a Type, generic: &str) -> Option<Vec<&'a Type>> {
    let Type::Path(path) = ty else {
        return None;
    };
    let last = path.path.segments.last()?;
    if last.ident != generic {
        return None;
    }
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    Some(types.collect())
}

/// The type of the values of a map.
pub fn map_value(ty: &Type) -> Option<&Type> {
    let arguments = ["HashMap", "Map"].iter().find_map(|map| arguments(ty, map));
    match arguments.as_deref() {
        Some([_, value]) => Some(value),
        _ => None,
    }
}

pub fn shape(ty: &Type) -> Shape {
    let is_scalar = |ty: &Type| !matches!(shape(ty), Shape::List(_) | Shape::Map(_) | Shape::Exact);
    if let Some(item) = argument(ty, "Vec") {
        return match is_scalar(item) {
            true => Shape::List(text(item)),
            false => Shape::Exact,
        };
    }
    if let Some(value) = map_value(ty) {
        return match is_scalar(value) {
            true => Shape::Map(text(value)),
            false => Shape::Exact,
        };
    }
    match text(ty).as_str() {
        "String" => Shape::Text,
        "::serde_json::Value" => Shape::Json,
        _ => Shape::Plain,
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[test]
    fn generated_types_are_named_from_outside() {
        for (ty, expected) in [
            (parse_quote!(Part), "crate::types::Part"),
            (parse_quote!(types::Part), "crate::types::Part"),
            (
                parse_quote!(::ultravox::types::Color),
                "crate::types::Color",
            ),
            (
                parse_quote!(::std::vec::Vec<Part>),
                "Vec<crate::types::Part>",
            ),
            (parse_quote!(Option<i64>), "Option<i64>"),
            (parse_quote!(::uuid::Uuid), "::uuid::Uuid"),
        ] {
            let ty: Type = ty;
            assert_eq!(text(&ty), expected);
        }
    }

    #[test]
    fn a_setter_takes_lists_and_maps_of_scalars_by_their_items() {
        for (ty, expected) in [
            (parse_quote!(::std::string::String), Shape::Text),
            (parse_quote!(::serde_json::Value), Shape::Json),
            (parse_quote!(i64), Shape::Plain),
            (
                parse_quote!(::std::vec::Vec<i64>),
                Shape::List("i64".to_owned()),
            ),
            (
                parse_quote!(::std::vec::Vec<::std::vec::Vec<i64>>),
                Shape::Exact,
            ),
            (
                parse_quote!(::std::collections::HashMap<::std::string::String, bool>),
                Shape::Map("bool".to_owned()),
            ),
        ] {
            let ty: Type = ty;
            assert_eq!(shape(&ty), expected);
        }
    }
}
