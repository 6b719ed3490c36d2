//! What an error may show of received data: no string values of a body except a message, no query
//! of a URL, no terminal escapes. `key.rs` removes the key itself.

#[cfg(feature = "client")]
use url::Url;

/// How many characters of text from the server an error shows.
const MAX_EXCERPT: usize = 300;
/// How many bytes of a body are read for its outline.
const MAX_OUTLINED: usize = 8 * 1024;

/// The start of text from the server, safe to print.
pub(crate) fn excerpt(text: &str) -> String {
    let mut out = String::new();
    for (index, character) in text.trim().chars().enumerate() {
        if index == MAX_EXCERPT {
            out.push('…');
            break;
        }
        match character {
            c if c.is_control() => out.extend(c.escape_default()),
            // Separators that some viewers treat as the end of a line.
            '\u{2028}' | '\u{2029}' => out.push(' '),
            // Bidirectional control characters.
            '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' => {}
            c => out.push(c),
        }
    }
    out
}

/// The structure of the start of a JSON text: punctuation, names, numbers and literals, with `…`
/// for each string value. It ends where the text is no longer valid JSON, and is empty if it never
/// was.
pub(crate) fn outline(json: &[u8]) -> String {
    let json = json.get(..MAX_OUTLINED).unwrap_or(json);
    let mut out = String::new();
    let mut rest = json.trim_ascii_start();
    while let Some(first) = rest.first() {
        let length = match first {
            b'{' | b'}' | b'[' | b']' => {
                out.push(char::from(*first));
                1
            }
            b',' | b':' => {
                out.push(char::from(*first));
                out.push(' ');
                1
            }
            b'"' => {
                let end = string_end(rest);
                let after = end.and_then(|end| rest.get(end..)).unwrap_or_default();
                match end.and_then(|end| rest.get(..end)) {
                    Some(name) if after.trim_ascii_start().starts_with(b":") => {
                        out.push_str(&String::from_utf8_lossy(name));
                    }
                    _ => out.push_str("\"…\""),
                }
                end.unwrap_or(rest.len())
            }
            _ => {
                let end = rest.iter().position(|byte| !is_literal(*byte));
                let end = end.unwrap_or(rest.len());
                let literal = rest.get(..end).unwrap_or_default();
                if !matches!(literal, b"true" | b"false" | b"null") && !is_number(literal) {
                    break;
                }
                out.push_str(&String::from_utf8_lossy(literal));
                end
            }
        };
        rest = rest.get(length..).unwrap_or_default().trim_ascii_start();
        if out.len() > 4 * MAX_EXCERPT {
            break;
        }
    }
    out
}

/// Where the JSON string at the start of `json` ends, its quotes included.
fn string_end(json: &[u8]) -> Option<usize> {
    let mut escaped = false;
    let end = json.iter().skip(1).position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    end.map(|end| end + 2)
}

fn is_literal(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_')
}

fn is_number(text: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Number>(text).is_ok()
}

/// The message of serde_json for a value that does not decode, without the value if it is a string.
pub(crate) fn without_value(message: &str) -> String {
    const VARIANT: &str = "unknown variant `";
    // serde quotes strings with their inner quotes escaped: all between the first and the last is
    // the value.
    if let (Some(first), Some(last)) = (message.find('"'), message.rfind('"'))
        && first < last
        && let (Some(before), Some(after)) = (message.get(..=first), message.get(last..))
    {
        return format!("{before}…{after}");
    }
    if let Some(rest) = message.strip_prefix(VARIANT)
        && let Some(end) = rest.rfind("`, ")
        && let Some(after) = rest.get(end..)
    {
        return format!("{VARIANT}…{after}");
    }
    message.to_owned()
}

/// The message of serde_json for a value that does not decode, as errors show it.
#[cfg(any(feature = "schemars", feature = "server"))]
pub(crate) fn decode_failure(error: &serde_json::Error) -> String {
    excerpt(&without_value(&error.to_string()))
}

/// A URL as errors show it, by origin and path: its query may contain a signature, its userinfo a
/// password, its fragment a token.
#[cfg(feature = "client")]
pub(crate) fn location(url: &Url) -> String {
    if !url.has_host() {
        // A URL without a host may contain anything in its path.
        return format!("{}:…", url.scheme());
    }
    format!("{}://{}{}", url.scheme(), host(url), url.path())
}

/// The host, with the port if it is not the default.
#[cfg(feature = "client")]
pub(crate) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// `text` with every URL in it shortened to its [`location`].
pub(crate) fn without_url_secrets(text: &str) -> String {
    const AUTHORITY: &str = "://";
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(AUTHORITY) {
        let ends = |c: char| c.is_whitespace() || c.is_control() || "\"'<>`".contains(c);
        let (url, after) = after.split_at(after.find(ends).unwrap_or(after.len()));
        let shown = url.split(['?', '#']).next().unwrap_or_default();
        let authority = shown.split('/').next().unwrap_or_default();
        let userinfo = authority.rfind('@').map_or(0, |at| at + 1);
        out.push_str(before);
        out.push_str(AUTHORITY);
        out.push_str(shown.get(userinfo..).unwrap_or_default());
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_short_and_cannot_steer_a_terminal() {
        assert_eq!(excerpt(" a\u{1b}[31m\nb\u{202e}c "), "a\\u{1b}[31m\\nbc");
        assert_eq!(excerpt("a\u{2028}b\u{61c}c"), "a bc");
        assert_eq!(excerpt(&"é".repeat(300)), "é".repeat(300));
        assert_eq!(excerpt(&"é".repeat(301)), "é".repeat(300) + "…");
    }

    #[test]
    fn an_outline_shows_structure_and_no_string_value() {
        let table = [
            (
                r#"{"a": "secret", "b" :[1, -2.5e3,true,null, "secret"]}"#,
                r#"{"a": "…", "b": [1, -2.5e3, true, null, "…"]}"#,
            ),
            (
                r#"{"a\"b": {"c": "se\"cr:et" }}"#,
                r#"{"a\"b": {"c": "…"}}"#,
            ),
            (r#"{"a": "secr"#, r#"{"a": "…""#),
            (r#"{"secr"#, r#"{"…""#),
            (r#""secret""#, r#""…""#),
            (r#"["secret\\", "secret"]"#, r#"["…", "…"]"#),
            ("{} secret", "{}"),
            ("[1, 12secret]", "[1, "),
            ("secret", ""),
            ("<html>secret</html>", ""),
            ("true", "true"),
            ("", ""),
        ];
        for (json, outlined) in table {
            assert_eq!(outline(json.as_bytes()), outlined, "{json}");
        }
        let long = format!("[{}]", "7,".repeat(1 << 20));
        assert!(outline(long.as_bytes()).len() < 2000);
        let long = format!(r#"{{"{}": 1}}"#, "k".repeat(1 << 20));
        assert_eq!(outline(long.as_bytes()), r#"{"…""#);
    }

    #[test]
    fn a_message_of_serde_keeps_what_it_expected_and_loses_the_string() {
        let table = [
            (
                r#"invalid type: string "a \"secret\"", expected u8 at line 1 column 9"#,
                r#"invalid type: string "…", expected u8 at line 1 column 9"#,
            ),
            (
                "unknown variant `se`cret`, expected `a` or `b` at line 1 column 2",
                "unknown variant `…`, expected `a` or `b` at line 1 column 2",
            ),
            ("missing field `id` at line 2 column 1", ""),
            ("invalid type: integer `7`, expected a string", ""),
            ("a \" alone", ""),
        ];
        for (message, masked) in table {
            let masked = if masked.is_empty() { message } else { masked };
            assert_eq!(without_value(message), masked);
        }
    }

    #[test]
    fn a_url_is_shown_by_origin_and_path() {
        let table = [
            (
                "https://me:pw@h.example:8443/a/b?sig=1#t",
                "https://h.example:8443/a/b",
            ),
            ("https://h.example", "https://h.example/"),
            ("ftp://me@[::1]/x", "ftp://[::1]/x"),
            ("mailto:me@h.example", "mailto:…"),
            ("data:text/plain,secret", "data:…"),
        ];
        for (url, shown) in table {
            assert_eq!(location(&Url::parse(url).unwrap()), shown);
        }
    }

    #[test]
    fn urls_in_a_text_lose_userinfo_query_and_fragment() {
        let table = [
            (
                "see https://me:p@w@h.example/a?sig=1#t, \"wss://h/b#t\" and <c://d?e>.",
                "see https://h.example/a \"wss://h/b\" and <c://d>.",
            ),
            ("https://h.example/a@b", "https://h.example/a@b"),
            ("no URL: a://", "no URL: a://"),
            ("a?b#c", "a?b#c"),
        ];
        for (text, shown) in table {
            assert_eq!(without_url_secrets(text), shown);
        }
    }
}
