//! Rows become visible, and are seen.

use std::sync::atomic::Ordering;

use super::{Medium, Words};
use crate::header::DigitField;
use crate::tail::{END_WORD, START_WORD, TailLayout};

/// The words of one tail.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counters<W> {
    start: W,
    end: W,
    timestamp: Option<W>,
}

impl<W: Copy> Counters<W> {
    /// The words of the tail at byte `at`; `None` where they are not aligned, or beyond the medium's reach.
    pub(crate) fn at(words: &impl Words<Word = W>, at: u64, layout: TailLayout) -> Option<Self> {
        let word = |index: u64| words.word(at + 8 * index);
        let timestamp = match layout.timestamp_word() {
            Some(index) => Some(word(index)?),
            None => None,
        };
        Some(Self { start: word(START_WORD)?, end: word(END_WORD)?, timestamp })
    }

    /// Makes every row below `end` visible to readers.
    ///
    /// Release: the rows were written before it, by plain stores of this thread or by its system calls; a reader whose
    /// acquiring load sees this `end` sees them.
    #[inline]
    pub(crate) fn publish(&self, medium: &impl Medium<Word = W>, end: u64) {
        medium.store(self.end, end, Ordering::Release);
    }

    /// Notes the time of an update. Relaxed: nothing is concluded from it.
    pub(crate) fn stamp(&self, medium: &impl Medium<Word = W>, now_ns: u64) {
        if let Some(word) = self.timestamp {
            medium.store(word, now_ns, Ordering::Relaxed);
        }
    }

    /// `start` and `end`, as they are.
    ///
    /// `start` first: it never passes `end`, so an `end` loaded after it is no less. Acquire for both: of `start` so that
    /// the load of `end` stays behind it, of `end` so that the rows below it are seen.
    fn load(&self, words: &impl Words<Word = W>) -> (u64, u64) {
        let start = words.load(self.start, Ordering::Acquire);
        let end = words.load(self.end, Ordering::Acquire);
        (start, end)
    }
}

/// What a reader mapped: the tail it watches, and the digits by which it found it.
#[derive(Clone, Debug)]
pub(crate) struct View<W> {
    counters: Counters<W>,
    digits: Vec<(W, u64)>,
    capacity: u64,
}

/// What a look at a file found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Observed {
    /// The rows kept, counted from the first ever written.
    Rows {
        /// The first.
        start: u64,
        /// The one after the last.
        end: u64,
    },
    /// The tail watched has been abandoned for another place.
    Moved,
}

impl<W: Copy> View<W> {
    /// The view of a file whose digits say `capacity` and whose tail lies at `tail_at`; `None` where a word is out of
    /// reach, and where the digits now say something else.
    pub(crate) fn new(
        words: &impl Words<Word = W>,
        digits: DigitField,
        capacity: u64,
        tail_at: u64,
        layout: TailLayout,
    ) -> Option<Self> {
        let counters = Counters::at(words, tail_at, layout)?;
        let (first, count) = digits.words();
        let mut seen = Vec::with_capacity(count);
        for i in 0..count {
            let word = words.word((first + 8 * i) as u64)?;
            seen.push((word, words.load(word, Ordering::Relaxed)));
        }
        let values: Vec<u64> = seen.iter().map(|(_, value)| *value).collect();
        (digits.parse_words(&values) == Some(capacity)).then_some(Self { counters, digits: seen, capacity })
    }

    /// Which rows there are at this moment.
    ///
    /// The digits are compared after `end` was loaded, and with every look: a tail is abandoned by storing new digits,
    /// and only then may rows fall on it (I5). A look that reads such a row in place of `end` has, by the acquiring load
    /// of it, also the digits that abandoned the tail; so Relaxed is enough for them.
    #[inline]
    pub(crate) fn observe(&self, words: &impl Words<Word = W>) -> Observed {
        let (start, end) = self.counters.load(words);
        for &(word, seen) in &self.digits {
            if words.load(word, Ordering::Relaxed) != seen {
                return Observed::Moved;
            }
        }
        // A foreign writer may store anything; what is not in the file is not handed out.
        let end = end.min(self.capacity);
        Observed::Rows { start: start.min(end), end }
    }
}
