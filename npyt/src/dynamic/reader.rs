#![allow(
    unsafe_code,
    reason = "the unsafe function of the interface for files without a row type, and what rests on its contract"
)]

use std::fmt;
use std::ops::{Bound, Range, RangeBounds};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::DynRows;
use super::directory::Directory;
use crate::dtype::DType;
use crate::error::{Error, ErrorKind, Result};
use crate::file::{Fixed, Info, Reader};
use crate::geometry::GeometryError;
use crate::handle::{self, Rounds, Wait};
use crate::rows as typed;

/// Any `.npy` file, read without a Rust type of its rows: by what its header says.
///
/// That is every array numpy can save without pickle: of every version of the format, in C or Fortran order, of no axis or
/// many, without bytes, of either byte order, with or without an NPYT tail, also while it is written and grows. A row is one
/// step of the first axis, an array of more axes has [sub-arrays](DType::Array) as rows, and a single value is one row. Object
/// arrays need pickle, and are refused.
///
/// A directory of [endless recording](crate::Npy8) opens as well: its rows have the numbers they have there, and are copied.
///
/// [`open_copy`](Self::open_copy) copies the rows that are asked for, [`open`](Self::open) looks at them in place and
/// is `unsafe`, as of [`Npyt`](crate::Npyt). Either takes memory for the rows asked for and no more.
///
/// # Example
///
/// ```
/// use npyt::NpyDyn;
/// # use npyt::{NpyRecord, NpytMut};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("books.npy");
/// # #[derive(Clone, Copy, NpyRecord)]
/// # #[repr(C)]
/// # struct Level {
/// #     px: f64,
/// #     qty: i32,
/// # }
/// # #[derive(Clone, Copy, NpyRecord)]
/// # #[repr(C)]
/// # struct Book {
/// #     ts: i64,
/// #     bid: [Level; 2],
/// # }
/// # let level = |px| Level { px, qty: 5 };
/// # let books = [Book { ts: 1, bid: [level(101.5), level(101.4)] }, Book { ts: 2, bid: [level(101.6), level(101.5)] }];
/// # NpytMut::<Book>::create(&path)?.extend_from_slice(&books)?;
///
/// let file = NpyDyn::open_copy(&path)?;
/// assert_eq!(file.rows(), 0..2);
/// let rows = file.range(..)?;
/// assert_eq!(rows.get(0).unwrap().to_string(), "(1, [(101.5, 5), (101.4, 5)])");
/// assert_eq!(rows.column::<f64>("bid[0].px")?.to_vec(), [101.5, 101.6]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "load")]
pub struct NpyDyn {
    source: Source,
    in_place: bool,
}

enum Source {
    Rows(Box<Reader>),
    Fixed(Box<Fixed>),
    Directory(Box<Directory>),
}

impl NpyDyn {
    /// Opens a file to be looked at in place: rows are lent, not copied.
    ///
    /// Arrays in Fortran order of more axes than one are copied all the same, so that their rows come out in C order, and so
    /// are the rows of a directory, which lie in many files.
    ///
    /// # Errors
    ///
    /// What is no `.npy` file, object arrays, a file shorter than its shape, a damaged tail, and the operating system's.
    ///
    /// # Safety
    ///
    /// As of [`Npyt::open`](crate::Npyt::open): as long as the result or rows from it live, nobody
    ///
    /// - writes to rows that are published,
    /// - makes the file shorter than its rows.
    ///
    /// Writers of this crate and of Python's npyt do neither.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpyDyn, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// let mut writer = NpytMut::<f64>::create(&path)?;
    /// writer.push(101.5)?;
    ///
    /// // SAFETY: only npyt writes to this file.
    /// let file = unsafe { NpyDyn::open(&path)? };
    /// assert_eq!(file.tail(1)?.column::<f64>("")?.as_slice(), Some(&[101.5][..]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub unsafe fn open(path: impl AsRef<Path>) -> Result<Self> {
        Ok(Self { source: open(path.as_ref())?, in_place: true })
    }

    /// Opens a file to copy rows from, through the file and not through its mapping: see [`NpytCopy`](crate::NpytCopy).
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::NpyDyn;
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("transposed.npy");
    /// # let text = format!("{:117}\n", "{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3), }");
    /// # std::fs::write(&path, [&b"\x93NUMPY\x01\0v\0"[..], text.as_bytes(), &[0, 1, 0, 4, 0, 2, 0, 5, 0, 3, 0, 6]].concat())?;
    /// // np.save of np.array([[1, 2, 3], [4, 5, 6]], '>i2', order='F')
    /// let file = NpyDyn::open_copy(&path)?;
    /// assert_eq!(file.dtype().to_string(), "(3,)>i2");
    /// let rows: Vec<String> = file.range(..)?.iter().map(|row| row.to_string()).collect();
    /// assert_eq!(rows, ["[1 2 3]", "[4 5 6]"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open_copy(path: impl AsRef<Path>) -> Result<Self> {
        Ok(Self { source: open(path.as_ref())?, in_place: false })
    }

    /// All that the file says of itself at this moment, as [`inspect`](crate::inspect) finds it; of a directory, what its newest
    /// file says.
    ///
    /// # Errors
    ///
    /// As [`inspect`](crate::inspect), where another program has damaged it since it was opened.
    pub fn info(&self) -> Result<Info> {
        match &self.source {
            Source::Rows(reader) => reader.info(),
            Source::Fixed(fixed) => Ok(fixed.info().clone()),
            Source::Directory(directory) => Ok(directory.info()),
        }
    }

    /// What a row is: of an array of more axes than one a sub-array, which [`Info::dtype`] is not.
    pub const fn dtype(&self) -> &DType {
        match &self.source {
            Source::Rows(reader) => reader.dtype(),
            Source::Fixed(fixed) => fixed.dtype(),
            Source::Directory(directory) => directory.dtype(),
        }
    }

    /// The path it was opened by.
    #[doc(alias = "filename")]
    pub fn path(&self) -> &Path {
        match &self.source {
            Source::Rows(reader) => reader.path(),
            Source::Fixed(fixed) => fixed.path(),
            Source::Directory(directory) => directory.path(),
        }
    }

    /// The numbers of the rows there are at this moment; those of the last look where the file can't be looked at any more.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpyDyn, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// let mut writer = NpytMut::<f64>::create(&path)?;
    /// let file = NpyDyn::open_copy(&path)?;
    /// assert_eq!(file.rows(), 0..0);
    /// writer.push(101.5)?;
    /// assert_eq!((file.rows(), file.len(), file.is_empty()), (0..1, 1, false));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn rows(&self) -> Range<u64> {
        match &self.source {
            Source::Rows(reader) if self.in_place => range(reader.observe()),
            Source::Rows(reader) => range(reader.observe_length_first()),
            Source::Fixed(fixed) => fixed.rows(),
            Source::Directory(directory) => directory.look(Duration::ZERO).unwrap_or_else(|_| directory.last()),
        }
    }

    /// As [`rows`](Self::rows), with an error where the file can't be looked at any more.
    ///
    /// # Errors
    ///
    /// As [`NpytCopy::try_rows`](crate::NpytCopy::try_rows).
    pub fn try_rows(&self) -> Result<Range<u64>> {
        match &self.source {
            Source::Rows(reader) if self.in_place => reader.try_observe().map(range),
            Source::Rows(reader) => reader.try_observe_length_first().map(range),
            Source::Fixed(fixed) => Ok(fixed.rows()),
            Source::Directory(directory) => directory.look(Duration::ZERO),
        }
    }

    /// The number of rows there are at this moment.
    #[doc(alias = "size")]
    pub fn len(&self) -> u64 {
        let rows = self.rows();
        rows.end - rows.start
    }

    /// Whether there is no row at this moment.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether rows may still come: not to an ordinary `.npy`, as long as it is open here.
    pub fn may_grow(&self) -> bool {
        match &self.source {
            Source::Rows(reader) => !reader.is_final(),
            Source::Fixed(_) => false,
            Source::Directory(_) => true,
        }
    }

    /// The rows of those numbers, as far as they are there; it never panics.
    ///
    /// # Errors
    ///
    /// The operating system's; a file that another program has shortened.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpyDyn, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # NpytMut::<f64>::create(&path)?.extend_from_slice(&[101.5, 101.7, 101.6])?;
    /// # let file = NpyDyn::open_copy(&path)?;
    /// assert_eq!(file.range(1..)?.column::<f64>("")?.to_vec(), [101.7, 101.6]);
    /// assert!(file.range(5..9)?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "slice")]
    pub fn range(&self, rows: impl RangeBounds<u64>) -> Result<DynRows<'_>> {
        // 64-bit machines alone are built for.
        let bound = |bound: Bound<&u64>| bound.map(|&row| row as usize);
        let wanted = (bound(rows.start_bound()), bound(rows.end_bound()));
        self.take(handle::meet(wanted, self.there()))
    }

    /// The first `n` rows, fewer when there are fewer.
    ///
    /// # Errors
    ///
    /// As [`range`](Self::range).
    pub fn head(&self, n: usize) -> Result<DynRows<'_>> {
        self.take(handle::first(n, self.there()))
    }

    /// The last `n` rows, fewer when there are fewer.
    ///
    /// # Errors
    ///
    /// As [`range`](Self::range).
    pub fn tail(&self, n: usize) -> Result<DynRows<'_>> {
        self.take(handle::last(n, self.there()))
    }

    /// Up to `most` rows from number `row` on: none where there are none yet, see [`wait`](Self::wait).
    ///
    /// # Errors
    ///
    /// [`Discarded`](ErrorKind::Discarded) where that row has been taken away from the front, with the number of the first
    /// that is kept; and as [`range`](Self::range) and [`try_rows`](Self::try_rows).
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpyDyn, NpytMut};
    /// # use std::time::Duration;
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # NpytMut::<f64>::create(&path)?.extend_from_slice(&[101.5, 101.7, 101.6])?;
    /// # let file = NpyDyn::open_copy(&path)?;
    /// let mut next = file.rows().start;
    /// let mut seen = Vec::new();
    /// while file.wait(next, Duration::from_millis(10))? {
    ///     let rows = file.read_from(next, 2)?;
    ///     seen.extend(rows.column::<f64>("")?);
    ///     next = rows.rows().end;
    /// }
    /// assert_eq!((next, seen), (3, vec![101.5, 101.7, 101.6]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read_from(&self, row: u64, most: usize) -> Result<DynRows<'_>> {
        let there = self.try_rows()?;
        if row < there.start {
            let (position, first) = (row as usize, there.start as usize);
            return Err(self.error(ErrorKind::Discarded { position, first }));
        }
        let from = row.min(there.end) as usize;
        self.take(handle::first(most, from..there.end as usize))
    }

    /// Waits until there is a row of that number or behind it, and returns whether there is: `false` when `timeout` is over,
    /// and at once where no row [can come](Self::may_grow).
    ///
    /// # Errors
    ///
    /// As [`try_rows`](Self::try_rows).
    pub fn wait(&self, row: u64, timeout: Duration) -> Result<bool> {
        let began = Instant::now();
        let mut rounds = Rounds::new();
        loop {
            let waited = began.elapsed();
            let end = match &self.source {
                Source::Directory(directory) => directory.look(waited)?.end,
                _ => self.try_rows()?.end,
            };
            if end > row {
                return Ok(true);
            }
            if !self.may_grow() || waited >= timeout {
                return Ok(false);
            }
            match rounds.sleep(Wait::SpinThenSleep, waited) {
                Some(time) => self.sleep(end, time.min(timeout - waited)),
                None => {
                    rounds.spin();
                    std::hint::spin_loop();
                }
            }
        }
    }

    /// Sleeps, or less where the writer of a file wakes us.
    fn sleep(&self, end: u64, time: Duration) {
        match &self.source {
            Source::Rows(reader) => reader.wait(end, time),
            _ => thread::sleep(time),
        }
    }

    fn there(&self) -> Range<usize> {
        let Range { start, end } = self.rows();
        start as usize..end as usize
    }

    /// `rows` are among those observed.
    fn take(&self, rows: Range<usize>) -> Result<DynRows<'_>> {
        let dtype = self.dtype();
        let numbers = rows.start as u64..rows.end as u64;
        let too_large = || {
            let kind = GeometryError::TooLarge { rows: rows.len() as u64, row_bytes: dtype.size() as u64 };
            self.error(kind.into())
        };
        let len = dtype.size().checked_mul(rows.len()).ok_or_else(too_large)?;
        if let (Source::Rows(reader), true) = (&self.source, self.in_place) {
            let at = usize::try_from(reader.geometry().row_at(numbers.start)).unwrap_or(usize::MAX);
            // SAFETY: rows that were observed are published, and by the contract of `open` they are not written to, nor is the
            // file shortened, for as long as `self` lives, which the result borrows.
            let bytes = unsafe { typed::slice::<u8>(reader.map(), at, len) };
            // They are mapped, as the capacity is.
            return Ok(DynRows::in_place(dtype, numbers, bytes.unwrap_or_default()));
        }
        let io = |source| self.error(ErrorKind::Io { action: "find memory for the rows", source });
        let zeroed = || typed::zeroed::<u8>(len).map_err(io);
        let bytes = match &self.source {
            Source::Rows(reader) => {
                let mut bytes = zeroed()?;
                let at = reader.geometry().row_at(numbers.start);
                let done = typed::read_all(reader.file(), at, &mut bytes);
                done.map_err(|source| reader.read_error(at, len as u64, source))?;
                bytes
            }
            Source::Fixed(fixed) => {
                let mut bytes = zeroed()?;
                fixed.read(&numbers, &mut bytes)?;
                bytes
            }
            Source::Directory(directory) => directory.read(&numbers)?,
        };
        Ok(DynRows::copied(dtype, numbers, bytes))
    }

    fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind, self.path())
    }
}

impl fmt::Debug for NpyDyn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NpyDyn")
            .field("path", &self.path())
            .field("dtype", &format_args!("{}", self.dtype()))
            .field("rows", &self.rows())
            .finish()
    }
}

const fn range((start, end): (u64, u64)) -> Range<u64> {
    start..end
}

fn open(path: &Path) -> Result<Source> {
    if path.is_dir() {
        return Directory::open(path).map(Box::new).map(Source::Directory);
    }
    let error = match Reader::open_any(path) {
        Ok(reader) => return Ok(Source::Rows(Box::new(reader))),
        Err(error) => error,
    };
    match error.kind() {
        ErrorKind::Geometry(GeometryError::NoAxis | GeometryError::FortranOrder | GeometryError::EmptyRow) => {
            Fixed::open(path).map(Box::new).map(Source::Fixed)
        }
        _ => Err(error),
    }
}
