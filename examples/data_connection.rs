//! A server that Ultravox opens data connections to: it follows each call, and runs a tool for its agent, whatever
//! the medium of the call.
//!
//! ```sh
//! cargo run --example data_connection
//! SHARED_SECRET=… cargo run --example data_connection -- 0.0.0.0:8080
//! ```
//!
//! With `SHARED_SECRET` it accepts connections to `/data` until it is stopped: a call has its address as the
//! `websocketUrl` of its `dataConnection`, and the secret among its `sharedSecrets`. Without, it opens two of them
//! itself, one with a secret that is not right, and ends.

#![allow(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a program for the terminal tells its user what it does"
)]

use std::error::Error;
use std::process::ExitCode;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Response;
use axum::routing::any;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpListener;
use ultravox::live::{DataConnection, Event, Session, SessionBuilder, Tools};
use ultravox::messages::Transcript;
use ultravox::mock::live::{Script, play_data_connection};
use ultravox::tools::ToolResponse;
use ultravox::webhooks::Verifier;

#[derive(Deserialize)]
struct Charge {
    cents: u32,
}

#[derive(Clone)]
struct Server {
    verifier: Verifier,
    settings: SessionBuilder,
}

impl Server {
    fn new(secret: &str) -> Self {
        let tools = Tools::new().tool("charge", |Charge { cents }| async move {
            match cents {
                0 => Err("nothing to charge"),
                _ => Ok(ToolResponse::text(format!("Charged {cents} cents."))),
            }
        });
        Self {
            verifier: Verifier::new([secret]),
            settings: Session::builder().tools(tools),
        }
    }
}

/// Nobody gets further than this without a signature.
async fn data(State(server): State<Server>, mut request: Request) -> Response<Body> {
    let connection = match DataConnection::verify(&server.verifier, request.headers()) {
        Ok(connection) => connection,
        Err(error) => {
            eprintln!("refused: {error}");
            return error.response().map(|()| Body::empty());
        }
    };
    let response = connection.response();
    // The connection is upgraded once the response is sent.
    tokio::spawn(async move {
        match hyper::upgrade::on(&mut request).await {
            Ok(upgraded) => follow(connection, &server.settings, TokioIo::new(upgraded)).await,
            Err(error) => eprintln!("not upgraded: {error}"),
        }
    });
    response.map(|()| Body::empty())
}

/// Follows a call until it ends.
async fn follow(
    connection: DataConnection,
    settings: &SessionBuilder,
    upgraded: TokioIo<hyper::upgrade::Upgraded>,
) {
    let call = connection.call_id().unwrap_or_default().to_owned();
    let (sender, mut events) = connection.open(settings, upgraded).await.split();
    while let Some(event) = events.next().await {
        match event {
            Event::Utterance(said) => {
                println!("{call} {}: {}", said.role, said.text);
                if said.text.contains("lawyer")
                    && let Err(error) = sender.say("I connect you with my manager.").await
                {
                    eprintln!("{call} {error}");
                }
            }
            Event::ToolFailed(failure) => println!("{call} {failure}"),
            Event::Ended(end) => println!("{call} {end}"),
            _ => {}
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
    let secret = std::env::var("SHARED_SECRET").unwrap_or_default();
    let serves = !secret.is_empty();
    let (secret, usual) = match secret.as_str() {
        "" => (SAMPLE_SECRET, "127.0.0.1:0"),
        secret => (secret, "127.0.0.1:8080"),
    };
    let address = std::env::args().nth(1).unwrap_or(usual.to_owned());
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    eprintln!("listening on {address}");

    let router = Router::new()
        .route("/data", any(data))
        .with_state(Server::new(secret));
    let server = axum::serve(listener, router);
    if serves {
        return Ok(server.await?);
    }
    let url = format!("ws://{address}/data");
    tokio::select! {
        served = server => Ok(served?),
        played = play_sample(&url) => played,
    }
}

const SAMPLE_SECRET: &str = "the shared secret of the sample";

/// A call as Ultravox would send it, and a guess that somebody else could make.
async fn play_sample(url: &str) -> Result<(), Box<dyn Error>> {
    if let Err(error) = play_data_connection(url, "a guess", Script::new()).await {
        println!("a guess: {error}");
    }
    let call = Script::new()
        .call_started()
        .message(Transcript::new(true, 1, "user").text("Charge 250 cents, or I call my lawyer."))
        .call_data_connection_tool("charge", "1", json!({"cents": 250}))
        .wait_for_result()
        .call_data_connection_tool("charge", "2", json!({"cents": 0}))
        .wait_for_result()
        .close(1000, "");
    let received = play_data_connection(url, SAMPLE_SECRET, call).await?;
    for message in received.messages() {
        println!("sent {}", serde_json::to_string(&message)?);
    }
    // The server prints how it ended.
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    Ok(())
}
