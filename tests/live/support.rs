//! What the tests share.

use std::time::Duration;

use tokio::time::Instant;
use ultravox::live::{ConnectError, End, Event, Events, Sender, Session, SessionBuilder};
use ultravox::mock::live::{InMemory, LiveServer, Script};

/// A test that takes longer than this hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// A session with a server that plays this script.
pub async fn join(script: Script) -> (LiveServer, Sender, Events) {
    join_with(script, |builder| builder).await
}

pub async fn join_with(
    script: Script,
    settings: impl FnOnce(SessionBuilder) -> SessionBuilder,
) -> (LiveServer, Sender, Events) {
    let server = LiveServer::start(script).await.unwrap();
    let session = settings(server.session());
    let (sender, events) = session.connect(&server.join_url()).await.unwrap().split();
    (server, sender, events)
}

/// The same without a network, for tests that stop the clock.
pub async fn in_memory(script: Script, settings: SessionBuilder) -> (InMemory, Sender, Events) {
    let (connection, server) = script.in_memory();
    let (sender, events) = settings.over(connection).await.split();
    (server, sender, events)
}

/// All events, the last of which is the end.
pub async fn all(events: &mut Events) -> (Vec<Event>, End) {
    let mut told = Vec::new();
    let collect = async {
        while let Some(event) = events.next().await {
            told.push(event);
        }
    };
    tokio::time::timeout(PATIENCE, collect)
        .await
        .expect("the session does not end");
    match told.pop() {
        Some(Event::Ended(end)) => {
            assert!(!told.iter().any(|event| matches!(event, Event::Ended(_))));
            (told, end)
        }
        other => panic!("the last event is {other:?}"),
    }
}

/// How the session with this script ends.
pub async fn end_of(script: Script) -> End {
    let (_server, _sender, mut events) = join(script).await;
    all(&mut events).await.1
}

pub async fn refusal(join_url: &str) -> ConnectError {
    refusal_within(join_url, PATIENCE / 2).await
}

pub async fn refusal_within(join_url: &str, limit: Duration) -> ConnectError {
    let settings = Session::builder()
        .reqwest(ultravox::reqwest::Client::builder().no_proxy())
        .connect_timeout(limit);
    let connected = tokio::time::timeout(PATIENCE, settings.connect(join_url)).await;
    connected.expect("the handshake does not end").unwrap_err()
}

/// Waits until only so many tasks of the runtime are left. The test itself is none of them.
pub async fn tasks_are(expected: usize) {
    let tasks = || {
        tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks()
    };
    let start = Instant::now();
    while tasks() != expected {
        assert!(
            start.elapsed() < PATIENCE,
            "{} tasks, expected {expected}",
            tasks()
        );
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Waits until a condition holds, which takes longer on a busy machine.
pub async fn until(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(
            start.elapsed() < PATIENCE,
            "what is waited for does not happen"
        );
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
