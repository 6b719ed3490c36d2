//! Bodies that cost more than their content, or that are not what they should be.

use std::time::Instant;

use ultravox::Error;

use crate::api::*;
use crate::server::*;

#[test]
fn memory_is_taken_for_what_arrived_and_not_for_what_was_announced() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    // The server has a thread of its own, so that only the client's memory is counted.
    let (told, url) = std::sync::mpsc::channel();
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let server = std::thread::spawn(move || {
        runtime().block_on(async {
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{{",
                1_u64 << 47
            );
            let mut script = bytes(head);
            // In two pieces, because a single one is not copied.
            script.push(Step::Pause(SHORT / 4));
            script.push(Step::Send(b"\"domain\":".into()));
            let server = Server::start([script]).await;
            told.send(server.url.clone()).unwrap();
            let _ = ended.await;
        });
    });
    let url = url.recv().unwrap();
    let client = builder(&url).max_body_bytes(usize::MAX).build().unwrap();
    let runtime = runtime();
    let used = allocation_counter::measure(|| {
        let result = runtime.block_on(get(&client));
        assert_eq!(class(&result), "interrupted", "{result:?}");
    });
    assert!(used.bytes_max < 4 << 20, "{used:?}");
    drop(end);
    server.join().unwrap();
}

#[tokio::test]
async fn a_length_over_the_limit_is_refused_before_anything_is_read() {
    for length in [64 * 1024 * 1024 + 1, 1 << 47, u64::MAX >> 1] {
        let mut script = bytes(format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n"
        ));
        script.push(Step::Stall);
        let server = Server::start([script]).await;
        assert_eq!(
            class(&get(&client(&server.url)).await),
            "too large",
            "{length}"
        );
    }
}

#[tokio::test]
async fn a_large_body_that_does_not_decode_is_reported_within_the_timeout() {
    let many = r#"{"agentId":"6f0c2a1e-0000-4000-8000-000000000001"},"#.repeat(200_000);
    let deep = format!("{}{}", "[".repeat(4_000_000), "]".repeat(4_000_000));
    let names: String = (0..300_000).map(|n| format!("\"name-{n}\":{n},")).collect();
    let wrong = r#""domain":"d","allowedAgents":[{"agentId":7}]"#;
    for (body, location) in [
        (
            format!(r#"{{"x":{deep},{wrong}}}"#),
            "allowedAgents[0].agentId",
        ),
        (format!("{{{names}{wrong}}}"), "allowedAgents[0].agentId"),
        (
            format!(r#"{{"domain":"d","allowedAgents":[{many}{{"agentId":7}}]}}"#),
            "allowedAgents[200000].agentId",
        ),
    ] {
        let server = Server::start([answer("200 OK", &[], &body)]).await;
        let client = builder(&server.url).build().unwrap();
        let started = Instant::now();
        let result = get(&client).await;
        let took = started.elapsed();
        let Err(Error::Decode(error)) = result else {
            panic!("{result:?}");
        };
        assert_eq!(error.path, location);
        assert!(error.to_string().len() < 2000);
        assert!(took < LONG / 2, "{took:?}");
    }
}

#[tokio::test]
async fn what_is_not_the_documented_value_does_not_decode() {
    let deep = |open: &str, close: &str| open.repeat(10_000) + &close.repeat(10_000);
    let (_, good) = success("GET");
    let table = [
        ("application/json", String::new(), "decode"),
        ("application/json", "null".to_owned(), "decode"),
        ("application/json", "[]".to_owned(), "decode"),
        ("application/json", "\"{}\"".to_owned(), "decode"),
        ("application/json", "1e999".to_owned(), "decode"),
        ("application/json", format!("{good}{good}"), "decode"),
        ("application/json", format!("\u{feff}{good}"), "decode"),
        ("application/json", good.replace('"', "'"), "decode"),
        ("application/json", deep("[", "]"), "decode"),
        ("application/json", deep("{\"a\":", "}"), "decode"),
        // A property that no type has is skipped, however deep it is.
        (
            "application/json",
            format!(r#"{{"x":{},{}"#, deep("[", "]"), &good[1..]),
            "ok",
        ),
        ("text/html", "<h1>Welcome</h1>".to_owned(), "decode"),
        ("text/html", good.clone(), "ok"),
        ("image/png", "\u{89}PNG".to_owned(), "decode"),
    ];
    for (media_type, body, expected) in table {
        let header = format!("content-type: {media_type}");
        let server = Server::start([answer("200 OK", &[&header], &body)]).await;
        let result = get(&client(&server.url)).await;
        let start = &body[..body.len().min(60)];
        assert_eq!(class(&result), expected, "{start}: {result:?}");
        if let Err(error) = result {
            assert!(shown(&error).len() < 10_000);
        }
    }
}

#[tokio::test]
async fn the_body_of_a_refusal_is_bounded_and_its_message_is_short() {
    let long = "y".repeat(1 << 20);
    for body in [
        long.clone(),
        format!(r#"{{"detail": "{long}"}}"#),
        format!("<p>{long}"),
        format!("[\"{long}\""),
        "[".repeat(1 << 20),
    ] {
        let server = Server::start([answer("400 No", &[], &body)]).await;
        let Err(Error::Api(error)) = get(&client(&server.url)).await else {
            panic!("{}", &body[..20]);
        };
        assert!(error.body.len() <= 64 * 1024);
        assert!(error.to_string().len() < 1000 && format!("{error:?}").len() < 3000);
    }
    // An error response is reported, even if its body stalls or breaks.
    for end in [Step::Stall, Step::Reset] {
        let mut script = bytes("HTTP/1.1 403 No\r\ncontent-length: 99\r\n\r\n{\"detail");
        script.push(end);
        let server = Server::start([script]).await;
        assert_eq!(class(&get(&impatient(&server.url)).await), "403");
    }
}

#[tokio::test]
async fn pages_that_lead_nowhere_end() {
    // The next links of the pages, one after another, the last one repeated; and the outcome.
    let table: [(&[&str], &str, usize); 6] = [
        (&["?cursor=b", ""], "ok", 2),
        (&["?cursor=b"], "pagination", 2),
        (&["?cursor=b", "?cursor=c", "?cursor=b"], "pagination", 3),
        // Only the cursor of a link is followed, at the client's own base URL.
        (&["http://127.0.0.1:1/?cursor=b", ""], "ok", 2),
        (&["file:///etc/passwd"], "ok", 2),
        (&["/api/models"], "pagination", 1),
    ];
    for (links, expected, hits) in table {
        let mut replies: Vec<_> = links
            .iter()
            .map(|link| answer("200 OK", &[], &page("a", link)))
            .collect();
        if links[0].starts_with("file:") {
            // Taken as a cursor, and sent as one to the API.
            replies.push(answer("200 OK", &[], &page("b", "")));
        }
        let server = Server::start(replies).await;
        let result = list(&client(&server.url)).await;
        assert_eq!(class(&result), expected, "{links:?}: {result:?}");
        assert_eq!(server.hits(), hits, "{links:?}");
    }
}
