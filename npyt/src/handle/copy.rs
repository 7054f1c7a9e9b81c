use std::any::type_name;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Range, RangeBounds};
use std::path::Path;
use std::vec;

use super::gather::Plan;
use super::{CopyCursor, CopyFollow, ranges};
use crate::dtype::DType;
use crate::element::NpyElement;
use crate::error::{Error, ErrorKind, Result};
use crate::file::{Info, Reader};
use crate::rows as typed;

/// A `.npy` file read safely: every read copies rows out, through the file and not through its mapping.
///
/// Whatever another program does to the rows, the result is rows or an error; where it rewrites a row at this moment, the
/// copy may hold parts of both. How many rows there are is looked up in a mapping, after a look at the file's length; a
/// program that shortens the file in the instant between the two ends this process with `SIGBUS`, as it does to everyone
/// who has the file mapped.
///
/// Otherwise as [`Npyt`](crate::Npyt), which reads in place, with one `unsafe` at its opening.
///
/// A read of a few rows costs a system call, about a microsecond; read many at a time.
///
/// # Example
///
/// ```
/// use npyt::{NpytCopy, NpytMut};
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices.npy");
/// let mut writer = NpytMut::<f64>::create(&path)?;
/// writer.extend_from_slice(&[101.5, 101.7, 101.6])?;
///
/// let reader = NpytCopy::<f64>::open(&path)?;
/// assert_eq!(reader.to_vec()?, [101.5, 101.7, 101.6]);
/// assert_eq!(reader.get(1)?, Some(101.7));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "NPYT")]
pub struct NpytCopy<T> {
    reader: Reader,
    /// How rows of the file become those of the program, where they are not the same.
    plan: Option<Plan>,
    row: PhantomData<T>,
}

// The bound stands on each function: where a type is no row, its own message is what the user reads.
impl<T> NpytCopy<T> {
    /// Opens a file of this crate, of Python's npyt, or an ordinary `.npy`, whose rows are exactly `T`.
    ///
    /// # Errors
    ///
    /// As [`Npyt::open`](crate::Npyt::open); rows may lie at any address.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytCopy, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// NpytMut::<[f32; 2]>::create(&path)?.push([0.5, 1.5])?;
    ///
    /// let points = NpytCopy::<[f32; 2]>::open(&path)?;
    /// assert_eq!(points.to_vec()?, [[0.5, 1.5]]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "load")]
    pub fn open(path: impl AsRef<Path>) -> Result<Self>
    where
        T: NpyElement,
    {
        let reader = Reader::open(path.as_ref(), &T::DTYPE, type_name::<T>())?;
        Ok(Self { reader, plan: None, row: PhantomData })
    }

    /// Opens a file whose rows have all fields of `T` by name, whatever else they have, in whatever order: of nested
    /// records and arrays of records too. The rows that are read have those fields, and zeros as padding.
    ///
    /// What is no record has to be equal: kind, size, byte order, unit, length. Where the rows are exactly `T` they are
    /// read as by [`open`](Self::open); otherwise each field is copied once more, from blocks of rows.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open); a [`Dtype`](ErrorKind::Dtype) error tells the fields that the file lacks, or has as something
    /// else.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpyRecord, NpytCopy, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("trades.npy");
    /// #[derive(Clone, Copy, NpyRecord)]
    /// #[repr(C)]
    /// struct Trade {
    ///     time: i64,
    ///     price: f64,
    ///     quantity: f32,
    ///     venue: u8,
    /// }
    ///
    /// #[derive(Clone, Copy, Debug, PartialEq, NpyRecord)]
    /// #[repr(C)]
    /// struct Cost {
    ///     quantity: f32,
    ///     price: f64,
    /// }
    ///
    /// let mut trades = NpytMut::<Trade>::create(&path)?;
    /// trades.push(Trade { time: 1, price: 101.5, quantity: 2.0, venue: 7 })?;
    ///
    /// assert!(NpytCopy::<Cost>::open(&path).is_err());
    /// let costs = NpytCopy::<Cost>::open_by_name(&path)?;
    /// assert_eq!(costs.to_vec()?, [Cost { quantity: 2.0, price: 101.5 }]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open_by_name(path: impl AsRef<Path>) -> Result<Self>
    where
        T: NpyElement,
    {
        let reader = Reader::open_any(path.as_ref())?;
        let plan = Plan::find(type_name::<T>(), &T::DTYPE, reader.dtype());
        let plan = plan.map_err(|mismatch| reader.error(mismatch.into()))?;
        Ok(Self { reader, plan, row: PhantomData })
    }
}

impl<T: NpyElement> NpytCopy<T> {
    /// Copies of the rows published at this moment.
    ///
    /// # Errors
    ///
    /// The operating system's; a file that another program has shortened.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytCopy, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # let mut writer = NpytMut::<f64>::create(&path)?;
    /// # let prices = NpytCopy::<f64>::open(&path)?;
    /// writer.push(101.5)?;
    /// let first: Vec<f64> = prices.to_vec()?;
    /// writer.push(101.7)?;
    /// assert_eq!(first, [101.5]);
    /// assert_eq!(prices.to_vec()?, [101.5, 101.7]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "data")]
    pub fn to_vec(&self) -> Result<Vec<T>> {
        self.copy(self.rows())
    }

    /// The first `n` rows, fewer when there are fewer.
    ///
    /// # Errors
    ///
    /// As [`to_vec`](Self::to_vec).
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytCopy, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # let mut writer = NpytMut::<f64>::create(&path)?;
    /// # writer.extend_from_slice(&[101.5, 101.7, 101.6])?;
    /// # let prices = NpytCopy::<f64>::open(&path)?;
    /// assert_eq!(prices.head(2)?, [101.5, 101.7]);
    /// assert_eq!(prices.head(9)?.len(), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn head(&self, n: usize) -> Result<Vec<T>> {
        self.copy(ranges::first(n, self.rows()))
    }

    /// The last `n` rows, fewer when there are fewer.
    ///
    /// # Errors
    ///
    /// As [`to_vec`](Self::to_vec).
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytCopy, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # let mut writer = NpytMut::<f64>::create(&path)?;
    /// # writer.extend_from_slice(&[101.5, 101.7, 101.6])?;
    /// # let prices = NpytCopy::<f64>::open(&path)?;
    /// assert_eq!(prices.tail(2)?, [101.7, 101.6]);
    /// assert_eq!(prices.tail(9)?.len(), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn tail(&self, n: usize) -> Result<Vec<T>> {
        self.copy(ranges::last(n, self.rows()))
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    ///
    /// As [`to_vec`](Self::to_vec).
    pub fn first(&self) -> Result<Option<T>> {
        Ok(self.head(1)?.pop())
    }

    /// The newest row at this moment, if there is one.
    ///
    /// # Errors
    ///
    /// As [`to_vec`](Self::to_vec).
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytCopy, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # let mut writer = NpytMut::<f64>::create(&path)?;
    /// # let prices = NpytCopy::<f64>::open(&path)?;
    /// assert_eq!((prices.first()?, prices.last()?), (None, None));
    /// writer.extend_from_slice(&[101.5, 101.7, 101.6])?;
    /// assert_eq!((prices.first()?, prices.last()?), (Some(101.5), Some(101.6)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn last(&self) -> Result<Option<T>> {
        Ok(self.tail(1)?.pop())
    }

    /// The rows of those numbers, as far as they are there; it never panics.
    ///
    /// # Errors
    ///
    /// As [`to_vec`](Self::to_vec).
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytCopy, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # let mut writer = NpytMut::<f64>::create(&path)?;
    /// # writer.extend_from_slice(&[101.5, 101.7, 101.6])?;
    /// # let prices = NpytCopy::<f64>::open(&path)?;
    /// assert_eq!(prices.range(1..)?, [101.7, 101.6]);
    /// assert_eq!(prices.range(..=0)?, [101.5]);
    /// assert!(prices.range(5..9)?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn range(&self, rows: impl RangeBounds<usize>) -> Result<Vec<T>> {
        self.copy(ranges::meet(rows, self.rows()))
    }

    /// The row of that number, if it is there.
    ///
    /// # Errors
    ///
    /// As [`to_vec`](Self::to_vec).
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytCopy, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # let mut writer = NpytMut::<f64>::create(&path)?;
    /// # writer.extend_from_slice(&[101.5, 101.7, 101.6])?;
    /// # let prices = NpytCopy::<f64>::open(&path)?;
    /// assert_eq!(prices.get(1)?, Some(101.7));
    /// assert_eq!(prices.get(3)?, None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "at")]
    pub fn get(&self, row: usize) -> Result<Option<T>> {
        if !self.rows().contains(&row) {
            return Ok(None);
        }
        self.copy(row..row + 1).map(|rows| rows.first().copied())
    }

    /// Copies rows from number `row` on into `out`, and returns how many: fewer than it holds where there are fewer.
    ///
    /// # Errors
    ///
    /// As [`to_vec`](Self::to_vec); any of the bytes of `out` may have been replaced by then.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytCopy, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # let mut writer = NpytMut::<f64>::create(&path)?;
    /// # writer.extend_from_slice(&[1.0, 2.0, 4.0])?;
    /// # let prices = NpytCopy::<f64>::open(&path)?;
    /// let (mut row, mut out) = (0, [0.0; 2]);
    /// let mut sum = 0.0;
    /// loop {
    ///     let read = prices.read_into(row, &mut out)?;
    ///     if read == 0 {
    ///         break;
    ///     }
    ///     sum += out[..read].iter().sum::<f64>();
    ///     row += read;
    /// }
    /// assert_eq!((row, sum), (3, 7.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "read")]
    pub fn read_into(&self, row: usize, out: &mut [T]) -> Result<usize> {
        let there = ranges::meet(row..row.saturating_add(out.len()), self.rows());
        if there.start != row {
            return Ok(0);
        }
        self.fill(there.start, &mut out[..there.len()])?;
        Ok(there.len())
    }

    /// An iterator over copies of the rows published at this moment, read a block at a time.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytCopy, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # let mut writer = NpytMut::<f64>::create(&path)?;
    /// # writer.extend_from_slice(&[101.5, 101.7, 101.6])?;
    /// # let prices = NpytCopy::<f64>::open(&path)?;
    /// let mut highest = f64::MIN;
    /// for price in &prices {
    ///     highest = highest.max(price?);
    /// }
    /// assert_eq!(highest, 101.7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn iter(&self) -> CopyIter<'_, T> {
        CopyIter { file: self, rest: self.rows(), block: Vec::new().into_iter() }
    }

    /// The numbers of the rows there are at this moment.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytCopy, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # let mut writer = NpytMut::<f64>::create(&path)?;
    /// # writer.extend_from_slice(&[101.5, 101.7, 101.6])?;
    /// # let prices = NpytCopy::<f64>::open(&path)?;
    /// assert_eq!(prices.rows(), 0..3);
    /// writer.push(101.8)?;
    /// assert_eq!(prices.rows(), 0..4);
    /// assert_eq!((prices.len(), prices.is_empty()), (4, false));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "start")]
    #[doc(alias = "end")]
    pub fn rows(&self) -> Range<usize> {
        ranges::in_memory(self.reader.observe_length_first())
    }

    /// As [`rows`](Self::rows), with an error where the file can't be looked at any more; without, `rows` gives those of the
    /// last look.
    ///
    /// # Errors
    ///
    /// [`Rewritten`](ErrorKind::Rewritten) where another program has changed the file in a way that no writer of this crate
    /// does; one that shortened it; the operating system's, such as no address space to map a file that grew.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytCopy, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # let mut writer = NpytMut::<f64>::create(&path)?;
    /// # let prices = NpytCopy::<f64>::open(&path)?;
    /// assert_eq!(prices.try_rows()?, 0..0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn try_rows(&self) -> Result<Range<usize>> {
        self.reader.try_observe_length_first().map(ranges::in_memory)
    }

    /// A position to read on from, at the first row that is kept.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytCopy, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # let mut writer = NpytMut::<f64>::create(&path)?;
    /// # let prices = NpytCopy::<f64>::open(&path)?;
    /// let mut cursor = prices.cursor();
    /// writer.push(101.5)?;
    /// assert_eq!(cursor.read(100, 0)?, [101.5]);
    /// writer.push(101.7)?;
    /// assert_eq!(cursor.read(100, 0)?, [101.7]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "read")]
    pub fn cursor(&self) -> CopyCursor<'_, T> {
        CopyCursor::new(self)
    }

    /// The rows there are, and then those to come, as they come.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytCopy, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # let mut writer = NpytMut::<f64>::create(&path)?;
    /// # let prices = NpytCopy::<f64>::open(&path)?;
    /// writer.push(101.5)?;
    /// let mut new = prices.follow();
    /// assert_eq!(new.next().transpose()?.unwrap(), [101.5]);
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| writer.push(101.7));
    ///     assert_eq!(new.next().transpose()?.unwrap(), [101.7]); // waits for it
    ///     Ok::<(), npyt::Error>(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn follow(&self) -> CopyFollow<'_, T> {
        CopyFollow::new(self)
    }

    /// The number of rows there are at this moment.
    #[doc(alias = "size")]
    pub fn len(&self) -> usize {
        self.rows().len()
    }

    /// Whether there is no row at this moment.
    #[doc(alias = "empty")]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows that fit before the file has to grow, at this moment. Of an ordinary `.npy`
    /// all are there.
    pub fn capacity(&self) -> usize {
        let _ = self.rows();
        usize::try_from(self.reader.geometry().capacity()).unwrap_or(usize::MAX)
    }

    /// When its writer last noted the time, in nanoseconds since 1970 (UTC): see [`Tail::timestamp_ns`](crate::Tail). `None`
    /// where the file has no room for it: an ordinary `.npy`, a tail of four words; and where it was shortened.
    ///
    /// Batches note it, and `sync`, `finish` and closing; [`push`](crate::NpytMut::push) doesn't, as the clock would cost more
    /// than the row.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytCopy, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # let mut writer = NpytMut::<f64>::create(&path)?;
    /// # let prices = NpytCopy::<f64>::open(&path)?;
    /// let before = prices.timestamp_ns();
    /// writer.extend_from_slice(&[101.5, 101.7])?;
    /// assert!(before <= prices.timestamp_ns() && before.is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "timestamp")]
    pub fn timestamp_ns(&self) -> Option<u64> {
        self.reader.stamped_length_first()
    }

    /// All that the file says of itself at this moment, as [`inspect`](crate::inspect) finds it.
    ///
    /// # Errors
    ///
    /// As [`inspect`](crate::inspect), where another program has damaged it since it was opened.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytCopy, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # let mut writer = NpytMut::<f64>::create(&path)?;
    /// # let prices = NpytCopy::<f64>::open(&path)?;
    /// assert_eq!(prices.info()?.shape(), [131_072]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn info(&self) -> Result<Info> {
        self.reader.info()
    }

    /// What the file says a row is.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytCopy, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # let mut writer = NpytMut::<f64>::create(&path)?;
    /// # writer.extend_from_slice(&[101.5, 101.7, 101.6])?;
    /// # let prices = NpytCopy::<f64>::open(&path)?;
    /// assert_eq!(prices.dtype().to_string(), "<f8");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn dtype(&self) -> &DType {
        self.reader.dtype()
    }

    /// The path it was opened by.
    #[doc(alias = "filename")]
    pub fn path(&self) -> &Path {
        self.reader.path()
    }

    pub(super) const fn reader(&self) -> &Reader {
        &self.reader
    }

    pub(super) fn error(&self, kind: ErrorKind) -> Error {
        self.reader.error(kind)
    }

    pub(super) fn copy(&self, rows: Range<usize>) -> Result<Vec<T>> {
        let zeroed = typed::zeroed(rows.len());
        let mut copies =
            zeroed.map_err(|source| self.reader.error(ErrorKind::Io { action: "find memory for the rows", source }))?;
        self.fill(rows.start, &mut copies)?;
        Ok(copies)
    }

    /// Fills `out` with the rows from `start` on, all of which were observed.
    fn fill(&self, start: usize, out: &mut [T]) -> Result<()> {
        let at = self.reader.geometry().row_at(start as u64);
        let error = |len: usize, source| self.reader.read_error(at, len as u64, source);
        match &self.plan {
            None => typed::read_all(self.reader.file(), at, out).map_err(|source| error(size_of_val(out), source)),
            Some(plan) => plan
                .read(self.reader.file(), at, typed::bytes_mut(out))
                .map_err(|source| error(plan.row_size().saturating_mul(out.len()), source)),
        }
    }
}

/// Iterator over copies of rows: from [`NpytCopy::iter`].
///
/// After an error it ends. Rows published after it was made are not among them.
///
/// # Example
///
/// ```
/// # use npyt::{NpytCopy, NpytMut};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices.npy");
/// # let mut writer = NpytMut::<f64>::create(&path)?;
/// # writer.extend_from_slice(&[101.5, 101.7, 101.6])?;
/// # let prices = NpytCopy::<f64>::open(&path)?;
/// let mut copies = prices.iter();
/// writer.push(101.8)?;
/// assert_eq!(copies.size_hint().1, Some(3));
/// let rows: Vec<f64> = copies.by_ref().collect::<npyt::Result<_>>()?;
/// assert_eq!(rows, [101.5, 101.7, 101.6]);
/// assert!(copies.next().is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "iterators do nothing until they are iterated over"]
pub struct CopyIter<'a, T> {
    file: &'a NpytCopy<T>,
    rest: Range<usize>,
    block: vec::IntoIter<T>,
}

/// Bytes read at a time.
const BLOCK: usize = 256 << 10;

impl<T: NpyElement> Iterator for CopyIter<'_, T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        if let Some(row) = self.block.next() {
            return Some(Ok(row));
        }
        let block = ranges::first((BLOCK / size_of::<T>()).max(1), self.rest.clone());
        self.rest.start = block.end;
        if block.is_empty() {
            return None;
        }
        match self.file.copy(block) {
            Ok(rows) => self.block = rows.into_iter(),
            Err(error) => {
                self.rest.start = self.rest.end;
                return Some(Err(error));
            }
        }
        self.block.next().map(Ok)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.block.len() + self.rest.len();
        // An error takes the place of all that is left.
        (left.min(1), Some(left))
    }
}

impl<'a, T: NpyElement> IntoIterator for &'a NpytCopy<T> {
    type Item = Result<T>;
    type IntoIter = CopyIter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T> fmt::Debug for NpytCopy<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (start, end) = self.reader.observe_length_first();
        f.debug_struct("NpytCopy")
            .field("path", &self.reader.path())
            .field("rows", &(start..end))
            .field("capacity", &self.reader.geometry().capacity())
            .finish()
    }
}

impl<T> fmt::Debug for CopyIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CopyIter").field("rest", &self.rest).finish_non_exhaustive()
    }
}
