//! The one error type: the layers' errors, with the file they are about.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::dtype::DTypeMismatch;
use crate::geometry::GeometryError;
use crate::header::HeaderError;
use crate::tail::TailError;

/// The result of everything here.
///
/// # Example
///
/// ```
/// use npyt::{NpytCopy, Result};
///
/// fn last_price(path: &str) -> Result<Option<f64>> {
///     Ok(NpytCopy::open(path)?.tail(1)?.first().copied())
/// }
///
/// assert!(last_price("no such file.npy").is_err());
/// ```
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, and with which file.
///
/// Displays as one text that says what was expected, what was found, where, and what to do. An operating system's error
/// is the [`source`](std::error::Error::source).
///
/// # Example
///
/// ```
/// # use npyt::{ErrorKind, NpytCopy, NpytMut};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices.npy");
/// use std::error::Error;
/// use std::io;
///
/// let missing = NpytCopy::<f64>::open(&path).unwrap_err();
/// assert_eq!(missing.io_kind(), Some(io::ErrorKind::NotFound));
/// assert!(missing.source().is_some_and(|source| source.is::<io::Error>()));
///
/// let _writer = NpytMut::<f64>::create(&path)?;
/// let exists = NpytMut::<f64>::create(&path).unwrap_err();
/// assert!(matches!(exists.kind(), ErrorKind::Exists));
/// assert_eq!(exists.to_string(), format!("{}: already exists, and was left as it is; take another name, or have NpytMut open or overwrite it", path.display()));
/// let _: io::Error = exists.into(); // for functions that return those
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    path: PathBuf,
}

/// What went wrong.
///
/// # Example
///
/// ```
/// # use npyt::{ErrorKind, Growth, NpytMut};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices.npy");
/// let mut prices = NpytMut::<f64>::options().capacity(2).growth(Growth::Never).create(&path)?;
/// let rows = [101.5, 101.7, 101.6];
/// match prices.extend_from_slice(&rows) {
///     Err(error) => match error.kind() {
///         ErrorKind::Full { fits, .. } => prices.extend_from_slice(&rows[..*fits])?,
///         _ => return Err(error.into()),
///     },
///     Ok(()) => unreachable!("three rows don't fit"),
/// }
/// assert_eq!(prices.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The operating system refused. [`Error::io_kind`] is the short way to why.
    Io {
        /// What was being done, such as "create".
        action: &'static str,
        /// Its error.
        source: io::Error,
    },
    /// The path exists, and replacing it was not asked for.
    Exists,
    /// No files were given to make one of.
    NoSources,
    /// A directory of endless recording without a file: nothing says what its rows are.
    NoSegment,
    /// The path is a directory, a pipe or a device.
    NotAFile {
        /// What it is.
        found: &'static str,
    },
    /// The header can't be read, or can't be written.
    Header(HeaderError),
    /// The shape or the length of the file makes no rows.
    Geometry(GeometryError),
    /// The bytes after the rows are no tail.
    Tail(TailError),
    /// An ordinary `.npy`: it can be read, but rows can't be added to it.
    NoTail,
    /// The rows of the file are not of the row type: [`DTypeMismatch::differences`] tells where they part.
    Dtype(Box<DTypeMismatch>),
    /// The rows don't start where their type may lie in memory.
    Misaligned {
        /// The byte where the rows start.
        offset: u64,
        /// The alignment they need.
        alignment: usize,
    },
    /// The tail is not at a multiple of eight, where it can be changed in one step, and growth was not allowed to move it.
    TailMisaligned {
        /// The byte where it starts.
        at: u64,
    },
    /// The bytes that were to be added are no whole rows. Nothing was written.
    NoWholeRows {
        /// How many bytes were given.
        bytes: usize,
        /// How many a row has.
        row: usize,
    },
    /// Too few rows are left. Nothing was written.
    Full {
        /// Rows that were to be added.
        asked: usize,
        /// Rows that still fit.
        fits: usize,
        /// Rows that fit in all.
        capacity: usize,
    },
    /// Another writer has the file open.
    Locked {
        /// The process that has it, where that can be known (Linux, a process of the same user).
        by: Option<u32>,
    },
    /// Readers have the file open, and what was asked would take it from under them.
    InUse {
        /// The processes that have it, as far as that can be known (Linux, processes of the same user).
        by: Vec<u32>,
    },
    /// The writer is shrinking or rewriting the file, and didn't finish while the reader waited.
    Busy,
    /// A tail at the end of the file counts more rows than the one after the rows: power was lost during a resize.
    TailsDisagree {
        /// Rows by the tail after the rows.
        counted: u64,
        /// Rows by the tail at the end of the file.
        at_end: u64,
    },
    /// The file is no longer where it was opened, so a copy can't take its place.
    Moved {
        /// The path it was at.
        from: PathBuf,
    },
    /// A repair of a damaged file was asked for that has no steps. Nothing was changed.
    Unrepairable,
    /// The file is not as it was when its repair was planned. Nothing was changed.
    Changed,
    /// Bytes follow the tail that no resize leaves there.
    Trailing {
        /// The length of the file up to the end of its tail.
        expected: u64,
        /// Its length.
        found: u64,
    },
    /// Another program changed the file under a reader: its shape now says fewer rows, or leads to no tail.
    Rewritten {
        /// The capacity it had.
        had: u64,
    },
    /// The rows asked for are no longer kept: they were discarded from the front.
    Discarded {
        /// The row that was to be read next.
        position: usize,
        /// The first row that is kept.
        first: usize,
    },
    /// The position that a reader has kept lies beyond all rows there are: the recording was begun anew, or has lost rows.
    Beyond {
        /// The row that was to be read next.
        position: usize,
        /// The row after the last.
        end: usize,
    },
    /// The disk refused to make rows durable. They are published: every process sees them, and they must not be added again.
    /// What it refused once it may lose, so the same error is returned from then on.
    NotDurable {
        /// Its error.
        source: io::Error,
    },
    /// Another program, which takes no locks, writes to the directory of an endless recording, or to its newest file.
    Foreign {
        /// The file that is not this writer's.
        found: PathBuf,
    },
    /// The clock stands so far in the future that no name is left for a file of an endless recording.
    NoName {
        /// The last name.
        last: u64,
    },
    /// The file could not be mapped again after its capacity changed; nothing more can be done with this writer.
    Unmapped,
    /// The header kept room for a number of fewer digits, or the shape can't be changed in steps that are safe at any
    /// moment.
    Shape {
        /// The capacity that was to be.
        wanted: u64,
    },
}

impl Error {
    pub(crate) fn new(kind: impl Into<ErrorKind>, path: &Path) -> Self {
        Self(Box::new(Inner { kind: kind.into(), path: path.to_owned() }))
    }

    /// What went wrong, for somebody who tells of another file.
    pub(crate) fn into_kind(self) -> ErrorKind {
        self.0.kind
    }

    /// The first row that is kept, where rows before it were asked for: a shortcut past [`ErrorKind::Discarded`].
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npy8, Npy8Mut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices");
    /// let mut prices = Npy8Mut::<f64>::options().rows_per_segment(1).queue(2).retain_segments(4).open(&path)?;
    /// for price in 0..10 {
    ///     prices.push(f64::from(price))?;
    /// }
    /// let prices = Npy8::<f64>::open_copy(&path)?;
    /// let rows = match prices.range(3..) {
    ///     Err(error) => prices.range(error.first_kept().ok_or(error)?..)?,
    ///     Ok(rows) => rows,
    /// };
    /// assert_eq!(rows.rows(), 6..10);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn first_kept(&self) -> Option<u64> {
        match self.kind() {
            ErrorKind::Discarded { first, .. } => Some(*first as u64),
            _ => None,
        }
    }

    /// What went wrong.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{ErrorKind, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// let _writer = NpytMut::<f64>::create(&path)?;
    /// match NpytMut::<f64>::open(&path) {
    ///     Err(error) if matches!(error.kind(), ErrorKind::Locked { .. }) => assert_eq!(error.path(), path),
    ///     other => panic!("a second writer: {other:?}"),
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The file it went wrong with.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// The kind of the operating system's error, where it is one: a shortcut past [`ErrorKind::Io`].
    /// [`ErrorKind::Exists`] counts as [`AlreadyExists`](io::ErrorKind::AlreadyExists).
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// let mut prices = match NpytMut::<f64>::open(&path) {
    ///     Err(error) if error.io_kind() == Some(std::io::ErrorKind::NotFound) => NpytMut::create(&path)?,
    ///     other => other?,
    /// };
    /// prices.push(101.5)?;
    /// assert_eq!(prices.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn io_kind(&self) -> Option<io::ErrorKind> {
        match self.kind() {
            ErrorKind::Io { source, .. } | ErrorKind::NotDurable { source } => Some(source.kind()),
            ErrorKind::Exists => Some(io::ErrorKind::AlreadyExists),
            ErrorKind::Full { .. } => Some(io::ErrorKind::StorageFull),
            ErrorKind::Locked { .. } | ErrorKind::InUse { .. } | ErrorKind::Busy => Some(io::ErrorKind::ResourceBusy),
            _ => None,
        }
    }
}

/// What to do about a damaged file.
const SEE_CHECK: &str = "npyt::check says what can be done";

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // The kind in a word or two; the whole of it is the source.
            Self::Io { action, source } => write!(f, "cannot {action}: {}", source.kind()),
            Self::Exists => f.write_str("already exists, and was left as it is; take another name, or have NpytMut open or overwrite it"),
            Self::NoSources => f.write_str(
                "no files to merge into it: expected at least one, whose dtype and header it takes; nothing was made",
            ),
            Self::NoSegment => f.write_str(
                "no segment in the directory yet: expected a file that says what its rows are; its writer makes one with the first",
            ),
            Self::NotAFile { found } => write!(f, "expected an .npy file, found {found}"),
            Self::Header(error) => error.fmt(f),
            Self::Geometry(error @ GeometryError::Short { .. }) => write!(f, "{error}; {SEE_CHECK}"),
            Self::Geometry(error) => error.fmt(f),
            // Each says what to do, or is damage.
            Self::Tail(error @ TailError::Ring { .. }) => error.fmt(f),
            Self::Tail(error) => write!(f, "{error}; {SEE_CHECK}"),
            Self::NoWholeRows { bytes, row } => write!(
                f,
                "expected bytes of whole rows, a multiple of {row}, found {bytes}; nothing was written"
            ),
            Self::NoTail => f.write_str(
                "an ordinary .npy without an NPYT tail: it can be read, not appended to until it is adopted (NpytMut::adopt)",
            ),
            Self::Dtype(mismatch) => mismatch.fmt(f),
            Self::Misaligned { offset, alignment } if offset.is_multiple_of(*alignment as u64) => write!(
                f,
                "the rows need addresses that are multiples of {alignment}, expected at most 4096 to read them in place; \
                 read them through NpytCopy, which copies"
            ),
            Self::Misaligned { offset, alignment } => write!(
                f,
                "the rows start at byte {offset}, expected a multiple of {alignment} to read them in place; \
                 read them through NpytCopy, which copies"
            ),
            Self::TailMisaligned { at } => write!(
                f,
                "the tail starts at byte {at}, expected a multiple of 8 to append while others read; \
                 let it grow (Growth::Double), or write on into a new file"
            ),
            Self::Full { asked, fits, capacity } => write!(
                f,
                "full: {asked} more row{} asked for, {fits} fit{} of a capacity of {capacity}; nothing was written; \
                 make room (NpytMut::reserve), or let it grow by itself (Growth)",
                if *asked == 1 { "" } else { "s" },
                if *fits == 1 { "s" } else { "" },
            ),
            Self::Locked { by: None } => f.write_str("another writer has it open; there is one at a time"),
            Self::Locked { by: Some(id) } if *id == std::process::id() => {
                f.write_str("this process has it open for writing already; there is one at a time")
            }
            Self::Locked { by: Some(id) } => {
                write!(f, "process {id} has it open for writing; there is one at a time")
            }
            Self::InUse { by } => {
                f.write_str("in use: readers have it open, and would lose what they look at; close them first")?;
                match by.as_slice() {
                    [] => Ok(()),
                    [id] => write!(f, " (process {id})"),
                    more => write!(f, " (processes {})", more.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")),
                }
            }
            Self::Busy => f.write_str("its writer is rewriting it and didn't finish in time; try again"),
            Self::TailsDisagree { counted, at_end } => write!(
                f,
                "two tails: {counted} rows by the one after the rows, {at_end} by the one at the end of the file, \
                 as a power loss during a resize leaves it; nothing was changed, npyt::Repair sets it right"
            ),
            Self::Moved { from } => write!(
                f,
                "cannot be changed in place, and no longer is at {}, so a copy can't take its place; \
                 open it where it is now and try again",
                from.display()
            ),
            Self::Unrepairable => f.write_str(
                "not sound, and nothing that is safe to do to the file itself sets it right; nothing was changed, npyt::check \
                 says how to take its rows into a new file",
            ),
            Self::Changed => f.write_str("not as it was when its repair was planned; nothing was changed, plan again"),
            Self::Trailing { expected, found } => write!(
                f,
                "expected the file to end with its tail at {expected} bytes, found {found}: appending would cut off \
                 what another program put there; nothing was changed, {SEE_CHECK}"
            ),
            Self::Rewritten { had } => write!(
                f,
                "another program rewrote it: expected room for at least {had} rows and a tail behind them, as before; \
                 open it anew to read what is there now"
            ),
            Self::Discarded { position, first } => write!(
                f,
                "row {position} is no longer kept, the next row that is kept is {first}; read on from there"
            ),
            Self::Beyond { position, end } => write!(
                f,
                "row {position} was to be read next, by the position that was kept, but there are only rows up to {end}: the \
                 recording was begun anew, or lost rows; read on with what comes next, or rewind (Tailer::seek)"
            ),
            Self::NotDurable { source } => write!(
                f,
                "the disk did not confirm rows that are published: {}; they are there for every process, and must not be \
                 added again, but a loss of power may take them",
                source.kind()
            ),
            Self::Foreign { found } => write!(
                f,
                "another program, which takes no locks, writes here too: {} is not of this writer; nothing was added, \
                 stop the other one and open the directory anew",
                found.display()
            ),
            Self::NoName { last } => write!(
                f,
                "no name is left for another segment: the last is {last}, expected a time in nanoseconds before the year \
                 2286; rename that file, or record into another directory"
            ),
            Self::Unmapped => f.write_str(
                "no longer mapped, since finish failed to map it again; drop this writer and open the file anew",
            ),
            Self::Shape { wanted } => write!(
                f,
                "the header keeps too little room for a capacity of {wanted}; write the rows into a new file"
            ),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path().display(), self.kind())
    }
}

/// The same text as [`Display`](fmt::Display), and the cause: what `main() -> Result<(), Error>` and `unwrap` print.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)?;
        match self.kind() {
            ErrorKind::Io { source, .. } | ErrorKind::NotDurable { source } => write!(f, " ({source})"),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self.kind() {
            ErrorKind::Io { source, .. } | ErrorKind::NotDurable { source } => Some(source),
            _ => None,
        }
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        Self::new(error.io_kind().unwrap_or(io::ErrorKind::InvalidData), error)
    }
}

macro_rules! from {
    ($($layer:ty: $variant:ident),+ $(,)?) => {$(
        impl From<$layer> for ErrorKind {
            fn from(error: $layer) -> Self {
                Self::$variant(error)
            }
        }
    )+};
}

from! { HeaderError: Header, GeometryError: Geometry, TailError: Tail, Box<DTypeMismatch>: Dtype }
