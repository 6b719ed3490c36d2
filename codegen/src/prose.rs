//! Makes the prose of a document safe for rustdoc.
//!
//! Descriptions of the API become documentation of this crate: `cargo test` compiles and runs code
//! blocks in it, and docs.rs renders HTML in it. [`markdown`] leaves prose readable and makes the
//! rest literal:
//!
//! - A fenced code block becomes a block of `text`, which is not a test, at the left margin, where only its
//!   own fence ends it. No line is indented far enough to be a code block.
//! - `<` and `[` are escaped except in URLs, so there is no HTML and no intra-doc link.
//! - A code span begins and ends on one line; an unmatched backtick is literal.

use serde_json::Value;

use crate::document::is_free_form;
use crate::error::Error;

/// Makes all prose of `document` safe. Progenitor copies it into doc comments.
#[allow(clippy::unnecessary_wraps, reason = "the signature of a pass")]
pub fn lower(document: &mut Value) -> Result<(), Error> {
    each(document, &mut |_, text| *text = markdown(text));
    Ok(())
}

/// Removes the prose that only documentation is made of. Progenitor names some variants by their titles.
pub fn clear(document: &mut Value) {
    each(document, &mut |key, text| {
        if key != "title" {
            text.clear();
        }
    });
}

/// Visits the prose, with its key.
fn each(value: &mut Value, visit: &mut impl FnMut(&str, &mut String)) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                match (key.as_str(), value) {
                    ("title" | "summary" | "description", Value::String(text)) => visit(key, text),
                    // Their keys are names, even `description` and `default`.
                    (
                        "callbacks" | "content" | "headers" | "links" | "parameters" | "paths"
                        | "properties" | "requestBodies" | "responses" | "schemas"
                        | "securitySchemes",
                        Value::Object(named),
                    ) => named.values_mut().for_each(|value| each(value, visit)),
                    (key, value) if !is_free_form(key) => each(value, visit),
                    _ => {}
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|value| each(value, visit)),
        _ => {}
    }
}

/// `text` as Markdown that rustdoc only shows. Idempotent.
pub fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let mut lines = text.trim_end().lines();
    while let Some(line) = lines.next() {
        if let Some(fence) = Fence::opening(line) {
            let block: Vec<&str> = lines
                .by_ref()
                .take_while(|line| !fence.is_closed_by(line))
                .collect();
            code_block(&mut out, &block);
        } else {
            prose_line(&mut out, line);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// `text`, such as a default or a pattern, as a code span.
pub fn code(text: &str) -> String {
    let line = text.replace(['\n', '\t'], " ");
    let fence = "`".repeat(longest_run(&line) + 1);
    if line.is_empty() {
        return "`\"\"`".to_owned();
    }
    if fence.len() > 2 || !is_code(&line) {
        let mut prose = String::new();
        inline(&mut prose, &line);
        return prose;
    }
    // Markdown strips a space at both ends.
    let space = if line.starts_with('`') || line.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{space}{line}{space}{fence}")
}

/// The line that opens a code block.
struct Fence {
    mark: char,
    length: usize,
}

impl Fence {
    fn opening(line: &str) -> Option<Self> {
        let line = line.trim_start();
        let mark = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let length = line.chars().take_while(|c| *c == mark).count();
        let info = line.get(length..)?;
        (length >= 3 && !info.contains('`')).then_some(Self { mark, length })
    }

    fn is_closed_by(&self, line: &str) -> bool {
        let line = line.trim();
        line.len() >= self.length && line.chars().all(|c| c == self.mark)
    }
}

fn code_block(out: &mut String, lines: &[&str]) {
    if out.trim_end().is_empty() {
        // If the block followed other text on its line, its closing fence would open another block.
        out.push_str("Code:\n");
    }
    if !out.ends_with("\n\n") {
        out.push('\n');
    }
    let longest = lines.iter().map(|line| longest_run(line)).max();
    let fence = "`".repeat(longest.unwrap_or_default().max(2) + 1);
    out.push_str(&format!("{fence}text\n"));
    for line in lines {
        out.push_str(line);
        out.push('\n');
    }
    out.push_str(&format!("{fence}\n"));
}

fn longest_run(line: &str) -> usize {
    line.split(|c| c != '`')
        .map(str::len)
        .max()
        .unwrap_or_default()
}

/// One line outside code blocks. Runs of white space become one space, except for the indentation of
/// nested lists, which is kept as long as it does not make a code block.
fn prose_line(out: &mut String, line: &str) {
    const DEEPEST: usize = 3;
    let text = line.trim_start();
    let indent = line.len() - text.len();
    let words: Vec<_> = text.split_whitespace().collect();
    if !words.is_empty() {
        out.push_str(&" ".repeat(indent.min(DEEPEST)));
        inline(out, &words.join(" "));
    }
    out.push('\n');
}

fn inline(out: &mut String, line: &str) {
    let mut rest = line;
    while let Some(character) = rest.chars().next() {
        let after = &rest[character.len_utf8()..];
        rest = match character {
            '\\' => match after.chars().next() {
                // An escape stays an escape.
                Some(escaped) if escaped.is_ascii_punctuation() => {
                    out.push('\\');
                    out.push(escaped);
                    &after[1..]
                }
                _ => {
                    out.push_str("\\\\");
                    after
                }
            },
            '`' => code_span(out, rest),
            // Three of them would be a fence.
            '~' if rest.starts_with("~~~") => {
                out.push_str("\\~");
                after
            }
            '<' => match url(after).filter(|url| after[url.len()..].starts_with('>')) {
                Some(url) => {
                    out.push_str(&format!("<{url}>"));
                    &after[url.len() + 1..]
                }
                None => {
                    out.push_str("\\<");
                    after
                }
            },
            '[' => {
                out.push_str("\\[");
                after
            }
            'h' if !out.ends_with(|c: char| c.is_ascii_alphanumeric()) => match url(rest) {
                Some(url) => {
                    let url =
                        url.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', ')', '*', '_']);
                    out.push_str(&format!("<{url}>"));
                    &rest[url.len()..]
                }
                None => {
                    out.push('h');
                    after
                }
            },
            other => {
                out.push(other);
                after
            }
        };
    }
}

/// Writes the code span or backticks at the start, and returns the rest.
fn code_span<'a>(out: &mut String, text: &'a str) -> &'a str {
    let length = text.len() - text.trim_start_matches('`').len();
    let (fence, inside) = text.split_at(length);
    let end = ends_of_runs(inside, length).next();
    match end {
        Some(end) if length < 3 && is_code(&inside[..end]) => {
            out.push_str(&text[..length + end + length]);
            &inside[end + length..]
        }
        _ => {
            out.push_str(&"\\`".repeat(fence.len()));
            inside
        }
    }
}

/// Whether `code` can be in a code span: in a table, a bar ends the cell even inside a span, and
/// the rest would not be code.
fn is_code(code: &str) -> bool {
    !(code.contains('|') && code.contains(['<', '[']))
}

/// Where runs of exactly so many backticks begin.
fn ends_of_runs(text: &str, length: usize) -> impl Iterator<Item = usize> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text.get(at..)?.find('`')?;
        let run = text[start..].len() - text[start..].trim_start_matches('`').len();
        at = start + run;
        Some((start, run))
    })
    .filter(move |(_, run)| *run == length)
    .map(|(start, _)| start)
}

/// The URL at the start of `text`.
fn url(text: &str) -> Option<&str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#@!$&'*+,;=%()".contains(c);
    let schemes = ["https://", "http://"];
    let scheme = schemes.iter().find(|scheme| text.starts_with(**scheme))?;
    let rest = &text[scheme.len()..];
    let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
    rest.starts_with(|c: char| c.is_ascii_alphanumeric())
        .then(|| &text[..scheme.len() + length])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn becomes(table: &[(&str, &str)]) {
        for (text, expected) in table {
            assert_eq!(markdown(text), *expected, "{text:?}");
            assert_eq!(markdown(expected), *expected, "twice: {text:?}");
        }
    }

    #[test]
    fn prose_stays_as_it_is() {
        for text in [
            "Plain, with *emphasis*, **more** and `code`.\n\nAnother paragraph.",
            "- a list\n  - in a list\n\n1. and `a\\d` numbers\n\n# A heading\n\n| a | `b` |\n|---|---|",
            "``a ` b`` and `<b>` and `[c]`, a > b, 10 ~ 11, ~~gone~~",
            "See <https://docs.example/a_b?c=d#e>.",
        ] {
            becomes(&[(text, text)]);
        }
    }

    #[test]
    fn html_is_literal() {
        becomes(&[
            ("<script>alert(1)</script>", "\\<script>alert(1)\\</script>"),
            // An escaped backslash would leave the bracket as it is.
            ("\\<script>", "\\<script>"),
            ("\\\\<script>", "\\\\\\<script>"),
            ("a\\b<script>", "a\\\\b\\<script>"),
            // A backtick run without a counterpart of the same length does not begin code.
            ("`<script>", "\\`\\<script>"),
            ("``<script>`", "\\`\\`\\<script>\\`"),
            ("`a\nb` <script>", "\\`a\nb\\` \\<script>"),
            ("\\``<script>`", "\\``<script>`"),
            // The cell of a table ends a span.
            ("| `a | <script>` |", "| \\`a | \\<script>\\` |"),
            (
                "<https://a.example/><script>",
                "<https://a.example/>\\<script>",
            ),
            (
                "<https://a.example/ onload=x>",
                "\\<<https://a.example/> onload=x>",
            ),
            ("<!-- a", "\\<!-- a"),
        ]);
    }

    #[test]
    fn only_urls_are_links() {
        becomes(&[
            (
                "[`Client`] and [a](javascript:b)",
                "\\[`Client`] and \\[a](javascript:b)",
            ),
            ("[a]: https://b.example", "\\[a]: <https://b.example>"),
            (
                "![a](https://b.example/c.png).",
                "!\\[a](<https://b.example/c.png>).",
            ),
            (
                "At https://a.example/b, or so.",
                "At <https://a.example/b>, or so.",
            ),
            ("ahttps://a.example https://", "ahttps://a.example https://"),
        ]);
    }

    #[test]
    fn a_code_block_is_not_a_test() {
        becomes(&[
            (
                "Run:\n\n```rust\nstd::process::exit(1);\n```\n\nDone.",
                "Run:\n\n```text\nstd::process::exit(1);\n```\n\nDone.",
            ),
            ("A:\n~~~\nb\n~~~\nc", "A:\n\n```text\nb\n```\nc"),
            ("A:\n```\nb", "A:\n\n```text\nb\n```"),
            // A fence inside another.
            (
                "A:\n````\n```\nb\n```\n````",
                "A:\n\n````text\n```\nb\n```\n````",
            ),
            (
                "A:\n~~~\n```rust\nb\n~~~",
                "A:\n\n````text\n```rust\nb\n````",
            ),
            // A line that is not indented ends a list, and a block in it.
            (
                "- a\n  ```\n  b\nc\n  ```\n  d",
                "- a\n\n```text\n  b\nc\n```\n  d",
            ),
            // A fence that only a list or a block quote would contain.
            (
                "- ```rust\n  b\n  ```\n",
                "- \\`\\`\\`rust\n  b\n\n```text\n```",
            ),
            ("> ~~~\n> b", "> \\~~~\n> b"),
            ("a ```rust\nb", "a \\`\\`\\`rust\nb"),
            // After other text, the end of the block would begin another one.
            ("```\na\n```", "Code:\n\n```text\na\n```"),
            ("\n\n```\na\n```", "\n\nCode:\n\n```text\na\n```"),
        ]);
    }

    #[test]
    fn nothing_is_a_code_block_by_its_indentation() {
        becomes(&[
            (
                "A:\n\n    std::process::exit(1);",
                "A:\n\n   std::process::exit(1);",
            ),
            ("\tb", " b"),
            ("A:\n\n\tb", "A:\n\n b"),
            ("-      b\n\n>     c", "- b\n\n> c"),
            ("- a\n\n       b", "- a\n\n   b"),
        ]);
    }

    #[test]
    fn code_is_literal_whatever_it_contains() {
        for (text, expected) in [
            ("a", "`a`"),
            ("", "`\"\"`"),
            ("a\n\nb", "`a  b`"),
            ("`a", "`` `a ``"),
            ("<script>", "`<script>`"),
            ("```rust", "\\`\\`\\`rust"),
            ("a|<b>", "a|\\<b>"),
        ] {
            assert_eq!(code(text), expected);
        }
    }

    #[test]
    fn all_prose_is_changed_and_data_is_not() {
        let mut document = serde_json::json!({
            "info": {"title": "<b>", "description": "<b>"},
            "components": {"schemas": {"A": {
                "description": "<b>",
                "default": {"description": "<b>"},
                "properties": {"description": {"description": "<b>", "enum": ["<b>"]}},
            }}},
        });
        lower(&mut document).unwrap();
        let text = document.to_string();
        assert_eq!(text.matches("\\\\<b>").count(), 4, "{text}");
        assert_eq!(
            document["components"]["schemas"]["A"]["properties"]["description"]["enum"][0],
            "<b>"
        );
    }

    /// What rustdoc would do with `text` besides showing it.
    fn active(text: &str) -> Vec<String> {
        use pulldown_cmark::{
            BrokenLink, CodeBlockKind, Event, LinkType, Options, Parser, Tag, TagEnd,
        };
        let options = Options::ENABLE_TABLES
            | Options::ENABLE_FOOTNOTES
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_SMART_PUNCTUATION;
        let mut links = Vec::new();
        let mut link_to_an_item = |link: BrokenLink<'_>| {
            links.push(format!("a link to the item {}", link.reference));
            None
        };
        let parser =
            Parser::new_with_broken_link_callback(text, options, Some(&mut link_to_an_item));
        let mut found: Vec<_> = parser
            .filter_map(|event| match event {
                Event::Html(html) | Event::InlineHtml(html) => Some(format!("HTML {html}")),
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) if &*info == "text" => {
                    None
                }
                Event::Start(Tag::CodeBlock(kind)) => Some(format!("a test {kind:?}")),
                Event::Start(Tag::Link {
                    link_type: LinkType::Autolink,
                    dest_url,
                    ..
                }) if dest_url.starts_with("http") => None,
                Event::Start(tag @ (Tag::Link { .. } | Tag::Image { .. })) => {
                    Some(format!("{tag:?}"))
                }
                Event::End(TagEnd::FootnoteDefinition) => Some("a footnote".to_owned()),
                _ => None,
            })
            .collect();
        found.extend(links);
        found
    }

    #[test]
    fn the_check_finds_what_it_looks_for() {
        for text in [
            "```\na\n```",
            "    a",
            "<b>",
            "a <b>",
            "[`a`]",
            "[a](b)",
            "![a](b)",
            "[a]\n\n[a]: b",
        ] {
            assert!(!active(text).is_empty(), "{text}");
        }
    }

    const FRAGMENTS: [&str; 48] = [
        "`",
        "``",
        "```",
        "````",
        "~~~",
        "~",
        "```rust\n",
        "\n```\n",
        "\n~~~\n",
        "\n",
        "\n\n",
        "\n\n\n",
        " ",
        "  ",
        "    ",
        "\t",
        "\n- ",
        "\n  - ",
        "\n> ",
        "\n1. ",
        "- ",
        "> ",
        "+ ",
        "* ",
        "<b>",
        "<script>",
        "</details>",
        "<!--",
        "-->",
        "<",
        ">",
        "<https://a.example>",
        "https://b.example/c_d",
        "[a](b)",
        "[`c`]",
        "![d](e)",
        "\n[f]: g\n",
        "[^h]",
        "]",
        "(",
        ")",
        "\\",
        "|",
        "\n|---|---|\n",
        "word",
        "é",
        "#",
        "&lt;",
    ];

    proptest::proptest! {
        #[test]
        fn rustdoc_shows_any_prose_and_does_nothing_else(
            parts in proptest::collection::vec(proptest::sample::select(FRAGMENTS.as_slice()), 0..24),
        ) {
            let text = parts.concat();
            let prose = markdown(&text);
            proptest::prop_assert_eq!(&markdown(&prose), &prose, "twice: {:?}", text);
            // By itself, as an item of a list, between other text, and on one line.
            let one_line = markdown(&prose.split_whitespace().collect::<Vec<_>>().join(" "));
            for shown in [
                prose.clone(),
                format!("- `a`: {prose}\n- `b`"),
                format!("- `a` (optional): {}\n\nMore.", prose.replace('\n', "\n  ")),
                format!("Summary.\n\n{prose}\n\nSends `GET /a`."),
                format!("Sets `a`: {prose}"),
                format!("- 404: {one_line}"),
                format!("Sets `a`: {prose}\n\nDefault: {}.", code(&text)),
            ] {
                let found = active(&shown);
                proptest::prop_assert!(found.is_empty(), "{:?} in {:?} of {:?}", found, shown, text);
            }
        }
    }
}
