//! The one writer of a file: adding rows. How it gets there is in `open`, how a recording ends in `finish`.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::io_error;
use super::mapped::MappedFile;
use crate::error::{Error, ErrorKind};
use crate::geometry::Geometry;
use crate::header::DigitField;
use crate::map::{MapMut, Word};
use crate::protocol::{Counters, Medium};
use crate::sys;
use crate::tail::TailLayout;

/// A file open for appending: it holds the writer's lock and the only writable mapping.
///
/// Dropping stamps the time of the last update.
#[derive(Debug)]
pub(crate) struct Writer {
    /// Its slots are the rows that may be written: the capacity, or fewer where blocks were not reserved.
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
    /// Whether the file's name may not be on the disk yet.
    pub(super) is_new: bool,
}

/// Fewer bytes than this go through the mapping even where its pages are fresh. Measured on fresh pages, a `pwrite` of 6 KiB
/// takes twice the time of a copy that faults, of 48 KiB the same, of 96 KiB two thirds.
const LEAST_WRITTEN: u64 = 48 << 10;

/// Where rows are to be put.
#[derive(Debug)]
pub(crate) enum Room<'a> {
    /// Pages that are in memory: from this slot on.
    Map(&'a mut MapMut, u64),
    /// Pages that never were: at this byte of the file. The two are one to every reader.
    File(&'a File, u64),
}

impl Writer {
    /// The slots, the number of the next, and how to make it visible when it is filled.
    #[inline]
    pub(crate) fn next(&mut self) -> (&mut MapMut, u64) {
        (&mut self.medium.map, self.end)
    }

    /// Makes the row in the [`next`](Self::next) slot visible.
    #[inline]
    pub(crate) fn publish_one(&mut self) {
        self.end += 1;
        self.announce();
    }

    /// Where `rows` more go, if they fit.
    pub(crate) fn room(&mut self, rows: usize) -> Option<Room<'_>> {
        let end = self.end.checked_add(rows as u64).filter(|&end| end <= self.medium.map.slots())?;
        let (from, to) = (self.geometry.row_at(self.end), self.geometry.row_at(end));
        if sys::COHERENT && to > self.warm && to - from >= LEAST_WRITTEN {
            return Some(Room::File(&self.medium.file, from));
        }
        self.warm = self.warm.max(to);
        Some(Room::Map(&mut self.medium.map, self.end))
    }

    /// Makes the rows in [`room`](Self::room) visible, and notes the time.
    pub(crate) fn publish(&mut self, rows: usize) {
        self.end += rows as u64;
        self.announce();
        self.stamp();
    }

    #[inline]
    fn announce(&self) {
        if let Some(counters) = &self.counters {
            counters.publish(&self.medium, self.end);
        }
    }

    /// The error for rows that don't fit.
    #[cold]
    pub(crate) fn full(&self, asked: usize) -> Error {
        let at = self.geometry.rows_end();
        if self.counters.is_none() && self.end < self.geometry.capacity() {
            let kind = if at.is_multiple_of(8) { ErrorKind::Unmapped } else { ErrorKind::TailMisaligned { at } };
            return self.error(kind);
        }
        let rows = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let fits = rows(self.medium.map.slots().saturating_sub(self.end));
        self.error(ErrorKind::Full { asked, fits, capacity: rows(self.capacity()) })
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

    /// Gives out slots for the capacity, where there are words to publish their rows by.
    pub(super) fn set_slots(&mut self) {
        let count = if self.counters.is_some() { self.geometry.capacity() } else { self.end };
        self.medium.map.set_slots(self.geometry.offset(), self.geometry.row(), count);
        self.warm = self.geometry.row_at(self.end);
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
        self.sync_all().map_err(|kind| self.error(kind))
    }

    pub(super) fn sync_all(&mut self) -> Result<(), ErrorKind> {
        self.medium.sync()?;
        if self.is_new {
            sys::sync_directory(&self.target).map_err(io_error("sync the directory"))?;
            self.is_new = false;
        }
        Ok(())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.stamp();
    }
}
