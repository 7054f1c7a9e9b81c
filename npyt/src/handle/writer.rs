use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;
use std::path::Path;
use std::slice;

use super::{NpytOptions, ranges};
use crate::dtype::DType;
use crate::element::NpyElement;
use crate::error::{ErrorKind, Result};
use crate::file::{Room, Writer};
use crate::protocol::PUBLISH;
use crate::rows;

/// A `.npy` file that rows of `T` are appended to, while any number of others read it.
///
/// There is one writer at a time, in any process: it holds a lock until it is dropped. A row is visible to readers when
/// the call that adds it returns, and is never written again. Nothing is flushed to the disk unasked
/// ([`sync`](Self::sync)): rows survive the end of the process in any way, and the loss of power when synced.
///
/// Writing is safe: no reference to mapped rows is ever formed. A foreign program that shortens the file under the writer
/// ends its process with `SIGBUS`.
///
/// It writes to the file that was opened, not to its name: renamed, it is written on, and removed it is gone with the last
/// handle, rows pushed since included, without an error.
///
/// A writer is not to be used after `fork`: both processes would hold its lock.
///
/// # Example
///
/// ```
/// use npyt::{NpyRecord, NpytMut};
///
/// #[derive(NpyRecord, Clone, Copy)]
/// #[repr(C)]
/// struct Tick {
///     ts: i64,
///     px: f64,
///     qty: f32,
///     side: u8,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("ticks.npy");
/// let mut ticks = NpytMut::<Tick>::create(&path)?;
/// ticks.push(Tick { ts: 1, px: 100.5, qty: 2.0, side: 1 })?;
/// ticks.extend_from_slice(&[
///     Tick { ts: 2, px: 100.6, qty: 1.0, side: 0 },
///     Tick { ts: 3, px: 100.4, qty: 5.0, side: 1 },
/// ])?;
/// assert_eq!(ticks.len(), 3);
/// ticks.finish()?; // np.load now shows exactly three rows
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "NPYT")]
pub struct NpytMut<T> {
    writer: Writer,
    row: PhantomData<fn(T)>,
}

// The bound stands on each function: where a type is no row, its own message is what the user reads.
impl<T> NpytMut<T> {
    /// Makes a new file with the default [options](Self::options).
    ///
    /// # Errors
    ///
    /// As [`NpytOptions::create`]: above all [`ErrorKind::Exists`](crate::ErrorKind::Exists).
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{ErrorKind, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// let prices = NpytMut::<f64>::create(&path)?;
    /// assert_eq!((prices.len(), prices.capacity()), (0, 131_072)); // room for 1 MiB, and it grows
    ///
    /// let again = NpytMut::<f64>::create(&path).unwrap_err();
    /// assert!(matches!(again.kind(), ErrorKind::Exists));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "save")]
    pub fn create(path: impl AsRef<Path>) -> Result<Self>
    where
        T: NpyElement,
    {
        Self::options().create(path)
    }

    /// Opens a file of Python's npyt or of this crate, to go on appending where it ends.
    ///
    /// What a killed writer may have left behind the tail is cut off; published rows never are.
    ///
    /// # Errors
    ///
    /// Another writer has it ([`Locked`](crate::ErrorKind::Locked)); its rows are not `T`
    /// ([`Dtype`](crate::ErrorKind::Dtype)); it is an ordinary `.npy` ([`NoTail`](crate::ErrorKind::NoTail)), or damaged. The
    /// file is then as it was. No room on the disk for its capacity, where it was sparse.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// let mut prices = NpytMut::<f64>::create(&path)?;
    /// prices.push(101.5)?;
    /// drop(prices); // or the process ends
    ///
    /// let mut prices = NpytMut::<f64>::open(&path)?;
    /// prices.push(101.7)?;
    /// assert_eq!(prices.len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "load")]
    pub fn open(path: impl AsRef<Path>) -> Result<Self>
    where
        T: NpyElement,
    {
        Self::options().open(path)
    }

    /// Makes an ordinary `.npy`, as `np.save` writes it, a file that can be appended to, and opens it. A file that is one
    /// already is [opened](Self::open).
    ///
    /// No row moves, and `np.load` reads the file at every moment, also where the process is killed on the way: the next
    /// try goes on from there. The header gets room for a longer number, the rows a tail behind them. The dtype stays as
    /// it is spelled: an aligned struct that `np.save` wrote still comes back without its align flag.
    ///
    /// Where the header has too few spaces for that, a copy with the same rows takes the place of the file, and needs room
    /// beside it. Programs that have the old one open keep it.
    ///
    /// It takes some hundredths of a second: every step is on the disk before the next.
    ///
    /// # Errors
    ///
    /// [`InUse`](crate::ErrorKind::InUse) while a reader has the file open; [`Locked`](crate::ErrorKind::Locked) while a
    /// writer has; rows that are not `T` ([`Dtype`](crate::ErrorKind::Dtype)), are in Fortran order or have no first axis
    /// ([`Geometry`](crate::ErrorKind::Geometry)); bytes behind the rows ([`Trailing`](crate::ErrorKind::Trailing)). The
    /// file is then as it was. [`Moved`](crate::ErrorKind::Moved) where a copy would have to take the place of a file that
    /// has been renamed; an operating system's error.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{FileKind, NpytCopy, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # let rows = [101.5_f64, 101.7].map(f64::to_le_bytes).concat();
    /// # let text = format!("{:117}\n", "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }");
    /// # std::fs::write(&path, [&b"\x93NUMPY\x01\0v\0"[..], text.as_bytes(), &rows].concat())?;
    /// // np.save("prices.npy", np.array([101.5, 101.7]))
    /// assert!(NpytMut::<f64>::open(&path).is_err()); // no tail
    ///
    /// let prices = NpytMut::<f64>::adopt(&path)?;
    /// assert_eq!(prices.len(), 2);
    /// assert_eq!(npyt::inspect(&path)?.kind(), FileKind::Npyt);
    /// assert_eq!(NpytCopy::<f64>::open(&path)?.to_vec()?, [101.5, 101.7]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn adopt(path: impl AsRef<Path>) -> Result<Self>
    where
        T: NpyElement,
    {
        Self::options().adopt(path)
    }

    /// Capacity, form and more, for a file to be made.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// let prices = NpytMut::<f64>::options().capacity(1_000).create(&path)?;
    /// assert_eq!(prices.capacity(), 1_000);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn options() -> NpytOptions<T> {
        NpytOptions::new()
    }

    pub(crate) const fn from_writer(writer: Writer) -> Self {
        Self { writer, row: PhantomData }
    }
}

impl<T: NpyElement> NpytMut<T> {
    /// Adds a row; readers see it at once. A full file [grows](crate::Growth) first, in place.
    ///
    /// # Errors
    ///
    /// No room on the disk to grow, and the row was not added; the next call tries again. With
    /// [`Growth::Never`](crate::Growth::Never): [`Full`](crate::ErrorKind::Full), and
    /// [`TailMisaligned`](crate::ErrorKind::TailMisaligned) in some files of Python's npyt, whose rows are no multiple of
    /// eight bytes. With a [`Durability`](crate::Durability) of its own: [`NotDurable`](crate::ErrorKind::NotDurable), and
    /// that row was added.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytCopy, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// let mut prices = NpytMut::<f64>::options().capacity(1).create(&path)?;
    /// let reader = NpytCopy::<f64>::open(&path)?;
    ///
    /// prices.push(101.5)?;
    /// assert_eq!(reader.to_vec()?, [101.5]);
    /// prices.push(101.7)?; // the file was full, and grew under its reader
    /// assert_eq!(reader.to_vec()?, [101.5, 101.7]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    #[doc(alias = "append")]
    pub fn push(&mut self, row: T) -> Result<()> {
        let (end, pushed) = match self.put(&row) {
            Some(end) => (end, Ok(())),
            None => self.push_with_care(row),
        };
        self.writer.go_on_at(end);
        pushed
    }

    /// Copies the row into a quick slot and shows it; returns the end then, which the caller has yet to
    /// [note](Writer::go_on_at). `None` where the slot is not a quick one.
    #[inline]
    fn put(&mut self, row: &T) -> Option<u64> {
        let (slots, next) = self.writer.next();
        let slot = rows::put(slots, next, row)?;
        slot.store_end(next + 1, PUBLISH);
        Some(next + 1)
    }

    /// The same for who keeps the number of the next row as well, which is what is given here; noted then.
    #[inline]
    pub(crate) fn put_at(&mut self, next: u64, row: &T) -> Option<u64> {
        debug_assert_eq!(next, self.writer.end());
        let (slots, _) = self.writer.next();
        rows::put(slots, next, row)?.store_end(next + 1, PUBLISH);
        self.writer.go_on_at(next + 1);
        Some(next + 1)
    }

    pub(crate) const fn writer(&self) -> &Writer {
        &self.writer
    }

    pub(crate) const fn writer_mut(&mut self) -> &mut Writer {
        &mut self.writer
    }

    /// To be closed elsewhere.
    pub(crate) fn into_writer(self) -> Writer {
        self.writer
    }

    /// Adds a row whose slot is not a quick one, and returns the end then, also after an error.
    ///
    /// By value: a row whose address a call may keep would have to be built in memory, for every push, and copied from there
    /// by loads that wait for the stores before them. Measured, that doubled the time of a push.
    #[cold]
    #[inline(never)]
    fn push_with_care(&mut self, row: T) -> (u64, Result<()>) {
        let pushed = self.append(slice::from_ref(&row));
        (self.writer.end(), pushed)
    }

    /// Adds rows, all or none; readers see all of them at once.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push); [`Full`](crate::ErrorKind::Full) says how many would fit.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{ErrorKind, Growth, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// let options = NpytMut::<f64>::options().capacity(3).growth(Growth::Never);
    /// let mut prices = options.create(&path)?;
    /// prices.extend_from_slice(&[101.5, 101.7])?;
    ///
    /// let full = prices.extend_from_slice(&[101.6, 101.8]).unwrap_err();
    /// assert!(matches!(full.kind(), ErrorKind::Full { asked: 2, fits: 1, capacity: 3 }));
    /// assert_eq!(prices.len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "append")]
    #[doc(alias = "expend")]
    pub fn extend_from_slice(&mut self, rows: &[T]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        self.append(rows)
    }

    /// Adds rows, of which there are some, in whatever way their place asks for.
    #[inline(never)]
    fn append(&mut self, rows: &[T]) -> Result<()> {
        let put = match self.writer.room(rows.len())? {
            Room::Map(slots, next) => Ok(rows::put_all(slots, next, rows)),
            Room::Words(map, at) => Ok(rows::put_words(map, at, &rows[0])),
            Room::File(file, at) => rows::write_all(file, at, rows).map(|()| true),
        };
        if put.map_err(|source| self.writer.io_error("write rows", source))? {
            self.writer.publish(rows.len())
        } else {
            Err(self.writer.error(ErrorKind::Unmapped))
        }
    }

    /// The number of rows there are.
    #[doc(alias = "size")]
    pub fn len(&self) -> usize {
        self.rows().len()
    }

    /// Whether there is no row.
    #[doc(alias = "empty")]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows that fit before the file has to grow: numbers below it.
    pub fn capacity(&self) -> usize {
        usize::try_from(self.writer.capacity()).unwrap_or(usize::MAX)
    }

    /// The rows that still fit before the file has to grow.
    #[doc(alias = "full")]
    pub fn remaining(&self) -> usize {
        self.capacity().saturating_sub(self.rows().end)
    }

    /// The numbers of the rows there are, counted from the first ever written: from 0, unless rows were dropped.
    #[doc(alias = "start")]
    #[doc(alias = "end")]
    pub fn rows(&self) -> Range<usize> {
        ranges::in_memory((self.writer.start(), self.writer.end()))
    }

    /// What the file says a row is, which is what `T` is.
    pub fn dtype(&self) -> &'static DType {
        T::DTYPE_REF
    }

    /// The path it was opened by.
    #[doc(alias = "filename")]
    pub fn path(&self) -> &Path {
        self.writer.path()
    }

    /// Makes room for at least `additional` more rows, so that adding them doesn't have to; returns the
    /// [`capacity`](Self::capacity) then.
    ///
    /// The file grows in place and nothing moves: what readers hold stays valid, and they see the new room with their next
    /// look. It gets a few rows more than asked for where the tail needs it: fewer than 96, in a header of this crate's aligned
    /// form. A step past a multiple of 10^8 rows keeps the last eight digits, so it gets up to 10^8 more (eight times as many
    /// for rows of an odd number of bytes), which take no room on the disk where the file is [sparse](NpytOptions::sparse).
    /// In the list form fewer digits change at once, and it may get more rows more.
    ///
    /// # Errors
    ///
    /// No room on the disk, or beyond a limit of the process: the file is as it was, or has grown a part of the way. In a header
    /// of another program's layout, that kept room for few digits: [`Shape`](ErrorKind::Shape); where rows of a few bytes, or a
    /// tail on no whole words, leave no step there, so that it takes a detour or a copy, [`InUse`](ErrorKind::InUse) while it
    /// has readers.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// let mut prices = NpytMut::<f64>::options().capacity(10).create(&path)?;
    /// prices.push(101.5)?;
    /// assert_eq!(prices.reserve(9)?, 10); // there is room already
    /// assert_eq!(prices.reserve(1_000)?, 1_001);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reserve(&mut self, additional: usize) -> Result<usize> {
        self.writer.reserve(additional as u64)?;
        Ok(self.capacity())
    }

    /// Makes the [`capacity`](Self::capacity) at least `rows`, and returns what it is then: larger as by
    /// [`reserve`](Self::reserve); smaller only where no reader has the file open, and never below the rows there are.
    ///
    /// A smaller file gives the room back to the disk. numpy and Python npyt take no locks: an array that one of them has
    /// mapped from the file must not be touched beyond the new capacity afterwards.
    ///
    /// # Errors
    ///
    /// As [`reserve`](Self::reserve); [`InUse`](ErrorKind::InUse) where it would shrink under a reader.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{ErrorKind, NpytCopy, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// let mut prices = NpytMut::<f64>::create(&path)?;
    /// prices.push(101.5)?;
    /// let reader = NpytCopy::<f64>::open(&path)?;
    /// assert_eq!(prices.set_capacity(1_000_000)?, 1_000_000);
    /// let in_use = prices.set_capacity(100).unwrap_err();
    /// assert!(matches!(in_use.kind(), ErrorKind::InUse { .. }));
    ///
    /// drop(reader);
    /// assert_eq!(prices.set_capacity(100)?, 100);
    /// assert_eq!(prices.set_capacity(0)?, 1); // a row is there
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "resize")]
    pub fn set_capacity(&mut self, rows: usize) -> Result<usize> {
        self.writer.set_capacity(rows as u64)?;
        Ok(self.capacity())
    }

    /// Takes up to `n` rows away from the front and returns copies of them. The rest keep their numbers; readers that hold
    /// slices of what was taken keep them, as the file still has the bytes.
    ///
    /// # Errors
    ///
    /// The operating system's; nothing was taken then. As for [`push`](Self::push) where the tail is on no whole words.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// let mut queue = NpytMut::<f64>::create(&path)?;
    /// queue.extend_from_slice(&[101.5, 101.7, 101.6])?;
    /// assert_eq!(queue.pop_front(2)?, [101.5, 101.7]);
    /// assert_eq!(queue.rows(), 2..3);
    /// assert_eq!(queue.pop_front(2)?, [101.6]); // as many as there are
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "pop")]
    #[doc(alias = "popleft")]
    pub fn pop_front(&mut self, n: usize) -> Result<Vec<T>> {
        let n = n.min(self.len());
        let (file, at) = self.writer.written(self.writer.start())?;
        let rows = rows::zeroed(n).and_then(|mut taken| {
            rows::read_all(file, at, &mut taken)?;
            Ok(taken)
        });
        let rows = rows.map_err(|source| self.writer.io_error("read rows", source))?;
        self.discard_front(n)?;
        Ok(rows)
    }

    /// As [`pop_front`](Self::pop_front), without copying; returns how many were taken away.
    ///
    /// # Errors
    ///
    /// As [`pop_front`](Self::pop_front).
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytCopy, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// let mut prices = NpytMut::<f64>::create(&path)?;
    /// let reader = NpytCopy::<f64>::open(&path)?;
    /// prices.extend_from_slice(&[101.5, 101.7, 101.6])?;
    /// assert_eq!(prices.discard_front(2)?, 2);
    /// assert_eq!(reader.to_vec()?, [101.6]);
    /// assert_eq!(reader.rows(), 2..3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn discard_front(&mut self, n: usize) -> Result<usize> {
        let n = n.min(self.len());
        if n > 0 {
            self.writer.discard(n as u64)?;
        }
        Ok(n)
    }

    /// Keeps the first `len` of the rows there are, where no reader has the file open. The capacity stays.
    ///
    /// # Errors
    ///
    /// [`InUse`](ErrorKind::InUse) while a reader has the file open: the rows would be written again under its slices.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// let mut prices = NpytMut::<f64>::create(&path)?;
    /// prices.extend_from_slice(&[101.5, 101.7, 101.6])?;
    /// prices.truncate(2)?;
    /// prices.push(101.8)?;
    /// assert_eq!(prices.pop_front(9)?, [101.5, 101.7, 101.8]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn truncate(&mut self, len: usize) -> Result<()> {
        if len < self.len() { self.writer.truncate(self.writer.start() + len as u64) } else { Ok(()) }
    }

    /// Drops all rows, where no reader has the file open, and numbers them from 0 again. The capacity stays.
    ///
    /// # Errors
    ///
    /// As [`truncate`](Self::truncate).
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// let mut prices = NpytMut::<f64>::create(&path)?;
    /// prices.extend_from_slice(&[101.5, 101.7, 101.6])?;
    /// prices.discard_front(1)?;
    /// prices.clear()?;
    /// assert_eq!(prices.rows(), 0..0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn clear(&mut self) -> Result<()> {
        self.writer.clear()
    }

    /// Waits until the disk has every row published before the call: they survive a loss of power after it.
    ///
    /// # Errors
    ///
    /// The operating system's. The rows are then in the file as seen by every process, but not known to be on the disk.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// let mut prices = NpytMut::<f64>::create(&path)?;
    /// prices.extend_from_slice(&[101.5, 101.7])?;
    /// prices.sync()?; // a loss of power can't take these two any more
    /// assert_eq!(npyt::inspect(&path)?.rows(), 0..2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "flush")]
    pub fn sync(&mut self) -> Result<()> {
        self.writer.sync()
    }

    /// Makes the capacity the number of rows, so that `np.load` shows exactly those, and syncs the file.
    ///
    /// The writer stays open; the file is full. numpy and Python npyt take no locks: an array that one of them has mapped
    /// from the file must not be touched beyond these rows afterwards.
    ///
    /// Rows of under five bytes, in a header that is not of this crate's [aligned form](crate::Form::Aligned), can leave no
    /// safe step to that number; a copy then takes the place of the file, and needs room beside it.
    ///
    /// # Errors
    ///
    /// [`InUse`](crate::ErrorKind::InUse) while a reader has the file open, which would lose the tail it watches: close it
    /// and finish again. [`Moved`](crate::ErrorKind::Moved) where a copy would have to take the place of a file that has
    /// been renamed. An operating system's error; the file is sound then, with this capacity or another.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{ErrorKind, NpytCopy, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// let mut prices = NpytMut::<f64>::create(&path)?;
    /// prices.push(101.5)?;
    /// let reader = NpytCopy::<f64>::open(&path)?;
    /// assert!(matches!(prices.finish().unwrap_err().kind(), ErrorKind::InUse { .. }));
    ///
    /// drop(reader);
    /// prices.finish()?;
    /// assert_eq!(npyt::inspect(&path)?.shape(), [1]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "resize")]
    #[doc(alias = "trim")]
    pub fn finish(&mut self) -> Result<()> {
        self.writer.finish()
    }

    /// Makes the capacity the number of rows while readers look on, so that `np.load` shows exactly those: what
    /// [`finish`](Self::finish) can't do under readers.
    ///
    /// The file keeps its length, and gives the room behind its rows back to the disk: nobody loses a byte, neither a reader here
    /// nor an array that numpy or Python npyt has mapped. Readers find the new capacity with their next look, and go on.
    /// Full already, nothing changes but the time of the last update.
    ///
    /// The writer stays open. Where the next row would have the file [grow](crate::Growth), that is refused while any reader
    /// is there, as one may know the old capacity: with [`InUse`](ErrorKind::InUse); once there is none, the file is cut behind
    /// its rows, and grows as ever. Opening it for writing cuts it too, if nobody reads.
    ///
    /// Waits for the disk only with a [`Durability`](crate::Durability) of its own, and where it takes several steps.
    ///
    /// # Errors
    ///
    /// As of [`finish`](Self::finish), but [`InUse`](ErrorKind::InUse) only where no safe steps lead to that number under
    /// readers: in a header that is not of this crate's [aligned form](crate::Form::Aligned) and keeps a single digit in a word,
    /// for rows of a few bytes; within a few rows of a multiple of 10^8; from 10^13 rows on; and after eight times under the
    /// same readers. Without readers it then goes the way of `finish`.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{ErrorKind, NpytCopy, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// let mut prices = NpytMut::<f64>::create(&path)?;
    /// prices.extend_from_slice(&[101.5, 101.7])?;
    /// let reader = NpytCopy::<f64>::open(&path)?;
    ///
    /// prices.seal()?;
    /// assert_eq!(npyt::inspect(&path)?.shape(), [2]);
    /// assert_eq!((reader.capacity(), reader.to_vec()?), (2, vec![101.5, 101.7]));
    /// assert!(matches!(prices.push(101.6).unwrap_err().kind(), ErrorKind::InUse { .. }));
    ///
    /// drop(reader);
    /// prices.push(101.6)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "finish")]
    #[doc(alias = "trim")]
    pub fn seal(&mut self) -> Result<()> {
        self.writer.seal()
    }
}

impl<T> fmt::Debug for NpytMut<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NpytMut")
            .field("path", &self.writer.path())
            .field("rows", &(self.writer.start()..self.writer.end()))
            .field("capacity", &self.writer.capacity())
            .finish()
    }
}
