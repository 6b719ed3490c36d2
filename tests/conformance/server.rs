//! A loopback server that sends the replies it is given, and keeps the requests as they arrived.
//! One request per connection. It ends with the test's runtime.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

#[derive(Clone)]
pub struct Reply {
    pub status: u16,
    pub header: Option<(&'static str, String)>,
    pub body: Vec<u8>,
}

#[derive(Debug)]
pub struct Request {
    pub method: String,
    /// Path and query, as in the request line.
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> Vec<&str> {
        let found = self.headers.iter().filter(|(header, _)| header == name);
        found.map(|(_, value)| value.as_str()).collect()
    }
}

#[derive(Default)]
struct Exchange {
    replies: VecDeque<Reply>,
    requests: Vec<Request>,
}

pub struct Server {
    pub url: String,
    exchange: Arc<Mutex<Exchange>>,
}

impl Server {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let exchange = Arc::new(Mutex::new(Exchange::default()));
        let shared = exchange.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, shared.clone()));
            }
        });
        Self { url, exchange }
    }

    /// Sets the replies to the next requests, and forgets the previous requests.
    pub fn prepare(&self, replies: impl IntoIterator<Item = Reply>) {
        *self.exchange.lock().unwrap() = Exchange {
            replies: replies.into_iter().collect(),
            requests: Vec::new(),
        };
    }

    /// The requests since then.
    pub fn requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.exchange.lock().unwrap().requests)
    }
}

async fn serve(mut socket: TcpStream, exchange: Arc<Mutex<Exchange>>) -> Option<()> {
    let request = read(&mut BufReader::new(&mut socket)).await?;
    let reply = {
        let mut exchange = exchange.lock().unwrap();
        exchange.requests.push(request);
        exchange.replies.pop_front()
    };
    // If there are more requests than replies, the count of requests shows it.
    let reply = reply.unwrap_or(Reply {
        status: 500,
        header: None,
        body: Vec::new(),
    });
    let mut head = format!("HTTP/1.1 {} Reply\r\nconnection: close\r\n", reply.status);
    if let Some((name, value)) = reply.header {
        head += &format!("{name}: {value}\r\n");
    }
    if reply.status != 204 {
        head += &format!("content-length: {}\r\n", reply.body.len());
    }
    head += "\r\n";
    socket.write_all(head.as_bytes()).await.ok()?;
    socket.write_all(&reply.body).await.ok()?;
    socket.shutdown().await.ok()
}

async fn read(socket: &mut BufReader<&mut TcpStream>) -> Option<Request> {
    let mut line = line(socket).await?;
    let mut parts = line.split(' ');
    let (method, target) = (parts.next()?.to_owned(), parts.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        line = self::line(socket).await?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut request = Request {
        method,
        target,
        headers,
        body: Vec::new(),
    };
    if request.header("transfer-encoding") == ["chunked"] {
        loop {
            let size = usize::from_str_radix(&self::line(socket).await?, 16).ok()?;
            let mut chunk = vec![0; size];
            socket.read_exact(&mut chunk).await.ok()?;
            self::line(socket).await?;
            if size == 0 {
                break;
            }
            request.body.extend(chunk);
        }
    } else if let [length] = request.header("content-length")[..] {
        request.body = vec![0; length.parse().ok()?];
        socket.read_exact(&mut request.body).await.ok()?;
    }
    Some(request)
}

async fn line(socket: &mut BufReader<&mut TcpStream>) -> Option<String> {
    let mut line = String::new();
    socket.read_line(&mut line).await.ok()?;
    Some(line.trim_end().to_owned())
}
