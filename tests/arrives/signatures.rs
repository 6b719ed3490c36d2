//! Which requests are accepted as coming from Ultravox.

use std::time::Duration;

use proptest::prelude::*;
use ultravox::Secret;
use ultravox::http::{HeaderMap, HeaderValue};
use ultravox::webhooks::{
    CONNECTION_CALL_ID_HEADER, CONNECTION_SIGNATURE_HEADER, CONNECTION_TIMESTAMP_HEADER,
    SIGNATURE_HEADER, SignatureError, TIMESTAMP_HEADER, Verifier, sign, sign_data_connection,
};

use crate::support::{
    BODY, CALL_ID, CONNECTION_SIGNATURE, SECRET, SHARED_SECRET, SIGNATURE, TIMESTAMP, connection,
    headers, value, verifier, verifier_at,
};

fn is_no_match<T>(result: Result<T, SignatureError>) -> bool {
    matches!(result, Err(SignatureError::NoMatch { .. }))
}

#[test]
fn signatures_of_other_implementations_are_verified() {
    let verified = verifier([SECRET]).verify(&headers(TIMESTAMP, SIGNATURE), BODY);
    let verified = verified.unwrap();
    assert_eq!(verified.body(), BODY.as_bytes());
    assert_eq!(
        verified.sent_at(),
        TIMESTAMP.parse::<chrono::DateTime<chrono::Utc>>().unwrap()
    );
    assert_eq!(sign(SECRET, BODY, TIMESTAMP), SIGNATURE);

    let opened = connection(CALL_ID, TIMESTAMP, CONNECTION_SIGNATURE);
    let verified = verifier([SHARED_SECRET])
        .verify_data_connection(&opened)
        .unwrap();
    assert_eq!(verified.call_id(), CALL_ID);
    assert_eq!(
        sign_data_connection(SHARED_SECRET, CALL_ID, TIMESTAMP),
        CONNECTION_SIGNATURE
    );

    // printf '%s%s' "$body" 2026-03-04T05:06:07Z | openssl dgst -sha256 -mac HMAC -macopt key:lantern-harbour-42
    let body = r#"{"event":"call.joined","call":{"callId":"6f0c2a52-8f6e-4a52-9d5e-2d2f1c0b7a11","note":"Grüße"}}"#;
    let by_openssl = "693c8168c975864bd618610842fab2c1c9893c1491b1427c7f3c76163f887d7c";
    verifier_at("2026-03-04T05:06:07Z", ["lantern-harbour-42"])
        .verify(&headers("2026-03-04T05:06:07Z", by_openssl), body)
        .unwrap();

    // A secret that is longer than a block of SHA-256, in Python:
    // hmac.new(b"k"*100, b"b3d1f6c4-27a9-4c0e-8f35-90e1d2c3b4a5"+b"2026-03-04T07:06:07+02:00", hashlib.sha256).hexdigest()
    let by_python = "011fec90c503256c51eda8346a09a4f862b21c2cf474eda92eef57a2be660551";
    let opened = connection(
        "b3d1f6c4-27a9-4c0e-8f35-90e1d2c3b4a5",
        "2026-03-04T07:06:07+02:00",
        by_python,
    );
    verifier_at("2026-03-04T05:06:07Z", ["k".repeat(100)])
        .verify_data_connection(&opened)
        .unwrap();
}

#[test]
fn every_change_of_one_byte_is_refused() {
    let verifier = verifier([SECRET]);
    let changed = |bytes: &str| {
        let bytes = bytes.as_bytes().to_vec();
        (0..bytes.len()).flat_map(move |at| {
            let bytes = bytes.clone();
            (1..=u8::MAX).map(move |by| {
                let mut changed = bytes.clone();
                changed[at] ^= by;
                changed
            })
        })
    };
    let signed = headers(TIMESTAMP, SIGNATURE);
    for body in changed(BODY) {
        assert!(is_no_match(verifier.verify(&signed, &body)));
    }
    for timestamp in changed(TIMESTAMP) {
        if let Ok(timestamp) = HeaderValue::from_bytes(&timestamp) {
            verifier
                .verify(&headers(&timestamp, SIGNATURE), BODY)
                .unwrap_err();
        }
    }
    for signature in changed(SIGNATURE) {
        if let Ok(header) = HeaderValue::from_bytes(&signature) {
            let result = verifier.verify(&headers(TIMESTAMP, &header), BODY);
            // The same digit in upper case is the same signature.
            let same = signature.eq_ignore_ascii_case(SIGNATURE.as_bytes());
            assert_eq!(result.is_ok(), same, "{signature:?}");
        }
    }
    let connections = crate::support::verifier([SHARED_SECRET]);
    for call_id in changed(CALL_ID) {
        if let Ok(call_id) = HeaderValue::from_bytes(&call_id) {
            let opened = connection(&call_id, TIMESTAMP, CONNECTION_SIGNATURE);
            connections.verify_data_connection(&opened).unwrap_err();
        }
    }
    for secret in changed(SECRET) {
        if let Ok(secret) = String::from_utf8(secret) {
            assert!(is_no_match(
                crate::support::verifier([secret]).verify(&signed, BODY)
            ));
        }
    }
}

#[test]
fn what_is_left_out_or_added_at_an_end_is_refused() {
    let verifier = verifier([SECRET]);
    let signed = headers(TIMESTAMP, SIGNATURE);
    for body in [
        &BODY[1..],
        &BODY[..BODY.len() - 1],
        &format!("{BODY}\n"),
        "",
    ] {
        assert!(is_no_match(verifier.verify(&signed, body)), "{body}");
    }
    // Bytes that move from the body to the timestamp, and back.
    let all = format!("{BODY} {TIMESTAMP}");
    let signature = sign(SECRET, format!("{BODY} "), TIMESTAMP);
    for at in 1..all.len() {
        let (body, timestamp) = all.split_at(at);
        let result = verifier.verify(&headers(timestamp, &signature), body);
        assert_eq!(result.is_ok(), timestamp == TIMESTAMP, "{body}|{timestamp}");
    }
}

#[test]
fn any_of_several_signatures_with_any_of_several_secrets_is_enough() {
    let other = sign("another", BODY, TIMESTAMP);
    let upper = SIGNATURE.to_uppercase();
    for signatures in [
        format!("{other},{SIGNATURE}"),
        format!("{SIGNATURE},{other}"),
        format!("{other} ,\t {SIGNATURE} "),
        format!(",,{SIGNATURE},"),
        format!("v2=something-new, {SIGNATURE}"),
        upper,
        vec![other.as_str(); 1000].join(", ") + "," + SIGNATURE,
    ] {
        for secrets in [vec![SECRET], vec!["old", SECRET], vec![SECRET, "new", ""]] {
            verifier(secrets)
                .verify(&headers(TIMESTAMP, &signatures), BODY)
                .unwrap();
        }
        assert!(is_no_match(
            verifier(["old", "new"]).verify(&headers(TIMESTAMP, &signatures), BODY)
        ));
    }
    // The same list as two headers.
    let mut two = headers(TIMESTAMP, &other);
    two.append(SIGNATURE_HEADER, value(SIGNATURE));
    verifier([SECRET]).verify(&two, BODY).unwrap();
}

#[test]
fn secrets_are_taken_as_the_api_gives_them() {
    let secrets = vec![Secret::from("old"), Secret::from(SECRET)];
    let signed = headers(TIMESTAMP, SIGNATURE);
    verifier(&secrets).verify(&signed, BODY).unwrap();
    verifier(secrets.iter().map(Secret::expose))
        .verify(&signed, BODY)
        .unwrap();
    verifier(vec![SECRET.to_owned()])
        .verify(&signed, BODY)
        .unwrap();
}

#[test]
fn nothing_is_taken_without_a_secret_and_an_empty_one_is_none() {
    let nothing: [&str; 0] = [];
    // HMAC with the empty key is what anyone can compute; by Python.
    let forged = "15e7d3cb40525eb536fa5875d872af3fc662fcb7e675c8d2a7af1b42b5e45356";
    for secrets in [nothing.as_slice(), &[""], &["", ""]] {
        for signature in [SIGNATURE, forged] {
            let result = verifier(secrets).verify(&headers(TIMESTAMP, signature), BODY);
            let error = result.unwrap_err();
            assert!(
                matches!(error, SignatureError::NoMatch { secrets: 0, .. }),
                "{error}"
            );
        }
    }
    assert_eq!(sign("", BODY, TIMESTAMP), "");
}

#[test]
fn every_spelling_of_the_time_is_verified_as_it_was_received() {
    for timestamp in [
        "2026-01-02T03:04:05Z",
        "2026-01-02T03:04:05.6Z",
        "2026-01-02T03:04:05.678901234Z",
        "2026-01-02T03:04:05+00:00",
        "2026-01-02T05:04:05.678901+02:00",
        "2026-01-01T22:04:05-05:00",
        "2026-01-02T03:04:05.678901",
    ] {
        let signature = sign(SECRET, BODY, timestamp);
        verifier([SECRET])
            .verify(&headers(timestamp, signature), BODY)
            .unwrap();
    }
    // The same instant, spelled differently, is a different text.
    let signature = sign(SECRET, BODY, "2026-01-02T03:04:05Z");
    assert!(is_no_match(
        verifier([SECRET]).verify(&headers("2026-01-02T03:04:05+00:00", signature), BODY)
    ));
}

#[test]
fn a_request_is_recent_for_a_minute_in_both_directions_or_as_long_as_is_said() {
    let signed = headers(TIMESTAMP, SIGNATURE);
    let minute = Duration::from_secs(60);
    let second = Duration::from_secs(1);
    let at = |now| verifier_at(now, [SECRET]);
    at("2026-01-02T03:05:05.678901Z")
        .verify(&signed, BODY)
        .unwrap();
    at("2026-01-02T03:03:05.678901Z")
        .verify(&signed, BODY)
        .unwrap();
    assert_eq!(
        at("2026-01-02T03:05:06.678901Z")
            .verify(&signed, BODY)
            .unwrap_err(),
        SignatureError::TooOld {
            age: minute + second,
            max_age: minute
        }
    );
    assert_eq!(
        at("2026-01-02T03:03:04.678901Z")
            .verify(&signed, BODY)
            .unwrap_err(),
        SignatureError::FromTheFuture {
            ahead: minute + second,
            max_age: minute
        }
    );
    let late = at("2026-01-02T04:04:05Z");
    late.clone()
        .max_age(60 * minute)
        .verify(&signed, BODY)
        .unwrap();
    late.max_age(59 * minute).verify(&signed, BODY).unwrap_err();
    at("2026-01-02T03:04:05.678901Z")
        .max_age(Duration::ZERO)
        .verify(&signed, BODY)
        .unwrap();
    at("0001-01-01T00:00:00Z")
        .max_age(Duration::MAX)
        .verify(&signed, BODY)
        .unwrap();
    // Without a clock of its own, the verifier uses the system's.
    let error = Verifier::new([SECRET]).verify(&signed, BODY).unwrap_err();
    assert!(matches!(error, SignatureError::TooOld { .. }), "{error}");
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let now = chrono::DateTime::from_timestamp(now.as_secs().try_into().unwrap(), 0).unwrap();
    let now = now.to_rfc3339();
    let signed = headers(&now, sign(SECRET, BODY, &now));
    Verifier::new([SECRET]).verify(&signed, BODY).unwrap();
}

#[test]
fn a_missing_header_and_a_malformed_one_are_distinguished() {
    let verifier = verifier([SECRET, SHARED_SECRET]);
    let webhook = headers(TIMESTAMP, SIGNATURE);
    let opened = connection(CALL_ID, TIMESTAMP, CONNECTION_SIGNATURE);
    let verify = |headers: &HeaderMap, of_webhook: bool| {
        if of_webhook {
            verifier.verify(headers, BODY).map(drop)
        } else {
            verifier.verify_data_connection(headers).map(drop)
        }
    };
    for (valid, header, of_webhook, once) in [
        (&webhook, TIMESTAMP_HEADER, true, true),
        (&webhook, SIGNATURE_HEADER, true, false),
        (&opened, CONNECTION_CALL_ID_HEADER, false, true),
        (&opened, CONNECTION_TIMESTAMP_HEADER, false, true),
        (&opened, CONNECTION_SIGNATURE_HEADER, false, false),
    ] {
        verify(valid, of_webhook).unwrap();
        let mut missing = valid.clone();
        missing.remove(header);
        assert_eq!(
            verify(&missing, of_webhook),
            Err(SignatureError::MissingHeader { header })
        );
        let malformed = |headers: &HeaderMap| {
            let error = verify(headers, of_webhook).unwrap_err();
            assert!(
                matches!(error, SignatureError::MalformedHeader { header: named, .. } if named == header),
                "{header}: {error}"
            );
        };
        for bytes in [&b""[..], b"\xff\xfe", "é".as_bytes()] {
            let mut headers = valid.clone();
            headers.insert(header, value(bytes));
            malformed(&headers);
        }
        if once {
            let mut twice = valid.clone();
            twice.append(header, valid[header].clone());
            malformed(&twice);
        }
    }
    for timestamp in [
        "yesterday",
        "1767323045",
        "2026-01-02",
        &"9".repeat(1_000_000),
    ] {
        let error = verify(&headers(timestamp, SIGNATURE), true).unwrap_err();
        assert!(
            matches!(error, SignatureError::MalformedHeader { .. }),
            "{error}"
        );
    }
    for signature in [
        ",",
        ", ,",
        "sha256",
        &SIGNATURE[1..],
        &"a".repeat(1_000_000),
    ] {
        let error = verify(&headers(TIMESTAMP, signature), true).unwrap_err();
        assert!(
            matches!(error, SignatureError::MalformedHeader { .. }),
            "{error}"
        );
    }
}

#[test]
fn a_signature_of_a_data_connection_is_none_of_a_webhook() {
    // Made for a webhook whose body is the id of a call: the signatures are made in the same way,
    // but the headers differ.
    let signed = headers(TIMESTAMP, CONNECTION_SIGNATURE);
    let error = verifier([SHARED_SECRET])
        .verify_data_connection(&signed)
        .unwrap_err();
    assert_eq!(
        error,
        SignatureError::MissingHeader {
            header: CONNECTION_CALL_ID_HEADER
        }
    );
}

#[test]
fn no_text_shows_a_secret_or_a_signature() {
    let verifier = verifier([SECRET]);
    let verified = verifier
        .verify(&headers(TIMESTAMP, SIGNATURE), BODY)
        .unwrap();
    let mut texts = vec![format!("{verifier:?} {verifier:#?} {verified:?}")];
    let wrong = sign("another", BODY, TIMESTAMP);
    for headers in [
        HeaderMap::new(),
        headers("", ""),
        headers("whsec-test", SIGNATURE),
        headers(TIMESTAMP, format!("{SIGNATURE}x, {wrong}")),
        headers("2025-01-02T03:04:05Z", SIGNATURE),
        headers("2027-01-02T03:04:05Z", SIGNATURE),
    ] {
        let error = verifier.verify(&headers, BODY).unwrap_err();
        assert!(std::error::Error::source(&error).is_none());
        texts.push(format!("{error} {error:?}"));
    }
    for text in texts {
        for secret in [SECRET, &SIGNATURE[..8], &wrong[..8], "call.ended"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_refused_and_nothing_panics(
        timestamp in proptest::collection::vec(any::<u8>(), 0..80),
        signature in proptest::collection::vec(any::<u8>(), 0..200),
        call_id in proptest::collection::vec(any::<u8>(), 0..80),
        body in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let verifier = verifier([SECRET]);
        let mut headers = HeaderMap::new();
        for (names, bytes) in [
            ([TIMESTAMP_HEADER, CONNECTION_TIMESTAMP_HEADER], &timestamp),
            ([SIGNATURE_HEADER, CONNECTION_SIGNATURE_HEADER], &signature),
            ([CONNECTION_CALL_ID_HEADER; 2], &call_id),
        ] {
            if let Ok(value) = HeaderValue::from_bytes(bytes) {
                headers.insert(names[0], value.clone());
                headers.insert(names[1], value);
            }
        }
        prop_assert!(verifier.verify(&headers, &body).is_err());
        prop_assert!(verifier.verify_data_connection(&headers).is_err());
    }

    #[test]
    fn times_of_any_year_and_clocks_of_any_time_do_not_panic(
        text in "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{0,12})?(Z|[+-][0-9]{2}:[0-9]{2})?",
        now in any::<i64>(),
    ) {
        let now = chrono::DateTime::from_timestamp(now, 0)
            .unwrap_or(chrono::DateTime::<chrono::Utc>::MAX_UTC);
        let verifier = Verifier::new([SECRET]).clock(move || now);
        let _ = verifier.verify(&headers(&text, sign(SECRET, BODY, &text)), BODY);
    }

    #[test]
    fn what_is_signed_is_verified_and_what_is_signed_otherwise_is_not(
        secret in "\\PC{1,40}",
        other in "\\PC{1,40}",
        body in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        prop_assume!(secret != other);
        let signed = headers(TIMESTAMP, sign(&secret, &body, TIMESTAMP));
        prop_assert!(verifier([&secret]).verify(&signed, &body).is_ok());
        prop_assert!(is_no_match(verifier([&other]).verify(&signed, &body)));
    }
}
