//! From the text of the OpenAPI document to the Rust of the generated client.
//!
//! Every step is a module of its own and a function from a value to a value; reading the document
//! and writing the Rust is `build.rs`'s part. The tests of these modules run in `xtask`, which
//! compiles them as well: a build script has no tests of its own.

mod adapt;
mod additions;
mod areas;
mod conformance;
mod document;
mod error;
mod exclude;
mod generate;
mod idents;
mod lower;
mod methods;
mod mock_samples;
mod prune;
#[allow(
    dead_code,
    reason = "tests compile this module as well, and use the rest of it"
)]
mod samples;
mod shorten;
mod wire;

use serde_json::Value;

pub use error::Error;

/// The generated Rust, formatted.
pub struct Generated {
    /// The client, its operations and types.
    pub client: String,
    /// The typed `httpmock` helpers.
    pub mock: String,
    /// The areas of the API and their operations, as a Markdown table for rustdoc.
    pub areas: String,
    /// The ids of the operations.
    pub operations: Vec<String>,
    /// What `tests/conformance` runs, as macro calls.
    pub conformance: String,
    /// The document before lowering, as JSON, that the tests judge by.
    pub document: String,
    /// A line for each operation that is left out by name.
    pub excluded: Vec<String>,
}

/// Generates the client of the areas (tags) of `yaml` that are `enabled`. The same text and areas
/// give the same Rust.
pub fn generate(yaml: &str, enabled: &dyn Fn(&str) -> bool) -> Result<Generated, Error> {
    generate_without("", yaml, enabled)
}

/// Generates without the operations of the list `excluded`.
pub fn generate_without(
    excluded: &str,
    yaml: &str,
    enabled: &dyn Fn(&str) -> bool,
) -> Result<Generated, Error> {
    let mut document = document::parse(yaml)?;
    let excluded = exclude::exclude(&mut document, excluded)?;
    let generated = from_document(document.clone(), enabled)
        .map_err(|error| exclude::suggest(&document, error))?;
    Ok(Generated {
        excluded,
        ..generated
    })
}

fn from_document(mut document: Value, enabled: &dyn Fn(&str) -> bool) -> Result<Generated, Error> {
    document::check(&document)?;
    let service = document::service(&document)?;
    let mut published = document.clone();
    lower::lower(&mut document)?;
    methods::check(&document)?;
    for document in [&mut document, &mut published] {
        prune::prune(document, enabled);
    }
    // A feature of serde_json, switched on by any other crate, would keep the order of the text.
    document.sort_all_objects();
    let spec = document::to_openapi(&document)?;
    let mut client = adapt::client(generate::client(&spec)?, &service)?;
    wire::client(&document, &mut client)?;
    additions::add(&document, &mut client)?;
    let mut mock = adapt::mock(generate::mock(&spec)?)?;
    wire::mock(&document, &mut mock);
    shorten::mock(&mut mock);
    let operations = additions::operations(&document, &client)?;
    let samples = mock_samples::samples(&document, &client);
    let conformance = conformance::tables(&document, &client, &operations, &samples);
    let areas = areas::table(&operations);
    let operations = operations
        .iter()
        .map(|operation| operation.id().to_owned())
        .collect();
    shorten::client(&mut client);
    Ok(Generated {
        areas,
        operations,
        client: prettyplease::unparse(&client),
        mock: prettyplease::unparse(&mock) + &mock_samples::lines(&samples),
        conformance,
        document: published.to_string(),
        excluded: Vec::new(),
    })
}
