//! The first look at any file: is it one, what does its header say, what stands after its rows.

use std::fs::{self, File, OpenOptions};
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::io_error;
use crate::error::ErrorKind;
use crate::geometry::{Geometry, GeometryError};
use crate::header::{self, Header, HeaderError};
use crate::sys::{self, Lock, Locks};
use crate::tail::{self, Tail, TailError};

/// Opens a regular file. Whatever else stands there is an error before it is opened: opening a pipe would wait.
pub(super) fn open(path: &Path, write: bool) -> Result<File, ErrorKind> {
    let found = fs::metadata(path).map_err(io_error("open"))?.file_type();
    if !found.is_file() {
        return Err(ErrorKind::NotAFile {
            found: if found.is_dir() { "a directory" } else { "a pipe, socket or device" },
        });
    }
    OpenOptions::new().read(true).write(write).open(path).map_err(io_error(if write {
        "open for writing"
    } else {
        "open"
    }))
}

/// How long to look at a file that its writer is in the middle of changing: about a second in all.
const TRIES: u32 = 1_000;
const PAUSE: Duration = Duration::from_millis(1);

/// Opens a file and looks at it until what is read fits together, for as long as somebody is writing it. `Ok(None)` is a
/// look that met a change.
pub(super) fn patiently<R>(
    path: &Path,
    mut once: impl FnMut(&File) -> Result<Option<R>, ErrorKind>,
) -> Result<(File, R), ErrorKind> {
    let mut tries = 0;
    let mut had_writer = true;
    loop {
        // Anew each time: a file may be replaced while it is looked at.
        let file = open(path, false)?;
        let error = match once(&file) {
            Ok(Some(found)) => return Ok((file, found)),
            Ok(None) => ErrorKind::Busy,
            Err(error) if !is_transient(&error) => return Err(error),
            Err(error) => {
                let has_writer = Locks::is_held(&file, Lock::Writer).unwrap_or(false);
                // A mistake in a file that nobody writes is there to stay. But a writer may have been there when the look
                // began, and be gone, or killed, by now: so once more, at once.
                match (had_writer, has_writer) {
                    (false, false) => return Err(error),
                    (true, false) => {
                        had_writer = false;
                        continue;
                    }
                    _ => had_writer = true,
                }
                error
            }
        };
        if tries == TRIES {
            return Err(error);
        }
        tries += 1;
        thread::sleep(PAUSE);
    }
}

/// Errors that a look in the middle of a resize may meet.
const fn is_transient(error: &ErrorKind) -> bool {
    matches!(error, ErrorKind::Header(_) | ErrorKind::Geometry(_) | ErrorKind::Tail(_))
}

/// A header and the file it is about.
#[derive(Debug)]
pub(super) struct Contents {
    pub(super) header: Header,
    /// What it was read from: all bytes before the rows.
    pub(super) bytes: Vec<u8>,
    pub(super) file_len: u64,
}

/// Reads the header. The length of the file is taken after it.
pub(super) fn read(file: &File) -> Result<Contents, ErrorKind> {
    let prefix = read_bytes(file, 0, header::PREFIX)?;
    let (_, offset) = header::read_prefix(&prefix)?;
    let file_len = file.metadata().map_err(io_error("read the length"))?.len();
    // Before memory is set aside for it: a claim is not a length.
    if offset > file_len {
        return Err(HeaderError::Cut { needed: offset, found: file_len }.into());
    }
    let bytes = read_bytes(file, 0, usize::try_from(offset).unwrap_or(usize::MAX))?;
    Ok(Contents { header: Header::parse(&bytes)?, bytes, file_len })
}

/// What stands after the rows.
#[derive(Clone, Copy, Debug)]
pub(super) enum After {
    /// Nothing: an ordinary `.npy`.
    Nothing,
    Tail(Tail),
}

/// Looks behind the rows. The file must hold all of them, in order: a ring is an error.
pub(super) fn read_after(file: &File, geometry: Geometry, file_len: u64) -> Result<After, ErrorKind> {
    let after = read_after_ring(file, geometry, file_len)?;
    if let After::Tail(tail) = after {
        tail.check(geometry.capacity())?;
    }
    Ok(after)
}

/// The same, and the tail may be that of a ring.
pub(super) fn read_after_ring(file: &File, geometry: Geometry, file_len: u64) -> Result<After, ErrorKind> {
    let at = geometry.rows_end();
    if file_len < at {
        return Err(GeometryError::Short { needed: at, found: file_len }.into());
    }
    if file_len == at {
        return Ok(After::Nothing);
    }
    let tail = Tail::read(&read_bytes(file, at, tail::LONGEST)?, geometry.offset())?;
    match tail.check(geometry.capacity()) {
        Ok(()) | Err(TailError::Ring { .. }) => {}
        Err(other) => return Err(other.into()),
    }
    if file_len < geometry.file_len(tail.layout()) {
        return Err(TailError::Magic { found: Vec::new() }.into());
    }
    Ok(After::Tail(tail))
}

/// The bytes at `at`, fewer where the file ends.
pub(super) fn read_bytes(file: &File, at: u64, len: usize) -> Result<Vec<u8>, ErrorKind> {
    let mut bytes = vec![0; len];
    let read = read_into(file, at, &mut bytes)?;
    bytes.truncate(read);
    Ok(bytes)
}

/// The same, into memory that is there; how many they are.
pub(super) fn read_into(file: &File, at: u64, out: &mut [u8]) -> Result<usize, ErrorKind> {
    sys::read_bytes_at(file, at, out).map_err(io_error("read"))
}
