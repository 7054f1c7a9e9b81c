//! The writer's lock of whatever file a path leads to.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::{io_error, look};
use crate::error::ErrorKind;
use crate::sys::{self, Lock, Locks};

/// Opens a file and takes the writer's lock of what is still at the path then.
pub(super) fn lock(path: &Path) -> Result<File, ErrorKind> {
    loop {
        let file = look::open(path, true)?;
        if !Locks::exclusive(&file, Lock::Writer).map_err(io_error("lock"))? {
            return Err(locked(&file));
        }
        // Between opening and locking another writer may have replaced the file; its lock is on the new one.
        if is_at(&file, path).map_err(io_error("look at"))? {
            return Ok(file);
        }
    }
}

/// Takes the lock of readers of an open file; `false` where it can't be had now, or the path leads elsewhere by now: between
/// opening and locking its writer may have gone on in another file, and nothing would ever come to this one.
pub(super) fn attend(file: &File, path: &Path) -> Result<bool, ErrorKind> {
    let held = Locks::shared(file, Lock::Presence).map_err(io_error("lock"))?;
    match is_at(file, path) {
        Ok(there) => Ok(held && there),
        // Opening it again tells.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(io_error("look at")(error)),
    }
}

/// The error for a file that has a writer.
pub(super) fn locked(file: &File) -> ErrorKind {
    ErrorKind::Locked { by: sys::holders(file, Lock::Writer).first().copied() }
}

/// The error for a file that has readers.
pub(super) fn in_use(file: &File) -> ErrorKind {
    ErrorKind::InUse { by: sys::holders(file, Lock::Presence) }
}

/// The same; `None` where there is no file.
pub(super) fn lock_if_there(path: &Path) -> Result<Option<File>, ErrorKind> {
    match lock(path) {
        Ok(file) => Ok(Some(file)),
        Err(ErrorKind::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(other) => Err(other),
    }
}

/// Whether the path leads to this file.
pub(super) fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    Ok(sys::same_file(&file.metadata()?, &fs::metadata(path)?))
}
