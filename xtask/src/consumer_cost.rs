//! `cargo xtask consumer-cost`: measures what it costs a program to depend on the crate.
//!
//! It builds the same small program three times: with reqwest, serde and tokio alone, with one area
//! of the crate, and with all of it. Each is built from scratch in its own folder, so that a figure
//! is the time of a first build.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::workspace::{Workspace, cargo, output, write};

struct Consumer {
    name: &'static str,
    /// Lines under `[dependencies]`; `{root}` is the workspace.
    dependencies: &'static str,
    source: &'static str,
    /// Whether the crate is among the dependencies, and so is rebuilt with its document.
    has_document: bool,
}

const BY_HAND: &str = r#"
#[derive(serde::Deserialize)]
struct SipConfig {
    domain: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let key = std::env::var("ULTRAVOX_API_KEY")?;
    let request = reqwest::Client::new().get("https://api.ultravox.ai/api/sip");
    let response = request.header("X-API-Key", key).send().await?;
    let config: SipConfig = response.error_for_status()?.json().await?;
    println!("{}", config.domain);
    Ok(())
}
"#;

const WITH_THE_CRATE: &str = r#"
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), ultravox::Error> {
    let client = ultravox::Client::from_env()?;
    println!("{}", client.sip().get().await?.domain);
    Ok(())
}
"#;

const CONSUMERS: &[Consumer] = &[
    Consumer {
        name: "reqwest, serde and tokio alone",
        dependencies: r#"reqwest = { version = "0.13", default-features = false, features = ["json", "rustls"] }
serde = { version = "1", features = ["derive"] }"#,
        source: BY_HAND,
        has_document: false,
    },
    Consumer {
        name: "ultravox, the area sip",
        dependencies: r#"ultravox = { path = '{root}', default-features = false, features = ["rustls", "sip"] }"#,
        source: WITH_THE_CRATE,
        has_document: true,
    },
    Consumer {
        name: "ultravox, all areas",
        dependencies: r"ultravox = { path = '{root}' }",
        source: WITH_THE_CRATE,
        has_document: true,
    },
];

/// Builds the programs, and writes the figures to `out` as a Markdown table.
pub fn run(out: &mut dyn Write) -> Result<()> {
    let workspace = Workspace::read()?;
    let directory = tempfile::tempdir().context("cannot create a temporary directory")?;
    writeln!(
        out,
        "| the program depends on | crates | first build, debug | after touching the document, debug | binary, release |"
    )?;
    writeln!(out, "|---|---|---|---|---|")?;
    for (number, consumer) in CONSUMERS.iter().enumerate() {
        let folder = directory.path().join(number.to_string());
        let row = measure(consumer, &folder, &workspace.root)?;
        writeln!(out, "{row}")?;
        out.flush()?;
        // Gigabytes.
        fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}

fn measure(consumer: &Consumer, folder: &Path, root: &Path) -> Result<String> {
    write(&folder.join("Cargo.toml"), &manifest(consumer, root)?)?;
    write(&folder.join("src/main.rs"), consumer.source)?;
    // The versions that the workspace is tested with. A copy of the document, to be changed.
    copy(&root.join("Cargo.lock"), &folder.join("Cargo.lock"))?;
    let document = folder.join("ultravox.yaml");
    copy(&root.join("openapi/ultravox.yaml"), &document)?;
    output(cargo(folder).arg("fetch"), "cannot fetch the dependencies")?;

    let tree = output(
        cargo(folder).args([
            "tree",
            "--edges",
            "normal,build",
            "--prefix",
            "none",
            "--no-dedupe",
        ]),
        "cannot list the dependencies",
    )?;
    let first = build(folder, &document, &[])?;
    let again = if consumer.has_document {
        let mut text = fs::read_to_string(&document)?;
        text.push_str("# touched\n");
        write(&document, &text)?;
        seconds(build(folder, &document, &[])?)
    } else {
        "-".to_owned()
    };
    build(folder, &document, &["--release"])?;
    let binary = folder
        .join("target/release")
        .join(format!("consumer{}", std::env::consts::EXE_SUFFIX));
    let size = fs::metadata(&binary)
        .with_context(|| format!("cargo did not build {}", binary.display()))?
        .len();
    Ok(format!(
        "| {} | {} | {} | {again} | {:.1} MB |",
        consumer.name,
        crates(&tree),
        seconds(first),
        size as f64 / 1e6
    ))
}

/// How many crates the program depends on.
fn crates(tree: &str) -> usize {
    let mut lines: Vec<_> = tree
        .lines()
        .skip(1)
        .filter(|line| !line.is_empty())
        .collect();
    lines.sort_unstable();
    lines.dedup();
    lines.len()
}

fn seconds(time: Duration) -> String {
    format!("{:.0} s", time.as_secs_f64())
}

fn build(folder: &Path, document: &Path, arguments: &[&str]) -> Result<Duration> {
    let started = Instant::now();
    output(
        cargo(folder)
            .args(["build", "--offline"])
            .args(arguments)
            .env("CARGO_TARGET_DIR", folder.join("target"))
            .env("ULTRAVOX_OPENAPI", document),
        "the program does not build",
    )?;
    Ok(started.elapsed())
}

fn manifest(consumer: &Consumer, root: &Path) -> Result<String> {
    let root = root
        .to_str()
        .with_context(|| format!("{} is not UTF-8", root.display()))?;
    ensure!(!root.contains('\''), "{root} cannot be written in TOML");
    let dependencies = consumer.dependencies.replace("{root}", root);
    Ok(format!(
        r#"[package]
name = "consumer"
version = "0.0.0"
edition = "2024"

# Not a member of a workspace above, should there be one.
[workspace]

[dependencies]
tokio = {{ version = "1", features = ["macros", "rt"] }}
{dependencies}
"#
    ))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to)
        .map(drop)
        .with_context(|| format!("cannot copy {}", from.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_counts_once_however_often_it_is_used_and_the_program_does_not() {
        let tree = "consumer v0.0.0 (/c)\nurl v2.5.0\nserde v1.0.0\nurl v2.5.0\n\nserde v1.0.0\n";
        assert_eq!(crates(tree), 2);
    }

    #[test]
    fn every_program_has_a_manifest_that_names_the_workspace_where_it_uses_the_crate() {
        for consumer in CONSUMERS {
            let manifest = manifest(consumer, Path::new("/some where")).unwrap();
            assert_eq!(
                manifest.contains("path = '/some where'"),
                consumer.has_document,
                "{manifest}"
            );
        }
        assert!(manifest(&CONSUMERS[1], Path::new("/it's")).is_err());
    }
}
