//! Rows become visible, and go.

use std::sync::atomic::Ordering;

use super::{Medium, Words};
use crate::tail::{END_WORD, START_WORD, TailLayout, given_up};

/// How `end` is stored: the rows were written before it, by plain stores of this thread or by its system calls; a reader whose
/// acquiring load sees this `end` sees them.
pub(crate) const PUBLISH: Ordering = Ordering::Release;

/// The words of one tail.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counters<W> {
    start: W,
    end: W,
    timestamp: Option<W>,
    /// The last, by which a tail is known.
    magic: W,
}

impl<W: Copy> Counters<W> {
    /// The words of the tail at byte `at`; `None` where they are not aligned, or beyond the medium's reach.
    pub(crate) fn at(words: &impl Words<Word = W>, at: u64, layout: TailLayout) -> Option<Self> {
        let word = |index: u64| words.word(at + 8 * index);
        let timestamp = match layout.timestamp_word() {
            Some(index) => Some(word(index)?),
            None => None,
        };
        let magic = word(layout.words() as u64 - 1)?;
        Some(Self { start: word(START_WORD)?, end: word(END_WORD)?, timestamp, magic })
    }

    /// Makes every row below `end` visible to readers.
    #[inline]
    pub(crate) fn publish(&self, medium: &impl Medium<Word = W>, end: u64) {
        medium.store(self.end, end, PUBLISH);
    }

    /// Takes the rows below `start` away from the front. None of them is touched: whoever holds a slice of them keeps it.
    ///
    /// Release: `start` never passes an `end` that was published; a reader whose acquiring load sees this `start` sees that
    /// `end`, or a later one.
    pub(crate) fn discard(&self, medium: &impl Medium<Word = W>, start: u64) {
        medium.store(self.start, start, Ordering::Release);
    }

    /// Notes the time of an update. Relaxed: nothing is concluded from it.
    pub(crate) fn stamp(&self, medium: &impl Medium<Word = W>, now_ns: u64) {
        if let Some(word) = self.timestamp {
            medium.store(word, now_ns, Ordering::Relaxed);
        }
    }

    /// The time of the last update, where the tail has one; Relaxed, as above.
    pub(crate) fn stamped(&self, words: &impl Words<Word = W>) -> Option<u64> {
        self.timestamp.map(|word| words.load(word, Ordering::Relaxed))
    }

    /// Makes an abandoned tail none, before a row falls on it. To be called after the digits abandoned the tail (I5), where
    /// any bytes may stand.
    ///
    /// If power is lost the disk may have the rows there, but not the digits: the first words of a row must not be taken for
    /// a start and an end. They share a page with the number that makes them a tail.
    ///
    /// `start` and `end` are what it says: what takes the place of the magic vouches for them, to who looks at what a loss of
    /// power left.
    pub(crate) fn abandon(&self, medium: &impl Medium<Word = W>, start: u64, end: u64) {
        let magic = medium.load(self.magic, Ordering::Relaxed);
        medium.store(self.magic, given_up(magic, start, end), Ordering::Release);
    }

    /// Changes the end that an [abandoned](Self::abandon) tail shows, so that nobody falls asleep waiting for it to change.
    pub(crate) fn rouse(&self, medium: &impl Medium<Word = W>, end: u64) {
        medium.store(self.end, !end, Ordering::Release);
    }

    /// The word of `end`.
    #[inline]
    pub(crate) const fn end_word(&self) -> W {
        self.end
    }

    /// `start` and `end`, as they are.
    ///
    /// `start` first: it never passes `end`, so an `end` loaded after it is no less. Acquire for both: of `start` so that
    /// the load of `end` stays behind it, of `end` so that the rows below it are seen.
    #[inline]
    pub(super) fn load(&self, words: &impl Words<Word = W>) -> (u64, u64) {
        let start = words.load(self.start, Ordering::Acquire);
        let end = words.load(self.end, Ordering::Acquire);
        (start, end)
    }
}
