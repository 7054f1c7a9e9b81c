//! Lines on the terminal that show how far something has got.

use std::collections::VecDeque;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// How often they are drawn.
const TICK: Duration = Duration::from_millis(100);
/// Ticks over which a rate is taken: one second.
const WINDOW: usize = 10;

/// Draws on the terminal until finished; nothing where standard error is none.
///
/// A thread of its own draws, so that who works has nothing to do with it, and the lines live while the work sleeps.
#[derive(Debug)]
pub struct Live {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Live {
    /// Draws a bar of that many steps, or a spinner; `draw` is called at each tick to set its position and its message, which is
    /// cut to what the terminal has room for.
    pub fn line(total: Option<u64>, draw: impl FnMut(&ProgressBar) + Send + 'static) -> Self {
        Self::start(bar(total, "{wide_msg}"), draw)
    }

    /// The same with a message of several lines.
    pub fn lines(total: Option<u64>, draw: impl FnMut(&ProgressBar) + Send + 'static) -> Self {
        Self::start(bar(total, "{msg}"), draw)
    }

    fn start(bar: ProgressBar, mut draw: impl FnMut(&ProgressBar) + Send + 'static) -> Self {
        let (stop, stopped) = mpsc::channel();
        let thread = thread::spawn(move || {
            while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                draw(&bar);
                // Not left to the position: where nothing happens the clock goes on.
                bar.tick();
            }
            bar.finish_and_clear();
        });
        Self { stop, thread }
    }

    /// Clears them away.
    pub fn finish(self) {
        drop(self.stop);
        // It can't fail but by a panic, which has been printed and concerns no row.
        let _ = self.thread.join();
    }
}

fn bar(total: Option<u64>, message: &str) -> ProgressBar {
    let (bar, sign) = match total {
        Some(total) => (ProgressBar::new(total), "[{bar:20}]"),
        None => (ProgressBar::new_spinner(), "{spinner}"),
    };
    // The template is right; should indicatif think otherwise one day, its own style is fine as well.
    let style = ProgressStyle::with_template(&format!("{{elapsed_precise}} {sign} {message}"))
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.with_style(style.progress_chars("=> "))
}

/// How many a second, over the last second and not smoothed: a rate that lags behind would be no help in seeing whether
/// something else does.
#[derive(Clone, Debug)]
pub struct Rate {
    past: VecDeque<(Instant, u64)>,
}

impl Rate {
    /// Counted from zero, from now on.
    pub fn new() -> Self {
        Self { past: VecDeque::from([(Instant::now(), 0)]) }
    }

    /// The rate, now that the count is this; to be asked at each tick.
    pub fn at(&mut self, count: u64) -> u64 {
        let now = Instant::now();
        let (since, before) = self.past.front().copied().unwrap_or((now, count));
        if self.past.len() == WINDOW {
            self.past.pop_front();
        }
        self.past.push_back((now, count));
        let seconds = now.duration_since(since).as_secs_f64().max(f64::MIN_POSITIVE);
        (count.saturating_sub(before) as f64 / seconds) as u64
    }
}

impl Default for Rate {
    fn default() -> Self {
        Self::new()
    }
}
