use core::fmt::{self, Write as _};

use super::NpyElement;
use crate::dtype::{ByteOrder, DType, Scalar, ScalarKind};

/// `N` bytes whose meaning numpy doesn't know, which it calls `VN`.
///
/// Unlike in an [`S`](crate::S) zeros at the end count. It displays as hexadecimal digits; with the feature `serde`, formats for
/// people such as JSON have these too, and others the bytes.
///
/// # Example
///
/// ```
/// use npyt::{NpyElement, V};
///
/// let digest = V([0xDE, 0xAD, 0xBE, 0xEF, 0]);
/// assert_eq!(digest.to_string(), "deadbeef00");
/// assert_eq!(<V<5> as NpyElement>::DTYPE.to_string(), "|V5");
/// ```
///
/// Of no length it is no field:
///
/// ```compile_fail
/// npyt::NpytMut::<npyt::V<0>>::create("empty.npy");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
#[cfg_attr(
    feature = "zerocopy",
    derive(zerocopy::FromBytes, zerocopy::IntoBytes, zerocopy::Immutable, zerocopy::KnownLayout)
)]
pub struct V<const N: usize>(
    /// The bytes.
    pub [u8; N],
);

// SAFETY: (1, 2, 5) a `repr(transparent)` of an array of bytes. (3, 4) `N` bytes that mean nothing to numpy; none at all don't
// compile. (6) there is no padding.
#[diagnostic::do_not_recommend]
unsafe impl<const N: usize> NpyElement for V<N> {
    const DTYPE: DType = {
        assert!(N > 0, "V<0> holds nothing; a row or field needs at least one byte");
        DType::Scalar(Scalar::of(ScalarKind::Void, N, ByteOrder::None, None))
    };
    const PADDED: bool = false;

    #[inline]
    unsafe fn zero_padding(_: *mut u8) {}
}

// SAFETY: a `repr(transparent)` of an array of bytes.
unsafe impl<const N: usize> bytemuck::Zeroable for V<N> {}
// SAFETY: a `repr(transparent)` of an array of bytes.
unsafe impl<const N: usize> bytemuck::Pod for V<N> {}

impl<const N: usize> Default for V<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

impl<const N: usize> From<[u8; N]> for V<N> {
    fn from(bytes: [u8; N]) -> Self {
        Self(bytes)
    }
}

impl<const N: usize> From<V<N>> for [u8; N] {
    fn from(void: V<N>) -> Self {
        void.0
    }
}

impl<const N: usize> AsRef<[u8]> for V<N> {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl<const N: usize> AsMut<[u8]> for V<N> {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl<const N: usize> fmt::Debug for V<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "V({self})")
    }
}

impl<const N: usize> fmt::Display for V<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let mut digits = digits.filter_map(|digit| char::from_digit(digit.into(), 16));
        if f.width().is_some() {
            f.pad(&digits.collect::<String>())
        } else {
            digits.try_for_each(|digit| f.write_char(digit))
        }
    }
}
