//! A client that does not wait between retries, and a server that sends what it is given.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use ultravox::{Client, ClientBuilder, Error, RetryPolicy};

pub const KEY: &str = "Zk9Ht7Lm.the-secret-part";
pub const EMPTY_CONFIG: &str = r#"{"domain":"acme.sip.example","allowedAgents":[]}"#;
pub const LONG: Duration = Duration::from_secs(30);

pub fn builder(url: impl Into<String>) -> ClientBuilder {
    Client::builder()
        .api_key(KEY)
        .base_url(url)
        .reqwest(reqwest::Client::builder().no_proxy())
        .timeout(Duration::from_secs(10))
        .retries(fast())
}

pub fn client(url: impl Into<String>) -> Client {
    builder(url).build().unwrap()
}

pub fn fast() -> RetryPolicy {
    RetryPolicy::default()
        .min_delay(Duration::from_millis(1))
        .max_delay(Duration::from_millis(2))
}

/// The error of one call without retries.
pub async fn error_of(url: impl Into<String>) -> Error {
    let client = builder(url).retries(RetryPolicy::none()).build().unwrap();
    client.sip().get().await.unwrap_err()
}

/// What the server does with one connection: sends the bytes, waits, closes.
#[derive(Clone)]
pub struct Reply(pub Vec<u8>, pub Duration);

pub fn http(status: &str, headers: &[&str], body: &str) -> Reply {
    let mut text = format!("HTTP/1.1 {status}\r\nconnection: close\r\n");
    for header in headers {
        text += header;
        text += "\r\n";
    }
    let length = body.len();
    text += &format!("content-length: {length}\r\n\r\n{body}");
    Reply(text.into_bytes(), Duration::ZERO)
}

pub fn redirect(status: u16, location: &str) -> Reply {
    http(
        &format!("{status} Elsewhere"),
        &[&format!("location: {location}")],
        "",
    )
}

pub fn bytes(text: impl Into<Vec<u8>>) -> Reply {
    Reply(text.into(), Duration::ZERO)
}

pub struct Server {
    pub url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Gives each connection the next reply, and the last one from then on. Ends with the test's runtime.
    pub async fn start(replies: impl Into<Vec<Reply>>) -> Self {
        Self::serve(bind().await, replies.into())
    }

    /// Two servers whose replies name each other's address.
    pub async fn start_pair(
        replies: impl FnOnce(&str, &str) -> (Vec<Reply>, Vec<Reply>),
    ) -> (Self, Self) {
        let (one, other) = (bind().await, bind().await);
        let (to_one, to_other) = replies(&one.1, &other.1);
        (Self::serve(one, to_one), Self::serve(other, to_other))
    }

    fn serve((listener, url): (TcpListener, String), replies: Vec<Reply>) -> Self {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        tokio::spawn(async move {
            for number in 0.. {
                let (mut socket, _) = listener.accept().await.unwrap();
                let Reply(bytes, pause) = replies[number.min(replies.len() - 1)].clone();
                let seen = seen.clone();
                tokio::spawn(async move {
                    let mut request = Vec::new();
                    while !request.ends_with(b"\r\n\r\n") {
                        match socket.read_u8().await {
                            Ok(byte) => request.push(byte),
                            Err(_) => return,
                        }
                    }
                    let request = String::from_utf8(request).unwrap();
                    seen.lock().unwrap().push(request);
                    // The client may have disconnected, which some tests are about.
                    let _ = socket.write_all(&bytes).await;
                    tokio::time::sleep(pause).await;
                    let _ = socket.shutdown().await;
                });
            }
        });
        Self { url, requests }
    }

    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    pub fn hits(&self) -> usize {
        self.requests().len()
    }
}

/// Method and target of each request that a server got.
pub fn targets(server: &Server) -> Vec<String> {
    let requests = server.requests();
    let lines = requests
        .iter()
        .map(|request| request.lines().next().unwrap());
    lines
        .map(|line| line.trim_end_matches(" HTTP/1.1").to_owned())
        .collect()
}

/// The values of a header in a request, or in the text of a response.
pub fn header<'a>(request: &'a str, name: &str) -> Vec<&'a str> {
    request
        .lines()
        .filter_map(|line| line.split_once(": "))
        .filter(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
        .collect()
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

/// Everything that an error shows, in every format, with its sources.
pub fn shown(error: &Error) -> String {
    let mut text = format!("{error} {error:#} {error:?} {error:#?}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text += &format!(" {cause} {cause:?} {cause:#?}");
        source = cause.source();
    }
    text
}
