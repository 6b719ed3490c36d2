//! Generates the client from `openapi/ultravox.yaml` into `OUT_DIR`.
//!
//! Opens no socket, and reads nothing but that document, or the one that the environment variable
//! `ULTRAVOX_OPENAPI` names instead. What goes wrong is one `cargo::error=` line; the build code is
//! in `build/`.

#[path = "build/mod.rs"]
mod codegen;

use std::path::{Path, PathBuf};

pub use codegen::Wanted;

const DOCUMENT: &str = "openapi/ultravox.yaml";

/// The list, beside the document, of operations that are left out by name.
const EXCLUDED: &str = "excluded.yaml";

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
    println!("cargo::rerun-if-env-changed={OVERRIDE}");
    println!("cargo::rustc-check-cfg=cfg({OPERATION_CFG}, values(any()))");
    match run() {
        Ok(generated) => {
            for id in generated.operations {
                println!("cargo::rustc-cfg={OPERATION_CFG}=\"{id}\"");
            }
            for line in generated.excluded {
                println!("cargo::warning={}", one_line(&line));
            }
        }
        Err(line) => println!("cargo::error={line}"),
    }
}

fn run() -> Result<codegen::Generated, String> {
    let out = PathBuf::from(env("OUT_DIR")?);
    let wanted = Wanted {
        area: &|area| !AREAS.contains(&area) || feature_is_enabled(area),
        mocks: feature_is_enabled("mock"),
    };
    // Cargo runs a build script in the folder of its package.
    let document = std::env::var_os(OVERRIDE).unwrap_or_else(|| DOCUMENT.into());
    let document = Path::new(&document);
    println!("cargo::rerun-if-changed={}", document.display());
    let excluded = document.with_file_name(EXCLUDED);
    // A file that is not there would make Cargo run this each time.
    if excluded.exists() {
        println!("cargo::rerun-if-changed={}", excluded.display());
    }
    generate(document, &out, wanted)
}

fn feature_is_enabled(feature: &str) -> bool {
    std::env::var_os(format!("CARGO_FEATURE_{}", feature.to_uppercase())).is_some()
}

/// Writes what is `wanted` of `document` into `out`, or says in one line why it cannot. A document
/// that does not generate leaves `out` as it was. The list [`EXCLUDED`] beside the document, if there
/// is one, leaves operations out.
pub fn generate(
    document: &Path,
    out: &Path,
    wanted: Wanted<'_>,
) -> Result<codegen::Generated, String> {
    let name = document.display();
    let text = read(document)?;
    let excluded = document.with_file_name(EXCLUDED);
    let excluded = if excluded.exists() {
        read(&excluded)?
    } else {
        String::new()
    };
    let generated = codegen::generate(&text, &excluded, wanted)
        .map_err(|e| one_line(&format!("{name}: {e}")))?;
    // Else the types of an earlier document would stay there.
    for folder in codegen::FOLDERS {
        remove(&out.join(folder))?;
    }
    for (path, text) in &generated.files {
        write(&out.join(path), text)?;
    }
    Ok(generated)
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path)
        .map_err(|e| one_line(&format!("{}: cannot be read: {e}", path.display())))
}

/// Cargo takes one line a message; a reason from YAML or progenitor may hold several.
fn one_line(reason: &str) -> String {
    reason.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn env(name: &str) -> Result<std::ffi::OsString, String> {
    std::env::var_os(name).ok_or_else(|| format!("{name} is not set: run this through cargo"))
}

fn remove(folder: &Path) -> Result<(), String> {
    match std::fs::remove_dir_all(folder) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("{}: cannot be removed: {e}", folder.display()))
        }
        _ => Ok(()),
    }
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    folder
        .and_then(|()| std::fs::write(path, text))
        .map_err(|e| format!("{}: cannot be written: {e}", path.display()))
}
