#![allow(unsafe_code, reason = "the unsafe functions of the interface that linux.rs sets")]

use std::fs::{File, Metadata, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::Lock;

/// std's whole-file lock for the writer. Readers can't be told apart from it, so their presence is unknown, and what
/// needs their absence is refused.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Locks;

impl Locks {
    pub(crate) fn exclusive(file: &File, lock: Lock) -> io::Result<bool> {
        match lock {
            Lock::Presence => Ok(false),
            Lock::Writer => match file.try_lock() {
                Ok(()) => Ok(true),
                Err(TryLockError::WouldBlock) => Ok(false),
                Err(TryLockError::Error(error)) => Err(error),
            },
        }
    }

    pub(crate) fn shared(_: &File, _: Lock) -> io::Result<bool> {
        Ok(true)
    }

    pub(crate) fn is_held(_: &File, _: Lock) -> io::Result<bool> {
        Ok(true)
    }

    pub(crate) fn release(file: &File, lock: Lock) -> io::Result<()> {
        match lock {
            Lock::Presence => Ok(()),
            Lock::Writer => file.unlock(),
        }
    }
}

/// The one way to have blocks that every system knows.
pub(crate) use super::write_zeros as reserve;

/// Not known here: pages come as they are first touched.
///
/// # Safety
///
/// None is needed; the interface is set by Linux.
pub(crate) unsafe fn prefault(_: *mut u8, _: usize) -> io::Result<()> {
    Ok(())
}

/// Reads up to `len` bytes into memory that need not be initialised.
///
/// # Safety
///
/// `out` is valid for writes of `len` bytes.
pub(crate) unsafe fn read_at(file: &File, at: u64, out: *mut u8, len: usize) -> io::Result<usize> {
    let mut file = file;
    let mut buffer = vec![0; len.min(1 << 20)];
    file.seek(SeekFrom::Start(at))?;
    let read = file.read(&mut buffer)?;
    // SAFETY: `read` is at most the buffer's length, which is at most `len`; the caller vouches for so many bytes at
    // `out`, which a fresh buffer does not overlap.
    unsafe { std::ptr::copy_nonoverlapping(buffer.as_ptr(), out, read) };
    Ok(read)
}

/// Writes all bytes at `at`.
pub(crate) fn write_at(file: &File, at: u64, bytes: &[u8]) -> io::Result<()> {
    let mut file = file;
    file.seek(SeekFrom::Start(at))?;
    file.write_all(bytes)
}

/// Not known here.
pub(crate) fn create_unnamed(_: &Path) -> Option<File> {
    None
}

/// There are no unnamed files to name.
pub(crate) fn link(_: &File, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Whether two descriptions are of one file, as far as can be told without the system's numbers.
pub(crate) fn same_file(a: &Metadata, b: &Metadata) -> bool {
    a.created().ok() == b.created().ok() && a.file_type() == b.file_type()
}
