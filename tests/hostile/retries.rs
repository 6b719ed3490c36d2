//! What is sent again, by method, status and `Retry-After`, and how often in total.

use ultravox::{RetryPolicy, Upload};

use crate::api::*;
use crate::server::*;

const FAR: &str = "Fri, 31 Dec 9999 23:59:59 GMT";
const PAST: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

#[tokio::test]
async fn what_is_sent_again_by_status_method_and_advice() {
    const ALL: &[&str] = &METHODS;
    const IDEMPOTENT: &[&str] = &["GET", "PUT", "DELETE"];
    const NONE: &[&str] = &[];
    // Status, `Retry-After` (`-` for none), and the methods that are sent again.
    let table = [
        ("400 Bad Request", "0", NONE),
        ("401 Unauthorized", "0", NONE),
        ("403 Forbidden", "0", NONE),
        ("404 Not Found", "0", NONE),
        ("408 Timeout", "0", NONE),
        ("409 Conflict", "0", NONE),
        ("425 Too Early", "0", NONE),
        ("429 Too Many Requests", "-", ALL),
        ("429 Too Many Requests", "0", ALL),
        ("429 Too Many Requests", PAST, ALL),
        ("429 Too Many Requests", "-1", ALL),
        ("429 Too Many Requests", "soon", ALL),
        ("429 Too Many Requests", "31", NONE),
        ("429 Too Many Requests", FAR, NONE),
        ("429 Too Many Requests", "99999999999999999999", NONE),
        ("500 Oops", "0", NONE),
        ("501 Not Implemented", "0", NONE),
        ("502 Bad Gateway", "-", IDEMPOTENT),
        ("502 Bad Gateway", "0", IDEMPOTENT),
        ("502 Bad Gateway", "31", NONE),
        ("503 Unavailable", "-", IDEMPOTENT),
        ("503 Unavailable", "soon", IDEMPOTENT),
        ("503 Unavailable", "0", ALL),
        ("503 Unavailable", PAST, ALL),
        ("503 Unavailable", "31", NONE),
        ("503 Unavailable", FAR, NONE),
        ("504 Gateway Timeout", "-", IDEMPOTENT),
        ("504 Gateway Timeout", "0", IDEMPOTENT),
        ("505 Version", "0", NONE),
        ("599 Odd", "0", NONE),
    ];
    for (status, advice, again) in table {
        for method in METHODS {
            let case = format!("{method} {status}, Retry-After: {advice}");
            let header = format!("retry-after: {advice}");
            let headers: &[&str] = if advice == "-" { &[] } else { &[&header] };
            let (good, body) = success(method);
            let replies = [answer(status, headers, ""), answer(good, &[], &body)];
            let server = Server::start(replies).await;
            let result = call(&client(&server.url), method).await;
            let is_sent_again = again.contains(&method);
            let expected = if is_sent_again { "ok" } else { &status[..3] };
            assert_eq!(class(&result), expected, "{case}: {result:?}");
            assert_eq!(server.hits(), 1 + usize::from(is_sent_again), "{case}");
            let seen = server.seen();
            let sent = |seen: &Seen| (seen.line(), seen.body.clone());
            assert!(seen.iter().all(|one| sent(one) == sent(&seen[0])), "{case}");
        }
    }
}

#[tokio::test]
async fn only_the_hop_that_was_refused_is_sent_again() {
    // Method, redirect, the target's first response, the outcome, and the requests.
    let table = [
        ("POST", 303, "503 Busy", "0", "ok", "POST GET GET GET"),
        ("POST", 302, "429 Wait", "0", "ok", "POST GET GET GET"),
        ("POST", 303, "503 Busy", "-", "ok", "POST GET GET GET"),
        ("POST", 303, "502 Gateway", "-", "ok", "POST GET GET GET"),
        ("POST", 303, "429 Wait", "31", "429", "POST GET"),
        ("POST", 307, "503 Busy", "0", "ok", "POST POST POST POST"),
        ("POST", 307, "503 Busy", "-", "503", "POST POST"),
        ("POST", 303, "500 Oops", "0", "500", "POST GET"),
        ("GET", 302, "503 Busy", "-", "ok", "GET GET GET GET"),
        ("PUT", 307, "503 Busy", "-", "ok", "PUT PUT PUT PUT"),
        (
            "DELETE",
            307,
            "503 Busy",
            "-",
            "ok",
            "DELETE DELETE DELETE DELETE",
        ),
    ];
    for (method, status, refusal, advice, expected, requests) in table {
        let case = format!("{method} {status} {refusal}, Retry-After: {advice}");
        let header = format!("retry-after: {advice}");
        let headers: &[&str] = if advice == "-" { &[] } else { &[&header] };
        let (good, body) = success(method);
        let refused = answer(refusal, headers, "");
        let server = Server::start([
            redirect(status, "/there"),
            refused.clone(),
            refused,
            answer(good, &[], &body),
        ])
        .await;
        let result = call(&client(&server.url), method).await;
        assert_eq!(class(&result), expected, "{case}: {result:?}");
        let lines = server.lines();
        let methods = lines.iter().map(|line| line.split(' ').next().unwrap());
        assert_eq!(methods.collect::<Vec<_>>().join(" "), requests, "{case}");
        assert!(
            lines[1..].iter().all(|line| line.ends_with(" /there")),
            "{lines:?}"
        );
    }
}

#[tokio::test]
async fn the_retries_of_a_call_are_those_of_all_its_hops() {
    let busy = || answer("503 Busy", &[], "");
    let server = Server::start([
        busy(),
        redirect(302, "/a"),
        busy(),
        redirect(302, "/b"),
        busy(),
    ])
    .await;
    let error = get(&client(&server.url)).await.unwrap_err();
    assert_eq!(server.hits(), 5);
    assert!(
        matches!(&error, ultravox::Error::Api(api) if api.attempts == 1),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_delete_that_may_have_been_done_is_done_when_nothing_is_there() {
    let close = || vec![Step::Head];
    let reset = || vec![Step::Head, Step::Reset];
    let gone = || answer("404 Not Found", &[], "{}");
    let status = |status: &str| answer(status, &[], "");
    let table = [
        (vec![gone()], "404"),
        (vec![close(), gone()], "ok"),
        (vec![reset(), gone()], "ok"),
        (vec![status("502 Bad"), gone()], "ok"),
        (vec![status("503 Busy"), gone()], "ok"),
        (vec![status("504 Late"), gone()], "ok"),
        (vec![status("504 Late"), status("503 Busy"), gone()], "ok"),
        (vec![redirect(307, "/there"), close(), gone()], "ok"),
        // It was not carried out before.
        (vec![status("429 Wait"), gone()], "404"),
        (vec![close(), status("410 Gone")], "410"),
        (vec![close(), status("403 No")], "403"),
        // The one that may have been carried out was at another address.
        (vec![close(), redirect(307, "/there"), gone()], "404"),
    ];
    for (number, (replies, expected)) in table.into_iter().enumerate() {
        let hits = replies.len();
        let server = Server::start(replies).await;
        let result = call(&client(&server.url), "DELETE").await;
        assert_eq!(class(&result), expected, "{number}: {result:?}");
        assert_eq!(server.hits(), hits, "{number}");
    }
    // A 404 for anything else stays an error.
    for method in ["GET", "PUT"] {
        let server = Server::start([close(), gone()]).await;
        let result = call(&client(&server.url), method).await;
        assert_eq!((class(&result).as_str(), server.hits()), ("404", 2));
    }
}

#[tokio::test]
async fn a_service_that_fails_for_long_is_asked_little_more_than_once_a_call() {
    let server = Server::start([answer("503 Busy", &[], "")]).await;
    let policy = RetryPolicy::default().budget(5);
    let policy = policy.min_delay(std::time::Duration::from_millis(1));
    let client = builder(&server.url).retries(policy).build().unwrap();
    for _ in 0..20 {
        // Clones share the budget.
        assert_eq!(class(&get(&client.clone()).await), "503");
    }
    assert_eq!(server.hits(), 20 + 5);
}

#[tokio::test]
async fn uploads_to_the_storage_share_the_budget_of_the_client() {
    let storage = Server::start([answer("503 Busy", &[], "")]).await;
    let api = Server::start([answer("201 Created", &[], &ticket(&storage.url))]).await;
    let policy = RetryPolicy::default().budget(3);
    let policy = policy.min_delay(std::time::Duration::from_millis(1));
    let client = builder(&api.url).retries(policy).build().unwrap();
    for _ in 0..4 {
        let result = store(&client, Upload::bytes("a.txt", "content")).await;
        assert_eq!(class(&result), "storage 503");
    }
    assert_eq!(storage.hits(), 4 + 3);
}
