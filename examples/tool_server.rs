//! A server with three tools: one that looks something up, one that begins a new stage of the call, and one
//! that ends it.
//!
//! ```sh
//! cargo run --example tool_server
//! TOOL_KEY=… cargo run --example tool_server -- 0.0.0.0:8080
//! ```
//!
//! With `TOOL_KEY` it serves `POST /look_up`, `/complain` and `/goodbye` until it is stopped, to those who send
//! the key as `X-Tool-Key`. For Ultravox that is a requirement of the tools' definition (`headerApiKey`) and an
//! `authTokens` of the agent that selects them. Without, it shows the definition of a tool, calls its tools itself,
//! and ends.

#![allow(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a program for the terminal tells its user what it does"
)]

use std::error::Error;
use std::process::ExitCode;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{Method, Response, StatusCode};
use axum::middleware::{self, Next};
use axum::response::IntoResponse;
use axum::routing::post;
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use ultravox::schemars::{self, JsonSchema};
use ultravox::tools::definition::{self, DefinitionError};
use ultravox::tools::{self, AgentReaction, NewStage, ToolResponse};
use ultravox::types::{
    HeaderApiKeyRequirement, SecurityOptions, SecurityRequirement, SecurityRequirements,
    SelectedTool, ToolRequirements,
};

/// Says where an order is.
#[derive(Deserialize, JsonSchema)]
struct LookUp {
    /// The number on the receipt.
    order: u32,
}

/// What an agent is given, so that it can call `/look_up` of the server at `url`: the parameters are those of the
/// type that the server takes.
fn look_up_of(url: &str, key: &str) -> Result<SelectedTool, DefinitionError> {
    let url = format!("{url}/look_up");
    let header = HeaderApiKeyRequirement::new().name("X-Tool-Key");
    let keyed = SecurityRequirement::new().header_api_key(header);
    let keyed = SecurityRequirements::new().requirements([("tool_key", keyed)]);
    let options = SecurityOptions::new().options([keyed]);
    let definition = definition::http::<LookUp>("look_up", Method::POST, &url)?
        .requirements(ToolRequirements::new().http_security_options(options));
    Ok(SelectedTool::temporary(definition).auth_tokens([("tool_key", key)]))
}

/// The agent reads the result, and later calls of tools find the order in the state of the call.
async fn look_up(body: Bytes) -> Response<String> {
    let LookUp { order } = match tools::parameters(&body) {
        Ok(parameters) => parameters,
        // The agent reads what is wrong, and asks the caller again.
        Err(error) => return ToolResponse::from(error).into_http(),
    };
    let found = json!({"order": order, "state": "on its way", "arrives": "tomorrow"});
    let response = ToolResponse::json(&found)
        .and_then(|response| response.update_call_state(&json!({"order": order})));
    answer(response)
}

/// Somebody else takes over: with another prompt, another voice, and the tool that ends the call.
async fn complain() -> Response<String> {
    let stage = NewStage::new()
        .system_prompt("You are the manager of a flower shop. Listen, and make it good.")
        .voice("Jessica")
        .selected_tools([SelectedTool::named("goodbye")]);
    answer(ToolResponse::new_stage(stage))
}

async fn goodbye() -> Response<String> {
    ToolResponse::hang_up().into_http()
}

/// A response that cannot be written as JSON is an error of this server.
fn answer(response: Result<ToolResponse, serde_json::Error>) -> Response<String> {
    let response = response.unwrap_or_else(|error| {
        eprintln!("not answered: {error}");
        ToolResponse::text("Something went wrong. Apologise, and go on without.")
            .status(StatusCode::INTERNAL_SERVER_ERROR)
            .agent_reaction(AgentReaction::Speaks)
    });
    response.into_http()
}

/// Refuses requests that do not have the key.
async fn keyed(
    State(key): State<String>,
    request: Request,
    next: Next,
) -> axum::response::Response {
    // Hashes are compared, so that the time that it takes reveals nothing about the key.
    let sent = request.headers().get("x-tool-key").map(Sha256::digest);
    if sent == Some(Sha256::digest(key)) {
        next.run(request).await
    } else {
        StatusCode::UNAUTHORIZED.into_response()
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
    let key = std::env::var("TOOL_KEY").unwrap_or_default();
    let serves = !key.is_empty();
    let (key, usual) = match key.as_str() {
        "" => (SAMPLE_KEY, "127.0.0.1:0"),
        key => (key, "127.0.0.1:8080"),
    };
    let address = std::env::args().nth(1).unwrap_or(usual.to_owned());
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    eprintln!("listening on {address}");

    let router = Router::new()
        .route("/look_up", post(look_up))
        .route("/complain", post(complain))
        .route("/goodbye", post(goodbye))
        .layer(middleware::from_fn_with_state(key.to_owned(), keyed));
    let server = axum::serve(listener, router);
    if serves {
        return Ok(server.await?);
    }
    let url = format!("http://{address}");
    let tool = look_up_of("https://shop.example", key)?;
    println!(
        "an agent calls look_up by {}",
        serde_json::to_string_pretty(&tool)?
    );
    tokio::select! {
        served = server => Ok(served?),
        called = call_samples(&url) => called,
    }
}

const SAMPLE_KEY: &str = "the key of the sample";

/// Calls the tools as Ultravox would, and one as somebody else could.
async fn call_samples(url: &str) -> Result<(), Box<dyn Error>> {
    let client = ultravox::reqwest::Client::builder().no_proxy().build()?;
    for (tool, parameters, key) in [
        ("look_up", r#"{"order": 7}"#, SAMPLE_KEY),
        ("look_up", r#"{"order": "the roses"}"#, SAMPLE_KEY),
        ("complain", "{}", SAMPLE_KEY),
        ("goodbye", "{}", SAMPLE_KEY),
        ("goodbye", "{}", "a guess"),
    ] {
        let request = client.post(format!("{url}/{tool}"));
        let request = request.header("x-tool-key", key).body(parameters);
        let response = request.send().await?;
        println!("{tool} {parameters} is answered with {}", response.status());
        for (name, value) in response.headers() {
            if name.as_str().starts_with("x-ultravox-") {
                println!("    {name}: {}", value.to_str()?);
            }
        }
        let body = response.text().await?;
        if !body.is_empty() {
            println!("    {body}");
        }
    }
    Ok(())
}
