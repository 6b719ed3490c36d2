//! Generates the client from `openapi/ultravox.yaml` into `OUT_DIR`.
//!
//! Opens no socket, and reads nothing but that document, or the one that the environment variable
//! `ULTRAVOX_OPENAPI` names instead. What goes wrong is one `cargo::error=` line; the build code is
//! in `build/`.

#[path = "build/mod.rs"]
mod codegen;

use std::path::{Path, PathBuf};

const DOCUMENT: &str = "openapi/ultravox.yaml";

/// Names another document to generate from, for work on the generator and for trying a new version
/// of the API before it is vendored.
const OVERRIDE: &str = "ULTRAVOX_OPENAPI";

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

/// Is set for every operation that is built: what is written by hand and calls an operation is
/// compiled only where there is one.
const OPERATION_CFG: &str = "ultravox_operation";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed={DOCUMENT}");
    println!("cargo::rerun-if-env-changed={OVERRIDE}");
    println!("cargo::rustc-check-cfg=cfg({OPERATION_CFG}, values(any()))");
    match run() {
        Ok(operations) => operations
            .iter()
            .for_each(|id| println!("cargo::rustc-cfg={OPERATION_CFG}=\"{id}\"")),
        Err(line) => println!("cargo::error={line}"),
    }
}

fn run() -> Result<Vec<String>, String> {
    let out = PathBuf::from(env("OUT_DIR")?);
    let enabled = |area: &str| !AREAS.contains(&area) || feature_is_enabled(area);
    if let Some(document) = std::env::var_os(OVERRIDE) {
        println!("cargo::rerun-if-changed={}", document.display());
        return generate(Path::new(&document), &out, &enabled);
    }
    // Cargo runs a build script in the folder of its package.
    generate(Path::new(DOCUMENT), &out, &enabled)
}

fn feature_is_enabled(area: &str) -> bool {
    std::env::var_os(format!("CARGO_FEATURE_{}", area.to_uppercase())).is_some()
}

/// Writes the client of the `enabled` areas of `document` into `out`, and returns the ids of its
/// operations, or says in one line why it cannot. A document that does not generate leaves `out` as
/// it was.
pub fn generate(
    document: &Path,
    out: &Path,
    enabled: &dyn Fn(&str) -> bool,
) -> Result<Vec<String>, String> {
    let name = document.display();
    let text = std::fs::read_to_string(document)
        .map_err(|e| one_line(&format!("{name}: cannot be read: {e}")))?;
    let client =
        codegen::generate(&text, enabled).map_err(|e| one_line(&format!("{name}: {e}")))?;
    write(&out.join("client.rs"), &client.client)?;
    write(&out.join("mock.rs"), &client.mock)?;
    write(&out.join("areas.md"), &client.areas)?;
    write(&out.join("conformance.rs"), &client.conformance)?;
    write(&out.join("document.json"), &client.document)?;
    Ok(client.operations)
}

/// Cargo takes one line a message; a reason from YAML or progenitor may hold several.
fn one_line(reason: &str) -> String {
    reason.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn env(name: &str) -> Result<std::ffi::OsString, String> {
    std::env::var_os(name).ok_or_else(|| format!("{name} is not set: run this through cargo"))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|e| format!("{}: cannot be written: {e}", path.display()))
}
