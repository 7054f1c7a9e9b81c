//! Less capacity while readers look on: nothing is cut, no row is touched, and what was seen never comes back.
//!
//! The new tail stands where rows would have come, before the one at the end of the file, which stays. A reader that still
//! watches a tail from before reads something there, finds that the digits are others, and forgets it. For that the digits
//! must never again be those that it knows. Growth alone never repeats a number; a fall may lead to the number that a file
//! had before it grew, and by then the place may hold anything. So each is [counted](set_falls) beside the number first; the
//! count never goes down, and nothing grows, before a moment without readers.

use std::sync::atomic::Ordering;

use super::grow::changed_word;
use super::{Counters, Medium};
use crate::error::ErrorKind;
use crate::geometry::Geometry;
use crate::header::DigitField;
use crate::tail::Tail;

/// A step that [`down`](super::down) found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fall {
    pub(crate) to: Geometry,
    /// With the counters as they are.
    pub(crate) tail: Tail,
    pub(crate) digits: DigitField,
    /// The length of the file.
    pub(crate) len: u64,
    /// The disk has the tail before it has the digits.
    pub(crate) durable: bool,
}

/// How often the capacity has fallen since there was nobody who knew a larger one.
pub(crate) fn falls<M: Medium>(medium: &M, digits: DigitField) -> usize {
    words(medium, digits).map_or(0, |words| digits.falls(&words))
}

/// Forgets the falls. While nobody reads: of those who come nobody knows digits from before.
pub(crate) fn forget_falls<M: Medium>(medium: &M, digits: DigitField) -> Result<(), ErrorKind> {
    set_falls(medium, digits, 0)
}

/// Stores the digits with another number of falls, beside the same number of rows: readers look again, and find the same.
///
/// Release: whoever sees these digits goes to the tail that the number leads to, as by those before.
fn set_falls<M: Medium>(medium: &M, digits: DigitField, falls: usize) -> Result<(), ErrorKind> {
    let (first, _) = digits.words();
    let now = words(medium, digits).ok_or(ErrorKind::Unmapped)?;
    let new = digits.words_with_falls(&now, falls).ok_or(ErrorKind::Unmapped)?;
    for (i, (&new, _)) in new.iter().zip(&now).enumerate().filter(|(_, (new, old))| new != old) {
        let word = medium.word((first + 8 * i) as u64).ok_or(ErrorKind::Unmapped)?;
        medium.store(word, new, Ordering::Release);
    }
    Ok(())
}

/// The digits as the writer left them.
fn words<M: Medium>(medium: &M, digits: DigitField) -> Option<Vec<u64>> {
    let (first, count) = digits.words();
    let load = |i: usize| Some(medium.load(medium.word((first + 8 * i) as u64)?, Ordering::Relaxed));
    (0..count).map(load).collect()
}

/// Takes the step. `Ok` has the words of the new tail, `None` where they are not whole ones. After an error the digits are what
/// they were.
///
/// Killed before the last store: the old number with its tail (I1), and bytes where no row is, or a longer file that ends in a
/// tail with the same counters (I2). After it: the new one with its own; the end of the file stays.
pub(crate) fn fall<M: Medium>(medium: &mut M, step: &Fall) -> Result<Option<Counters<M::Word>>, ErrorKind> {
    let layout = step.tail.layout();
    let no_way = ErrorKind::Shape { wanted: step.to.capacity() };
    if changed_word(medium, step.digits, step.to.capacity()).is_none() {
        return Err(no_way);
    }
    let new_len = step.to.file_len(layout);
    let prepared = prepare(medium, step, new_len);
    if let Err(error) = prepared {
        if new_len > step.len {
            // To what it was, not to what its digits say: a reader may watch the tail of a larger number.
            let _ = medium.set_len(step.len);
        }
        return Err(error);
    }
    set_falls(medium, step.digits, falls(medium, step.digits) + 1)?;
    let (word, digits) = changed_word(medium, step.digits, step.to.capacity()).ok_or(no_way)?;
    // Release: whoever sees the new digits sees the tail they lead to, and whoever sees the new number the fall.
    medium.store(word, digits, Ordering::Release);
    Ok(Counters::at(medium, step.to.rows_end(), layout))
}

/// Everything before the commit.
fn prepare<M: Medium>(medium: &mut M, step: &Fall, new_len: u64) -> Result<(), ErrorKind> {
    medium.write(step.to.rows_end(), &step.tail.to_bytes())?;
    medium.cover(new_len)?;
    if step.durable {
        medium.sync()?;
    }
    Ok(())
}
