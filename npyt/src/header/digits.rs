//! Where the first number of `shape` stands, and what its bytes are for another number.

/// The bytes of the file that hold the first number of `shape`, leading spaces included.
///
/// Recording keeps the length of the header fixed: another capacity is another number in the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DigitField {
    start: usize,
    end: usize,
}

/// The width Python's npyt and numpy itself allow for: the digits of 8 x 2^64.
pub(crate) const WIDTH: usize = 21;

/// The widest field used; spaces before it are text like any other.
pub(super) const MOST_WIDTH: usize = 24;

/// So many words hold the widest field, wherever it begins.
pub(crate) const MOST_DIGIT_WORDS: usize = 4;

impl DigitField {
    pub(crate) const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The first byte of the field and the one after its last.
    pub(crate) const fn range(self) -> (usize, usize) {
        (self.start, self.end)
    }

    /// The number, right-aligned in spaces; `None` where it does not fit.
    pub(crate) fn render(self, number: u64) -> Option<Vec<u8>> {
        let width = self.end - self.start;
        let text = format!("{number:>width$}");
        (text.len() == width).then(|| text.into_bytes())
    }

    /// The aligned words that hold the field: the offset of the first, and how many.
    ///
    /// Readers look at them as words, so that a number is never seen half written.
    pub(crate) const fn words(self) -> (usize, usize) {
        let first = self.start & !7;
        (first, (self.end - first).div_ceil(8))
    }

    /// The words with `number` in them. `now` are the words as they are, which hold the neighbouring text too, and the
    /// [falls](Self::falls), which stay.
    pub(crate) fn words_with(self, now: &[u64], number: u64) -> Option<Vec<u64>> {
        let mut text = self.render(number)?;
        let mut bytes = bytes(now);
        let field = bytes.get_mut(self.skip()..self.skip() + text.len())?;
        let blanks = text.iter().take_while(|&&byte| byte == b' ').count();
        for (new, &old) in text.iter_mut().zip(&*field).take(blanks.min(MOST_FALLS)) {
            *new = if old == b'\t' { b'\t' } else { b' ' };
        }
        field.copy_from_slice(&text);
        Some(words(&bytes))
    }

    /// The number in those words; `None` when they hold no number, or one of another width of text.
    pub(crate) fn parse_words(self, words: &[u64]) -> Option<u64> {
        let bytes = bytes(words);
        let text = str::from_utf8(bytes.get(self.skip()..self.skip() + self.end - self.start)?).ok()?;
        let digits = text.trim_start_matches([' ', '\t']);
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        digits.parse().ok()
    }
}

/// How often the capacity fell while readers looked on, as the blanks before the number say: so many of the first few are tabs.
/// Every reader of Python's literals takes either for nothing.
///
/// A tab is stored before each such change of the number, and stays. So digits never come back, not even where the number does,
/// which a reader that has slept meanwhile would take for the one that it knows. And each word that got a tab is another one
/// for good: see [`View::observe`](crate::protocol::View::observe).
impl DigitField {
    /// The number of falls.
    pub(crate) fn falls(self, words: &[u64]) -> usize {
        let bytes = bytes(words);
        let most = MOST_FALLS.min(self.end - self.start);
        bytes.get(self.skip()..self.skip() + most).map_or(0, |blanks| blanks.iter().filter(|&&b| b == b'\t').count())
    }

    /// The words with so many falls; [`None`] beyond [`MOST_FALLS`], or where the number of rows takes the place of some.
    pub(crate) fn words_with_falls(self, now: &[u64], falls: usize) -> Option<Vec<u64>> {
        let mut bytes = bytes(now);
        let blanks = bytes.get_mut(self.skip()..self.skip() + MOST_FALLS)?;
        let is_room = self.end - self.start > MOST_FALLS && blanks.iter().all(|byte| matches!(byte, b' ' | b'\t'));
        if falls > MOST_FALLS || !is_room {
            return None;
        }
        for (i, byte) in blanks.iter_mut().enumerate() {
            *byte = if i < falls { b'\t' } else { b' ' };
        }
        Some(words(&bytes))
    }

    /// Where in its words the field begins.
    const fn skip(self) -> usize {
        self.start - self.words().0
    }
}

/// So many blanks of a field count falls: numbers of up to 13 digits leave them free. More are not counted under the same readers.
pub(crate) const MOST_FALLS: usize = 8;

fn bytes(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn words(bytes: &[u8]) -> Vec<u64> {
    bytes.as_chunks().0.iter().map(|&word| u64::from_le_bytes(word)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_from_their_words_at_any_alignment() {
        for start in 50..60 {
            let field = DigitField::new(start, start + WIDTH);
            let (first, count) = field.words();
            assert!(first <= start && first + 8 * count >= start + WIDTH);
            let blank = vec![u64::from_le_bytes(*b"(((((((("); count];
            for number in [0, 7, 99_999_999, 100_000_000, u64::MAX] {
                let words = field.words_with(&blank, number).unwrap();
                assert_eq!(field.parse_words(&words), Some(number));
            }
            assert_eq!(field.parse_words(&blank), None);
        }
    }

    #[test]
    fn falls_are_counted_beside_the_number_one_byte_at_a_time() {
        for start in 50..60 {
            let field = DigitField::new(start, start + WIDTH);
            let blank = vec![u64::from_le_bytes(*b"(((((((("); field.words().1];
            let mut now = field.words_with(&blank, 1_024).unwrap();
            let plain = now.clone();
            for falls in 1..=MOST_FALLS {
                let next = field.words_with_falls(&now, falls).unwrap();
                let changed = bytes(&next).iter().zip(bytes(&now)).filter(|(new, old)| *new != old).count();
                assert_eq!((changed, field.falls(&next), field.parse_words(&next)), (1, falls, Some(1_024)));
                now = field.words_with(&next, 7).unwrap();
                assert_eq!((field.falls(&now), field.parse_words(&now)), (falls, Some(7)));
                now = field.words_with(&now, 1_024).unwrap();
                assert_eq!(now, next);
            }
            assert_eq!(field.words_with_falls(&now, MOST_FALLS + 1), None);
            assert_eq!(field.words_with_falls(&now, 0), Some(plain));
            // A number that takes the place of them.
            let full = field.words_with(&now, u64::MAX).unwrap();
            assert_eq!((field.words_with_falls(&full, 1), field.parse_words(&full)), (None, Some(u64::MAX)));
        }
        assert_eq!(DigitField::new(60, 62).words_with_falls(&[u64::MAX], 1), None);
    }

    #[test]
    fn a_number_wider_than_its_field_is_refused() {
        assert_eq!(DigitField::new(60, 62).render(100), None);
        assert_eq!(DigitField::new(60, 62).render(99), Some(b"99".to_vec()));
    }
}
