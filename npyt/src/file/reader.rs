//! One of the many readers of a file.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use super::io_error;
use super::source::{self, After};
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
    /// A tail, looked at each time. The last look is kept for a tail that moved away.
    Tail(View<Word>, AtomicU64),
    /// It can't change under the presence lock: an ordinary `.npy`, or a full file whose tail is no aligned words.
    Fixed(u64, u64),
}

/// How long a reader waits for a writer that is in the middle of something: about a second in all.
const TRIES: u32 = 1_000;
const PAUSE: Duration = Duration::from_millis(1);

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
            Watch::Tail(view, last) => match view.observe(&self.map) {
                Observed::Rows { start, end } => {
                    // Relaxed: whoever falls back on it made, or was handed, no promise about later rows. A load first, as a
                    // store would take the cache line from other threads at every look.
                    if last.load(Ordering::Relaxed) != end {
                        last.store(end, Ordering::Relaxed);
                    }
                    (start, end)
                }
                Observed::Moved => {
                    let end = last.load(Ordering::Relaxed);
                    (0, end)
                }
            },
        }
    }

    pub(crate) fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind, &self.path)
    }
}

fn open(path: &Path, row: &DType, type_name: &'static str) -> Result<Reader, ErrorKind> {
    let mut tries = 0;
    loop {
        // Anew each time: a file may be replaced while it is looked at.
        let file = source::open(path, false)?;
        let attempt = if Locks::shared(&file, Lock::Presence).map_err(io_error("lock"))? {
            look(path, file, row, type_name)
        } else {
            Attempt::Again(ErrorKind::Busy)
        };
        match attempt {
            Attempt::Done(result) => return result,
            Attempt::Again(error) if tries == TRIES => return Err(error),
            Attempt::Again(_) => {
                tries += 1;
                thread::sleep(PAUSE);
            }
        }
    }
}

/// One look at a file that may be changing.
enum Attempt {
    Done(Result<Reader, ErrorKind>),
    /// What was read does not fit together, as when a writer is in the middle of a change.
    Again(ErrorKind),
}

fn look(path: &Path, file: File, row: &DType, type_name: &'static str) -> Attempt {
    let reader = try_look(path, &file, row, type_name);
    match reader {
        Ok(Some(parts)) => Attempt::Done(Ok(parts.with(file))),
        Ok(None) => Attempt::Again(ErrorKind::Busy),
        // A mistake in a file that nobody writes is there to stay.
        Err(error) if transient(&error) && Locks::is_held(&file, Lock::Writer).unwrap_or(false) => {
            Attempt::Again(error)
        }
        Err(error) => Attempt::Done(Err(error)),
    }
}

/// Errors that a look in the middle of a resize may meet.
const fn transient(error: &ErrorKind) -> bool {
    matches!(error, ErrorKind::Header(_) | ErrorKind::Geometry(_) | ErrorKind::Tail(_))
}

/// Everything of a reader but its file.
struct Parts {
    map: Map,
    path: PathBuf,
    dtype: DType,
    geometry: Geometry,
    watch: Watch,
}

impl Parts {
    fn with(self, file: File) -> Reader {
        let Self { map, path, dtype, geometry, watch } = self;
        Reader { map, file, path, dtype, geometry, watch }
    }
}

/// `Ok(None)` where the digits changed while it looked.
fn try_look(path: &Path, file: &File, row: &DType, type_name: &'static str) -> Result<Option<Parts>, ErrorKind> {
    let contents = source::read(file)?;
    let header = contents.header;
    let geometry = Geometry::of(&header)?;
    let dtype = header.row().ok_or(GeometryError::NoAxis)?;
    DtypeMismatch::check(type_name, row, &dtype)?;
    let after = source::read_after(file, geometry, contents.file_len)?;
    let len = match after {
        After::Nothing => geometry.rows_end(),
        After::Tail(tail) => geometry.file_len(tail.layout()),
    };
    let map = Map::read_only(file, len).map_err(io_error("map"))?;
    let watch = match (after, header.digits) {
        (After::Tail(tail), Some(digits)) if geometry.rows_end().is_multiple_of(8) => {
            let view = View::new(&map, digits, geometry.capacity(), geometry.rows_end(), tail.layout());
            match view {
                Some(view) => Watch::Tail(view, AtomicU64::new(tail.end())),
                None => return Ok(None),
            }
        }
        // No writer of ours appends where the tail is not aligned words.
        (After::Tail(tail), _) => Watch::Fixed(tail.start(), tail.end()),
        (After::Nothing, _) => Watch::Fixed(0, geometry.capacity()),
    };
    Ok(Some(Parts { map, path: path.to_owned(), dtype, geometry, watch }))
}
