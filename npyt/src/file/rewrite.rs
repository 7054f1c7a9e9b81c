//! A copy takes the place of a file, where no sound steps lead to another capacity or header. Never while somebody reads: whoever
//! has the old file open would never see another row.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::copies::{self, Draft, Piece};
use super::create::NewName;
use super::io_error;
use super::mapped::MappedFile;
use super::writer::Writer;
use crate::error::{Error, ErrorKind};
use crate::geometry::Geometry;
use crate::tail::Tail;

/// What the new file is to be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rewrite<'a> {
    pub(super) old: &'a File,
    /// Of the old file, for messages.
    pub(super) path: &'a Path,
    pub(super) from: Geometry,
    pub(super) header: &'a [u8],
    pub(super) to: Geometry,
    pub(super) tail: Tail,
}

impl Rewrite<'_> {
    /// Header, rows and tail, durable, with the permissions of the file.
    pub(super) fn fill(&self, new: &File) -> Result<(), ErrorKind> {
        copies::take_permissions(self.old, new)?;
        let rows = self.from.capacity().min(self.to.capacity());
        let copy = || {
            let mut draft = Draft::new(new, self.path, self.to.offset(), self.to.file_len(self.tail.layout()))?;
            let (at, len) = (self.from.offset(), self.from.row() * rows);
            draft.append(Piece { file: self.old, path: self.path, at, len })?;
            draft.close(self.header, self.to.rows_end(), Some(self.tail))
        };
        copy().map_err(Error::into_kind)
    }
}

/// Gives the new file the name of the old one.
pub(super) fn put_in_place(mut name: NewName, new: &File, old: &File, target: &Path) -> Result<(), ErrorKind> {
    name.replace(new, old).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound => ErrorKind::Moved { from: PathBuf::from(target) },
        _ => io_error("put the copy in its place")(error),
    })
}

impl Writer {
    /// Goes on in a copy with room for `capacity` rows.
    pub(super) fn rewrite(&mut self, capacity: u64) -> Result<(), ErrorKind> {
        let to = self.geometry.with_capacity(capacity)?;
        let old = &self.medium.file;
        let header = copies::header_with(old, to.offset(), self.digits, capacity)?;
        let header = header.ok_or(ErrorKind::Shape { wanted: capacity })?;
        let tail = self.tail();
        let (new, name) = NewName::prepare(self.target.clone())?;
        Rewrite { old, path: &self.path, from: self.geometry, header: &header, to, tail }.fill(&new)?;
        let medium = MappedFile::map(new, to.file_len(self.layout))?;
        // Everything that can fail, before it gets the name.
        let durable = self.durable.start_anew(&medium.file, self.end)?;
        put_in_place(name, &medium.file, &self.medium.file, &self.target)?;
        self.medium = medium;
        self.geometry = to;
        if self.ways.reserve {
            self.usable = capacity;
        }
        self.durable = durable;
        self.reach()
    }
}
