//! From a source to the document in its canonical form, with the overlay applied. A source is a docs
//! site, which is read page by page, or a whole document. Nothing is compared or written here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail, ensure};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::Value;
use url::Url;

use crate::fetch::{Kind, Location, Reader, is_refusal};
use crate::index::{self, Entry};
use crate::merge::{Conflict, Sourced, merge};
use crate::overlay::Overlay;
use crate::progress::Progress;
use crate::stop::off_thread;
use crate::{canonical, page, servers, structure, yaml};

const INDEX: &str = "llms.txt";

/// How many items of a long list are named.
const NAMED: usize = 10;

/// The document of a source.
#[derive(Debug)]
pub struct Fresh {
    /// Its value.
    pub document: Value,
    /// Its canonical form.
    pub yaml: String,
    /// Whether the source is a site, which has pages beside those of the API reference.
    pub is_site: bool,
    /// The actions of the overlay that change nothing any more, because the site says the same.
    pub adopted: Vec<String>,
}

impl Fresh {
    fn new(mut document: Value, is_site: bool) -> Result<Self> {
        canonical::normalise(&mut document);
        let yaml = canonical::to_yaml(&document);
        let read = yaml::parse(&yaml).context("the canonical form cannot be read again")?;
        ensure!(
            read == document,
            "the canonical form does not read as the document that it is made from; this is a mistake in \
             `xtask/src/canonical`"
        );
        Ok(Self {
            document,
            yaml,
            is_site,
            adopted: Vec::new(),
        })
    }
}

/// How a source is read.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// How many pages are read at a time.
    pub jobs: usize,
    /// The previous document, if there is one: the operations that it has from a page are expected
    /// there.
    pub before: Option<&'a Value>,
    /// Whether a page may lose an operation that it had.
    pub allow_shrink: bool,
    /// Facts that only upstream's prose states, and operations to leave out.
    pub overlay: Option<&'a Arc<Overlay>>,
}

/// Reads `source`.
pub async fn refresh(
    source: &Location,
    options: Options<'_>,
    reader: &Reader,
    progress: &Progress,
) -> Result<Fresh> {
    let most = reader.limits().total;
    let fresh = async {
        let (document, is_site) = read(source, options, reader, progress).await?;
        let overlay = options.overlay.cloned();
        let (mut fresh, adopted) = off_thread(move || {
            let (document, adopted) = match overlay {
                Some(overlay) => overlay.apply(document)?,
                None => (document, Vec::new()),
            };
            Ok((Fresh::new(document, is_site)?, adopted))
        })
        .await?;
        if is_site {
            fresh.adopted = adopted;
        } else if !adopted.is_empty() {
            // It is most likely the vendored one, which has them all.
            progress.note(&format!(
                "note: the document has the facts of {} actions of the overlay already",
                adopted.len()
            ));
        }
        Ok(fresh)
    };
    let fresh = tokio::time::timeout(most, fresh).await;
    progress.finish();
    fresh
        .unwrap_or_else(|_| Err(anyhow!("it took longer than the limit of {most:?}")))
        .with_context(|| format!("cannot make a document from {source}"))
}

/// Whether this is a document and not a site, by its name.
pub fn is_document(source: &Location) -> bool {
    match source {
        Location::File(path) => !path.is_dir(),
        Location::Url(url) => [".yaml", ".yml", ".json"]
            .iter()
            .any(|end| url.path().ends_with(end)),
    }
}

async fn read(
    root: &Location,
    options: Options<'_>,
    reader: &Reader,
    progress: &Progress,
) -> Result<(Value, bool)> {
    if is_document(root) {
        return Ok((document(root, reader).await?, false));
    }
    match reader.read(&root.below(INDEX), Kind::Page, false).await {
        Ok(index) => {
            let site = Site {
                root,
                options,
                reader,
                progress,
            };
            Ok((site.document(index).await?, true))
        }
        Err(error) if is_refusal(&error) => {
            let document = document(root, reader).await.with_context(|| {
                format!("it has no index of pages ({error:#}), and is no document by itself")
            })?;
            Ok((document, false))
        }
        Err(error) => Err(error),
    }
}

/// Reads one whole document.
pub async fn document(location: &Location, reader: &Reader) -> Result<Value> {
    let text = reader.read(location, Kind::Document, false).await?;
    let document = off_thread(move || parse(&text)).await;
    let mut document = document.with_context(|| location.to_string())?;
    if let Location::Url(url) = location {
        servers::resolve(&mut document, url);
    }
    Ok(document)
}

/// A whole document from its text, ready to be compared with another.
pub fn parse(text: &str) -> Result<Value> {
    let mut document = yaml::parse(text)?;
    page::version(&document)?;
    page::local_references(&document)?;
    ultravox_codegen::translate(&mut document);
    canonical::normalise(&mut document);
    Ok(document)
}

/// The identity of an operation.
type Key = (String, String);

struct Site<'a> {
    root: &'a Location,
    options: Options<'a>,
    reader: &'a Reader,
    progress: &'a Progress,
}

impl Site<'_> {
    async fn document(&self, index: String) -> Result<Value> {
        let url = match self.root {
            Location::Url(_) => match self.root.below("") {
                Location::Url(root) => Some(root),
                Location::File(_) => None,
            },
            Location::File(_) => None,
        };
        let index = off_thread(move || index::read(&index, url.as_ref()))
            .await
            .with_context(|| self.root.below(INDEX).to_string())?;
        for refused in index.refused.iter().take(NAMED) {
            self.progress.note(&format!("warning: {INDEX}: {refused}"));
        }
        if index.refused.len() > NAMED {
            self.progress.note(&format!(
                "warning: {INDEX}: {} more links are not followed",
                index.refused.len() - NAMED
            ));
        }

        self.progress.start(index.pages.len());
        let mut pages = vec![Vec::new(); index.pages.len()];
        let all: Vec<_> = (0..index.pages.len()).collect();
        for (position, fragments) in self.pages(&index.pages, &all, false).await? {
            pages[position] = fragments;
        }
        self.progress.finish();
        self.expect_operations(&index.pages, &mut pages).await?;

        let document = self.merged(&index.pages, &mut pages).await?;
        let prose = pages
            .iter()
            .filter(|fragments| fragments.is_empty())
            .count();
        let operations = structure::operations(&document).len();
        ensure!(
            operations > 0,
            "none of its {} pages describes an operation",
            pages.len()
        );
        self.progress.note(&format!(
            "read {} pages, {prose} of them prose: {operations} operations, {} schemas",
            pages.len(),
            structure::schema_count(&document),
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
        .buffer_unordered(self.options.jobs)
        .try_collect()
        .await
    }

    async fn page(&self, entry: &Entry, fresh: bool) -> Result<Vec<Sourced>> {
        let location = self.root.below(&entry.path);
        let text = self.reader.read(&location, Kind::Page, fresh).await?;
        let mut page = off_thread(move || page::read(&text))
            .await
            .with_context(|| location.to_string())?;
        let address = Url::parse(&entry.address()).context("the address of the page")?;
        for fragment in &mut page.fragments {
            servers::resolve(&mut fragment.document, &address);
        }
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

    /// Refuses pages that have lost their operations, such as a page with a broken fence, or one
    /// that a site answers with 200 although it does not exist. Each is read again first.
    async fn expect_operations(&self, entries: &[Entry], pages: &mut [Vec<Sourced>]) -> Result<()> {
        let expected = expected(self.options.before);
        let first = lost(entries, pages, &expected);
        if first.is_empty() {
            return Ok(());
        }
        let positions: Vec<_> = first.iter().map(|(position, _)| *position).collect();
        self.progress.note(&format!(
            "pages without an operation that they described: {}; reading them again",
            positions.len()
        ));
        for (position, fragments) in self.pages(entries, &positions, true).await? {
            pages[position] = fragments;
        }
        let lost = lost(entries, pages, &expected);
        if lost.is_empty() {
            return Ok(());
        }
        let mut named: Vec<_> = lost
            .iter()
            .take(NAMED)
            .map(|(position, operations)| {
                let page = self.root.below(&entries[*position].path);
                format!("{page} no longer describes {}", operations.join(", "))
            })
            .collect();
        if lost.len() > NAMED {
            named.push(format!("and {} more pages", lost.len() - NAMED));
        }
        if self.options.allow_shrink {
            for line in named {
                self.progress.note(&format!("warning: {line}"));
            }
            return Ok(());
        }
        bail!(
            "{}. A site that answers for pages which it does not have looks like this. If the operations are \
             gone for good, say so with --allow-shrink",
            named.join("; ")
        )
    }

    /// Pages that disagree may have been read while the site was changing: each is read again
    /// first.
    async fn merged(&self, entries: &[Entry], pages: &mut [Vec<Sourced>]) -> Result<Value> {
        let mut again = BTreeSet::new();
        loop {
            let fragments = pages.concat();
            let error = match off_thread(move || merge(&fragments)).await {
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

/// The operations that a document has from each page. [`merge`] records where they are from.
fn expected(before: Option<&Value>) -> BTreeMap<String, BTreeSet<Key>> {
    let mut expected = BTreeMap::<_, BTreeSet<_>>::new();
    for (method, path, operation) in before.into_iter().flat_map(structure::operations) {
        if let Some(Value::String(page)) = operation.pointer("/externalDocs/url") {
            let operations = expected.entry(page.clone()).or_default();
            operations.insert((method.to_owned(), path.to_owned()));
        }
    }
    expected
}

/// The pages that lack more operations than they have new ones, with those that they lack. An
/// operation that has moved to another page is not lost. One with a new path is another operation:
/// the report has the removal of the old one.
fn lost(
    entries: &[Entry],
    pages: &[Vec<Sourced>],
    expected: &BTreeMap<String, BTreeSet<Key>>,
) -> Vec<(usize, Vec<String>)> {
    let key = |sourced: &Sourced| {
        let fragment = &sourced.fragment;
        (fragment.method.clone(), fragment.path.clone())
    };
    let described: BTreeSet<_> = pages.iter().flatten().map(key).collect();
    let before: BTreeSet<_> = expected.values().flatten().collect();
    let mut lost = Vec::new();
    for (position, (entry, fragments)) in entries.iter().zip(pages).enumerate() {
        let Some(operations) = expected.get(&entry.address()) else {
            continue;
        };
        let lacking: Vec<_> = operations.difference(&described).collect();
        let new = fragments
            .iter()
            .filter(|fragment| !before.contains(&key(fragment)))
            .count();
        if lacking.len() > new {
            let names = lacking
                .iter()
                .map(|(method, path)| format!("{} {path}", method.to_uppercase()));
            lost.push((position, names.collect()));
        }
    }
    lost
}
