//! Passwords in addresses, which no message repeats.

use super::server::{Answer, Server};
use super::{GET, INDEX, fixture, update_spec};

/// The password, and its other forms.
const SHOWN: [&str; 4] = ["s3cret", "S3CRET", "czNjcmV0", "%733cret"];

#[track_caller]
fn silent(name: &str, source: &str, proxy: Option<(&str, &str)>) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("document.yaml");
    // Where there is no document, there is no report.
    let formats: &[_] = match proxy {
        None => &["text", "markdown", "json"],
        Some(_) => &["text"],
    };
    for format in formats {
        let mut command = update_spec(source, &file);
        command.args(["--dry-run", "--format", format]);
        for variable in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
            command
                .env_remove(variable)
                .env_remove(variable.to_uppercase());
        }
        if let Some((variable, value)) = proxy {
            command.env(variable, value);
        }
        let output = command.output().unwrap();
        assert!(output.status.code().is_some(), "{name}");
        for bytes in [&output.stdout, &output.stderr] {
            let text = String::from_utf8_lossy(bytes);
            for secret in SHOWN {
                assert!(!text.contains(secret), "{name}: {text}");
            }
        }
    }
}

#[test]
fn passwords_of_sources_are_in_no_message() {
    let server = Server::with(&[]);
    let host = server.root.strip_prefix("http://").unwrap();
    let sources = [
        format!("http://me:s3cret@{host}"),
        format!("HTTP://me:s3cret@{host}/a"),
        format!("http://s3cret@{host}"),
        format!("http:me:s3cret@{host}"),
        format!("http:/me:s3cret@{host}"),
        format!("http:\\\\me:s3cret@{host}"),
        format!("{}/?token=s3cret", server.root),
        format!("{}/llms.txt?token=s3cret#s3cret", server.root),
        format!("{}/#s3cret", server.root),
        format!("ftp://me:s3cret@{host}"),
        format!("me:s3cret@{host}"),
        "https://me:s3cret@[".to_owned(),
        "https://me:s3#cret:s3cret@a.example".to_owned(),
        "https://me:s3cret@a b.example/".to_owned(),
        "https://me:s3cret@127.0.0.1:1/document.yaml".to_owned(),
        "http://127.0.0.1:1/document.yaml?token=s3cret".to_owned(),
    ];
    // Some wait between attempts.
    std::thread::scope(|scope| {
        for source in &sources {
            scope.spawn(move || silent(source, source, None));
        }
    });
}

#[test]
fn passwords_of_redirects_and_links_are_in_no_message() {
    let index = fixture(INDEX);
    for (name, path, answer) in [
        (
            "elsewhere",
            GET,
            Answer::redirect("https://me:s3cret@a.example/x?token=s3cret#s3cret"),
        ),
        ("within", GET, Answer::redirect("/x?token=s3cret#s3cret")),
        ("no address", GET, Answer::redirect("https://me:s3cret@[")),
        (
            "the index elsewhere",
            INDEX,
            Answer::redirect("http://me:s3cret@127.0.0.1:1/"),
        ),
        (
            "a link",
            INDEX,
            Answer::Page(index + "- [A](https://me:s3cret@docs.example/api-reference/a.md)\n"),
        ),
    ] {
        let server = Server::with(&[(path, answer)]);
        silent(name, &server.root, None);
    }
    // Within the origin, with a user.
    let server = Server::with(&[]);
    let host = server.root.strip_prefix("http://").unwrap().to_owned();
    let own = Server::with(&[(
        GET,
        Answer::redirect(&format!("http://me:s3cret@{host}{GET}")),
    )]);
    silent("a user", &own.root, None);
}

#[test]
fn passwords_of_proxies_are_in_no_message() {
    let closed = "http://me:s3cret@127.0.0.1:1";
    let refusing = Server::start(
        [(
            "http://docs.example/llms.txt".to_owned(),
            Answer::status(
                "407 Proxy Authentication Required",
                "proxy-authenticate: Basic realm=\"me:s3\"\r\n",
            ),
        )]
        .into(),
    );
    let refusing = refusing.root.replace("http://", "http://me:s3cret@");
    let cases = [
        ("http://docs.example", "http_proxy", closed),
        ("https://docs.example", "https_proxy", closed),
        ("http://docs.example", "http_proxy", refusing.as_str()),
        ("https://docs.example", "HTTPS_PROXY", refusing.as_str()),
        (
            "http://docs.example",
            "ALL_PROXY",
            "socks5://me:s3cret@127.0.0.1:1",
        ),
        ("http://docs.example", "all_proxy", "http://me:s3cret@["),
        ("http://docs.example", "all_proxy", "me:s3cret@127.0.0.1:1"),
    ];
    // Each waits between attempts.
    std::thread::scope(|scope| {
        for (source, variable, value) in cases {
            scope.spawn(move || {
                silent(
                    &format!("{variable}={value}"),
                    source,
                    Some((variable, value)),
                );
            });
        }
    });
}
