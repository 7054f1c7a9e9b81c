//! When the disk has what was published.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::io_error;
use crate::error::ErrorKind;
use crate::sys;

/// When rows are made durable: what survives a loss of power. A process that is killed loses nothing in any of these.
///
/// | | promise | price of a push |
/// | --- | --- | --- |
/// | [`Manual`](Self::Manual) | what was published before [`sync`](crate::NpytMut::sync) returned survives; of later rows any may be lost, or read as zeros or other bytes | none |
/// | [`EveryPublish`](Self::EveryPublish) | what was published survives, and no row is ever visible after a power loss that is not whole | two waits for the disk: 7 ms |
/// | [`EveryRows`](Self::EveryRows) | of what was published, at most the last `n` rows and one batch are in doubt | one wait for the disk in `n` rows: 4 us with 1000 |
/// | [`Every`](Self::Every) | of what was published, at most the rows of that time, and of one wait for the disk, are in doubt | with 10 ms a fifth more than `Manual`, while rows come as fast as they can; a thread waits for the disk |
///
/// A wait for the disk is `fdatasync`: 4 ms on the virtual disk where this was measured, tens of microseconds to tens of
/// milliseconds on others. After it the first store to each page costs a fault again.
///
/// # Example
///
/// ```
/// # use npyt::{Durability, NpytMut};
/// # use std::time::Duration;
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("orders.npy");
/// let mut orders = NpytMut::<u64>::options().durability(Durability::EveryPublish).create(&path)?;
/// orders.push(7)?; // on the disk when this returns
///
/// drop(orders);
/// let every_100_ms = Durability::Every(Duration::from_millis(100));
/// let mut orders = NpytMut::<u64>::options().durability(every_100_ms).open(&path)?;
/// orders.push(8)?; // on the disk a tenth of a second later
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Durability {
    /// By [`sync`](crate::NpytMut::sync), and [`finish`](crate::NpytMut::finish). The default.
    #[default]
    Manual,
    /// Rows are on the disk before the end that makes them visible is, and both when the call returns.
    EveryPublish,
    /// A sync after every so many rows; 0 counts as 1.
    EveryRows(usize),
    /// A sync by a thread of its own, again and again after so much time.
    Every(Duration),
}

/// What one writer's file has on the disk.
#[derive(Debug)]
pub(super) struct Durable {
    durability: Durability,
    /// Whether the file's name may not be on the disk yet.
    is_new: bool,
    /// The end at which a sync is due.
    due: u64,
    /// What the disk answered when it refused.
    refused: Option<Refused>,
    thread: Option<Syncing>,
}

/// An error of the system, to be told more than once.
#[derive(Clone, Copy, Debug)]
struct Refused {
    code: Option<i32>,
    kind: io::ErrorKind,
}

impl Refused {
    fn error(self) -> io::Error {
        self.code.map_or_else(|| self.kind.into(), io::Error::from_raw_os_error)
    }
}

/// After so many pushes the thread that syncs is asked how it fares.
const ASKED_AFTER: u64 = 1024;

impl Durable {
    /// Of a file whose rows end at `end`. The thread's reference to the open file ends with this value.
    pub(super) fn start(durability: Durability, file: &File, end: u64) -> Result<Self, ErrorKind> {
        let thread = match durability {
            Durability::Every(time) => {
                let started = file.try_clone().and_then(|file| Syncing::start(file, time));
                Some(started.map_err(io_error("start a thread that syncs"))?)
            }
            _ => None,
        };
        let mut durable = Self { durability, is_new: false, due: u64::MAX, refused: None, thread };
        durable.set_due(end);
        Ok(durable)
    }

    /// Goes on with another file in the place of the one before, which was synced.
    pub(super) fn go_on_with(&mut self, file: &File, end: u64) -> Result<(), ErrorKind> {
        *self = Self { is_new: true, refused: self.refused, ..Self::start(self.durability, file, end)? };
        Ok(())
    }

    /// The file's name may not be on the disk yet.
    pub(super) const fn named(&mut self) {
        self.is_new = true;
    }

    fn set_due(&mut self, end: u64) {
        self.due = match self.durability {
            Durability::EveryRows(rows) => end.saturating_add((rows as u64).max(1)),
            _ => u64::MAX,
        };
    }

    /// Whether steps of a growth are to be on the disk one after the other.
    pub(super) fn is_asked_for(&self) -> bool {
        self.durability != Durability::Manual
    }

    /// Whether the rows up to `end` are to be synced now.
    pub(super) const fn is_due(&self, end: u64) -> bool {
        end >= self.due
    }

    /// The row from which on adding a single one takes more than a store.
    pub(super) const fn quick_until(&self, end: u64) -> u64 {
        match self.durability {
            _ if self.refused.is_some() && !matches!(self.durability, Durability::Manual) => 0,
            Durability::Manual => u64::MAX,
            Durability::EveryPublish => 0,
            Durability::EveryRows(_) => self.due.saturating_sub(1),
            Durability::Every(_) => end.saturating_add(ASKED_AFTER),
        }
    }

    /// An error where the disk has refused, now or before: a later success would say nothing about what it refused then. Rows
    /// that nobody promised to make durable may go on.
    pub(super) fn check(&mut self) -> Result<(), ErrorKind> {
        if let Some(error) = self.thread.as_ref().and_then(Syncing::take_error) {
            self.refuse(&error);
        }
        match self.refused {
            Some(refused) if self.is_asked_for() => Err(ErrorKind::Io {
                action: "add rows after the disk refused to make earlier ones durable",
                source: refused.error(),
            }),
            _ => Ok(()),
        }
    }

    fn refuse(&mut self, error: &io::Error) {
        self.refused.get_or_insert(Refused { code: error.raw_os_error(), kind: error.kind() });
    }

    /// Syncs the directory, where the name is new.
    pub(super) fn sync_name(&mut self, target: &Path) -> Result<(), ErrorKind> {
        if self.is_new {
            sys::sync_directory(target).map_err(io_error("sync the directory"))?;
            self.is_new = false;
        }
        Ok(())
    }

    /// Notes the result of a sync, of rows up to `end`. Never a success again once one was refused.
    pub(super) fn synced(&mut self, result: Result<(), ErrorKind>, end: u64) -> Result<(), ErrorKind> {
        if let Err(ErrorKind::Io { source, .. }) = &result {
            self.refuse(source);
        }
        result?;
        if let Some(refused) = self.refused {
            return Err(ErrorKind::Io { action: "sync", source: refused.error() });
        }
        self.set_due(end);
        Ok(())
    }
}

/// The thread behind [`Durability::Every`]; ends when it is dropped.
#[derive(Debug)]
pub(super) struct Syncing {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    stop: bool,
    error: Option<io::Error>,
}

impl Syncing {
    /// Syncs `file` each time that so much time is over. The file is one more reference to the open file, and with it to its
    /// locks, until this is dropped.
    pub(super) fn start(file: File, every: Duration) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let thread = thread::Builder::new().name("npyt sync".to_owned()).spawn(move || theirs.run(&file, every))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// The error of a sync that failed, once.
    pub(super) fn take_error(&self) -> Option<io::Error> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner).error.take()
    }
}

impl Shared {
    fn run(&self, file: &File, every: Duration) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // An error ends it: what the disk refused once it may have dropped, and a later success would say nothing.
        while !state.stop && state.error.is_none() {
            let waited = self.changed.wait_timeout_while(state, every, |state| !state.stop);
            drop(waited.unwrap_or_else(PoisonError::into_inner));
            let synced = file.sync_data();
            state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.error = synced.err();
        }
    }
}

impl Drop for Syncing {
    fn drop(&mut self) {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner).stop = true;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // It doesn't panic, and if it did there is nobody to tell.
            let _ = thread.join();
        }
    }
}
