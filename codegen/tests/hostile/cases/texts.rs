//! Titles, summaries, descriptions, defaults, examples and links.

use super::Outcome::{Accepted, Refused};
use super::{Case, case, operation, schema};

/// Code that a doctest would run, HTML, and what ends the comment that it is in.
const PROSE: &str = r#"Runs.\n\n```rust\ncompile_error!(\"a\");\n```\n\n    compile_error!(\"b\");\n\n~~~\ncompile_error!(\"c\");\n~~~\n\n- ```\n  compile_error!(\"d\");\n  ```\n> ```\n> compile_error!(\"e\");\n\n</details><script>alert(1)</script> `<img src=x> [`Client`] [a](javascript:b) */ \" \\ #[doc = include_str!(\"/etc/passwd\")] {} {0} $crate"#;

/// What it is called, where it is, and the document with a text there.
type Location = (&'static str, &'static str, fn(&str) -> String);

pub fn texts() -> Vec<Case> {
    let mut cases = Vec::new();
    // Each text of a document, with what must not be in one.
    let locations: [Location; 13] = [
        ("a title", "info.title", |text| {
            format!("info: {{title: {text}}}")
        }),
        ("a description", "info.description", |text| {
            format!("info: {{description: {text}}}")
        }),
        ("a summary", "paths./text.get.summary", |text| {
            operation("/text", "text", &format!("summary: {text}"))
        }),
        (
            "an operation's description",
            "paths./text.get.description",
            |text| operation("/text", "text", &format!("description: {text}")),
        ),
        (
            "a parameter's description",
            "paths./text.get.parameters.0.description",
            |text| {
                operation(
                    "/text",
                    "text",
                    &format!(
                        "parameters: [{{name: a, in: query, description: {text}, schema: {{type: string}}}}]"
                    ),
                )
            },
        ),
        (
            "a response's description",
            "paths./text.get.responses.404.description",
            |text| {
                format!(
                    "paths: {{/text: {{get: {{operationId: text, responses: {{'404': {{description: {text}}}}}}}}}}}"
                )
            },
        ),
        ("a tag's description", "tags.0.description", |text| {
            format!("tags: [{{name: a, description: {text}}}]")
        }),
        (
            "a schema's title",
            "components.schemas.Text.title",
            |text| schema("Text", &format!("{{type: object, title: {text}}}")),
        ),
        (
            "a schema's description",
            "components.schemas.Text.description",
            |text| schema("Text", &format!("{{type: object, description: {text}}}")),
        ),
        (
            "a default",
            "components.schemas.Text.properties.a.default",
            |text| {
                schema(
                    "Text",
                    &format!(
                        "{{type: object, properties: {{a: {{type: string, default: {text}}}}}}}"
                    ),
                )
            },
        ),
        ("an example", "components.schemas.Text.example", |text| {
            schema("Text", &format!("{{type: object, example: {text}}}"))
        }),
        (
            "a key of an example",
            "components.schemas.Text.example",
            |text| {
                schema(
                    "Text",
                    &format!("{{type: object, example: {{? {text} : 1}}}}"),
                )
            },
        ),
        ("an extension", "paths./text.get.x-note", |text| {
            operation("/text", "text", &format!("x-note: {text}"))
        }),
    ];
    for (what, location, of) in locations {
        for text in [
            r"\u202e",
            r"\u2066",
            r"\u200f",
            r"\u2028",
            r"\e[2J",
            r"\r",
            r"\0",
            r"\a",
            r"\x7f",
            r"\ufeff",
            r"\U000e0041",
        ] {
            let yaml = of(&format!("\"a{text}b\""));
            cases.push(case(
                format!("{what} with {text}"),
                yaml,
                Refused(location, "of the text contains U+"),
            ));
        }
        cases.push(case(
            format!("{what} that is too long"),
            of(&format!("\"{}\"", "a".repeat(1 << 17))),
            Refused(location, "bytes"),
        ));
    }
    for (what, text) in [
        ("prose that would run", PROSE.to_owned()),
        (
            "prose in many scripts",
            "Grüße, 你好, שלום, नमस्ते, 👩‍🚀".to_owned(),
        ),
    ] {
        let slug = what.replace(' ', "_");
        let quoted = format!("\"{text}\"");
        let location = slug.replace('_', "");
        cases.push(case(what, operation(&format!("/{location}"), &slug, &format!("summary: {quoted}, description: {quoted}, parameters: [{{name: a, in: query, description: {quoted}, schema: {{type: string, default: {quoted}}}}}]")), Accepted));
        cases.push(case(format!("{what}, of a type"), schema(&format!("Type{location}"), &format!("{{type: object, title: {quoted}, description: {quoted}, example: {quoted}, properties: {{a: {{type: string, description: {quoted}, default: {quoted}}}, b: {{type: string, enum: [a], description: {quoted}}}}}}}")), Accepted));
        cases.push(case(
            format!("{what}, of the whole"),
            format!("info: {{title: {quoted}, description: {quoted}}}"),
            Accepted,
        ));
        cases.push(case(format!("{what}, of an error"), format!("paths: {{/{location}e: {{get: {{operationId: {slug}_e, responses: {{'204': {{description: {quoted}}}, '404': {{description: {quoted}}}}}}}}}}}"), Accepted));
    }
    cases.push(case(
        "a link that is a script",
        operation(
            "/link",
            "link",
            "externalDocs: {url: 'javascript:alert(1)'}",
        ),
        Refused("paths./link.get.externalDocs.url", "https://"),
    ));
    cases.push(case(
        "a link that ends itself",
        operation(
            "/link",
            "link",
            "externalDocs: {url: 'https://a.example/> <script>'}",
        ),
        Refused("paths./link.get.externalDocs.url", "may contain"),
    ));
    cases
}
