//! What the facade does in one place is taken out of progenitor's code, where it stands in each
//! operation: less to compile, and better errors.
//!
//! Comes after all that look for something in progenitor's code. What is not found as
//! expected stays as it is: it is longer, and not wrong.

use quote::{ToTokens, format_ident};
use syn::visit::Visit;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, Block, Expr, ExprMethodCall, File, FnArg, ImplItemFn, Item, Stmt, parse_quote,
};

/// Shortens the builders of operations.
pub fn client(file: &mut File) {
    for item in module(file, "builder") {
        Shorten::default().visit_item_mut(item);
    }
}

/// Shortens the mocks, and lets those of bytes take bytes.
pub fn mock(file: &mut File) {
    for item in module(file, "operations") {
        if let Item::Impl(item) = item {
            let is_when = item.self_ty.to_token_stream().to_string().ends_with("When");
            MockShorten { is_when }.visit_item_impl_mut(item);
        }
    }
}

fn module<'a>(file: &'a mut File, name: &str) -> impl Iterator<Item = &'a mut Item> {
    file.items
        .iter_mut()
        .filter_map(move |item| match item {
            Item::Mod(module) if module.ident == name => module.content.as_mut(),
            _ => None,
        })
        .flat_map(|(_, items)| items)
}

#[derive(Default)]
struct Shorten {
    /// Whether the function at hand converts a value.
    converts: bool,
}

impl VisitMut for Shorten {
    fn visit_attribute_mut(&mut self, attribute: &mut Attribute) {
        if let syn::Meta::NameValue(meta) = &attribute.meta
            && let Expr::Lit(literal) = &meta.value
            && let syn::Lit::Str(text) = &literal.lit
            && let Some(rest) = text.value().strip_prefix("Builder for [`Client::")
            && let Some((method, _)) = rest.split_once('`')
        {
            let text = format!("Builder for [`Client::{method}`](super::Client::{method}).");
            *attribute = parse_quote!(#[doc = #text]);
        }
    }

    fn visit_impl_item_fn_mut(&mut self, function: &mut ImplItemFn) {
        self.converts = false;
        visit_mut::visit_impl_item_fn_mut(self, function);
        if function.sig.ident == "request" {
            request(&mut function.block);
        } else if self.converts {
            Fallible.visit_signature_mut(&mut function.sig);
        }
    }

    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        visit_mut::visit_expr_mut(self, expression);
        if let Some(shorter) = setter(expression) {
            self.converts = true;
            *expression = shorter;
        } else if let Some(shorter) = unset(expression).or_else(|| literal_header(expression)) {
            *expression = shorter;
        }
    }
}

/// `self.name = value.try_into().map(Some).map_err(|_| …)`, with `map(Some)` or without.
fn setter(expression: &Expr) -> Option<Expr> {
    let Expr::Assign(assign) = expression else {
        return None;
    };
    let Expr::Field(field) = &*assign.left else {
        return None;
    };
    let syn::Member::Named(name) = &field.member else {
        return None;
    };
    let map_err = call(&assign.right, "map_err")?;
    let Some(Expr::Closure(closure)) = map_err.args.first() else {
        return None;
    };
    // A conversion whose error is told keeps what it tells.
    if !matches!(closure.inputs.first(), Some(syn::Pat::Wild(_))) {
        return None;
    }
    let name = name.to_string();
    let (left, converted) = (&assign.left, &*map_err.receiver);
    match call(converted, "map") {
        Some(map) if map.args.first()?.to_token_stream().to_string() == "Some" => {
            let value = &call(&map.receiver, "try_into")?.receiver;
            Some(parse_quote!(#left = crate::runtime::field(#name, #value).map(Some)))
        }
        Some(_) => None,
        None => {
            let value = &call(converted, "try_into")?.receiver;
            Some(parse_quote!(#left = crate::runtime::field(#name, #value)))
        }
    }
}

/// A conversion says why it fails: `TryInto<T>` becomes `TryInto<T, Error: Display>`.
struct Fallible;

impl VisitMut for Fallible {
    fn visit_path_segment_mut(&mut self, segment: &mut syn::PathSegment) {
        if segment.ident == "TryInto"
            && let syn::PathArguments::AngleBracketed(arguments) = &mut segment.arguments
        {
            arguments.args.push(parse_quote!(Error: std::fmt::Display));
        }
    }
}

/// `Err("name was not initialized".to_string())`.
fn unset(expression: &Expr) -> Option<Expr> {
    let Expr::Call(error) = expression else {
        return None;
    };
    let text = call(error.args.first()?, "to_string")?;
    let Expr::Lit(literal) = &*text.receiver else {
        return None;
    };
    let syn::Lit::Str(text) = &literal.lit else {
        return None;
    };
    let text = text.value();
    let name = text.strip_suffix(" was not initialized")?;
    Some(parse_quote!(crate::runtime::missing(#name)))
}

/// `.header(name, HeaderValue::from_static("text"))`.
fn literal_header(expression: &Expr) -> Option<Expr> {
    let header = call(expression, "header")?;
    let Some(Expr::Call(value)) = header.args.last() else {
        return None;
    };
    if !value
        .func
        .to_token_stream()
        .to_string()
        .ends_with(":: from_static")
    {
        return None;
    }
    let (receiver, name, text) = (&header.receiver, header.args.first()?, value.args.first()?);
    matches!(text, Expr::Lit(_)).then(|| parse_quote!(#receiver.header(#name, #text)))
}

/// The making of a request: there is no map of headers where there are no headers.
fn request(block: &mut Block) {
    let Some(made) = block.stmts.iter().position(makes_headers) else {
        return;
    };
    let mut uses = Mentions(0);
    uses.visit_block(block);
    // Where it is handed over.
    if uses.0 == 1 {
        block.stmts.remove(made);
        WithoutHeaders.visit_block_mut(block);
    }
}

/// Whether the statement is `let mut header_map = …`.
fn makes_headers(statement: &Stmt) -> bool {
    matches!(statement, Stmt::Local(local)
        if matches!(&local.pat, syn::Pat::Ident(pat) if pat.ident == "header_map"))
}

/// How often the map of headers is used.
struct Mentions(usize);

impl<'a> Visit<'a> for Mentions {
    fn visit_expr_path(&mut self, path: &'a syn::ExprPath) {
        self.0 += usize::from(path.path.is_ident("header_map"));
    }
}

/// Takes `.headers(header_map)` off.
struct WithoutHeaders;

impl VisitMut for WithoutHeaders {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        visit_mut::visit_expr_mut(self, expression);
        if let Some(headers) = call(expression, "headers") {
            *expression = (*headers.receiver).clone();
        }
    }
}

struct MockShorten {
    is_when: bool,
}

impl VisitMut for MockShorten {
    fn visit_impl_item_fn_mut(&mut self, function: &mut ImplItemFn) {
        if function.sig.ident == "new" && self.is_when {
            let mut found = Operation::default();
            found.visit_block_mut(&mut function.block);
            if let (Some(method), Some(pattern)) = (found.method, found.pattern) {
                function.block = parse_quote!({
                    Self(crate::mock::operation(inner, #method, #pattern))
                });
            }
        }
        // Bytes, which progenitor takes for any JSON.
        let mut bytes = Bytes(false);
        bytes.visit_block_mut(&mut function.block);
        if bytes.0
            && let Some(FnArg::Typed(value)) = function.sig.inputs.last_mut()
        {
            *value.ty = if self.is_when {
                parse_quote!(impl Into<String>)
            } else {
                parse_quote!(impl AsRef<[u8]>)
            };
        }
    }
}

/// Method and path of `inner.method(…).path_matches(regex::Regex::new(…).unwrap())`.
#[derive(Default)]
struct Operation {
    method: Option<Expr>,
    pattern: Option<Expr>,
}

impl VisitMut for Operation {
    fn visit_expr_method_call_mut(&mut self, call: &mut ExprMethodCall) {
        visit_mut::visit_expr_method_call_mut(self, call);
        if call.method == "method" {
            self.method = call.args.first().cloned();
        }
    }

    fn visit_expr_call_mut(&mut self, call: &mut syn::ExprCall) {
        visit_mut::visit_expr_call_mut(self, call);
        if call
            .func
            .to_token_stream()
            .to_string()
            .ends_with("Regex :: new")
        {
            self.pattern = call.args.first().cloned();
        }
    }
}

/// `.json_body(value)` becomes `.body(value)`, without a media type that it has not.
struct Bytes(bool);

impl VisitMut for Bytes {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        if let Expr::MethodCall(body) = expression
            && body.method == "json_body"
        {
            self.0 = true;
            body.method = format_ident!("body");
            if let Some(header) = call(&body.receiver, "header") {
                let receiver = header.receiver.clone();
                body.receiver = receiver;
            }
        }
        visit_mut::visit_expr_mut(self, expression);
    }
}

fn call<'a>(expression: &'a Expr, method: &str) -> Option<&'a ExprMethodCall> {
    match expression {
        Expr::MethodCall(call) if call.method == method => Some(call),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dense(file: &File) -> String {
        prettyplease::unparse(file).split_whitespace().collect()
    }

    #[test]
    fn an_operation_converts_and_sends_through_the_facade() {
        let mut file: File = parse_quote! {
            mod builder {
                #[doc = "Builder for [`Client::a_list`]\n\n[`Client::a_list`]: super::Client::a_list"]
                struct AList<'a> { client: &'a super::Client }
                impl<'a> AList<'a> {
                    fn new(client: &'a super::Client) -> Self {
                        Self { client: client, id: Err("id was not initialized".to_string()) }
                    }
                    fn id<V>(mut self, value: V) -> Self where V: std::convert::TryInto<u8> {
                        self.id = value.try_into().map_err(|_| "no".to_string());
                        self
                    }
                    fn page<V>(mut self, value: V) -> Self {
                        self.page = value.try_into().map(Some).map_err(|_| "no".to_string());
                        self
                    }
                    fn body<V>(mut self, value: V) -> Self {
                        self.body = value.try_into().map(From::from).map_err(|s| format!("{s}"));
                        self
                    }
                    fn request(self) -> Result<::reqwest::Request, Error> {
                        let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
                        let request = client
                            .client
                            .get(url)
                            .header(ACCEPT, ::reqwest::header::HeaderValue::from_static("a/b"))
                            .headers(header_map)
                            .build()?;
                        Ok(request)
                    }
                }
            }
        };
        client(&mut file);
        let text = dense(&file);
        for part in [
            "Builderfor[`Client::a_list`](super::Client::a_list).",
            r#"id:crate::runtime::missing("id")"#,
            "V:std::convert::TryInto<u8,Error:std::fmt::Display>,",
            r#"self.id=crate::runtime::field("id",value);"#,
            r#"self.page=crate::runtime::field("page",value).map(Some);"#,
            "self.body=value.try_into().map(From::from).map_err(",
            r#"letrequest=client.client.get(url).header(ACCEPT,"a/b").build()?;Ok(request)"#,
        ] {
            assert!(text.contains(part), "no {part} in {text}");
        }
    }

    #[test]
    fn headers_stay_where_there_are_some() {
        let mut file: File = parse_quote! {
            mod builder {
                impl AList {
                    fn request(self) {
                        let mut header_map = HeaderMap::with_capacity(2usize);
                        crate::parameter::header(&mut header_map, "a", &a)?;
                        let request = client.client.get(url).headers(header_map).build()?;
                    }
                }
            }
        };
        client(&mut file);
        let text = dense(&file);
        assert!(text.contains("letmutheader_map="), "{text}");
        assert!(
            text.contains("letrequest=client.client.get(url).headers(header_map)"),
            "{text}"
        );
    }

    #[test]
    fn the_mock_of_bytes_takes_bytes() {
        let mut file: File = parse_quote! {
            mod operations {
                impl AWhen {
                    fn new(inner: ::httpmock::When) -> Self {
                        Self(inner.method(::httpmock::Method::GET).path_matches(regex::Regex::new("^/a$").unwrap()))
                    }
                }
                impl AThen {
                    fn success(self, status: u16, value: ::serde_json::Value) -> Self {
                        Self(self.0.status(status).header("content-type", "application/json").json_body(value))
                    }
                }
            }
        };
        mock(&mut file);
        let text = dense(&file);
        for part in [
            r#"Self(crate::mock::operation(inner,::httpmock::Method::GET,"^/a$"))"#,
            "value:implAsRef<[u8]>)->Self{Self(self.0.status(status).body(value))}",
        ] {
            assert!(text.contains(part), "no {part} in {text}");
        }
    }
}
