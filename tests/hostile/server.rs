//! A server that misbehaves.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The steps of a server on a connection. After the last, it closes.
#[derive(Clone)]
pub enum Step {
    /// Reads the head of the request.
    Head,
    /// Reads the rest of the request.
    Rest,
    /// Runs a function of the test.
    Run(Arc<dyn Fn() + Send + Sync>),
    Send(Vec<u8>),
    /// Sends this again and again.
    Repeat(Vec<u8>, Duration),
    Pause(Duration),
    /// Holds the connection until the test ends.
    Stall,
    Reset,
}

/// A response with a length, after the whole request.
pub fn answer(status: &str, headers: &[&str], body: &str) -> Vec<Step> {
    let mut text = format!("HTTP/1.1 {status}\r\nconnection: close\r\n");
    for header in headers {
        text += &format!("{header}\r\n");
    }
    if !status.starts_with("204") {
        text += &format!("content-length: {}\r\n", body.len());
    }
    text += &format!("\r\n{body}");
    vec![Step::Head, Step::Rest, Step::Send(text.into_bytes())]
}

pub fn redirect(status: u16, location: &str) -> Vec<Step> {
    let location = format!("location: {location}");
    answer(&format!("{status} Elsewhere"), &[&location], "")
}

/// These bytes, after the whole request.
pub fn bytes(bytes: impl Into<Vec<u8>>) -> Vec<Step> {
    vec![Step::Head, Step::Rest, Step::Send(bytes.into())]
}

/// A request, as far as it arrived.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub head: String,
    pub body: Vec<u8>,
    /// Whether the body arrived completely.
    pub is_whole: bool,
}

impl Seen {
    /// Method and path.
    pub fn line(&self) -> String {
        let line = self.head.lines().next().unwrap_or_default();
        line.trim_end_matches(" HTTP/1.1").to_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

pub struct Server {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Each connection gets the next script, and the last one from then on.
    pub async fn start(scripts: impl Into<Vec<Vec<Step>>>) -> Self {
        let scripts = scripts.into();
        Self::serve(bind().await, move |number, _| {
            scripts[number.min(scripts.len() - 1)].clone()
        })
    }

    /// Each request gets what the function returns for its method and path, after its head.
    pub async fn routes(route: impl Fn(&str) -> Vec<Step> + Send + Sync + 'static) -> Self {
        Self::serve(bind().await, move |_, line| match line {
            Some(line) => route(line),
            None => vec![Step::Head],
        })
    }

    fn serve(
        (listener, url): (TcpListener, String),
        script: impl Fn(usize, Option<&str>) -> Vec<Step> + Send + Sync + 'static,
    ) -> Self {
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let log = seen.clone();
        let script = Arc::new(script);
        tokio::spawn(async move {
            for number in 0.. {
                let (socket, _) = listener.accept().await.unwrap();
                log.lock().unwrap().push(Seen::default());
                let connection = Connection {
                    number,
                    socket,
                    log: log.clone(),
                };
                tokio::spawn(connection.run(script.clone()));
            }
        });
        Self { url, seen }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The requests that arrived, by method and path.
    pub fn lines(&self) -> Vec<String> {
        let seen = self.seen();
        let lines = seen.iter().map(Seen::line);
        lines.filter(|line| !line.is_empty()).collect()
    }

    pub fn hits(&self) -> usize {
        self.seen().len()
    }
}

async fn bind() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

/// An address where nothing listens.
pub async fn nowhere() -> String {
    bind().await.1
}

struct Connection {
    number: usize,
    socket: TcpStream,
    log: Arc<Mutex<Vec<Seen>>>,
}

impl Connection {
    async fn run(mut self, script: Arc<impl Fn(usize, Option<&str>) -> Vec<Step>>) {
        let mut steps = script(self.number, None);
        let mut at = 0;
        while let Some(step) = steps.get(at).cloned() {
            at += 1;
            // The client may have disconnected, which some tests are about.
            let done = match step {
                Step::Head => {
                    let read = self.head().await;
                    if read.is_some() && steps.len() == 1 {
                        let line = self.seen(|seen| seen.line());
                        steps = script(self.number, Some(&line));
                        // The head, the first step of the script for this request, has been read.
                        at = usize::from(matches!(steps.first(), Some(Step::Head)));
                    }
                    read
                }
                Step::Rest => self.rest().await,
                Step::Run(run) => {
                    run();
                    Some(())
                }
                Step::Send(bytes) => self.socket.write_all(&bytes).await.ok(),
                Step::Repeat(bytes, pause) => {
                    while self.socket.write_all(&bytes).await.is_ok() {
                        tokio::time::sleep(pause).await;
                    }
                    None
                }
                Step::Pause(pause) => {
                    tokio::time::sleep(pause).await;
                    Some(())
                }
                Step::Stall => std::future::pending().await,
                Step::Reset => self.socket.set_zero_linger().ok(),
            };
            if done.is_none() {
                return;
            }
        }
        if !steps.iter().any(|step| matches!(step, Step::Reset)) {
            let _ = self.socket.shutdown().await;
            // A close with unread data would reset the connection.
            let _ = tokio::io::copy(&mut self.socket, &mut tokio::io::sink()).await;
        }
    }

    fn seen<T>(&self, note: impl FnOnce(&mut Seen) -> T) -> T {
        note(&mut self.log.lock().unwrap()[self.number])
    }

    async fn head(&mut self) -> Option<()> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.socket.read_u8().await.ok()?);
        }
        self.seen(|seen| seen.head = String::from_utf8(head).unwrap());
        Some(())
    }

    async fn rest(&mut self) -> Option<()> {
        let (length, chunked) = self.seen(|seen| {
            let length = seen.header("content-length").map(|n| n.parse().unwrap());
            (
                length.unwrap_or(0),
                seen.header("transfer-encoding").is_some(),
            )
        });
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let is_whole = self.seen(|seen| {
                let end = b"0\r\n\r\n";
                seen.is_whole = if chunked {
                    seen.body.ends_with(end)
                } else {
                    seen.body.len() == length
                };
                seen.is_whole
            });
            if is_whole {
                return Some(());
            }
            let read = self
                .socket
                .read(&mut buffer)
                .await
                .ok()
                .filter(|n| *n > 0)?;
            self.seen(|seen| seen.body.extend_from_slice(&buffer[..read]));
        }
    }
}
