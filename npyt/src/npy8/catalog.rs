//! Which segments there are, and which rows are in them: made of names, an index that may be short, old or gone, and what the
//! files say themselves, of which no more are opened than have to be.

use std::ops::Range;

use crate::error::Error;
use crate::file::{Facts, MOST_BASE};

/// A segment, and the number of its first row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: u64,
    pub(super) base: u64,
}

/// Segments, rising by name and by base.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Catalog {
    entries: Vec<Entry>,
}

/// What an index says: all its entries in order, and how many at its front are no longer kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Indexed {
    pub(super) entries: Vec<Entry>,
    pub(super) dropped: usize,
    /// What is newer than the last entry has no lower numbers than this, also where no entry's file is there any more.
    pub(super) end: u64,
}

impl Indexed {
    /// Whether it can be what a writer wrote: all rises, and retention never takes all there is.
    pub(super) fn is_sound(&self) -> bool {
        self.entries.is_sorted_by(|a, b| a.name < b.name && a.base <= b.base)
            && self.entries.last().is_none_or(|last| last.base <= MOST_BASE)
            && (self.dropped < self.entries.len() || self.dropped == 0)
    }
}

impl Catalog {
    /// Joins the names that are there with what is known of them. `facts` looks into a file, and is asked only about those
    /// the index doesn't know, and the ones before them.
    ///
    /// An error of the newest segment is no error of the directory: a foreign program may be in the middle of making it. Then
    /// it is left out, and returned beside what there is.
    pub(super) fn join(
        names: &[u64],
        indexed: &Indexed,
        mut facts: impl FnMut(u64) -> Result<Facts, Error>,
    ) -> Result<(Self, Option<Error>), Error> {
        let mut catalog = Self::default();
        let (entries, dropped) =
            if indexed.is_sound() { (&indexed.entries[..], indexed.dropped) } else { (&[][..], 0) };
        let find = |name: u64| entries.binary_search_by_key(&name, |entry| entry.name);
        for (i, &name) in names.iter().enumerate() {
            let base = match find(name) {
                // Retention took it away from the index, and is about to remove it.
                Ok(at) if at < dropped => continue,
                Ok(at) => entries[at].base,
                Err(at) => {
                    // Numbers rise with names, whatever a file says of itself that came in before what the index knows.
                    let most = entries.get(at).map_or(u64::MAX, |later| later.base);
                    let own = match facts(name) {
                        Ok(own) => own,
                        Err(error) if i + 1 == names.len() => return Ok((catalog, Some(error))),
                        Err(error) => return Err(error),
                    };
                    let is_newer = entries.last().is_some_and(|last| last.name < name);
                    let end =
                        if catalog.entries.is_empty() && is_newer { indexed.end } else { catalog.end(&mut facts)? };
                    match own.base {
                        // Its rows are in the one before it, which took them over.
                        Some(base) if base < end && base.saturating_add(own.end) <= end && own.end > 0 => continue,
                        // Nothing is left out for what a file says: one that lies half in another is counted on.
                        base => base.unwrap_or(end).max(end).min(most),
                    }
                }
            };
            catalog.entries.push(Entry { name, base });
        }
        Ok((catalog, None))
    }

    /// The row after the last.
    fn end(&self, facts: &mut impl FnMut(u64) -> Result<Facts, Error>) -> Result<u64, Error> {
        match self.newest() {
            Some(entry) => Ok(entry.base.saturating_add(facts(entry.name)?.end)),
            None => Ok(0),
        }
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(super) fn newest(&self) -> Option<Entry> {
        self.entries.last().copied()
    }

    pub(super) fn oldest(&self) -> Option<Entry> {
        self.entries.first().copied()
    }

    /// Adds one that is newer than all; whether it was.
    pub(super) fn push(&mut self, entry: Entry) -> bool {
        let is_newer = self.newest().is_none_or(|newest| newest.name < entry.name && newest.base <= entry.base);
        if is_newer {
            self.entries.push(entry);
        }
        is_newer
    }

    /// Forgets the first ones.
    pub(super) fn drop_front(&mut self, count: usize) {
        self.entries.drain(..count.min(self.entries.len()));
    }

    /// The place of the segment that row `row` is in, or would be; `None` where it lies before all of them.
    pub(super) fn find(&self, row: u64) -> Option<usize> {
        // The last of several that begin there: those before it have no rows.
        self.entries.partition_point(|entry| entry.base <= row).checked_sub(1)
    }

    /// Of the segments that begin with one of these rows, where the one in the middle begins; `None` where none does.
    pub(super) fn middle(&self, rows: Range<u64>) -> Option<u64> {
        let before = |row| self.entries.partition_point(|entry| entry.base < row);
        let (low, high) = (before(rows.start), before(rows.end));
        let middle = low + high.checked_sub(low)?.checked_sub(1)? / 2;
        self.entries.get(middle).map(|entry| entry.base)
    }

    /// The segment at a place, and the row after its last where that is known: where another follows.
    pub(super) fn at(&self, place: usize) -> Option<(Entry, Option<u64>)> {
        let entry = *self.entries.get(place)?;
        Some((entry, self.entries.get(place + 1).map(|next| next.base)))
    }

    /// Replaces the segments at those places by the first of them, which has their rows now.
    pub(super) fn merge(&mut self, places: Range<usize>) {
        if places.len() > 1 {
            self.entries.drain(places.start + 1..places.end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use std::cell::Cell;
    use std::path::Path;

    fn indexed(entries: &[(u64, u64)], dropped: usize) -> Indexed {
        Indexed { entries: entries.iter().map(|&(name, base)| Entry { name, base }).collect(), dropped, end: 0 }
    }

    fn facts_of(base: Option<u64>, end: u64) -> Facts {
        Facts { base, end, capacity: 10, is_open_ended: true }
    }

    fn bases(catalog: &Catalog) -> Vec<(u64, u64)> {
        catalog.entries.iter().map(|entry| (entry.name, entry.base)).collect()
    }

    #[test]
    fn what_the_index_knows_is_not_looked_at() {
        let asked = Cell::new(0);
        let facts = |name| {
            asked.set(asked.get() + 1);
            Ok(facts_of(Some(10 * name), 10))
        };
        let index = indexed(&[(1, 10), (2, 20), (3, 30)], 0);
        let (catalog, _) = Catalog::join(&[1, 2, 3], &index, facts).unwrap();
        assert_eq!((bases(&catalog), asked.get()), (vec![(1, 10), (2, 20), (3, 30)], 0));
        // Short: one look at the new one, one at the one before it.
        let (catalog, _) = Catalog::join(&[1, 2, 3, 4], &index, facts).unwrap();
        assert_eq!((bases(&catalog).last().copied(), asked.get()), (Some((4, 40)), 2));
        // Gone, or nonsense.
        for index in [indexed(&[], 0), indexed(&[(3, 0), (1, 0)], 1)] {
            let (catalog, _) = Catalog::join(&[1, 2, 3], &index, facts).unwrap();
            assert_eq!(bases(&catalog), [(1, 10), (2, 20), (3, 30)]);
        }
    }

    #[test]
    fn files_that_say_nothing_are_counted() {
        let facts = |name| Ok(facts_of(None, name));
        let (catalog, _) = Catalog::join(&[1, 2, 3], &indexed(&[], 0), facts).unwrap();
        assert_eq!(bases(&catalog), [(1, 0), (2, 1), (3, 3)]);
        let (catalog, _) = Catalog::join(&[1, 2, 3], &indexed(&[(1, 100)], 0), facts).unwrap();
        assert_eq!(bases(&catalog), [(1, 100), (2, 101), (3, 103)]);
    }

    #[test]
    fn numbers_go_on_where_all_that_was_known_is_gone() {
        let facts = |name| Ok(facts_of(None, name));
        let index = Indexed { end: 150, ..indexed(&[(5, 100)], 0) };
        let joined = |names: &[u64]| bases(&Catalog::join(names, &index, facts).unwrap().0);
        assert_eq!(joined(&[7, 8]), [(7, 150), (8, 157)]);
        assert_eq!(joined(&[5, 7]), [(5, 100), (7, 105)]);
        assert_eq!(joined(&[4, 7]), [(4, 0), (7, 4)]);
    }

    #[test]
    fn what_retention_dropped_and_what_a_merge_took_over_is_left_out() {
        let facts = |name| Ok(facts_of(Some(10 * name), if name == 2 { 30 } else { 10 }));
        let (catalog, _) = Catalog::join(&[1, 2, 3], &indexed(&[(1, 10), (2, 20), (3, 30)], 1), facts).unwrap();
        assert_eq!(bases(&catalog), [(2, 20), (3, 30)]);
        // Two has the rows of three and four.
        let (catalog, _) = Catalog::join(&[2, 3, 4, 5], &indexed(&[(2, 20), (5, 50)], 0), facts).unwrap();
        assert_eq!(bases(&catalog), [(2, 20), (5, 50)]);
        let (catalog, _) = Catalog::join(&[2, 3, 4, 5], &indexed(&[], 0), facts).unwrap();
        assert_eq!(bases(&catalog), [(2, 20), (5, 50)]);
    }

    #[test]
    fn the_newest_may_be_unfinished_and_no_other() {
        let broken = |bad| {
            move |name| match name {
                _ if name == bad => Err(Error::new(ErrorKind::NoTail, Path::new("x"))),
                _ => Ok(facts_of(None, 5)),
            }
        };
        let (catalog, error) = Catalog::join(&[1, 2], &indexed(&[], 0), broken(2)).unwrap();
        assert_eq!((bases(&catalog), error.is_some()), (vec![(1, 0)], true));
        Catalog::join(&[1, 2], &indexed(&[], 0), broken(1)).unwrap_err();
    }

    #[test]
    fn numbers_rise_also_where_an_older_file_says_a_higher_one() {
        let known = indexed(&[(20, 0), (30, 8), (40, 16)], 0);
        let facts = |name| Ok(if name < 20 { facts_of(Some(24), 4) } else { facts_of(None, 8) });
        let (catalog, unfinished) = Catalog::join(&[5, 6, 20, 30, 40], &known, facts).unwrap();
        assert_eq!(bases(&catalog), [(5, 0), (6, 0), (20, 0), (30, 8), (40, 16)]);
        assert!(unfinished.is_none());
        let (catalog, _) = Catalog::join(&[20, 25, 30], &known, |_| Ok(facts_of(Some(24), 4))).unwrap();
        assert_eq!(bases(&catalog), [(20, 0), (25, 8), (30, 8)]);
    }

    #[test]
    fn rows_are_found_in_their_segment() {
        let mut catalog = Catalog::default();
        for (name, base) in [(5, 100), (6, 110), (7, 110), (9, 120)] {
            assert!(catalog.push(Entry { name, base }));
        }
        assert!(!catalog.push(Entry { name: 9, base: 130 }));
        let names = |row| catalog.find(row).map(|place| catalog.entries[place].name);
        assert_eq!(
            [99, 100, 109, 110, 119, 120, 999].map(names),
            [None, Some(5), Some(5), Some(7), Some(7), Some(9), Some(9)]
        );
        assert_eq!(catalog.at(0), Some((Entry { name: 5, base: 100 }, Some(110))));
        assert_eq!(catalog.at(3), Some((Entry { name: 9, base: 120 }, None)));
        catalog.merge(0..3);
        assert_eq!(bases(&catalog), [(5, 100), (9, 120)]);
        catalog.drop_front(1);
        assert_eq!(catalog.oldest(), catalog.newest());
    }
}
