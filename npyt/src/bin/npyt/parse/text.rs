//! Bytes and text.

use super::{Expected, expected};

/// The escapes of a bytes literal of Python.
pub(super) fn bytes(cell: &[u8], out: &mut [u8]) -> Result<(), Expected> {
    let mut found = Vec::with_capacity(cell.len());
    let mut rest = cell.iter();
    while let Some(&byte) = rest.next() {
        match byte {
            b'\\' => {
                let wanted = "an escape of \\\\, \\n, \\r, \\t or \\xNN after a backslash";
                found.push(match rest.next() {
                    Some(b'\\') => b'\\',
                    Some(b'n') => b'\n',
                    Some(b'r') => b'\r',
                    Some(b't') => b'\t',
                    Some(&quote @ (b'\'' | b'"')) => quote,
                    Some(b'x') => {
                        let digits = (rest.next().and_then(digit), rest.next().and_then(digit));
                        let (Some(high), Some(low)) = digits else { return expected(wanted) };
                        high << 4 | low
                    }
                    _ => return expected(wanted),
                });
            }
            128.. => return expected("ASCII, with any other byte as \\xNN"),
            _ => found.push(byte),
        }
    }
    if found.len() > out.len() {
        return expected(format!("at most {} bytes, found {}", out.len(), found.len()));
    }
    out.fill(0);
    out[..found.len()].copy_from_slice(&found);
    Ok(())
}

fn digit(byte: &u8) -> Option<u8> {
    char::from(*byte).to_digit(16).map(|digit| digit as u8)
}

/// UCS-4, least significant byte first.
pub(super) fn text(cell: &[u8], out: &mut [u8]) -> Result<(), Expected> {
    let points = points(cell)?;
    let most = out.len() / 4;
    if points.len() > most {
        return expected(format!("at most {most} characters, found {}", points.len()));
    }
    out.fill(0);
    out.chunks_exact_mut(4).zip(points).for_each(|(out, point)| out.copy_from_slice(&point.to_le_bytes()));
    Ok(())
}

/// The code points of UTF-8 in which surrogates stand too, as Python's `surrogatepass` has them.
fn points(mut rest: &[u8]) -> Result<Vec<u32>, Expected> {
    let mut points = Vec::with_capacity(rest.len());
    while !rest.is_empty() {
        let valid = match str::from_utf8(rest) {
            Ok(text) => text,
            Err(error) => str::from_utf8(&rest[..error.valid_up_to()]).unwrap_or_default(),
        };
        points.extend(valid.chars().map(u32::from));
        rest = match &rest[valid.len()..] {
            [] => &[],
            [0xED, second @ 0xA0..=0xBF, third @ 0x80..=0xBF, more @ ..] => {
                points.push(0xD000 | u32::from(second & 0x3F) << 6 | u32::from(third & 0x3F));
                more
            }
            _ => return expected("text in UTF-8"),
        };
    }
    Ok(points)
}

/// Two digits a byte.
pub(super) fn hex(cell: &str, out: &mut [u8]) -> Result<(), Expected> {
    let digits: Option<Vec<u8>> = cell.as_bytes().iter().map(digit).collect();
    match digits.filter(|digits| digits.len() == 2 * out.len()) {
        Some(digits) => {
            out.iter_mut().zip(digits.chunks_exact(2)).for_each(|(out, pair)| *out = pair[0] << 4 | pair[1]);
            Ok(())
        }
        None => expected(format!("{} digits of hex", 2 * out.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_taken_with_their_escapes() {
        let parse = |cell: &[u8]| {
            let mut out = [0xFF; 6];
            bytes(cell, &mut out).map(|()| out)
        };
        assert_eq!(parse(b"AB").unwrap(), *b"AB\0\0\0\0");
        assert_eq!(parse(br"\x00\\\n\xfF\t\r").unwrap(), *b"\0\\\n\xFF\t\r");
        assert_eq!(parse(b"").unwrap(), [0; 6]);
        assert_eq!(parse(br"\'\x22").unwrap(), *b"'\"\0\0\0\0");
        for (cell, says) in [
            (&b"1234567"[..], "expected at most 6 bytes, found 7"),
            (br"\", "after a backslash"),
            (br"\x", "after a backslash"),
            (br"\x0g", "after a backslash"),
            (br"\d", "after a backslash"),
            ("é".as_bytes(), "expected ASCII"),
        ] {
            let error = parse(cell).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn text_is_code_points_and_lone_surrogates_are_kept() {
        let parse = |cell: &[u8]| {
            let mut out = [0xFF; 12];
            text(cell, &mut out)
                .map(|()| out.as_chunks().0.iter().map(|&point| u32::from_le_bytes(point)).collect::<Vec<_>>())
        };
        assert_eq!(parse("aé\u{1F600}".as_bytes()).unwrap(), [0x61, 0xE9, 0x1F600]);
        assert_eq!(parse(b"x\xED\xA0\x80\xED\xBF\xBF").unwrap(), [0x78, 0xD800, 0xDFFF]);
        assert_eq!(parse(b"\xED\x9F\xBF").unwrap(), [0xD7FF, 0, 0]);
        assert_eq!(parse(b"abcd").unwrap_err().to_string(), "expected at most 3 characters, found 4");
        for cell in [&b"\xFF"[..], b"\xED\xA0", b"\xC0\x80", b"a\x80"] {
            assert_eq!(parse(cell).unwrap_err().to_string(), "expected text in UTF-8");
        }
    }

    #[test]
    fn hex_fills_what_it_is_for() {
        let mut out = [0; 3];
        hex("0aFF10", &mut out).unwrap();
        assert_eq!(out, [0x0A, 0xFF, 0x10]);
        for cell in ["", "0aff1", "0aff1000", "0aff1g"] {
            assert_eq!(hex(cell, &mut out).unwrap_err().to_string(), "expected 6 digits of hex");
        }
    }
}
