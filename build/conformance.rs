//! What `tests/conformance` needs to know of the generated client: how to call each operation with
//! values that arrive as JSON, and which types a schema of the document became.
//!
//! It is read off the syntax tree, as one call of a macro. What the macro makes of it, and all judgement,
//! is the tests' part.

use std::collections::BTreeMap;

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use serde_json::Value;
use syn::visit_mut::{self, VisitMut};
use syn::{
    File, FnArg, GenericArgument, ImplItem, ImplItemFn, Item, ItemImpl, ItemMod, Path,
    PathArguments, ReturnType, Type, TypeParamBound, WherePredicate, parse_quote,
};

/// The macro call, one operation or schema a line.
pub fn tables(document: &Value, client: &File) -> String {
    let operations = operations(client).concat();
    let schemas = schemas(document, client).concat();
    format!("tables! {{\noperations {{\n{operations}}}\nschemas {{\n{schemas}}}\n}}\n")
}

/// `"agents_list" agents_list json (page_size: i64, …);`
fn operations(client: &File) -> Vec<String> {
    let Some(builder) = module(client, "builder") else {
        return Vec::new();
    };
    let builders: BTreeMap<String, &ItemImpl> = impls(builder)
        .filter(|item| function(item, "send").is_some())
        .filter_map(|item| Some((last_segment(&item.self_ty)?, item)))
        .collect();
    let methods = client.items.iter().filter_map(|item| match item {
        Item::Impl(item) if item.trait_.is_none() => Some(item),
        _ => None,
    });
    let methods = methods
        .filter(|item| last_segment(&item.self_ty).is_some_and(|name| name == "Client"))
        .flat_map(|item| &item.items);
    let mut lines = Vec::new();
    for method in methods {
        if let ImplItem::Fn(method) = method
            && let ReturnType::Type(_, returned) = &method.sig.output
            && let Some(builder) = last_segment(returned).and_then(|name| builders.get(&name))
        {
            lines.extend(operation(method, builder));
        }
    }
    lines
}

fn operation(method: &ImplItemFn, builder: &ItemImpl) -> Option<String> {
    let send = function(builder, "send")?;
    let id = operation_id(send.block.to_token_stream())?;
    let ReturnType::Type(_, result) = &send.sig.output else {
        return None;
    };
    let value = first_argument(first_argument(result)?)?;
    let kind = match last_segment(value) {
        Some(name) if name == "ByteStream" => quote!(bytes),
        Some(_) => quote!(json),
        None => quote!(empty),
    };
    let name = &method.sig.ident;
    let mut setters = Vec::new();
    for item in &builder.items {
        if let ImplItem::Fn(function) = item
            && let Some(mut value) = set_by(function)
        {
            Outside.visit_type_mut(&mut value);
            let setter = &function.sig.ident;
            // A file is no JSON: uploads have tests of their own.
            if value.to_token_stream().to_string().contains(":: Upload") {
                return None;
            }
            setters.push(quote!(#setter: #value));
        }
    }
    let line = quote!(#id #name #kind (#(#setters),*));
    Some(format!("{line};\n"))
}

/// The type that a setter takes, of those that take what converts into one.
fn set_by(function: &ImplItemFn) -> Option<Type> {
    let takes_one = matches!(
        function.sig.inputs.iter().collect::<Vec<_>>()[..],
        [FnArg::Receiver(_), FnArg::Typed(_)]
    );
    let bounds = function.sig.generics.where_clause.as_ref()?;
    let WherePredicate::Type(first) = bounds.predicates.first().filter(|_| takes_one)? else {
        return None;
    };
    first.bounds.iter().find_map(|bound| match bound {
        TypeParamBound::Trait(bound) => {
            let last = bound.path.segments.last()?;
            let into = last.ident == "TryInto" || last.ident == "Into";
            argument(&last.arguments).filter(|_| into).cloned()
        }
        _ => None,
    })
}

/// The value of the field `operation_id`, which stands in every call.
fn operation_id(tokens: TokenStream) -> Option<String> {
    let mut tokens = tokens.into_iter();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(ident) if ident == "operation_id" => {
                if let Some(TokenTree::Literal(id)) = tokens.nth(1) {
                    return Some(id.to_string().trim_matches('"').to_owned());
                }
            }
            TokenTree::Group(group) => {
                if let Some(id) = operation_id(group.stream()) {
                    return Some(id);
                }
            }
            _ => {}
        }
    }
    None
}

/// `"ultravox.v1.Agent" ultravox::types::Agent, ultravox::types::AgentRequest;` with the
/// type that is received, and the one that is sent.
fn schemas(document: &Value, client: &File) -> Vec<String> {
    let Some(components) = document
        .pointer("/components/schemas")
        .and_then(Value::as_object)
    else {
        return Vec::new();
    };
    let types = type_names(client);
    let mut received = BTreeMap::new();
    let mut sent = BTreeMap::new();
    for (key, schema) in components {
        let Some(path) = rust_type(key, schema, &types) else {
            continue;
        };
        let note = |key: &str| schema.get(key).and_then(Value::as_str);
        match (note("x-ultravox-sent"), note("x-ultravox-schema")) {
            (Some(name), _) => {
                sent.insert(name, path);
            }
            (None, Some(name)) => {
                received.insert(name, path);
            }
            // A key of the generator's own may be the name of a schema that got another key.
            (None, None) => {
                received.entry(key.as_str()).or_insert(path);
            }
        }
    }
    let both = received
        .keys()
        .chain(sent.keys().filter(|name| !received.contains_key(*name)));
    let mut lines: Vec<_> = both
        .filter_map(|name| {
            let received = received.get(name).or_else(|| sent.get(name))?;
            let sent = sent.get(name).unwrap_or(received);
            Some(format!("{};\n", quote!(#name #received, #sent)))
        })
        .collect();
    lines.sort();
    lines
}

fn rust_type(key: &str, schema: &Value, types: &BTreeMap<String, String>) -> Option<Path> {
    let text = match types.get(&normal(key)) {
        Some(name) => format!("ultravox::types::{name}"),
        None => match schema.pointer("/x-rust-type/path").and_then(Value::as_str) {
            Some(path) => path.to_owned(),
            None => return only_null(schema).then(|| parse_quote!(crate::Null)),
        },
    };
    syn::parse_str(&text).ok()
}

/// Such a schema has no type: it makes an `Option` of another one.
fn only_null(schema: &Value) -> bool {
    schema["enum"]
        .as_array()
        .is_some_and(|values| values.iter().all(Value::is_null))
}

/// Names of types by what is left of them without case and punctuation.
fn type_names(client: &File) -> BTreeMap<String, String> {
    let items = module(client, "types").map_or(&[][..], |items| items);
    let names = items.iter().filter_map(|item| match item {
        Item::Struct(item) => Some(&item.ident),
        Item::Enum(item) => Some(&item.ident),
        Item::Type(item) => Some(&item.ident),
        _ => None,
    });
    names
        .map(|name| (normal(&name.to_string()), name.to_string()))
        .collect()
}

fn normal(name: &str) -> String {
    let kept = name.chars().filter(|character| character.is_alphanumeric());
    kept.flat_map(char::to_lowercase).collect()
}

fn module<'a>(file: &'a File, name: &str) -> Option<&'a [Item]> {
    file.items.iter().find_map(|item| match item {
        Item::Mod(ItemMod { ident, content, .. }) if ident == name => {
            content.as_ref().map(|(_, items)| items.as_slice())
        }
        _ => None,
    })
}

fn impls(items: &[Item]) -> impl Iterator<Item = &ItemImpl> {
    items.iter().filter_map(|item| match item {
        Item::Impl(item) if item.trait_.is_none() => Some(item),
        _ => None,
    })
}

fn function<'a>(item: &'a ItemImpl, name: &str) -> Option<&'a ImplItemFn> {
    item.items.iter().find_map(|item| match item {
        ImplItem::Fn(function) if function.sig.ident == name => Some(function),
        _ => None,
    })
}

fn last_segment(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(path) => Some(path.path.segments.last()?.ident.to_string()),
        _ => None,
    }
}

fn first_argument(ty: &Type) -> Option<&Type> {
    match ty {
        Type::Path(path) => argument(&path.path.segments.last()?.arguments),
        _ => None,
    }
}

fn argument(arguments: &PathArguments) -> Option<&Type> {
    match arguments {
        PathArguments::AngleBracketed(arguments) => match arguments.args.first()? {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        },
        _ => None,
    }
}

/// Turns paths of the crate into paths from outside of it.
struct Outside;

impl VisitMut for Outside {
    fn visit_path_mut(&mut self, path: &mut Path) {
        if let Some(first) = path
            .segments
            .first_mut()
            .filter(|_| path.leading_colon.is_none())
        {
            if first.ident == "crate" {
                first.ident = parse_quote!(ultravox);
            } else if first.ident == "types" {
                path.segments.insert(0, parse_quote!(ultravox));
            }
        }
        visit_mut::visit_path_mut(self, path);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn client() -> File {
        parse_quote! {
            pub mod types {
                pub struct AgentList {}
                pub struct Agent {}
                pub struct AgentRequest {}
            }
            impl Client {
                pub fn agents_list(&self) -> builder::AgentsList<'_> {}
                pub fn sip(&self) -> crate::sip::Sip<'_> {}
            }
            pub mod builder {
                impl<'a> AgentsList<'a> {
                    pub fn new(client: &'a super::Client) -> Self {}
                    pub fn kinds<V>(mut self, value: V) -> Self
                    where V: std::convert::TryInto<Vec<types::Kind>> {}
                    pub fn body_map<F>(mut self, f: F) -> Self
                    where F: std::ops::FnOnce(types::builder::A) -> types::builder::A {}
                    pub async fn send(self) -> Result<ResponseValue<types::AgentList>, Error> {
                        let info = OperationInfo { operation_id: "agents_list" };
                    }
                }
            }
        }
    }

    #[test]
    fn an_operation_is_listed_with_its_setters() {
        let line =
            "\"agents_list\" agents_list json (kinds : Vec < ultravox :: types :: Kind >);\n";
        assert_eq!(operations(&client()), [line]);
    }

    #[test]
    fn a_schema_is_listed_with_the_types_for_both_directions() {
        let document = json!({"components": {"schemas": {
            "agent_list": {},
            "Agent": {"x-ultravox-schema": "v1.Agent"},
            "AgentRequest": {"x-ultravox-sent": "v1.Agent"},
            "Delay": {"x-rust-type": {"path": "ultravox::Delay"}},
            "Nothing": {"enum": [null]},
            "Gone": {},
        }}});
        let lines: Vec<_> = schemas(&document, &client())
            .iter()
            .map(|line| line.replace(' ', ""))
            .collect();
        assert_eq!(
            lines,
            [
                "\"Delay\"ultravox::Delay,ultravox::Delay;\n",
                "\"Nothing\"crate::Null,crate::Null;\n",
                "\"agent_list\"ultravox::types::AgentList,ultravox::types::AgentList;\n",
                "\"v1.Agent\"ultravox::types::Agent,ultravox::types::AgentRequest;\n",
            ]
        );
    }
}
