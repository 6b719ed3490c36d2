use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn depth(text: &str) -> Result<usize, TooMuch> {
    Scanner::new(text).run().map_err(|excess| excess.what)
}

#[test]
fn what_opens_a_list_or_a_map_counts_and_what_is_in_a_string_does_not() {
    let many = "[".repeat(300);
    for (text, expected) in [
        ("a", 0),
        ("a: 1", 1),
        ("- - - a", 3),
        ("[[], {a: [b]}]", 3),
        ("a:\n  b:\n    c: {}\nd: {}\n", 4),
        ("a:\n- b:\n  - c\n", 2),
        ("? - a\n: - b\n", 2),
        (&format!("a: \"{many}\""), 1),
        (&format!("a: \"\\\"{many}\"\nb: [1]"), 2),
        (&format!("a: '{many}''{many}'"), 1),
        (&format!("a: b {many}\n  {many}\nc: [1]"), 2),
        (&format!("a: |\n  {many}\n\n   {many}\nb: [1]"), 2),
        (&format!("- a: >2-\n    {many}\n  b: [1]"), 3),
        (&format!("- |\n {many}\n- [1]"), 2),
        (&format!("a: 1 # {many}\n# {many}\nb: 1"), 1),
        (&format!("a: [b # {many}\n, c]"), 2),
        (&format!("{{\"a\": \"{many}\"}}"), 1),
        (&format!("'{many}': 1\n"), 1),
    ] {
        assert_eq!(depth(text), Ok(expected), "{text}");
    }
    for text in [
        many.clone(),
        format!("a: {many}"),
        format!("a: 'it''s'\nb: {many}"),
        format!("a: it's\nb: {many}"),
        format!("a: |\n  text\nb: {many}"),
        format!("a: |\n text\n{many}"),
        format!("a: &x {many}"),
        format!("a: !x {many}"),
        format!("--- {many}"),
        format!("a: \"b\" {many}"),
        format!("[a #{many}\n {many}"),
        "- ".repeat(300),
        "? ".repeat(300),
        "{a: ".repeat(300),
        (0..300).map(|n| format!("{}a:\n", " ".repeat(n))).collect(),
    ] {
        assert_eq!(depth(&text), Err(TooMuch::Nesting), "{text}");
    }
}

#[test]
fn an_excess_names_its_line() {
    let text = format!("a: 1\nb:\n  {}", "[".repeat(300));
    assert_eq!(
        check(&text).unwrap_err().to_string(),
        "line 3: lists and maps are nested more than 100 levels deep"
    );
    assert_eq!(
        check(&"x".repeat(MOST_BYTES + 1)).unwrap_err().to_string(),
        "it is longer than 67108864 bytes"
    );
}

#[test]
fn aliases_are_counted_as_what_they_expand_to() {
    for text in [
        "a: &x [1]\nb: *x\nc: *x\n",
        "- &x one\n- *x\n- &y {a: *x}\n- *y\n",
        "a:\n- &x one\n- *x\nb: &y\n- *x\n- 1\nc: *y\n",
        "a: &x\n  b: &y 1\n  c: *y\nd: *x\n",
        "{a: &x {b: 1}, c: [*x, *x]}",
        "? &x a\n: *x\n",
        "a: '*x & *y'\n# *z\nb: it *x\n",
    ] {
        assert_eq!(check(text), Ok(()), "{text}");
    }
    let large = "x".repeat(100_000);
    for text in [
        format!("a: &x {large}\nb: [*x, *x, *x]\n"),
        format!("a: &x\n- {large}\nb: &y [*x]\nc: [*y, *y]\n"),
        format!("- &x\n  a: {large}\n- *x\n- *x\n"),
    ] {
        assert_eq!(depth(&text), Err(TooMuch::Aliases));
    }
    for text in ["&a [*a]", "a: &x\n- *x\n", "a: &x\n  b: {c: *x}\n"] {
        assert_eq!(depth(text), Err(TooMuch::Recursion), "{text}");
    }
}

#[test]
fn any_text_is_checked_in_linear_time() {
    const LENGTH: usize = 1 << 18;
    let one_line = [
        "[]", "[[]],", "{a: b},", "- ", "&a *a ", "'' ", "a: ", "%A ", "# ",
    ];
    let lines = [
        "%TAG ! a\n",
        "a: |\n",
        "- a\n",
        "a\n",
        " \n",
        "a: &a b\n",
        "&a\n",
        "*a\n",
    ];
    for part in one_line.into_iter().chain(lines) {
        for start in ["", "[", "a: ", "a: |\n ", "\""] {
            let text = start.to_owned() + &part.repeat(LENGTH / part.len());
            let before = Instant::now();
            let _ = check(&text);
            // A hundredth of a second per MiB if optimized; quadratic time would be hours.
            assert!(before.elapsed() < Duration::from_secs(5), "{start}{part}");
        }
    }
}

/// How deep lists and maps nest, as serde_yaml reads the text.
fn nesting(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(nesting).max().unwrap_or_default(),
        Value::Object(entries) => 1 + entries.values().map(nesting).max().unwrap_or_default(),
        _ => 0,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    /// Lists in the column of their key and pairs in brackets nest without an opening token.
    #[test]
    fn no_text_nests_deeper_than_its_check_says(
        parts in prop::collection::vec(prop::sample::select(vec![
            "[", "]", "{", "}", ",", ": ", ":", "- ", "-", "? ", "\n", "\n", "\n", " ", "  ", "\t",
            "a", "b", "'", "\"", "\\", "#", " # ", "|\n", ">\n", "|2\n", "|-\n", "a: ", "a:\n",
            "- a", "---\n", "...\n", "&x ", "!t ", "'a'", "\u{85}", "\u{2028}", "é", "%", "\r\n",
        ]), 0..24),
    ) {
        let text = parts.concat();
        // JSON keeps the last of duplicate keys, and with it another depth; YAML refuses them.
        let is_distinct = serde_yaml::from_str::<serde_yaml::Value>(&text).is_ok();
        if let Ok(value) = serde_yaml::from_str::<Value>(&text)
            && is_distinct
        {
            let found = depth(&text).unwrap();
            let nests = nesting(&value);
            prop_assert!(nests <= 2 * found, "{nests} > 2 * {found}: {text:?}");
            prop_assert!(found <= nests + 1, "{found} > {nests}: {text:?}");
        }
    }
}
