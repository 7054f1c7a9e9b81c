//! What a directory is, without a row type.

use std::fmt;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::directory::Directory;
use super::listing;
use super::name::Place;
use super::segment::{Access, Kind};
use crate::dtype::DType;
use crate::error::{Error, ErrorKind, Result};
use crate::file::{self, Info};
use crate::geometry::GeometryError;

/// What a directory of endless recording is: see [`inspect_npy8`].
///
/// Displays as a table for a person.
///
/// # Example
///
/// ```
/// # use npyt::Npy8Mut;
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices");
/// Npy8Mut::<f64>::options().rows_per_segment(2).open(&path)?.extend_from_slice(&[101.5, 101.7, 101.6])?;
///
/// let info = npyt::inspect_npy8(&path)?;
/// assert_eq!((info.rows(), info.segments().len()), (0..3, 2));
/// assert_eq!(info.newest().dtype().to_string(), "<f8");
/// println!("{info}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Npy8Info {
    newest: Info,
    rows: Range<u64>,
    segments: Vec<PathBuf>,
    file_size: u64,
}

impl Npy8Info {
    /// What the newest of its files says of itself: of the row type, and when a row was last added.
    pub const fn newest(&self) -> &Info {
        &self.newest
    }

    /// The numbers of the rows that are kept, counted from the first ever written.
    pub const fn rows(&self) -> Range<u64> {
        self.rows.start..self.rows.end
    }

    /// Its files, the oldest first. One may be removed, or joined with others, by the time it is opened.
    pub fn segments(&self) -> &[PathBuf] {
        &self.segments
    }

    /// The bytes of all its files together.
    pub const fn file_size(&self) -> u64 {
        self.file_size
    }
}

impl fmt::Display for Npy8Info {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Range { start, end } = self.rows;
        writeln!(f, "{:14}npy8, a directory of {} files", "kind", self.segments.len())?;
        writeln!(f, "{:14}{} ({start} to {end})", "rows", end - start)?;
        writeln!(f, "{:14}{}", "file size", self.file_size)?;
        writeln!(f, "the newest file:")?;
        self.newest.fmt(f)
    }
}

/// Looks at a directory that an [`Npy8Mut`](super::Npy8Mut) or Python's NPY8 writes, or wrote. Takes no lock and changes nothing.
///
/// # Errors
///
/// There is no such directory; [`NoSegment`](ErrorKind::NoSegment) where it has no file yet; its newest file, or one that
/// has to be counted, is damaged; the operating system's.
///
/// # Example
///
/// [`Npy8Info`] shows it.
#[doc(alias = "info")]
pub fn inspect_npy8(path: impl AsRef<Path>) -> Result<Npy8Info> {
    let untyped = Untyped::open(path.as_ref())?;
    let (start, end) = untyped.rows()?;
    let entries = untyped.directory.entries()?;
    let place = untyped.directory.place();
    let segments: Vec<PathBuf> = entries.iter().map(|entry| place.segment(entry.name)).collect();
    // One that is gone by now takes no room.
    let file_size = segments.iter().filter_map(|path| fs::metadata(path).ok()).map(|found| found.len()).sum();
    Ok(Npy8Info { newest: untyped.info, rows: start..end, segments, file_size })
}

/// A directory open for reading copies of its rows as bytes.
#[derive(Debug)]
pub(crate) struct Untyped {
    directory: Directory,
    /// Of the file by which it was opened.
    info: Info,
    row: DType,
}

/// How often to list anew where the files go while they are looked at.
const TRIES: u32 = 100;

/// What the program calls rows that are whatever they are.
const ANY: &str = "rows of the newest file";

impl Untyped {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let error = |kind| Error::new(kind, path);
        let place = Place::new(path);
        for _ in 0..TRIES {
            let listing =
                listing::list(path).map_err(|source| error(ErrorKind::Io { action: "list the directory", source }))?;
            // Python makes a file under its own name: the newest may be no whole one yet, the one before it is.
            let Some((&newest, others)) = listing.names.split_last() else { return Err(error(ErrorKind::NoSegment)) };
            let newest = file::inspect(place.segment(newest));
            let found = match (newest, others.last()) {
                (Err(_), Some(&other)) => file::inspect(place.segment(other)),
                (newest, _) => newest,
            };
            let info = match found {
                Err(gone) if gone.io_kind() == Some(io::ErrorKind::NotFound) => continue,
                found => found?,
            };
            let row = info.row_dtype().ok_or_else(|| Error::new(GeometryError::NoAxis, path))?;
            let kind = Kind { access: Access::Copied, row: row.clone(), alignment: 1, type_name: ANY };
            return Ok(Self { directory: Directory::open(path, kind)?, info, row });
        }
        Err(error(ErrorKind::Busy))
    }

    /// The first row that is kept, and the row after the last.
    pub(crate) fn rows(&self) -> Result<(u64, u64)> {
        self.directory.rows()
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// What a row is.
    pub(crate) const fn row(&self) -> &DType {
        &self.row
    }

    /// What the file by which it was opened said of itself then.
    pub(crate) const fn info(&self) -> &Info {
        &self.info
    }

    /// The bytes of rows of one file, from number `first` on and not beyond `end`; none where there are none yet.
    ///
    /// [`Discarded`](ErrorKind::Discarded) where they are no longer kept.
    pub(crate) fn read(&self, first: u64, end: u64) -> Result<Vec<u8>> {
        let Some(located) = self.directory.locate(first)? else { return Ok(Vec::new()) };
        let to = located.end()?.min(end);
        if to > first {
            let local = located.segment.local(&(first..to));
            let len = usize::try_from(to - first).ok().and_then(|rows| rows.checked_mul(self.row.size()));
            return located.segment.copy(local, len.unwrap_or(usize::MAX));
        }
        match located.next.filter(|&next| next > first && first < end) {
            // Rows that a file doesn't have though the next one begins behind them.
            Some(next) => Err(self.directory.discarded(first, next)),
            None => Ok(Vec::new()),
        }
    }

    /// The newest file that is known.
    pub(crate) fn newest(&self) -> Result<Option<PathBuf>> {
        let entries = self.directory.entries()?;
        Ok(entries.last().map(|entry| self.directory.place().segment(entry.name)))
    }

    /// The error for rows that are no longer kept.
    pub(crate) fn discarded(&self, position: u64, first: u64) -> Error {
        self.directory.discarded(position, first)
    }

    /// Looks for new files, whatever the index says: for who has waited for a while.
    pub(crate) fn look(&self) -> Result<()> {
        self.directory.look()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Npy8Mut;

    #[test]
    fn rows_are_read_as_bytes_across_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("numbers");
        fs::create_dir(&path).unwrap();
        assert!(matches!(Untyped::open(&path).unwrap_err().kind(), ErrorKind::NoSegment));
        let mut writer = Npy8Mut::<[u16; 2]>::options().rows_per_segment(4).open(&path).unwrap();
        writer.extend_from_slice(&[[0, 0], [1, 10], [2, 20], [3, 30], [4, 40], [5, 50]]).unwrap();
        let untyped = Untyped::open(&path).unwrap();
        assert_eq!((untyped.rows().unwrap(), untyped.row().to_string()), ((0, 6), "(2,)<u2".to_owned()));
        assert_eq!(untyped.read(2, 9).unwrap(), [2, 0, 20, 0, 3, 0, 30, 0]);
        assert_eq!(untyped.read(4, 5).unwrap(), [4, 0, 40, 0]);
        assert!(untyped.read(6, 9).unwrap().is_empty());
        writer.push([6, 60]).unwrap();
        assert_eq!(untyped.read(6, 9).unwrap(), [6, 0, 60, 0]);
        let info = inspect_npy8(&path).unwrap();
        assert_eq!((info.rows(), info.segments().len()), (0..7, 2));
        assert!(info.to_string().contains("7 (0 to 7)"), "{info}");
    }
}
