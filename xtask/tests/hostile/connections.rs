//! Every stage of a connection, kinds of bodies, and redirects.

use super::server::{Answer, Server};
use super::{CANONICAL, GET, INDEX, fixture, read};

/// The expected result.
#[derive(Clone, Copy)]
enum Outcome {
    /// The document of the site.
    Same,
    /// No document, and an error with these words and the page.
    Refused(&'static [&'static str]),
}

use Outcome::{Refused, Same};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 400\r\n\r\n# Lamp\n";

fn page(path: &str) -> String {
    fixture(path)
}

/// The page after a head of its own.
fn head(headers: &str) -> Answer {
    Answer::raw(format!("HTTP/1.1 200 OK\r\n{headers}\r\n{}", page(GET)))
}

fn once(answer: Answer) -> Answer {
    Answer::Once(Box::new(answer), page(GET))
}

fn cut(at: &str) -> Answer {
    let text = page(GET);
    let (start, _) = text.split_once(at).unwrap();
    Answer::raw(format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{start}",
        start.len()
    ))
}

async fn all(cases: Vec<(&str, Answer, Outcome)>) {
    for (name, answer, outcome) in cases {
        let server = Server::with(&[(GET, answer)]);
        let (fresh, said) = read(&server.root, None, false).await;
        match (outcome, fresh) {
            (Same, Ok(fresh)) => assert_eq!(fresh.yaml, CANONICAL, "{name}"),
            (Refused(words), Err(error)) => {
                for word in words.iter().chain(&[GET]) {
                    assert!(error.contains(word), "{name}: {word:?} is not in: {error}");
                }
                assert!(error.len() < 2_000, "{name}: {error}");
            }
            (Same, Err(error)) => panic!("{name}: {error}\n{said}"),
            (Refused(_), Ok(_)) => panic!("{name} was taken\n{said}"),
        }
    }
}

#[tokio::test]
async fn connections_that_end_or_stall_at_any_point() {
    let (head, body) = ("HTTP/1.1 200 OK\r\ncontent-le", OK);
    all(vec![
        (
            "reset before the head",
            Answer::Reset(""),
            Refused(&["cannot read"]),
        ),
        (
            "reset in the head",
            Answer::Reset(head),
            Refused(&["cannot read"]),
        ),
        (
            "reset in the body",
            Answer::Reset(body),
            Refused(&["cannot read"]),
        ),
        (
            "closed before the head",
            Answer::raw(""),
            Refused(&["cannot read"]),
        ),
        (
            "closed in the head",
            Answer::raw(head),
            Refused(&["cannot read"]),
        ),
        (
            "closed in the body",
            Answer::raw(body),
            Refused(&["cannot read"]),
        ),
        (
            "stalls before the head",
            Answer::Stall(""),
            Refused(&["timed out"]),
        ),
        (
            "stalls in the head",
            Answer::Stall(head),
            Refused(&["timed out"]),
        ),
        (
            "stalls in the body",
            Answer::Stall(body),
            Refused(&["timed out"]),
        ),
        (
            "is no HTTP",
            Answer::raw("220 smtp.example ready\r\n"),
            Refused(&["cannot read"]),
        ),
        (
            "is no HTTP either",
            Answer::Raw(vec![0xff; 4096]),
            Refused(&["cannot read"]),
        ),
        ("reset once before the head", once(Answer::Reset("")), Same),
        ("reset once in the body", once(Answer::Reset(body)), Same),
        ("closed once in the body", once(Answer::raw(body)), Same),
        ("stalls once in the body", once(Answer::Stall(body)), Same),
        (
            "fails once",
            once(Answer::status("503 Busy", "retry-after: 0\r\n")),
            Same,
        ),
    ])
    .await;
}

#[tokio::test]
async fn bodies_of_another_length_or_type() {
    let text = page(GET);
    let exact = text.len();
    all(vec![
        ("as long as announced", head(&format!("content-length: {exact}\r\n")), Same),
        ("until the connection ends", head(""), Same),
        ("longer than announced", head(&format!("content-length: {}\r\n", exact - 9)), Refused(&["never closed"])),
        ("shorter than announced", head(&format!("content-length: {}\r\n", exact + 9)), Refused(&["cannot read"])),
        ("announced as enormous", head("content-length: 140737488355328\r\n"), Refused(&["cannot read"])),
        ("announced beyond numbers", head("content-length: 99999999999999999999999\r\n"), Refused(&["cannot read"])),
        ("announced as negative", head("content-length: -1\r\n"), Refused(&["cannot read"])),
        ("announced twice", head("content-length: 5\r\ncontent-length: 7\r\n"), Refused(&["cannot read"])),
        ("chunks that are none", head("transfer-encoding: chunked\r\n"), Refused(&["cannot read"])),
        ("cut in the block", cut("operationId"), Refused(&["never closed"])),
        ("endless body", Answer::Endless("HTTP/1.1 200 OK\r\n\r\n", "x"), Refused(&["more than 65536 bytes"])),
        ("endless lines", Answer::Endless("HTTP/1.1 200 OK\r\n\r\n", "````\n"), Refused(&["more than 65536 bytes"])),
        ("endless head", Answer::Endless("HTTP/1.1 200 OK\r\n", "a: b\r\n"), Refused(&["cannot read"])),
        ("endless header", Answer::Endless("HTTP/1.1 200 OK\r\na: ", "b"), Refused(&["cannot read"])),
        ("Markdown", Answer::typed("text/markdown; charset=utf-8", text.as_bytes()), Same),
        ("without a name for it", Answer::typed("application/octet-stream", text.as_bytes()), Same),
        ("with a type that is none", Answer::typed(";;;", text.as_bytes()), Same),
        ("HTML by its type", Answer::typed("Text/HTML; charset=utf-8", text.as_bytes()), Refused(&["`text/html`"])),
        ("HTML by its text", Answer::typed("text/markdown", b"<!DOCTYPE html><p>"), Refused(&["HTML, not Markdown"])),
        ("an image", Answer::typed("image/png", b"\x89PNG\r\n\x1a\n"), Refused(&["`image/png`"])),
        ("an image that says otherwise", Answer::typed("text/markdown", b"\x89PNG\r\n\x1a\n"), Refused(&["UTF-8"])),
        ("UTF-16", Answer::typed("text/markdown; charset=utf-16", b"\xff\xfe#\0 \0a\0"), Refused(&["UTF-8"])),
        ("compressed unasked", Answer::Raw(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\n\x1f\x8b\x08\0".to_vec()), Refused(&["UTF-8"])),
        ("NUL in a block", Answer::Page(text.replace("openapi: 3", "openapi: \x003")), Refused(&["control characters"])),
    ])
    .await;
}

/// It keeps the client as busy as the server is: which page runs out of time first is random.
#[tokio::test]
async fn endless_informational_heads_end() {
    let server = Server::with(&[(GET, Answer::Endless("", "HTTP/1.1 100 Continue\r\n\r\n"))]);
    let error = read(&server.root, None, false).await.0.unwrap_err();
    assert!(
        error.contains("timed out") || error.contains("longer than the limit"),
        "{error}"
    );
}

#[tokio::test]
async fn statuses_that_are_no_page() {
    let refused = |status: &'static str| -> (&'static str, Answer, Outcome) {
        let words: &'static [&'static str] = Box::leak(Box::new([&status[..3]]));
        (
            status,
            Answer::status(status, "retry-after: 0\r\n"),
            Refused(words),
        )
    };
    all(vec![
        refused("201 Created"),
        refused("204 No Content"),
        refused("206 Partial Content"),
        refused("300 Multiple Choices"),
        refused("304 Not Modified"),
        refused("401 Unauthorized"),
        refused("403 Forbidden"),
        refused("404 Not Found"),
        refused("407 Proxy Authentication Required"),
        refused("410 Gone"),
        refused("418 I'm a teapot"),
        refused("429 Too Many Requests"),
        refused("500 Internal Server Error"),
        refused("503 Service Unavailable"),
        refused("599 Odd"),
        refused("999 Odder"),
    ])
    .await;
}

#[tokio::test]
async fn redirects() {
    let other = Server::with(&[]);
    let moved = "/api-reference/moved.md";
    let loops = Server::with(&[
        (GET, Answer::redirect("/api-reference/a.md")),
        (
            "/api-reference/a.md",
            Answer::redirect("/api-reference/b.md"),
        ),
        (
            "/api-reference/b.md",
            Answer::redirect("/api-reference/a.md"),
        ),
    ]);
    let error = read(&loops.root, None, false).await.0.unwrap_err();
    assert!(error.contains("redirects more than 5 times"), "{error}");
    assert!(loops.asked().len() < 16, "{:?}", loops.asked());

    for status in [
        "301 Moved",
        "302 Found",
        "303 See Other",
        "307 Temporary",
        "308 Permanent",
    ] {
        let to = format!("location: {moved}\r\n");
        let same = Server::with(&[
            (GET, Answer::status(status, &to)),
            (moved, Answer::Page(page(GET))),
        ]);
        let fresh = read(&same.root, None, false).await.0.unwrap();
        assert_eq!(fresh.yaml, CANONICAL, "{status}");
    }

    let elsewhere = Refused(&["another origin"]);
    let port = other.root.rsplit_once(':').unwrap().1.to_owned();
    let to = |target: String| Answer::redirect(&target);
    all(vec![
        (
            "another port",
            to(format!("{}{GET}", other.root)),
            elsewhere,
        ),
        (
            "another port, without a scheme",
            to(format!("//127.0.0.1:{port}{GET}")),
            elsewhere,
        ),
        (
            "another name of the machine",
            to(format!("http://localhost:{port}{GET}")),
            elsewhere,
        ),
        (
            "another scheme",
            to(format!("https://127.0.0.1:{port}{GET}")),
            elsewhere,
        ),
        (
            "a backslash",
            to(format!("/\\127.0.0.1:{port}{GET}")),
            elsewhere,
        ),
        (
            "a machine's own address",
            to("http://169.254.169.254/latest".to_owned()),
            elsewhere,
        ),
        (
            "a user",
            to(format!("http://a:b@127.0.0.1:{port}{GET}")),
            elsewhere,
        ),
        (
            "to itself",
            to(GET.to_owned()),
            Refused(&["redirects more than 5 times"]),
        ),
        (
            "to nowhere",
            Answer::status("302 Found", ""),
            Refused(&["302"]),
        ),
        (
            "to no address",
            to("http://[".to_owned()),
            Refused(&["302"]),
        ),
    ])
    .await;
    assert_eq!(other.asked(), [""; 0]);
}

#[tokio::test]
async fn an_index_that_is_none_gives_no_document() {
    let index = |text: &str| Answer::Page(text.to_owned());
    let many: String = (0..20_000)
        .map(|n| format!("- [a](https://evil.example/{n})\n"))
        .collect();
    for (name, answer, words) in [
        ("empty", index(""), "names no page"),
        (
            "prose",
            index("# Sorry\n\nThere is nothing here."),
            "names no page",
        ),
        ("HTML", index("<!doctype html><p>"), "names no page"),
        (
            "HTML by its type",
            Answer::typed("text/html", b"- [a](/api-reference/a.md)"),
            "`text/html`",
        ),
        (
            "links that climb",
            index("- [a](/api-reference/../../../etc/passwd)"),
            "names no page",
        ),
        (
            "links that climb, escaped",
            index("- [a](/api-reference/%2E%2e/%2e./etc/passwd)"),
            "names no page",
        ),
        (
            "links elsewhere",
            index("- [a](//evil.example/api-reference/a.md)"),
            "names no page",
        ),
        (
            "links that are no pages",
            index("- [a](javascript:alert(1))\n- [a](file:///etc/passwd)"),
            "names no page",
        ),
        ("too many links", index(&many), "more than 65536 bytes"),
        (
            "only pages that are not there",
            index("- [a](/api-reference/a.md)"),
            "404",
        ),
        (
            "only prose",
            index("- [a](/api-reference/lamps/overview.md)"),
            "describes an operation",
        ),
        ("reset", Answer::Reset(""), "cannot read"),
        (
            "stalls",
            Answer::Stall("HTTP/1.1 200 OK\r\n\r\n- ["),
            "timed out",
        ),
    ] {
        let server = Server::with(&[(INDEX, answer)]);
        let (fresh, said) = read(&server.root, None, false).await;
        let error = fresh.map(|_| ()).unwrap_err();
        assert!(error.contains(words), "{name}: {error}\n{said}");
        assert!(said.lines().count() < 30, "{name}: {said}");
    }
}

#[tokio::test]
async fn blocks_that_would_take_long_to_read_do_not() {
    let deep = |text: String| {
        Answer::Page(super::replaced(
            GET,
            "openapi: 3.0.3\n",
            &format!("openapi: 3.0.3\nx-a: {text}\n"),
        ))
    };
    let pairs = |count| "[".repeat(count) + &"]".repeat(count);
    let nested = Refused(&["levels deep", "GET /api/lamps/{lamp_id}"]);
    let strings = format!("'{0}'\nx-b: |\n  {0}\nx-c: so {0}\n", "[".repeat(300));
    let block = format!("````yaml get /a\n{}````\n", "openapi: 3.0.3\n");
    let before = std::time::Instant::now();
    all(vec![
        ("pairs of brackets", deep(pairs(20_000)), nested),
        (
            "pairs of braces",
            deep("{a: ".repeat(9_000) + &"}".repeat(9_000)),
            nested,
        ),
        (
            "lists",
            deep(format!("\n  {}a", "- ".repeat(20_000))),
            nested,
        ),
        (
            "indentation",
            deep(
                (0..300)
                    .map(|n| format!("\n{}a:", " ".repeat(n + 1)))
                    .collect(),
            ),
            nested,
        ),
        (
            "aliases",
            deep((0..30).fold("&a0 [a]".to_owned(), |text, n| {
                format!(
                    "{text}\nx-{n}: &a{} [*a{n}, *a{n}, *a{n}, *a{n}, *a{n}, *a{n}]",
                    n + 1
                )
            })),
            Refused(&["aliases expand"]),
        ),
        (
            "an alias of itself",
            deep("&a [*a, *a]".to_owned()),
            Refused(&["inside the value that its anchor names"]),
        ),
        (
            "directives",
            Answer::Page(super::replaced(
                GET,
                "openapi: 3.0.3\n",
                &"%TAG ! a\n".repeat(5_000),
            )),
            Refused(&["directives"]),
        ),
        (
            "blocks",
            Answer::Page(block.repeat(1_500)),
            Refused(&["more than 256 blocks"]),
        ),
    ])
    .await;
    assert!(before.elapsed().as_secs() < 20, "{:?}", before.elapsed());

    let server = Server::with(&[(GET, deep(strings))]);
    let error = read(&server.root, None, false).await.0;
    // Only one page has them, which is valid.
    assert!(error.is_ok(), "{error:?}");
}
