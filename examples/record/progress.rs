//! The progress line.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar, ProgressStyle};

use crate::counts::rows;
use crate::status::Status;

/// How often it is drawn.
const TICK: Duration = Duration::from_millis(100);
/// Ticks over which rows/s is taken: one second.
const WINDOW: usize = 10;

/// Draws a line on the terminal until finished; nothing where standard error is none.
///
/// A thread of its own draws it, so that the writer's part is one store a row, and the line lives while the writer sleeps.
pub(crate) struct Progress {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Progress {
    pub(crate) fn start(status: &Arc<Status>, total: Option<usize>) -> Self {
        let status = Arc::clone(status);
        let (stop, stopped) = mpsc::channel();
        let thread = thread::spawn(move || {
            let bar = bar(total);
            let mut past = VecDeque::from([(Instant::now(), 0)]);
            while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                draw(&bar, &status, &mut past);
            }
            bar.finish_and_clear();
        });
        Self { stop, thread }
    }

    pub(crate) fn finish(self) {
        drop(self.stop);
        // It can't fail but by a panic, which has been printed and concerns no row.
        let _ = self.thread.join();
    }
}

fn bar(total: Option<usize>) -> ProgressBar {
    let (bar, template) = match total {
        Some(total) => (ProgressBar::new(total as u64), "{elapsed_precise} [{bar:20}] {wide_msg}"),
        None => (ProgressBar::new_spinner(), "{elapsed_precise} {spinner} {wide_msg}"),
    };
    // The templates are above and right; should indicatif think otherwise one day, its own style is fine as well.
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.with_style(style.progress_chars("=> "))
}

fn draw(bar: &ProgressBar, status: &Status, past: &mut VecDeque<(Instant, u64)>) {
    let now = Instant::now();
    let written = status.written.load(Relaxed);
    // Over a second of the past, not smoothed: a rate that lags behind would be no help in seeing whether the reader does.
    let (since, before) = past.front().copied().unwrap_or((now, written));
    let rate = (written - before) as f64 / now.duration_since(since).as_secs_f64().max(f64::MIN_POSITIVE);
    if past.len() == WINDOW {
        past.pop_front();
    }
    past.push_back((now, written));

    let reader = if status.reader_is_gone.load(Relaxed) {
        "the reader is gone".to_owned()
    } else {
        format!("reader {} behind", HumanCount(status.lag.load(Relaxed)))
    };
    bar.set_message(format!("{}, {} rows/s, {reader}", rows(written as usize), HumanCount(rate as u64)));
    bar.set_position(written);
    // Not left to the position: in a quiet market the clock goes on.
    bar.tick();
}
