//! `cargo xtask codegen-stats`: measures the cost of generating the client of a document.
//!
//! It builds the library with the document in a separate target directory, runs the build script
//! again by itself, and changes the document and builds again, as somebody who works on the
//! document does. One more schema is measured in addition to one more property: a new type adds
//! implementations of traits, which makes rustc check all uses of them again.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::workspace::{PACKAGE, Workspace, cargo, output};

/// The build script reads it: the document to generate from.
const DOCUMENT: &str = "ULTRAVOX_OPENAPI";

/// What the generated code may cost on the whole API.
const MAX_SCRIPT: Duration = Duration::from_secs(2);
const MAX_REBUILD: Duration = Duration::from_secs(10);
const MAX_LINES: usize = 25_000;

/// The generated code that every program compiles: progenitor's, and the data beside it.
const CLIENT: &[&str] = &["client.rs"];
const DATA: &[&str] = &["handles.rs", "operations.rs", "types.rs"];
/// What only tests compile.
const MOCKS: &[&str] = &["mock.rs"];

/// The feature that adds the mocks, which are generated code as well.
const MOCK: &str = "mock";

/// How often the build script is run, and the library built again. The shortest time counts: the
/// others include what else the machine did.
const RUNS: usize = 3;

/// What to measure.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// An OpenAPI document, instead of the vendored one
    #[arg(long, value_name = "FILE")]
    spec: Option<PathBuf>,
}

/// Measures, and writes a line for each figure to `out`. Returns whether all are within their
/// limits.
pub fn run(options: &Options, out: &mut dyn Write) -> Result<bool> {
    let workspace = Workspace::read()?;
    let vendored = workspace.root.join("openapi").join("ultravox.yaml");
    let document = options.spec.as_deref().unwrap_or(&vendored);
    let published = read(document)?;
    let directory = tempfile::tempdir().context("cannot create a temporary directory")?;
    let copy = directory.path().join("ultravox.yaml");
    write(&copy, &published)?;
    let (built, _) = build(&workspace, &copy, Some(MOCK))?;
    let script = script_time(&built, &copy, &workspace)?;
    let lines = |files| lines(&built.out, files);
    let (client, data, mock) = (lines(CLIENT)?, lines(DATA)?, lines(MOCKS)?);
    // As a program compiles it that uses the crate: without the mocks.
    build(&workspace, &copy, None)?;
    let rebuild = |change: fn(&mut Value)| {
        let mut changed = published.clone();
        change(&mut changed);
        let mut shortest = Duration::MAX;
        for _ in 0..RUNS {
            for document in [&changed, &published] {
                write(&copy, document)?;
                let (_, took) = build(&workspace, &copy, None)?;
                shortest = shortest.min(took);
            }
        }
        anyhow::Ok(shortest)
    };
    let figures = Figures {
        script,
        client,
        data,
        mock,
        property: rebuild(add_property)?,
        schema: rebuild(add_schema)?,
    };
    figures.write(out)
}

struct Figures {
    script: Duration,
    client: usize,
    data: usize,
    mock: usize,
    property: Duration,
    schema: Duration,
}

impl Figures {
    fn write(&self, out: &mut dyn Write) -> Result<bool> {
        let Self {
            script,
            client,
            data,
            mock,
            property,
            schema,
        } = *self;
        let lines = client + data + mock;
        let seconds = |time: Duration| format!("{:.1} s", time.as_secs_f64());
        let time = |what, time, limit| (what, seconds(time), seconds(limit), time < limit);
        let rows = [
            time("build script with mocks, unoptimised", script, MAX_SCRIPT),
            time(
                "debug rebuild after a property more or less",
                property,
                MAX_REBUILD,
            ),
            time(
                "debug rebuild after a schema more or less",
                schema,
                MAX_REBUILD,
            ),
            (
                "generated lines",
                format!("{lines} (client {client}, data {data}, mocks {mock})"),
                MAX_LINES.to_string(),
                lines < MAX_LINES,
            ),
        ];
        for (what, figure, limit, within) in &rows {
            let verdict = if *within { "" } else { "  OVER THE LIMIT" };
            writeln!(out, "{what}: {figure}, limit {limit}{verdict}")?;
        }
        Ok(rows.iter().all(|(.., within)| *within))
    }
}

/// What cargo built.
struct Built {
    /// The compiled build script.
    script: PathBuf,
    /// Where it wrote the generated code.
    out: PathBuf,
}

fn build(
    workspace: &Workspace,
    document: &Path,
    feature: Option<&str>,
) -> Result<(Built, Duration)> {
    let started = Instant::now();
    let cargo = cargo(&workspace.root)
        .args([
            "build",
            "--quiet",
            "--locked",
            "--package",
            PACKAGE,
            "--lib",
        ])
        .args(feature.map(|feature| format!("--features={feature}")))
        .args(["--message-format", "json-render-diagnostics"])
        .env("CARGO_TARGET_DIR", workspace.target.join("codegen-stats"))
        .env(DOCUMENT, document)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run cargo")?;
    let took = started.elapsed();
    ensure!(
        cargo.status.success(),
        "the library does not build with this document; see the output of cargo above"
    );
    Ok((built(&String::from_utf8_lossy(&cargo.stdout))?, took))
}

/// Reads what cargo reports, one JSON object per line.
fn built(messages: &str) -> Result<Built> {
    let (mut script, mut out) = (None, None);
    for line in messages.lines() {
        let message: Value = serde_json::from_str(line).context("cargo did not report JSON")?;
        if !is_library(&message) {
            continue;
        }
        let is_script = message["target"]["kind"] == json!(["custom-build"]);
        let path = |value: &Value| value.as_str().map(PathBuf::from);
        match message["reason"].as_str() {
            Some("compiler-artifact") if is_script => script = path(&message["filenames"][0]),
            Some("build-script-executed") => out = path(&message["out_dir"]),
            _ => {}
        }
    }
    Ok(Built {
        script: script.context("cargo did not report the library's build script")?,
        out: out.context("cargo did not report that the library's build script ran")?,
    })
}

fn is_library(message: &Value) -> bool {
    // `path+file:///…/name#ultravox@0.1.0`, or `…/ultravox#0.1.0` where the folder has the name.
    message["package_id"].as_str().is_some_and(|id| {
        id.starts_with("path+")
            && id
                .rsplit(['/', '#'])
                .take(2)
                .any(|part| part.split('@').next() == Some(PACKAGE))
    })
}

/// Runs the build script as cargo does, and measures its time.
fn script_time(built: &Built, document: &Path, workspace: &Workspace) -> Result<Duration> {
    let out = tempfile::tempdir().context("cannot create a temporary directory")?;
    let mut script = Command::new(&built.script);
    script
        .current_dir(&workspace.root)
        .env("OUT_DIR", out.path())
        .env(DOCUMENT, document);
    let mut features = workspace.default_features.clone();
    features.push(MOCK.to_owned());
    for feature in features {
        let name = feature.to_uppercase().replace('-', "_");
        script.env(format!("CARGO_FEATURE_{name}"), "1");
    }
    let mut shortest = Duration::MAX;
    for _ in 0..RUNS {
        let started = Instant::now();
        let said = output(&mut script, "the build script fails")?;
        shortest = shortest.min(started.elapsed());
        ensure!(
            !said.contains("cargo::error"),
            "the build script fails: {said}"
        );
    }
    Ok(shortest)
}

/// Adds a property to the first object of the document.
fn add_property(document: &mut Value) {
    insert_property(document, json!({"type": "string"}));
}

fn insert_property(document: &mut Value, schema: Value) {
    let mut objects = document["components"]["schemas"]
        .as_object_mut()
        .into_iter()
        .flatten();
    if let Some(properties) =
        objects.find_map(|(_, schema)| schema.get_mut("properties")?.as_object_mut())
    {
        properties.insert("addedByCodegenStats".to_owned(), schema);
    }
}

/// Adds a schema, and a property that has it, to the first object of the document.
fn add_schema(document: &mut Value) {
    insert_property(
        document,
        json!({"$ref": "#/components/schemas/AddedByCodegenStats"}),
    );
    document["components"]["schemas"]["AddedByCodegenStats"] =
        json!({"type": "object", "properties": {"text": {"type": "string"}}});
}

fn read(document: &Path) -> Result<Value> {
    let text = fs::read_to_string(document)
        .with_context(|| format!("cannot read the document {}", document.display()))?;
    serde_yaml::from_str(&text)
        .with_context(|| format!("the document {} is not YAML", document.display()))
}

fn write(path: &Path, document: &Value) -> Result<()> {
    fs::write(path, document.to_string())
        .with_context(|| format!("cannot write {}", path.display()))
}

/// The lines of the files together.
fn lines(out: &Path, files: &[&str]) -> Result<usize> {
    let mut lines = 0;
    for file in files {
        let path = out.join(file);
        let text = fs::read_to_string(&path)
            .with_context(|| format!("cannot read the generated code {}", path.display()))?;
        lines += text.lines().count();
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_are_shown_with_their_limits_and_judged() {
        let figures = |client| Figures {
            script: Duration::from_millis(1_240),
            client,
            data: 2_000,
            mock: 7_000,
            property: Duration::from_secs(4),
            schema: Duration::from_secs(8),
        };
        let mut out = Vec::new();
        assert!(figures(10_000).write(&mut out).unwrap());
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "build script with mocks, unoptimised: 1.2 s, limit 2.0 s\n\
             debug rebuild after a property more or less: 4.0 s, limit 10.0 s\n\
             debug rebuild after a schema more or less: 8.0 s, limit 10.0 s\n\
             generated lines: 19000 (client 10000, data 2000, mocks 7000), limit 25000\n"
        );
        let mut out = Vec::new();
        assert!(!figures(16_000).write(&mut out).unwrap());
        let text = String::from_utf8(out).unwrap();
        assert!(text.ends_with("limit 25000  OVER THE LIMIT\n"), "{text}");
    }

    #[test]
    fn the_script_and_its_output_are_found_in_what_cargo_reports() {
        let message = |reason: &str, id: &str| {
            json!({
                "reason": reason, "package_id": id, "out_dir": format!("/out/{id}"),
                "target": {"kind": ["custom-build"]}, "filenames": [format!("/bin/{id}")],
            })
        };
        for ours in [
            "path+file:///w/main#ultravox@0.1.0",
            "path+file:///w/ultravox#0.1.0",
        ] {
            let messages = [
                message("compiler-artifact", "registry+https://x#serde@1.0.0"),
                message("compiler-artifact", ours),
                message("build-script-executed", "registry+https://x#serde@1.0.0"),
                message("build-script-executed", ours),
                json!({"reason": "build-finished"}),
            ];
            let messages = messages.map(|message| message.to_string()).join("\n");
            let built = built(&messages).unwrap();
            assert_eq!(built.script, PathBuf::from(format!("/bin/{ours}")));
            assert_eq!(built.out, PathBuf::from(format!("/out/{ours}")));
        }
        assert!(built("{\"reason\": \"build-finished\"}").is_err());
    }

    #[test]
    fn what_is_added_is_in_use() {
        let mut document = json!({"components": {"schemas": {"A": {"properties": {}}}}});
        add_schema(&mut document);
        let schemas = &document["components"]["schemas"];
        let property = &schemas["A"]["properties"]["addedByCodegenStats"];
        let reference = json!({"$ref": "#/components/schemas/AddedByCodegenStats"});
        assert_eq!(property, &reference);
        assert!(schemas["AddedByCodegenStats"].is_object());
    }
}
