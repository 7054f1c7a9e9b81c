use std::fmt;
use std::io::SeekFrom;
use std::ops::Range;

use super::{Npyt, NpytCopy};
use crate::element::NpyElement;
use crate::error::{ErrorKind, Result};

/// The number of the row to be read next, and how it moves.
#[derive(Clone, Copy, Debug)]
struct Position(usize);

impl Position {
    /// Moves, as far as there are rows: from the first that is kept to behind the last.
    fn seek(&mut self, to: SeekFrom, there: &Range<usize>) -> usize {
        let from = |base: usize, by: i64| base.saturating_add_signed(isize::try_from(by).unwrap_or(isize::MAX));
        let row = match to {
            SeekFrom::Start(row) => usize::try_from(row).unwrap_or(usize::MAX),
            SeekFrom::End(by) => from(there.end, by),
            SeekFrom::Current(by) => from(self.0, by),
        };
        self.0 = row.clamp(there.start, there.end);
        self.0
    }

    /// Up to `n` rows from here on, and up to `prefetch` before them; moves behind them. `Err` has the first row that is
    /// kept, which is behind us.
    fn take(&mut self, n: usize, prefetch: usize, there: &Range<usize>) -> std::result::Result<Range<usize>, usize> {
        if self.0 < there.start {
            return Err(there.start);
        }
        // Not beyond the last, should there be fewer than there were.
        let from = self.0.min(there.end);
        let to = from.saturating_add(n).min(there.end);
        self.0 = to;
        Ok(from.saturating_sub(prefetch).max(there.start)..to)
    }
}

/// Reads on from where it was: a position among the rows of an [`Npyt`], from [`Npyt::cursor`].
///
/// # Example
///
/// ```
/// # use npyt::{Npyt, NpytMut};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices.npy");
/// # let mut writer = NpytMut::<f64>::create(&path)?;
/// writer.extend_from_slice(&[101.5, 101.7, 101.6, 101.8])?;
/// # // SAFETY: only npyt writes to this file.
/// # let prices = unsafe { Npyt::<f64>::open(&path)? };
/// let mut cursor = prices.cursor();
/// assert_eq!(cursor.read(2, 0)?, [101.5, 101.7]);
/// // One row more than is new, for a difference to the one before.
/// assert_eq!(cursor.read(9, 1)?, [101.7, 101.6, 101.8]);
/// assert_eq!(cursor.tell(), 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Cursor<'a, T> {
    file: &'a Npyt<T>,
    position: Position,
}

impl<'a, T: NpyElement> Cursor<'a, T> {
    pub(super) fn new(file: &'a Npyt<T>) -> Self {
        Self { file, position: Position(file.rows().start) }
    }

    /// The number of the row that is read next.
    pub const fn tell(&self) -> usize {
        self.position.0
    }

    /// Moves, and returns the number of the row that is read next: never before the first row that is kept, nor beyond the
    /// one after the last there is.
    ///
    /// `SeekFrom::Start` counts from row 0, the first ever written; `Current` from here; `End` from behind the last row at
    /// this moment.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npyt, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # let mut writer = NpytMut::<f64>::create(&path)?;
    /// # writer.extend_from_slice(&[101.5, 101.7, 101.6])?;
    /// # // SAFETY: only npyt writes to this file.
    /// # let prices = unsafe { Npyt::<f64>::open(&path)? };
    /// use std::io::SeekFrom;
    ///
    /// let mut cursor = prices.cursor();
    /// assert_eq!(cursor.seek(SeekFrom::End(-1)), 2);
    /// assert_eq!(cursor.read(5, 0)?, [101.6]);
    /// assert_eq!(cursor.seek(SeekFrom::Current(-9)), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "whence")]
    pub fn seek(&mut self, to: SeekFrom) -> usize {
        self.position.seek(to, &self.file.rows())
    }

    /// Moves to the first row that is kept.
    pub fn rewind(&mut self) {
        self.position.0 = self.file.rows().start;
    }

    /// The next rows, up to `n` of them, and before them up to `prefetch` that lie behind already: as many as there are at
    /// this moment, without waiting. Moves behind them.
    ///
    /// # Errors
    ///
    /// [`Discarded`](ErrorKind::Discarded) where the next row has been taken away from the front; the cursor then stands at
    /// the first that is kept.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{ErrorKind, Npyt, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # let mut writer = NpytMut::<f64>::create(&path)?;
    /// # writer.extend_from_slice(&[101.5, 101.7, 101.6])?;
    /// # // SAFETY: only npyt writes to this file.
    /// # let prices = unsafe { Npyt::<f64>::open(&path)? };
    /// let mut cursor = prices.cursor();
    /// writer.discard_front(2)?;
    /// let error = cursor.read(1, 0).unwrap_err();
    /// assert!(matches!(error.kind(), ErrorKind::Discarded { position: 0, first: 2 }));
    /// assert_eq!(cursor.read(1, 0)?, [101.6]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "prefetch")]
    pub fn read(&mut self, n: usize, prefetch: usize) -> Result<&'a [T]> {
        let position = self.position.0;
        match self.position.take(n, prefetch, &self.file.try_rows()?) {
            Ok(rows) => Ok(self.file.range(rows)),
            Err(first) => {
                self.position.0 = first;
                Err(self.file.error(ErrorKind::Discarded { position, first }))
            }
        }
    }
}

/// As [`Cursor`], for an [`NpytCopy`]: from [`NpytCopy::cursor`].
///
/// # Example
///
/// ```
/// # use npyt::{NpytCopy, NpytMut};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices.npy");
/// # let mut writer = NpytMut::<f64>::create(&path)?;
/// writer.extend_from_slice(&[101.5, 101.7, 101.6, 101.8])?;
/// # let prices = NpytCopy::<f64>::open(&path)?;
/// let mut cursor = prices.cursor();
/// assert_eq!(cursor.read(2, 0)?, [101.5, 101.7]);
/// assert_eq!(cursor.read(9, 1)?, [101.7, 101.6, 101.8]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct CopyCursor<'a, T> {
    file: &'a NpytCopy<T>,
    position: Position,
}

impl<'a, T: NpyElement> CopyCursor<'a, T> {
    pub(super) fn new(file: &'a NpytCopy<T>) -> Self {
        Self { file, position: Position(file.rows().start) }
    }

    /// The number of the row that is read next.
    pub const fn tell(&self) -> usize {
        self.position.0
    }

    /// As [`Cursor::seek`].
    pub fn seek(&mut self, to: SeekFrom) -> usize {
        self.position.seek(to, &self.file.rows())
    }

    /// Moves to the first row that is kept.
    pub fn rewind(&mut self) {
        self.position.0 = self.file.rows().start;
    }

    /// As [`Cursor::read`], copies of the rows.
    ///
    /// # Errors
    ///
    /// As [`Cursor::read`] and [`NpytCopy::to_vec`]; in the latter case the cursor stands where it stood.
    pub fn read(&mut self, n: usize, prefetch: usize) -> Result<Vec<T>> {
        let before = self.position;
        match self.position.take(n, prefetch, &self.file.try_rows()?) {
            Ok(rows) => self.file.range(rows).inspect_err(|_| self.position = before),
            Err(first) => {
                self.position.0 = first;
                Err(self.file.error(ErrorKind::Discarded { position: before.0, first }))
            }
        }
    }
}

impl<T> fmt::Debug for Cursor<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cursor").field("position", &self.position.0).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for CopyCursor<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CopyCursor").field("position", &self.position.0).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_stay_among_the_rows_there_are() {
        let mut at = Position(5);
        let there = 3..10;
        for (to, row) in [
            (SeekFrom::Start(0), 3),
            (SeekFrom::Start(u64::MAX), 10),
            (SeekFrom::Current(-2), 8),
            (SeekFrom::Current(i64::MIN), 3),
            (SeekFrom::Current(i64::MAX), 10),
            (SeekFrom::End(0), 10),
            (SeekFrom::End(-7), 3),
            (SeekFrom::End(5), 10),
            (SeekFrom::Start(4), 4),
        ] {
            assert_eq!(at.seek(to, &there), row, "{to:?}");
        }
        assert_eq!(at.take(2, 0, &there), Ok(4..6));
        assert_eq!(at.take(2, 2, &there), Ok(4..8));
        assert_eq!(at.take(usize::MAX, usize::MAX, &there), Ok(3..10));
        assert_eq!(at.take(2, 1, &there), Ok(9..10));
        assert_eq!(at.take(2, 0, &(11..20)), Err(11));
        // Fewer rows than there were: a foreign program took them.
        assert_eq!(at.take(2, 0, &(0..4)), Ok(4..4));
    }
}
