//! What is generated beside progenitor's code: methods and implementations that neither the document
//! nor a setting can ask it for. They are read off the lowered document, the keys `x-ultravox-…`
//! that its passes leave, and progenitor's own types.

mod redirects;

use serde_json::Value;
use syn::File;

use super::error::Error;

type Addition = fn(&Value, &mut File) -> Result<(), Error>;

/// Every addition, in the order in which they are made.
const ADDITIONS: &[Addition] = &[
    // The address of a redirect, instead of what stands there.
    redirects::add,
];

/// Makes all additions to the `client` of `document`.
pub fn add(document: &Value, client: &mut File) -> Result<(), Error> {
    ADDITIONS
        .iter()
        .try_for_each(|addition| addition(document, client))
}
