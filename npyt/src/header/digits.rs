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

    /// The words with `number` in them. `now` are the words as they are, which hold the neighbouring text too.
    pub(crate) fn words_with(self, now: &[u64], number: u64) -> Option<Vec<u64>> {
        let text = self.render(number)?;
        let mut bytes: Vec<u8> = now.iter().flat_map(|word| word.to_le_bytes()).collect();
        let skip = self.start - self.words().0;
        bytes.get_mut(skip..skip + text.len())?.copy_from_slice(&text);
        Some(
            bytes
                .chunks_exact(8)
                .map(|b| u64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]))
                .collect(),
        )
    }

    /// The number in those words; `None` when they hold no number, or one of another width of text.
    pub(crate) fn parse_words(self, words: &[u64]) -> Option<u64> {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let first = self.words().0;
        let text = str::from_utf8(bytes.get(self.start - first..self.end - first)?).ok()?;
        let digits = text.trim_start_matches(' ');
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        digits.parse().ok()
    }
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
    fn a_number_wider_than_its_field_is_refused() {
        assert_eq!(DigitField::new(60, 62).render(100), None);
        assert_eq!(DigitField::new(60, 62).render(99), Some(b"99".to_vec()));
    }
}
