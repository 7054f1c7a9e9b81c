//! Whole files made of the rows of others, without a row type: what is copied is bytes.
//!
//! - `source`: a file to copy from, and the one look at it that says which rows;
//! - `draft`: the new file while it is made of pieces;
//! - a file for each operation; `joined` is the one that a directory has of its own.

mod backup;
mod draft;
mod joined;
mod merge;
mod plain;
mod source;

pub use backup::backup;
pub use merge::merge;
pub use plain::plain;

pub(super) use draft::{Draft, Piece, header_with};
pub(crate) use joined::{Joined, Joining};

use std::fs::{self, File};
use std::path::Path;

use super::create::{Existing, NewName, resolve};
use super::inspect::{self, Info};
use super::io_error;
use crate::error::{Error, ErrorKind};
use crate::sys;

/// Makes a new file at `to`: `fill` puts it on the disk while nobody can find it, and only then does it get its name. After an error there is nothing at `to`.
pub(super) fn make<R>(to: &Path, fill: impl FnOnce(&File) -> Result<R, Error>) -> Result<R, Error> {
    let at = |kind| Error::new(kind, to);
    let target = resolve(to, Existing::Refuse).map_err(at)?;
    if fs::symlink_metadata(&target).is_ok() {
        // The same answer as at the end, without the work. A source is refused here as its own copy too, by whatever name.
        return Err(at(ErrorKind::Exists));
    }
    let (file, name) = NewName::prepare(target.clone()).map_err(at)?;
    let made = fill(&file)?;
    name.give(&file, Existing::Refuse, None).map_err(at)?;
    // It has no writer any more.
    drop(file);
    sys::sync_directory(&target).map_err(io_error("sync the directory")).map_err(at)?;
    Ok(made)
}

/// Gives a copy of one file the permissions of that file: what was private stays so.
pub(super) fn take_permissions(from: &File, new: &File) -> Result<(), ErrorKind> {
    let taken = from.metadata().and_then(|found| new.set_permissions(found.permissions()));
    taken.map_err(io_error("take over the permissions"))
}

/// What the new file says of itself, read from it.
pub(super) fn read_back(new: &File, to: &Path) -> Result<Info, Error> {
    inspect::look(new).map_err(|kind| Error::new(kind, to))
}
