use std::any::type_name;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Bound, Range, RangeBounds};
use std::path::Path;
use std::sync::Arc;

use super::directory::Directory;
use super::segment::{Access, Kind};
use super::{Chunk, Chunks, Tailer};
use crate::element::NpyElement;
use crate::error::Result;

/// An endless recording, read while another process appends to it.
///
/// Rows are numbered through all files from the first ever written, and what is read comes as [`Chunk`]s, one for each file.
/// Every call looks anew at which rows there are. Threads share a reader, and a clone is a reference to the same one.
///
/// Opening lists the directory once, and opens no file that an index tells of.
///
/// # Example
///
/// ```
/// use npyt::{Npy8, Npy8Mut};
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices");
/// let mut writer = Npy8Mut::<f64>::options().rows_per_segment(2).open(&path)?;
/// // SAFETY: only npyt writes to this directory.
/// let reader = unsafe { Npy8::<f64>::open(&path)? };
///
/// writer.extend_from_slice(&[101.5, 101.7, 101.6])?;
/// assert_eq!(reader.rows()?, 0..3);
/// let mut highest = f64::MIN;
/// for chunk in reader.range(1..)? {
///     for price in &chunk? {
///         highest = highest.max(*price);
///     }
/// }
/// assert_eq!(highest, 101.7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "NPY8")]
pub struct Npy8<T> {
    pub(super) directory: Arc<Directory>,
    row: PhantomData<fn() -> T>,
}

// The bound stands on each function: where a type is no row, its own message is what the user reads.
impl<T> Npy8<T> {
    /// Opens a directory of this crate to read rows in place.
    ///
    /// # Safety
    ///
    /// As for [`Npyt::open`](crate::Npyt::open), for each file of the directory: as long as this reader, a [`Tailer`] or a
    /// [`Chunk`] of it lives, nobody shortens one of the files, and nobody writes to rows that were published. Removing files is
    /// no harm.
    ///
    /// Writers of this crate never do. Python's NPY8 does in a directory that it writes itself, as it cuts files that leave its
    /// queue: [`open_copy`](Self::open_copy) is for these.
    ///
    /// # Errors
    ///
    /// There is no such directory, as [`open_copy`](Self::open_copy) shows; a file in it that has to be looked at is damaged, and
    /// the error has its path; the operating system's. Files are opened as rows of them are read: then only it is said that the
    /// rows are no `T` ([`Dtype`](crate::ErrorKind::Dtype)), or a file damaged. One that can't be
    /// [repaired](crate::Repair) can be moved out of the directory: its rows are [`Discarded`](crate::ErrorKind::Discarded) from
    /// then on, and those behind it are read.
    #[allow(unsafe_code, reason = "a contract, no code")]
    pub unsafe fn open(path: impl AsRef<Path>) -> Result<Self>
    where
        T: NpyElement,
    {
        Self::start(path.as_ref(), Access::InPlace)
    }

    /// Opens a directory of this crate, or of Python's NPY8, to read copies of its rows, through system calls: whatever another
    /// program does to the files, what is read is what was there, or an error.
    ///
    /// In a directory that Python wrote there is no index, and its files don't say which number their first row has: all of them
    /// are looked at, and rows are counted from the first file that is there.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    ///
    /// # Example
    ///
    /// A reader that may be started before the writer:
    ///
    /// ```
    /// # use npyt::{Npy8, Npy8Mut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices");
    /// use std::{io, thread, time::Duration};
    ///
    /// # let there = path.clone();
    /// # let writer = thread::spawn(move || Npy8Mut::<f64>::open(there));
    /// let prices = loop {
    ///     match Npy8::<f64>::open_copy(&path) {
    ///         Err(error) if error.io_kind() == Some(io::ErrorKind::NotFound) => thread::sleep(Duration::from_millis(10)),
    ///         other => break other?,
    ///     }
    /// };
    /// assert_eq!(prices.rows()?, 0..0);
    /// # drop(writer.join());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "load")]
    pub fn open_copy(path: impl AsRef<Path>) -> Result<Self>
    where
        T: NpyElement,
    {
        Self::start(path.as_ref(), Access::Copied)
    }

    fn start(path: &Path, access: Access) -> Result<Self>
    where
        T: NpyElement,
    {
        let kind = Kind { access, row: T::DTYPE, alignment: align_of::<T>(), type_name: type_name::<T>() };
        Ok(Self { directory: Arc::new(Directory::open(path, kind)?), row: PhantomData })
    }
}

impl<T: NpyElement> Npy8<T> {
    /// The numbers of the rows that are kept at this moment, counted from the first ever written.
    ///
    /// # Errors
    ///
    /// The directory, or its newest file, can't be looked at; rows that are no `T`.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npy8, Npy8Mut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices");
    /// let mut writer = Npy8Mut::<f64>::open(&path)?;
    /// let reader = Npy8::<f64>::open_copy(&path)?;
    /// assert_eq!(reader.rows()?, 0..0);
    /// writer.push(101.5)?;
    /// assert_eq!(reader.rows()?, 0..1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "start")]
    #[doc(alias = "end")]
    pub fn rows(&self) -> Result<Range<u64>> {
        self.directory.rows().map(|(start, end)| start..end)
    }

    /// The first `n` rows, fewer where there are fewer.
    ///
    /// # Errors
    ///
    /// As [`rows`](Self::rows).
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npy8, Npy8Mut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices");
    /// # Npy8Mut::<f64>::options().rows_per_segment(2).open(&path)?.extend_from_slice(&[101.5, 101.7, 101.6])?;
    /// let reader = Npy8::<f64>::open_copy(&path)?;
    /// assert_eq!(reader.head(2)?.to_vec()?, [101.5, 101.7]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn head(&self, n: u64) -> Result<Chunks<T>> {
        let rows = self.rows()?;
        Ok(self.chunks(rows.start..rows.start.saturating_add(n).min(rows.end)))
    }

    /// The last `n` rows, fewer where there are fewer; in order, as always.
    ///
    /// # Errors
    ///
    /// As [`rows`](Self::rows).
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npy8, Npy8Mut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices");
    /// # Npy8Mut::<f64>::options().rows_per_segment(2).open(&path)?.extend_from_slice(&[101.5, 101.7, 101.6])?;
    /// let reader = Npy8::<f64>::open_copy(&path)?;
    /// assert_eq!(reader.tail(2)?.to_vec()?, [101.7, 101.6]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn tail(&self, n: u64) -> Result<Chunks<T>> {
        let rows = self.rows()?;
        Ok(self.chunks(rows.end.saturating_sub(n).max(rows.start)..rows.end))
    }

    /// The rows of those numbers, as far as they are there at this moment.
    ///
    /// # Errors
    ///
    /// As [`rows`](Self::rows). [`Discarded`](crate::ErrorKind::Discarded) where the first of them was given by number and is no
    /// longer kept: nothing is skipped unasked.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npy8, Npy8Mut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices");
    /// Npy8Mut::<f64>::options().rows_per_segment(2).open(&path)?.extend_from_slice(&[101.5, 101.7, 101.6])?;
    /// let reader = Npy8::<f64>::open_copy(&path)?;
    /// assert_eq!(reader.range(1..)?.to_vec()?, [101.7, 101.6]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "slice")]
    pub fn range(&self, rows: impl RangeBounds<u64>) -> Result<Chunks<T>> {
        let there = self.rows()?;
        let start = match rows.start_bound() {
            Bound::Included(&row) => row,
            Bound::Excluded(&row) => row.saturating_add(1),
            Bound::Unbounded => there.start,
        };
        let end = match rows.end_bound() {
            Bound::Included(&row) => row.saturating_add(1).min(there.end),
            Bound::Excluded(&row) => row.min(there.end),
            Bound::Unbounded => there.end,
        };
        if start < there.start && start < end {
            return Err(self.directory.discarded(start, there.start));
        }
        Ok(self.chunks(start..end))
    }

    /// The row of that number; `None` where it is still to come.
    ///
    /// # Errors
    ///
    /// [`Discarded`](crate::ErrorKind::Discarded) where it is no longer kept; as [`rows`](Self::rows).
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npy8, Npy8Mut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices");
    /// # Npy8Mut::<f64>::options().rows_per_segment(2).open(&path)?.extend_from_slice(&[101.5, 101.7, 101.6])?;
    /// let reader = Npy8::<f64>::open_copy(&path)?;
    /// assert_eq!(reader.get(2)?, Some(101.6));
    /// assert_eq!(reader.get(3)?, None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "at")]
    pub fn get(&self, row: u64) -> Result<Option<T>> {
        let chunk = self.range(row..row.saturating_add(1))?.next().transpose()?;
        Ok(chunk.and_then(|chunk| chunk.first().copied()))
    }

    /// The number of rows that are kept at this moment.
    ///
    /// # Errors
    ///
    /// As [`rows`](Self::rows).
    #[allow(clippy::len_without_is_empty, reason = "it can fail, and so can't be a condition")]
    pub fn len(&self) -> Result<u64> {
        self.rows().map(|rows| rows.end - rows.start)
    }

    /// The number of segments that are kept at this moment.
    ///
    /// # Errors
    ///
    /// As [`rows`](Self::rows).
    pub fn segments(&self) -> Result<usize> {
        self.directory.count()
    }

    /// Reads rows as they come, from the first that is kept on.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npy8, Npy8Mut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices");
    /// # let mut writer = Npy8Mut::<f64>::options().rows_per_segment(2).open(&path)?;
    /// let mut new = Npy8::<f64>::open_copy(&path)?.tailer();
    /// writer.extend_from_slice(&[101.5, 101.7, 101.6])?;
    /// assert_eq!(new.read(100)?[..], [101.5, 101.7]); // up to where a file ends
    /// assert_eq!(new.read(100)?[..], [101.6]);
    /// assert!(new.read(100)?.is_empty()); // none yet
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "read")]
    #[doc(alias = "follow")]
    pub fn tailer(&self) -> Tailer<T> {
        Tailer::new(Arc::clone(&self.directory))
    }

    /// The directory: an absolute path, in which links are not followed.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(super) fn chunks(&self, rows: Range<u64>) -> Chunks<T> {
        Chunks::new(Arc::clone(&self.directory), rows)
    }

    /// A row that was there a moment ago.
    pub(super) fn row(&self, row: u64) -> Result<Option<T>> {
        let chunk: Option<Chunk<T>> = self.chunks(row..row.saturating_add(1)).next().transpose()?;
        Ok(chunk.and_then(|chunk| chunk.first().copied()))
    }
}

impl<T> Clone for Npy8<T> {
    fn clone(&self) -> Self {
        Self { directory: Arc::clone(&self.directory), row: PhantomData }
    }
}

impl<T> fmt::Debug for Npy8<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Npy8").field("path", &self.directory.path()).finish_non_exhaustive()
    }
}
