//! Lowering: the document, in memory, to one that progenitor generates a good client from.
//!
//! `PASSES` is the list of what progenitor cannot take today. A pass is general: it names no
//! operation and no schema. What a pass takes out of the document and a later step needs, it leaves
//! where it stood under a key `x-ultravox-…`, which progenitor skips and [`additions`] reads.
//!
//! [`additions`]: super::additions

pub mod bodies;
mod directions;
mod enums;
pub mod errors;
mod formats;
mod inline;
mod limits;
mod names;
mod nulls;
pub mod parameters;
mod presence;
mod references;
pub mod responses;
mod schema;
mod secrets;
mod walk;

use serde_json::Value;

use super::error::Error;

pub use directions::RECEIVED_NOTE;
pub use enums::VALUES as ENUM_VALUES;
pub use formats::CRATES as FORMAT_CRATES;
pub use limits::{LIMITS, SECRET};
pub use names::PROPERTY_NOTE;
pub use presence::THREE_STATES_NOTE;
pub use schema::target;
pub use secrets::SECRET_NOTE;

type Pass = fn(&mut Value) -> Result<(), Error>;

/// Every pass, in the order in which they run, with what goes wrong without it.
const PASSES: &[Pass] = &[
    // progenitor writes prose into doc comments as it is: a code block in it would be a test that runs.
    // First, because other passes add links to what is prose.
    super::prose::lower,
    // progenitor follows references only in some places, and the other passes look where an
    // operation stands.
    references::lower,
    // progenitor panics on a request body with two media types, and knows no uploads.
    bodies::lower,
    // progenitor panics on successes of different kinds, and loses that a redirect is documented.
    responses::lower,
    // progenitor refuses cookies and most styles, and confuses parameters of the same name.
    parameters::lower,
    // progenitor makes an enum of enums of "this or null", and ignores null beside a reference.
    nulls::lower,
    // progenitor writes namespaces out, and gives two properties one field.
    names::lower,
    // progenitor names inner types by their title, and lets one of the same name replace another.
    inline::lower,
    // progenitor demands what only the server sets, and shows what is never received.
    directions::lower,
    // progenitor always sends what has a default, never sends what is empty, and knows no null in
    // updates.
    presence::lower,
    // progenitor's enums are closed: one new value upstream would fail the whole response.
    enums::lower,
    // progenitor derives `Debug`, which shows passwords in logs.
    secrets::lower,
    // progenitor knows only some formats, and leaves the others strings.
    formats::lower,
    // progenitor enforces limits on what it receives: one over-long string would fail the whole
    // response.
    limits::lower,
    // progenitor panics on errors of different types, and would make an error type each.
    errors::lower,
];

/// Runs all passes.
pub fn lower(document: &mut Value) -> Result<(), Error> {
    PASSES.iter().try_for_each(|pass| pass(document))
}
