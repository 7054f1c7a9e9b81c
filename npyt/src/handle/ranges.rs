//! Row numbers a caller asks for, against the rows there are.

use std::ops::{Bound, Range, RangeBounds};

/// Row numbers of a mapped file, which fits the address space and so a `usize`.
pub(super) fn in_memory((start, end): (u64, u64)) -> Range<usize> {
    let row = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    row(start)..row(end)
}

/// The part of `there` that `wanted` names: empty where they don't meet.
pub(crate) fn meet(wanted: impl RangeBounds<usize>, there: Range<usize>) -> Range<usize> {
    let start = match wanted.start_bound() {
        Bound::Included(&row) => row,
        Bound::Excluded(&row) => row.saturating_add(1),
        Bound::Unbounded => there.start,
    };
    let end = match wanted.end_bound() {
        Bound::Included(&row) => row.saturating_add(1),
        Bound::Excluded(&row) => row,
        Bound::Unbounded => there.end,
    };
    let start = start.clamp(there.start, there.end);
    start..end.clamp(start, there.end)
}

/// The first `n` of them.
pub(crate) fn first(n: usize, there: Range<usize>) -> Range<usize> {
    there.start..there.start.saturating_add(n).min(there.end)
}

/// The last `n` of them.
pub(crate) fn last(n: usize, there: Range<usize>) -> Range<usize> {
    there.end.saturating_sub(n).max(there.start)..there.end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_cut_to_the_rows_there_are() {
        assert_eq!(meet(.., 3..7), 3..7);
        assert_eq!(meet(0..5, 3..7), 3..5);
        assert_eq!(meet(5..=usize::MAX, 3..7), 5..7);
        assert_eq!(meet((Bound::Excluded(usize::MAX), Bound::Unbounded), 3..7), 7..7);
        assert_eq!(meet(9..20, 3..7), 7..7);
        #[allow(clippy::reversed_empty_ranges, reason = "what a caller may pass")]
        {
            assert_eq!(meet(6..4, 3..7), 6..6);
        }
        assert_eq!(
            (first(2, 3..7), first(9, 3..7), last(2, 3..7), last(9, 3..7), last(0, 3..7)),
            (3..5, 3..7, 5..7, 3..7, 7..7)
        );
    }
}
