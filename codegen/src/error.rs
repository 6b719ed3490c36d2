//! Why a document does not become a client: the place in the document, and the reason.

use std::fmt;

use crate::admit::one_line;

/// A place in the document and what is wrong there, as one line that is safe to show: the document's
/// own texts may be part of it.
#[derive(Debug)]
pub struct Error {
    place: Option<String>,
    reason: String,
}

impl Error {
    /// An error of the document as a whole.
    pub fn whole(reason: impl fmt::Display) -> Self {
        Self {
            place: None,
            reason: one_line(&reason.to_string()),
        }
    }

    /// An error at `place`, a path of keys such as `paths./api/sip.get`.
    pub fn at(place: impl fmt::Display, reason: impl fmt::Display) -> Self {
        Self {
            place: Some(place.to_string()),
            reason: one_line(&reason.to_string()),
        }
    }

    /// The place, if the error has one.
    pub fn place(&self) -> Option<&str> {
        self.place.as_deref()
    }

    /// The same error, with what to do.
    pub fn and(mut self, advice: impl fmt::Display) -> Self {
        self.reason = format!("{}; {}", self.reason, one_line(&advice.to_string()));
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{}: {}", one_line(place), self.reason),
            None => f.write_str(&self.reason),
        }
    }
}

impl std::error::Error for Error {}
