//! From one capacity to another in sound steps.
//!
//! A step goes from C to C' by writing the new tail at T(C'), then storing the digits in **one** aligned word. Before the
//! store the file is as it was, after it it is as it shall be; there is nothing between. So a step is sound only if the
//! digits differ in one word, and if the two tails don't overlap. [`plan`] finds steps to an exact capacity, for a file that
//! nobody reads, by any detour; [`up`] finds steps that only grow, to at least a capacity; [`down`] finds steps to an exact
//! capacity under readers, where the file is never cut.

use std::collections::VecDeque;
use std::iter::successors;

use crate::geometry::Geometry;
use crate::header::{DigitField, MOST_FALLS};

/// The capacities to go through to at least `least` rows, each larger than the one before, the tail of the last on whole
/// words. `None` where there is no such way: the number is too large, or the tail can't get onto whole words because it
/// would take another last digit, in a header of Python's layout whose last word is full of nines.
///
/// In our own layout that is one step below 10^8 rows, and from there on; one that crosses it may take two.
pub(crate) fn up(from: Geometry, least: u64, tail_len: u64, digits: DigitField, now: &[u64]) -> Option<Vec<Geometry>> {
    let mut steps: Vec<Geometry> = Vec::new();
    let mut at = from;
    // Each step that is not the last fills a word with digits, or gets the tail onto whole words.
    while steps.len() <= digits.words().1 + 1 {
        let parts = parts(digits);
        let last = parts.iter().filter_map(|part| step_up(at, least, part, true, tail_len, digits, now));
        if let Some(last) = last.min_by_key(|to| to.capacity()) {
            steps.push(last);
            return Some(steps);
        }
        // A word with leading spaces can't stay as it is while the one before it gets digits: fill it first.
        let fill = |aligned| {
            parts.iter().find_map(|part| {
                let full = part.full_from()?;
                let wanted = full < least && at.capacity() < full;
                wanted.then(|| step_up(at, full, part, aligned, tail_len, digits, now))?
            })
        };
        // The digits before the last word change nothing about where in a word the tail lies.
        let align = || {
            let wanted = !at.rows_end().is_multiple_of(8);
            let ways = parts.iter().filter_map(|part| step_up(at, 0, part, true, tail_len, digits, now));
            wanted.then(|| ways.min_by_key(|to| to.capacity()))?
        };
        at = fill(true).or_else(align).or_else(|| fill(false))?;
        steps.push(at);
    }
    None
}

/// The digits of the number that stand in one word.
#[derive(Clone, Copy, Debug)]
struct Part {
    /// The number's value grows by this when the last of them does.
    unit: u64,
    /// So many values they have; `None` where that is more than there are capacities.
    radix: Option<u64>,
}

impl Part {
    /// The smallest number whose digits fill this word and all behind it.
    fn full_from(self) -> Option<u64> {
        self.unit.checked_mul(self.radix? / 10)
    }
}

/// The parts of a number, the last digits first: the borders of words cut it.
fn parts(digits: DigitField) -> Vec<Part> {
    let (start, end) = digits.range();
    let power = |at: usize| u32::try_from(end - at).ok().and_then(|digits| 10_u64.checked_pow(digits));
    let mut units = vec![1];
    units.extend((start + 1..end).rev().filter(|at| at % 8 == 0).map_while(power));
    let next = units.iter().skip(1).map(Some).chain([None]);
    units.iter().zip(next).map(|(&unit, next)| Part { unit, radix: next.map(|next| next / unit) }).collect()
}

/// The smallest capacity of at least `least` that is one step away and differs in that part.
fn step_up(
    at: Geometry,
    least: u64,
    part: &Part,
    aligned: bool,
    tail_len: u64,
    digits: DigitField,
    now: &[u64],
) -> Option<Geometry> {
    let (unit, radix) = (part.unit, part.radix.unwrap_or(u64::MAX));
    let value = at.capacity() / unit % radix;
    let rest = at.capacity() - value * unit;
    // More than the length of the file: if power is lost the disk may have the digits and not the length, and a file that
    // ends where its rows end is an ordinary one.
    let clear = at.capacity().checked_add((tail_len + 1).div_ceil(at.row()))?;
    let first = least.max(clear).saturating_sub(rest).div_ceil(unit);
    let find = |tries: u64, whole: bool| {
        (first..first.checked_add(tries)?).take_while(|&value| value < radix).find_map(|value| {
            let to = at.with_capacity(value.checked_mul(unit)?.checked_add(rest)?).ok()?;
            let fits = (!aligned || to.rows_end().is_multiple_of(8)) && !(whole && to.parts_tail(tail_len));
            (fits && differ_in_one_word(digits, now, at, to)).then_some(to)
        })
    };
    // Eight numbers in a row leave each remainder by eight that there is. So many more rows as a tail has bytes, and eight,
    // also lead to the next page.
    find(((tail_len + 8) / unit).max(1), true).or_else(|| find(8, false))
}

fn differ_in_one_word(digits: DigitField, now: &[u64], a: Geometry, b: Geometry) -> bool {
    let words = |place: Geometry| digits.words_with(now, place.capacity());
    let (Some(a), Some(b)) = (words(a), words(b)) else { return false };
    a.iter().zip(&b).filter(|(a, b)| a != b).count() == 1
}

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

/// The capacities to go through to a smaller one while readers look on; empty where nothing is to be done.
///
/// As by [`plan`], but the last `tail_len` bytes of the file are left as they are, since the file is not cut: a step leads to a
/// tail before those, or behind them. `len` is the length of the file. Beside each number there is room for all
/// [falls](DigitField::falls), and there are no more steps than falls left.
///
/// `None` where there is no way, as for [`plan`], and more often: all that is between the smaller number and the last tail
/// is the room to go through. In our own layout that takes a few rows of a few bytes beside a multiple of 10^8.
pub(crate) fn down(
    from: Geometry,
    to: u64,
    len: u64,
    tail_len: u64,
    digits: DigitField,
    now: &[u64],
) -> Option<Vec<Geometry>> {
    if from.capacity() == to {
        return Some(Vec::new());
    }
    let mut places = candidates(from, to, tail_len, digits);
    places.sort_unstable_by_key(|place| place.capacity());
    places.dedup();
    let places: Vec<(Geometry, Vec<u64>)> = places
        .into_iter()
        .filter_map(|place| Some((place, digits.words_with(now, place.capacity())?)))
        .filter(|(_, words)| digits.words_with_falls(words, MOST_FALLS).is_some())
        .collect();
    let find = |capacity| places.iter().position(|(place, _)| place.capacity() == capacity);
    let (start, goal) = (find(from.capacity())?, find(to)?);
    let search = |aligned: bool| {
        let mut came_from = vec![None; places.len()];
        // With where the last tail of the file starts by then.
        let mut reached = VecDeque::from([(start, len - tail_len)]);
        while let Some((at, last)) = reached.pop_front() {
            if at == goal {
                let before = |&at: &usize| came_from[at];
                let mut way: Vec<usize> = successors(Some(goal), before).take_while(|&at| at != start).collect();
                way.reverse();
                return Some(way.into_iter().map(|at| places[at].0).collect());
            }
            let (place, words) = &places[at];
            for (next, (to, new)) in places.iter().enumerate() {
                let end = to.rows_end();
                let is_clear = place.rows_end().abs_diff(end) >= tail_len && last.abs_diff(end) >= tail_len;
                let is_good_stop = !aligned || next == goal || end.is_multiple_of(8);
                let is_new = next != start && came_from[next].is_none();
                if is_new && is_clear && is_good_stop && words.iter().zip(new).filter(|(a, b)| a != b).count() == 1 {
                    came_from[next] = Some(at);
                    reached.push_back((next, last.max(end)));
                }
            }
        }
        None
    };
    let left = MOST_FALLS - digits.falls(now);
    search(true).or_else(|| search(false)).filter(|way: &Vec<Geometry>| way.len() <= left)
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

    /// Walks up, if there is a way, and checks each step.
    fn climb(row: u64, start: usize, from: u64, least: u64) -> Option<Vec<Geometry>> {
        let (digits, now) = digits_at(start);
        let from = Geometry::new(192, row, from).unwrap();
        let steps = up(from, least, 40, digits, &now)?;
        let mut at = from;
        for &step in &steps {
            assert!(differ_in_one_word(digits, &now, at, step), "{at:?} {step:?}");
            assert!(step.rows_end() > at.rows_end() + 40, "{at:?} {step:?}");
            at = step;
        }
        assert!(at.capacity() >= least && at.rows_end().is_multiple_of(8), "{at:?}");
        Some(steps)
    }

    /// Walks down under readers, if there is a way, and checks each step.
    fn descend(row: u64, start: usize, from: u64, to: u64, longer: u64) -> Option<usize> {
        let (digits, now) = digits_at(start);
        let now = digits.words_with_falls(&digits.words_with(&now, from)?, 2)?;
        let from = Geometry::new(192, row, from).unwrap();
        let len = from.rows_end() + 40 + if longer > 40 { longer } else { 0 };
        let steps = down(from, to, len, 40, digits, &now)?;
        let (mut words, mut at, mut last, mut seen) = (now, from, len - 40, vec![from]);
        for &step in &steps {
            let new = digits.words_with(&words, step.capacity()).unwrap();
            assert_eq!(words.iter().zip(&new).filter(|(x, y)| x != y).count(), 1);
            assert_eq!((digits.falls(&new), digits.parse_words(&new)), (2, Some(step.capacity())));
            assert!(digits.words_with_falls(&new, MOST_FALLS).is_some());
            let end = step.rows_end();
            assert!(at.rows_end().abs_diff(end) >= 40 && (end + 40 <= last || end >= last + 40), "{at:?} {step:?}");
            assert!(step.capacity() >= to && !seen.contains(&step));
            seen.push(step);
            (words, at, last) = (new, step, last.max(end));
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
        fn in_our_layout_there_is_a_way_down_under_readers_away_from_the_borders_of_words(
            row in 1_u64..200,
            (from, to) in (0_u32..43, 0_u32..43).prop_flat_map(|(a, b)| (0..1_u64 << a, 0..1_u64 << b)),
        ) {
            let (from, to) = (from.max(to), from.min(to));
            let beside = |n: u64| n % 100_000_000 > 99_999_800 || n >= 100_000_000 && n % 100_000_000 < 200;
            let way = descend(row, OURS, from, to, 0);
            prop_assert!(way.is_some() || beside(from) || beside(to), "{from} to {to}");
            prop_assert!(way.is_none_or(|steps| steps <= 5));
            if from < 99_999_800 {
                prop_assert!(way.is_some_and(|steps| steps <= if (from - to) * row < 40 { 2 } else { 1 }), "{way:?}");
            }
        }

        #[test]
        fn a_way_down_that_is_found_is_sound(
            row in 1_u64..50, start in 40_usize..72, from in 0_u64..3_000, less in 0_u64..3_000, longer in 0_u64..500,
        ) {
            descend(row, start, from, from.saturating_sub(less), longer);
        }

        #[test]
        fn growth_in_our_layout_is_one_step_or_two_and_never_far_beyond_what_was_asked(
            row in 1_u64..200,
            (from, more) in (0_u32..40, 0_u32..40).prop_flat_map(|(a, b)| (0..1_u64 << a, 1..=1_u64 << b)),
        ) {
            let steps = climb(row, OURS, from, from + more).unwrap();
            prop_assert!(steps.len() <= 2, "{steps:?}");
            let last = *steps.last().unwrap();
            prop_assert!(!last.parts_tail(40) || last.capacity() >= 100_000_000, "{last:?}");
            let reached = last.capacity();
            // Below 10^8 the tails' lengths and their places are all that is added.
            let added = if from + more + 96 < 100_000_000 { 96 } else { 800_000_000 };
            let most = from + more + added;
            prop_assert!(reached <= most.max(from + 96), "{reached} for {}", from + more);
        }

        #[test]
        fn growth_finds_its_way_wherever_the_digits_lie(
            row in (1_u64..50).prop_map(|n| 8 * n),
            start in 40_usize..72,
            (from, more) in (0_u32..36, 0_u32..36).prop_flat_map(|(a, b)| (0..1_u64 << a, 1..=1_u64 << b)),
        ) {
            prop_assert!(climb(row, start, from, from + more).is_some());
        }

        #[test]
        fn growth_that_is_found_is_sound_for_every_row(
            row in 1_u64..50, start in 40_usize..72, from in 0_u64..2_000, more in 1_u64..3_000,
        ) {
            climb(row, start, from, from + more);
        }

        #[test]
        fn a_way_that_is_found_is_sound(row in 1_u64..9, start in 40_usize..72, from in 0_u64..100_000, to in 0_u64..100_000) {
            walk(row, start, from, to, 40);
        }
    }
}
