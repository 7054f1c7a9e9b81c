//! Scalars as exact text.

use std::io::Write as _;

use npyt::{FloatValue, TextValue};

/// What is no finite number, in every format of text.
pub(crate) const NAN: &str = "NaN";
pub(crate) const INFINITY: &str = "Infinity";
pub(crate) const MINUS_INFINITY: &str = "-Infinity";

/// The digits that tell it from its neighbours of its own width, and whether that is a number of JSON.
pub(super) fn float(float: FloatValue) -> (String, bool) {
    let text = float.to_string();
    match text.as_str() {
        "nan" => (NAN.to_owned(), false),
        "inf" => (INFINITY.to_owned(), false),
        "-inf" => (MINUS_INFINITY.to_owned(), false),
        _ => (text, true),
    }
}

/// Bytes as text: what is not printable ASCII is escaped as in Python.
pub(super) fn escape(bytes: &[u8], out: &mut Vec<u8>) {
    for &byte in bytes {
        match byte {
            b'\\' => out.extend(br"\\"),
            b'\n' => out.extend(br"\n"),
            b'\r' => out.extend(br"\r"),
            b'\t' => out.extend(br"\t"),
            b' '..=b'~' => out.push(byte),
            // Writing to a vector doesn't fail.
            _ => drop(write!(out, "\\x{byte:02x}")),
        }
    }
}

/// Bytes as hex.
pub(super) fn hex(bytes: &[u8], out: &mut Vec<u8>) {
    bytes.iter().for_each(|byte| drop(write!(out, "{byte:02x}")));
}

/// What a code point is to Unicode.
pub(super) enum Point {
    Char(char),
    /// Half of a pair, which stands alone.
    Surrogate(u16),
}

pub(super) fn points(text: TextValue<'_>) -> impl Iterator<Item = Point> {
    text.code_points().map(|point| match (char::from_u32(point), u16::try_from(point)) {
        (Some(char), _) => Point::Char(char),
        (None, Ok(surrogate)) => Point::Surrogate(surrogate),
        (None, Err(_)) => Point::Char(char::REPLACEMENT_CHARACTER),
    })
}

/// Text as UTF-8, and surrogates in the same way, as Python's `surrogatepass` has them.
pub(super) fn utf8(text: TextValue<'_>, out: &mut Vec<u8>) {
    for point in points(text) {
        match point {
            Point::Char(char) => out.extend(char.encode_utf8(&mut [0; 4]).as_bytes()),
            Point::Surrogate(half) => {
                let low = |shift: u16| 0x80 | ((half >> shift) & 0x3F) as u8;
                out.extend([0xE0 | (half >> 12) as u8, low(6), low(0)]);
            }
        }
    }
}
