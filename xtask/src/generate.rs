//! `cargo xtask generate`: the generated code in a folder, for reading.
//!
//! The build script of the library generates the code into a folder of cargo.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use ultravox_codegen::{Wanted, generate_with_messages_into, lower_into};

/// What to generate, and where to.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The folder to write to, which is created if it does not exist
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    /// An OpenAPI document, instead of the vendored one
    #[arg(long, value_name = "FILE")]
    spec: Option<PathBuf>,

    /// Write the lowered document as well, which progenitor gets: lowered.yaml
    #[arg(long)]
    lowered: bool,
}

/// Generates all areas with the mocks, and writes a line for each file to `out`.
pub fn run(options: &Options, out: &mut dyn Write) -> Result<()> {
    let openapi = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi");
    let (vendored, messages) = (openapi.join("ultravox.yaml"), openapi.join("messages.yaml"));
    let document = options.spec.as_deref().unwrap_or(&vendored);
    let folder = &options.out;
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let wanted = Wanted {
        area: &|_| true,
        mocks: true,
    };
    let generated = generate_with_messages_into(document, &messages, folder, wanted)
        .map_err(|line| anyhow!(line))?;
    let mut files: Vec<&str> = generated.files.keys().map(String::as_str).collect();
    if options.lowered {
        lower_into(document, folder).map_err(|line| anyhow!(line))?;
        files.push("lowered.yaml");
    }
    for file in files {
        writeln!(out, "{}", folder.join(file).display())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const SMALL: &str = include_str!("../../codegen/tests/sip.yaml");

    #[test]
    fn every_file_is_written_and_named_and_the_lowered_document_where_it_is_asked_for() {
        let directory = tempfile::tempdir().unwrap();
        let spec = directory.path().join("ultravox.yaml");
        fs::write(&spec, SMALL).unwrap();
        for lowered in [false, true] {
            let options = Options {
                out: directory.path().join(format!("new/{lowered}")),
                spec: Some(spec.clone()),
                lowered,
            };
            let mut said = Vec::new();
            run(&options, &mut said).unwrap();
            let said = String::from_utf8(said).unwrap();
            for file in ["client.rs", "handles.rs", "mock.rs"] {
                let path = options.out.join(file);
                assert!(said.contains(&format!("{}\n", path.display())), "{said}");
                assert!(path.exists(), "{file}");
            }
            let yaml = fs::read_to_string(options.out.join("lowered.yaml"));
            assert_eq!(yaml.is_ok(), lowered);
            assert_eq!(said.contains("lowered.yaml"), lowered);
            if let Ok(yaml) = yaml {
                assert!(yaml.contains("x-ultravox-"), "{yaml}");
            }
        }
    }

    #[test]
    fn a_document_that_cannot_be_generated_from_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let options = Options {
            out: directory.path().join("out"),
            spec: Some("no/such.yaml".into()),
            lowered: true,
        };
        let error = run(&options, &mut Vec::new()).unwrap_err();
        assert!(error.to_string().contains("no/such.yaml"), "{error}");
    }
}
