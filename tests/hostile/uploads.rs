//! Files and streams that are not as announced, or never arrive.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use ultravox::{Error, Upload};

use crate::api::*;
use crate::server::*;

/// Chunks, followed by the end, a failure, or nothing for ever.
struct Chunks(Vec<&'static str>, End);

#[derive(Clone, Copy)]
enum End {
    Whole,
    Fails,
    Stalls,
}

impl Stream for Chunks {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !self.0.is_empty() {
            return Poll::Ready(Some(Ok(self.0.remove(0).into())));
        }
        match self.1 {
            End::Whole => Poll::Ready(None),
            End::Fails => {
                self.1 = End::Whole;
                Poll::Ready(Some(Err(io::Error::other("the disk is gone"))))
            }
            End::Stalls => Poll::Pending,
        }
    }
}

/// A server for both kinds of upload, which runs a function between the two steps of one, or within
/// the body of the other.
struct Target {
    api: Server,
    storage: Server,
}

impl Target {
    async fn start(meanwhile: impl Fn() + Send + Sync + 'static) -> Self {
        let meanwhile: Arc<dyn Fn() + Send + Sync> = Arc::new(meanwhile);
        let storage = Server::routes(|_| answer("200 OK", &[], "")).await;
        let ticket = ticket(&storage.url);
        let api = Server::routes(move |line| {
            let (status, body) = if line.ends_with("/uploads") {
                ("201 Created", ticket.clone())
            } else {
                form_success()
            };
            let mut script = answer(status, &[], &body);
            script.insert(1, Step::Run(meanwhile.clone()));
            script
        })
        .await;
        Self { api, storage }
    }

    /// The last request of the upload, as far as it arrived.
    fn got(&self, way: &str) -> Option<Seen> {
        let seen = match way {
            "form" => self.api.seen(),
            _ => self.storage.seen(),
        };
        seen.last().cloned()
    }
}

async fn send(way: &str, client: &ultravox::Client, upload: Upload) -> Result<(), Error> {
    match way {
        "form" => send_form(client, upload).await,
        _ => store(client, upload).await,
    }
}

#[tokio::test]
async fn a_stream_is_as_long_as_it_says_or_the_request_never_ends() {
    // The chunks, how they end, the announced length, and the outcome.
    let table: [(&[&str], End, Option<u64>, &str); 14] = [
        (&["one", "two"], End::Whole, Some(6), "ok"),
        (&["one", "", "two", ""], End::Whole, Some(6), "ok"),
        (&["one", "two"], End::Whole, None, "ok"),
        (&["one", "two"], End::Whole, Some(5), "upload"),
        (&["one", "two"], End::Whole, Some(3), "upload"),
        (&["one", "two"], End::Whole, Some(0), "upload"),
        (&["one", "two"], End::Whole, Some(7), "upload"),
        (&["one", "two"], End::Whole, Some(u64::MAX / 2), "upload"),
        (&[], End::Whole, Some(1), "upload"),
        (&["one"], End::Fails, Some(6), "upload"),
        (&["one"], End::Fails, Some(3), "upload"),
        (&["one"], End::Fails, None, "upload"),
        (&["one"], End::Stalls, Some(6), "timeout"),
        (&["one"], End::Stalls, Some(3), "timeout"),
    ];
    for way in ["form", "storage"] {
        for (chunks, end, length, expected) in table {
            let case = format!("{way}: {chunks:?}, {length:?}, {expected}");
            let target = Target::start(|| ()).await;
            let upload = Upload::stream("a.txt", Chunks(chunks.to_vec(), end));
            let upload = match length {
                Some(length) => upload.length(length),
                None => upload,
            };
            let client = match end {
                End::Stalls => impatient(&target.api.url),
                _ => once(&target.api.url),
            };
            let result = send(way, &client, upload).await;
            assert_eq!(class(&result), expected, "{case}: {result:?}");
            let got = target.got(way).unwrap_or_default();
            assert_eq!(got.is_whole, expected == "ok", "{case}: {got:?}");
            if expected == "upload" {
                assert!(!result.unwrap_err().is_retryable(), "{case}");
            }
        }
    }
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_sent_is_an_error_that_says_so() {
    // More than a connection holds, so that the form is still being read when the file changes.
    const LENGTH: u64 = 32 << 20;
    for way in ["form", "storage"] {
        for (change, length, said) in [
            ("grown", LENGTH + 1, "longer than"),
            ("shrunk", LENGTH - 1, "shorter than"),
            ("emptied", 0, "shorter than"),
            ("the same", LENGTH, "ok"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.txt");
            fs::File::create(&path).unwrap().set_len(LENGTH).unwrap();
            let changed = path.clone();
            let target = Target::start(move || {
                let file = fs::File::options().write(true).open(&changed).unwrap();
                file.set_len(length).unwrap();
            })
            .await;
            let result = send(way, &client(&target.api.url), Upload::path(&path)).await;
            let got = target.got(way).unwrap();
            if said == "ok" {
                assert_eq!(class(&result), "ok", "{way}: {result:?}");
                assert!(got.is_whole && got.body.len() as u64 >= LENGTH, "{way}");
                continue;
            }
            assert_eq!(class(&result), "upload", "{way} {change}: {result:?}");
            let error = result.unwrap_err();
            let text = error.to_string();
            assert!(
                text.contains(said) && text.contains("changed"),
                "{way} {change}: {text}"
            );
            assert!(!error.is_retryable());
            assert!(!got.is_whole, "{way} {change}");
        }
    }
}

#[tokio::test]
async fn a_success_that_does_not_wait_for_the_content_is_none() {
    for end in [End::Stalls, End::Fails] {
        for length in [Some(6), Some(3), None] {
            let (status, body) = form_success();
            let mut early = answer(status, &[], &body);
            early.retain(|step| !matches!(step, Step::Rest));
            let server = Server::start([early]).await;
            let upload = Upload::stream("a.txt", Chunks(vec!["one"], end));
            let upload = match length {
                Some(length) => upload.length(length),
                None => upload,
            };
            let result = send_form(&client(&server.url), upload).await;
            assert_eq!(class(&result), "upload", "{length:?}: {result:?}");
        }
    }
}

#[cfg(unix)]
fn pipe(folder: &tempfile::TempDir) -> PathBuf {
    let path = folder.path().join("a.txt");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.unwrap().success());
    path
}

#[cfg(unix)]
#[test]
fn a_pipe_that_nobody_writes_to_ends_with_the_timeout_and_holds_up_nothing() {
    let started = std::time::Instant::now();
    for way in ["form", "storage"] {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let target = Target::start(|| ()).await;
            let upload = Upload::path(pipe(&folder));
            let result = send(way, &impatient(&target.api.url), upload).await;
            assert_eq!(class(&result), "timeout", "{way}: {result:?}");
        });
        // The runtime would wait for a thread that waits for the pipe.
        drop(runtime);
    }
    assert!(started.elapsed() < LONG);
}

#[cfg(unix)]
#[tokio::test]
async fn a_pipe_is_read_to_its_end() {
    for way in ["form", "storage"] {
        let folder = tempfile::tempdir().unwrap();
        let path = pipe(&folder);
        let writer = std::thread::spawn({
            let path = path.clone();
            move || fs::write(path, "written slowly").unwrap()
        });
        let target = Target::start(|| ()).await;
        let result = send(way, &client(&target.api.url), Upload::path(path)).await;
        assert_eq!(class(&result), "ok", "{way}: {result:?}");
        let got = target.got(way).unwrap();
        let text = String::from_utf8(got.body).unwrap();
        assert!(
            got.is_whole && text.contains("written slowly"),
            "{way}: {text}"
        );
        writer.join().unwrap();
    }
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_neither_a_file_nor_a_pipe_is_refused_and_nothing_is_sent() {
    for way in ["form", "storage"] {
        for path in ["/dev/zero", "/dev/full", "/", "/no/such/file"] {
            let target = Target::start(|| ()).await;
            let upload = Upload::path(path).media_type("text/plain");
            let result = send(way, &client(&target.api.url), upload).await;
            assert_eq!(class(&result), "file", "{way} {path}: {result:?}");
            assert_eq!(target.api.hits() + target.storage.hits(), 0);
        }
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_file_that_is_empty_until_it_is_read_is_not_sent_as_empty() {
    for way in ["form", "storage"] {
        let target = Target::start(|| ()).await;
        let result = send(
            way,
            &client(&target.api.url),
            Upload::path("/proc/self/status"),
        )
        .await;
        assert_eq!(class(&result), "ok", "{way}: {result:?}");
        let text = String::from_utf8(target.got(way).unwrap().body).unwrap();
        assert!(text.contains("VmRSS"), "{way}: {text}");
    }
}
