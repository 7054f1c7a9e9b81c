//! The end of a recording: the capacity becomes the number of rows.

use std::fs::File;
use std::io;

use super::copies::{self, Draft, Piece};
use super::create::NewName;
use super::io_error;
use super::mapped::MappedFile;
use super::writer::Writer;
use crate::error::{Error, ErrorKind};
use crate::geometry::Geometry;
use crate::sys;
use crate::tail::Tail;

impl Writer {
    /// Makes the capacity the number of rows, and syncs.
    pub(crate) fn finish(&mut self) -> Result<(), Error> {
        self.stamp();
        // Before and after, but not while readers are kept out: the rows may take long to reach the disk.
        let result = self.sync_all();
        let result = result.and_then(|()| self.exclusively(Self::shrink_to_end)).and_then(|()| self.sync_all());
        result.map_err(|kind| self.error(kind))
    }

    fn shrink_to_end(&mut self) -> Result<(), ErrorKind> {
        if self.go_to(self.end)? { Ok(()) } else { self.rewrite() }
    }

    /// Puts a copy with room for the rows and no more in the place of the file: where no steps lead there, as for rows of
    /// a few bytes in a header of Python's layout.
    fn rewrite(&mut self) -> Result<(), ErrorKind> {
        let geometry = self.geometry.with_capacity(self.end)?;
        let (new, mut name) = NewName::prepare(self.target.clone())?;
        self.copy_to(&new, geometry)?;
        let len = geometry.file_len(self.layout);
        let medium = MappedFile::map(new, len)?;
        name.replace(&medium.file, &self.medium.file).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound => ErrorKind::Moved { from: self.target.clone() },
            _ => io_error("put the copy in its place")(error),
        })?;
        self.medium = medium;
        self.geometry = geometry;
        self.reach()?;
        self.durable.go_on_with(&self.medium.file, self.end)
    }

    /// Header, rows and tail, durable, with the permissions of the file.
    fn copy_to(&self, new: &File, geometry: Geometry) -> Result<(), ErrorKind> {
        let (offset, rows_end) = (geometry.offset(), geometry.rows_end());
        let (file, path) = (&self.medium.file, self.path.as_path());
        let header = copies::header_with(file, offset, self.digits, geometry.capacity())?;
        let header = header.ok_or(ErrorKind::Shape { wanted: geometry.capacity() })?;
        let tail = Tail::new(self.layout, self.start, self.end, sys::now_ns(), offset);
        copies::take_permissions(file, new)?;
        let copy = || {
            let mut draft = Draft::new(new, path, offset, geometry.file_len(self.layout))?;
            draft.append(Piece { file, path, at: offset, len: rows_end - offset })?;
            draft.close(&header, rows_end, Some(tail))
        };
        copy().map_err(Error::into_kind)
    }
}
