//! The accepting half of a data connection, with a server of axum.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use axum::routing::any;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpListener;
use ultravox::http::{HeaderMap, Response, StatusCode};
use ultravox::live::{ConnectError, DataConnection, DataConnectionError, Event, Session, Tools};
use ultravox::mock::live::{Script, play_data_connection};
use ultravox::tools::ToolResponse;
use ultravox::webhooks::Verifier;

use crate::support::until;

#[derive(Deserialize)]
struct Pay {
    cents: u32,
}

type Told = Arc<Mutex<Vec<Event>>>;

async fn accept(
    verifier: Verifier,
    told: Told,
    mut request: Request,
) -> Response<axum::body::Body> {
    let refused = |error: DataConnectionError| error.response().map(|()| axum::body::Body::empty());
    let connection = match DataConnection::verify(&verifier, request.headers()) {
        Ok(connection) => connection,
        Err(error) => return refused(error),
    };
    assert_eq!(
        connection.call_id(),
        Some("00000000-0000-0000-0000-000000000000")
    );
    let response = connection.response();
    tokio::spawn(async move {
        let upgraded = TokioIo::new(hyper::upgrade::on(&mut request).await.unwrap());
        let tools = Tools::new().tool("pay", |Pay { cents }| async move {
            ToolResponse::text(format!("paid {cents}"))
        });
        let settings = Session::builder().tools(tools);
        let (sender, mut events) = connection.open(&settings, upgraded).await.split();
        sender.say("I am listening.").await.unwrap();
        while let Some(event) = events.next().await {
            told.lock().unwrap().push(event);
        }
    });
    response.map(|()| axum::body::Body::empty())
}

async fn server(secret: &str) -> (String, Told) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/data", listener.local_addr().unwrap());
    let (verifier, told) = (Verifier::new([secret]), Told::default());
    let events = Arc::clone(&told);
    let handler =
        any(move |request: Request| accept(verifier.clone(), Arc::clone(&events), request));
    let router = Router::new().route("/data", handler);
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, told)
}

#[tokio::test]
async fn a_data_connection_hears_the_call_speaks_and_runs_its_tools() {
    let (url, told) = server("a shared secret of the call").await;
    let script = Script::new()
        .call_started()
        .audio(vec![1; 640])
        .call_data_connection_tool("pay", "i-1", json!({"cents": 250}))
        .wait_for_result()
        .close(1000, "");
    let received = play_data_connection(&url, "a shared secret of the call", script)
        .await
        .unwrap();
    let sent: Vec<_> = received
        .messages()
        .iter()
        .map(|message| serde_json::to_value(message).unwrap())
        .collect();
    assert_eq!(
        sent,
        [
            json!({"type": "forced_agent_message", "content": "I am listening."}),
            json!({"type": "data_connection_tool_result", "invocationId": "i-1", "result": "paid 250"}),
        ]
    );
    until(|| matches!(told.lock().unwrap().last(), Some(Event::Ended(_)))).await;
    let events = told.lock().unwrap().clone();
    let expected = |event: &Event| matches!(event, Event::Audio(audio) if audio.len() == 640);
    assert!(events.iter().any(expected), "{events:?}");
    assert!(
        matches!(
            events.last(),
            Some(Event::Ended(ultravox::live::End::CallEnded(_)))
        ),
        "{events:?}"
    );
}

#[tokio::test]
async fn a_connection_with_another_secret_is_refused_before_it_is_opened() {
    let (url, told) = server("a shared secret of the call").await;
    let error = play_data_connection(&url, "a guess", Script::new())
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            ConnectError::Refused {
                status: StatusCode::UNAUTHORIZED,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(told.lock().unwrap().is_empty());
}

#[test]
fn a_request_that_opens_no_websocket_is_refused() {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("connection", "keep-alive, Upgrade"),
        ("upgrade", "WebSocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ] {
        let error = DataConnection::trust(&headers).unwrap_err();
        assert!(
            matches!(error, DataConnectionError::NotWebSocket { .. }),
            "{error:?}"
        );
        assert_eq!(error.response().status(), StatusCode::BAD_REQUEST);
        headers.insert(name, value.parse().unwrap());
    }
    let connection = DataConnection::trust(&headers).unwrap();
    assert_eq!(connection.call_id(), None);
    // The example of RFC 6455.
    let response = connection.response();
    assert_eq!(
        response.headers()["sec-websocket-accept"],
        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    );
    assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS);
}
