use std::fmt;
use std::ops::Range;
use std::path::Path;

use crate::dtype::{DType, Form};
use crate::error::{Error, ErrorKind, Result};
use crate::file::{Existing, Room, Writer};
use crate::geometry::GeometryError;
use crate::handle::NpytOptions;
use crate::rows;

/// The one writer of a file whose row type is known only when the program runs: from a configuration, another file, or a CSV.
///
/// It writes the same files as [`NpytMut`](crate::NpytMut), by the same steps, under readers. Rows are added as bytes; a program
/// that has the type at hand is better off with `NpytMut`, which can't be given the wrong ones.
///
/// # Example
///
/// ```
/// use npyt::{NpyDynMut, NpyElement, NpytCopy};
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices.npy");
/// let mut writer = NpyDynMut::create(&path, &f64::DTYPE)?;
/// writer.extend_from_bytes(&101.5_f64.to_le_bytes())?;
/// assert_eq!(NpytCopy::<f64>::open(&path)?.to_vec()?, [101.5]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct NpyDynMut {
    writer: Writer,
    row: DType,
}

impl NpyDynMut {
    /// Makes a file of rows of that dtype, with room for about a MiB of them; it grows.
    ///
    /// # Errors
    ///
    /// As [`NpytMut::create`](crate::NpytMut::create); a dtype of no bytes.
    ///
    /// # Example
    ///
    /// [`NpyDynMut`] shows it.
    pub fn create(path: impl AsRef<Path>, row: &DType) -> Result<Self> {
        Self::options().create_dyn(path, row)
    }

    /// Opens a file to go on appending to it, whatever its rows are.
    ///
    /// # Errors
    ///
    /// As [`NpytMut::open`](crate::NpytMut::open), but for rows of another type.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpyDynMut, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("points.npy");
    /// # NpytMut::<[f32; 2]>::create(&path)?;
    /// let mut writer = NpyDynMut::open(&path)?;
    /// assert_eq!(writer.dtype().to_string(), "(2,)<f4");
    /// writer.extend_from_bytes(&[0; 8])?;
    /// assert_eq!(writer.rows(), 0..1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::options().open_dyn(path)
    }

    /// Gives an ordinary `.npy` a tail in place, so that it can be appended to; one that has a tail is opened.
    ///
    /// # Errors
    ///
    /// As [`NpytMut::adopt`](crate::NpytMut::adopt), but for rows of another type.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{FileKind, NpyDynMut, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let (live, path) = (dir.path().join("live.npy"), dir.path().join("prices.npy"));
    /// # NpytMut::<f64>::create(&live)?.push(101.5)?;
    /// # npyt::plain(&live, &path)?;
    /// assert_eq!(npyt::inspect(&path)?.kind(), FileKind::Npy); // np.save could have written it
    /// NpyDynMut::adopt(&path)?;
    /// assert_eq!(npyt::inspect(&path)?.kind(), FileKind::Npyt);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn adopt(path: impl AsRef<Path>) -> Result<Self> {
        Self::options().adopt_dyn(path)
    }

    /// Options as an [`NpytMut`](crate::NpytMut) has them; see [`NpytOptions::create_dyn`].
    pub const fn options() -> NpytOptions<Self> {
        NpytOptions::new()
    }

    /// Adds rows, given as their bytes: as many of them one after another as these make. Readers see them all or none.
    ///
    /// Bytes between the fields are written as they are given; zeros are what numpy and this crate put there.
    ///
    /// # Errors
    ///
    /// [`NoWholeRows`](ErrorKind::NoWholeRows) where they are no multiple of the [size of a row](DType::size); otherwise as
    /// [`NpytMut::extend_from_slice`](crate::NpytMut::extend_from_slice).
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{ErrorKind, NpyDynMut, NpyElement};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// let mut writer = NpyDynMut::create(&path, &f32::DTYPE)?;
    /// writer.extend_from_bytes(&[0; 12])?;
    /// assert_eq!(writer.rows(), 0..3);
    /// let error = writer.extend_from_bytes(&[0; 10]).unwrap_err();
    /// assert!(matches!(error.kind(), ErrorKind::NoWholeRows { bytes: 10, row: 4 }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "append")]
    #[doc(alias = "push")]
    pub fn extend_from_bytes(&mut self, bytes: &[u8]) -> Result<()> {
        let size = self.row.size();
        if !bytes.len().is_multiple_of(size) {
            return Err(self.writer.error(ErrorKind::NoWholeRows { bytes: bytes.len(), row: size }));
        }
        // A row of no bytes can't be recorded, so there is none.
        let count = bytes.len().checked_div(size).unwrap_or(0);
        if count == 0 {
            return Ok(());
        }
        let put = match self.writer.room(count)? {
            Room::Map(slots, next) => Ok(rows::put_bytes(slots, next, size, bytes)),
            Room::Words(map, at) => Ok(rows::put_byte_words(map, at, bytes)),
            Room::File(file, at) => rows::write_all(file, at, bytes).map(|()| true),
        };
        if put.map_err(|source| self.writer.io_error("write rows", source))? {
            self.writer.publish(count)
        } else {
            Err(self.writer.error(ErrorKind::Unmapped))
        }
    }

    /// The dtype of a row, which for an array of more than one axis is an array of items.
    pub const fn dtype(&self) -> &DType {
        &self.row
    }

    /// The numbers of the rows there are.
    pub fn rows(&self) -> Range<u64> {
        self.writer.start()..self.writer.end()
    }

    /// The rows that fit before the file has to grow.
    pub const fn capacity(&self) -> u64 {
        self.writer.capacity()
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        self.writer.path()
    }

    /// Changes how many rows fit, and returns how many it came to: as [`NpytMut::set_capacity`](crate::NpytMut::set_capacity).
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpyDynMut, NpyElement};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// let mut writer = NpyDynMut::create(&path, &f64::DTYPE)?;
    /// assert_eq!(writer.set_capacity(1_000_000)?, writer.capacity());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "resize")]
    pub fn set_capacity(&mut self, rows: u64) -> Result<u64> {
        self.writer.set_capacity(rows)?;
        Ok(self.capacity())
    }

    /// Cuts the file to the rows there are: as [`NpytMut::finish`](crate::NpytMut::finish).
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpyDynMut, NpyElement};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// let mut writer = NpyDynMut::create(&path, &f64::DTYPE)?;
    /// writer.extend_from_bytes(&[0; 24])?;
    /// writer.finish()?;
    /// assert_eq!(writer.capacity(), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "trim")]
    pub fn finish(&mut self) -> Result<()> {
        self.writer.finish()
    }

    /// Everything added before survives a loss of power after it.
    ///
    /// # Errors
    ///
    /// As [`NpytMut::sync`](crate::NpytMut::sync).
    #[doc(alias = "flush")]
    pub fn sync(&mut self) -> Result<()> {
        self.writer.sync()
    }
}

impl fmt::Debug for NpyDynMut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NpyDynMut")
            .field("path", &self.path())
            .field("dtype", &self.row)
            .field("rows", &self.rows())
            .field("capacity", &self.capacity())
            .finish()
    }
}

/// What messages call rows that are whatever they are.
const ANY: &str = "the rows of the file";

impl NpytOptions<NpyDynMut> {
    /// Makes a new file of rows of that dtype.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create); a dtype of no bytes.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Form, NpyDynMut, NpyElement};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("ticks.npy");
    /// let writer = NpyDynMut::options().capacity(1000).form(Form::List).create_dyn(&path, &<[f32; 2]>::DTYPE)?;
    /// assert_eq!(writer.capacity(), 1000);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn create_dyn(&self, path: impl AsRef<Path>, row: &DType) -> Result<NpyDynMut> {
        self.make_dyn(path.as_ref(), row, Existing::Refuse)
    }

    /// Makes a new file, in place of one that has its name.
    ///
    /// # Errors
    ///
    /// As [`overwrite`](Self::overwrite); a dtype of no bytes.
    pub fn overwrite_dyn(&self, path: impl AsRef<Path>, row: &DType) -> Result<NpyDynMut> {
        self.make_dyn(path.as_ref(), row, Existing::Replace)
    }

    fn make_dyn(&self, path: &Path, row: &DType, existing: Existing) -> Result<NpyDynMut> {
        let create = self.create_of(row, Form::Aligned, row.alignment(), existing);
        let writer = Writer::create(path, &create, self.ways())?;
        Ok(NpyDynMut { writer, row: row.clone() })
    }

    /// Opens a file to go on appending to it, whatever its rows are.
    ///
    /// # Errors
    ///
    /// As [`NpyDynMut::open`].
    pub fn open_dyn(&self, path: impl AsRef<Path>) -> Result<NpyDynMut> {
        let path = path.as_ref();
        let row = row_of(path)?;
        Ok(NpyDynMut { writer: Writer::open(path, &row, ANY, self.ways())?, row })
    }

    /// Gives an ordinary `.npy` a tail in place.
    ///
    /// # Errors
    ///
    /// As [`NpyDynMut::adopt`].
    pub fn adopt_dyn(&self, path: impl AsRef<Path>) -> Result<NpyDynMut> {
        let path = path.as_ref();
        let row = row_of(path)?;
        let adopt = self.adopt_of(&row, ANY, row.alignment());
        Ok(NpyDynMut { writer: Writer::adopt(path, &adopt)?, row })
    }
}

/// What the rows of a file are. It is compared again under the writer's lock.
fn row_of(path: &Path) -> Result<DType> {
    let info = crate::file::inspect(path)?;
    info.row_dtype().ok_or_else(|| Error::new(GeometryError::NoAxis, path))
}
