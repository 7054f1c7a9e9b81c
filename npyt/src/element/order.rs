//! Numbers whose bytes are in an order of their own, whatever the machine's.

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};

use super::checked::{Checkable, Checked, sealed::Integer as _};
use super::storable::{Accepted, Storable};
use super::time::units::Unit;
use super::{DateTime64, LongDouble, NpyElement, TimeDelta64, U};
use crate::dtype::{ByteOrder, DType, Scalar};

/// A number with its most significant byte first, as numpy's `>` says: the order of networks, and of many an exchange's records.
///
/// It compares, hashes and prints as its value; with the feature `serde` it is the value there too.
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
#[derive(Clone, Copy)]
#[repr(transparent)]
#[cfg_attr(
    feature = "zerocopy",
    derive(zerocopy::FromBytes, zerocopy::IntoBytes, zerocopy::Immutable, zerocopy::KnownLayout)
)]
pub struct Be<T>(T);

/// A number with its least significant byte first, as numpy's `<` says: the machine's own order wherever this library runs, so
/// a `Le<u32>` is a `u32` to numpy.
///
/// It compares, hashes and prints as its value; with the feature `serde` it is the value there too.
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
#[derive(Clone, Copy)]
#[repr(transparent)]
#[cfg_attr(
    feature = "zerocopy",
    derive(zerocopy::FromBytes, zerocopy::IntoBytes, zerocopy::Immutable, zerocopy::KnownLayout)
)]
pub struct Le<T>(T);

/// What [`Be`] and [`Le`] hold: numbers, times, [`U`] and [`Checked`]; also of features, `half::f16` and `num_complex::Complex`.
#[diagnostic::on_unimplemented(
    message = "the bytes of `{Self}` have no order",
    label = "neither a number, a time, a `U`, nor a `Checked`",
    note = "of an array write `[Be<T>; N]`; in a struct of your own put `Be` around each field",
    note = "`S` and `V` are single bytes, the same in every order: write them without `Be`; of a `bool`, a `char` or an enum write `Be<Checked<T>>`"
)]
pub trait ByteOrdered: Ordered {}

#[diagnostic::do_not_recommend]
impl<T: Ordered> ByteOrdered for T {}

mod sealed {
    use super::*;

    /// A scalar to numpy, of which every bit pattern is a value: so one whose bytes are in another order may be held in it too.
    pub trait Ordered: NpyElement + bytemuck::Pod {
        /// The same with its bytes, or those of its parts, turned around.
        #[doc(hidden)]
        fn swap(self) -> Self;
    }
}

use sealed::Ordered;

macro_rules! ordered {
    ($($value:ty [$($generics:tt)*]: $swap:expr;)+) => {$(
        impl<$($generics)*> Ordered for $value {
            #[inline]
            fn swap(self) -> Self {
                ($swap)(self)
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
        ordered! { $($int []: $int::swap_bytes;)+ }
    };
}

integers! { i8, i16, i32, i64, u8, u16, u32, u64 }

// A float with its bytes turned around may be a NaN of any kind. It is moved and copied, which keeps all bits, and nothing is
// reckoned with it.
ordered! {
    f32 []: |value: Self| Self::from_bits(value.to_bits().swap_bytes());
    f64 []: |value: Self| Self::from_bits(value.to_bits().swap_bytes());
    LongDouble []: reversed;
    DateTime64<U> [U: Unit]: |time: Self| Self::new(time.to_bits().swap_bytes());
    TimeDelta64<U> [U: Unit]: |delta: Self| Self::new(delta.to_bits().swap_bytes());
    U<N> [const N: usize]: |text: Self| Self::from(text.to_array().map(u32::swap_bytes));
    Checked<T> [T: Checkable]: |checked: Self| Self::from_bits(checked.to_bits().swap());
}

#[cfg(feature = "half")]
ordered! {
    half::f16 []: |value: Self| Self::from_bits(value.to_bits().swap_bytes());
}

#[cfg(feature = "num-complex")]
ordered! {
    num_complex::Complex<f32> []: |value: Self| Self { re: value.re.swap(), im: value.im.swap() };
    num_complex::Complex<f64> []: |value: Self| Self { re: value.re.swap(), im: value.im.swap() };
    num_complex::Complex<LongDouble> []: |value: Self| Self { re: value.re.swap(), im: value.im.swap() };
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
    match T::DTYPE_REF {
        DType::Scalar(scalar) => DType::Scalar(Scalar::of(scalar.kind(), scalar.size(), order, scalar.unit())),
        _ => panic!("only scalars have an order"),
    }
}

macro_rules! wrapper {
    ($name:ident, $text:literal, $order:ident, $turn:expr) => {
        impl<T: ByteOrdered> $name<T> {
            /// That value in this order.
            #[inline]
            pub fn new(value: T) -> Self {
                Self(($turn)(value))
            }

            /// The value.
            #[inline]
            pub fn get(self) -> T {
                ($turn)(self.0)
            }

            /// Puts a value in the place of what was there.
            #[inline]
            pub fn set(&mut self, value: T) {
                *self = Self::new(value);
            }
        }

        // SAFETY: (1, 2, 5) a `repr(transparent)` of a type that is `Pod`. (3, 4) the dtype is of that type's own size and kind, in the
        // order that `new` stores. (6) there is no padding.
        unsafe impl<T: ByteOrdered> Storable for $name<T> {
            type Reason = Accepted;
            const DTYPE: DType = dtype_of::<T>(ByteOrder::$order);
            const PADDED: bool = false;

            #[inline]
            unsafe fn zero_padding(_: *mut u8) {}
        }

        // SAFETY: a `repr(transparent)` of a type that is `Pod`.
        unsafe impl<T: ByteOrdered> bytemuck::Zeroable for $name<T> {}
        // SAFETY: a `repr(transparent)` of a type that is `Pod`.
        unsafe impl<T: ByteOrdered> bytemuck::Pod for $name<T> {}

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

wrapper!(Be, "Be", Big, T::swap);
// The machine's own order, wherever this compiles.
wrapper!(Le, "Le", Little, |value: T| value);
