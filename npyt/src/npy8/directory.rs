//! What the readers of one directory share: which segments there are, looked at anew as cheaply as it can be told.

use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::catalog::{Catalog, Entry, Indexed};
use super::index::IndexReader;
use super::journal::Journal;
use super::listing::{self, Stamp};
use super::name::Place;
use super::segment::{Access, Kind, Segment, patiently};
use crate::error::{Error, ErrorKind, Result};
use crate::file::{facts, is_incomplete};

/// A directory open for reading.
#[derive(Debug)]
pub(super) struct Directory {
    place: Place,
    kind: Kind,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    catalog: Catalog,
    index: Option<IndexReader>,
    /// So many of the index's entries were no longer kept.
    dropped: u64,
    /// The newest name that the index told of.
    told: u64,
    /// Of the last listing; `None` where that was not the last word.
    stamp: Option<Stamp>,
    /// When the directory was last looked at, whatever the index said.
    looked: Option<Instant>,
    /// Segments that were in use a moment ago, the last one at the end.
    recent: Vec<Arc<Segment>>,
}

/// So many segments are kept open.
const RECENT: usize = 4;

/// So often the directory is looked at though the index seems to tell: it doesn't tell of files that another program adds, such
/// as Python's NPY8 where the index's own writer has ended.
const DOUBT: Duration = Duration::from_millis(500);

/// How often to look anew where segments go while they are looked at.
const TRIES: u32 = 100;

/// A segment, and where it ends if another follows.
#[derive(Clone, Debug)]
pub(super) struct Located {
    pub(super) segment: Arc<Segment>,
    /// The first row of the next.
    pub(super) next: Option<u64>,
}

impl Located {
    /// The row after the last that is there.
    pub(super) fn end(&self) -> Result<u64> {
        let end = self.segment.end()?;
        Ok(self.next.map_or(end, |next| next.min(end)))
    }
}

impl State {
    /// A row that nobody can have read, nor be about to read: for what comes behind files that are all gone, nobody knows how many
    /// others with them. Who reads one of the newest has it open, or has just had.
    fn beyond(&self) -> u64 {
        let Some(newest) = self.catalog.newest() else { return 0 };
        let open = self.recent.iter().find(|segment| segment.name() == newest.name);
        open.and_then(|segment| segment.end().ok()).unwrap_or(0).max(newest.base).saturating_add(1)
    }
}

impl Directory {
    pub(super) fn open(path: &Path, kind: Kind) -> Result<Self> {
        let directory = Self { place: Place::new(path), kind, state: Mutex::default() };
        directory.list(&mut directory.lock())?;
        Ok(directory)
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    pub(super) fn path(&self) -> &Path {
        self.place.path()
    }

    pub(super) fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind, self.path())
    }

    /// The error for rows that are no longer kept.
    pub(super) fn discarded(&self, position: u64, first: u64) -> Error {
        let row = |row| usize::try_from(row).unwrap_or(usize::MAX);
        self.error(ErrorKind::Discarded { position: row(position), first: row(first) })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first row that is kept, and the row after the last.
    pub(super) fn rows(&self) -> Result<(u64, u64)> {
        let mut state = self.lock();
        self.refresh(&mut state)?;
        for _ in 0..TRIES {
            let Some(oldest) = state.catalog.oldest() else { return Ok((0, 0)) };
            let newest = state.catalog.entries().len() - 1;
            if let Some(located) = self.at(&mut state, newest)? {
                return Ok((oldest.base, located.end()?));
            }
            self.list(&mut state)?;
        }
        Err(self.error(ErrorKind::Busy))
    }

    /// The number of segments.
    pub(super) fn count(&self) -> Result<usize> {
        let mut state = self.lock();
        self.refresh(&mut state)?;
        Ok(state.catalog.entries().len())
    }

    /// The segments as they are known.
    pub(super) fn entries(&self) -> Result<Vec<Entry>> {
        let mut state = self.lock();
        self.refresh(&mut state)?;
        Ok(state.catalog.entries().to_vec())
    }

    /// Of the segments that begin with one of these rows, where the one in the middle begins; `None` where none does.
    pub(super) fn middle(&self, rows: Range<u64>) -> Option<u64> {
        self.lock().catalog.middle(rows)
    }

    /// The segment that a row is in, or would be; `None` where there is none yet. [`Discarded`](ErrorKind::Discarded) where the
    /// row lies before all that are kept.
    pub(super) fn locate(&self, row: u64) -> Result<Option<Located>> {
        let mut state = self.lock();
        if state.catalog.oldest().is_none() {
            // Nobody else looks whether the first row has come.
            self.refresh(&mut state)?;
        }
        for _ in 0..TRIES {
            let Some(oldest) = state.catalog.oldest() else { return Ok(None) };
            let Some(at) = state.catalog.find(row) else { return Err(self.discarded(row, oldest.base)) };
            if let Some(located) = self.at(&mut state, at)? {
                return Ok(Some(located));
            }
            // It is gone: removed, or another has its rows now.
            self.list(&mut state)?;
        }
        Err(self.error(ErrorKind::Busy))
    }

    /// The first row of the segment behind that one, if there is one.
    pub(super) fn after(&self, segment: &Segment) -> Result<Option<u64>> {
        let mut state = self.lock();
        let known = |state: &State| {
            let entries = state.catalog.entries();
            let at = entries.partition_point(|entry| entry.name <= segment.name());
            entries.get(at).map(|next| next.base)
        };
        // Who reads what was written long ago has no need of what is new.
        if let Some(next) = known(&state) {
            return Ok(Some(next));
        }
        self.refresh(&mut state)?;
        Ok(known(&state))
    }

    /// The segment at a place of the catalog; `None` where its file is gone.
    fn at(&self, state: &mut State, at: usize) -> Result<Option<Located>> {
        let Some((entry, next)) = state.catalog.at(at) else { return Ok(None) };
        if let Some(place) = state.recent.iter().position(|segment| segment.name() == entry.name) {
            let segment = state.recent.remove(place);
            // One that has fewer rows than are to be in it was joined with those behind it, in another file of that name.
            let is_whole = match next {
                Some(next) => segment.end()? >= next,
                None => true,
            };
            if segment.base() == entry.base && is_whole {
                state.recent.push(Arc::clone(&segment));
                return Ok(Some(Located { segment, next }));
            }
        }
        let segment = match Segment::open(&self.place.segment(entry.name), entry, &self.kind) {
            Ok(segment) => Arc::new(segment),
            Err(error) if error.io_kind() == Some(io::ErrorKind::NotFound) => return Ok(None),
            Err(error) => return Err(error),
        };
        if state.recent.len() == RECENT {
            state.recent.remove(0);
        }
        state.recent.push(Arc::clone(&segment));
        Ok(Some(Located { segment, next }))
    }

    /// Takes note of what has changed, as far as the index tells. Where it can't tell, and there may be more, the names are
    /// listed, unless the directory is as it was.
    fn refresh(&self, state: &mut State) -> Result<()> {
        let is_told = match self.read_index(state) {
            Ok(is_told) => is_told,
            Err(_) => {
                state.index = None;
                false
            }
        };
        // A segment that is full may have a follower that the index doesn't know: its writer was killed in between.
        let is_recent = state.looked.is_some_and(|looked| looked.elapsed() < DOUBT);
        if is_told && is_recent && !self.is_newest_full(state)? { Ok(()) } else { self.list_if_changed(state) }
    }

    /// The same, without trust in the index: for those who have waited for a while.
    pub(super) fn look(&self) -> Result<()> {
        let mut state = self.lock();
        if state.index.as_ref().is_some_and(|index| !index.is_current()) {
            state.index = None;
        }
        self.refresh(&mut state)?;
        self.list_if_changed(&mut state)
    }

    /// Takes note of new entries of the index, and of those that are no longer kept. `false` where there is no index.
    fn read_index(&self, state: &mut State) -> Result<bool> {
        let Some(index) = &mut state.index else { return Ok(false) };
        let (new, dropped) = index.more()?;
        // Nobody adds to one that another has taken the place of, and the newest segment need not be full to have a follower.
        let mut is_told = !new.is_empty() || index.is_current();
        state.told = new.last().map_or(state.told, |entry| entry.name);
        for entry in new {
            let is_known = state.catalog.newest().is_some_and(|newest| entry.name <= newest.name);
            is_told &= is_known || state.catalog.push(entry);
        }
        if dropped > state.dropped {
            if let Some(first) = index.entry(dropped)? {
                let count = state.catalog.entries().partition_point(|entry| entry.name < first.name);
                state.catalog.drop_front(count);
            }
            state.dropped = dropped;
        }
        // One that it doesn't know has followers that it doesn't know.
        Ok(is_told && state.catalog.newest().is_none_or(|newest| newest.name <= state.told))
    }

    fn is_newest_full(&self, state: &mut State) -> Result<bool> {
        let Some(newest) = state.catalog.entries().len().checked_sub(1) else { return Ok(true) };
        match self.at(state, newest)? {
            Some(located) => located.segment.is_full(),
            None => Ok(true),
        }
    }

    fn list_if_changed(&self, state: &mut State) -> Result<()> {
        let is_still = match &state.stamp {
            Some(stamp) => stamp.is_still(&self.stamp()?),
            None => false,
        };
        if is_still {
            state.looked = Some(Instant::now());
            return Ok(());
        }
        self.list(state)
    }

    fn stamp(&self) -> Result<Stamp> {
        Stamp::of(self.path()).map_err(|source| {
            let action = match source.kind() {
                io::ErrorKind::NotFound => {
                    "find the directory, which its writer makes (wait for it, or correct the path)"
                }
                _ => "look at the directory",
            };
            self.error(ErrorKind::Io { action, source })
        })
    }

    /// Lists the names, and joins them with what is known and what the index says. Anew where one of them is gone before it was
    /// looked at: removed, or joined with another by Python's `merge`.
    fn list(&self, state: &mut State) -> Result<()> {
        for tries in 1..=TRIES {
            if self.list_once(state, tries < TRIES)? {
                return Ok(());
            }
        }
        Err(self.error(ErrorKind::Busy))
    }

    /// `false` where files went while they were looked at, or, for who is picky, where the index was left behind by the names.
    fn list_once(&self, state: &mut State, is_picky: bool) -> Result<bool> {
        let stamp = self.stamp()?;
        // Before the names: those that it has are then among them, if they are there. What it gets later is read later; of an
        // index that is read after the names, entries of segments between would be taken for read, and their rows for lost.
        let mut index = IndexReader::open(&self.place.index()).ok();
        let mut says = index.as_mut().and_then(|index| index.all().ok()).unwrap_or_default();
        if says.entries.is_empty() {
            // Without one, what was counted or read before need not be counted again.
            index = None;
            says = Indexed { entries: state.catalog.entries().to_vec(), dropped: 0, end: state.beyond() };
        }
        let told = index.as_ref().and(says.entries.last()).map_or(0, |entry| entry.name);
        // What another program added was counted, and keeps its number, also if what was before it goes.
        says.entries.extend(state.catalog.entries().iter().filter(|entry| index.is_some() && entry.name > told));
        let dropped = says.dropped as u64;
        let mut names = self.names()?;
        let is_behind = match (names.first(), says.entries.last()) {
            (Some(first), Some(last)) => *first > last.name,
            _ => false,
        };
        if is_behind && is_picky {
            // Retention took all that it had before the names were listed. What doesn't say the number of its first row
            // itself would be counted from nothing.
            return Ok(false);
        }
        let merge = self.merge()?;
        if let Some((journal, true)) = &merge {
            journal.leave_out(&mut names);
        }
        let mut looked_at = Vec::new();
        let newest = names.last().copied();
        let joined = Catalog::join(&names, &says, |name| {
            looked_at.push(name);
            let look = || facts(&self.place.segment(name));
            // The newest may take long: it is made under its name.
            if self.kind.access == Access::InPlace || Some(name) == newest { look() } else { patiently(look) }
        });
        let (catalog, unfinished) = match joined {
            // Removed, or joined with another.
            Err(error) if error.io_kind() == Some(io::ErrorKind::NotFound) => return Ok(false),
            joined => joined?,
        };
        if unfinished.as_ref().is_some_and(|error| error.io_kind() == Some(io::ErrorKind::NotFound)) {
            return Ok(false);
        }
        // Files that are counted must not be joined while they are: a merge that began, or went on, meanwhile shows in its
        // journal, or has removed some by now.
        if !looked_at.is_empty() {
            let now = self.names()?;
            let are_there = looked_at.iter().all(|name| now.binary_search(name).is_ok());
            if !are_there || merge != self.merge()? {
                return Ok(false);
            }
        }
        let is_all = unfinished.is_none();
        match unfinished {
            // A file of this crate is whole when it gets its name; Python's is made under it.
            Some(error) if self.kind.access == Access::InPlace || !is_incomplete(error.kind()) => return Err(error),
            _ => {}
        }
        // One that was left out may be whole at any moment, and that leaves no trace in the directory.
        let stamp = Some(stamp).filter(|_| is_all);
        let recent = std::mem::take(&mut state.recent);
        *state = State { catalog, index, dropped, told, stamp, looked: Some(Instant::now()), recent };
        Ok(true)
    }

    /// Which segments are being joined at this moment, and whether the first has the rows of all.
    fn merge(&self) -> Result<Option<(Journal, bool)>> {
        let journal = Journal::read(&self.place)?;
        journal.map(|journal| journal.is_done(&self.place).map(|is_done| (journal, is_done))).transpose()
    }

    fn names(&self) -> Result<Vec<u64>> {
        let listing = listing::list(self.path());
        let act = |source| self.error(ErrorKind::Io { action: "list the directory", source });
        listing.map(|listing| listing.names).map_err(act)
    }
}
