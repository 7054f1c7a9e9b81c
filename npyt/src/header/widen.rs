//! Room for a longer number in the header of a file that is there, made in steps between which the header says the same.
//!
//! `np.save` leaves spaces behind the dict, none before the number of rows. To bring them there, the text from the number
//! to the brace moves to the right. Nothing shorter than a word can be stored in one piece, and all of it is longer; but
//! Python knows comments, takes the last of two equal keys, and looks for line ends only outside of brackets. So, a line a
//! step (one store each, but for those marked `*`, whose stores may come in any order):
//!
//! ```text
//! 'shape': (10,), }                                ⏎   as np.save wrote it
//! 'shape': (10,)}#                                 ⏎   what follows the brace is a comment,
//! 'shape': (10,)}#        'shape':( 10,)}          ⏎ * so this may be written there.
//! 'shape': (10,),         'shape':( 10,)}          ⏎   The brace moves: now the second key counts.
//! 'shape': (10,),         'shape':(⏎10,)}          ⏎   A line end within brackets is a space.
//! 'shape': (#0,),         'shape':(⏎10,)}          ⏎   A comment from the first bracket to it: one key is left,
//! 'shape': (#                      ⏎10,)}          ⏎ * which is blanked,
//! 'shape': (                       ⏎10,)}          ⏎
//! 'shape': (                        10,)}          ⏎   and so are its ends.
//! ```
//!
//! Each line is also where the next try goes on after a kill.

use super::literal::{self, Node, Value};
use super::{DigitField, Form, Header, HeaderError, MOST_CHARS, Version, digits, read_prefix, write};

/// Stores of whole words (the byte where one stands, what it becomes) that may come in any order; what they leave in
/// between says the same too.
pub(crate) type Step = Vec<(usize, u64)>;

/// What a second key looks like, up to the byte before its number.
const KEY: &[u8] = b"'shape':(";

/// The steps after which the first number of `shape` has a field of [`WIDTH`](digits::WIDTH) or more; none where it has.
///
/// `None` where there is too little room, and for what `np.save` doesn't write. `bytes` are the whole header.
pub(crate) fn widen(bytes: &[u8]) -> Option<Vec<Step>> {
    let header = Header::parse(bytes).ok()?;
    if is_wide(header.digits?) {
        return Some(Vec::new());
    }
    let spots = Spots::find(bytes, header.version)?;
    let mut text = Text { now: bytes.to_vec(), steps: Vec::new() };
    match spots.before {
        Before::Nothing => text.add_key(&spots)?,
        Before::Key(old) => text.drop_key(old, spots.number.0 - 1)?,
        Before::Comment(hash) => text.drop_comment(hash, spots.number.0 - 1)?,
    }
    is_sound(&header, bytes, &text.steps).then_some(text.steps)
}

fn is_wide(field: DigitField) -> bool {
    let (start, end) = field.range();
    end - start >= digits::WIDTH
}

/// Where the parts of the text stand.
#[derive(Debug)]
struct Spots {
    /// The first byte of the number that counts, and the one after its last.
    number: (usize, usize),
    before: Before,
    /// The byte after the bracket that opens the shape: spaces up to the number.
    open: usize,
    /// The byte after the bracket that closes it.
    close: usize,
    /// The brace that ends the dict; nothing but spaces and a comma between the two.
    brace: usize,
    /// The line end that is the last byte.
    last: usize,
}

/// What stands before the number.
#[derive(Debug)]
enum Before {
    /// The bracket, perhaps spaces: no step was taken, or none that counts.
    Nothing,
    /// The same key once more, its number at this byte.
    Key(usize),
    /// A comment from this byte up to the line end before the number, or that line end alone.
    Comment(usize),
}

impl Spots {
    fn find(bytes: &[u8], version: Version) -> Option<Self> {
        let prefix = version.prefix();
        let root = literal::parse(&bytes[prefix..], prefix, version).ok()?;
        let Value::Dict(items) = &root.value else { return None };
        let shapes: Vec<&Node> = items
            .iter()
            .filter(|(key, _)| matches!(&key.value, Value::Text(text) if text == "shape"))
            .map(|(_, value)| value)
            .collect();
        let first = |node: &Node| match &node.value {
            Value::Tuple(lens) => lens.first().and_then(|len| match len.value {
                Value::Int(_, end) => Some((node.at + 1, len.at, end)),
                _ => None,
            }),
            _ => None,
        };
        let blank = |from: usize, to: usize| bytes.get(from..to).is_some_and(|gap| gap.iter().all(|&b| b == b' '));
        let (live, old) = match *shapes.as_slice() {
            [live] => (first(live)?, None),
            [old, live] => (first(live)?, Some(first(old)?)),
            _ => return None,
        };
        let (open, start, end) = live;
        let before = match old {
            // The line end may be there already.
            Some((open, number, _)) if blank(open, number) => Before::Key(number),
            Some(_) => return None,
            None if blank(open, start) => Before::Nothing,
            None => {
                let hash = open + bytes[open..start].iter().take_while(|&&b| b == b' ').count();
                Before::Comment(hash)
            }
        };
        // `, 3), }`: the rest of the shape, and that it ends the dict.
        let count = |from: usize, of: &[u8]| bytes[from..].iter().take_while(|b| of.contains(b)).count();
        let close = end + count(end, b"0123456789, ") + 1;
        let brace = close + count(close, b", ");
        let last = bytes.len().checked_sub(1)?;
        let found = bytes.get(close - 1) == Some(&b')') && bytes.get(brace) == Some(&b'}') && bytes[last] == b'\n';
        // A line end behind the brace would end what is to be a comment.
        let free = !bytes[brace..last].iter().any(|&b| is_line_end(b));
        (found && free).then_some(Self { number: (start, end), before, open, close, brace, last })
    }

    /// Where the moved number is to end: as our own headers have it if there is room, else as many digits as can be in
    /// one word, so that another capacity is a single store if possible.
    fn new_end(&self, brace: usize) -> Option<usize> {
        let digits = self.number.1 - self.number.0;
        // The key may begin where the comment did; one byte before the number is for the line end.
        let least = (brace + 1 + KEY.len() + 1 + digits).max(self.open + digits::WIDTH);
        let most = self.limit().checked_sub(self.close - self.number.1 + 1)?;
        (least..=most).min_by_key(|end| (!matches!(end % 32, 0 | 24), end.wrapping_neg() % 8, *end))
    }

    /// The last line end stays, and so does a word that rows begin in.
    fn limit(&self) -> usize {
        self.last.min((self.last + 1) & !7)
    }

    /// Where the brace may stand so that one store can take it and the `#` behind it away, the leftmost first.
    fn braces(&self) -> impl Iterator<Item = usize> {
        let old = self.brace;
        (self.close..=old).filter(move |&new| new / 8 == old.max(new + 1) / 8)
    }
}

fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// A header that is being changed.
struct Text {
    now: Vec<u8>,
    steps: Vec<Step>,
}

impl Text {
    /// Adds the stores that lead from here to `next`; `None` if they are not whole words of it.
    fn step(&mut self, next: Vec<u8>) -> Option<()> {
        let mut step = Step::new();
        for (i, (old, new)) in self.now.chunks(8).zip(next.chunks(8)).enumerate() {
            if old != new {
                step.push((8 * i, u64::from_le_bytes(new.try_into().ok()?)));
            }
        }
        if !step.is_empty() {
            self.steps.push(step);
        }
        self.now = next;
        Some(())
    }

    /// Sets bytes that lie in one word.
    fn set(&mut self, at: usize, bytes: &[u8]) -> Option<()> {
        let mut next = self.now.clone();
        next.get_mut(at..at + bytes.len())?.copy_from_slice(bytes);
        (at / 8 == (at + bytes.len() - 1) / 8).then_some(())?;
        self.step(next)
    }

    /// From the text as it was saved up to the two keys, and on.
    fn add_key(&mut self, spots: &Spots) -> Option<()> {
        let (brace, end) = spots.braces().find_map(|brace| Some((brace, spots.new_end(brace)?)))?;
        let (from, to) = spots.number;
        let start = end - (to - from);
        // Two keys, as they are to be.
        let mut both = self.now.clone();
        both[brace..spots.last].fill(b' ');
        if !both[spots.close..brace].contains(&b',') {
            both[brace] = b',';
        }
        let moved = [KEY, b" ", &self.now[from..spots.close], b"}"].concat();
        let key_at = start - 1 - KEY.len();
        both[key_at..key_at + moved.len()].copy_from_slice(&moved);

        let old = spots.brace;
        let mut comment = self.now[brace..=old.max(brace + 1)].to_vec();
        comment.fill(b' ');
        comment[..2].copy_from_slice(b"}#");
        self.set(brace, &comment)?;
        let mut hidden = both.clone();
        hidden[brace..brace + 2].copy_from_slice(b"}#");
        self.step(hidden)?;
        self.set(brace, &both[brace..brace + 2])?;
        self.drop_key(from, start - 1)
    }

    /// Makes a space of all from the number at `old` to the byte before the other, which is a space or a line end.
    fn drop_key(&mut self, old: usize, slot: usize) -> Option<()> {
        if old >= slot || self.now[old..slot].iter().any(|&b| is_line_end(b)) || !matches!(self.now[slot], b' ' | b'\n')
        {
            return None;
        }
        self.set(slot, b"\n")?;
        self.set(old, b"#")?;
        self.drop_comment(old, slot)
    }

    /// Makes a space of a comment from `hash` to the line end at `slot`; there may be no more left of it than that.
    fn drop_comment(&mut self, hash: usize, slot: usize) -> Option<()> {
        if hash > slot || self.now[slot] != b'\n' {
            return None;
        }
        if hash < slot {
            if self.now[hash] != b'#' || self.now[hash..slot].iter().any(|&b| is_line_end(b)) {
                return None;
            }
            let mut blank = self.now.clone();
            blank[hash + 1..slot].fill(b' ');
            self.step(blank)?;
            self.set(hash, b" ")?;
        }
        self.set(slot, b" ")
    }
}

/// Whether the header says the same after every store, and ends with a wide field.
fn is_sound(header: &Header, bytes: &[u8], steps: &[Step]) -> bool {
    let mut text = bytes.to_vec();
    for &(at, word) in steps.iter().flatten() {
        let Some(place) = text.get_mut(at..at + 8) else { return false };
        place.copy_from_slice(&word.to_le_bytes());
        if !Header::parse(&text).is_ok_and(|now| says_the_same(header, &now)) {
            return false;
        }
    }
    Header::parse(&text).ok().and_then(|header| header.digits).is_some_and(is_wide)
}

fn says_the_same(a: &Header, b: &Header) -> bool {
    let facts = |h: &Header| (h.version, h.offset, h.fortran_order);
    facts(a) == facts(b) && a.shape == b.shape && a.dtype == b.dtype
}

/// The same header with a wide field, for a copy: of any length.
pub(crate) fn widened(bytes: &[u8], alignment: usize) -> Result<Vec<u8>, HeaderError> {
    let header = Header::parse(bytes)?;
    let (_, offset) = read_prefix(bytes)?;
    let text = &bytes[..usize::try_from(offset).unwrap_or(bytes.len()).min(bytes.len())];
    let (from, to) = header.digits.map_or((text.len(), text.len()), DigitField::range);
    let mut out = text[..from].to_vec();
    write::align_digits(&mut out);
    let number = text[from..to].trim_ascii();
    out.extend([b' '].repeat(digits::WIDTH.saturating_sub(number.len())));
    out.extend(number);
    out.extend(text[to..].trim_ascii_end());
    let fits = write::finish(&mut out, header.version, Form::Aligned, alignment);
    let text = &out[header.version.prefix()..];
    let chars = if header.version == Version::V3 { String::from_utf8_lossy(text).chars().count() } else { text.len() };
    if fits && chars <= MOST_CHARS { Ok(out) } else { Err(HeaderError::TooManyChars { chars, form: Form::List }) }
}

#[cfg(test)]
mod tests {
    use super::super::write::{encode, finish};
    use super::*;
    use proptest::prelude::*;

    /// What `np.save` writes: `text` and `spare` spaces, or up to the next multiple of 64.
    fn saved(text: &str, spare: Option<usize>, version: Version) -> Vec<u8> {
        let mut bytes = encode(text, version);
        bytes.extend(" ".repeat(spare.unwrap_or(0)).into_bytes());
        match spare {
            Some(_) => {
                bytes.push(b'\n');
                let length = (bytes.len() - version.prefix()) as u32;
                let field = version.prefix() - 8;
                bytes[8..8 + field].copy_from_slice(&length.to_le_bytes()[..field]);
            }
            None => assert!(finish(&mut bytes, version, Form::List, 64)),
        }
        bytes
    }

    fn text(descr: &str, shape: &str) -> String {
        format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}")
    }

    fn apply(bytes: &mut [u8], &(at, word): &(usize, u64)) {
        bytes[at..at + 8].copy_from_slice(&word.to_le_bytes());
    }

    fn assert_same(start: &Header, bytes: &[u8]) {
        let now = Header::parse(bytes).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(bytes)));
        assert!(says_the_same(start, &now), "{}", String::from_utf8_lossy(bytes));
    }

    /// Any order of the stores of a step, and a restart after each; `false` where there is no way.
    fn walk(bytes: &[u8], random: &mut impl FnMut(usize) -> usize) -> bool {
        let start = Header::parse(bytes).unwrap();
        let Some(steps) = widen(bytes) else { return false };
        let mut now = bytes.to_vec();
        for step in &steps {
            let mut stores = step.clone();
            assert!(!stores.is_empty());
            while !stores.is_empty() {
                apply(&mut now, &stores.swap_remove(random(stores.len())));
                assert_same(&start, &now);
                // Killed here. The way found now may be another, but there is one.
                let again = widen(&now).unwrap_or_else(|| panic!("stuck: {}", String::from_utf8_lossy(&now)));
                let mut then = now.clone();
                for store in again.iter().flatten() {
                    apply(&mut then, store);
                    assert_same(&start, &then);
                }
                assert!(is_wide(Header::parse(&then).unwrap().digits.unwrap()));
                assert_eq!(widen(&then), Some(Vec::new()));
            }
        }
        assert_same(&start, &now);
        let (from, to) = Header::parse(&now).unwrap().digits.unwrap().range();
        assert!(to - from >= digits::WIDTH && now[from..to].trim_ascii().iter().all(u8::is_ascii_digit));
        assert!(!now[start.version.prefix()..now.len() - 1].iter().any(|&b| is_line_end(b) || b == b'#'));
        true
    }

    #[test]
    fn what_numpy_saves_of_numbers_always_has_the_room_and_gets_our_own_layout() {
        for descr in ["'|u1'", "'<f8'", "'<M8[ns]'", "'<c16'"] {
            for digits in 1..=15_u32 {
                let bytes = saved(&text(descr, &format!("({},)", 10_u64.pow(digits - 1))), None, Version::V1);
                assert_eq!(bytes.len(), 128);
                assert!(walk(&bytes, &mut |_| 0), "{descr} {digits}");
                let mut now = bytes.clone();
                widen(&bytes).unwrap().iter().flatten().for_each(|store| apply(&mut now, store));
                let (_, end) = Header::parse(&now).unwrap().digits.unwrap().range();
                assert!(matches!(end % 32, 0 | 24), "{descr} {digits}: {end}");
            }
        }
    }

    #[test]
    fn what_has_no_room_or_is_not_numpys_has_no_way() {
        let full = text("'<f8'", "(10,)");
        for (text, spare) in [
            (full.as_str(), Some(0)),
            (&full, Some(12)),
            ("{'descr': '<f8', 'shape': (10,), 'fortran_order': False, }", Some(60)),
            ("{'descr': '<f8', 'fortran_order': False, 'shape': ((10),), }", Some(60)),
            ("{'descr': '<f8', 'fortran_order': False, 'shape': (10#\n,), }", Some(60)),
            ("{'descr': '<f8', 'fortran_order': False, 'shape': (10,), }\n", Some(60)),
            ("{'descr': '<f8', 'fortran_order': False, 'shape': (), }", Some(60)),
            ("{'descr': '<f8', 'shape': (1,), 'fortran_order': False, 'shape': (10,), }", Some(60)),
            ("{'descr': '<f8', 'shape': (1,), 'shape': (1,), 'fortran_order': False, 'shape': (10,), }", Some(60)),
        ] {
            assert_eq!(widen(&saved(text, spare, Version::V1)), None, "{text}");
        }
        for bytes in [&b""[..], b"\x93NUMPY", b"no header at all"] {
            assert_eq!(widen(bytes), None);
        }
    }

    #[test]
    fn a_wide_field_has_nothing_to_be_done() {
        let shape = format!("({:>21},)", 10);
        assert_eq!(widen(&saved(&text("'<f8'", &shape), None, Version::V1)), Some(Vec::new()));
    }

    proptest! {
        #[test]
        fn every_store_in_any_order_and_every_restart_leaves_what_was_said(
            name in "[a-z]{0,70}",
            unicode: bool,
            bits in 0_u32..=60,
            rest in prop::sample::select(vec!["", " 3", " 3, 4", " 1000000"]),
            end in prop::sample::select(vec![", }", "}", " }", ",}", "  ,  }"]),
            gap in 0_usize..25,
            spare in prop::option::of(0_usize..90),
            seed: u64,
        ) {
            let name = if unicode { format!("价{name}") } else { name + "n" };
            let version = if unicode { Version::V3 } else if seed & 1 == 0 { Version::V1 } else { Version::V2 };
            let (rows, gap) = ((1_u64 << bits) - 1, " ".repeat(gap));
            let text = format!(
                "{{'descr': [('{name}', '<f8')], 'fortran_order': False, 'shape': ({gap}{rows},{rest}){end}"
            );
            let bytes = saved(&text, spare, version);
            let mut state = seed;
            let found = walk(&bytes, &mut |below| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 33) as usize % below
            });
            // Room for the key, the line end, the number, the brackets; for more where the field would be too narrow.
            let digits = rows.to_string().len();
            let room = (bytes.len() / 8 * 8).saturating_sub(1 + version.prefix() + text.len());
            prop_assert!(found || room < 40 + digits + rest.len() || !end.contains(' '), "{}", String::from_utf8_lossy(&bytes));

            let copy = widened(&bytes, 64).unwrap();
            assert!(copy.len().is_multiple_of(64));
            let (a, b) = (Header::parse(&bytes).unwrap(), Header::parse(&copy).unwrap());
            prop_assert_eq!((a.version, a.shape, a.dtype), (b.version, b.shape, b.dtype));
            let (from, to) = b.digits.unwrap().range();
            prop_assert!(to - from >= digits::WIDTH && matches!(to % 32, 0 | 24));
        }

        #[test]
        fn no_damage_makes_it_panic_or_say_something_else(
            damage in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(b"#\n\r (){},:'10shape\\\0".to_vec())), 0..12),
            rows in 0_u64..1_000_000,
        ) {
            let mut bytes = saved(&text("'<f8'", &format!("({rows},)")), Some(50), Version::V1);
            for (at, byte) in damage {
                let at = 10 + at.index(bytes.len() - 10);
                bytes[at] = byte;
            }
            let _ = widened(&bytes, 64);
            if let Some(steps) = widen(&bytes) {
                let start = Header::parse(&bytes).unwrap();
                for store in steps.iter().flatten() {
                    apply(&mut bytes, store);
                    assert_same(&start, &bytes);
                }
            }
        }
    }
}
