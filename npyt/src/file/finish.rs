//! The end of a recording: the capacity becomes the number of rows.

use std::fs::File;
use std::io;
use std::sync::atomic::Ordering;

use super::copies::{self, Draft, Piece};
use super::create::NewName;
use super::io_error;
use super::mapped::MappedFile;
use super::writer::Writer;
use crate::error::{Error, ErrorKind};
use crate::geometry::Geometry;
use crate::protocol::{self, Counters, Words};
use crate::sys::{self, Lock, Locks};
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

    /// Does what must not happen while somebody reads.
    fn exclusively(&mut self, work: impl FnOnce(&mut Self) -> Result<(), ErrorKind>) -> Result<(), ErrorKind> {
        if !Locks::exclusive(&self.medium.file, Lock::Presence).map_err(io_error("tell whether it has readers"))? {
            return Err(ErrorKind::InUse);
        }
        let result = work(self);
        Locks::release(&self.medium.file, Lock::Presence).map_err(io_error("unlock"))?;
        result
    }

    fn shrink_to_end(&mut self) -> Result<(), ErrorKind> {
        let Some(steps) = self.steps_to(self.end) else {
            return self.rewrite();
        };
        let tail = Tail::new(self.layout, self.start, self.end, sys::now_ns(), self.geometry.offset());
        let reserved = self.medium.map.slots();
        let mut result = Ok(());
        for step in steps {
            result = protocol::resize(&self.medium, step, tail, self.digits);
            if result.is_err() {
                break;
            }
            self.geometry = step;
            result = protocol::settle(&self.medium, step, self.layout);
            if result.is_err() {
                break;
            }
        }
        // Also after an error: the file is sound at every step, and the writer must follow it to where it is.
        let settled = self.remap();
        // A detour may have left more capacity than blocks were reserved for.
        self.medium.map.limit_slots(reserved);
        result.and(settled)
    }

    /// Cuts the file to what the digits say, and maps it anew. Should that fail nothing can be appended any more.
    fn remap(&mut self) -> Result<(), ErrorKind> {
        self.counters = None;
        self.medium.map.limit_slots(self.end);
        protocol::settle(&self.medium, self.geometry, self.layout)?;
        self.medium.remap(self.geometry.file_len(self.layout))?;
        self.counters = Counters::at(&self.medium, self.geometry.rows_end(), self.layout);
        self.set_slots();
        Ok(())
    }

    /// The capacities to go through from the present one to `capacity`.
    fn steps_to(&self, capacity: u64) -> Option<Vec<Geometry>> {
        let (first, count) = self.digits.words();
        let word = |i: usize| self.medium.word((first + 8 * i) as u64);
        let now: Option<Vec<u64>> =
            (0..count).map(|i| word(i).map(|word| self.medium.load(word, Ordering::Relaxed))).collect();
        protocol::plan(self.geometry, capacity, self.layout.len(), self.digits, &now?)
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
        self.counters = Counters::at(&self.medium, geometry.rows_end(), self.layout);
        self.set_slots();
        self.is_new = true;
        Ok(())
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
