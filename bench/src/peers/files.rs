//! Rows by the system calls and the buffers of std.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::rows::{ROW, Row};

/// A new file with a header of that length, written to its end: where `write(2)` goes on.
pub(crate) fn appended(path: &Path, offset: usize) -> io::Result<File> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(&vec![b' '; offset])?;
    Ok(file)
}

/// `pwrite` of batches into a file.
pub(crate) struct Positioned {
    pub(crate) file: File,
    pub(crate) at: u64,
}

impl Positioned {
    pub(crate) fn extend(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, self.at)?;
        self.at += bytes.len() as u64;
        Ok(())
    }
}

/// Rows one by one, through the buffer of 8 KiB that `BufWriter::new` makes.
pub(crate) fn buffered(path: &Path, offset: usize) -> io::Result<BufWriter<File>> {
    appended(path, offset).map(BufWriter::new)
}

/// All rows of a file that was read into memory.
pub(crate) fn decode<R: Row>(bytes: &[u8], offset: usize, rows: usize) -> io::Result<&[R]> {
    let bytes = bytes.get(offset..offset + rows * ROW).ok_or(io::ErrorKind::UnexpectedEof)?;
    // SAFETY: any initialised bytes are rows (1 of `NpyElement`).
    let (before, rows, after) = unsafe { bytes.align_to::<R>() };
    if before.is_empty() && after.is_empty() { Ok(rows) } else { Err(io::Error::other("rows are not aligned")) }
}
