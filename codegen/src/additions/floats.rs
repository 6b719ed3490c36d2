//! Floats of 32 bits are written as the decimal that they stand for, into whatever they are written:
//! `src/floats.rs` says why.

use quote::ToTokens;
use serde_json::Value;
use syn::visit::Visit;
use syn::{File, parse_quote};

use super::super::error::Error;
use super::items::structs;

/// Marks every field of a generated type that holds such floats.
pub fn add(_: &Value, client: &mut File) -> Result<(), Error> {
    for item in structs(client) {
        for field in &mut item.fields {
            let mut found = Floats(false);
            found.visit_type(&field.ty);
            if found.0 {
                field
                    .attrs
                    .push(parse_quote!(#[serde(serialize_with = "crate::floats::serialize")]));
            }
        }
    }
    Ok(())
}

struct Floats(bool);

impl<'a> Visit<'a> for Floats {
    fn visit_path(&mut self, path: &'a syn::Path) {
        self.0 |= path.to_token_stream().to_string() == "f32";
        syn::visit::visit_path(self, path);
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn only_fields_of_32_bits_are_marked() {
        let mut client: File = parse_quote! {
            pub mod types {
                pub struct A { a: f32, b: ::std::option::Option<::std::vec::Vec<f32>>, c: f64, d: ::std::option::Option<f64> }
            }
        };
        add(&Value::Null, &mut client).unwrap();
        let expected: File = parse_quote! {
            pub mod types {
                pub struct A {
                    #[serde(serialize_with = "crate::floats::serialize")]
                    a: f32,
                    #[serde(serialize_with = "crate::floats::serialize")]
                    b: ::std::option::Option<::std::vec::Vec<f32>>,
                    c: f64,
                    d: ::std::option::Option<f64>
                }
            }
        };
        assert_eq!(quote!(#client).to_string(), quote!(#expected).to_string());
    }
}
