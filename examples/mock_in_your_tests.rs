//! How to test a program of your own that calls the API, without the API.
//!
//! ```sh
//! cargo run --example mock_in_your_tests
//! ```
//!
//! [`free_agents`] stands for such a program. What is below it belongs into its tests: a server on
//! 127.0.0.1 that answers as the API does, told what to answer by one typed method an operation.
//! `Cargo.toml` needs, besides `ultravox` itself:
//!
//! ```toml
//! [dev-dependencies]
//! httpmock = "0.9"
//! ultravox = { version = "0.1", features = ["mock"] }
//! ```

#![allow(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a program for the terminal tells its user what it does"
)]

use std::process::ExitCode;

use httpmock::MockServer;
use serde_json::json;
use ultravox::mock::{self, MockServerExt};
use ultravox::types::PaginatedAgentList;
use ultravox::{Client, Error};

/// The agents that nobody has called yet. The code to test.
async fn free_agents(client: &Client) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    let mut agents = client.agents().list().stream();
    while let Some(agent) = agents.try_next().await? {
        if agent.statistics.calls == 0 {
            names.extend(agent.name);
        }
    }
    Ok(names)
}

/// In your tests: `#[tokio::test]`, and `unwrap()` in place of `?`.
async fn agents_without_calls_are_free() -> Result<(), Box<dyn std::error::Error>> {
    let agents: PaginatedAgentList = serde_json::from_value(json!({
        "results": [agent("Front desk", 12), agent("Night shift", 0)],
        "next": null,
    }))?;
    let server = MockServer::start_async().await;
    let asked = server.agents_list(|_when, then| {
        then.ok(&agents);
    });
    let client = mock::client(&server)?;
    assert_eq!(free_agents(&client).await?, ["Night shift"]);
    asked.assert();
    Ok(())
}

/// What the API refuses is tested the same way.
async fn a_refused_key_is_reported() -> Result<(), Box<dyn std::error::Error>> {
    let server = MockServer::start_async().await;
    server.agents_list(|_when, then| {
        then.into_inner().status(401);
    });
    let result = free_agents(&mock::client(&server)?).await;
    assert!(result.is_err_and(|error| error.is_unauthorized()));
    Ok(())
}

fn agent(name: &str, calls: u32) -> serde_json::Value {
    json!({
        "agentId": "6f0c2a52-8f6e-4a52-9d5e-2d2f1c0b7a11",
        "publishedRevisionId": null,
        "name": name,
        "created": "2026-01-02T03:04:05Z",
        "statistics": {"calls": calls},
    })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    for (name, result) in [
        (
            "agents_without_calls_are_free",
            agents_without_calls_are_free().await,
        ),
        (
            "a_refused_key_is_reported",
            a_refused_key_is_reported().await,
        ),
    ] {
        match result {
            Ok(()) => println!("test {name} ... ok"),
            Err(error) => {
                eprintln!("error: {name}: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}
