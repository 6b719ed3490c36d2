//! Maintenance commands of the ultravox crate. This file only dispatches.

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

fn main() -> anyhow::Result<()> {
    let out = &mut std::io::stdout();
    match Arguments::parse().command {
        Command::PackageCheck => xtask::package_check::run(out),
    }
}
