//! Runs the examples as users do, and checks what they print.

#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use httpmock::MockServer;
use ultravox::mock::MockServerExt;
use ultravox::reqwest;
use ultravox::webhooks;

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
    // A proxy of the machine must not be used for 127.0.0.1.
    command.env("NO_PROXY", "127.0.0.1");
    command
        .env_remove("ULTRAVOX_API_KEY")
        .env_remove("ULTRAVOX_BASE_URL")
        .env_remove("ULTRAVOX_WEBHOOK_SECRET")
        .env_remove("TOOL_KEY")
        .env_remove("SHARED_SECRET");
    command
}

fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

/// The only line that a failure prints.
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

/// All examples that exist.
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
        // Where one of them saves a file.
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

/// An example that serves until it is dropped, and what it prints.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(command: &mut Command) -> Self {
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        stderr.read_line(&mut line).unwrap();
        child.stderr = Some(stderr.into_inner());
        let address = line.trim_end().strip_prefix("listening on ").unwrap();
        Self {
            address: address.to_owned(),
            child,
        }
    }

    fn post(&self, path: &str) -> reqwest::RequestBuilder {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        client.post(format!("http://{}{path}", self.address))
    }

    /// Stops it.
    fn stdout(mut self) -> String {
        self.child.kill().unwrap();
        let mut text = String::new();
        let mut stdout = self.child.stdout.take().unwrap();
        stdout.read_to_string(&mut text).unwrap();
        text
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_webhook_server_refuses_a_forged_webhook_and_works_once_on_one_that_is_sent_twice() {
    let output = named("webhook_server").output().unwrap();
    let (stdout, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    for line in [
        "a webhook is answered with 204 No Content",
        "the same again is answered with 204 No Content",
        "a new kind of event is answered with 204 No Content",
        "a forged one is answered with 401 Unauthorized",
    ] {
        assert!(stdout.lines().any(|printed| printed == line), "{stdout}");
    }
    let worked = |kind| stdout.matches(&format!("{kind} of ")).count();
    assert_eq!(
        (
            worked("call.ended"),
            worked("call.billed"),
            worked("call.admired")
        ),
        (2, 1, 1)
    );
    assert_eq!(stdout.matches("was there before").count(), 1, "{stdout}");
    assert!(
        stderr.contains("refused: none of the signatures"),
        "{stderr}"
    );
}

#[tokio::test]
async fn the_webhook_server_serves_with_the_secrets_of_the_environment() {
    let server = Server::start(
        named("webhook_server")
            .env("ULTRAVOX_WEBHOOK_SECRET", "old, new")
            .arg("127.0.0.1:0"),
    );
    let call = serde_json::to_value(ultravox::mock::sample::<ultravox::types::Call>()).unwrap();
    let body = serde_json::json!({"event": "call.joined", "call": call}).to_string();
    let now = std::time::SystemTime::UNIX_EPOCH
        .elapsed()
        .unwrap()
        .as_secs();
    let sent = async |secret: &str, seconds_ago: u64, body: &str| {
        let time = i64::try_from(now - seconds_ago).unwrap();
        let time = chrono::DateTime::from_timestamp(time, 0)
            .unwrap()
            .to_rfc3339();
        let request = server
            .post("/webhooks")
            .header(webhooks::TIMESTAMP_HEADER, &time)
            .header(
                webhooks::SIGNATURE_HEADER,
                webhooks::sign(secret, body, &time),
            )
            .body(body.to_owned());
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(sent("old", 0, &body).await, 204);
    assert_eq!(sent("new", 50, &body).await, 204);
    assert_eq!(sent("new", 90, &body).await, 401);
    assert_eq!(sent("another", 0, &body).await, 401);
    assert_eq!(
        sent("new", 0, r#"{"event":"call.joined","call":{}}"#).await,
        400
    );
    let unsigned = server
        .post("/webhooks")
        .body(body.clone())
        .send()
        .await
        .unwrap();
    assert_eq!(unsigned.status(), 401);
    let stdout = server.stdout();
    assert!(!stdout.contains("wss:"), "{stdout}");
}

#[tokio::test]
async fn the_tool_server_answers_those_who_know_its_key() {
    let server = Server::start(named("tool_server").env("TOOL_KEY", KEY).arg("127.0.0.1:0"));
    let call = async |tool: &str, body: &'static str| {
        let request = server.post(tool).header("x-tool-key", KEY).body(body);
        request.send().await.unwrap()
    };
    let found = call("/look_up", r#"{"order": 7}"#).await;
    assert_eq!(
        found.headers()["x-ultravox-update-call-state"],
        r#"{"order":7}"#
    );
    assert!(found.text().await.unwrap().contains("on its way"));
    let refused = call("/look_up", "{}").await;
    assert_eq!(refused.status(), 400);
    assert!(
        refused
            .text()
            .await
            .unwrap()
            .contains("missing field `order`")
    );
    let stage = call("/complain", "{}").await;
    assert_eq!(stage.headers()["x-ultravox-response-type"], "new-stage");
    let stage: serde_json::Value = stage.json().await.unwrap();
    assert_eq!(stage["selectedTools"][0]["toolName"], "goodbye");
    let ended = call("/goodbye", "").await;
    assert_eq!(ended.headers()["x-ultravox-response-type"], "hang-up");
    for key in ["", "Qw4rNever.ShownKez"] {
        let request = server.post("/goodbye").header("x-tool-key", key);
        assert_eq!(request.send().await.unwrap().status(), 401);
    }
}

#[tokio::test]
async fn an_incoming_call_is_connected_to_a_call_of_the_agent() {
    let api = MockServer::start_async().await;
    let agent_id = "6f0c2a52-8f6e-4a52-9d5e-2d2f1c0b7a11";
    let mut call: ultravox::types::Call = ultravox::mock::sample();
    call.join_url = Some("wss://voice.example/1?a=b&c=d".into());
    let created = api.agents_calls_create(|when, then| {
        when.agent_id(&agent_id.parse::<uuid::Uuid>().unwrap())
            .into_inner()
            .json_body_includes(r#"{"medium": {"plivo": {}}}"#);
        then.created(&call);
    });
    let server = Server::start(
        named("incoming_call")
            .env("ULTRAVOX_API_KEY", KEY)
            .env("ULTRAVOX_BASE_URL", api.base_url())
            .args([agent_id, "127.0.0.1:0"]),
    );
    let answer = server.post("/plivo").send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/xml");
    let xml = answer.text().await.unwrap();
    assert!(
        xml.contains(">wss://voice.example/1?a=b&amp;c=d</Stream>"),
        "{xml}"
    );
    created.assert();
    // The mock creates no call of another medium.
    assert_eq!(server.post("/twilio").send().await.unwrap().status(), 502);
    assert_eq!(server.post("/fax").send().await.unwrap().status(), 404);
}

#[test]
fn incoming_call_says_how_it_is_used() {
    let mut command = named("incoming_call");
    let line = error_line(command.env("ULTRAVOX_API_KEY", KEY));
    assert!(line.contains("usage: incoming_call AGENT_ID"), "{line}");
    let line = error_line(command.arg("my agent"));
    assert!(
        line.contains("`my agent` is not the id of an agent"),
        "{line}"
    );
}

/// A WAV file of 16-bit samples, with a chunk before the samples that players skip.
fn wav(hz: u32, samples: &[u8]) -> Vec<u8> {
    let length = |bytes: usize| u32::try_from(bytes).unwrap().to_le_bytes();
    let mut file = [&b"RIFF"[..], &length(samples.len() + 56), b"WAVE"].concat();
    file.extend(b"LIST\x03\0\0\0abc\0");
    file.extend(b"fmt \x10\0\0\0\x01\0\x01\0");
    file.extend([hz.to_le_bytes(), (2 * hz).to_le_bytes()].concat());
    file.extend(b"\x02\0\x10\0data");
    file.extend(length(samples.len()));
    file.extend(samples);
    file
}

#[test]
fn talk_sends_a_wav_file_saves_the_answer_in_another_and_prints_who_said_what() {
    let folder = tempfile::tempdir().unwrap();
    let (question, answer) = (folder.path().join("q.wav"), folder.path().join("a.wav"));
    std::fs::write(&question, wav(8000, &[0; 16_000])).unwrap();
    let output = named("talk").args([&question, &answer]).output().unwrap();
    let (stdout, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert!(!stderr.contains("token"), "{stderr}");
    let said = "user:   Where is order 7?\nagent:  It is on its way.\nagent:  Goodbye!\nthis side hung up (code 1000)\n";
    assert!(stdout.contains(said), "{stdout}");
    let heard = std::fs::read(&answer).unwrap();
    // A second of 8 kHz, and 44 bytes before it.
    assert_eq!(heard.len(), 16_044);
    assert_eq!(heard[24..28], 8000_u32.to_le_bytes());

    for (content, why) in [
        (&b"RIFF"[..], "not a WAV file"),
        (&wav(8000, &[])[..20], "not a WAV file"),
    ] {
        std::fs::write(&question, content).unwrap();
        let output = named("talk").args([&question, &answer]).output().unwrap();
        let (_, stderr) = texts(&output);
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(
            stderr.contains("q.wav: ") && stderr.contains(why),
            "{stderr}"
        );
    }
}

#[test]
fn the_data_connection_server_refuses_a_guess_and_follows_a_call() {
    let output = named("data_connection").output().unwrap();
    let (stdout, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert!(
        stdout.contains("a guess: the server refused the session with 401"),
        "{stdout}"
    );
    for line in [
        "user: Charge 250 cents, or I call my lawyer.",
        "the tool \"charge\": it failed: nothing to charge",
        "the call ended (code 1000)",
        "I connect you with my manager.",
        "Charged 250 cents.",
    ] {
        assert!(stdout.contains(line), "{stdout}");
    }
    // Only a request with the secret gets that far.
    assert_eq!(stdout.matches("the call ended").count(), 1, "{stdout}");
}
