//! Fits progenitor's tokens to the facade, where no setting and no document can say it.
//!
//! - `progenitor_client` becomes `crate::runtime`: one error type, bounded bodies, located decoding.
//! - The constructors of `Client` go: the facade's builder makes it.
//! - Mocks expect lists and maps in a query as the client sends them.
//! - Received types are `#[non_exhaustive]`, so that a new property upstream breaks nobody.
//! - Every public item is documented.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Expr, ExprLit, File, Item, ItemMod, Lit, Meta, Stmt, UseTree, parse_quote};

use super::document::Service;
use super::error::Error;

/// Names that the generated code imports from `progenitor_client` and that have no counterpart.
const NOT_IMPORTED: [&str; 3] = ["ClientHooks", "ClientInfo", "OperationInfo"];

const CLIENT_DOC: &str = "The client of the API, with a method for each operation.

Cheap to clone, and to be shared: clones use the same connections. It is made by
[`from_env`](Self::from_env), [`new`](Self::new) or [`builder`](Self::builder). A method of an
operation returns a builder: set its parameters, then `.send().await`.";

/// The client, fitted.
pub fn client(tokens: TokenStream, service: &Service) -> Result<File, Error> {
    // The builders of types are written anew by `additions::builders`: half of all tokens, which
    // need not be parsed.
    let mut file = parse(empty_module(tokens, &["types", "builder"]))?;
    file.items.retain(|item| !is_unused_impl(item));
    let Service {
        base_url,
        api_key_header,
    } = service;
    file.items.push(parse_quote! {
        /// Where requests go unless the builder says otherwise.
        pub const DEFAULT_BASE_URL: &str = #base_url;
    });
    file.items.push(parse_quote! {
        /// The header that carries the API key.
        pub(crate) const API_KEY_HEADER: &str = #api_key_header;
    });
    Adapt.visit_file_mut(&mut file);
    file.items.retain(
        |item| !matches!(item, Item::Impl(item) if item.items.is_empty() && item.trait_.is_none()),
    );
    Ok(file)
}

/// The mocks, fitted.
pub fn mock(tokens: TokenStream) -> Result<File, Error> {
    let mut file = parse(tokens)?;
    Adapt.visit_file_mut(&mut file);
    Ok(file)
}

fn parse(tokens: TokenStream) -> Result<File, Error> {
    syn::parse2(rename(tokens))
        .map_err(|e| Error::whole(format!("progenitor's code does not parse: {e}")))
}

/// Takes out what stands in the module at `path`.
fn empty_module(tokens: TokenStream, path: &[&str]) -> TokenStream {
    let Some((name, rest)) = path.split_first() else {
        return TokenStream::new();
    };
    let (mut after_mod, mut found) = (false, false);
    tokens
        .into_iter()
        .map(|token| {
            if let (true, TokenTree::Group(group)) = (found, &token) {
                found = false;
                return Group::new(group.delimiter(), empty_module(group.stream(), rest)).into();
            }
            found = after_mod && matches!(&token, TokenTree::Ident(ident) if ident == name);
            after_mod = matches!(&token, TokenTree::Ident(ident) if ident == "mod");
            token
        })
        .collect()
}

/// Renames on the level of tokens, because some of the names stand inside macro calls.
fn rename(tokens: TokenStream) -> TokenStream {
    let mut renamed = TokenStream::new();
    let mut after_encode_path = false;
    for token in tokens {
        match token {
            TokenTree::Ident(ident) if ident == "progenitor_client" => {
                renamed.extend(quote!(crate::runtime));
            }
            TokenTree::Ident(ident) => {
                let name = match ident.to_string().as_str() {
                    "InvalidRequest" => "invalid_request",
                    "UnexpectedResponse" => "unexpected_response",
                    _ => "",
                };
                after_encode_path = ident == "encode_path";
                let ident = if name.is_empty() {
                    ident
                } else {
                    Ident::new(name, ident.span())
                };
                renamed.extend([TokenTree::Ident(ident)]);
                continue;
            }
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), rename(group.stream()));
                inner.set_span(group.span());
                renamed.extend([TokenTree::Group(inner)]);
                if after_encode_path {
                    renamed.extend(quote!(?));
                }
            }
            other => renamed.extend([other]),
        }
        after_encode_path = false;
    }
    renamed
}

/// Of a trait that progenitor sends through, and the facade does not: see `requests`.
fn is_unused_impl(item: &Item) -> bool {
    matches!(item, Item::Impl(item) if item.trait_.as_ref().is_some_and(|trait_| {
        trait_.0.segments.last().is_some_and(|segment| {
            NOT_IMPORTED.iter().any(|unused| segment.ident == unused)
        })
    }))
}

struct Adapt;

impl VisitMut for Adapt {
    fn visit_item_mod_mut(&mut self, module: &mut ItemMod) {
        if module.ident == "types" {
            for item in module.content.iter_mut().flat_map(|(_, items)| items) {
                non_exhaustive(item);
                if let Item::Mod(inner) = item
                    && inner.ident == "builder"
                {
                    describe(
                        inner,
                        "The builders of these types: what `builder()` starts.",
                    );
                }
            }
            describe(module, "What the operations take and answer.");
        }
        visit_mut::visit_item_mod_mut(self, module);
        if module.attrs.iter().all(|attribute| !is_doc(attribute)) {
            let text = match module.ident.to_string().as_str() {
                "builder" => "The builders of requests: what each method of an operation starts.",
                "defaults" => "Defaults of properties.",
                "error" => "Why a value could not be converted.",
                _ => return,
            };
            module.attrs.push(parse_quote!(#[doc = #text]));
        }
    }

    fn visit_item_impl_mut(&mut self, item: &mut syn::ItemImpl) {
        item.items.retain(|item| {
            !matches!(item, syn::ImplItem::Fn(function)
                if function.sig.ident == "new_with_client"
                    || function.sig.ident == "new" && function.sig.inputs.len() == 2)
        });
        if item.trait_.is_none() {
            for item in &mut item.items {
                if let syn::ImplItem::Fn(function) = item {
                    document(&mut function.attrs, || method_doc(&function.sig.ident));
                }
            }
        }
        visit_mut::visit_item_impl_mut(self, item);
    }

    fn visit_item_trait_mut(&mut self, item: &mut syn::ItemTrait) {
        for item in &mut item.items {
            if let syn::TraitItem::Fn(function) = item {
                let name = function.sig.ident.to_string();
                document(&mut function.attrs, || {
                    format!("Mocks the operation `{name}`.")
                });
            }
        }
        visit_mut::visit_item_trait_mut(self, item);
    }

    fn visit_item_struct_mut(&mut self, item: &mut syn::ItemStruct) {
        let name = item.ident.to_string();
        if name == "Client" {
            // The document describes the service, and users look here for the client.
            item.attrs.retain(|attribute| !is_doc(attribute));
        }
        document(&mut item.attrs, || struct_doc(&name));
        for field in &mut item.fields {
            if let (Some(name), syn::Visibility::Public(_)) = (&field.ident, &field.vis) {
                let text = format!("The property `{name}`.");
                document(&mut field.attrs, || text);
            }
        }
        visit_mut::visit_item_struct_mut(self, item);
    }

    fn visit_item_enum_mut(&mut self, item: &mut syn::ItemEnum) {
        let name = item.ident.to_string();
        document(&mut item.attrs, || struct_doc(&name));
        for variant in &mut item.variants {
            let text = format!("The value `{}`.", variant.ident);
            document(&mut variant.attrs, || text);
        }
        visit_mut::visit_item_enum_mut(self, item);
    }

    fn visit_use_tree_mut(&mut self, tree: &mut UseTree) {
        if let UseTree::Group(group) = tree {
            group.items = std::mem::take(&mut group.items)
                .into_iter()
                .filter(|item| {
                    !matches!(item, UseTree::Name(name)
                        if NOT_IMPORTED.iter().any(|removed| name.ident == removed))
                })
                .collect();
        }
        visit_mut::visit_use_tree_mut(self, tree);
    }

    fn visit_expr_path_mut(&mut self, expression: &mut syn::ExprPath) {
        // A schema may be called `Default`.
        if expression.qself.is_none()
            && expression.to_token_stream().to_string() == "Default :: default"
        {
            *expression = parse_quote!(::std::default::Default::default);
        }
        visit_mut::visit_expr_path_mut(self, expression);
    }

    fn visit_path_segment_mut(&mut self, segment: &mut syn::PathSegment) {
        // The facade has one error, whatever the operation documents.
        if segment.ident == "Error"
            && let syn::PathArguments::AngleBracketed(arguments) = &segment.arguments
            && arguments.args.len() == 1
        {
            segment.arguments = syn::PathArguments::None;
        }
        visit_mut::visit_path_segment_mut(self, segment);
    }

    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        if let Expr::MethodCall(call) = expression
            && call.method == "query_param"
            && let (Some(name), Some(Expr::MethodCall(text))) =
                (call.args.first(), call.args.last())
            && text.method == "to_string"
        {
            // Progenitor's mocks take every parameter for a scalar.
            let (when, value) = (&call.receiver, &text.receiver);
            *expression = parse_quote!(crate::mock::query_param(#when, #name, &#value));
        } else if let Expr::MethodCall(call) = expression
            && call.method == "json_body_obj"
            && let Some(value) = call.args.first_mut()
        {
            // A value that may be absent is handed to progenitor's mocks as an `Option` of a reference.
            *value = parse_quote!(&#value);
        }
        visit_mut::visit_expr_mut(self, expression);
    }

    fn visit_block_mut(&mut self, block: &mut syn::Block) {
        block.stmts.retain(|statement| !is_api_version(statement));
        visit_mut::visit_block_mut(self, block);
    }

    fn visit_attribute_mut(&mut self, attribute: &mut Attribute) {
        if let Some(text) = doc_text(attribute) {
            let text = without_appendix(&text);
            *attribute = parse_quote!(#[doc = #text]);
        }
    }
}

/// Says what the module is, in the place of what progenitor says.
fn describe(module: &mut ItemMod, text: &str) {
    module.attrs.retain(|attribute| !is_doc(attribute));
    module.attrs.push(parse_quote!(#[doc = #text]));
}

/// The header `api-version`, which servers built with dropshot read and no other.
fn is_api_version(statement: &Stmt) -> bool {
    let Stmt::Expr(Expr::MethodCall(call), _) = statement else {
        return false;
    };
    call.method == "append" && call.to_token_stream().to_string().contains("api_version")
}

fn non_exhaustive(item: &mut Item) {
    let attributes = match item {
        Item::Struct(item) => &mut item.attrs,
        Item::Enum(item) => &mut item.attrs,
        _ => return,
    };
    attributes.push(parse_quote!(#[non_exhaustive]));
}

pub fn is_doc(attribute: &Attribute) -> bool {
    attribute.path().is_ident("doc")
}

fn doc_text(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(meta) if is_doc(attribute) => match &meta.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

fn document(attributes: &mut Vec<Attribute>, text: impl FnOnce() -> String) {
    if !attributes.iter().any(is_doc) {
        let text = text();
        attributes.push(parse_quote!(#[doc = #text]));
    }
}

fn method_doc(name: &Ident) -> String {
    match name.to_string().as_str() {
        "new" => "Starts without any value set.".to_owned(),
        "body" => "Sets the whole body.".to_owned(),
        "body_map" => "Changes the body in place, starting from an empty one.".to_owned(),
        "builder" => "Starts a builder.".to_owned(),
        "into_inner" => "The untyped `httpmock` value, to go beyond what is documented.".to_owned(),
        name => format!("Sets `{name}`."),
    }
}

fn struct_doc(name: &str) -> String {
    match name {
        "Client" => CLIENT_DOC.to_owned(),
        "ConversionError" => "A value that does not fit its type.".to_owned(),
        _ if name.ends_with("When") => "What a request must be for the mock to answer.".to_owned(),
        _ if name.ends_with("Then") => "What the mock answers.".to_owned(),
        _ => format!("`{name}` of the API."),
    }
}

/// Progenitor's documentation without what it appends. The prose of the document in it is harmless
/// already: see `prose`.
fn without_appendix(text: &str) -> &str {
    // Typify's, of the schema; progenitor's, of an example that does not compile outside of its own
    // context.
    for appendix in ["<details><summary>JSON schema</summary>", "```ignore"] {
        if let Some((text, _)) = text.split_once(appendix) {
            return text.trim_end();
        }
    }
    text.trim_end()
}
