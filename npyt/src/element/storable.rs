use super::NpyElement;
use crate::dtype::{DType, Field, Form};

/// `NpyElement` for all but the numbers: the types that are refused with a message of their own, and those through which
/// the compiler has to find its way to them, `[T; N]` and what the derive describes. `refused.rs` says why they share an
/// impl. The name shows in messages: "the trait `Storable` is not implemented for `X`".
///
/// # Safety
///
/// As of [`NpyElement`], if `Reason` is `Met`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in an NPY file",
    label = "not a number, an array of a fixed length, or a record",
    note = "a row holds numbers, `Checked<bool>`, `Checked<char>`, `S<N>`, `U<N>`, `V<N>`, `DateTime64<U>`, `TimeDelta64<U>`, `Be<T>` of another byte order, `[T; N]` of these, and structs that derive `NpyRecord`",
    note = "instead of text write `S<N>` (bytes) or `U<N>` (characters); of a list `[T; N]`; of what is boxed the value itself; of an enum `Checked<E>`, and on it `#[derive(Clone, Copy, NpyEnum)]`",
    note = "on a struct of your own put `#[derive(Clone, Copy, NpyRecord)]` and `#[repr(C)]`"
)]
pub unsafe trait Storable: Copy + Send + Sync + 'static {
    /// Something `Met`, or why the type is refused.
    type Reason;

    /// Of a struct that is a record, its fields.
    const FIELDS: &'static [Field] = &[];

    /// [`NpyElement::DTYPE`].
    const DTYPE: DType;

    /// [`NpyElement::PADDED`].
    const PADDED: bool;

    /// [`NpyElement::zero_padding`].
    ///
    /// # Safety
    ///
    /// As there.
    unsafe fn zero_padding(row: *mut u8);

    /// [`NpyElement::FORM`].
    const FORM: Form = Form::Aligned;
}

/// The condition on a reason.
///
/// # Safety
///
/// Only for [`Accepted`], or under a condition that is never met.
pub unsafe trait Met {}

/// The type is not refused.
pub struct Accepted;

// SAFETY: it is the type that the trait names.
unsafe impl Met for Accepted {}

// SAFETY: what `Storable` promises where the reason is met.
#[doc(hidden)]
unsafe impl<T: Storable> NpyElement for T
where
    T::Reason: Met,
{
    const DTYPE: DType = <T as Storable>::DTYPE;
    const PADDED: bool = <T as Storable>::PADDED;
    const FORM: Form = <T as Storable>::FORM;

    #[inline]
    unsafe fn zero_padding(row: *mut u8) {
        // SAFETY: the same contract.
        unsafe { <T as Storable>::zero_padding(row) }
    }
}
