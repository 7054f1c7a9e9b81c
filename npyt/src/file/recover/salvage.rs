use std::fs::File;
use std::path::Path;

use crate::dtype::{DType, DTypeMismatch};
use crate::error::{Error, ErrorKind, Result};
use crate::file::Info;
use crate::file::copies::{self, Draft, Piece};
use crate::file::lock::attend;
use crate::file::look;
use crate::geometry::{Geometry, GeometryError};
use crate::header::{self, Form};
use crate::sys;
use crate::tail::{Tail, TailLayout};

/// Takes the first `rows` rows of a damaged file into a new one: where [`Repair`](crate::Repair) has nothing to offer, since
/// nothing tells any more how many rows there were, but somebody knows.
///
/// All that is needed of `from` is its header, and that it is long enough; its shape may be wrong, and its tail gone. The
/// new file has a tail, and as much capacity as its rows take (up to seven more, so that it can be appended to); it is on
/// the disk before it gets its name. What rows hold is not looked at: those that never reached the disk are zeros. See
/// [`salvage_while`](crate::salvage_while) to look at them.
///
/// # Errors
///
/// `to` exists ([`ErrorKind::Exists`]); a header that can't be read; fewer rows in the file
/// ([`GeometryError::Short`]); the operating system's. After an error there is nothing at `to`, unless all that failed was to
/// sync the directory it is in.
///
/// # Example
///
/// ```
/// # use npyt::{NpytCopy, NpytMut};
/// # let dir = tempfile::tempdir()?;
/// # let (path, good) = (dir.path().join("prices.npy"), dir.path().join("good.npy"));
/// # NpytMut::<f64>::options().capacity(1_000).create(&path)?.extend_from_slice(&[101.5, 101.7])?;
/// # let file = std::fs::File::options().write(true).open(&path)?;
/// # file.set_len(npyt::inspect(&path)?.offset() + 800)?;
/// // A copy was cut, and the tail is gone with its end; but there were two rows, as the log has it.
/// assert!(NpytCopy::<f64>::open(&path).is_err());
///
/// let info = npyt::salvage_rows(&path, &good, 2)?;
/// assert_eq!(info.rows(), 0..2);
/// assert_eq!(NpytCopy::<f64>::open(&good)?.to_vec()?, [101.5, 101.7]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "recover")]
pub fn salvage_rows(from: impl AsRef<Path>, to: impl AsRef<Path>, rows: u64) -> Result<Info> {
    Salvage::open(from.as_ref(), None)?.save(to.as_ref(), rows)
}

/// A file of which nothing counts but its header and where rows would be. It holds the presence lock, shared.
#[derive(Debug)]
pub(crate) struct Salvage<'a> {
    file: File,
    path: &'a Path,
    /// Of a row.
    dtype: DType,
    /// With as many rows as the file is long, those that its tail lies on included.
    all: Geometry,
    /// By the shape.
    capacity: u64,
    file_len: u64,
}

impl<'a> Salvage<'a> {
    /// Opens it. `row` and the name that the program has for it, if there is to be one type of rows only.
    pub(crate) fn open(path: &'a Path, row: Option<(&DType, &'static str)>) -> Result<Self> {
        let open = || {
            let (file, contents) = look::patiently(path, |file| {
                // What is there stays there meanwhile.
                let present = attend(file, path)?;
                if present { look::read(file).map(Some) } else { Ok(None) }
            })?;
            let mut header = contents.header;
            let capacity = header.shape.first().copied().ok_or(GeometryError::NoAxis)?;
            // Whatever it says.
            header.shape[0] = 0;
            let none = Geometry::of(&header)?;
            let dtype = header.row().ok_or(GeometryError::NoAxis)?;
            if let Some((row, type_name)) = row {
                DTypeMismatch::check(type_name, row, &dtype)?;
            }
            let file_len = contents.file_len;
            let all = none.with_capacity((file_len - none.offset()) / none.row())?;
            Ok(Self { file, path, dtype, all, capacity, file_len })
        };
        open().map_err(|kind: ErrorKind| Error::new(kind, path))
    }

    pub(crate) const fn file(&self) -> &File {
        &self.file
    }

    /// Where a row of those starts.
    pub(crate) const fn row_at(&self, row: u64) -> u64 {
        self.all.row_at(row)
    }

    /// The rows by the shape, as far as the file goes.
    pub(crate) fn rows(&self) -> u64 {
        self.capacity.min(self.all.capacity())
    }

    pub(crate) fn error(&self, kind: impl Into<ErrorKind>) -> Error {
        Error::new(kind, self.path)
    }

    /// Makes a file of the first `rows`.
    pub(crate) fn save(self, to: &Path, rows: u64) -> Result<Info> {
        let wanted = self.all.with_capacity(rows).map_err(|kind| self.error(kind))?;
        if wanted.rows_end() > self.file_len {
            return Err(self.error(GeometryError::Short { needed: wanted.rows_end(), found: self.file_len }));
        }
        copies::make(to, |new| {
            copies::take_permissions(&self.file, new).map_err(|kind| Error::new(kind, to))?;
            // The alignment that the rows have, as far as the place where they start tells.
            let alignment = 1 << self.all.offset().trailing_zeros().min(12);
            let header = |capacity| header::write(&self.dtype, capacity, Form::Aligned, alignment);
            let header = |capacity| header(capacity).map_err(|kind| self.error(kind));
            let geometry = Geometry::new(header(0)?.len() as u64, self.all.row(), rows);
            let geometry = geometry.and_then(Geometry::round_up_for_tail).map_err(|kind| self.error(kind))?;
            let layout = TailLayout::default();
            let mut draft = Draft::new(new, to, geometry.offset(), geometry.file_len(layout))?;
            let len = self.all.row() * rows;
            draft.append(Piece { file: &self.file, path: self.path, at: self.all.offset(), len })?;
            let tail = Tail::new(layout, 0, rows, sys::now_ns(), geometry.offset());
            draft.close(&header(geometry.capacity())?, geometry.rows_end(), Some(tail))?;
            copies::read_back(new, to)
        })
    }
}
