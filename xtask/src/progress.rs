//! Progress of a command, apart from its report: a bar on a terminal, and lines otherwise.

use std::io::{IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};

use crate::escape;

/// How many lines report the progress of all pages without a terminal.
const LINES: usize = 10;

/// Progress and notes.
pub struct Progress(Kind);

enum Kind {
    Bar(ProgressBar),
    Lines(Mutex<Lines>),
}

struct Lines {
    out: Box<dyn Write + Send>,
    done: usize,
    total: usize,
}

impl Progress {
    /// A bar on stderr if that is a terminal, and lines otherwise.
    pub fn stderr() -> Self {
        if !std::io::stderr().is_terminal() {
            return Self::lines(Box::new(std::io::stderr()));
        }
        let bar = ProgressBar::hidden();
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}") {
            bar.set_style(style);
        }
        Self(Kind::Bar(bar))
    }

    /// Lines on `out`.
    pub fn lines(out: Box<dyn Write + Send>) -> Self {
        Self(Kind::Lines(Mutex::new(Lines {
            out,
            done: 0,
            total: 0,
        })))
    }

    /// Starts to count to `total`.
    pub fn start(&self, total: usize) {
        match &self.0 {
            Kind::Bar(bar) => {
                bar.set_length(total as u64);
                bar.set_position(0);
                bar.set_draw_target(indicatif::ProgressDrawTarget::stderr());
            }
            Kind::Lines(lines) => {
                let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
                (lines.done, lines.total) = (0, total);
            }
        }
    }

    /// One more is done.
    pub fn done(&self, name: &str) {
        let name = escape::lines(name);
        match &self.0 {
            Kind::Bar(bar) => {
                bar.set_message(name);
                bar.inc(1);
            }
            Kind::Lines(lines) => {
                let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
                lines.done += 1;
                let (done, total) = (lines.done, lines.total);
                let tenth = |done: usize| done * LINES / total.max(1);
                if tenth(done) > tenth(done - 1) {
                    // A closed stderr is not a reason to fail.
                    let _ = writeln!(lines.out, "read {done} of {total} pages, {name}");
                }
            }
        }
    }

    /// Ends the count.
    pub fn finish(&self) {
        if let Kind::Bar(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }

    /// Writes a line.
    pub fn note(&self, text: &str) {
        let text = escape::lines(text);
        match &self.0 {
            Kind::Bar(bar) => bar.suspend(|| {
                let _ = writeln!(std::io::stderr(), "{text}");
            }),
            Kind::Lines(lines) => {
                let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
                let _ = writeln!(lines.out, "{text}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_tell_of_every_tenth_part_with_counts_and_the_page() {
        let shared = Shared::default();
        let progress = Progress::lines(Box::new(shared.clone()));
        progress.start(20);
        for page in 1..=20 {
            progress.done(&format!("page-{page}"));
        }
        progress.note("a \u{1b}[31mred\u{7} note");
        progress.finish();
        let text = String::from_utf8(shared.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.lines().count(), 11, "{text}");
        assert!(text.starts_with("read 2 of 20 pages, page-2\n"), "{text}");
        assert!(text.ends_with("a \\u{1b}[31mred\\u{7} note\n"), "{text}");
    }
}
