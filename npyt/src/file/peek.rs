//! A file read through system calls only. Nothing of it is mapped, so no program that shortens it can end this one.
//!
//! For files that other programs rewrite in place, without a lock: Python npyt's `resize`, in a directory that it writes.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};
use std::thread;
use std::time::Duration;

use super::look::{self, After, Contents};
use super::{io_error, lock};
use crate::dtype::{DType, DTypeMismatch};
use crate::error::{Error, ErrorKind};
use crate::geometry::{Geometry, GeometryError};
use crate::header::HeaderError;
use crate::tail::{LONGEST, Tail, TailError};

/// A file open for reading, without a mapping. It holds the presence lock, shared, for as long as it lives, and goes on with the
/// file it opened when that loses its name. Threads share it.
///
/// Its rows are those from 0 to [`observe`](Self::observe), wherever the tail says that the first one kept is. They stay
/// where they are for as long as it lives: a file whose rows another program moved is [`Rewritten`](ErrorKind::Rewritten),
/// and stays so, as its numbers no longer mean the same rows.
#[derive(Debug)]
pub(crate) struct Peek {
    file: File,
    path: PathBuf,
    /// What the program takes a row for, and how it calls it.
    row: DType,
    type_name: &'static str,
    known: RwLock<Known>,
    /// The most rows that a look found.
    end: AtomicU64,
    /// Whether the rows are no longer those that they were.
    rewritten: AtomicBool,
}

/// What a look goes by.
#[derive(Debug)]
struct Known {
    /// All bytes before the rows.
    header: Vec<u8>,
    geometry: Geometry,
    has_tail: bool,
    /// Of the looks anew, so that one can tell whether there was another.
    number: u64,
}

/// What a look found.
#[derive(Clone, Copy, Debug)]
enum Looked {
    /// So many rows.
    Rows(u64),
    /// Not the file that is known under this number.
    Changed(u64),
}

/// How often, a little apart, to look again at a file that doesn't fit together.
const TRIES: u32 = 50;
const PAUSE: Duration = Duration::from_micros(100);

/// Whether the file may yet become one, as another program may be in the middle of making it, or of rewriting it: Python npyt
/// makes a file under its own name, first the header, then the rows, then the tail.
///
/// Where all rows that fit are written at once there is a moment with all of them and no tail. It is an ordinary `.npy`
/// then, with the rows it will have.
///
/// Its `expend` writes the new number of rows before it moves the tail. If it leads to the second word of the old one, that
/// looks like one of four words, with the time for the end.
pub(crate) const fn is_incomplete(error: &ErrorKind) -> bool {
    matches!(
        error,
        ErrorKind::Header(HeaderError::Cut { .. })
            | ErrorKind::Geometry(GeometryError::Short { .. })
            | ErrorKind::Tail(TailError::Magic { .. } | TailError::EndAfterCapacity { .. })
            | ErrorKind::Busy
    )
}

impl Peek {
    /// Opens a file. `type_name` is what the program calls its rows. An error that [`is_incomplete`] may pass.
    pub(crate) fn open(path: &Path, row: &DType, type_name: &'static str) -> Result<Self, Error> {
        let (file, known) = look::patiently(path, |file| {
            // Before anything is read, and for good if it is this look that succeeds.
            if lock::attend(file, path)? { find(file, row, type_name) } else { Ok(None) }
        })
        .map_err(|kind| Error::new(kind, path))?;
        Ok(Self {
            file,
            path: path.to_owned(),
            row: row.clone(),
            type_name,
            known: RwLock::new(known),
            end: AtomicU64::new(0),
            rewritten: AtomicBool::new(false),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it had no tail when it was last looked at anew: an ordinary `.npy`, all of whose rows are there.
    #[cfg(test)]
    fn is_plain(&self) -> bool {
        !self.known().has_tail
    }

    /// All bytes before the rows, as they were at the last look.
    pub(crate) fn header(&self) -> Vec<u8> {
        self.known().header.clone()
    }

    /// How many rows there are at this moment. Never fewer than before: that is an error.
    pub(crate) fn observe(&self) -> Result<u64, Error> {
        self.count().map_err(|kind| self.error(kind))
    }

    /// Has rows read that were observed: `read` is given the file and the byte where they begin, and reads so many rows. It is
    /// called again where another program rewrote something meanwhile; what it read last is right if this returns `Ok`.
    ///
    /// Published rows are not written again, so a read needs no care for what is written at that moment. What can happen is
    /// that another program moves the rows, or takes them away. It begins with the header, and so the look afterwards tells: under
    /// a header that has the rows where they were, nothing has been changed but what is behind them.
    pub(crate) fn read(
        &self,
        rows: Range<u64>,
        mut read: impl FnMut(&File, u64) -> io::Result<()>,
    ) -> Result<(), Error> {
        if rows.is_empty() {
            return Ok(());
        }
        self.read_observed(&rows, &mut read).map_err(|kind| self.error(kind))
    }

    fn read_observed(
        &self,
        rows: &Range<u64>,
        read: &mut dyn FnMut(&File, u64) -> io::Result<()>,
    ) -> Result<(), ErrorKind> {
        // Acquire: whoever noted them saw the rows.
        if rows.end > self.end.load(Ordering::Acquire) && rows.end > self.count()? {
            return Err(self.short(rows.end));
        }
        let mut tries = 0;
        loop {
            let at = self.known().byte_of(rows.start);
            // The system's loads are not ordered by our types. This keeps those of the rows behind that of their number, the
            // next one those of the header behind those of the rows.
            fence(Ordering::Acquire);
            let is_cut = match read(&self.file, at) {
                Ok(()) => false,
                Err(source) if source.kind() == io::ErrorKind::UnexpectedEof => true,
                Err(source) => return Err(ErrorKind::Io { action: "read rows", source }),
            };
            fence(Ordering::Acquire);
            match self.look()? {
                Looked::Rows(_) if !is_cut => return Ok(()),
                Looked::Rows(_) => {}
                Looked::Changed(number) => self.catch_up(number)?,
            }
            if tries == TRIES {
                return Err(if is_cut { self.short(rows.end) } else { ErrorKind::Busy });
            }
            tries += 1;
            if is_cut {
                thread::sleep(PAUSE);
            }
        }
    }

    fn count(&self) -> Result<u64, ErrorKind> {
        for _ in 0..=TRIES {
            match self.look()? {
                Looked::Rows(end) => return Ok(end),
                Looked::Changed(number) => self.catch_up(number)?,
            }
        }
        Err(ErrorKind::Busy)
    }

    /// The tail first, then the header, as in the protocol's own look (`View::observe`): a tail is abandoned by another
    /// header, and only then is anything else written to its place. So where the header is still the same, what was read was
    /// the tail. It holds for Python's `resize` too, which writes the header first.
    fn look(&self) -> Result<Looked, ErrorKind> {
        let known = self.known();
        let geometry = known.geometry;
        if self.rewritten.load(Ordering::Relaxed) {
            return Err(ErrorKind::Rewritten { had: geometry.capacity() });
        }
        // Before the tail is read: another thread may see more rows at any moment.
        let had = self.end.load(Ordering::Acquire);
        let end = if known.has_tail {
            self.end_by_tail(geometry, had)?
        } else {
            let len = self.file.metadata().map_err(io_error("read the length"))?.len();
            (len == geometry.rows_end()).then_some(geometry.capacity())
        };
        fence(Ordering::Acquire);
        match end {
            Some(end) if starts_with(&self.file, &known.header)? => {
                if end < had {
                    return Err(self.rewritten(geometry));
                }
                // A load first, as in the reader's `remember`. Release: whoever reads by it has what this thread saw.
                if end > had {
                    self.end.fetch_max(end, Ordering::Release);
                }
                Ok(Looked::Rows(end))
            }
            _ => Ok(Looked::Changed(known.number)),
        }
    }

    /// `None` where there is no tail.
    fn end_by_tail(&self, geometry: Geometry, had: u64) -> Result<Option<u64>, ErrorKind> {
        let Some(seen) = self.read_end(geometry)? else { return Ok(None) };
        settle(had, seen, low_bits(geometry.rows_end()), || {
            thread::sleep(PAUSE);
            self.read_end(geometry)
        })
    }

    fn read_end(&self, geometry: Geometry) -> Result<Option<u64>, ErrorKind> {
        // Words, and not bytes: what lies on words in the file is then copied to words, which the system does a word or more
        // at a time.
        let mut words = [0_u64; LONGEST / 8];
        let bytes = bytemuck::bytes_of_mut(&mut words);
        let read = look::read_into(&self.file, geometry.rows_end(), bytes)?;
        let tail = Tail::read(&bytes[..read], geometry.offset());
        Ok(tail.ok().filter(|tail| tail.check(geometry.capacity()).is_ok()).map(|tail| tail.end()))
    }

    /// Looks at the whole file anew, until it fits together: another program may be in the middle of rewriting it.
    #[cold]
    fn catch_up(&self, number: u64) -> Result<(), ErrorKind> {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread was there before.
        if known.number != number {
            return Ok(());
        }
        let had = known.geometry;
        let mut tries = 0;
        loop {
            let error = match find(&self.file, &self.row, self.type_name) {
                Ok(Some(found)) => match found.goes_on(&known) {
                    Ok(()) => {
                        *known = Known { number: number.wrapping_add(1), ..found };
                        return Ok(());
                    }
                    Err(error) => error,
                },
                Err(ErrorKind::Dtype(_)) => ErrorKind::Rewritten { had: had.capacity() },
                Ok(None) => ErrorKind::Busy,
                Err(error @ ErrorKind::Io { .. }) => return Err(error),
                Err(error) => error,
            };
            if tries == TRIES {
                return Err(if matches!(error, ErrorKind::Rewritten { .. }) { self.rewritten(had) } else { error });
            }
            tries += 1;
            thread::sleep(PAUSE);
        }
    }

    fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on it is.
    fn rewritten(&self, had: Geometry) -> ErrorKind {
        self.rewritten.store(true, Ordering::Relaxed);
        ErrorKind::Rewritten { had: had.capacity() }
    }

    /// The error for rows that are not there.
    fn short(&self, end: u64) -> ErrorKind {
        let needed = self.known().byte_of(end);
        GeometryError::Short { needed, found: self.file.metadata().map_or(0, |found| found.len()) }.into()
    }

    fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind, &self.path)
    }
}

impl Peek {
    /// As [`observe`](Self::observe), behind the first row that is kept, by the tail.
    pub(crate) fn observe_from_start(&self) -> Result<(u64, u64), Error> {
        for _ in 0..=TRIES {
            let end = self.observe()?;
            let (geometry, number, has_tail) = {
                let known = self.known();
                (known.geometry, known.number, known.has_tail)
            };
            let start = if has_tail { self.read_start(geometry).map_err(|kind| self.error(kind))? } else { Some(0) };
            fence(Ordering::Acquire);
            // It was the tail if it is that still.
            let looked = self.look().map_err(|kind| self.error(kind))?;
            if let (Some(start), Looked::Rows(_)) = (start, looked)
                && self.known().number == number
            {
                return Ok((start.min(end), end));
            }
        }
        Err(self.error(ErrorKind::Busy))
    }

    fn read_start(&self, geometry: Geometry) -> Result<Option<u64>, ErrorKind> {
        let bytes = look::read_bytes(&self.file, geometry.rows_end(), LONGEST)?;
        Ok(Tail::read(&bytes, geometry.offset()).ok().map(|tail| tail.start()))
    }

    /// The rows that fit, as of the last look.
    pub(crate) fn capacity(&self) -> u64 {
        self.known().geometry.capacity()
    }

    /// Whether its path still leads to it.
    pub(crate) fn is_current(&self) -> bool {
        lock::is_at(&self.file, &self.path).unwrap_or(false)
    }
}

impl Known {
    /// An error unless the rows are where they were. The capacity may be any: larger as the file grew, smaller as it was sealed.
    fn goes_on(&self, before: &Self) -> Result<(), ErrorKind> {
        let (now, then) = (self.geometry, before.geometry);
        let is_moved = now.offset() != then.offset() || now.row() != then.row();
        match (before.has_tail, self.has_tail) {
            // Without the tail all rows that fit would count, published or not.
            (true, false) if !is_moved => Err(no_tail()),
            (false, false) if now.capacity() == then.capacity() && !is_moved => Ok(()),
            (_, true) if !is_moved => Ok(()),
            _ => Err(ErrorKind::Rewritten { had: then.capacity() }),
        }
    }

    /// Where a row starts, be it within the capacity or not: that may have become less by the time it is asked for.
    const fn byte_of(&self, row: u64) -> u64 {
        self.geometry.row().saturating_mul(row).saturating_add(self.geometry.offset())
    }
}

/// `Ok(None)` where the header changed while it looked.
fn find(file: &File, row: &DType, type_name: &'static str) -> Result<Option<Known>, ErrorKind> {
    let Contents { header, bytes, file_len } = look::read(file)?;
    let geometry = Geometry::of(&header)?;
    let dtype = header.row().ok_or(GeometryError::NoAxis)?;
    DTypeMismatch::check(type_name, row, &dtype)?;
    let after = look::read_after(file, geometry, file_len)?;
    let has_tail = matches!(after, After::Tail(_));
    if !has_tail && ends_in_tail(file, geometry)? {
        return Err(no_tail());
    }
    // One that is being rewritten, so that it was read in parts, is not concluded from.
    fence(Ordering::Acquire);
    Ok(starts_with(file, &bytes)?.then_some(Known { header: bytes, geometry, has_tail, number: 0 }))
}

/// Whether the last rows that a file has room for are a tail. Python's `expend` writes the header first, and if the new rows take
/// as many bytes as a tail, the file is an ordinary `.npy` until the tail is moved, rows and all: some that were
/// never published.
fn ends_in_tail(file: &File, geometry: Geometry) -> Result<bool, ErrorKind> {
    // The last four words are the same in every layout, or look so.
    let Some(at) = geometry.rows_end().checked_sub(32).filter(|&at| at >= geometry.offset()) else { return Ok(false) };
    Ok(Tail::read(&look::read_bytes(file, at, 32)?, geometry.offset()).is_ok())
}

/// The error for a file whose tail must be somewhere.
fn no_tail() -> ErrorKind {
    TailError::Magic { found: Vec::new() }.into()
}

/// Whether these are the first bytes of the file.
fn starts_with(file: &File, header: &[u8]) -> Result<bool, ErrorKind> {
    let mut now = [0; 512];
    let mut at = 0;
    for block in header.chunks(now.len()) {
        let now = &mut now[..block.len()];
        if look::read_into(file, at, now)? < block.len() || now != block {
            return Ok(false);
        }
        at += block.len() as u64;
    }
    Ok(true)
}

/// How many bits of the end lie on the first of its two words, where the tail at that byte is on no whole words.
const fn low_bits(tail_at: u64) -> Option<u32> {
    match tail_at % 8 {
        0 => None,
        into => Some(64 - 8 * into as u32),
    }
}

/// An end that was published, for one that was read as `seen`.
///
/// Where the tail is on no whole words, some program stores the end in one piece, but others may see one part of it before
/// the other. Each part by itself is one that was stored, and says more than those before it only if the parts above it
/// say the same:
///
/// - The high part is still that of `had`, so all that was stored meanwhile differs in the low part only, which was seen whole:
///   `seen` is right.
/// - It is another one: the store of it has begun, so the rows are there; but the low part may be an old one. `again` looks
///   once more, after both parts have surely come. If the high part is still the same, the low one belongs to it, or to a
///   later end. If not, all that is certain is that there are more rows than any end with a lower high part; and so that the
///   next look takes the same care, the answer is one less than the first end with the new one.
fn settle(
    had: u64,
    seen: u64,
    low_bits: Option<u32>,
    again: impl FnOnce() -> Result<Option<u64>, ErrorKind>,
) -> Result<Option<u64>, ErrorKind> {
    let bits = low_bits.unwrap_or(0);
    let high = |end: u64| if low_bits.is_some() { end >> bits } else { 0 };
    if seen >= had && high(seen) == high(had) {
        return Ok(Some(seen));
    }
    let Some(again) = again()? else { return Ok(None) };
    Ok(Some(if high(again) == high(seen) { again } else { (high(again) << bits).saturating_sub(1) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::element::NpyElement;
    use crate::map::MapMut;
    use crate::protocol::Words;
    use crate::sys;
    use crate::{Growth, NpytMut, TailLayout, rows as typed};
    use proptest::prelude::*;
    use std::fs;
    use tempfile::TempDir;

    const ROW: DType = u64::DTYPE;
    const OFFSET: usize = 192;

    /// A header as Python writes it, of any length.
    fn header(capacity: u64, offset: usize) -> Vec<u8> {
        let text = format!("{{'descr': '<u8', 'fortran_order': False, 'shape': ({capacity:>21},), }}");
        let length = u16::try_from(offset - 10).unwrap().to_le_bytes();
        [&b"\x93NUMPY\x01\0"[..], &length, format!("{text:<width$}\n", width = offset - 11).as_bytes()].concat()
    }

    fn tail(end: u64, offset: usize) -> Vec<u8> {
        Tail::new(TailLayout::V0_4, 0, end, 1_700_000_000_000_000_000, offset as u64).to_bytes()
    }

    /// Row `n` is `n`.
    fn rows(range: Range<u64>) -> Vec<u8> {
        range.flat_map(u64::to_le_bytes).collect()
    }

    /// The file that Python makes of so many rows.
    fn saved(capacity: u64, end: u64) -> Vec<u8> {
        let free = vec![0; 8 * usize::try_from(capacity - end).unwrap()];
        [header(capacity, OFFSET), rows(0..end), free, tail(end, OFFSET)].concat()
    }

    struct Scene {
        _folder: TempDir,
        path: PathBuf,
    }

    impl Scene {
        fn new(bytes: &[u8]) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("1700000000000000000.npy");
            fs::write(&path, bytes).unwrap();
            Self { _folder: folder, path }
        }

        fn open(&self) -> Result<Peek, Error> {
            Peek::open(&self.path, &ROW, "u64")
        }

        /// As another program has it open.
        fn foreign(&self) -> File {
            File::options().read(true).write(true).open(&self.path).unwrap()
        }

        fn put(&self, at: usize, bytes: &[u8]) {
            sys::write_at(&self.foreign(), at as u64, bytes).unwrap();
        }
    }

    fn copy(peek: &Peek, rows: Range<u64>) -> Result<Vec<u64>, Error> {
        let mut out = vec![u64::MAX; usize::try_from(rows.end.saturating_sub(rows.start)).unwrap()];
        peek.read(rows, |file, at| typed::read_all(file, at, &mut out)).map(|()| out)
    }

    /// All rows, which are right.
    #[track_caller]
    fn check(peek: &Peek) -> u64 {
        let end = peek.observe().unwrap();
        assert_eq!(copy(peek, 0..end).unwrap(), (0..end).collect::<Vec<_>>());
        end
    }

    #[track_caller]
    fn assert_rewritten(result: Result<impl std::fmt::Debug, Error>) {
        assert!(matches!(result.as_ref().map_err(Error::kind), Err(ErrorKind::Rewritten { .. })), "{result:?}");
    }

    #[test]
    fn every_part_of_a_file_that_python_makes_is_not_there_yet_or_all_of_it() {
        for (capacity, end) in [(10, 4), (4, 4)] {
            let whole = saved(capacity, end);
            let rows_end = OFFSET + 8 * usize::try_from(capacity).unwrap();
            for len in 0..=whole.len() {
                let scene = Scene::new(&whole[..len]);
                match scene.open() {
                    Ok(peek) => {
                        // The rows that follow on a header can't be told from those that will be.
                        assert!(len == whole.len() || len == rows_end, "{len}");
                        let plain = len == rows_end;
                        assert_eq!(peek.is_plain(), plain);
                        if plain && end < capacity {
                            continue;
                        }
                        assert_eq!(check(&peek), end);
                        // The tail comes.
                        scene.put(0, &whole);
                        assert_eq!(check(&peek), end);
                        assert!(!peek.is_plain());
                    }
                    Err(error) => {
                        assert!(is_incomplete(error.kind()), "{len}: {error}");
                        assert_eq!(error.path(), scene.path);
                    }
                }
            }
        }
    }

    #[test]
    fn python_appends() {
        let scene = Scene::new(&saved(10, 0));
        let peek = scene.open().unwrap();
        for end in 1..=10 {
            scene.put(OFFSET + 8 * (end - 1), &(end as u64 - 1).to_le_bytes());
            assert_eq!(peek.observe().unwrap(), end as u64 - 1);
            scene.put(OFFSET + 80 + 8, &(end as u64).to_le_bytes());
            assert_eq!(check(&peek), end as u64);
        }
        assert!(copy(&peek, 3..3).unwrap().is_empty());
        assert_eq!(copy(&peek, 3..5).unwrap(), [3, 4]);
        for beyond in [3..11, 11..12, 0..1 << 20, (1 << 20)..(1 << 20) + 1] {
            let error = copy(&peek, beyond).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Geometry(GeometryError::Short { .. })), "{error}");
        }
        let far = peek.read(0..u64::MAX, |_, _| unreachable!("rows that are not there"));
        assert!(far.is_err());
        assert_eq!(check(&peek), 10);
    }

    #[test]
    fn rows_of_another_type_are_named() {
        let scene = Scene::new(&saved(10, 3));
        let error = Peek::open(&scene.path, &f64::DTYPE, "f64").unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Dtype(_)), "{error}");
        assert!(!is_incomplete(error.kind()));
        fs::remove_file(&scene.path).unwrap();
        assert_eq!(scene.open().unwrap_err().io_kind(), Some(io::ErrorKind::NotFound));
    }

    #[test]
    fn python_trims_step_by_step() {
        let scene = Scene::new(&saved(100, 7));
        let peek = scene.open().unwrap();
        assert_eq!(check(&peek), 7);
        scene.put(0, &header(7, OFFSET));
        // There is no tail yet at that place.
        assert!(is_incomplete(peek.observe().unwrap_err().kind()));
        assert!(is_incomplete(copy(&peek, 2..5).unwrap_err().kind()));
        scene.put(OFFSET + 56, &tail(7, OFFSET));
        assert_eq!(check(&peek), 7);
        scene.foreign().set_len(OFFSET as u64 + 56 + 40).unwrap();
        assert_eq!(check(&peek), 7);
        assert_eq!(peek.header(), header(7, OFFSET));
    }

    #[test]
    fn python_trims_and_expands_while_rows_are_copied() {
        for _ in 0..20 {
            let scene = Scene::new(&saved(1000, 700));
            let peek = scene.open().unwrap();
            thread::scope(|scope| {
                scope.spawn(|| {
                    let file = scene.foreign();
                    for capacity in [700_u64, 900, 750, 5000, 701, 700].into_iter().cycle().take(60) {
                        sys::write_at(&file, 0, &header(capacity, OFFSET)).unwrap();
                        sys::write_at(&file, OFFSET as u64 + 8 * capacity, &tail(700, OFFSET)).unwrap();
                        file.set_len(OFFSET as u64 + 8 * capacity + 40).unwrap();
                    }
                });
                for _ in 0..30 {
                    match copy(&peek, 0..700) {
                        Ok(copied) => assert_eq!(copied, (0..700).collect::<Vec<_>>()),
                        Err(error) => assert!(is_incomplete(error.kind()), "{error}"),
                    }
                }
            });
            assert_eq!(check(&peek), 700);
        }
    }

    #[test]
    fn a_header_that_becomes_longer_or_shorter_moves_the_rows_and_is_told() {
        for offset in [OFFSET - 64, OFFSET + 64] {
            for _ in 0..20 {
                let scene = Scene::new(&saved(1000, 700));
                let peek = scene.open().unwrap();
                thread::scope(|scope| {
                    scope.spawn(|| {
                        let file = scene.foreign();
                        sys::write_at(&file, 0, &header(700, offset)).unwrap();
                        sys::write_at(&file, offset as u64 + 8 * 700, &tail(700, offset)).unwrap();
                        file.set_len(offset as u64 + 8 * 700 + 40).unwrap();
                    });
                    for _ in 0..100 {
                        // Rows at another place are never taken for those that were there.
                        if let Ok(copied) = copy(&peek, 0..700) {
                            assert_eq!(copied, (0..700).collect::<Vec<_>>());
                        }
                    }
                });
                assert_rewritten(peek.observe());
                assert_rewritten(copy(&peek, 0..1));
                // Also when it looks right again.
                scene.put(0, &saved(1000, 700));
                assert_rewritten(peek.observe());
                assert_eq!(check(&scene.open().unwrap()), 700);
            }
        }
    }

    #[test]
    fn an_end_that_goes_back_is_told() {
        let scene = Scene::new(&saved(10, 7));
        let peek = scene.open().unwrap();
        assert_eq!(check(&peek), 7);
        scene.put(OFFSET + 80 + 8, &3_u64.to_le_bytes());
        assert_rewritten(copy(&peek, 0..7));
        scene.put(OFFSET + 80 + 8, &9_u64.to_le_bytes());
        assert_rewritten(peek.observe());
    }

    #[test]
    fn a_file_whose_tail_is_cut_off_does_not_show_what_was_never_published() {
        let scene = Scene::new(&saved(10, 7));
        let peek = scene.open().unwrap();
        assert_eq!(check(&peek), 7);
        scene.foreign().set_len(OFFSET as u64 + 80).unwrap();
        assert!(is_incomplete(peek.observe().unwrap_err().kind()));
        assert!(is_incomplete(copy(&peek, 0..7).unwrap_err().kind()));
        scene.put(OFFSET + 80, &tail(8, OFFSET));
        assert_eq!(peek.observe().unwrap(), 8);
    }

    #[test]
    fn python_expands_step_by_step() {
        for layout in [TailLayout::V0_2, TailLayout::V0_4] {
            let before = |capacity: u64, end| {
                let tail = Tail::new(layout, 0, end, 1_700_000_000_000_000_000, OFFSET as u64);
                [&saved(capacity, end)[..OFFSET + 80], &tail.to_bytes()].concat()
            };
            for more in 1..8 {
                let scene = Scene::new(&before(10, 7));
                let peek = scene.open().unwrap();
                assert_eq!(check(&peek), 7);
                // The new number of rows leads anywhere in the old tail, or behind it, or to the end of the file.
                scene.put(0, &header(10 + more, OFFSET));
                for error in [peek.observe().unwrap_err(), scene.open().unwrap_err()] {
                    assert!(is_incomplete(error.kind()), "{more}: {error}");
                }
                scene.put(OFFSET + 8 * (10 + more as usize), &tail(7, OFFSET));
                assert_eq!((check(&peek), check(&scene.open().unwrap())), (7, 7));
            }
        }
    }

    /// Rows that are what a tail is, but for the number of rows: whatever falls on an old one is taken for it by who looks at
    /// the header first.
    #[test]
    fn rows_that_look_like_a_tail_are_not_taken_for_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.npy");
        let mut writer = NpytMut::<[u64; 5]>::options().capacity(3).growth(Growth::By(3)).create(&path).unwrap();
        let offset = look::read(&File::open(&path).unwrap()).unwrap().header.offset;
        let words: Vec<u64> = Tail::new(TailLayout::V0_4, 0, 0, 1, offset).words().clone();
        let row = <[u64; 5]>::try_from(words).unwrap();
        let peek = Peek::open(&path, &<[u64; 5]>::DTYPE, "[u64; 5]").unwrap();
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut had = 0;
                while !done.load(Ordering::Relaxed) {
                    let end = peek.observe().unwrap();
                    assert!(end >= had);
                    had = end;
                }
            });
            for _ in 0..5_000 {
                writer.push(row).unwrap();
            }
            done.store(true, Ordering::Relaxed);
        });
        assert_eq!(peek.observe().unwrap(), 5_000);
    }

    #[test]
    fn a_file_that_is_cut_short_is_an_error_and_may_come_back() {
        let whole = saved(10, 7);
        for plain in [false, true] {
            let whole = if plain { &saved(7, 7)[..OFFSET + 56] } else { &whole[..] };
            let scene = Scene::new(whole);
            let peek = scene.open().unwrap();
            assert_eq!(check(&peek), 7);
            for len in [0, 5, OFFSET - 1, OFFSET, OFFSET + 17, OFFSET + 55] {
                scene.foreign().set_len(len as u64).unwrap();
                assert!(is_incomplete(peek.observe().unwrap_err().kind()), "{len}");
                assert!(is_incomplete(copy(&peek, 0..7).unwrap_err().kind()), "{len}");
                scene.put(0, whole);
                assert_eq!(check(&peek), 7);
            }
        }
    }

    #[test]
    fn a_file_without_a_name_goes_on() {
        let scene = Scene::new(&saved(10, 3));
        let peek = scene.open().unwrap();
        let file = scene.foreign();
        fs::remove_file(&scene.path).unwrap();
        fs::write(&scene.path, saved(10, 1)).unwrap();
        sys::write_at(&file, OFFSET as u64 + 24, &3_u64.to_le_bytes()).unwrap();
        sys::write_at(&file, OFFSET as u64 + 80 + 8, &4_u64.to_le_bytes()).unwrap();
        assert_eq!(check(&peek), 4);
        assert_eq!(check(&scene.open().unwrap()), 1);
    }

    #[test]
    fn our_writer_grows_and_seals_under_threads_that_copy() {
        const ROWS: u64 = 60_000;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.npy");
        let mut writer = NpytMut::<u64>::options().capacity(8).growth(Growth::By(500)).create(&path).unwrap();
        let peek = Peek::open(&path, &ROW, "u64").unwrap();
        assert_eq!(peek.path(), path);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let mut had = 0;
                    while had < ROWS {
                        let end = peek.observe().unwrap();
                        assert!(end >= had);
                        let from = had.saturating_sub(3);
                        assert_eq!(copy(&peek, from..end).unwrap(), (from..end).collect::<Vec<_>>());
                        had = end;
                    }
                });
            }
            for row in 0..ROWS {
                writer.push(row).unwrap();
            }
        });
        // Sealed in place: the new tail, then the digits; the length stays, and the old tail at the end.
        let file = File::options().read(true).write(true).open(&path).unwrap();
        let parsed = look::read(&file).unwrap();
        let offset = parsed.header.offset;
        let old = look::read_bytes(&file, 0, usize::try_from(offset).unwrap()).unwrap();
        let (from, to) = parsed.header.digits.unwrap().range();
        let digits = parsed.header.digits.unwrap().render(ROWS).unwrap();
        let tail = Tail::new(TailLayout::V0_4, 0, ROWS, 0, offset);
        sys::write_at(&file, offset + 8 * ROWS, &tail.to_bytes()).unwrap();
        assert_eq!(check(&peek), ROWS);
        sys::write_at(&file, from as u64, &digits).unwrap();
        assert_eq!(check(&peek), ROWS);
        assert_eq!(peek.header()[..from], old[..from]);
        assert_eq!(peek.header()[to..], old[to..]);
        assert_ne!(peek.header(), old);
    }

    #[test]
    #[cfg(all(target_os = "linux", not(npyt_portable)))]
    fn it_is_counted_among_the_readers() {
        use crate::sys::{Lock, Locks};
        let scene = Scene::new(&saved(10, 3));
        let other = scene.foreign();
        assert!(!Locks::is_held(&other, Lock::Presence).unwrap());
        let peek = scene.open().unwrap();
        assert!(Locks::is_held(&other, Lock::Presence).unwrap());
        drop(peek);
        assert!(!Locks::is_held(&other, Lock::Presence).unwrap());
    }

    #[test]
    fn words_of_a_file_are_read_whole() {
        // All bytes of the word are equal, so a mixture of two is seen.
        let file = tempfile::tempfile().unwrap();
        file.set_len(4096).unwrap();
        let map = MapMut::new(&file, 4096).unwrap();
        let word = map.words().word(200).unwrap();
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                for n in 0_u64.. {
                    map.store(word, n % 256 * 0x0101_0101_0101_0101, Ordering::Release);
                    if done.load(Ordering::Relaxed) {
                        return;
                    }
                }
            });
            for _ in 0..100_000 {
                let mut words = [0_u64; 5];
                look::read_into(&file, 192, bytemuck::bytes_of_mut(&mut words)).unwrap();
                assert_eq!(words[1], words[1] % 256 * 0x0101_0101_0101_0101);
            }
            done.store(true, Ordering::Relaxed);
        });
    }

    /// Looks in every way in which another program's stores of the end, in two parts each, may be met: `low` of them have come
    /// with the one part, `high` with the other.
    fn look_at_parts(had: u64, low: usize, high: usize, looks: u32) {
        const ENDS: [u64; 6] = [0, 0xfe, 0x100, 0x1ff, 0x200, 0x300];
        let parts = |low: usize, high: usize| (ENDS[high] >> 8 << 8) | (ENDS[low] & 0xff);
        for (low, high) in (low..6).flat_map(|low| (high..6).map(move |high| (low, high))) {
            let (seen, begun) = (parts(low, high), low.max(high));
            // Until the second time both parts of all stores that had begun have come.
            for (low, high) in (begun..6).flat_map(|low| (begun..6).map(move |high| (low, high))) {
                let mut again = None;
                let ask = || {
                    again = Some(parts(low, high));
                    Ok(again)
                };
                let got = settle(had, seen, Some(8), ask).unwrap().unwrap();
                let published = ENDS[if again.is_some() { low.max(high) } else { begun }];
                assert!(had <= got && got <= published, "{had:x}, {seen:x}, {again:x?}: {got:x}");
                if looks > 1 && again.is_some() {
                    look_at_parts(got, low, high, looks - 1);
                }
            }
        }
    }

    #[test]
    fn an_end_in_two_parts_is_never_one_that_was_not_stored() {
        look_at_parts(0, 0, 0, 3);
        assert_eq!((low_bits(192), low_bits(193), low_bits(199)), (None, Some(56), Some(8)));
        // Nothing is looked at again where it lies on one word, but what goes back.
        assert_eq!(settle(3, 0x1234, None, || unreachable!()).unwrap(), Some(0x1234));
        assert_eq!(settle(3, 2, None, || Ok(Some(2))).unwrap(), Some(2));
        assert_eq!(settle(3, 2, None, || Ok(None)).unwrap(), None);
    }

    #[test]
    fn rows_of_any_size_are_followed() {
        // The tail lies on no whole words, and the end on two of them.
        for offset in [65, 67, 71] {
            let capacity = 1000_u64;
            let head = {
                let text = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({capacity:>21},), }}");
                let length = (64 + offset as u16).to_le_bytes();
                let width = 64 + usize::from(offset as u16) - 1;
                [&b"\x93NUMPY\x01\0"[..], &length, format!("{text:<width$}\n").as_bytes()].concat()
            };
            let at = head.len() + 1000;
            assert_ne!(at % 8, 0);
            let bytes: Vec<u8> = (0..1000).map(|n: u64| (n % 251) as u8).collect();
            let scene = Scene::new(&[&head[..], &bytes, &tail(0, head.len())].concat());
            let peek = Peek::open(&scene.path, &u8::DTYPE, "u8").unwrap();
            for end in [0_u64, 1, 255, 256, 700, 701, 1000] {
                scene.put(at + 8, &end.to_le_bytes());
                assert_eq!(peek.observe().unwrap(), end);
                let mut out = vec![0_u8; usize::try_from(end).unwrap()];
                peek.read(0..end, |file, at| typed::read_all(file, at, &mut out)).unwrap();
                assert_eq!(out, bytes[..out.len()]);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_bytes_make_it_panic(
            bytes in proptest::collection::vec(any::<u8>(), 0..600),
            keep in 0..600_usize,
        ) {
            // Arbitrary from some byte on.
            let mut file = saved(20, 9);
            file.truncate(keep);
            file.extend(bytes);
            let scene = Scene::new(&file);
            if let Ok(peek) = scene.open() {
                let end = peek.observe().unwrap();
                prop_assert_eq!(copy(&peek, 0..end.min(1000)).is_ok(), true);
            }
        }

        #[test]
        fn no_change_makes_it_panic_or_go_back(
            changes in proptest::collection::vec((0..400_usize, proptest::collection::vec(any::<u8>(), 1..24), any::<bool>()), 1..6),
        ) {
            let whole = saved(20, 9);
            let scene = Scene::new(&whole);
            let peek = scene.open().unwrap();
            let mut had = check(&peek);
            for (at, bytes, cut) in changes {
                let at = at % whole.len();
                scene.put(at, &bytes);
                if cut {
                    scene.foreign().set_len(at as u64).unwrap();
                }
                if let Ok(end) = peek.observe() {
                    prop_assert!(end >= had);
                    had = end;
                }
                let _ = copy(&peek, 0..9);
                let _ = peek.read(0..u64::MAX, |_, _| Ok(()));
            }
            fs::write(&scene.path, &whole).unwrap();
            // As it was, unless it was seen rewritten.
            match peek.observe() {
                Ok(end) => prop_assert_eq!(end, had.max(9)),
                Err(error) => prop_assert!(matches!(error.kind(), ErrorKind::Rewritten { .. }), "{}", error),
            }
        }
    }
}
