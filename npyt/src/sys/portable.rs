#![allow(unsafe_code, reason = "the unsafe functions of the interface that linux.rs sets")]

use std::fs::{File, Metadata, TryLockError};
use std::io;
#[cfg(unix)]
use std::os::unix::fs::{FileExt, MetadataExt};
#[cfg(windows)]
use std::os::windows::fs::FileExt;
use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use super::Lock;

/// Whether what is written through a file is at once what is seen through a mapping of it. Not promised everywhere.
pub(crate) const COHERENT: bool = false;

/// Whether a mapping may reach beyond the end of a file. Not everywhere.
pub(crate) const REACHES: bool = false;

/// std's whole-file lock for the writer. Readers can't be told apart from it, so their presence is unknown, and what
/// needs their absence is refused.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Locks;

impl Locks {
    pub(crate) fn exclusive(file: &File, lock: Lock) -> io::Result<bool> {
        match lock {
            Lock::Presence => Err(io::ErrorKind::Unsupported.into()),
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

    /// Whether there are readers is unknown, so they are taken to be there.
    pub(crate) fn is_held(_: &File, lock: Lock) -> io::Result<bool> {
        Ok(lock == Lock::Presence)
    }

    pub(crate) fn release(file: &File, lock: Lock) -> io::Result<()> {
        match lock {
            Lock::Presence => Ok(()),
            Lock::Writer => file.unlock(),
        }
    }
}

/// Not known here.
pub(crate) fn holders(_: &File, _: Lock) -> Vec<u32> {
    Vec::new()
}

/// The one way to have blocks that every system knows.
pub(crate) fn reserve(file: &File, _: u64, end: u64) -> io::Result<()> {
    super::write_zeros(file, end)
}

/// Not known here: the blocks stay the file's.
pub(crate) fn give_back(_: &File, _: u64, _: u64) {}

/// Not known here: any byte may have been written to.
pub(crate) fn next_data(_: &File, at: u64) -> io::Result<Option<u64>> {
    Ok(Some(at))
}

/// Not known here: a wait is for its whole time.
pub(crate) fn wait_on(_: &AtomicU64, _: u64, timeout: Duration) {
    std::thread::sleep(timeout);
}

/// Nobody waits.
pub(crate) fn wake(_: &AtomicU64) {}

/// No limit is known here.
pub(crate) fn may_reach(_: u64) -> io::Result<()> {
    Ok(())
}

/// Not known here.
pub(crate) fn exchange(_: &Path, _: &Path) -> io::Result<bool> {
    Ok(false)
}

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
    let mut buffer = vec![0; len.min(1 << 20)];
    #[cfg(unix)]
    let read = file.read_at(&mut buffer, at)?;
    #[cfg(windows)]
    let read = file.seek_read(&mut buffer, at)?;
    // SAFETY: `read` is at most the buffer's length, which is at most `len`; the caller vouches for so many bytes at
    // `out`, which a fresh buffer does not overlap.
    unsafe { std::ptr::copy_nonoverlapping(buffer.as_ptr(), out, read) };
    Ok(read)
}

/// Writes all bytes at `at`.
#[cfg(unix)]
pub(crate) fn write_at(file: &File, at: u64, bytes: &[u8]) -> io::Result<()> {
    file.write_all_at(bytes, at)
}

/// Writes all bytes at `at`.
#[cfg(windows)]
pub(crate) fn write_at(file: &File, at: u64, bytes: &[u8]) -> io::Result<()> {
    let mut done = 0;
    while done < bytes.len() {
        match file.seek_write(&bytes[done..], at + done as u64)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => done += written,
        }
    }
    Ok(())
}

/// Not known here.
pub(crate) fn create_unnamed(_: &Path) -> Option<File> {
    None
}

/// There are no unnamed files to name.
pub(crate) fn link(_: &File, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Whether two descriptions are of one file.
#[cfg(unix)]
pub(crate) fn same_file(a: &Metadata, b: &Metadata) -> bool {
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

/// Whether two descriptions may be of one file; std has no number to tell by.
#[cfg(windows)]
pub(crate) fn same_file(a: &Metadata, b: &Metadata) -> bool {
    a.created().ok() == b.created().ok()
}

/// Ends this process without any more ado.
#[cfg(test)]
pub(crate) fn kill_self() {
    std::process::abort();
}
