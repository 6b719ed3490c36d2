//! Any link to a next page is a cursor, or an error that shows no more of it than its origin.

use proptest::prelude::*;

use super::*;

const BASE: &str = "https://api.example/v1";

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
        match cursor(&link, BASE) {
            // Nothing is taken from a link to another host.
            Ok(_) if link.starts_with("http") => {
                let link = Url::parse(BASE).unwrap().join(&link).unwrap();
                prop_assert_eq!(link.host_str(), Some("api.example"));
                prop_assert!(matches!(link.port(), None | Some(443)), "{}", link);
            }
            Ok(_) => {}
            Err(error) => {
                let line = format!("{error:?}");
                prop_assert!(!line.contains("word"), "{}", line);
                prop_assert!(!line.contains('#') && !line.contains('\n'), "{}", line);
            }
        }
    }

    #[test]
    fn a_cursor_is_found_whatever_is_in_it(value in "\\PC{1,30}", before in "[a-z]{1,6}") {
        let mut link = Url::parse(BASE).unwrap();
        link.query_pairs_mut()
            .append_pair(&before, "cursor=x&cursor=y")
            .append_pair("cursor", &value);
        prop_assume!(before != "cursor");
        let query = format!("?{}", link.query().unwrap());
        for link in [link.as_str(), query.as_str()] {
            prop_assert_eq!(cursor(link, BASE).ok(), Some(value.clone()));
        }
    }
}
