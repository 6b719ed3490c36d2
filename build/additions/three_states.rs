//! `Patch` in the place of `Option` for what an update can leave alone, clear or set.

use serde_json::Value;
use syn::{File, parse_quote};

use super::super::error::Error;
use super::super::lower::THREE_STATES_NOTE;
use super::items::{
    SerdeArgument, inside, property, serde_arguments, set_serde_arguments, structs,
};

/// Changes the fields that the lowering noted.
pub fn add(document: &Value, client: &mut File) -> Result<(), Error> {
    for item in structs(client) {
        let name = item.ident.to_string();
        let properties = &document["components"]["schemas"][&name]["properties"];
        for field in &mut item.fields {
            let Some(key) = property(field) else {
                continue;
            };
            let noted = properties
                .get(&key)
                .is_some_and(|property| property.get(THREE_STATES_NOTE).is_some());
            let (true, Some(value)) = (noted, inside(&field.ty, "Option").cloned()) else {
                continue;
            };
            field.ty = parse_quote!(crate::Patch<#value>);
            let mut arguments = serde_arguments(field);
            arguments.retain(|argument| argument.key == "rename");
            arguments.push(SerdeArgument {
                key: "default".to_owned(),
                value: None,
            });
            arguments.push(SerdeArgument {
                key: "skip_serializing_if".to_owned(),
                value: Some("crate::Patch::is_keep".to_owned()),
            });
            set_serde_arguments(field, &arguments);
        }
    }
    Ok(())
}
