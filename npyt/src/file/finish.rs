//! The end of a recording: the capacity becomes the number of rows.

use std::fs::File;
use std::io;

use super::create::NewName;
use super::io_error;
use super::look;
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
        let old = &self.medium.file;
        let (offset, rows_end) = (geometry.offset(), geometry.rows_end());
        let mut header = look::read_bytes(old, 0, usize::try_from(offset).unwrap_or(usize::MAX))?;
        let (from, to) = self.digits.range();
        match (header.get_mut(from..to), self.digits.render(geometry.capacity())) {
            (Some(place), Some(text)) => place.copy_from_slice(&text),
            _ => return Err(ErrorKind::Shape { wanted: geometry.capacity() }),
        }
        let tail = Tail::new(self.layout, self.start, self.end, sys::now_ns(), offset);
        let permissions = old.metadata().and_then(|found| new.set_permissions(found.permissions()));
        permissions.map_err(io_error("take over the permissions"))?;
        sys::reserve(new, geometry.file_len(self.layout)).map_err(io_error("reserve room on the disk"))?;
        sys::write_at(new, 0, &header).map_err(io_error("write the header"))?;
        sys::copy(old, new, offset, rows_end - offset).map_err(io_error("copy the rows"))?;
        sys::write_at(new, rows_end, &tail.to_bytes()).map_err(io_error("write the tail"))?;
        new.sync_data().map_err(io_error("sync"))
    }
}
