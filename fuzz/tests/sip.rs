//! SIP URIs and patterns: any To header and any patterns are decided, or said to be undecidable, in
//! one line.

#![allow(clippy::panic, clippy::unwrap_used)]

use std::fmt::Write;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::json;
use ultravox::sip::{Routing, Source};
use ultravox::types::SipConfig;
use ultravox_fuzz::{HOSTILE, cases};

const AGENT: &str = "6f0c2a52-8f6e-4a52-9d5e-2d2f1c0b7a11";

const OF_URIS: [&str; 26] = [
    "sip:",
    "sips:",
    "tel:",
    "SIP:",
    "@",
    "%40",
    "%",
    "%0",
    "%ff",
    "%00",
    "%0a",
    ":",
    ";",
    "?",
    "<",
    ">",
    "\"",
    "\\\"",
    ",",
    "agent_6f0c2a52-8f6e-4a52-9d5e-2d2f1c0b7a11",
    "sales",
    "+15551234567",
    "example.com",
    "[::1]",
    ";tag=1",
    ";transport=tcp",
];

const OF_PATTERNS: [&str; 30] = [
    "^",
    "$",
    ".",
    "*",
    "+",
    "?",
    "(",
    ")",
    "(?:",
    "(?=",
    "(?<!",
    "[",
    "]",
    "[^",
    "{",
    "}",
    "{1000000}",
    "{1000}",
    "|",
    "\\",
    "\\d",
    "\\1",
    "\\p{L}",
    "(?i)",
    "(?x)",
    "&&",
    "--",
    "a",
    "sales",
    "\u{202e}",
];

fn texts(of: &'static [&'static str]) -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => proptest::sample::select(of),
        1 => proptest::sample::select(HOSTILE.as_slice()),
    ];
    proptest::collection::vec(part, 0..10).prop_map(|parts| parts.concat())
}

fn config(patterns: &[String], all: bool) -> SipConfig {
    let allowed: Vec<_> = patterns
        .iter()
        .map(|pattern| json!({"agentId": AGENT, "toUserPattern": pattern}))
        .collect();
    let config = json!({
        "domain": "acme.sip.example",
        "allowedCidrRanges": ["192.0.2.0/24"],
        "allowedAgents": allowed,
        "allowAllAgents": all,
    });
    serde_json::from_value(config).unwrap()
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn any_call_is_decided_in_one_line(
        to in texts(&OF_URIS),
        patterns in proptest::collection::vec(texts(&OF_PATTERNS), 0..4),
        all in any::<bool>(),
    ) {
        let start = Instant::now();
        let config = config(&patterns, all);
        let routing = config.route(Source::Registration, &to);
        let line = routing.to_string();
        prop_assert!(!line.contains(char::is_control), "{line:?}");
        prop_assert!(!line.contains(['\u{2028}', '\u{202e}']), "{line:?}");
        prop_assert_eq!(&routing, &config.route(Source::Registration, &to));
        prop_assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }

    #[test]
    fn a_user_that_is_encoded_is_that_user(user in texts(&OF_URIS).prop_map(|user| format!("{user}a")), host in "[a-z]{1,8}") {
        let encoded = user.bytes().fold(String::new(), |mut text, byte| {
            write!(text, "%{byte:02X}").unwrap();
            text
        });
        let config = config(&[format!("^{}$", regex::escape(&user))], false);
        for to in [
            format!("sip:{encoded}@{host}"),
            format!("\"a\" <sips:{encoded}:word@{host}:5060;lr>;tag=1"),
            encoded,
        ] {
            let routing = config.route(Source::Registration, &to);
            prop_assert!(matches!(routing, Routing::Agent { .. }), "{routing} for {to}");
        }
    }
}
