//! Any `Retry-After` parses as a time to wait, or is ignored.

use proptest::prelude::*;
use reqwest::header::HeaderValue;

use super::*;

fn read(value: &[u8], now: SystemTime) -> Option<Duration> {
    let value = HeaderValue::from_bytes(value).ok()?;
    retry_after(&HeaderMap::from_iter([(RETRY_AFTER, value)]), now)
}

const PARTS: [&[u8]; 24] = [
    b"0",
    b"1",
    b"-1",
    b"+1",
    b"1.5",
    b"1e9",
    b"9999999999",
    b"18446744073709551615",
    b"18446744073709551616",
    b" ",
    b"\t",
    b",",
    b";",
    b"\xff",
    b"\xc2\xa0",
    b"nan",
    b"Sun, ",
    b"Mon, ",
    b"06 Nov ",
    b"1994 ",
    b"9999 ",
    b"08:49:37 ",
    b"GMT",
    b"Sunday, 06-Nov-94 08:49:37 GMT",
];

proptest! {
    #[test]
    fn any_text_is_a_wait_or_none(
        parts in proptest::collection::vec(proptest::sample::select(PARTS.as_slice()), 0..8),
        bytes in proptest::collection::vec(any::<u8>(), 0..40),
        now in 0_u64..=253_402_300_799,
    ) {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(now);
        for value in [parts.concat(), bytes] {
            // A wait that is too long for the clock would overflow when it is added.
            if let Some(wait) = read(&value, now) {
                let _ = tokio::time::Instant::now().checked_add(wait);
            }
        }
    }

    #[test]
    fn seconds_and_dates_are_what_they_say(
        now in 0_u64..=200_000_000_000,
        wait in 0_u64..=50_000_000_000,
    ) {
        let asked = Some(Duration::from_secs(wait));
        let then = SystemTime::UNIX_EPOCH + Duration::from_secs(now);
        prop_assert_eq!(read(wait.to_string().as_bytes(), then), asked);
        let date = httpdate::fmt_http_date(then + Duration::from_secs(wait));
        prop_assert_eq!(read(date.as_bytes(), then), asked);
        // A date in the past means no wait.
        let later = then + Duration::from_secs(wait + 1);
        prop_assert_eq!(read(date.as_bytes(), later), Some(Duration::ZERO));
    }
}
