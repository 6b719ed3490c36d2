//! `cargo xtask package-check`: checks that the crate works as published.
//!
//! A crate that builds in its workspace can still be published broken: the package may lack a file,
//! a path may contain a space, a feature may be enabled by the workspace only. This packages the
//! crate and its generator, unpacks them outside the workspace, and runs two programs that depend
//! on them. It publishes nothing.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use flate2::read::GzDecoder;

use crate::workspace::{GENERATOR, PACKAGE, Workspace, cargo, output, write};

/// A published crate, and what its package must contain.
struct Published {
    name: &'static str,
    /// Files without which the package does not build, or must not be published. With a slash at the
    /// end: a directory that holds at least one file.
    required: &'static [&'static str],
}

const PUBLISHED: [Published; 2] = [
    Published {
        name: GENERATOR,
        required: &[
            "Cargo.toml",
            "LICENSE-APACHE",
            "LICENSE-MIT",
            "src/",
            "src/lib.rs",
        ],
    },
    Published {
        name: PACKAGE,
        required: &[
            "Cargo.toml",
            "CHANGELOG.md",
            "LICENSE-APACHE",
            "LICENSE-MIT",
            "README.md",
            "build.rs",
            "openapi/ultravox.yaml",
            "src/",
            "src/lib.rs",
        ],
    },
];

/// What only the workspace needs.
const FORBIDDEN: &[&str] = &[
    ".cargo/", ".ci/", ".github/", "codegen/", "target/", "xtask/",
];

/// A program that depends on the package, and its expected output.
struct Consumer {
    bin: &'static str,
    features: &'static [&'static str],
    source: &'static str,
    expected: &'static str,
}

const ROUTED: &str = "routed to 11111111-2222-4333-8444-555555555555";

const CONSUMERS: &[Consumer] = &[
    Consumer {
        bin: "offline",
        features: &["default"],
        source: include_str!("../consumer/offline.rs"),
        expected: ROUTED,
    },
    // The same program needs only one area.
    Consumer {
        bin: "offline",
        features: &["sip"],
        source: include_str!("../consumer/offline.rs"),
        expected: ROUTED,
    },
    Consumer {
        bin: "mocked",
        features: &["default", "mock"],
        source: include_str!("../consumer/mocked.rs"),
        expected: "account.sip.example.com",
    },
];

/// Runs the check on the workspace that this program was built in; with a line of `out` for each
/// step.
pub fn run(out: &mut dyn Write) -> Result<()> {
    let workspace = Workspace::read()?;
    let root = &workspace.root;
    // Kept between runs, so that the dependencies are compiled once.
    let target = workspace.target.join("package-check");

    let archives = package(&workspace, &target)?;
    let elsewhere = tempfile::Builder::new()
        .prefix("ultravox package check ")
        .tempdir()
        .context("cannot create a temporary directory")?;
    for (published, archive) in PUBLISHED.iter().zip(&archives) {
        writeln!(out, "packaged   {}", archive.display())?;
        let files = unpack(archive, elsewhere.path())
            .with_context(|| format!("cannot unpack {}", archive.display()))?;
        check_files(&files, published)?;
        writeln!(
            out,
            "files      {} in {}: none missing, none of the workspace's own",
            files.len(),
            published.name
        )?;
    }
    let unpacked = |name| elsewhere.path().join(workspace.versioned(name));
    let consumer = elsewhere.path().join("consumer");
    write_consumer(&consumer, &unpacked(PACKAGE), &unpacked(GENERATOR), root)?;
    for program in CONSUMERS {
        let printed = run_consumer(&consumer, &target, program)?;
        ensure!(
            printed.trim() == program.expected,
            "the consumer `{}` printed {:?}, expected {:?}",
            program.bin,
            printed.trim(),
            program.expected
        );
        writeln!(
            out,
            "consumer   `{}`, features {:?}: built, run, printed {:?}",
            program.bin, program.features, program.expected
        )?;
    }
    writeln!(out, "package-check passed")?;
    Ok(())
}

/// Packages what is published, in the order of [`PUBLISHED`].
fn package(workspace: &Workspace, target: &Path) -> Result<Vec<PathBuf>> {
    let packages = PUBLISHED.iter().flat_map(|of| ["--package", of.name]);
    output(
        cargo(&workspace.root)
            .args(["package", "--no-verify", "--allow-dirty"])
            .args(packages)
            .arg("--target-dir")
            .arg(target),
        "cannot package the crates",
    )?;
    let archives = PUBLISHED.iter().map(|of| {
        let name = format!("{}.crate", workspace.versioned(of.name));
        let archive = target.join("package").join(name);
        ensure!(
            archive.is_file(),
            "`cargo package` did not write {}",
            archive.display()
        );
        Ok(archive)
    });
    archives.collect()
}

/// Unpacks into `directory`; returns the paths of the files in the package, sorted, with `/`
/// between parts.
fn unpack(archive: &Path, directory: &Path) -> Result<Vec<String>> {
    let open = || -> Result<_> { Ok(tar::Archive::new(GzDecoder::new(fs::File::open(archive)?))) };
    let mut files = Vec::new();
    for entry in open()?.entries()? {
        let path = entry?.path()?.into_owned();
        // The first part is `name-version`.
        let parts: Vec<_> = path
            .iter()
            .skip(1)
            .map(|part| part.to_string_lossy())
            .collect();
        files.push(parts.join("/"));
    }
    files.sort();
    open()?.unpack(directory)?;
    Ok(files)
}

fn check_files(files: &[String], published: &Published) -> Result<()> {
    let holds = |wanted: &str| {
        files.iter().any(|file| {
            if wanted.ends_with('/') {
                file.starts_with(wanted)
            } else {
                file == wanted
            }
        })
    };
    let required = published.required.iter();
    let missing: Vec<_> = required.filter(|wanted| !holds(wanted)).collect();
    let stray: Vec<_> = files
        .iter()
        .filter(|file| FORBIDDEN.iter().any(|prefix| file.starts_with(prefix)))
        .collect();
    if missing.is_empty() && stray.is_empty() {
        return Ok(());
    }
    bail!(
        "the package {} does not hold the right files: missing {missing:?}, too many {stray:?}; \
         `include` in Cargo.toml decides, `cargo package --list` shows",
        published.name
    )
}

fn write_consumer(consumer: &Path, package: &Path, generator: &Path, root: &Path) -> Result<()> {
    let manifest = consumer_manifest(package, generator)?;
    write(&consumer.join("Cargo.toml"), &manifest)?;
    for program in CONSUMERS {
        let source = consumer.join(format!("src/bin/{}.rs", program.bin));
        write(&source, program.source)?;
    }
    // The versions that the workspace is tested with, not the newest ones.
    let lock = root.join("Cargo.lock");
    fs::copy(&lock, consumer.join("Cargo.lock"))
        .with_context(|| format!("cannot copy {}", lock.display()))?;
    Ok(())
}

fn consumer_manifest(package: &Path, generator: &Path) -> Result<String> {
    let [package, generator] = [package, generator].map(|path| {
        let text = path
            .to_str()
            .with_context(|| format!("{} is not UTF-8", path.display()))?;
        ensure!(!text.contains('\''), "{text} cannot be written in TOML");
        Ok(text)
    });
    let (package, generator) = (package?, generator?);
    Ok(format!(
        r#"[package]
name = "consumer"
version = "0.0.0"
edition = "2024"

# Not a member of a workspace above, should there be one.
[workspace]

[features]
default = ["ultravox/default"]
sip = ["ultravox/sip"]
mock = ["ultravox/mock", "dep:httpmock", "dep:tokio"]

[dependencies]
httpmock = {{ version = "0.9", optional = true }}
serde_json = "1.0"
tokio = {{ version = "1", features = ["macros", "rt"], optional = true }}
ultravox = {{ path = '{package}', default-features = false, features = ["rustls"] }}

# As if it were published.
[patch.crates-io]
ultravox-codegen = {{ path = '{generator}' }}

[[bin]]
name = "mocked"
required-features = ["mock"]

# The target directory is kept: small, and quick to link.
[profile.dev]
debug = false
incremental = false
"#
    ))
}

fn run_consumer(consumer: &Path, target: &Path, program: &Consumer) -> Result<String> {
    output(
        cargo(consumer)
            .args(["run", "--quiet", "--bin", program.bin])
            .args(["--no-default-features", "--features"])
            .arg(program.features.join(","))
            .arg("--target-dir")
            .arg(target),
        &format!("the consumer `{}` does not build or run", program.bin),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete(published: &Published) -> Vec<String> {
        let mut files: Vec<_> = published
            .required
            .iter()
            .map(|file| match file.strip_suffix('/') {
                Some(directory) => format!("{directory}/some.rs"),
                None => (*file).to_owned(),
            })
            .collect();
        files.push("Cargo.lock".to_owned());
        files
    }

    #[test]
    fn a_package_with_every_required_file_passes() {
        for published in &PUBLISHED {
            check_files(&complete(published), published).unwrap();
        }
    }

    #[test]
    fn each_required_file_is_missed_by_name() {
        for published in &PUBLISHED {
            for required in published.required {
                let mut files = complete(published);
                files.retain(|file| !file.starts_with(required));
                let error = check_files(&files, published).unwrap_err().to_string();
                assert!(error.contains(required), "{required}: {error}");
            }
        }
    }

    #[test]
    fn a_file_of_the_workspace_alone_is_refused_by_name() {
        for stray in [".ci/run", "xtask/src/main.rs", ".github/workflows/ci.yml"] {
            let mut files = complete(&PUBLISHED[1]);
            files.push(stray.to_owned());
            let error = check_files(&files, &PUBLISHED[1]).unwrap_err().to_string();
            assert!(error.contains(stray), "{stray}: {error}");
        }
    }

    #[test]
    fn an_archive_is_unpacked_into_a_path_with_a_space_and_listed_sorted() {
        let directory = tempfile::Builder::new().prefix("a b ").tempdir().unwrap();
        let archive = directory.path().join("x-1.0.0.crate");
        let gz = flate2::write::GzEncoder::new(
            fs::File::create(&archive).unwrap(),
            flate2::Compression::fast(),
        );
        let mut tar = tar::Builder::new(gz);
        for name in ["x-1.0.0/src/lib.rs", "x-1.0.0/Cargo.toml"] {
            let mut header = tar::Header::new_gnu();
            header.set_size(2);
            header.set_mode(0o644);
            tar.append_data(&mut header, name, &b"ok"[..]).unwrap();
        }
        tar.into_inner().unwrap().finish().unwrap();

        let files = unpack(&archive, directory.path()).unwrap();
        assert_eq!(files, ["Cargo.toml", "src/lib.rs"]);
        let text = fs::read_to_string(directory.path().join("x-1.0.0/src/lib.rs")).unwrap();
        assert_eq!(text, "ok");
    }

    #[test]
    fn a_failing_command_is_reported_with_its_line_and_what_it_said() {
        let directory = tempfile::tempdir().unwrap();
        let error = output(cargo(directory.path()).arg("no-such-command"), "cannot try")
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("cannot try: `"), "{error}");
        assert!(error.contains("no-such-command` ended with"), "{error}");
        assert!(error.contains("no such command"), "{error}");
    }

    #[test]
    fn the_consumer_names_the_packages_by_paths_that_toml_reads_literally() {
        let [package, generator] = [r"C:\a b\ultravox-0.1.0", r"C:\a b\ultravox-codegen-0.1.0"];
        let manifest = consumer_manifest(Path::new(package), Path::new(generator)).unwrap();
        for line in [
            format!("ultravox = {{ path = '{package}', "),
            format!("ultravox-codegen = {{ path = '{generator}' }}"),
        ] {
            assert!(manifest.contains(&line), "{manifest}");
        }
        assert!(consumer_manifest(Path::new("/it's"), Path::new("/its")).is_err());
    }
}
