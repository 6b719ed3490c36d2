//! Fuzz targets: received data is not trusted, and causes no panic.
//!
//! Each file in `tests/` is a target. `cargo test -p ultravox-fuzz` runs all of them for a short time,
//! and `PROPTEST_CASES=100000 cargo test --release -p ultravox-fuzz --test documents` runs one for a
//! long time. Failures are kept beside the target in a file `.regressions`, which is committed and
//! tried first. `seeds/` contains what the targets start from. Private functions of the client (links
//! to pages, `Retry-After`) have their targets beside them, in `src/*/fuzz.rs`.

use proptest::test_runner::{Config, FileFailurePersistence};

/// The configuration of a target: this many cases, unless `PROPTEST_CASES` says otherwise.
pub fn cases(usual: u32) -> Config {
    let asked = std::env::var("PROPTEST_CASES").ok();
    Config {
        cases: asked.and_then(|cases| cases.parse().ok()).unwrap_or(usual),
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        max_shrink_iters: 2_000,
        ..Config::default()
    }
}

/// Texts with a meaning in the outputs that a text may reach.
pub const HOSTILE: [&str; 44] = [
    "",
    " ",
    "\n",
    "\r\n",
    "\t",
    "\0",
    "\u{1b}[2J",
    "\u{202e}",
    "\u{2066}",
    "\u{2028}",
    "\u{feff}",
    "a\ncargo::rustc-link-arg=-wrapper",
    "::set-output name=a::b",
    "\"",
    "'",
    "`",
    "```rust\nloop {}\n```",
    "    loop {}",
    "<script>",
    "[`Client`]",
    "\\",
    "*/",
    "#",
    "{}",
    "{0}",
    "{{",
    "]",
    "$crate",
    "../../a",
    "/",
    "//",
    "%",
    "|",
    "&a",
    "*a",
    "!!binary",
    "Self",
    "String",
    "Err",
    "type",
    "#/components/schemas/A",
    "x-rust-type",
    "größe",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
];
