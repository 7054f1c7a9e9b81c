use std::fmt;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::slice;

use super::ahead::{Ahead, Work};
use super::catalog::{Catalog, Entry};
use super::index::Index;
use super::lock::QueueFile;
use super::name::{self, Place};
use super::options::{Npy8Options, Settings};
use crate::element::NpyElement;
use crate::error::{Error, ErrorKind, Result};
use crate::file::{Durability, Writer};
use crate::handle::NpytMut;
use crate::sys;

/// An endless recording: a directory of `.npy` files that rows of `T` are appended to for months, while others read it.
///
/// Rows are numbered through all files, from the first row ever written. When a file is full the next begins, which a thread
/// has made ahead; when it is too old it goes, if that was asked for. Each file is a `.npy` of its own: stock numpy and a glob
/// for `*.npy` read the directory, and so does Python's NPY8.
///
/// There is one writer at a time, in any process. A row is visible to readers when the call that adds it returns. A killed
/// writer leaves nothing to do: the next one goes on in the last file.
///
/// # Example
///
/// ```
/// use npyt::{Npy8, Npy8Mut};
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices");
/// let mut prices = Npy8Mut::<f64>::options().rows_per_segment(2).open(&path)?;
/// assert_eq!(prices.push(101.5)?, 0); // the number of the row
/// assert_eq!(prices.extend_from_slice(&[101.7, 101.6, 101.8])?, 1..4);
///
/// let reader = Npy8::<f64>::open_copy(&path)?;
/// assert_eq!(reader.rows()?, 0..4);
/// for chunk in reader.tail(3)? {
///     println!("{:?}", &chunk?[..]); // [101.7], and then [101.6, 101.8]: one for each file
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "NPY8")]
pub struct Npy8Mut<T> {
    /// The segment that rows go to; `None` until there is a row.
    current: Option<NpytMut<T>>,
    /// The number of its first row, or of the next row.
    base: u64,
    /// The number of the next row within it: the end of the current segment.
    next: u64,
    /// Whether segments end by the clock.
    is_timed: bool,
    pub(super) place: Place,
    pub(super) settings: Settings,
    /// All segments that are kept, the current one last.
    pub(super) catalog: Catalog,
    pub(super) index: Index,
    pub(super) queue: QueueFile,
    /// Ended, and not known to be on the disk.
    pub(super) unsynced: Vec<u64>,
    /// The first file that the disk refused to make durable, and its answer.
    refused: Option<(PathBuf, io::Error)>,
    pub(super) ahead: Ahead,
    /// The lock of the directory's writer: given back last.
    _lock: File,
}

// The bound stands on each function: where a type is no row, its own message is what the user reads.
impl<T> Npy8Mut<T> {
    /// Opens a directory with the default [options](Self::options), or makes it where there is none.
    ///
    /// # Errors
    ///
    /// As [`Npy8Options::open`].
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{ErrorKind, Npy8Mut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices");
    /// for run in 0..3 {
    ///     let mut prices = Npy8Mut::<f64>::open(&path)?;
    ///     assert_eq!(prices.push(101.5)?, run); // each goes on where the last one ended
    ///
    ///     let second = Npy8Mut::<f64>::open(&path).unwrap_err();
    ///     assert!(matches!(second.kind(), ErrorKind::Locked { .. }));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "load")]
    pub fn open(path: impl AsRef<Path>) -> Result<Self>
    where
        T: NpyElement,
    {
        Self::options().open(path)
    }

    /// The size of segments, what is kept, and more.
    pub const fn options() -> Npy8Options<T> {
        Npy8Options::new()
    }
}

impl<T: NpyElement> Npy8Mut<T> {
    /// The parts of a writer that [`start`](Self::start) has made.
    pub(super) fn from_parts(parts: Parts<T>) -> Self {
        let Parts { place, settings, current, base, catalog, index, queue, unsynced, ahead, lock } = parts;
        let is_timed = settings.every.is_some();
        let next = current.as_ref().map_or(0, |current| current.writer().end());
        Self {
            current,
            base,
            next,
            is_timed,
            place,
            settings,
            catalog,
            index,
            queue,
            unsynced,
            refused: None,
            ahead,
            _lock: lock,
        }
    }

    /// Adds a row and returns its number.
    ///
    /// # Errors
    ///
    /// Where a segment begins with it: the operating system's, such as no room on the disk, and the row was not added; the next
    /// call tries again. [`Foreign`](ErrorKind::Foreign) where another program writes to the directory. With a
    /// [`Durability`](crate::Durability) of its own: [`NotDurable`](ErrorKind::NotDurable), and that row was added.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npy8, Npy8Mut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices");
    /// let mut prices = Npy8Mut::<f64>::open(&path)?;
    /// assert_eq!(prices.push(101.5)?, 0);
    /// assert_eq!(prices.push(101.7)?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    #[doc(alias = "append")]
    pub fn push(&mut self, row: T) -> Result<u64> {
        // Loaded before anything else, and stored in the end whatever the way there was: a loop of pushes then keeps it in a
        // register, as for `NpytMut::push`.
        let (next, pushed) = match self.put(self.next, &row) {
            Some(next) => (next, Ok(())),
            None => self.push_with_care(row),
        };
        self.next = next;
        pushed.map(|()| self.base + next - 1)
    }

    /// Adds a row where nothing but a copy and a store has to be done; returns what is then the next in its segment.
    #[inline]
    fn put(&mut self, next: u64, row: &T) -> Option<u64> {
        if self.is_timed && self.ahead.is_due() {
            return None;
        }
        self.current.as_mut()?.put_at(next, row)
    }

    /// By value, as in [`NpytMut::push`]; returns the number of the next row in the segment that is current then.
    #[cold]
    #[inline(never)]
    fn push_with_care(&mut self, row: T) -> (u64, Result<()>) {
        let pushed = self.extend_from_slice(slice::from_ref(&row)).map(drop);
        (self.next, pushed)
    }

    /// Adds rows and returns their numbers. Readers see all of them at once, or, where segments end among them, those of each
    /// segment at once.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push). Where a segment could not be begun, the rows before it were added: [`rows`](Self::rows) tells
    /// how many, and the rest can be tried again.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npy8, Npy8Mut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices");
    /// let mut prices = Npy8Mut::<f64>::options().rows_per_segment(2).open(&path)?;
    /// assert_eq!(prices.extend_from_slice(&[101.5, 101.7, 101.6])?, 0..3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "append")]
    pub fn extend_from_slice(&mut self, rows: &[T]) -> Result<Range<u64>> {
        if self.ahead.is_due() {
            self.end_of_period().map_err(not_added)?;
        }
        let first = self.end();
        let mut left = rows;
        while !left.is_empty() {
            let (now, later) = left.split_at(self.fit(left.len()));
            match &mut self.current {
                Some(current) if !now.is_empty() => {
                    let added = current.extend_from_slice(now);
                    self.next = current.writer().end();
                    added?;
                }
                _ => {
                    let now = self.begin(left)?;
                    left = &left[now..];
                    continue;
                }
            }
            left = later;
        }
        Ok(first..self.end())
    }

    /// How many of so many rows go into the current segment.
    fn fit(&self, rows: usize) -> usize {
        match self.remaining() {
            room if room < rows && self.settings.whole => 0,
            room => room.min(rows),
        }
    }

    /// Ends the segment, so that the next row begins another. `false` where there is no row in it.
    ///
    /// Its capacity becomes the number of its rows, under its readers: `np.load` shows exactly these. A header in another
    /// program's layout may leave no step to that number; then the segment keeps its capacity.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push); the segment goes on then.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npy8, Npy8Mut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices");
    /// let mut prices = Npy8Mut::<f64>::open(&path)?;
    /// prices.push(101.5)?;
    /// let monday = prices.current().map(std::path::Path::to_owned).unwrap();
    /// assert!(prices.roll()?);
    /// prices.push(101.7)?; // in the next file
    /// assert_eq!(npyt::inspect(&monday)?.shape(), [1]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn roll(&mut self) -> Result<bool> {
        self.check_alone()?;
        let Some(current) = self.current.as_mut().filter(|current| current.rows().end > 0) else { return Ok(false) };
        seal(current)?;
        let retired = self.end_current();
        self.ahead.hand_over(Work { retired, ..Work::default() });
        Ok(true)
    }

    /// A segment in which there are no rows goes on.
    fn end_of_period(&mut self) -> Result<()> {
        self.roll()?;
        self.ahead.begin();
        Ok(())
    }

    /// Begins a segment with the first of these rows, as many as go into it, and returns how many.
    fn begin(&mut self, rows: &[T]) -> Result<usize> {
        self.check_alone()?;
        if let Some(error) = self.ahead.take_error() {
            self.note(&error);
        }
        if let Some(error) = self.refusal().filter(|_| self.settings.durability != Durability::Manual) {
            return Err(not_added(error));
        }
        let base = self.end();
        let capacity = match rows.len() as u64 {
            rows if self.settings.whole => rows.max(self.settings.rows),
            _ => self.settings.rows,
        };
        let made = if capacity == self.settings.rows {
            self.ahead.take(capacity, base)
        } else {
            self.ahead.model().make(capacity, base)
        };
        let spare = match made {
            Ok(spare) => spare,
            Err(error) => {
                // What is outdated may be what takes the room: the next call finds that.
                self.retain();
                return Err(error);
            }
        };
        let (writer, mut naming) = spare.split();
        let mut next = NpytMut::<T>::from_writer(writer);
        naming.set_base(next.writer(), base)?;
        let now = rows.len().min(next.capacity());
        next.extend_from_slice(&rows[..now]).map_err(|error| {
            self.ask_again(base);
            not_added(error)
        })?;

        // As late as can be: up to here the current one could go on.
        let sealed = self.current.as_mut().map_or(Ok(()), seal).map_err(not_added);
        // The commit: once it has its name it is there.
        let named = sealed.and_then(|()| {
            // What is over after this is over for a segment that is named before it, too.
            self.ahead.begin();
            self.name_it(|path| naming.give(next.writer_mut(), path))
        });
        let name = named.inspect_err(|_| self.ask_again(base))?;
        drop(naming);
        let retired = self.end_current();
        self.catalog.push(Entry { name, base });
        let ask = Some((self.settings.rows, base.saturating_add(next.capacity() as u64)));
        let is_to_be_durable = next.writer().is_to_be_durable();
        self.next = next.writer().end();
        let next = self.current.insert(next);
        let named = if is_to_be_durable { next.sync() } else { Ok(()) };

        // Caches: where one can't be written now, the files tell, and it is written with the next segment.
        self.index.push(&self.catalog);
        self.queue.settle(self.catalog.entries().iter().map(|entry| entry.name));
        if let Some(retired) = &retired {
            retired.wake();
        }
        let removed = self.give_up_outdated();
        self.ahead.hand_over(Work { retired, merged: None, removed, ask });
        named.map(|()| now)
    }

    /// The segment that was made has become none.
    fn ask_again(&self, base: u64) {
        self.ahead.hand_over(Work { ask: Some((self.settings.rows, base)), ..Work::default() });
    }

    /// Tries names until one is free.
    fn name_it(&self, mut give: impl FnMut(&Path) -> Result<bool>) -> Result<u64> {
        let mut last = self.catalog.newest().map_or(0, |newest| newest.name);
        loop {
            let name = name::next(sys::now_ns(), last);
            let name = name.ok_or_else(|| self.error(ErrorKind::NoName { last }))?;
            if give(&self.place.segment(name))? {
                return Ok(name);
            }
            last = name;
        }
    }

    /// Takes leave of the current segment, which has ended, and returns what is to be closed.
    fn end_current(&mut self) -> Option<Writer> {
        let current = self.current.take()?;
        self.base += std::mem::take(&mut self.next);
        if let Some(newest) = self.catalog.newest() {
            self.unsynced.push(newest.name);
        }
        Some(current.into_writer())
    }

    /// An error where another program writes here. They take no locks.
    pub(super) fn check_alone(&mut self) -> Result<()> {
        let newest = self.catalog.newest().map_or(0, |newest| newest.name);
        // A queue that can't be opened tells nothing, and is tried again with the next segment.
        let found = match self.queue.newest().unwrap_or(0) {
            name if name > newest && self.place.segment(name).exists() => name,
            _ if self.current.as_ref().is_some_and(|current| !current.writer().is_alone()) => newest,
            _ => return Ok(()),
        };
        Err(self.error(ErrorKind::Foreign { found: self.place.segment(found) }))
    }

    /// Ends the recording for now: [rolls](Self::roll), so that `np.load` shows exactly the rows of every file, and
    /// [syncs](Self::sync). The writer stays open; a row begins a new segment.
    ///
    /// # Errors
    ///
    /// As [`roll`](Self::roll) and [`sync`](Self::sync).
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::Npy8Mut;
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices");
    /// let mut prices = Npy8Mut::<f64>::open(&path)?;
    /// prices.push(101.5)?;
    /// let file = prices.current().map(std::path::Path::to_owned).unwrap();
    /// prices.finish()?;
    /// assert_eq!(npyt::inspect(&file)?.shape(), [1]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn finish(&mut self) -> Result<()> {
        self.roll()?;
        self.sync()
    }

    /// Removes what is no longer to be kept, as it also happens with each new segment. Returns how many segments went.
    ///
    /// Readers that have one of them in use keep it; what comes to its rows later is told that they are gone.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npy8, Npy8Mut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices");
    /// let mut prices = Npy8Mut::<f64>::options().retain_segments(100).open(&path)?;
    /// prices.push(101.5)?;
    /// assert_eq!(prices.retain(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn retain(&mut self) -> usize {
        let removed = self.give_up_outdated();
        let count = removed.len();
        if count > 0 {
            self.ahead.hand_over(Work { removed, ..Work::default() });
        }
        count
    }

    /// Takes what is no longer to be kept from the index, and returns the files to be removed.
    fn give_up_outdated(&mut self) -> Vec<PathBuf> {
        let count =
            self.settings.retain.outdated(self.catalog.entries(), self.end(), self.row_size(), self.least_kept());
        if count == 0 {
            return Vec::new();
        }
        let removed: Vec<u64> = self.catalog.entries()[..count].iter().map(|entry| entry.name).collect();
        self.catalog.drop_front(count);
        self.index.drop_front(count, &self.catalog);
        self.unsynced.retain(|name| !removed.contains(name));
        removed.into_iter().map(|name| self.place.segment(name)).collect()
    }

    /// So many are kept in any case: what Python's readers may be about to open.
    pub(super) fn least_kept(&self) -> usize {
        self.queue.len() + 2
    }

    const fn row_size(&self) -> u64 {
        size_of::<T>() as u64
    }

    /// Waits until the disk has every row published before the call, and the names of their files: they survive a loss of power
    /// after it.
    ///
    /// # Errors
    ///
    /// The operating system's ([`NotDurable`](ErrorKind::NotDurable)). The rows are then seen by every process, but not known
    /// to be on the disk.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npy8, Npy8Mut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices");
    /// let mut prices = Npy8Mut::<f64>::options().rows_per_segment(2).open(&path)?;
    /// prices.extend_from_slice(&[101.5, 101.7, 101.6])?;
    /// prices.sync()?; // a loss of power can't take these three any more
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "flush")]
    pub fn sync(&mut self) -> Result<()> {
        if let Err(error) = self.sync_all() {
            self.note(&error);
            return Err(error);
        }
        self.refusal().map_or(Ok(()), Err)
    }

    fn sync_all(&mut self) -> Result<()> {
        // A retired one may just be synced for its own durability; its error comes first.
        self.ahead.settle()?;
        while let Some(&name) = self.unsynced.last() {
            let path = self.place.segment(name);
            match File::open(&path).and_then(|file| file.sync_data()) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::new(ErrorKind::NotDurable { source: error }, &path));
                }
                _ => self.unsynced.pop(),
            };
        }
        if let Some(current) = &mut self.current {
            current.sync()?;
        }
        sys::sync_directory(&self.place.writer()).map_err(|source| self.error(ErrorKind::NotDurable { source }))
    }

    /// Remembers that the disk refused a sync, also when the file's own writer is gone: what it refused it may have dropped, and
    /// the success of a later one would say nothing.
    fn note(&mut self, error: &Error) {
        if let ErrorKind::NotDurable { source } = error.kind() {
            self.refused.get_or_insert_with(|| (error.path().to_owned(), again(source)));
        }
    }

    /// What the disk refused before.
    fn refusal(&self) -> Option<Error> {
        let (path, source) = self.refused.as_ref()?;
        Some(Error::new(ErrorKind::NotDurable { source: again(source) }, path))
    }

    /// The numbers of the rows that are kept, counted from the first ever written.
    pub fn rows(&self) -> Range<u64> {
        let end = self.end();
        self.catalog.oldest().map_or(end, |oldest| oldest.base)..end
    }

    /// The number of the next row.
    fn end(&self) -> u64 {
        self.base + self.next
    }

    /// The number of segments that are kept.
    pub fn segments(&self) -> usize {
        self.catalog.entries().len()
    }

    /// The file that rows go to; `None` until the next row begins one.
    pub fn current(&self) -> Option<&Path> {
        self.current.as_ref().map(NpytMut::path)
    }

    /// The rows that still fit into the current segment; 0 where the next row begins one.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::Npy8Mut;
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices");
    /// let mut prices = Npy8Mut::<f64>::options().rows_per_segment(2).open(&path)?;
    /// prices.push(101.5)?;
    /// assert_eq!(prices.remaining(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn remaining(&self) -> usize {
        self.current.as_ref().map_or(0, NpytMut::remaining)
    }

    /// The directory: an absolute path, in which links are not followed.
    pub fn path(&self) -> &Path {
        self.place.path()
    }

    pub(super) fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind, self.place.path())
    }

    /// The segment that rows go to.
    #[cfg(all(test, unix))]
    pub(super) fn current_mut(&mut self) -> &mut Writer {
        self.current.as_mut().expect("there are rows").writer_mut()
    }
}

/// What a writer is made of.
pub(super) struct Parts<T> {
    pub(super) place: Place,
    pub(super) settings: Settings,
    pub(super) current: Option<NpytMut<T>>,
    pub(super) base: u64,
    pub(super) catalog: Catalog,
    pub(super) index: Index,
    pub(super) queue: QueueFile,
    pub(super) unsynced: Vec<u64>,
    pub(super) ahead: Ahead,
    pub(super) lock: File,
}

/// The error of a sync on the way to rows that were not added then: [`NotDurable`](ErrorKind::NotDurable) would say that they
/// were.
fn not_added(error: Error) -> Error {
    let path = error.path().to_owned();
    match error.into_kind() {
        ErrorKind::NotDurable { source } => Error::new(
            ErrorKind::Io { action: "sync at the begin of a segment, whose first rows were not added", source },
            &path,
        ),
        other => Error::new(other, &path),
    }
}

/// An error of the system, to be told once more.
fn again(error: &io::Error) -> io::Error {
    error.raw_os_error().map_or_else(|| error.kind().into(), io::Error::from_raw_os_error)
}

/// Ends a segment: its capacity becomes its rows, and the disk has them where they are to be durable.
fn seal<T: NpyElement>(segment: &mut NpytMut<T>) -> Result<()> {
    if segment.remaining() > 0 {
        match segment.writer_mut().seal_in_place() {
            // No step leads there under readers, in a header of another layout: it keeps its room.
            Err(error) if matches!(error.kind(), ErrorKind::InUse { .. } | ErrorKind::Shape { .. }) => {}
            // Nobody promised that rows are durable: they go on, and this one keeps its room too.
            Err(_) if segment.writer().was_refused() && !segment.writer().is_to_be_durable() => {}
            sealed => sealed?,
        }
    }
    if segment.writer().waits_for_disk() { segment.sync() } else { Ok(()) }
}

impl<T> fmt::Debug for Npy8Mut<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Npy8Mut")
            .field("path", &self.place.path())
            .field("segments", &self.catalog.entries().len())
            .field("current", &self.current)
            .finish_non_exhaustive()
    }
}
