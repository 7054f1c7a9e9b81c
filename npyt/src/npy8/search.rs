//! Rows found by what is in them: the segment by its first row, then the row within it.

use std::ops::{Bound, Range, RangeBounds};

use super::{Chunks, Npy8};
use crate::element::NpyElement;
use crate::error::{Error, ErrorKind, Result};

impl<T: NpyElement> Npy8<T> {
    /// The number of the first row for which `pred` is false, as [`slice::partition_point`] finds it: it has to be true for
    /// all rows up to some point and false from there on. The row after the last where it is true for all.
    ///
    /// It opens about as many files as the number of segments has binary digits, and looks at as many rows of one.
    ///
    /// # Errors
    ///
    /// As [`rows`](Self::rows); a file that is damaged, with its path. [`Busy`](ErrorKind::Busy) where segments go faster than
    /// they can be looked at.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npy8, Npy8Mut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("times");
    /// let mut times = Npy8Mut::<i64>::options().rows_per_segment(2).open(&path)?;
    /// times.extend_from_slice(&[930, 931, 931, 933, 935])?;
    /// let times = Npy8::<i64>::open_copy(&path)?;
    /// assert_eq!(times.partition_point(|&time| time < 931)?, 1);
    /// assert_eq!(times.partition_point(|&time| time < 999)?, 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "searchsorted")]
    #[doc(alias = "binary_search")]
    pub fn partition_point(&self, mut pred: impl FnMut(&T) -> bool) -> Result<u64> {
        for _ in 0..TRIES {
            match self.find_point(&mut pred) {
                // Removed, or joined, while it was looked at: once more, from what is there now.
                Err(error) if matches!(error.kind(), ErrorKind::Discarded { .. }) => {}
                other => return other,
            }
        }
        Err(self.directory.error(ErrorKind::Busy))
    }

    fn find_point(&self, pred: &mut impl FnMut(&T) -> bool) -> Result<u64> {
        let rows = self.rows()?;
        // It is true before `low`, and false from `high` on.
        let (mut low, mut high) = (rows.start, rows.end);
        // Rows that segments begin with, as long as there are some: they are asked for anew each time, as segments come and go.
        while let Some(begin) = self.directory.middle(low..high) {
            if self.holds(begin, pred)? { low = begin + 1 } else { high = begin }
        }
        while low < high {
            let middle = low + (high - low) / 2;
            // Where rows are missing, as their file was moved away, the next one speaks for them.
            let (there, holds) = match self.holds(middle, pred) {
                Err(error) => match self.behind_gap(middle, &error)? {
                    Some(first) if first < high => (first, self.holds(first, pred)?),
                    Some(_) => (middle, false),
                    None => return Err(error),
                },
                holds => (middle, holds?),
            };
            if holds { low = there + 1 } else { high = middle }
        }
        Ok(low)
    }

    fn holds(&self, row: u64, pred: &mut impl FnMut(&T) -> bool) -> Result<bool> {
        Ok(self.row(row)?.is_some_and(|row| pred(&row)))
    }

    /// The first row behind those that are missing between two files; `None` where that is not what the error says.
    fn behind_gap(&self, row: u64, error: &Error) -> Result<Option<u64>> {
        let Some(first) = error.first_kept().filter(|first| *first > row) else { return Ok(None) };
        Ok((self.rows()?.start <= row).then_some(first))
    }

    /// The rows whose key lies in a range, where rows rise by that key: such as those from 09:30 to 09:35.
    ///
    /// They are looked for among the rows that are kept: where older ones are gone that had such keys, it begins with the first
    /// that is kept, and [`Chunks::rows`] begins where [`rows`](Self::rows) does.
    ///
    /// # Errors
    ///
    /// As [`partition_point`](Self::partition_point).
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npy8, Npy8Mut, NpyRecord};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("ticks");
    /// #[derive(NpyRecord, Clone, Copy)]
    /// #[repr(C)]
    /// struct Tick {
    ///     ts: i64,
    ///     px: f64,
    /// }
    ///
    /// let mut ticks = Npy8Mut::<Tick>::options().rows_per_segment(2).open(&path)?;
    /// for (ts, px) in [(929, 1.0), (930, 2.0), (932, 3.0), (935, 4.0)] {
    ///     ticks.push(Tick { ts, px })?;
    /// }
    /// let ticks = Npy8::<Tick>::open_copy(&path)?;
    /// let mut sum = 0.0;
    /// for chunk in ticks.range_by_key(930..935, |tick| tick.ts)? {
    ///     sum += chunk?.iter().map(|tick| tick.px).sum::<f64>();
    /// }
    /// assert_eq!(sum, 5.0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn range_by_key<K: PartialOrd>(
        &self,
        keys: impl RangeBounds<K>,
        mut key: impl FnMut(&T) -> K,
    ) -> Result<Chunks<T>> {
        let start = match keys.start_bound() {
            Bound::Included(first) => self.partition_point(|row| key(row) < *first)?,
            Bound::Excluded(before) => self.partition_point(|row| key(row) <= *before)?,
            Bound::Unbounded => self.rows()?.start,
        };
        let end = match keys.end_bound() {
            Bound::Included(last) => self.partition_point(|row| key(row) <= *last)?,
            Bound::Excluded(after) => self.partition_point(|row| key(row) < *after)?,
            Bound::Unbounded => self.rows()?.end,
        };
        let rows: Range<u64> = start..end;
        Ok(self.chunks(rows))
    }
}

/// How often to begin again.
const TRIES: u32 = 100;
