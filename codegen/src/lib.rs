//! From the text of the OpenAPI document to the Rust of the generated client.
//!
//! Every step is a module of its own and a function from a value to a value. Only [`generate_into`]
//! reads and writes files, only [`build_script`] speaks to cargo, and nothing opens a socket.

pub mod admit;
pub mod api;
pub mod bounds;
mod build_script;
mod document;
mod emit;
mod error;
mod files;
mod generate;
mod idents;
mod ir;
mod leave_out;
mod lower;
mod messages;
mod prose;
mod prune;
pub mod samples;
#[cfg(test)]
mod tests;
pub mod variants;

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use serde_json::Value;

pub use build_script::build_script;
pub use document::is_supported;
pub use error::Error;
pub use files::{generate_into, generate_with_messages_into, lower_into};
pub use lower::openapi31::translate;
pub use lower::parameters::{IGNORED_HEADERS, MAP_STYLE};
pub use messages::Messages;

use ir::Api;

/// The tags of the document that are cargo features: the feature `call-throttles` enables the
/// operations of the tag `call_throttles`. Operations of other tags are always generated.
pub const AREAS: [&str; 13] = [
    "accounts",
    "agents",
    "call_throttles",
    "calls",
    "corpora",
    "deleted_calls",
    "models",
    "schema",
    "sip",
    "telephony_configs",
    "tools",
    "voices",
    "webhooks",
];

/// The generated code.
pub struct Generated {
    /// The files, by their paths from `OUT_DIR`, with `/` between the parts.
    pub files: BTreeMap<String, String>,
    /// The ids of the operations.
    pub operations: Vec<String>,
}

/// Which parts of a document to generate.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// Whether to generate the operations of an area (a tag).
    pub area: &'a dyn Fn(&str) -> bool,
    /// Whether to generate the mocks and what else only tests need.
    pub mocks: bool,
}

/// Generates what is `wanted` of `yaml`. The same input gives the same output, byte for byte.
pub fn generate(yaml: &str, wanted: Wanted<'_>) -> Result<Generated, Error> {
    let document = admit::admit(yaml)?;
    from_document(document.clone(), None, wanted)
        .map_err(|error| leave_out::suggest(&document, error))
}

/// As [`generate`], with the types of a second document of messages, whose files are in `messages/`.
pub fn generate_with_messages(
    yaml: &str,
    messages: &str,
    wanted: Wanted<'_>,
) -> Result<Generated, Error> {
    let document = admit::admit(yaml)?;
    let messages = Messages::read(messages).map_err(Error::in_messages)?;
    from_document(document.clone(), Some(messages), wanted)
        .map_err(|error| leave_out::suggest(&document, error))
}

/// The lowered form of `yaml`: what progenitor gets after all passes of `lower/`, as YAML.
pub fn lowered(yaml: &str) -> Result<String, Error> {
    let mut document = admit::admit(yaml)?;
    let published = document.clone();
    prepare(&mut document)
        .map_err(|error| leave_out::suggest(&published, leave_out::published(&document, error)))?;
    serde_yaml::to_string(&document)
        .map_err(|error| Error::whole(format!("cannot be written as YAML: {error}")))
}

/// Checks, prunes, sorts and lowers.
fn prepare(document: &mut Value) -> Result<(), Error> {
    document::check(document)?;
    prune::unreached(document);
    document::check_keywords(document)?;
    // If any other crate enables the feature `preserve_order` of serde_json, objects keep the order
    // of the text.
    document.sort_all_objects();
    lower::lower(document)
}

fn from_document(
    mut document: Value,
    messages: Option<Messages>,
    wanted: Wanted<'_>,
) -> Result<Generated, Error> {
    let mut published = wanted.mocks.then(|| document.clone());
    if let Some(messages) = &messages {
        messages.replace(&mut document);
    }
    if let Some(published) = &mut published {
        published.sort_all_objects();
        prune::unreached(published);
        prune::prune(published, wanted.area);
    }
    let prepared = prepare(&mut document);
    let generated =
        prepared.and_then(|()| from_lowered(&mut document, messages, wanted, published.as_ref()));
    generated.map_err(|error| leave_out::published(&document, error))
}

fn from_lowered(
    document: &mut Value,
    messages: Option<Messages>,
    wanted: Wanted<'_>,
    published: Option<&Value>,
) -> Result<Generated, Error> {
    prune::prune(document, wanted.area);
    let document = &*document;
    // The mocks do not depend on the client, and take progenitor as long.
    std::thread::scope(|scope| {
        let mocks = wanted.mocks.then(|| scope.spawn(|| mocks(document)));
        let client = generate::client(&document::to_openapi(document)?)?;
        let api = ir::read(document, client.clone())?;
        let messages = messages
            .map(|messages| messages.generate(document, &api, published))
            .transpose()
            .map_err(Error::in_messages)?;
        let mut generated = beside(api, published)?;
        generated.files.extend(messages.into_iter().flatten());
        let mut add = |name: &str, text| generated.files.insert(name.to_owned(), text);
        add("client.rs", formatted(client)?);
        if let Some(mocks) = mocks {
            let mocks = mocks
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            add("mock.rs", mocks);
        }
        Ok(generated)
    })
}

/// Emits the code beside progenitor's, and what tests need if the `published` document is given.
fn beside(api: Api, published: Option<&Value>) -> Result<Generated, Error> {
    emit::check_names(&api)?;
    let mut files = BTreeMap::new();
    let mut add = |name: &str, text: String| files.insert(name.to_owned(), text);
    add("types.rs", emit::types(&api));
    add("handles.rs", emit::handles(&api));
    add("operations.md", emit::index(&api));
    add("operations.rs", emit::operations(&api));
    add("service.rs", emit::service(&api));
    if let Some(published) = published {
        add("samples.rs", emit::samples(&api));
        // What `tests/conformance` runs, and what it compares with.
        add("conformance.rs", emit::tables(&api));
        add("document.json", published.to_string());
    }
    let operations = api.operations.into_iter().map(|operation| operation.id);
    Ok(Generated {
        files,
        operations: operations.collect(),
    })
}

/// The typed `httpmock` helpers.
fn mocks(document: &Value) -> Result<String, Error> {
    let mut document = document.clone();
    lower::mocks::lower(&mut document);
    formatted(generate::mock(&document::to_openapi(&document)?)?)
}

/// Formats progenitor's code, and changes nothing else.
fn formatted(tokens: TokenStream) -> Result<String, Error> {
    let file = syn::parse2(tokens)
        .map_err(|error| Error::whole(format!("progenitor's code is not Rust: {error}")))?;
    Ok(prettyplease::unparse(&file))
}
