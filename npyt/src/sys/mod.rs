//! The operating system, as far as std does not reach: a file for Linux, one for everything else, the same names in both.

#[cfg(all(target_os = "linux", not(npyt_portable)))]
#[path = "linux.rs"]
mod imp;
#[cfg(not(all(target_os = "linux", not(npyt_portable))))]
#[path = "portable.rs"]
mod imp;
mod step;

#[cfg(test)]
pub(crate) use imp::kill_self;
pub(crate) use imp::{
    COHERENT, Locks, REACHES, create_unnamed, exchange, give_back, holders, link, may_reach, next_data, prefault,
    read_at, reserve, same_file, wait_on, wake, write_at,
};
pub(crate) use step::*;

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// What a lock is asked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lock {
    /// Held by the one writer for as long as it has the file open.
    Writer,
    /// Held by every reader, shared; by the writer, exclusively, while it takes something away.
    Presence,
}

/// Nanoseconds since 1970 (UTC), 0 for a clock before that: what the tail calls its update timestamp.
pub(crate) fn now_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.ok().and_then(|since| u64::try_from(since.as_nanos()).ok()).unwrap_or(0)
}

/// Reads `out.len()` bytes at `at`; fewer only where the file ends before.
#[allow(unsafe_code, reason = "the safe form of a call on raw memory")]
pub(crate) fn read_bytes_at(file: &File, at: u64, out: &mut [u8]) -> io::Result<usize> {
    let mut done = 0;
    while done < out.len() {
        let rest = &mut out[done..];
        // SAFETY: `rest` is valid for writes of its length.
        let read = unsafe { read_at(file, at + done as u64, rest.as_mut_ptr(), rest.len())? };
        if read == 0 {
            break;
        }
        done += read;
    }
    Ok(done)
}

/// Copies `len` bytes from a place in one file to a place in another.
pub(crate) fn copy(from: &File, from_at: u64, to: &File, to_at: u64, len: u64) -> io::Result<()> {
    let (mut source, mut sink) = (from, to);
    source.seek(SeekFrom::Start(from_at))?;
    sink.seek(SeekFrom::Start(to_at))?;
    let copied = io::copy(&mut source.take(len), &mut sink)?;
    if copied == len { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// Waits until the disk has the names in the directory of `path`.
pub(crate) fn sync_directory(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(directory(path))?.sync_all() } else { Ok(()) }
}

/// The directory a path is in.
pub(crate) fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Writes zeros from the end of the file up to byte `end`, so that the disk has blocks for all of it.
pub(crate) fn write_zeros(file: &File, end: u64) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 20, file);
    let from = out.seek(SeekFrom::End(0))?;
    io::copy(&mut io::repeat(0).take(end.saturating_sub(from)), &mut out)?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_are_written_up_to_the_end_and_no_further() {
        let file = tempfile::tempfile().unwrap();
        write_at(&file, 0, b"rows").unwrap();
        for (end, len) in [(3, 4), (4, 4), (3_000_001, 3_000_001)] {
            write_zeros(&file, end).unwrap();
            assert_eq!(file.metadata().unwrap().len(), len);
        }
        let mut start = [1; 8];
        assert_eq!(read_bytes_at(&file, 0, &mut start).unwrap(), 8);
        assert_eq!(&start, b"rows\0\0\0\0");
    }
}
