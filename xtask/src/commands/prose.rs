//! The part of the commands that handles pages of prose: it compares them, and records that somebody
//! has looked at them.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use ultravox_codegen::Messages;

use super::{Comparison, MESSAGES, OVERLAY};
use crate::fetch::{Limits, Location, Reader};
use crate::overlay::Overlay;
use crate::progress::Progress;
use crate::prose::{self, Basis, Finding, Record, Reviewed};
use crate::refresh::{self, Fresh};
use crate::stop::off_thread;
use crate::{store, workspace, yaml};

/// The hashes of the pages that facts of ours rest on.
const FILE: &str = "prose.yaml";

/// The folder of the document in its workspace, and that of the sources, whose comments name pages as well.
const VENDORED_IN: &str = "openapi";
const SOURCES: &str = "src";

/// The pages that facts of ours rest on, and the hashes of what they said.
pub(super) struct Prose {
    basis: Basis,
    record: Record,
}

/// What is beside a document.
pub(super) struct Beside {
    pub overlay: Option<Overlay>,
    pub messages: Option<Messages>,
    pub prose: Prose,
}

/// Reads what is beside `document`.
pub(super) fn beside(document: &Path) -> Result<Beside> {
    let mut basis = Basis::default();
    let overlay = read_as(document, OVERLAY, Overlay::parse)?;
    if let Some(overlay) = &overlay {
        basis.add_overlay(OVERLAY, overlay);
    }
    let messages = read_as(document, MESSAGES, |text| {
        basis.add_document(MESSAGES, &yaml::parse(text)?);
        Ok(Messages::read(text)?)
    })?;
    if let Some(root) = root(document) {
        for (name, path) in workspace::files(root, SOURCES)? {
            if name.ends_with(".rs") {
                basis.add_source(&name, &store::read(&path)?.unwrap_or_default());
            }
        }
    }
    let record = read_as(document, FILE, Record::parse)?.unwrap_or_default();
    let prose = Prose { basis, record };
    Ok(Beside {
        overlay,
        messages,
        prose,
    })
}

/// The messages beside `document`.
pub(super) fn messages(document: &Path) -> Result<Option<Messages>> {
    read_as(document, MESSAGES, |text| Ok(Messages::read(text)?))
}

/// The workspace that a document is vendored in, if it is in one.
fn root(document: &Path) -> Option<&Path> {
    let folder = document.parent()?;
    let root = folder.parent()?;
    (folder.file_name()? == VENDORED_IN && root.join(SOURCES).is_dir()).then_some(root)
}

/// The value of the file beside the document, if there is one.
fn read_as<T>(
    document: &Path,
    name: &str,
    parse: impl FnOnce(&str) -> Result<T>,
) -> Result<Option<T>> {
    let path = document.with_file_name(name);
    let text = store::read(&path)?;
    let value = text.as_deref().map(parse).transpose();
    value.with_context(|| path.display().to_string())
}

/// The pages to look at, if the source is a site. A note says if it has no pages.
pub(super) async fn compare(
    source: &Location,
    fresh: &Fresh,
    prose: Prose,
    reader: &Reader,
    jobs: usize,
    progress: &Progress,
) -> Option<Vec<Finding>> {
    let Prose { mut basis, record } = prose;
    basis.without_operations(&fresh.document);
    if !fresh.is_site {
        if !basis.is_empty() {
            progress.note(&format!(
                "{source} is a document: the pages of prose that facts of ours rest on ({}) are not compared",
                basis.len()
            ));
        }
        return None;
    }
    for page in record.pages().difference(&basis.addresses()) {
        progress.note(&format!(
            "note: nothing of ours rests on {page} any more; the next --reviewed takes it out of {FILE}"
        ));
    }
    let read = prose::read(source, &basis, reader, jobs).await;
    Some(read.findings(&basis, &record))
}

/// The pages that facts beside `document` rest on, and those of its workspace.
pub(super) fn pages(path: &Path, document: &Value) -> Result<BTreeSet<String>> {
    let Prose { mut basis, .. } = beside(path)?.prose;
    basis.without_operations(document);
    Ok(basis.addresses())
}

/// Records that somebody has looked at these pages, and nothing else: the document stays as it is.
pub(super) async fn review(
    options: &Comparison,
    reviewed: &[Reviewed],
    dry_run: bool,
    progress: &Progress,
) -> Result<()> {
    let source = Location::parse(&options.source).context("--source")?;
    ensure!(
        !refresh::is_document(&source),
        "--reviewed is about pages, and {source} is a document; name the site as --source"
    );
    let path = options.file();
    let (Prose { mut basis, record }, document) = off_thread(move || {
        let document = store::read(&path)?;
        let document = document.as_deref().map(refresh::parse).transpose();
        let document = document.with_context(|| path.display().to_string())?;
        Ok((beside(&path)?.prose, document))
    })
    .await?;
    basis.without_operations(&document.unwrap_or_default());
    let reader = Reader::new(Limits::default())?;
    let read = prose::read(&source, &basis, &reader, usize::from(options.jobs)).await;
    let record = read.reviewed(&record, reviewed)?;
    let left = read.findings(&basis, &record).len();
    let counts = format!("pages looked at: {}, left: {left}", reviewed.len());
    if dry_run {
        progress.note(&format!("dry run: {FILE} is left as it is; {counts}"));
        return Ok(());
    }
    store::replace(&options.file().with_file_name(FILE), &record.to_yaml())?;
    progress.note(&format!("wrote {FILE}; {counts}"));
    Ok(())
}
