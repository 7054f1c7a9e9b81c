//! Bytes and texts as Python's `repr` writes them.

use std::fmt;

use super::TextValue;

/// `b'ab\x00'`.
pub(super) fn write_bytes(out: &mut impl fmt::Write, bytes: &[u8]) -> fmt::Result {
    let quote = quote(bytes.contains(&b'\''), bytes.contains(&b'"'));
    write!(out, "b{quote}")?;
    for &byte in bytes {
        match byte {
            b'\\' => out.write_str("\\\\")?,
            b'\n' => out.write_str("\\n")?,
            b'\r' => out.write_str("\\r")?,
            b'\t' => out.write_str("\\t")?,
            byte if char::from(byte) == quote => write!(out, "\\{quote}")?,
            b' '..=b'~' => out.write_char(char::from(byte))?,
            byte => write!(out, "\\x{byte:02x}")?,
        }
    }
    out.write_char(quote)
}

/// `b'\x61\x6B'`: numpy shows the bytes of a void by their numbers alone, with large letters.
pub(super) fn write_void(out: &mut impl fmt::Write, bytes: &[u8]) -> fmt::Result {
    out.write_str("b'")?;
    bytes.iter().try_for_each(|byte| write!(out, "\\x{byte:02X}"))?;
    out.write_char('\'')
}

/// `'it''s'`: with a number in place of what can't be printed, and of what is no code point.
pub(super) fn write_text(out: &mut impl fmt::Write, text: TextValue<'_>) -> fmt::Result {
    let has = |wanted: char| text.code_points().any(|point| point == u32::from(wanted));
    let quote = quote(has('\''), has('"'));
    out.write_char(quote)?;
    for point in text.code_points() {
        match char::from_u32(point) {
            Some('\\') => out.write_str("\\\\")?,
            Some('\n') => out.write_str("\\n")?,
            Some('\r') => out.write_str("\\r")?,
            Some('\t') => out.write_str("\\t")?,
            Some(c) if c == quote => write!(out, "\\{quote}")?,
            Some(c) if is_printable(c) => out.write_char(c)?,
            _ if point < 0x100 => write!(out, "\\x{point:02x}")?,
            _ if point < 0x1_0000 => write!(out, "\\u{point:04x}")?,
            _ => write!(out, "\\U{point:08x}")?,
        }
    }
    out.write_char(quote)
}

/// The quote that needs no backslash, else the single one.
const fn quote(has_single: bool, has_double: bool) -> char {
    if has_single && !has_double { '"' } else { '\'' }
}

/// As Python has it, by the same properties of Unicode; their version is that of the standard library, which is what tells
/// by escaping. Behind another character, where it leaves those that combine with it.
fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return c == ' ' || c.is_ascii_graphic();
    }
    let mut text = [0; 5];
    text[0] = b'a';
    let end = 1 + c.encode_utf8(&mut text[1..]).len();
    !str::from_utf8(&text[..end]).unwrap_or_default().escape_debug().any(|c| c == '\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_print_as_in_python() {
        for (text, expected) in [
            ("", "''"),
            ("it's", "\"it's\""),
            ("both ' and \"", "'both \\' and \"'"),
            ("a\\b\n\t\r\0\x7f", "'a\\\\b\\n\\t\\r\\x00\\x7f'"),
            ("价é", "'价é'"),
            ("a\u{301}\u{200b}\u{a0}\u{e0001}", "'a\u{301}\\u200b\\xa0\\U000e0001'"),
        ] {
            let points: Vec<u8> = text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
            let mut out = String::new();
            // Zeros at the end are padding; here there are none.
            write_text(&mut out, TextValue::new(&points, false)).unwrap();
            assert_eq!(out, expected);
        }
        let mut out = String::new();
        write_text(&mut out, TextValue::new(&[0, 0xd8, 0, 0, 0xff, 0xff, 0xff, 0xff], false)).unwrap();
        assert_eq!(out, "'\\ud800\\Uffffffff'");
    }

    #[test]
    fn bytes_print_as_in_python() {
        for (bytes, expected) in
            [(&b"a\0b'"[..], "b\"a\\x00b'\""), (b"'\"\\\n\r\t\xff~", "b'\\'\"\\\\\\n\\r\\t\\xff~'"), (b"", "b''")]
        {
            let mut out = String::new();
            write_bytes(&mut out, bytes).unwrap();
            assert_eq!(out, expected);
        }
        let mut out = String::new();
        write_void(&mut out, b"ak\0").unwrap();
        assert_eq!(out, "b'\\x61\\x6B\\x00'");
    }
}
