//! Durations in the format of the API: seconds, a fraction of up to nine digits, and `s`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::enums::deserialize_text;

const NANOS: i128 = 1_000_000_000;

/// A duration that may be negative, exact to the nanosecond. In JSON it is a string such as `3.5s`.
///
/// ```
/// use std::time::Duration;
/// use ultravox::SignedDuration;
///
/// let limit = SignedDuration::from(Duration::from_millis(3500));
/// assert_eq!(limit.to_string(), "3.5s");
/// assert_eq!("90s".parse::<SignedDuration>()?, SignedDuration::from_secs(90));
/// assert_eq!(Duration::try_from(limit)?, Duration::from_millis(3500));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SignedDuration {
    nanos: i128,
}

impl SignedDuration {
    /// A duration of whole seconds.
    pub const fn from_secs(secs: i64) -> Self {
        Self {
            nanos: secs as i128 * NANOS,
        }
    }

    /// A duration of nanoseconds.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self {
            nanos: nanos as i128,
        }
    }

    /// Whether it is less than zero.
    pub const fn is_negative(self) -> bool {
        self.nanos < 0
    }

    /// The absolute value.
    pub fn unsigned_abs(self) -> Duration {
        let nanos = self.nanos.unsigned_abs();
        let (secs, nanos) = (nanos / NANOS.unsigned_abs(), nanos % NANOS.unsigned_abs());
        // Every value has seconds within u64.
        Duration::new(
            u64::try_from(secs).unwrap_or(u64::MAX),
            u32::try_from(nanos).unwrap_or_default(),
        )
    }

    /// In seconds, as the nearest float.
    pub fn as_secs_f64(self) -> f64 {
        let secs = self.unsigned_abs().as_secs_f64();
        if self.is_negative() { -secs } else { secs }
    }
}

impl From<Duration> for SignedDuration {
    fn from(duration: Duration) -> Self {
        Self {
            nanos: i128::from(duration.as_secs()) * NANOS + i128::from(duration.subsec_nanos()),
        }
    }
}

impl TryFrom<SignedDuration> for Duration {
    type Error = NegativeDurationError;

    fn try_from(duration: SignedDuration) -> Result<Self, NegativeDurationError> {
        if duration.is_negative() {
            return Err(NegativeDurationError { duration });
        }
        Ok(duration.unsigned_abs())
    }
}

impl fmt::Display for SignedDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.unsigned_abs();
        let sign = if self.is_negative() { "-" } else { "" };
        let mut text = format!("{sign}{}", size.as_secs());
        if size.subsec_nanos() > 0 {
            let fraction = format!(".{:09}", size.subsec_nanos());
            text += fraction.trim_end_matches('0');
        }
        text.push('s');
        f.pad(&text)
    }
}

impl fmt::Debug for SignedDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for SignedDuration {
    type Err = ParseDurationError;

    fn from_str(text: &str) -> Result<Self, ParseDurationError> {
        parse(text).ok_or_else(|| ParseDurationError {
            text: crate::redact::excerpt(text),
        })
    }
}

fn parse(text: &str) -> Option<SignedDuration> {
    let number = text.strip_suffix('s')?;
    let (negative, number) = match number.strip_prefix('-') {
        Some(number) => (true, number),
        None => (false, number),
    };
    let (secs, fraction) = match number.split_once('.') {
        Some((secs, fraction)) => (secs, Some(fraction)),
        None => (number, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(secs) || fraction.is_some_and(|fraction| !digits(fraction) || fraction.len() > 9) {
        return None;
    }
    let nanos: i128 = format!("{:0<9}", fraction.unwrap_or_default())
        .parse()
        .ok()?;
    let size = i128::from(secs.parse::<u64>().ok()?) * NANOS + nanos;
    Some(SignedDuration {
        nanos: if negative { -size } else { size },
    })
}

impl TryFrom<&str> for SignedDuration {
    type Error = ParseDurationError;

    fn try_from(text: &str) -> Result<Self, ParseDurationError> {
        text.parse()
    }
}

impl TryFrom<String> for SignedDuration {
    type Error = ParseDurationError;

    fn try_from(text: String) -> Result<Self, ParseDurationError> {
        text.parse()
    }
}

impl Serialize for SignedDuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SignedDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_text(deserializer)
    }
}

/// A text that is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a duration; expected one such as `90s` or `3.5s`, with up to nine decimal places"
)]
#[non_exhaustive]
pub struct ParseDurationError {
    /// The text, or its start.
    pub text: String,
}

/// A duration that is less than zero, which [`std::time::Duration`] cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the duration {duration} is negative")]
#[non_exhaustive]
pub struct NegativeDurationError {
    /// The duration.
    pub duration: SignedDuration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_read_and_written_exactly() {
        for text in [
            "0s",
            "3s",
            "-3s",
            "3.5s",
            "-0.5s",
            "0.000000001s",
            "12.345678901s",
            "999999999999.999999999s",
        ] {
            let json = format!("{text:?}");
            let duration: SignedDuration = serde_json::from_str(&json).unwrap();
            assert_eq!(serde_json::to_string(&duration).unwrap(), json);
        }
        assert_eq!(
            "3.500s".parse(),
            Ok(SignedDuration::from_nanos(3_500_000_000))
        );
        assert_eq!("-0s".parse(), Ok(SignedDuration::default()));
    }

    #[test]
    fn what_is_no_duration_is_refused_with_what_one_looks_like() {
        for text in [
            "",
            "s",
            "3",
            ".5s",
            "3.s",
            "--3s",
            "+3s",
            "3ms",
            " 3s",
            "3.1234567890s",
            "1e3s",
            "٣s",
            "99999999999999999999s",
        ] {
            let error = text.parse::<SignedDuration>().unwrap_err().to_string();
            assert!(
                error.contains(text.trim()) && error.contains("`3.5s`"),
                "{error}"
            );
        }
    }

    #[test]
    fn it_converts_from_std_and_back_unless_negative() {
        for std in [Duration::ZERO, Duration::from_millis(3500), Duration::MAX] {
            let duration = SignedDuration::from(std);
            assert_eq!(Duration::try_from(duration), Ok(std));
            assert_eq!(duration.to_string().parse(), Ok(duration));
        }
        let error = Duration::try_from(SignedDuration::from_secs(-2)).unwrap_err();
        assert_eq!(error.to_string(), "the duration -2s is negative");
    }

    #[test]
    fn durations_are_ordered_by_their_length() {
        let mut sorted = ["-1s", "-0.5s", "0s", "0.1s", "0.11s", "2s", "10s"]
            .map(|text| text.parse::<SignedDuration>().unwrap());
        let ordered = sorted;
        sorted.reverse();
        sorted.sort();
        assert_eq!(sorted, ordered);
        assert!((SignedDuration::from_secs(-2).as_secs_f64() + 2.0).abs() < f64::EPSILON);
    }
}
