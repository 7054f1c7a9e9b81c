//! Numbers whose bytes are in an order of their own, whatever the machine's.

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};

use super::checked::{Checkable, Checked, sealed::Integer};
use super::time::units::Unit;
use super::{DateTime64, LongDouble, NpyElement, TimeDelta64, U};
use crate::dtype::{ByteOrder, DType, Scalar};

/// A number with its most significant byte first, as numpy's `>` says: the order of networks, and of many an exchange's records.
///
/// It compares, hashes and prints as its value.
///
/// # Example
///
/// ```
/// use npyt::{Be, NpyElement, NpyRecord};
///
/// #[derive(Clone, Copy, NpyRecord)]
/// #[repr(C)]
/// struct Order {
///     price: Be<u32>,
///     shares: Be<u32>,
///     levels: [Be<u16>; 2],
/// }
///
/// let price = Be::new(123_400_u32);
/// assert_eq!(bytemuck::bytes_of(&price), 123_400_u32.to_be_bytes());
/// assert_eq!((price.get(), price.to_string()), (123_400, "123400".to_owned()));
/// assert_eq!(<Be<u32> as NpyElement>::DTYPE.to_string(), ">u4");
/// ```
#[repr(transparent)]
#[cfg_attr(
    feature = "zerocopy",
    derive(zerocopy::FromBytes, zerocopy::IntoBytes, zerocopy::Immutable, zerocopy::KnownLayout)
)]
pub struct Be<T: ByteOrdered>(T::Stored);

/// A number with its least significant byte first, as numpy's `<` says: the machine's own order wherever this library runs, so
/// a `Le<u32>` is a `u32` to numpy.
///
/// It compares, hashes and prints as its value.
///
/// # Example
///
/// ```
/// use npyt::{Le, NpyElement};
///
/// let price = Le::new(1.5_f32);
/// assert_eq!(bytemuck::bytes_of(&price), 1.5_f32.to_le_bytes());
/// assert_eq!((price.get(), <Le<f32> as NpyElement>::DTYPE), (1.5, f32::DTYPE));
/// ```
#[repr(transparent)]
#[cfg_attr(
    feature = "zerocopy",
    derive(zerocopy::FromBytes, zerocopy::IntoBytes, zerocopy::Immutable, zerocopy::KnownLayout)
)]
pub struct Le<T: ByteOrdered>(T::Stored);

/// What [`Be`] and [`Le`] hold: numbers, times, [`U`] and [`Checked`]; also of features, `half::f16` and `num_complex::Complex`.
#[diagnostic::on_unimplemented(
    message = "the bytes of `{Self}` have no order",
    label = "neither a number, a time, a `U`, nor a `Checked`",
    note = "of an array write `[Be<T>; N]`; in a struct of your own put `Be` around each field",
    note = "`S` and `V` are single bytes, the same in every order: write them without `Be`; of a `bool`, a `char` or an enum write `Be<Checked<T>>`"
)]
pub trait ByteOrdered: Ordered {}

impl<T: Ordered> ByteOrdered for T {}

mod sealed {
    use super::*;

    /// # Safety
    ///
    /// The dtype of `Self` is a scalar of the size of `Stored`.
    pub unsafe trait Ordered: NpyElement {
        /// Bits of the same size and alignment.
        type Stored: NpyElement + bytemuck::Pod;
        #[doc(hidden)]
        fn into_bits(self) -> Self::Stored;
        #[doc(hidden)]
        fn of_bits(bits: Self::Stored) -> Self;
        #[doc(hidden)]
        fn swap(bits: Self::Stored) -> Self::Stored;
    }
}

use sealed::Ordered;

macro_rules! ordered {
    ($($value:ty [$($generics:tt)*] as $stored:ty: $into:expr, $of:expr, $swap:expr;)+) => {$(
        // SAFETY: both are of that size, which is checked where the dtype is made.
        unsafe impl<$($generics)*> Ordered for $value {
            type Stored = $stored;

            #[inline]
            fn into_bits(self) -> $stored {
                ($into)(self)
            }

            #[inline]
            fn of_bits(bits: $stored) -> Self {
                ($of)(bits)
            }

            #[inline]
            fn swap(bits: $stored) -> $stored {
                ($swap)(bits)
            }
        }

        impl<$($generics)*> From<Be<$value>> for $value {
            fn from(ordered: Be<$value>) -> Self {
                ordered.get()
            }
        }

        impl<$($generics)*> From<Le<$value>> for $value {
            fn from(ordered: Le<$value>) -> Self {
                ordered.get()
            }
        }
    )+};
}

macro_rules! integers {
    ($($int:ident),+) => {
        ordered! { $($int [] as $int: |value| value, |bits| bits, $int::swap_bytes;)+ }
    };
}

integers! { i8, i16, i32, i64, u8, u16, u32, u64 }

ordered! {
    f32 [] as u32: f32::to_bits, f32::from_bits, u32::swap_bytes;
    f64 [] as u64: f64::to_bits, f64::from_bits, u64::swap_bytes;
    LongDouble [] as Self: |value| value, |bits| bits, reversed;
    DateTime64<U> [U: Unit] as i64: Self::to_bits, Self::new, i64::swap_bytes;
    TimeDelta64<U> [U: Unit] as i64: Self::to_bits, Self::new, i64::swap_bytes;
    U<N> [const N: usize] as Self: |value| value, |bits| bits, |bits: Self| Self::from(bits.to_array().map(u32::swap_bytes));
    Checked<T> [T: Checkable] as T::Bits: Self::to_bits, Self::from_bits, Integer::swap;
}

#[cfg(feature = "half")]
ordered! {
    half::f16 [] as u16: Self::to_bits, Self::from_bits, u16::swap_bytes;
}

#[cfg(feature = "num-complex")]
mod complex {
    use num_complex::Complex;

    use super::*;

    ordered! {
        Complex<f32> [] as [u32; 2]: |value: Self| [value.re, value.im].map(f32::to_bits),
            |[re, im]: [u32; 2]| Self::new(f32::from_bits(re), f32::from_bits(im)), |bits: [u32; 2]| bits.map(u32::swap_bytes);
        Complex<f64> [] as [u64; 2]: |value: Self| [value.re, value.im].map(f64::to_bits),
            |[re, im]: [u64; 2]| Self::new(f64::from_bits(re), f64::from_bits(im)), |bits: [u64; 2]| bits.map(u64::swap_bytes);
        Complex<LongDouble> [] as [LongDouble; 2]: |value: Self| [value.re, value.im],
            |[re, im]: [LongDouble; 2]| Self { re, im }, |bits: [LongDouble; 2]| bits.map(reversed);
    }
}

/// numpy turns all sixteen bytes around.
fn reversed(long: LongDouble) -> LongDouble {
    let mut bytes = long.to_bits();
    bytes.reverse();
    LongDouble::from_bits(bytes)
}

/// The same scalar in that order.
#[expect(clippy::panic, reason = "only ever evaluated in constants, where a panic is a compile error")]
const fn dtype_of<T: ByteOrdered>(order: ByteOrder) -> DType {
    assert!(size_of::<T>() == size_of::<T::Stored>());
    match T::DTYPE_REF {
        DType::Scalar(scalar) => DType::Scalar(Scalar::of(scalar.kind(), scalar.size(), order, scalar.unit())),
        _ => panic!("only scalars have an order"),
    }
}

macro_rules! wrapper {
    ($name:ident, $text:literal, $order:ident, $turn:ident) => {
        impl<T: ByteOrdered> $name<T> {
            /// That value in this order.
            #[inline]
            pub fn new(value: T) -> Self {
                Self($turn::<T>(value.into_bits()))
            }

            /// The value.
            #[inline]
            pub fn get(self) -> T {
                T::of_bits($turn::<T>(self.0))
            }

            /// Puts a value in the place of what was there.
            #[inline]
            pub fn set(&mut self, value: T) {
                *self = Self::new(value);
            }
        }

        // SAFETY: (1, 2, 5) a `repr(transparent)` of an element without padding, which `Stored` is as it is `Pod`. (3, 4) the
        // size is checked in `dtype_of`; the order of the bytes is what `new` stores. (6) there is no padding.
        #[diagnostic::do_not_recommend]
        unsafe impl<T: ByteOrdered> NpyElement for $name<T> {
            const DTYPE: DType = dtype_of::<T>(ByteOrder::$order);
            const PADDED: bool = false;

            #[inline]
            unsafe fn zero_padding(_: *mut u8) {}
        }

        // SAFETY: a `repr(transparent)` of a type that is `Pod`.
        unsafe impl<T: ByteOrdered> bytemuck::Zeroable for $name<T> {}
        // SAFETY: a `repr(transparent)` of a type that is `Pod`.
        unsafe impl<T: ByteOrdered> bytemuck::Pod for $name<T> {}

        impl<T: ByteOrdered> Clone for $name<T> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<T: ByteOrdered> Copy for $name<T> {}

        impl<T: ByteOrdered> From<T> for $name<T> {
            fn from(value: T) -> Self {
                Self::new(value)
            }
        }

        impl<T: ByteOrdered + Default> Default for $name<T> {
            fn default() -> Self {
                Self::new(T::default())
            }
        }

        impl<T: ByteOrdered + PartialEq> PartialEq for $name<T> {
            fn eq(&self, other: &Self) -> bool {
                self.get() == other.get()
            }
        }

        impl<T: ByteOrdered + Eq> Eq for $name<T> {}

        impl<T: ByteOrdered + PartialEq> PartialEq<T> for $name<T> {
            fn eq(&self, other: &T) -> bool {
                self.get() == *other
            }
        }

        impl<T: ByteOrdered + PartialOrd> PartialOrd for $name<T> {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                self.get().partial_cmp(&other.get())
            }
        }

        impl<T: ByteOrdered + Ord> Ord for $name<T> {
            fn cmp(&self, other: &Self) -> Ordering {
                self.get().cmp(&other.get())
            }
        }

        impl<T: ByteOrdered + Hash> Hash for $name<T> {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.get().hash(state);
            }
        }

        impl<T: ByteOrdered + fmt::Debug> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($text, "({:?})"), self.get())
            }
        }

        impl<T: ByteOrdered + fmt::Display> fmt::Display for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.get().fmt(f)
            }
        }
    };
}

/// From the machine's order, which is little wherever this compiles, and back.
#[inline]
fn turned<T: ByteOrdered>(bits: T::Stored) -> T::Stored {
    T::swap(bits)
}

#[inline]
fn kept<T: ByteOrdered>(bits: T::Stored) -> T::Stored {
    bits
}

wrapper!(Be, "Be", Big, turned);
wrapper!(Le, "Le", Little, kept);
