//! Audio in both directions, mostly while the clock is stopped.

use std::time::Duration;

use tokio::time::Instant;
use ultravox::live::{End, Event, Session, Underrun};
use ultravox::messages::PlaybackClearBuffer;
use ultravox::mock::live::Script;

use crate::support::{all, in_memory, tasks_are};

const FRAME: Duration = Duration::from_millis(20);
const HZ: u32 = 8000;
const FRAME_BYTES: usize = 320;

fn paced() -> ultravox::live::SessionBuilder {
    Session::builder().input_sample_rate(HZ)
}

/// Only reads.
fn listening() -> Script {
    Script::new().pause(Duration::from_secs(3600))
}

#[tokio::test(start_paused = true)]
async fn ten_minutes_of_audio_go_out_within_one_frame_of_their_times() {
    let (server, sender, _events) = in_memory(listening(), paced()).await;
    let start = Instant::now();
    let total = FRAME_BYTES * 50 * 600;
    let audio: Vec<u8> = (0..total).map(|index| (index % 251) as u8).collect();
    // As fast as it is taken.
    for piece in audio.chunks(10_007) {
        sender.audio(piece.to_vec()).await.unwrap();
    }
    sender.flush().await.unwrap();
    assert!(
        start.elapsed() >= Duration::from_secs(600) - FRAME,
        "{:?}",
        start.elapsed()
    );
    let frames = loop {
        let frames = server.received().audio();
        if frames.iter().map(|(_, frame)| frame.len()).sum::<usize>() == total {
            break frames;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    };
    assert_eq!(frames.len(), 30_000);
    let mut received = Vec::with_capacity(total);
    for (index, (at, frame)) in frames.iter().enumerate() {
        let due = start + FRAME * u32::try_from(index).unwrap();
        assert!(
            *at >= due && *at - due <= FRAME,
            "frame {index}: {:?} for {:?}",
            *at - start,
            due - start
        );
        received.extend_from_slice(frame);
    }
    assert!(received == audio);
}

#[tokio::test(start_paused = true)]
async fn a_producer_that_is_twice_as_fast_is_held_back() {
    let settings = paced().audio_buffer(Duration::from_millis(500));
    let (_server, sender, _events) = in_memory(listening(), settings).await;
    let start = Instant::now();
    for index in 0..500_u32 {
        // 20 ms of audio each 10 ms.
        tokio::time::sleep_until((start + FRAME / 2 * index).max(Instant::now())).await;
        sender.audio(vec![1; FRAME_BYTES]).await.unwrap();
        let ahead = FRAME * (index + 1);
        let allowed = start.elapsed() + Duration::from_millis(500) + 2 * FRAME;
        assert!(
            ahead <= allowed,
            "{ahead:?} were taken in {:?}",
            start.elapsed()
        );
    }
    assert!(
        start.elapsed() >= Duration::from_secs(9),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn a_slow_producer_gets_a_gap_or_silence_as_asked() {
    for (underrun, frames, silent) in [(Underrun::Gap, 250, 0), (Underrun::Silence, 500, 250)] {
        let (server, sender, _events) = in_memory(listening(), paced().underrun(underrun)).await;
        let start = Instant::now();
        for index in 0..250_u32 {
            tokio::time::sleep_until(start + 2 * FRAME * index).await;
            sender.audio(vec![1; FRAME_BYTES]).await.unwrap();
        }
        tokio::time::sleep_until(start + Duration::from_secs(10)).await;
        let received = server.received().audio();
        let count = received.len();
        assert!(
            (frames - 2..=frames + 2).contains(&count),
            "{underrun:?}: {count}"
        );
        let quiet = received
            .iter()
            .filter(|(_, frame)| frame.iter().all(|byte| *byte == 0));
        let quiet = quiet.count();
        assert!(
            (silent..=silent + 2).contains(&quiet),
            "{underrun:?}: {quiet} silent"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_not_said_yet_can_be_taken_back() {
    let (server, sender, _events) = in_memory(listening(), paced()).await;
    sender.audio(vec![1; FRAME_BYTES * 40]).await.unwrap();
    tokio::time::sleep(Duration::from_millis(105)).await;
    let unsaid = sender.clear();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let frames = server.received().audio().len();
    assert_eq!(frames, 6);
    assert_eq!(unsaid, FRAME * 34);
    sender.flush().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_message_does_not_wait_for_audio() {
    let (server, sender, _events) = in_memory(Script::new(), paced()).await;
    sender.audio(vec![1; FRAME_BYTES * 40]).await.unwrap();
    sender.say("Excuse me.").await.unwrap();
    tokio::time::sleep(FRAME).await;
    assert_eq!(server.received().messages().len(), 1);
    assert!(server.received().audio().len() < 3);
}

#[tokio::test(start_paused = true)]
async fn audio_that_arrives_early_is_handed_out_at_its_times() {
    let audio: Vec<u8> = (0..FRAME_BYTES * 100)
        .map(|index| (index % 251) as u8)
        .collect();
    let script = Script::new().audio(audio.clone()).close(1000, "");
    let settings = Session::builder()
        .output_sample_rate(HZ)
        .play_in_real_time();
    let (_server, _sender, mut events) = in_memory(script, settings).await;
    let start = Instant::now();
    let mut played = Vec::new();
    let mut frames = 0;
    while let Some(event) = events.next().await {
        match event {
            Event::Audio(frame) => {
                assert_eq!(start.elapsed().as_millis(), 20 * frames);
                frames += 1;
                played.extend_from_slice(&frame);
            }
            // It comes last, although the server closed long before.
            Event::Ended(end) => assert!(matches!(end, End::CallEnded(_)), "{end:?}"),
            _ => {}
        }
    }
    assert_eq!(frames, 100);
    assert!(played == audio);
}

#[tokio::test(start_paused = true)]
async fn an_interruption_drops_what_was_not_played_yet() {
    for plays in [true, false] {
        let script = Script::new()
            .audio(vec![1; FRAME_BYTES * 100])
            .pause(Duration::from_millis(205))
            .message(PlaybackClearBuffer::new())
            .audio(vec![2; FRAME_BYTES])
            .close(1000, "");
        let mut settings = Session::builder().output_sample_rate(HZ);
        if plays {
            settings = settings.play_in_real_time();
        }
        let (_server, _sender, mut events) = in_memory(script, settings).await;
        if !plays {
            // Nothing is taken before the interruption.
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        let (told, _) = all(&mut events).await;
        let mut ones = 0;
        let mut twos = 0;
        for event in &told {
            if let Event::Audio(audio) = event {
                ones += audio.iter().filter(|byte| **byte == 1).count();
                twos += audio.iter().filter(|byte| **byte == 2).count();
            }
        }
        let expected = if plays { FRAME_BYTES * 11 } else { 0 };
        assert_eq!((ones, twos), (expected, FRAME_BYTES), "plays: {plays}");
    }
}

#[tokio::test(start_paused = true)]
async fn audio_goes_both_ways_at_once() {
    let script = Script::new().echo(Duration::from_secs(5)).close(1000, "");
    let (_server, sender, mut events) = in_memory(script, paced()).await;
    let spoken = tokio::spawn(async move {
        for _ in 0..200 {
            sender.audio(vec![1; FRAME_BYTES]).await.unwrap();
        }
        sender.flush().await.unwrap();
    });
    let (told, _) = all(&mut events).await;
    spoken.await.unwrap();
    let heard: usize = told
        .iter()
        .map(|event| match event {
            Event::Audio(audio) => audio.len(),
            _ => 0,
        })
        .sum();
    assert_eq!(heard, FRAME_BYTES * 200);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_echoes_stops_when_the_session_ends() {
    let script = Script::new().echo(Duration::from_secs(3600));
    let (_server, sender, mut events) = in_memory(script, paced()).await;
    sender.close();
    assert_eq!(all(&mut events).await.1, End::Left);
    tasks_are(0).await;
}
