//! `send_location` beside `send`, where an operation documents a redirect.

use quote::quote;
use serde_json::Value;
use syn::{File, ImplItem, ImplItemFn, ItemImpl, parse_quote};

use super::super::document::operations;
use super::super::error::Error;
use super::super::lower::responses::REDIRECTS;
use super::super::{idents, wire};

/// `send` follows the redirect; who wants to hand its address on needs that and not the content.
pub fn add(document: &Value, client: &mut File) -> Result<(), Error> {
    for (place, operation) in operations(document) {
        if operation.get(REDIRECTS).is_none() {
            continue;
        }
        let id = operation["operationId"].as_str().unwrap_or_default();
        let builder = idents::builder(id);
        let added = wire::impls(client, &builder).any(|item| {
            let location = item.items.iter().find_map(|item| match item {
                ImplItem::Fn(function) if function.sig.ident == "request" => {
                    Some(location(function.sig.asyncness.is_some()))
                }
                _ => None,
            });
            insert(item, location)
        });
        if !added {
            let reason = "progenitor's code has no place for the address of a redirect";
            return Err(Error::at(place, reason));
        }
    }
    Ok(())
}

fn insert(item: &mut ItemImpl, function: Option<ImplItemFn>) -> bool {
    let is_there = function.is_some();
    item.items.extend(function.map(ImplItem::Fn));
    is_there
}

fn location(makes_request_async: bool) -> ImplItemFn {
    let wait = makes_request_async.then(|| quote!(.await));
    parse_quote! {
        /// Sends the request, and returns the address that the API redirects to instead of following
        /// it: `None` where the API sends the content itself.
        ///
        /// The address may hold a signature that lets anybody read the content, and may expire.
        pub async fn send_location(self) -> Result<Option<::url::Url>, Error> {
            let client = self.client;
            let request = self.request() #wait ?;
            client.location(Self::OPERATION.id, request).await
        }
    }
}
