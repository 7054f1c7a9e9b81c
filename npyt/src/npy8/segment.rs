//! One file of a directory, open for reading.

use std::ops::Range;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::catalog::Entry;
use crate::dtype::DType;
use crate::element::NpyElement;
use crate::error::{Error, ErrorKind, Result};
use crate::file::{Peek, Reader, is_incomplete};
use crate::rows as typed;

/// How the files of a directory are opened.
#[derive(Clone, Debug)]
pub(super) struct Kind {
    pub(super) access: Access,
    /// What the program takes a row for, how that lies in memory, and what it is called.
    pub(super) row: DType,
    pub(super) alignment: usize,
    pub(super) type_name: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Mapped, and lent out as it lies there.
    InPlace,
    /// Read through system calls.
    Copied,
}

/// How long to look at a file that is no whole one. Who is rewriting it may have lost its core to another in the middle.
const PATIENCE: Duration = Duration::from_millis(100);
const PAUSE: Duration = Duration::from_millis(1);

/// Looks at a file that is not the newest until it is whole: Python cuts those that leave its queue, first the header, then the
/// tail, and takes no lock that would tell.
pub(super) fn patiently<R>(mut look: impl FnMut() -> Result<R>) -> Result<R> {
    let mut began = None;
    loop {
        match look() {
            Err(error) if is_incomplete(error.kind()) => {
                if began.get_or_insert_with(Instant::now).elapsed() > PATIENCE {
                    return Err(error);
                }
            }
            result => return result,
        }
        thread::sleep(PAUSE);
    }
}

/// The file stays open, and its rows stay there, also when its name is gone.
#[derive(Debug)]
pub(super) struct Segment {
    entry: Entry,
    file: Open,
}

#[derive(Debug)]
pub(super) enum Open {
    Mapped(Reader),
    Peeked(Peek),
}

impl Segment {
    pub(super) fn open(path: &Path, entry: Entry, kind: &Kind) -> Result<Self> {
        let file = match kind.access {
            Access::InPlace => Open::Mapped(Reader::open(path, &kind.row, kind.type_name)?),
            Access::Copied => Open::Peeked(patiently(|| Peek::open(path, &kind.row, kind.type_name))?),
        };
        if let Open::Mapped(reader) = &file {
            reader.check_alignment(kind.alignment)?;
        }
        Ok(Self { entry, file })
    }

    pub(super) const fn name(&self) -> u64 {
        self.entry.name
    }

    /// The number of its first row.
    pub(super) const fn base(&self) -> u64 {
        self.entry.base
    }

    pub(super) const fn file(&self) -> &Open {
        &self.file
    }

    /// The numbers that rows of the directory have in the file.
    pub(super) fn local(&self, rows: &Range<u64>) -> Range<u64> {
        rows.start.saturating_sub(self.base())..rows.end.saturating_sub(self.base())
    }

    /// The row after its last, among those of the directory.
    #[inline]
    pub(super) fn end(&self) -> Result<u64> {
        let end = match &self.file {
            Open::Mapped(reader) => reader.try_observe()?.1,
            Open::Peeked(peek) => patiently(|| peek.observe())?,
        };
        Ok(self.entry.base.saturating_add(end))
    }

    /// The byte where its rows begin.
    pub(super) fn offset(&self) -> u64 {
        match &self.file {
            Open::Mapped(reader) => reader.geometry().offset(),
            Open::Peeked(peek) => peek.header().len() as u64,
        }
    }

    /// Copies of rows that were observed, by their numbers in the file, as `len` elements: of the row type, or bytes.
    pub(super) fn copy<T: NpyElement>(&self, local: Range<u64>, len: usize) -> Result<Vec<T>> {
        let copied = typed::zeroed::<T>(len);
        let mut copied = copied.map_err(|source| self.error(ErrorKind::Io { action: "set memory aside", source }))?;
        match &self.file {
            Open::Mapped(reader) => {
                let read = typed::read_all(reader.file(), reader.geometry().row_at(local.start), &mut copied);
                read.map_err(|source| self.error(ErrorKind::Io { action: "read rows", source }))?;
            }
            Open::Peeked(peek) => {
                patiently(|| peek.read(local.clone(), |file, at| typed::read_all(file, at, &mut copied)))?
            }
        }
        Ok(copied)
    }

    /// Whether no row fits any more.
    pub(super) fn is_full(&self) -> Result<bool> {
        match &self.file {
            Open::Mapped(reader) => Ok(reader.try_observe()?.1 >= reader.geometry().capacity()),
            Open::Peeked(peek) => Ok(patiently(|| peek.observe())? >= peek.capacity()),
        }
    }

    /// Waits for rows behind `end`, but no longer than `timeout`.
    pub(super) fn wait(&self, end: u64, timeout: Duration) {
        match &self.file {
            Open::Mapped(reader) => reader.wait(end.saturating_sub(self.entry.base), timeout),
            Open::Peeked(_) => thread::sleep(timeout),
        }
    }

    pub(super) fn error(&self, kind: ErrorKind) -> Error {
        match &self.file {
            Open::Mapped(reader) => reader.error(kind),
            Open::Peeked(peek) => Error::new(kind, peek.path()),
        }
    }
}
