use std::fmt;
use std::iter::FusedIterator;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

use super::Chunk;
use super::directory::Directory;
use crate::element::NpyElement;
use crate::error::Result;

/// Rows of a directory, a [`Chunk`] for each file they are in: from [`Npy8::range`](super::Npy8::range) and the like.
///
/// The numbers are set when it is made; files are opened as it comes to them. Where rows were removed before that, the item is
/// [`Discarded`](crate::ErrorKind::Discarded), and the next one goes on with the first row that is kept. After any other error
/// it has ended.
#[must_use = "it reads nothing until it is iterated over"]
pub struct Chunks<T> {
    directory: Arc<Directory>,
    next: u64,
    end: u64,
    row: PhantomData<fn() -> T>,
}

impl<T: NpyElement> Chunks<T> {
    pub(super) fn new(directory: Arc<Directory>, rows: Range<u64>) -> Self {
        Self { directory, next: rows.start, end: rows.end.max(rows.start), row: PhantomData }
    }

    /// The numbers of the rows that are still to come.
    pub const fn rows(&self) -> Range<u64> {
        self.next..self.end
    }

    /// All of them in one vector: copies, which a loop over the chunks has no need of.
    ///
    /// # Errors
    ///
    /// The first that the iterator meets.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npy8, Npy8Mut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices");
    /// Npy8Mut::<f64>::options().rows_per_segment(2).open(&path)?.extend_from_slice(&[101.5, 101.7, 101.6])?;
    /// assert_eq!(Npy8::<f64>::open_copy(&path)?.tail(2)?.to_vec()?, [101.7, 101.6]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_vec(self) -> Result<Vec<T>> {
        let mut rows = Vec::new();
        for chunk in self {
            rows.extend_from_slice(&chunk?);
        }
        Ok(rows)
    }

    fn chunk(&mut self) -> Result<Chunk<T>> {
        let located = self.directory.locate(self.next)?;
        if let Some(located) = &located {
            let end = located.end()?.min(self.end);
            if end > self.next {
                return Chunk::new(&located.segment, self.next..end);
            }
        }
        // Rows that a file doesn't have though the next one begins behind them; or there is no such file any more, and no next.
        let next = located.and_then(|located| located.next).filter(|&first| first > self.next);
        Err(self.directory.discarded(self.next, next.unwrap_or(self.end)))
    }
}

impl<T: NpyElement> Iterator for Chunks<T> {
    type Item = Result<Chunk<T>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.end {
            return None;
        }
        let chunk = self.chunk();
        self.next = match &chunk {
            Ok(chunk) => chunk.rows().end,
            Err(error) => error.first_kept().map_or(self.end, |first| first.max(self.next)),
        };
        Some(chunk)
    }
}

impl<T: NpyElement> FusedIterator for Chunks<T> {}

impl<T> fmt::Debug for Chunks<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunks").field("rows", &(self.next..self.end)).finish_non_exhaustive()
    }
}
