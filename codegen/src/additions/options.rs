//! Fields that may be absent or null: `Patch` in the place of `Option` for what an update can leave
//! alone, clear or set, and a box inside of the `Option` and not around it.

use serde_json::Value;
use syn::{Field, File, parse_quote};

use super::super::error::Error;
use super::super::lower::THREE_STATES_NOTE;
use super::items::{
    SerdeArgument, inside, property, serde_arguments, set_serde_arguments, structs,
};

/// Changes the fields that the lowering noted, and those that typify boxed.
pub fn add(document: &Value, client: &mut File) -> Result<(), Error> {
    for item in structs(client) {
        let name = item.ident.to_string();
        let properties = &document["components"]["schemas"][&name]["properties"];
        for field in &mut item.fields {
            unbox(field);
            let noted = property(field)
                .and_then(|key| properties.get(&key)?.get(THREE_STATES_NOTE))
                .is_some();
            let (true, Some(value)) = (noted, inside(&field.ty, "Option").cloned()) else {
                continue;
            };
            field.ty = parse_quote!(crate::Patch<#value>);
            let mut arguments = serde_arguments(field);
            arguments.retain(|argument| argument.key == "rename");
            arguments.push(argument("default", None));
            arguments.push(argument(
                "skip_serializing_if",
                Some("crate::Patch::is_keep"),
            ));
            set_serde_arguments(field, &arguments);
        }
    }
    Ok(())
}

/// Where a type holds itself, typify boxes the whole `Option`, which then is always sent.
fn unbox(field: &mut Field) {
    let Some(value) = inside(&field.ty, "Box")
        .and_then(|ty| inside(ty, "Option"))
        .cloned()
    else {
        return;
    };
    field.ty = parse_quote!(::std::option::Option<::std::boxed::Box<#value>>);
    let mut arguments = serde_arguments(field);
    if let Some(default) = arguments
        .iter()
        .position(|argument| argument.key == "default")
    {
        let skip = "::std::option::Option::is_none";
        arguments[default] = argument("skip_serializing_if", Some(skip));
        set_serde_arguments(field, &arguments);
    }
}

fn argument(key: &str, value: Option<&str>) -> SerdeArgument {
    SerdeArgument {
        key: key.to_owned(),
        value: value.map(str::to_owned),
    }
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

    #[test]
    fn a_type_that_holds_itself_is_not_sent_where_it_is_absent() {
        let mut client: File = parse_quote! {
            pub mod types {
                pub struct A {
                    #[serde(rename = "Next", default)]
                    pub next: ::std::boxed::Box<::std::option::Option<A>>,
                    pub must: ::std::boxed::Box<::std::option::Option<A>>,
                }
            }
        };
        add(&Value::Null, &mut client).unwrap();
        let expected: File = parse_quote! {
            pub mod types {
                pub struct A {
                    #[serde(rename = "Next", skip_serializing_if = "::std::option::Option::is_none")]
                    pub next: ::std::option::Option<::std::boxed::Box<A>>,
                    pub must: ::std::option::Option<::std::boxed::Box<A>>,
                }
            }
        };
        assert_eq!(quote!(#client).to_string(), quote!(#expected).to_string());
    }
}
