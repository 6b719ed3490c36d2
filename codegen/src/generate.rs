//! From the lowered document to progenitor's tokens.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use openapiv3::{OpenAPI, ReferenceOr};
use proc_macro2::TokenStream;
use progenitor::{CrateVers, GenerationSettings, Generator, InterfaceStyle, TypePatch};
use quote::quote;

use super::document;
use super::error::Error;
use super::lower::formats::CRATES;

/// The client: operations and types.
pub fn client(spec: &OpenAPI) -> Result<TokenStream, Error> {
    generate(spec, |generator, spec| generator.generate_tokens(spec))
}

/// The `httpmock` helpers for that client.
pub fn mock(spec: &OpenAPI) -> Result<TokenStream, Error> {
    generate(spec, |generator, spec| {
        generator.httpmock(spec, "crate::generated")
    })
}

/// `inner` is what a call carries: its settings, and the client that it is a call of.
fn settings(spec: &OpenAPI) -> GenerationSettings {
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Positional)
        .with_inner_type(quote!(crate::options::CallOptions))
        .with_derive("PartialEq");
    for krate in CRATES {
        settings.with_crate(krate, CrateVers::Any, None);
    }
    // A property that is added upstream breaks no program.
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
        Some((place, reason)) => Error::at(place, refused(&reason)),
        None => Error::whole(refused(&reason)),
    })
}

fn refused(reason: &str) -> String {
    format!("progenitor cannot generate from this: {reason}")
}

thread_local! {
    /// What progenitor panicked with, while this thread runs it.
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
    static RUNS: Cell<bool> = const { Cell::new(false) };
}

/// Runs progenitor, which returns some errors and panics for others.
fn attempt(spec: &OpenAPI, step: Step) -> Result<TokenStream, String> {
    static HOOK: Once = Once::new();
    // Set once and only for the threads that run progenitor: the hook is the whole process's, and
    // tests panic on threads of their own meanwhile.
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

/// Progenitor seldom says where it failed: finds the first schema, then the first operation, that
/// fails without the others.
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
                let place = document::place(path, method);
                return Some((place, reason));
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
