//! Floats of every width, and complex numbers.

use super::decimal::{self, Width};
use super::{Expected, expected};

/// Its bytes, least significant first; the rest of a `long double` is zeros.
pub(super) fn float(cell: &str, size: usize) -> Result<[u8; 16], Expected> {
    let wanted = "a number, NaN, Infinity or -Infinity";
    // Its grammar is that of each width.
    let Ok(double) = cell.parse::<f64>() else { return expected(wanted) };
    let (is_negative, magnitude) = match cell.as_bytes().first() {
        Some(b'-') => (true, &cell[1..]),
        Some(b'+') => (false, &cell[1..]),
        _ => (false, cell),
    };
    let is_named = magnitude.starts_with(|first: char| first.is_ascii_alphabetic());
    let too_large = || expected(format!("a number in the range of {} bits", 8 * size));
    let mut bytes = [0; 16];
    match size {
        4 => {
            let Ok(single) = cell.parse::<f32>() else { return expected(wanted) };
            if single.is_infinite() && !is_named {
                return too_large();
            }
            bytes[..4].copy_from_slice(&single.to_le_bytes());
        }
        8 => {
            if double.is_infinite() && !is_named {
                return too_large();
            }
            bytes[..8].copy_from_slice(&double.to_le_bytes());
        }
        _ => {
            let number = if is_named {
                if double.is_nan() { Number::Nan } else { Number::Infinite }
            } else {
                let width = if size == 2 { HALF } else { LONG };
                match decimal::nearest(magnitude, width) {
                    Some(finite) => Number::Finite(finite),
                    None => return too_large(),
                }
            };
            if size == 2 {
                bytes[..2].copy_from_slice(&half(number, is_negative).to_le_bytes());
            } else {
                bytes = long(number, is_negative).to_le_bytes();
            }
        }
    }
    Ok(bytes)
}

/// Both parts: `1-2.5j`, `(1-2.5j)`, `[1, -2.5]`, or the real one alone.
pub(super) fn complex(cell: &str, size: usize) -> Result<([u8; 16], [u8; 16]), Expected> {
    let unwrap = |open, close| cell.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
    let wanted = || expected("a complex number such as 1.0-2.5j");
    if let Some(pair) = unwrap('[', ']') {
        let Some((re, im)) = pair.split_once(',') else { return wanted() };
        let part = |text: &str| float(text.trim().trim_matches('"'), size);
        return Ok((part(re)?, part(im)?));
    }
    let cell = unwrap('(', ')').unwrap_or(cell);
    let Some(number) = cell.strip_suffix('j') else { return Ok((float(cell, size)?, [0; 16])) };
    // The sign between them is the last one that is neither first nor that of an exponent.
    let bytes = number.as_bytes();
    let is_between = |&at: &usize| matches!(bytes[at], b'+' | b'-') && !matches!(bytes[at - 1], b'e' | b'E');
    match (1..bytes.len()).rev().find(is_between) {
        Some(at) => {
            let (re, im) = number.split_at(at);
            let im = im.strip_prefix('+').filter(|im| im.starts_with('-')).unwrap_or(im);
            Ok((float(re, size)?, float(im, size)?))
        }
        None if number.is_empty() => wanted(),
        None => Ok(([0; 16], float(number, size)?)),
    }
}

enum Number {
    Finite(decimal::Finite),
    Infinite,
    Nan,
}

const HALF: Width = Width { digits: 11, most: 15 };

fn half(number: Number, is_negative: bool) -> u16 {
    let bits = match number {
        Number::Finite(finite) => (finite.exponent as u16) << 10 | finite.significand as u16 & 0x3FF,
        Number::Infinite => 0x7C00,
        Number::Nan => 0x7E00,
    };
    bits | u16::from(is_negative) << 15
}

/// The 80 bits of the x87, whose highest bit of the significand is stored.
#[cfg(target_arch = "x86_64")]
const LONG: Width = Width { digits: 64, most: 16_383 };

#[cfg(target_arch = "x86_64")]
fn long(number: Number, is_negative: bool) -> u128 {
    let bits = match number {
        Number::Finite(finite) => u128::from(finite.exponent) << 64 | finite.significand,
        Number::Infinite => 0x7FFF << 64 | 1 << 63,
        Number::Nan => 0x7FFF << 64 | 3 << 62,
    };
    bits | u128::from(is_negative) << 79
}

/// IEEE binary128.
#[cfg(not(target_arch = "x86_64"))]
const LONG: Width = Width { digits: 113, most: 16_383 };

#[cfg(not(target_arch = "x86_64"))]
fn long(number: Number, is_negative: bool) -> u128 {
    let bits = match number {
        Number::Finite(finite) => u128::from(finite.exponent) << 112 | finite.significand & ((1 << 112) - 1),
        Number::Infinite => 0x7FFF << 112,
        Number::Nan => 0x7FFF << 112 | 1 << 111,
    };
    bits | u128::from(is_negative) << 127
}

#[cfg(test)]
mod tests {
    use super::*;

    fn half_of(cell: &str) -> u16 {
        let bytes = float(cell, 2).expect(cell);
        u16::from_le_bytes([bytes[0], bytes[1]])
    }

    #[test]
    fn halves_are_rounded_once() {
        for (cell, bits) in [
            ("0", 0),
            ("-0.0", 0x8000),
            ("1", 0x3C00),
            ("-2", 0xC000),
            ("65504", 0x7BFF),
            ("65519.99", 0x7BFF),
            ("6e-8", 1),
            ("2.98023223876953125e-8", 0),
            ("2.98023223876953126e-8", 1),
            ("6.097555160522461e-05", 0x03FF),
            ("6.103515625e-05", 0x0400),
            // Halfway between two; and so little more that an f64 doesn't show it.
            ("1.00048828125", 0x3C00),
            ("1.0004882812500000000000000000000001", 0x3C01),
            ("inf", 0x7C00),
            ("-Infinity", 0xFC00),
            ("nan", 0x7E00),
            ("NaN", 0x7E00),
        ] {
            assert_eq!(half_of(cell), bits, "{cell}");
        }
        assert_eq!(float("65520", 2).unwrap_err().to_string(), "expected a number in the range of 16 bits");
    }

    #[test]
    fn what_is_no_number_of_its_width_is_refused() {
        for size in [2, 4, 8, 16] {
            for cell in ["", "x", "1,5", "0x1", "1e", "--1", "1_0", "infinit", "."] {
                assert!(float(cell, size).is_err(), "{cell:?}");
            }
            assert!(float("1e5000", size).is_err());
            assert_eq!(float("Infinity", size).unwrap(), float("+inf", size).unwrap());
        }
        assert!(float("1e4000", 16).is_ok());
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn long_doubles_have_all_their_digits() {
        let bits = |cell: &str| u128::from_le_bytes(float(cell, 16).expect(cell));
        assert_eq!(bits("1"), 0x3FFF << 64 | 1 << 63);
        assert_eq!(bits("-1.0842021724855044340e-19"), 0xBFC0 << 64 | 1 << 63);
        // The next above 1, as numpy prints it.
        assert_eq!(bits("1.0000000000000000001"), 0x3FFF << 64 | 1 << 63 | 1);
        assert_eq!(bits("1.189731495357231765e+4932"), 0x7FFE << 64 | u128::from(u64::MAX));
        assert_eq!(bits("4e-4951"), 1);
        assert_eq!(bits("-inf"), 0xFFFF << 64 | 1 << 63);
    }

    #[test]
    fn a_complex_number_has_its_sign_between_its_parts() {
        let parts = |cell: &str| {
            let (re, im) = complex(cell, 8).expect(cell);
            let of = |bytes: [u8; 16]| f64::from_bits(u128::from_le_bytes(bytes) as u64);
            format!("{:?} {:?}", of(re), of(im))
        };
        for (cell, found) in [
            ("1-2.5j", "1.0 -2.5"),
            ("(1+2.5j)", "1.0 2.5"),
            ("-1e-5-2.5E+7j", "-1e-5 -25000000.0"),
            ("-0.0-0.0j", "-0.0 -0.0"),
            ("[1, -2.5]", "1.0 -2.5"),
            ("[\"NaN\", \"-Infinity\"]", "NaN -inf"),
            ("NaN+Infinityj", "NaN inf"),
            ("-Infinity-NaNj", "-inf NaN"),
            ("3", "3.0 0.0"),
            ("-3j", "0.0 -3.0"),
            ("nan-infj", "NaN -inf"),
        ] {
            assert_eq!(parts(cell), found, "{cell}");
        }
        for cell in ["", "j", "1+j", "1+2", "[1]", "[1, 2, 3]", "1 2j", "+-j"] {
            assert!(complex(cell, 8).is_err(), "{cell:?}");
        }
    }
}
