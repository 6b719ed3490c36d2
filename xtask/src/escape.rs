//! Escapes untrusted text for where it is shown.
//!
//! Text of a site (titles, links, names, values, descriptions) and responses of a server are used
//! in these outputs, and nowhere else:
//!
//! | used in | what it could do there | what prevents it |
//! |---|---|---|
//! | a terminal: the report as text, notes, errors | colours, titles, erased lines; text that reads from right to left or not at all | [`controls`] shows such characters as escapes |
//! | the log of a workflow | a command of the runner: `::set-output` at the beginning of a line, `##[…]` anywhere | a text is one line of ours, or follows a `|` ([`lines`]); [`controls`] breaks `##[` |
//! | Markdown: a pull request, a step summary | HTML, mentions, links, the end of a fence | [`code`]: a code span that nothing in it ends; [`fenced`]: a block that no line of it ends |
//! | HTML: the report as a page | markup, scripts, addresses that are loaded | [`html`] in text and in quoted attributes, no address of others in an attribute, and a content security policy that allows nothing but the page's own style |
//! | JSON, which a terminal may show | as in a terminal | [`json`]: the same characters, escaped as JSON has it |
//! | YAML: the vendored document | another type, an anchor, the end of the document | `canonical` quotes whatever a reader could take for something else; what it writes is read again and compared |
//! | an address, or a path below `--source` | a page that nobody named, a file outside | `index` follows links below the root of the site alone, none with `..` |
//! | Rust code, directives for cargo | code that runs where the client is built | the generator's rules about names, before the document is written |
//!
//! Addresses come from users as well, and may contain passwords: [`redacted`] removes these.

use std::borrow::Cow;
use std::fmt::Write;

/// The most characters of a line, and the most lines of a text, that are shown.
const LONGEST_LINE: usize = 2_000;
const MOST_LINES: usize = 100;

/// Makes visible what would control a terminal or hide text: control characters, and those that change
/// the direction of text or have no width. The result is one line, and not a command to the runner of a
/// workflow unless it begins with `::`.
pub fn controls(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if is_harmful(character) || character == '[' && escaped.ends_with("##") {
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
            // Zero-width characters, marks and overrides of direction; separators of lines and
            // paragraphs.
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            // Annotations, and the invisible copies of ASCII.
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The text, or its first `most` characters and `…` if it has more.
pub fn start(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()).into(),
        None => text.into(),
    }
}

/// A message that may contain untrusted text: without passwords, each line as [`controls`] makes it,
/// and a `|` before all but the first, which begins with words of our own.
pub fn lines(message: &str) -> String {
    let message = redacted(message);
    let mut shown = String::with_capacity(message.len());
    for (number, line) in message.trim_end_matches('\n').split('\n').enumerate() {
        if number > 0 {
            shown.push_str("\n  | ");
        }
        if number == MOST_LINES {
            shown.push('…');
            break;
        }
        shown.push_str(&controls(&start(line, LONGEST_LINE)));
    }
    shown
}

/// The text with `…` for the user and the password of each address in it.
pub fn redacted(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        shown.push_str(before);
        shown.push_str("://");
        let ends =
            |c: char| matches!(c, '/' | '?' | '#' | '"' | '\'' | '<' | '>') || c.is_whitespace();
        let authority = &after[..after.find(ends).unwrap_or(after.len())];
        rest = match authority.rfind('@') {
            Some(at) => {
                shown.push('…');
                &after[at..]
            }
            None => after,
        };
    }
    shown.push_str(rest);
    shown
}

/// JSON that means the same, without characters that control a terminal or the runner of a workflow.
/// They can only be inside its strings.
pub fn json(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        let breaks_command = character == '[' && escaped.ends_with("##");
        if breaks_command || is_harmful(character) && character != '\n' {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a string does not fail.
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// A Markdown code span, in which nothing is markup: no HTML, no mention, no link.
pub fn code(text: &str) -> String {
    let text = controls(text);
    if text.is_empty() {
        return "(empty)".to_owned();
    }
    // A span ends only at a run of as many backticks as it began with.
    let fence = "`".repeat(longest_run(&text) + 1);
    let edge = |character: Option<char>| matches!(character, Some('`' | ' '));
    if edge(text.chars().next()) || edge(text.chars().last()) {
        format!("{fence} {text} {fence}")
    } else {
        format!("{fence}{text}{fence}")
    }
}

/// A fenced block of Markdown in Markdown, each line after `indent`. No line of the text may begin with a
/// backtick, so that none of them ends the block.
pub fn fenced(markdown: &str, indent: &str) -> String {
    let fence = "`".repeat(longest_run(markdown).max(2) + 1);
    let mut block = format!("{indent}{fence}markdown\n");
    for line in markdown.lines() {
        if !line.is_empty() {
            block.push_str(indent);
            block.push_str(line);
        }
        block.push('\n');
    }
    block + indent + &fence
}

/// The length of the longest run of backticks.
fn longest_run(text: &str) -> usize {
    let runs = text.split(|character| character != '`');
    runs.map(str::len).max().unwrap_or(0)
}

/// Text of an HTML page, or of an attribute in quotes, in which nothing is markup.
pub fn html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in controls(text).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_but_the_first_begins_with_text_of_others() {
        assert_eq!(
            lines("error: a\n::set-output name=x::y\r\u{1b}[2J\n\u{2028}::b ##[add-mask]c\n"),
            "error: a\n  | ::set-output name=x::y\\u{d}\\u{1b}[2J\n  | \\u{2028}::b ##\\u{5b}add-mask]c"
        );
    }

    #[test]
    fn what_is_too_long_is_cut() {
        assert_eq!(lines(&"é".repeat(5_000)).chars().count(), 2_001);
        let many = lines(&"a\n".repeat(5_000));
        assert_eq!(many.lines().count(), 101);
        assert!(many.ends_with("\n  | …"), "{many}");
    }

    #[test]
    fn users_and_passwords_of_addresses_are_not_shown() {
        for (text, shown) in [
            ("https://me:secret@a.example/x", "https://…@a.example/x"),
            ("(ftp://me@a.example)", "(ftp://…@a.example)"),
            ("https://me:s@cret@a.example", "https://…@a.example"),
            (
                "from http://u:p@a/b?c to socks5://u:p@[::1]:1",
                "from http://…@a/b?c to socks5://…@[::1]:1",
            ),
            ("https://a.example/@b", "https://a.example/@b"),
            ("://", "://"),
        ] {
            assert_eq!(redacted(text), shown);
        }
    }

    #[test]
    fn a_block_of_markdown_ends_at_its_end() {
        assert_eq!(
            fenced("- a ````b````\n\n- c\n", "  "),
            "  `````markdown\n  - a ````b````\n\n  - c\n  `````"
        );
    }

    #[test]
    fn html_has_no_markup_of_others() {
        assert_eq!(
            html("<a href=\"x\" title='y'>&amp;\u{202e}\n##[b]"),
            "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;amp;\\u{202e}\\u{a}##\\u{5b}b]"
        );
    }

    #[test]
    fn json_reads_the_same() {
        let value = serde_json::json!({"a\u{202e}": ["##[b]", "\u{9b}31m\u{e0041}", "é\n"]});
        let text = json(&serde_json::to_string_pretty(&value).unwrap());
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&text).unwrap(),
            value
        );
        assert!(
            !text.contains(['\u{202e}', '\u{9b}', '\u{e0041}']) && !text.contains("##["),
            "{text}"
        );
    }
}
