//! Why no client can be generated from a document: the location in the document, and the reason.

use std::fmt;

use crate::admit::one_line;

/// A location in the document and what is wrong there, as one line that is safe to show: it can quote
/// the document.
#[derive(Debug)]
pub struct Error {
    location: Option<String>,
    reason: String,
}

impl Error {
    /// An error of the document as a whole.
    pub fn whole(reason: impl fmt::Display) -> Self {
        Self {
            location: None,
            reason: one_line(&reason.to_string()),
        }
    }

    /// An error at `location`, a path of keys such as `paths./api/sip.get`.
    pub fn at(location: impl fmt::Display, reason: impl fmt::Display) -> Self {
        Self {
            location: Some(location.to_string()),
            reason: one_line(&reason.to_string()),
        }
    }

    /// The location, if the error has one.
    pub fn location(&self) -> Option<&str> {
        self.location.as_deref()
    }

    /// The same error, of the document of messages.
    pub fn in_messages(self) -> Self {
        let location = self.location.unwrap_or_else(|| "the whole".to_owned());
        Self::at(format!("messages.yaml: {location}"), self.reason)
    }

    /// The same error, at another location.
    pub fn moved(self, location: String) -> Self {
        Self {
            location: Some(location),
            ..self
        }
    }

    /// The same error, with advice on what to do.
    pub fn and(mut self, advice: impl fmt::Display) -> Self {
        self.reason = format!("{}; {}", self.reason, one_line(&advice.to_string()));
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.location {
            Some(location) => write!(f, "{}: {}", one_line(location), self.reason),
            None => f.write_str(&self.reason),
        }
    }
}

impl std::error::Error for Error {}
