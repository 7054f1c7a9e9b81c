//! A new file, whole before it has a name.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf, is_separator};
use std::sync::atomic::{AtomicU64, Ordering};

use super::{io_error, lock};
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
    /// The number of its first row among those of a directory, to be noted in the header.
    pub(crate) base: Option<u64>,
}

/// What to do where the path exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Existing {
    Refuse,
    Replace,
}

impl Create<'_> {
    fn header(&self, capacity: u64) -> Result<Vec<u8>, ErrorKind> {
        Ok(header::write_with_base(self.row, capacity, self.form, self.alignment, self.base)?)
    }

    /// Fills a file that has no name yet: header, room, tail.
    pub(super) fn fill(&self, file: &File) -> Result<(), ErrorKind> {
        let header = self.header(self.capacity)?;
        let wanted = Geometry::new(header.len() as u64, self.row.size() as u64, self.capacity)?;
        let geometry = wanted.round_up_for_tail()?;
        // The number's width is fixed, so a rounded capacity gives a header of the same length in our own layout; in the
        // list form numpy's spare room may shift it by a block, and the rows with it.
        let header = self.header(geometry.capacity())?;
        let geometry = Geometry::new(header.len() as u64, geometry.row(), geometry.capacity())?;

        let len = geometry.file_len(self.tail);
        sys::may_reach(len).map_err(io_error("write"))?;
        if !self.sparse {
            sys::reserve(file, 0, len).map_err(io_error("reserve room on the disk"))?;
        }
        sys::write_at(file, 0, &header).map_err(io_error("write the header"))?;
        let tail = Tail::new(self.tail, 0, 0, sys::now_ns(), geometry.offset());
        sys::write_at(file, geometry.rows_end(), &tail.to_bytes()).map_err(io_error("write the tail"))
    }
}

/// The name a file is to get: absolute, so that a changed working directory leads nowhere else; links followed, as std's
/// `File::create` does, where a file is to be replaced.
pub(super) fn resolve(path: &Path, existing: Existing) -> Result<PathBuf, ErrorKind> {
    // std drops the separator; a name that ends in one is a directory's.
    if path.as_os_str().as_encoded_bytes().last().is_some_and(|&byte| is_separator(char::from(byte))) {
        return Err(ErrorKind::NotAFile { found: "a directory's name" });
    }
    let mut path = path.to_owned();
    if existing == Existing::Replace {
        // Not `canonicalize`: the link may lead to a file that is still to be made.
        for _ in 0..MOST_LINKS {
            match fs::read_link(&path) {
                Ok(target) => path = sys::directory(&path).join(target),
                Err(_) => break,
            }
        }
    }
    let name = path.file_name().ok_or(ErrorKind::NotAFile { found: "a path without a file name" })?;
    Ok(fs::canonicalize(sys::directory(&path)).map_err(io_error("create"))?.join(name))
}

/// As many links as Linux follows.
const MOST_LINKS: usize = 40;

/// A name to be: nothing, or a hidden file, until [`Self::give`].
#[derive(Debug)]
pub(super) struct NewName {
    path: PathBuf,
    /// Removed when dropped: the file's only name, if it needs one before it is whole.
    hidden: Hidden,
}

#[derive(Debug)]
struct Hidden(Option<PathBuf>);

impl Drop for Hidden {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // Nothing more can be done about a name that can't be removed; the next file picks another.
            let _ = fs::remove_file(path);
            sys::step("hidden name removed");
        }
    }
}

impl NewName {
    /// A file that nobody else can find, its writer's lock taken, in the directory of the resolved `path`.
    pub(super) fn prepare(path: PathBuf) -> Result<(File, Self), ErrorKind> {
        let (file, hidden) = unnamed(&path).map_err(io_error("create"))?;
        if Locks::exclusive(&file, Lock::Writer).map_err(io_error("lock"))? {
            Ok((file, Self { path, hidden: Hidden(hidden) }))
        } else {
            Err(lock::locked(&file))
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the file another name than was meant for it, where there is none by that name: `AlreadyExists` otherwise, and it
    /// can be tried again.
    pub(super) fn link_as(&mut self, file: &File, path: &Path) -> io::Result<()> {
        let meant = std::mem::replace(&mut self.path, path.to_owned());
        self.link(file).inspect_err(|_| self.path = meant)
    }

    /// Gives the file its name in one step: at no moment is there half a file by that name, or none where one was.
    ///
    /// `replaced` is the file there, its writer's lock held.
    pub(super) fn give(mut self, file: &File, existing: Existing, mut replaced: Option<File>) -> Result<(), ErrorKind> {
        for _ in 0..MOST_RIVALS {
            // What wasn't there to be locked must not be replaced.
            let given = match &replaced {
                Some(old) => self.replace(file, old),
                None => self.link(file),
            };
            match given.map_err(|error| (error.kind(), error)) {
                Ok(()) => return Ok(()),
                Err((io::ErrorKind::AlreadyExists, _)) if existing == Existing::Refuse => break,
                // Another came in between, and may have a writer by now; or there is none any more.
                Err((io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound, _)) => {
                    replaced = lock::lock_if_there(&self.path)?;
                }
                Err((_, error)) => return Err(io_error("create")(error)),
            }
        }
        Err(ErrorKind::Exists)
    }

    /// Never replaces.
    fn link(&self, file: &File) -> io::Result<()> {
        match &self.hidden.0 {
            None => sys::link(file, &self.path),
            // A second name fails where one exists; a rename would not.
            Some(hidden) => fs::hard_link(hidden, &self.path).inspect(|()| sys::step("hard link")),
        }
    }

    /// Replaces `old`, whose lock the caller holds. If another is there by now that one stays, and the error is
    /// `AlreadyExists`; where there is none it is `NotFound`.
    pub(super) fn replace(&mut self, file: &File, old: &File) -> io::Result<()> {
        let hidden = match &self.hidden.0 {
            Some(hidden) => hidden.clone(),
            None => self.hide(file)?,
        };
        // First a look, which is the whole check where names can't be exchanged.
        if !lock::is_at(old, &self.path)? {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        if !sys::exchange(&hidden, &self.path)? {
            fs::rename(&hidden, &self.path)?;
            sys::step("rename");
            self.hidden.0 = None;
            return Ok(());
        }
        // Whatever was there has the hidden name now. If it isn't the old file, it came after the look: back with it.
        if lock::is_at(old, &hidden)? {
            return Ok(());
        }
        if sys::exchange(&hidden, &self.path).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        // Our own was moved on from there meanwhile. The other gets the name that is free, or keeps the hidden one: rather a
        // file that nobody finds than one that is lost.
        if fs::hard_link(&hidden, &self.path).is_err() {
            self.hidden.0 = None;
        }
        Err(io::Error::other("the file was moved while it was given its name"))
    }

    /// Gives the file the name of another in the same directory, whatever has it, in one step.
    pub(super) fn rename_over(&mut self, file: &File, path: &Path) -> io::Result<()> {
        let hidden = match &self.hidden.0 {
            Some(hidden) => hidden.clone(),
            None => self.hide(file)?,
        };
        fs::rename(&hidden, path)?;
        sys::step("rename");
        self.hidden.0 = None;
        Ok(())
    }

    /// Gives an unnamed file a hidden name.
    fn hide(&mut self, file: &File) -> io::Result<PathBuf> {
        loop {
            let hidden = hidden_name(&self.path)?;
            match sys::link(file, &hidden) {
                Ok(()) => {
                    self.hidden.0 = Some(hidden.clone());
                    return Ok(hidden);
                }
                // Left by a killed process that had our number.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// How often to begin again when others make and remove files of the same name; a link to nowhere is always there, and
/// never to be opened.
const MOST_RIVALS: usize = 100;

/// A new file, and its hidden name if it has one.
fn unnamed(path: &Path) -> io::Result<(File, Option<PathBuf>)> {
    if let Some(file) = sys::create_unnamed(sys::directory(path)) {
        return Ok((file, None));
    }
    loop {
        let hidden = hidden_name(path)?;
        match OpenOptions::new().read(true).write(true).create_new(true).open(&hidden) {
            Ok(file) => {
                sys::step("hidden file");
                return Ok((file, Some(hidden)));
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

/// A name nobody else uses, that no glob for `*.npy` finds.
fn hidden_name(path: &Path) -> io::Result<PathBuf> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut hidden = OsString::from(".");
    hidden.push(path.file_name().ok_or(io::ErrorKind::InvalidInput)?);
    hidden.push(format!(".{}-{}.new", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
    Ok(sys::directory(path).join(hidden))
}
