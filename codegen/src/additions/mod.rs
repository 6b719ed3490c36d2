//! What is generated beside progenitor's code: methods and implementations that neither the document
//! nor a setting can ask it for. They are read off the lowered document, the keys `x-ultravox-…`
//! that its passes leave, and progenitor's own types.

mod builders;
mod conversions;
mod deprecated;
mod docs;
mod enums;
mod floats;
mod items;
mod limits;
mod objects;
mod operations;
mod options;
mod pages;
mod properties;
mod redirects;
mod secrets;

use serde_json::Value;
use syn::File;

use super::error::Error;

pub use operations::{Operation, all as operations, functions, module, success, taken};

type Addition = fn(&Value, &mut File) -> Result<(), Error>;

/// Every addition, in the order in which they are made.
const ADDITIONS: &[Addition] = &[
    // Typify's enums are closed: a new value upstream would break decoding.
    enums::add,
    // Typify sends null where a type that holds itself is absent, and knows no difference between
    // null and absent, which an update makes.
    options::add,
    // A float in a JSON value would have digits that nobody wrote.
    floats::add,
    // Typify's builders take no plain values, and would not know the three states.
    builders::add,
    // A log of a request would show the secrets in it.
    secrets::add,
    // What is received could not be changed and sent back, where the two are types of their own.
    conversions::add,
    // Nothing checks a request before it is sent.
    limits::add,
    // The address of a redirect, instead of what stands there.
    redirects::add,
    // A user would have to carry the cursor from page to page.
    pages::add,
    // Progenitor's text has neither errors, nor an example that compiles, nor the link to its page.
    docs::add,
    // Progenitor says nothing of what is deprecated.
    deprecated::add,
    // A property that shares its field's name would have lost its own. After all that look for fields
    // by the lowered document.
    properties::add,
    // What serde derives takes longer to compile than all else. Last, because the others look at what
    // serde is asked for.
    objects::add,
];

/// Makes all additions to the `client` of `document`.
pub fn add(document: &Value, client: &mut File) -> Result<(), Error> {
    ADDITIONS
        .iter()
        .try_for_each(|addition| addition(document, client))
}
