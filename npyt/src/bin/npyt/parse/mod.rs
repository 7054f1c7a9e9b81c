//! Scalars from text: what `format::csv` prints, and what others write for the same.

mod big;
mod decimal;
mod float;
mod text;
mod time;

use std::fmt;
use std::ops::RangeInclusive;

use npyt::{ByteOrder, Scalar, ScalarKind};

/// What a cell was to be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Expected(String);

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.0)
    }
}

fn expected<T>(what: impl Into<String>) -> Result<T, Expected> {
    Err(Expected(what.into()))
}

/// Puts the scalar that `cell` says into `out`, which is as long as it.
pub(crate) fn scalar(scalar: Scalar, cell: &[u8], out: &mut [u8]) -> Result<(), Expected> {
    match scalar.kind() {
        ScalarKind::Bytes => return text::bytes(cell, out),
        ScalarKind::Text => {
            text::text(cell, out)?;
            if scalar.byte_order() == ByteOrder::Big {
                out.chunks_exact_mut(4).for_each(<[u8]>::reverse);
            }
            return Ok(());
        }
        _ => {}
    }
    let Ok(cell) = str::from_utf8(cell) else { return expected("text in UTF-8") };
    let cell = cell.trim_matches([' ', '\t']);
    let is_big = scalar.byte_order() == ByteOrder::Big;
    // Each half of a complex number is in that order.
    let number = |bytes: &[u8], out: &mut [u8]| {
        out.iter_mut().zip(bytes).for_each(|(out, &byte)| *out = byte);
        if is_big {
            out.reverse();
        }
    };
    let half = out.len() / 2;
    match scalar.kind() {
        ScalarKind::Bool => out.fill(u8::from(boolean(cell)?)),
        ScalarKind::Int => number(&int(cell, scalar.size())?.to_le_bytes(), out),
        ScalarKind::UInt => number(&uint(cell, scalar.size())?.to_le_bytes(), out),
        ScalarKind::Float => number(&float::float(cell, scalar.size())?, out),
        ScalarKind::Complex => {
            let (re, im) = float::complex(cell, half)?;
            let (first, second) = out.split_at_mut(half);
            number(&re, first);
            number(&im, second);
        }
        ScalarKind::DateTime | ScalarKind::TimeDelta => number(&time::time(cell, scalar)?.to_le_bytes(), out),
        _ => text::hex(cell, out)?,
    }
    Ok(())
}

fn boolean(cell: &str) -> Result<bool, Expected> {
    match cell {
        "true" | "True" | "TRUE" | "1" => Ok(true),
        "false" | "False" | "FALSE" | "0" => Ok(false),
        _ => expected("true or false"),
    }
}

fn int(cell: &str, size: usize) -> Result<i64, Expected> {
    let spare = 64 - 8 * size.clamp(1, 8) as u32;
    in_range(cell.parse(), i64::MIN >> spare..=i64::MAX >> spare)
}

fn uint(cell: &str, size: usize) -> Result<u64, Expected> {
    in_range(cell.parse(), 0..=u64::MAX >> (64 - 8 * size.clamp(1, 8) as u32))
}

fn in_range<N: PartialOrd + fmt::Display, E>(found: Result<N, E>, range: RangeInclusive<N>) -> Result<N, Expected> {
    match found {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => expected(format!("an integer from {} to {}", range.start(), range.end())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use npyt::DType;

    /// The scalars of a dtype, as the command line takes them.
    pub(super) fn of(name: &str) -> Scalar {
        match name.parse() {
            Ok(DType::Scalar(scalar)) => scalar,
            other => panic!("{name}: {other:?}"),
        }
    }

    fn parse(name: &str, cell: &str) -> Result<Vec<u8>, Expected> {
        let kind = of(name);
        let mut out = vec![0; kind.size()];
        scalar(kind, cell.as_bytes(), &mut out).map(|()| out)
    }

    #[test]
    fn integers_fill_their_range_and_no_more() {
        for (name, first, last) in [
            ("|i1", i8::MIN.to_string(), i8::MAX.to_string()),
            ("<i2", i16::MIN.to_string(), i16::MAX.to_string()),
            (">i4", i32::MIN.to_string(), i32::MAX.to_string()),
            ("<i8", i64::MIN.to_string(), i64::MAX.to_string()),
            ("|u1", "0".to_owned(), u8::MAX.to_string()),
            (">u2", "0".to_owned(), u16::MAX.to_string()),
            ("<u4", "0".to_owned(), u32::MAX.to_string()),
            ("<u8", "0".to_owned(), u64::MAX.to_string()),
        ] {
            assert!(parse(name, &first).is_ok() && parse(name, &format!(" {last} ")).is_ok(), "{name}");
            let beyond =
                [(first.parse::<i128>().unwrap() - 1).to_string(), (last.parse::<i128>().unwrap() + 1).to_string()];
            for cell in beyond.iter().map(String::as_str).chain(["", "1.0", "x", "0x10", "1_000", "٣"]) {
                let error = parse(name, cell).unwrap_err().to_string();
                assert_eq!(error, format!("expected an integer from {first} to {last}"), "{name} {cell:?}");
            }
        }
        assert_eq!(parse("<i2", "-2").unwrap(), [0xFE, 0xFF]);
        assert_eq!(parse(">i2", "-2").unwrap(), [0xFF, 0xFE]);
        assert_eq!(parse(">u4", "258").unwrap(), [0, 0, 1, 2]);
    }

    #[test]
    fn bools_are_words_or_digits() {
        for (cell, byte) in [("true", 1), ("True", 1), ("1", 1), ("false", 0), ("False", 0), ("0", 0)] {
            assert_eq!(parse("|b1", cell).unwrap(), [byte]);
        }
        for cell in ["", "yes", "2", "t"] {
            assert_eq!(parse("|b1", cell).unwrap_err().to_string(), "expected true or false");
        }
    }
}
