//! From the lowered document to progenitor's tokens.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use openapiv3::{OpenAPI, ReferenceOr};
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

/// Finds what to blame, because progenitor rarely reports a location: the first schema without
/// which the others generate, or else the first operation that fails by itself.
fn culprit(spec: &OpenAPI, step: Step) -> Option<(String, String)> {
    let mut only_schemas = spec.clone();
    only_schemas.paths.paths.clear();
    if let Err(reason) = attempt(&only_schemas, step) {
        let names = spec.components.iter().flat_map(|c| c.schemas.keys());
        for name in names {
            let mut without = only_schemas.clone();
            if let Some(components) = &mut without.components {
                components.schemas.shift_remove(name);
            }
            if attempt(&without, step).is_ok() {
                return Some((format!("components.schemas.{name}"), reason));
            }
        }
        return Some(("components.schemas".to_owned(), reason));
    }
    for (path, item) in &spec.paths.paths {
        let ReferenceOr::Item(item) = item else {
            continue;
        };
        for (method, operation) in item.iter() {
            let mut alone = only_schemas.clone();
            let mut only = openapiv3::PathItem {
                parameters: item.parameters.clone(),
                ..Default::default()
            };
            *slot(&mut only, method)? = Some(operation.clone());
            alone
                .paths
                .paths
                .insert(path.clone(), ReferenceOr::Item(only));
            if let Err(reason) = attempt(&alone, step) {
                let location = document::location(path, method);
                return Some((location, reason));
            }
        }
    }
    None
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
