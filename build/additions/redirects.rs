//! `send_location` beside `send`, where an operation documents a redirect.

use serde_json::Value;
use syn::{Expr, File, ImplItem, ImplItemFn, ItemImpl, Stmt, parse_quote};

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
                ImplItem::Fn(function) if function.sig.ident == "send" => location(function),
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

/// `send` up to the request, which is then sent without following.
fn location(send: &ImplItemFn) -> Option<ImplItemFn> {
    let mut function = send.clone();
    function.attrs = vec![
        parse_quote!(#[doc = "Sends the request, and returns the address that the API redirects to \
            instead of following it: `None` where the API sends the content itself."]),
        parse_quote!(#[doc = ""]),
        parse_quote!(#[doc = "The address may hold a signature that lets anybody read the content, and \
            may expire."]),
    ];
    function.sig.ident = parse_quote!(send_location);
    function.sig.output = parse_quote!(-> Result<Option<::url::Url>, Error>);
    let statements = &mut function.block.stmts;
    // From where the operation's info is made, `send` only follows and decodes.
    let info = statements.iter().position(is_info)?;
    let request = statements[..info].iter().rev().find_map(request)?;
    let client = statements[info + 1..].iter().find_map(client)?;
    statements.truncate(info + 1);
    statements.push(Stmt::Expr(
        parse_quote!(#client.location(#request, &info).await),
        None,
    ));
    Some(function)
}

fn is_info(statement: &Stmt) -> bool {
    matches!(statement, Stmt::Local(local)
        if matches!(&local.pat, syn::Pat::Ident(pat) if pat.ident == "info")
            && local.init.as_ref().is_some_and(|init| matches!(&*init.expr, Expr::Struct(_))))
}

/// The name of the variable that holds the request: the last one before the info.
fn request(statement: &Stmt) -> Option<syn::Ident> {
    match statement {
        Stmt::Local(local) => match &local.pat {
            syn::Pat::Ident(pat) => Some(pat.ident.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// The client, of `client.exec(…).await`.
fn client(statement: &Stmt) -> Option<Expr> {
    let Stmt::Local(local) = statement else {
        return None;
    };
    let Expr::Await(awaited) = &*local.init.as_ref()?.expr else {
        return None;
    };
    match &*awaited.base {
        Expr::MethodCall(call) if call.method == "exec" => Some((*call.receiver).clone()),
        _ => None,
    }
}
