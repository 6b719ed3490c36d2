//! From the text of the OpenAPI document to the Rust of the generated client.
//!
//! Every step is a module of its own and a function from a value to a value. Only [`generate_into`]
//! reads and writes files, only [`build_script`] speaks to cargo, and nothing opens a socket.

mod adapt;
mod additions;
pub mod admit;
mod areas;
pub mod bounds;
mod build_script;
mod conformance;
mod document;
mod error;
mod exclude;
mod files;
mod generate;
mod idents;
mod inline;
mod lower;
mod methods;
mod mock_samples;
mod prose;
mod prune;
mod requests;
pub mod samples;
mod shorten;
mod split;
pub mod variants;
mod wire;

use std::collections::BTreeMap;

use openapiv3::OpenAPI;
use serde_json::Value;

use document::Service;

pub use build_script::build_script;
pub use error::Error;
pub use files::generate_into;

/// The tags of the document that have a cargo feature each: the feature `call-throttles` enables
/// the operations of the tag `call_throttles`. Those of another tag are always there.
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

const CLIENT: &str = "client";
const MOCK: &str = "mock";

/// The folders in `OUT_DIR` that hold nothing but generated files.
pub const FOLDERS: [&str; 2] = [CLIENT, MOCK];

/// What a document becomes.
pub struct Generated {
    /// The files, by their paths from `OUT_DIR`, with `/` between the parts.
    pub files: BTreeMap<String, String>,
    /// The ids of the operations.
    pub operations: Vec<String>,
    /// A line for each operation that is left out by name.
    pub excluded: Vec<String>,
}

/// What of a document is generated.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// Whether the operations of an area (a tag) are.
    pub area: &'a dyn Fn(&str) -> bool,
    /// Whether what only tests need is.
    pub mocks: bool,
}

/// Generates what is `wanted` of `yaml`, without the operations of the list `excluded`. The same
/// texts and wishes give the same Rust.
pub fn generate(yaml: &str, excluded: &str, wanted: Wanted<'_>) -> Result<Generated, Error> {
    let mut document = admit::admit(yaml)?;
    let excluded = exclude::exclude(&mut document, excluded)?;
    let generated = from_document(document.clone(), wanted)
        .map_err(|error| exclude::suggest(&document, error))?;
    Ok(Generated {
        excluded,
        ..generated
    })
}

#[cfg(test)]
impl Generated {
    /// The client or the mocks, as if they stood in one file.
    fn whole(&self, name: &str) -> String {
        let files = self.files.iter();
        let parts = files.filter(|(path, _)| path.split(['/', '.']).next() == Some(name));
        parts.map(|(_, text)| text.as_str()).collect()
    }
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
    let mut published = wanted.mocks.then(|| document.clone());
    lower::lower(&mut document)?;
    methods::check(&document)?;
    prune::prune(&mut document, wanted.area);
    // A feature of serde_json, switched on by any other crate, would keep the order of the text.
    document.sort_all_objects();
    if let Some(published) = &mut published {
        prune::prune(published, wanted.area);
    }
    let spec = document::to_openapi(&document)?;
    // The mocks need nothing of the client, and progenitor takes as long for them.
    std::thread::scope(|scope| {
        let mocks = wanted
            .mocks
            .then(|| scope.spawn(|| mocks(&document, &spec)));
        let mut generated = client(&document, &spec, &service, published.as_ref())?;
        if let Some(mocks) = mocks {
            let mocks = mocks
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            generated.files.extend(mocks);
        }
        Ok(generated)
    })
}

/// The client of the lowered `document`; with the `published` one, what tests need beside the mocks.
fn client(
    document: &Value,
    spec: &OpenAPI,
    service: &Service,
    published: Option<&Value>,
) -> Result<Generated, Error> {
    let mut client = adapt::client(generate::client(spec)?, service)?;
    wire::client(document, &mut client)?;
    requests::split(document, &mut client)?;
    additions::add(document, &mut client)?;
    let operations = additions::operations(document, &client)?;
    let mut files = BTreeMap::new();
    let mut add = |name: &str, text: String| files.insert(name.to_owned(), text);
    // For rustdoc: the areas of the API, and their operations.
    add("areas.md", areas::table(&operations));
    if let Some(published) = published {
        let samples = mock_samples::samples(document, &client);
        let conformance = conformance::tables(document, &client, &operations, &samples);
        add("samples.rs", mock_samples::lines(&samples));
        // What `tests/conformance` runs, and what it judges by.
        add("conformance.rs", conformance);
        add("document.json", published.to_string());
    }
    let operations = operations
        .iter()
        .map(|operation| operation.id().to_owned())
        .collect();
    shorten::client(&mut client);
    inline::mark(&mut client);
    files.extend(split::split(CLIENT, client));
    Ok(Generated {
        files,
        operations,
        excluded: Vec::new(),
    })
}

/// The typed `httpmock` helpers.
fn mocks(document: &Value, spec: &OpenAPI) -> Result<BTreeMap<String, String>, Error> {
    let mut mock = adapt::mock(generate::mock(spec)?)?;
    wire::mock(document, &mut mock);
    shorten::mock(&mut mock);
    Ok(split::split(MOCK, mock))
}
