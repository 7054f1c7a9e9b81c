//! What a repair does to a file, down to single stores.

use std::fmt;
use std::fs::File;
use std::ops::Range;
use std::sync::atomic::Ordering;

use super::super::look;
use super::super::mapped::MappedFile;
use crate::error::ErrorKind;
use crate::header::{DigitField, Header};
use crate::protocol::{Medium, Words};
use crate::tail::{self, Tail};

/// One thing that a [`Repair`](crate::Repair) does. Displays as a line of a plan.
///
/// # Example
///
/// ```
/// # use npyt::{NpytMut, Repair, RepairStep};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices.npy");
/// # drop(NpytMut::<f64>::options().capacity(8).create(&path)?);
/// let whole = std::fs::metadata(&path)?.len();
/// // A growth was killed, and a copy of the file has zeros where there was nothing.
/// std::fs::File::options().write(true).open(&path)?.set_len(whole + 10)?;
/// assert_eq!(Repair::plan(&path)?.steps(), [RepairStep::Cut { from: whole + 10, to: whole }]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RepairStep {
    /// Writes zeros over an old tail that still lies where rows should be, which were never on the disk.
    ClearTail {
        /// The byte where it starts.
        at: u64,
        /// Its bytes.
        len: u64,
        /// The rows it lies on.
        rows: Range<u64>,
    },
    /// Writes a tail where a part of it is missing.
    WriteTail {
        /// The byte where it starts.
        at: u64,
        /// What it says.
        tail: Tail,
    },
    /// Sets the first number of the shape.
    SetCapacity {
        /// What it says.
        from: u64,
        /// What it shall say.
        to: u64,
    },
    /// Cuts the file.
    Cut {
        /// Its length in bytes.
        from: u64,
        /// What it shall be.
        to: u64,
    },
}

impl fmt::Display for RepairStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClearTail { at, len, rows } => write!(
                f,
                "write zeros over the {len} bytes of an old tail at byte {at}, on rows {} to {}, which never reached the disk",
                rows.start,
                rows.end.saturating_sub(1)
            ),
            Self::WriteTail { at, tail } => write!(f, "write the tail at byte {at}, with {} rows", tail.end()),
            Self::SetCapacity { from, to } => write!(f, "set the capacity in the header from {from} to {to}"),
            Self::Cut { from, to } => write!(f, "cut the file from {from} to {to} bytes"),
        }
    }
}

/// The least that is done to a file. A kill falls between two of them, or leaves a write in part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Write(u64, Vec<u8>),
    /// A word of the header.
    Store(u64, u64),
    SetLen(u64),
}

/// What the steps are made of; `None` where the number can't be written there.
pub(super) fn acts(steps: &[RepairStep], header: &Header, file: &File) -> Result<Option<Vec<Act>>, ErrorKind> {
    let mut acts = Vec::new();
    for step in steps {
        match step {
            &RepairStep::ClearTail { at, len, .. } => {
                let stands = look::read_bytes(file, at, tail::LONGEST)?;
                if let Some(tail) = Tail::read_given_up(&stands, header.offset) {
                    // Its mark would say nothing once its counters are half gone; the magic, in one word, is known until it goes.
                    let words = tail.words();
                    let last = words.len() as u64 - 1;
                    acts.push(Act::Write(at + 8 * last, words[words.len() - 1].to_le_bytes().to_vec()));
                }
                acts.push(Act::Write(at, vec![0; usize::try_from(len).unwrap_or(0)]));
            }
            RepairStep::WriteTail { at, tail } => acts.push(Act::Write(*at, tail.to_bytes())),
            &RepairStep::SetCapacity { from, to } => {
                let Some(digits) = header.digits else { return Ok(None) };
                let (first, count) = digits.words();
                let bytes = look::read_bytes(file, first as u64, 8 * count)?;
                let words: Vec<u64> = bytes.as_chunks().0.iter().map(|&word| u64::from_le_bytes(word)).collect();
                let Some(way) = way(digits, &words, from, to).filter(|_| words.len() == count) else { return Ok(None) };
                acts.extend(way.into_iter().map(|(word, value)| Act::Store((first + 8 * word) as u64, value)));
            }
            &RepairStep::Cut { to, .. } => acts.push(Act::SetLen(to)),
        }
    }
    Ok(Some(acts))
}

/// Does one, and waits until the disk has it: a loss of power must not mix them either.
pub(super) fn perform(medium: &MappedFile, act: &Act) -> Result<(), ErrorKind> {
    match act {
        Act::Write(at, bytes) => medium.write(*at, bytes)?,
        &Act::Store(at, value) => {
            // Whoever made the acts has read the word from the file.
            let word = medium.word(at).ok_or(ErrorKind::Unmapped)?;
            medium.store(word, value, Ordering::Release);
        }
        &Act::SetLen(len) => medium.set_len(len)?,
    }
    medium.sync()
}

/// The stores that lead from one number to another: the index of a word of the field, and what it gets.
///
/// Between any two of them there is a number that Python reads, without zeros or spaces in a wrong place: the parts below
/// the highest one are full of nines while the highest one moves. Where such a number leads doesn't matter: while it is not
/// `to` a file is diagnosed as before, as the tail at its end belongs to `to`.
fn way(digits: DigitField, words: &[u64], from: u64, to: u64) -> Option<Vec<(usize, u64)>> {
    // What is there must be the number as we write it.
    if digits.words_with(words, from)? != words {
        return None;
    }
    let goal = digits.words_with(words, to)?;
    let (start, end) = digits.range();
    let first = digits.words().0;
    // The lowest first.
    let parts: Vec<Range<usize>> = (0..words.len())
        .rev()
        .map(|i| {
            let at = first + 8 * i;
            start.max(at) - at..end.min(at + 8) - at
        })
        .collect();
    let index = |part: usize| words.len() - 1 - part;
    let filled = |part: usize, word: u64, with: u8| {
        let mut bytes = word.to_le_bytes();
        bytes[parts[part].clone()].fill(with);
        u64::from_le_bytes(bytes)
    };
    // The highest part that holds a digit.
    let top = |words: &[u64]| {
        let has_digit =
            |part: usize| words[index(part)].to_le_bytes()[parts[part].clone()].iter().any(u8::is_ascii_digit);
        (0..parts.len()).rev().find(|&part| has_digit(part))
    };
    let (old, new) = (top(words)?, top(&goal)?);
    let mut now = words.to_vec();
    let mut stores = Vec::new();
    let mut set = |part: usize, value: u64| {
        if now[index(part)] != value {
            now[index(part)] = value;
            stores.push((index(part), value));
            // No more than 64 bits hold, on the way either.
            return digits.parse_words(&now).is_some();
        }
        true
    };
    let mut sound = true;
    if old != new {
        for part in 0..old.max(new) {
            sound &= set(part, filled(part, words[index(part)], b'9'));
        }
        for part in (new + 1..=old).rev() {
            sound &= set(part, filled(part, words[index(part)], b' '));
        }
    }
    for part in (0..=new).rev() {
        sound &= set(part, goal[index(part)]);
    }
    (sound && now == goal).then_some(stores)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(bits: Range<u32>) -> impl Strategy<Value = u64> {
        bits.prop_flat_map(|bits| 0..1_u64 << bits)
    }

    proptest! {
        #[test]
        fn every_number_on_the_way_is_one_that_python_reads(start in 40_usize..72, from in number(0..60), to in number(0..60)) {
            let digits = DigitField::new(start, start + 21);
            let blank = vec![u64::from_le_bytes(*b"(((((((("); digits.words().1];
            let mut now = digits.words_with(&blank, from).unwrap();
            let way = way(digits, &now, from, to).unwrap();
            prop_assert!(way.len() <= 2 * now.len(), "{way:?}");
            for (word, value) in way {
                now[word] = value;
                // As Python's `int` literal, and with nothing around it touched.
                let number = digits.parse_words(&now).unwrap();
                prop_assert_eq!(digits.words_with(&blank, number), Some(now.clone()));
            }
            prop_assert_eq!(digits.parse_words(&now), Some(to));
        }
    }

    #[test]
    fn a_number_that_does_not_fit_or_is_spelled_otherwise_has_no_way() {
        let digits = DigitField::new(60, 63);
        let words = |text: &[u8; 3]| {
            let mut words = *b"........";
            words[4..7].copy_from_slice(text);
            [u64::from_le_bytes(words)]
        };
        assert_eq!(way(digits, &words(b"  7"), 7, 1_000), None);
        assert_eq!(way(digits, &words(b"7  "), 7, 8), None);
        assert_eq!(way(digits, &words(b"  7"), 7, 100), Some(vec![(0, words(b"100")[0])]));
        assert_eq!(way(digits, &words(b"  7"), 7, 7), Some(vec![]));
    }
}
