//! Decimal text to binary floats of any width, rounded once: to the nearest, and where two are as near to the even one.

use super::big::Big;

/// A width of binary floats.
#[derive(Clone, Copy, Debug)]
pub(super) struct Width {
    /// Bits of the significand, with the one that most of them only imply.
    pub(super) digits: u32,
    /// The largest exponent of two, of a significand from 1 to 2; the smallest is one less, negated.
    pub(super) most: i32,
}

/// A finite float: the exponent as it is stored, and the significand with its highest bit, which subnormals lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Finite {
    pub(super) exponent: u32,
    pub(super) significand: u128,
}

/// More digits never decide between two floats of any width here but by whether one of them isn't zero.
const MOST_DIGITS: usize = 12_000;

/// The magnitude of a number that Rust would parse, which has no sign any more; `None` where it is too large.
pub(super) fn nearest(text: &str, width: Width) -> Option<Finite> {
    const ZERO: Finite = Finite { exponent: 0, significand: 0 };
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    // Beyond any exponent that matters, in whichever direction.
    let far = if exponent.starts_with('-') { -1_000_000_000 } else { 1_000_000_000 };
    let exponent: i64 = exponent.parse().unwrap_or(far).clamp(-1_000_000_000, 1_000_000_000);

    let mut digits = whole.bytes().chain(fraction.bytes()).map(|digit| u32::from(digit.wrapping_sub(b'0')));
    let leading = digits.clone().take_while(|&digit| digit == 0).count();
    let significant = whole.len() + fraction.len() - leading;
    // The digits say `0.d1d2d3...` times ten to that.
    let point = exponent + whole.len() as i64 - leading as i64;
    if significant == 0 || point < -10_000 {
        return Some(ZERO);
    }
    if point > 10_000 {
        return None;
    }
    let mut number = Big::zero();
    let kept = significant.min(MOST_DIGITS);
    for digit in digits.by_ref().skip(leading).take(kept) {
        number.multiply_add(10, digit);
    }
    let mut ten = point - kept as i64;
    if digits.any(|digit| digit != 0) {
        number.multiply_add(10, 1);
        ten -= 1;
    }
    let mut divisor = Big::of(1);
    let by = if ten < 0 { &mut divisor } else { &mut number };
    by.times_ten_to(u32::try_from(ten.abs()).ok()?);
    Some(round(number, divisor, width)).flatten()
}

fn round(mut number: Big, mut divisor: Big, width: Width) -> Option<Finite> {
    let Width { digits, most } = width;
    let least = 1 - most;
    // Two bits more than are kept, or three.
    let shift = digits as i32 + 2 - (number.bits() as i32 - divisor.bits() as i32);
    if shift > 0 {
        number.shift_left(shift.unsigned_abs());
    } else {
        divisor.shift_left(shift.unsigned_abs());
    }
    let mut quotient = 0_u128;
    divisor.shift_left(digits + 3);
    for _ in 0..digits + 4 {
        quotient = quotient << 1 | u128::from(number.take_away(&divisor));
        divisor.halve();
    }
    let is_inexact = !number.is_zero();
    let bits = 128 - quotient.leading_zeros();
    let mut exponent = bits as i32 - 1 - shift;
    let kept = digits as i32 - (least - exponent).max(0);
    if kept < 0 {
        return Some(Finite { exponent: 0, significand: 0 });
    }
    let dropped = bits - kept.unsigned_abs();
    let (mut significand, rest, half) =
        (quotient >> dropped, quotient & ((1 << dropped) - 1), 1_u128 << dropped.saturating_sub(1));
    if rest > half || rest == half && (is_inexact || significand & 1 == 1) {
        significand += 1;
    }
    if significand >> digits == 1 {
        significand >>= 1;
        exponent += 1;
    }
    if exponent > most {
        return None;
    }
    let is_normal = significand >> (digits - 1) == 1;
    let stored = if is_normal { exponent.max(least) + most } else { 0 };
    Some(Finite { exponent: stored.unsigned_abs(), significand })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const F32: Width = Width { digits: 24, most: 127 };
    const F64: Width = Width { digits: 53, most: 1023 };

    fn f64_of(text: &str) -> f64 {
        nearest(text, F64).map_or(f64::INFINITY, |found| {
            f64::from_bits(u64::from(found.exponent) << 52 | found.significand as u64 & ((1 << 52) - 1))
        })
    }

    fn f32_of(text: &str) -> f32 {
        nearest(text, F32).map_or(f32::INFINITY, |found| {
            f32::from_bits(found.exponent << 23 | found.significand as u32 & ((1 << 23) - 1))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn it_rounds_as_the_standard_library(digits in "[0-9]{1,30}(\\.[0-9]{0,30})?", exponent in -400_i32..400, bits: u64) {
            for text in [format!("{digits}e{exponent}"), digits.clone(), format!("{:e}", f64::from_bits(bits).abs())] {
                let Ok(there) = text.parse::<f64>() else { continue };
                if there.is_nan() || text.contains('i') {
                    continue;
                }
                prop_assert_eq!(f64_of(&text).to_bits(), there.to_bits(), "{}", text);
                prop_assert_eq!(f32_of(&text).to_bits(), text.parse::<f32>().unwrap().to_bits(), "{}", text);
            }
        }

        #[test]
        fn what_lies_between_two_goes_to_the_even_one_and_what_lies_beyond_to_the_next(bits in 0..f32::MAX.to_bits() - 1) {
            // Exact, as an `f64` has more than twice the digits.
            let (low, high) = (f64::from(f32::from_bits(bits)), f64::from(f32::from_bits(bits + 1)));
            let middle = format!("{:.1100}", low.midpoint(high));
            prop_assert_eq!(f32_of(&middle).to_bits(), bits + (bits & 1));
            prop_assert_eq!(f32_of(&format!("{middle}{:0>1000}", 1)).to_bits(), bits + 1);
        }
    }

    #[test]
    fn digits_beyond_all_that_are_kept_still_count() {
        let middle = format!("{:.60}", 1.0_f64.midpoint(f64::from(1.0_f32.next_up())));
        assert_eq!(f32_of(&middle), 1.0);
        assert_eq!(f32_of(&format!("{middle}{:0>13000}", 1)), 1.0_f32.next_up());
    }

    #[test]
    fn the_ends_of_the_range_are_met() {
        for text in [
            "0",
            "0.0",
            "4.9e-324",
            "2.4e-324",
            "2.5e-324",
            "2.2250738585072014e-308",
            "2.2250738585072011e-308",
            "1.7976931348623157e308",
            "1.7976931348623158e308",
            "1.7976931348623159e308",
            "1e309",
            "1e99999999999999999999",
            "1e-99999999999999999999",
            "0e99999999999999999999",
            ".5",
            "5.",
            "9007199254740993",
            "9007199254740992.99999",
        ] {
            assert_eq!(f64_of(text).to_bits(), text.parse::<f64>().unwrap().to_bits(), "{text}");
        }
    }
}
