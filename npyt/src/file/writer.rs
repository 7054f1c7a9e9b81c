//! The one writer of a file.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use super::create::Unnamed;
use super::source::{self, After};
use super::{Create, Existing, io_error};
use crate::dtype::{DType, DtypeMismatch};
use crate::error::{Error, ErrorKind};
use crate::geometry::{Geometry, GeometryError};
use crate::header::DigitField;
use crate::map::{MapMut, Word};
use crate::protocol::{self, Counters, Medium, Words};
use crate::sys::{self, Lock, Locks};
use crate::tail::{Tail, TailLayout};

/// A file open for appending: it holds the writer's lock and the only writable mapping.
///
/// Dropping stamps the time of the last update.
#[derive(Debug)]
pub(crate) struct Writer {
    // Before the file: a mapping keeps the locks, and the file is what gives them back.
    medium: FileMedium,
    path: PathBuf,
    geometry: Geometry,
    digits: DigitField,
    layout: TailLayout,
    /// `None` only where the tail is no aligned words, which a file without room for another row may have.
    counters: Option<Counters<Word>>,
    start: u64,
    end: u64,
    /// Where row `end` goes, and the end of the last row: positions in the mapping, which fit a `usize` as it does.
    next: usize,
    limit: usize,
    /// Below this byte every page is in memory and in the page table; a store there costs no fault.
    warm: usize,
}

/// The mapping and the file behind it.
#[derive(Debug)]
struct FileMedium {
    map: MapMut,
    file: File,
}

impl Words for FileMedium {
    type Word = Word;

    fn word(&self, at: u64) -> Option<Word> {
        self.map.words().word(at)
    }

    fn load(&self, word: Word, ordering: Ordering) -> u64 {
        self.map.words().load(word, ordering)
    }
}

impl Medium for FileMedium {
    #[inline]
    fn store(&self, word: Word, value: u64, ordering: Ordering) {
        self.map.store(word, value, ordering);
    }

    fn write(&self, at: u64, bytes: &[u8]) -> Result<(), ErrorKind> {
        sys::write_at(&self.file, at, bytes).map_err(io_error("write"))
    }

    fn set_len(&self, len: u64) -> Result<(), ErrorKind> {
        self.file.set_len(len).map_err(io_error("change the length"))
    }

    fn sync(&self) -> Result<(), ErrorKind> {
        self.map.flush().and_then(|()| self.file.sync_data()).map_err(io_error("sync"))
    }
}

impl Writer {
    /// Makes a file and opens it.
    pub(crate) fn create(path: &Path, create: &Create<'_>) -> Result<Self, Error> {
        let file = create.make(path).map_err(|kind| Error::new(kind, path))?;
        Self::locked(path, file, create.row, "").map_err(|kind| Error::new(kind, path))
    }

    /// Opens a file to go on appending to it. `type_name` is what the program calls its rows.
    pub(crate) fn open(path: &Path, row: &DType, type_name: &'static str) -> Result<Self, Error> {
        Self::lock(path)
            .and_then(|file| Self::locked(path, file, row, type_name))
            .map_err(|kind| Error::new(kind, path))
    }

    /// Opens the file and takes the writer's lock of what is still at the path then.
    fn lock(path: &Path) -> Result<File, ErrorKind> {
        loop {
            let file = source::open(path, true)?;
            if !Locks::exclusive(&file, Lock::Writer).map_err(io_error("lock"))? {
                return Err(ErrorKind::Locked);
            }
            // Between opening and locking another writer may have replaced the file; its lock is on the new one.
            let (held, named) =
                (file.metadata().map_err(io_error("look at"))?, fs::metadata(path).map_err(io_error("look at"))?);
            if sys::same_file(&held, &named) {
                return Ok(file);
            }
        }
    }

    /// Takes over a file whose lock is held: checks everything before anything is changed.
    fn locked(path: &Path, file: File, row: &DType, type_name: &'static str) -> Result<Self, ErrorKind> {
        let contents = source::read(&file)?;
        let header = contents.header;
        let geometry = Geometry::of(&header)?;
        let found = header.row().ok_or(GeometryError::NoAxis)?;
        DtypeMismatch::check(type_name, row, &found)?;
        let tail = match source::read_after(&file, geometry, contents.file_len)? {
            After::Tail(tail) => tail,
            After::Nothing => return Err(ErrorKind::NoTail),
        };
        let digits = header.digits.ok_or(GeometryError::NoAxis)?;
        let len = geometry.file_len(tail.layout());
        if contents.file_len > len {
            check_rest(&file, contents.file_len, geometry, tail)?;
        }
        let map = MapMut::new(&file, len).map_err(io_error("map"))?;
        let medium = FileMedium { map, file };
        let at = geometry.rows_end();
        let counters = Counters::at(&medium, at, tail.layout());
        if counters.is_none() && tail.end() < geometry.capacity() {
            return Err(ErrorKind::TailMisaligned { at });
        }
        if contents.file_len > len {
            // What a resize that was cut short left behind the tail, and blocks reserved for it.
            medium.set_len(len)?;
        }
        let mut writer = Self {
            medium,
            path: path.to_owned(),
            geometry,
            digits,
            layout: tail.layout(),
            counters,
            start: tail.start(),
            end: tail.end(),
            next: 0,
            limit: 0,
            warm: 0,
        };
        writer.place()?;
        Ok(writer)
    }

    /// Positions of rows in the mapping.
    fn place(&mut self) -> Result<(), ErrorKind> {
        let fits = |at: u64| {
            usize::try_from(at)
                .map_err(|_| GeometryError::TooLarge { rows: self.geometry.capacity(), row_bytes: self.geometry.row() })
        };
        (self.next, self.limit) = (fits(self.geometry.row_at(self.end))?, fits(self.geometry.rows_end())?);
        self.warm = self.next;
        Ok(())
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

    /// Where the next row goes, if it fits.
    #[inline]
    pub(crate) fn slot(&mut self) -> Option<(&mut MapMut, usize)> {
        (self.next < self.limit).then_some((&mut self.medium.map, self.next))
    }

    /// Makes the row at [`slot`](Self::slot) visible.
    #[inline]
    pub(crate) fn publish_one(&mut self, size: usize) {
        self.next += size;
        self.end += 1;
        self.announce();
    }

    /// Where `bytes` of rows go, if they fit.
    pub(crate) fn room(&mut self, bytes: usize) -> Option<Room<'_>> {
        if self.limit - self.next < bytes {
            return None;
        }
        let fresh = self.next + bytes > self.warm && bytes >= LEAST_WRITTEN;
        Some(if fresh {
            Room::File(&self.medium.file, self.next as u64)
        } else {
            self.warm = self.warm.max(self.next + bytes);
            Room::Map(&mut self.medium.map, self.next)
        })
    }

    /// Makes the rows in [`room`](Self::room) visible, and notes the time.
    pub(crate) fn publish(&mut self, rows: usize, bytes: usize) {
        self.next += bytes;
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
    pub(crate) fn full(&self, asked: usize, row_size: usize) -> Error {
        let fits = (self.limit - self.next) / row_size;
        let capacity = usize::try_from(self.capacity()).unwrap_or(usize::MAX);
        self.error(ErrorKind::Full { asked, fits, capacity })
    }

    pub(crate) fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind, &self.path)
    }

    #[cold]
    pub(crate) fn io_error(&self, action: &'static str, source: io::Error) -> Error {
        self.error(ErrorKind::Io { action, source })
    }

    /// Brings every page up to the tail into memory.
    pub(crate) fn prefault(&mut self) -> Result<(), Error> {
        let (next, limit) = (self.next, self.limit);
        let done = self.medium.map.prefault(next, limit - next);
        done.map_err(|source| self.io_error("bring its pages into memory", source))?;
        self.warm = self.limit;
        Ok(())
    }

    fn stamp(&self) {
        if let Some(counters) = &self.counters {
            counters.stamp(&self.medium, sys::now_ns());
        }
    }

    /// Everything published before the call survives a power loss after it.
    pub(crate) fn sync(&mut self) -> Result<(), Error> {
        self.stamp();
        self.medium.sync().map_err(|kind| self.error(kind))
    }

    /// Makes the capacity the number of rows.
    pub(crate) fn finish(&mut self) -> Result<(), Error> {
        self.stamp();
        // Before and after, but not while readers are kept out: the rows may take long to reach the disk.
        let result = self.medium.sync();
        let result = result.and_then(|()| self.exclusively(Self::shrink_to_end)).and_then(|()| self.medium.sync());
        result.map_err(|kind| self.error(kind))
    }

    /// Does what must not happen under a reader's hands.
    fn exclusively(&mut self, work: impl FnOnce(&mut Self) -> Result<(), ErrorKind>) -> Result<(), ErrorKind> {
        if !Locks::exclusive(&self.medium.file, Lock::Presence).map_err(io_error("lock"))? {
            return Err(ErrorKind::InUse);
        }
        let result = work(self);
        Locks::release(&self.medium.file, Lock::Presence).map_err(io_error("unlock"))?;
        result
    }

    fn shrink_to_end(&mut self) -> Result<(), ErrorKind> {
        let Some(steps) = self.steps_to(self.end) else {
            return self.rewrite();
        };
        if steps.is_empty() {
            return Ok(());
        }
        let tail = Tail::new(self.layout, self.start, self.end, sys::now_ns(), self.geometry.offset());
        let reserved = self.limit;
        let mut result = Ok(());
        for step in steps {
            result = protocol::resize(&self.medium, step, tail, self.digits);
            if result.is_err() {
                break;
            }
            self.geometry = step;
        }
        // Also after an error: the file is sound at every step, and the writer must follow it to where it is.
        let settled = self.settle();
        // A detour may have left more capacity than blocks were reserved for.
        self.limit = self.limit.min(reserved);
        result.and(settled)
    }

    /// The capacities to go through from the present one to `capacity`.
    fn steps_to(&self, capacity: u64) -> Option<Vec<Geometry>> {
        let (first, count) = self.digits.words();
        let word = |i: usize| self.medium.word((first + 8 * i) as u64);
        let now: Option<Vec<u64>> =
            (0..count).map(|i| word(i).map(|word| self.medium.load(word, Ordering::Relaxed))).collect();
        protocol::plan(self.geometry, capacity, self.layout.len(), self.digits, &now?)
    }

    /// Puts a copy with room for the rows and no more in the place of the file: where no steps lead there, as for rows of
    /// a few bytes in a header of Python's layout.
    fn rewrite(&mut self) -> Result<(), ErrorKind> {
        let (offset, rows) = (self.geometry.offset(), self.geometry.row_at(self.end) - self.geometry.offset());
        let geometry = self.geometry.with_capacity(self.end)?;
        let mut header = source::read_bytes(&self.medium.file, 0, usize::try_from(offset).unwrap_or(usize::MAX))?;
        let (from, to) = self.digits.range();
        let wrong = ErrorKind::Shape { capacity: self.capacity(), wanted: self.end };
        match (header.get_mut(from..to), self.digits.render(self.end)) {
            (Some(place), Some(text)) => place.copy_from_slice(&text),
            _ => return Err(wrong),
        }
        let new = Unnamed::new(&self.path).map_err(io_error("create a copy"))?;
        if !Locks::exclusive(&new.file, Lock::Writer).map_err(io_error("lock"))? {
            return Err(ErrorKind::Locked);
        }
        sys::reserve(&new.file, geometry.file_len(self.layout)).map_err(io_error("reserve room on the disk"))?;
        sys::write_at(&new.file, 0, &header).map_err(io_error("write the header"))?;
        sys::copy(&self.medium.file, &new.file, offset, rows).map_err(io_error("copy the rows"))?;
        let tail = Tail::new(self.layout, self.start, self.end, sys::now_ns(), offset);
        sys::write_at(&new.file, geometry.rows_end(), &tail.to_bytes()).map_err(io_error("write the tail"))?;
        new.file.sync_data().map_err(io_error("sync"))?;
        let map = MapMut::new(&new.file, geometry.file_len(self.layout)).map_err(io_error("map"))?;
        let file = new.name(&self.path, Existing::Replace).map_err(io_error("put the copy in its place"))?;
        self.medium = FileMedium { map, file };
        self.geometry = geometry;
        self.counters = Counters::at(&self.medium, geometry.rows_end(), self.layout);
        self.place()
    }

    /// Cuts the file to what the digits say, and maps it anew. Should that fail nothing can be appended any more.
    fn settle(&mut self) -> Result<(), ErrorKind> {
        self.counters = None;
        self.limit = self.next;
        // The digits are on the disk before the length is: a power loss must not leave a file shorter than its shape.
        self.medium.sync()?;
        let len = self.geometry.file_len(self.layout);
        self.medium.set_len(len)?;
        self.medium.map = MapMut::new(&self.medium.file, len).map_err(io_error("map"))?;
        self.counters = Counters::at(&self.medium, self.geometry.rows_end(), self.layout);
        // Without words to publish by, as in a full file of rows of nine bytes, it stays full.
        if self.counters.is_some() { self.place() } else { Ok(()) }
    }
}

/// Fewer bytes than this go through the mapping even where its pages are fresh: a system call costs more than a fault.
const LEAST_WRITTEN: usize = 4 << 10;

/// Where rows are to be put.
#[derive(Debug)]
pub(crate) enum Room<'a> {
    /// Pages that are in memory: at this position of the mapping.
    Map(&'a mut MapMut, usize),
    /// Pages that never were: at this position of the file. The two are one to every reader.
    File(&'a File, u64),
}

/// Looks at what follows the tail of a file that is longer than it should be, before it is cut off.
///
/// A resize that was killed leaves a tail there with the same counters, whole, or written up to a page border. More rows
/// there than after the rows: power was lost, and to go on would overwrite them. Anything else is not ours to cut.
fn check_rest(file: &File, file_len: u64, geometry: Geometry, tail: Tail) -> Result<(), ErrorKind> {
    let from = geometry.file_len(tail.layout());
    let last = |len: u64| {
        let at = file_len.saturating_sub(len).max(from);
        source::read_bytes(file, at, usize::try_from(file_len - at).unwrap_or(usize::MAX))
    };
    for len in [TailLayout::V0_4.len(), TailLayout::V0_2.len()] {
        if let Ok(other) = Tail::read(&last(len)?, geometry.offset()) {
            if other.end() > tail.end() {
                return Err(ErrorKind::TailsDisagree { counted: tail.end(), at_end: other.end() });
            }
            return Ok(());
        }
    }
    let whole = tail.to_bytes();
    let stamp = tail.layout().timestamp_word();
    let torn = file_len.is_multiple_of(4096)
        && (1..tail.layout().words() as u64).any(|words| {
            last(8 * words).is_ok_and(|found| {
                found.len() as u64 == 8 * words
                    && (0..).zip(found.chunks(8).zip(whole.chunks(8))).all(|(i, (a, b))| a == b || Some(i) == stamp)
            })
        });
    if torn { Ok(()) } else { Err(ErrorKind::Trailing { expected: from, found: file_len }) }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.stamp();
    }
}
