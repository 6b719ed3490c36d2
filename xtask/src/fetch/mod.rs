//! Reads from the network or from files, within limits on size, time and redirects. What is read is
//! text, which is not interpreted here.

pub mod file;
mod http;
mod retry;

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use url::Url;

pub use http::Failure;

use crate::stop::off_thread;

/// How much is read, and how long it may take.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The maximum size of a page, in bytes.
    pub page_bytes: u64,
    /// The maximum size of everything that is read, in bytes.
    pub total_bytes: u64,
    /// One attempt to read a page, its body included.
    pub attempt: Duration,
    /// A page with all attempts and the waits between them.
    pub page: Duration,
    /// Reading the whole site.
    pub total: Duration,
    /// The wait before the first retry; later ones are longer.
    pub first_wait: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            page_bytes: 4 << 20,
            total_bytes: 64 << 20,
            attempt: Duration::from_secs(20),
            page: Duration::from_secs(120),
            total: Duration::from_secs(600),
            first_wait: Duration::from_millis(500),
        }
    }
}

/// Something that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// Over HTTP.
    Url(Url),
    /// From disk.
    File(PathBuf),
}

/// An address as it is shown: origin and path. The rest may be secret.
fn shown(url: &Url) -> String {
    let query = if url.query().is_some() { "?…" } else { "" };
    match url.origin() {
        origin @ url::Origin::Tuple(..) => {
            format!("{}{}{query}", origin.ascii_serialization(), url.path())
        }
        url::Origin::Opaque(_) => format!("{}:…", url.scheme()),
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) => shown(url).fmt(f),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

impl Location {
    /// An address that begins with `http:` or `https:`, or a path. Errors do not repeat it: if it is
    /// malformed, there is no telling which part is a password.
    pub fn parse(text: &str) -> Result<Self> {
        let lower = text.to_ascii_lowercase();
        if !lower.starts_with("http:") && !lower.starts_with("https:") {
            let first = text.split(['/', '\\']).next().unwrap_or_default();
            let user = first
                .split_once('@')
                .is_some_and(|(user, _)| user.contains(':'));
            if text.contains("://") || user {
                bail!(
                    "this is neither a path nor an address that can be read, which begins with `https://` or \
                     `http://`"
                );
            }
            return Ok(Self::File(text.into()));
        }
        let url = Url::parse(text).context("this is not an address")?;
        if !url.username().is_empty() || url.password().is_some() {
            bail!(
                "an address with a user or a password would show it in the report; leave them out"
            );
        }
        Ok(Self::Url(url))
    }

    /// The file at `path`, with `/` between its parts, below this directory.
    pub fn below(&self, path: &str) -> Self {
        match self {
            Self::Url(root) => {
                let slash = if root.path().ends_with('/') { "" } else { "/" };
                let mut url = root.clone();
                url.set_path(&format!("{}{slash}{path}", root.path()));
                Self::Url(url)
            }
            Self::File(root) => Self::File(root.join(path)),
        }
    }
}

/// Reads within [`Limits`], counted over all that it reads.
pub struct Reader {
    client: reqwest::Client,
    limits: Limits,
    bytes: AtomicU64,
}

/// What is requested from a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A page, or the index.
    Page,
    /// A whole document, which may be as large as all that is read.
    Document,
}

impl Reader {
    /// A reader that has read nothing yet.
    pub fn new(limits: Limits) -> Result<Self> {
        Ok(Self {
            client: http::client(limits.attempt)?,
            limits,
            bytes: AtomicU64::new(0),
        })
    }

    /// The limits of this reader.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Reads the text at `location`. Requests are retried if that may help; `fresh` bypasses caches.
    pub async fn read(&self, location: &Location, kind: Kind, fresh: bool) -> Result<String> {
        let most = match kind {
            Kind::Page => self.limits.page_bytes,
            Kind::Document => self.limits.total_bytes,
        };
        let bytes = match location {
            Location::File(path) => self.read_file(path.clone(), most).await?,
            Location::Url(url) => {
                let count = |piece| self.count(piece);
                let attempt = || http::get(&self.client, url, kind, fresh, most, &count);
                let asked = retry::retrying(self.limits.first_wait, attempt);
                let asked = tokio::time::timeout(self.limits.page, asked).await;
                asked
                    .unwrap_or(Err(Failure::Slow(self.limits.page)))
                    .with_context(|| format!("cannot read {location}"))?
            }
        };
        String::from_utf8(bytes).with_context(|| format!("{location} is not text in UTF-8"))
    }

    async fn read_file(&self, path: PathBuf, most: u64) -> Result<Vec<u8>> {
        let name = path.display().to_string();
        let named = || format!("cannot read {name}");
        let bytes = off_thread(move || file::read(&path, most).map_err(Into::into))
            .await
            .with_context(named)?;
        self.count(bytes.len() as u64).with_context(named)?;
        Ok(bytes)
    }

    /// Counts what was read against the total limit.
    fn count(&self, bytes: u64) -> Result<(), Failure> {
        let before = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) > self.limits.total_bytes {
            return Err(Failure::TotalLarge(self.limits.total_bytes));
        }
        Ok(())
    }
}

/// Whether this error is a response that the page does not exist, or is not accessible.
pub fn is_refusal(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(Failure::Status { status, .. }) if status.is_client_error())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_from_a_path() {
        assert!(matches!(
            Location::parse("HTTPS://a.example/x").unwrap(),
            Location::Url(_)
        ));
        assert!(matches!(
            Location::parse("docs/site").unwrap(),
            Location::File(_)
        ));
        assert!(matches!(
            Location::parse(r"C:\docs").unwrap(),
            Location::File(_)
        ));
        let error = Location::parse("https://me:secret@a.example/")
            .unwrap_err()
            .to_string();
        assert!(!error.contains("secret"), "{error}");
        for text in [
            "https://me:secret@[a.example/",
            "https://me:sec#ret@a.example/",
            "https:me:secret@a.example/",
            "ftp://me:secret@a.example/",
            "me:secret@a.example",
            "https://",
        ] {
            let error = format!("{:#}", Location::parse(text).unwrap_err());
            assert!(!error.contains("sec"), "{error}");
        }
        let signed = Location::parse("https://a.example/x?token=secret#secret").unwrap();
        assert_eq!(signed.to_string(), "https://a.example/x?…");
    }

    #[test]
    fn a_page_is_found_below_the_root_of_its_site_wherever_that_is() {
        for root in ["http://127.0.0.1:8000/copy", "http://127.0.0.1:8000/copy/"] {
            let page = Location::parse(root).unwrap().below("api-reference/a.md");
            assert_eq!(
                page.to_string(),
                "http://127.0.0.1:8000/copy/api-reference/a.md"
            );
        }
    }

    #[tokio::test]
    async fn files_are_read_within_the_limits_of_one_and_of_all() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("page.md");
        std::fs::write(&path, "x".repeat(100)).unwrap();
        let file = Location::File(path);
        let limits = |page_bytes, total_bytes| Limits {
            page_bytes,
            total_bytes,
            ..Limits::default()
        };

        let reader = Reader::new(limits(100, 150)).unwrap();
        assert_eq!(
            reader.read(&file, Kind::Page, false).await.unwrap().len(),
            100
        );
        let error = reader.read(&file, Kind::Page, false).await.unwrap_err();
        assert!(
            format!("{error:#}").contains("more than 150 bytes"),
            "{error:#}"
        );

        let reader = Reader::new(limits(99, 150)).unwrap();
        let error = reader.read(&file, Kind::Page, false).await.unwrap_err();
        assert!(
            format!("{error:#}").contains("more than 99 bytes"),
            "{error:#}"
        );
    }
}
