//! The API key. It is never shown, neither by `Debug` nor in an error.

use std::fmt;

use reqwest::header::HeaderValue;

use crate::error::{ConfigError, Error};

/// An Ultravox API key, checked to be sendable, and redacted wherever it is printed.
///
/// ```
/// let key = ultravox::ApiKey::new("Zk9Ht7Lm.example")?;
/// assert_eq!(format!("{key:?}"), "ApiKey(redacted)");
/// # Ok::<(), ultravox::Error>(())
/// ```
///
/// Keys are made in the Ultravox console; see <https://docs.ultravox.ai/api-reference/introduction>.
#[derive(Clone)]
pub struct ApiKey(HeaderValue);

impl ApiKey {
    /// Takes the key as text.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] if the key is empty or contains anything but visible ASCII characters, such as
    /// a line break at the end. The error does not show the key.
    pub fn new(key: impl AsRef<str>) -> Result<Self, Error> {
        let key = key.as_ref();
        let problem = if key.is_empty() {
            "it is empty"
        } else if key.trim() != key {
            "it starts or ends with white space or a line break"
        } else if !key.chars().all(|c| c.is_ascii_graphic()) {
            "it contains characters that are not allowed in an HTTP header"
        } else {
            ""
        };
        let value = HeaderValue::from_str(key)
            .ok()
            .filter(|_| problem.is_empty());
        let mut value = value
            .ok_or_else(|| ConfigError::new(format!("the API key is not usable: {problem}")))?;
        value.set_sensitive(true);
        Ok(Self(value))
    }

    pub(crate) fn header(&self) -> HeaderValue {
        self.0.clone()
    }

    /// Removes the key from text that a server sent, in case it echoes it: as it is, in another case,
    /// escaped as in URLs or JSON, and in base64.
    pub(crate) fn scrub(&self, text: &str) -> String {
        let key = self.0.as_bytes();
        let encoded = [0, 1, 2].map(|offset| base64(key, offset));
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            let bytes = rest.as_bytes();
            let in_base64 = || {
                encoded.iter().find_map(|encoded| {
                    let length = base64_at(bytes, encoded)?;
                    // The adjacent characters encode bits of the key as well.
                    let before = out.trim_end_matches(is_base64).len();
                    Some((length, before))
                })
            };
            let found = spelled(bytes, key).map(|length| (length, out.len()));
            let Some((length, before)) = found.or_else(in_base64) else {
                out.push(character);
                rest = rest.get(character.len_utf8()..).unwrap_or_default();
                continue;
            };
            out.truncate(before);
            out.push_str("[redacted]");
            // The match is ASCII, so it ends at a character boundary.
            rest = rest.get(length..).unwrap_or_default();
        }
        out
    }

    /// The maximum length of an echoed key.
    pub(crate) fn longest_echo(&self) -> usize {
        // `\u002e` for each of its characters.
        6 * self.0.len()
    }
}

/// How many bytes spell the key at the start of `text`, in any case, escaped or not.
fn spelled(text: &[u8], key: &[u8]) -> Option<usize> {
    let plain = text.get(..key.len());
    if plain.is_some_and(|plain| plain.eq_ignore_ascii_case(key)) {
        return Some(key.len());
    }
    let mut rest = text;
    for byte in key {
        rest = match escaped(rest) {
            Some((escaped, rest)) if escaped.eq_ignore_ascii_case(byte) => rest,
            _ => match rest.split_first()? {
                (first, rest) if first.eq_ignore_ascii_case(byte) => rest,
                _ => return None,
            },
        };
    }
    Some(text.len() - rest.len())
}

/// Decodes an ASCII character that is escaped as in URLs or JSON, and returns it with the rest.
fn escaped(text: &[u8]) -> Option<(u8, &[u8])> {
    ["%25", "%", "\\u00", "\\U00"].iter().find_map(|escape| {
        let rest = text.strip_prefix(escape.as_bytes())?;
        let (digits, rest) = rest.split_at_checked(2)?;
        let digits = std::str::from_utf8(digits).ok()?;
        Some((u8::from_str_radix(digits, 16).ok()?, rest))
    })
}

/// The base64 characters that depend on the key alone, if it begins `offset` bytes after a multiple of
/// three.
fn base64(key: &[u8], offset: usize) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bytes: Vec<u8> = std::iter::repeat_n(0, offset)
        .chain(key.iter().copied())
        .collect();
    let bit = |at: usize| {
        let byte = bytes.get(at / 8).copied().unwrap_or_default();
        usize::from(byte >> (7 - at % 8) & 1)
    };
    let first = (offset * 8).div_ceil(6);
    (first..bytes.len() * 8 / 6)
        .filter_map(|character| {
            let value = (0..6).fold(0, |value, at| value << 1 | bit(character * 6 + at));
            ALPHABET.get(value).copied()
        })
        .collect()
}

/// The length of the base64 at the start of `text`, if it starts with `encoded`.
fn base64_at(text: &[u8], encoded: &[u8]) -> Option<usize> {
    // Shorter ones would match in any text.
    const MIN: usize = 8;
    let start = text.get(..encoded.len().max(MIN))?;
    let same = |(byte, encoded): (&u8, &u8)| match byte {
        b'-' => *encoded == b'+',
        b'_' => *encoded == b'/',
        byte => byte == encoded,
    };
    if encoded.len() < MIN || !start.iter().zip(encoded).all(same) {
        return None;
    }
    let end = text.iter().position(|byte| !is_base64(char::from(*byte)));
    Some(end.unwrap_or(text.len()))
}

fn is_base64(character: char) -> bool {
    character.is_ascii_alphanumeric() || "+/-_=".contains(character)
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(redacted)")
    }
}

impl std::str::FromStr for ApiKey {
    type Err = Error;

    fn from_str(key: &str) -> Result<Self, Error> {
        Self::new(key)
    }
}

#[cfg(test)]
mod tests {
    use super::ApiKey;

    #[test]
    fn a_key_that_no_header_carries_is_refused_without_being_shown() {
        for key in ["", " secret", "secret\n", "sec\r\nret", "secrét", "sec ret"] {
            let error = ApiKey::new(key).unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(shown.contains("API key"), "{shown}");
            assert!(!shown.contains("sec"), "{shown}");
        }
    }

    #[test]
    fn a_key_is_sensitive_and_redacted() {
        let key = ApiKey::new("secret.key").unwrap();
        assert!(key.header().is_sensitive());
        assert_eq!(format!("{key:?}"), "ApiKey(redacted)");
        assert_eq!(key.scrub("no secret.key here"), "no [redacted] here");
    }

    #[test]
    fn a_key_is_found_in_every_form_that_it_is_echoed_in() {
        let key = ApiKey::new("Zk9+Ht7/Lm.the-secret").unwrap();
        for (text, scrubbed) in [
            ("é Zk9+Ht7/Lm.the-secret é", "é [redacted] é"),
            ("ZK9+HT7/LM.THE-SECRET", "[redacted]"),
            ("zk9+ht7/lm.the-secret", "[redacted]"),
            ("a=Zk9%2BHt7%2fLm%2Ethe%2Dsecret&b", "a=[redacted]&b"),
            ("Zk9%252BHt7%252FLm.the-secret", "[redacted]"),
            ("Zk9\\u002BHt7/Lm\\u002ethe-secret", "[redacted]"),
            // `key`, `a:key`, `ab:key`, and with more after it.
            ("Basic Wms5K0h0Ny9MbS50aGUtc2VjcmV0.", "Basic [redacted]."),
            ("YTpaazkrSHQ3L0xtLnRoZS1zZWNyZXQ=", "[redacted]"),
            ("YWI6Wms5K0h0Ny9MbS50aGUtc2VjcmV0", "[redacted]"),
            (
                "\"YWJjOlprOStIdDcvTG0udGhlLXNlY3JldDp4eQ==\"",
                "\"[redacted]\"",
            ),
            ("Zk9+Ht7/Lm.the-secre", "Zk9+Ht7/Lm.the-secre"),
            ("%", "%"),
            ("", ""),
        ] {
            assert_eq!(key.scrub(text), scrubbed, "{text}");
        }
    }

    #[test]
    fn the_url_safe_alphabet_of_base64_is_found_and_a_short_key_is_not_searched_for() {
        let key = ApiKey::new("~~~???>>>~~~").unwrap();
        for text in ["fn5-Pz8_Pj4-fn5-", "fn5+Pz8/Pj4+fn5+"] {
            assert_eq!(key.scrub(text), "[redacted]");
        }
        // `Yw` is `c`.
        assert_eq!(
            ApiKey::new("c").unwrap().scrub("Yw Yw== YwAAAAAA"),
            "Yw Yw== YwAAAAAA"
        );
    }
}
