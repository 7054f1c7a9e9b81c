//! What a file is, without a row type.

use std::fmt;
use std::fs::File;
use std::ops::Range;
use std::path::Path;

use super::look::{self, After};
use crate::dtype::DType;
use crate::error::{Error, ErrorKind, Result};
use crate::geometry::{Geometry, GeometryError};
use crate::header::{self, Header};
use crate::tail::Tail;

/// What any `.npy` file says of itself: see [`inspect`].
///
/// Displays as a table for a person.
///
/// # Example
///
/// ```
/// # use npyt::{FileKind, NpyRecord, NpytMut};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices.npy");
/// # #[derive(Clone, Copy, NpyRecord)]
/// # #[repr(C)]
/// # struct Tick {
/// #     ts: i64,
/// #     px: f32,
/// # }
/// let mut ticks = NpytMut::<Tick>::options().capacity(100).create(&path)?;
/// ticks.extend_from_slice(&[Tick { ts: 1, px: 101.5 }, Tick { ts: 2, px: 101.7 }])?;
///
/// let info = npyt::inspect(&path)?;
/// assert_eq!(info.kind(), FileKind::Npyt);
/// assert_eq!((info.rows(), info.capacity(), info.shape()), (0..2, 100, &[100][..]));
/// assert_eq!((info.row_size(), info.offset() % 64, info.is_aligned()), (16, 0, true));
/// assert!(info.descr().starts_with("('|V16', {'names': ['ts', 'px'], "));
/// assert_eq!(info.file_size(), info.offset() + 100 * info.row_size() + 8 * 5); // five words of tail
/// assert_eq!((info.header_version(), info.fortran_order()), ((1, 0), false));
/// assert!(info.timestamp_ns().is_some());
/// println!("{info}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Info {
    dtype: DType,
    descr: String,
    shape: Vec<u64>,
    fortran_order: bool,
    version: (u8, u8),
    offset: u64,
    row_size: u64,
    tail: Option<Tail>,
    file_size: u64,
}

/// Looks at any `.npy` file: an ordinary one, or one with an NPYT tail. Takes no lock and changes nothing; a file that
/// is being written is seen as it is at one moment.
///
/// # Errors
///
/// What can't be a `.npy` file, object arrays (they need pickle), a file shorter than its shape, a damaged tail, and the
/// operating system's. What looks damaged while a writer has the file open is looked at again for up to a second.
///
/// # Example
///
/// ```
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("ticks.npy");
/// let mut writer = npyt::NpytMut::<[f64; 3]>::options().capacity(10).create(&path)?;
/// writer.push([1.0, 2.0, 3.0])?;
///
/// let info = npyt::inspect(&path)?;
/// assert_eq!(info.shape(), [10, 3]);
/// assert_eq!(info.rows(), 0..1);
/// assert_eq!(info.dtype().to_string(), "<f8");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "info")]
pub fn inspect(path: impl AsRef<Path>) -> Result<Info> {
    let path = path.as_ref();
    look::patiently(path, |file| look(file).map(Some)).map(|(_, info)| info).map_err(|kind| Error::new(kind, path))
}

/// One look at an open file.
pub(super) fn look(file: &File) -> Result<Info, ErrorKind> {
    let contents = look::read(file)?;
    let tail = match extent(&contents.header)? {
        // An array without bytes, which numpy can save: nothing can follow it.
        None => None,
        Some(geometry) => match look::read_after_ring(file, geometry, contents.file_len)? {
            After::Tail(tail) => Some(tail),
            After::Nothing => None,
        },
    };
    Info::new(contents.header, tail, contents.file_len).map_err(ErrorKind::from)
}

/// Where the bytes of any array lie, in whatever order and of any number of axes: the bytes are the same, only rows are
/// not. `None` for one without bytes.
pub(super) fn extent(header: &Header) -> Result<Option<Geometry>, GeometryError> {
    let rows = header.shape.first().copied().unwrap_or(1);
    match row_size(header)? {
        0 => Ok(None),
        size => Geometry::new(header.offset, size, rows).map(Some),
    }
}

fn row_size(header: &Header) -> Result<u64, GeometryError> {
    let rows = header.shape.first().copied().unwrap_or(1);
    let size = header.shape.iter().skip(1).try_fold(header.dtype.size() as u64, |size, &len| size.checked_mul(len));
    size.ok_or(GeometryError::TooLarge { rows, row_bytes: u64::MAX })
}

/// Which of the two kinds of file it is.
///
/// # Example
///
/// ```
/// # use npyt::{FileKind, NpytMut};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices.npy");
/// # let text = format!("{:117}\n", "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }");
/// # std::fs::write(&path, [&b"\x93NUMPY\x01\0v\0"[..], text.as_bytes(), &[0; 16]].concat())?;
/// // One that np.save wrote can be read, one with a tail also appended to.
/// assert_eq!(npyt::inspect(&path)?.kind(), FileKind::Npy);
/// NpytMut::<f64>::options().overwrite(&path)?;
/// assert_eq!(npyt::inspect(&path)?.kind(), FileKind::Npyt);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileKind {
    /// An ordinary `.npy`, as `np.save` writes it.
    Npy,
    /// With an NPYT tail behind the rows.
    Npyt,
}

impl Info {
    /// What the header and the tail of a file of that length say.
    pub(super) fn new(header: Header, tail: Option<Tail>, file_size: u64) -> Result<Self, GeometryError> {
        Ok(Self {
            row_size: row_size(&header)?,
            dtype: header.dtype,
            descr: header.descr,
            shape: header.shape,
            fortran_order: header.fortran_order,
            version: header.version.number(),
            offset: header.offset,
            tail,
            file_size,
        })
    }

    /// Ordinary, or with a tail.
    pub const fn kind(&self) -> FileKind {
        if self.tail.is_some() { FileKind::Npyt } else { FileKind::Npy }
    }

    /// The dtype of an item, as numpy shows it.
    pub const fn dtype(&self) -> &DType {
        &self.dtype
    }

    /// The dtype of a row, which for an array of more than one axis is an array of items; `None` for a single value, which
    /// has no rows, and where a row is too large to be one.
    ///
    /// # Example
    ///
    /// ```
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("points.npy");
    /// npyt::NpytMut::<[f64; 3]>::create(&path)?;
    /// let row = npyt::inspect(&path)?.row_dtype().unwrap();
    /// assert_eq!((row.to_string(), row.size()), ("(3,)<f8".to_owned(), 24));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn row_dtype(&self) -> Option<DType> {
        header::row(&self.dtype, self.shape.get(1..)?)
    }

    /// The header's dtype as a Python literal: `ast.literal_eval` of it equals the header's `descr`.
    pub fn descr(&self) -> &str {
        &self.descr
    }

    /// numpy's `isalignedstruct`, as stock `np.load` finds it.
    pub fn is_aligned(&self) -> bool {
        self.dtype.is_aligned()
    }

    /// The shape in the header: of a recording its first number is the capacity.
    pub fn shape(&self) -> &[u64] {
        &self.shape
    }

    /// Whether the first index varies fastest. Such files of more than one axis can be inspected, not read.
    pub const fn fortran_order(&self) -> bool {
        self.fortran_order
    }

    /// The version of the `.npy` format, such as `(1, 0)`.
    pub const fn header_version(&self) -> (u8, u8) {
        self.version
    }

    /// The byte where the rows start.
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Bytes a row: what one step of the first axis spans in C order.
    pub const fn row_size(&self) -> u64 {
        self.row_size
    }

    /// The rows that fit: the first number of the shape, 1 for a single value.
    pub fn capacity(&self) -> u64 {
        self.shape.first().copied().unwrap_or(1)
    }

    /// The rows there are, counted from the first ever written: of an ordinary file all of them, of a ring of npyt 0.2 as
    /// many as it holds.
    pub fn rows(&self) -> Range<u64> {
        match &self.tail {
            // A ring, as a backup of one is: its rows have no numbers that last, so it is how many there are.
            Some(tail) if tail.start() > tail.end() => 0..self.capacity() - tail.start() + tail.end(),
            Some(tail) => tail.start()..tail.end(),
            None => 0..self.capacity(),
        }
    }

    /// The tail, of a file that has one.
    pub const fn tail(&self) -> Option<&Tail> {
        self.tail.as_ref()
    }

    /// When the file was last updated, in nanoseconds since 1970 (UTC), where its tail says so: see
    /// [`Tail::timestamp_ns`].
    #[doc(alias = "timestamp")]
    pub fn timestamp_ns(&self) -> Option<u64> {
        self.tail.as_ref().and_then(Tail::timestamp_ns)
    }

    /// Its length in bytes.
    pub const fn file_size(&self) -> u64 {
        self.file_size
    }
}

impl fmt::Display for Info {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (major, minor) = self.version;
        let mut line = |name: &str, value: &dyn fmt::Display| writeln!(f, "{name:14}{value}");
        match &self.tail {
            None => line("kind", &format_args!("npy {major}.{minor}, no tail"))?,
            Some(tail) => {
                line("kind", &format_args!("npyt, npy {major}.{minor} with a tail of {} words", tail.layout().words()))?
            }
        }
        line("dtype", &self.dtype)?;
        line("aligned", &self.is_aligned())?;
        line("shape", &format_args!("{:?}{}", self.shape, if self.fortran_order { ", Fortran order" } else { "" }))?;
        let rows = self.rows();
        line("rows", &format_args!("{} ({} to {})", rows.end - rows.start, rows.start, rows.end))?;
        line("capacity", &self.capacity())?;
        line("offset", &self.offset)?;
        line("bytes a row", &self.row_size)?;
        if let Some(tail) = &self.tail {
            line("tail", &format_args!("{:?}", tail.words()))?;
        }
        if let Some(ns) = self.timestamp_ns() {
            line("updated", &format_args!("{ns} ns since 1970"))?;
        }
        line("file size", &self.file_size)?;
        if let DType::Record(record) = &self.dtype {
            for field in record.fields() {
                writeln!(f, "  {:>6}  {}: {}", field.offset(), field.name(), field.dtype())?;
            }
        }
        Ok(())
    }
}
