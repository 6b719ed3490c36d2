//! XML that connects a call, as the providers read it.

use proptest::prelude::*;
use ultravox::Secret;
use ultravox::http::Response;
use ultravox::telephony::{plivo_xml, texml, twiml};

const URL: &str = "wss://voice.example/calls/0c9b8a77?a=1&b=<\"'>";

/// The element that is reached by these names from the top, and its attributes.
fn read(answer: &Response<String>, path: &[&str]) -> (Vec<(String, String)>, String) {
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/xml");
    let document = roxmltree::Document::parse(answer.body()).unwrap();
    let mut node = document.root();
    for name in path {
        let mut children = node.children();
        node = children.next().unwrap();
        assert!(children.next().is_none());
        assert!(node.has_tag_name(*name), "{node:?}");
    }
    let attributes = node.attributes();
    let attributes = attributes.map(|one| (one.name().to_owned(), one.value().to_owned()));
    (
        attributes.collect(),
        node.text().unwrap_or_default().to_owned(),
    )
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).into(), (*value).into()))
        .collect()
}

#[test]
fn each_provider_is_answered_in_its_own_form() {
    let (attributes, text) = read(&twiml(URL), &["Response", "Connect", "Stream"]);
    assert_eq!((attributes, text.as_str()), (pairs(&[("url", URL)]), ""));

    let (attributes, text) = read(&texml(URL), &["Response", "Connect", "Stream"]);
    let expected = pairs(&[
        ("url", URL),
        ("bidirectionalMode", "rtp"),
        ("codec", "L16"),
        ("bidirectionalCodec", "L16"),
        ("bidirectionalSamplingRate", "16000"),
    ]);
    assert_eq!((attributes, text.as_str()), (expected, ""));

    let (attributes, text) = read(&plivo_xml(URL), &["Response", "Stream"]);
    let expected = pairs(&[
        ("keepCallAlive", "true"),
        ("contentType", "audio/x-l16;rate=16000"),
        ("bidirectional", "true"),
    ]);
    assert_eq!((attributes, text.as_str()), (expected, URL));
}

#[test]
fn a_join_url_is_taken_as_the_api_gives_it() {
    let join_url = Secret::from("wss://voice.example/1");
    assert!(
        twiml(&join_url)
            .body()
            .contains("\"wss://voice.example/1\"")
    );
}

proptest! {
    #[test]
    fn whatever_the_url_holds_the_xml_says_it_and_nothing_else(
        url in proptest::collection::vec(any::<char>(), 0..40),
        markup in "[&<>\"'\\]!-]{0,20}",
        rest in "\\PC{0,20}",
    ) {
        let url = url.into_iter().collect::<String>() + &markup + &rest;
        let expected: String = url.chars().map(|c| {
            if c.is_control() || c.is_whitespace() || matches!(c, '\u{fffe}' | '\u{ffff}') {
                c.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect()
            } else {
                c.to_string()
            }
        }).collect();
        for answer in [twiml(&url), texml(&url)] {
            let (attributes, _) = read(&answer, &["Response", "Connect", "Stream"]);
            prop_assert_eq!(&attributes[0], &("url".to_owned(), expected.clone()));
        }
        let (_, text) = read(&plivo_xml(&url), &["Response", "Stream"]);
        prop_assert_eq!(text, expected);
    }
}
