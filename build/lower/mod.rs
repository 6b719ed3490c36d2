//! Lowering: the document, in memory, to one that progenitor generates a good client from.
//!
//! `PASSES` is the list of what progenitor cannot take today. A pass is general: it names no
//! operation and no schema. What a pass takes out of the document and a later step needs, it leaves
//! where it stood under a key `x-ultravox-…`, which progenitor skips and [`additions`] reads.
//!
//! [`additions`]: super::additions

pub mod bodies;
mod errors;
mod formats;
mod limits;
pub mod parameters;
mod references;
pub mod responses;
mod walk;

use serde_json::Value;

use super::error::Error;

pub use formats::FORMAT_CRATES;

type Pass = fn(&mut Value) -> Result<(), Error>;

/// Every pass, in the order in which they run, with what goes wrong without it.
const PASSES: &[Pass] = &[
    // progenitor follows references only in some places, and the other passes look where an
    // operation stands.
    references::lower,
    // progenitor panics on a request body with two media types, and knows no uploads.
    bodies::lower,
    // progenitor panics on successes of different kinds, and loses that a redirect is documented.
    responses::lower,
    // progenitor refuses cookies and most styles, and confuses parameters of the same name.
    parameters::lower,
    // progenitor knows only some formats, and leaves the others strings.
    formats::lower,
    // progenitor enforces the limits of strings on what it receives: one over-long string would
    // fail the whole response.
    limits::lower,
    // progenitor panics on errors of different types, and would make an error type each.
    errors::lower,
];

/// Runs all passes.
pub fn lower(document: &mut Value) -> Result<(), Error> {
    PASSES.iter().try_for_each(|pass| pass(document))
}
