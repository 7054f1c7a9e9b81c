//! `.tailer-<id>`: how far a reader has come, kept in the directory so that it survives the reader. A `.npy` of one number, which
//! `np.load` shows.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::element::NpyElement;
use crate::error::{Error, ErrorKind, Result};
use crate::file::Peek;
use crate::header::{self, Form};
use crate::rows;
use crate::sys::{self, Lock, Locks};

/// A position that is kept. One reader at a time has it.
#[derive(Debug)]
pub(super) struct Kept {
    file: File,
    path: PathBuf,
    /// Where the number stands.
    at: u64,
}

impl Kept {
    /// Opens it, or makes it with the position `first`; returns it with the position it has.
    pub(super) fn open(directory: &Path, id: &str, first: u64) -> Result<(Self, u64)> {
        let path = directory.join(format!(".tailer-{id}"));
        let fail = |kind| Error::new(kind, &path);
        if id.is_empty() || !id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
            let source = io::Error::new(io::ErrorKind::InvalidInput, "other characters, or none");
            return Err(fail(ErrorKind::Io { action: BY_THAT_NAME, source }));
        }
        let act = |source| ErrorKind::Io { action: "open the position of a reader", source };
        let mut tries = 0;
        let file = loop {
            let opened = match OpenOptions::new().read(true).write(true).open(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => make(&path, first).map(|()| None),
                opened => opened.map(Some),
            };
            match opened {
                Ok(Some(file)) => break file,
                Ok(None) => {}
                // A writer that opens the directory took what was to be the file for what a killed process left.
                Err(error) if error.kind() == io::ErrorKind::NotFound && tries < MOST_TRIES => tries += 1,
                Err(source) => return Err(fail(act(source))),
            }
        };
        // Before we have the lock: what doesn't make sense would be looked at for a second, as if we were about to write it.
        let peek = Peek::open(&path, u64::DTYPE_REF, std::any::type_name::<u64>())?;
        if !Locks::exclusive(&file, Lock::Writer).map_err(act).map_err(fail)? {
            return Err(fail(ErrorKind::Locked { by: sys::holders(&file, Lock::Writer).first().copied() }));
        }
        let mut position = [0];
        peek.read(0..1, |file, at| rows::read_all(file, at, &mut position))?;
        let at = peek.header().len() as u64;
        Ok((Self { file, path, at }, position[0]))
    }

    /// Keeps the position. A killed process leaves this one or the one before; a loss of power may leave an older one.
    pub(super) fn set(&self, position: u64) -> Result<()> {
        // Eight bytes on whole words of one page.
        sys::write_at(&self.file, self.at, &position.to_le_bytes())
            .map_err(|source| Error::new(ErrorKind::Io { action: "keep the position of a reader", source }, &self.path))
    }
}

/// What can't be done where a name has other characters.
const BY_THAT_NAME: &str = "keep a position by that name, expected ASCII letters, digits, - and _";

/// More writers than that don't begin at one moment.
const MOST_TRIES: u32 = 10;

/// Makes the file, whole before it has its name; one that is there by then stays. Killed on the way it leaves nothing, where
/// there are files without a name; else a hidden one, which the next writer of the directory removes.
fn make(path: &Path, position: u64) -> io::Result<()> {
    let header = header::write(u64::DTYPE_REF, 1, Form::List, align_of::<u64>()).map_err(io::Error::other)?;
    if let Some(file) = sys::create_unnamed(sys::directory(path)) {
        sys::write_at(&file, 0, &[&header[..], &position.to_le_bytes()].concat())?;
        return match sys::link(&file, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            other => other,
        };
    }
    let mut hidden = path.as_os_str().to_owned();
    hidden.push(format!(".{}.new", std::process::id()));
    let hidden = PathBuf::from(hidden);
    let written = File::create(&hidden).and_then(|mut file| {
        file.write_all(&header)?;
        sys::step("half a position");
        file.write_all(&position.to_le_bytes())
    });
    let named = written.and_then(|()| match fs::hard_link(&hidden, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    });
    sys::step("position named");
    let _ = fs::remove_file(&hidden);
    named
}
