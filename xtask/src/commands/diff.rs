//! `cargo xtask diff`: what changed between two documents.

use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;

use super::{FailOn, Outcome, Output, code, notes, prose, vendored, write_report};
use crate::diff::diff_beside;
use crate::fetch::{Limits, Location, Reader};
use crate::refresh;
use crate::report::{About, Format};
use crate::stop::off_thread;

/// How long all of it may take.
pub const LIMIT: Duration = Duration::from_secs(900);

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
pub async fn run(options: Options, mut output: Output) -> Result<Outcome> {
    let reader = Reader::new(Limits::default())?;
    let [old, new] = [
        Location::parse(&options.old).context("OLD")?,
        Location::parse(&options.new).context("NEW")?,
    ];
    let names = [old.to_string(), new.to_string()];
    let old = refresh::document(&old, &reader).await?;
    let new = refresh::document(&new, &reader).await?;
    let messages = off_thread(|| prose::messages(&vendored())).await?;
    let code = code().await?;
    let (diff, notes, code) = off_thread(move || {
        let diff = diff_beside(messages.as_ref(), &old, &new);
        let notes = notes::of_changes(messages.as_ref(), &code, &diff, (&old, &new));
        Ok((diff, notes, code))
    })
    .await?;
    let [old, new] = names;
    let about = About {
        old,
        new,
        code,
        prose: None,
        options: Vec::new(),
        notes,
    };
    write_report(&mut output, &diff, options.format, &about)?;
    Ok(options.fail_on.outcome(&diff))
}
