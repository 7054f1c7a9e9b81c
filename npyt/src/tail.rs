//! The words after the rows: how many of them are there.
//!
//! Little-endian `u64`s up to the end of the file, which numpy ignores. Python's npyt wrote three layouts:
//!
//! | version | words |
//! | --- | --- |
//! | 0.1 | start, end, offset, 20250510 |
//! | 0.2, 0.3 | start, end, offset, 20250510080000 |
//! | 0.4 | start, end, update timestamp (ns), offset, 20250510080000 |

use std::fmt;

const MAGIC_0_1: u64 = 20_250_510;
const MAGIC: u64 = 20_250_510_080_000;

/// The longest tail, in bytes.
pub(crate) const LONGEST: usize = 40;

/// Which of Python npyt's layouts a tail has.
///
/// # Example
///
/// ```
/// # use npyt::{NpytMut, TailLayout};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices.npy");
/// assert_eq!((TailLayout::default(), TailLayout::default().words()), (TailLayout::V0_4, 5));
///
/// // A file for Python npyt 0.3:
/// NpytMut::<f64>::options().tail_layout(TailLayout::V0_2).create(&path)?;
/// let tail = *npyt::inspect(&path)?.tail().expect("a file of npyt has a tail");
/// assert_eq!((tail.layout(), tail.layout().words()), (TailLayout::V0_2, 4));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TailLayout {
    /// Four words, as npyt 0.1 wrote them.
    V0_1,
    /// Four words, as npyt 0.2 and 0.3 write them. 0.4 reads them wrongly, without an error.
    V0_2,
    /// Five words, as npyt 0.4 writes them: with the time of the last update.
    #[default]
    V0_4,
}

impl TailLayout {
    /// The number of its words.
    pub const fn words(self) -> usize {
        match self {
            Self::V0_1 | Self::V0_2 => 4,
            Self::V0_4 => 5,
        }
    }

    pub(crate) const fn len(self) -> u64 {
        8 * self.words() as u64
    }

    /// The word that holds the time of the last update, counted from the first.
    pub(crate) const fn timestamp_word(self) -> Option<u64> {
        match self {
            Self::V0_1 | Self::V0_2 => None,
            Self::V0_4 => Some(2),
        }
    }

    const fn magic(self) -> u64 {
        match self {
            Self::V0_1 => MAGIC_0_1,
            Self::V0_2 | Self::V0_4 => MAGIC,
        }
    }
}

/// The word of `start` and the word of `end`, in every layout.
pub(crate) const START_WORD: u64 = 0;
pub(crate) const END_WORD: u64 = 1;

/// A tail as it stands in a file.
/// @@From [`Info::tail`](crate::Info::tail).
///
/// # Example
///
/// ```
/// # use npyt::{NpytMut};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices.npy");
/// let mut prices = NpytMut::<f64>::create(&path)?;
/// prices.extend_from_slice(&[101.5, 101.7])?;
///
/// let info = npyt::inspect(&path)?;
/// let tail = info.tail().expect("a file of npyt has a tail");
/// assert_eq!((tail.start(), tail.end()), (0, 2));
/// assert_eq!(tail.offset(), info.offset());
/// assert_eq!(tail.words()[..2], [0, 2]);
/// assert!(tail.timestamp_ns() > Some(0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tail {
    pub(crate) layout: TailLayout,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) timestamp_ns: Option<u64>,
    pub(crate) offset: u64,
}

impl Tail {
    pub(crate) const fn new(layout: TailLayout, start: u64, end: u64, timestamp_ns: u64, offset: u64) -> Self {
        let timestamp_ns = if layout.timestamp_word().is_some() { Some(timestamp_ns) } else { None };
        Self { layout, start, end, timestamp_ns, offset }
    }

    /// Its layout.
    pub const fn layout(&self) -> TailLayout {
        self.layout
    }

    /// The first row still kept, counted from the first ever written. Python's npyt 0.3 and 0.4 take it as 0.
    pub const fn start(&self) -> u64 {
        self.start
    }

    /// The row after the last one published, counted from the first ever written.
    pub const fn end(&self) -> u64 {
        self.end
    }

    /// When the file was last updated, in nanoseconds since 1970 (UTC); [`None`] in layouts without it.
    ///
    /// A [`push`](crate::NpytMut::push) doesn't take the time to note it; whatever adds more rows at once, syncs, finishes
    /// or closes the file does.
    #[doc(alias = "timestamp")]
    pub const fn timestamp_ns(&self) -> Option<u64> {
        self.timestamp_ns
    }

    /// The byte of the file where the rows start, as the tail says.
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Its words as they stand in the file.
    pub fn words(&self) -> Vec<u64> {
        let mut words = vec![self.start, self.end];
        words.extend(self.timestamp_ns);
        words.extend([self.offset, self.layout.magic()]);
        words
    }

    pub(crate) fn to_bytes(self) -> Vec<u8> {
        self.words().iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    /// Reads the tail at the start of `bytes`, which follow the rows of a file whose rows start at `offset`.
    ///
    /// The content tells the layout, not the length: during a resize the file is longer.
    pub(crate) fn read(bytes: &[u8], offset: u64) -> Result<Self, TailError> {
        let mut words = [0; LONGEST / 8];
        let mut there = 0;
        for (to, &word) in words.iter_mut().zip(bytes.as_chunks().0) {
            *to = u64::from_le_bytes(word);
            there += 1;
        }
        let words = &words[..there];
        match words {
            &[start, end, timestamp, at, MAGIC] if at == offset => {
                Ok(Self::new(TailLayout::V0_4, start, end, timestamp, at))
            }
            &[start, end, at, magic @ (MAGIC | MAGIC_0_1), ..] if at == offset => {
                let layout = if magic == MAGIC { TailLayout::V0_2 } else { TailLayout::V0_1 };
                Ok(Self::new(layout, start, end, 0, at))
            }
            &[_, _, _, at, MAGIC] | &[_, _, at, MAGIC | MAGIC_0_1, ..] => {
                Err(TailError::Offset { expected: offset, found: at })
            }
            _ => Err(TailError::Magic { found: words.to_vec() }),
        }
    }

    /// Reads a tail that was given up for another one, as a loss of power may leave it: its [mark](given_up) in place of its
    /// magic, its end or the complement of that. What it said before; `None` also where a row has fallen on its counters.
    pub(crate) fn read_given_up(bytes: &[u8], offset: u64) -> Option<Self> {
        let word = |i: usize| bytes.as_chunks().0.get(i).map(|&word| u64::from_le_bytes(word));
        let (start, end) = (word(0)?, word(1)?);
        // The complement of a number of rows is beyond all numbers of rows.
        let end = end.min(!end);
        let mark = |magic| given_up(magic, start, end);
        if word(3)? == offset && word(4) == Some(mark(MAGIC)) {
            return Some(Self::new(TailLayout::V0_4, start, end, word(2)?, offset));
        }
        let layouts = [(MAGIC, TailLayout::V0_2), (MAGIC_0_1, TailLayout::V0_1)];
        let (_, layout) =
            layouts.into_iter().find(|&(magic, _)| word(2) == Some(offset) && word(3) == Some(mark(magic)))?;
        Some(Self::new(layout, start, end, 0, offset))
    }

    /// Whether it suits a file of `capacity` rows.
    pub(crate) const fn check(&self, capacity: u64) -> Result<(), TailError> {
        let (start, end) = (self.start, self.end);
        if start > end
            && end <= capacity
            && start <= capacity
            && matches!(self.layout, TailLayout::V0_1 | TailLayout::V0_2)
        {
            return Err(TailError::Ring { start, end });
        }
        if start > end {
            return Err(TailError::StartAfterEnd { start, end });
        }
        if end > capacity {
            return Err(TailError::EndAfterCapacity { end, capacity });
        }
        Ok(())
    }
}

/// What takes the place of the magic of a tail that is given up with these counters. It vouches for them: the first words of a
/// row that falls there can't be taken for a start and an end, whatever they are.
pub(crate) const fn given_up(magic: u64, start: u64, end: u64) -> u64 {
    // Odd, so that no two values are mixed to one; its bits are those of the golden ratio.
    !magic ^ (start.rotate_left(32) ^ end).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Why the bytes after the rows are no tail.
///
/// # Example
///
/// ```
/// # use npyt::{TailError, ErrorKind, NpytMut};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices.npy");
/// # use std::fs::File;
/// NpytMut::<f64>::create(&path)?;
/// // Some program cuts off the last eight bytes, the magic number.
/// let file = File::options().write(true).open(&path)?;
/// file.set_len(file.metadata()?.len() - 8)?;
///
/// let error = npyt::inspect(&path).unwrap_err();
/// let ErrorKind::Tail(TailError::Magic { found }) = error.kind() else { panic!("{error}") };
/// assert_eq!(found.len(), 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TailError {
    /// The magic number is missing.
    Magic {
        /// The words there, at most five.
        found: Vec<u64>,
    },
    /// The magic number is there, but the offset beside it is not where the rows start.
    Offset {
        /// Where the header says that the rows start.
        expected: u64,
        /// What the tail says.
        found: u64,
    },
    /// The ring mode of npyt 0.2: the rows wrap around the end of the file.
    Ring {
        /// The first row.
        start: u64,
        /// The row after the last, around the end.
        end: u64,
    },
    /// The first row is after the last.
    StartAfterEnd {
        /// The first row.
        start: u64,
        /// The row after the last.
        end: u64,
    },
    /// More rows than fit.
    EndAfterCapacity {
        /// The row after the last.
        end: u64,
        /// The rows that fit.
        capacity: u64,
    },
}

impl fmt::Display for TailError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic { found } => write!(
                f,
                "the bytes after the rows are no NPYT tail: expected {MAGIC} as the fourth or fifth word, found the words {found:?}; \
                 the tail is damaged, or another program appended something"
            ),
            Self::Offset { expected, found } => write!(
                f,
                "the tail says that the rows start at byte {found}, the header that they start at {expected}: \
                 the file is damaged (Python npyt's resize does this when the header changes length)"
            ),
            Self::Ring { start, end } => write!(
                f,
                "a ring file of npyt 0.2: its rows begin at {start}, wrap around and end at {end}; \
                 unroll it into a file of its own by npyt::merge, or by npyt::plain"
            ),
            Self::StartAfterEnd { start, end } => {
                write!(f, "the tail says that rows {start} to {end} are kept, expected a start no greater than the end")
            }
            Self::EndAfterCapacity { end, capacity } => {
                write!(f, "the tail says that there are rows up to {end}, expected at most the capacity of {capacity}")
            }
        }
    }
}

impl std::error::Error for TailError {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_tail_comes_back_whatever_it_says(start: u64, end: u64, stamp: u64, offset: u64, kind in 0..3) {
            let layout = [TailLayout::V0_1, TailLayout::V0_2, TailLayout::V0_4][kind as usize];
            let tail = Tail::new(layout, start, end, stamp, offset);
            // A time that equals the offset, with an offset that equals a magic number, is the one ambiguous tail.
            prop_assume!(!(stamp == offset && (offset == MAGIC || offset == MAGIC_0_1)));
            prop_assert_eq!(tail.to_bytes().len() as u64, layout.len());
            prop_assert_eq!(Tail::read(&tail.to_bytes(), offset), Ok(tail));
        }

        #[test]
        fn arbitrary_words_never_pass_for_rows_that_are_not_there(bytes in proptest::collection::vec(any::<u8>(), 0..48), capacity: u64) {
            if let Ok(tail) = Tail::read(&bytes, 128) && tail.check(capacity).is_ok() {
                prop_assert!(tail.start <= tail.end && tail.end <= capacity);
            }
        }
    }

    #[test]
    fn a_four_word_tail_is_known_by_its_content_when_more_bytes_follow() {
        let tail = Tail::new(TailLayout::V0_2, 0, 7, 0, 128);
        let mut bytes = tail.to_bytes();
        bytes.extend([0xAB; 8]);
        assert_eq!(Tail::read(&bytes, 128), Ok(tail));
    }

    #[test]
    fn ring_files_are_named() {
        let ring = Tail::new(TailLayout::V0_2, 5, 2, 0, 128);
        assert_eq!(ring.check(10), Err(TailError::Ring { start: 5, end: 2 }));
        let damaged = Tail::new(TailLayout::V0_4, 5, 2, 0, 128);
        assert_eq!(damaged.check(10), Err(TailError::StartAfterEnd { start: 5, end: 2 }));
    }

    #[test]
    fn a_tail_that_was_given_up_says_what_it_said() {
        for layout in [TailLayout::V0_4, TailLayout::V0_2, TailLayout::V0_1] {
            let tail = Tail::new(layout, 2, 7, 1, 128);
            let words = tail.words();
            for end in [7, !7] {
                let mut given_up = words.clone();
                (given_up[1], *given_up.last_mut().unwrap()) = (end, super::given_up(layout.magic(), 2, 7));
                let bytes: Vec<u8> = given_up.iter().flat_map(|word| word.to_le_bytes()).collect();
                for behind in [&[][..], &[1; 16]] {
                    let bytes = [&bytes, behind].concat();
                    assert_eq!(Tail::read_given_up(&bytes, 128), Some(tail));
                    assert!(Tail::read(&bytes, 128).is_err());
                    assert_eq!(Tail::read_given_up(&bytes, 64), None);
                }
                assert_eq!(Tail::read_given_up(&bytes[..bytes.len() - 1], 128), None);
                for word in 0..2 {
                    let mut under_a_row = bytes.clone();
                    under_a_row[8 * word] ^= 1;
                    assert_eq!(Tail::read_given_up(&under_a_row, 128), None);
                }
            }
            assert_eq!(Tail::read_given_up(&tail.to_bytes(), 128), None);
        }
    }
}
