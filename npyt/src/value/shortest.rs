//! The decimal digits of a float, exactly: as few as tell it from its neighbours, or as many as are asked for.
//!
//! By Steele and White's way with numbers as large as it takes: a fraction of two integers, from which one digit after the
//! other is taken. A `long double` reaches 10^±4950, so the integers have at most 17,000 bits, and no more than 50 digits
//! are ever asked for: the work has a bound.

use std::cmp::Ordering;

/// A number above zero: `mantissa * 2^exponent`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Exact {
    pub(super) mantissa: u128,
    pub(super) exponent: i32,
    /// Whether the next float below is only half as far away as the next above: so at most powers of two.
    pub(super) is_closer_below: bool,
}

/// Decimal digits, the first not 0 (but for zero itself), which stands for that many times `10^exponent`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    pub(super) digits: Vec<u8>,
    pub(super) exponent: i32,
}

/// Where digits end.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    /// As soon as no other float is as near.
    Shortest,
    /// Then, or there, rounded.
    AtMost(Place),
    /// There, rounded, whether they tell more than the float knows or not enough.
    At(Place),
}

/// The last place to have a digit.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// So many after the first.
    AfterFirst(usize),
    /// So many after the decimal point.
    AfterPoint(usize),
}

impl Decimal {
    pub(super) fn zero() -> Self {
        Self { digits: vec![0], exponent: 0 }
    }

    /// Of Rust's shortest form, `1.25e-7`.
    pub(super) fn parse(text: &str) -> Self {
        let (digits, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let digits = digits.bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0').collect();
        Self { digits, exponent: exponent.parse().unwrap_or(0) }
    }

    pub(super) fn of(number: Exact, end: End) -> Self {
        let Exact { mantissa, exponent, is_closer_below } = number;
        if mantissa == 0 {
            return Self::zero();
        }
        let is_even = mantissa.is_multiple_of(2);
        // The number is `rest / scale`; halfway to its neighbours lie `below` and `above`, over the same scale.
        let extra = 1 + u32::from(is_closer_below);
        let mut rest = Large::from(mantissa);
        let (mut scale, mut below) = (Large::from(1), Large::from(1));
        rest.shift_left(extra);
        scale.shift_left(extra);
        if exponent >= 0 {
            rest.shift_left(exponent.unsigned_abs());
            below.shift_left(exponent.unsigned_abs());
        } else {
            scale.shift_left(exponent.unsigned_abs());
        }
        // At most one too few, never too many.
        let bits = 128 - mantissa.leading_zeros();
        let log2 = f64::from(exponent) + f64::from(bits) - 1.0;
        let mut first = (log2 * std::f64::consts::LOG10_2 - 1e-6).floor() as i32;
        if first >= 0 {
            scale.times_power_of_ten(first.unsigned_abs());
        } else {
            rest.times_power_of_ten(first.unsigned_abs());
            below.times_power_of_ten(first.unsigned_abs());
        }
        let mut ten = scale.clone();
        ten.times(10);
        if rest.cmp(&ten) != Ordering::Less {
            first += 1;
            scale = ten;
        }
        let place = |place| match place {
            Place::AfterFirst(count) => first.saturating_sub(i32::try_from(count).unwrap_or(i32::MAX)),
            Place::AfterPoint(count) => -i32::try_from(count).unwrap_or(i32::MAX),
        };
        let (least, most) = match end {
            End::Shortest => (i32::MAX, i32::MIN),
            End::AtMost(last) => (i32::MAX, place(last)),
            End::At(last) => (place(last), place(last)),
        };
        let mut above = below.clone();
        if is_closer_below {
            above.times(2);
        }
        let mut digits = Vec::with_capacity(24);
        let mut at = first;
        let (is_low, is_high) = loop {
            let mut digit = 0;
            while rest.cmp(&scale) != Ordering::Less {
                rest.subtract(&scale);
                digit += 1;
            }
            digits.push(digit);
            // A neighbour with an odd mantissa gives way to us where a decimal lies halfway.
            let low = rest.cmp(&below);
            let is_low = low == Ordering::Less || (is_even && low == Ordering::Equal);
            let high = rest.plus(&above).cmp(&scale);
            let is_high = high == Ordering::Greater || (is_even && high == Ordering::Equal);
            if ((is_low || is_high) && at <= least) || at <= most {
                break (is_low, is_high);
            }
            at -= 1;
            rest.times(10);
            below.times(10);
            above.times(10);
        };
        let rounds_up = if is_low == is_high {
            rest.times(2);
            match rest.cmp(&scale) {
                Ordering::Less => false,
                Ordering::Greater => true,
                Ordering::Equal => digits.last().is_some_and(|digit| digit % 2 == 1),
            }
        } else {
            is_high
        };
        let mut decimal = Self { digits, exponent: first };
        if rounds_up {
            decimal.round_up();
        }
        decimal
    }

    fn round_up(&mut self) {
        while self.digits.last() == Some(&9) {
            self.digits.pop();
        }
        match self.digits.last_mut() {
            Some(last) => *last += 1,
            None => {
                self.digits.push(1);
                self.exponent += 1;
            }
        }
    }
}

/// Whether `large / small` is above 1000 and 2^-`half`: what is not is rounded to 1000 or less, where a number's last digit
/// is worth twice that.
pub(super) fn exceeds_thousandfold(large: Exact, small: Exact, half: u32) -> bool {
    let (mut left, mut right) = (Large::from(large.mantissa), Large::from(small.mantissa));
    right.times(1000);
    right.shift_left(half);
    let mut right = right.plus(&Large::from(small.mantissa));
    left.shift_left(half);
    let shift = large.exponent - small.exponent;
    if shift >= 0 { &mut left } else { &mut right }.shift_left(shift.unsigned_abs());
    left.cmp(&right) == Ordering::Greater
}

/// A whole number of any size: its digits to the base 2^64, the least first, no zeros at the end.
#[derive(Clone, Debug)]
struct Large(Vec<u64>);

impl Large {
    fn from(number: u128) -> Self {
        let mut large = Self(vec![number as u64, (number >> 64) as u64]);
        large.trim();
        large
    }

    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }

    fn shift_left(&mut self, bits: u32) {
        self.times(1 << (bits % 64));
        self.0.splice(0..0, std::iter::repeat_n(0, bits as usize / 64));
    }

    fn times(&mut self, factor: u64) {
        let mut carry = 0;
        for limb in &mut self.0 {
            let product = u128::from(*limb) * u128::from(factor) + carry;
            *limb = product as u64;
            carry = product >> 64;
        }
        if carry > 0 {
            self.0.push(carry as u64);
        }
    }

    fn times_power_of_ten(&mut self, power: u32) {
        for _ in 0..power / 19 {
            self.times(10_u64.pow(19));
        }
        self.times(10_u64.pow(power % 19));
    }

    fn plus(&self, other: &Self) -> Self {
        let (long, short) = if self.0.len() < other.0.len() { (other, self) } else { (self, other) };
        let mut sum = long.clone();
        let mut carry = false;
        for (i, limb) in sum.0.iter_mut().enumerate() {
            let other = short.0.get(i).copied().unwrap_or(0);
            let (first, one) = limb.overflowing_add(other);
            let (second, two) = first.overflowing_add(u64::from(carry));
            (*limb, carry) = (second, one || two);
        }
        if carry {
            sum.0.push(1);
        }
        sum
    }

    /// `other` is not the larger one.
    fn subtract(&mut self, other: &Self) {
        let mut borrow = false;
        for (i, limb) in self.0.iter_mut().enumerate() {
            let other = other.0.get(i).copied().unwrap_or(0);
            let (first, one) = limb.overflowing_sub(other);
            let (second, two) = first.overflowing_sub(u64::from(borrow));
            (*limb, borrow) = (second, one || two);
        }
        self.trim();
    }

    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn exact(number: f64) -> Exact {
        let (fraction, exponent) = (number.to_bits() & ((1 << 52) - 1), (number.to_bits() >> 52) as i32);
        match exponent {
            0 => Exact { mantissa: fraction.into(), exponent: -1074, is_closer_below: false },
            _ => Exact {
                mantissa: u128::from(fraction | 1 << 52),
                exponent: exponent - 1075,
                is_closer_below: fraction == 0 && exponent > 1,
            },
        }
    }

    fn shortest(number: f64) -> Decimal {
        Decimal::of(exact(number), End::Shortest)
    }

    #[test]
    fn edges_have_the_digits_that_rust_prints() {
        for number in [1.0, 0.1, 1e16, 5e-324, f64::MAX, f64::MIN_POSITIVE, 9.5, 9_007_199_254_740_993.0, 1e23, 123.456]
        {
            assert_eq!(shortest(number), Decimal::parse(&format!("{number:e}")), "{number:e}");
        }
    }

    #[test]
    fn digits_end_where_they_are_told_to_and_are_rounded_there() {
        let digits = |number: f64, end| {
            let Decimal { digits, exponent } = Decimal::of(exact(number), end);
            (digits.iter().map(|digit| char::from(b'0' + digit)).collect::<String>(), exponent)
        };
        let at = |place| End::At(place);
        assert_eq!(digits(0.1, at(Place::AfterFirst(19))), ("10000000000000000555".into(), -1));
        assert_eq!(digits(9.996, at(Place::AfterPoint(2))), ("1".into(), 1));
        assert_eq!(digits(2.5, at(Place::AfterPoint(0))), ("2".into(), 0));
        assert_eq!(digits(3.5, at(Place::AfterPoint(0))), ("4".into(), 0));
        assert_eq!(digits(0.1, End::AtMost(Place::AfterFirst(19))), ("1".into(), -1));
        assert_eq!(digits(2.0 / 3.0, End::AtMost(Place::AfterFirst(3))), ("6667".into(), -1));
        assert_eq!(digits(2.0 / 3.0, End::AtMost(Place::AfterPoint(3))), ("667".into(), -1));
    }

    #[test]
    fn quotients_are_compared_as_they_would_be_rounded() {
        let exceeds = |large: f64, small: f64, half| exceeds_thousandfold(exact(large), exact(small), half);
        for (large, small) in
            [(1000.0, 1.0), (1.0, 0.001), (999.0, 1.0), (1e300, 1e-300), (1e-300, 1e300), (1.0, 1.0), (0.3, 0.0003)]
        {
            // The last digit of 1000 is worth 2^-43 in an `f64`.
            assert_eq!(exceeds(large, small, 44), large / small > 1000.0, "{large} {small}");
        }
        assert!(exceeds(1001.0, 1.0, 44) && exceeds(1000.5, 1.0, 2) && !exceeds(1000.5, 1.0, 1));
    }

    proptest! {
        #[test]
        fn any_number_at_all_ends_within_the_digits_asked_for(
            mantissa in any::<u128>(), exponent in -16_600_i32..16_400, is_closer_below in any::<bool>(), count in 0_usize..40,
        ) {
            let number = Exact { mantissa, exponent, is_closer_below };
            let found = Decimal::of(number, End::At(Place::AfterFirst(count)));
            prop_assert!(found.digits.len() <= count + 1);
            prop_assert!(mantissa == 0 || found.digits[0] != 0);
            prop_assert!(Decimal::of(number, End::Shortest).digits.len() <= 40);
        }
    }
}
