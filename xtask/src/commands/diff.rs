//! `cargo xtask diff`: what changed between two documents.

use anyhow::Result;
use clap::Args;

use super::{FailOn, Outcome, Output, until_interrupted, write_report};
use crate::fetch::{Limits, Location, Reader};
use crate::refresh;
use crate::report::{About, Format};

/// The options of `diff`.
#[derive(Args, Debug)]
pub struct Options {
    /// The OpenAPI document that programs were written against: a file or an address
    old: String,

    /// The OpenAPI document to compare it with: a file or an address
    new: String,

    /// The least change to exit with 1 for
    #[arg(long, value_enum, default_value_t)]
    fail_on: FailOn,

    /// The form of the report, which goes to stdout
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Reports the difference.
pub async fn run(options: Options, mut output: Output<'_>) -> Result<Outcome> {
    let reader = Reader::new(Limits::default())?;
    let read = async |text: &str| refresh::document(&Location::parse(text)?, &reader).await;
    let old = until_interrupted(read(&options.old)).await?;
    let new = until_interrupted(read(&options.new)).await?;
    let diff = crate::diff::diff(&old, &new);
    let about = About {
        old: options.old,
        new: options.new,
    };
    write_report(&mut output, &diff, options.format, &about)?;
    Ok(options.fail_on.outcome(&diff))
}
