//! What no error, no `Debug` and no message shows, whatever a server sends.

use ultravox::{Client, Error, RetryPolicy, Upload};

use crate::api::*;
use crate::server::*;

const SECRET: &str = "hunter2-of-the-test";

#[track_caller]
fn assert_hidden(case: &str, error: &Error) {
    let text = shown(error);
    assert!(!text.contains(SECRET), "{case}: {text}");
    assert!(!text.contains(KEY), "{case}: {text}");
}

#[tokio::test]
async fn no_error_shows_a_secret_that_the_answer_holds() {
    let url = format!("https://me:{SECRET}@h.example/a?sig={SECRET}#{SECRET}");
    let table = [
        (
            "a wrong type",
            "200 OK",
            format!(r#"{{"secrets": ["{SECRET}"], "domain": 7}}"#),
        ),
        (
            "a wrong type at a secret",
            "200 OK",
            format!(r#"{{"domain": ["{SECRET}"]}}"#),
        ),
        (
            "a string for a list",
            "200 OK",
            format!(r#"{{"domain": "", "allowedAgents": "{SECRET}"}}"#),
        ),
        ("no JSON", "200 OK", format!("secret={SECRET}")),
        (
            "half of it",
            "200 OK",
            format!(r#"{{"secrets": ["{SECRET}"#),
        ),
        ("a page", "200 OK", format!("<p>{SECRET}</p>")),
        (
            "another success",
            "206 Partial",
            format!(r#"{{"secrets": ["{SECRET}"]}}"#),
        ),
        (
            "the XML of a storage",
            "403 No",
            format!("<Error><StringToSign>{SECRET}</StringToSign>"),
        ),
        (
            "a URL in a message",
            "400 No",
            format!(r#"{{"detail": "see {url}"}}"#),
        ),
        ("a URL as a message", "400 No", url.clone()),
        (
            "a nested URL",
            "400 No",
            format!(r#"{{"url": ["{url} is not valid"]}}"#),
        ),
    ];
    for (case, status, body) in table {
        let server = Server::start([answer(status, &[], &body)]).await;
        let result = get(&client(&server.url)).await;
        assert_hidden(case, &result.unwrap_err());
    }
}

#[tokio::test]
async fn no_error_shows_more_of_a_url_than_origin_and_path() {
    for to in [
        format!("ftp://me:{SECRET}@h.example/a?sig={SECRET}#{SECRET}"),
        format!("data:text/plain,{SECRET}"),
        format!("http://{SECRET}@127.0.0.1:1/a?sig={SECRET}"),
        format!("//me:{SECRET}@127.0.0.1:1?{SECRET}#{SECRET}"),
    ] {
        let server = Server::start([redirect(307, &to)]).await;
        for method in ["GET", "POST"] {
            let result = call(&client(&server.url), method).await;
            assert_hidden(&to, &result.unwrap_err());
        }
        // The same, for the address of a storage.
        let api = Server::start([answer("201 Created", &[], &ticket(&to))]).await;
        let result = store(&once(&api.url), Upload::bytes("a.txt", "content")).await;
        assert_hidden(&to, &result.unwrap_err());
    }
}

#[tokio::test]
async fn no_error_of_an_upload_shows_the_permission_to_write() {
    let xml = format!("<Error><Message>Expired.</Message><Signed>{SECRET}</Signed></Error>");
    let replies = [
        answer("403 No", &[], &xml),
        answer("500 Oops", &[], &format!("https://h.example/?sig={SECRET}")),
        redirect(307, &format!("http://127.0.0.1:1/?sig={SECRET}")),
        bytes("HTTP/1.1 2"),
        vec![Step::Head, Step::Stall],
        vec![Step::Head, Step::Reset],
    ];
    for (number, reply) in replies.into_iter().enumerate() {
        let storage = Server::start([reply]).await;
        let address = format!("{}/a?sig={SECRET}", storage.url);
        let api = Server::start([answer("201 Created", &[], &ticket(&address))]).await;
        // The one that stalls ends at the timeout.
        let client = if number == 4 {
            impatient(&api.url)
        } else {
            once(&api.url)
        };
        let result = store(&client, Upload::bytes("a.txt", "content")).await;
        let error = result.unwrap_err();
        assert_hidden(&number.to_string(), &error);
        assert_eq!(
            error.to_string().contains("Expired."),
            number == 0,
            "{error}"
        );
    }
    // Nobody listens, and a ticket that does not decode.
    for body in [
        ticket(&format!("{}/a?sig={SECRET}", nowhere().await)),
        ticket(&format!("https://h.example/a?sig={SECRET}")).replace("documentId", "id"),
    ] {
        let api = Server::start([answer("201 Created", &[], &body)]).await;
        let result = store(&once(&api.url), Upload::bytes("a.txt", "content")).await;
        assert_hidden(&body, &result.unwrap_err());
    }
}

fn behind(proxy: &str) -> Client {
    let proxy = proxy.replace("://", &format!("://me:{SECRET}@"));
    let proxy = reqwest::Proxy::all(proxy).unwrap();
    let reqwest = reqwest::Client::builder().no_proxy().proxy(proxy);
    let builder = builder("http://api.example").reqwest(reqwest);
    assert!(!format!("{builder:?} {builder:#?}").contains(SECRET));
    builder
        .retries(RetryPolicy::none())
        .timeout(SHORT)
        .build()
        .unwrap()
}

#[tokio::test]
async fn the_password_of_a_proxy_is_shown_nowhere() {
    for reply in [
        answer("407 Authenticate", &[], "no"),
        answer("502 Bad Gateway", &[], "no"),
        bytes("HTTP/1.1 2"),
        vec![Step::Head, Step::Stall],
        redirect(302, "https://127.0.0.1:1/"),
    ] {
        let proxy = Server::start([reply]).await;
        let client = behind(&proxy.url);
        let text = format!("{client:?} {client:#?}");
        assert!(!text.contains(SECRET), "{text}");
        assert_hidden("proxy", &get(&client).await.unwrap_err());
        // The password went to the proxy, which shows that it was in use.
        assert!(proxy.seen()[0].header("proxy-authorization").is_some());
    }
    assert_hidden(
        "no proxy",
        &get(&behind(&nowhere().await)).await.unwrap_err(),
    );
}

#[tokio::test]
async fn the_password_in_a_base_url_is_not_shown() {
    for url in [
        format!("https://me:{SECRET}@h.example"),
        format!("https://{SECRET}@h.example/a"),
        format!("https://me:{SECRET}@"),
        format!("https://me:{SECRET}@h.example:port"),
        format!("ftp://me:{SECRET}@h.example"),
        format!("https://h.example/?{SECRET}"),
        SECRET.to_owned(),
    ] {
        let builder = builder(&url);
        assert!(!format!("{builder:?}").contains(SECRET));
        assert_hidden(&url, &builder.build().unwrap_err());
    }
}
