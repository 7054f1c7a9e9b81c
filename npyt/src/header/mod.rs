//! The text at the start of every `.npy` file: bytes to [`Header`] and back.
//!
//! Source of the format: numpy's `numpy.lib.format` documentation (NEP 1). What is written here loads in stock numpy;
//! what is read is everything `np.save` writes, and no more.

mod descr;
mod digits;
mod literal;

pub(crate) use digits::{DigitField, WIDTH};

use std::fmt;

use crate::dtype::DType;
use literal::{Node, Value};

pub(crate) const MAGIC: &[u8; 6] = b"\x93NUMPY";

/// The bytes that tell where the header ends: magic, version and the longer of the two length fields.
pub(crate) const PREFIX: usize = 12;

/// `np.load` refuses a header of more characters than this, unless its caller raises `max_header_size`.
pub(crate) const MOST_CHARS: usize = 10_000;

/// The longest header read here: far beyond what numpy loads unasked, little enough to parse without a thought.
pub(crate) const LONGEST: u64 = 1 << 20;

/// The most dimensions numpy has.
pub(crate) const MOST_DIMENSIONS: usize = 64;

/// numpy pads headers so that rows begin at a multiple of this, and so does everything here.
const ALIGN: usize = 64;

/// Mappings begin at a page border, and the smallest pages are of this size: rows aligned to more are not read in place.
const MOST_ALIGNED: usize = 4096;

/// How the dtype of a record is spelled in the header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Form {
    /// `('|V24', {'names': …, 'aligned': True})`: stock `np.load` gives back a dtype whose `isalignedstruct` is true, so
    /// numba takes the array without a copy. The shape stands where a growing file can change it in one atomic store.
    /// Rows that are no aligned struct (scalars, packed structs) have numpy's ordinary spelling.
    #[default]
    Aligned,
    /// `[('ts', '<i8'), …, ('', '|V3')]`: what `np.save` and Python's npyt write, to the byte; the align flag is lost.
    /// For readers of `.npy` that are not numpy.
    List,
}

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
    pub(crate) shape: Vec<u64>,
    pub(crate) fortran_order: bool,
    /// `None` only for the shape `()`.
    pub(crate) digits: Option<DigitField>,
}

/// Reads the prefix: the version, and the length of the whole header.
pub(crate) fn read_prefix(bytes: &[u8]) -> Result<(Version, u64), HeaderError> {
    let cut = |needed: usize| HeaderError::Cut { needed: needed as u64, found: bytes.len() as u64 };
    let magic = bytes.get(..MAGIC.len()).ok_or_else(|| cut(MAGIC.len()))?;
    if magic != MAGIC {
        return Err(HeaderError::Magic { found: bytes[..bytes.len().min(8)].to_vec() });
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
        let mut digits = None;
        let mut numbers = Vec::with_capacity(lens.len());
        for len in lens {
            let Value::Int(n, end) = len.value else {
                return Err(len.error("a length"));
            };
            // The spaces between the bracket and the first number belong to its field.
            // No more of them than the longest number takes: the field is compared at every look.
            if digits.is_none() {
                let most = digits::MOST_WIDTH.saturating_sub(end - len.at);
                let spaces = bytes[..len.at].iter().rev().take(most).take_while(|&&b| b == b' ').count();
                digits = Some(DigitField::new(len.at - spaces, end));
            }
            numbers.push(n);
        }
        Ok(Self { version, offset, dtype: descr::read(descr)?, shape: numbers, fortran_order, digits })
    }

    /// What one row is: an item, or for more dimensions an array of them. `None` for a shape without a first axis, and
    /// where the size of a row overflows.
    pub(crate) fn row(&self) -> Option<DType> {
        let rest = self.shape.get(1..)?;
        let lens = rest.iter().map(|&n| usize::try_from(n)).collect::<Result<Vec<_>, _>>().ok()?;
        DType::with_shape(self.dtype.clone(), &lens)
    }
}

/// Writes the header of a file of `capacity` rows; the rows start after it. `alignment` is what the rows need in memory.
pub(crate) fn write(row: &DType, capacity: u64, form: Form, alignment: usize) -> Result<Vec<u8>, HeaderError> {
    let (item, rest) = row.base();
    let mut text = String::from("{'descr': ");
    match form {
        Form::Aligned if item.is_aligned() => descr::write_aligned(&mut text, item),
        _ => descr::write_list(&mut text, item),
    }
    text.push_str(", 'fortran_order': False, 'shape': (");
    let mut after = String::new();
    if rest.is_empty() {
        after.push(',');
    }
    for len in &rest {
        after.push_str(&format!(", {len}"));
    }
    after.push_str("), }");
    if form == Form::List {
        // numpy leaves room for the number to grow, npyt leaves it a second time.
        after.push_str(&" ".repeat(WIDTH.saturating_sub(capacity.to_string().len())));
    }
    // numpy's order: Latin-1 as long as the names allow it, the shorter length field as long as the text does.
    let latin = text.chars().all(|c| u32::from(c) < 0x100);
    let versions: &[Version] = if latin { &[Version::V1, Version::V2] } else { &[Version::V3] };
    for &version in versions {
        let mut bytes = encode(&text, version);
        if form == Form::Aligned {
            // The last digit ends an aligned word and the 24 bytes before it lie in one block of 32.
            while !matches!((bytes.len() + WIDTH) % 32, 0 | 24) {
                bytes.push(b' ');
            }
        }
        bytes.extend(format!("{capacity:>WIDTH$}").into_bytes());
        bytes.extend(after.bytes());
        if finish(&mut bytes, version, form, alignment) {
            let chars = if version == Version::V3 {
                String::from_utf8_lossy(&bytes[version.prefix()..]).chars().count()
            } else {
                bytes.len() - version.prefix()
            };
            if chars > MOST_CHARS {
                return Err(HeaderError::TooManyChars { chars, form });
            }
            return Ok(bytes);
        }
    }
    Err(HeaderError::TooManyChars { chars: text.chars().count(), form })
}

/// The prefix, its length field still empty, and `text` in the version's encoding.
fn encode(text: &str, version: Version) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() + 128);
    bytes.extend(MAGIC);
    bytes.extend([version.number().0, version.number().1]);
    bytes.resize(version.prefix(), 0);
    if version == Version::V3 {
        bytes.extend(text.bytes());
    } else {
        bytes.extend(text.chars().filter_map(|c| u8::try_from(u32::from(c)).ok()));
    }
    bytes
}

/// Pads to where the rows start and fills in the length; `false` when it doesn't fit the version.
fn finish(bytes: &mut Vec<u8>, version: Version, form: Form, alignment: usize) -> bool {
    let align = alignment.clamp(ALIGN, MOST_ALIGNED);
    // numpy adds a whole block where none is needed.
    let pad = match (align - (bytes.len() + 1) % align, form) {
        (pad, Form::List) => pad,
        (pad, Form::Aligned) => pad % align,
    };
    bytes.resize(bytes.len() + pad, b' ');
    bytes.push(b'\n');
    let length = bytes.len() - version.prefix();
    if version == Version::V1 {
        let Ok(length) = u16::try_from(length) else { return false };
        bytes[8..10].copy_from_slice(&length.to_le_bytes());
    } else {
        let Ok(length) = u32::try_from(length) else { return false };
        bytes[8..12].copy_from_slice(&length.to_le_bytes());
    }
    true
}

/// What is wrong with a header, or with a dtype that was to become one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeaderError {
    /// The first bytes are not those of an `.npy` file.
    Magic {
        /// The bytes there, at most eight.
        found: Vec<u8>,
    },
    /// A version of the format that is not known.
    Version {
        /// The byte at 6.
        major: u8,
        /// The byte at 7.
        minor: u8,
    },
    /// The file ends within the header.
    Cut {
        /// Bytes the header takes.
        needed: u64,
        /// Bytes there are.
        found: u64,
    },
    /// The header claims to be longer than any real one.
    TooLong {
        /// Its claimed length in bytes.
        length: u64,
    },
    /// The text is no Python literal.
    Syntax {
        /// The byte of the file.
        at: usize,
        /// What would be right there.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// A literal, but not one that belongs there.
    Value {
        /// The byte of the file.
        at: usize,
        /// What would be right there.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// A type that can't be read.
    Type {
        /// The byte of the file.
        at: usize,
        /// The type string.
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A dtype whose header `np.load` would refuse.
    TooManyChars {
        /// The characters of the header.
        chars: usize,
        /// The form it was to be written in.
        form: Form,
    },
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic { found } => write!(
                f,
                "not an .npy file: expected the bytes \"\\x93NUMPY\" at the start, found \"{}\"",
                found.escape_ascii()
            ),
            Self::Version { major, minor } => {
                write!(f, "expected version 1.0, 2.0 or 3.0 of the .npy format at byte 6, found {major}.{minor}")
            }
            Self::Cut { found: 0, .. } => f.write_str("not an .npy file: it is empty"),
            Self::Cut { needed, found } => {
                write!(
                    f,
                    "cut short: the header takes {needed} bytes, the file has {found}; copy it again from its source"
                )
            }
            Self::TooLong { length } => write!(
                f,
                "the header claims {length} bytes at byte 8; expected at most {LONGEST}: the file is damaged, or no .npy file"
            ),
            Self::Syntax { at, expected, found } | Self::Value { at, expected, found } => {
                write!(f, "expected {expected} at byte {at} of the header, found {found}")
            }
            Self::Type { at, text, why } => write!(f, "type {text:?} at byte {at} of the header: {why}"),
            Self::TooManyChars { chars, form } => {
                write!(
                    f,
                    "the header would have {chars} characters; np.load refuses more than {MOST_CHARS}: fewer or shorter field names"
                )?;
                match form {
                    Form::Aligned => f.write_str(", or the shorter Form::List, which gives up the align flag"),
                    Form::List => Ok(()),
                }
            }
        }
    }
}

impl std::error::Error for HeaderError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dtype::{Field, Kind, Record, Scalar};
    use proptest::prelude::*;

    fn tick() -> DType {
        let number = |kind, size| DType::Scalar(Scalar::number(kind, size));
        let fields = vec![
            Field::new("ts".into(), None, number(Kind::Int, 8), 0),
            Field::new("px".into(), None, number(Kind::Float, 8), 8),
            Field::new("qty".into(), None, number(Kind::Float, 4), 16),
            Field::new("side".into(), None, number(Kind::UInt, 1), 20),
        ];
        DType::Record(Record::new(fields, 24, true).unwrap())
    }

    #[test]
    fn the_aligned_form_is_what_stock_numpy_keeps_the_flag_of() {
        let bytes = write(&tick(), 10, Form::Aligned, 8).unwrap();
        let text = str::from_utf8(&bytes[10..]).unwrap();
        let squeezed = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(
            squeezed,
            "{'descr': ('|V24', {'names': ['ts', 'px', 'qty', 'side'], 'formats': ['<i8', '<f8', '<f4', '|u1'], \
             'offsets': [0, 8, 16, 20], 'itemsize': 24, 'aligned': True}), 'fortran_order': False, 'shape': ( 10,), }"
        );
    }

    #[test]
    fn the_list_form_spells_padding_out() {
        let bytes = write(&tick(), 10, Form::List, 8).unwrap();
        let text = str::from_utf8(&bytes[10..]).unwrap();
        assert!(text.starts_with(
            "{'descr': [('ts', '<i8'), ('px', '<f8'), ('qty', '<f4'), ('side', '|u1'), ('', '|V3')], \
             'fortran_order': False, 'shape': (                   10,), }                   "
        ));
        assert!(text.ends_with(" \n") && bytes.len().is_multiple_of(64));
    }

    #[test]
    fn rows_start_where_their_type_may_lie() {
        for (alignment, form) in [1, 8, 64, 128, 4096].into_iter().flat_map(|a| [(a, Form::Aligned), (a, Form::List)]) {
            let bytes = write(&tick(), 10, form, alignment).unwrap();
            assert!(bytes.len().is_multiple_of(alignment.max(64)));
            assert_eq!(Header::parse(&bytes).unwrap().offset, bytes.len() as u64);
        }
    }

    #[test]
    fn a_header_that_numpy_would_refuse_is_not_written() {
        let field = |i: usize| {
            Field::new(format!("a_rather_long_name_{i}"), None, DType::Scalar(Scalar::number(Kind::Float, 8)), 8 * i)
        };
        let wide = |n| DType::Record(Record::new((0..n).map(field).collect(), 8 * n, true).unwrap());
        for form in [Form::Aligned, Form::List] {
            assert!(write(&wide(100), 10, form, 8).is_ok());
            let error = write(&wide(2_000), 10, form, 8).map(|header| header.len()).unwrap_err();
            assert!(matches!(error, HeaderError::TooManyChars { .. }), "{error}");
        }
        let text = write(&wide(260), 10, Form::Aligned, 8).map(|header| header.len()).unwrap_err().to_string();
        assert!(text.contains("10000") && text.contains("Form::List"), "{text}");
        assert!(write(&wide(260), 10, Form::List, 8).is_ok());
    }

    prop_compose! {
        fn any_scalar()(text in prop::sample::select(vec![
            "|b1", "|i1", "<i2", "<i4", "<i8", "|u1", "<u2", ">u4", "<u8", "<f2", "<f4", ">f8", "<f16", "<c8", "<c16", "|S0",
            "|S7", "<U3", "|V5", "<M8[ns]", "<m8[25us]", "<M8",
        ])) -> DType {
            DType::Scalar(Scalar::parse(text).unwrap())
        }
    }

    /// A record with fields placed by numpy's rule, or packed, nested a few levels.
    fn any_dtype() -> impl Strategy<Value = DType> {
        any_scalar().prop_recursive(3, 24, 5, |inner| {
            let field = ("[a-zé价'\"\\\\ ]{1,6}", inner, prop::collection::vec(0_usize..4, 0..3));
            (prop::collection::btree_map(any::<u8>(), field, 1..6), any::<bool>()).prop_map(|(fields, aligned)| {
                let mut at = 0;
                let mut largest = 1;
                let fields: Vec<Field> = fields
                    .into_iter()
                    .map(|(i, (name, dtype, shape))| {
                        let dtype = DType::with_shape(dtype, &shape).unwrap();
                        let alignment = if aligned { dtype.alignment() } else { 1 };
                        largest = largest.max(alignment);
                        at = usize::next_multiple_of(at, alignment);
                        let field = Field::new(format!("{name}{i}"), None, dtype, at);
                        at = field.end();
                        field
                    })
                    .collect();
                DType::Record(Record::new(fields, at.next_multiple_of(largest), aligned).unwrap())
            })
        })
    }

    fn flags(dtype: &DType, out: &mut Vec<bool>) {
        if let DType::Record(record) = dtype.base().0 {
            out.push(record.is_aligned());
            record.fields().iter().for_each(|field| flags(field.dtype(), out));
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            item in any_dtype(),
            shape in prop::collection::vec(0_usize..5, 0..3),
            capacity in any::<u64>().prop_flat_map(|n| 0..=n),
            list: bool,
        ) {
            let form = if list { Form::List } else { Form::Aligned };
            let row = DType::with_shape(item.clone(), &shape).unwrap();
            let bytes = write(&row, capacity, form, 8).unwrap();
            let header = Header::parse(&bytes).unwrap();
            prop_assert_eq!(header.offset, bytes.len() as u64);
            prop_assert_eq!(header.offset % 64, 0);
            prop_assert_eq!(&header.dtype, &item);
            prop_assert_eq!(header.row().unwrap(), row);
            prop_assert_eq!(header.shape[0], capacity);
            prop_assert!(!header.fortran_order);
            if !list && item.is_aligned() {
                let (mut wrote, mut read) = (Vec::new(), Vec::new());
                flags(&item, &mut wrote);
                flags(&header.dtype, &mut read);
                prop_assert_eq!(wrote, read);
            }

            // The number's place: found, as wide as numpy allows for, and in our layout on words of one block.
            let (start, end) = header.digits.unwrap().range();
            prop_assert!(end - start >= WIDTH);
            prop_assert_eq!(str::from_utf8(&bytes[start..end]).unwrap().trim(), capacity.to_string());
            if !list {
                prop_assert!(end % 8 == 0 && (end - 24) / 32 == (end - 1) / 32);
            }
        }

        #[test]
        fn another_number_in_its_place_is_another_header_of_the_same_length(item in any_dtype(), from: u64, to: u64, list: bool) {
            let form = if list { Form::List } else { Form::Aligned };
            let mut bytes = write(&item, from, form, 8).unwrap();
            let field = Header::parse(&bytes).unwrap().digits.unwrap();
            let (start, end) = field.range();
            bytes[start..end].copy_from_slice(&field.render(to).unwrap());
            let header = Header::parse(&bytes).unwrap();
            prop_assert_eq!((header.shape[0], header.dtype), (to, item));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = Header::parse(&bytes);
        }

        #[test]
        fn no_damage_to_a_header_makes_it_panic(item in any_dtype(), at: prop::sample::Index, byte: u8, cut: prop::sample::Index) {
            let mut bytes = write(&item, 10, Form::Aligned, 8).unwrap();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let _ = Header::parse(&bytes);
            let cut = cut.index(bytes.len());
            prop_assert!(Header::parse(&bytes[..cut]).is_err());
        }

        #[test]
        fn no_literal_makes_it_panic(text in r#"[\[\]\(\)\{\}'":, 0-9a-zL\\|<>TFN]{0,80}"#) {
            let mut bytes = encode(&format!("{{'descr': {text}, 'fortran_order': False, 'shape': (3,)}}"), Version::V1);
            finish(&mut bytes, Version::V1, Form::Aligned, 8);
            let _ = Header::parse(&bytes);
        }
    }
}
