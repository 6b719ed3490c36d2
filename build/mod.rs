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
    /// The areas of the API and their operations, as a Markdown table for rustdoc.
    pub areas: String,
    /// The ids of the operations.
    pub operations: Vec<String>,
    /// What tests need, if it was asked for.
    pub mocks: Option<Mocks>,
    /// A line for each operation that is left out by name.
    pub excluded: Vec<String>,
}

/// What the tests of users and of this package need beside the client.
pub struct Mocks {
    /// The typed `httpmock` helpers, formatted, and a sample of each type.
    pub mock: String,
    /// What `tests/conformance` runs, as macro calls.
    pub conformance: String,
    /// The document before lowering, as JSON, that the tests judge by.
    pub document: String,
}

/// What of a document is generated.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// Whether the operations of an area (a tag) are.
    pub area: &'a dyn Fn(&str) -> bool,
    /// Whether what only tests need is: a fifth of the time.
    pub mocks: bool,
}

/// Generates what is `wanted` of `yaml`, without the operations of the list `excluded`. The same
/// texts and wishes give the same Rust.
pub fn generate(yaml: &str, excluded: &str, wanted: Wanted<'_>) -> Result<Generated, Error> {
    let mut document = document::parse(yaml)?;
    let excluded = exclude::exclude(&mut document, excluded)?;
    let generated = from_document(document.clone(), wanted)
        .map_err(|error| exclude::suggest(&document, error))?;
    Ok(Generated {
        excluded,
        ..generated
    })
}

/// Everything, for tests.
#[cfg(test)]
fn generate_all(yaml: &str) -> Result<Generated, Error> {
    let wanted = Wanted {
        area: &|_| true,
        mocks: true,
    };
    generate(yaml, "", wanted)
}

fn from_document(mut document: Value, wanted: Wanted<'_>) -> Result<Generated, Error> {
    document::check(&document)?;
    let service = document::service(&document)?;
    let published = wanted.mocks.then(|| document.clone());
    lower::lower(&mut document)?;
    methods::check(&document)?;
    prune::prune(&mut document, wanted.area);
    // A feature of serde_json, switched on by any other crate, would keep the order of the text.
    document.sort_all_objects();
    let spec = document::to_openapi(&document)?;
    let mut client = adapt::client(generate::client(&spec)?, &service)?;
    wire::client(&document, &mut client)?;
    additions::add(&document, &mut client)?;
    let operations = additions::operations(&document, &client)?;
    let mocks = match published {
        Some(mut published) => {
            prune::prune(&mut published, wanted.area);
            let mut mock = adapt::mock(generate::mock(&spec)?)?;
            wire::mock(&document, &mut mock);
            shorten::mock(&mut mock);
            let samples = mock_samples::samples(&document, &client);
            Some(Mocks {
                mock: prettyplease::unparse(&mock) + &mock_samples::lines(&samples),
                conformance: conformance::tables(&document, &client, &operations, &samples),
                document: published.to_string(),
            })
        }
        None => None,
    };
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
        mocks,
        excluded: Vec::new(),
    })
}
