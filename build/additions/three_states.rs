//! `Patch` in the place of `Option` for what an update can leave alone, clear or set.

use serde_json::Value;
use syn::{File, parse_quote};

use super::super::error::Error;
use super::super::lower::THREE_STATES_NOTE;
use super::items::{
    SerdeArgument, inside, property, serde_arguments, set_serde_arguments, structs,
};

/// Changes the fields that the lowering noted.
pub fn add(document: &Value, client: &mut File) -> Result<(), Error> {
    for item in structs(client) {
        let name = item.ident.to_string();
        let properties = &document["components"]["schemas"][&name]["properties"];
        for field in &mut item.fields {
            let Some(key) = property(field) else {
                continue;
            };
            let noted = properties
                .get(&key)
                .is_some_and(|property| property.get(THREE_STATES_NOTE).is_some());
            let (true, Some(value)) = (noted, inside(&field.ty, "Option").cloned()) else {
                continue;
            };
            field.ty = parse_quote!(crate::Patch<#value>);
            let mut arguments = serde_arguments(field);
            arguments.retain(|argument| argument.key == "rename");
            arguments.push(SerdeArgument {
                key: "default".to_owned(),
                value: None,
            });
            arguments.push(SerdeArgument {
                key: "skip_serializing_if".to_owned(),
                value: Some("crate::Patch::is_keep".to_owned()),
            });
            set_serde_arguments(field, &arguments);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use quote::quote;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_noted_property_can_be_left_alone_cleared_and_set() {
        let document = json!({"components": {"schemas": {"A": {"properties": {
            "bigName": {"x-ultravox-three-states": true}, "other": {},
        }}}}});
        let skip = "::std::option::Option::is_none";
        let mut client: File = parse_quote! {
            pub mod types {
                pub struct A {
                    #[serde(rename = "bigName", skip_serializing_if = #skip)]
                    pub big_name: ::std::option::Option<::std::string::String>,
                    #[serde(skip_serializing_if = #skip)]
                    pub other: ::std::option::Option<i64>,
                }
            }
        };
        add(&document, &mut client).unwrap();
        let expected: File = parse_quote! {
            pub mod types {
                pub struct A {
                    #[serde(rename = "bigName", default, skip_serializing_if = "crate::Patch::is_keep")]
                    pub big_name: crate::Patch<::std::string::String>,
                    #[serde(skip_serializing_if = #skip)]
                    pub other: ::std::option::Option<i64>,
                }
            }
        };
        assert_eq!(quote!(#client).to_string(), quote!(#expected).to_string());
    }
}
