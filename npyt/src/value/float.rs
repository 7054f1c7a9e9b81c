//! Floats of every width that numpy has.

use std::fmt;

use super::shortest::{Decimal, End, Exact};
use super::{little, uint};
use crate::element::LongDouble;

/// A float of its own width, so that it prints with as many digits as tell it from its neighbours, and no more.
///
/// Displays as numpy 2.4 prints the scalar.
///
/// # Example
///
/// ```
/// use npyt::FloatValue;
///
/// assert_eq!(FloatValue::F32(0.1).to_string(), "0.1");
/// assert_eq!(FloatValue::F64(0.1_f32.into()).to_string(), "0.10000000149011612");
/// assert_eq!(FloatValue::F64(1e16).to_string(), "1e+16");
/// assert_eq!(FloatValue::F16(0x3555).to_string(), "0.3333");
/// assert_eq!(FloatValue::F64(-0.0).to_string(), "-0.0");
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum FloatValue {
    /// `float16`, as its bits.
    F16(u16),
    /// `float32`.
    F32(f32),
    /// `float64`.
    F64(f64),
    /// `longdouble`: the one of this machine, as which the twelve bytes of a 32-bit one are read too.
    Long(LongDouble),
}

/// What a float is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Class {
    Nan,
    Infinite,
    Finite(Exact),
}

impl FloatValue {
    pub(super) fn read(bytes: &[u8], is_big: bool) -> Self {
        let bits = || uint(bytes, is_big);
        match bytes.len() {
            2 => Self::F16(bits() as u16),
            4 => Self::F32(f32::from_bits(bits() as u32)),
            8 => Self::F64(f64::from_bits(bits())),
            // Of twelve bytes it is an x87's, whatever this machine is.
            12 if IS_QUAD => {
                let bits = widened(u128::from_le_bytes(little(bytes, is_big, 0)));
                Self::Long(LongDouble::from_bits(bits.to_le_bytes()))
            }
            _ => Self::Long(LongDouble::from_bits(little(bytes, is_big, 0))),
        }
    }

    /// The nearest `f64`: the same number, but for a `longdouble` of more digits or a larger exponent than an `f64` has.
    ///
    /// # Example
    ///
    /// ```
    /// use npyt::FloatValue;
    ///
    /// assert_eq!(FloatValue::F16(0x3e00).to_f64(), 1.5);
    /// assert_eq!(FloatValue::F32(0.1).to_f64(), 0.10000000149011612);
    /// ```
    pub fn to_f64(&self) -> f64 {
        let magnitude = match (self, self.class()) {
            (Self::F32(value), _) => return f64::from(*value),
            (Self::F64(value), _) => return *value,
            (_, Class::Nan) => f64::NAN,
            (_, Class::Infinite) => f64::INFINITY,
            (_, Class::Finite(exact)) => nearest(exact),
        };
        if self.is_sign_negative() { -magnitude } else { magnitude }
    }

    /// Whether it is not a number.
    pub fn is_nan(&self) -> bool {
        matches!(self.class(), Class::Nan)
    }

    /// Whether it is infinite, of either sign.
    pub fn is_infinite(&self) -> bool {
        matches!(self.class(), Class::Infinite)
    }

    /// Whether its sign is set, of a zero or a NaN too.
    pub const fn is_sign_negative(&self) -> bool {
        match self {
            Self::F16(bits) => *bits >> 15 != 0,
            Self::F32(value) => value.is_sign_negative(),
            Self::F64(value) => value.is_sign_negative(),
            Self::Long(value) => long_parts(value).0,
        }
    }

    pub(super) fn class(&self) -> Class {
        match self {
            Self::F16(bits) => ieee(u128::from(*bits), 10, 5),
            Self::F32(value) => ieee(value.to_bits().into(), 23, 8),
            Self::F64(value) => ieee(value.to_bits().into(), 52, 11),
            Self::Long(value) => long_parts(value).1,
        }
    }

    /// Its digits; of what is finite.
    pub(super) fn decimal(&self, end: End) -> Option<Decimal> {
        let Class::Finite(exact) = self.class() else { return None };
        Some(match (self, end) {
            (_, _) if exact.mantissa == 0 => Decimal::zero(),
            // What Rust has is quicker. But halfway between two decimals its shortest form takes the upper one, numpy's the
            // even one, and so does Rust's rounding to a number of digits.
            (Self::F32(value), End::Shortest) if !exact.is_closer_below => {
                let digits = Decimal::parse(&format!("{:e}", value.abs())).digits.len();
                Decimal::parse(&format!("{:.*e}", digits - 1, value.abs()))
            }
            (Self::F64(value), End::Shortest) if !exact.is_closer_below => {
                let digits = Decimal::parse(&format!("{:e}", value.abs())).digits.len();
                Decimal::parse(&format!("{:.*e}", digits - 1, value.abs()))
            }
            _ => Decimal::of(exact, end),
        })
    }

    /// As numpy prints the scalar. `point` is what follows a whole number that has no exponent.
    pub(super) fn write(&self, out: &mut impl fmt::Write, point: &str) -> fmt::Result {
        let sign = if self.is_sign_negative() { "-" } else { "" };
        let Some(decimal) = self.decimal(End::Shortest) else {
            return if self.is_nan() { out.write_str("nan") } else { write!(out, "{sign}inf") };
        };
        out.write_str(sign)?;
        let is_zero = decimal.digits == [0];
        if is_zero || (decimal.exponent < self.most_digits() && !self.is_small(&decimal)) {
            write_positional(out, &decimal, point)
        } else {
            write_scientific(out, &decimal)
        }
    }

    /// From how many digits before the point on an exponent takes their place.
    const fn most_digits(&self) -> i32 {
        match self {
            Self::F16(_) => 3,
            Self::F32(_) => 6,
            Self::F64(_) | Self::Long(_) => 16,
        }
    }

    /// Whether it is below 0.0001: itself and not its digits, which of the nearest `f32` say 0.0001 although it is below.
    fn is_small(&self, decimal: &Decimal) -> bool {
        match self {
            Self::Long(_) => decimal.exponent < -4,
            _ => self.to_f64().abs() < 1e-4,
        }
    }
}

impl fmt::Display for FloatValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, ".0")
    }
}

/// As numpy prints the scalar: with as many digits as tell it from its neighbours.
///
/// ```
/// use npyt::LongDouble;
///
/// assert_eq!(LongDouble::from_f64(1.5).to_string(), "1.5");
/// ```
impl fmt::Display for LongDouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = FloatValue::Long(*self);
        if f.width().is_some() { f.pad(&value.to_string()) } else { value.fmt(f) }
    }
}

impl fmt::Debug for LongDouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LongDouble({})", FloatValue::Long(*self))
    }
}

/// `12.5`, `0.00125`; `point` after a whole number.
fn write_positional(out: &mut impl fmt::Write, decimal: &Decimal, point: &str) -> fmt::Result {
    write_whole(out, decimal)?;
    let fraction = fraction(decimal);
    if fraction.is_empty() { out.write_str(point) } else { write!(out, ".{fraction}") }
}

/// What stands before the point.
pub(super) fn write_whole(out: &mut impl fmt::Write, decimal: &Decimal) -> fmt::Result {
    if decimal.exponent < 0 {
        return out.write_char('0');
    }
    (0..=decimal.exponent as usize).try_for_each(|i| write_digit(out, decimal.digits.get(i)))
}

/// What stands behind the point, without zeros at its end.
pub(super) fn fraction(decimal: &Decimal) -> String {
    let zeros = usize::try_from(-1 - decimal.exponent).unwrap_or(0);
    let whole = usize::try_from(decimal.exponent + 1).unwrap_or(0);
    let mut text = "0".repeat(zeros);
    text.extend(decimal.digits.iter().skip(whole).map(|digit| char::from(b'0' + digit)));
    text.truncate(text.trim_end_matches('0').len());
    text
}

fn write_digit(out: &mut impl fmt::Write, digit: Option<&u8>) -> fmt::Result {
    out.write_char(char::from(b'0' + digit.copied().unwrap_or(0)))
}

/// `1.25e-07`, `1e+16`.
fn write_scientific(out: &mut impl fmt::Write, decimal: &Decimal) -> fmt::Result {
    write_digit(out, decimal.digits.first())?;
    if decimal.digits.len() > 1 {
        out.write_char('.')?;
        decimal.digits[1..].iter().try_for_each(|digit| write_digit(out, Some(digit)))?;
    }
    let sign = if decimal.exponent < 0 { '-' } else { '+' };
    write!(out, "e{sign}{:02}", decimal.exponent.unsigned_abs())
}

/// A float of the standard: a sign, an exponent, and a fraction whose leading 1 is left out.
fn ieee(bits: u128, fraction_bits: u32, exponent_bits: u32) -> Class {
    let fraction = bits & ((1 << fraction_bits) - 1);
    let all = (1 << exponent_bits) - 1;
    let exponent = ((bits >> fraction_bits) & all) as i32;
    // Of the last digit of the fraction, at the smallest exponent.
    let lowest = 2 - (1 << (exponent_bits - 1)) - fraction_bits as i32;
    match exponent {
        0 => Class::Finite(Exact { mantissa: fraction, exponent: lowest, is_closer_below: false }),
        _ if exponent as u128 == all && fraction == 0 => Class::Infinite,
        _ if exponent as u128 == all => Class::Nan,
        _ => Class::Finite(Exact {
            mantissa: fraction | 1 << fraction_bits,
            exponent: lowest + exponent - 1,
            is_closer_below: fraction == 0 && exponent > 1,
        }),
    }
}

/// Whether this machine's `long double` is IEEE binary128, and not the x87's.
pub(super) const IS_QUAD: bool = cfg!(not(target_arch = "x86_64"));

/// A number of the x87 as binary128: the same exponent, and more digits of the fraction.
const fn widened(bits: u128) -> u128 {
    let (sign, exponent) = ((bits >> 79) & 1, (bits >> 64) & 0x7FFF);
    sign << 127 | exponent << 112 | (bits & 0x7FFF_FFFF_FFFF_FFFF) << 49
}

/// The sign, and the rest: what the bytes mean is the machine's.
const fn long_parts(value: &LongDouble) -> (bool, Class) {
    let bits = u128::from_le_bytes(value.to_bits());
    if IS_QUAD { (bits >> 127 != 0, quad(bits)) } else { (bits >> 79 & 1 != 0, x87(bits)) }
}

/// IEEE binary128.
const fn quad(bits: u128) -> Class {
    let fraction = bits & ((1 << 112) - 1);
    match ((bits >> 112) & 0x7FFF) as i32 {
        0 => Class::Finite(Exact { mantissa: fraction, exponent: -16_494, is_closer_below: false }),
        0x7FFF if fraction == 0 => Class::Infinite,
        0x7FFF => Class::Nan,
        exponent => Class::Finite(Exact {
            mantissa: fraction | 1 << 112,
            exponent: exponent - 16_495,
            is_closer_below: fraction == 0 && exponent > 1,
        }),
    }
}

/// The x87's 80 bits, which have no digit left out.
const fn x87(bits: u128) -> Class {
    let mantissa = bits & 0xFFFF_FFFF_FFFF_FFFF;
    let first = 1 << 63;
    match ((bits >> 64) & 0x7FFF) as i32 {
        0 => Class::Finite(Exact { mantissa, exponent: -16_445, is_closer_below: false }),
        0x7FFF if mantissa & (first - 1) == 0 => Class::Infinite,
        0x7FFF => Class::Nan,
        exponent => Class::Finite(Exact {
            mantissa,
            exponent: exponent - 16_446,
            is_closer_below: mantissa == first && exponent > 1,
        }),
    }
}

/// The nearest `f64`; of two, the even one.
fn nearest(Exact { mantissa, exponent, .. }: Exact) -> f64 {
    const LOWEST: i32 = -1074;
    let bits = 128 - mantissa.leading_zeros() as i32;
    if exponent + bits <= -1022 {
        // Below the least normal number digits are at fixed places.
        let drop = (LOWEST - exponent).max(0);
        if exponent > LOWEST {
            return f64::from_bits((mantissa << (exponent - LOWEST)) as u64);
        }
        if drop > bits {
            return 0.0;
        }
        let kept = mantissa.checked_shr(drop as u32).unwrap_or(0);
        let lost = mantissa - kept.checked_shl(drop as u32).unwrap_or(0);
        let half = 1_u128.checked_shl((drop - 1).max(0) as u32).unwrap_or(u128::MAX);
        let up = drop > 0 && (lost > half || (lost == half && kept % 2 == 1));
        return f64::from_bits(kept as u64 + u64::from(up));
    }
    // Rounded once, by the cast, as the rest is powers of two; in steps that are numbers themselves.
    let mut value = mantissa as f64;
    let mut left = exponent;
    while left != 0 && value != 0.0 && value.is_finite() {
        let step = left.clamp(-900, 900);
        value *= 2_f64.powi(step);
        left -= step;
    }
    value
}

/// A complex number of its own width.
///
/// Displays as numpy prints the scalar.
///
/// # Example
///
/// ```
/// use npyt::{ComplexValue, FloatValue};
///
/// let one = ComplexValue { re: FloatValue::F32(1.0), im: FloatValue::F32(-2.5) };
/// assert_eq!(one.to_string(), "(1-2.5j)");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ComplexValue {
    /// Its real part.
    pub re: FloatValue,
    /// Its imaginary part.
    pub im: FloatValue,
}

impl ComplexValue {
    pub(super) fn read(bytes: &[u8], is_big: bool) -> Self {
        let (re, im) = bytes.split_at(bytes.len() / 2);
        Self { re: FloatValue::read(re, is_big), im: FloatValue::read(im, is_big) }
    }
}

impl fmt::Display for ComplexValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_zero = matches!(self.re.class(), Class::Finite(Exact { mantissa: 0, .. }));
        if is_zero && !self.re.is_sign_negative() {
            self.im.write(f, "")?;
            return f.write_str("j");
        }
        f.write_str("(")?;
        self.re.write(f, "")?;
        if self.im.is_nan() || !self.im.is_sign_negative() {
            f.write_str("+")?;
        }
        self.im.write(f, "")?;
        f.write_str("j)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn long(bits: u128) -> (Class, Class) {
        (x87(bits), quad(bits))
    }

    #[test]
    fn both_kinds_of_long_double_are_taken_apart() {
        let finite = |mantissa, exponent, is_closer_below| Class::Finite(Exact { mantissa, exponent, is_closer_below });
        assert_eq!(long(0), (finite(0, -16_445, false), finite(0, -16_494, false)));
        assert_eq!(x87(0x3FFF_8000_0000_0000_0000), finite(1 << 63, -63, true));
        assert_eq!(quad(0x3FFF << 112), finite(1 << 112, -112, true));
        assert_eq!(x87(0x7FFF_8000_0000_0000_0000), Class::Infinite);
        assert_eq!(quad(0x7FFF << 112), Class::Infinite);
        assert_eq!(x87(0x7FFF_C000_0000_0000_0000), Class::Nan);
        assert_eq!(quad(0x7FFF << 112 | 1), Class::Nan);
    }

    #[test]
    fn a_number_of_the_x87_is_the_same_as_binary128() {
        for bits in [
            0x3FFF_8000_0000_0000_0000_u128,
            0xC000_C000_0000_0000_0001,
            0x0000_0000_0000_0000_0001,
            0x7FFE_FFFF_FFFF_FFFF_FFFF,
        ] {
            let (Class::Finite(narrow), Class::Finite(wide)) = (x87(bits), quad(widened(bits))) else {
                panic!("{bits:x}")
            };
            let zeros = |exact: Exact| exact.mantissa.trailing_zeros();
            assert_eq!(narrow.mantissa >> zeros(narrow), wide.mantissa >> zeros(wide), "{bits:x}");
            assert_eq!(narrow.exponent + zeros(narrow) as i32, wide.exponent + zeros(wide) as i32, "{bits:x}");
        }
        assert_eq!(quad(widened(0x7FFF_8000_0000_0000_0000)), Class::Infinite);
        assert_eq!(quad(widened(0xFFFF_C000_0000_0000_0000)), Class::Nan);
    }

    #[test]
    fn the_nearest_double_is_found_at_every_exponent() {
        let of = |number: f64| match FloatValue::F64(number).class() {
            Class::Finite(exact) => exact,
            other => panic!("{other:?}"),
        };
        for number in [0.0, 1.0, 1.5, f64::MAX, f64::MIN_POSITIVE, 5e-324, 2.2e-308, 1e-310, 0.1, 1e300, 1e-300] {
            assert_eq!(nearest(of(number)), number, "{number:e}");
            let Exact { mantissa, exponent, .. } = of(number);
            // The same number, with more digits than an `f64` has.
            let long = Exact { mantissa: mantissa << 60, exponent: exponent - 60, is_closer_below: false };
            assert_eq!(nearest(long), number, "{number:e}");
        }
        let exact = |mantissa, exponent| nearest(Exact { mantissa, exponent, is_closer_below: false });
        assert_eq!(exact(1, 16_000), f64::INFINITY);
        assert_eq!(exact(1, -16_000), 0.0);
        assert_eq!(exact(u128::MAX, -128), 1.0);
        // Halfway, below the least normal number: to the even one.
        assert_eq!((exact(1, -1075), exact(3, -1075)), (0.0, f64::from_bits(2)));
        assert_eq!(exact((1 << 70) + 1, -1075 - 70), f64::from_bits(1));
        assert_eq!(exact(u128::MAX, -1075 - 128), 0.0);
        assert_eq!(exact(u128::MAX, -1074 - 128), f64::from_bits(1));
    }

    #[test]
    fn the_quick_way_to_the_digits_is_the_exact_one() {
        let exact = |float: FloatValue| match float.class() {
            Class::Finite(exact) => Decimal::of(exact, End::Shortest),
            other => panic!("{other:?}"),
        };
        // 2^-12 and the next lie halfway between two decimals of as many digits.
        let mut bits = 1_u64;
        for number in [0.000_244_140_625, 2_053_637_337_633_904.3, 0.1, 1e23] {
            assert_eq!(FloatValue::F64(number).decimal(End::Shortest), Some(exact(FloatValue::F64(number))));
            assert_eq!(
                FloatValue::F32(number as f32).decimal(End::Shortest),
                Some(exact(FloatValue::F32(number as f32)))
            );
        }
        for _ in 0..2_000 {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            for float in [FloatValue::F64(f64::from_bits(bits)), FloatValue::F32(f32::from_bits((bits >> 32) as u32))] {
                if let Some(found) = float.decimal(End::Shortest) {
                    assert_eq!(found, exact(float), "{float:?}");
                }
            }
        }
    }

    #[test]
    fn every_half_comes_back_from_its_digits() {
        for bits in 0..0x7C00_u16 {
            let half = FloatValue::F16(bits);
            let parsed: f64 = half.to_string().parse().unwrap();
            // No other half is as near to what was printed.
            let distance = |bits| (FloatValue::F16(bits).to_f64() - parsed).abs();
            let own = distance(bits);
            for other in [bits.saturating_sub(1), bits + 1] {
                assert!(other == bits || own <= distance(other), "{bits:#x}: {half}");
            }
        }
    }
}
