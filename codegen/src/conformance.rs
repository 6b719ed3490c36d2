//! What `tests/conformance` needs to know of the generated client: how to call each operation with
//! values that arrive as JSON, and which types a schema of the document became.
//!
//! It is read off the syntax tree, as one call of a macro. What the macro makes of it, and all judgement,
//! is the tests' part.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use serde_json::Value;
use syn::visit_mut::{self, VisitMut};
use syn::{File, Item, Path, Type, parse_quote};

use super::additions::{Operation, functions, module, success, taken};
use super::mock_samples::Sample;

/// The macro call, one operation, schema or type with a sample a line.
pub fn tables(
    document: &Value,
    client: &File,
    operations: &[Operation<'_>],
    samples: &[Sample],
) -> String {
    let operations: String = operations
        .iter()
        .filter_map(|operation| self::operation(operation, client))
        .collect();
    let schemas = schemas(document, client).concat();
    let samples = samples.iter().map(|sample| format!("{};\n", sample.name));
    let samples: String = samples.collect();
    format!(
        "tables! {{\noperations {{\n{operations}}}\nschemas {{\n{schemas}}}\nsamples {{\n{samples}}}\n}}\n"
    )
}

/// `"agents_list" agents_list json (page_size: argument::<i64>, …);`, with what makes the setter's
/// argument of JSON.
fn operation(operation: &Operation<'_>, client: &File) -> Option<String> {
    let builders = module(client, "builder");
    let builder = operation.builder.to_string();
    let kind = match success(builders, &builder)? {
        Type::Tuple(unit) if unit.elems.is_empty() => "empty",
        Type::Path(path) if path.path.is_ident("ByteStream") => "bytes",
        _ => "json",
    };
    let setters = functions(builders, &builder).filter_map(|function| {
        let from = from_json(taken(function)?);
        let setter = &function.sig.ident;
        Some(quote!(#setter: #from))
    });
    let (id, method, kind) = (operation.id(), &operation.method, format_ident!("{kind}"));
    Some(format!("{};\n", quote!(#id #method #kind (#(#setters),*))))
}

fn from_json(value: &Type) -> TokenStream {
    let mut value = value.clone();
    Outside.visit_type_mut(&mut value);
    match value
        .to_token_stream()
        .to_string()
        .replace(' ', "")
        .as_str()
    {
        "reqwest::Body" => quote!(raw),
        "::ultravox::Upload" => quote!(upload),
        list if list.ends_with("Vec<::ultravox::Upload>") => quote!(uploads),
        _ => quote!(argument::<#value>),
    }
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
    let types = types(client);
    let mut received = BTreeMap::new();
    let mut sent = BTreeMap::new();
    for (key, schema) in components {
        // What is no schema of the published document has no note.
        let name = schema.get("x-ultravox-schema").and_then(Value::as_str);
        let (Some(name), Some(path)) = (name, rust_type(key, schema, &types)) else {
            continue;
        };
        match schema.get("x-ultravox-received-as") {
            Some(_) => sent.insert(name, path),
            None => received.insert(name, path),
        };
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

fn rust_type(key: &str, schema: &Value, types: &BTreeSet<String>) -> Option<Path> {
    if types.contains(key) {
        return syn::parse_str(&format!("ultravox::types::{key}")).ok();
    }
    match schema.pointer("/x-rust-type/path").and_then(Value::as_str) {
        Some(path) => syn::parse_str(path).ok(),
        None => only_null(schema).then(|| parse_quote!(crate::Null)),
    }
}

/// Such a schema has no type: it makes an `Option` of another one.
fn only_null(schema: &Value) -> bool {
    schema["enum"]
        .as_array()
        .is_some_and(|values| values.iter().all(Value::is_null))
}

/// The names of the client's structs and enums.
pub fn types(client: &File) -> BTreeSet<String> {
    module(client, "types")
        .iter()
        .filter_map(|item| match item {
            Item::Struct(item) => Some(item.ident.to_string()),
            Item::Enum(item) => Some(item.ident.to_string()),
            _ => None,
        })
        .collect()
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
                pub enum Kind {}
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
                    pub fn scan<V>(mut self, value: V) -> Self
                    where V: std::convert::TryInto<::ultravox::Upload> {}
                    pub fn body<B>(mut self, value: B) -> Self
                    where B: std::convert::TryInto<reqwest::Body> {}
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
        let document = json!({"paths": {"/x": {"get": {"operationId": "agents_list"}}}});
        let client = client();
        let operations = super::super::additions::operations(&document, &client).unwrap();
        assert_eq!(
            operation(&operations[0], &client).unwrap(),
            "\"agents_list\" agents_list json (kinds : argument :: < Vec < ultravox :: types :: Kind > > , \
             scan : upload , body : raw);\n"
        );
    }

    #[test]
    fn a_schema_is_listed_with_the_types_for_both_directions() {
        let document = json!({"components": {"schemas": {
            "AgentList": {"x-ultravox-schema": "AgentList"},
            "Agent": {"x-ultravox-schema": "v1.Agent"},
            "AgentRequest": {"x-ultravox-schema": "v1.Agent", "x-ultravox-received-as": "Agent"},
            "Delay": {"x-rust-type": {"path": "ultravox::Delay"}, "x-ultravox-schema": "Delay"},
            "Nothing": {"enum": [null], "x-ultravox-schema": "Nothing"},
            "Gone": {"x-ultravox-schema": "Gone"},
            "Kind": {},
        }}});
        let lines: Vec<_> = schemas(&document, &client())
            .iter()
            .map(|line| line.replace(' ', ""))
            .collect();
        assert_eq!(
            lines,
            [
                "\"AgentList\"ultravox::types::AgentList,ultravox::types::AgentList;\n",
                "\"Delay\"ultravox::Delay,ultravox::Delay;\n",
                "\"Nothing\"crate::Null,crate::Null;\n",
                "\"v1.Agent\"ultravox::types::Agent,ultravox::types::AgentRequest;\n",
            ]
        );
    }
}
