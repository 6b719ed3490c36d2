//! The rustdoc of each operation's method on `Client`: what it does, its arguments, errors, an
//! example that compiles, and the link to its page.

use std::collections::BTreeSet;
use std::fmt::Write;

use proc_macro2::TokenStream;
use quote::ToTokens;
use serde_json::Value;
use syn::ext::IdentExt;
use syn::visit_mut::{self, VisitMut};
use syn::{File, ImplItem, ImplItemFn, Item, Path, Type, parse_quote};

use super::super::adapt::is_doc;
use super::super::error::Error;
use super::super::lower::errors::ERRORS;
use super::operations::{self, Operation, functions, is_same_name, module, resolve, taken};

/// Replaces progenitor's documentation of the methods, and completes that of the builders' setters.
pub fn add(document: &Value, client: &mut File) -> Result<(), Error> {
    let operations = operations::all(document, client)?;
    let mut texts = Vec::new();
    let mut setters = Vec::new();
    for operation in &operations {
        let arguments = arguments(document, client, operation);
        texts.push((
            operation.method.clone(),
            text(client, operation, &arguments),
        ));
        for Argument {
            name, description, ..
        } in arguments
        {
            if let Some(description) = description {
                let text = format!("Sets `{name}`: {description}");
                setters.push((operation.builder.clone(), name, text));
            }
        }
    }
    for (method, text) in texts {
        functions_mut(&mut client.items, "Client")
            .filter(|function| function.sig.ident == method)
            .for_each(|function| set_doc(function, &text));
    }
    if let Some(builders) = operations::module_mut(client, "builder") {
        for (builder, name, text) in setters {
            functions_mut(builders, &builder.to_string())
                .filter(|function| function.sig.ident.unraw() == name)
                .for_each(|function| set_doc(function, &text));
        }
    }
    Ok(())
}

fn functions_mut<'a>(
    items: &'a mut [Item],
    name: &'a str,
) -> impl Iterator<Item = &'a mut ImplItemFn> {
    items
        .iter_mut()
        .filter_map(move |item| match item {
            Item::Impl(item) if operations::inherent_impl_of(item, name) => Some(item),
            _ => None,
        })
        .flat_map(|item| &mut item.items)
        .filter_map(|item| match item {
            ImplItem::Fn(function) => Some(function),
            _ => None,
        })
}

fn set_doc(function: &mut ImplItemFn, text: &str) {
    function.attrs.retain(|attribute| !is_doc(attribute));
    function.attrs.push(parse_quote!(#[doc = #text]));
}

fn text(client: &File, operation: &Operation<'_>, arguments: &[Argument]) -> String {
    let mut text = String::new();
    for prose in [summary(operation), description(operation)]
        .into_iter()
        .flatten()
    {
        text += &format!("{prose}\n\n");
    }
    let (verb, path) = (operation.verb.to_uppercase(), operation.path);
    text += &format!("Sends `{verb} {path}`.");
    if operation.document["deprecated"] == true {
        text += " **Deprecated.**";
    }
    if !arguments.is_empty() {
        text += "\n\n# Arguments\n\nTo be set on the builder:\n";
        for argument in arguments {
            text += &format!("\n{}", argument.line());
        }
    }
    text += "\n\n# Errors\n\n[`Error::Api`](crate::Error::Api) if the API refuses, and otherwise any class of [`Error`](crate::Error).";
    let documented = operation.document[ERRORS].as_array();
    for (index, line) in documented.into_iter().flatten().enumerate() {
        text += if index == 0 {
            "\n\nDocumented are:\n\n"
        } else {
            "\n"
        };
        text += line.as_str().unwrap_or_default();
    }
    if let Some(example) = example(client, operation, arguments) {
        text += &format!("\n\n# Example\n\n```no_run\n{example}```");
    }
    if let Some(url) = operation.document["externalDocs"]["url"].as_str() {
        text += &format!("\n\nUpstream: <{url}>");
    }
    text
}

fn summary(operation: &Operation<'_>) -> Option<String> {
    prose(&operation.document["summary"])
}

/// What the summary does not say already.
fn description(operation: &Operation<'_>) -> Option<String> {
    prose(&operation.document["description"])
        .filter(|text| Some(text) != summary(operation).as_ref())
}

fn prose(text: &Value) -> Option<String> {
    let text = text.as_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// An argument of an operation: a setter of its builder.
struct Argument {
    name: String,
    takes: Type,
    required: bool,
    description: Option<String>,
}

impl Argument {
    fn line(&self) -> String {
        let Self { name, takes, .. } = self;
        let mut line = format!("- `{name}`");
        if let Some(of) = type_of_document(takes) {
            // Writing to a string cannot fail.
            let _ = write!(line, ", a [`{of}`](crate::types::{of})");
        }
        if !self.required {
            line += " (optional)";
        }
        if let Some(description) = &self.description {
            // A further line belongs to the item as long as it is indented.
            line += &format!(": {}", description.replace('\n', "\n  "));
        }
        line
    }
}

/// The name of a type of the module `types`.
fn type_of_document(of: &Type) -> Option<String> {
    let Type::Path(path) = of else {
        return None;
    };
    let mut segments = path.path.segments.iter();
    let is_of_types = segments.next()?.ident == "types";
    let name = segments.next()?.ident.to_string();
    is_of_types.then_some(name)
}

/// The setters of the builder, the required ones first.
fn arguments(document: &Value, client: &File, operation: &Operation<'_>) -> Vec<Argument> {
    let parameters: Vec<_> = operation
        .parameters()
        .map(|parameter| resolve(document, parameter))
        .collect();
    let builder = operation.builder.to_string();
    let mut seen = BTreeSet::new();
    let mut arguments: Vec<_> = functions(module(client, "builder"), &builder)
        .filter_map(|setter| Some((setter.sig.ident.unraw().to_string(), taken(setter)?.clone())))
        .filter_map(|(name, takes)| {
            let parameter = parameters.iter().find(|parameter| {
                parameter["name"]
                    .as_str()
                    .is_some_and(|other| is_same_name(other, &name))
            });
            let (required, description) = match parameter {
                Some(parameter) => (
                    parameter["required"] == true,
                    prose(&parameter["description"]),
                ),
                None if name == "body" => (
                    true,
                    prose(&operation.document["requestBody"]["description"]),
                ),
                None => return None,
            };
            seen.insert(name.clone()).then_some(Argument {
                name,
                takes,
                required,
                description,
            })
        })
        .collect();
    arguments.sort_by_key(|argument| !argument.required);
    arguments
}

/// A call with what it requires, handed to the function around it.
fn example(client: &File, operation: &Operation<'_>, arguments: &[Argument]) -> Option<String> {
    let builders = module(client, "builder");
    let builder = operation.builder.to_string();
    let success = operations::success(builders, &builder)?;
    let mut signature = "client: ultravox::Client".to_owned();
    let mut call = format!("client\n    .{}()\n", operation.method);
    for Argument { name, takes, .. } in arguments.iter().filter(|argument| argument.required) {
        let ident: TokenStream = syn::parse_str(name)
            .or_else(|_| syn::parse_str(&format!("r#{name}")))
            .ok()?;
        let takes = from_outside(takes.clone()).to_token_stream();
        signature += &format!(", {ident}: {takes}");
        call += &format!("    .{ident}({ident})\n");
    }
    let lists = functions(builders, &builder).any(|function| function.sig.ident == "stream");
    let body = if lists {
        format!(
            "let mut items = {call}    .stream();\nwhile let Some(item) = items.try_next().await? {{\n    println!(\"{{item:?}}\");\n}}"
        )
    } else {
        match success.to_token_stream().to_string().as_str() {
            "()" => format!("{call}    .send()\n    .await?;"),
            "ByteStream" => format!(
                "let mut content = {call}    .send()\n    .await?;\ncontent.save_to(\"content\").await?;"
            ),
            _ => format!(
                "let response = {call}    .send()\n    .await?;\nprintln!(\"{{:?}}\", *response);"
            ),
        }
    };
    Some(format!(
        "# async fn example({signature}) -> Result<(), ultravox::Error> {{\n{body}\n# Ok(())\n# }}\n"
    ))
}

/// The type as a program names it that uses the crate.
fn from_outside(mut of: Type) -> Type {
    struct Outside;
    impl VisitMut for Outside {
        fn visit_path_mut(&mut self, path: &mut Path) {
            visit_mut::visit_path_mut(self, path);
            let Some(first) = path.segments.first() else {
                return;
            };
            if first.ident == "types" {
                *path = parse_quote!(ultravox::#path);
            } else if first.ident == "crate" {
                let rest = path.segments.iter().skip(1);
                *path = parse_quote!(ultravox::#(#rest)::*);
            }
        }
    }
    Outside.visit_type_mut(&mut of);
    of
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::super::generate_all;

    /// The documentation of the one method of a client.
    fn documented(operation: Value) -> String {
        let file = client(operation);
        doc_of(&file.items, "Client", "box_do")
    }

    fn doc_of(items: &[syn::Item], owner: &str, name: &str) -> String {
        let function = super::functions(items, owner)
            .find(|function| function.sig.ident == name)
            .unwrap();
        let text = function.attrs.iter().find(|a| super::is_doc(a)).unwrap();
        let syn::Meta::NameValue(meta) = &text.meta else {
            panic!("{name}");
        };
        let syn::Expr::Lit(text) = &meta.value else {
            panic!("{name}");
        };
        let syn::Lit::Str(text) = &text.lit else {
            panic!("{name}");
        };
        text.value()
    }

    fn client(operation: Value) -> syn::File {
        let mut operation = operation;
        operation["operationId"] = json!("box_do");
        let document = json!({
            "openapi": "3.0.3",
            "info": {"title": "Boxes", "version": "1"},
            "servers": [{"url": "https://boxes.example"}],
            "paths": {"/boxes/{box_id}": {"patch": operation}},
            "components": {
                "schemas": {"Box": {"type": "object", "properties": {"size": {"type": "integer"}}}},
                "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "x-key"}},
            },
        });
        let generated = generate_all(&document.to_string()).unwrap();
        let client = generated.whole("client");
        syn::parse_file(&client).unwrap()
    }

    fn answer(content: Value) -> Value {
        json!({"200": {"description": "", "content": content}})
    }

    fn box_json() -> Value {
        json!({"application/json": {"schema": {"$ref": "#/components/schemas/Box"}}})
    }

    fn box_id() -> Value {
        json!({"name": "box_id", "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}})
    }

    #[test]
    fn a_method_tells_what_it_does_its_arguments_errors_an_example_and_its_page() {
        let text = documented(json!({
            "summary": "Changes a box",
            "description": "Nothing is \\<lost>.",
            "parameters": [
                {"name": "dryRun", "in": "query", "description": "Only tries:\n* yes\n* no", "schema": {"type": "boolean"}},
                box_id(),
            ],
            "requestBody": {"required": true, "content": box_json()},
            "responses": {
                "200": answer(box_json())["200"],
                "409": {"description": "Sealed.", "content": box_json()},
            },
            "externalDocs": {"url": "https://boxes.example/docs/patch"},
        }));
        assert_eq!(
            text,
            r#"Changes a box

Nothing is \<lost>.

Sends `PATCH /boxes/{box_id}`.

# Arguments

To be set on the builder:

- `box_id`
- `body`, a [`Box`](crate::types::Box)
- `dry_run` (optional): Only tries:
  * yes
  * no

# Errors

[`Error::Api`](crate::Error::Api) if the API refuses, and otherwise any class of [`Error`](crate::Error).

Documented are:

- 409: Sealed; its [`json`](crate::ApiError::json) is a [`Box`](crate::types::Box)

# Example

```no_run
# async fn example(client: ultravox::Client, box_id: :: uuid :: Uuid, body: ultravox :: types :: Box) -> Result<(), ultravox::Error> {
let response = client
    .box_do()
    .box_id(box_id)
    .body(body)
    .send()
    .await?;
println!("{:?}", *response);
# Ok(())
# }
```

Upstream: <https://boxes.example/docs/patch>"#
        );
    }

    #[test]
    fn the_example_suits_what_the_operation_answers() {
        let empty = documented(
            json!({"parameters": [box_id()], "responses": {"204": {"description": ""}}}),
        );
        assert!(
            empty.contains(
                "\nclient\n    .box_do()\n    .box_id(box_id)\n    .send()\n    .await?;\n#"
            ),
            "{empty}"
        );
        let audio =
            answer(json!({"audio/wav": {"schema": {"type": "string", "format": "binary"}}}));
        let bytes = documented(json!({"parameters": [box_id()], "responses": audio}));
        assert!(
            bytes.contains("content.save_to(\"content\").await?;"),
            "{bytes}"
        );
    }

    #[test]
    fn a_deprecated_operation_says_so() {
        let operation =
            json!({"deprecated": true, "parameters": [box_id()], "responses": answer(box_json())});
        assert!(documented(operation).contains("**Deprecated.**"));
    }

    #[test]
    fn a_setter_tells_what_the_document_says_of_its_parameter() {
        let client = client(json!({
            "parameters": [
                {"name": "dryRun", "in": "query", "description": "Only <tries>.", "schema": {"type": "boolean"}},
                box_id(),
            ],
            "responses": answer(box_json()),
        }));
        let told = doc_of(&client.items, "BoxDo", "dry_run");
        assert_eq!(told, r"Sets `dry_run`: Only \<tries>.");
        assert_eq!(doc_of(&client.items, "BoxDo", "box_id"), "Sets `box_id`.");
    }
}
