//! Maintenance commands of the ultravox crate. This file only dispatches.

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::{codegen_stats, conformance, package_check};

#[derive(Parser)]
#[command(name = "cargo xtask", about, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

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

#[derive(Subcommand)]
enum Command {
    /// Measures what generating the client of an OpenAPI document costs
    ///
    /// Builds the library in a target directory of its own, which takes a while the first time.
    #[command(after_help = CODEGEN_STATS)]
    CodegenStats(codegen_stats::Options),

    /// Tests the client of an OpenAPI document against that document, operation by operation
    ///
    /// Generates and builds the client, in a target directory of its own. Calls every operation
    /// against a loopback server, and decodes and encodes values of every schema.
    #[command(after_help = CONFORMANCE)]
    Conformance(conformance::Options),

    /// Packages the crate, unpacks it elsewhere, and builds and runs programs that depend on it
    PackageCheck,
}

fn main() -> ExitCode {
    let out = &mut std::io::stdout();
    let result = match Arguments::parse().command {
        Command::CodegenStats(options) => codegen_stats::run(&options, out),
        Command::Conformance(options) => conformance::run(&options, out),
        Command::PackageCheck => package_check::run(out).map(|()| true),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // Nothing is left to do where even stderr cannot be written.
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::from(2)
        }
    }
}
