//! The number of the first row among those of a whole directory, noted where nobody looks.
//!
//! A recording that goes on in many files numbers its rows through all of them. Each file says where it stands among them, so
//! that no index is needed to know it. The format has no place for that, but for the white space before the line end that ends
//! a header: it may be any. A tab is a 1, a space a 0: 64 bits of the number, the highest first, and 8 that check them. numpy,
//! Python's `ast`, and readers that follow Python's grammar take both for nothing; a comment they would not all take.

/// So many characters it takes.
pub(crate) const NOTE_CHARS: usize = 72;

/// What the check of an all-zero number is: spaces alone are no note.
const SEED: u8 = 0xC5;

/// Notes the base in a header, in place. `false`, and nothing is changed, where it has too few spaces for that.
pub(crate) fn note_base(header: &mut [u8], base: u64) -> bool {
    let Some(place) = place(header) else { return false };
    let [bytes @ .., check] = &mut [0; 9];
    *bytes = base.to_be_bytes();
    *check = check_of(*bytes);
    let bits = bytes.iter().chain([&*check]).flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1));
    for (to, bit) in header[place].iter_mut().zip(bits) {
        *to = if bit == 1 { b'\t' } else { b' ' };
    }
    true
}

/// The base that is noted in a header, if there is one.
pub(crate) fn noted_base(header: &[u8]) -> Option<u64> {
    let mut bytes = [0; 9];
    let bits = header[place(header)?].iter().map(|&c| u8::from(c == b'\t'));
    for (i, bit) in bits.enumerate() {
        bytes[i / 8] |= bit << (7 - i % 8);
    }
    let [base @ .., check] = bytes;
    (check == check_of(base)).then(|| u64::from_be_bytes(base))
}

fn check_of(base: [u8; 8]) -> u8 {
    base.iter().fold(SEED, |check, byte| check.rotate_left(1) ^ byte)
}

/// The last characters of the white space before the line end; `None` where they are fewer.
fn place(header: &[u8]) -> Option<std::ops::Range<usize>> {
    let end = header.len().checked_sub(1)?;
    let start = end.checked_sub(NOTE_CHARS)?;
    let is_blank = |&c: &u8| c == b' ' || c == b'\t';
    (header[end] == b'\n' && header[start..end].iter().all(is_blank)).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn header(spaces: usize) -> Vec<u8> {
        [&b"{'shape': (1,)}"[..], &vec![b' '; spaces], b"\n"].concat()
    }

    proptest! {
        #[test]
        fn a_base_comes_back(base: u64, other: u64, spaces in NOTE_CHARS..200) {
            let mut text = header(spaces);
            prop_assert!(note_base(&mut text, other) && note_base(&mut text, base));
            prop_assert_eq!(noted_base(&text), Some(base));
            let is_whole = text.starts_with(b"{'shape': (1,)}") && text.ends_with(b"\n");
            prop_assert!(is_whole);
        }

        #[test]
        fn any_text_is_looked_at_and_left_alone_where_there_is_no_room(mut text: Vec<u8>, base: u64) {
            let before = text.clone();
            let _ = noted_base(&text);
            if !note_base(&mut text, base) {
                prop_assert_eq!(text, before);
            }
        }
    }

    #[test]
    fn no_note_is_found_where_there_is_none() {
        for spaces in [0, 71, 72, 300] {
            assert_eq!(noted_base(&header(spaces)), None);
        }
        assert!(!note_base(&mut header(71), 1));
        assert_eq!(noted_base(b""), None);
    }

    #[test]
    fn a_changed_bit_is_noticed() {
        let mut text = header(80);
        assert!(note_base(&mut text, 0x0123_4567_89AB_CDEF));
        let end = text.len() - 1;
        for at in end - NOTE_CHARS..end {
            let mut changed = text.clone();
            changed[at] = if changed[at] == b' ' { b'\t' } else { b' ' };
            assert_eq!(noted_base(&changed), None);
        }
    }
}
