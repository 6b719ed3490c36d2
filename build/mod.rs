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
mod generate;
mod lower;
mod mock_samples;
mod prune;
#[allow(
    dead_code,
    reason = "tests compile this module as well, and use the rest of it"
)]
mod samples;

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
}

/// Generates the client of the areas (tags) of `yaml` that are `enabled`. The same text and areas
/// give the same Rust.
pub fn generate(yaml: &str, enabled: &dyn Fn(&str) -> bool) -> Result<Generated, Error> {
    let mut document = document::parse(yaml)?;
    document::check(&document)?;
    let service = document::service(&document)?;
    let mut published = document.clone();
    lower::lower(&mut document)?;
    for document in [&mut document, &mut published] {
        prune::prune(document, enabled);
    }
    // A feature of serde_json, switched on by any other crate, would keep the order of the text.
    document.sort_all_objects();
    let spec = document::to_openapi(&document)?;
    let mut client = adapt::client(generate::client(&spec)?, &service)?;
    additions::add(&document, &mut client)?;
    let operations = additions::operations(&document, &client)?;
    let samples = mock_samples::samples(&document, &client);
    Ok(Generated {
        areas: areas::table(&operations),
        operations: operations
            .iter()
            .map(|operation| operation.id().to_owned())
            .collect(),
        client: prettyplease::unparse(&client),
        mock: prettyplease::unparse(&adapt::mock(generate::mock(&spec)?)?)
            + &mock_samples::lines(&samples),
        conformance: conformance::tables(&document, &client, &operations, &samples),
        document: published.to_string(),
    })
}
