#![allow(unsafe_code, reason = "rows in place, by the contract of `Npy8::open`")]

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, Range};
use std::sync::Arc;

use super::segment::{Open, Segment};
use crate::element::NpyElement;
use crate::error::Result;
use crate::map::Map;
use crate::rows as typed;

/// Rows that lie behind one another in one file: a piece of what an [`Npy8`](super::Npy8) reads. Derefs to `[T]`.
///
/// It owns what it needs: rows in place stay where they are for as long as it lives, also when the reader is gone and the file
/// was removed. Such a file takes its room on the disk until then. It is kept by its mapping, and takes no descriptor: a program
/// can hold as many chunks as the system gives it mappings (on Linux `vm.max_map_count`, 65,530 by default).
///
/// # Example
///
/// ```
/// # use npyt::{Npy8, Npy8Mut};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices");
/// Npy8Mut::<f64>::open(&path)?.extend_from_slice(&[101.5, 101.7, 101.6])?;
/// let reader = Npy8::<f64>::open_copy(&path)?;
/// let last = reader.tail(2)?.next().transpose()?.unwrap();
/// drop(reader);
/// assert_eq!(last.rows(), 1..3);
/// assert_eq!(last[0], 101.7);
/// assert_eq!(last.iter().sum::<f64>(), 101.7 + 101.6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Chunk<T> {
    first: u64,
    rows: Rows<T>,
}

enum Rows<T> {
    /// So many published rows at that byte of a mapped file.
    InPlace {
        map: Arc<Map>,
        at: usize,
        len: usize,
        row: PhantomData<fn() -> T>,
    },
    Copied(Vec<T>),
}

impl<T: NpyElement> Chunk<T> {
    pub(super) const fn empty(first: u64) -> Self {
        Self { first, rows: Rows::Copied(Vec::new()) }
    }

    /// Rows of that segment, all of them there.
    pub(super) fn new(segment: &Arc<Segment>, rows: Range<u64>) -> Result<Self> {
        let first = rows.start;
        let local = segment.local(&rows);
        let len = usize::try_from(local.end.saturating_sub(local.start)).unwrap_or(usize::MAX);
        let rows = match segment.file() {
            Open::Mapped(reader) => {
                let at = usize::try_from(reader.geometry().row_at(local.start)).unwrap_or(usize::MAX);
                Rows::InPlace { map: reader.share_map(), at, len, row: PhantomData }
            }
            Open::Peeked(_) => Rows::Copied(segment.copy(local, len)?),
        };
        Ok(Self { first, rows })
    }

    /// Their numbers, counted from the first row ever written to the directory.
    pub fn rows(&self) -> Range<u64> {
        self.first..self.first + self.len() as u64
    }

    /// The same as a slice.
    pub fn as_slice(&self) -> &[T] {
        self
    }
}

impl<T: NpyElement> Deref for Chunk<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        let (map, at, len) = match &self.rows {
            Rows::Copied(rows) => return rows,
            Rows::InPlace { map, at, len, .. } => (map, *at, *len),
        };
        // SAFETY: they were observed when the chunk was made, so they are published; by the contract of `Npy8::open` they are
        // not written to and the file is not shortened as long as this chunk lives, and the result borrows the chunk.
        let slice = unsafe { typed::slice(map, at, len) };
        // They are mapped, as they were observed in the mapping or one before it, and aligned, as was checked at opening.
        slice.unwrap_or_default()
    }
}

impl<T: NpyElement> AsRef<[T]> for Chunk<T> {
    fn as_ref(&self) -> &[T] {
        self
    }
}

impl<'a, T: NpyElement> IntoIterator for &'a Chunk<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: NpyElement + fmt::Debug> fmt::Debug for Chunk<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunk").field("rows", &self.rows()).field("values", &self.as_slice()).finish()
    }
}
