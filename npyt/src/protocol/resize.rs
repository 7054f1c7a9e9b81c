//! Another capacity, with no reader attached: in steps that leave a sound file wherever they are cut.
//!
//! A step goes from C to C' by writing the new tail at T(C'), then storing the digits in **one** aligned word. Before the
//! store the file is as it was, after it it is as it shall be; there is nothing between. So a step is sound only if the
//! digits differ in one word, and if the two tails don't overlap. [`plan`] finds such steps.

use std::collections::VecDeque;
use std::iter::successors;
use std::sync::atomic::Ordering;

use super::Medium;
use crate::error::ErrorKind;
use crate::geometry::Geometry;
use crate::header::DigitField;
use crate::tail::{Tail, TailLayout};

/// The capacities to go through from one to another, the last of them `to`; empty where nothing is to be done.
///
/// `None` where there is no way: the number would have to change by a few rows of so few bytes that either tail lies on the
/// other, in a word that holds one digit. That takes rows of under five bytes in a header of another layout than ours.
pub(crate) fn plan(from: Geometry, to: u64, tail_len: u64, digits: DigitField, now: &[u64]) -> Option<Vec<Geometry>> {
    let mut places = candidates(from, to, tail_len, digits);
    places.sort_unstable_by_key(|place| place.capacity());
    places.dedup();
    let places: Vec<(Geometry, Vec<u64>)> =
        places.into_iter().filter_map(|place| Some((place, digits.words_with(now, place.capacity())?))).collect();
    let is_step = |(a, x): &(Geometry, Vec<u64>), (b, y): &(Geometry, Vec<u64>)| {
        x.iter().zip(y).filter(|(x, y)| x != y).count() == 1 && a.rows_end().abs_diff(b.rows_end()) >= tail_len
    };
    let find = |capacity| places.iter().position(|(place, _)| place.capacity() == capacity);
    let (start, goal) = (find(from.capacity())?, find(to)?);
    // A file whose tail is not on whole words can't be appended to, so a stop there would be the end of it if we died.
    let is_good_stop = |at: usize| at == goal || places[at].0.rows_end().is_multiple_of(8);
    let step = |a: usize, b: usize| is_step(&places[a], &places[b]);
    let way = shortest(start, goal, places.len(), |a, b| is_good_stop(b) && step(a, b))
        .or_else(|| shortest(start, goal, places.len(), step))?;
    Some(way.into_iter().map(|at| places[at].0).collect())
}

/// The fewest steps from one place to another, the first of several as short: breadth first.
fn shortest(start: usize, goal: usize, places: usize, is_step: impl Fn(usize, usize) -> bool) -> Option<Vec<usize>> {
    let mut came_from = vec![None; places];
    let mut reached = VecDeque::from([start]);
    while let Some(at) = reached.pop_front() {
        if at == goal {
            let mut way: Vec<usize> =
                successors(Some(goal), |&at| came_from[at]).take_while(|&at| at != start).collect();
            way.reverse();
            return Some(way);
        }
        for next in (0..places).filter(|&next| next != start) {
            if came_from[next].is_none() && is_step(at, next) {
                came_from[next] = Some(at);
                reached.push_back(next);
            }
        }
    }
    None
}

/// Capacities worth going through. The borders of words cut the number into parts; each part is taken from either end, or
/// so far beside it that the tails don't meet, or as small or large as it gets.
///
/// None is below the smaller of the two ends: rows may lie up to there.
fn candidates(from: Geometry, to: u64, tail_len: u64, digits: DigitField) -> Vec<Geometry> {
    let gap = tail_len.div_ceil(from.row());
    let (start, end) = digits.range();
    let borders = (start + 1..end).rev().filter(|at| at % 8 == 0);
    let mut scales = vec![1];
    scales.extend(borders.map_while(|at| u32::try_from(end - at).ok().and_then(|digits| 10_u64.checked_pow(digits))));
    let mut numbers: Vec<u64> = vec![0];
    for (i, &scale) in scales.iter().enumerate() {
        // The last part has no upper border.
        let radix = scales.get(i + 1).map_or(u64::MAX, |next| next / scale);
        let rows = gap.div_ceil(scale);
        let mut parts = vec![0, 1, radix - 1];
        for end in [from.capacity(), to] {
            let part = end / scale % radix;
            parts.extend([0, 1, 2, 3].map(|k| part.saturating_add(k * rows)));
            parts.extend([1, 2, 3].map(|k| part.saturating_sub(k * rows)));
        }
        parts.retain(|&part| part < radix);
        parts.sort_unstable();
        parts.dedup();
        numbers = numbers
            .iter()
            .flat_map(|low| parts.iter().filter_map(|part| part.checked_mul(scale)?.checked_add(*low)))
            .collect();
    }
    let least = from.capacity().min(to);
    // Nowhere near the end of what a file can be: a detour is a few rows, or one in the next part.
    let most = from.capacity().max(to).saturating_mul(16).max(1_000_000_000_000);
    let within = numbers.into_iter().filter(|n| (least..=most).contains(n));
    within.filter_map(|n| from.with_capacity(n).ok()).collect()
}

/// One planned step. `tail` is what the file is to say, with the counters as they are.
///
/// Killed before the store: the old digits with their tail (I1), and perhaps a longer file. After it: the new ones, and a
/// longer file until it is cut. The file ends in a tail with these counters all the while (I2): that is why it is cut
/// after each step, as the tail of the next may lie across the one that this step leaves at the end.
pub(crate) fn resize<M: Medium>(medium: &M, to: Geometry, tail: Tail, digits: DigitField) -> Result<(), ErrorKind> {
    let wrong = || ErrorKind::Shape { wanted: to.capacity() };
    let (first, count) = digits.words();
    let words: Vec<M::Word> =
        (0..count).map(|i| medium.word((first + 8 * i) as u64)).collect::<Option<_>>().ok_or_else(wrong)?;
    let now: Vec<u64> = words.iter().map(|&word| medium.load(word, Ordering::Relaxed)).collect();
    let new = digits.words_with(&now, to.capacity()).ok_or_else(wrong)?;
    medium.write(to.rows_end(), &tail.to_bytes())?;
    // On the disk before the digits are: a power loss must not leave digits that lead to no tail.
    medium.sync()?;
    for ((word, old), new) in words.into_iter().zip(now).zip(new) {
        if old != new {
            // Release: whoever sees the new digits sees the tail they lead to.
            medium.store(word, new, Ordering::Release);
        }
    }
    Ok(())
}

/// What follows the store of a step, or what a killed writer left of one: the file is cut behind its tail.
pub(crate) fn settle(medium: &impl Medium, at: Geometry, layout: TailLayout) -> Result<(), ErrorKind> {
    // The digits are on the disk before the length is: a power loss must not leave a file shorter than its shape.
    medium.sync()?;
    medium.set_len(at.file_len(layout))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn digits_at(start: usize) -> (DigitField, Vec<u64>) {
        let digits = DigitField::new(start, start + 21);
        (digits, vec![0x2020_2020_2020_2020; digits.words().1])
    }

    /// Walks the plan, if there is one, and checks each step.
    fn walk(row: u64, start: usize, from: u64, to: u64, tail_len: u64) -> Option<usize> {
        let (digits, now) = digits_at(start);
        let from = Geometry::new(192, row, from).unwrap();
        let steps = plan(from, to, tail_len, digits, &now)?;
        let mut at = from;
        for &step in &steps {
            let (x, y) =
                (digits.words_with(&now, at.capacity()).unwrap(), digits.words_with(&now, step.capacity()).unwrap());
            assert_eq!(x.iter().zip(&y).filter(|(x, y)| x != y).count(), 1);
            assert!(at.rows_end().abs_diff(step.rows_end()) >= tail_len);
            assert!(step.capacity() >= from.capacity().min(to));
            at = step;
        }
        assert_eq!(at.capacity(), to);
        Some(steps.len())
    }

    /// Where the digits of our own layout end on a word.
    const OURS: usize = 67;

    proptest! {
        #[test]
        fn in_our_layout_there_is_a_way_between_any_two_capacities(
            row in 1_u64..200,
            (from, to) in (0_u32..45, 0_u32..45).prop_flat_map(|(a, b)| (0..1_u64 << a, 0..1_u64 << b)),
            five: bool,
        ) {
            let steps = walk(row, OURS, from, to, if five { 40 } else { 32 });
            prop_assert!(steps.is_some_and(|steps| steps <= 5), "{steps:?}");
        }

        #[test]
        fn a_few_rows_less_are_a_detour(row in 1_u64..200, from in 0_u64..1_000_000_000, less in 0_u64..50) {
            prop_assert!(walk(row, OURS, from, from.saturating_sub(less), 40).is_some());
        }

        #[test]
        fn where_the_digits_lie_across_words_there_is_a_way_for_rows_that_reach_past_a_tail(
            row in 8_u64..200,
            start in 40_usize..72,
            (from, to) in (0_u32..45, 0_u32..45).prop_flat_map(|(a, b)| (0..1_u64 << a, 0..1_u64 << b)),
        ) {
            prop_assert!(walk(row, start, from, to, 40).is_some());
        }

        #[test]
        fn a_way_that_is_found_is_sound(row in 1_u64..9, start in 40_usize..72, from in 0_u64..100_000, to in 0_u64..100_000) {
            walk(row, start, from, to, 40);
        }
    }
}
