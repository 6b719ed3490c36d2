//! Texts of a site that would control what displays them, at every location of a site, in every
//! output.

use std::fmt::Write;

use serde_json::Value;
use xtask::diff::diff;
use xtask::escape;
use xtask::report::{self, About, Code, Format};
use xtask::yaml;

use super::server::{Answer, Server};
use super::{CANONICAL, GET, INDEX, fixture, read, replaced, update_spec};

/// Each contains `EVIL` where it does harm.
const TEXTS: [&str; 16] = [
    "\u{1b}]0;EVIL\u{7}\u{1b}[2J\u{1b}[31m",
    "\u{9b}31mEVIL\u{84}",
    "EVIL\r::error::EVIL\r",
    "::set-output name=EVIL::EVIL",
    "a\n::set-output name=EVIL::EVIL\n::add-mask::EVIL",
    "a\u{2028}::set-env name=EVIL::EVIL\u{85}::warning::EVIL",
    "##[add-mask]EVIL ##[error]EVIL",
    "###[group]EVIL",
    "\u{202e}EVIL\u{2066}\u{200b}\u{feff}\u{e0041}",
    "`EVIL` ``EVIL`` ```\nEVIL\n```\n~~~\nEVIL",
    "<script>EVIL</script></details><img src=x onerror=EVIL>",
    "@EVIL #1 [EVIL](javascript:EVIL) ![EVIL](https://evil.example/EVIL) | EVIL | **EVIL**",
    "--- EVIL\n...\n--- !!python/object:EVIL",
    "&EVIL *EVIL !EVIL {EVIL: [EVIL]} # EVIL ' \" \\ : EVIL",
    "{{ EVIL }} ${{ secrets.EVIL }} $(EVIL) %EVIL% ../../EVIL",
    "null",
];

/// In YAML and in JSON, with everything but ASCII escaped.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for unit in text.encode_utf16() {
        write!(quoted, "\\u{unit:04x}").unwrap();
    }
    quoted + "\""
}

/// The locations of a site that hold text, each with `text` in it.
fn locations(text: &str) -> Vec<(&'static str, &'static str, Answer)> {
    let line = text.replace('\n', " ");
    let page = |from: &str, to: &str| Answer::Page(replaced(GET, from, to));
    let yaml = |from: &str, to: String| page(from, &to);
    let header = text.replace(|c: char| c.is_control() || !c.is_ascii(), "");
    vec![
        ("title", GET, page("# Get Lamp", &format!("# {line}"))),
        (
            "quote",
            GET,
            page("> One lamp.", &format!("> {}", text.replace('\n', "\n> "))),
        ),
        (
            "summary",
            GET,
            yaml(
                "      tags:\n",
                format!("      summary: {}\n      tags:\n", quoted(text)),
            ),
        ),
        (
            "description",
            GET,
            yaml("description: ''", format!("description: {}", quoted(text))),
        ),
        ("operation id", GET, yaml("lamps_retrieve", quoted(text))),
        (
            "tag",
            GET,
            yaml("        - lamps\n", format!("        - {}\n", quoted(text))),
        ),
        ("status", GET, yaml("'200':", format!("{}:", quoted(text)))),
        (
            "media type",
            GET,
            yaml("application/json:", format!("{}:", quoted(text))),
        ),
        (
            "parameter",
            GET,
            yaml("name: lamp_id\n", format!("name: {}\n", quoted(text))),
        ),
        (
            "format",
            GET,
            yaml("format: uuid", format!("format: {}", quoted(text))),
        ),
        (
            "enum",
            GET,
            yaml("format: uuid", format!("enum: [{}]", quoted(text))),
        ),
        (
            "extension",
            GET,
            yaml(
                "components:\n",
                format!("{}: 1\ncomponents:\n", quoted(text)),
            ),
        ),
        (
            "schema",
            GET,
            yaml(
                "components:\n",
                format!(
                    "components:\n  schemas:\n    {}: {{type: string}}\n",
                    quoted(text)
                ),
            ),
        ),
        (
            "component of another kind",
            GET,
            yaml(
                "components:\n",
                format!("components:\n  {}: {{a: {{}}}}\n", quoted(text)),
            ),
        ),
        (
            "key twice",
            GET,
            yaml(
                "openapi: 3.0.3\n",
                format!("openapi: 3.0.3\n{0}: 1\n{0}: 2\n", quoted(text)),
            ),
        ),
        (
            "reference",
            GET,
            yaml("'#/components/schemas/Lamp'", quoted(text)),
        ),
        (
            "version",
            GET,
            yaml("openapi: 3.0.3\n", format!("openapi: {}\n", quoted(text))),
        ),
        (
            "disagreement",
            GET,
            yaml("title: Harbour", format!("title: {}", quoted(text))),
        ),
        (
            "fence",
            GET,
            page(
                "````yaml get /api/lamps/{lamp_id}",
                &format!("````yaml get /{}", line.replace(' ', "_")),
            ),
        ),
        (
            "no YAML",
            GET,
            yaml("openapi: 3.0.3\n", format!("openapi: [\n{text}\n")),
        ),
        (
            "link",
            INDEX,
            Answer::Page(format!(
                "{}- [a]({line})\n- [{line}](https://evil.example/{line})\n",
                fixture(INDEX)
            )),
        ),
        (
            "name of a page",
            INDEX,
            Answer::Page(fixture(INDEX).replace("[Get Lamp]", &format!("[{line}]"))),
        ),
        (
            "page",
            INDEX,
            Answer::Page(format!("- [a](/api-reference/{line}.md)\n")),
        ),
        ("reason", GET, Answer::status(&format!("404 {header}"), "")),
        (
            "redirect",
            GET,
            Answer::redirect(&format!("https://evil.example/{header}")),
        ),
        ("type", GET, Answer::typed(&format!("image/{header}"), b"")),
    ]
}

/// A line of a log, on a terminal or with the runner of a workflow.
#[track_caller]
fn assert_harmless(name: &str, log: &str) {
    for line in log.split('\n') {
        // The runner trims blanks first.
        assert!(!line.trim_start().starts_with("::"), "{name}: {line:?}");
        assert!(!line.contains("##["), "{name}: {line:?}");
    }
    assert_visible(name, log);
}

/// Characters that hide nothing and reverse nothing.
#[track_caller]
fn assert_visible(name: &str, text: &str) {
    for line in text.split('\n') {
        let steers = |c: char| {
            c.is_control()
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
        };
        assert!(!line.contains(steers), "{name}: {line:?}");
    }
}

/// The elements of a page are those of the report, and no untrusted text is in a tag.
#[track_caller]
fn assert_no_markup(name: &str, page: &str) {
    const OURS: [&str; 42] = [
        "!doctype", "html", "head", "meta", "title", "style", "body", "header", "main", "section",
        "nav", "article", "fieldset", "legend", "label", "input", "h1", "h2", "h3", "h4", "p",
        "code", "pre", "b", "strong", "small", "span", "div", "ol", "ul", "li", "a", "details",
        "summary", "table", "caption", "thead", "tbody", "tr", "th", "td", "del",
    ];
    let (before, rest) = page.split_once("<style>").unwrap();
    let (_, after) = rest.split_once("</style>").unwrap();
    for element in [before, after].concat().split('<').skip(1) {
        let Some((element, _)) = element.split_once('>') else {
            panic!("{name}: an element does not end: {element}");
        };
        assert!(!element.contains("EVIL"), "{name}: <{element}>");
        let tag = element.trim_start_matches('/').split(' ').next().unwrap();
        assert!(OURS.contains(&tag) || tag == "ins", "{name}: <{element}>");
    }
}

/// What is left of Markdown without its code spans, each within a line, and its fenced blocks, as the
/// reports have them.
fn without_code(markdown: &str) -> String {
    let mut left = String::new();
    let mut lines = markdown.lines();
    while let Some(line) = lines.next() {
        if let Some(fence) = line.trim_start().strip_suffix("markdown")
            && fence.len() >= 3
            && fence.chars().all(|character| character == '`')
        {
            // Any run of backticks as long would end the block, if no text is before it.
            let ends = |line: &&str| line.trim_start().starts_with(fence);
            let end = lines.find(ends).map(str::trim_start);
            assert_eq!(end, Some(fence), "{line}");
            continue;
        }
        let mut rest = line;
        while let Some(start) = rest.find('`') {
            left.push_str(&rest[..start]);
            let length = rest[start..].len() - rest[start..].trim_start_matches('`').len();
            let inside = &rest[start + length..];
            let fence = "`".repeat(length);
            let mut at = 0;
            // The next run of as many backticks.
            let end = loop {
                let Some(found) = inside[at..].find('`') else {
                    panic!("a code span does not end: {line}");
                };
                let run = &inside[at + found..];
                let count = run.len() - run.trim_start_matches('`').len();
                if count == length {
                    break at + found;
                }
                at += found + count;
            };
            rest = &inside[end + fence.len()..];
        }
        left.push_str(rest);
        left.push('\n');
    }
    left
}

/// Texts and keys of a document.
fn strings<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
        Value::Object(entries) => {
            for (key, value) in entries {
                found.push(key);
                strings(value, found);
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn no_text_of_a_site_controls_what_displays_it() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("document.yaml");
    let before = yaml::parse(CANONICAL).unwrap();
    let (mut written, mut reported) = (0, 0);
    for text in TEXTS {
        for (location, path, answer) in locations(text) {
            let name = format!("{location}, {text:?}");
            let server = Server::with(&[(path, answer)]);
            let (fresh, _) = read(&server.root, Some(&before), true).await;
            if matches!(location, "reason" | "redirect" | "type") {
                // The program would ask again, after waits; this is what it says in the end.
                let error = fresh.map(|_| ()).unwrap_err();
                assert_harmless(&name, &escape::lines(&format!("error: {error}")));
                continue;
            }

            std::fs::write(&file, CANONICAL).unwrap();
            let output = update_spec(&server.root, &file)
                .arg("--allow-shrink")
                .output();
            let output = output.unwrap();
            assert!(matches!(output.status.code(), Some(0 | 2)), "{name}");
            for bytes in [&output.stdout, &output.stderr] {
                assert_harmless(&name, std::str::from_utf8(bytes).unwrap());
            }

            let now = std::fs::read_to_string(&file).unwrap();
            if now != CANONICAL {
                written += 1;
                assert_visible(&name, &now);
                let ours = yaml::parse(&now).unwrap();
                let theirs: Value = serde_yaml::from_str(&now).unwrap();
                assert_eq!(ours, theirs, "{name}");
                if matches!(location, "summary" | "description" | "enum") {
                    let mut found = Vec::new();
                    strings(&ours, &mut found);
                    assert!(found.contains(&text), "{name}: {now}");
                }
            }

            // The other formats are made in the same way, whatever the generator says about the
            // document.
            let Ok(fresh) = fresh else { continue };
            reported += 1;
            let diff = diff(&before, &fresh.document);
            let about = About {
                old: text.to_owned(),
                new: text.to_owned(),
                code: Code {
                    version: None,
                    files: vec![(format!("src/{text}"), text.to_owned())],
                },
                prose: None,
                options: vec!["--source".to_owned(), text.to_owned()],
                notes: vec![format!("{} is gone", escape::code(text))],
            };
            for format in Format::ALL {
                let mut out = Vec::new();
                report::write(&mut out, &diff, format, true, &about).unwrap();
                let out = String::from_utf8(out).unwrap();
                // Our own colours.
                let plain = out.replace("\u{1b}[0m", "").replace("\u{1b}[1m", "");
                let plain = ["31", "32", "36"].iter().fold(plain, |text, color| {
                    text.replace(&format!("\u{1b}[{color}m"), "")
                });
                assert_harmless(&name, &plain);
                match format {
                    Format::Markdown => {
                        let left = without_code(&out);
                        assert!(!left.contains("EVIL"), "{name}: {left}");
                    }
                    Format::Json => {
                        serde_json::from_str::<Value>(&out).unwrap();
                    }
                    Format::Html => assert_no_markup(&name, &out),
                    Format::Text => {}
                }
            }
        }
    }
    // What is only hard to read is accepted.
    assert!(written > 3 * TEXTS.len(), "{written}");
    assert!(reported > 8 * TEXTS.len(), "{reported}");
}
