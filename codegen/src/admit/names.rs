//! The alphabets: what each kind of name in a document may consist of.
//!
//! A name becomes an identifier, a value of `cfg`, a file name, an environment variable or a string in
//! Rust. Each kind allows the characters that the published API uses and those that other APIs commonly
//! use; no kind allows a character that could end a string, a line, a code span or a path.

/// A kind of name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `openapi`.
    OpenApi,
    /// `info.version`.
    Version,
    OperationId,
    Component,
    Tag,
    Property,
    /// A parameter in a path or a query.
    Parameter,
    /// A header, a cookie, or a parameter there.
    Header,
    MediaType,
    Status,
    Path,
    /// The URL of a server.
    Server,
    /// The value of a variable in it.
    ServerPart,
    /// A URL that only the documentation shows.
    Link,
    /// A value of an enum.
    Value,
    /// A keyword: `type`, `format`, `in`, `style`.
    Word,
    /// The key of a callback.
    Expression,
    Reference,
}

impl Kind {
    /// Why `name` is not a valid name of this kind.
    pub fn refuse(self, name: &str) -> Option<String> {
        let (what, longest, allowed) = self.rule();
        if name.is_empty() && self != Self::Value {
            return Some(format!("{what} is empty"));
        }
        let length = name.chars().count();
        if length > longest {
            return Some(format!(
                "{what} is {length} characters long; at most {longest} are allowed"
            ));
        }
        if let Some(other) = name.chars().find(|character| !allowed(*character)) {
            return Some(format!(
                "{what} `{name}` contains {other:?}; it may contain {}",
                self.alphabet()
            ));
        }
        let why = self.form(name)?;
        Some(format!("{what} `{name}` {why}"))
    }

    /// What the kind is called, how long a name may be, and which characters it may contain.
    fn rule(self) -> (&'static str, usize, fn(char) -> bool) {
        fn among(character: char, others: &str) -> bool {
            character.is_ascii_alphanumeric() || others.contains(character)
        }
        match self {
            Self::OpenApi => ("the version of OpenAPI", 16, |c| among(c, ".")),
            Self::Version => ("the version", 64, |c| among(c, "._+- ")),
            Self::OperationId => ("the operationId", 100, |c| among(c, "_-.")),
            Self::Component => ("the name of a component", 100, |c| among(c, "_-.")),
            Self::Tag => ("the tag", 64, |c| among(c, "_- ")),
            Self::Property => ("the property", 100, |c| among(c, "_-.$@:/+[] ")),
            Self::Parameter => ("the parameter", 100, |c| among(c, "_-.$@:[]")),
            Self::Header => ("the name of a header", 100, |c| among(c, "_-.")),
            Self::MediaType => ("the media type", 128, |c| among(c, "/*+-._; =")),
            Self::Status => ("the status", 7, |c| among(c, "")),
            Self::Path => ("the path", 250, |c| among(c, "/{}_-.~:@+=$[]")),
            Self::Server => ("the URL of a server", 250, |c| among(c, ":/._-~{}")),
            Self::ServerPart => ("the value of a variable", 100, |c| among(c, ":/._-~")),
            Self::Link => ("the URL", 1000, |c| {
                c.is_ascii_graphic() && !"<>\"`\\^{|}".contains(c)
            }),
            Self::Value => ("the value", 100, |c| {
                (c.is_ascii_graphic() || c == ' ') && !"\"`\\".contains(c)
            }),
            Self::Word => ("the keyword", 40, |c| among(c, "_-./")),
            Self::Expression => ("the expression", 250, |c| {
                c.is_ascii_graphic() && !"\"`\\".contains(c)
            }),
            Self::Reference => ("the reference", 250, |c| {
                c.is_ascii_graphic() && !"\"`\\<>".contains(c)
            }),
        }
    }

    /// The alphabet, in words.
    fn alphabet(self) -> String {
        let (_, _, allowed) = self.rule();
        let others: String = (' '..='~')
            .filter(|c| !c.is_ascii_alphanumeric() && allowed(*c))
            .collect();
        if others.is_empty() {
            "ASCII letters and digits".to_owned()
        } else {
            format!("ASCII letters, digits and `{others}`")
        }
    }

    /// What else is wrong with a name that consists of allowed characters.
    fn form(self, name: &str) -> Option<&'static str> {
        let first_is_letter = name.starts_with(|c: char| c.is_ascii_alphabetic());
        match self {
            Self::OperationId | Self::Tag if !first_is_letter => {
                Some("does not begin with a letter")
            }
            // The component `.` or `..` would be a folder.
            Self::Component if !name.contains(|c: char| c.is_ascii_alphanumeric()) => {
                Some("has no letter and no digit")
            }
            Self::MediaType => {
                let (essence, _) = name.split_once(';').unwrap_or((name, ""));
                let parts: Vec<_> = essence.trim().split('/').collect();
                let is_type = matches!(parts.as_slice(), [kind, subtype] if !kind.is_empty() && !subtype.is_empty());
                (!is_type).then_some("is not of the form `type/subtype`")
            }
            Self::Status => {
                let is_status = matches!(name.as_bytes(), [b'1'..=b'5', rest @ ..]
                    if rest.len() == 2 && (rest == b"XX" || rest.iter().all(u8::is_ascii_digit)));
                (name != "default" && !is_status)
                    .then_some("is neither a status code nor `default`")
            }
            Self::Path => path(name),
            Self::Server => server(name),
            Self::Link => {
                let is_web = ["https://", "http://"].iter().any(|s| name.starts_with(s));
                (!is_web).then_some("does not begin with https:// or http://")
            }
            _ => None,
        }
    }
}

fn path(path: &str) -> Option<&'static str> {
    let Some(rest) = path.strip_prefix('/') else {
        return Some("does not start with a slash");
    };
    let mut parameters = Vec::new();
    let segments: Vec<_> = rest.split('/').collect();
    for (index, segment) in segments.iter().enumerate() {
        match *segment {
            // A path may end in a slash, or consist of one.
            "" if index + 1 == segments.len() => {}
            "" => return Some("contains two slashes in a row"),
            // A client would normalize it, and send the request to another path.
            "." | ".." => return Some("contains the segment `.` or `..`"),
            _ => {}
        }
        let mut rest = *segment;
        while let Some(at) = rest.find(['{', '}']) {
            let name = rest[at..]
                .strip_prefix('{')
                .and_then(|rest| rest.split_once('}'));
            let Some((name, after)) = name
                .filter(|(name, _)| !name.contains('{') && Kind::Parameter.refuse(name).is_none())
            else {
                return Some("has braces that do not enclose the name of a parameter");
            };
            if parameters.contains(&name) {
                return Some("names a parameter twice");
            }
            parameters.push(name);
            rest = after;
        }
    }
    None
}

fn server(url: &str) -> Option<&'static str> {
    // A value that is not a URL is reported where it is used.
    let (scheme, rest) = url.split_once("://")?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = authority.split(':').next().unwrap_or_default();
    let is_local = matches!(host, "localhost" | "127.0.0.1");
    if host.is_empty() || authority.contains('~') {
        return Some("names no host");
    }
    if authority.matches(':').count() > 1 {
        return Some("has more than host and port before its path");
    }
    if path.split('/').any(|segment| matches!(segment, "." | "..")) {
        return Some("contains the segment `.` or `..`");
    }
    (scheme != "https" && !(scheme == "http" && is_local)).then_some(
        "is not https, and the API key would be sent unencrypted; http is for this machine only",
    )
}

/// Headers that cannot carry a key: they frame the message, or say where it goes.
pub fn carries_no_key(header: &str) -> bool {
    const OTHERS: [&str; 16] = [
        "accept",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "cookie",
        "expect",
        "host",
        "keep-alive",
        "location",
        "referer",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
    ];
    OTHERS
        .iter()
        .any(|other| other.eq_ignore_ascii_case(header))
}

#[cfg(test)]
mod tests {
    use super::Kind::{self, *};

    const HOSTILE: [&str; 12] = [
        "a\ncargo::rustc-link-arg=-wrapper",
        "a\r",
        "a\"] b",
        "a`b`",
        "a\\b",
        "a\u{202e}b",
        "a\u{2028}b",
        "a\0",
        "a\u{1b}[2J",
        "größe",
        "a<b>",
        "a|b\t",
    ];

    const ALL: [Kind; 18] = [
        OpenApi,
        Version,
        OperationId,
        Component,
        Tag,
        Property,
        Parameter,
        Header,
        MediaType,
        Status,
        Path,
        Server,
        ServerPart,
        Link,
        Value,
        Word,
        Expression,
        Reference,
    ];

    #[test]
    fn no_kind_of_name_contains_what_ends_a_line_a_string_or_a_code_span() {
        for kind in ALL {
            for name in HOSTILE {
                // Values of enums may contain what Markdown and Rust allow inside quotes.
                if matches!(kind, Value | Expression) && name == "a<b>" {
                    continue;
                }
                let name = if kind == Path {
                    format!("/{name}")
                } else {
                    name.to_owned()
                };
                assert!(kind.refuse(&name).is_some(), "{kind:?} {name:?}");
            }
            let (_, longest, _) = kind.rule();
            let long = "a".repeat(longest + 1);
            let line = kind.refuse(&long).unwrap();
            assert!(
                line.contains(&format!("is {} characters long", longest + 1)),
                "{line}"
            );
            assert!(line.len() < 200, "{line}");
        }
    }

    #[test]
    fn common_names_are_accepted() {
        let table = [
            (OpenApi, "3.0.3"),
            (Version, "0.1.0"),
            (OperationId, "agents_list"),
            (OperationId, "Agents.list-all"),
            (Component, "ultravox.v1.Agent_Tool-2"),
            (Tag, "call_throttles"),
            (Tag, "Call Throttles"),
            (Property, "$ref"),
            (Property, "@type"),
            (Property, "with-dash"),
            (Property, "2fa"),
            (Parameter, "filter[name]"),
            (Header, "X-API-Key"),
            (MediaType, "application/vnd.oai.openapi+json"),
            (MediaType, "text/plain; charset=utf-8"),
            (MediaType, "*/*"),
            (Status, "404"),
            (Status, "4XX"),
            (Status, "default"),
            (Path, "/"),
            (Path, "/api/agents/{agent_id}/calls"),
            (Path, "/v1/{name}:cancel/"),
            (Server, "https://api.ultravox.ai"),
            (Server, "http://127.0.0.1:8080/api"),
            (Server, "https://{host}/v1"),
            (Link, "https://docs.ultravox.ai/a?b=c&d=%20#e"),
            (Value, ""),
            (Value, "call.ended"),
            (Value, "-created"),
            (Value, "~!@#$%^&*()_+|;:',<.>/?"),
            (Word, "date-time"),
            (Expression, "{$request.body#/callbackUrl}"),
            (Reference, "#/components/schemas/a.v1.B~1c"),
        ];
        for (kind, name) in table {
            assert_eq!(kind.refuse(name), None, "{kind:?}");
        }
    }

    #[test]
    fn a_name_of_allowed_characters_can_still_be_invalid() {
        let table = [
            (OperationId, "", "is empty"),
            (OperationId, "-a", "begin with a letter"),
            (Component, "..", "no letter"),
            (MediaType, "json", "type/subtype"),
            (MediaType, "a/b/c", "type/subtype"),
            (Status, "600", "status code"),
            (Status, "2xx", "status code"),
            (Path, "a", "start with a slash"),
            (Path, "/a//b", "two slashes"),
            (Path, "/a/../b", "`..`"),
            (Path, "/a}", "braces"),
            (Path, "/{a", "braces"),
            (Path, "/{a{b}}", "braces"),
            (Path, "/{}", "braces"),
            (Path, "/{a}/{a}", "twice"),
            (Server, "http://api.example", "unencrypted"),
            (Server, "ftp://api.example", "unencrypted"),
            (Server, "https://", "no host"),
            (Server, "https://user:word@host", "contains '@'"),
            (Server, "https://a.example/../b", "`..`"),
            (Link, "javascript:alert(1)", "https://"),
        ];
        for (kind, name, why) in table {
            let line = kind.refuse(name).unwrap_or_default();
            assert!(line.contains(why), "{kind:?} {name}: {line}");
        }
    }

    #[test]
    fn headers_that_frame_a_message_carry_no_key() {
        assert!(super::carries_no_key("Content-Length"));
        assert!(!super::carries_no_key("Authorization"));
        assert!(!super::carries_no_key("X-API-Key"));
    }
}
