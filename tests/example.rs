//! Runs the example as its users do, and looks at what it prints.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use httpmock::MockServer;

const KEY: &str = "Qw4rNever.ShownKey";

/// Cargo builds the examples before it runs the tests, and puts them beside the tests' directory.
fn example() -> Command {
    named("sip_config")
}

fn named(name: &str) -> Command {
    let test = std::env::current_exe().unwrap();
    let directory = test.parent().and_then(|deps| deps.parent()).unwrap();
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let example: PathBuf = directory.join("examples").join(file);
    assert!(
        example.exists(),
        "{} is missing; `cargo test --test example` alone does not build it: run `cargo build --example {name}`",
        example.display()
    );
    let mut command = Command::new(example);
    // A proxy of the machine is not to be asked for 127.0.0.1.
    command.env("NO_PROXY", "127.0.0.1");
    command
        .env_remove("ULTRAVOX_API_KEY")
        .env_remove("ULTRAVOX_BASE_URL");
    command
}

fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

/// The one line that a failure prints.
fn error_line(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let (stdout, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(1), "{stdout}{stderr}");
    assert_eq!(stdout, "");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.starts_with("error: "), "{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
    assert!(!stderr.contains(KEY), "{stderr}");
    stderr
}

fn keyed(base_url: &str) -> Command {
    let mut command = example();
    command
        .env("ULTRAVOX_API_KEY", KEY)
        .env("ULTRAVOX_BASE_URL", base_url);
    command
}

#[test]
fn without_a_key_it_asks_an_embedded_server_and_says_so() {
    for key in [None, Some("")] {
        let mut command = example();
        command.envs(key.map(|key| ("ULTRAVOX_API_KEY", key)));
        let output = command.output().unwrap();
        let (stdout, stderr) = texts(&output);
        assert_eq!(output.status.code(), Some(0), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(
            stderr.contains("embedded server at http://127.0.0.1:"),
            "{stderr}"
        );
        insta::assert_snapshot!("sample_account", stdout);
    }
}

/// Whatever examples there are.
#[test]
fn every_example_works_without_a_key_and_names_its_embedded_server_if_it_tells_of_one() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let written = tempfile::tempdir().unwrap();
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            names.push(path.file_stem().unwrap().to_str().unwrap().to_owned());
        }
    }
    assert!(names.iter().any(|name| name == "sip_config"), "{names:?}");
    for name in names {
        let mut command = named(&name);
        // Where one saves a file.
        for variable in ["TMPDIR", "TMP", "TEMP"] {
            command.env(variable, written.path());
        }
        let output = command.output().unwrap();
        let (stdout, stderr) = texts(&output);
        assert_eq!(output.status.code(), Some(0), "{name}: {stderr}");
        assert!(!stdout.is_empty(), "{name}");
        let tells = stderr.contains("ULTRAVOX_API_KEY is not set");
        assert_eq!(
            tells,
            stderr.contains("http://127.0.0.1:"),
            "{name}: {stderr}"
        );
    }
}

#[test]
fn readme_shows_what_it_prints() {
    let (stdout, _) = texts(&example().output().unwrap());
    let readme = include_str!("../README.md").replace("\r\n", "\n");
    assert!(readme.contains(&stdout), "README.md lacks:\n{stdout}");
}

#[test]
fn invites_of_the_command_line_are_routed_after_the_samples() {
    let plain = texts(&example().output().unwrap()).0;
    let output = example()
        .args(["10.1.2.3", "sip:sales@acme.example"])
        .args(["registration", "+15550100199"])
        .args(["2001:db8::1", "x\u{1b}[2J"])
        .output()
        .unwrap();
    let (stdout, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    let more: Vec<Vec<&str>> = stdout
        .lines()
        .skip(plain.lines().count())
        .map(|line| {
            line.split("  ")
                .map(str::trim)
                .filter(|cell| !cell.is_empty())
                .collect()
        })
        .collect();
    assert_eq!(
        more,
        [
            [
                "10.1.2.3",
                "sip:sales@acme.example",
                "agent 6f0c2a52-8f6e-4a52-9d5e-2d2f1c0b7a11 by allowedAgents[0], pattern `^sales$`"
            ],
            [
                "registration",
                "+15550100199",
                r"agent b3d1f6c4-27a9-4c0e-8f35-90e1d2c3b4a5 by allowedAgents[1], pattern `^\+15550100199$`"
            ],
            [
                "2001:db8::1",
                r"x\u{1b}[2J",
                "rejected: allowedCidrRanges does not contain 2001:db8::1 (it can only hold IPv4 ranges)"
            ],
        ]
    );
}

#[test]
fn with_a_key_it_asks_the_server_of_the_environment() {
    let server = MockServer::start();
    let mock = server.mock(|when, then| {
        when.method("GET").path("/api/sip").header("x-api-key", KEY);
        then.status(200).json_body(serde_json::json!({
            "domain": "quiet-mill.sip.example",
            "allowedAgents": [],
        }));
    });
    let output = keyed(&server.base_url()).output().unwrap();
    let (stdout, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert_eq!(stderr, "");
    assert!(stdout.contains("quiet-mill.sip.example"), "{stdout}");
    assert!(!stdout.contains(KEY), "{stdout}");
    mock.assert();
}

#[test]
fn a_wrong_key_is_one_clear_line() {
    let server = MockServer::start();
    server.mock(|_when, then| {
        then.status(401)
            .json_body(serde_json::json!({"detail": "no such\nkey"}));
    });
    let line = error_line(&mut keyed(&server.base_url()));
    assert!(line.contains("401 Unauthorized"), "{line}");
    assert!(line.contains("check the API key"), "{line}");
}

#[test]
fn an_error_that_main_returns_is_one_readable_line() {
    let server = MockServer::start();
    server.mock(|_when, then| {
        then.status(401)
            .json_body(serde_json::json!({"detail": "no such\nkey"}));
    });
    let output = named("create_agent")
        .env("ULTRAVOX_API_KEY", KEY)
        .env("ULTRAVOX_BASE_URL", server.base_url())
        .output()
        .unwrap();
    let (stdout, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(1), "{stdout}{stderr}");
    let expected =
        r"Error: agents_create: the API answered 401 Unauthorized: no such\nkey; check the API key";
    assert_eq!(stderr.strip_suffix('\n'), Some(expected));
    assert!(!stdout.contains(KEY), "{stdout}");
}

#[test]
fn the_acceptance_example_is_short_and_plain() {
    let source = include_str!("../examples/create_agent.rs");
    assert!(source.lines().count() <= 75);
    for word in [".build()", "unwrap", "expect(", "::<", "rustfmt::skip"] {
        assert!(!source.contains(word), "{word}");
    }
    assert_eq!(source.matches("fn ").count(), 1, "a helper function");
}

#[test]
fn an_unreachable_server_and_an_unknown_host_are_one_clear_line() {
    for (url, host) in [
        ("http://127.0.0.1:1", "127.0.0.1:1"),
        ("http://no-such-host.invalid", "no-such-host.invalid"),
    ] {
        let line = error_line(&mut keyed(url));
        let expected = format!("cannot connect to {host}");
        assert!(line.contains(&expected), "{line}");
    }
}

#[test]
fn a_key_that_cannot_be_sent_is_one_line_that_does_not_show_it() {
    let line = error_line(example().env("ULTRAVOX_API_KEY", format!("{KEY}\n")));
    assert!(line.contains("key"), "{line}");
}

#[test]
fn wrong_usage_is_one_clear_line() {
    for (arguments, reason) in [
        (&["91.200.160.14"][..], "`91.200.160.14` has no TO after it"),
        (
            &["somewhere", "sales"],
            "`somewhere` is neither an IP address nor `registration`",
        ),
        (
            &["registration", "sales", "--help"],
            "`--help` has no TO after it",
        ),
    ] {
        let line = error_line(example().args(arguments));
        assert!(line.contains(reason), "{line}");
        assert!(line.contains("usage: sip_config [SOURCE TO]..."), "{line}");
    }
}
