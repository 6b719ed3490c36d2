//! Maintenance commands of the ultravox crate. This file only dispatches.

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::{conformance, package_check};

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

#[derive(Subcommand)]
enum Command {
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
