//! `#[deprecated]` on the methods of deprecated operations and the fields of deprecated properties,
//! so that the compiler tells who uses them.

use serde_json::Value;
use syn::{Attribute, File, ImplItem, Item, parse_quote};

use super::super::error::Error;
use super::items::{property, structs};
use super::operations;

/// Sets the attributes.
pub fn add(document: &Value, client: &mut File) -> Result<(), Error> {
    let deprecated: Vec<_> = operations::all(document, client)?
        .into_iter()
        .filter_map(|operation| Some((operation.method.clone(), attribute(operation.document)?)))
        .collect();
    for item in &mut client.items {
        let Item::Impl(item) = item else {
            continue;
        };
        if !operations::inherent_impl_of(item, "Client") {
            continue;
        }
        for item in &mut item.items {
            let ImplItem::Fn(function) = item else {
                continue;
            };
            let name = &function.sig.ident;
            if let Some((_, attribute)) = deprecated.iter().find(|(method, _)| method == name) {
                function.attrs.push(attribute.clone());
            }
        }
    }
    for item in structs(client) {
        let name = item.ident.to_string();
        let properties = &document["components"]["schemas"][&name]["properties"];
        for field in &mut item.fields {
            let found = property(field).and_then(|key| attribute(properties.get(key)?));
            field.attrs.extend(found);
        }
    }
    Ok(())
}

fn attribute(of: &Value) -> Option<Attribute> {
    if of["deprecated"] != true {
        return None;
    }
    let note = note(of["description"].as_str().unwrap_or_default());
    Some(parse_quote!(#[deprecated(note = #note)]))
}

/// The sentence after `Deprecated:`, if there is one.
fn note(description: &str) -> String {
    let after = description.split("Deprecated:").nth(1).unwrap_or_default();
    let text = after.split_whitespace().collect::<Vec<_>>().join(" ");
    let sentence = text.split(". ").next().unwrap_or_default();
    match sentence.trim_end_matches('.') {
        "" => "deprecated by the API".to_owned(),
        sentence => sentence.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_note_is_the_sentence_after_the_word() {
        for (description, expected) in [
            (
                "Old. Deprecated: use\n`b`, e.g.now. More.",
                "use `b`, e.g.now",
            ),
            ("Old. Deprecated.", "deprecated by the API"),
            ("", "deprecated by the API"),
        ] {
            assert_eq!(note(description), expected);
        }
    }

    #[test]
    fn deprecated_operations_and_properties_are_marked_and_no_others() {
        let document = json!({
            "paths": {"/a": {
                "get": {"operationId": "old", "deprecated": true, "description": "Deprecated: use `new_one`."},
                "put": {"operationId": "new_one"},
            }},
            "components": {"schemas": {"A": {"properties": {
                "one": {"deprecated": true}, "two": {},
            }}}},
        });
        let mut client: File = parse_quote! {
            impl Client {
                pub fn old(&self) -> builder::Old<'_> {}
                pub fn new_one(&self) -> builder::NewOne<'_> {}
            }
            pub mod types { pub struct A { pub one: i64, pub two: i64 } }
        };
        add(&document, &mut client).unwrap();
        let expected: File = parse_quote! {
            impl Client {
                #[deprecated(note = "use `new_one`")]
                pub fn old(&self) -> builder::Old<'_> {}
                pub fn new_one(&self) -> builder::NewOne<'_> {}
            }
            pub mod types {
                pub struct A {
                    #[deprecated(note = "deprecated by the API")]
                    pub one: i64,
                    pub two: i64
                }
            }
        };
        assert_eq!(quote!(#client).to_string(), quote!(#expected).to_string());
    }
}
