//! From the text of the OpenAPI document to the Rust of the generated client.
//!
//! Every step is a module of its own and a function from a value to a value; reading the document
//! and writing the Rust is `build.rs`'s part. The tests of these modules run in `xtask`, which
//! compiles them as well: a build script has no tests of its own.

mod adapt;
mod additions;
mod conformance;
mod document;
mod error;
mod generate;
mod lower;
mod mock_samples;
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
    /// What `tests/conformance` runs, as macro calls.
    pub conformance: String,
    /// The document before lowering, as JSON, that the tests judge by.
    pub document: String,
}

/// Generates the client that `yaml` describes. The same text gives the same Rust.
pub fn generate(yaml: &str) -> Result<Generated, Error> {
    let mut document = document::parse(yaml)?;
    document::check(&document)?;
    let service = document::service(&document)?;
    let published = document.to_string();
    lower::lower(&mut document)?;
    // A feature of serde_json, switched on by any other crate, would keep the order of the text.
    document.sort_all_objects();
    let spec = document::to_openapi(&document)?;
    let mut client = adapt::client(generate::client(&spec)?, &service)?;
    additions::add(&document, &mut client)?;
    let samples = mock_samples::samples(&document, &client);
    Ok(Generated {
        client: prettyplease::unparse(&client),
        mock: prettyplease::unparse(&adapt::mock(generate::mock(&spec)?)?)
            + &mock_samples::lines(&samples),
        conformance: conformance::tables(&document, &client, &samples),
        document: published,
    })
}
