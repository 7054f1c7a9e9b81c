#![allow(unsafe_code, reason = "the one unsafe function of the interface, and what rests on its contract")]

use std::any::type_name;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Range, RangeBounds};
use std::path::Path;
use std::slice;

use super::{Cursor, Follow, ranges};
use crate::dtype::DType;
use crate::element::NpyElement;
use crate::error::{Error, ErrorKind, Result};
use crate::file::{Info, Reader};
use crate::rows as typed;

/// A `.npy` file read in place, as `&[T]`, while another process appends to it.
///
/// Every call looks anew at how many rows there are; a slice is what was published when it was taken, and stays valid and
/// unchanged for as long as the handle lives. Two looks may see different rows, so there is no `Deref` to a slice.
///
/// Rows are numbered from the first one ever written to the file.
///
/// For reading without `unsafe` there is [`NpytCopy`](crate::NpytCopy).
///
/// # Example
///
/// ```
/// use npyt::{Npyt, NpytMut};
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices.npy");
/// let mut writer = NpytMut::<f64>::create(&path)?;
/// // SAFETY: only npyt writes to this file.
/// let reader = unsafe { Npyt::<f64>::open(&path)? };
///
/// writer.push(101.5)?;
/// writer.push(101.7)?;
/// assert_eq!(reader.as_slice(), [101.5, 101.7]);
/// assert_eq!(reader.tail(1), [101.7]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "NPYT")]
pub struct Npyt<T> {
    reader: Reader,
    row: PhantomData<T>,
}

// The bound stands on each function: where a type is no row, its own message is what the user reads.
impl<T> Npyt<T> {
    /// Opens a file of this crate, of Python's npyt, or an ordinary `.npy`, whose rows are exactly `T`.
    ///
    /// # Safety
    ///
    /// For as long as the handle lives, nobody shortens the file, and nobody writes to rows that were published.
    ///
    /// Writers of this crate never do: what would is refused while a reader is open. Python's npyt does when its `resize`
    /// or `clear` is called, and numpy when an array mapped with `mode='r+'` is assigned to.
    ///
    /// # Errors
    ///
    /// The rows are not `T` ([`Dtype`](ErrorKind::Dtype)) or don't lie where a `T` may
    /// ([`Misaligned`](ErrorKind::Misaligned)); the file is none of these or damaged; its writer is in the middle of a change
    /// and didn't finish within a second ([`Busy`](ErrorKind::Busy)); the operating system's.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{ErrorKind, Npyt, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// NpytMut::<f64>::create(&path)?.push(101.5)?;
    ///
    /// // SAFETY: only npyt writes to this file.
    /// let prices = unsafe { Npyt::<f64>::open(&path)? };
    /// assert_eq!(prices.as_slice(), [101.5]);
    ///
    /// // SAFETY: as above. It is refused: the rows are `f64`.
    /// let wrong = unsafe { Npyt::<i64>::open(&path) }.unwrap_err();
    /// assert!(matches!(wrong.kind(), ErrorKind::Dtype(_)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "load")]
    pub unsafe fn open(path: impl AsRef<Path>) -> Result<Self>
    where
        T: NpyElement,
    {
        let reader = Reader::open(path.as_ref(), &T::DTYPE, type_name::<T>())?;
        reader.check_alignment(align_of::<T>())?;
        Ok(Self { reader, row: PhantomData })
    }
}

impl<T: NpyElement> Npyt<T> {
    /// The rows published at this moment.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npyt, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # let mut writer = NpytMut::<f64>::create(&path)?;
    /// # // SAFETY: only npyt writes to this file.
    /// # let prices = unsafe { Npyt::<f64>::open(&path)? };
    /// writer.push(101.5)?;
    /// let first: &[f64] = prices.as_slice();
    /// writer.push(101.7)?;
    /// assert_eq!(first, [101.5]); // as it was
    /// assert_eq!(prices.as_slice(), [101.5, 101.7]); // as it is
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "data")]
    pub fn as_slice(&self) -> &[T] {
        self.rows_in(self.rows())
    }

    /// The first `n` rows, fewer when there are fewer.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npyt, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # let mut writer = NpytMut::<f64>::create(&path)?;
    /// # writer.extend_from_slice(&[101.5, 101.7, 101.6])?;
    /// # // SAFETY: only npyt writes to this file.
    /// # let prices = unsafe { Npyt::<f64>::open(&path)? };
    /// assert_eq!(prices.head(2), [101.5, 101.7]);
    /// assert_eq!(prices.head(9).len(), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn head(&self, n: usize) -> &[T] {
        self.rows_in(ranges::first(n, self.rows()))
    }

    /// The last `n` rows, fewer when there are fewer.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npyt, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # let mut writer = NpytMut::<f64>::create(&path)?;
    /// # writer.extend_from_slice(&[101.5, 101.7, 101.6])?;
    /// # // SAFETY: only npyt writes to this file.
    /// # let prices = unsafe { Npyt::<f64>::open(&path)? };
    /// assert_eq!(prices.tail(2), [101.7, 101.6]);
    /// assert_eq!(prices.tail(9).len(), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn tail(&self, n: usize) -> &[T] {
        self.rows_in(ranges::last(n, self.rows()))
    }

    /// The first row, if there is one.
    pub fn first(&self) -> Option<&T> {
        self.head(1).first()
    }

    /// The newest row at this moment, if there is one.
    pub fn last(&self) -> Option<&T> {
        self.tail(1).last()
    }

    /// The row of that number, if it is there. Numbers count from the first row ever written: `get(rows().start)` is
    /// `as_slice().first()`.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npyt, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # let mut writer = NpytMut::<f64>::create(&path)?;
    /// # writer.extend_from_slice(&[101.5, 101.7, 101.6])?;
    /// # // SAFETY: only npyt writes to this file.
    /// # let prices = unsafe { Npyt::<f64>::open(&path)? };
    /// assert_eq!(prices.get(1), Some(&101.7));
    /// assert_eq!(prices.get(3), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "at")]
    pub fn get(&self, row: usize) -> Option<&T> {
        self.rows().contains(&row).then(|| self.rows_in(row..row + 1)).and_then(<[T]>::first)
    }

    /// The rows of those numbers, as far as they are there; it never panics.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npyt, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # let mut writer = NpytMut::<f64>::create(&path)?;
    /// # writer.extend_from_slice(&[101.5, 101.7, 101.6])?;
    /// # // SAFETY: only npyt writes to this file.
    /// # let prices = unsafe { Npyt::<f64>::open(&path)? };
    /// assert_eq!(prices.range(1..), [101.7, 101.6]);
    ///
    /// let mut seen = 2; // go on where the last look ended
    /// for price in prices.range(seen..) {
    ///     assert_eq!(*price, 101.6);
    ///     seen += 1;
    /// }
    /// assert!(prices.range(seen..).is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "read")]
    #[doc(alias = "slice")]
    pub fn range(&self, rows: impl RangeBounds<usize>) -> &[T] {
        self.rows_in(ranges::meet(rows, self.rows()))
    }

    /// An iterator over the rows published at this moment.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npyt, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # let mut writer = NpytMut::<f64>::create(&path)?;
    /// # writer.extend_from_slice(&[101.5, 101.7, 101.6])?;
    /// # // SAFETY: only npyt writes to this file.
    /// # let prices = unsafe { Npyt::<f64>::open(&path)? };
    /// let highest = prices.iter().copied().fold(f64::MIN, f64::max);
    /// assert_eq!(highest, 101.7);
    /// for price in &prices {
    ///     assert!(*price > 100.0);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn iter(&self) -> slice::Iter<'_, T> {
        self.as_slice().iter()
    }

    /// The numbers of the rows there are at this moment.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npyt, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # let mut writer = NpytMut::<f64>::create(&path)?;
    /// # writer.extend_from_slice(&[101.5, 101.7, 101.6])?;
    /// # // SAFETY: only npyt writes to this file.
    /// # let prices = unsafe { Npyt::<f64>::open(&path)? };
    /// assert_eq!(prices.rows(), 0..3);
    /// writer.push(101.8)?;
    /// assert_eq!(prices.rows(), 0..4);
    /// assert_eq!((prices.len(), prices.is_empty()), (4, false));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "start")]
    #[doc(alias = "end")]
    pub fn rows(&self) -> Range<usize> {
        ranges::in_memory(self.reader.observe())
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
    /// # use npyt::{Npyt, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # let mut writer = NpytMut::<f64>::create(&path)?;
    /// # // SAFETY: only npyt writes to this file.
    /// # let prices = unsafe { Npyt::<f64>::open(&path)? };
    /// assert_eq!(prices.try_rows()?, 0..0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn try_rows(&self) -> Result<Range<usize>> {
        self.reader.try_observe().map(ranges::in_memory)
    }

    /// A position to read on from, at the first row that is kept.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npyt, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # let mut writer = NpytMut::<f64>::create(&path)?;
    /// # // SAFETY: only npyt writes to this file.
    /// # let prices = unsafe { Npyt::<f64>::open(&path)? };
    /// let mut cursor = prices.cursor();
    /// writer.push(101.5)?;
    /// assert_eq!(cursor.read(100, 0)?, [101.5]);
    /// writer.push(101.7)?;
    /// assert_eq!(cursor.read(100, 0)?, [101.7]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "read")]
    pub fn cursor(&self) -> Cursor<'_, T> {
        Cursor::new(self)
    }

    /// The rows there are, and then those to come, as they come.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npyt, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # let mut writer = NpytMut::<f64>::create(&path)?;
    /// # // SAFETY: only npyt writes to this file.
    /// # let prices = unsafe { Npyt::<f64>::open(&path)? };
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
    pub fn follow(&self) -> Follow<'_, T> {
        Follow::new(self)
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
    /// where the file has no room for it: an ordinary `.npy`, a tail of four words.
    ///
    /// Batches note it, and `sync`, `finish` and closing; [`push`](crate::NpytMut::push) doesn't, as the clock would cost more
    /// than the row.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npyt, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # let mut writer = NpytMut::<f64>::create(&path)?;
    /// # // SAFETY: only npyt writes to this file.
    /// # let prices = unsafe { Npyt::<f64>::open(&path)? };
    /// let before = prices.timestamp_ns();
    /// writer.extend_from_slice(&[101.5, 101.7])?;
    /// assert!(before <= prices.timestamp_ns() && before.is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "timestamp")]
    pub fn timestamp_ns(&self) -> Option<u64> {
        self.reader.stamped()
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
    /// # use npyt::{Npyt, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # let mut writer = NpytMut::<f64>::create(&path)?;
    /// # // SAFETY: only npyt writes to this file.
    /// # let prices = unsafe { Npyt::<f64>::open(&path)? };
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
    /// # use npyt::{Npyt, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # let mut writer = NpytMut::<f64>::create(&path)?;
    /// # writer.extend_from_slice(&[101.5, 101.7, 101.6])?;
    /// # // SAFETY: only npyt writes to this file.
    /// # let prices = unsafe { Npyt::<f64>::open(&path)? };
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

    /// `rows` are among those observed.
    pub(super) fn rows_in(&self, rows: Range<usize>) -> &[T] {
        let geometry = self.reader.geometry();
        let at = usize::try_from(geometry.row_at(rows.start as u64)).unwrap_or(usize::MAX);
        // SAFETY: rows that were observed are published, and by the contract of `open` they are not written to, nor is the
        // file shortened, for as long as `self` lives, which the result borrows.
        let slice = unsafe { typed::slice(self.reader.map(), at, rows.len()) };
        // They are mapped, as the capacity is, and aligned, as `open` checked.
        slice.unwrap_or_default()
    }
}

impl<'a, T: NpyElement> IntoIterator for &'a Npyt<T> {
    type Item = &'a T;
    type IntoIter = slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T> fmt::Debug for Npyt<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (start, end) = self.reader.observe();
        f.debug_struct("Npyt")
            .field("path", &self.reader.path())
            .field("rows", &(start..end))
            .field("capacity", &self.reader.geometry().capacity())
            .finish()
    }
}
