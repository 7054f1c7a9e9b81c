//! The one writer of a file: adding rows. How it gets there is in `open`, what changes the capacity in `grow` and `shrink`, how
//! rows become durable in `durable`.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{Ordering, fence};

use super::durability::Durability;
use super::durable::Durable;
use super::growth::Growth;
use super::io_error;
use super::mapped::MappedFile;
use crate::error::{Error, ErrorKind};
use crate::geometry::Geometry;
use crate::header::DigitField;
use crate::map::{MapMut, Word};
use crate::protocol::{Abandoned, Counters, Medium, Words};
use crate::sys;
use crate::tail::{Tail, TailLayout};

/// What a writer is asked to do beyond adding rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ways {
    /// Blocks for all of the capacity, so that a store never meets a full disk.
    pub(crate) reserve: bool,
    /// All pages in memory from the start.
    pub(crate) prefault: bool,
    pub(crate) growth: Growth,
    pub(crate) durability: Durability,
    /// Wake readers that sleep until there are rows.
    pub(crate) wake: bool,
}

/// A file open for appending: it holds the writer's lock and the only writable mapping.
///
/// Dropping stamps the time of the last update.
#[derive(Debug)]
pub(crate) struct Writer {
    /// Its slots are the rows that may be written: the capacity, or fewer where blocks were not reserved. The quick ones among
    /// them need nothing but a copy and a store of `end`.
    pub(super) medium: MappedFile,
    /// As the user gave it, for messages.
    pub(super) path: PathBuf,
    /// Where it leads, whatever becomes of the working directory and of links.
    pub(super) target: PathBuf,
    pub(super) geometry: Geometry,
    pub(super) digits: DigitField,
    pub(super) layout: TailLayout,
    /// `None` where the tail is no aligned words: no row can be published there.
    pub(super) counters: Option<Counters<Word>>,
    pub(super) start: u64,
    /// The row after the last. The one field that a push changes: where the row goes is worked out from it, so that in a
    /// loop of pushes the compiler keeps it in a register, and no store waits for the one before.
    pub(super) end: u64,
    /// Below this byte every page is in memory and in the page table; a store there costs no fault.
    pub(super) warm: u64,
    /// Rows below this number have blocks on the disk, or were not to have any.
    pub(super) usable: u64,
    /// Where the last tail of the file starts, if that is not the one behind the rows: the capacity fell under readers, and
    /// nothing was cut. Python's npyt looks there.
    pub(super) at_end: Option<u64>,
    /// Rows that may lie where a reader still sees a tail.
    pub(super) abandoned: Abandoned,
    pub(super) ways: Ways,
    pub(super) durable: Durable,
}

/// Fewer bytes than this go through the mapping even where its pages are fresh. Measured on fresh pages, a `pwrite` of 6 KiB
/// takes twice the time of a copy that faults, of 48 KiB the same, of 96 KiB two thirds.
const LEAST_WRITTEN: u64 = 48 << 10;

/// Where rows are to be put.
#[derive(Debug)]
pub(crate) enum Room<'a> {
    /// Pages that are in memory: from this slot on.
    Map(&'a mut MapMut, u64),
    /// A place that was a tail, for one row of whole words: at this byte, by atomic stores.
    Words(&'a mut MapMut, u64),
    /// Pages that never were, or a place that was a tail: at this byte of the file. Mapping and file are one to every reader.
    File(&'a File, u64),
}

impl Writer {
    /// The slots, and the number of the next. Where that is a quick one, a push is a copy, [`PUBLISH`](crate::protocol::PUBLISH)
    /// and [`go_on_at`](Self::go_on_at).
    #[inline]
    pub(crate) fn next(&mut self) -> (&mut MapMut, u64) {
        (&mut self.medium.map, self.end)
    }

    /// Notes the end, which was stored already. Every way through a push ends with this one store, and so the compiler knows in
    /// a loop of pushes what it stored, and doesn't ask the memory.
    #[inline]
    pub(crate) fn go_on_at(&mut self, end: u64) {
        self.end = end;
    }

    /// Where `rows` more go. Grows where they don't fit and it may.
    pub(crate) fn room(&mut self, rows: usize) -> Result<Room<'_>, Error> {
        self.check_durable().map_err(|kind| self.error(kind))?;
        let end = self.end.saturating_add(rows as u64);
        let is_quick = end <= self.medium.map.quick();
        if !is_quick && (end > self.medium.map.slots() || self.counters.is_none()) {
            self.make_room(end)?;
        }
        // Within the slots, so the rows have bytes in the file.
        let (from, to) = (self.geometry.row_at(self.end), self.geometry.row_at(end));
        if !is_quick && self.abandoned.meets(self.end..end) {
            if rows == 1 && self.geometry.row().is_multiple_of(8) && from.is_multiple_of(8) {
                return Ok(Room::Words(&mut self.medium.map, from));
            }
            sys::may_reach(to).map_err(|source| self.io_error("write rows", source))?;
            // The system's stores come after those that abandoned the tail, and are none of ours: no reader of this
            // process races with them.
            fence(Ordering::Release);
            return Ok(Room::File(&self.medium.file, from));
        }
        if sys::COHERENT && to > self.warm && to - from >= LEAST_WRITTEN && sys::may_reach(to).is_ok() {
            return Ok(Room::File(&self.medium.file, from));
        }
        self.warm = self.warm.max(to);
        Ok(Room::Map(&mut self.medium.map, self.end))
    }

    /// Makes the rows in [`room`](Self::room) visible, notes the time, and does what was asked for besides.
    pub(crate) fn publish(&mut self, rows: usize) -> Result<(), Error> {
        let end = self.end + rows as u64;
        if end <= self.medium.map.quick() {
            self.show(end);
            return Ok(());
        }
        self.publish_with_care(end)
    }

    fn publish_with_care(&mut self, end: u64) -> Result<(), Error> {
        let each = self.ways.durability == Durability::EveryPublish;
        if each {
            // Rows before the end that shows them. After an error they are not shown.
            self.sync_all().map_err(|kind| self.error(kind))?;
        }
        self.show(end);
        self.wake();
        let synced = if each || self.durable.is_due(self.end) { self.sync_all() } else { Ok(()) };
        self.abandoned.pass(self.end);
        self.set_quick();
        synced.map_err(|kind| self.error(published(kind)))
    }

    #[inline]
    fn show(&mut self, end: u64) {
        self.end = end;
        if let Some(counters) = &self.counters {
            counters.publish(&self.medium, end);
        }
        self.stamp();
    }

    /// Wakes readers that sleep, if it does that.
    pub(crate) fn wake(&self) {
        if let Some(counters) = self.counters.filter(|_| self.ways.wake) {
            self.medium.map.wake(counters.end_word());
        }
    }

    /// Takes the first rows away; nobody who looks at them notices.
    pub(crate) fn discard(&mut self, rows: u64) -> Result<(), Error> {
        self.check_durable().map_err(|kind| self.error(kind))?;
        if self.counters.is_none() {
            self.make_room(self.end)?;
        }
        let Some(counters) = self.counters else { return Err(self.error(ErrorKind::Unmapped)) };
        self.start += rows.min(self.end - self.start);
        counters.discard(&self.medium, self.start);
        self.stamp();
        if let Some(at) = self.at_end {
            let tail = self.tail().to_bytes();
            self.medium.write(at, &tail).map_err(|kind| self.error(kind))?;
        }
        match self.ways.durability {
            Durability::EveryPublish => self.sync_all().map_err(|kind| self.error(published(kind))),
            _ => Ok(()),
        }
    }

    /// The file, in which every row is that is below [`end`](Self::end), and the byte where a row starts.
    pub(crate) fn written(&self, row: u64) -> Result<(&File, u64), Error> {
        self.medium.map.flush().map_err(|source| self.io_error("write rows", source))?;
        Ok((&self.medium.file, self.geometry.row_at(row)))
    }

    /// The error for rows that don't fit.
    #[cold]
    pub(super) fn full(&self, needed: u64) -> Error {
        let at = self.geometry.rows_end();
        if self.counters.is_none() && self.end < self.geometry.capacity() {
            let kind = if at.is_multiple_of(8) { ErrorKind::Unmapped } else { ErrorKind::TailMisaligned { at } };
            return self.error(kind);
        }
        let rows = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let fits = rows(self.medium.map.slots().saturating_sub(self.end));
        self.error(ErrorKind::Full { asked: rows(needed - self.end), fits, capacity: rows(self.capacity()) })
    }

    /// Whether a loss of power is to take no more than was agreed on.
    pub(crate) fn is_to_be_durable(&self) -> bool {
        self.durable.is_asked_for()
    }

    /// Whether its path still leads to it, and it is as long as it was. One that another program cut is made as long again, so
    /// that no store to it ends this process; but it is no file of ours any more.
    pub(crate) fn is_in_place(&self) -> bool {
        let needed = self.geometry.file_len(self.layout);
        let Ok(ours) = self.medium.file.metadata() else { return false };
        if ours.len() < needed {
            let _ = self.medium.set_len(needed);
            return false;
        }
        fs::metadata(&self.target).is_ok_and(|there| sys::same_file(&there, &ours))
    }

    /// Whether the disk refused a sync.
    pub(crate) fn was_refused(&self) -> bool {
        self.medium.refused.get().is_some()
    }

    /// Whether rows wait for the disk in the thread that adds them.
    pub(crate) const fn waits_for_disk(&self) -> bool {
        matches!(self.ways.durability, Durability::EveryPublish | Durability::EveryRows(_))
    }

    /// Whether the file says what this writer stored: another program, which takes no locks, may have added rows.
    pub(crate) fn is_alone(&self) -> bool {
        self.counters.is_none_or(|counters| self.medium.load(counters.end_word(), Ordering::Relaxed) == self.end)
    }

    pub(crate) fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind, &self.path)
    }

    #[cold]
    pub(crate) fn io_error(&self, action: &'static str, source: io::Error) -> Error {
        self.error(ErrorKind::Io { action, source })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) const fn start(&self) -> u64 {
        self.start
    }

    pub(crate) const fn end(&self) -> u64 {
        self.end
    }

    pub(crate) const fn capacity(&self) -> u64 {
        self.geometry.capacity()
    }

    /// What the file is to say now.
    pub(super) fn tail(&self) -> Tail {
        Tail::new(self.layout, self.start, self.end, sys::now_ns(), self.geometry.offset())
    }

    /// The words of the digits, as they are.
    pub(super) fn digit_words(&self) -> Option<Vec<u64>> {
        let (first, count) = self.digits.words();
        let word = |i: usize| self.medium.word((first + 8 * i) as u64);
        (0..count).map(|i| word(i).map(|word| self.medium.load(word, Ordering::Relaxed))).collect()
    }

    /// Gives out slots for the capacity as far as it is usable, where there are words to publish their rows by.
    pub(super) fn set_slots(&mut self) {
        let usable = self.usable.min(self.geometry.capacity());
        let count = if self.counters.is_some() { usable } else { self.end };
        self.medium.map.set_slots(self.geometry.offset(), self.geometry.row(), count);
        self.set_quick();
    }

    /// A slot is quick where a copy and a store of `end` are all that a push has to do.
    pub(super) fn set_quick(&mut self) {
        let by_tail = self.abandoned.first_from(self.end).unwrap_or(u64::MAX);
        let by_disk = self.durable.quick_until(self.end);
        let quick = if self.ways.wake { 0 } else { by_tail.min(by_disk) };
        match &self.counters {
            Some(counters) => self.medium.map.set_quick(quick, counters.end_word()),
            None => self.medium.map.no_quick(),
        }
    }

    /// Brings every page up to the tail into memory.
    pub(super) fn prefault(&mut self) -> Result<(), ErrorKind> {
        let (from, to) = (self.geometry.row_at(self.end), self.geometry.rows_end());
        self.medium.map.prefault(from, to - from).map_err(io_error("bring its pages into memory"))?;
        self.warm = to;
        Ok(())
    }

    pub(super) fn stamp(&self) {
        if let Some(counters) = &self.counters {
            counters.stamp(&self.medium, sys::now_ns());
        }
    }

    /// Everything published before the call survives a power loss after it, and so does the file's name.
    pub(crate) fn sync(&mut self) -> Result<(), Error> {
        self.stamp();
        let synced = self.check_durable().and_then(|()| self.sync_all());
        synced.map_err(|kind| self.error(published(kind)))
    }

    pub(super) fn sync_all(&mut self) -> Result<(), ErrorKind> {
        let synced = self.medium.sync();
        let synced = self.durable.synced(synced, self.end).and_then(|()| self.durable.sync_name(&self.target));
        // The next one is due at another row now, or the disk refused.
        self.set_quick();
        synced
    }

    /// An error where the disk has refused a sync that rows count on. From then on no push is quick.
    pub(super) fn check_durable(&mut self) -> Result<(), ErrorKind> {
        let checked = self.durable.check();
        if checked.is_err() {
            self.medium.map.no_quick();
        }
        checked
    }

    /// Remembers a sync that was refused in a change of the capacity.
    pub(super) fn heed_refusal(&mut self) {
        if let Some(refused) = self.medium.refused.get() {
            self.durable.refuse(*refused);
            self.set_quick();
        }
    }
}

/// The error of a sync, where the rows are already visible.
fn published(kind: ErrorKind) -> ErrorKind {
    match kind {
        ErrorKind::Io { source, .. } => ErrorKind::NotDurable { source },
        other => other,
    }
}

#[cfg(all(test, unix))]
impl Writer {
    /// From now on the disk refuses every sync.
    pub(crate) fn refuse_syncs(&mut self) {
        // It takes whatever is written, and knows no sync.
        let null = File::options().read(true).write(true).open("/dev/null").expect("it is always there");
        // What was opened keeps its lock by its mapping.
        self.medium.file = null;
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.stamp();
    }
}
