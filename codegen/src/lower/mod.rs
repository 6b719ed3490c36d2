//! Lowering: the document, in memory, to one that progenitor generates a good client from.
//!
//! `PASSES` is the list of what progenitor cannot take today. A pass is general: it names no
//! operation and no schema. What a pass takes out of the document and a later step needs, it leaves
//! where it was under a key `x-ultravox-…`, which progenitor skips and the reader of the IR
//! ([`crate::ir`]) looks for.

mod anything;
pub mod bodies;
pub mod directions;
pub mod enums;
pub mod errors;
pub mod formats;
pub mod handles;
mod inline;
pub mod limits;
pub mod mocks;
mod names;
mod nulls;
pub mod parameters;
pub mod presence;
pub mod prose;
mod references;
pub mod responses;
pub mod schema;
mod secrets;
mod walk;

use serde_json::Value;

use super::error::Error;

type Pass = fn(&mut Value) -> Result<(), Error>;

/// Every pass, in the order in which they run, with what goes wrong without it.
const PASSES: &[Pass] = &[
    // progenitor writes prose into doc comments as it is: a code block in it would be a test that runs.
    // First, because other passes add links to what is prose.
    super::prose::lower,
    // progenitor follows references only in some places, and the other passes look where an
    // operation is.
    references::lower,
    // progenitor panics on a request body with two media types, and knows no uploads.
    bodies::lower,
    // progenitor panics on successes of different kinds, and loses that a redirect is documented.
    responses::lower,
    // progenitor refuses cookies and most styles, and confuses parameters of the same name.
    parameters::lower,
    // progenitor makes an enum of enums of "this or null", and ignores null beside a reference.
    nulls::lower,
    // progenitor writes namespaces out.
    names::lower,
    // progenitor names inner types by their title, and lets one of the same name replace another.
    inline::lower,
    // progenitor makes a type around JSON of a component that says nothing.
    anything::lower,
    // progenitor gives two properties one field.
    names::fields,
    // progenitor makes a type of each enum, however many have the same values.
    enums::merge,
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
    // The two that hide a schema inside of another form, after all that look for schemas.
    presence::patch,
    bodies::raw,
    // progenitor has one flat list of methods.
    handles::lower,
    // The prose names operations by their ids, which are no names here.
    prose::calls,
];

/// Runs all passes.
pub fn lower(document: &mut Value) -> Result<(), Error> {
    PASSES.iter().try_for_each(|pass| pass(document))
}
