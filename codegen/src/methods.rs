//! Refuses operations that cannot share `Client`: with each other, or with what is written by hand.
//!
//! The names of parameters are `lower::parameters`' part.

use std::collections::BTreeMap;

use serde_json::Value;

use super::document::operations;
use super::error::Error;
use super::idents;

/// The methods of `Client` that are written by hand, in `src/`, and those of the traits that it has.
const BY_HAND: [&str; 11] = [
    "builder",
    "call",
    "clone",
    "clone_from",
    "corpora",
    "exec",
    "fmt",
    "from_env",
    "location",
    "new",
    "sip",
];

/// What generated code calls: an operation of that name would come between.
const CALLED: [&str; 1] = ["encode_path"];

/// What generated code names beside the builders of operations, without the path to it.
const NAMED: [&str; 10] = [
    "ByteStream",
    "Error",
    "From",
    "Option",
    "RequestBuilderExt",
    "ResponseValue",
    "Result",
    "String",
    "ToString",
    "Vec",
];

/// Compares the methods and builders that the operations of the lowered `document` get. None of two
/// has a better right to a name, and who is renamed today would break programs: people decide.
pub fn check(document: &Value) -> Result<(), Error> {
    let mut builders = BTreeMap::new();
    for (place, operation) in operations(document) {
        let id = operation["operationId"].as_str().unwrap_or_default();
        let method = idents::method(id);
        if BY_HAND.contains(&method.as_str()) {
            return Err(Error::at(
                place,
                format!(
                    "the operationId `{id}` gives `Client` the method `{method}`, which it has already"
                ),
            ));
        }
        if CALLED.contains(&method.as_str()) || NAMED.contains(&idents::builder(id).as_str()) {
            return Err(Error::at(
                place,
                format!(
                    "the operationId `{id}` gives a name that the generated code needs for something else"
                ),
            ));
        }
        if let Some((first, other)) = builders.insert(idents::builder(id), (place.clone(), id)) {
            return Err(Error::at(
                place,
                format!(
                    "the operationId `{id}` gives the same names in Rust as `{other}` of {first}"
                ),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use serde_json::json;
    use syn::{ImplItem, Item, Type};

    use super::super::generate_all;

    #[test]
    fn every_method_of_the_client_that_is_written_by_hand_is_known() {
        let mut paths = vec![PathBuf::from(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../src"
        ))];
        let mut found = Vec::new();
        while let Some(path) = paths.pop() {
            if path.is_dir() {
                let entries = std::fs::read_dir(path).unwrap();
                paths.extend(entries.map(|entry| entry.unwrap().path()));
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let file = syn::parse_file(&std::fs::read_to_string(&path).unwrap()).unwrap();
                let impls = file.items.into_iter().filter_map(|item| match item {
                    Item::Impl(item) => Some(item),
                    _ => None,
                });
                let of_client = impls.filter(
                    |item| matches!(&*item.self_ty, Type::Path(of) if of.path.is_ident("Client")),
                );
                let items = of_client.flat_map(|item| item.items);
                found.extend(items.filter_map(|item| match item {
                    ImplItem::Fn(function) => Some(function.sig.ident.to_string()),
                    _ => None,
                }));
            }
        }
        assert!(found.contains(&"from_env".to_owned()), "{found:?}");
        for name in found {
            assert!(super::BY_HAND.contains(&name.as_str()), "{name}");
        }
    }

    fn refusal(ids: [&str; 2], body: &serde_json::Value) -> String {
        let operation = |id: &str| {
            let responses = json!({"204": {"description": ""}});
            json!({"post": {"operationId": id, "requestBody": body, "responses": responses}})
        };
        let document = json!({
            "openapi": "3.0.3",
            "info": {"title": "Boxes", "version": "1"},
            "servers": [{"url": "https://boxes.example"}],
            "paths": {"/a": operation(ids[0]), "/b": operation(ids[1])},
            "components": {
                "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "x-key"}},
            },
        });
        let generated = generate_all(&document.to_string());
        generated.map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn an_operation_named_as_a_method_of_the_client_is_refused_with_what_to_do() {
        let none = json!({"content": {}});
        for id in super::BY_HAND.into_iter().chain(["fromEnv", "From-Env"]) {
            let line = refusal(["boxes_list", id], &none);
            let start = format!("paths./b.post: the operationId `{id}` gives `Client` the method");
            assert!(line.starts_with(&start), "{line}");
            let end = format!("list `{id}` in excluded.yaml");
            assert!(line.ends_with(&end), "{line}");
        }
    }

    #[test]
    fn operations_that_give_the_same_names_are_refused_with_what_to_do() {
        let none = json!({"content": {}});
        for (one, other) in [("boxes_list", "boxesList"), ("boxes_2", "boxes2")] {
            let line = refusal([one, other], &none);
            assert_eq!(
                line,
                format!(
                    "paths./b.post: the operationId `{other}` gives the same names in Rust as \
                     `{one}` of paths./a.post; to go on without the operation, list `{other}` in \
                     excluded.yaml"
                )
            );
        }
    }

    #[test]
    fn an_upload_does_not_take_the_name_of_another_operation() {
        let file = json!({"type": "string", "format": "binary"});
        let form = json!({"type": "object", "properties": {"file": file}});
        let body = json!({"content": {
            "application/json": {"schema": {"type": "object"}},
            "multipart/form-data": {"schema": form},
        }});
        let line = refusal(["box_create", "box_create_upload"], &body);
        assert!(line.contains("`box_create_upload`"), "{line}");
        assert!(line.contains("excluded.yaml"), "{line}");
    }
}
