//! Prints the events of a call as they come, until the call has ended.
//!
//! ```sh
//! cargo run --example watch_call_events -- CALL_ID
//! ```
//!
//! With `ULTRAVOX_API_KEY` it asks the API. Without, it starts a server of its own on 127.0.0.1 with
//! a sample call, asks that, and needs no argument.

#![allow(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a program for the terminal tells its user what it does"
)]

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use httpmock::MockServer;
use serde_json::json;
use ultravox::Client;
use ultravox::mock::{self, MockServerExt};
use ultravox::types::PaginatedCallEventList;
use uuid::Uuid;

const USAGE: &str = "usage: watch_call_events CALL_ID";
const PAUSE: Duration = Duration::from_secs(2);

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
    if std::env::var_os("ULTRAVOX_API_KEY").is_some_and(|key| !key.is_empty()) {
        let call_id = std::env::args().nth(1).ok_or(USAGE)?;
        let call_id = call_id
            .parse()
            .map_err(|_| format!("`{call_id}` is not the id of a call; {USAGE}"))?;
        return watch(&Client::from_env()?, call_id).await;
    }
    let server = sample_server().await?;
    let client = mock::client(&server)?;
    watch(&client, Uuid::nil()).await
}

async fn watch(client: &Client, call_id: Uuid) -> Result<(), Box<dyn Error>> {
    let mut printed = 0;
    loop {
        // Asked first: what happens between the two calls is printed as well.
        let ended = client.calls().get(call_id).await?.ended;
        let mut events = client.calls().events().list(call_id).stream();
        let mut number = 0;
        while let Some(event) = events.try_next().await? {
            number += 1;
            if number > printed {
                println!(
                    "{}  {:?}  {:?}  {:?}",
                    event.call_timestamp, event.severity, event.type_, event.text
                );
            }
        }
        printed = number;
        if let Some(ended) = ended {
            println!("the call ended at {ended} after {printed} events");
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// A server with a call that has ended, and two pages of its events.
async fn sample_server() -> Result<MockServer, Box<dyn Error>> {
    let server = MockServer::start_async().await;
    let url = server.base_url();
    eprintln!("ULTRAVOX_API_KEY is not set: asking an embedded server at {url}");
    // A sample has all its fields, and so the time when it ended.
    server.calls_retrieve(|_when, then| drop(then.ok(&mock::sample())));
    let next = format!("{url}/?cursor=2");
    let first = page(&[("1s", "call.joined", "The caller is here")], Some(next))?;
    let second = page(&[("42s", "tool.called", "lookUpOrder")], None)?;
    server.calls_events_list(|when, then| {
        when.cursor(None);
        then.ok(&first);
    });
    server.calls_events_list(|when, then| {
        when.cursor("2");
        then.ok(&second);
    });
    Ok(server)
}

fn page(
    events: &[(&str, &str, &str)],
    next: Option<String>,
) -> Result<PaginatedCallEventList, serde_json::Error> {
    let event = |&(at, kind, text): &(&str, &str, &str)| {
        json!({
            "callId": Uuid::nil(),
            "callStageId": Uuid::nil(),
            "callTimestamp": at,
            "severity": "info",
            "type": kind,
            "text": text,
            "extras": null,
            "wallClockTimestamp": null,
        })
    };
    let results: Vec<_> = events.iter().map(event).collect();
    serde_json::from_value(json!({"results": results, "next": next}))
}
