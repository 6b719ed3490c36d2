//! Reads a page of the docs site in Markdown: its title, its description and its OpenAPI fragments.
//!
//! A fragment is in a fenced block that opens with ```` ```yaml METHOD /path ````. Everything else
//! on the page is prose: notes, MDX components, samples in other fenced blocks. A page can have no
//! fragment.

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::structure::{METHODS, references};
use crate::yaml;

/// The content of a page.
#[derive(Debug, PartialEq)]
pub struct Page {
    /// The first heading of the first level.
    pub title: Option<String>,
    /// The quoted lines under the title.
    pub description: Option<String>,
    /// One per fenced block that names an operation.
    pub fragments: Vec<Fragment>,
}

/// An OpenAPI document of one operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Fragment {
    /// In lower case.
    pub method: String,
    /// The path template.
    pub path: String,
    /// The document of the page, in OpenAPI 3.0.
    pub document: Value,
}

/// The maximum number of operations of a page.
const MOST_OPERATIONS: usize = 256;

/// Reads a page. Errors name the line, counted from the top of the page.
pub fn read(markdown: &str) -> Result<Page> {
    let blocks = blocks(expect_markdown(markdown)?)?;
    // Each is parsed with the lines of the page above it.
    ensure!(
        blocks.operations.len() <= MOST_OPERATIONS,
        "more than {MOST_OPERATIONS} blocks name an operation"
    );
    let mut fragments = Vec::new();
    for block in &blocks.operations {
        fragments.push(block.read()?);
    }
    let (title, description) = heading(&blocks.prose);
    Ok(Page {
        title,
        description,
        fragments,
    })
}

/// The text of a page without its byte order mark. An error if it is HTML.
pub fn expect_markdown(text: &str) -> Result<&str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let start: String = text.trim_start().chars().take(16).collect();
    let start = start.to_ascii_lowercase();
    ensure!(
        !start.starts_with("<!doctype") && !start.starts_with("<html"),
        "this is HTML, not Markdown: the site does not serve its pages as Markdown at this address"
    );
    Ok(text)
}

/// A page, cut at its fences.
struct Blocks<'a> {
    prose: Vec<&'a str>,
    operations: Vec<Block<'a>>,
}

/// A fenced block that names an operation.
struct Block<'a> {
    method: String,
    path: &'a str,
    /// The line of the opening fence, from 1.
    line: usize,
    indent: usize,
    lines: Vec<&'a str>,
}

/// The opening of a fenced block.
#[derive(Clone, Copy)]
struct Fence<'a> {
    mark: char,
    length: usize,
    indent: usize,
    info: &'a str,
}

impl<'a> Fence<'a> {
    /// The fence that `line` opens. Inside MDX components it may be indented by any amount.
    fn open(line: &'a str) -> Option<Self> {
        let rest = line.trim_start_matches([' ', '\t']);
        let mark = rest.chars().next().filter(|&c| c == '`' || c == '~')?;
        let info = rest.trim_start_matches(mark);
        let length = rest.len() - info.len();
        if length < 3 || (mark == '`' && info.contains('`')) {
            return None;
        }
        let indent = line.len() - rest.len();
        Some(Self {
            mark,
            length,
            indent,
            info: info.trim(),
        })
    }

    /// A fence that is indented deeper is content, such as a sample inside a description.
    fn closed_by(&self, line: &str) -> bool {
        let rest = line.trim_start_matches([' ', '\t']);
        let marks = rest.trim_end();
        line.len() - rest.len() < self.indent + 4
            && marks.len() >= self.length
            && marks.chars().all(|c| c == self.mark)
    }

    /// The operation that a `yaml` block names. Other words around method and path are ignored.
    fn operation(&self) -> Option<(String, &'a str)> {
        let mut words = self.info.split_whitespace();
        let language = words.next()?;
        if !["yaml", "yml", "json"]
            .iter()
            .any(|l| language.eq_ignore_ascii_case(l))
        {
            return None;
        }
        let words: Vec<_> = words.collect();
        words.windows(2).find_map(|pair| {
            let method = pair[0].to_ascii_lowercase();
            (METHODS.contains(&method.as_str()) && pair[1].starts_with('/'))
                .then_some((method, pair[1]))
        })
    }
}

fn blocks(text: &str) -> Result<Blocks<'_>> {
    let mut blocks = Blocks {
        prose: Vec::new(),
        operations: Vec::new(),
    };
    // The open fence, its line, and whether it names an operation.
    let mut open: Option<(Fence<'_>, usize, bool)> = None;
    let mut swallowed = None;
    for (number, line) in (1..).zip(text.lines()) {
        let opening = Fence::open(line);
        match open {
            Some((fence, _, _)) if fence.closed_by(line) => open = None,
            Some((fence, _, true)) => {
                if let Some(block) = blocks.operations.last_mut() {
                    block.lines.push(without_indent(line, fence.indent));
                }
            }
            Some((_, _, false)) => {
                if opening.is_some_and(|fence| fence.operation().is_some()) {
                    swallowed = Some(number);
                }
            }
            None => match opening {
                Some(fence) => {
                    let operation = fence.operation();
                    open = Some((fence, number, operation.is_some()));
                    swallowed = None;
                    if let Some((method, path)) = operation {
                        blocks.operations.push(Block {
                            method,
                            path,
                            line: number,
                            indent: fence.indent,
                            lines: Vec::new(),
                        });
                    }
                }
                None => blocks.prose.push(line),
            },
        }
    }
    match (open, swallowed) {
        (Some((_, line, true)), _) => {
            bail!("line {line}: the block that opens here is never closed; the page may be cut off")
        }
        // In Markdown a block may stay open to the end of the page; here it may not if an operation
        // would be lost.
        (Some((_, line, false)), Some(inside)) => bail!(
            "line {line}: the block that opens here is never closed, and the operation in line \
             {inside} is inside it"
        ),
        _ => Ok(blocks),
    }
}

fn without_indent(line: &str, indent: usize) -> &str {
    let blank = line.len() - line.trim_start_matches([' ', '\t']).len();
    line.get(blank.min(indent)..).unwrap_or(line)
}

impl Block<'_> {
    fn read(&self) -> Result<Fragment> {
        let named = format!("{} {}", self.method.to_uppercase(), self.path);
        // Empty lines in front, so that an error has the line of the page.
        let text = "\n".repeat(self.line) + &self.lines.join("\n");
        let mut document = yaml::parse(&text).with_context(|| {
            let from = match self.indent {
                0 => String::new(),
                indent => format!(", columns counted from {}", indent + 1),
            };
            format!("the block of {named}, from line {}{from}", self.line)
        })?;
        check(&document, &self.method, self.path)
            .with_context(|| format!("the block of {named}, from line {}", self.line))?;
        // All pages in one version of OpenAPI, that of the vendored document.
        ultravox_codegen::translate(&mut document);
        Ok(Fragment {
            method: self.method.clone(),
            path: self.path.to_owned(),
            document,
        })
    }
}

/// Refuses what is not a fragment of the operation that the fence names.
fn check(document: &Value, method: &str, path: &str) -> Result<()> {
    version(document)?;
    let paths = document.get("paths").and_then(Value::as_object);
    let inside: Vec<_> = paths
        .into_iter()
        .flatten()
        .flat_map(|(path, item)| {
            let keys = item.as_object().into_iter().flat_map(|item| item.keys());
            keys.filter(|key| METHODS.contains(&key.as_str()))
                .map(move |method| (method.as_str(), path.as_str()))
        })
        .collect();
    if inside != [(method, path)] {
        let found: Vec<_> = inside
            .iter()
            .map(|(method, path)| format!("{} {path}", method.to_uppercase()))
            .collect();
        bail!(
            "the document inside describes {}, not this operation alone",
            if found.is_empty() {
                "no operation".to_owned()
            } else {
                found.join(", ")
            }
        );
    }
    local_references(document)
}

/// Refuses what is neither OpenAPI 3.0 nor 3.1.
pub fn version(document: &Value) -> Result<()> {
    match document.get("openapi") {
        Some(Value::String(version)) if ultravox_codegen::is_supported(version) => Ok(()),
        Some(Value::String(version)) => {
            bail!("this is OpenAPI {version}; only 3.0 and 3.1 can be read")
        }
        Some(other) => bail!("`openapi` must name a version, and is {other}"),
        None => bail!("this is not an OpenAPI document: the key `openapi` is missing"),
    }
}

/// Refuses references out of the document.
pub fn local_references(document: &Value) -> Result<()> {
    for (location, reference) in references(document) {
        ensure!(
            reference.starts_with('#'),
            "{location}: the reference {reference:?} points outside the document; it is not followed"
        );
    }
    Ok(())
}

/// The title, and the quoted lines that follow it with nothing but empty lines between.
fn heading(prose: &[&str]) -> (Option<String>, Option<String>) {
    let Some(at) = prose.iter().position(|line| line.starts_with("# ")) else {
        return (None, None);
    };
    let title = prose[at][2..].trim().to_owned();
    let quoted: Vec<_> = prose[at + 1..]
        .iter()
        .skip_while(|line| line.trim().is_empty())
        .map_while(|line| line.strip_prefix('>'))
        .map(str::trim)
        .collect();
    let description = quoted.join("\n").trim().to_owned();
    (
        Some(title).filter(|title| !title.is_empty()),
        Some(description).filter(|description| !description.is_empty()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAGMENT: &str = "\
openapi: 3.0.3
paths:
  /lamps:
    get:
      operationId: lamps_list
";

    fn page(fence: &str, block: &str) -> String {
        format!(
            "# Lamps\n\n> All of them.\n\nProse.\n\n## OpenAPI\n\n{fence}yaml get /lamps\n{block}{fence}\n"
        )
    }

    #[track_caller]
    fn fragment(markdown: &str) -> Fragment {
        let mut page = read(markdown).unwrap();
        assert_eq!(page.fragments.len(), 1, "{page:?}");
        let fragment = page.fragments.remove(0);
        assert_eq!(
            (fragment.method.as_str(), fragment.path.as_str()),
            ("get", "/lamps")
        );
        assert_eq!(
            fragment.document["paths"]["/lamps"]["get"]["operationId"],
            "lamps_list"
        );
        fragment
    }

    #[track_caller]
    fn refusal(markdown: &str) -> String {
        format!("{:#}", read(markdown).unwrap_err())
    }

    #[test]
    fn a_page_has_a_title_a_description_and_a_fragment() {
        let markdown = format!(
            "> ## Documentation Index\n> A note.\n> More of it.\n\n{}\n> A note below.\n",
            page("````", FRAGMENT)
        );
        fragment(&markdown);
        let page = read(&markdown).unwrap();
        assert_eq!(page.title.as_deref(), Some("Lamps"));
        assert_eq!(page.description.as_deref(), Some("All of them."));
    }

    #[test]
    fn more_or_fewer_backticks_tildes_and_words_around_the_operation_are_the_same() {
        for fence in ["```", "````", "``````", "~~~"] {
            fragment(&page(fence, FRAGMENT));
        }
        for info in [
            "yaml GET /lamps",
            "yml openapi.json get /lamps theme={null}",
            "YAML  Get   /lamps",
        ] {
            fragment(&page("````", FRAGMENT).replace("yaml get /lamps", info));
        }
    }

    #[test]
    fn crlf_and_a_byte_order_mark_are_no_part_of_the_page() {
        let markdown = format!("\u{feff}{}", page("````", FRAGMENT).replace('\n', "\r\n"));
        fragment(&markdown);
        assert_eq!(read(&markdown).unwrap().title.as_deref(), Some("Lamps"));
    }

    #[test]
    fn a_block_inside_a_component_is_read_without_its_indentation() {
        let indented = |text: &str| {
            text.lines()
                .map(|line| format!("    {line}\n"))
                .collect::<String>()
        };
        let block = indented(&format!("```yaml get /lamps\n{FRAGMENT}```\n"));
        fragment(&format!("# Lamps\n<Accordion>\n{block}</Accordion>\n"));
    }

    #[test]
    fn samples_before_after_and_inside_the_block_are_not_fragments() {
        let sample =
            "```yaml title\nopenapi: 2.0\n```\n\n````md\n```yaml get /lamps\nno: yes\n```\n````\n";
        let block = format!(
            "{FRAGMENT}      description: |-\n        So:\n        ````\n        # curl\n        ````\n"
        );
        let read = fragment(&format!("{sample}{}{sample}", page("````", &block)));
        let description = &read.document["paths"]["/lamps"]["get"]["description"];
        assert_eq!(description, "So:\n````\n# curl\n````");
    }

    #[test]
    fn a_page_without_a_block_is_prose() {
        let page = read("# Words\n\nOnly words.\n\n```yaml\na: 1\n```\n").unwrap();
        assert_eq!(page.title.as_deref(), Some("Words"));
        assert_eq!((page.description, page.fragments), (None, Vec::new()));
        assert_eq!(read("").unwrap().title, None);
    }

    #[test]
    fn a_block_that_is_never_closed_is_refused_with_its_line() {
        let cut = page("````", FRAGMENT).replace("\n````\n", "\n");
        assert_eq!(
            refusal(&cut),
            "line 9: the block that opens here is never closed; the page may be cut off"
        );
        let swallowed = format!("````sh\nls\n\n{}", page("```", FRAGMENT));
        assert!(
            refusal(&swallowed).contains("operation in line 12"),
            "{}",
            refusal(&swallowed)
        );
        assert_eq!(read("```sh\nls\n").unwrap().fragments, []);
    }

    #[test]
    fn broken_yaml_is_refused_with_line_and_column_of_the_page() {
        let error = refusal(&page("````", "openapi: 3.0.3\npaths: [\n"));
        assert!(
            error.contains("GET /lamps") && error.contains("line 1"),
            "{error}"
        );
        let error = refusal(&page("````", "openapi: 3.0.3\npaths:\n\t- x\n"));
        assert!(error.contains("line 12 column 1"), "{error}");
        let error = refusal(&page("````", "openapi: 3.0.3\nopenapi: 3.0.3\n"));
        assert!(error.contains("duplicate key `openapi`"), "{error}");
    }

    #[test]
    fn the_block_must_describe_the_operation_that_its_fence_names_and_no_other() {
        for (from, to, found) in [
            ("/lamps:", "/other:", "GET /other"),
            ("get:", "post:", "POST /lamps"),
            ("    get:\n", "    post: {}\n    get:\n", "POST /lamps"),
            (
                "    get:\n      operationId",
                "    x-get:\n      operationId",
                "no operation",
            ),
        ] {
            let error = refusal(&page("````", &FRAGMENT.replace(from, to)));
            assert!(error.contains("not this operation alone"), "{error}");
            assert!(error.contains(found), "{error}");
        }
    }

    #[test]
    fn another_openapi_and_references_out_of_the_document_are_refused() {
        let error = refusal(&page("````", &FRAGMENT.replace("3.0.3", "3.2.0")));
        assert!(error.contains("OpenAPI 3.2.0"), "{error}");
        let outside = format!(
            "{FRAGMENT}      responses: {{'200': {{$ref: 'https://evil.example/x.yaml#/a'}}}}\n"
        );
        let error = refusal(&page("````", &outside));
        assert!(
            error.contains("paths./lamps.get.responses.200: the reference"),
            "{error}"
        );
        assert!(error.contains("points outside the document"), "{error}");
    }

    #[test]
    fn html_is_refused() {
        for html in [
            "<!DOCTYPE html>\n<html>",
            "\n  <html lang=\"en\"><body># Lamps</body>",
        ] {
            assert!(refusal(html).contains("HTML, not Markdown"), "{html}");
        }
    }
}
