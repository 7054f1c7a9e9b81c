//! When the writer writes, and how much at once.

use std::time::{Duration, Instant};

use fastrand::Rng;

/// Rows come in bursts, as of a market: some dozens a second at a steady rate, or one after the other.
#[derive(Debug)]
pub(crate) struct Bursts {
    rate: f64,
    due: Instant,
    random: Rng,
    is_flat_out: bool,
}

const BURSTS_PER_SECOND: f64 = 100.0;
/// Rows between two looks at the orders when nothing is waited for.
const FLAT_OUT: usize = 4096;
/// Nobody who is later than this makes up for it.
const LATEST: Duration = Duration::from_millis(200);

impl Bursts {
    pub(crate) fn new(rate: f64) -> Self {
        Self { rate, due: Instant::now(), random: Rng::new(), is_flat_out: false }
    }

    pub(crate) fn flat_out(&mut self, is_flat_out: bool) {
        self.is_flat_out = is_flat_out;
    }

    pub(crate) const fn is_flat_out(&self) -> bool {
        self.is_flat_out
    }

    /// How long until the next burst.
    pub(crate) fn left(&self) -> Duration {
        if self.is_flat_out { Duration::ZERO } else { self.due.saturating_duration_since(Instant::now()) }
    }

    /// The rows of the burst that is due.
    pub(crate) fn rows(&mut self) -> usize {
        if self.is_flat_out {
            return FLAT_OUT;
        }
        let mean = (self.rate / BURSTS_PER_SECOND).max(1.0) as usize;
        let rows = self.random.usize(1..2 * mean);
        let now = Instant::now();
        let due = if self.due + LATEST < now { now } else { self.due };
        self.due = due + Duration::from_secs_f64(rows as f64 / self.rate);
        rows
    }
}
