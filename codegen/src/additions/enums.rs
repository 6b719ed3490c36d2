//! Open enums: the known values as variants, and one variant for every other string.
//!
//! What they can do is `src/enums.rs`; here they get their variants' names.

use proc_macro2::Span;
use serde_json::Value;
use syn::{File, Ident, parse_quote};

use super::super::error::Error;
use super::super::lower::ENUM_VALUES;
use super::super::prose::markdown;
use super::super::variants::{UNKNOWN, variants};
use super::operations::module_mut;

/// Adds a type for every component that the pass `enums` noted the values of.
pub fn add(document: &Value, client: &mut File) -> Result<(), Error> {
    let components = document
        .pointer("/components/schemas")
        .and_then(Value::as_object);
    for (name, schema) in components.into_iter().flatten() {
        let Some(values) = schema.get(ENUM_VALUES).and_then(Value::as_array) else {
            continue;
        };
        let values: Vec<_> = values.iter().filter_map(Value::as_str).collect();
        let variants = variants(name, &values)
            .map_err(|reason| Error::at(format!("components.schemas.{name}.enum"), reason))?;
        let description = schema["description"].as_str().unwrap_or_default();
        if let Some(types) = module_mut(client, "types") {
            types.extend(items(name, description, &values, &variants));
        }
    }
    Ok(())
}

fn items(name: &str, description: &str, values: &[&str], variants: &[String]) -> [syn::Item; 2] {
    let ident = |name: &str| Ident::new(name, Span::call_site());
    let (name_ident, unknown) = (ident(name), ident(UNKNOWN));
    let variants: Vec<_> = variants.iter().map(|variant| ident(variant)).collect();
    let doc = match description.trim() {
        "" => format!("`{name}` of the API."),
        text => text.to_owned(),
    };
    let docs = values
        .iter()
        .map(|value| match meaning(description, value) {
            Some(meaning) => markdown(meaning),
            None => format!("The value `{value}`."),
        });
    [
        parse_quote! {
            #[doc = #doc]
            #[derive(Clone, Debug)]
            #[non_exhaustive]
            pub enum #name_ident {
                #(#[doc = #docs] #variants,)*
                /// A value that this version of the crate does not know, kept as received.
                #unknown(crate::UnknownValue),
            }
        },
        parse_quote!(crate::enums::open_enum! { #name_ident { #(#variants = #values,)* } }),
    ]
}

/// What the description of the enum says of one value, in a list of the form ``* `value` - meaning``.
fn meaning<'a>(description: &'a str, value: &str) -> Option<&'a str> {
    let quoted = [
        format!("`{value}`"),
        format!("{value}*"),
        format!("*{value}*"),
    ];
    description.lines().find_map(|line| {
        let line = line.trim_start().strip_prefix(['*', '-'])?.trim_start();
        let rest = quoted
            .iter()
            .find_map(|quoted| line.strip_prefix(quoted.as_str()))?;
        let meaning = rest.trim_start().strip_prefix(['-', ':'])?.trim();
        (!meaning.is_empty() && meaning != value).then_some(meaning)
    })
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn a_list_in_the_description_documents_the_variants() {
        let description = "What happened.\n\n* `timeout` - Nobody came\n* `HANGUP` - HANGUP\n* SIP_BUSY* - The line was busy.";
        assert_eq!(meaning(description, "timeout"), Some("Nobody came"));
        assert_eq!(meaning(description, "HANGUP"), None);
        assert_eq!(meaning(description, "SIP_BUSY"), Some("The line was busy."));
        assert_eq!(meaning(description, "other"), None);
    }

    #[test]
    fn every_noted_component_becomes_an_enum() {
        let document = serde_json::json!({"components": {"schemas": {
            "Color": {"type": "string", "x-ultravox-enum": ["red", "dark-blue"]},
            "Car": {"type": "object"},
        }}});
        let mut client: File = parse_quote!(
            pub mod types {}
        );
        add(&document, &mut client).unwrap();
        let expected: File = parse_quote! {
            pub mod types {
                #[doc = "`Color` of the API."]
                #[derive(Clone, Debug)]
                #[non_exhaustive]
                pub enum Color {
                    #[doc = "The value `red`."]
                    Red,
                    #[doc = "The value `dark-blue`."]
                    DarkBlue,
                    /// A value that this version of the crate does not know, kept as received.
                    UnknownValue(crate::UnknownValue),
                }
                crate::enums::open_enum! { Color { Red = "red", DarkBlue = "dark-blue", } }
            }
        };
        assert_eq!(quote!(#client).to_string(), quote!(#expected).to_string());
    }
}
