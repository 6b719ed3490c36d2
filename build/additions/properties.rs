//! Properties whose key the lowering had to change get their name in JSON back.
//!
//! Comes last, because the other additions look for a field by its key in the lowered document.

use serde_json::Value;
use syn::File;

use super::super::error::Error;
use super::super::lower::PROPERTY_NOTE;
use super::items::{SerdeArgument, property, serde_arguments, set_serde_arguments, structs};

/// Sets the name of each such field.
pub fn add(document: &Value, client: &mut File) -> Result<(), Error> {
    for item in structs(client) {
        let name = item.ident.to_string();
        let properties = &document["components"]["schemas"][&name]["properties"];
        for field in &mut item.fields {
            let original =
                property(field).and_then(|key| properties.get(key)?.get(PROPERTY_NOTE)?.as_str());
            if let Some(original) = original {
                let mut arguments = serde_arguments(field);
                arguments.retain(|argument| argument.key != "rename");
                arguments.push(SerdeArgument {
                    key: "rename".to_owned(),
                    value: Some(original.to_owned()),
                });
                set_serde_arguments(field, &arguments);
            }
        }
    }
    Ok(())
}
