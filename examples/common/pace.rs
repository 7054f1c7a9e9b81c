use std::thread;
use std::time::{Duration, Instant};

/// When the next row is due: at the distances of the rows' own timestamps, or at once.
#[derive(Clone, Debug)]
pub struct Pace {
    /// Seconds of the rows' time in a second of ours.
    speed: f64,
    /// The rows' time after which nothing is waited for any more; [`None`] for never.
    until: Option<Duration>,
    /// Our time and the rows' time of the first row.
    begin: Option<(Instant, i64)>,
    flat: bool,
}

impl Pace {
    /// Never waits.
    pub const fn flat_out() -> Self {
        Self { speed: 0.0, until: None, begin: None, flat: true }
    }

    /// Waits for every row: 1 as it was, 10 ten times as fast, 0 not at all.
    pub const fn at_speed(speed: f64) -> Self {
        Self { speed, until: None, begin: None, flat: speed == 0.0 }
    }

    /// As it was for so much of the rows' time, then flat out.
    pub const fn live_for(first: Duration) -> Self {
        Self { speed: 1.0, until: Some(first), begin: None, flat: false }
    }

    /// Whether rows are no longer waited for.
    pub const fn is_flat_out(&self) -> bool {
        self.flat
    }

    /// Waits until a row of that time, in nanoseconds, is due.
    #[inline]
    pub fn wait(&mut self, row_ns: i64) {
        if !self.flat {
            self.wait_paced(row_ns);
        }
    }

    fn wait_paced(&mut self, row_ns: i64) {
        let now = Instant::now();
        let (begin, first_ns) = *self.begin.get_or_insert((now, row_ns));
        // A row older than the first is due at once.
        let passed = Duration::from_nanos(u64::try_from(row_ns.saturating_sub(first_ns)).unwrap_or(0));
        if self.until.is_some_and(|until| passed > until) {
            self.flat = true;
            return;
        }
        // Always counted from the first row, never from the last: a sleep that took too long makes the next one shorter, and
        // lateness doesn't add up. A speed so low that the row is never due waits as long as can be told.
        let due = Duration::try_from_secs_f64(passed.as_secs_f64() / self.speed).unwrap_or(Duration::MAX);
        let left = due.saturating_sub(now.duration_since(begin));
        if !left.is_zero() {
            thread::sleep(left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lateness_does_not_add_up() {
        let mut pace = Pace::at_speed(10.0);
        let begin = Instant::now();
        // 101 rows a millisecond apart, due within 10 ms; each sleep is at least some tens of microseconds too long.
        for row in 0..=100 {
            pace.wait(row * 1_000_000);
            assert!(begin.elapsed() >= Duration::from_micros(100 * row as u64));
        }
        // Generous, for a machine with other work to do; sleeping row by row from the last would add to this.
        assert!(begin.elapsed() < Duration::from_millis(200), "{:?}", begin.elapsed());
    }

    #[test]
    fn rows_after_the_live_part_are_not_waited_for() {
        let mut pace = Pace::live_for(Duration::from_millis(2));
        pace.wait(0);
        pace.wait(1_000_000);
        assert!(!pace.is_flat_out());
        let begin = Instant::now();
        pace.wait(i64::MAX);
        assert!(pace.is_flat_out() && begin.elapsed() < Duration::from_secs(60));
    }
}
