//! Ctrl-C and the deadline: they end a command within a second, whatever it is doing.
//!
//! A command runs on its own thread. It is asked to stop first, which it notices whenever it
//! awaits, so that what it started ends with it and its statement about the document is reliable.
//! If it does not stop (it writes to a pipe that nobody reads, or it computes), the program ends
//! without it.

use std::fmt;
use std::future::Future;
use std::io::Write;
use std::pin::Pin;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use crate::escape;

/// How long a command may take to stop by itself.
const GRACE: Duration = Duration::from_millis(300);

/// How long writing the last message to stderr may take.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// A running command.
pub type Running<T> = Pin<Box<dyn Future<Output = Result<T>>>>;

/// Why a command ends early.
#[derive(Clone, Copy, Debug)]
enum Reason {
    Interrupted,
    Late(Duration),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interrupted => f.write_str("interrupted"),
            Self::Late(limit) => write!(f, "it took longer than the limit of {limit:?}"),
        }
    }
}

/// Runs what `command` makes, until it is done, somebody presses Ctrl-C, or `limit` is over.
pub fn run<T: Send + 'static>(
    limit: Duration,
    command: impl FnOnce() -> Running<T> + Send + 'static,
) -> Result<T> {
    std::panic::set_hook(Box::new(|panic| {
        // It may quote a site.
        let message = escape::lines(&format!("error: {panic}"));
        let _ = writeln!(std::io::stderr(), "{message}");
    }));
    let runtime = runtime()?;
    let (done, mut result) = oneshot::channel();
    let (stop, stopped) = oneshot::channel();
    std::thread::Builder::new()
        .name("command".to_owned())
        .spawn(move || {
            // Nobody receives it if the program ends without this thread.
            let _ = done.send(until(stopped, command));
        })
        .context("cannot start a thread")?;
    runtime.block_on(async {
        let reason = tokio::select! {
            result = &mut result => return ended(result),
            signal = tokio::signal::ctrl_c() => {
                signal.context("cannot listen for Ctrl-C")?;
                Reason::Interrupted
            }
            () = tokio::time::sleep(limit) => Reason::Late(limit),
        };
        let _ = stop.send(reason);
        match tokio::time::timeout(GRACE, result).await {
            Ok(result) => ended(result),
            Err(_) => Err(anyhow!(
                "{reason}; what it was writing has its old content, or all of the new"
            )),
        }
    })
}

fn runtime() -> Result<Runtime> {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start")
}

/// The command, until it is told to stop. It writes without awaiting, so that a command that was
/// told to stop has written nothing.
fn until<T>(stopped: oneshot::Receiver<Reason>, command: impl FnOnce() -> Running<T>) -> Result<T> {
    let runtime = runtime()?;
    let result = runtime.block_on(async {
        tokio::select! {
            result = command() => result,
            Ok(reason) = stopped => Err(anyhow!("{reason}; nothing was written")),
        }
    });
    // Work on other threads is not waited for.
    runtime.shutdown_background();
    result
}

fn ended<T>(result: Result<Result<T>, oneshot::error::RecvError>) -> Result<T> {
    result.unwrap_or_else(|_| {
        Err(anyhow!(
            "the command ended without a result, which is a mistake in `xtask`; its message is above"
        ))
    })
}

/// Runs `work`, which may take long, on a thread of its own, so that signals and deadlines are
/// noticed meanwhile.
pub async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .context("the work ended without a result, which is a mistake in `xtask`")?
}

/// Writes the last line to stderr, unless nobody reads it.
pub fn last_words(text: String) {
    let (done, written) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        // Nothing can be done if even stderr cannot be written.
        let _ = writeln!(std::io::stderr(), "{text}");
        let _ = done.send(());
    });
    let _ = written.recv_timeout(LAST_WORDS);
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_command_gives_its_result() {
        assert_eq!(run(LONG, || Box::pin(async { Ok(1) })).unwrap(), 1);
        let failed = run::<()>(LONG, || Box::pin(async { Err(anyhow!("so")) }));
        assert_eq!(failed.unwrap_err().to_string(), "so");
    }

    #[test]
    fn a_command_that_waits_is_stopped_and_one_that_works_is_left_behind() {
        let short = Duration::from_millis(50);
        let waits = run::<()>(short, || Box::pin(std::future::pending()));
        assert_eq!(
            waits.unwrap_err().to_string(),
            "it took longer than the limit of 50ms; nothing was written"
        );
        let start = Instant::now();
        let works = run::<()>(short, || {
            Box::pin(async {
                std::thread::sleep(LONG);
                Ok(())
            })
        });
        let error = works.unwrap_err().to_string();
        assert!(
            error.contains("its old content, or all of the new"),
            "{error}"
        );
        assert!(start.elapsed() < LONG / 2);
    }

    #[test]
    fn a_panic_is_an_error() {
        let panics = run::<()>(LONG, || Box::pin(async { panic!("a\n::b") }));
        let error = panics.unwrap_err().to_string();
        assert!(error.contains("a mistake in `xtask`"), "{error}");
    }
}
