//! What is checked before a request leaves: the limits that the API's document states.
//!
//! Nothing here looks at what the server sends. The generated code walks the request and calls
//! [`Place`] for each limit.
#![allow(dead_code, reason = "used where the document has limits")]

use std::fmt;

use crate::error::{Error, LimitError};
use crate::{SignedDuration, redact};

/// Where in a request a value stands. Only a value out of its limits pays for the names.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    parent: Option<&'a Place<'a>>,
    step: Step<'a>,
    secret: bool,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Operation(&'static str),
    Field(&'a str),
    Index(usize),
}

impl Place<'_> {
    /// The request of an operation.
    pub(crate) const fn request(operation: &'static str) -> Self {
        Self {
            parent: None,
            step: Step::Operation(operation),
            secret: false,
        }
    }

    pub(crate) const fn field<'b>(&'b self, name: &'b str) -> Place<'b> {
        self.then(Step::Field(name))
    }

    pub(crate) const fn index(&self, index: usize) -> Place<'_> {
        self.then(Step::Index(index))
    }

    const fn then<'b>(&'b self, step: Step<'b>) -> Place<'b> {
        Place {
            parent: Some(self),
            step,
            secret: self.secret,
        }
    }

    /// The value is not shown.
    pub(crate) const fn secret(self) -> Self {
        Self {
            secret: true,
            ..self
        }
    }

    pub(crate) fn min_length(&self, text: &str, limit: usize) -> Result<(), Error> {
        self.length(text, text.chars().count() >= limit, "at least", limit)
    }

    pub(crate) fn max_length(&self, text: &str, limit: usize) -> Result<(), Error> {
        // No text has more characters than bytes.
        let holds = text.len() <= limit || text.chars().count() <= limit;
        self.length(text, holds, "at most", limit)
    }

    fn length(&self, text: &str, holds: bool, at: &str, limit: usize) -> Result<(), Error> {
        self.require(holds, || {
            let start: String = text.chars().take(SHOWN).collect();
            let more = if start.len() < text.len() { "…" } else { "" };
            let shown = redact::excerpt(&start);
            (
                format!("{at} {}", counted(limit, "character")),
                format!(
                    "\"{shown}{more}\" ({})",
                    counted(text.chars().count(), "character")
                ),
            )
        })
    }

    pub(crate) fn minimum<N: PartialOrd + fmt::Display>(
        &self,
        value: N,
        limit: N,
    ) -> Result<(), Error> {
        self.number(value >= limit, value, "at least", limit)
    }

    pub(crate) fn maximum<N: PartialOrd + fmt::Display>(
        &self,
        value: N,
        limit: N,
    ) -> Result<(), Error> {
        self.number(value <= limit, value, "at most", limit)
    }

    pub(crate) fn more_than<N: PartialOrd + fmt::Display>(
        &self,
        value: N,
        limit: N,
    ) -> Result<(), Error> {
        self.number(value > limit, value, "more than", limit)
    }

    pub(crate) fn less_than<N: PartialOrd + fmt::Display>(
        &self,
        value: N,
        limit: N,
    ) -> Result<(), Error> {
        self.number(value < limit, value, "less than", limit)
    }

    pub(crate) fn multiple_of(&self, value: f64, limit: f64) -> Result<(), Error> {
        let times = value / limit;
        // 0.3 is a multiple of 0.1, and not to the last bit.
        let holds = (times - times.round()).abs() <= 1e-9 * times.abs().max(1.0);
        self.number(holds, value, "a multiple of", limit)
    }

    fn number<N: fmt::Display>(
        &self,
        holds: bool,
        value: N,
        at: &str,
        limit: N,
    ) -> Result<(), Error> {
        self.require(holds, || (format!("{at} {limit}"), value.to_string()))
    }

    pub(crate) fn min_items(&self, count: usize, limit: usize) -> Result<(), Error> {
        self.count(count, count >= limit, "at least", limit, "item")
    }

    pub(crate) fn max_items(&self, count: usize, limit: usize) -> Result<(), Error> {
        self.count(count, count <= limit, "at most", limit, "item")
    }

    pub(crate) fn min_properties(&self, count: usize, limit: usize) -> Result<(), Error> {
        self.count(count, count >= limit, "at least", limit, "entry")
    }

    pub(crate) fn max_properties(&self, count: usize, limit: usize) -> Result<(), Error> {
        self.count(count, count <= limit, "at most", limit, "entry")
    }

    fn count(
        &self,
        count: usize,
        holds: bool,
        at: &str,
        limit: usize,
        what: &str,
    ) -> Result<(), Error> {
        self.require(holds, || {
            (
                format!("{at} {}", counted(limit, what)),
                counted(count, what),
            )
        })
    }

    pub(crate) fn unique_items<T: PartialEq>(&self, items: &[T]) -> Result<(), Error> {
        let twice = items.iter().enumerate().find_map(|(index, item)| {
            let first = items[..index].iter().position(|other| other == item)?;
            Some((first, index))
        });
        let Some((first, second)) = twice else {
            return Ok(());
        };
        self.require(false, || {
            (
                "no item twice".to_owned(),
                format!("the same at {first} and {second}"),
            )
        })
    }

    /// The API takes seconds of up to twelve digits.
    pub(crate) fn duration(&self, value: SignedDuration) -> Result<(), Error> {
        const LIMIT: u64 = 999_999_999_999;
        let holds = value.unsigned_abs().as_secs() <= LIMIT;
        self.require(holds, || {
            (format!("at most {LIMIT}s either way"), value.to_string())
        })
    }

    /// `said` gives the limit and the value.
    fn require(&self, holds: bool, said: impl FnOnce() -> (String, String)) -> Result<(), Error> {
        if holds {
            return Ok(());
        }
        let (limit, value) = said();
        let value = if self.secret {
            "not shown, because it is a secret".to_owned()
        } else {
            value
        };
        let (operation, field) = self.path();
        Err(Error::Limit(Box::new(LimitError {
            operation,
            field,
            limit,
            value,
        })))
    }

    /// The operation, and the way from there.
    fn path(&self) -> (&'static str, String) {
        let (operation, mut path) = self.parent.map_or(("", String::new()), Self::path);
        match self.step {
            Step::Operation(operation) => return (operation, path),
            Step::Field(name) if path.is_empty() => path += name,
            Step::Field(name) => path += &format!(".{name}"),
            Step::Index(index) => path += &format!("[{index}]"),
        }
        (operation, path)
    }
}

/// How many properties an object has in JSON.
pub(crate) fn properties(object: &impl serde::Serialize) -> usize {
    match serde_json::to_value(object) {
        Ok(serde_json::Value::Object(properties)) => properties.len(),
        _ => 0,
    }
}

/// How much of a text an error shows, in characters.
const SHOWN: usize = 40;

fn counted(count: usize, what: &str) -> String {
    match (count, what) {
        (1, what) => format!("1 {what}"),
        (count, "entry") => format!("{count} entries"),
        (count, what) => format!("{count} {what}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: Place<'_> = Place::request("things_create");

    #[track_caller]
    fn said(result: Result<(), Error>) -> (String, String, String) {
        match result.unwrap_err() {
            Error::Limit(error) => {
                assert_eq!(error.operation, "things_create");
                (error.field, error.limit, error.value)
            }
            error => panic!("{error:?}"),
        }
    }

    #[track_caller]
    fn assert_said(result: Result<(), Error>, limit: &str, value: &str) {
        let (_, said_limit, said_value) = said(result);
        assert_eq!((said_limit.as_str(), said_value.as_str()), (limit, value));
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        REQUEST.max_length("größe", 5).unwrap();
        REQUEST.min_length("größe", 5).unwrap();
        assert_said(
            REQUEST.max_length("größe", 4),
            "at most 4 characters",
            "\"größe\" (5 characters)",
        );
        assert_said(
            REQUEST.min_length("", 1),
            "at least 1 character",
            "\"\" (0 characters)",
        );
    }

    #[test]
    fn a_long_value_is_cut_and_a_secret_is_not_shown() {
        let long = "a".repeat(99);
        let (_, _, value) = said(REQUEST.max_length(&long, 98));
        assert_eq!(value, format!("\"{}…\" (99 characters)", "a".repeat(40)));
        let place = REQUEST.field("password").secret();
        let error = place.max_length("hunter2", 3).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }

    #[test]
    fn numbers_are_compared_as_what_they_are() {
        REQUEST.minimum(1, 1).unwrap();
        REQUEST.maximum(0.1, 0.1).unwrap();
        REQUEST.multiple_of(0.3, 0.1).unwrap();
        REQUEST.multiple_of(-6.0, 3.0).unwrap();
        assert_said(REQUEST.minimum(0, 1), "at least 1", "0");
        assert_said(REQUEST.maximum(1.5, 1.0), "at most 1", "1.5");
        assert_said(REQUEST.more_than(0, 0), "more than 0", "0");
        assert_said(REQUEST.less_than(2, 2), "less than 2", "2");
        assert_said(REQUEST.multiple_of(0.35, 0.1), "a multiple of 0.1", "0.35");
        assert_said(REQUEST.minimum(f64::NAN, 0.0), "at least 0", "NaN");
    }

    #[test]
    fn lists_and_maps_are_counted_and_compared() {
        REQUEST.max_items(2, 2).unwrap();
        REQUEST.unique_items(&["a", "b"]).unwrap();
        assert_said(REQUEST.min_items(0, 1), "at least 1 item", "0 items");
        assert_said(REQUEST.max_items(3, 2), "at most 2 items", "3 items");
        assert_said(REQUEST.max_properties(1, 0), "at most 0 entries", "1 entry");
        assert_said(
            REQUEST.min_properties(0, 2),
            "at least 2 entries",
            "0 entries",
        );
        assert_said(
            REQUEST.unique_items(&["a", "b", "a"]),
            "no item twice",
            "the same at 0 and 2",
        );
    }

    #[test]
    fn a_duration_has_at_most_twelve_digits() {
        REQUEST
            .duration(SignedDuration::from_secs(-999_999_999_999))
            .unwrap();
        let (_, limit, value) =
            said(REQUEST.duration(SignedDuration::from_secs(1_000_000_000_000)));
        assert_eq!(
            (limit.as_str(), value.as_str()),
            ("at most 999999999999s either way", "1000000000000s")
        );
    }

    #[test]
    fn an_error_names_the_way_to_the_value_and_that_nothing_was_sent() {
        let items = REQUEST.field("template");
        let items = items.field("items");
        let error = items
            .index(3)
            .field("name")
            .max_length("abc", 2)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "things_create: template.items[3].name must be at most 2 characters, and is \"abc\" (3 characters); the request was not sent"
        );
        assert!(!error.is_retryable());
    }
}
