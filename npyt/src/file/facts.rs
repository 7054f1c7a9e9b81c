//! What a directory has to know of one of its files, without a row type and without opening it for long.

use std::path::Path;

use super::look::{self, After};
use crate::error::{Error, ErrorKind};
use crate::geometry::Geometry;
use crate::header;

/// See [`facts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    /// The number of its first row among those of the directory, where it says so.
    pub(crate) base: Option<u64>,
    /// The rows ever published.
    pub(crate) end: u64,
    pub(crate) capacity: u64,
    /// Whether it has a tail on whole words: rows can be added as long as there is room.
    pub(crate) is_open_ended: bool,
}

/// No recording comes so far, and behind it rows of any file can still be numbered.
pub(crate) const MOST_BASE: u64 = 1 << 63;

/// Looks at a file as [`inspect`](super::inspect) does: no lock, nothing changed, patient where it is being written.
pub(crate) fn facts(path: &Path) -> Result<Facts, Error> {
    let once = |file: &_| -> Result<Option<Facts>, ErrorKind> {
        let contents = look::read(file)?;
        let geometry = Geometry::of(&contents.header)?;
        let header = look::read_bytes(file, 0, usize::try_from(geometry.offset()).unwrap_or(usize::MAX))?;
        let (end, is_open_ended) = match look::read_after(file, geometry, contents.file_len)? {
            After::Tail(tail) => (tail.end(), geometry.rows_end().is_multiple_of(8)),
            After::Nothing => (geometry.capacity(), false),
        };
        let base = header::noted_base(&header).filter(|&base| base <= MOST_BASE);
        let capacity = geometry.capacity();
        Ok(Some(Facts { base, end, capacity, is_open_ended }))
    };
    look::patiently(path, once).map(|(_, facts)| facts).map_err(|kind| Error::new(kind, path))
}
