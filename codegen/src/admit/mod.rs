//! The only entry of a document: from text to a value that the rest of the generator can rely on.
//!
//! A document comes from a site, and becomes code that is compiled, run and documented on the machines
//! of others. [`admit`] refuses, in one line with its location, every text that could become something
//! other than what it says; the build script and `cargo xtask update-spec` both call it.
//!
//! # Where each text of a document goes
//!
//! | text | used in | what a hostile one could do there | what prevents it |
//! |---|---|---|---|
//! | the text as a whole | the parser | brackets or aliases that take hours or all memory | sizes are bounded before parsing, module `bounds` |
//! | duplicate keys, tags | reviews of a diff | be shown as one thing, and read as another | refused |
//! | `operationId`s | `cargo::rustc-cfg`, identifiers, file names | a newline begins a directive of its own: a linker that runs a program | an alphabet; and a directive is one line, or is not printed |
//! | names of components | types, file names | `../` leaves the folder; a name too long fails the build | an alphabet; derived names are bounded as well |
//! | tags | cargo features, environment variables, a table in Markdown | a row or a link of their own choosing | an alphabet |
//! | properties, parameters | fields, setters, strings in Rust, code spans, reports | end the code span or the line | an alphabet |
//! | headers, media types, statuses | constants that panic if they are not valid headers, `match` arms | fail at run time | an alphabet |
//! | the key's header | every request | frame the message: `Content-Length`, `Host` | an alphabet, without those |
//! | paths | format strings, URLs, file names of reports | `..`, `//`, `?` reach another operation | an alphabet, a grammar |
//! | the server's URL | a constant, every request with the key | a key sent unencrypted, a password in a message | an alphabet, https |
//! | values of enums | variants, strings in Rust, code spans | end the code span; two variants of one name | an alphabet; variants are told apart, or refused |
//! | `$ref`s | the passes | point into data of the document, or to a file | components only |
//! | `x-rust-type` and other steering extensions | types in Rust, as code | a type with a block of code in it | refused |
//! | patterns | a regular expression engine, samples | hours of backtracking, gigabytes of text | bounded; only simple ones are tried |
//! | URLs of links | doc comments | `javascript:` | http and https, an alphabet |
//! | titles, summaries, descriptions | doc comments, YAML, Markdown, terminals, logs of workflows | a code block that is a doctest, and runs; HTML; bidirectional text that hides code; terminal escapes | invisible characters are refused here; Markdown is made harmless where it becomes documentation, module `prose` |
//! | defaults, examples, extensions | documentation, YAML, `document.json` for tests | as above | as above |
//! | numbers | literals, samples | a list of 2^40 items | samples are bounded |
//! | nesting, chains, compositions | recursion in passes, progenitor, rustc | overflow a stack, double at each level | bounded |
//! | any of these | the error line that refuses it | a line of its own, terminal escapes | [`one_line`] |
//!
//! Each row has its cases in `tests/hostile`, and `fuzz/` looks for what this table does not cover.
//!
//! Rust source is made of tokens by `quote`, which escapes string literals: no text becomes code by its
//! quotes. YAML is written by `xtask`, which reads back what it wrote.
//!
//! # What is not done here
//!
//! Whether the document is valid OpenAPI, and whether the generator supports it, is checked later.

mod characters;
mod names;
mod size;
mod walk;
mod yaml;

use serde_json::Value;

use crate::error::Error;

pub use characters::one_line;
pub use yaml::parse;

/// Reads `text` and [checks](check) it.
///
/// # Errors
///
/// One line with the location of what cannot be admitted.
pub fn admit(text: &str) -> Result<Value, Error> {
    let document = parse(text)?;
    check(&document)?;
    Ok(document)
}

/// Checks a document that was not read from one text, but assembled.
///
/// # Errors
///
/// One line with the location of what cannot be admitted.
pub fn check(document: &Value) -> Result<(), Error> {
    walk::check(document)?;
    size::check(document)
}
