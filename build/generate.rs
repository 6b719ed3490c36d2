//! From the lowered document to progenitor's tokens.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use openapiv3::{OpenAPI, ReferenceOr};
use proc_macro2::TokenStream;
use progenitor::{CrateVers, GenerationSettings, Generator, HooksMode, InterfaceStyle};
use quote::quote;

use super::error::Error;
use super::lower::FORMAT_CRATES;

/// The client: operations, builders and types.
pub fn client(spec: &OpenAPI) -> Result<TokenStream, Error> {
    generate(spec, |generator, spec| generator.generate_tokens(spec))
}

/// The `httpmock` helpers for that client.
pub fn mock(spec: &OpenAPI) -> Result<TokenStream, Error> {
    generate(spec, |generator, spec| {
        generator.httpmock(spec, "crate::generated")
    })
}

fn settings() -> GenerationSettings {
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Builder)
        // Forgetting the hooks would forget the key and the deadline: it must not compile.
        .with_hooks(HooksMode::Expected)
        .with_inner_type(quote!(crate::transport::Transport))
        .with_derive("PartialEq");
    for krate in FORMAT_CRATES {
        settings.with_crate(krate, CrateVers::Any, None);
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

/// Runs progenitor, which returns some errors and panics for others.
fn attempt(spec: &OpenAPI, step: Step) -> Result<TokenStream, String> {
    thread_local!(static PANIC: RefCell<Option<String>> = const { RefCell::new(None) });
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|info| {
        let payload = info.payload();
        let message = payload
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| payload.downcast_ref::<&str>().copied())
            .unwrap_or("a panic without a message");
        PANIC.with_borrow_mut(|slot| *slot = Some(message.to_owned()));
    }));
    let result = catch_unwind(AssertUnwindSafe(|| {
        step(&mut Generator::new(&settings()), spec)
    }));
    std::panic::set_hook(hook);
    match result {
        Ok(Ok(tokens)) => Ok(tokens),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(PANIC
            .take()
            .unwrap_or_else(|| "a panic without a message".to_owned())),
    }
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
                return Some((format!("paths.{path}.{method}"), reason));
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
