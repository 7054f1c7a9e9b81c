use std::fs::File;
use std::path::Path;

use super::source::{Source, is_ring};
use super::{Draft, header_with, make, read_back, take_permissions};
use crate::error::{Error, ErrorKind, Result};
use crate::file::Info;
use crate::geometry::Geometry;
use crate::tail::Tail;

/// Copies a file at one moment while its writer goes on: the rows published then, all of them and no other.
///
/// The copy has the same header, tail and row numbers, and so much capacity as its rows take (up to seven more, so that it can
/// be appended to). It is on the disk before it gets its name. An ordinary `.npy` is copied byte for byte, and so is a ring
/// of npyt 0.2.
///
/// It counts as a reader of `from` until it is done: a writer that wants to [`finish`](crate::NpytMut::finish) meanwhile is
/// told that the file is in use. Programs that take no locks, as numpy and Python's npyt, are not kept from anything.
///
/// # Errors
///
/// `to` exists ([`ErrorKind::Exists`]), also as another name of `from`; what [`inspect`](crate::inspect) can't read; a file
/// that another program cuts short meanwhile; the operating system's, such as a full disk. After an error there is nothing at
/// `to`, unless all that failed was to sync the directory it is in.
///
/// # Example
///
/// ```
/// # use npyt::{NpytCopy, NpytMut};
/// # let dir = tempfile::tempdir()?;
/// # let (path, copy) = (dir.path().join("prices.npy"), dir.path().join("noon.npy"));
/// let mut prices = NpytMut::<f64>::options().capacity(1_000_000).create(&path)?;
/// prices.extend_from_slice(&[101.5, 101.7])?;
///
/// let info = npyt::backup(&path, &copy)?;
/// prices.push(101.6)?; // goes on
///
/// assert_eq!((info.rows(), info.capacity()), (0..2, 2));
/// assert_eq!(NpytCopy::<f64>::open(&copy)?.to_vec()?, [101.5, 101.7]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "copy")]
#[doc(alias = "snapshot")]
pub fn backup(from: impl AsRef<Path>, to: impl AsRef<Path>) -> Result<Info> {
    let (from, to) = (from.as_ref(), to.as_ref());
    make(to, |new| {
        let source = Source::open(from)?;
        take_permissions(source.file(), new).map_err(|kind| Error::new(kind, to))?;
        match source.tail() {
            Some(tail) if !is_ring(tail) => shortened(source, tail, new, to),
            _ => whole(source, new, to),
        }
    })
}

/// As it stands.
fn whole(source: Source<'_>, new: &File, to: &Path) -> Result<Info> {
    let info = source.info()?;
    let mut draft = Draft::new(new, to, 0, info.file_size())?;
    draft.append(source.whole())?;
    // The disk may take long; its writer needn't wait for that.
    drop(source);
    draft.close(&[], info.file_size(), None)?;
    Ok(info)
}

/// With as much capacity as its rows take.
fn shortened(source: Source<'_>, tail: Tail, new: &File, to: &Path) -> Result<Info> {
    let (geometry, header) = smallest(&source, tail).map_err(|kind| source.error(kind))?;
    let mut piece = source.whole();
    (piece.at, piece.len) = (geometry.offset(), geometry.row() * tail.end());
    let mut draft = Draft::new(new, to, geometry.offset(), geometry.file_len(tail.layout()))?;
    draft.append(piece)?;
    drop(source);
    draft.close(&header, geometry.rows_end(), Some(tail))?;
    read_back(new, to)
}

/// The smallest capacity for those rows whose tail lies on whole words, and the header that says so.
fn smallest(source: &Source<'_>, tail: Tail) -> Result<(Geometry, Vec<u8>), ErrorKind> {
    let exact = Geometry::of(source.header())?.with_capacity(tail.end())?;
    let wanted = exact.round_up_for_tail()?;
    // The field of the number holds what the file itself has. It may be too narrow for more only where not even the tail of
    // the file is on whole words: then that of the copy isn't either.
    for geometry in [wanted, exact] {
        if let Some(digits) = source.header().digits
            && let Some(header) = header_with(source.file(), geometry.offset(), digits, geometry.capacity())?
        {
            return Ok((geometry, header));
        }
    }
    Err(ErrorKind::Shape { wanted: wanted.capacity() })
}
