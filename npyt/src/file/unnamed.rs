//! A file that is whole, and open for writing, before it has a name: made ahead, to be named when it is needed.

use std::io;
use std::path::Path;

use super::create::{Create, NewName, resolve};
use super::io_error;
use super::writer::{Ways, Writer};
use crate::error::{Error, ErrorKind};
use crate::header;
use crate::sys;

/// Such a file. Dropped, or if the process is killed, there is none; where the file system has no files without a name, a
/// hidden one is left by a kill.
#[derive(Debug)]
pub(crate) struct Unnamed {
    writer: Writer,
    naming: Naming,
}

/// Gives it its name.
#[derive(Debug)]
pub(crate) struct Naming {
    name: NewName,
    /// The number that is noted for its first row.
    base: Option<u64>,
}

impl Unnamed {
    /// Makes one that is to get a name in the directory of `path`; that name is what it is hidden by where it needs one.
    pub(crate) fn make(path: &Path, create: &Create<'_>, ways: Ways) -> Result<Self, Error> {
        let make = || -> Result<Self, ErrorKind> {
            let (file, name) = NewName::prepare(resolve(path, create.existing)?)?;
            create.fill(&file)?;
            let writer = Writer::take(path, name.path().to_owned(), file, create.row, "", ways)?;
            Ok(Self { writer, naming: Naming { name, base: create.base } })
        };
        make().map_err(|kind| Error::new(kind, path))
    }

    /// Its writer, for rows that are there when it gets its name, and the way to give it one.
    pub(crate) fn split(self) -> (Writer, Naming) {
        (self.writer, self.naming)
    }
}

impl Naming {
    /// Notes another number for its first row than it was made with, in a header that has room for it.
    pub(crate) fn set_base(&mut self, writer: &Writer, base: u64) -> Result<(), Error> {
        if self.base == Some(base) {
            return Ok(());
        }
        let file = &writer.medium.file;
        let note = || {
            let len = usize::try_from(writer.geometry.offset()).unwrap_or(usize::MAX);
            let mut bytes = super::look::read_bytes(file, 0, len)?;
            if header::note_base(&mut bytes, base) {
                // The note stands at the end: the digits before it are words to those who look.
                let from = bytes.len().saturating_sub(NOTE_BYTES);
                sys::write_at(file, from as u64, &bytes[from..]).map_err(io_error("write the header"))?;
            }
            Ok(())
        };
        note().map_err(|kind| writer.error(kind))?;
        self.base = Some(base);
        Ok(())
    }

    /// Gives it a name that nothing has; `false` where something has it, and after an error it is still without one.
    pub(crate) fn give(&mut self, writer: &mut Writer, path: &Path) -> Result<bool, Error> {
        match self.name.link_as(&writer.medium.file, path) {
            Ok(()) => {
                writer.path = path.to_owned();
                writer.target = path.to_owned();
                writer.durable.named();
                writer.set_quick();
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(Error::new(ErrorKind::Io { action: "name a new file", source: error }, path)),
        }
    }
}

/// The note and the line end behind it.
const NOTE_BYTES: usize = header::NOTE_CHARS + 1;
