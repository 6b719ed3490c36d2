//! Lowering: the document, in memory, to one that progenitor generates a good client from.
//!
//! `PASSES` is the list of what progenitor cannot take today. A pass is general: it names no
//! operation and no schema. What a pass removes and a later step needs, it leaves at the same location
//! in an extension `x-ultravox-…`, which progenitor ignores and [`crate::ir`] reads. The constants for
//! these extensions are called `X_…`.

mod alternatives;
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
pub mod openapi31;
pub mod parameters;
pub mod presence;
pub mod prose;
mod recursion;
mod references;
pub mod responses;
pub mod schema;
mod secrets;
pub mod unions;
mod walk;

use serde_json::Value;

use crate::error::Error;

type Pass = fn(&mut Value) -> Result<(), Error>;

/// Every pass, in the order in which they run, with what goes wrong without it.
const PASSES: &[Pass] = &[
    // progenitor reads OpenAPI 3.0. The other passes expect it.
    openapi31::lower,
    // progenitor copies prose into doc comments: a code block in it would be compiled and run as a
    // test. This comes before all passes that add links to the prose.
    crate::prose::lower,
    // progenitor follows references only in some locations, and the other passes expect parameters,
    // bodies and responses inline.
    references::lower,
    // progenitor panics on a request body with two media types, and does not support uploads.
    bodies::lower,
    // progenitor panics on success responses of different kinds, and ignores documented redirects.
    responses::lower,
    // progenitor refuses cookies and most styles, and mixes up parameters of the same name.
    parameters::lower,
    // progenitor refuses formats of types that have none.
    formats::misplaced,
    // progenitor makes a struct of flattened members of an `anyOf`, which cannot hold a string, and an enum
    // of objects that differ in what they require.
    alternatives::lower,
    // progenitor turns "this or null" into an enum of enums, and ignores `nullable` beside a reference.
    nulls::lower,
    // progenitor includes namespaces in the names of types.
    names::lower,
    // progenitor names inline types by their title, and lets one replace another of the same name.
    inline::lower,
    // progenitor wraps JSON in a new type for a component without keywords.
    anything::lower,
    // progenitor can give two properties the same field.
    names::fields,
    // progenitor's enums for `oneOf` and `anyOf` take the first variant that fits, and lose what it does
    // not have.
    unions::find,
    // progenitor makes one type for each enum, however many have the same values.
    enums::merge,
    // progenitor requires `readOnly` properties in requests, and has `writeOnly` ones in responses.
    directions::lower,
    // progenitor always sends a property that has a default, never sends an empty list or map, and
    // cannot send null in an update.
    presence::lower,
    // progenitor's enums are closed: one new value upstream would fail the whole response.
    enums::lower,
    // The types of the unions that were found before: requests and responses have their own now.
    unions::lower,
    // progenitor derives `Debug`, which would print passwords.
    secrets::lower,
    // progenitor knows only some formats, and uses strings for the others.
    formats::lower,
    // progenitor enforces limits in responses as well: one over-long string would fail the whole
    // response.
    limits::lower,
    // progenitor panics on error responses of different types, and generates an error type per
    // operation.
    errors::lower,
    // progenitor boxes an `Option` instead of its value in some types that contain themselves.
    recursion::lower,
    // These two move a schema to where `walk::schemas` does not find it, so they come after all passes
    // that use that.
    presence::patch,
    bodies::raw,
    // progenitor has one flat list of methods.
    handles::lower,
    // The prose names operations by their ids, which users of the client do not see.
    prose::calls,
];

/// Runs all passes.
pub fn lower(document: &mut Value) -> Result<(), Error> {
    PASSES.iter().try_for_each(|pass| pass(document))
}
