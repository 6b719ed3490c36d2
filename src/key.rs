//! The API key. It is shown nowhere: neither by `Debug` nor in an error.

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
    /// [`Error::Config`] if the key is empty or holds anything but visible ASCII characters, a line
    /// break at the end included. The error does not show the key.
    pub fn new(key: impl AsRef<str>) -> Result<Self, Error> {
        let key = key.as_ref();
        let problem = if key.is_empty() {
            "it is empty"
        } else if key.trim() != key {
            "it starts or ends with white space or a line break"
        } else if !key.chars().all(|c| c.is_ascii_graphic()) {
            "it holds characters that no HTTP header can carry"
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

    /// Takes the key out of what a server sent, should it echo it.
    pub(crate) fn scrub(&self, text: &str) -> String {
        match self.0.to_str() {
            Ok(key) => text.replace(key, "[redacted]"),
            Err(_) => text.to_owned(),
        }
    }
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
}
