//! Everything generated is `#[inline]`: a program compiles what it uses, and not all of it with the
//! library.

use syn::visit_mut::{self, VisitMut};
use syn::{File, GenericParam, ImplItemFn, parse_quote};

/// Marks all methods; what is generic is compiled where it is used as it is.
pub fn mark(client: &mut File) {
    Mark.visit_file_mut(client);
}

struct Mark;

impl VisitMut for Mark {
    fn visit_impl_item_fn_mut(&mut self, function: &mut ImplItemFn) {
        let is_generic = function
            .sig
            .generics
            .params
            .iter()
            .any(|parameter| !matches!(parameter, GenericParam::Lifetime(_)));
        if !is_generic {
            function.attrs.push(parse_quote!(#[inline]));
        }
        visit_mut::visit_impl_item_fn_mut(self, function);
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn every_method_that_is_not_generic_is_marked() {
        let mut client: File = parse_quote! {
            impl Client {
                /// Lists.
                pub fn list(&self) -> builder::List<'_> {}
                pub fn generic<V>(self, value: V) -> Self {}
            }
            mod builder {
                impl<'a> List<'a> { pub async fn send<'b>(self) {} }
            }
        };
        mark(&mut client);
        let expected: File = parse_quote! {
            impl Client {
                /// Lists.
                #[inline]
                pub fn list(&self) -> builder::List<'_> {}
                pub fn generic<V>(self, value: V) -> Self {}
            }
            mod builder {
                impl<'a> List<'a> { #[inline] pub async fn send<'b>(self) {} }
            }
        };
        assert_eq!(quote!(#client).to_string(), quote!(#expected).to_string());
    }
}
