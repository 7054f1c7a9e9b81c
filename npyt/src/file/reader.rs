//! One of the many readers of a file.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering, fence};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::inspect::{self, Info};
use super::lock;
use super::look::{self, After};
use super::seen::Seen;
use super::{io_error, read_error};
use crate::dtype::{DType, DTypeMismatch};
use crate::error::{Error, ErrorKind};
use crate::geometry::{Geometry, GeometryError};
use crate::map::{Map, Maps};
use crate::protocol::{Observed, Place, View};
use crate::tail::TailLayout;

/// A file open for reading: it holds the presence lock, shared, for as long as it lives. Threads share it.
#[derive(Debug)]
pub(crate) struct Reader {
    maps: Maps,
    // After the mappings, which keep the lock: the last of them gives it back.
    file: File,
    path: PathBuf,
    dtype: DType,
    /// What to watch; `None` for a shape without digits, which can't be.
    place: Option<Place>,
    seen: Seen,
    /// Held while `seen` is changed.
    catching_up: Mutex<()>,
    /// The last look, for when the next one fails.
    last: (AtomicU64, AtomicU64),
}

impl Reader {
    /// Opens a file. `type_name` is what the program calls its rows.
    pub(crate) fn open(path: &Path, row: &DType, type_name: &'static str) -> Result<Self, Error> {
        open(path, Some((row, type_name))).map_err(|kind| Error::new(kind, path))
    }

    /// Opens a file whatever its rows are.
    pub(crate) fn open_any(path: &Path) -> Result<Self, Error> {
        open(path, None).map_err(|kind| Error::new(kind, path))
    }

    /// What it means that `len` bytes at `at`, of rows that were observed, could not be read.
    pub(crate) fn read_error(&self, at: u64, len: u64, source: io::Error) -> Error {
        self.error(read_error(&self.file, at, len, source))
    }

    /// An error where rows don't lie as a type of that alignment has to.
    pub(crate) fn check_alignment(&self, alignment: usize) -> Result<(), Error> {
        let offset = self.geometry().offset();
        if !offset.is_multiple_of(alignment as u64) || alignment > MOST_ALIGNED {
            return Err(self.error(ErrorKind::Misaligned { offset, alignment }));
        }
        Ok(())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) const fn dtype(&self) -> &DType {
        &self.dtype
    }

    /// As it was at the last look.
    pub(crate) fn geometry(&self) -> Geometry {
        self.seen.load().geometry
    }

    pub(crate) const fn file(&self) -> &File {
        &self.file
    }

    /// The latest mapping. All rows that were ever observed are in it, and stay where they are in those before it.
    pub(crate) fn map(&self) -> &Map {
        self.maps.current()
    }

    /// The rows published at this moment: the first kept, the one after the last. Those of the last look where the file
    /// can't be looked at any more: [`Self::try_observe`] says why.
    #[inline]
    pub(crate) fn observe(&self) -> (u64, u64) {
        self.look().unwrap_or_else(|_| self.last())
    }

    /// As [`observe`](Self::observe), with the reason where it fails.
    pub(crate) fn try_observe(&self) -> Result<(u64, u64), Error> {
        self.look().map_err(|kind| self.error(kind))
    }

    /// As [`observe`](Self::observe), but with a look at the length of the file before one at its mapping: a file that
    /// another program has shortened has the rows it had at the last look, and reading them through the file is an error.
    pub(crate) fn observe_length_first(&self) -> (u64, u64) {
        self.look_length_first().unwrap_or_else(|_| self.last())
    }

    /// As [`observe_length_first`](Self::observe_length_first), with the reason where it fails.
    pub(crate) fn try_observe_length_first(&self) -> Result<(u64, u64), Error> {
        self.look_length_first().map_err(|kind| self.error(kind))
    }

    fn look_length_first(&self) -> Result<(u64, u64), ErrorKind> {
        self.check_length()?;
        self.look()
    }

    /// An error where the file is shorter than what is looked at in its mapping.
    fn check_length(&self) -> Result<(), ErrorKind> {
        let geometry = self.geometry();
        let needed = self.layout().map_or(geometry.rows_end(), |layout| geometry.file_len(layout));
        let found = self.file.metadata().map_err(io_error("read the length"))?.len();
        if found < needed {
            return Err(GeometryError::Short { needed, found }.into());
        }
        Ok(())
    }

    #[inline]
    fn look(&self) -> Result<(u64, u64), ErrorKind> {
        loop {
            let (view, number) = self.seen.load_numbered();
            let Some(place) = &self.place else {
                return Ok(view.fixed.unwrap_or_default());
            };
            match view.observe(self.map(), place) {
                Observed::Rows { start, end } => {
                    remember(&self.last.0, start);
                    remember(&self.last.1, end);
                    return Ok((start, end));
                }
                Observed::Moved => self.catch_up(number, place)?,
            }
        }
    }

    /// Goes where the tail went. By the number of the view that is left, and not by the view, which a look then has no need
    /// to keep in memory.
    #[cold]
    fn catch_up(&self, number: u64, place: &Place) -> Result<(), ErrorKind> {
        let guard = self.catching_up.lock().unwrap_or_else(PoisonError::into_inner);
        // Another thread was there before.
        if !self.seen.is_still(number) {
            return Ok(());
        }
        let left = self.seen.load();
        let mut tries = 0;
        loop {
            let error = match self.find(&left, place) {
                Ok(Some(view)) => {
                    self.seen.store(&view);
                    drop(guard);
                    return Ok(());
                }
                // The digits changed again meanwhile.
                Ok(None) => ErrorKind::Busy,
                Err(error) => error,
            };
            // A writer of ours leaves no moment in which it doesn't fit; another program may, while it rewrites a header.
            if tries == TRIES {
                return Err(error);
            }
            tries += 1;
            thread::sleep(PAUSE);
        }
    }

    /// The view of the file as it is now. The digits that it has are looked at before anything else, and at the end again.
    fn find(&self, left: &View, place: &Place) -> Result<Option<View>, ErrorKind> {
        let had = left.geometry.capacity();
        let map = self.map();
        let (digits, capacity) = place.look(map).ok_or(ErrorKind::Rewritten { had })?;
        // Never fewer while we hold the presence lock, by a writer that knows of it, but where it counts falls: that one cuts
        // nothing off, and leaves alone what we have seen. It counts before it changes the number, so we may know the count.
        let has_fallen = place.digits.falls(&digits) > 0;
        if capacity < had && !has_fallen {
            return Err(ErrorKind::Rewritten { had });
        }
        let geometry = left.geometry.with_capacity(capacity)?;
        let file_len = self.file.metadata().map_err(io_error("read the length"))?.len();
        let after = look::read_after(&self.file, geometry, file_len)?;
        if has_fallen && !matches!(after, After::Tail(tail) if tail.end() >= self.last().1) {
            return Err(ErrorKind::Rewritten { had });
        }
        let (layout, fixed) = match after {
            After::Tail(tail) => {
                let aligned = geometry.rows_end().is_multiple_of(8);
                (Some(tail.layout()), (!aligned).then_some((tail.start(), tail.end())))
            }
            After::Nothing => (None, Some((0, capacity))),
        };
        if layout != place.layout {
            return Err(ErrorKind::Rewritten { had });
        }
        let needed = layout.map_or(geometry.rows_end(), |layout| geometry.file_len(layout));
        if map.len() < needed {
            self.maps.add(Map::read_only(&self.file, needed).map_err(io_error("map"))?);
        }
        // The words of the tail were read through the file just now. Had the digits changed meanwhile, it might be abandoned.
        // The fence keeps this look behind that read.
        fence(Ordering::Acquire);
        // The system's loads are not ordered by our types: the fence keeps them before the second look.
        fence(Ordering::Acquire);
        let still = place.look(self.map()).is_some_and(|(again, _)| again == digits);
        Ok(still.then_some(View { geometry, digits, fixed }))
    }

    /// Waits for a change of the number of rows, but no longer than `timeout`: until a writer wakes us, if it does that, or
    /// the time is over. `end` is what was last seen.
    pub(crate) fn wait(&self, end: u64, timeout: Duration) {
        let view = self.seen.load();
        let counters = self.place.as_ref().filter(|_| view.fixed.is_none());
        match counters.and_then(|place| place.counters(self.map(), view.geometry)) {
            // Asleep only while the word still says so: a row that came after the look is not slept through, and neither is
            // a tail that moves away, as that changes the word too.
            Some(counters) => self.map().wait(counters.end_word(), end, timeout),
            None => thread::sleep(timeout),
        }
    }

    /// When its writer last noted the time.
    pub(crate) fn stamped(&self) -> Option<u64> {
        loop {
            // Whatever the tail says counts only if it was the tail afterwards.
            let (view, number) = self.seen.load_numbered();
            let place = self.place.as_ref().filter(|_| view.fixed.is_none())?;
            let stamped = place.counters(self.map(), view.geometry)?.stamped(self.map());
            fence(Ordering::Acquire);
            match view.observe(self.map(), place) {
                Observed::Rows { .. } => return stamped,
                Observed::Moved => self.catch_up(number, place).ok()?,
            }
        }
    }

    /// The same, but with a look at the length of the file first, as [`observe_length_first`](Self::observe_length_first).
    pub(crate) fn stamped_length_first(&self) -> Option<u64> {
        self.check_length().ok()?;
        self.stamped()
    }

    /// All that the file says of itself.
    pub(crate) fn info(&self) -> Result<Info, Error> {
        let mut tries = 0;
        loop {
            match inspect::look(&self.file) {
                Err(_) if tries < TRIES => tries += 1,
                result => return result.map_err(|kind| self.error(kind)),
            }
            thread::sleep(PAUSE);
        }
    }

    /// The latest mapping, to keep rows by that were observed: it takes no descriptor, of which a process has few, and a
    /// directory may have ten thousand files. It keeps the file, also without a name, and the presence lock.
    pub(crate) fn share_map(&self) -> Arc<Map> {
        self.maps.share()
    }

    /// Whether no row can come: an ordinary `.npy` gets none as long as a reader has it open.
    pub(crate) const fn is_final(&self) -> bool {
        self.layout().is_none()
    }

    const fn layout(&self) -> Option<TailLayout> {
        match &self.place {
            Some(place) => place.layout,
            None => None,
        }
    }

    /// The rows of the last look.
    fn last(&self) -> (u64, u64) {
        // Acquire: who noted them saw the rows, and the mapping they are in.
        let end = self.last.1.load(Ordering::Acquire);
        (self.last.0.load(Ordering::Relaxed).min(end), end)
    }

    pub(crate) fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind, &self.path)
    }
}

/// Mappings begin at a page border, and the smallest pages are of this size: more can't be promised for every mapping.
const MOST_ALIGNED: usize = 4096;

/// How often, a little apart, to look again at a file that doesn't fit together.
const TRIES: u32 = 50;
const PAUSE: Duration = Duration::from_micros(100);

/// Release: whoever falls back on it reads the rows, which this thread saw and that one didn't. The largest, as threads come here
/// in any order. A load first, as a store would take the cache line from other threads at every look.
#[inline]
fn remember(last: &AtomicU64, now: u64) {
    if last.load(Ordering::Relaxed) < now {
        last.fetch_max(now, Ordering::Release);
    }
}

/// The row type that a program has, and what it calls that.
type Expected<'a> = Option<(&'a DType, &'static str)>;

fn open(path: &Path, row: Expected<'_>) -> Result<Reader, ErrorKind> {
    let (file, parts) = look::patiently(path, |file| {
        // Before anything is read, and for good if it is this look that succeeds.
        if lock::attend(file, path)? { look(file, row) } else { Ok(None) }
    })?;
    let Parts { map, dtype, place, view } = parts;
    let reader = Reader {
        maps: Maps::new(map),
        file,
        path: path.to_owned(),
        dtype,
        place,
        seen: Seen::new(&view),
        catching_up: Mutex::new(()),
        last: (AtomicU64::new(0), AtomicU64::new(0)),
    };
    // The first look is there to fall back on.
    reader.observe();
    Ok(reader)
}

/// Everything of a reader but its file.
struct Parts {
    map: Map,
    dtype: DType,
    place: Option<Place>,
    view: View,
}

/// `Ok(None)` where the digits changed while it looked.
fn look(file: &File, row: Expected<'_>) -> Result<Option<Parts>, ErrorKind> {
    let contents = look::read(file)?;
    let header = contents.header;
    let geometry = Geometry::of(&header)?;
    let dtype = header.row().ok_or(GeometryError::NoAxis)?;
    if let Some((row, type_name)) = row {
        DTypeMismatch::check(type_name, row, &dtype)?;
    }
    let (len, layout, fixed) = match look::read_after(file, geometry, contents.file_len)? {
        After::Nothing => (geometry.rows_end(), None, Some((0, geometry.capacity()))),
        After::Tail(tail) => {
            let aligned = geometry.rows_end().is_multiple_of(8);
            let fixed = (!aligned).then_some((tail.start(), tail.end()));
            (geometry.file_len(tail.layout()), Some(tail.layout()), fixed)
        }
    };
    let map = Map::read_only(file, len).map_err(io_error("map"))?;
    // The look at the digits stays behind the read of the tail.
    fence(Ordering::Acquire);
    let mut place = header.digits.map(|digits| Place { digits, layout });
    let mut digits = Default::default();
    match place.map(|place| place.look(&map)) {
        Some(Some((found, capacity))) if capacity == geometry.capacity() => digits = found,
        // A number that nobody changes in place, as it is spelled in some other way.
        None | Some(None) if fixed.is_some() => place = None,
        _ => return Ok(None),
    }
    Ok(Some(Parts { map, dtype, place, view: View { geometry, digits, fixed } }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::element::NpyElement;
    use crate::sys::{Lock, Locks};
    use std::fs;
    use std::sync::atomic::AtomicBool;

    /// The one row.
    fn row(reader: &Reader) -> u64 {
        let bytes = look::read_bytes(reader.file(), reader.geometry().offset(), 8).unwrap();
        u64::from_le_bytes(bytes.try_into().unwrap())
    }

    #[test]
    // Where a mapping holds locks, and the system tells of descriptors.
    #[cfg(all(target_os = "linux", not(npyt_portable)))]
    fn a_shared_mapping_keeps_the_file_and_the_lock_without_a_descriptor() {
        use crate::protocol::Words;
        use crate::{Growth, NpytMut};

        /// Descriptors of this process that lead to the file.
        fn descriptors(path: &Path) -> usize {
            let ours = fs::metadata(path).unwrap();
            let all = fs::read_dir("/proc/self/fd").unwrap().flatten();
            all.filter(|fd| fs::metadata(fd.path()).is_ok_and(|theirs| crate::sys::same_file(&theirs, &ours))).count()
        }

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.npy");
        let mut writer = NpytMut::<u64>::options().capacity(4).growth(Growth::By(64)).create(&path).unwrap();
        writer.push(0).unwrap();
        let reader = Reader::open(&path, &u64::DTYPE, "u64").unwrap();
        for row in 1..10_000 {
            writer.push(row).unwrap();
        }
        drop(writer);
        assert_eq!(reader.observe(), (0, 10_000));
        let (map, geometry) = (reader.share_map(), reader.geometry());
        assert_eq!(descriptors(&path), 1);
        drop(reader);
        assert_eq!(descriptors(&path), 0);

        let other = File::open(&path).unwrap();
        assert!(Locks::is_held(&other, Lock::Presence).unwrap());
        fs::rename(&path, folder.path().join("b.npy")).unwrap();
        // Where they are in the file, they are in the mapping.
        for row in [0, 1, 9_999] {
            let word = map.word(geometry.row_at(row)).unwrap();
            assert_eq!(map.load(word, Ordering::Relaxed), row);
        }
        drop(map);
        assert!(!Locks::is_held(&other, Lock::Presence).unwrap());
    }

    #[test]
    fn a_file_that_was_replaced_while_nobody_read_it_is_not_opened() {
        const ROW: DType = u64::DTYPE;
        let folder = tempfile::tempdir().unwrap();
        let (path, new) = (folder.path().join("a.npy"), folder.path().join("new"));
        let text = format!("{:117}\n", "{'descr': '<u8', 'fortran_order': False, 'shape': (1,), }");
        let write = |path: &Path, row: u64| {
            fs::write(path, [&b"\x93NUMPY\x01\0v\0"[..], text.as_bytes(), &row.to_le_bytes()].concat()).unwrap();
        };
        write(&path, 0);
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                for row in 1..100 {
                    write(&new, row);
                    // As a writer does that goes on in a copy.
                    let old = File::options().write(true).open(&path).unwrap();
                    while !Locks::exclusive(&old, Lock::Presence).unwrap() {}
                    fs::rename(&new, &path).unwrap();
                }
                done.store(true, Ordering::Relaxed);
            });
            while !done.load(Ordering::Relaxed) {
                let Ok(reader) = Reader::open(&path, &ROW, "u64") else { continue };
                // While it is open the file is not replaced.
                let again = Reader::open(&path, &ROW, "u64").unwrap();
                assert_eq!(row(&reader), row(&again));
            }
        });
    }
}
