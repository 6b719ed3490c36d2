//! The style of each scalar of the canonical form: plain, quoted, or a block that is wrapped.

use std::fmt::Write;

use serde_json::Value;

use super::spaces;

/// Lines are wrapped here, where a text has a space to wrap at.
pub(super) const WIDTH: usize = 100;

/// The minimum width of text, however deep it is.
const LEAST_WIDTH: usize = 40;

/// A value that always takes one line: neither a string nor a non-empty container.
pub(super) fn inline(value: &Value) -> String {
    match value {
        Value::String(text) => line_scalar(text),
        // Empty containers, numbers, booleans and null are the same in JSON and YAML, but for
        // floats, where YAML asks for a point before an exponent.
        Value::Number(number) => {
            let text = number.to_string();
            match text.split_once(['e', 'E']) {
                Some((digits, exponent)) if !digits.contains('.') => {
                    format!("{digits}.0e{exponent}")
                }
                _ => text,
            }
        }
        other => other.to_string(),
    }
}

/// A string that starts at `column`; the lines of a block are indented by `indent`.
pub(super) fn string(yaml: &mut String, text: &str, column: usize, indent: usize) {
    let width = WIDTH.saturating_sub(indent).max(LEAST_WIDTH);
    let one_line = !text.contains('\n');
    if one_line && (column + text.chars().count() <= WIDTH || !breakable(text)) || !blockable(text)
    {
        yaml.push_str(&line_scalar(text));
        yaml.push('\n');
        return;
    }
    let (body, chomping) = match text.strip_suffix('\n') {
        Some(body) => (body, ""),
        None => (text, "-"),
    };
    let fits = body.split('\n').all(|line| line.chars().count() <= width);
    if body.contains('\n') && fits || !foldable(body) {
        yaml.push('|');
        yaml.push_str(chomping);
        yaml.push('\n');
        for line in body.split('\n') {
            block_line(yaml, line, indent);
        }
        return;
    }
    yaml.push('>');
    yaml.push_str(chomping);
    yaml.push('\n');
    for (position, line) in body.split('\n').enumerate() {
        // A single break is a space when folded.
        if position > 0 && !line.is_empty() {
            yaml.push('\n');
        }
        for part in wrap(line, width) {
            block_line(yaml, part, indent);
        }
    }
}

fn block_line(yaml: &mut String, line: &str, indent: usize) {
    if !line.is_empty() {
        spaces(yaml, indent);
        yaml.push_str(line);
    }
    yaml.push('\n');
}

/// Whether the text can be a block without an indentation indicator: its start and end are clear
/// from the indentation.
fn blockable(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    !body.is_empty()
        && !body.starts_with([' ', '\t', '\n'])
        && !body.ends_with('\n')
        // Editors and git treat a space at the end of a line as a mistake.
        && body.split('\n').all(|line| !line.ends_with([' ', '\t']))
        && body.chars().all(|c| c == '\n' || c == '\t' || !needs_escape(c))
}

/// Folding does not change lines that begin with a blank.
fn foldable(body: &str) -> bool {
    body.split('\n').all(|line| !line.starts_with([' ', '\t']))
}

/// A space with text on both sides, where a line can be broken and folded again.
fn is_break(text: &str, at: usize) -> bool {
    let blank = |c: char| c == ' ' || c == '\t';
    text[at..].starts_with(' ')
        && !text[..at].ends_with(blank)
        && !text[at + 1..].starts_with(blank)
        && at > 0
        && at + 1 < text.len()
}

fn breakable(text: &str) -> bool {
    text.match_indices(' ').any(|(at, _)| is_break(text, at))
}

fn wrap(line: &str, width: usize) -> Vec<&str> {
    let breaks = line.match_indices(' ').map(|(at, _)| at);
    let ends = breaks.filter(|&at| is_break(line, at)).chain([line.len()]);
    let mut parts = Vec::new();
    // Where the part begins, and where it could end.
    let (mut start, mut fits) = (0, None);
    for end in ends {
        if let Some(last) = fits
            && line[start..end].chars().count() > width
        {
            parts.push(&line[start..last]);
            start = last + 1;
        }
        fits = Some(end);
    }
    parts.push(&line[start..]);
    parts
}

/// A string on one line: plain, if no YAML parser reads it as anything else.
pub(super) fn line_scalar(text: &str) -> String {
    if text.chars().any(needs_escape) {
        return double_quoted(text);
    }
    if is_plain(text) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "''"))
}

fn is_plain(text: &str) -> bool {
    let starts_plain = text.starts_with(|c: char| {
        c.is_alphanumeric() || matches!(c, '/' | '_' | '$' | '<' | '(' | '^')
    });
    starts_plain
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !is_ambiguous(text)
}

/// Words and numbers that some version of YAML does not read as a string.
fn is_ambiguous(text: &str) -> bool {
    const WORDS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    if WORDS.iter().any(|word| text.eq_ignore_ascii_case(word)) || text.starts_with("<<") {
        return true;
    }
    // Numbers, dates and times, in any base; a version with two points is none of them.
    let parts: Vec<_> = text.split('.').collect();
    let version = parts.len() > 2
        && parts
            .iter()
            .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    text.starts_with(char::is_numeric)
        && !version
        && text
            .chars()
            .all(|c| c.is_numeric() || c.is_ascii_hexdigit() || "xXoO_:.+-TtZz ".contains(c))
}

/// Characters that are invisible, or that change how the text around them is displayed.
fn needs_escape(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{10ffff}')
}

fn double_quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c if needs_escape(c) => {
                let code = u32::from(c);
                let _ = match code {
                    0..=0xff => write!(quoted, "\\x{code:02x}"),
                    0x100..=0xffff => write!(quoted, "\\u{code:04x}"),
                    _ => write!(quoted, "\\U{code:08x}"),
                };
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
