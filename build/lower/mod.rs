//! Lowering: the document, in memory, to one that progenitor generates a good client from.
//!
//! [`PASSES`] is the list of what progenitor cannot take today. A pass is general: it names no
//! operation and no schema.

mod bodies;
mod formats;
mod limits;
mod responses;
mod walk;

use serde_json::Value;

/// One step of the lowering.
pub struct Pass {
    /// What the pass changes.
    pub name: &'static str,
    /// What goes wrong without it.
    pub reason: &'static str,
    /// The change.
    pub run: fn(&mut Value),
}

/// Every pass, in the order in which they run.
pub const PASSES: &[Pass] = &[
    Pass {
        name: "bodies",
        reason: "progenitor panics on a request body with two media types",
        run: bodies::lower,
    },
    Pass {
        name: "responses",
        reason: "progenitor panics on responses of different kinds, and documented errors would \
                 not become the facade's error",
        run: responses::lower,
    },
    Pass {
        name: "formats",
        reason: "progenitor knows only some formats, and leaves the others strings",
        run: formats::lower,
    },
    Pass {
        name: "limits",
        reason: "progenitor enforces the limits of strings on what it receives, so that one \
                 over-long string fails the whole response",
        run: limits::lower,
    },
];

/// Runs all passes.
pub fn lower(document: &mut Value) {
    for pass in PASSES {
        (pass.run)(document);
    }
}
