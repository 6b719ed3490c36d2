//! What goes wrong in a session: each fault has a name, and leaves nothing behind.

use std::time::Duration;

use ultravox::live::{End, Event, InvalidMessage, Loss, Session, Violation};
use ultravox::messages::{ServerMessage, State};
use ultravox::mock::live::Script;

use crate::support::{all, end_of, in_memory, join, join_with, tasks_are, until};

/// A frame of a server: its first byte, and what it holds.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match u8::try_from(payload.len()) {
        Ok(length @ ..126) => frame.push(length),
        _ => {
            frame.push(127);
            frame.extend((payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    frame
}

fn started() -> Script {
    Script::new().call_started()
}

#[tokio::test]
async fn a_server_that_closes_before_anything_was_said_has_not_started() {
    for (script, code) in [
        (Script::new().close(1000, "too late"), 1000),
        (Script::new().close(1008, "too late"), 1008),
    ] {
        let End::NotStarted(close) = end_of(script).await else {
            panic!();
        };
        assert_eq!(
            (close.code, close.reason.as_str()),
            (Some(code), "too late")
        );
    }
    tasks_are(0).await;
}

#[tokio::test]
async fn a_connection_that_ends_without_being_closed_is_lost() {
    for script in [
        Script::new().cut(),
        started().cut(),
        // Within a frame: its head announces 100 bytes.
        started().raw(&b"\x81\x64{\"type\""[..]).cut(),
        started().raw(&b"\x82"[..]).cut(),
    ] {
        assert_eq!(end_of(script).await, End::NetworkLost(Loss::Eof));
    }
    tasks_are(0).await;
}

#[tokio::test]
async fn a_connection_that_is_reset_is_lost() {
    let end = end_of(started().pause(Duration::from_millis(20)).reset()).await;
    let kind = std::io::ErrorKind::ConnectionReset;
    assert_eq!(end, End::NetworkLost(Loss::Io { kind }));
    tasks_are(0).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_gone_without_a_word_is_lost_after_a_while() {
    let script = started().go_silent(Duration::from_secs(3600));
    let settings = Session::builder().idle_timeout(Duration::from_secs(12));
    let (server, _sender, mut events) = in_memory(script, settings).await;
    let start = tokio::time::Instant::now();
    let (_, end) = all(&mut events).await;
    let after = Duration::from_secs(12);
    assert_eq!(end, End::NetworkLost(Loss::Silent { after }));
    assert_eq!(start.elapsed(), after);
    drop(server);
    tasks_are(0).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_only_answers_pings_is_there() {
    let script = started().pause(Duration::from_secs(3600)).close(1000, "");
    let settings = Session::builder().idle_timeout(Duration::from_secs(12));
    let (_server, _sender, mut events) = in_memory(script, settings).await;
    let start = tokio::time::Instant::now();
    while let Some(event) = events.next().await {
        if let Event::Ended(end) = event {
            assert!(matches!(end, End::CallEnded(_)), "{end:?}");
        }
    }
    assert_eq!(start.elapsed().as_secs(), 3600);
}

#[tokio::test]
async fn a_message_that_is_too_long_ends_the_session_before_it_is_read() {
    // Its head announces an exabyte, of which nothing follows.
    let head = [&[0x82, 127][..], &(1_u64 << 60).to_be_bytes()].concat();
    let script = started().raw(head).pause(Duration::from_secs(5));
    let End::Protocol(Violation::TooLarge { size, limit }) = end_of(script).await else {
        panic!();
    };
    assert_eq!((size, limit), (1 << 60, 4 << 20));
    // The same in pieces, which are not too long each.
    let piece = |first| frame(first, &[b' '; 40_000]);
    let script = started().raw([piece(0x01), piece(0x00), piece(0x00)].concat());
    let (server, _sender, mut events) =
        join_with(script, |settings| settings.max_message_bytes(100_000)).await;
    let (_, end) = all(&mut events).await;
    assert!(
        matches!(
            end,
            End::Protocol(Violation::TooLarge { limit: 100_000, .. })
        ),
        "{end:?}"
    );
    until(|| server.received().close_code().is_some()).await;
    assert_eq!(server.received().close_code(), Some(1009));
    drop(server);
    tasks_are(0).await;
}

#[tokio::test]
async fn text_that_is_not_utf_8_ends_the_session() {
    let script = started().raw(frame(0x81, b"{\"type\": \"\xff\"}"));
    let (server, _sender, mut events) = join(script).await;
    assert_eq!(all(&mut events).await.1, End::Protocol(Violation::Utf8));
    until(|| server.received().close_code().is_some()).await;
    assert_eq!(server.received().close_code(), Some(1007));
    drop(server);
    tasks_are(0).await;
}

#[tokio::test]
async fn frames_that_break_the_protocol_end_the_session() {
    for bytes in [
        frame(0xf1, b"reserved bits"),
        frame(0x83, b"a reserved kind"),
        frame(0x80, b"the rest of nothing"),
        frame(0x09, b"a ping in pieces"),
        frame(0x89, &[0; 126]),
        // A server masks nothing.
        vec![0x81, 0x82, 1, 2, 3, 4, 5, 6],
        // Its first two bytes announce 84 more.
        b"HTTP/1.1 400 Bad Request\r\n".repeat(4),
    ] {
        let end = end_of(started().raw(bytes.clone())).await;
        assert!(
            matches!(end, End::Protocol(Violation::Frames { .. })),
            "{bytes:?}: {end:?}"
        );
    }
    tasks_are(0).await;
}

#[tokio::test]
async fn a_message_that_cannot_be_read_is_told_and_the_call_goes_on() {
    let script = started()
        .text("{\"type\": \"state\", ")
        // Audio as some protocols send it.
        .text("UklGRiQAAABXQVZF")
        .text("[{\"type\": \"state\"}]")
        .text("{\"type\": \"state\", \"state\": 7}")
        .audio(vec![1, 2, 3])
        .text("{\"type\": \"weather\", \"sun\": true}")
        .message(State::new("listening"))
        .close(1000, "");
    let (_server, _sender, mut events) = join(script).await;
    let (told, end) = all(&mut events).await;
    assert!(matches!(end, End::CallEnded(_)), "{end:?}");
    let [
        Event::Message(ServerMessage::CallStarted(_)),
        Event::Invalid(InvalidMessage::Json { .. }),
        Event::Invalid(InvalidMessage::Json { .. }),
        Event::Invalid(InvalidMessage::Message { .. }),
        Event::Invalid(InvalidMessage::Message { .. }),
        Event::Audio(audio),
        Event::Invalid(InvalidMessage::Audio { length: 3 }),
        Event::Message(ServerMessage::Unknown(_)),
        Event::Message(ServerMessage::State(_)),
    ] = &told[..]
    else {
        panic!("{told:#?}");
    };
    assert_eq!(audio[..], [1, 2]);
}

#[tokio::test]
async fn a_receiver_that_stops_reading_holds_up_the_server_and_then_ends_the_session() {
    let audio = vec![7; 64 * 1024];
    let mut script = started();
    for _ in 0..400 {
        script = script.audio(audio.clone());
    }
    let (server, sender, mut events) = join_with(script, |settings| {
        settings
            .receive_buffer(1 << 20)
            .stall_timeout(Duration::from_millis(300))
    })
    .await;
    // Nothing is taken until the session is over.
    until(|| sender.end().is_some()).await;
    let (told, end) = all(&mut events).await;
    let after = Duration::from_millis(300);
    assert_eq!(end, End::ReceiverStalled { after });
    let kept: usize = told
        .iter()
        .map(|event| match event {
            Event::Audio(audio) => audio.len(),
            _ => 0,
        })
        .sum();
    assert!(
        (1 << 20..(1 << 20) + 2 * audio.len()).contains(&kept),
        "{kept}"
    );
    drop(server);
    tasks_are(0).await;
}

#[tokio::test]
async fn a_receiver_that_reads_again_in_time_gets_everything() {
    let mut script = started();
    for index in 0..200_u8 {
        script = script.audio(vec![index; 32 * 1024]);
    }
    let (_server, _sender, mut events) = join_with(script.close(1000, ""), |settings| {
        settings.receive_buffer(100_000)
    })
    .await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let (told, end) = all(&mut events).await;
    assert!(matches!(end, End::CallEnded(_)), "{end:?}");
    let firsts: Vec<u8> = told
        .iter()
        .filter_map(|event| match event {
            Event::Audio(audio) => Some(audio[0]),
            _ => None,
        })
        .collect();
    assert_eq!(firsts, (0..200).collect::<Vec<u8>>());
}

#[tokio::test]
async fn a_server_that_reads_nothing_holds_up_the_writer_and_is_lost() {
    let script = started().go_silent(Duration::from_secs(3600));
    let (server, sender, mut events) = join_with(script, |settings| {
        settings.idle_timeout(Duration::from_millis(600))
    })
    .await;
    let mut written = 0;
    // Without a rate nothing but the connection holds it up.
    let error = loop {
        match sender.audio(vec![0; 64 * 1024]).await {
            Ok(()) => written += 1,
            Err(error) => break error,
        }
        assert!(written < 1000, "nothing holds the writer up");
    };
    assert!(
        matches!(error, ultravox::live::SendError::Ended(_)),
        "{error:?}"
    );
    let (_, end) = all(&mut events).await;
    assert!(
        matches!(end, End::NetworkLost(Loss::Silent { .. })),
        "{end:?}"
    );
    drop(server);
    tasks_are(0).await;
}
