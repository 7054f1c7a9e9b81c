//! A new file, whole before it has a name.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::io_error;
use crate::dtype::DType;
use crate::error::ErrorKind;
use crate::geometry::Geometry;
use crate::header::{self, Form};
use crate::sys::{self, Lock, Locks};
use crate::tail::{Tail, TailLayout};

/// What to make.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Create<'a> {
    pub(crate) row: &'a DType,
    /// The alignment of a row in memory.
    pub(crate) alignment: usize,
    /// At least so many rows.
    pub(crate) capacity: u64,
    pub(crate) form: Form,
    pub(crate) tail: TailLayout,
    /// Leave blocks to be found when they are first written to.
    pub(crate) sparse: bool,
    pub(crate) existing: Existing,
}

/// What to do where the path exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Existing {
    Refuse,
    Replace,
}

impl Create<'_> {
    /// Makes the file: header, room, tail, the writer's lock taken; then gives it its name in one step.
    ///
    /// Killed before that step there is no file by that name (or still the old one), and at worst a hidden one beside it.
    pub(crate) fn make(&self, path: &Path) -> Result<File, ErrorKind> {
        let header = header::write(self.row, self.capacity, self.form, self.alignment)?;
        let wanted = Geometry::new(header.len() as u64, self.row.size() as u64, self.capacity)?;
        let geometry = wanted.round_up_for_tail()?;
        // The number's width is fixed, so a rounded capacity gives a header of the same length in our own layout; in the
        // list form numpy's spare room may shift it by a block, and the rows with it.
        let header = header::write(self.row, geometry.capacity(), self.form, self.alignment)?;
        let geometry = Geometry::new(header.len() as u64, geometry.row(), geometry.capacity())?;

        // The lock of the file that is there, held until it is replaced: its writer would go on into a lost file.
        let _replaced = match self.existing {
            Existing::Replace => lock_existing(path)?,
            Existing::Refuse if fs::symlink_metadata(path).is_ok() => return Err(ErrorKind::Exists),
            Existing::Refuse => None,
        };
        let file = Unnamed::new(path).map_err(io_error("create"))?;
        if !Locks::exclusive(&file.file, Lock::Writer).map_err(io_error("lock"))? {
            return Err(ErrorKind::Locked);
        }
        if !self.sparse {
            sys::reserve(&file.file, geometry.file_len(self.tail)).map_err(io_error("reserve room on the disk"))?;
        }
        sys::write_at(&file.file, 0, &header).map_err(io_error("write the header"))?;
        let tail = Tail::new(self.tail, 0, 0, sys::now_ns(), geometry.offset());
        sys::write_at(&file.file, geometry.rows_end(), &tail.to_bytes()).map_err(io_error("write the tail"))?;
        file.name(path, self.existing).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => ErrorKind::Exists,
            _ => io_error("create")(error),
        })
    }
}

fn lock_existing(path: &Path) -> Result<Option<File>, ErrorKind> {
    match super::source::open(path, true) {
        Ok(file) => {
            if Locks::exclusive(&file, Lock::Writer).map_err(io_error("lock"))? {
                Ok(Some(file))
            } else {
                Err(ErrorKind::Locked)
            }
        }
        Err(ErrorKind::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(other) => Err(other),
    }
}

/// A file without a name, or with a hidden one that is given up when dropped.
pub(super) struct Unnamed {
    pub(super) file: File,
    hidden: Hidden,
}

/// A name beside the final one, removed when dropped.
struct Hidden(Option<PathBuf>);

impl Drop for Hidden {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // Nothing more can be done about a name that can't be removed; the next file picks another.
            let _ = fs::remove_file(path);
        }
    }
}

impl Unnamed {
    /// In the directory of `path`, the name it may get later.
    pub(super) fn new(path: &Path) -> io::Result<Self> {
        if let Some(file) = sys::create_unnamed(directory(path)) {
            return Ok(Self { file, hidden: Hidden(None) });
        }
        loop {
            let hidden = hidden_name(path)?;
            match OpenOptions::new().read(true).write(true).create_new(true).open(&hidden) {
                Ok(file) => return Ok(Self { file, hidden: Hidden(Some(hidden)) }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Gives it its name in one step.
    pub(super) fn name(mut self, path: &Path, existing: Existing) -> io::Result<File> {
        // A link is followed, as std's `File::create` does: its target is replaced, not the link.
        let target = if existing == Existing::Replace { fs::canonicalize(path).ok() } else { None };
        let path = target.as_deref().unwrap_or(path);
        match (existing, &self.hidden.0) {
            (Existing::Refuse, None) => sys::link(&self.file, path)?,
            // A second name fails where one exists; a rename would not.
            (Existing::Refuse, Some(hidden)) => fs::hard_link(hidden, path)?,
            (Existing::Replace, Some(hidden)) => {
                fs::rename(hidden, path)?;
                self.hidden.0 = None;
            }
            (Existing::Replace, None) => {
                let hidden = hidden_name(path)?;
                sys::link(&self.file, &hidden)?;
                self.hidden.0 = Some(hidden);
                return self.name(path, existing);
            }
        }
        Ok(self.file)
    }
}

fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// A name nobody else uses, that no glob for `*.npy` finds.
fn hidden_name(path: &Path) -> io::Result<PathBuf> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}-{}.new", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
    Ok(directory(path).join(hidden))
}
