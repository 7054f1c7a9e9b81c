//! The text at the start of every `.npy` file: bytes to [`Header`] and back.
//!
//! Source of the format: numpy's `numpy.lib.format` documentation (NEP 1). What is written here loads in stock numpy. What is
//! read is what stock `np.load` reads, as the same dtype, flags included; `tests/headers.rs` and `tests/dtypes.rs` hold that
//! against numpy itself. What differs, all of it nothing that `np.save` writes:
//!
//! - Refused here: bytes, sets, floats, signs, texts in three quotes, and numbers in another spelling than decimal digits; names with half of a surrogate
//!   pair; `True` for a length; a text or a dict where a list stands; titles that are no texts; fields on a number
//!   (`('<i4', {...})`), which numpy loses when it saves; a shape for an array that is empty, which numpy takes for its size;
//!   `U` of bytes that are no multiple of four; units of a multiple of 0, which numpy divides by, or with a divisor; blanks and
//!   signs within a type string; more than 1 MiB, 64 levels of brackets, 64 dimensions in all.
//! - Read here: `long double`s of 32-bit machines (`<f12`, `<c24`), of which numpy knows its own machine's only; a sub-array
//!   around the whole row, whose dimensions numpy loads only through `mmap_mode`; headers of more than 10,000 characters, which
//!   numpy's callers have to ask for; blanks behind the last line end.

mod base;
mod comma;
mod descr;
mod digits;
mod error;
mod literal;
mod read;
mod text;
mod widen;
mod write;

pub(crate) use base::{NOTE_CHARS, note_base, noted_base};
pub(crate) use digits::{DigitField, MOST_DIGIT_WORDS, MOST_FALLS};
pub use error::HeaderError;
pub(crate) use widen::{Step, widen, widened};
pub(crate) use write::{write, write_with_base};

pub use crate::dtype::Form;

use crate::dtype::{DType, MOST_DIMENSIONS};
use literal::{Node, Value};

pub(crate) const MAGIC: &[u8; 6] = b"\x93NUMPY";

/// The bytes that tell where the header ends: magic, version and the longer of the two length fields.
pub(crate) const PREFIX: usize = 12;

/// `np.load` refuses a header of more characters than this, unless its caller raises `max_header_size`.
pub(crate) const MOST_CHARS: usize = 10_000;

/// The longest header read here: far beyond what numpy loads unasked, little enough to parse without a thought.
pub(crate) const LONGEST: u64 = 1 << 20;

/// The versions of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Version {
    /// Latin-1 text, a length of 16 bits.
    V1,
    /// Latin-1 text, a length of 32 bits.
    V2,
    /// UTF-8 text, a length of 32 bits.
    V3,
}

impl Version {
    pub(crate) const fn number(self) -> (u8, u8) {
        match self {
            Self::V1 => (1, 0),
            Self::V2 => (2, 0),
            Self::V3 => (3, 0),
        }
    }

    const fn prefix(self) -> usize {
        match self {
            Self::V1 => 10,
            Self::V2 | Self::V3 => 12,
        }
    }
}

/// What a header says.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    pub(crate) version: Version,
    /// Where the rows start.
    pub(crate) offset: u64,
    /// Of an item of the array; see [`Self::row`].
    pub(crate) dtype: DType,
    /// The literal that says so.
    pub(crate) descr: String,
    pub(crate) shape: Vec<u64>,
    pub(crate) fortran_order: bool,
    /// `None` only for the shape `()`.
    pub(crate) digits: Option<DigitField>,
    /// Whether the digits say that the capacity [fell](DigitField::falls) under readers.
    pub(crate) has_falls: bool,
}

/// Reads the prefix: the version, and the length of the whole header.
pub(crate) fn read_prefix(bytes: &[u8]) -> Result<(Version, u64), HeaderError> {
    let cut = |needed: usize| HeaderError::Cut { needed: needed as u64, found: bytes.len() as u64 };
    // What there is of it first: a short file of another kind is not a short `.npy`.
    let there = bytes.len().min(MAGIC.len());
    if bytes[..there] != MAGIC[..there] {
        return Err(HeaderError::Magic { found: bytes[..bytes.len().min(8)].to_vec() });
    }
    if there < MAGIC.len() {
        return Err(cut(MAGIC.len()));
    }
    let version = match bytes.get(6..8).ok_or_else(|| cut(8))? {
        [1, 0] => Version::V1,
        [2, 0] => Version::V2,
        [3, 0] => Version::V3,
        other => return Err(HeaderError::Version { major: other[0], minor: other[1] }),
    };
    let length = match *bytes.get(8..version.prefix()).ok_or_else(|| cut(version.prefix()))? {
        [a, b] => u64::from(u16::from_le_bytes([a, b])),
        [a, b, c, d] => u64::from(u32::from_le_bytes([a, b, c, d])),
        _ => return Err(cut(version.prefix())),
    };
    let offset = version.prefix() as u64 + length;
    if offset > LONGEST {
        return Err(HeaderError::TooLong { length: offset });
    }
    Ok((version, offset))
}

impl Header {
    /// Reads a header; `bytes` are at least the whole of it.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, HeaderError> {
        let (version, offset) = read_prefix(bytes)?;
        let prefix = version.prefix();
        let text = usize::try_from(offset).ok().and_then(|end| bytes.get(prefix..end));
        let text = text.ok_or(HeaderError::Cut { needed: offset, found: bytes.len() as u64 })?;
        let root = literal::parse(text, prefix, version)?;
        let Value::Dict(items) = &root.value else {
            return Err(root.error("a dict with 'descr', 'fortran_order' and 'shape'"));
        };
        let mut found: [Option<&Node>; 3] = [None; 3];
        for (key, value) in items {
            let slot = match &key.value {
                Value::Text(text) => ["descr", "fortran_order", "shape"].iter().position(|known| known == text),
                _ => None,
            };
            match slot {
                Some(i) => found[i] = Some(value),
                None => return Err(key.error("only the keys 'descr', 'fortran_order' and 'shape'")),
            }
        }
        let [Some(descr), Some(order), Some(shape)] = found else {
            return Err(root.error("the keys 'descr', 'fortran_order' and 'shape'"));
        };
        let Value::Bool(fortran_order) = order.value else {
            return Err(order.error("True or False"));
        };
        let Value::Tuple(lens) = &shape.value else {
            return Err(shape.error("a tuple of lengths"));
        };
        if lens.len() > MOST_DIMENSIONS {
            return Err(shape.error("at most 64 dimensions"));
        }
        let (mut digits, mut has_falls) = (None, false);
        let mut numbers = Vec::with_capacity(lens.len());
        for len in lens {
            let Value::Int(n, end) = len.value else {
                return Err(len.error("a length"));
            };
            // The blanks between the bracket and the first number belong to its field.
            // No more of them than the longest number takes: the field is compared at every look.
            if digits.is_none() {
                let most = digits::MOST_WIDTH.saturating_sub(end - len.at);
                let blanks = bytes[..len.at].iter().rev().take(most).take_while(|b| matches!(b, b' ' | b'\t')).count();
                // A zero may have more digits than any number.
                let start = (len.at - blanks).max(end.saturating_sub(digits::MOST_WIDTH));
                digits = Some(DigitField::new(start, end));
                has_falls = bytes[start..len.at.max(start)].contains(&b'\t');
            }
            numbers.push(n);
        }
        Ok(Self {
            version,
            offset,
            dtype: read::loaded(descr)?,
            descr: descr.text(),
            shape: numbers,
            fortran_order,
            digits,
            has_falls,
        })
    }

    /// What one row is: an item, or for more dimensions an array of them. `None` for a shape without a first axis, and
    /// where the size of a row overflows.
    pub(crate) fn row(&self) -> Option<DType> {
        row(&self.dtype, self.shape.get(1..)?)
    }
}

/// What one step of the first axis spans in C order, `rest` being the other axes; `None` where its size overflows.
pub(crate) fn row(item: &DType, rest: &[u64]) -> Option<DType> {
    let lens = rest.iter().map(|&len| usize::try_from(len)).collect::<Result<Vec<_>, _>>().ok()?;
    DType::with_shape(item.clone(), &lens)
}

#[cfg(test)]
mod tests;
