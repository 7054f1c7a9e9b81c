//! A header for a dtype, in either form.

use super::base::{NOTE_CHARS, note_base};
use super::digits::WIDTH;
use super::{Form, HeaderError, MAGIC, MOST_CHARS, Version, descr};
use crate::dtype::DType;

/// Mappings begin at a page border, and the smallest pages are of this size: rows aligned to more are not read in place.
const MOST_ALIGNED: usize = 4096;

/// numpy pads headers so that rows begin at a multiple of this, and so does everything here.
const ALIGN: usize = 64;

/// Writes the header of a file of `capacity` rows; the rows start after it. `alignment` is what the rows need in memory.
pub(crate) fn write(row: &DType, capacity: u64, form: Form, alignment: usize) -> Result<Vec<u8>, HeaderError> {
    write_with_base(row, capacity, form, alignment, None)
}

/// The same with a [note](super::base) of the number of the first row. In the list form, which is Python's to the byte but for
/// it, only where there are spaces enough.
pub(crate) fn write_with_base(
    row: &DType,
    capacity: u64,
    form: Form,
    alignment: usize,
    base: Option<u64>,
) -> Result<Vec<u8>, HeaderError> {
    let (item, rest) = row.base();
    let mut text = String::from("{'descr': ");
    descr::write(&mut text, item, form)?;
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
            align_digits(&mut bytes);
        }
        bytes.extend(format!("{capacity:>WIDTH$}").into_bytes());
        bytes.extend(after.bytes());
        if base.is_some() && form == Form::Aligned {
            bytes.extend([b' '; NOTE_CHARS]);
        }
        if finish(&mut bytes, version, form, alignment) {
            let chars = if version == Version::V3 {
                String::from_utf8_lossy(&bytes[version.prefix()..]).chars().count()
            } else {
                bytes.len() - version.prefix()
            };
            if chars > MOST_CHARS {
                return Err(HeaderError::TooManyChars { chars, form });
            }
            if let Some(base) = base {
                note_base(&mut bytes, base);
            }
            return Ok(bytes);
        }
    }
    Err(HeaderError::TooManyChars { chars: text.chars().count(), form })
}

/// Adds spaces until a number may follow: its last digit ends an aligned word, and the 24 bytes before it lie in one block
/// of 32.
pub(super) fn align_digits(bytes: &mut Vec<u8>) {
    while !matches!((bytes.len() + WIDTH) % 32, 0 | 24) {
        bytes.push(b' ');
    }
}

/// The prefix, its length field still empty, and `text` in the version's encoding.
pub(super) fn encode(text: &str, version: Version) -> Vec<u8> {
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
pub(super) fn finish(bytes: &mut Vec<u8>, version: Version, form: Form, alignment: usize) -> bool {
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
