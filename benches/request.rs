//! What `client.sip().get()` costs beside the same call written by hand with reqwest and serde.
//!
//! Both ask the same server on loopback, each over its own kept-alive connection, from one thread.
//! The server answers a fixed response and does nothing else, so that as much as possible of what is
//! measured is the client. Run with `cargo bench --bench request`.

#![allow(
    missing_docs,
    reason = "criterion's macros make an undocumented function"
)]
#![allow(
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a bench that cannot run says so and ends; its figures go to the terminal"
)]

use std::hint::black_box;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use allocation_counter::{AllocationInfo, measure};
use criterion::{Criterion, criterion_group, criterion_main};
use ipnet::Ipv4Net;
use serde::Deserialize;
use tokio::runtime::Runtime;
use uuid::Uuid;

const KEY: &str = "Bench.key";
const BODY: &str = r#"{
    "allowedCidrRanges": ["91.200.160.14/32", "10.0.0.0/8", "192.0.2.0/24"],
    "allowAllAgents": false,
    "allowedAgents": [
        {"agentId": "6f0c2a52-8f6e-4a52-9d5e-2d2f1c0b7a11", "toUserPattern": "^sales$"},
        {"agentId": "b3d1f6c4-27a9-4c0e-8f35-90e1d2c3b4a5", "toUserPattern": "^\\+1555\\d{7}$"},
        {"agentId": "0c9b8a77-6655-4433-a221-100ffeeddccb"}
    ],
    "domain": "harbor-lights.sip.example"
}"#;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "decoded to be measured")]
struct Config {
    #[serde(default)]
    allowed_cidr_ranges: Vec<Ipv4Net>,
    #[serde(default)]
    allow_all_agents: bool,
    allowed_agents: Vec<Agent>,
    domain: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "decoded to be measured")]
struct Agent {
    agent_id: Uuid,
    to_user_pattern: Option<String>,
}

struct ByHand {
    client: reqwest::Client,
    base_url: String,
}

impl ByHand {
    async fn config(&self) -> Result<Config, reqwest::Error> {
        self.client
            .get(format!("{}/api/sip", self.base_url))
            .header("X-API-Key", KEY)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await
    }
}

struct Bench {
    runtime: Runtime,
    ultravox: ultravox::Client,
    by_hand: ByHand,
}

impl Bench {
    fn new() -> Self {
        let base_url = serve();
        let ultravox = ultravox::Client::builder().api_key(KEY).base_url(&base_url);
        // Who writes it by hand sets a timeout as well; ultravox has this one unless told otherwise.
        let client = reqwest::Client::builder().timeout(Duration::from_secs(60));
        Self {
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime"),
            ultravox: ultravox.build().expect("a client"),
            by_hand: ByHand {
                client: client.build().expect("a client by hand"),
                base_url,
            },
        }
    }

    fn ultravox(&self) {
        let config = self
            .runtime
            .block_on(async { self.ultravox.sip().get().await });
        black_box(config.expect("an answer to ultravox"));
    }

    fn by_hand(&self) {
        let config = self.runtime.block_on(self.by_hand.config());
        black_box(config.expect("an answer to reqwest"));
    }
}

fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(stream));
        }
    });
    format!("http://{address}")
}

fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let length = BODY.len();
    let response = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{BODY}"
    );
    let mut buffer = [0; 4096];
    let mut filled = 0;
    loop {
        match stream.read(&mut buffer[filled..])? {
            0 => return Ok(()),
            read => filled += read,
        }
        if buffer[..filled].ends_with(b"\r\n\r\n") {
            filled = 0;
            stream.write_all(response.as_bytes())?;
        }
    }
}

/// Calls in turns, so that a machine that slows down slows both: what criterion, which measures one
/// after the other, cannot do.
fn in_turns(bench: &Bench) {
    const CALLS: usize = 20_000;
    let timed = |call: &dyn Fn()| {
        let start = Instant::now();
        call();
        start.elapsed()
    };
    let mut times: [Vec<Duration>; 2] = Default::default();
    for _ in 0..CALLS {
        times[0].push(timed(&|| bench.ultravox()));
        times[1].push(timed(&|| bench.by_hand()));
    }
    let [ultravox, by_hand] = times.map(|mut times| {
        times.sort_unstable();
        times[CALLS / 2].as_secs_f64() * 1e6
    });
    eprintln!(
        "in turns, median of {CALLS} calls each: ultravox {ultravox:.1} µs, by hand {by_hand:.1} µs, {:+.1} %",
        (ultravox / by_hand - 1.0) * 100.0
    );
}

fn allocations(bench: &Bench) {
    const CALLS: u64 = 100;
    let each = |call: &dyn Fn()| {
        let AllocationInfo {
            count_total,
            bytes_total,
            ..
        } = measure(|| (0..CALLS).for_each(|_| call()));
        format!("{} ({} bytes)", count_total / CALLS, bytes_total / CALLS)
    };
    eprintln!(
        "allocations a call: ultravox {}, by hand {}",
        each(&|| bench.ultravox()),
        each(&|| bench.by_hand())
    );
}

fn request(criterion: &mut Criterion) {
    let bench = Bench::new();
    // The connections are made.
    bench.ultravox();
    bench.by_hand();
    allocations(&bench);
    in_turns(&bench);
    let mut group = criterion.benchmark_group("sip config");
    group.bench_function("ultravox", |b| b.iter(|| bench.ultravox()));
    group.bench_function("by hand", |b| b.iter(|| bench.by_hand()));
    group.finish();
}

criterion_group!(benches, request);
criterion_main!(benches);
