//! A new file while it is made of pieces of others.

use std::fs::File;
use std::io;
use std::path::Path;

use super::super::{io_error, look};
use crate::error::{Error, ErrorKind};
use crate::geometry::GeometryError;
use crate::header::{DigitField, HeaderError};
use crate::sys;
use crate::tail::Tail;

/// Bytes of a file that become the next bytes of a new one.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Piece<'a> {
    pub(in super::super) file: &'a File,
    /// For messages.
    pub(in super::super) path: &'a Path,
    pub(in super::super) at: u64,
    pub(in super::super) len: u64,
}

/// The new file: rows are appended, what stands around them is put there at the end.
#[derive(Debug)]
pub(in super::super) struct Draft<'a> {
    file: &'a File,
    /// For messages.
    path: &'a Path,
    at: u64,
}

impl<'a> Draft<'a> {
    /// Begins an empty file whose first piece goes to byte `at`. There is to be room for `len` bytes in all: a full disk is
    /// told before the work.
    pub(in super::super) fn new(file: &'a File, path: &'a Path, at: u64, len: u64) -> Result<Self, Error> {
        sys::reserve(file, 0, len)
            .map_err(io_error("reserve room on the disk"))
            .map_err(|kind| Error::new(kind, path))?;
        Ok(Self { file, path, at })
    }

    /// Copies a piece behind the last one.
    ///
    /// The system copies, block by block where it can't share them; no part of it passes through our memory but a small one.
    pub(in super::super) fn append(&mut self, piece: Piece<'_>) -> Result<(), Error> {
        let Piece { file, path, at, len } = piece;
        match sys::copy(file, at, self.file, self.at, len) {
            Ok(()) => self.at += len,
            // Less than was there at the look: a foreign program cut it.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                let found = file.metadata().map_or(0, |found| found.len());
                return Err(Error::new(GeometryError::Short { needed: at + len, found }, path));
            }
            Err(error) => return Err(self.error(io_error("copy the rows")(error))),
        }
        Ok(())
    }

    /// Puts what stands around the rows, and waits for the disk. What lies between the last piece and the tail is zeros.
    pub(in super::super) fn close(self, header: &[u8], rows_end: u64, tail: Option<Tail>) -> Result<(), Error> {
        let put = || {
            sys::write_at(self.file, 0, header).map_err(io_error("write the header"))?;
            let tail = tail.map(Tail::to_bytes).unwrap_or_default();
            sys::write_at(self.file, rows_end, &tail).map_err(io_error("write the tail"))?;
            // Fewer rows than there was to be room for, or a room that was written.
            self.file.set_len(rows_end + tail.len() as u64).map_err(io_error("change the length"))?;
            self.file.sync_data().map_err(io_error("sync"))
        };
        put().map_err(|kind| self.error(kind))
    }

    fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind, self.path)
    }
}

/// The header of a file as it stands there, but for the capacity; `None` where its field is too narrow for that number.
pub(in super::super) fn header_with(
    file: &File,
    offset: u64,
    digits: DigitField,
    capacity: u64,
) -> Result<Option<Vec<u8>>, ErrorKind> {
    let mut header = look::read_bytes(file, 0, usize::try_from(offset).unwrap_or(usize::MAX))?;
    let found = header.len() as u64;
    let (from, to) = digits.range();
    match (header.get_mut(from..to), digits.render(capacity)) {
        (Some(place), Some(text)) if found == offset => place.copy_from_slice(&text),
        (_, None) => return Ok(None),
        _ => return Err(HeaderError::Cut { needed: offset, found }.into()),
    }
    Ok(Some(header))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tail::TailLayout;
    use std::fs;

    #[test]
    fn pieces_lie_one_behind_another_and_what_is_skipped_is_zeros() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::write(&from, b"0123456789").unwrap();
        let (file, new) = (File::open(&from).unwrap(), File::create(&to).unwrap());
        // More room than is needed in the end.
        let mut draft = Draft::new(&new, &to, 4, 10_000).unwrap();
        for (at, len) in [(7, 3), (0, 0), (0, 2), (10, 0)] {
            draft.append(Piece { file: &file, path: &from, at, len }).unwrap();
        }
        let tail = Tail::new(TailLayout::V0_2, 0, 5, 0, 4);
        draft.close(b"head", 16, Some(tail)).unwrap();
        assert_eq!(fs::read(&to).unwrap(), [&b"head78901\0\0\0\0\0\0\0"[..], &tail.to_bytes()].concat());
    }

    #[test]
    fn a_piece_that_is_not_there_any_more_is_an_error_of_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::write(&from, b"0123456789").unwrap();
        let (file, new) = (File::open(&from).unwrap(), File::create(&to).unwrap());
        for (at, len, needed) in [(0, 11, 11), (10, 1, 11), (50, 3, 53)] {
            let mut draft = Draft::new(&new, &to, 0, 64).unwrap();
            let error = draft.append(Piece { file: &file, path: &from, at, len }).unwrap_err();
            assert_eq!(error.path(), from);
            let ErrorKind::Geometry(short) = error.kind() else { panic!("{error}") };
            assert_eq!(*short, GeometryError::Short { needed, found: 10 });
        }
    }
}
