//! The build script of `ultravox`: calls [`generate_into`] and prints directives for cargo.

use std::path::{Path, PathBuf};

use crate::admit::one_line;
use crate::files::{generate_into, generate_with_messages_into};
use crate::{AREAS, Wanted};

const DOCUMENT: &str = "openapi/ultravox.yaml";
const MESSAGES: &str = "openapi/messages.yaml";

/// The environment variable that names another document to generate from, for work on the generator and
/// for trying a new version of the API before it is vendored.
const OVERRIDE: &str = "ULTRAVOX_OPENAPI";

/// The `cfg` that is set for every generated operation: handwritten code that calls an operation is
/// compiled only if there is one.
const OPERATION_CFG: &str = "ultravox_operation";

/// The `cfg` that is set if the vendored document is built with all areas: then all handwritten code is
/// used, and unused code is a mistake.
const WHOLE_API_CFG: &str = "ultravox_whole_api";

/// Generates the client of `openapi/ultravox.yaml`, or of the document that the environment variable
/// `ULTRAVOX_OPENAPI` names, into `OUT_DIR`, for the cargo features that are enabled; with the types of
/// `openapi/messages.yaml`, if the feature `messages` is.
///
/// An error is printed as one `cargo::error=` line.
pub fn build_script() {
    let built = [
        directive("rerun-if-changed", "build.rs"),
        directive("rerun-if-env-changed", OVERRIDE),
        run(),
    ]
    .into_iter()
    .collect::<Result<(), String>>();
    if let Err(line) = built {
        // `one_line` leaves no control characters, so this cannot fail.
        let _ = directive("error", &one_line(&line));
    }
}

/// Prints a directive for cargo. A line break in the value would start another directive: names of
/// operations cannot contain one, and paths can.
#[allow(
    clippy::print_stdout,
    reason = "this is how a build script talks to cargo"
)]
fn directive(name: &str, value: &str) -> Result<(), String> {
    println!("{}", line(name, value)?);
    Ok(())
}

fn line(name: &str, value: &str) -> Result<String, String> {
    if value.chars().any(char::is_control) {
        return Err(format!(
            "the value of the cargo directive `{name}` contains a control character, such as a line break: {value:?}"
        ));
    }
    Ok(format!("cargo::{name}={value}"))
}

fn run() -> Result<(), String> {
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
    directive("rerun-if-changed", &document.display().to_string())?;
    let is_vendored = std::env::var_os(OVERRIDE).is_none();
    if is_vendored && AREAS.iter().all(|area| feature_is_enabled(area)) {
        directive("rustc-cfg", WHOLE_API_CFG)?;
    }
    let generated = match feature_is_enabled("messages") {
        true => {
            directive("rerun-if-changed", MESSAGES)?;
            generate_with_messages_into(document, Path::new(MESSAGES), &out, wanted)?
        }
        false => generate_into(document, &out, wanted)?,
    };
    for id in generated.operations {
        directive("rustc-cfg", &format!("{OPERATION_CFG}=\"{id}\""))?;
    }
    Ok(())
}

fn feature_is_enabled(feature: &str) -> bool {
    std::env::var_os(format!("CARGO_FEATURE_{}", feature.to_uppercase())).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directive_is_one_line() {
        let (name, id) = ("rustc-cfg", "ultravox_operation=\"agents_list\"");
        assert_eq!(line(name, id).unwrap(), format!("cargo::{name}={id}"));
        for value in [
            "a\ncargo::rustc-link-arg=-wrapper",
            "a\rcargo::rustc-link-arg=-wrapper",
            "/home/a\nb/openapi.yaml",
            "a\u{1b}[2Jb",
            "a\0b",
        ] {
            let refused = line(name, value).unwrap_err();
            assert!(refused.contains("line break"), "{refused}");
            assert!(!refused.contains(char::is_control), "{refused}");
        }
    }
}
