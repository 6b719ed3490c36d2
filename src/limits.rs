//! Checks of the limits in the API's document, before a request is sent.
//!
//! Responses are not checked. Every value that a request can contain is [`Checked`]; which fields
//! have which [`Limit`]s is generated, from what `lower/limits.rs` of `codegen` takes out of the
//! document.

use std::collections::HashMap;
use std::fmt;

use crate::error::{Error, LimitError};
use crate::{Patch, Secret, SignedDuration, redact};

/// The location of a value in a request. The names are only allocated for an error.
#[derive(Clone, Copy)]
pub(crate) struct Location<'a> {
    parent: Option<&'a Location<'a>>,
    step: Step<'a>,
    secret: bool,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Operation(&'static str),
    Field(&'a str),
    Index(usize),
}

impl Location<'_> {
    /// The request of an operation.
    pub(crate) const fn request(operation: &'static str) -> Self {
        Self {
            parent: None,
            step: Step::Operation(operation),
            secret: false,
        }
    }

    /// A part with a name, or one without: the body of a call, and the properties of an object that its
    /// schema does not name.
    pub(crate) const fn part<'b>(&'b self, name: &'b str) -> Location<'b> {
        match name.is_empty() {
            true => Location {
                parent: self.parent,
                step: self.step,
                secret: self.secret,
            },
            false => self.field(name),
        }
    }

    pub(crate) const fn field<'b>(&'b self, name: &'b str) -> Location<'b> {
        self.then(Step::Field(name))
    }

    pub(crate) const fn index(&self, index: usize) -> Location<'_> {
        self.then(Step::Index(index))
    }

    const fn then<'b>(&'b self, step: Step<'b>) -> Location<'b> {
        Location {
            parent: Some(self),
            step,
            secret: self.secret,
        }
    }

    /// The value is not shown.
    const fn secret(self) -> Self {
        Self {
            secret: true,
            ..self
        }
    }

    /// `describe` returns the limit and the value.
    fn require(
        &self,
        holds: bool,
        describe: impl FnOnce() -> (String, String),
    ) -> Result<(), Error> {
        if holds {
            return Ok(());
        }
        let (limit, value) = describe();
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

    /// The operation, and the path from there.
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

/// A limit of the document.
#[derive(Clone, Copy, Debug)]
#[allow(dead_code, reason = "the published API does not use all of them")]
pub(crate) enum Limit {
    /// Of the characters of a text.
    MinLength(usize),
    MaxLength(usize),
    /// Of the items of a list, or the entries of a map.
    MinItems(usize),
    MaxItems(usize),
    Minimum(Number),
    Maximum(Number),
    MoreThan(Number),
    LessThan(Number),
    MultipleOf(Number),
    /// JSON that must be an object.
    Object,
    /// Of each item of a list, or each value of a map.
    Each(&'static [Limit]),
}

/// A number in the document.
#[derive(Clone, Copy, Debug)]
#[allow(dead_code, reason = "the published API does not use both")]
pub(crate) enum Number {
    Integer(i64),
    Float(f64),
}

impl Number {
    #[allow(clippy::cast_precision_loss, reason = "limits are far below 2^53")]
    fn as_f64(self) -> f64 {
        match self {
            Self::Integer(integer) => integer as f64,
            Self::Float(float) => float,
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(integer) => integer.fmt(f),
            Self::Float(float) => float.fmt(f),
        }
    }
}

/// A value that a request can contain.
pub(crate) trait Checked {
    /// Checks the value at `at` against the `limits`, and what it contains against its own. A value
    /// that cannot have limits meets all.
    fn check(&self, at: &Location<'_>, limits: &[Limit]) -> Result<(), Error> {
        let (_, _) = (at, limits);
        Ok(())
    }
}

impl<T: Checked> Checked for Option<T> {
    fn check(&self, at: &Location<'_>, limits: &[Limit]) -> Result<(), Error> {
        self.iter().try_for_each(|value| value.check(at, limits))
    }
}

impl<T: Checked> Checked for Patch<T> {
    fn check(&self, at: &Location<'_>, limits: &[Limit]) -> Result<(), Error> {
        match self {
            Self::Set(value) => value.check(at, limits),
            Self::Clear => Ok(()),
        }
    }
}

impl<T: Checked> Checked for Box<T> {
    fn check(&self, at: &Location<'_>, limits: &[Limit]) -> Result<(), Error> {
        T::check(self, at, limits)
    }
}

impl<T: Checked> Checked for Vec<T> {
    fn check(&self, at: &Location<'_>, limits: &[Limit]) -> Result<(), Error> {
        count(at, self.len(), "item", limits)?;
        let mut items = self.iter().enumerate();
        items.try_for_each(|(index, item)| item.check(&at.index(index), each(limits)))
    }
}

impl<T: Checked, S> Checked for HashMap<String, T, S> {
    fn check(&self, at: &Location<'_>, limits: &[Limit]) -> Result<(), Error> {
        count(at, self.len(), "entry", limits)?;
        let mut entries = self.iter();
        entries.try_for_each(|(key, value)| value.check(&at.field(key), each(limits)))
    }
}

impl Checked for serde_json::Map<String, serde_json::Value> {
    fn check(&self, at: &Location<'_>, limits: &[Limit]) -> Result<(), Error> {
        count(at, self.len(), "entry", limits)
    }
}

impl Checked for String {
    fn check(&self, at: &Location<'_>, limits: &[Limit]) -> Result<(), Error> {
        length(at, self, limits)
    }
}

impl Checked for Secret {
    fn check(&self, at: &Location<'_>, limits: &[Limit]) -> Result<(), Error> {
        length(&at.secret(), self, limits)
    }
}

impl Checked for serde_json::Value {
    fn check(&self, at: &Location<'_>, limits: &[Limit]) -> Result<(), Error> {
        let must_be_object = limits.iter().any(|limit| matches!(limit, Limit::Object));
        at.require(!must_be_object || self.is_object(), || {
            let kind = match self {
                Self::Null => "null",
                Self::Bool(_) => "a boolean",
                Self::Number(_) => "a number",
                Self::String(_) => "a string",
                Self::Array(_) => "a list",
                Self::Object(_) => "an object",
            };
            ("an object".to_owned(), kind.to_owned())
        })
    }
}

impl Checked for SignedDuration {
    /// The API accepts seconds of up to twelve digits.
    fn check(&self, at: &Location<'_>, _: &[Limit]) -> Result<(), Error> {
        const LIMIT: u64 = 999_999_999_999;
        at.require(self.unsigned_abs().as_secs() <= LIMIT, || {
            (format!("between -{LIMIT}s and {LIMIT}s"), self.to_string())
        })
    }
}

macro_rules! numbers {
    ($($number:ty)*) => {
        $(
            impl Checked for $number {
                #[allow(
                    clippy::cast_lossless,
                    clippy::cast_precision_loss,
                    reason = "limits are far below 2^53"
                )]
                fn check(&self, at: &Location<'_>, limits: &[Limit]) -> Result<(), Error> {
                    limits
                        .iter()
                        .try_for_each(|limit| number(at, *self as f64, self, limit))
                }
            }
        )*
    };
}
numbers! { i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 }

macro_rules! unlimited {
    ($($ty:ty)*) => {
        $(impl Checked for $ty {})*
    };
}
unlimited! {
    bool
    uuid::Uuid
    chrono::NaiveDate
    chrono::NaiveTime
    chrono::DateTime<chrono::Utc>
    std::net::IpAddr
    std::net::Ipv4Addr
    std::net::Ipv6Addr
    ipnet::IpNet
    ipnet::Ipv4Net
    ipnet::Ipv6Net
}

fn each(limits: &[Limit]) -> &'static [Limit] {
    let each = limits.iter().find_map(|limit| match limit {
        Limit::Each(limits) => Some(*limits),
        _ => None,
    });
    each.unwrap_or_default()
}

fn length(at: &Location<'_>, text: &str, limits: &[Limit]) -> Result<(), Error> {
    let characters = || text.chars().count();
    limits.iter().try_for_each(|limit| {
        let (holds, words, limit) = match *limit {
            Limit::MinLength(limit) => (characters() >= limit, "at least", limit),
            // A string has no more characters than bytes.
            Limit::MaxLength(limit) => {
                let holds = text.len() <= limit || characters() <= limit;
                (holds, "at most", limit)
            }
            _ => return Ok(()),
        };
        at.require(holds, || {
            let start: String = text.chars().take(SHOWN).collect();
            let more = if start.len() < text.len() { "…" } else { "" };
            let shown = redact::excerpt(&start);
            (
                format!("{words} {}", counted(limit, "character")),
                format!("\"{shown}{more}\" ({})", counted(characters(), "character")),
            )
        })
    })
}

fn count(at: &Location<'_>, count: usize, what: &str, limits: &[Limit]) -> Result<(), Error> {
    limits.iter().try_for_each(|limit| {
        let (holds, words, limit) = match *limit {
            Limit::MinItems(limit) => (count >= limit, "at least", limit),
            Limit::MaxItems(limit) => (count <= limit, "at most", limit),
            _ => return Ok(()),
        };
        at.require(holds, || {
            let limit = format!("{words} {}", counted(limit, what));
            (limit, counted(count, what))
        })
    })
}

fn number(
    at: &Location<'_>,
    value: f64,
    shown: &dyn fmt::Display,
    limit: &Limit,
) -> Result<(), Error> {
    let (holds, words, limit) = match *limit {
        Limit::Minimum(limit) => (value >= limit.as_f64(), "at least", limit),
        Limit::Maximum(limit) => (value <= limit.as_f64(), "at most", limit),
        Limit::MoreThan(limit) => (value > limit.as_f64(), "more than", limit),
        Limit::LessThan(limit) => (value < limit.as_f64(), "less than", limit),
        Limit::MultipleOf(limit) => {
            let times = value / limit.as_f64();
            // 0.3 is a multiple of 0.1, but not exactly in binary.
            let holds = (times - times.round()).abs() <= 1e-9 * times.abs().max(1.0);
            (holds, "a multiple of", limit)
        }
        _ => return Ok(()),
    };
    at.require(holds, || (format!("{words} {limit}"), shown.to_string()))
}

/// Checks the fields of a struct that have limits or contain values with limits.
macro_rules! limits {
    ($name:ident 0) => {
        impl crate::limits::Checked for $name {
            #[inline]
            fn check(
                &self,
                at: &crate::limits::Location<'_>,
                limits: &[crate::limits::Limit],
            ) -> ::std::result::Result<(), crate::Error> {
                self.0.check(at, limits)
            }
        }
    };
    ($name:ident { }) => {
        impl crate::limits::Checked for $name {}
    };
    ($name:ident | $($variant:ident)*) => {
        impl crate::limits::Checked for $name {
            fn check(
                &self,
                at: &crate::limits::Location<'_>,
                limits: &[crate::limits::Limit],
            ) -> ::std::result::Result<(), crate::Error> {
                match self {
                    $(Self::$variant(value) => value.check(at, limits),)*
                    Self::Unknown(_) => ::std::result::Result::Ok(()),
                }
            }
        }
    };
    ($name:ident { $($field:ident $wire:literal [$($limits:tt)*];)* }) => {
        impl crate::limits::Checked for $name {
            #[allow(deprecated)]
            #[inline]
            fn check(
                &self,
                at: &crate::limits::Location<'_>,
                _: &[crate::limits::Limit],
            ) -> ::std::result::Result<(), crate::Error> {
                #[allow(unused_imports)]
                use crate::limits::{Limit::*, Number};
                $(crate::limits::Checked::check(&self.$field, &at.part($wire), &[$($limits)*])?;)*
                Ok(())
            }
        }
    };
}
pub(crate) use limits;

/// Checks the arguments of a call.
macro_rules! checks {
    ($at:ident $($value:ident $wire:literal [$($limits:tt)*];)*) => {
        #[allow(unused_imports)]
        use crate::limits::{Limit::*, Number};
        $(crate::limits::Checked::check(
            &$value,
            &crate::limits::Location::part(&$at, $wire),
            &[$($limits)*],
        )?;)*
    };
}
pub(crate) use checks;

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
    use serde_json::json;

    use super::Limit::*;
    use super::*;

    const REQUEST: Location<'_> = Location::request("things_create");

    #[inline]
    fn check(value: impl Checked, limits: &[Limit]) -> Result<(), Error> {
        value.check(&REQUEST, limits)
    }

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
        let text = || "größe".to_owned();
        check(text(), &[MinLength(5), MaxLength(5)]).unwrap();
        assert_said(
            check(text(), &[MaxLength(4)]),
            "at most 4 characters",
            "\"größe\" (5 characters)",
        );
        assert_said(
            check(String::new(), &[MinLength(1)]),
            "at least 1 character",
            "\"\" (0 characters)",
        );
    }

    #[test]
    fn a_long_value_is_cut_and_a_secret_is_not_shown() {
        let (_, _, value) = said(check("a".repeat(99), &[MaxLength(98)]));
        assert_eq!(value, format!("\"{}…\" (99 characters)", "a".repeat(40)));
        let error = check(Secret::from("hunter2"), &[MaxLength(3)]).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }

    #[test]
    fn numbers_are_compared_as_what_they_are() {
        let integer = |value| Number::Integer(value);
        let tenth = Number::Float(0.1);
        check(1_i64, &[Minimum(integer(1))]).unwrap();
        check(0.1, &[Maximum(tenth)]).unwrap();
        check(0.3, &[MultipleOf(tenth)]).unwrap();
        check(-6_i32, &[MultipleOf(integer(3))]).unwrap();
        assert_said(check(0_i64, &[Minimum(integer(1))]), "at least 1", "0");
        assert_said(check(1.5, &[Maximum(integer(1))]), "at most 1", "1.5");
        assert_said(check(0_i64, &[MoreThan(integer(0))]), "more than 0", "0");
        assert_said(check(2_i64, &[LessThan(integer(2))]), "less than 2", "2");
        assert_said(
            check(0.35, &[MultipleOf(tenth)]),
            "a multiple of 0.1",
            "0.35",
        );
        assert_said(check(f64::NAN, &[Minimum(integer(0))]), "at least 0", "NaN");
    }

    #[test]
    fn lists_and_maps_are_counted_and_each_of_them_checked() {
        let list = |count: usize| vec!["ab".to_owned(); count];
        let map = |count: usize| -> HashMap<_, _> {
            (0..count)
                .map(|key| (key.to_string(), "ab".to_owned()))
                .collect()
        };
        check(list(2), &[MaxItems(2), Each(&[MaxLength(2)])]).unwrap();
        assert_said(check(list(0), &[MinItems(1)]), "at least 1 item", "0 items");
        assert_said(check(list(3), &[MaxItems(2)]), "at most 2 items", "3 items");
        assert_said(
            check(map(1), &[MaxItems(0)]),
            "at most 0 entries",
            "1 entry",
        );
        assert_said(
            check(map(0), &[MinItems(2)]),
            "at least 2 entries",
            "0 entries",
        );
        let (field, ..) = said(check(list(2), &[Each(&[MaxLength(1)])]));
        assert_eq!(field, "[0]");
        let (field, ..) = said(check(map(1), &[Each(&[MaxLength(1)])]));
        assert_eq!(field, "0");
    }

    #[test]
    fn what_is_not_there_keeps_to_every_limit() {
        check(None::<String>, &[MinLength(1)]).unwrap();
        check(Some(Patch::<String>::Clear), &[MinLength(1)]).unwrap();
        check(Some(Patch::Set(String::new())), &[MinLength(1)]).unwrap_err();
    }

    #[test]
    fn json_may_have_to_be_an_object() {
        check(json!({}), &[Object]).unwrap();
        check(json!([1]), &[]).unwrap();
        assert_said(check(json!([1]), &[Object]), "an object", "a list");
    }

    #[test]
    fn a_duration_has_at_most_twelve_digits() {
        check(SignedDuration::from_secs(-999_999_999_999), &[]).unwrap();
        assert_said(
            check(SignedDuration::from_secs(1_000_000_000_000), &[]),
            "between -999999999999s and 999999999999s",
            "1000000000000s",
        );
    }

    #[test]
    fn an_error_names_the_way_to_the_value_and_that_nothing_was_sent() {
        let items = REQUEST.field("template");
        let items = items.field("items");
        let location = items.index(3);
        let error = "abc"
            .to_owned()
            .check(&location.field("name"), &[MaxLength(2)]);
        let error = error.unwrap_err();
        assert_eq!(
            error.to_string(),
            "things_create: template.items[3].name must be at most 2 characters, and is \"abc\" (3 characters); the request was not sent"
        );
        assert!(!error.is_retryable());
    }
}
