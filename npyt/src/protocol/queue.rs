//! The latest files of a directory, for whoever follows them: a few words, as Python npyt keeps them in `.lock`.
//!
//! Names in slots, oldest first; 0 is none. A new name goes to the first slot without one. In a full queue all names move
//! down, one slot after the other from the first on, and the new one is stored last. So at every moment
//!
//! - each name that is there before and after is there: it is stored where it goes to before it is replaced where it was. At
//!   worst it is there twice;
//! - the names that are there follow each other in the directory, none between them is left out: whoever knows one may take
//!   the next for its successor.

use std::sync::atomic::Ordering;

use super::{Medium, Words};

/// The slots.
#[derive(Clone, Debug)]
pub(crate) struct Queue<W> {
    slots: Vec<W>,
}

/// How often a reader looks at a queue that changes under its eyes: often enough for what a writer does, which is a few stores
/// for each file.
const LOOKS: u32 = 64;

impl<W: Copy> Queue<W> {
    /// The first `slots` words; `None` where they are not all within reach. The file has to be that long: a mapping may reach
    /// further.
    pub(crate) fn at(words: &impl Words<Word = W>, slots: usize) -> Option<Self> {
        let slots = (0..slots as u64).map(|slot| words.word(slot.checked_mul(8)?)).collect::<Option<_>>()?;
        Some(Self { slots })
    }

    /// The number of slots.
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// The slots, as they are.
    ///
    /// Acquire: whoever sees a name sees all that was stored before it.
    pub(crate) fn load(&self, words: &impl Words<Word = W>) -> Vec<u64> {
        self.slots.iter().map(|&slot| words.load(slot, Ordering::Acquire)).collect()
    }

    /// Makes the queue say the last of these names, which ascend, and are all of the directory or its latest. Whatever it says
    /// now: it may have been wiped, or left in the middle of this by a killed writer. `true` where it was not as the writer
    /// left it when it gave the names `before`.
    ///
    /// Release: whoever sees one of the stores sees those before it. [`scan`](Self::scan) rests on that, of every one.
    pub(crate) fn settle(&self, medium: &impl Medium<Word = W>, before: &[u64], names: &[u64]) -> bool {
        let (found, wanted) = (self.load(medium), self.filled(names));
        let mut now = found.clone();
        let mut store = |slot: usize, name: u64| {
            if now[slot] != name {
                medium.store(self.slots[slot], name, Ordering::Release);
                now[slot] = name;
            }
        };
        if !wanted.iter().any(|name| *name != 0 && found.contains(name)) {
            // None of them stays, and between those that are there and those that come there may be others: they must not be
            // there together. Emptied from the last on, here and below: no slot is left out.
            (1..self.len()).rev().for_each(|slot| store(slot, 0));
        }
        let newest = wanted.iter().copied().max().unwrap_or(0);
        for (slot, &name) in wanted.iter().enumerate() {
            match name {
                // Where fewer are there than before: none that goes may be left between two that stay.
                0 if found[slot] != 0 => store(slot, newest),
                _ => store(slot, name),
            }
        }
        (0..self.len()).rev().for_each(|slot| store(slot, wanted[slot]));
        found != self.filled(before)
    }

    /// The slots with the last of these names.
    fn filled(&self, names: &[u64]) -> Vec<u64> {
        let mut slots = names[names.len().saturating_sub(self.len())..].to_vec();
        slots.resize(self.len(), 0);
        slots
    }

    /// The names there, ascending, each once, as they were at one moment. `None` where it does not come to rest, as under
    /// somebody who wipes it and goes away: the directory itself has to be asked then.
    ///
    /// All slots are loaded twice, and the values have to be the same. Let S be the latest store that the first loads saw one
    /// of. By acquiring it, the second loads see of each slot the latest store up to S, or one after S; the latter is another
    /// value than the first load saw, as that was no later than S and a slot's names ascend. So what was seen is the queue
    /// just after S. (0 comes back where a queue is emptied. From the last slot on: then what was seen is the queue just after
    /// that, or a slot is left out.)
    pub(crate) fn scan(&self, words: &impl Words<Word = W>) -> Option<Vec<u64>> {
        let mut seen = self.load(words);
        for _ in 0..LOOKS {
            let again = self.load(words);
            // No writer of ours leaves out a slot.
            if again == seen && again.is_sorted_by_key(|&name| name == 0) {
                seen.retain(|&name| name != 0);
                seen.sort_unstable();
                seen.dedup();
                return Some(seen);
            }
            seen = again;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeSet;
    use std::sync::atomic::AtomicU64;
    use std::thread;

    use proptest::prelude::*;

    use super::*;
    use crate::error::ErrorKind;

    /// Words without a file; what follows a store is called with all of them.
    struct Slots<F> {
        words: Vec<AtomicU64>,
        stored: F,
    }

    impl<F: Fn(&[AtomicU64])> Slots<F> {
        fn new(names: &[u64], stored: F) -> (Self, Queue<usize>) {
            let slots = Self { words: names.iter().map(|&name| AtomicU64::new(name)).collect(), stored };
            let queue = Queue::at(&slots, names.len()).unwrap();
            (slots, queue)
        }
    }

    impl<F> Words for Slots<F> {
        type Word = usize;

        fn word(&self, at: u64) -> Option<usize> {
            let index = usize::try_from(at / 8).ok()?;
            (at.is_multiple_of(8) && index < self.words.len()).then_some(index)
        }

        fn load(&self, word: usize, ordering: Ordering) -> u64 {
            self.words[word].load(ordering)
        }
    }

    impl<F: Fn(&[AtomicU64])> Medium for Slots<F> {
        fn store(&self, word: usize, value: u64, ordering: Ordering) {
            self.words[word].store(value, ordering);
            (self.stored)(&self.words);
        }

        fn write(&self, _: u64, _: &[u8]) -> Result<(), ErrorKind> {
            Err(ErrorKind::Unmapped)
        }

        fn set_len(&self, _: u64) -> Result<(), ErrorKind> {
            Err(ErrorKind::Unmapped)
        }

        fn reserve(&self, _: u64, _: u64) -> Result<(), ErrorKind> {
            Err(ErrorKind::Unmapped)
        }

        fn punch(&self, _: u64, _: u64) {}

        fn cover(&mut self, _: u64) -> Result<(), ErrorKind> {
            Err(ErrorKind::Unmapped)
        }

        fn sync(&self) -> Result<(), ErrorKind> {
            Err(ErrorKind::Unmapped)
        }
    }

    /// What the queue says after each store, from `found` to `names`; and what `settle` tells.
    fn settle(found: &[u64], before: &[u64], names: &[u64]) -> (Vec<Vec<u64>>, bool) {
        let moments = RefCell::new(Vec::new());
        let note = |words: &[AtomicU64]| {
            moments.borrow_mut().push(words.iter().map(|word| word.load(Ordering::Relaxed)).collect::<Vec<_>>());
        };
        let (slots, queue) = Slots::new(found, note);
        let told = queue.settle(&slots, before, names);
        assert_eq!(queue.load(&slots), queue.filled(names));
        let mut last: Vec<u64> = names[names.len().saturating_sub(found.len())..].to_vec();
        last.dedup();
        assert_eq!(queue.scan(&slots), Some(last));
        assert!(!queue.settle(&slots, names, names), "what it has just left is not as it left it");
        (moments.into_inner(), told)
    }

    #[test]
    fn only_slots_that_differ_are_stored_and_the_newest_last() {
        assert_eq!(settle(&[0, 0], &[], &[]), (vec![], false));
        assert_eq!(settle(&[1, 0, 0], &[1], &[1, 2]), (vec![vec![1, 2, 0]], false));
        assert_eq!(settle(&[1, 2], &[1, 2], &[1, 2, 3]), (vec![vec![2, 2], vec![2, 3]], false));
        assert_eq!(settle(&[1, 2], &[0, 1, 2], &[1, 2]), (vec![], false));
        assert_eq!(settle(&[1], &[1], &[2]), (vec![vec![2]], false));
        assert_eq!(settle(&[], &[], &[2]), (vec![], false));
    }

    #[test]
    fn what_others_did_is_told_and_undone() {
        // Wiped; with a duplicate that a kill left; in the wrong order; somebody's own name behind; nothing of ours.
        for found in [[0, 0, 0], [2, 2, 3], [3, 1, 2], [2, 3, 99], [7, 0, 9]] {
            let (moments, told) = settle(&found, &[1, 2, 3], &[2, 3, 4]);
            assert!(told && !moments.is_empty(), "{found:?}");
        }
        // As it was to be, but not as it was.
        assert_eq!(settle(&[2, 3, 4], &[1, 2, 3], &[2, 3, 4]), (vec![], true));
        assert_eq!(settle(&[1, 2, 3], &[1, 2, 3], &[]), (vec![vec![1, 2, 0], vec![1, 0, 0], vec![0, 0, 0]], false));
    }

    #[test]
    fn where_fewer_are_left_none_that_goes_is_between_two_that_stay() {
        let moments = settle(&[5, 6, 7, 8], &[5, 6, 7, 8], &[8, 9]).0;
        let expected = [[8, 6, 7, 8], [8, 9, 7, 8], [8, 9, 9, 8], [8, 9, 9, 9], [8, 9, 9, 0], [8, 9, 0, 0]];
        assert_eq!(moments, expected);
    }

    #[test]
    fn a_queue_with_a_slot_left_out_is_no_answer() {
        let (slots, queue) = Slots::new(&[0, 2, 3], |_| {});
        assert_eq!(queue.scan(&slots), None);
        assert!(queue.settle(&slots, &[1, 2, 3], &[1, 2, 3]));
        assert_eq!(queue.scan(&slots), Some(vec![1, 2, 3]));
    }

    #[test]
    fn all_slots_have_to_be_within_reach() {
        let (slots, queue) = Slots::new(&[5, 0, 0], |_| {});
        assert_eq!(queue.len(), 3);
        assert!(Queue::at(&slots, 4).is_none() && Queue::at(&slots, usize::MAX).is_none());
        assert_eq!(Queue::at(&slots, 2).map(|queue| queue.load(&slots)), Some(vec![5, 0]));
    }

    proptest! {
        /// Names are numbered as they follow each other in the directory.
        #[test]
        fn names_follow_each_other_at_every_moment_and_those_that_stay_are_there(
            len in 1_usize..7,
            (first, had) in (1_u64..20, 0_u64..9),
            (more, fewer) in (0_u64..15, 0_u64..15),
            killed_at in 0_usize..7,
        ) {
            let had: Vec<u64> = (first..first + had).collect();
            // The newest of all that there ever was is still there: what a killed writer was about to say has its file.
            let newest = first + had.len() as u64;
            let names: Vec<u64> = (first + fewer..=newest + more).collect();
            let (_, queue) = Slots::new(&vec![0; len], |_| {});
            let (old, new) = (queue.filled(&had), queue.filled(&names));
            // A writer that was killed on the way left it so.
            let between = settle(&old, &had, &[had.as_slice(), &[newest]].concat()).0;
            let found = if between.is_empty() { &old } else { &between[killed_at % between.len()] };
            let stay: Vec<u64> = found.iter().copied().filter(|name| *name != 0 && new.contains(name)).collect();
            for moment in settle(found, &had, &names).0 {
                let there: BTreeSet<u64> = moment.iter().copied().filter(|&name| name != 0).collect();
                prop_assert!(stay.iter().all(|name| there.contains(name)), "{moment:?} without one of {stay:?}");
                let apart = there.iter().zip(there.iter().skip(1)).find(|(a, b)| *a + 1 != **b);
                prop_assert_eq!(apart, None, "{:?} on the way from {:?} to {:?}", moment, found, new);
                prop_assert!(moment.is_sorted_by_key(|&name| name == 0), "{moment:?}");
            }
        }
    }

    #[test]
    fn a_reader_misses_no_name_while_the_queue_shifts() {
        const NAMES: u64 = 20_000;
        for len in [1, 2, 8] {
            let (slots, queue) = Slots::new(&vec![0; len], |_| {});
            let most = len as u64;
            thread::scope(|scope| {
                scope.spawn(|| {
                    for newest in 1..=NAMES {
                        let names: Vec<u64> = (newest.saturating_sub(most).max(1)..=newest).collect();
                        let changed = queue.settle(&slots, &names[..names.len() - 1], &names);
                        assert!(!changed, "nobody else was there");
                    }
                });
                let mut last = 0;
                while last < NAMES {
                    // Scanned again where it didn't come to rest.
                    let Some(names) = queue.scan(&slots) else { continue };
                    let Some(&newest) = names.last() else { continue };
                    assert!(newest >= last, "{names:?} after {last}");
                    last = newest;
                    let whole = newest.min(most);
                    let expected = newest + 1 - whole..=newest;
                    // In the middle of a shift the first is gone, and the new one is not there yet.
                    let shifting = expected.clone().skip(1);
                    assert!(names.iter().copied().eq(expected) || names.iter().copied().eq(shifting), "{names:?}");
                }
            });
        }
    }
}
