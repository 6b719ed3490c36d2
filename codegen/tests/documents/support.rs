//! A small document, changed, and what is generated from it.

use std::fs;
use std::path::Path;

use ultravox_codegen::{Wanted, generate_into};

/// The API at its smallest: one operation, two schemas.
pub const SMALL: &str = include_str!("../sip.yaml");

/// Names and contents.
pub type Files = Vec<(String, Vec<u8>)>;

/// A directory with the document, and one to generate into. The path holds a space.
pub fn run(document: Option<&str>) -> (Result<(), String>, Files) {
    let directory = tempfile::Builder::new().prefix("a b ").tempdir().unwrap();
    let (path, out) = (
        directory.path().join("ultravox.yaml"),
        directory.path().join("out"),
    );
    fs::create_dir(&out).unwrap();
    if let Some(document) = document {
        fs::write(&path, document).unwrap();
    }
    let wanted = Wanted {
        area: &|_| true,
        mocks: true,
    };
    let result = generate_into(&path, &out, wanted).map(drop);
    (result, files(&out))
}

/// The files in `directory` and below, by their paths from there.
pub fn files(directory: &Path) -> Files {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            let below = self::files(&entry.path()).into_iter();
            files.extend(below.map(|(path, text)| (format!("{name}/{path}"), text)));
        } else {
            files.push((name, fs::read(entry.path()).unwrap()));
        }
    }
    files.sort();
    files
}

/// The one error line of a document that must be refused, without the file's name.
#[track_caller]
pub fn refusal(document: Option<&str>) -> String {
    let (result, written) = run(document);
    let line = result.unwrap_err();
    assert!(written.is_empty(), "wrote {written:?}");
    assert!(!line.contains(['\n', '\r']), "{line}");
    for trace in ["panicked at", "RUST_BACKTRACE", "stack backtrace"] {
        assert!(!line.contains(trace), "{line}");
    }
    let named = line.split_once("ultravox.yaml: ");
    named.unwrap_or_else(|| panic!("{line}")).1.to_owned()
}

/// The small document with one thing replaced, which must be there.
#[track_caller]
pub fn changed(from: &str, to: &str) -> String {
    assert!(SMALL.contains(from), "the document lacks {from:?}");
    SMALL.replacen(from, to, 1)
}

#[track_caller]
pub fn assert_refused(document: &str, location: &str, reason: &str) {
    let line = refusal(Some(document));
    assert!(line.starts_with(&format!("{location}: ")), "{line}");
    assert!(line.contains(reason), "{line}");
}

pub const OPERATION_ID: &str = "      operationId: sip_retrieve\n";

pub const OPERATION: &str = "paths./api/sip.get";

/// What leaves it out.
pub const REMOVAL: &str =
    "openapi/overlay.yaml: `- {target: '$.paths[\"/api/sip\"].get', remove: true";

/// What is generated for users, in the order of the names.
pub const FOR_USERS: [&str; 6] = [
    "client.rs",
    "handles.rs",
    "operations.md",
    "operations.rs",
    "service.rs",
    "types.rs",
];

/// The small document with these schemas added, and an operation that answers with each.
pub fn with_schemas(schemas: &str) -> String {
    let is_name = |line: &&str| line.starts_with("    ") && !line.starts_with("     ");
    let uses: String = schemas
        .lines()
        .filter(is_name)
        .filter_map(|line| line.trim().split_once(':'))
        .enumerate()
        .map(|(index, (name, _))| {
            format!(
                "  /api/use{index}:\n    get:\n      operationId: use{index}_retrieve\n      responses:\n        \
                 '200': {{description: d, content: {{application/json: {{schema: {{$ref: \
                 '#/components/schemas/{name}'}}}}}}}}\n"
            )
        })
        .collect();
    changed("  schemas:\n", &format!("  schemas:\n{schemas}")).replacen(
        "paths:\n",
        &format!("paths:\n{uses}"),
        1,
    )
}

/// The generated code of the small document with these schemas added, parsed.
#[track_caller]
pub fn client_with(schemas: &str) -> String {
    client_of(&with_schemas(schemas))
}

/// The generated code of a document, parsed.
#[track_caller]
pub fn client_of(document: &str) -> String {
    let (result, written) = run(Some(document));
    result.unwrap();
    let mut client = String::new();
    for (name, text) in written {
        if FOR_USERS.contains(&name.as_str()) && name.ends_with(".rs") {
            let text = String::from_utf8(text).unwrap();
            syn::parse_file(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            client += &text;
        }
    }
    client
}

/// The declaration of a type in generated code, without its documentation, on one line.
#[track_caller]
pub fn declaration(client: &str, name: &str) -> String {
    let start = client.find(&format!("\n    pub struct {name} {{"));
    let start = start.unwrap_or_else(|| panic!("no struct {name}"));
    let text = client[start..].trim_start();
    let text = &text[..text.find("\n    }").unwrap()];
    let lines = text.lines().map(str::trim);
    let code: Vec<_> = lines.filter(|line| !line.starts_with("///")).collect();
    code.join(" ").replace("::std::option::", "")
}
