//! The commands for the vendored document. Each is a function of its options and its outputs: the
//! report goes to one writer, everything else to [`Progress`].

pub mod check_spec;
pub mod diff;
mod notes;
mod proof;
mod prose;
pub mod update_spec;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use clap::{Args, ValueEnum};

use crate::diff::{Diff, Severity, diff_beside};
use crate::fetch::{Limits, Location, Reader};
use crate::progress::Progress;
use crate::refresh::{self, Fresh, refresh};
use crate::report::{self, About, Code, Format};
use crate::stop::off_thread;
use crate::{store, structure};

/// Where a command writes.
pub struct Output {
    /// The report.
    pub report: Box<dyn Write>,
    /// Whether the report may be coloured.
    pub color: bool,
    /// Messages apart from the report.
    pub progress: Progress,
}

/// The outcome of a check.
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

/// Where the API is described, if nothing else is named.
const SOURCE: &str = "https://docs.ultravox.ai";

/// What to compare.
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
        default_value = SOURCE
    )]
    pub source: String,

    /// The document that the source is compared with [default: openapi/ultravox.yaml]
    ///
    /// The overlay beside it, `overlay.yaml`, is applied to what the source describes.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// The form of the report, which goes to stdout
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,

    /// How many pages are read at a time
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub jobs: u16,

    /// Accept pages that no longer describe their operation, and the loss of more than half
    ///
    /// Otherwise a source is considered broken if a page has something else, or if it has fewer
    /// than half of the vendored operations.
    #[arg(long)]
    pub allow_shrink: bool,

    /// How long all of it may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 900, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: u64,
}

/// The vendored document, in the workspace that this program was built in.
const VENDORED: &str = "openapi/ultravox.yaml";

/// The name of the overlay beside a document.
const OVERLAY: &str = "overlay.yaml";

/// Our own document beside the vendored one.
const MESSAGES: &str = "messages.yaml";

fn vendored() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(VENDORED)
}

/// The pages of prose that facts of the vendored document's workspace rest on.
pub fn vendored_pages() -> Result<BTreeSet<String>> {
    let path = vendored();
    let text = store::read(&path)?.unwrap_or_default();
    prose::pages(&path, &refresh::parse(&text)?)
}

impl Comparison {
    /// How long all of it may take.
    pub fn limit(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }

    /// The options that compare the same again. An address is without what can be secret.
    fn not_default(&self, source: &Location) -> Vec<String> {
        let mut options = Vec::new();
        if self.source != SOURCE {
            options.extend(["--source".to_owned(), source.to_string()]);
        }
        if let Some(output) = &self.output {
            options.extend(["--output".to_owned(), output.display().to_string()]);
        }
        options
    }

    /// The file to compare with, found from any folder of the workspace.
    fn file(&self) -> PathBuf {
        self.output.clone().unwrap_or_else(vendored)
    }

    /// How messages name it.
    fn name(&self) -> String {
        match &self.output {
            Some(file) => file.display().to_string(),
            None => VENDORED.to_owned(),
        }
    }
}

/// The vendored document and the one that the source gives.
struct Compared {
    /// The text of the file, where there is one.
    old: Option<String>,
    fresh: Arc<Fresh>,
    diff: Diff,
}

impl Compared {
    /// Whether the file already has the bytes that would be written.
    fn is_same(&self) -> bool {
        self.old.as_ref() == Some(&self.fresh.yaml)
    }
}

/// Reads both, writes the report, and refuses a new document that must not be vendored.
async fn compare(
    options: &Comparison,
    output: &mut Output,
    generates: Generates,
) -> Result<Compared> {
    let file = options.name();
    // What needs no network comes first.
    let source = Location::parse(&options.source).context("--source")?;
    let path = options.file();
    let (old, old_document) = off_thread(move || {
        let old = store::read(&path)?;
        let document = old.as_deref().map(refresh::parse).transpose();
        let document = document.context(
            "it cannot be compared with; move it away, or name another file with --output",
        )?;
        Ok((old, document))
    })
    .await
    .with_context(|| file.clone())?;
    let path = options.file();
    let beside = off_thread(move || prose::beside(&path)).await?;
    let overlay = beside.overlay.map(Arc::new);
    let messages = beside.messages.map(Arc::new);
    let limits = Limits::default();
    let reader = Reader::new(Limits {
        total: limits.total.min(options.limit()),
        ..limits
    })?;
    let how = refresh::Options {
        jobs: usize::from(options.jobs),
        before: old_document.as_ref(),
        allow_shrink: options.allow_shrink,
        overlay: overlay.as_ref(),
    };
    let fresh = refresh(&source, how, &reader, &output.progress).await?;
    let fresh = Arc::new(fresh);
    let prose = prose::compare(
        &source,
        &fresh,
        beside.prose,
        &reader,
        how.jobs,
        &output.progress,
    )
    .await;

    let before = old_document.unwrap_or_else(|| without_operations(&fresh));
    let were = structure::operations(&before).len();
    let new = fresh.clone();
    let ours = messages.clone();
    let (diff, before) = off_thread(move || {
        let diff = diff_beside(ours.as_deref(), &before, &new.document);
        Ok((diff, before))
    })
    .await?;
    let code = code().await?;
    let documents = (&before, &fresh.document);
    let mut notes = notes::of_changes(messages.as_deref(), &code, &diff, documents);
    notes.extend(notes::adopted(&fresh.adopted));
    let about = About {
        old: match &old {
            Some(_) => file.clone(),
            None => format!("{file} (not there yet)"),
        },
        new: source.to_string(),
        code,
        prose,
        options: options.not_default(&source),
        notes,
    };
    write_report(output, &diff, options.format, &about)?;

    let compared = Compared { old, fresh, diff };
    if compared.is_same() {
        return Ok(compared);
    }
    let are = structure::operations(&compared.fresh.document).len();
    ensure!(
        are * 2 >= were || options.allow_shrink,
        "{source} describes {are} operations, and {file} {were}: under half looks like a broken source. If the \
         operations are gone for good, say so with --allow-shrink",
    );
    let new = compared.fresh.clone();
    off_thread(move || Ok(generates(&new.yaml)))
        .await?
        .map_err(|reason| {
            anyhow!(
                "the client cannot be generated from what {source} describes: {reason}. The document must not \
                 be edited; a pass in `codegen/src/lower/` has to learn this",
            )
        })?;
    Ok(compared)
}

/// The crate in the workspace that this program was built in. Without it the report says less.
async fn code() -> Result<Code> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    off_thread(move || Ok(Code::read(&root).unwrap_or_default())).await
}

/// What the first document is compared with: itself, without what it describes.
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

fn write_report(output: &mut Output, diff: &Diff, format: Format, about: &About) -> Result<()> {
    report::write(&mut output.report, diff, format, output.color, about)
        .and_then(|()| output.report.flush())
        .context("cannot write the report")
}
