//! Maintenance commands of the ultravox crate. This file only dispatches.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use xtask::commands::{Outcome, Output, check_spec, diff, update_spec};
use xtask::progress::Progress;
use xtask::{codegen_stats, conformance, consumer_cost, escape, generate, package_check, stop};

#[derive(Parser)]
#[command(name = "cargo xtask", about, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes:
  0  in step, or only changes below --fail-on
  1  drift
  2  the check could not be made; the reason is on stderr";

const UPDATE_SPEC: &str = "Exit codes:
  0  written, or nothing to write
  2  nothing was written; the reason is on stderr

Examples:
  cargo xtask update-spec                           from https://docs.ultravox.ai
  cargo xtask update-spec --dry-run                 only the report
  cargo xtask update-spec --source ../docs-site     from a copy of the site
  cargo xtask update-spec --source https://api.ultravox.ai/api/schema/";

const CONFORMANCE: &str = "Exit codes:
  0  everything conforms
  1  something does not; the table says what
  2  the check could not be made; the reason is on stderr

Examples:
  cargo xtask conformance                       the vendored document
  cargo xtask conformance --spec new.yaml       another one";

const CODEGEN_STATS: &str = "Exit codes:
  0  all figures are within their limits, which are those of the whole API
  1  one is not
  2  they could not be taken; the reason is on stderr

Examples:
  cargo xtask codegen-stats                       the vendored document
  cargo xtask codegen-stats --spec new.yaml       another one";

const GENERATE: &str = "Exit codes:
  0  written
  2  nothing can be generated, or not all could be written; the reason is on stderr

Examples:
  cargo xtask generate --out /tmp/generated
  cargo xtask generate --out /tmp/generated --lowered       the lowered document as well
  cargo xtask generate --out /tmp/generated --spec new.yaml";

#[derive(Subcommand)]
enum Command {
    /// Measures what generating the client of an OpenAPI document costs
    ///
    /// Builds the library in a target directory of its own, which takes a while the first time.
    #[command(after_help = CODEGEN_STATS)]
    CodegenStats(codegen_stats::Options),

    /// Refreshes the vendored OpenAPI document from the docs, and reports what changed
    ///
    /// Reads every page of the API reference, merges their OpenAPI fragments into one document in
    /// canonical form, reports how it differs from the vendored one, and writes it, once the client
    /// is known to generate and to compile from it. If anything fails, the vendored document stays
    /// as it was.
    #[command(after_help = UPDATE_SPEC)]
    UpdateSpec(update_spec::Options),

    /// Compares the vendored OpenAPI document with the docs, and writes nothing
    #[command(after_help = EXIT_CODES)]
    CheckSpec(check_spec::Options),

    /// Compares two OpenAPI documents, from the side of a program written against OLD
    #[command(after_help = EXIT_CODES)]
    Diff(diff::Options),

    /// Tests the client of an OpenAPI document against that document, operation by operation
    ///
    /// Generates and builds the client, in a target directory of its own. Calls every operation
    /// against a loopback server, and decodes and encodes values of every schema.
    #[command(after_help = CONFORMANCE)]
    Conformance(conformance::Options),

    /// Writes the generated code to a folder, for reading
    #[command(after_help = GENERATE)]
    Generate(generate::Options),

    /// Measures what a program pays for depending on the crate: crates, build times, size
    ///
    /// Builds three programs from scratch, which takes about ten minutes.
    ConsumerCost,

    /// Packages the crate, unpacks it elsewhere, and builds and runs programs that depend on it
    PackageCheck,
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::UpdateSpec(options) => {
            let limit = options.limit();
            drift(limit, |output| {
                Box::pin(update_spec::run(options, output, generates))
            })
        }
        Command::CheckSpec(options) => {
            let limit = options.limit();
            drift(limit, |output| {
                Box::pin(check_spec::run(options, output, generates))
            })
        }
        Command::Diff(options) => drift(diff::LIMIT, |output| Box::pin(diff::run(options, output))),
        Command::CodegenStats(options) => {
            codegen_stats::run(&options, &mut std::io::stdout()).map(verdict)
        }
        Command::Conformance(options) => {
            conformance::run(&options, &mut std::io::stdout()).map(verdict)
        }
        Command::Generate(options) => {
            generate::run(&options, &mut std::io::stdout()).map(|()| ExitCode::SUCCESS)
        }
        Command::ConsumerCost => {
            consumer_cost::run(&mut std::io::stdout()).map(|()| ExitCode::SUCCESS)
        }
        Command::PackageCheck => {
            package_check::run(&mut std::io::stdout()).map(|()| ExitCode::SUCCESS)
        }
    };
    result.unwrap_or_else(|error| {
        stop::last_words(escape::lines(&format!("error: {error:#}")));
        ExitCode::from(2)
    })
}

fn verdict(passed: bool) -> ExitCode {
    match passed {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn drift(
    limit: Duration,
    command: impl FnOnce(Output) -> stop::Running<Outcome> + Send + 'static,
) -> Result<ExitCode> {
    let outcome = stop::run(limit, || {
        #[cfg(unix)]
        if let Err(error) = heed_file_size_limit() {
            return Box::pin(async { Err(error) });
        }
        let stdout = std::io::stdout();
        command(Output {
            color: stdout.is_terminal() && std::env::var_os("NO_COLOR").is_none(),
            report: Box::new(stdout),
            progress: Progress::stderr(),
        })
    })?;
    Ok(match outcome {
        Outcome::InStep => ExitCode::SUCCESS,
        Outcome::Drift => ExitCode::from(1),
    })
}

/// A file beyond the limit of the shell (`ulimit -f`) fails to be written, as on a full disk; without
/// this the signal would end the program, with a temporary file left behind.
#[cfg(unix)]
fn heed_file_size_limit() -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    /// SIGXFSZ, on Linux and macOS.
    const FILE_TOO_LARGE: i32 = 25;
    // Once it is handled, a signal never has its default effect again.
    let _ = signal(SignalKind::from_raw(FILE_TOO_LARGE)).context("cannot listen for signals")?;
    Ok(())
}

/// As the build of the vendored document does.
fn generates(yaml: &str) -> Result<(), String> {
    let wanted = ultravox_codegen::Wanted {
        area: &|_| true,
        mocks: true,
    };
    ultravox_codegen::generate(yaml, wanted)
        .map(drop)
        .map_err(|error| error.to_string())
}
