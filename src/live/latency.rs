//! How long a message takes to the server and back: a `ping` carries a time, which its `pong` repeats.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// How many pings are waited for. A server may not answer any (`dataMessages.pong`).
const MAX_OUTSTANDING: usize = 16;

#[derive(Debug, Default)]
pub(super) struct Latency {
    /// Their timestamps, and when they were sent by a clock that only goes forward.
    outstanding: VecDeque<(f64, Instant)>,
    last: Option<Duration>,
}

impl Latency {
    /// Notes a ping that is sent now. Its timestamp: seconds since 1970, to the millisecond.
    pub(super) fn start(&mut self) -> f64 {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let timestamp = since_epoch.as_millis() as f64 / 1000.0;
        if self.outstanding.len() == MAX_OUTSTANDING {
            self.outstanding.pop_front();
        }
        self.outstanding.push_back((timestamp, Instant::now()));
        timestamp
    }

    /// How long the ping took that this pong answers. `None` if there was none.
    pub(super) fn finish(&mut self, timestamp: f64) -> Option<Duration> {
        // A server may write the number in another way: half a millisecond tells two apart.
        let is_it = |sent: f64| (sent - timestamp).abs() < 0.000_5;
        let index = self.outstanding.iter().position(|(sent, _)| is_it(*sent))?;
        let (_, sent) = self.outstanding.remove(index)?;
        self.last = Some(sent.elapsed());
        self.last
    }

    pub(super) fn last(&self) -> Option<Duration> {
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_pong_is_matched_with_its_ping_once() {
        let mut latency = Latency::default();
        let timestamp = latency.start();
        tokio::time::advance(Duration::from_millis(70)).await;
        assert_eq!(latency.finish(timestamp + 1.0), None);
        assert_eq!(latency.last(), None);
        assert_eq!(latency.finish(timestamp), Some(Duration::from_millis(70)));
        assert_eq!(latency.finish(timestamp), None);
        assert_eq!(latency.last(), Some(Duration::from_millis(70)));
    }

    #[test]
    fn pings_that_are_never_answered_fill_no_memory() {
        let mut latency = Latency::default();
        for _ in 0..1000 {
            latency.start();
        }
        assert_eq!(latency.outstanding.len(), MAX_OUTSTANDING);
    }
}
