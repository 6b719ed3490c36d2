//! A connection that breaks, stalls or lies, at each of its stages.

use std::time::{Duration, Instant};

use crate::api::*;
use crate::server::*;

const OK: &str = "HTTP/1.1 200 OK\r\n";

/// How far a connection gets before it fails.
fn stages() -> Vec<(&'static str, Vec<Step>)> {
    let send = |text: &str| vec![Step::Head, Step::Rest, Step::Send(text.into())];
    vec![
        ("accepted", vec![]),
        ("head read", vec![Step::Head]),
        ("request read", vec![Step::Head, Step::Rest]),
        ("in the status line", send("HTTP/1.1 20")),
        ("in a header", send("HTTP/1.1 200 OK\r\ncontent-le")),
        (
            "after a header",
            send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n"),
        ),
        (
            "before the body",
            send(&format!("{OK}content-length: 99\r\n\r\n")),
        ),
        (
            "in the body",
            send(&format!("{OK}content-length: 99\r\n\r\n{{\"domain\"")),
        ),
        (
            "before a chunk",
            send(&format!("{OK}transfer-encoding: chunked\r\n\r\n")),
        ),
        (
            "in the size of a chunk",
            send(&format!("{OK}transfer-encoding: chunked\r\n\r\n1")),
        ),
        (
            "in a chunk",
            send(&format!(
                "{OK}transfer-encoding: chunked\r\n\r\n10\r\n{{\"dom"
            )),
        ),
        (
            "before the last chunk",
            send(&format!(
                "{OK}transfer-encoding: chunked\r\n\r\n2\r\n{{}}\r\n"
            )),
        ),
    ]
}

/// Whether the response had begun, so that nothing is sent again.
fn has_begun(stage: &str) -> bool {
    let begun = ["before the body", "in the body", "chunk"];
    begun.iter().any(|begun| stage.contains(begun))
}

#[tokio::test]
async fn a_connection_that_ends_early_is_an_interruption_and_no_post_is_sent_twice() {
    for (stage, steps) in stages() {
        for end in [vec![], vec![Step::Reset]] {
            let case = format!("{stage}, {} more steps", end.len());
            let script = [steps.clone(), end].concat();
            for method in METHODS {
                let server = Server::start([script.clone()]).await;
                let result = call(&client(&server.url), method).await;
                // A 200 if another status is documented is reported before its body is read.
                let expected = if matches!(method, "POST" | "DELETE") && has_begun(stage) {
                    "decode"
                } else {
                    "interrupted"
                };
                assert_eq!(class(&result), expected, "{case}, {method}: {result:?}");
                let is_idempotent = matches!(method, "GET" | "PUT" | "DELETE");
                let hits = if is_idempotent && !has_begun(stage) {
                    3
                } else {
                    1
                };
                assert_eq!(server.hits(), hits, "{case}, {method}");
            }
        }
    }
}

#[tokio::test]
async fn a_connection_that_stalls_ends_with_the_timeout() {
    let mut cases = tokio::task::JoinSet::new();
    for (stage, steps) in stages() {
        for method in ["GET", "PUT", "PATCH"] {
            let script = [steps.clone(), vec![Step::Stall]].concat();
            cases.spawn(async move {
                let server = Server::start([script]).await;
                // With retries, which share one deadline.
                let client = builder(&server.url).timeout(SHORT).build().unwrap();
                let started = Instant::now();
                let result = call(&client, method).await;
                assert_eq!(class(&result), "timeout", "{stage}, {method}: {result:?}");
                assert!(started.elapsed() < 10 * SHORT, "{stage}, {method}");
                assert_eq!(server.hits(), 1, "{stage}, {method}");
            });
        }
    }
    cases.join_all().await;
}

#[tokio::test]
async fn what_never_ends_ends_with_the_timeout_or_the_limit() {
    let chunked = format!("{OK}transfer-encoding: chunked\r\n\r\n");
    let endless = "HTTP/1.1 200 OK\r\n\r\n".to_owned();
    let soon = Duration::from_millis(1);
    let table = [
        (
            "statuses to come",
            "",
            "HTTP/1.1 100 Continue\r\n\r\n",
            "timeout",
        ),
        (
            "early hints",
            "",
            "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n",
            "timeout",
        ),
        ("headers", OK, "x: y\r\n", "timeout"),
        (
            "a header",
            "HTTP/1.1 200 OK\r\nx: ",
            "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy",
            "timeout",
        ),
        ("a status line", "HTTP/1.1 200 ", "O", "timeout"),
        (
            "drops of a body",
            &format!("{OK}content-length: 999999\r\n\r\n"),
            " ",
            "timeout",
        ),
        ("small chunks", &chunked, "1\r\n \r\n", "timeout"),
        ("blank space", &endless, " ", "timeout"),
    ];
    let mut cases = tokio::task::JoinSet::new();
    for (what, start, again, expected) in table {
        let script = vec![
            Step::Head,
            Step::Rest,
            Step::Send(start.into()),
            Step::Repeat(again.into(), soon),
        ];
        cases.spawn(async move {
            let server = Server::start([script]).await;
            let result = get(&impatient(&server.url)).await;
            assert_eq!(class(&result), expected, "{what}: {result:?}");
        });
    }
    // At full speed, the limits end it.
    for (what, start, again, expected) in [
        ("a body", endless, vec![b' '; 1 << 16], "too large"),
        (
            "chunks",
            chunked,
            [b"10000\r\n", &[b' '; 1 << 16][..], b"\r\n"].concat(),
            "too large",
        ),
        (
            "a header",
            format!("{OK}x: "),
            vec![b'y'; 1 << 16],
            "interrupted",
        ),
    ] {
        let script = vec![
            Step::Head,
            Step::Rest,
            Step::Send(start.into()),
            Step::Repeat(again, Duration::ZERO),
        ];
        cases.spawn(async move {
            let server = Server::start([script]).await;
            let client = builder(&server.url).max_body_bytes(1 << 20);
            let client = client.build().unwrap();
            let result = get(&client).await;
            assert_eq!(class(&result), expected, "{what}: {result:?}");
        });
    }
    cases.join_all().await;
}

#[tokio::test]
async fn an_answer_that_is_not_http_or_lies_about_its_length_is_no_success() {
    let (_, body) = success("GET");
    let full = |headers: &str| format!("{OK}{headers}\r\n{body}");
    let length = body.len();
    let table = [
        ("SSH-2.0-OpenSSH_9\r\n".to_owned(), "interrupted"),
        ("\0\0\0\0\r\n\r\n".to_owned(), "interrupted"),
        (format!("HTTP/9.9 200 OK\r\n\r\n{body}"), "interrupted"),
        (format!("HTTP/1.1 2000 OK\r\n\r\n{body}"), "interrupted"),
        (format!("HTTP/1.1 -20 OK\r\n\r\n{body}"), "interrupted"),
        (
            format!("HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n{body}"),
            "101",
        ),
        (full("x y: z\r\n"), "interrupted"),
        (full("x: y\0z\r\n"), "interrupted"),
        (full("content-length: -1\r\n"), "interrupted"),
        (full("content-length: 1x\r\n"), "interrupted"),
        (
            full("content-length: 99999999999999999999\r\n"),
            "interrupted",
        ),
        (
            full(&format!(
                "content-length: {length}\r\ncontent-length: 1\r\n"
            )),
            "interrupted",
        ),
        (
            full(&format!("content-length: {}\r\n", length - 1)),
            "decode",
        ),
        (
            full(&format!("content-length: {}\r\n", length + 1)),
            "interrupted",
        ),
        (full("content-length: 0\r\n"), "decode"),
        (full("transfer-encoding: chunked\r\n"), "interrupted"),
        (
            format!("{OK}transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n{body}"),
            "interrupted",
        ),
        (
            format!("{OK}transfer-encoding: chunked\r\n\r\n-1\r\n{body}"),
            "interrupted",
        ),
        // What is beyond the announced length is not part of the response.
        (
            full(&format!("content-length: {length}\r\n")) + "and more",
            "ok",
        ),
        (full(""), "ok"),
    ];
    for (reply, expected) in table {
        let server = Server::start([bytes(&*reply)]).await;
        let result = get(&once(&server.url)).await;
        assert_eq!(class(&result), expected, "{reply}: {result:?}");
    }
    assert_eq!(class(&get(&once(&nowhere().await)).await), "no connection");
}

#[tokio::test]
async fn a_stream_that_breaks_stalls_or_lies_ends_with_an_error_and_no_file() {
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n";
    let long = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\none";
    let table = [
        (chunked.to_owned(), None, "interrupted"),
        (chunked.to_owned(), Some(Step::Reset), "interrupted"),
        (chunked.to_owned(), Some(Step::Stall), "timeout"),
        (format!("{chunked}zz\r\n"), None, "interrupted"),
        (long.to_owned(), None, "interrupted"),
        (long.to_owned(), Some(Step::Reset), "interrupted"),
        (long.to_owned(), Some(Step::Stall), "timeout"),
        (format!("{chunked}0\r\n\r\n"), None, "ok"),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (number, (sent, end, expected)) in table.into_iter().enumerate() {
        let mut script = bytes(sent);
        script.extend(end);
        let server = Server::start([script]).await;
        let path = folder.path().join("a.wav");
        let client = builder(&server.url).read_timeout(SHORT).build().unwrap();
        let mut body = stream(&client).await.unwrap();
        let saved = body.save_to(&path).await;
        assert_eq!(class(&saved), expected, "{number}: {saved:?}");
        let files = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(files, usize::from(expected == "ok"), "{number}");
    }
}
