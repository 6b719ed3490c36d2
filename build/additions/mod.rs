//! What is generated beside progenitor's code: methods and implementations that neither the document
//! nor a setting can ask it for. They are read off the lowered document, the keys `x-ultravox-…`
//! that its passes leave, and progenitor's own types.

mod builders;
mod conversions;
mod docs;
mod enums;
mod floats;
mod items;
mod limits;
mod operations;
mod pages;
mod properties;
mod redirects;
mod three_states;

use serde_json::Value;
use syn::File;

use super::error::Error;

pub use operations::{Operation, all as operations};

type Addition = fn(&Value, &mut File) -> Result<(), Error>;

/// Every addition, in the order in which they are made.
const ADDITIONS: &[Addition] = &[
    // typify's enums are closed: a new value upstream would break decoding.
    enums::add,
    // a float in a JSON value would have digits that nobody wrote.
    floats::add,
    // Null and absent are two things in an update.
    three_states::add,
    // Builders of the types as they are now.
    builders::add,
    // From what is received to what is sent.
    conversions::add,
    // nothing checks a request before it is sent.
    limits::add,
    // The address of a redirect, instead of what stands there.
    redirects::add,
    // A user would have to carry the cursor from page to page.
    pages::add,
    // progenitor's text has neither errors, nor an example that compiles, nor the link to its page.
    docs::add,
    // The last: the others look for fields by the lowered document.
    properties::add,
];

/// Makes all additions to the `client` of `document`.
pub fn add(document: &Value, client: &mut File) -> Result<(), Error> {
    ADDITIONS
        .iter()
        .try_for_each(|addition| addition(document, client))
}
