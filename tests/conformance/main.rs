//! Conformance of the generated client to the document that it was generated from.
//!
//! Every operation is called against a loopback server, and every schema's values are decoded and
//! encoded back. They are checked against the document as published, before the generator's
//! lowering, with a JSON Schema validator that the client does not use. The tests follow the
//! document: nothing here names an operation or a schema.
//!
//! With `ULTRAVOX_CONFORMANCE_REPORT` set, the results go to that file as well, one JSON object per
//! line, for `cargo xtask conformance`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used)]
// Deprecated operations are checked as long as they exist.
#![allow(deprecated)]

mod client;
mod compare;
mod document;
mod json_schema;
mod messages;
mod multipart;
mod nulls;
mod operations;
mod schemas;
mod server;

use std::fmt::Write;

use document::Document;
use json_schema::Validators;

/// The type of a schema whose only value is null.
pub type Null = ();

/// What was found about an operation or a schema. Without problems it conforms.
struct Row {
    kind: &'static str,
    name: String,
    problems: Vec<String>,
}

#[tokio::test]
async fn the_client_conforms_to_the_document_that_it_was_generated_from() {
    let mut validators = Validators::new(&Document::published());
    let document = Document::published().translated();
    let mut rows = operations::check(&document, &mut validators).await;
    rows.extend(schemas::check(&document, &mut validators));
    rows.extend(messages::check());
    rows.extend(mock_samples());
    if let Some(report) = std::env::var_os("ULTRAVOX_CONFORMANCE_REPORT") {
        std::fs::write(report, json_lines(&rows)).unwrap();
    }
    assert!(rows.iter().any(|row| row.kind == "operation"));
    assert!(rows.iter().any(|row| row.kind == "message"));
    let mut failures = String::new();
    for row in rows.iter().filter(|row| !row.problems.is_empty()) {
        writeln!(failures, "{} {}", row.kind, row.name).unwrap();
        for problem in &row.problems {
            writeln!(failures, "    {problem}").unwrap();
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
}

/// The value that `ultravox::mock::sample` gives of each type is the one that was generated.
fn mock_samples() -> impl Iterator<Item = Row> {
    let samples = client::samples().into_iter().chain(messages::samples());
    samples.map(|sampled| {
        let json: serde_json::Value = serde_json::from_str(sampled.json).unwrap();
        let encoded = std::panic::catch_unwind(sampled.encoded);
        let problems = match encoded.unwrap_or_else(|_| Err("it does not decode".to_owned())) {
            Ok(encoded) => compare::differences(&json, &encoded, compare::Nulls::Distinct),
            Err(reason) => vec![reason],
        };
        Row {
            kind: "sample",
            name: sampled.name.to_owned(),
            problems,
        }
    })
}

fn json_lines(rows: &[Row]) -> String {
    rows.iter()
        .map(|row| {
            let row = serde_json::json!({
                "kind": row.kind, "name": row.name, "problems": row.problems,
            });
            format!("{row}\n")
        })
        .collect()
}
