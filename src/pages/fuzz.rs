//! Any link to a next page yields a cursor, or an error that does not show the link.

use proptest::prelude::*;

use url::Url;

use super::*;

const PARTS: [&str; 30] = [
    "https://",
    "http://",
    "//",
    "/",
    "\\",
    "?",
    "#",
    "@",
    ":",
    "&",
    "=",
    "%",
    "%2f",
    "%00",
    "cursor=",
    "cursor",
    "api.example",
    "api.example:443",
    "api.example:8443",
    "evil.example",
    "user:word@",
    "api.example.evil.example",
    "..",
    " ",
    "\n",
    "\t",
    "a",
    "javascript:",
    "[::1]",
    "é",
];

proptest! {
    #[test]
    fn any_link_is_a_cursor_or_an_error_without_its_secrets(
        parts in proptest::collection::vec(proptest::sample::select(PARTS.as_slice()), 0..12),
    ) {
        let link = parts.concat();
        match cursor(&link) {
            // The cursor is in the query, and not in the fragment.
            Ok(cursor) if link.starts_with("http") => {
                let query = link.split('#').next().unwrap().split_once('?').unwrap().1;
                let mut pairs = url::form_urlencoded::parse(query.as_bytes());
                prop_assert!(pairs.any(|(name, value)| name == "cursor" && value == cursor));
            }
            Ok(_) => {}
            Err(error) => prop_assert_eq!(error, PaginationErrorKind::NoCursor),
        }
    }

    #[test]
    fn a_cursor_is_found_whatever_is_in_it(value in "\\PC{1,30}", before in "[a-z]{1,6}") {
        let mut link = Url::parse("https://api.example/v1").unwrap();
        link.query_pairs_mut()
            .append_pair(&before, "cursor=x&cursor=y")
            .append_pair("cursor", &value);
        prop_assume!(before != "cursor");
        let query = format!("?{}", link.query().unwrap());
        for link in [link.as_str(), query.as_str()] {
            prop_assert_eq!(cursor(link).ok(), Some(value.clone()));
        }
    }
}
