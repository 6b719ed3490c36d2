//! Builds the IR, reading progenitor's tokens once.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use serde_json::Value;
use syn::Item;

use super::{Api, operations, schemas, types};
use crate::document::{self, Service};
use crate::error::Error;
use crate::lower::schema::components;

/// The API, from progenitor's `tokens` and the lowered `document` that they were generated from.
pub fn read(document: &Value, tokens: TokenStream) -> Result<Api, Error> {
    let api = read_items(document, tokens)?;
    let components = components(document);
    let names = schemas::names(&api.types, &api.enums, &api.unions);
    Ok(Api {
        schemas: schemas::schemas(components, &names, &api.unions),
        samples: schemas::samples(document, components, &names),
        service: document::service(document)?,
        ..api
    })
}

/// What programs can name: operations and types, without the service and without what tests need.
pub fn read_items(document: &Value, tokens: TokenStream) -> Result<Api, Error> {
    let (mut client, mut generated) = (Vec::new(), Vec::new());
    let types = each_item(tokens, |item| client.push(item))?;
    each_item(types, |item| generated.push(item))?;
    let components = components(document);
    let types = types::types(&generated, components)?;
    Ok(Api {
        operations: operations::operations(document, &client, &types)?,
        enums: types::enums(components)?,
        unions: types::unions(components)?,
        types,
        schemas: Vec::new(),
        samples: Vec::new(),
        service: Service::default(),
    })
}

/// Parses the items of a module one by one, which takes less time and memory than all of them at once.
/// Returns what is in the module `types` among them, and leaves out all other modules.
fn each_item(tokens: TokenStream, mut found: impl FnMut(Item)) -> Result<TokenStream, Error> {
    let mut types = TokenStream::new();
    let (mut item, mut keyword) = (Vec::new(), None);
    for token in tokens {
        keyword = keyword.or_else(|| known(&token));
        // A `use` can have braces inside.
        let is_last = is_semicolon(&token) || is_braced(&token) && keyword != Some("use");
        item.push(token);
        if !is_last {
            continue;
        }
        let mut tokens = std::mem::take(&mut item);
        match (keyword.take(), tokens.pop()) {
            (Some("mod"), Some(TokenTree::Group(body))) => {
                if matches!(tokens.last(), Some(TokenTree::Ident(name)) if name == "types") {
                    types = content(body);
                }
                continue;
            }
            (Some("impl"), Some(TokenTree::Group(body))) => {
                tokens.push(braced(without_bodies(content(body))));
            }
            (_, last) => tokens.extend(last),
        }
        let item = syn::parse2(tokens.into_iter().collect())
            .map_err(|error| Error::whole(format!("progenitor's code is not Rust: {error}")))?;
        found(item);
    }
    Ok(types)
}

/// The functions with empty bodies, which nothing here reads and which take longest to parse.
fn without_bodies(functions: TokenStream) -> TokenStream {
    let functions = functions.into_iter().map(|token| match is_braced(&token) {
        true => braced(TokenStream::new()),
        false => token,
    });
    functions.collect()
}

/// The keyword that says of which kind an item is.
fn known(token: &TokenTree) -> Option<&'static str> {
    let TokenTree::Ident(ident) = token else {
        return None;
    };
    let known = [
        "enum", "fn", "impl", "mod", "struct", "trait", "type", "use",
    ];
    known.into_iter().find(|known| ident == known)
}

fn is_semicolon(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';')
}

fn is_braced(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

fn braced(content: TokenStream) -> TokenTree {
    TokenTree::Group(Group::new(Delimiter::Brace, content))
}

/// What is in a group, which is dropped first so that nothing is copied.
fn content(group: Group) -> TokenStream {
    let content = group.stream();
    drop(group);
    content
}
