//! How far everything has got: told by the children, read by the progress lines and at the end.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::job::Who;
use crate::messages::Seen;

#[derive(Clone, Debug, Default)]
pub(crate) struct Status(Arc<Mutex<State>>);

#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    /// The row after the last that a writer said it had written.
    pub(crate) end: u64,
    pub(crate) segments: usize,
    pub(crate) is_flat_out: bool,
    /// What each push that began a segment took, and whether that was flat out.
    pub(crate) rolls: Vec<(Duration, bool)>,
    pub(crate) kills: u64,
    /// How many writers came so far as to have the directory open.
    pub(crate) opened: u64,
    readers: [Reader; 3],
}

/// A reader as it is known from here.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reader {
    /// The row it began with; [`None`] before it has begun.
    pub(crate) first: Option<u64>,
    pub(crate) seen: Seen,
    /// By how many rows it was behind when it last said so, and at worst.
    pub(crate) lag: u64,
    pub(crate) worst_lag: u64,
}

impl Status {
    pub(crate) fn with<R>(&self, act: impl FnOnce(&mut State) -> R) -> R {
        // Whoever panicked has left numbers that are still numbers.
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    /// A writer goes on with that row. A sentence about it where the ones before had said that they wrote more.
    pub(crate) fn opened(&mut self, next: u64) -> Option<String> {
        self.opened += 1;
        let end = std::mem::replace(&mut self.end, next);
        (next < end).then(|| format!("went on with row {next}, though rows up to {end} had been written"))
    }

    pub(crate) fn reader(&mut self, who: Who) -> &mut Reader {
        &mut self.readers[who as usize]
    }
}
