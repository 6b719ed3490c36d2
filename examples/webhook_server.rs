//! A server that takes webhooks: what is not from Ultravox is refused before it is read, every webhook is
//! answered at once, and one that is sent twice is worked on once.
//!
//! ```sh
//! cargo run --example webhook_server
//! ULTRAVOX_WEBHOOK_SECRET=… cargo run --example webhook_server -- 0.0.0.0:8080
//! ```
//!
//! With `ULTRAVOX_WEBHOOK_SECRET` (several between commas, while they are being changed) it serves
//! `POST /webhooks` until it is stopped. Without, it sends itself some webhooks, and ends.

#![allow(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a program for the terminal tells its user what it does"
)]

use std::collections::HashSet;
use std::error::Error;
use std::process::ExitCode;
use std::time::SystemTime;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use ultravox::mock;
use ultravox::types::Call;
use ultravox::webhooks::{self, EventKind, Verifier};

#[derive(Clone)]
struct Server {
    verifier: Verifier,
    work: mpsc::Sender<(EventKind, Call)>,
}

/// Answers as soon as the event is in the queue. With another status than 2xx it is sent again, for hours.
async fn receive(State(server): State<Server>, headers: HeaderMap, body: Bytes) -> StatusCode {
    // The body is bytes still: JSON that was read and written again has another signature.
    let verified = match server.verifier.verify(&headers, &body) {
        Ok(verified) => verified,
        Err(error) => {
            eprintln!("refused: {error}");
            return StatusCode::UNAUTHORIZED;
        }
    };
    let decoded = verified
        .event()
        .and_then(|event| Ok((event.kind().clone(), event.call()?)));
    let event = match decoded {
        Ok(event) => event,
        Err(error) => {
            eprintln!("not understood: {error}");
            return StatusCode::BAD_REQUEST;
        }
    };
    match server.work.try_send(event) {
        Ok(()) => StatusCode::NO_CONTENT,
        // The queue is full.
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// What the events are for. A server that is started again keeps in its database what it has seen.
async fn work(mut events: mpsc::Receiver<(EventKind, Call)>) {
    let mut seen = HashSet::new();
    while let Some((kind, call)) = events.recv().await {
        if !seen.insert((call.call_id, kind.clone())) {
            println!("{kind} of {} was there before", call.call_id);
            continue;
        }
        match kind {
            EventKind::CallEnded => println!("{kind} of {}: {:?}", call.call_id, call.end_reason),
            EventKind::CallBilled => {
                println!("{kind} of {}: {:?}", call.call_id, call.billed_duration)
            }
            _ => println!("{kind} of {}", call.call_id),
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let secrets = std::env::var("ULTRAVOX_WEBHOOK_SECRET").unwrap_or_default();
    let serves = !secrets.is_empty();
    let (secrets, usual) = match secrets.as_str() {
        "" => (SAMPLE_SECRET, "127.0.0.1:0"),
        secrets => (secrets, "127.0.0.1:8080"),
    };
    let address = std::env::args().nth(1).unwrap_or(usual.to_owned());
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    eprintln!("listening on {address}");

    let (sender, receiver) = mpsc::channel(1000);
    let worker = tokio::spawn(work(receiver));
    let router = Router::new()
        .route("/webhooks", post(receive))
        .with_state(Server {
            verifier: Verifier::new(secrets.split(',').map(str::trim)),
            work: sender,
        });
    let server = axum::serve(listener, router);
    if serves {
        server.await?;
    } else {
        let url = format!("http://{address}/webhooks");
        tokio::select! {
            served = server => served?,
            sent = send_samples(&url) => sent?,
        }
    }
    // It ends when no connection can bring more.
    Ok(worker.await?)
}

const SAMPLE_SECRET: &str = "the secret of the sample";

/// Sends what Ultravox would, and what somebody else could.
async fn send_samples(url: &str) -> Result<(), Box<dyn Error>> {
    let client = ultravox::reqwest::Client::builder().no_proxy().build()?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let now = chrono::DateTime::from_timestamp(i64::try_from(now.as_secs())?, 0);
    let timestamp = now
        .ok_or("the clock of this machine is wrong")?
        .to_rfc3339();
    let call = serde_json::to_value(mock::sample::<Call>())?;
    for (what, event, secret) in [
        ("a webhook", "call.ended", SAMPLE_SECRET),
        ("the same again", "call.ended", SAMPLE_SECRET),
        ("another event", "call.billed", SAMPLE_SECRET),
        ("a new kind of event", "call.admired", SAMPLE_SECRET),
        ("a forged one", "call.ended", "a guess"),
    ] {
        let body = json!({"event": event, "call": call}).to_string();
        let response = client
            .post(url)
            .header(webhooks::TIMESTAMP_HEADER, &timestamp)
            .header(
                webhooks::SIGNATURE_HEADER,
                webhooks::sign(secret, &body, &timestamp),
            )
            .body(body)
            .send()
            .await?;
        println!("{what} is answered with {}", response.status());
    }
    Ok(())
}
