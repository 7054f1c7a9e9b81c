//! Integers of any size, as far as exact rounding needs them.

use std::cmp::Ordering;

/// A natural number, least significant part first, without zeros at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Big(Vec<u32>);

impl Big {
    pub(super) const fn zero() -> Self {
        Self(Vec::new())
    }

    pub(super) fn of(number: u32) -> Self {
        let mut big = Self(vec![number]);
        big.trim();
        big
    }

    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }

    /// Times `factor`, plus `more`.
    pub(super) fn multiply_add(&mut self, factor: u32, more: u32) {
        let mut carry = u64::from(more);
        for part in &mut self.0 {
            let product = u64::from(*part) * u64::from(factor) + carry;
            *part = product as u32;
            carry = product >> 32;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
        self.trim();
    }

    pub(super) fn times_ten_to(&mut self, power: u32) {
        for _ in 0..power / 9 {
            self.multiply_add(1_000_000_000, 0);
        }
        self.multiply_add(10_u32.pow(power % 9), 0);
    }

    /// The number of bits up to the highest that is set.
    pub(super) fn bits(&self) -> u32 {
        self.0.last().map_or(0, |last| 32 * self.0.len() as u32 - last.leading_zeros())
    }

    pub(super) fn shift_left(&mut self, by: u32) {
        if self.0.is_empty() {
            return;
        }
        self.multiply_add(1 << (by % 32), 0);
        self.0.splice(0..0, std::iter::repeat_n(0, (by / 32) as usize));
    }

    pub(super) fn halve(&mut self) {
        let mut carry = 0;
        for part in self.0.iter_mut().rev() {
            (*part, carry) = (*part >> 1 | carry << 31, *part & 1);
        }
        self.trim();
    }

    pub(super) const fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes `other` away if it is no more than this, and says whether it was.
    pub(super) fn take_away(&mut self, other: &Self) -> bool {
        if (*self).cmp(other) == Ordering::Less {
            return false;
        }
        let mut borrow = false;
        for (i, part) in self.0.iter_mut().enumerate() {
            let (less, first) = part.overflowing_sub(other.0.get(i).copied().unwrap_or(0));
            let (less, second) = less.overflowing_sub(u32::from(borrow));
            (*part, borrow) = (less, first || second);
        }
        self.trim();
        true
    }
}

impl PartialOrd for Big {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Big {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn big(mut number: u128) -> Big {
        let mut parts = Vec::new();
        while number > 0 {
            parts.push(number as u32);
            number >>= 32;
        }
        Big(parts)
    }

    proptest! {
        #[test]
        fn they_count_as_those_of_the_machine(a in 0..1_u128 << 90, b in 0..1_u128 << 90, factor: u32, more: u32, by in 0_u32..37) {
            let mut product = big(a);
            product.multiply_add(factor, more);
            prop_assert_eq!(&product, &big(a * u128::from(factor) + u128::from(more)));
            prop_assert_eq!(big(a).bits(), 128 - a.leading_zeros());
            let mut shifted = big(a);
            shifted.shift_left(by);
            prop_assert_eq!(&shifted, &big(a << by));
            shifted.halve();
            prop_assert_eq!(&shifted, &big((a << by) >> 1));
            prop_assert_eq!(big(a).cmp(&big(b)), a.cmp(&b));
            let mut rest = big(a);
            prop_assert_eq!(rest.take_away(&big(b)), a >= b);
            prop_assert_eq!(rest, big(if a >= b { a - b } else { a }));
            let mut tens = big(a & 0xFFFF);
            tens.times_ten_to(by % 30);
            prop_assert_eq!(tens, big((a & 0xFFFF) * 10_u128.pow(by % 30)));
        }
    }
}
