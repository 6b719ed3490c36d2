//! How sessions end, each end told apart.

use std::time::Duration;

use futures_sink::Sink;
use std::pin::Pin;
use ultravox::live::{End, Event, Outgoing, SendError};
use ultravox::messages::{ClientMessage, HangUp};
use ultravox::mock::live::Script;

use crate::support::{all, end_of, in_memory, join, tasks_are, until};

#[tokio::test]
async fn who_hung_up_is_told_apart() {
    let call = Script::new().call_started();
    let (server, sender, mut events) =
        join(call.clone().wait_for_hang_up().close(1000, "bye")).await;
    sender
        .message(HangUp::new().message("Goodbye!"))
        .await
        .unwrap();
    let (_, end) = all(&mut events).await;
    let End::HungUp(close) = end else {
        panic!("{end:?}");
    };
    assert_eq!((close.code, &*close.reason), (Some(1000), "bye"));
    assert!(matches!(
        &server.received().messages()[..],
        [ClientMessage::HangUp(_)]
    ));
    assert_eq!(server.received().close_code(), None);

    let end = end_of(call.clone().close(1000, "")).await;
    assert!(matches!(end, End::CallEnded(_)), "{end:?}");
    let end = end_of(call.close(1011, "out of\u{1b} order")).await;
    let End::ServerClosed(close) = end else {
        panic!("{end:?}");
    };
    assert_eq!(close.to_string(), "code 1011, out of\\u{1b} order");
    drop(server);
    tasks_are(0).await;
}

#[tokio::test]
async fn a_session_that_is_closed_here_has_left() {
    let (server, sender, mut events) = join(Script::new().call_started()).await;
    sender.close();
    let (_, end) = all(&mut events).await;
    assert_eq!(end, End::Left);
    assert_eq!(server.received().close_code(), Some(1000));
    let error = sender.say("too late").await.unwrap_err();
    assert!(matches!(error, SendError::Ended(End::Left)), "{error:?}");
    let error = sender.audio(vec![0; 2]).await.unwrap_err();
    assert!(matches!(error, SendError::Ended(End::Left)), "{error:?}");
    assert_eq!(sender.end(), Some(End::Left));
    assert_eq!(events.next().await, None);
    drop(server);
    tasks_are(0).await;
}

#[tokio::test]
async fn a_session_whose_halves_are_dropped_leaves_and_sends_what_was_said_before() {
    let (server, sender, events) = join(Script::new().call_started()).await;
    let other = sender.clone();
    drop(events);
    drop(sender);
    // A clone is enough to stay.
    other.say("One moment.").await.unwrap();
    other.hang_up().await.unwrap();
    drop(other);
    until(|| server.received().close_code().is_some()).await;
    let messages = server.received().messages();
    assert!(
        matches!(
            &messages[..],
            [
                ClientMessage::ForcedAgentMessage(_),
                ClientMessage::HangUp(_)
            ]
        ),
        "{messages:?}"
    );
    drop(server);
    tasks_are(0).await;
}

#[tokio::test]
async fn who_reads_no_events_can_still_send() {
    let mut script = Script::new();
    for _ in 0..100 {
        script = script.audio(vec![0; 64 * 1024]);
    }
    let (server, sender, events) = join(script.wait_for_text().close(1000, "")).await;
    drop(events);
    sender.text("I am here.").await.unwrap();
    until(|| sender.end().is_some()).await;
    assert!(matches!(sender.end(), Some(End::CallEnded(_))));
    drop(server);
    tasks_are(0).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_answer_the_closing_is_not_waited_for_longer_than_said() {
    let script = Script::new()
        .call_started()
        .go_silent(Duration::from_secs(3600));
    let settings = ultravox::live::Session::builder().close_timeout(Duration::from_secs(3));
    let (_server, sender, mut events) = in_memory(script, settings).await;
    assert!(matches!(events.next().await, Some(Event::Message(_))));
    let start = tokio::time::Instant::now();
    sender.close();
    assert_eq!(events.next().await, Some(Event::Ended(End::Left)));
    assert_eq!(start.elapsed(), Duration::from_secs(3));
}

#[tokio::test]
async fn a_sink_that_is_closed_has_sent_everything_and_ended_the_session() {
    let (server, mut sender, mut events) = join(Script::new().call_started()).await;
    let mut sink = Pin::new(&mut sender);
    std::future::poll_fn(|cx| sink.as_mut().poll_ready(cx))
        .await
        .unwrap();
    sink.as_mut()
        .start_send(Outgoing::from(vec![1; 5000]))
        .unwrap();
    std::future::poll_fn(|cx| sink.as_mut().poll_ready(cx))
        .await
        .unwrap();
    let hang_up = ClientMessage::from(HangUp::new());
    sink.as_mut().start_send(Outgoing::from(hang_up)).unwrap();
    std::future::poll_fn(|cx| sink.as_mut().poll_close(cx))
        .await
        .unwrap();
    assert_eq!(all(&mut events).await.1, End::Left);
    assert_eq!(server.received().audio()[0].1.len(), 5000);
    assert_eq!(server.received().messages().len(), 1);
    assert_eq!(server.received().close_code(), Some(1000));
}

/// The runtime of the session is shut down while another reads its events.
#[test]
fn a_session_whose_runtime_is_gone_ends() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    let (first, second) = (runtime(), runtime());
    let (_server, _sender, mut events) = first.block_on(join(Script::new()));
    drop(first);
    assert_eq!(second.block_on(all(&mut events)).1, End::Left);
}
