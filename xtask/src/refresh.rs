//! From a source to the document in its canonical form: a docs site, page by page, or a document that
//! somebody has put together already. Nothing is compared or written here.

use std::collections::BTreeSet;

use anyhow::{Context, Result, anyhow, ensure};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::Value;

use crate::fetch::{Kind, Location, Reader, is_refusal};
use crate::index::{self, Entry};
use crate::merge::{Conflict, Sourced, merge};
use crate::progress::Progress;
use crate::{canonical, page, place, yaml};

const INDEX: &str = "llms.txt";

/// The document that a source gives.
#[derive(Debug)]
pub struct Fresh {
    /// Its value.
    pub document: Value,
    /// Its canonical form.
    pub yaml: String,
}

impl Fresh {
    fn new(mut document: Value) -> Result<Self> {
        canonical::normalise(&mut document);
        let yaml = canonical::to_yaml(&document);
        let read = yaml::parse(&yaml).context("the canonical form cannot be read again")?;
        ensure!(
            read == document,
            "the canonical form does not read as the document that it is made from; this is a mistake in \
             `xtask/src/canonical.rs`"
        );
        Ok(Self { document, yaml })
    }
}

/// Reads `source`, `jobs` pages at a time.
pub async fn refresh(
    source: &str,
    jobs: usize,
    reader: &Reader,
    progress: &Progress,
) -> Result<Fresh> {
    let most = reader.limits().total;
    let read = tokio::time::timeout(most, read(source, jobs, reader, progress)).await;
    progress.finish();
    read.unwrap_or_else(|_| Err(anyhow!("it took longer than the limit of {most:?}")))
        .with_context(|| format!("cannot make a document from {source}"))
}

async fn read(source: &str, jobs: usize, reader: &Reader, progress: &Progress) -> Result<Fresh> {
    let root = Location::parse(source)?;
    let is_document = match &root {
        Location::File(path) => !path.is_dir(),
        Location::Url(url) => [".yaml", ".yml", ".json"]
            .iter()
            .any(|end| url.path().ends_with(end)),
    };
    if is_document {
        return Fresh::new(document(&root, reader).await?);
    }
    match reader.read(&root.below(INDEX), Kind::Page, false).await {
        Ok(index) => {
            let site = Site {
                root,
                jobs,
                reader,
                progress,
            };
            Fresh::new(site.document(&index).await?)
        }
        Err(error) if is_refusal(&error) => {
            let document = document(&root, reader).await.with_context(|| {
                format!("it has no index of pages ({error:#}), and is no document by itself")
            })?;
            Fresh::new(document)
        }
        Err(error) => Err(error),
    }
}

/// Reads one whole document.
pub async fn document(location: &Location, reader: &Reader) -> Result<Value> {
    let text = reader.read(location, Kind::Document, false).await?;
    parse(&text).with_context(|| location.to_string())
}

/// A whole document from its text, fit to be compared with another.
pub fn parse(text: &str) -> Result<Value> {
    let mut document = yaml::parse(text)?;
    page::version(&document)?;
    page::local_references(&document)?;
    canonical::normalise(&mut document);
    Ok(document)
}

struct Site<'a> {
    root: Location,
    jobs: usize,
    reader: &'a Reader,
    progress: &'a Progress,
}

impl Site<'_> {
    async fn document(&self, index: &str) -> Result<Value> {
        let url = match &self.root {
            Location::Url(_) => match self.root.below("") {
                Location::Url(root) => Some(root),
                Location::File(_) => None,
            },
            Location::File(_) => None,
        };
        let index =
            index::read(index, url.as_ref()).with_context(|| self.root.below(INDEX).to_string())?;
        for refused in &index.refused {
            self.progress.note(&format!("warning: {INDEX}: {refused}"));
        }

        self.progress.start(index.pages.len());
        let mut pages = vec![Vec::new(); index.pages.len()];
        let all: Vec<_> = (0..index.pages.len()).collect();
        for (position, fragments) in self.pages(&index.pages, &all, false).await? {
            pages[position] = fragments;
        }
        self.progress.finish();

        let document = self.merged(&index.pages, &mut pages).await?;
        let prose = pages
            .iter()
            .filter(|fragments| fragments.is_empty())
            .count();
        let operations = place::operations(&document).len();
        ensure!(
            operations > 0,
            "none of its {} pages describes an operation",
            pages.len()
        );
        self.progress.note(&format!(
            "read {} pages, {prose} of them prose: {operations} operations, {} schemas",
            pages.len(),
            place::schema_count(&document),
        ));
        Ok(document)
    }

    /// The fragments of the pages at these positions.
    async fn pages(
        &self,
        entries: &[Entry],
        positions: &[usize],
        fresh: bool,
    ) -> Result<Vec<(usize, Vec<Sourced>)>> {
        stream::iter(positions.iter().map(|&position| async move {
            let entry = &entries[position];
            let fragments = self.page(entry, fresh).await?;
            self.progress.done(&entry.path);
            Ok((position, fragments))
        }))
        .buffer_unordered(self.jobs)
        .try_collect()
        .await
    }

    async fn page(&self, entry: &Entry, fresh: bool) -> Result<Vec<Sourced>> {
        let location = self.root.below(&entry.path);
        let text = self.reader.read(&location, Kind::Page, fresh).await?;
        let page = page::read(&text).with_context(|| location.to_string())?;
        let title = page.title.unwrap_or_else(|| entry.title.clone());
        let description = page.description.or_else(|| entry.description.clone());
        let sourced = page.fragments.into_iter().map(|fragment| Sourced {
            address: entry.address(),
            title: Some(title.clone()).filter(|title| !title.is_empty()),
            description: description.clone(),
            fragment,
        });
        Ok(sourced.collect())
    }

    /// Pages that do not agree may have been read while the site was changing: each is read once
    /// more before that counts.
    async fn merged(&self, entries: &[Entry], pages: &mut [Vec<Sourced>]) -> Result<Value> {
        let mut again = BTreeSet::new();
        loop {
            let error = match merge(&pages.concat()) {
                Ok(document) => return Ok(document),
                Err(error) => error,
            };
            let Some(conflict) = error.downcast_ref::<Conflict>() else {
                return Err(error);
            };
            let positions: Vec<_> = (0..entries.len())
                .filter(|&position| conflict.pages.contains(&entries[position].address()))
                .filter(|&position| again.insert(position))
                .collect();
            if positions.is_empty() {
                return Err(error.context(
                    "the pages do not agree, not even when they are read again; if the site is just \
                     being changed, try again later",
                ));
            }
            self.progress
                .note(&format!("{conflict}; reading them again"));
            for (position, fragments) in self.pages(entries, &positions, true).await? {
                pages[position] = fragments;
            }
        }
    }
}
