//! A file to copy from, and which of its rows.

use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{Ordering, fence};

use super::super::inspect::{self, Info};
use super::super::io_error;
use super::super::lock;
use super::super::look::{self, After};
use super::Piece;
use crate::dtype::DType;
use crate::error::{Error, ErrorKind};
use crate::geometry::{Geometry, GeometryError};
use crate::header::Header;
use crate::map::Map;
use crate::protocol::{Observed, Place, View};
use crate::tail::Tail;

/// A file that was looked at once. It holds the presence lock, shared, as a reader does: meanwhile its rows stay where they
/// are, whatever its writer adds and however it grows.
///
/// So what was seen of the capacity holds for the moment of the look only; of the rows, for good.
#[derive(Debug)]
pub(super) struct Source<'a> {
    file: File,
    path: &'a Path,
    seen: Seen,
}

/// What the look found.
#[derive(Debug)]
struct Seen {
    header: Header,
    tail: Option<Tail>,
    /// The bytes up to the end of the rows, or of the tail. What follows is not part of it.
    len: u64,
}

impl<'a> Source<'a> {
    /// Opens a file and looks at it.
    pub(super) fn open(path: &'a Path) -> Result<Self, Error> {
        let found = look::patiently(path, |file| {
            // Before anything is read, and for good if it is this look that succeeds.
            if lock::attend(file, path)? { look_once(file) } else { Ok(None) }
        });
        found.map(|(file, seen)| Self { file, path, seen }).map_err(|kind| Error::new(kind, path))
    }

    pub(super) const fn file(&self) -> &File {
        &self.file
    }

    pub(super) const fn path(&self) -> &'a Path {
        self.path
    }

    pub(super) const fn header(&self) -> &Header {
        &self.seen.header
    }

    pub(super) const fn tail(&self) -> Option<Tail> {
        self.seen.tail
    }

    /// All of it: header, rows and tail as they stand.
    pub(super) const fn whole(&self) -> Piece<'_> {
        Piece { file: &self.file, path: self.path, at: 0, len: self.seen.len }
    }

    /// What a copy of all of it says of itself.
    pub(super) fn info(&self) -> Result<Info, Error> {
        Info::new(self.seen.header.clone(), self.seen.tail, self.seen.len).map_err(|kind| self.error(kind))
    }

    /// Its rows: it must be an array that has some order of rows in which they lie.
    pub(super) fn rows(&self) -> Result<Rows<'_>, Error> {
        let geometry = Geometry::of(&self.seen.header).map_err(|kind| self.error(kind))?;
        let dtype = self.seen.header.row().ok_or(GeometryError::NoAxis).map_err(|kind| self.error(kind))?;
        let (whole, none) = (0..geometry.capacity(), 0..0);
        let ranges = match self.seen.tail {
            None => [whole, none],
            // A ring goes on at the beginning.
            Some(tail) if is_ring(tail) => [tail.start()..whole.end, 0..tail.end()],
            Some(tail) => [tail.start()..tail.end(), none],
        };
        Ok(Rows { source: self, geometry, dtype, ranges })
    }

    /// The same, with those that are no longer kept: every row ever published.
    pub(super) fn published(&self) -> Result<Rows<'_>, Error> {
        let rows = self.rows()?;
        Ok(match self.seen.tail {
            Some(tail) if !is_ring(tail) => Rows { ranges: [0..tail.end(), 0..0], ..rows },
            _ => rows,
        })
    }

    pub(super) fn error(&self, kind: impl Into<ErrorKind>) -> Error {
        Error::new(kind, self.path)
    }
}

/// Whether the rows wrap around the end, as in the ring mode of npyt 0.2.
pub(super) const fn is_ring(tail: Tail) -> bool {
    tail.start() > tail.end()
}

/// Which rows of a file are copied.
#[derive(Debug)]
pub(super) struct Rows<'a> {
    source: &'a Source<'a>,
    geometry: Geometry,
    pub(super) dtype: DType,
    ranges: [Range<u64>; 2],
}

impl<'a> Rows<'a> {
    pub(super) fn count(&self) -> u64 {
        self.ranges.iter().map(|range| range.end - range.start).sum()
    }

    /// The bytes of each.
    pub(super) const fn size(&self) -> u64 {
        self.geometry.row()
    }

    /// The alignment that they have in their file, as far as the place where they start tells, and as a header can give it to
    /// them in another.
    pub(super) const fn alignment(&self) -> usize {
        1 << if self.geometry.offset().trailing_zeros() < 12 { self.geometry.offset().trailing_zeros() } else { 12 }
    }

    /// Where they lie, in their order.
    pub(super) fn pieces(&self) -> impl Iterator<Item = Piece<'a>> {
        let (source, geometry) = (self.source, self.geometry);
        self.ranges.clone().into_iter().map(move |rows| Piece {
            file: &source.file,
            path: source.path,
            at: geometry.row_at(rows.start),
            len: geometry.row() * (rows.end - rows.start),
        })
    }
}

/// `Ok(None)` where the file changed its capacity while it was looked at.
fn look_once(file: &File) -> Result<Option<Seen>, ErrorKind> {
    let contents = look::read(file)?;
    let (header, file_len) = (contents.header, contents.file_len);
    let Some(geometry) = inspect::extent(&header)? else {
        return Ok(Some(Seen { header, tail: None, len: file_len }));
    };
    let tail = match look::read_after_ring(file, geometry, file_len)? {
        After::Nothing => return Ok(Some(Seen { header, tail: None, len: geometry.rows_end() })),
        After::Tail(tail) => tail,
    };
    let len = geometry.file_len(tail.layout());
    if !is_ring(tail)
        && let Some(digits) = header.digits
        && geometry.rows_end().is_multiple_of(8)
    {
        // By the words that the writer stores, in the order in which it stores them; mapped for this one look.
        let map = Map::read_only(file, len).map_err(io_error("map"))?;
        let place = Place { digits, layout: Some(tail.layout()) };
        let Some((digits, _)) = place.look(&map).filter(|&(_, capacity)| capacity == geometry.capacity()) else {
            return Ok(None);
        };
        return Ok(match (View { geometry, digits, fixed: None }).observe(&map, &place) {
            Observed::Rows { start, end } => Some(Seen { header, tail: Some(Tail { start, end, ..tail }), len }),
            Observed::Moved => None,
        });
    }
    // No writer of ours adds rows here. But it may have moved the tail to where it can, and put a row where we found a tail:
    // then the digits are others by now.
    fence(Ordering::Acquire);
    let again = look::read(file)?;
    Ok((again.header.shape == header.shape).then_some(Seen { header, tail: Some(tail), len }))
}
