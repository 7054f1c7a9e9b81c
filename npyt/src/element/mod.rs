//! Which Rust types may be rows, and what they look like to numpy.
//!
//! One file a family: `scalar` numbers, with `half` and `complex` those of other crates and `long_double` the one that Rust
//! lacks; `checked` what not every bit pattern is; `text` and `void` bytes of a fixed length; `time` dates and differences;
//! `order` the order of bytes; `array` `[T; N]`; `serde` all of them for other formats. `refused` holds the types people try
//! first and the messages they get, `storable` the mechanism behind these. Structs are described by the derive, through the
//! one macro in `__private.rs`.

mod array;
mod checked;
#[cfg(feature = "num-complex")]
mod complex;
#[cfg(feature = "half")]
mod half;
mod long_double;
mod order;
mod refused;
mod scalar;
#[cfg(feature = "serde")]
mod serde;
mod storable;
mod text;
mod time;
mod void;

pub use checked::{Checkable, Checked, EnumRepr, InvalidBits, NpyEnum};
pub use long_double::LongDouble;
pub use order::{Be, ByteOrdered, Le};
pub use refused::EnumReason;
pub use storable::{Accepted, Storable};
pub use text::{S, TextError, U};
pub use time::{DateTime64, TimeDelta64, units};
pub use void::V;

use crate::dtype::{DType, Field, Form};

/// A type whose values are rows of an `.npy` file, or fields of one.
///
/// | Rust | numpy | alignment | |
/// | --- | --- | --- | --- |
/// | `i8` to `i64`, `u8` to `u64` | `i1` to `i8`, `u1` to `u8` | their size | |
/// | `f32`, `f64` | `f4`, `f8` | their size | |
/// | `half::f16` | `f2` | 2 | feature `half` |
/// | `num_complex::Complex<f32>`, `<f64>` | `c8`, `c16` | 4, 8 | feature `num-complex` |
/// | [`LongDouble`], `Complex<LongDouble>` | `f16`, `c32` | 16 | numpy's `longdouble`, of the machine |
/// | [`Checked<bool>`](Checked) | `?` | 1 | comes out as a `Result` or an `Option` |
/// | [`Checked<char>`](Checked) | `U1` | 4 | likewise |
/// | [`Checked<E>`](Checked), where `E` derives [`NpyEnum`] | its integer | its integer's | likewise |
/// | [`S<N>`](S) | `SN` | 1 | bytes, padded with zeros |
/// | [`U<N>`](U) | `UN` | 4 | UCS-4, padded with zeros |
/// | [`V<N>`](V) | `VN` | 1 | raw bytes |
/// | [`DateTime64<U>`](DateTime64) | `M8[U]` | 8 | a unit of [`units`], or a multiple of one; NaT |
/// | [`TimeDelta64<U>`](TimeDelta64) | `m8[U]` | 8 | likewise |
/// | [`Be<T>`](Be), [`Le<T>`](Le) | `>`, `<` | as `T` | of numbers, times, `U` and `Checked` |
/// | `[T; N]`, `[[T; N]; M]` | `(T, (N,))`, `(T, (M, N))` | as `T` | `N` of at least 1 |
/// | a struct that derives [`NpyRecord`] | a record | of its largest field, packed 1 | nested to any depth |
///
/// A newtype derives it: the [macro of the same name](macro@crate::NpyElement) stores a `#[repr(transparent)]` struct as its one
/// field.
///
/// ```
/// use npyt::{Be, DateTime64, NpyElement, S, units};
///
/// assert_eq!(<f64 as NpyElement>::DTYPE.to_string(), "<f8");
/// assert_eq!(<[[f32; 2]; 3] as NpyElement>::DTYPE.to_string(), "(3, 2)<f4");
/// assert_eq!(<[Be<u16>; 2] as NpyElement>::DTYPE.to_string(), "(2,)>u2");
/// assert_eq!(<DateTime64<units::Nanosecond> as NpyElement>::DTYPE.to_string(), "<M8[ns]");
/// assert_eq!(<S<5> as NpyElement>::DTYPE.to_string(), "|S5");
/// ```
///
/// # Safety
///
/// For every implementation:
///
/// 1. Any `size_of::<Self>()` initialised bytes are a valid value. (So no `bool`, no `char`, no enum, no reference.) Of a
///    value that is at hand those of padding may be uninitialised; who makes one of bytes initialises them all, as a
///    field that the derive [skips](macro@crate::NpyRecord) is padding to numpy and a value to Rust.
/// 2. A value holds no interior mutability: `&Self` means that the bytes don't change through it.
/// 3. `size_of::<Self>()` is not zero, and [`DTYPE`](Self::DTYPE)`.size()` equals it.
/// 4. `DTYPE` names for every byte either the field it belongs to, of the size of what lies there, or no field: padding.
///    That the field's type there is the one that lies there, in the machine's byte order, is what makes it of use, and
///    up to whoever calls it something else.
/// 5. [`PADDED`](Self::PADDED) is `false` only where every byte of every value is initialised, and belongs to a field.
/// 6. [`zero_padding`](Self::zero_padding) writes nothing outside the padding, and leaves no byte of it unwritten: neither of
///    what `DTYPE` leaves out nor of what Rust leaves undefined.
///
/// The derive proves all of them. Of a struct with parameters it proves 3 to 6 when the constants are evaluated: a type that
/// breaks one of them doesn't compile where `DTYPE` or `PADDED` is used.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in an NPY file",
    label = "not a number, an array of a fixed length, or a record",
    note = "a row holds numbers, `Checked<bool>`, `Checked<char>`, `S<N>`, `U<N>`, `V<N>`, `DateTime64<U>`, `TimeDelta64<U>`, `Be<T>` of another byte order, `[T; N]` of these, and structs that derive `NpyRecord`",
    note = "instead of text write `S<N>` (bytes) or `U<N>` (characters); of a list `[T; N]`; of what is boxed the value itself; of an enum `Checked<E>`, and on it `#[derive(Clone, Copy, NpyEnum)]`",
    note = "on a struct of your own put `#[derive(Clone, Copy, NpyRecord)]` and `#[repr(C)]`"
)]
pub unsafe trait NpyElement: Copy + Send + Sync + 'static {
    /// numpy's description.
    ///
    /// ```
    /// use npyt::NpyElement;
    ///
    /// fn bytes_of<T: NpyElement>(rows: usize) -> usize {
    ///     rows * T::DTYPE.size()
    /// }
    ///
    /// assert_eq!(bytes_of::<[f32; 3]>(10), 120);
    /// ```
    const DTYPE: DType;

    /// [`DTYPE`](Self::DTYPE) at one address, for descriptions that contain it.
    #[doc(hidden)]
    const DTYPE_REF: &'static DType = &Self::DTYPE;

    /// Whether a value holds bytes that belong to no field, and whose contents Rust leaves undefined.
    ///
    /// ```
    /// use npyt::{NpyElement, NpyRecord};
    ///
    /// #[derive(Clone, Copy, NpyRecord)]
    /// #[repr(C)]
    /// struct Quote {
    ///     price: f64,
    ///     side: u8, // 7 bytes of padding follow
    /// }
    ///
    /// assert!(Quote::PADDED && !u64::PADDED);
    /// ```
    const PADDED: bool;

    /// Writes zeros to every byte of the value at `row` that belongs to no field.
    ///
    /// ```
    /// use npyt::{NpyElement, NpyRecord};
    ///
    /// #[derive(Clone, Copy, NpyRecord)]
    /// #[repr(C)]
    /// struct Quote {
    ///     side: u8, // 3 bytes of padding follow
    ///     price: f32,
    /// }
    ///
    /// let mut bytes = [0xFF; size_of::<Quote>()];
    /// // SAFETY: an array of the size of a `Quote`.
    /// unsafe { Quote::zero_padding(bytes.as_mut_ptr()) };
    /// assert_eq!(bytes, [0xFF, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]);
    /// ```
    ///
    /// # Safety
    ///
    /// `row` is valid for writes of `size_of::<Self>()` bytes. It need not be aligned.
    unsafe fn zero_padding(row: *mut u8);

    /// How the headers of files made for such rows spell it, where the writer's options don't say: as the struct does with
    /// `#[npyt(form = "list")]`.
    ///
    /// ```
    /// use npyt::{Form, NpyElement, NpyRecord};
    ///
    /// #[derive(Clone, Copy, NpyRecord)]
    /// #[repr(C)]
    /// #[npyt(form = "list")]
    /// struct Level {
    ///     price: f64,
    ///     quantity: f64,
    /// }
    ///
    /// assert_eq!((Level::FORM, f64::FORM), (Form::List, Form::Aligned));
    /// ```
    const FORM: Form = Form::Aligned;
}

/// A struct whose fields numpy knows by name. Derive it: `#[derive(NpyRecord)]` on a `#[repr(C)]` struct.
///
/// The macro of the same name says what it accepts, what it refuses, and what to write instead.
///
/// ```
/// use npyt::{DType, NpyElement, NpyRecord};
///
/// #[derive(Clone, Copy, NpyRecord)]
/// #[repr(C)]
/// struct Trade {
///     time: i64,
///     price: f64,
///     quantity: f32,
/// }
///
/// let DType::Record(record) = Trade::DTYPE else { unreachable!("a struct is a record") };
/// let fields: Vec<_> = record.fields().iter().map(|field| (field.name(), field.offset())).collect();
/// assert_eq!(fields, [("time", 0), ("price", 8), ("quantity", 16)]);
/// assert_eq!(record.size(), 24);
/// ```
///
/// # Safety
///
/// Besides what [`NpyElement`] asks: its `DTYPE` is a record.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a record",
    label = "not a struct that derives `NpyRecord`",
    note = "put `#[derive(Clone, Copy, NpyRecord)]` and `#[repr(C)]` on the struct"
)]
pub unsafe trait NpyRecord: NpyElement {
    /// The fields of `DTYPE`.
    #[doc(hidden)]
    const FIELDS: &'static [Field];
}
