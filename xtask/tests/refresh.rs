//! The refresh of a document, on the project's own fixture site and on sites that are broken or mean
//! harm.

// Helpers of tests, which clippy does not tell from other functions.
#![allow(clippy::panic, clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Barrier;
use xtask::fetch::{Limits, Location, Reader};
use xtask::progress::Progress;
use xtask::refresh::{Fresh, Options, refresh};
use xtask::structure;

const CANONICAL: &str = include_str!("fixture-site.yaml");

fn fixture_site() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture-site")
}

/// What the server sends for a request, after the request's head was read.
#[derive(Clone)]
enum Answer {
    Page(String),
    /// As it stands, then the connection ends.
    Raw(String),
    /// Never ends.
    Endless,
    /// Begins, and never goes on.
    Stuck,
    /// A page that is held back until as many others are asked for.
    Together(String, Arc<Crowd>),
    /// One after another; the last stays.
    Each(Arc<Mutex<Vec<Answer>>>),
}

/// Requests that wait for each other.
struct Crowd {
    barrier: Barrier,
    waiting: AtomicUsize,
    most: AtomicUsize,
}

impl Crowd {
    fn new(size: usize) -> Arc<Self> {
        Arc::new(Self {
            barrier: Barrier::new(size),
            waiting: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        })
    }

    async fn gather(&self) {
        let waiting = self.waiting.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(waiting, Ordering::SeqCst);
        self.barrier.wait().await;
        self.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A site on 127.0.0.1; ends with the test's runtime.
struct Server {
    root: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(answers: BTreeMap<String, Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let root = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = asked.clone();
        let answers = Arc::new(answers);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, answers.clone(), heard.clone()));
            }
        });
        Self { root, asked }
    }

    /// The fixture site, with some answers in place of its own.
    async fn with(changed: &[(&str, Answer)]) -> Self {
        let mut answers = BTreeMap::new();
        collect(&fixture_site(), "", &mut answers);
        for (path, answer) in changed {
            answers.insert((*path).to_owned(), answer.clone());
        }
        Self::start(answers).await
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn collect(directory: &Path, under: &str, answers: &mut BTreeMap<String, Answer>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{under}/{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            collect(&path, &name, answers);
        } else {
            answers.insert(name, Answer::Page(fs::read_to_string(&path).unwrap()));
        }
    }
}

async fn serve(
    mut stream: TcpStream,
    answers: Arc<BTreeMap<String, Answer>>,
    asked: Arc<Mutex<Vec<String>>>,
) {
    let mut buffer = Vec::new();
    loop {
        let head = loop {
            if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break String::from_utf8(buffer.drain(..end + 4).collect()).unwrap();
            }
            let mut piece = [0; 1024];
            match stream.read(&mut piece).await {
                Ok(0) | Err(_) => return,
                Ok(count) => buffer.extend_from_slice(&piece[..count]),
            }
        };
        let path = head.split(' ').nth(1).unwrap().to_owned();
        asked.lock().unwrap().push(head);
        let mut answer = answers.get(&path).cloned();
        if let Some(Answer::Each(each)) = &answer {
            let mut each = each.lock().unwrap();
            let next = if each.len() > 1 {
                each.remove(0)
            } else {
                each[0].clone()
            };
            drop(each);
            answer = Some(next);
        }
        if let Some(Answer::Together(text, crowd)) = answer {
            crowd.gather().await;
            answer = Some(Answer::Page(text));
        }
        let sent = match answer {
            Some(Answer::Page(text)) => {
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", text.len());
                stream.write_all((head + &text).as_bytes()).await
            }
            Some(Answer::Raw(text)) => {
                let _ = stream.write_all(text.as_bytes()).await;
                return;
            }
            Some(Answer::Endless) => {
                let head = "HTTP/1.1 200 OK\r\n\r\n";
                let mut sent = stream.write_all(head.as_bytes()).await;
                while sent.is_ok() {
                    sent = stream.write_all(&[b'x'; 1 << 14]).await;
                }
                return;
            }
            Some(Answer::Stuck) => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n# Beg").await;
                return std::future::pending().await;
            }
            Some(Answer::Together(..) | Answer::Each(_)) | None => {
                stream
                    .write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
                    .await
            }
        };
        if sent.is_err() {
            return;
        }
    }
}

fn status(line: &str, headers: &str) -> Answer {
    Answer::Raw(format!(
        "HTTP/1.1 {line}\r\n{headers}content-length: 0\r\nconnection: close\r\n\r\n"
    ))
}

#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Notes {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The document that a source gives, or why it gives none, and what was said on the way.
async fn read(source: &str, limits: Limits) -> (Result<Fresh, String>, String) {
    let notes = Notes::default();
    let progress = Progress::lines(Box::new(notes.clone()));
    let reader = Reader::new(limits).unwrap();
    let source = Location::parse(source).unwrap();
    let fresh = refresh(&source, options(4), &reader, &progress).await;
    let said = String::from_utf8(notes.0.lock().unwrap().clone()).unwrap();
    (fresh.map_err(|error| format!("{error:#}")), said)
}

fn options(jobs: usize) -> Options<'static> {
    Options {
        jobs,
        before: None,
        allow_shrink: false,
        overlay: None,
    }
}

async fn refusal(changed: &[(&str, Answer)]) -> String {
    let server = Server::with(changed).await;
    read(&server.root, Limits::default()).await.0.unwrap_err()
}

const LIST: &str = "/api-reference/lamps/list.md";
const GET: &str = "/api-reference/lamps/get.md";

fn fixture(path: &str) -> String {
    fs::read_to_string(fixture_site().join(&path[1..])).unwrap()
}

#[track_caller]
fn changed(path: &str, from: &str, to: &str) -> Answer {
    let text = fixture(path);
    assert!(text.contains(from), "{path} lacks {from:?}");
    Answer::Page(text.replacen(from, to, 1))
}

#[tokio::test]
async fn a_directory_and_a_server_give_the_committed_document() {
    let (fresh, said) = read(fixture_site().to_str().unwrap(), Limits::default()).await;
    assert_eq!(fresh.unwrap().yaml, CANONICAL);
    assert!(said.contains("weather.example"), "{said}");
    assert!(
        said.contains("read 7 pages, 1 of them prose: 6 operations, 4 schemas"),
        "{said}"
    );

    let server = Server::with(&[]).await;
    let (fresh, _) = read(&server.root, Limits::default()).await;
    assert_eq!(fresh.unwrap().yaml, CANONICAL);
    let asked = server.asked();
    assert_eq!(asked.len(), 8, "{asked:?}");
    assert!(
        asked
            .iter()
            .all(|head| head.contains("user-agent: ultravox-xtask/")),
        "{asked:?}"
    );
}

#[tokio::test]
async fn pages_with_crlf_give_the_same_document() {
    let mut answers = BTreeMap::new();
    collect(&fixture_site(), "", &mut answers);
    for answer in answers.values_mut() {
        if let Answer::Page(text) = answer {
            *text = text.replace('\n', "\r\n");
        }
    }
    let server = Server::start(answers).await;
    let (fresh, _) = read(&server.root, Limits::default()).await;
    assert_eq!(fresh.unwrap().yaml, CANONICAL);
}

#[tokio::test]
async fn one_document_is_a_source_as_well() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture-site.yaml");
    let (fresh, _) = read(file.to_str().unwrap(), Limits::default()).await;
    let fresh = fresh.unwrap();
    assert_eq!(fresh.yaml, CANONICAL);

    let json = serde_json::to_string(&fresh.document).unwrap();
    let answers =
        ["/api/schema/", "/schema.json"].map(|path| (path.to_owned(), Answer::Page(json.clone())));
    let server = Server::start(answers.into()).await;
    for path in ["/api/schema/", "/schema.json"] {
        let (fresh, _) = read(&format!("{}{path}", server.root), Limits::default()).await;
        assert_eq!(fresh.unwrap().yaml, CANONICAL);
    }
    let relative = json.replace("https://api.harbour.example\"", "/v1\"");
    let answers = [("/schema.json".to_owned(), Answer::Page(relative))];
    let other = Server::start(answers.into()).await;
    let (fresh, _) = read(&format!("{}/schema.json", other.root), Limits::default()).await;
    let url = format!("{}/v1", other.root);
    assert_eq!(fresh.unwrap().document["servers"][0]["url"], url);

    let (fresh, _) = read(&format!("{}/nowhere", server.root), Limits::default()).await;
    let error = fresh.unwrap_err();
    assert!(
        error.contains("no index of pages") && error.contains("404"),
        "{error}"
    );
}

#[tokio::test]
async fn pages_that_disagree_are_read_once_more() {
    let stale = changed(
        GET,
        "components:\n",
        "components:\n  schemas:\n    Keeper: {type: string}\n",
    );
    let each = Answer::Each(Arc::new(Mutex::new(vec![
        stale.clone(),
        Answer::Page(fixture(GET)),
    ])));
    let server = Server::with(&[(GET, each)]).await;
    let (fresh, said) = read(&server.root, Limits::default()).await;
    assert_eq!(fresh.unwrap().yaml, CANONICAL);
    assert!(said.contains("reading them again"), "{said}");
    let again = |head: &&String| head.contains("cache-control: no-cache");
    assert_eq!(server.asked().iter().filter(again).count(), 2);

    let error = refusal(&[(GET, stale)]).await;
    for part in [
        "components.schemas.Keeper",
        "https://docs.ultravox.ai/api-reference/keepers/get",
        "https://docs.ultravox.ai/api-reference/lamps/get",
    ] {
        assert!(error.contains(part), "{error}");
    }
}

#[tokio::test]
async fn two_pages_of_one_operation_are_named() {
    let error = refusal(&[(GET, Answer::Page(fixture(LIST)))]).await;
    assert!(
        error.contains("two pages describe GET /api/lamps: "),
        "{error}"
    );
    assert!(
        error.contains("lamps/get") && error.contains("lamps/list"),
        "{error}"
    );
}

#[tokio::test]
async fn a_redirect_within_the_origin_is_followed_and_out_of_it_is_not() {
    let moved = "/api-reference/moved.md";
    let server = Server::with(&[
        (LIST, status("302 Found", &format!("location: {moved}\r\n"))),
        (moved, Answer::Page(fixture(LIST))),
    ])
    .await;
    let (fresh, _) = read(&server.root, Limits::default()).await;
    assert_eq!(fresh.unwrap().yaml, CANONICAL);

    let other = Server::with(&[]).await;
    let location = format!("location: {}{LIST}\r\n", other.root);
    let error = refusal(&[(LIST, status("302 Found", &location))]).await;
    assert!(
        error.contains("another origin") && error.contains(LIST),
        "{error}"
    );
    assert_eq!(other.asked(), [""; 0]);

    let around = format!("location: {LIST}\r\n");
    let error = refusal(&[(LIST, status("302 Found", &around))]).await;
    assert!(error.contains("redirects more than"), "{error}");
}

#[tokio::test]
async fn a_page_that_is_not_there_is_named() {
    let error = refusal(&[(GET, status("404 Not Found", ""))]).await;
    assert!(
        error.contains(GET) && error.contains("404 Not Found"),
        "{error}"
    );
}

#[tokio::test]
async fn a_server_that_recovers_is_asked_again() {
    let busy = status("429 Too Many Requests", "retry-after: 0\r\n");
    let each = Answer::Each(Arc::new(Mutex::new(vec![busy, Answer::Page(fixture(GET))])));
    let server = Server::with(&[(GET, each)]).await;
    let (fresh, _) = read(&server.root, Limits::default()).await;
    assert_eq!(fresh.unwrap().yaml, CANONICAL);
}

#[tokio::test]
async fn html_and_an_index_without_pages_are_refused() {
    let html = Answer::Page("<!doctype html><html># Lamps</html>".to_owned());
    let error = refusal(&[(GET, html.clone())]).await;
    assert!(
        error.contains(GET) && error.contains("HTML, not Markdown"),
        "{error}"
    );
    for index in [html, Answer::Page(String::new())] {
        let error = refusal(&[("/llms.txt", index)]).await;
        assert!(
            error.contains("llms.txt: the index names no page"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn an_endless_page_is_cut_at_the_limit_of_its_size() {
    let error = refusal(&[(GET, Answer::Endless)]).await;
    assert!(
        error.contains(GET) && error.contains("more than 4194304 bytes"),
        "{error}"
    );
}

#[tokio::test]
async fn a_site_is_cut_at_the_limit_of_its_size() {
    let limits = Limits {
        total_bytes: 5000,
        ..Limits::default()
    };
    let server = Server::with(&[]).await;
    let error = read(&server.root, limits).await.0.unwrap_err();
    assert!(
        error.contains("all that was read") && error.contains("5000 bytes"),
        "{error}"
    );
}

#[tokio::test]
async fn a_page_that_never_ends_runs_out_of_time() {
    let server = Server::with(&[(GET, Answer::Stuck)]).await;
    let short = Duration::from_millis(150);
    let page = Limits {
        page: short,
        ..Limits::default()
    };
    let total = Limits {
        total: short,
        ..Limits::default()
    };
    for limits in [page, total] {
        let error = read(&server.root, limits).await.0.unwrap_err();
        assert!(error.contains("longer than the limit of 150ms"), "{error}");
    }
}

#[tokio::test]
async fn a_broken_block_is_refused_with_page_line_and_column() {
    for (from, to, reason) in [
        (
            "openapi: 3.0.3\n",
            "openapi: 3.0.3\ninfo: ]\n",
            "line 14 column",
        ),
        (
            "openapi: 3.0.3\n",
            "openapi: 3.0.3\nopenapi: 3.0.3\n",
            "duplicate key `openapi`",
        ),
        ("openapi: 3.0.3\n", "openapi: 3.2.0\n", "OpenAPI 3.2.0"),
        (
            "'#/components/schemas/Lamp'",
            "'https://evil.example/x#/a'",
            "points outside the document",
        ),
        (
            "get /api/lamps/{lamp_id}\n",
            "get /api/lamps\n",
            "not this operation alone",
        ),
        ("\n````\n", "\n", "never closed"),
    ] {
        let error = refusal(&[(GET, changed(GET, from, to))]).await;
        assert!(error.contains(GET) && error.contains(reason), "{error}");
    }
}

#[tokio::test]
async fn a_bomb_of_aliases_is_refused() {
    let mut bomb = String::from("x-a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for level in 1..40 {
        let below = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb.push_str(&format!("x-a{level}: &a{level} [{below}]\n"));
    }
    let page = changed(GET, "openapi: 3.0.3\n", &format!("openapi: 3.0.3\n{bomb}"));
    let error = refusal(&[(GET, page)]).await;
    assert!(error.contains("aliases expand"), "{error}");
}

#[tokio::test]
async fn escapes_in_a_title_are_data_and_never_reach_the_terminal() {
    let page = changed(GET, "# Get Lamp", "# Get \u{1b}]0;owned\u{7}Lamp");
    let server = Server::with(&[(GET, page)]).await;
    let (fresh, said) = read(&server.root, Limits::default()).await;
    let fresh = fresh.unwrap();
    assert_eq!(
        fresh.document["paths"]["/api/lamps/{lamp_id}"]["get"]["summary"],
        "Get \u{1b}]0;owned\u{7}Lamp"
    );
    assert!(
        !fresh.yaml.contains('\u{1b}') && !said.contains('\u{1b}'),
        "{said}"
    );
}

#[tokio::test]
async fn as_many_pages_are_read_side_by_side_as_there_are_jobs() {
    const JOBS: usize = 8;
    let crowd = Crowd::new(JOBS);
    let mut answers = BTreeMap::new();
    let mut index = String::new();
    // About as many as the real site has.
    for number in 0..13 * JOBS {
        let path = format!("/api-reference/page-{number}.md");
        index.push_str(&format!("- [Page]({path})\n"));
        let text = fixture(LIST)
            .replace("/api/lamps", &format!("/api/lamps/{number}"))
            .replace("lamps_list", &format!("lamps_list_{number}"));
        answers.insert(path, Answer::Together(text, crowd.clone()));
    }
    answers.insert("/llms.txt".to_owned(), Answer::Page(index));
    let server = Server::start(answers).await;
    let progress = Progress::lines(Box::new(std::io::sink()));
    let reader = Reader::new(Limits::default()).unwrap();
    // With fewer at a time, no page would ever be answered.
    let source = Location::parse(&server.root).unwrap();
    let fresh = refresh(&source, options(JOBS), &reader, &progress);
    let fresh = fresh.await.unwrap();
    assert_eq!(structure::operations(&fresh.document).len(), 13 * JOBS);
    assert_eq!(crowd.most.load(Ordering::SeqCst), JOBS);
}

/// Runs the program itself.
fn xtask(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(arguments);
    // It takes a minute, and has a test of its own.
    if arguments[0] == "update-spec" {
        command.arg("--no-cargo-check");
    }
    command.output().unwrap()
}

#[track_caller]
fn assert_exit(output: &Output, code: i32) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{out}\n{err}");
    (out, err)
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn update_spec_writes_once_and_then_leaves_the_file_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("document.yaml");
    let (site, file) = (fixture_site(), path.to_str().unwrap());
    let arguments = [
        "update-spec",
        "--source",
        site.to_str().unwrap(),
        "--output",
        file,
    ];

    let (_, err) = assert_exit(&xtask(&[&arguments[..], &["--dry-run"]].concat()), 0);
    assert!(err.contains("dry run"), "{err}");
    assert!(!path.exists());

    let (_, err) = assert_exit(&xtask(&arguments), 0);
    assert!(
        err.contains("wrote ") && err.contains("6 operations, 4 schemas"),
        "{err}"
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), CANONICAL);

    let before = fs::metadata(&path).unwrap().modified().unwrap();
    let (_, err) = assert_exit(&xtask(&arguments), 0);
    assert!(err.contains("nothing changed"), "{err}");
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before);

    let check = [
        "check-spec",
        "--source",
        site.to_str().unwrap(),
        "--output",
        file,
    ];
    assert_exit(&xtask(&check), 0);
    // Another layout is no drift.
    fs::write(
        &path,
        CANONICAL.replace("openapi: 3.0.3\n", "\n'openapi': \"3.0.3\"\n"),
    )
    .unwrap();
    let (_, err) = assert_exit(&xtask(&check), 0);
    assert!(err.contains("another layout"), "{err}");
    let (_, err) = assert_exit(&xtask(&arguments), 0);
    assert!(err.contains("canonical form"), "{err}");
    assert_eq!(fs::read_to_string(&path).unwrap(), CANONICAL);
    assert_eq!(names(directory.path()), ["document.yaml"]);
}

#[test]
fn the_readmes_show_what_a_refresh_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("harbour.yaml");
    let old = CANONICAL
        .replace("- green", "- blue")
        .replace("maxLength: 40", "maxLength: 60")
        .replace("summary: Get Lamp", "summary: A lamp");
    fs::write(&path, old).unwrap();
    let file = path.to_str().unwrap();
    let refresh = || {
        let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(["update-spec", "--no-cargo-check"])
            .args(["--source", "xtask/tests/fixture-site", "--output", file])
            .current_dir(root)
            .output()
            .unwrap();
        let (out, err) = assert_exit(&output, 0);
        let shown = |text: &str| text.replace(file, "target/harbour.yaml");
        let last = err.lines().last().unwrap();
        (shown(&out), shown(last))
    };
    let read = |name: &str| fs::read_to_string(root.join(name)).unwrap();
    let (whole, short) = (read("openapi/README.md"), read("README.md"));
    for _ in 0..2 {
        let (out, last) = refresh();
        assert!(
            whole.contains(&format!("{last}\n\n{out}```")),
            "{last}\n\n{out}"
        );
    }
    let (_, shown) = short.split_once("--output target/harbour.yaml\n").unwrap();
    let (_, report) = shown.split_once("\n\n").unwrap();
    let (report, _) = report.split_once("…").unwrap();
    assert!(whole.contains(report), "{report}");
}

#[test]
fn the_vendored_document_is_found_from_any_folder() {
    let elsewhere = tempfile::tempdir().unwrap();
    let vendored = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi/ultravox.yaml");
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["check-spec", "--source"])
        .arg(&vendored)
        .current_dir(&elsewhere)
        .output()
        .unwrap();
    let (out, _) = assert_exit(&output, 0);
    assert!(out.starts_with("old: openapi/ultravox.yaml\n"), "{out}");
    assert!(names(elsewhere.path()).is_empty());
}

#[test]
fn drift_is_1_from_the_severity_on_that_is_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = directory.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let old = write("old.yaml", CANONICAL);
    let prose = write(
        "wording.yaml",
        &CANONICAL.replacen("summary: Get Lamp", "summary: A lamp", 1),
    );
    let breaking = write(
        "breaking.yaml",
        &CANONICAL.replacen("operationId: lamps_list", "operationId: lamps_all", 1),
    );
    for (new, fail_on, code) in [
        (&old, "any", 0),
        (&prose, "any", 1),
        (&prose, "additive", 0),
        (&prose, "breaking", 0),
        (&breaking, "any", 1),
        (&breaking, "breaking", 1),
    ] {
        assert_exit(&xtask(&["diff", &old, new, "--fail-on", fail_on]), code);
        let site = fixture_site();
        let check = [
            "check-spec",
            "--source",
            site.to_str().unwrap(),
            "--output",
            new,
            "--fail-on",
        ];
        assert_exit(&xtask(&[&check[..], &[fail_on]].concat()), code);
    }
    assert_eq!(names(directory.path()).len(), 3);
}

#[test]
fn what_cannot_be_checked_is_2_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("document.yaml");
    fs::write(&path, CANONICAL).unwrap();
    let (file, site) = (path.to_str().unwrap(), fixture_site());
    let write = |name: &str, text: &str| {
        let path = directory.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (start, _) = CANONICAL.split_once("  /api/lamps:\n").unwrap();
    let (_, components) = CANONICAL.split_once("components:\n").unwrap();
    let small = write("small.yaml", &format!("{start}components:\n{components}"));
    let dangling = write(
        "dangling.yaml",
        &CANONICAL.replacen("schemas/Lamp'", "schemas/Nope'", 1),
    );
    let taken = write(
        "taken.yaml",
        &CANONICAL.replacen("lamps_create", "lamps_list", 1),
    );
    let broken = write("broken.yaml", "openapi: [");
    let missing = directory.path().join("missing.yaml");
    let missing = missing.to_str().unwrap();
    for (arguments, reason) in [
        (
            vec!["update-spec", "--source", &small, "--output", file],
            "--allow-shrink",
        ),
        (
            vec!["update-spec", "--source", &dangling, "--output", file],
            "does not resolve",
        ),
        (
            vec!["update-spec", "--source", &taken, "--output", file],
            "duplicate operationId",
        ),
        (
            vec!["update-spec", "--source", &broken, "--output", file],
            "broken.yaml: not YAML",
        ),
        (
            vec!["update-spec", "--source", missing, "--output", file],
            "cannot read",
        ),
        (
            vec![
                "update-spec",
                "--source",
                "http://127.0.0.1:1",
                "--jobs",
                "0",
            ],
            "--jobs",
        ),
        (
            vec![
                "update-spec",
                "--source",
                site.to_str().unwrap(),
                "--output",
                &broken,
            ],
            "move it away",
        ),
        (
            vec!["check-spec", "--source", &taken, "--output", file],
            "duplicate operationId",
        ),
        (
            vec!["check-spec", "--source", file, "--output", missing],
            "update-spec --output",
        ),
        (vec!["diff", file, &broken], "not YAML"),
    ] {
        let (_, err) = assert_exit(&xtask(&arguments), 2);
        assert!(
            err.contains("error: ") && err.contains(reason),
            "{arguments:?}: {err}"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), CANONICAL);
    }
    let shrink = [
        "update-spec",
        "--source",
        &small,
        "--output",
        file,
        "--allow-shrink",
    ];
    assert_exit(&xtask(&shrink), 0);
    assert_ne!(fs::read_to_string(&path).unwrap(), CANONICAL);
}

#[cfg(unix)]
#[test]
fn a_disk_that_is_full_leaves_the_old_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("document.yaml");
    let old = CANONICAL.replacen("summary: Get Lamp", "summary: A lamp", 1);
    fs::write(&path, &old).unwrap();
    // The shell lets no program write more than 1 KiB to a file.
    let output = Command::new("sh")
        .args([
            "-c",
            "ulimit -f 1; exec \"$0\" update-spec --no-cargo-check --source \"$1\" --output \"$2\"",
        ])
        .arg(env!("CARGO_BIN_EXE_xtask"))
        .arg(fixture_site())
        .arg(&path)
        .output()
        .unwrap();
    let (_, err) = assert_exit(&output, 2);
    assert!(
        err.contains("cannot write") && err.contains("as it was"),
        "{err}"
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), old);
    assert_eq!(names(directory.path()), ["document.yaml"]);
}

#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_ends_with_2_and_leaves_the_old_file() {
    let server = Server::with(&[(GET, Answer::Stuck)]).await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("document.yaml");
    fs::write(&path, CANONICAL).unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["update-spec", "--source", &server.root, "--output"])
        .arg(&path)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    while !server.asked().iter().any(|head| head.contains(GET)) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(kill.success());
    let output = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap())
        .await
        .unwrap();
    let (_, err) = assert_exit(&output, 2);
    assert!(err.contains("interrupted; nothing was written"), "{err}");
    assert_eq!(fs::read_to_string(&path).unwrap(), CANONICAL);
    assert_eq!(names(directory.path()), ["document.yaml"]);
}
