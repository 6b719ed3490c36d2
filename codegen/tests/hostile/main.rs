//! Hostile and odd documents: each is refused in one line with its location, or generates a client
//! that compiles.
//!
//! `cases` is the table. Nothing here knows how the generator works inside.

// Helpers of tests, which clippy does not tell from other functions.
#![allow(clippy::panic, clippy::unwrap_used)]

mod cases;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use cases::{Case, Outcome, all};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use serde_json::{Value, json};
use syn::visit::Visit;
use ultravox_codegen::{Generated, Wanted, generate};

/// What each case is merged into.
fn base() -> Value {
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Base", "version": "1"},
        "servers": [{"url": "https://api.example"}],
        "security": [{"key": []}],
        "paths": {"/base": {"get": {"operationId": "base_get", "responses": {"204": {"description": "Done."}}}}},
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
    })
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

/// The text of the document.
fn document(case: &Case) -> String {
    let mut document = base();
    if case.is_text {
        return format!(
            "{}\n{}\n",
            serde_yaml::to_string(&document).unwrap(),
            case.yaml
        );
    }
    let value = serde_yaml::from_str(&case.yaml);
    let value = value.unwrap_or_else(|error| panic!("the case {}: {error}", case.name));
    merge(&mut document, value);
    serde_json::to_string(&document).unwrap()
}

/// Generates on a thread whose stack is as small as that of any thread.
fn generated(document: String) -> Result<Generated, String> {
    let run = move || {
        let wanted = Wanted {
            area: &|_| true,
            mocks: true,
        };
        generate(&document, wanted).map_err(|error| error.to_string())
    };
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    thread.spawn(run).unwrap().join().unwrap()
}

/// The outcome that a case must have, or what is wrong.
fn verdict(case: &Case) -> Result<bool, String> {
    let start = Instant::now();
    let outcome = generated(document(case));
    let took = start.elapsed();
    if took > Duration::from_secs(10) {
        return Err(format!("took {took:?}"));
    }
    match (outcome, case.outcome) {
        (Ok(generated), Outcome::Accepted | Outcome::Either) => parses(&generated).map(|()| true),
        (Ok(_), Outcome::Refused(..)) => Err("is accepted".to_owned()),
        (Err(line), Outcome::Accepted) => Err(format!("is refused: {line}")),
        (Err(line), outcome) => {
            let (location, reason) = match outcome {
                Outcome::Refused(location, reason) => (location, reason),
                _ => ("", ""),
            };
            let bad = |why: &str| Err(format!("{why}: {line}"));
            if line.chars().any(char::is_control) || line.contains('\u{202e}') {
                return bad("is refused in no single line");
            }
            if line.len() > 3000 {
                return bad("is refused in a line that nobody reads");
            }
            if line.contains("panicked") || line.contains("a panic without") {
                return bad("panics");
            }
            if !line.starts_with(location) || !line.contains(reason) {
                return bad("is refused otherwise");
            }
            if matches!(case.outcome, Outcome::Either)
                && !["paths", "components", "servers", "info"]
                    .iter()
                    .any(|at| line.starts_with(at))
            {
                return bad("is refused without a location");
            }
            Ok(false)
        }
    }
}

fn parses(generated: &Generated) -> Result<(), String> {
    for (name, text) in &generated.files {
        let is_code = Path::new(name)
            .extension()
            .is_some_and(|extension| extension == "rs");
        if !is_code || name.starts_with("conformance") {
            continue;
        }
        let file = syn::parse_file(text).map_err(|e| format!("{name} does not parse: {e}"))?;
        let mut docs = Docs(Vec::new());
        docs.visit_file(&file);
        if let Some(active) = docs.0.first() {
            return Err(format!(
                "has documentation in {name} that does more than show: {active}"
            ));
        }
    }
    Ok(())
}

/// What rustdoc would run or take for HTML.
struct Docs(Vec<String>);

impl<'ast> Visit<'ast> for Docs {
    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if let syn::Meta::NameValue(meta) = &attribute.meta
            && meta.path.is_ident("doc")
            && let syn::Expr::Lit(literal) = &meta.value
            && let syn::Lit::Str(text) = &literal.lit
        {
            self.0.extend(active(&text.value()));
        }
    }
}

fn active(doc: &str) -> Vec<String> {
    // What the generator itself may write.
    const OWN: [&str; 3] = [
        "<details><summary>JSON schema</summary>",
        "</details>",
        "<details>",
    ];
    let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES;
    let mut example = false;
    let found = Parser::new_ext(doc, options).filter_map(|event| match event {
        Event::Html(html) | Event::InlineHtml(html) if !OWN.contains(&html.trim()) => {
            Some(html.to_string())
        }
        Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info)))
            if matches!(&*info, "text" | "json" | "ignore") =>
        {
            None
        }
        Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) if &*info == "no_run" => {
            example = true;
            None
        }
        Event::Start(Tag::CodeBlock(kind)) => Some(format!("{kind:?}")),
        Event::End(TagEnd::CodeBlock) => {
            example = false;
            None
        }
        Event::Text(text) if example && text.contains("compile_error") => Some(text.to_string()),
        _ => None,
    });
    found.collect()
}

#[test]
fn every_document_is_refused_in_one_line_or_generates() {
    let cases = all();
    assert!(cases.len() > 300, "{}", cases.len());
    let wrong: Vec<_> = cases
        .iter()
        .filter_map(|case| Some(format!("{} {}", case.name, verdict(case).err()?)))
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

/// All oddities at once in one client, which rustc checks.
#[test]
fn all_that_is_accepted_compiles() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut document = base();
    let mut accepted = 0;
    for case in all() {
        if matches!(case.outcome, Outcome::Refused(..)) || verdict(&case) != Ok(true) {
            continue;
        }
        merge(&mut document, serde_yaml::from_str(&case.yaml).unwrap());
        accepted += 1;
    }
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile/ultravox.yaml");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, serde_json::to_string_pretty(&document).unwrap()).unwrap();
    let checked = Command::new(env!("CARGO"))
        .current_dir(root)
        // Features that nothing else is built with: what is built for them stays.
        .args([
            "check",
            "--quiet",
            "--locked",
            "--package",
            "ultravox",
            "--lib",
        ])
        .args(["--no-default-features", "--features", "rustls,mock"])
        .env("ULTRAVOX_OPENAPI", &path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&checked.stderr);
    assert!(
        checked.status.success(),
        "{accepted} oddities in {}:\n{}",
        path.display(),
        said.lines().take(200).collect::<Vec<_>>().join("\n")
    );
}
