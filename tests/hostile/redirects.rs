//! Where redirects lead, by method and status, and what is sent there.

use ultravox::Upload;

use crate::api::*;
use crate::server::*;

/// A server that redirects every path except `/there`, which responds to each method as to
/// `method`.
async fn redirecting(method: &'static str, status: u16, to: String) -> Server {
    Server::routes(move |line| {
        if line.contains("/there") {
            let (status, body) = success(method);
            answer(status, &[], &body)
        } else {
            redirect(status, &to)
        }
    })
    .await
}

#[tokio::test]
async fn only_a_post_becomes_a_get_and_what_changes_nothing_is_no_success() {
    // Method, status, the method at the target within the origin, and that at another origin. `-`
    // stands for an error and no request there.
    let table = [
        ("GET", 301, "GET", "GET"),
        ("GET", 302, "GET", "GET"),
        ("GET", 303, "GET", "GET"),
        ("GET", 307, "GET", "GET"),
        ("GET", 308, "GET", "GET"),
        ("POST", 301, "GET", "GET"),
        ("POST", 302, "GET", "GET"),
        ("POST", 303, "GET", "GET"),
        ("POST", 307, "POST", "-"),
        ("POST", 308, "POST", "-"),
        ("PUT", 301, "PUT", "-"),
        ("PUT", 302, "PUT", "-"),
        ("PUT", 303, "-", "-"),
        ("PUT", 307, "PUT", "-"),
        ("PUT", 308, "PUT", "-"),
        ("PATCH", 301, "PATCH", "-"),
        ("PATCH", 302, "PATCH", "-"),
        ("PATCH", 303, "-", "-"),
        ("PATCH", 307, "PATCH", "-"),
        ("PATCH", 308, "PATCH", "-"),
        ("DELETE", 301, "DELETE", "-"),
        ("DELETE", 302, "DELETE", "-"),
        ("DELETE", 303, "-", "-"),
        ("DELETE", 307, "DELETE", "-"),
        ("DELETE", 308, "DELETE", "-"),
    ];
    for (method, status, within, elsewhere) in table {
        let case = format!("{method} {status}");
        let api = redirecting(method, status, "/there".to_owned()).await;
        let result = call(&client(&api.url), method).await;
        let seen = api.seen();
        if within == "-" {
            assert_eq!(class(&result), "redirect", "{case}: {result:?}");
        } else {
            assert_eq!(class(&result), "ok", "{case}: {result:?}");
            assert_eq!(seen[1].line(), format!("{within} /there"), "{case}");
            assert_eq!(seen[1].header("x-api-key"), Some(KEY), "{case}");
            let keeps_body = within == method;
            let body = if keeps_body { &*seen[0].body } else { b"" };
            assert_eq!(seen[1].body, body, "{case}");
            assert_eq!(seen[1].header("content-type").is_some(), !body.is_empty());
        }
        assert_eq!(seen.len(), 1 + usize::from(within != "-"), "{case}");

        let other = redirecting(method, 500, String::new()).await;
        let api = redirecting(method, status, format!("{}/there", other.url)).await;
        let result = call(&client(&api.url), method).await;
        let seen = other.seen();
        if elsewhere == "-" {
            assert_eq!(class(&result), "redirect", "{case}: {result:?}");
            assert_eq!(seen.len(), 0, "{case}");
        } else {
            assert_eq!(class(&result), "ok", "{case}: {result:?}");
            assert_eq!(seen[0].line(), format!("{elsewhere} /there"), "{case}");
            assert_eq!(
                (seen[0].header("x-api-key"), &*seen[0].body),
                (None, &b""[..])
            );
        }
        assert_eq!(api.hits(), 1, "{case}");
    }
}

#[tokio::test]
async fn a_redirect_that_cannot_be_followed_is_an_error_and_nothing_more_is_sent() {
    let table = [
        ("location: /loop", "too many redirects", 11),
        ("location:", "too many redirects", 11),
        ("location: //127.0.0.1:1:1/", "no valid address", 1),
        ("location: http://[::1/", "no valid address", 1),
        ("location: ftp://127.0.0.1/", "neither https nor http", 1),
        ("location: javascript:alert(1)", "neither https nor http", 1),
        ("location: file:///etc/passwd", "neither https nor http", 1),
        ("location: \u{ff}", "no valid address", 1),
        ("x-location: /there", "no valid address", 1),
    ];
    for (header, reason, hits) in table {
        let server = Server::start([answer("302 Found", &[header], "")]).await;
        let result = get(&client(&server.url)).await;
        assert_eq!(class(&result), "redirect", "{header}: {result:?}");
        let text = result.unwrap_err().to_string();
        assert!(text.contains(reason), "{header}: {text}");
        assert_eq!(server.hits(), hits, "{header}");
    }
    // A redirect that leads nowhere is an error response.
    for status in [
        "300 Choices",
        "304 Not Modified",
        "305 Proxy",
        "306 Unused",
        "399 What",
    ] {
        let server = Server::start([answer(status, &["location: /there"], "")]).await;
        let result = get(&client(&server.url)).await;
        assert_eq!(class(&result), status[..3], "{result:?}");
        assert_eq!(server.hits(), 1);
    }
}

#[tokio::test]
async fn an_upload_is_done_when_the_storage_itself_has_taken_it() {
    // What the storage does with the PUT, the outcome, and the PUTs that arrive.
    let table = [
        (answer("200 OK", &[], ""), "ok", 1),
        (answer("204 No Content", &[], ""), "ok", 1),
        (redirect(301, "/there"), "ok", 2),
        (redirect(302, "/there"), "ok", 2),
        (redirect(303, "/there"), "redirect", 1),
        (redirect(307, "/there"), "ok", 2),
        (redirect(308, "/there"), "ok", 2),
        (redirect(302, "http://127.0.0.1:1/there"), "redirect", 1),
        (redirect(303, "http://127.0.0.1:1/there"), "redirect", 1),
        (redirect(307, "http://127.0.0.1:1/there"), "redirect", 1),
        (answer("304 Not Modified", &[], ""), "storage 304", 1),
        (answer("404 Not Found", &[], ""), "storage 404", 1),
        (answer("500 Oops", &[], ""), "storage 500", 1),
    ];
    for (number, (reply, expected, puts)) in table.into_iter().enumerate() {
        let storage = Server::routes(move |line| {
            if line.ends_with("/there") {
                return answer("200 OK", &[], "");
            }
            reply.clone()
        })
        .await;
        let api = Server::start([answer("201 Created", &[], &ticket(&storage.url))]).await;
        let result = store(&client(&api.url), Upload::bytes("a.txt", "content")).await;
        assert_eq!(class(&result), expected, "{number}: {result:?}");
        assert_eq!(storage.hits(), puts, "{number}");
        for seen in storage.seen() {
            assert!(seen.line().starts_with("PUT "), "{number}: {seen:?}");
            assert_eq!(
                (&*seen.body, seen.header("x-api-key")),
                (&b"content"[..], None)
            );
        }
    }
}

#[tokio::test]
async fn a_body_that_is_sent_once_is_not_sent_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.txt");
    std::fs::write(&path, "content").unwrap();
    for status in [301, 302, 307, 308] {
        let storage = Server::start([redirect(status, "/there")]).await;
        let api = Server::start([answer("201 Created", &[], &ticket(&storage.url))]).await;
        let result = store(&client(&api.url), Upload::path(&path)).await;
        assert_eq!(class(&result), "redirect", "{status}: {result:?}");
        let text = result.unwrap_err().to_string();
        assert!(text.contains("cannot be sent twice"), "{text}");
        assert_eq!(storage.hits(), 1);
    }
}
