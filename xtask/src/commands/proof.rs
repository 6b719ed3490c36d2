//! The proof that the client compiles from a document: `cargo check`, before the document is written.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use anyhow::{Context, Result, bail};
use tokio::process::Command;

use crate::progress::Progress;
use crate::stop::off_thread;
use crate::workspace::{PACKAGE, cargo, write};

/// How many lines of the compiler's output are shown.
const SHOWN: usize = 40;

/// The features beside the default ones: what is written by hand behind them names generated types as well.
const FEATURES: &str = "live,mock,schemars,server";

/// Compiles the client from `yaml`, and says so. Without a toolchain or the workspace, it says why the
/// client is not compiled. It is an error if the client does not compile.
pub async fn prove(yaml: &str, progress: &Progress) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    if !root.join("Cargo.toml").is_file() {
        progress.note(&format!(
            "not proved with `cargo check`: the workspace is no longer in {}",
            root.display()
        ));
        return Ok(());
    }
    if let Err(error) = run(Command::from(cargo(&root)).arg("--version")).await {
        progress.note(&format!(
            "not proved with `cargo check`: cargo cannot be run ({error})"
        ));
        return Ok(());
    }
    progress.note(
        "compiling the client from the new document with `cargo check`, which takes a minute the first time",
    );
    // Kept between runs, and apart from what the user builds with the vendored document.
    let target = target(&root, std::env::var_os("CARGO_TARGET_DIR"));
    let candidate = Candidate::write(&target.join("candidate"), yaml).await?;
    let output = run(Command::from(cargo(&root))
        .args([
            "check",
            "--quiet",
            "--locked",
            "--package",
            PACKAGE,
            "--lib",
        ])
        .args(["--features", FEATURES, "--color", "never"])
        .env("ULTRAVOX_OPENAPI", &candidate.document)
        .env("CARGO_TARGET_DIR", &target))
    .await
    .context("cannot run `cargo check`")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let lines: Vec<_> = said.lines().take(SHOWN).collect();
        bail!(
            "the client does not compile from the new document, which is not written. If that is no fault of the \
             document (cargo has no network, say), --no-cargo-check writes it without. `cargo check` said:\n{}",
            lines.join("\n")
        );
    }
    progress.note("the client compiles from the new document: `cargo check` passed");
    Ok(())
}

/// It is killed if this program ends while waiting for it.
async fn run(command: &mut Command) -> std::io::Result<Output> {
    command
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
}

fn target(root: &Path, chosen: Option<OsString>) -> PathBuf {
    let target = match chosen {
        Some(chosen) => root.join(chosen),
        None => root.join("target"),
    };
    target.join("update-spec")
}

/// The document where the build script finds it, always in the same location, so that cargo sees what
/// changed. No other process uses it meanwhile.
struct Candidate {
    document: PathBuf,
    _lock: File,
}

impl Candidate {
    async fn write(directory: &Path, yaml: &str) -> Result<Self> {
        let (directory, yaml) = (directory.to_owned(), yaml.to_owned());
        off_thread(move || {
            let document = directory.join("ultravox.yaml");
            fs::create_dir_all(&directory)
                .with_context(|| format!("cannot create {}", directory.display()))?;
            let lock =
                lock(&directory.join("lock")).context("cannot lock the folder to check in")?;
            write(&document, &yaml)?;
            // Cargo runs in another folder.
            let document =
                fs::canonicalize(&document).context("cannot find what was just written")?;
            Ok(Self {
                document,
                _lock: lock,
            })
        })
        .await
    }
}

/// Waits if another run is checking.
fn lock(path: &Path) -> Result<File> {
    let file = File::create(path)?;
    #[cfg(unix)]
    rustix::fs::flock(&file, rustix::fs::FlockOperation::LockExclusive)?;
    Ok(file)
}
