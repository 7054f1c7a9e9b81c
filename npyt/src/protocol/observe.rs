//! Rows are seen, and so is that the tail has gone to another place.

use std::sync::atomic::Ordering;

use super::{Counters, Words};
use crate::geometry::Geometry;
use crate::header::{DigitField, MOST_DIGIT_WORDS};
use crate::tail::TailLayout;

/// Where a file keeps what its readers watch, as far as that never changes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) digits: DigitField,
    /// Of the tail; `None` where there is none.
    pub(crate) layout: Option<TailLayout>,
}

/// What a reader knows of the shape of a file: the capacity, and the words of the digits that said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) geometry: Geometry,
    pub(crate) digits: [u64; MOST_DIGIT_WORDS],
    /// The rows, where they don't come from words of a tail: of an ordinary `.npy`, and where the tail is on no whole words.
    /// No writer of ours appends there without moving the tail first; of one that does, such as Python's, a look could be torn.
    pub(crate) fixed: Option<(u64, u64)>,
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

impl Place {
    /// The digits as they are now, and the capacity they say. `None` where they are no number, or out of reach.
    ///
    /// Acquire: whoever sees digits sees the tail they lead to, which was written before them.
    pub(crate) fn look(&self, words: &impl Words) -> Option<([u64; MOST_DIGIT_WORDS], u64)> {
        let (first, count) = self.digits.words();
        let mut seen = [0; MOST_DIGIT_WORDS];
        // The last first, as in `observe`.
        for (i, value) in seen.iter_mut().enumerate().take(count).rev() {
            *value = words.load(words.word((first + 8 * i) as u64)?, Ordering::Acquire);
        }
        Some((seen, self.digits.parse_words(&seen[..count])?))
    }

    /// The words of the tail of a file of that shape; `None` where it has none, or they are out of reach.
    #[inline]
    pub(crate) fn counters<W: Words>(&self, words: &W, geometry: Geometry) -> Option<Counters<W::Word>> {
        Counters::at(words, geometry.rows_end(), self.layout?)
    }
}

impl View {
    /// Which rows there are at this moment.
    ///
    /// The digits are compared after `end` was loaded, and with every look: a tail is abandoned by storing new digits,
    /// and only then may rows fall on it (I5). A look that reads such a row in place of `end` has, by the acquiring load
    /// of it, also the digits that abandoned the tail, or later ones.
    ///
    /// Later ones are never the same again. Each step changes one word. While a file grows, none of its words ever gets
    /// back to what it was, as the number would be smaller then. When it falls, the word that gets a tab never does, and
    /// that is stored before the number, Release. The tab stands before the digits, so its word is this one or an
    /// earlier one, which is looked at later: whoever sees a word of a number that came back sees the tab too. That is why the last
    /// word comes first, and why all but the first are Acquire.
    #[inline]
    pub(crate) fn observe(&self, words: &impl Words, place: &Place) -> Observed {
        let (start, end) = match self.fixed {
            Some(rows) => rows,
            None => match place.counters(words, self.geometry) {
                Some(counters) => counters.load(words),
                None => return Observed::Moved,
            },
        };
        let (first, count) = place.digits.words();
        for (i, &seen) in self.digits.iter().enumerate().take(count).rev() {
            let ordering = if i == 0 { Ordering::Relaxed } else { Ordering::Acquire };
            match words.word((first + 8 * i) as u64) {
                Some(word) if words.load(word, ordering) == seen => {}
                _ => return Observed::Moved,
            }
        }
        // A foreign writer may store anything; what is not in the file is not handed out.
        let end = end.min(self.geometry.capacity());
        Observed::Rows { start: start.min(end), end }
    }
}
