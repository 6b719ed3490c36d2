//! Starts a call, and shows what happens when the account is at its limit of calls.
//!
//! ```sh
//! cargo run --example create_call
//! cargo run --example create_call -- "You take orders for a flower shop."
//! ```
//!
//! The API answers 429 while too many calls run, and 503 while it has no capacity, and says how long
//! to wait. The client waits that long and asks again, within its retry policy and its timeout
//! (`ClientBuilder::retries`, `ClientBuilder::timeout`): nothing is to be written for it.
//!
//! With `ULTRAVOX_API_KEY` it asks the API, and only if a prompt is given: the call is in your account
//! then, and billed once somebody joins it. Without the key, it starts a server of its own on
//! 127.0.0.1 that is busy at first, and asks that.

#![allow(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a program for the terminal tells its user what it does"
)]

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use httpmock::{HttpMockResponse, MockServer};
use ultravox::mock::{self, MockServerExt};
use ultravox::types::Call;
use ultravox::{Client, Error};

const USAGE: &str = "usage: create_call PROMPT; ULTRAVOX_API_KEY is set, so this creates a call in \
    your account; unset it to ask an embedded server";

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

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let prompt = std::env::args().nth(1);
    if std::env::var_os("ULTRAVOX_API_KEY").is_some_and(|key| !key.is_empty()) {
        let prompt = prompt.ok_or(USAGE)?;
        return Ok(create(&Client::from_env()?, prompt).await?);
    }
    let prompt = prompt.unwrap_or("You are a friendly receptionist.".to_owned());
    let server = MockServer::start_async().await;
    let url = server.base_url();
    eprintln!("ULTRAVOX_API_KEY is not set: asking an embedded server at {url}");
    be_busy_twice(&server)?;
    // `mock::client` would not ask again.
    let client = Client::builder()
        .api_key("sample.key")
        .base_url(url)
        .build()?;
    Ok(create(&client, prompt).await?)
}

async fn create(client: &Client, prompt: String) -> Result<(), Error> {
    let call = client.calls().create().system_prompt(prompt).await?;
    println!("call      {}", call.call_id);
    println!("created   {}", call.created);
    Ok(())
}

/// Answers 429 and 503 before it answers as the API does.
fn be_busy_twice(server: &MockServer) -> serde_json::Result<()> {
    let call = serde_json::to_string(&mock::sample::<Call>())?;
    let asked = AtomicUsize::new(0);
    server.calls_create(move |_when, then| {
        then.into_inner().respond_with(move |_request| {
            let answer = HttpMockResponse::builder();
            let asked = asked.fetch_add(1, Ordering::Relaxed) + 1;
            let (status, said) = match asked {
                1 => (429, r#"{"detail": "Too many calls."}"#),
                2 => (503, r#"{"detail": "No capacity."}"#),
                _ => (201, call.as_str()),
            };
            eprintln!("request {asked} is answered with {status}");
            answer
                .status(status)
                .header("retry-after", "0")
                .header("content-type", "application/json")
                .body(said)
                .build()
        });
    });
    Ok(())
}
