//! A server that a telephony provider asks about incoming calls: it creates a call of Ultravox, and answers with
//! the XML that connects the two.
//!
//! ```sh
//! cargo run --example incoming_call
//! ULTRAVOX_API_KEY=… cargo run --example incoming_call -- AGENT_ID 0.0.0.0:8080
//! ```
//!
//! With `ULTRAVOX_API_KEY` it serves `POST /twilio`, `/telnyx` and `/plivo` until it is stopped. Without, it asks a
//! server of its own on 127.0.0.1 in place of the API, is its own provider, and ends.
//!
//! Each answer creates a call that is billed once it is joined. Before you give the address to anyone,
//! verify the provider's signature too, in the way that its documentation describes.

#![allow(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a program for the terminal tells its user what it does"
)]

use std::error::Error;
use std::process::ExitCode;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{Response, StatusCode};
use axum::routing::post;
use httpmock::MockServer;
use tokio::net::TcpListener;
use ultravox::mock::{self, MockServerExt};
use ultravox::types::{Call, CallMedium};
use ultravox::{Client, telephony};
use uuid::Uuid;

const USAGE: &str = "usage: incoming_call AGENT_ID [ADDRESS]";

#[derive(Clone)]
struct Server {
    client: Client,
    agent_id: Uuid,
}

async fn incoming(
    State(server): State<Server>,
    Path(provider): Path<String>,
) -> Result<Response<String>, StatusCode> {
    type Answer = fn(&str) -> Response<String>;
    let (medium, answer): (CallMedium, Answer) = match provider.as_str() {
        "twilio" => (CallMedium::twilio(), telephony::twiml),
        "telnyx" => (CallMedium::telnyx(), telephony::texml),
        "plivo" => (CallMedium::plivo(), telephony::plivo_xml),
        _ => return Err(StatusCode::NOT_FOUND),
    };
    let calls = server.client.agents().calls();
    match calls.create(server.agent_id).medium(medium).await {
        Ok(Call {
            join_url: Some(join_url),
            ..
        }) => Ok(answer(&join_url)),
        Ok(call) => {
            eprintln!("the call {} cannot be joined", call.call_id);
            Err(StatusCode::BAD_GATEWAY)
        }
        Err(error) => {
            eprintln!("no call was created: {error}");
            Err(StatusCode::BAD_GATEWAY)
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
    if std::env::var_os("ULTRAVOX_API_KEY").is_some_and(|key| !key.is_empty()) {
        let mut arguments = std::env::args().skip(1);
        let agent_id = arguments.next().ok_or(USAGE)?;
        let agent_id = agent_id
            .parse()
            .map_err(|_| format!("`{agent_id}` is not the id of an agent; {USAGE}"))?;
        let address = arguments.next().unwrap_or("127.0.0.1:8080".to_owned());
        let listener = TcpListener::bind(address).await?;
        eprintln!("listening on {}", listener.local_addr()?);
        let client = Client::from_env()?;
        return Ok(axum::serve(listener, router(Server { client, agent_id })).await?);
    }
    let api = MockServer::start_async().await;
    let url = api.base_url();
    eprintln!("ULTRAVOX_API_KEY is not set: asking an embedded server at {url}");
    let mut call: Call = mock::sample();
    call.join_url = Some("wss://voice.example/calls/1?side=caller&token=sample".into());
    api.agents_calls_create(|_when, then| drop(then.created(&call)));
    let client = mock::client(&api)?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let agent_id = Uuid::nil();
    tokio::select! {
        served = axum::serve(listener, router(Server { client, agent_id })) => Ok(served?),
        rung = ring(&url) => rung,
    }
}

fn router(server: Server) -> Router {
    Router::new()
        .route("/{provider}", post(incoming))
        .with_state(server)
}

/// Asks as the providers do.
async fn ring(url: &str) -> Result<(), Box<dyn Error>> {
    let client = ultravox::reqwest::Client::builder().no_proxy().build()?;
    for provider in ["twilio", "telnyx", "plivo"] {
        let response = client.post(format!("{url}/{provider}")).send().await?;
        println!("{provider} is answered with {}", response.status());
        println!("{}", response.text().await?);
    }
    Ok(())
}
