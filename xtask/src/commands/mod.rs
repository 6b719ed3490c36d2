//! The commands about the vendored document. Each is a function of its options and of where it
//! writes: the report goes to one writer, all else to [`Progress`].

pub mod check_spec;
pub mod diff;
pub mod update_spec;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, ensure};
use clap::{Args, ValueEnum};

use crate::diff::{Diff, Severity};
use crate::fetch::{Limits, Reader};
use crate::progress::Progress;
use crate::refresh::{self, Fresh, refresh};
use crate::report::{self, About, Format};
use crate::{place, store};

/// Where a command writes.
pub struct Output<'a> {
    /// The report.
    pub report: &'a mut dyn Write,
    /// Whether the report may hold colours.
    pub color: bool,
    /// What is said beside the report.
    pub progress: Progress,
}

/// How a check went that could be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing to act on.
    InStep,
    /// A change that the command was told to fail on.
    Drift,
}

/// Generates the client from a document and forgets it, or says why it cannot be generated.
pub type Generates = fn(&str) -> Result<(), String>;

/// The changes that a command fails on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Every change, wording included
    #[default]
    Any,
    /// What is new to use, and what breaks
    Additive,
    /// Only what can break a program that uses the client
    Breaking,
}

impl FailOn {
    fn outcome(self, diff: &Diff) -> Outcome {
        let least = match self {
            Self::Any => Severity::Documentation,
            Self::Additive => Severity::Additive,
            Self::Breaking => Severity::Breaking,
        };
        match diff.severity() {
            Some(severity) if severity >= least => Outcome::Drift,
            _ => Outcome::InStep,
        }
    }
}

/// What is compared with what.
#[derive(Args, Debug)]
pub struct Comparison {
    /// Where the API is described today
    ///
    /// The address of a docs site, whose `llms.txt` names the pages; a directory that holds such a
    /// site; or one whole OpenAPI document, YAML or JSON, as an address or a file. Upstream
    /// publishes one at <https://api.ultravox.ai/api/schema/>.
    #[arg(
        long,
        value_name = "SOURCE",
        default_value = "https://docs.ultravox.ai"
    )]
    pub source: String,

    /// The document that the source is compared with [default: openapi/ultravox.yaml]
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// The form of the report, which goes to stdout
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,

    /// How many pages are read at a time
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub jobs: u16,

    /// Accept a source with under half of the operations that are vendored
    ///
    /// Such a source is taken for a broken one otherwise.
    #[arg(long)]
    pub allow_shrink: bool,
}

/// The vendored document, in the workspace that this program was built in.
const VENDORED: &str = "openapi/ultravox.yaml";

impl Comparison {
    /// The file to compare with, found from any folder of the workspace.
    fn file(&self) -> PathBuf {
        self.output.clone().unwrap_or_else(|| {
            Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("..")
                .join(VENDORED)
        })
    }

    /// What people call it.
    fn name(&self) -> String {
        match &self.output {
            Some(file) => file.display().to_string(),
            None => VENDORED.to_owned(),
        }
    }
}

/// The vendored document beside the one that the source gives.
struct Compared {
    /// The text of the file, where there is one.
    old: Option<String>,
    fresh: Fresh,
    diff: Diff,
}

impl Compared {
    /// The file holds the very bytes that would be written.
    fn is_same(&self) -> bool {
        self.old.as_ref() == Some(&self.fresh.yaml)
    }
}

/// Reads both, writes the report, and refuses a new document that must not be vendored.
async fn compare(
    options: &Comparison,
    output: &mut Output<'_>,
    generates: Generates,
) -> Result<Compared> {
    let file = options.name();
    // First what needs no network.
    let old = store::read(&options.file())?;
    let old_document = match &old {
        Some(text) => Some(refresh::parse(text).with_context(|| {
            format!(
                "{file} cannot be compared with; move it away, or name another file with --output"
            )
        })?),
        None => None,
    };
    let reader = Reader::new(Limits::default())?;
    let jobs = usize::from(options.jobs);
    let progress = &output.progress;
    let fresh = until_interrupted(refresh(&options.source, jobs, &reader, progress)).await?;

    let about = About {
        old: match &old {
            Some(_) => file.clone(),
            None => format!("{file} (not there yet)"),
        },
        new: options.source.clone(),
    };
    let before = old_document.unwrap_or_else(|| without_operations(&fresh));
    let diff = crate::diff::diff(&before, &fresh.document);
    write_report(output, &diff, options.format, &about)?;

    let compared = Compared { old, fresh, diff };
    if compared.is_same() {
        return Ok(compared);
    }
    let (were, are) = (
        place::operations(&before).len(),
        place::operations(&compared.fresh.document).len(),
    );
    ensure!(
        are * 2 >= were || options.allow_shrink,
        "{} describes {are} operations, and {file} {were}: under half looks like a broken source. If the \
         operations are gone for good, say so with --allow-shrink",
        options.source
    );
    let text = compared.fresh.yaml.clone();
    let generated = tokio::task::spawn_blocking(move || generates(&text));
    until_interrupted(async { Ok(generated.await?) })
        .await?
        .map_err(|reason| {
            anyhow!(
                "the client cannot be generated from what {} describes: {reason}. The document must not \
                 be edited; a pass in `codegen/src/lower/` has to learn this",
                options.source
            )
        })?;
    Ok(compared)
}

/// What a document is compared with that is the first: itself, without what it describes.
fn without_operations(fresh: &Fresh) -> serde_json::Value {
    let mut document = fresh.document.clone();
    document["paths"] = serde_json::json!({});
    if let Some(components) = document
        .get_mut("components")
        .and_then(|c| c.as_object_mut())
    {
        components.retain(|kind, _| kind == "securitySchemes");
    }
    document
}

fn write_report(output: &mut Output<'_>, diff: &Diff, format: Format, about: &About) -> Result<()> {
    report::write(output.report, diff, format, output.color, about)
        .and_then(|()| output.report.flush())
        .context("cannot write the report")
}

/// Runs `work`, or stops at Ctrl-C. Nothing is written while this runs.
async fn until_interrupted<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::select! {
        result = work => result,
        signal = tokio::signal::ctrl_c() => {
            signal.context("cannot listen for Ctrl-C")?;
            Err(anyhow!("interrupted; nothing was written"))
        }
    }
}
