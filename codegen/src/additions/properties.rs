//! Properties whose key the lowering had to change get their name in JSON back.
//!
//! Comes last, because the other additions look for a field by its key in the lowered document.

use serde_json::Value;
use syn::File;

use super::super::error::Error;
use super::super::lower::PROPERTY_NOTE;
use super::items::{SerdeArgument, property, serde_arguments, set_serde_arguments, structs};

/// Sets the name of each such field.
pub fn add(document: &Value, client: &mut File) -> Result<(), Error> {
    for item in structs(client) {
        let name = item.ident.to_string();
        let properties = &document["components"]["schemas"][&name]["properties"];
        for field in &mut item.fields {
            let original =
                property(field).and_then(|key| properties.get(key)?.get(PROPERTY_NOTE)?.as_str());
            if let Some(original) = original {
                let mut arguments = serde_arguments(field);
                arguments.retain(|argument| argument.key != "rename");
                arguments.push(SerdeArgument {
                    key: "rename".to_owned(),
                    value: Some(original.to_owned()),
                });
                set_serde_arguments(field, &arguments);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use quote::quote;
    use serde_json::json;
    use syn::parse_quote;

    use super::*;

    #[test]
    fn a_property_has_the_name_of_the_document_in_json() {
        let document = json!({"components": {"schemas": {"A": {"properties": {
            "foo_bar_2": {"x-ultravox-property": "fooBar"}, "foo_bar": {},
        }}}}});
        let mut client: File = parse_quote! {
            pub mod types {
                pub struct A { pub foo_bar: i64, #[serde(default)] pub foo_bar_2: i64 }
            }
        };
        add(&document, &mut client).unwrap();
        let expected: File = parse_quote! {
            pub mod types {
                pub struct A {
                    pub foo_bar: i64,
                    #[serde(default, rename = "fooBar")] pub foo_bar_2: i64
                }
            }
        };
        assert_eq!(quote!(#client).to_string(), quote!(#expected).to_string());
    }
}
