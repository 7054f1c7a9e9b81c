use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;
use std::path::Path;

use super::{NpytOptions, ranges};
use crate::dtype::DType;
use crate::element::NpyElement;
use crate::error::Result;
use crate::file::{Room, Writer};
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
    /// assert_eq!((prices.len(), prices.capacity()), (0, 8_388_608)); // room for 64 MiB
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

    pub(super) const fn from_writer(writer: Writer) -> Self {
        Self { writer, row: PhantomData }
    }
}

impl<T: NpyElement> NpytMut<T> {
    /// Adds a row; readers see it at once.
    ///
    /// # Errors
    ///
    /// [`Full`](crate::ErrorKind::Full) when the capacity is used up;
    /// [`TailMisaligned`](crate::ErrorKind::TailMisaligned) in some files of Python's npyt, whose rows are no multiple of
    /// eight bytes. The row was not added then.
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
    /// assert!(prices.push(101.7).is_err()); // full
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    #[doc(alias = "append")]
    pub fn push(&mut self, row: T) -> Result<()> {
        let (slots, next) = self.writer.next();
        if rows::put(slots, next, &row) {
            self.writer.publish_one();
            return Ok(());
        }
        Err(self.writer.full(1))
    }

    /// Adds rows, all or none; readers see all of them at once.
    ///
    /// # Errors
    ///
    /// [`Full`](crate::ErrorKind::Full) when they don't all fit, with how many would;
    /// [`TailMisaligned`](crate::ErrorKind::TailMisaligned) as for [`push`](Self::push); an operating system's error. No row
    /// was added then.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{ErrorKind, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// let mut prices = NpytMut::<f64>::options().capacity(3).create(&path)?;
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
        let put = match self.writer.room(rows.len()) {
            None => Ok(false),
            Some(Room::Map(slots, next)) => Ok(rows::put_all(slots, next, rows)),
            Some(Room::File(file, at)) => rows::write_all(file, at, rows).map(|()| true),
        };
        if put.map_err(|source| self.writer.io_error("write rows", source))? {
            self.writer.publish(rows.len());
            Ok(())
        } else {
            Err(self.writer.full(rows.len()))
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

    /// The rows that fit in all; the file is full when [`len`](Self::len) has reached it.
    #[doc(alias = "full")]
    pub fn capacity(&self) -> usize {
        usize::try_from(self.writer.capacity()).unwrap_or(usize::MAX)
    }

    /// The rows that still fit.
    pub fn remaining(&self) -> usize {
        self.capacity().saturating_sub(self.rows().end)
    }

    /// The numbers of the rows there are, counted from the first ever written: from 0, unless rows were dropped.
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
    /// assert!(matches!(prices.finish().unwrap_err().kind(), ErrorKind::InUse));
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
