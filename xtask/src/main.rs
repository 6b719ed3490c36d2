//! Maintenance commands of the ultravox crate. This file only dispatches.

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Packages the crate, unpacks it elsewhere, and builds and runs programs that depend on it
    PackageCheck,
}

fn main() -> ExitCode {
    let out = &mut std::io::stdout();
    let result = match Arguments::parse().command {
        Command::PackageCheck => xtask::package_check::run(out),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to do where even stderr cannot be written.
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
