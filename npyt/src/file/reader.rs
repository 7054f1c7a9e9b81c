//! One of the many readers of a file.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::io_error;
use super::look::{self, After};
use crate::dtype::{DType, DtypeMismatch};
use crate::error::{Error, ErrorKind};
use crate::geometry::{Geometry, GeometryError};
use crate::map::{Map, Word};
use crate::protocol::{Observed, View};
use crate::sys::{Lock, Locks};

/// A file open for reading: it holds the presence lock, shared, for as long as it lives.
#[derive(Debug)]
pub(crate) struct Reader {
    map: Map,
    // After the mapping, which keeps the lock: the last of the two gives it back.
    file: File,
    path: PathBuf,
    dtype: DType,
    geometry: Geometry,
    watch: Watch,
}

/// Where the number of rows comes from.
#[derive(Debug)]
enum Watch {
    /// A tail, looked at each time. The last look is kept for a tail that moved away, or that went with the end of a file
    /// that another program shortened.
    Tail { view: View<Word>, start: AtomicU64, end: AtomicU64 },
    /// It can't change under the presence lock: an ordinary `.npy`, or a full file whose tail is no aligned words.
    Fixed(u64, u64),
}

impl Reader {
    /// Opens a file. `type_name` is what the program calls its rows.
    pub(crate) fn open(path: &Path, row: &DType, type_name: &'static str) -> Result<Self, Error> {
        open(path, row, type_name).map_err(|kind| Error::new(kind, path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) const fn dtype(&self) -> &DType {
        &self.dtype
    }

    pub(crate) const fn geometry(&self) -> Geometry {
        self.geometry
    }

    pub(crate) const fn file(&self) -> &File {
        &self.file
    }

    pub(crate) const fn map(&self) -> &Map {
        &self.map
    }

    /// The rows published at this moment: the first kept, the one after the last.
    #[inline]
    pub(crate) fn observe(&self) -> (u64, u64) {
        match &self.watch {
            Watch::Fixed(start, end) => (*start, *end),
            Watch::Tail { view, start, end } => match view.observe(&self.map) {
                Observed::Rows { start: first, end: last } => {
                    remember(start, first);
                    remember(end, last);
                    (first, last)
                }
                Observed::Moved => self.last(),
            },
        }
    }

    /// As [`observe`](Self::observe), but with a look at the length of the file before one at its mapping: a file that
    /// another program has shortened has the rows it had at the last look, and reading them through the file is an error.
    pub(crate) fn observe_length_first(&self) -> (u64, u64) {
        match self.file.metadata() {
            Ok(found) if found.len() >= self.map.len() => self.observe(),
            _ => self.last(),
        }
    }

    /// The rows of the last look.
    fn last(&self) -> (u64, u64) {
        match &self.watch {
            Watch::Fixed(start, end) => (*start, *end),
            Watch::Tail { start, end, .. } => {
                let end = end.load(Ordering::Relaxed);
                (start.load(Ordering::Relaxed).min(end), end)
            }
        }
    }

    pub(crate) fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind, &self.path)
    }
}

/// Relaxed: whoever falls back on it was promised nothing about later rows. A load first, as a store would take the cache
/// line from other threads at every look.
#[inline]
fn remember(last: &AtomicU64, now: u64) {
    if last.load(Ordering::Relaxed) != now {
        last.store(now, Ordering::Relaxed);
    }
}

fn open(path: &Path, row: &DType, type_name: &'static str) -> Result<Reader, ErrorKind> {
    let (file, parts) = look::patiently(path, |file| {
        // Before anything is read, and for good if it is this look that succeeds.
        if Locks::shared(file, Lock::Presence).map_err(io_error("lock"))? {
            look(file, row, type_name)
        } else {
            Ok(None)
        }
    })?;
    let Parts { map, dtype, geometry, watch } = parts;
    let reader = Reader { map, file, path: path.to_owned(), dtype, geometry, watch };
    // The first look is there to fall back on.
    reader.observe();
    Ok(reader)
}

/// Everything of a reader but its file.
struct Parts {
    map: Map,
    dtype: DType,
    geometry: Geometry,
    watch: Watch,
}

/// `Ok(None)` where the digits changed while it looked.
fn look(file: &File, row: &DType, type_name: &'static str) -> Result<Option<Parts>, ErrorKind> {
    let contents = look::read(file)?;
    let header = contents.header;
    let geometry = Geometry::of(&header)?;
    let dtype = header.row().ok_or(GeometryError::NoAxis)?;
    DtypeMismatch::check(type_name, row, &dtype)?;
    let after = look::read_after(file, geometry, contents.file_len)?;
    let len = match after {
        After::Nothing => geometry.rows_end(),
        After::Tail(tail) => geometry.file_len(tail.layout()),
    };
    let map = Map::read_only(file, len).map_err(io_error("map"))?;
    let watch = match (after, header.digits) {
        (After::Tail(tail), Some(digits)) if geometry.rows_end().is_multiple_of(8) => {
            let view = View::new(&map, digits, geometry.capacity(), geometry.rows_end(), tail.layout());
            match view {
                Some(view) => Watch::Tail { view, start: AtomicU64::new(0), end: AtomicU64::new(0) },
                None => return Ok(None),
            }
        }
        // No writer of ours appends where the tail is not aligned words.
        (After::Tail(tail), _) => Watch::Fixed(tail.start(), tail.end()),
        (After::Nothing, _) => Watch::Fixed(0, geometry.capacity()),
    };
    Ok(Some(Parts { map, dtype, geometry, watch }))
}
