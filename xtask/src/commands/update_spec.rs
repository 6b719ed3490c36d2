//! `cargo xtask update-spec`: updates the vendored document from the docs.

use std::time::Duration;

use anyhow::Result;
use clap::Args;

use super::{Comparison, Generates, Outcome, Output, compare, proof, prose};
use crate::prose::Reviewed;
use crate::{store, structure};

/// The options of `update-spec`.
#[derive(Args, Debug)]
pub struct Options {
    #[command(flatten)]
    comparison: Comparison,

    /// Report what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,

    /// Write without `cargo check` of the client
    #[arg(long)]
    no_cargo_check: bool,

    /// Only record that somebody has looked at a page of prose, as the report shows it
    ///
    /// Facts of our own rest on pages of prose. The report shows those that say something else than
    /// when somebody last looked at them, each with this option. It can be given for several pages;
    /// a page that has changed again in the meantime is refused. The document stays as it is.
    #[arg(long, value_name = "PAGE=HASH")]
    reviewed: Vec<Reviewed>,
}

impl Options {
    /// How long all of it may take.
    pub fn limit(&self) -> Duration {
        self.comparison.limit()
    }
}

/// Reports the difference, and writes the document if it differs.
pub async fn run(options: Options, mut output: Output, generates: Generates) -> Result<Outcome> {
    if !options.dry_run {
        store::sweep(&options.comparison.file());
    }
    if !options.reviewed.is_empty() {
        let Options { comparison, .. } = &options;
        prose::review(
            comparison,
            &options.reviewed,
            options.dry_run,
            &output.progress,
        )
        .await?;
        return Ok(Outcome::InStep);
    }
    let compared = compare(&options.comparison, &mut output, generates).await?;
    let name = options.comparison.name();
    if compared.is_same() {
        output
            .progress
            .note(&format!("nothing changed: {name} is left as it is"));
        return Ok(Outcome::InStep);
    }
    if options.dry_run {
        output
            .progress
            .note(&format!("dry run: {name} is left as it is"));
        return Ok(Outcome::InStep);
    }
    if options.no_cargo_check {
        output
            .progress
            .note("not proved with `cargo check`, as --no-cargo-check says");
    } else {
        proof::prove(&compared.fresh.yaml, &output.progress).await?;
    }
    // Nothing awaits from here on: if the command is stopped, it is certain whether it has written.
    store::replace(&options.comparison.file(), &compared.fresh.yaml)?;
    let layout = if compared.old.is_some() && compared.diff.changes.is_empty() {
        ", the same in canonical form"
    } else {
        ""
    };
    output.progress.note(&format!(
        "wrote {name}: {} operations, {} schemas{layout}",
        structure::operations(&compared.fresh.document).len(),
        structure::schema_count(&compared.fresh.document),
    ));
    Ok(Outcome::InStep)
}
