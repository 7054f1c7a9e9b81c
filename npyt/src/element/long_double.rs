//! The platform's `long double`, as numpy saves `np.longdouble`.

use core::cmp::Ordering;

use super::NpyElement;
use crate::dtype::{DType, Scalar, ScalarKind};

/// numpy's `longdouble` (`<f16`) as sixteen bytes, which Rust has no arithmetic for.
///
/// What they mean is the machine's: on x86-64 an 80-bit float of the x87 in the first ten bytes, on aarch64 an IEEE
/// binary128. Files move between machines of one kind only.
///
/// It displays as numpy prints it. It compares as floats do: NaN is equal to nothing, and the two zeros are equal. Six of the sixteen bytes mean nothing on
/// x86-64, and numpy leaves there what it finds; they don't count.
///
/// With the feature `serde`, formats for people such as JSON have a number where an `f64` is exactly that, and else the bits as
/// a text of hexadecimal digits, since no number would be the same; others have the sixteen bytes.
///
/// # Example
///
/// ```
/// use npyt::{LongDouble, NpyElement};
///
/// let third = LongDouble::from_f64(1.0 / 3.0);
/// assert_eq!(third.to_f64(), 1.0 / 3.0);
/// assert!(third < LongDouble::from_f64(0.5));
/// assert_eq!((LongDouble::DTYPE.to_string(), LongDouble::DTYPE.alignment()), ("<f16".to_owned(), 16));
/// ```
#[derive(Clone, Copy, Default)]
#[repr(C, align(16))]
#[cfg_attr(
    feature = "zerocopy",
    derive(zerocopy::FromBytes, zerocopy::IntoBytes, zerocopy::Immutable, zerocopy::KnownLayout)
)]
pub struct LongDouble([u8; 16]);

const IS_X87: bool = cfg!(target_arch = "x86_64");

/// The exponent's bias, and all of its bits, in both formats.
const BIAS: i32 = 16_383;
const FULL: u16 = 0x7FFF;

impl LongDouble {
    /// The value of those bytes, in the machine's order.
    pub const fn from_bits(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes, in the machine's order.
    pub const fn to_bits(self) -> [u8; 16] {
        self.0
    }

    /// The same value; every `f64` has one, a NaN with its payload.
    pub const fn from_f64(value: f64) -> Self {
        let bits = if IS_X87 { Parts::of_f64(value).x87() } else { Parts::of_f64(value).binary128() };
        Self(bits.to_le_bytes())
    }

    /// The nearest `f64`, of two the one whose last bit is 0, as C converts; what is too large becomes infinite.
    pub const fn to_f64(self) -> f64 {
        self.parts().to_f64()
    }

    /// Whether it is no number. On x86-64 so are bit patterns that the x87 itself refuses.
    pub const fn is_nan(self) -> bool {
        matches!(self.parts().class, Class::Nan(_))
    }

    const fn parts(self) -> Parts {
        let bits = u128::from_le_bytes(self.0);
        if IS_X87 { Parts::of_x87(bits) } else { Parts::of_binary128(bits) }
    }
}

/// A float of any format.
#[derive(Clone, Copy)]
struct Parts {
    is_negative: bool,
    class: Class,
}

#[derive(Clone, Copy)]
enum Class {
    /// With its payload, the quiet bit on top.
    Nan(u128),
    Infinite,
    Zero,
    /// So much times two to that power: at least 2¹²⁷, so that the power tells how large it is.
    Finite(u128, i32),
}

impl Parts {
    const fn finite(is_negative: bool, whole: u128, power: i32) -> Self {
        let class = if whole == 0 {
            Class::Zero
        } else {
            let shift = whole.leading_zeros();
            Class::Finite(whole << shift, power - shift as i32)
        };
        Self { is_negative, class }
    }

    const fn of_f64(value: f64) -> Self {
        let bits = value.to_bits();
        let (is_negative, exponent, fraction) = (bits >> 63 == 1, (bits >> 52) as i32 & 0x7FF, bits << 12 >> 12);
        match (exponent, fraction) {
            (0x7FF, 0) => Self { is_negative, class: Class::Infinite },
            (0x7FF, payload) => Self { is_negative, class: Class::Nan((payload as u128) << 76) },
            (0, _) => Self::finite(is_negative, fraction as u128, -1074),
            _ => Self::finite(is_negative, (1 << 52 | fraction) as u128, exponent - 1075),
        }
    }

    const fn of_x87(bits: u128) -> Self {
        let (top, whole) = ((bits >> 64) as u16, bits as u64);
        let (is_negative, exponent) = (top >> 15 == 1, top & FULL);
        let is_normal = whole >> 63 == 1;
        if exponent == FULL && whole == 1 << 63 {
            Self { is_negative, class: Class::Infinite }
        } else if exponent == FULL || exponent > 0 && !is_normal {
            // Without the leading bit it is one of the patterns that the x87 refuses.
            Self { is_negative, class: Class::Nan((whole as u128) << 65) }
        } else {
            let exponent = if exponent == 0 { 1 } else { exponent as i32 };
            Self::finite(is_negative, whole as u128, exponent - BIAS - 63)
        }
    }

    const fn of_binary128(bits: u128) -> Self {
        let (top, fraction) = ((bits >> 112) as u16, bits << 16 >> 16);
        let (is_negative, exponent) = (top >> 15 == 1, top & FULL);
        match (exponent, fraction) {
            (FULL, 0) => Self { is_negative, class: Class::Infinite },
            (FULL, payload) => Self { is_negative, class: Class::Nan(payload << 16) },
            (0, _) => Self::finite(is_negative, fraction, 1 - BIAS - 112),
            _ => Self::finite(is_negative, 1 << 112 | fraction, exponent as i32 - BIAS - 112),
        }
    }

    const fn to_f64(self) -> f64 {
        let bits = match self.class {
            Class::Zero => 0,
            Class::Infinite => 0x7FF << 52,
            Class::Nan(payload) => 0x7FF << 52 | 1 << 51 | (payload >> 76) as u64,
            Class::Finite(whole, power) => {
                let exponent = power + 127;
                // Of a subnormal fewer bits are left than 53, down to none: half of the smallest may still round up to it.
                let kept = if exponent >= -1022 { 53 } else { exponent + 1075 };
                if exponent > 1023 {
                    0x7FF << 52
                } else if kept < 0 {
                    0
                } else {
                    let shift = 128 - kept as u32;
                    let rest = if shift == 128 { whole } else { whole & ((1 << shift) - 1) };
                    let kept_bits = if shift == 128 { 0 } else { (whole >> shift) as u64 };
                    let half = 1 << (shift - 1);
                    let is_up = rest > half || rest == half && kept_bits & 1 == 1;
                    // The leading bit of a normal one counts into the exponent, and so does a carry out of the rounding.
                    let below = if exponent >= -1022 { ((exponent + 1022) as u64) << 52 } else { 0 };
                    below + kept_bits + is_up as u64
                }
            }
        };
        f64::from_bits((self.is_negative as u64) << 63 | bits)
    }

    /// Exact, for what came from an `f64`.
    const fn x87(self) -> u128 {
        let (exponent, whole) = match self.class {
            Class::Zero => (0, 0),
            Class::Infinite => (FULL, 1 << 63),
            Class::Nan(payload) => (FULL, 1 << 63 | (payload >> 65) as u64),
            Class::Finite(whole, power) => ((power + 127 + BIAS) as u16, (whole >> 64) as u64),
        };
        ((self.is_negative as u128) << 15 | exponent as u128) << 64 | whole as u128
    }

    /// Exact, for what came from an `f64`.
    const fn binary128(self) -> u128 {
        let (exponent, fraction) = match self.class {
            Class::Zero => (0, 0),
            Class::Infinite => (FULL, 0),
            Class::Nan(payload) => (FULL, payload >> 16),
            Class::Finite(whole, power) => ((power + 127 + BIAS) as u16, whole << 1 >> 16),
        };
        ((self.is_negative as u128) << 15 | exponent as u128) << 112 | fraction
    }

    /// What orders it among all others of its sign.
    const fn size(self) -> Option<(i32, u128)> {
        match self.class {
            Class::Nan(_) => None,
            Class::Zero => Some((i32::MIN, 0)),
            Class::Finite(whole, power) => Some((power, whole)),
            Class::Infinite => Some((i32::MAX, 0)),
        }
    }
}

impl From<f64> for LongDouble {
    fn from(value: f64) -> Self {
        Self::from_f64(value)
    }
}

/// As floats compare.
impl PartialEq for LongDouble {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

/// As floats compare.
impl PartialOrd for LongDouble {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let (one, two) = (self.parts(), other.parts());
        let (size, other_size) = (one.size()?, two.size()?);
        Some(match (one.is_negative, two.is_negative) {
            _ if matches!((one.class, two.class), (Class::Zero, Class::Zero)) => Ordering::Equal,
            (false, false) => size.cmp(&other_size),
            (true, true) => other_size.cmp(&size),
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
        })
    }
}

// SAFETY: (1, 2, 5) sixteen bytes in an array, aligned to as many. (3, 4) numpy's `longdouble` of this machine is of that size,
// and what the bytes mean is left to it. (6) there is no padding to Rust.
#[diagnostic::do_not_recommend]
unsafe impl NpyElement for LongDouble {
    const DTYPE: DType = DType::Scalar(Scalar::number(ScalarKind::Float, size_of::<Self>()));
    const PADDED: bool = false;

    #[inline]
    unsafe fn zero_padding(_: *mut u8) {}
}

// SAFETY: an array of bytes of the struct's own size.
unsafe impl bytemuck::Zeroable for LongDouble {}
// SAFETY: an array of bytes of the struct's own size, so without padding.
unsafe impl bytemuck::Pod for LongDouble {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EDGES: [f64; 14] = [
        0.0,
        -0.0,
        1.0,
        -1.5,
        f64::MIN_POSITIVE,
        5e-324,
        -5e-324,
        2.225_073_858_507_201e-308,
        f64::MAX,
        f64::MIN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        0.1,
        f64::EPSILON,
    ];

    #[test]
    fn every_f64_comes_back_from_both_formats() {
        for value in EDGES {
            let parts = Parts::of_f64(value);
            assert_eq!(Parts::of_x87(parts.x87()).to_f64().to_bits(), value.to_bits(), "{value}");
            assert_eq!(Parts::of_binary128(parts.binary128()).to_f64().to_bits(), value.to_bits(), "{value}");
        }
        // A NaN stays one, with its payload, and is quiet afterwards.
        for (nan, quiet) in
            [(0x7FF8_0000_0000_1234, 0x7FF8_0000_0000_1234), (0xFFF0_0000_0000_0001_u64, 0xFFF8_0000_0000_0001)]
        {
            let parts = Parts::of_f64(f64::from_bits(nan));
            assert_eq!(Parts::of_x87(parts.x87()).to_f64().to_bits(), quiet);
            assert_eq!(Parts::of_binary128(parts.binary128()).to_f64().to_bits(), quiet);
        }
    }

    #[test]
    fn known_bits_of_both_formats() {
        assert_eq!(Parts::of_f64(1.0).x87(), 0x3FFF_8000_0000_0000_0000);
        assert_eq!(Parts::of_f64(-2.0).x87(), 0xC000_8000_0000_0000_0000);
        assert_eq!(Parts::of_f64(1.0).binary128(), 0x3FFF << 112);
        assert_eq!(Parts::of_f64(-2.0).binary128(), 0xC000 << 112);
        assert_eq!(Parts::of_f64(1.5).binary128(), 0x3FFF_8000 << 96);
        // What the x87 refuses: no leading bit though the exponent asks for one.
        for refused in [0x3FFF_4000_0000_0000_0000, 0x7FFF_0000_0000_0000_0000, 0x0001_7FFF_FFFF_FFFF_FFFF_u128] {
            assert!(Parts::of_x87(refused).to_f64().is_nan(), "{refused:x}");
        }
        // A leading bit though the exponent is the least: the same as under the one above it.
        assert_eq!(Parts::of_x87(1 << 63).size(), Parts::of_x87(1 << 64 | 1 << 63).size());
        assert_eq!(Parts::of_x87(1).to_f64(), 0.0);
        assert_eq!(Parts::of_x87(0x7FFE << 64 | 1 << 63).to_f64(), f64::INFINITY);
    }

    #[test]
    fn it_orders_as_floats_do() {
        for one in EDGES {
            for two in EDGES {
                let long = LongDouble::from_f64(one).partial_cmp(&LongDouble::from_f64(two));
                assert_eq!(long, one.partial_cmp(&two), "{one} {two}");
            }
            assert_eq!(LongDouble::from_f64(one).partial_cmp(&LongDouble::from_f64(f64::NAN)), None);
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn the_bytes_that_mean_nothing_do_not_count() {
        let mut bytes = LongDouble::from_f64(0.1).to_bits();
        bytes[10..].fill(0xAA);
        assert_eq!(LongDouble::from_bits(bytes), LongDouble::from_f64(0.1));
        assert_eq!(LongDouble::from_bits(bytes).to_string(), LongDouble::from_f64(0.1).to_string());
        bytes[0] += 1;
        assert!(LongDouble::from_bits(bytes) > LongDouble::from_f64(0.1));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        /// Rounding, against the compiler's own from `u128`, scaled by a power of two, which is exact there.
        #[test]
        fn it_rounds_as_the_compiler_does(whole in any::<u128>(), shift in 0_u32..128, power in -200_i32..200, negative: bool) {
            let whole = whole >> shift;
            let sign = if negative { -1.0 } else { 1.0 };
            let found = Parts::finite(negative, whole, power).to_f64();
            // Exactly, which no standard promises of `powi`.
            let two_to_it = f64::from_bits(((1023 + power) as u64) << 52);
            prop_assert_eq!(found.to_bits(), (sign * whole as f64 * two_to_it).to_bits());
        }

        /// Among subnormals the step is the same everywhere, so that it can be divided by.
        #[test]
        fn subnormals_round_to_the_nearest_even(whole in any::<u64>(), shift in 12_u32..64, extra in 0_u32..60) {
            let whole = whole >> shift;
            let found = Parts::finite(false, u128::from(whole), -1074 - extra as i32).to_f64();
            let (floor, rest, half) = (whole >> extra, whole & ((1 << extra) - 1), (1_u64 << extra) / 2);
            let up = extra > 0 && (rest > half || rest == half && floor % 2 == 1);
            let exact = floor + u64::from(up);
            prop_assert_eq!(found.to_bits(), exact);
        }

        #[test]
        fn any_bits_have_a_value(bits in any::<u128>()) {
            let x87 = Parts::of_x87(bits);
            let quad = Parts::of_binary128(bits);
            prop_assert!(x87.to_f64().is_nan() == x87.size().is_none() && quad.to_f64().is_nan() == quad.size().is_none());
            let long = LongDouble::from_bits(bits.to_le_bytes());
            prop_assert!(long == long || long.is_nan());
        }
    }
}
