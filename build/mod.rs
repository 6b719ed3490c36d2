//! From the text of the OpenAPI document to the Rust of the generated client.
//!
//! Every step is a module of its own and a function from a value to a value; reading the document
//! and writing the Rust is `build.rs`'s part. The tests of these modules run in `xtask`, which
//! compiles them as well: a build script has no tests of its own.

mod adapt;
mod additions;
mod document;
mod error;
mod generate;
mod lower;
mod prune;

pub use error::Error;

/// The generated Rust, formatted.
pub struct Generated {
    /// The client, its operations and types.
    pub client: String,
    /// The typed `httpmock` helpers.
    pub mock: String,
}

/// Generates the client of the areas (tags) of `yaml` that are `enabled`. The same text and areas
/// give the same Rust.
pub fn generate(yaml: &str, enabled: &dyn Fn(&str) -> bool) -> Result<Generated, Error> {
    let mut document = document::parse(yaml)?;
    document::check(&document)?;
    let service = document::service(&document)?;
    lower::lower(&mut document)?;
    prune::prune(&mut document, enabled);
    // A feature of serde_json, switched on by any other crate, would keep the order of the text.
    document.sort_all_objects();
    let spec = document::to_openapi(&document)?;
    let mut client = adapt::client(generate::client(&spec)?, &service)?;
    additions::add(&document, &mut client)?;
    Ok(Generated {
        client: prettyplease::unparse(&client),
        mock: prettyplease::unparse(&adapt::mock(generate::mock(&spec)?)?),
    })
}
