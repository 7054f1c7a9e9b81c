//! The thread beside a writer: it makes the next segment before it is needed, closes and removes those that are no longer, and
//! watches the clock. What it does costs milliseconds, which the append that crosses a border would wait for.

use std::fs;
use std::io;
use std::mem;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::journal::Journal;
use super::name::Place;
use crate::dtype::DType;
use crate::error::{Error, ErrorKind, Result};
use crate::file::{Create, Existing, Unnamed, Ways, Writer};
use crate::header::Form;
use crate::sys;
use crate::tail::TailLayout;

/// What segments are made as.
#[derive(Clone, Debug)]
pub(super) struct Model {
    /// In the directory, and what a segment without a name may be hidden by.
    pub(super) spare: PathBuf,
    pub(super) row: &'static DType,
    pub(super) alignment: usize,
    pub(super) form: Form,
    pub(super) tail: TailLayout,
    pub(super) ways: Ways,
}

impl Model {
    /// Makes a segment that has no name yet.
    pub(super) fn make(&self, capacity: u64, base: u64) -> Result<Unnamed> {
        let Self { row, alignment, form, tail, ways, .. } = *self;
        let (sparse, existing, base) = (!ways.reserve, Existing::Refuse, Some(base));
        let create = Create { row, alignment, capacity, form, tail, sparse, existing, base };
        // It has no name that would tell somebody anything.
        Unnamed::make(&self.spare, &create, ways).map_err(|error| match self.spare.parent() {
            Some(directory) => Error::new(error.into_kind(), directory),
            None => error,
        })
    }
}

/// What the thread is to do.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// To be closed, after a sync where its rows are to be durable.
    pub(super) retired: Option<Writer>,
    /// A merge to be finished, before anything is removed that is given up later.
    pub(super) merged: Option<(Place, Journal)>,
    /// To be removed.
    pub(super) removed: Vec<PathBuf>,
    /// A segment to be made, of that capacity and base; one that was made for another is thrown away.
    pub(super) ask: Option<(u64, u64)>,
}

/// The thread, and what it has done. Ends when it is dropped, after what it is at.
#[derive(Debug)]
pub(super) struct Ahead {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    model: Model,
    /// Its segments are ready before they are asked for.
    is_eager: bool,
    state: Mutex<State>,
    changed: Condvar,
    /// Whether the time of a segment is over.
    due: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    stop: bool,
    /// Capacity and base of the segment to be made.
    wanted: Option<(u64, u64)>,
    /// It is being made.
    making: bool,
    made: Option<Result<Unnamed>>,
    /// To be synced and closed.
    retired: Vec<Writer>,
    /// Of a sync of one of those, to be told once.
    error: Option<Error>,
    /// To be finished.
    merged: Option<(Place, Journal)>,
    /// To be removed.
    removed: Vec<PathBuf>,
    /// It is busy with one of those.
    tidying: bool,
}

impl Ahead {
    /// Starts the thread. `every`: after so much time, counted from 1970, a segment is [due](Self::is_due) to end; so is the
    /// current one if it began, at the time `began`, before the present one of these.
    pub(super) fn start(model: Model, is_eager: bool, every: Option<Duration>, began: Option<u64>) -> io::Result<Self> {
        let period = every.map(period_of);
        let is_over = every.zip(began).is_some_and(|(every, began)| Some(began / nanos(every)) < period);
        let (state, changed, due) = (Mutex::default(), Condvar::new(), AtomicBool::new(is_over));
        let shared = Arc::new(Shared { model, is_eager, state, changed, due });
        let theirs = Arc::clone(&shared);
        let thread =
            thread::Builder::new().name("npyt segments".to_owned()).spawn(move || theirs.run(every, period))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Hands over what is to be done, all at once and last of all: waking the thread takes longer than all the rest.
    pub(super) fn hand_over(&self, work: Work) {
        let Work { retired, merged, removed, ask } = work;
        let mut state = self.shared.lock();
        state.retired.extend(retired);
        // There is none before it: who merges waits first.
        state.merged = merged.or(state.merged.take());
        state.removed.extend(removed);
        if let Some(wanted) = ask.filter(|_| self.shared.is_eager) {
            state.wanted = Some(wanted);
            state.made = None;
        }
        // Not while we hold what it wants.
        drop(state);
        self.shared.changed.notify_all();
    }

    /// The segment that was asked for, at once where it is ready. After an error the next call tries again.
    pub(super) fn take(&self, capacity: u64, base: u64) -> Result<Unnamed> {
        if self.shared.is_eager {
            let state = self.shared.lock();
            let is_coming = |state: &mut State| state.made.is_none() && (state.wanted.is_some() || state.making);
            let mut state = self.shared.changed.wait_while(state, is_coming).unwrap_or_else(PoisonError::into_inner);
            // An error may be over by now.
            if let Some(Ok(made)) = state.made.take() {
                return Ok(made);
            }
        }
        self.shared.model.make(capacity, base)
    }

    /// Waits until all that was handed over to be closed is synced and closed, and all that was to be removed is gone. The error
    /// of such a sync, once.
    pub(super) fn settle(&self) -> Result<()> {
        self.wait_until_tidy().error.take().map_or(Ok(()), Err)
    }

    /// The same, and leaves the error to others.
    pub(super) fn tidy(&self) {
        drop(self.wait_until_tidy());
    }

    fn wait_until_tidy(&self) -> MutexGuard<'_, State> {
        let is_busy = |state: &mut State| state.tidying || state.is_untidy();
        self.shared.changed.wait_while(self.shared.lock(), is_busy).unwrap_or_else(PoisonError::into_inner)
    }

    /// The error of a segment that was synced behind the writer's back, once.
    pub(super) fn take_error(&self) -> Option<Error> {
        self.shared.lock().error.take()
    }

    /// Whether the time of the segment is over.
    #[inline]
    pub(super) fn is_due(&self) -> bool {
        self.shared.due.load(Ordering::Relaxed)
    }

    /// Another segment begins.
    pub(super) fn begin(&self) {
        self.shared.due.store(false, Ordering::Relaxed);
    }

    /// As if the time of the segment were over.
    #[cfg(test)]
    pub(super) fn make_due(&self) {
        self.shared.due.store(true, Ordering::Relaxed);
    }

    pub(super) fn model(&self) -> &Model {
        &self.shared.model
    }
}

impl State {
    fn is_untidy(&self) -> bool {
        !self.retired.is_empty() || self.merged.is_some() || !self.removed.is_empty()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, every: Option<Duration>, mut period: Option<u64>) {
        let mut state = self.lock();
        loop {
            let now = every.map(period_of);
            if now != period {
                period = now;
                self.due.store(true, Ordering::Relaxed);
            }
            // The segment first: somebody may wait for it.
            if let (false, Some((capacity, base))) = (state.stop, state.wanted.take()) {
                state.making = true;
                drop(state);
                let made = self.model.make(capacity, base);
                state = self.lock();
                state.making = false;
                // Asked for another meanwhile?
                state.made = state.wanted.is_none().then_some(made);
            } else if state.is_untidy() {
                state.tidying = true;
                let (retired, merged, removed) =
                    (state.retired.pop(), state.merged.take(), mem::take(&mut state.removed));
                drop(state);
                let error = retired.and_then(|writer| close(writer).err());
                if let Some((place, journal)) = merged {
                    // Where it can't be finished the journal stays, and the next merge or the next writer goes on.
                    let _ = journal.finish(&place);
                }
                removed.iter().for_each(|path| {
                    // What can't be removed is found again by the next writer.
                    let _ = fs::remove_file(path);
                    sys::step("segment removed");
                });
                state = self.lock();
                state.tidying = false;
                state.error = state.error.take().or(error);
            } else if state.stop {
                return;
            } else {
                state = self.wait(state, every);
                continue;
            }
            self.changed.notify_all();
        }
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>, every: Option<Duration>) -> MutexGuard<'a, State> {
        let Some(left) = every.map(until_next) else {
            return self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        };
        self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
    }
}

/// How often so much time has passed since 1970.
fn period_of(every: Duration) -> u64 {
    sys::now_ns() / nanos(every)
}

/// How long until that number changes.
fn until_next(every: Duration) -> Duration {
    Duration::from_nanos(nanos(every) - sys::now_ns() % nanos(every))
}

/// A millisecond at least: of less, the thread would do nothing else than look at the clock.
fn nanos(every: Duration) -> u64 {
    u64::try_from(every.as_nanos()).unwrap_or(u64::MAX).max(1_000_000)
}

fn close(mut writer: Writer) -> Result<()> {
    // It waits for a thread of its own that syncs, if it has one.
    if writer.is_to_be_durable() { writer.sync() } else { Ok(()) }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.shared.lock().stop = true;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // It doesn't panic, and if it did there is nobody to tell.
            let _ = thread.join();
        }
    }
}

/// An error of the thread that can't be started.
pub(super) fn no_thread(source: io::Error) -> ErrorKind {
    ErrorKind::Io { action: "start a thread that makes segments", source }
}
