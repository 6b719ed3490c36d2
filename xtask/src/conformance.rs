//! `cargo xtask conformance`: checks that the client of a document does what the document says.
//!
//! The checks are the tests in `tests/conformance`, which can be built with the client of any document.
//! This command builds and runs them, and shows their results as a table.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::workspace::{PACKAGE, Workspace, cargo};

/// Read by the build script: the document to generate from.
const DOCUMENT: &str = "ULTRAVOX_OPENAPI";

/// Read by the tests: where to write the results.
const REPORT: &str = "ULTRAVOX_CONFORMANCE_REPORT";

/// What to check.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// An OpenAPI document, instead of the vendored one
    #[arg(long, value_name = "FILE")]
    spec: Option<PathBuf>,
}

/// Runs the checks, and writes a line for each operation, schema and sample to `out`. Returns
/// whether all passed.
pub fn run(options: &Options, out: &mut dyn Write) -> Result<bool> {
    let workspace = Workspace::read()?;
    let document = options.spec.as_deref().map(readable).transpose()?;
    let directory = tempfile::tempdir().context("cannot create a temporary directory")?;
    let report = directory.path().join("report");
    let test = |arguments: &[&str]| {
        let mut command = cargo(&workspace.root);
        command
            .args(["test", "--quiet", "--locked", "--package", PACKAGE])
            .args(["--test", "conformance"])
            .args(arguments)
            // Kept between runs, and separate from builds with the vendored document.
            .env("CARGO_TARGET_DIR", workspace.target.join("conformance"))
            .env(REPORT, &report)
            .env_remove(DOCUMENT)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        if let Some(document) = &document {
            command.env(DOCUMENT, document);
        }
        command
    };
    let built = status(&mut test(&["--no-run"]))?;
    ensure!(
        built,
        "the client and its tests do not build, so nothing was checked; see the output of cargo above"
    );
    // The report includes the output of failed tests.
    let passed = status(test(&[]).stderr(Stdio::null()))?;
    let results = std::fs::read_to_string(&report).context(
        "the tests ended without results; run `cargo test --test conformance` to see why",
    )?;
    let conforms = table(&results, out)?;
    if conforms && !passed {
        bail!(
            "the tests of the checks themselves fail; run `cargo test --test conformance` to see them"
        );
    }
    Ok(conforms)
}

/// The absolute path, for a process in another directory.
fn readable(document: &Path) -> Result<PathBuf> {
    let readable = std::fs::File::open(document).and_then(|_| std::fs::canonicalize(document));
    readable.with_context(|| format!("cannot read the document {}", document.display()))
}

fn status(command: &mut Command) -> Result<bool> {
    let status = command.status().context("cannot run cargo")?;
    Ok(status.success())
}

#[derive(Deserialize)]
struct Row {
    kind: String,
    name: String,
    problems: Vec<String>,
}

/// Writes one row per line, with its problems below it, and a summary. Returns whether there are no
/// problems.
fn table(results: &str, out: &mut dyn Write) -> Result<bool> {
    let rows: Vec<Row> = results
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()
        .context("the results of the tests cannot be read")?;
    let width = rows.iter().map(|row| row.name.chars().count()).max();
    let width = width.unwrap_or_default();
    let mut counts = BTreeMap::<&str, (usize, usize)>::new();
    for row in &rows {
        let passed = row.problems.is_empty();
        let (of_kind, all) = counts.entry(&row.kind).or_default();
        *of_kind += usize::from(passed);
        *all += 1;
        let result = if passed { "passed" } else { "FAILED" };
        writeln!(out, "{:<9}  {:<width$}  {result}", row.kind, row.name)?;
        for problem in &row.problems {
            writeln!(out, "    {problem}")?;
        }
    }
    let summary: Vec<_> = counts
        .iter()
        .map(|(kind, (passed, all))| format!("{passed} of {all} {kind}s"))
        .collect();
    writeln!(out, "\npassed: {}", summary.join(", "))?;
    Ok(!rows.is_empty() && counts.values().all(|(passed, all)| passed == all))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(results: &str) -> (bool, String) {
        let mut out = Vec::new();
        let conforms = table(results, &mut out).unwrap();
        (conforms, String::from_utf8(out).unwrap())
    }

    const PASSED: &str = r#"{"kind":"operation","name":"agents_list","problems":[]}
{"kind":"schema","name":"Agent","problems":[]}
"#;

    #[test]
    fn a_client_that_conforms_is_a_table_without_problems() {
        let (conforms, text) = shown(PASSED);
        assert!(conforms);
        assert_eq!(
            text,
            "operation  agents_list  passed\n\
             schema     Agent        passed\n\
             \n\
             passed: 1 of 1 operations, 1 of 1 schemas\n"
        );
    }

    #[test]
    fn a_problem_is_shown_below_its_row_and_fails_the_whole() {
        let failed = r#"{"kind":"schema","name":"Call","problems":["Sent, Bare: .id got lost"]}"#;
        let (conforms, text) = shown(&format!("{PASSED}{failed}"));
        assert!(!conforms);
        assert!(
            text.contains("schema     Call         FAILED\n    Sent, Bare: .id got lost\n"),
            "{text}"
        );
        assert!(
            text.ends_with("1 of 1 operations, 1 of 2 schemas\n"),
            "{text}"
        );
    }

    #[test]
    fn no_results_are_no_success() {
        assert!(!shown("").0);
        assert!(table("not JSON", &mut Vec::new()).is_err());
    }

    #[test]
    fn a_document_that_cannot_be_read_is_named_before_anything_is_built() {
        let options = Options {
            spec: Some("no/such.yaml".into()),
        };
        let error = run(&options, &mut Vec::new()).unwrap_err();
        assert!(format!("{error:#}").contains("no/such.yaml"), "{error:#}");
    }
}
