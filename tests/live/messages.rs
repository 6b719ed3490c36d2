//! Messages: the transcript, latency, and what is sent.

use std::time::Duration;

use serde_json::{Value, json};
use ultravox::live::{Event, Session, Utterance};
use ultravox::messages::{ClientMessage, Pong, ServerMessage, Transcript};
use ultravox::mock::live::Script;

use crate::support::{all, in_memory, join};

#[tokio::test]
async fn utterances_are_told_once_they_are_complete_beside_the_messages() {
    let script = Script::new()
        .message(Transcript::new(false, 1, "agent").delta("Good "))
        .message(Transcript::new(false, 2, "user").medium("text").text("Hel"))
        .message(Transcript::new(true, 1, "agent").delta("morning."))
        .message(Transcript::new(true, 1, "agent").text("Good morning."))
        .message(
            Transcript::new(true, 2, "user")
                .medium("text")
                .text("Hello"),
        )
        .message(Transcript::new(false, 3, "agent").delta("What w"))
        .close(1000, "");
    let (_server, _sender, mut events) = join(script).await;
    let (told, _) = all(&mut events).await;
    let raw = told
        .iter()
        .filter(|event| matches!(event, Event::Message(ServerMessage::Transcript(_))));
    assert_eq!(raw.count(), 6);
    let said: Vec<_> = told
        .iter()
        .filter_map(|event| match event {
            Event::Utterance(Utterance {
                ordinal,
                role,
                text,
                is_final,
                ..
            }) => Some((*ordinal, role.as_str(), text.as_str(), *is_final)),
            _ => None,
        })
        .collect();
    assert_eq!(
        said,
        [
            (1, "agent", "Good morning.", true),
            (2, "user", "Hello", true),
            (3, "agent", "What w", false),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn the_latency_is_how_long_a_pong_takes() {
    let (client, server) = tokio::io::duplex(4096);
    // A server that answers after 70 ms.
    tokio::spawn(async move {
        use tokio_tungstenite::WebSocketStream;
        use tokio_tungstenite::tungstenite::{Message, protocol::Role};
        let mut socket = WebSocketStream::from_raw_socket(server, Role::Server, None).await;
        loop {
            let next = std::future::poll_fn(|cx| {
                futures_core::Stream::poll_next(std::pin::Pin::new(&mut socket), cx)
            });
            let Some(Ok(message)) = next.await else {
                return;
            };
            let Message::Text(text) = message else {
                continue;
            };
            let ClientMessage::Ping(ping) = serde_json::from_str(&text).unwrap() else {
                panic!("{text}");
            };
            tokio::time::sleep(Duration::from_millis(70)).await;
            let pong = ServerMessage::from(Pong::new(ping.timestamp));
            let pong = Message::text(serde_json::to_string(&pong).unwrap());
            let mut socket = std::pin::Pin::new(&mut socket);
            futures_sink::Sink::start_send(socket.as_mut(), pong).unwrap();
            std::future::poll_fn(|cx| futures_sink::Sink::poll_flush(socket.as_mut(), cx))
                .await
                .unwrap();
        }
    });
    let settings = Session::builder().measure_latency(Duration::from_secs(10));
    let (sender, mut events) = settings.over(client).await.split();
    assert_eq!(sender.latency(), None);
    let mut measured = Vec::new();
    while measured.len() < 3 {
        if let Some(Event::Latency(latency)) = events.next().await {
            measured.push(latency);
        }
    }
    assert_eq!(measured, [Duration::from_millis(70); 3]);
    assert_eq!(sender.latency(), Some(Duration::from_millis(70)));
}

#[tokio::test(start_paused = true)]
async fn a_ping_that_is_asked_for_is_sent_with_the_time() {
    let script = Script::new().wait_for(|message| matches!(message, ClientMessage::Ping(_)));
    let (server, sender, mut events) = in_memory(script.close(1000, ""), Session::builder()).await;
    sender.ping().await.unwrap();
    all(&mut events).await;
    let [ClientMessage::Ping(ping)] = &server.received().messages()[..] else {
        panic!();
    };
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs_f64();
    assert!((ping.timestamp - now).abs() < 60.0, "{}", ping.timestamp);
}

#[tokio::test]
async fn messages_are_sent_as_the_documentation_spells_them() {
    let (server, sender, mut events) = join(Script::new().wait_for_hang_up().close(1000, "")).await;
    sender.text("Where is my order?").await.unwrap();
    sender.say("One moment.").await.unwrap();
    sender.hang_up().await.unwrap();
    all(&mut events).await;
    let sent: Vec<Value> = server
        .received()
        .messages()
        .iter()
        .map(|message| serde_json::to_value(message).unwrap())
        .collect();
    assert_eq!(
        sent,
        [
            json!({"type": "user_text_message", "text": "Where is my order?"}),
            json!({"type": "forced_agent_message", "content": "One moment."}),
            json!({"type": "hang_up"}),
        ]
    );
    assert_eq!(server.received().unreadable(), [""; 0]);
}
