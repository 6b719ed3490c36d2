//! Retries of requests.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};

use super::http::Failure;

const RETRIES: usize = 3;
const LONGEST_WAIT: Duration = Duration::from_secs(8);

/// The longest wait that a server can ask for.
const LONGEST_ASKED: Duration = Duration::from_secs(60);

/// Repeats `attempt` while its failure may be temporary, after increasing waits, or after the wait
/// that the server asks for if that is longer.
pub async fn retrying<T, F: Future<Output = Result<T, Failure>>>(
    first_wait: Duration,
    attempt: impl FnMut() -> F,
) -> Result<T, Failure> {
    let waits = ExponentialBuilder::default()
        .with_min_delay(first_wait)
        .with_factor(2.0)
        .with_max_delay(LONGEST_WAIT)
        .with_max_times(RETRIES)
        .with_jitter();
    attempt
        .retry(waits)
        .sleep(tokio::time::sleep)
        .when(Failure::is_transient)
        .adjust(|failure, wait| {
            let asked = match failure {
                Failure::Status { retry_after, .. } => retry_after.unwrap_or_default(),
                _ => Duration::ZERO,
            };
            wait.filter(|_| asked <= LONGEST_ASKED)
                .map(|wait| wait.max(asked))
        })
        .await
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use reqwest::StatusCode;
    use tokio::time::Instant;

    use super::*;

    const FIRST_WAIT: Duration = Duration::from_millis(500);

    fn status(code: u16, retry_after: Option<u64>) -> Failure {
        Failure::Status {
            status: StatusCode::from_u16(code).unwrap(),
            retry_after: retry_after.map(Duration::from_secs),
        }
    }

    /// Fails with these errors, then succeeds; returns the result and when each attempt was made.
    async fn attempts(failures: Vec<Failure>) -> (Result<(), Failure>, Vec<Duration>) {
        let start = Instant::now();
        let failures = RefCell::new(failures.into_iter());
        let times = RefCell::new(Vec::new());
        let result = retrying(FIRST_WAIT, async || {
            times.borrow_mut().push(start.elapsed());
            failures.borrow_mut().next().map_or(Ok(()), Err)
        })
        .await;
        (result, times.into_inner())
    }

    #[tokio::test(start_paused = true)]
    async fn waits_grow_and_attempts_end() {
        let failures = (0..9).map(|_| status(500, None)).collect();
        let (result, times) = attempts(failures).await;
        assert!(matches!(result, Err(Failure::Status { .. })));
        assert_eq!(times.len(), 1 + RETRIES);
        let waits: Vec<_> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(
            waits[0] >= FIRST_WAIT && waits[1] >= 2 * FIRST_WAIT,
            "{waits:?}"
        );
        assert!(
            waits.iter().all(|wait| *wait <= 2 * LONGEST_WAIT),
            "{waits:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_asks_for_time_gets_it() {
        let (result, times) = attempts(vec![status(429, Some(30)), status(503, Some(12))]).await;
        result.unwrap();
        assert!(times[1] - times[0] >= Duration::from_secs(30), "{times:?}");
        assert!(times[2] - times[1] >= Duration::from_secs(12), "{times:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_asks_for_too_much_time_is_not_waited_for() {
        let (result, times) = attempts(vec![status(429, Some(3600))]).await;
        let error = result.unwrap_err().to_string();
        assert!(error.contains("429") && error.contains("3600s"), "{error}");
        assert_eq!(times.len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn what_will_not_pass_is_not_tried_again() {
        for failure in [
            status(404, None),
            status(301, None),
            Failure::Large(1),
            Failure::Redirect("elsewhere".to_owned()),
        ] {
            let (result, times) = attempts(vec![failure]).await;
            assert!(result.is_err());
            assert_eq!(times.len(), 1);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_breaks_is_tried_again() {
        let (result, times) = attempts(vec![Failure::Connection("reset".to_owned())]).await;
        result.unwrap();
        assert_eq!(times.len(), 2);
    }
}
