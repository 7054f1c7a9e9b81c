//! How time is taken.
//!
//! The machine is not ours alone: other programs take the processor away for milliseconds, and slow the memory down for
//! seconds. So contenders take turns, round after round, which shares out slow seconds; each round is cut into laps of
//! well under a millisecond, most of which nobody interrupts; and what counts is the median of all laps. A minimum would
//! be steadier still, but with fresh files it tells of lucky pages.

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

    fn median(&mut self) -> Option<f64> {
        self.0.sort_by(f64::total_cmp);
        self.0.get(self.0.len() / 2).copied()
    }
}

/// How long contenders race.
pub(crate) struct Budget {
    pub(crate) time: Duration,
    pub(crate) least_rounds: u32,
}

/// The median of each entry.
pub(crate) fn race(budget: &Budget, entries: &mut [Entry]) -> Result<Vec<f64>> {
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
    let medians: Option<Vec<f64>> = laps.iter_mut().map(Laps::median).collect();
    medians.ok_or_else(|| "an entry timed nothing".into())
}
