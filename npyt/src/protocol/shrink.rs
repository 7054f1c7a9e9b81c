//! Another capacity, with no reader attached, in steps that [`plan`](super::plan) found: each leaves a sound file wherever
//! it is cut.

use std::sync::atomic::Ordering;

use super::Medium;
use super::grow::changed_word;
use crate::error::ErrorKind;
use crate::geometry::Geometry;
use crate::header::DigitField;
use crate::tail::{Tail, TailLayout};

/// One planned step. `tail` is what the file is to say, with the counters as they are.
///
/// Killed before the store: the old digits with their tail (I1), and perhaps a longer file. After it: the new ones, and a
/// longer file until it is cut. The file ends in a tail with these counters all the while (I2): that is why it is cut
/// after each step, as the tail of the next may lie across the one that this step leaves at the end.
pub(crate) fn resize<M: Medium>(medium: &M, to: Geometry, tail: Tail, digits: DigitField) -> Result<(), ErrorKind> {
    let change = changed_word(medium, digits, to.capacity());
    let (word, digits) = change.ok_or(ErrorKind::Shape { wanted: to.capacity() })?;
    medium.write(to.rows_end(), &tail.to_bytes())?;
    // On the disk before the digits are: a power loss must not leave digits that lead to no tail.
    medium.sync()?;
    // Release: whoever sees the new digits sees the tail they lead to.
    medium.store(word, digits, Ordering::Release);
    Ok(())
}

/// What follows the store of a step, or what a killed writer left of one: the file is cut behind its tail.
pub(crate) fn settle(medium: &impl Medium, at: Geometry, layout: TailLayout) -> Result<(), ErrorKind> {
    // The digits are on the disk before the length is: a power loss must not leave a file shorter than its shape.
    medium.sync()?;
    medium.set_len(at.file_len(layout))
}
