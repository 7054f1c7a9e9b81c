//! How time is taken.
//!
//! The machine is not ours alone: other programs take the processor away for milliseconds, and slow the memory down for
//! seconds. So contenders take turns, round after round, which shares out slow seconds; each round is cut into laps of
//! well under a millisecond, most of which nobody interrupts; and what counts is the median of all laps. A minimum would
//! be steadier still, but with fresh files it tells of lucky pages. The quartiles say how noisy it was.

use std::time::{Duration, Instant};

use crate::Result;

/// One way to do the work of a case. The first one of a case is ours.
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    run: Box<Round>,
}

/// One round: what is to be timed is handed to [`Laps::time`], what comes before and after is not.
type Round = dyn FnMut(&mut Laps) -> Result<()>;

impl Entry {
    pub(crate) fn new(name: &'static str, run: impl FnMut(&mut Laps) -> Result<()> + 'static) -> Self {
        Self { name, run: Box::new(run) }
    }
}

/// Nanoseconds an operation, lap by lap.
#[derive(Default)]
pub(crate) struct Laps(Vec<f64>);

impl Laps {
    /// Times `work`, which does `operations` operations.
    pub(crate) fn time<R>(&mut self, operations: usize, work: impl FnOnce() -> R) -> R {
        let start = Instant::now();
        let result = work();
        let taken = start.elapsed();
        self.0.push(taken.as_nanos() as f64 / operations as f64);
        result
    }

    /// Takes down an operation that was timed elsewhere.
    pub(crate) fn note(&mut self, nanoseconds: f64) {
        self.0.push(nanoseconds);
    }

    fn figures(mut self) -> Option<Figures> {
        self.0.sort_by(f64::total_cmp);
        let at = |part: usize| self.0.get((self.0.len() * part / 100).min(self.0.len().checked_sub(1)?)).copied();
        let of_9999 = *self.0.get(self.0.len() * 9_999 / 10_000)?;
        let worst = *self.0.last()?;
        Some(Figures { median: at(50)?, quartiles: (at(25)?, at(75)?), of_99: at(99)?, of_9999, worst })
    }
}

/// What is told of all laps of an entry, in nanoseconds an operation.
#[derive(Clone, Copy)]
pub(crate) struct Figures {
    pub(crate) median: f64,
    quartiles: (f64, f64),
    /// 99 of 100 laps took no longer.
    pub(crate) of_99: f64,
    /// 9999 of 10,000 laps took no longer.
    pub(crate) of_9999: f64,
    pub(crate) worst: f64,
}

impl Figures {
    /// Half of the laps lie within so much of the median, as a part of it.
    pub(crate) fn noise(&self) -> f64 {
        (self.quartiles.1 - self.quartiles.0) / 2.0 / self.median
    }
}

/// How long contenders race.
pub(crate) struct Budget {
    pub(crate) time: Duration,
    pub(crate) least_rounds: u32,
}

/// The figures of each entry.
pub(crate) fn race(budget: &Budget, entries: &mut [Entry]) -> Result<Vec<Figures>> {
    // A round for caches, page tables and the allocator, not counted.
    for entry in &mut *entries {
        (entry.run)(&mut Laps::default())?;
    }
    let mut laps: Vec<Laps> = entries.iter().map(|_| Laps::default()).collect();
    let start = Instant::now();
    let mut round = 0;
    while round < budget.least_rounds || start.elapsed() < budget.time {
        for turn in 0..entries.len() {
            // Each one comes first in its turn, so that nobody always follows the one that empties the cache.
            let i = (turn + round as usize) % entries.len();
            (entries[i].run)(&mut laps[i])?;
        }
        round += 1;
    }
    let figures: Option<Vec<Figures>> = laps.into_iter().map(Laps::figures).collect();
    figures.ok_or_else(|| "an entry timed nothing".into())
}
