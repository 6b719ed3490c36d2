//! Text that came from elsewhere, made harmless for where it is shown.

use std::fmt::Write;

/// Makes visible what would steer a terminal or hide text: control characters, and those that turn
/// the direction of writing or have no width. The result is one line.
pub(super) fn controls(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if is_harmful(character) {
            // Writing to a string does not fail.
            let _ = write!(escaped, "\\u{{{:x}}}", u32::from(character));
        } else {
            escaped.push(character);
        }
    }
    escaped
}

fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}'
            // Widths, marks and turns of direction; separators of lines and paragraphs.
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            // Annotations, and the invisible copies of ASCII.
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A Markdown code span, in which nothing is markup: no HTML, no mention, no link.
pub(super) fn code(text: &str) -> String {
    let text = controls(text);
    if text.is_empty() {
        return "(empty)".to_owned();
    }
    // A span ends only at a run of as many backticks as it began with.
    let mut longest = 0;
    let mut run = 0;
    for character in text.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest + 1);
    let edge = |character: Option<char>| matches!(character, Some('`' | ' '));
    if edge(text.chars().next()) || edge(text.chars().last()) {
        format!("{fence} {text} {fence}")
    } else {
        format!("{fence}{text}{fence}")
    }
}
