//! Reads the index of a docs site, `llms.txt`: the pages of the API reference.
//!
//! Only links to pages below the root of the site are followed. The index of a copy of the site
//! still has the addresses of the published site: these pages are read from the same path of the
//! copy.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use url::Url;

/// Where the site is published, and the addresses of its pages point to.
pub const PUBLISHED: &str = "https://docs.ultravox.ai/";

/// The pages below this path are the API reference.
const REFERENCE: &str = "api-reference/";

/// The content of the index.
#[derive(Debug, PartialEq, Eq)]
pub struct Index {
    /// The pages of the API reference, each once, in the order of the index.
    pub pages: Vec<Entry>,
    /// Links that are not followed, and why.
    pub refused: Vec<String>,
}

/// A page of the API reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The path from the root of the site, ending in `.md`.
    pub path: String,
    /// The title of the page in the index.
    pub title: String,
    /// The description of the page in the index.
    pub description: Option<String>,
}

impl Entry {
    /// Where people read the page, wherever this copy of it is from.
    pub fn address(&self) -> String {
        let path = self.path.strip_suffix(".md").unwrap_or(&self.path);
        format!("{PUBLISHED}{path}")
    }
}

/// Reads `llms.txt`. `root` is the address that it was read from, without the name.
pub fn read(text: &str, root: Option<&Url>) -> Result<Index> {
    let published = Url::parse(PUBLISHED).context("the published address of the site")?;
    let mut index = Index {
        pages: Vec::new(),
        refused: Vec::new(),
    };
    let mut seen = BTreeSet::new();
    for line in text.lines() {
        let Some((title, link, description)) = parts(line) else {
            continue;
        };
        match path(link, &published, root) {
            Ok(path) => {
                let path = path.trim_end_matches('/');
                if !path.starts_with(REFERENCE) {
                    continue;
                }
                let path = match path.strip_suffix(".md") {
                    Some(_) => path.to_owned(),
                    None => format!("{path}.md"),
                };
                if seen.insert(path.clone()) {
                    index.pages.push(Entry {
                        path,
                        title,
                        description,
                    });
                }
            }
            Err(reason) => index
                .refused
                .push(format!("the link {link:?} {reason}; it is not followed")),
        }
    }
    ensure!(
        !index.pages.is_empty(),
        "the index names no page below /{REFERENCE}; is this the `llms.txt` of the Ultravox docs?"
    );
    Ok(index)
}

/// Title, link and description of `- [Title](link): description`.
fn parts(line: &str) -> Option<(String, &str, Option<String>)> {
    let item = line
        .trim()
        .strip_prefix(['-', '*'])?
        .trim_start()
        .strip_prefix('[')?;
    let (title, rest) = item.split_once("](")?;
    let (link, rest) = rest.split_once(')')?;
    let description = rest.trim().trim_start_matches(':').trim();
    let description = (!description.is_empty()).then(|| description.to_owned());
    Some((title.trim().to_owned(), link.trim(), description))
}

/// The path of a link from the root of the site.
fn path(link: &str, published: &Url, root: Option<&Url>) -> Result<String, &'static str> {
    // Parsing would resolve these to another page.
    let climbs = link
        .to_ascii_lowercase()
        .replace("%2e", ".")
        .split(['/', '\\', '?', '#'])
        .any(|part| part == "..");
    if climbs {
        return Err("holds `..`");
    }
    let url = published.join(link).map_err(|_| "is not an address")?;
    let below = |root: &Url| {
        let same = url.origin() == root.origin();
        let path = same.then(|| url.path().strip_prefix(root.path()))?;
        path.map(str::to_owned)
    };
    below(published)
        .or_else(|| root.and_then(below))
        .ok_or("leads to another origin")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> Url {
        Url::parse("http://127.0.0.1:8000/copy/").unwrap()
    }

    #[track_caller]
    fn paths(text: &str) -> Vec<String> {
        let index = read(text, Some(&root())).unwrap();
        assert!(index.refused.is_empty(), "{:?}", index.refused);
        index.pages.into_iter().map(|entry| entry.path).collect()
    }

    #[test]
    fn pages_of_the_reference_are_taken_once_with_title_and_description() {
        let text = "# Docs\r\n\r\n- [Guide](https://docs.ultravox.ai/guide.md): Prose.\r\n\
                    - [Get [one]](https://docs.ultravox.ai/api-reference/a/get.md): One: yes.\r\n\
                    * [Other](https://docs.ultravox.ai/api-reference/b)\r\n\
                    - [Again](https://docs.ultravox.ai/api-reference/a/get.md#part)\r\n";
        let index = read(text, None).unwrap();
        let expected = [
            ("api-reference/a/get.md", "Get [one]", Some("One: yes.")),
            ("api-reference/b.md", "Other", None),
        ]
        .map(|(path, title, description)| Entry {
            path: path.to_owned(),
            title: title.to_owned(),
            description: description.map(str::to_owned),
        });
        assert_eq!(index.pages, expected);
        assert_eq!(index.refused, [""; 0]);
        let address = "https://docs.ultravox.ai/api-reference/a/get";
        assert_eq!(index.pages[0].address(), address);
    }

    #[test]
    fn links_to_the_copy_and_links_without_an_origin_are_the_same_pages() {
        for link in [
            "http://127.0.0.1:8000/copy/api-reference/a.md",
            "https://docs.ultravox.ai/api-reference/a.md?x=1",
            "/api-reference/a.md",
            "api-reference/a.md",
            "./api-reference/a",
        ] {
            assert_eq!(
                paths(&format!("- [A]({link})")),
                ["api-reference/a.md"],
                "{link}"
            );
        }
    }

    #[test]
    fn a_link_to_another_origin_is_reported_and_not_followed() {
        for link in [
            "https://evil.example/api-reference/a.md",
            "http://docs.ultravox.ai/api-reference/a.md",
            "//evil.example/api-reference/a.md",
            "http://127.0.0.1:8001/copy/api-reference/a.md",
            "http://127.0.0.1:8000/elsewhere/api-reference/a.md",
            "file:///etc/passwd",
            "javascript:alert",
        ] {
            let text = format!("- [A](/api-reference/good.md)\n- [B]({link})\n");
            let index = read(&text, Some(&root())).unwrap();
            assert_eq!(index.pages.len(), 1, "{link}");
            assert!(
                index.refused[0].contains("another origin"),
                "{:?}",
                index.refused
            );
            assert!(index.refused[0].contains(link), "{:?}", index.refused);
        }
    }

    #[test]
    fn a_link_that_climbs_is_reported_and_not_followed() {
        for link in [
            "https://docs.ultravox.ai/api-reference/../secret.md",
            "/api-reference/%2e%2E/secret.md",
            r"/api-reference/..\secret.md",
            "../api-reference/a.md",
        ] {
            let text = format!("- [A](/api-reference/good.md)\n- [B]({link})\n");
            let index = read(&text, Some(&root())).unwrap();
            assert_eq!(index.pages.len(), 1, "{link}");
            assert!(
                index.refused[0].contains("holds `..`"),
                "{:?}",
                index.refused
            );
        }
    }

    #[test]
    fn an_index_without_pages_is_refused() {
        for text in [
            "",
            "# Docs\n",
            "- [Guide](/guide.md)\n",
            "<!DOCTYPE html><html></html>",
        ] {
            let error = read(text, None).unwrap_err().to_string();
            assert!(error.contains("no page below /api-reference/"), "{error}");
        }
    }
}
