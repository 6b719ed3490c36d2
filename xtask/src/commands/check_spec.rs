//! `cargo xtask check-spec`: compares the vendored document with the docs, and writes nothing.

use std::time::Duration;

use anyhow::{Result, ensure};
use clap::Args;

use super::{Comparison, FailOn, Generates, Outcome, Output, compare};

/// The options of `check-spec`.
#[derive(Args, Debug)]
pub struct Options {
    #[command(flatten)]
    comparison: Comparison,

    /// The least change to exit with 1 for
    #[arg(long, value_enum, default_value_t)]
    fail_on: FailOn,
}

impl Options {
    /// How long all of it may take.
    pub fn limit(&self) -> Duration {
        self.comparison.limit()
    }
}

/// Reports the difference.
pub async fn run(options: Options, mut output: Output, generates: Generates) -> Result<Outcome> {
    let name = options.comparison.name();
    ensure!(
        options.comparison.file().exists(),
        "there is no {name} to compare with; `cargo xtask update-spec --output {name}` writes it"
    );
    let compared = compare(&options.comparison, &mut output, generates).await?;
    if !compared.is_same() && compared.diff.changes.is_empty() {
        output.progress.note(&format!(
            "{name} says the same in another layout; `cargo xtask update-spec` writes it in canonical form"
        ));
    }
    Ok(options.fail_on.outcome(&compared.diff))
}
