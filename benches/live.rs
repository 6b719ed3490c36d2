//! Whether many live sessions at once hold real time, and what each costs.
//!
//! ```sh
//! cargo bench --bench live            # 200 sessions for 20 s
//! cargo bench --bench live -- 50 5    # 50 sessions for 5 s
//! ```
//!
//! Each session sends and receives audio of 48 kHz at once, in frames of 20 ms. The server is another process, so
//! that its memory and its work are not counted with those of the sessions; it shares the machine. A frame is late
//! by how much it arrives after the time that the first one sets, seen by the side that receives it.

#![allow(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for the terminal, of which a panic is no harm"
)]

use std::io::{BufRead, BufReader, Read};
use std::pin::Pin;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_core::Stream;
use futures_sink::Sink;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::{Message, protocol::WebSocketConfig};
use ultravox::live::{Event, Session};

const FRAME: Duration = Duration::from_millis(20);
const HZ: u32 = 48_000;
const FRAME_BYTES: usize = HZ as usize / 50 * 2;

/// How late the frames of one direction were, in microseconds.
#[derive(Clone, Default)]
struct Lateness(Arc<Mutex<Vec<u32>>>);

impl Lateness {
    fn of_session(&self, start: Instant, frames: &[Instant]) {
        let mut all = self.0.lock().unwrap();
        for (index, at) in frames.iter().enumerate() {
            let due = start + FRAME * u32::try_from(index).unwrap();
            let late = at.saturating_duration_since(due).as_micros();
            all.push(u32::try_from(late).unwrap_or(u32::MAX));
        }
    }

    fn summary(&self) -> String {
        let mut all = self.0.lock().unwrap();
        all.sort_unstable();
        let at = |part: f64| {
            let index = (all.len() as f64 * part) as usize;
            f64::from(
                *all.get(index.min(all.len().saturating_sub(1)))
                    .unwrap_or(&0),
            ) / 1000.0
        };
        format!(
            "{} frames; late by {:.1} ms (half), {:.1} ms (99 %), {:.1} ms (99.9 %), {:.1} ms (all)",
            all.len(),
            at(0.5),
            at(0.99),
            at(0.999),
            at(1.0)
        )
    }
}

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    // What cargo adds.
    arguments.retain(|argument| argument != "--bench");
    let number = |index: usize, usual: u64| {
        arguments
            .get(index)
            .map_or(usual, |text| text.parse().unwrap())
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    match arguments.first().map(String::as_str) {
        Some("--server") => runtime.block_on(serve(Duration::from_secs(number(1, 20)))),
        _ => runtime.block_on(talk(number(0, 200), number(1, 20))),
    }
}

/// The memory of this process in KiB, and the seconds that it has worked.
fn used() -> (f64, f64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let memory = status.lines().find_map(|line| {
        line.strip_prefix("VmRSS:")?
            .trim()
            .strip_suffix(" kB")?
            .parse()
            .ok()
    });
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat
        .rsplit(") ")
        .next()
        .unwrap_or_default()
        .split(' ')
        .collect();
    let ticks: f64 = [11, 12]
        .iter()
        .filter_map(|index| fields.get(*index)?.parse::<f64>().ok())
        .sum();
    (memory.unwrap_or(0.0), ticks / 100.0)
}

async fn talk(sessions: u64, seconds: u64) {
    let mut server = Command::new(std::env::current_exe().unwrap())
        .args(["--server", &seconds.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(server.stdout.take().unwrap());
    let mut url = String::new();
    said.read_line(&mut url).unwrap();
    let url: Arc<str> = url.trim().into();

    let settings = Session::builder()
        .input_sample_rate(HZ)
        .reqwest(ultravox::reqwest::Client::builder().no_proxy());
    // What one session brings that the others share.
    drop(settings.connect(&url).await.unwrap());
    tokio::time::sleep(Duration::from_millis(200)).await;
    let (memory_before, work_before) = used();

    let lateness = Lateness::default();
    let mut tasks = Vec::new();
    for _ in 0..sessions {
        let (sender, mut events) = settings.connect(&url).await.unwrap().split();
        let lateness = lateness.clone();
        tasks.push(tokio::spawn(async move {
            let spoken = tokio::spawn(async move {
                // Shared by all sessions, as a source of audio that is not theirs.
                static SECOND: [u8; FRAME_BYTES * 50] = [1; FRAME_BYTES * 50];
                for _ in 0..seconds {
                    for piece in SECOND.chunks(FRAME_BYTES * 5) {
                        sender.audio(Bytes::from_static(piece)).await.unwrap();
                    }
                }
                sender.flush().await.unwrap();
                sender
            });
            let mut frames = Vec::with_capacity(seconds as usize * 50);
            while frames.len() < seconds as usize * 50 {
                match events.next().await {
                    Some(Event::Audio(_)) => frames.push(Instant::now()),
                    other => panic!("{other:?}"),
                }
            }
            lateness.of_session(frames[0], &frames);
            spoken.await.unwrap().close();
        }));
    }
    tokio::time::sleep(Duration::from_secs(seconds / 2)).await;
    let (memory, _) = used();
    for task in tasks {
        task.await.unwrap();
    }
    let (_, work) = used();
    drop(server.stdin.take());
    let mut sent = String::new();
    said.read_to_string(&mut sent).unwrap();
    server.wait().unwrap();

    println!("{sessions} sessions for {seconds} s, {HZ} Hz in both directions");
    println!("received  {}", lateness.summary());
    println!("sent      {}", sent.trim());
    println!(
        "memory    {:.1} KiB for each session",
        (memory - memory_before) / sessions as f64
    );
    println!(
        "work      {:.1} % of one core for all sessions",
        (work - work_before) / seconds as f64 * 100.0
    );
}

async fn serve(length: Duration) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("ws://{}/", listener.local_addr().unwrap());
    let lateness = Lateness::default();
    let record = lateness.clone();
    let accept = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let lateness = record.clone();
            tokio::spawn(async move { session(stream, length, lateness).await });
        }
    });
    // Until the other process says that all is done.
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()))
        .await
        .unwrap()
        .unwrap();
    accept.abort();
    println!("{}", lateness.summary());
}

/// Sends frames at their times, and notes when frames arrive.
async fn session(stream: TcpStream, length: Duration, lateness: Lateness) {
    stream.set_nodelay(true).unwrap();
    let config = WebSocketConfig::default()
        .read_buffer_size(8192)
        .write_buffer_size(0);
    let mut socket = tokio_tungstenite::accept_async_with_config(stream, Some(config))
        .await
        .unwrap();
    let audio = Bytes::from_static(&[1; FRAME_BYTES]);
    let count = u32::try_from(length.as_millis() / FRAME.as_millis()).unwrap();
    let start = tokio::time::Instant::now();
    let mut sent = 0;
    let mut arrived = Vec::with_capacity(count as usize);
    loop {
        let next = std::future::poll_fn(|cx| Pin::new(&mut socket).poll_next(cx));
        let due = match sent < count {
            true => start + FRAME * sent,
            false => start + 2 * length,
        };
        match tokio::time::timeout_at(due, next).await {
            Ok(Some(Ok(Message::Binary(_)))) => arrived.push(Instant::now()),
            Ok(Some(Ok(_))) => {}
            Ok(Some(Err(_)) | None) => break,
            Err(_elapsed) if sent < count => {
                sent += 1;
                let mut socket = Pin::new(&mut socket);
                socket
                    .as_mut()
                    .start_send(Message::Binary(audio.clone()))
                    .unwrap();
                std::future::poll_fn(|cx| socket.as_mut().poll_flush(cx))
                    .await
                    .unwrap();
            }
            Err(_elapsed) => break,
        }
    }
    if let Some(first) = arrived.first() {
        lateness.of_session(*first, &arrived);
    }
}
