//! The characters that are refused anywhere in a document, and how to show a text that contains them.

use std::fmt::Write;

/// What is wrong with a character, if no text of a document may contain it.
///
/// All of them are refused rather than escaped: none has a meaning in prose, a name or a pattern, and
/// each would be invisible, or worse, to whoever reviews the diff of a refresh.
pub fn forbidden(character: char) -> Option<&'static str> {
    match character {
        '\n' | '\t' => None,
        // Rust refuses it in a doc comment. Line breaks are `\n` here.
        '\r' => Some("a carriage return"),
        // One of them is the escape that starts a terminal's control sequences.
        character if character.is_control() => Some("a control character"),
        // Text would be shown in a different order than a compiler reads it; rustc refuses it.
        '\u{061c}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' => Some("a bidirectional control character"),
        // Only YAML and JavaScript treat it as a line break.
        '\u{2028}' | '\u{2029}' => Some("a Unicode line separator"),
        // Invisible.
        '\u{200b}'
        | '\u{2060}'..='\u{2064}'
        | '\u{206a}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => Some("an invisible character"),
        character if u32::from(character) & 0xfffe == 0xfffe => Some("a noncharacter"),
        _ => None,
    }
}

/// The maximum length of a line that is shown.
const LONGEST_LINE: usize = 2000;

/// `text` as one line that is safe to show anywhere: runs of white space become a space, and characters
/// that are refused in a document are escaped, as in `\u{202e}`.
pub fn one_line(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        for character in word.chars() {
            if line.len() > LONGEST_LINE {
                line.push('…');
                return line;
            }
            if forbidden(character).is_some() {
                // Writing to a string cannot fail.
                let _ = write!(line, "\\u{{{:x}}}", u32::from(character));
            } else {
                line.push(character);
            }
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_in_any_script_is_allowed() {
        let text = "Grüße, 你好, שלום, नमस्ते 👩‍🚀 — “quoted”…\n\tindented é";
        assert_eq!(text.chars().find_map(forbidden), None);
    }

    #[test]
    fn invisible_characters_are_refused() {
        for character in
            "\0\u{7}\u{1b}\r\u{7f}\u{85}\u{9b}\u{200b}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\
                          \u{202e}\u{2066}\u{2069}\u{feff}\u{ffff}\u{1fffe}\u{e0041}"
                .chars()
        {
            assert!(forbidden(character).is_some(), "{character:?}");
        }
    }

    #[test]
    fn a_line_is_one_line_without_terminal_escapes() {
        let line = one_line("a\n::set-output name=x::y\r\n\u{1b}[2J b\u{202e}\u{85}c\u{2028}d");
        assert_eq!(line, "a ::set-output name=x::y \\u{1b}[2J b\\u{202e} c d");
        assert!(one_line(&"x".repeat(1 << 20)).len() < 2100);
    }
}
