//! What is generated beside progenitor's code: methods and implementations that neither the document
//! nor a setting can ask it for. They are read off the lowered document, the keys `x-ultravox-…`
//! that its passes leave, and progenitor's own types.

mod builders;
mod conversions;
mod items;
mod properties;
mod three_states;

use serde_json::Value;
use syn::File;

use super::error::Error;

type Addition = fn(&Value, &mut File) -> Result<(), Error>;

/// Every addition, in the order in which they are made.
const ADDITIONS: &[Addition] = &[
    // Null and absent are two things in an update.
    three_states::add,
    // Builders of the types as they are now.
    builders::add,
    // From what is received to what is sent.
    conversions::add,
    // The last: the others look for fields by the lowered document.
    properties::add,
];

/// Makes all additions to the `client` of `document`.
pub fn add(document: &Value, client: &mut File) -> Result<(), Error> {
    ADDITIONS
        .iter()
        .try_for_each(|addition| addition(document, client))
}
