//! What an operation is and the request that it makes stand apart from the sending, which is the same
//! for all.
//!
//! Progenitor writes all of it into one `async` function. Taken apart, there is less to compile, and what
//! sends in another way (page by page, or without following a redirect) makes the request by the same
//! function.

use proc_macro2::Literal;
use quote::{ToTokens, quote};
use serde_json::Value;
use syn::visit::Visit;
use syn::{Arm, Expr, File, ImplItem, ImplItemFn, ItemImpl, Lit, Pat, Stmt, parse_quote};

use super::document::operations;
use super::error::Error;
use super::{idents, wire};

/// Takes each `send` apart.
pub fn split(document: &Value, client: &mut File) -> Result<(), Error> {
    for (place, operation) in operations(document) {
        let builder = idents::builder(operation["operationId"].as_str().unwrap_or_default());
        let mut impls = wire::impls(client, &builder);
        if !impls.any(|item| split_send(item).is_some()) {
            let reason = "progenitor's code sends in a way that is not known";
            return Err(Error::at(place, reason));
        }
    }
    Ok(())
}

/// `None` where there is no `send`, or not the one that progenitor writes.
fn split_send(item: &mut ItemImpl) -> Option<()> {
    let send = item.items.iter_mut().find_map(|item| match item {
        ImplItem::Fn(function) if function.sig.ident == "send" => Some(function),
        _ => None,
    })?;
    let Parts {
        id,
        request,
        receive,
        success,
    } = Parts::of(send)?;
    // A file that is uploaded has to be opened first.
    let (asyncness, wait) = if waits(&request) {
        (quote!(async), quote!(.await))
    } else {
        (quote!(), quote!())
    };
    send.block = parse_quote!({
        crate::runtime::#receive(self.client, &Self::OPERATION, self.request() #wait).await
    });
    let mut made: ImplItemFn = parse_quote! {
        #asyncness fn request(self) -> Result<::reqwest::Request, Error> {}
    };
    made.block.stmts = request;
    let operation = parse_quote! {
        const OPERATION: crate::runtime::Operation = crate::runtime::Operation {
            id: #id,
            success: &[#(#success),*],
        };
    };
    item.items.insert(0, operation);
    item.items.push(ImplItem::Fn(made));
    Some(())
}

/// What progenitor wrote into one function.
struct Parts {
    id: Expr,
    /// The statements that make the request, and return it.
    request: Vec<Stmt>,
    /// What the facade calls the reading of such an answer.
    receive: syn::Ident,
    /// The statuses of a success.
    success: Vec<Expr>,
}

impl Parts {
    fn of(send: &mut ImplItemFn) -> Option<Self> {
        let mut request = std::mem::take(&mut send.block.stmts);
        let info = request.iter().position(|of| operation_id(of).is_some())?;
        let sent = request.split_off(info);
        let id = operation_id(sent.first()?)?;
        let last = sent.last()?;
        match request.last_mut()? {
            // Progenitor's hooks may change it.
            Stmt::Local(local) => {
                local.attrs.clear();
                local.pat = parse_quote!(request);
            }
            _ => return None,
        }
        request.push(Stmt::Expr(parse_quote!(Ok(request)), None));
        let Stmt::Expr(Expr::Match(answer), _) = last else {
            return None;
        };
        let (mut receive, mut success) = (None, Vec::new());
        for arm in &answer.arms {
            match receives(arm)? {
                "" => {}
                name if receive.is_none_or(|known| known == name) => {
                    receive = Some(name);
                    success.push(statuses(&arm.pat)?);
                }
                _ => return None,
            }
        }
        Some(Self {
            id,
            request,
            receive: quote::format_ident!("{}", receive?),
            success,
        })
    }
}

/// Of `let info = OperationInfo { operation_id: "…" };`.
fn operation_id(statement: &Stmt) -> Option<Expr> {
    match value_of(statement, "info")? {
        Expr::Struct(info) => Some(info.fields.first()?.expr.clone()),
        _ => None,
    }
}

/// Of `let name = …;`.
fn value_of<'a>(statement: &'a Stmt, name: &str) -> Option<&'a Expr> {
    match statement {
        Stmt::Local(local) => match &local.pat {
            Pat::Ident(pat) if pat.ident == name => Some(&local.init.as_ref()?.expr),
            _ => None,
        },
        _ => None,
    }
}

/// What the facade calls the reading of this answer; nothing, for what is no success.
fn receives(arm: &Arm) -> Option<&'static str> {
    let text = arm.body.to_token_stream().to_string();
    let text = text.trim_start_matches("{ ");
    [
        ("Err (Error :: unexpected_response (", ""),
        ("ResponseValue :: from_response (", "value"),
        ("Ok (ResponseValue :: empty (", "nothing"),
        ("Ok (ResponseValue :: stream (", "stream"),
    ]
    .into_iter()
    .find_map(|(start, name)| text.starts_with(start).then_some(name))
}

fn statuses(pattern: &Pat) -> Option<Expr> {
    match pattern {
        Pat::Lit(literal) => match &literal.lit {
            Lit::Int(status) => {
                let status = Literal::u16_unsuffixed(status.base10_parse().ok()?);
                Some(parse_quote!(#status..=#status))
            }
            _ => None,
        },
        Pat::Range(range) => Some(parse_quote!(#range)),
        _ => None,
    }
}

fn waits(statements: &[Stmt]) -> bool {
    struct Waits(bool);

    impl<'a> Visit<'a> for Waits {
        fn visit_expr_await(&mut self, _: &'a syn::ExprAwait) {
            self.0 = true;
        }
    }

    let mut waits = Waits(false);
    for statement in statements {
        waits.visit_stmt(statement);
    }
    waits.0
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn split(client: &mut File) -> Result<(), Error> {
        let document = json!({"paths": {"/a": {"get": {"operationId": "a_list"}}}});
        super::split(&document, client)
    }

    fn client(made: &proc_macro2::TokenStream, arms: &proc_macro2::TokenStream) -> File {
        parse_quote! {
            pub mod builder {
                impl<'a> AList<'a> {
                    pub fn new(client: &'a super::Client) -> Self {}
                    /// Sends it.
                    pub async fn send(self) -> Result<ResponseValue<types::A>, Error> {
                        let Self { client, id } = self;
                        #[allow(unused_mut)]
                        let mut request = client.client.get(id)#made.build()?;
                        let info = OperationInfo { operation_id: "a_list" };
                        client.pre(&mut request, &info).await?;
                        let result = client.exec(request, &info).await;
                        client.post(&result, &info).await?;
                        let response = result?;
                        match response.status().as_u16() { #arms }
                    }
                }
            }
        }
    }

    #[track_caller]
    fn assert_split(
        made: &proc_macro2::TokenStream,
        arms: &proc_macro2::TokenStream,
        expected: [&proc_macro2::TokenStream; 3],
    ) {
        let mut client = client(made, arms);
        split(&mut client).unwrap();
        let [success, send, signature] = expected;
        let expected = quote! {
            pub mod builder {
                impl<'a> AList<'a> {
                    const OPERATION: crate::runtime::Operation = crate::runtime::Operation {
                        id: "a_list",
                        success: &[#success],
                    };
                    pub fn new(client: &'a super::Client) -> Self {}
                    /// Sends it.
                    pub async fn send(self) -> Result<ResponseValue<types::A>, Error> { #send }
                    #signature -> Result<::reqwest::Request, Error> {
                        let Self { client, id } = self;
                        let request = client.client.get(id)#made.build()?;
                        Ok(request)
                    }
                }
            }
        };
        assert_eq!(quote!(#client).to_string(), expected.to_string());
    }

    #[test]
    fn a_request_is_made_apart_from_its_sending() {
        let failure = quote!(_ => Err(Error::unexpected_response(response)));
        assert_split(
            &quote!(),
            &quote! {
                200u16 => { ResponseValue::from_response(response).await }
                204u16 => ResponseValue::from_response(response).await,
                #failure
            },
            [
                &quote!(200..=200, 204..=204),
                &quote!(crate::runtime::value(self.client, &Self::OPERATION, self.request()).await),
                &quote!(fn request(self)),
            ],
        );
        assert_split(
            &quote!(),
            &quote!(204u16 => Ok(ResponseValue::empty(response)), #failure),
            [
                &quote!(204..=204),
                &quote!(
                    crate::runtime::nothing(self.client, &Self::OPERATION, self.request()).await
                ),
                &quote!(fn request(self)),
            ],
        );
        // The making of an upload's request has to wait for its file.
        assert_split(
            &quote!(.upload(form).await?),
            &quote!(200..=299 => Ok(ResponseValue::stream(response)), #failure),
            [
                &quote!(200..=299),
                &quote!(
                    crate::runtime::stream(self.client, &Self::OPERATION, self.request().await)
                        .await
                ),
                &quote!(async fn request(self)),
            ],
        );
    }

    #[test]
    fn an_answer_that_the_facade_cannot_read_is_refused() {
        for arms in [
            quote!(101u16 => ResponseValue::upgrade(response).await,),
            quote! {
                200u16 => ResponseValue::from_response(response).await,
                204u16 => Ok(ResponseValue::empty(response)),
            },
            quote!(_ => Err(Error::unexpected_response(response))),
            quote!(_ => Ok(ResponseValue::empty(response))),
        ] {
            let error = split(&mut client(&quote!(), &arms))
                .unwrap_err()
                .to_string();
            assert_eq!(
                error,
                "paths./a.get: progenitor's code sends in a way that is not known"
            );
        }
    }
}
