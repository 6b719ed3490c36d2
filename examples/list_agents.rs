//! Prints the agents of an account, however many pages they fill.
//!
//! ```sh
//! cargo run --example list_agents
//! ```
//!
//! With `ULTRAVOX_API_KEY` it asks the API. Without, it starts a server of its own on 127.0.0.1 with
//! sample agents, and asks that.

#![allow(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a program for the terminal tells its user what it does"
)]

use std::error::Error;
use std::process::ExitCode;

use httpmock::MockServer;
use serde_json::json;
use ultravox::Client;
use ultravox::mock::{self, MockServerExt};
use ultravox::types::PaginatedAgentList;

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
        return list(&Client::from_env()?).await;
    }
    let server = sample_server().await?;
    let client = mock::client(&server)?;
    list(&client).await
}

async fn list(client: &Client) -> Result<(), Box<dyn Error>> {
    // The next page is fetched when the items of the last one are used up.
    let mut agents = client.agents().list().page_size(50).stream();
    let mut count = 0;
    while let Some(agent) = agents.try_next().await? {
        count += 1;
        // `{:?}`: what comes from an account must not steer the terminal.
        println!("{}  {:?}", agent.agent_id, agent.name.unwrap_or_default());
    }
    println!("{count} agents");
    Ok(())
}

/// A server that answers two pages as the API does.
async fn sample_server() -> Result<MockServer, Box<dyn Error>> {
    let server = MockServer::start_async().await;
    let url = server.base_url();
    eprintln!("ULTRAVOX_API_KEY is not set: asking an embedded server at {url}");
    let first = page(
        &["Front desk", "Sales"],
        Some(server.url("/api/agents?cursor=2")),
    )?;
    let second = page(&["Night shift"], None)?;
    server.agents_list(|when, then| {
        when.cursor(None);
        then.ok(&first);
    });
    server.agents_list(|when, then| {
        when.cursor("2");
        then.ok(&second);
    });
    Ok(server)
}

fn page(names: &[&str], next: Option<String>) -> Result<PaginatedAgentList, serde_json::Error> {
    let agent = |name: &&str| {
        json!({
            "agentId": "6f0c2a52-8f6e-4a52-9d5e-2d2f1c0b7a11",
            "publishedRevisionId": null,
            "name": name,
            "created": "2026-01-02T03:04:05Z",
            "statistics": {"calls": 3},
        })
    };
    let results: Vec<_> = names.iter().map(agent).collect();
    serde_json::from_value(json!({"results": results, "next": next}))
}
