//! From the lowered document to progenitor's tokens.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use openapiv3::{AnySchema, OpenAPI, ReferenceOr, Schema, SchemaData, SchemaKind};
use proc_macro2::TokenStream;
use progenitor::{CrateVers, GenerationSettings, Generator, InterfaceStyle, TypePatch};
use quote::quote;

use crate::document;
use crate::error::Error;
use crate::lower::formats::CRATES;

/// Generates the client: operations and types.
pub fn client(spec: &OpenAPI) -> Result<TokenStream, Error> {
    generate(spec, |generator, spec| generator.generate_tokens(spec))
}

/// Generates the types alone, in a module as in the client.
pub fn types(spec: &OpenAPI) -> Result<TokenStream, Error> {
    generate(spec, |generator, spec| {
        generator.generate_tokens(spec)?;
        let types = generator.get_type_space().to_stream();
        Ok(quote! { pub mod types { #types } })
    })
}

/// Generates the `httpmock` helpers for that client.
pub fn mock(spec: &OpenAPI) -> Result<TokenStream, Error> {
    generate(spec, |generator, spec| {
        generator.httpmock(spec, "crate::generated")
    })
}

/// The settings of progenitor. Its `inner` type carries what belongs to a call: the options of the
/// call, and the client that makes it.
fn settings(spec: &OpenAPI) -> GenerationSettings {
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Positional)
        .with_inner_type(quote!(crate::options::CallOptions))
        .with_derive("PartialEq");
    for krate in CRATES {
        settings.with_crate(krate, CrateVers::Any, None);
    }
    // A property that is added upstream must not break programs.
    let mut open = TypePatch::default();
    open.with_attr("#[non_exhaustive]");
    for name in spec.components.iter().flat_map(|c| c.schemas.keys()) {
        settings.with_patch(name, &open);
    }
    settings
}

type Step = fn(&mut Generator, &OpenAPI) -> Result<TokenStream, progenitor::Error>;

fn generate(spec: &OpenAPI, step: Step) -> Result<TokenStream, Error> {
    attempt(spec, step).map_err(|reason| match culprit(spec, step) {
        Some((location, reason)) => Error::at(location, refused(&reason)),
        None => Error::whole(refused(&reason)),
    })
}

fn refused(reason: &str) -> String {
    format!("progenitor cannot generate from this: {reason}")
}

thread_local! {
    /// The message of a panic in progenitor, while this thread runs it.
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
    static RUNS: Cell<bool> = const { Cell::new(false) };
}

/// Runs progenitor, which returns some errors and panics on others.
fn attempt(spec: &OpenAPI, step: Step) -> Result<TokenStream, String> {
    static HOOK: Once = Once::new();
    // The hook belongs to the whole process, and tests panic on other threads: set it once, and handle
    // only the threads that run progenitor.
    HOOK.call_once(|| {
        let others = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if RUNS.get() {
                PANIC.set(message(info.payload()));
            } else {
                others(info);
            }
        }));
    });
    RUNS.set(true);
    let result = catch_unwind(AssertUnwindSafe(|| {
        step(&mut Generator::new(&settings(spec)), spec)
    }));
    RUNS.set(false);
    match result {
        Ok(Ok(tokens)) => Ok(tokens),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(PANIC
            .take()
            .unwrap_or_else(|| "a panic without a message".to_owned())),
    }
}

fn message(payload: &(dyn Any + Send)) -> Option<String> {
    payload
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| payload.downcast_ref::<&str>().map(|&text| text.to_owned()))
}

/// Finds what to blame, because progenitor rarely reports a location: a schema without which the others
/// generate, or else the first operation that does not generate together with those before it. Takes as
/// many runs of progenitor as the number of schemas and operations has binary digits.
fn culprit(spec: &OpenAPI, step: Step) -> Option<(String, String)> {
    let mut only_schemas = spec.clone();
    only_schemas.paths.paths.clear();
    if let Err(reason) = attempt(&only_schemas, step) {
        let names = spec.components.iter().flat_map(|c| c.schemas.keys());
        let names: Vec<&String> = names.collect();
        // A schema that others refer to cannot be left out, but it can be any JSON.
        let without = |count: usize| {
            let mut spec = only_schemas.clone();
            for name in &names[..count] {
                if let Some(components) = &mut spec.components {
                    components.schemas.insert((*name).clone(), anything());
                }
            }
            attempt(&spec, step)
        };
        let replaced = first(names.len(), |count| without(count).is_ok())?;
        let reason = without(replaced - 1).err().unwrap_or(reason);
        return Some((
            format!("components.schemas.{}", names[replaced - 1]),
            reason,
        ));
    }
    let operations: Vec<_> = spec.operations().collect();
    let with = |count: usize| {
        let mut spec = only_schemas.clone();
        for (path, method, operation) in &operations[..count] {
            let item = ReferenceOr::Item(openapiv3::PathItem::default());
            let item = spec.paths.paths.entry((*path).to_owned()).or_insert(item);
            if let ReferenceOr::Item(item) = item
                && let Some(slot) = slot(item, method)
            {
                *slot = Some((*operation).clone());
            }
        }
        attempt(&spec, step)
    };
    let count = first(operations.len(), |count| with(count).is_err())?;
    let (path, method, _) = operations[count - 1];
    Some((document::location(path, method), with(count).err()?))
}

/// The least number from 1 to `most` for which `holds` is true, if it is for `most`, and for all above the
/// least.
fn first(most: usize, holds: impl Fn(usize) -> bool) -> Option<usize> {
    let (mut low, mut high) = (0, most);
    if most == 0 || !holds(most) {
        return None;
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(high)
}

fn anything() -> ReferenceOr<Schema> {
    ReferenceOr::Item(Schema {
        schema_data: SchemaData::default(),
        schema_kind: SchemaKind::Any(AnySchema::default()),
    })
}

fn slot<'a>(
    item: &'a mut openapiv3::PathItem,
    method: &str,
) -> Option<&'a mut Option<openapiv3::Operation>> {
    Some(match method {
        "get" => &mut item.get,
        "put" => &mut item.put,
        "post" => &mut item.post,
        "delete" => &mut item.delete,
        "options" => &mut item.options,
        "head" => &mut item.head,
        "patch" => &mut item.patch,
        "trace" => &mut item.trace,
        _ => return None,
    })
}
