//! Decides when a request is sent again, and after how long. It sends nothing itself.

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Method, StatusCode};
use tokio::time::Instant;

/// How often and how soon a call is retried.
///
/// Any call is retried after 429, or after 503 with `Retry-After`. Idempotent calls (GET, HEAD,
/// PUT, DELETE, OPTIONS, TRACE) are also retried after a failed connection, 502, 503 and 504.
/// `Retry-After` is respected; without it the delay doubles each time, with jitter. All of this
/// stays within the deadline of the call. See <https://docs.ultravox.ai/gettingstarted/concurrency>
/// on 429.
///
/// If a call was redirected, only the request that failed is sent again, with its own method: never the
/// request that led there, which was executed.
///
/// If a DELETE is retried after it may have been executed, because the connection broke or the
/// response was 502, 503 or 504, then a 404 is a success.
///
/// # Budget
///
/// All calls of a client and its clones share a budget of retries, as in the AWS SDKs and gRPC, so
/// that a service that fails for everybody does not get three times as many requests. A retry takes
/// one from the budget, and returns it if it succeeds; ten calls that succeed without a retry
/// return one. While the budget is empty, calls are not retried. See [`budget`](Self::budget).
///
/// ```
/// use std::time::Duration;
/// use ultravox::RetryPolicy;
///
/// let patient = RetryPolicy::default().max_retries(5).max_retry_after(Duration::from_secs(120));
/// let once = RetryPolicy::none();
/// # let _ = (patient, once);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    max_retries: u32,
    min_delay: Duration,
    max_delay: Duration,
    max_retry_after: Duration,
    budget: u32,
}

impl Default for RetryPolicy {
    /// Two retries, delays from 0.5 s to 8 s, `Retry-After` up to 30 s, a budget of 100 retries.
    fn default() -> Self {
        Self {
            max_retries: 2,
            min_delay: Duration::from_millis(500),
            max_delay: Duration::from_secs(8),
            max_retry_after: Duration::from_secs(30),
            budget: 100,
        }
    }
}

impl RetryPolicy {
    /// No retries.
    pub fn none() -> Self {
        Self::default().max_retries(0)
    }

    /// The maximum number of retries of a call, including its redirects. Default 2.
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.max_retries = retries;
        self
    }

    /// The delay before the first retry, without jitter. Default 0.5 s. Jitter adds up to the same
    /// again.
    pub fn min_delay(mut self, delay: Duration) -> Self {
        self.min_delay = delay;
        self
    }

    /// The longest delay between two attempts, without jitter. Default 8 s.
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// The longest `Retry-After` to wait for. Default 30 s. If the API asks for more, the call fails at
    /// once.
    pub fn max_retry_after(mut self, wait: Duration) -> Self {
        self.max_retry_after = wait;
        self
    }

    /// How many retries all calls of the client together may make while none succeeds. Default 100.
    pub fn budget(mut self, retries: u32) -> Self {
        self.budget = retries;
        self
    }
}

/// The retries that the calls of a client have left.
#[derive(Debug)]
pub(crate) struct Budget {
    tokens: AtomicU32,
    max: u32,
}

impl Budget {
    /// What a retry takes, in tokens.
    const RETRY: u32 = 10;
    /// What a success without a retry gives back.
    const SUCCESS: u32 = 1;

    pub(crate) fn new(policy: &RetryPolicy) -> Self {
        let max = policy.budget.saturating_mul(Self::RETRY);
        let tokens = AtomicU32::new(max);
        Self { tokens, max }
    }

    /// Takes a retry, if there is one left.
    fn take(&self) -> bool {
        let less = |tokens: u32| tokens.checked_sub(Self::RETRY);
        let order = Ordering::Relaxed;
        self.tokens.fetch_update(order, order, less).is_ok()
    }

    fn give_back(&self, tokens: u32) {
        let more = |left: u32| Some(left.saturating_add(tokens).min(self.max));
        let order = Ordering::Relaxed;
        // It always has a next value.
        let _ = self.tokens.fetch_update(order, order, more);
    }
}

/// The outcome of one attempt, as far as retries are concerned.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Outcome {
    Success,
    /// A failure that another attempt would not change, or that cannot be retried.
    Final,
    /// No connection, or one that broke before the response.
    ConnectionFailed,
    /// An error response.
    Refused(StatusCode, Option<Duration>),
}

/// Something that can be sent several times.
pub(crate) trait Attempt {
    type Answer: Send;

    /// Sends it once. `number` counts from 1.
    fn send(&mut self, number: u32) -> impl Future<Output = (Self::Answer, Outcome)> + Send;
}

/// The retries of one call, which the requests of its redirects share.
pub(crate) struct Retries<'a> {
    policy: &'a RetryPolicy,
    budget: &'a Budget,
    delays: ExponentialBackoff,
}

impl<'a> Retries<'a> {
    pub(crate) fn new(policy: &'a RetryPolicy, budget: &'a Budget) -> Self {
        let delays = ExponentialBuilder::new()
            .with_min_delay(policy.min_delay)
            .with_max_delay(policy.max_delay)
            .with_max_times(usize::try_from(policy.max_retries).unwrap_or(usize::MAX))
            .with_jitter()
            .build();
        Self {
            policy,
            budget,
            delays,
        }
    }

    /// Sends until an attempt succeeds or cannot be retried, or the policy, the budget or the deadline
    /// forbids another one. Returns the last outcome.
    pub(crate) async fn run<A: Attempt + Send>(
        &mut self,
        method: &Method,
        deadline: Instant,
        attempt: &mut A,
    ) -> A::Answer {
        let mut number = 1;
        loop {
            let (answer, outcome) = attempt.send(number).await;
            if matches!(outcome, Outcome::Success) {
                let retried = number > 1;
                self.budget.give_back(match retried {
                    true => Budget::RETRY,
                    false => Budget::SUCCESS,
                });
            }
            if !is_retried(method, outcome) {
                return answer;
            }
            let Some(backoff) = self.delays.next() else {
                return answer;
            };
            let delay = match outcome {
                Outcome::Refused(_, Some(asked)) if asked > self.policy.max_retry_after => {
                    return answer;
                }
                Outcome::Refused(_, Some(asked)) => asked,
                _ => backoff,
            };
            // Waiting past the deadline would replace the API's response with a timeout.
            if Instant::now()
                .checked_add(delay)
                .is_none_or(|then| then >= deadline)
            {
                return answer;
            }
            if !self.budget.take() {
                tracing::debug!(attempt = number, ?outcome, "the budget has no retries left");
                return answer;
            }
            tracing::debug!(attempt = number, ?outcome, ?delay, "sending again");
            tokio::time::sleep(delay).await;
            number += 1;
        }
    }
}

fn is_retried(method: &Method, outcome: Outcome) -> bool {
    match outcome {
        Outcome::Success | Outcome::Final => false,
        Outcome::ConnectionFailed => method.is_idempotent(),
        Outcome::Refused(StatusCode::TOO_MANY_REQUESTS, _)
        | Outcome::Refused(StatusCode::SERVICE_UNAVAILABLE, Some(_)) => true,
        Outcome::Refused(status, _) => {
            method.is_idempotent() && matches!(status.as_u16(), 502..=504)
        }
    }
}

/// Reads `Retry-After`, in seconds or as a date. A date in the past asks for no wait.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number that does not fit is longer than anybody waits; it must not become no wait.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Script(Vec<Outcome>, Vec<Instant>);

    impl Attempt for Script {
        type Answer = u32;

        async fn send(&mut self, number: u32) -> (u32, Outcome) {
            self.1.push(Instant::now());
            let outcome = self.0.get(number as usize - 1).copied();
            (number, outcome.unwrap_or(Outcome::Success))
        }
    }

    async fn schedule(policy: &RetryPolicy, method: Method, script: &[Outcome]) -> Vec<Duration> {
        within(&Budget::new(policy), policy, method, script).await
    }

    async fn within(
        budget: &Budget,
        policy: &RetryPolicy,
        method: Method,
        script: &[Outcome],
    ) -> Vec<Duration> {
        let mut script = Script(script.to_vec(), Vec::new());
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut retries = Retries::new(policy, budget);
        let last = retries.run(&method, deadline, &mut script).await;
        assert_eq!(last as usize, script.1.len());
        script.1.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }

    fn refused(status: u16, retry_after: Option<u64>) -> Outcome {
        let status = StatusCode::from_u16(status).unwrap();
        Outcome::Refused(status, retry_after.map(Duration::from_secs))
    }

    #[tokio::test(start_paused = true)]
    async fn delays_double_within_their_jitter_and_end_with_the_retries() {
        let policy = RetryPolicy::default()
            .max_retries(4)
            .max_delay(Duration::from_secs(2));
        let delays = schedule(&policy, Method::GET, &[refused(502, None); 9]).await;
        assert_eq!(delays.len(), 4);
        for (delay, least) in delays.iter().zip([500, 1000, 2000, 2000]) {
            let least = Duration::from_millis(least);
            // Tokio's timer counts in milliseconds.
            let most = 2 * least + Duration::from_millis(2);
            assert!((least..=most).contains(delay), "{delay:?} for {least:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_api_asks_for_is_waited_exactly_and_only_up_to_the_limit() {
        let policy = RetryPolicy::default();
        let asked = schedule(&policy, Method::POST, &[refused(429, Some(7))]).await;
        assert_eq!(asked, [Duration::from_secs(7)]);
        let too_long = schedule(&policy, Method::GET, &[refused(429, Some(31))]).await;
        assert_eq!(too_long, []);
    }

    #[tokio::test(start_paused = true)]
    async fn the_deadline_ends_the_retries_before_a_wait_that_would_pass_it() {
        let policy = RetryPolicy::default()
            .max_retries(9)
            .max_retry_after(Duration::from_secs(90));
        let delays = schedule(&policy, Method::GET, &[refused(503, Some(25)); 9]).await;
        assert_eq!(delays, [Duration::from_secs(25); 2]);
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_is_safe_to_repeat_is_repeated() {
        let table = [
            (Method::POST, refused(429, None), true),
            (Method::POST, refused(503, Some(1)), true),
            (Method::POST, refused(503, None), false),
            (Method::PATCH, refused(502, None), false),
            (Method::POST, Outcome::ConnectionFailed, false),
            (Method::GET, Outcome::ConnectionFailed, true),
            (Method::PUT, refused(503, None), true),
            (Method::DELETE, refused(504, None), true),
            (Method::GET, refused(502, None), true),
            (Method::GET, refused(500, None), false),
            (Method::GET, refused(404, Some(1)), false),
            (Method::GET, Outcome::Final, false),
            (Method::GET, Outcome::Success, false),
        ];
        for (method, outcome, again) in table {
            let delays = schedule(&RetryPolicy::default(), method.clone(), &[outcome]).await;
            assert_eq!(delays.len(), usize::from(again), "{method} {outcome:?}");
            let off = schedule(&RetryPolicy::none(), method, &[outcome]).await;
            assert_eq!(off, []);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn retries_end_with_the_budget_of_the_client_and_successes_fill_it_again() {
        let policy = RetryPolicy::default().budget(3);
        let budget = Budget::new(&policy);
        let retries =
            async |script: &[Outcome]| within(&budget, &policy, Method::GET, script).await.len();
        let failing = [refused(503, None); 9];
        let counts = [retries(&failing).await, retries(&failing).await];
        assert_eq!(counts, [2, 1]);
        assert_eq!(retries(&failing).await, 0);
        // A final error response is not a success.
        for _ in 0..20 {
            assert_eq!(retries(&[refused(400, None)]).await, 0);
        }
        assert_eq!(retries(&failing).await, 0);
        for _ in 0..10 {
            assert_eq!(retries(&[]).await, 0);
        }
        // It succeeds at once, and returns what it took.
        for _ in 0..5 {
            assert_eq!(retries(&failing[..1]).await, 1);
        }
        assert_eq!(retries(&failing).await, 1);
        // It never has more than it began with.
        for _ in 0..100 {
            retries(&[]).await;
        }
        let counts = [retries(&failing).await, retries(&failing).await];
        assert_eq!(counts, [2, 1]);
    }

    #[tokio::test(start_paused = true)]
    async fn one_call_has_its_retries_once_however_many_requests_it_takes() {
        let policy = RetryPolicy::default();
        let budget = Budget::new(&policy);
        let mut retries = Retries::new(&policy, &budget);
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut sent = Vec::new();
        for _ in 0..3 {
            let mut script = Script(vec![refused(503, None)], Vec::new());
            retries.run(&Method::GET, deadline, &mut script).await;
            sent.push(script.1.len());
        }
        assert_eq!(sent, [2, 2, 1]);
    }

    #[test]
    fn retry_after_is_read_in_both_its_forms() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let table = [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Sun, 06 Nov 1994 08:50:07 GMT", Some(30)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("99999999999999999999", Some(u64::MAX)),
            ("soon", None),
            ("-1", None),
            ("+1", None),
            ("", None),
        ];
        for (value, seconds) in table {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap())]);
            let expected = seconds.map(Duration::from_secs);
            assert_eq!(retry_after(&headers, now), expected, "{value}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}

#[cfg(test)]
mod fuzz;
