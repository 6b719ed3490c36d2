//! What the build script of `ultravox` does, but for its environment: cargo's directives around
//! [`generate_into`].

use std::path::{Path, PathBuf};

use crate::files::{generate_into, one_line};
use crate::{AREAS, Generated, Wanted};

const DOCUMENT: &str = "openapi/ultravox.yaml";

/// Names another document to generate from, for work on the generator and for trying a new version
/// of the API before it is vendored.
const OVERRIDE: &str = "ULTRAVOX_OPENAPI";

/// Is set for every operation that is built: what is written by hand and calls an operation is
/// compiled only where there is one.
const OPERATION_CFG: &str = "ultravox_operation";

/// Generates the client of `openapi/ultravox.yaml`, or of the document that the environment variable
/// `ULTRAVOX_OPENAPI` names, into `OUT_DIR`, for the cargo features that are enabled.
///
/// What goes wrong is one `cargo::error=` line.
#[allow(
    clippy::print_stdout,
    reason = "this is how a build script answers cargo"
)]
pub fn build_script() {
    println!("cargo::rerun-if-changed=build.rs");
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

#[allow(
    clippy::print_stdout,
    reason = "this is how a build script answers cargo"
)]
fn run() -> Result<Generated, String> {
    let out = std::env::var_os("OUT_DIR")
        .map(PathBuf::from)
        .ok_or("OUT_DIR is not set: run this through cargo")?;
    let wanted = Wanted {
        area: &|area| !AREAS.contains(&area) || feature_is_enabled(area),
        mocks: feature_is_enabled("mock"),
    };
    // Cargo runs a build script in the folder of its package.
    let document = std::env::var_os(OVERRIDE).unwrap_or_else(|| DOCUMENT.into());
    let document = Path::new(&document);
    println!("cargo::rerun-if-changed={}", document.display());
    let excluded = document.with_file_name("excluded.yaml");
    // A file that is not there would make Cargo run this each time.
    if excluded.exists() {
        println!("cargo::rerun-if-changed={}", excluded.display());
    }
    generate_into(document, &out, wanted)
}

fn feature_is_enabled(feature: &str) -> bool {
    std::env::var_os(format!("CARGO_FEATURE_{}", feature.to_uppercase())).is_some()
}
