//! A site on 127.0.0.1, which answers as a test says.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Barrier;

/// What the server sends for a request, after the request's head was read.
#[derive(Clone)]
pub enum Answer {
    Page(String),
    /// These bytes, then the connection ends.
    Raw(String),
    /// Never ends.
    Endless,
    /// Begins, and never continues.
    Stuck,
    /// A page that is held back until as many others are requested.
    Together(String, Arc<Crowd>),
    /// One after another; the last is repeated.
    Each(Arc<Mutex<Vec<Answer>>>),
}

/// Requests that wait for each other.
pub struct Crowd {
    barrier: Barrier,
    waiting: AtomicUsize,
    pub most: AtomicUsize,
}

impl Crowd {
    pub fn new(size: usize) -> Arc<Self> {
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
pub struct Server {
    pub root: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub async fn start(answers: BTreeMap<String, Answer>) -> Self {
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
    pub async fn with(changed: &[(&str, Answer)]) -> Self {
        let mut answers = pages();
        for (path, answer) in changed {
            answers.insert((*path).to_owned(), answer.clone());
        }
        Self::start(answers).await
    }

    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// The fixture site.
pub fn pages() -> BTreeMap<String, Answer> {
    let pages = super::support::pages().into_iter();
    pages
        .map(|(path, text)| (path, Answer::Page(text)))
        .collect()
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

pub fn status(line: &str, headers: &str) -> Answer {
    Answer::Raw(format!(
        "HTTP/1.1 {line}\r\n{headers}content-length: 0\r\nconnection: close\r\n\r\n"
    ))
}
