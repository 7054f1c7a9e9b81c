//! The types people try first, and what to write instead.
//!
//! They have the trait under a condition that is never met, so that the compiler stops there and prints that
//! condition's message. Its way there follows from what it does with unmet conditions:
//!
//! - It prints the message of the innermost one only if that is about another type than the outermost; hence [`Hint`].
//! - It rejects one that it can see to be false, unless a lifetime is bound in it; hence `for<'a>`.
//! - It lists the types that do implement the trait, but no impl for a type parameter; hence [`Storable`].
//! - It goes into an impl only if that is the only one that could apply; hence `[T; N]` and records are `Storable` too,
//!   and those with a refused type inside are told so.
//!
//! What isn't `Copy` can't be here, as `NpyElement` asks for that; the trait's own message covers the rest.

use core::marker::PhantomData;
use std::time::{Duration, SystemTime};

use super::storable::{Met, Storable};
use crate::dtype::DType;

/// Why `T` is refused.
pub struct Reason<T>(PhantomData<T>);

/// A type that isn't `T`, for a condition about `T`.
pub struct Hint<'a, T>(PhantomData<&'a T>);

macro_rules! refused {
    ($($rust:ty $([$($generics:tt)+])?: $hint:ident, $message:literal, $label:literal;)+) => {$(
        #[diagnostic::on_unimplemented(message = $message, label = $label)]
        #[doc(hidden)]
        pub trait $hint {}

        // SAFETY: no `Reason` is met, so this is never an element, and nothing is ever asked of it.
        #[diagnostic::do_not_recommend]
        unsafe impl$(<$($generics)+>)? Storable for $rust {
            type Reason = Reason<$rust>;
            const DTYPE: DType = panic!("no value of this type can be an element");
            const PADDED: bool = panic!("no value of this type can be an element");

            unsafe fn zero_padding(_: *mut u8) {}
        }

        // SAFETY: `Hint` implements no trait, and nobody outside can name one of these to do it.
        unsafe impl$(<$($generics)+>)? Met for Reason<$rust> where for<'a> Hint<'a, $rust>: $hint {}
    )+};
}

refused! {
    bool: BoolHint,
        "`bool` cannot be stored in an NPY file",
        "`bool` has invalid bit patterns; write `Checked<bool>`";
    char: CharHint,
        "`char` cannot be stored in an NPY file",
        "`char` has invalid bit patterns; write `Checked<char>`";
    usize: UsizeHint,
        "`usize` cannot be stored in an NPY file",
        "its size differs between machines; write `u64`";
    isize: IsizeHint,
        "`isize` cannot be stored in an NPY file",
        "its size differs between machines; write `i64`";
    u128: U128Hint,
        "`u128` cannot be stored in an NPY file",
        "numpy has no 128-bit integers; write `[u64; 2]`";
    i128: I128Hint,
        "`i128` cannot be stored in an NPY file",
        "numpy has no 128-bit integers; write `[u64; 2]`";
    (): UnitHint,
        "`()` cannot be stored in an NPY file",
        "field has size 0; remove it";
    PhantomData<T> [T: Send + Sync + 'static]: PhantomHint,
        "`PhantomData` cannot be stored in an NPY file",
        "field has size 0; mark it with `#[npyt(skip)]`";
    Option<T> [T: Copy + Send + Sync + 'static]: OptionHint,
        "an `Option` cannot be stored in an NPY file",
        "numpy has no missing values; use a sentinel, such as NaN or -1, or a `u8` beside it";
    &'static T [T: ?Sized + Sync]: ReferenceHint,
        "a reference cannot be stored in an NPY file",
        "an address means nothing in a file; store the value itself";
    SystemTime: SystemTimeHint,
        "`SystemTime` cannot be stored in an NPY file",
        "what its bytes mean is the system's; write `DateTime64<units::Nanosecond>`, and `try_into` it";
    Duration: DurationHint,
        "`Duration` cannot be stored in an NPY file",
        "what its bytes mean is Rust's alone; write `TimeDelta64<units::Nanosecond>`, and `try_into` it";
    (A, B) [A: Copy + Send + Sync + 'static, B: Copy + Send + Sync + 'static]: PairHint,
        "a tuple cannot be stored in an NPY file",
        "the order of its fields is the compiler's choice; write a tuple struct that derives `NpyRecord`";
    (A, B, C) [A: Copy + Send + Sync + 'static, B: Copy + Send + Sync + 'static, C: Copy + Send + Sync + 'static]: TripleHint,
        "a tuple cannot be stored in an NPY file",
        "the order of its fields is the compiler's choice; write a tuple struct that derives `NpyRecord`";
}

/// Why an enum is refused that derives `NpyEnum`: the derive says so of each, for it to be told what to write.
pub struct EnumReason<E>(PhantomData<E>);

#[diagnostic::on_unimplemented(
    message = "an enum cannot be stored in an NPY file as it is: what a file holds may be none of its variants",
    label = "write `Checked<{E}>`"
)]
#[doc(hidden)]
pub trait EnumHint<E> {}

// SAFETY: `Hint` implements no trait, and nobody outside can name one of these to do it.
unsafe impl<E> Met for EnumReason<E> where for<'a> Hint<'a, E>: EnumHint<E> {}
