//! `send_location` beside `send`, where an operation documents a redirect.

use quote::{format_ident, quote};
use serde_json::Value;
use syn::{File, ImplItemFn, Item, parse_quote};

use super::super::document::operations;
use super::super::error::Error;
use super::super::idents;
use super::super::lower::responses::REDIRECTS;
use super::operations::{functions, module, module_mut};

/// `send` follows the redirect; who wants to hand its address on needs that and not the content.
pub fn add(document: &Value, client: &mut File) -> Result<(), Error> {
    for (place, operation) in operations(document) {
        if operation.get(REDIRECTS).is_none() {
            continue;
        }
        let builder = idents::builder(operation["operationId"].as_str().unwrap_or_default());
        let request = functions(module(client, "builder"), &builder)
            .find(|function| function.sig.ident == "request");
        let Some(request) = request else {
            let reason = "progenitor's code has no place for the address of a redirect";
            return Err(Error::at(place, reason));
        };
        let method = location(&builder, request);
        if let Some(builders) = module_mut(client, "builder") {
            builders.push(method);
        }
    }
    Ok(())
}

/// Beside the method that makes the request.
fn location(builder: &str, request: &ImplItemFn) -> Item {
    let builder = format_ident!("{builder}");
    let wait = request.sig.asyncness.map(|_| quote!(.await));
    parse_quote! {
        impl #builder<'_> {
            /// Sends the request, and returns the address that the API redirects to instead of
            /// following it: `None` where the API sends the content itself.
            ///
            /// The address may hold a signature that lets anybody read the content, and may expire.
            pub async fn send_location(self) -> Result<Option<::url::Url>, Error> {
                let client = self.client;
                let request = self.request() #wait ?;
                client.location(Self::OPERATION.id, request).await
            }
        }
    }
}
