//! The headers of a signed request: they are parsed here, and checked in the parent module.

use chrono::{DateTime, Utc};
use http::HeaderMap;

use super::SignatureError;

/// The bytes of a signature.
pub(super) type Signature = [u8; 32];

/// A header that must be present once: with two values, it would be unclear which of them was signed.
pub(super) fn single<'a>(
    headers: &'a HeaderMap,
    header: &'static str,
) -> Result<&'a str, SignatureError> {
    let mut values = headers.get_all(header).iter();
    let value = values
        .next()
        .ok_or(SignatureError::MissingHeader { header })?;
    let malformed = |expected| SignatureError::MalformedHeader { header, expected };
    if values.next().is_some() {
        return Err(malformed("present exactly once"));
    }
    match value.to_str() {
        Ok("") | Err(_) => Err(malformed("a text of one or more ASCII characters")),
        Ok(text) => Ok(text),
    }
}

/// All signatures of a header, which may contain several separated by commas, and be repeated. What is
/// not a signature is ignored, so that another kind can be added later.
pub(super) fn all(
    headers: &HeaderMap,
    header: &'static str,
) -> Result<Vec<Signature>, SignatureError> {
    if !headers.contains_key(header) {
        return Err(SignatureError::MissingHeader { header });
    }
    let values = headers.get_all(header).iter();
    let parts = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    let signatures: Vec<Signature> = parts.filter_map(|part| unhex(part.trim_ascii())).collect();
    if signatures.is_empty() {
        return Err(SignatureError::MalformedHeader {
            header,
            expected: "a signature of 64 hexadecimal digits, or several separated by commas",
        });
    }
    Ok(signatures)
}

/// ISO 8601 as in RFC 3339. One without an offset is in UTC, as the page on data connections says about
/// its header.
pub(super) fn time(text: &str) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_rfc3339(&format!("{text}Z")));
    Some(time.ok()?.to_utc())
}

fn unhex(text: &[u8]) -> Option<Signature> {
    let digit = |byte: &u8| u8::try_from(char::from(*byte).to_digit(16)?).ok();
    let mut signature = Signature::default();
    if text.len() != 2 * signature.len() {
        return None;
    }
    for (byte, digits) in signature.iter_mut().zip(text.chunks_exact(2)) {
        let [high, low] = digits else { return None };
        *byte = digit(high)? << 4 | digit(low)?;
    }
    Some(signature)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_rfc_3339_with_an_offset_or_none() {
        let expected = "2026-01-02T03:04:05Z".parse().ok();
        for text in [
            "2026-01-02T03:04:05Z",
            "2026-01-02T03:04:05+00:00",
            "2026-01-02T03:04:05.000+00:00",
            "2026-01-02T05:04:05+02:00",
            "2026-01-01T22:04:05-05:00",
            "2026-01-02T03:04:05",
        ] {
            assert_eq!(time(text), expected, "{text}");
        }
        // The timestamp cannot begin with a byte that was moved to it from the text that is signed
        // before it.
        for text in [
            "",
            " 2026-01-02T03:04:05Z",
            "2026-01-02T03:04:05Z ",
            "+2026-01-02T03:04:05Z",
            "026-01-02T03:04:05Z",
            "12026-01-02T03:04:05Z",
            "2026-01-02",
            "2026-13-02T03:04:05Z",
            "1767323045",
            "2026-01-02T03:04:05ZZ",
            "２０２６-01-02T03:04:05Z",
        ] {
            assert_eq!(time(text), None, "{text}");
        }
    }

    #[test]
    fn a_signature_is_64_digits_in_either_case() {
        assert_eq!(unhex(&[b'0'; 64]), Some([0; 32]));
        assert_eq!(unhex("aF".repeat(32).as_bytes()), Some([0xaf; 32]));
        for text in [
            "",
            "0",
            &"0".repeat(63),
            &"0".repeat(65),
            &"0g".repeat(32),
            &"é".repeat(32),
        ] {
            assert_eq!(unhex(text.as_bytes()), None, "{text}");
        }
    }
}
