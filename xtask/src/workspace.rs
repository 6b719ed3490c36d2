//! The workspace that commands work on, and running cargo in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// The library.
pub const PACKAGE: &str = "ultravox";

/// The generator of the library's code. It has the same version as the library.
pub const GENERATOR: &str = "ultravox-codegen";

/// The workspace that this program was built in.
pub struct Workspace {
    pub root: PathBuf,
    /// Where cargo builds.
    pub target: PathBuf,
    /// The version of the library.
    pub version: String,
    /// Its default features.
    pub default_features: Vec<String>,
}

impl Workspace {
    /// The folder that a package unpacks into.
    pub fn versioned(&self, package: &str) -> String {
        format!("{package}-{}", self.version)
    }

    pub fn read() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .context("xtask is not inside a workspace")?;
        let text = output(
            cargo(root).args(["metadata", "--format-version", "1", "--no-deps"]),
            "cannot read the workspace",
        )?;
        let metadata: Value =
            serde_json::from_str(&text).context("`cargo metadata` did not print JSON")?;
        let package = metadata["packages"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|package| package["name"] == PACKAGE)
            .with_context(|| format!("the workspace has no package {PACKAGE}"))?;
        let version = package["version"]
            .as_str()
            .with_context(|| format!("the package {PACKAGE} has no version"))?;
        let default_features = package["features"]["default"].as_array();
        let target = metadata["target_directory"]
            .as_str()
            .context("`cargo metadata` names no target directory")?;
        Ok(Self {
            root: root.to_owned(),
            target: target.into(),
            version: version.to_owned(),
            default_features: default_features
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
        })
    }
}

/// Cargo in `directory`, as in a user's shell: without the variables that `cargo run` set for this
/// program, and without an API key that could be sent by mistake.
pub fn cargo(directory: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(directory);
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(name.as_ref());
        }
    }
    command
        .env_remove("ULTRAVOX_API_KEY")
        .env_remove("ULTRAVOX_BASE_URL");
    command
}

/// The files in a folder of `root` and in those below it, sorted, each with its path from `root` on. Links
/// are not followed: one could lead back here.
pub fn files(root: &Path, folder: &str) -> Result<Vec<(String, PathBuf)>> {
    let path = root.join(folder);
    let named = || format!("cannot list {}", path.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(&path).with_context(named)? {
        let entry = entry.with_context(named)?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let name = format!("{folder}/{name}");
        let kind = entry.file_type().with_context(named)?;
        if kind.is_dir() {
            files.append(&mut self::files(root, &name)?);
        } else if kind.is_file() {
            files.push((name, entry.path()));
        }
    }
    files.sort_by(|(_, a), (_, b)| a.cmp(b));
    Ok(files)
}

/// Writes a file, and creates its folders.
pub fn write(path: &Path, text: &str) -> Result<()> {
    path.parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::write(path, text))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// The output of the command, or an error with all of its output if it fails.
pub fn output(command: &mut Command, failure: &str) -> Result<String> {
    let line = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|part| part.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ");
    let output = command
        .stdin(std::process::Stdio::null())
        .output()
        .with_context(|| format!("{failure}: cannot run `{line}`"))?;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(
        output.status.success(),
        "{failure}: `{line}` ended with {}\n{stdout}{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(stdout)
}
