//! What is generated beside progenitor's code: methods and implementations that neither the document
//! nor a setting can ask it for. They are read off the lowered document, the keys `x-ultravox-…`
//! that its passes leave, and progenitor's own types.

mod enums;
mod floats;
mod limits;

use serde_json::Value;
use syn::{Field, File, Item, Lit};

use super::error::Error;

type Addition = fn(&Value, &mut File) -> Result<(), Error>;

/// Every addition, in the order in which they are made.
const ADDITIONS: &[Addition] = &[
    // typify's enums are closed: a new value upstream would break decoding.
    enums::add,
    // a float in a JSON value would have digits that nobody wrote.
    floats::add,
    // nothing checks a request before it is sent.
    limits::add,
];

/// Makes all additions to the `client` of `document`.
pub fn add(document: &Value, client: &mut File) -> Result<(), Error> {
    ADDITIONS
        .iter()
        .try_for_each(|addition| addition(document, client))
}

/// The items of the module `types`.
fn types_mut(client: &mut File) -> Result<&mut Vec<Item>, Error> {
    client
        .items
        .iter_mut()
        .find_map(|item| match item {
            Item::Mod(module) if module.ident == "types" => module.content.as_mut(),
            _ => None,
        })
        .map(|(_, items)| items)
        .ok_or_else(|| Error::whole("progenitor's code has no module `types`"))
}

/// The property that a field is in JSON: its name there, if it has one of its own.
fn property(field: &Field) -> Option<String> {
    let mut name = field.ident.as_ref().map(ToString::to_string);
    for attribute in field
        .attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("serde"))
    {
        // What does not parse has no meaning to serde either.
        let _ = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("flatten") {
                name = None;
            } else if let Ok(value) = meta.value()
                && let Lit::Str(text) = value.parse()?
                && meta.path.is_ident("rename")
            {
                name = Some(text.value());
            }
            Ok(())
        });
    }
    name
}
