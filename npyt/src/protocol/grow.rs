//! More capacity while readers look on: nothing moves, and every moment is sound.
//!
//! A step writes the new tail behind the old one and commits by storing one word of digits. What was read before stays
//! where it is. Rows may fall on the old tail only after the commit (I5): [`Abandoned`] knows where.

use std::ops::Range;
use std::sync::atomic::Ordering;

use super::{Counters, Medium};
use crate::error::ErrorKind;
use crate::geometry::Geometry;
use crate::header::DigitField;
use crate::tail::Tail;

/// A step to a larger capacity: digits that differ in one word, tails that don't overlap.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) from: Geometry,
    pub(crate) to: Geometry,
    /// With the counters as they are.
    pub(crate) tail: Tail,
    pub(crate) digits: DigitField,
    /// Set room aside on the disk for what is new; there is some for the rest.
    pub(crate) reserve: bool,
    /// The disk has the tail before it has the digits.
    pub(crate) durable: bool,
}

/// Takes the step. `Ok` has the words of the new tail, `None` where they are not whole ones. After an error the file is
/// what it was.
///
/// | killed after | the file |
/// | --- | --- |
/// | room was set aside | as it was; blocks beyond its end, which the next writer gives back |
/// | the tail was written | longer, and ends in a tail with the same counters (I2); the next writer cuts it |
/// | the digits were stored | of the new capacity |
pub(crate) fn grow<M: Medium>(medium: &mut M, step: &Step) -> Result<Option<Counters<M::Word>>, ErrorKind> {
    let layout = step.tail.layout();
    let (len, new_len) = (step.from.file_len(layout), step.to.file_len(layout));
    let change = changed_word(medium, step.digits, step.to.capacity());
    let (word, digits) = change.ok_or(ErrorKind::Shape { wanted: step.to.capacity() })?;
    let prepared = prepare(medium, step, new_len);
    if let Err(error) = prepared {
        // To the same length: blocks beyond it are given back too. If it fails the next writer does it.
        let _ = medium.set_len(len);
        return Err(error);
    }
    // Release: whoever sees the new digits sees the tail they lead to. One word: they are never seen half done.
    medium.store(word, digits, Ordering::Release);
    Ok(Counters::at(medium, step.to.rows_end(), layout))
}

/// Everything before the commit.
fn prepare<M: Medium>(medium: &mut M, step: &Step, new_len: u64) -> Result<(), ErrorKind> {
    if step.reserve {
        medium.reserve(step.from.file_len(step.tail.layout()), new_len)?;
    }
    medium.write(step.to.rows_end(), &step.tail.to_bytes())?;
    medium.cover(new_len)?;
    if step.durable {
        // A power loss must not leave digits that lead to no tail.
        medium.sync()?;
    }
    Ok(())
}

/// The one word that says another capacity, and what it has to hold; `None` where it would take more than one.
pub(super) fn changed_word<M: Medium>(medium: &M, digits: DigitField, capacity: u64) -> Option<(M::Word, u64)> {
    let (first, count) = digits.words();
    let words: Vec<M::Word> = (0..count).map(|i| medium.word((first + 8 * i) as u64)).collect::<Option<_>>()?;
    let now: Vec<u64> = words.iter().map(|&word| medium.load(word, Ordering::Relaxed)).collect();
    let new = digits.words_with(&now, capacity)?;
    let mut changes = words.into_iter().zip(now).zip(new).filter(|((_, old), new)| old != new);
    let ((word, _), new) = changes.next()?;
    changes.next().is_none().then_some((word, new))
}

/// Rows whose place a reader may still take for a tail, until it has looked at the digits again.
///
/// Such a reader loads words there, so a row may not be copied there by plain stores: it goes in by atomic stores after a
/// release fence, or through a system call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Abandoned {
    /// In order, apart, none of them behind the next row.
    rows: Vec<Range<u64>>,
}

impl Abandoned {
    /// The tail of `layout_len` bytes behind the rows of `geometry` was abandoned.
    pub(crate) fn add_tail(&mut self, geometry: Geometry, layout_len: u64) {
        let first = geometry.capacity();
        self.add(first..first + layout_len.div_ceil(geometry.row()));
    }

    /// Any of these rows may lie on one.
    pub(crate) fn add(&mut self, rows: Range<u64>) {
        // A later tail lies behind an earlier one.
        let rows = self.rows.last().map_or(rows.clone(), |last| rows.start.max(last.end)..rows.end);
        if !rows.is_empty() {
            self.rows.push(rows);
        }
    }

    /// No reader is there that could have seen one.
    pub(crate) fn clear(&mut self) {
        self.rows.clear();
    }

    /// Forgets what lies before row `next`, which is behind us.
    pub(crate) fn pass(&mut self, next: u64) {
        self.rows.retain(|rows| rows.end > next);
    }

    /// The first of these rows that is not before `next`.
    pub(crate) fn first_from(&self, next: u64) -> Option<u64> {
        self.rows.iter().find(|rows| rows.end > next).map(|rows| rows.start.max(next))
    }

    /// Whether one of those rows lies on one.
    pub(crate) fn meets(&self, rows: Range<u64>) -> bool {
        self.first_from(rows.start).is_some_and(|first| first < rows.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_on_abandoned_tails_are_known() {
        let mut abandoned = Abandoned::default();
        let geometry = |capacity| Geometry::new(128, 24, capacity).unwrap();
        abandoned.add_tail(geometry(10), 40);
        abandoned.add_tail(geometry(100), 40);
        assert_eq!(abandoned.first_from(0), Some(10));
        assert_eq!(abandoned.first_from(11), Some(11));
        assert_eq!(abandoned.first_from(12), Some(100));
        assert_eq!(abandoned.first_from(102), None);
        assert!(!abandoned.meets(0..10) && abandoned.meets(0..11) && !abandoned.meets(12..100));
        assert!(abandoned.meets(50..200) && !abandoned.meets(102..200) && !abandoned.meets(10..10));
        abandoned.pass(12);
        assert_eq!(abandoned.first_from(0), Some(100));
        abandoned.clear();
        assert_eq!(abandoned.first_from(0), None);
    }

    #[test]
    fn what_overlaps_is_kept_apart() {
        let mut abandoned = Abandoned::default();
        abandoned.add(3..50);
        abandoned.add(20..22);
        abandoned.add(40..60);
        assert_eq!((abandoned.first_from(0), abandoned.first_from(55)), (Some(3), Some(55)));
        assert_eq!(abandoned.rows, [3..50, 50..60]);
    }
}
