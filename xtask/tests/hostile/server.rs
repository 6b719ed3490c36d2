//! A site on 127.0.0.1 that does what a test tells it. It ends when it is dropped: its threads only
//! wait for their client.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// What the server does when it is asked for a path.
#[derive(Clone)]
pub enum Answer {
    /// A page, as any server sends it.
    Page(String),
    /// These bytes, and the connection ends properly.
    Raw(Vec<u8>),
    /// These bytes, and the connection is reset.
    Reset(&'static str),
    /// These bytes, and nothing more as long as the client waits.
    Stall(&'static str),
    /// The first bytes, and then the others until the client disconnects.
    Endless(&'static str, &'static str),
    /// The first answer once, and then the page.
    Once(Box<Answer>, String),
}

impl Answer {
    pub fn raw(text: impl Into<String>) -> Self {
        Self::Raw(text.into().into_bytes())
    }

    /// A status line and headers, without a body.
    pub fn status(line: &str, headers: &str) -> Self {
        Self::raw(format!(
            "HTTP/1.1 {line}\r\n{headers}content-length: 0\r\nconnection: close\r\n\r\n"
        ))
    }

    pub fn redirect(to: &str) -> Self {
        Self::status("302 Found", &format!("location: {to}\r\n"))
    }

    /// 200 with this media type.
    pub fn typed(media: &str, body: &[u8]) -> Self {
        let length = body.len();
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-type: {media}\r\ncontent-length: {length}\r\n\r\n");
        Self::Raw([head.as_bytes(), body].concat())
    }
}

pub struct Server {
    pub root: String,
    address: std::net::SocketAddr,
    state: Arc<State>,
}

struct State {
    answers: BTreeMap<String, Answer>,
    asked: Mutex<Vec<String>>,
    ended: AtomicBool,
}

impl Server {
    /// The fixture site, with some answers in place of its own.
    pub fn with(changed: &[(&str, Answer)]) -> Self {
        let pages = super::support::pages().into_iter();
        let mut answers: BTreeMap<_, _> = pages
            .map(|(path, text)| (path, Answer::Page(text)))
            .collect();
        for (path, answer) in changed {
            answers.insert((*path).to_owned(), answer.clone());
        }
        Self::start(answers)
    }

    pub fn start(answers: BTreeMap<String, Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            answers,
            asked: Mutex::default(),
            ended: AtomicBool::new(false),
        });
        let shared = state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if shared.ended.load(Ordering::SeqCst) {
                    return;
                }
                let shared = shared.clone();
                // A client that disconnects is not a failure of the server.
                std::thread::spawn(move || drop(serve(stream, &shared)));
            }
        });
        Self {
            root: format!("http://{address}"),
            address,
            state,
        }
    }

    /// The heads of all requests so far.
    pub fn asked(&self) -> Vec<String> {
        self.state.asked.lock().unwrap().clone()
    }

    /// Waits until somebody asks for `path`.
    pub fn wait_for(&self, path: &str) {
        while !self.asked().iter().any(|head| head.contains(path)) {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.state.ended.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(mut stream: TcpStream, state: &State) -> std::io::Result<()> {
    loop {
        let mut piece = [0; 16 << 10];
        // Peeked, not read: a connection with unread bytes is reset when it is closed.
        let head = loop {
            let count = stream.peek(&mut piece)?;
            if count == 0 {
                return Ok(());
            }
            if let Some(end) = piece[..count]
                .windows(4)
                .position(|four| four == b"\r\n\r\n")
            {
                break String::from_utf8_lossy(&piece[..end + 4]).into_owned();
            }
        };
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let before = {
            let mut asked = state.asked.lock().unwrap();
            let line = format!(" {path} ");
            let before = asked.iter().filter(|head| head.contains(&line)).count();
            asked.push(head.clone());
            before
        };
        let mut answer = state.answers.get(&path).cloned();
        if let Some(Answer::Once(first, page)) = answer {
            answer = Some(if before == 0 {
                *first
            } else {
                Answer::Page(page)
            });
        }
        if let Some(Answer::Reset(text)) = answer {
            return stream.write_all(text.as_bytes());
        }
        stream.read_exact(&mut piece[..head.len()])?;
        match answer {
            Some(Answer::Page(text)) => {
                let length = text.len();
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
                stream.write_all((head + &text).as_bytes())?;
            }
            Some(Answer::Raw(bytes)) => {
                stream.write_all(&bytes)?;
                return stream.shutdown(Shutdown::Both);
            }
            Some(Answer::Stall(text)) => {
                stream.write_all(text.as_bytes())?;
                // Until the client closes.
                while stream.read(&mut piece)? > 0 {}
                return Ok(());
            }
            Some(Answer::Endless(start, then)) => {
                stream.write_all(start.as_bytes())?;
                let many = then.repeat(1 + (8 << 10) / then.len());
                loop {
                    stream.write_all(many.as_bytes())?;
                }
            }
            Some(Answer::Reset(_) | Answer::Once(..)) | None => {
                stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")?;
            }
        }
    }
}
