//! What `#[derive(NpyRecord)]`, `#[derive(NpyElement)]` and `#[derive(NpyEnum)]` expand to. Not part of the API.
//!
//! The derives only list the fields. Everything `unsafe` that they lead to is written here, in one macro that proves
//! what it needs from the struct itself and trusts none of its arguments, so nothing rests on what a procedural macro
//! saw: an attribute macro may change the struct after the derive ran, and `npyt` may be another crate's alias.

pub use core;
pub use core::marker::Copy;
pub use core::option::Option;
pub use core::primitive::{bool, i8, i16, i32, i64, str, u8, u16, u32, u64};

use core::marker::PhantomData;

pub use crate::__npyt_enum as enumeration;
pub use crate::__npyt_record as record;
use crate::dtype::parse_const;
pub use crate::dtype::{DType, Field, Form, Record};
pub use crate::element::{Accepted, EnumReason, NpyElement, NpyEnum, NpyRecord, Storable};

/// Implements `NpyRecord` for a struct, and `Storable`, through which it is an `NpyElement`; or, where it says `newtype`,
/// `Storable` alone, with the dtype of its one field.
///
/// `$generics` and `$bounds` come without defaults. `$check` is evaluated before anything else is made of the struct, so
/// that its panic, which points at the field, is the one the user reads. A field is named by an identifier or, in a tuple
/// struct, by its index; those of the first list are numpy's fields, those of the second padding to it.
///
/// What holds whatever the arguments are:
///
/// 1. *The fields are all there, once each, in one of the lists.* Two patterns see to it: `Self { .. }` is refused for
///    unions, and the list without `..` for a struct with a field more, a field less or one named twice. They stand in a
///    safe closure. That a field is one token, a name or a literal, is what `@member` takes.
/// 2. *Each `$ty` is the field's type.* `member::<$ty>` takes a raw pointer to the field, which coerces to no other
///    pointer type, and asks that `$ty` is an element. What follows is inferred from its result, not from the tokens,
///    which may be a macro that expands differently each time. `skipped` does the same for those of the second list, and
///    asks that any bytes are a value.
/// 3. *The offsets are the compiler's*, by `offset_of!`.
/// 4. *The struct is `Copy`*, so it has no destructor, and `Send`, `Sync` and without borrows: `Assumed`, of all users.
/// 5. *No tokens reach the impl but through a parsed type, name, literal or expression*, except generics and bounds. These
///    are placed in a tuple struct first, where a block after them doesn't parse, while after an impl's nothing else does.
///    The expressions stand in constants, outside of `unsafe` blocks, and what they evaluate to can only be made here.
/// 6. *`$row` is trusted to be one type within one impl only*, where it is `Self`: it may be such a macro as well. So all
///    that is proven and all that rests on it is in one impl, and the other takes what it says from there.
#[doc(hidden)]
#[macro_export]
macro_rules! __npyt_record {
    (
        [$($generics:tt)*] $row:ty [$($bounds:tt)*] { $form:expr } { $($check:expr;)* }
        { $($field:tt $ty:ty, $entry:expr;)+ }
        { $($skipped:tt $skip:ty;)* }
    ) => {
        struct __NpytGuard<$($generics)*>(fn() -> $row) where $($bounds)*;

        $($crate::__npyt_record! { @member $field })+
        $($crate::__npyt_record! { @member $skipped })*

        $crate::__npyt_record! { @once [$($generics)*] $row [$($bounds)*] }

        // SAFETY: (1, 2) of a value's bytes, those of a field are an element's by `member`'s bound, or of a type that
        // takes any bytes by that of `skipped`, and there are no other fields; the rest is padding, which may hold
        // anything. (3, 4) `DTYPE` is of the struct's size, and `field` puts each one of the first list, of its type's
        // size, where the compiler has it; it refuses an empty field, so the size is not zero. (5) only when the sizes of
        // these fields add up to the struct's, which together with `DTYPE`'s proof that they don't overlap means that no
        // byte is left over, none of the second list's either, and no field is padded itself. (6) the bytes between one
        // field's end and the next one's offset, in the order `DTYPE` proves ascending, and each field's own padding, at
        // its place.
        unsafe impl<$($generics)*> $crate::__private::Storable for $row
        where $($bounds)* for<'row> $row: $crate::__private::Assumed<'row>
        {
            type Reason = $crate::__private::Accepted;

            const FIELDS: &'static [$crate::__private::Field] = {
                $($check;)*
                let _ = |__npyt_row: Self| {
                    let Self { .. } = __npyt_row;
                    let Self { $($field: _,)+ $($skipped: _,)* } = __npyt_row;
                };
                let __npyt_row = $crate::__private::core::mem::MaybeUninit::<Self>::uninit();
                let __npyt_row = __npyt_row.as_ptr();
                $(
                    // SAFETY: a place within `row`, which is not read.
                    let __npyt_field = unsafe { &raw const (*__npyt_row).$skipped };
                    $crate::__private::skipped::<$skip, _>(__npyt_field);
                )*
                &[$({
                    // SAFETY: a place within `row`, which is not read.
                    let __npyt_field = unsafe { &raw const (*__npyt_row).$field };
                    let __npyt_offset = $crate::__private::core::mem::offset_of!(Self, $field);
                    $crate::__private::member::<$ty>(__npyt_field).field($entry, __npyt_offset)
                }),+]
            };

            const DTYPE: $crate::__private::DType = $crate::__private::dtype_of::<Self>();

            const PADDED: $crate::__private::bool = {
                let __npyt_row = $crate::__private::core::mem::MaybeUninit::<Self>::uninit();
                let __npyt_row = __npyt_row.as_ptr();
                $crate::__private::has_gaps::<Self>() $(|| {
                    // SAFETY: a place within `row`, which is not read.
                    let __npyt_field = unsafe { &raw const (*__npyt_row).$field };
                    $crate::__private::member::<$ty>(__npyt_field).is_padded()
                })+
            };

            const FORM: $crate::__private::Form = $form;

            #[inline]
            unsafe fn zero_padding(__npyt_row: *mut $crate::__private::u8) {
                if <Self as $crate::__private::NpyElement>::PADDED {
                    let mut __npyt_end = 0;
                    $({
                        let __npyt_offset = $crate::__private::core::mem::offset_of!(Self, $field);
                        // SAFETY: the caller vouches for `size_of::<Self>()` bytes, where the field's end and offset
                        // lie; between them is no field of `DTYPE`'s, which has proven that they ascend.
                        unsafe { $crate::__private::zero_bytes(__npyt_row, __npyt_end, __npyt_offset) };
                        // SAFETY: a place within the caller's bytes, which is not read.
                        let __npyt_field = unsafe { &raw const (*__npyt_row.cast::<Self>()).$field };
                        let __npyt_member = $crate::__private::member::<$ty>(__npyt_field);
                        // SAFETY: the field lies at `offset`, within the caller's bytes.
                        __npyt_end = unsafe { __npyt_member.zero_padding(__npyt_row, __npyt_offset) };
                    })+
                    let __npyt_size = $crate::__private::core::mem::size_of::<Self>();
                    // SAFETY: as before; after the last field's end there is none.
                    unsafe { $crate::__private::zero_bytes(__npyt_row, __npyt_end, __npyt_size) };
                }
            }
        }

        // SAFETY: `fields_of` refuses what is no record.
        unsafe impl<$($generics)*> $crate::__private::NpyRecord for $row
        where $($bounds)* for<'row> $row: $crate::__private::Assumed<'row>
        {
            const FIELDS: &'static [$crate::__private::Field] = $crate::__private::fields_of::<Self>();
        }
    };
    (
        newtype [$($generics:tt)*] $row:ty [$($bounds:tt)*] { $form:expr } { $($check:expr;)* }
        { $field:tt $ty:ty, $called:expr; }
        { $($skipped:tt $skip:ty;)* }
    ) => {
        struct __NpytGuard<$($generics)*>(fn() -> $row) where $($bounds)*;

        $crate::__npyt_record! { @member $field }
        $($crate::__npyt_record! { @member $skipped })*

        $crate::__npyt_record! { @once [$($generics)*] $row [$($bounds)*] }

        // SAFETY: `whole` proves that the field begins where the struct does and is as large, so that there is no padding
        // around it and no room for another field of any size; `PADDED` evaluates that proof, and `zero_padding` needs
        // `PADDED`. (1, 2) the bytes are an element's by `member`'s bound; what else there is has no bytes, and by that of
        // `skipped` is made of none. (3 to 6) the field's own, but that it may be called something else of its size.
        unsafe impl<$($generics)*> $crate::__private::Storable for $row
        where $($bounds)* for<'row> $row: $crate::__private::Assumed<'row>
        {
            type Reason = $crate::__private::Accepted;

            const DTYPE: $crate::__private::DType = {
                $($check;)*
                let _ = |__npyt_row: Self| {
                    let Self { .. } = __npyt_row;
                    let Self { $field: _, $($skipped: _,)* } = __npyt_row;
                };
                let __npyt_row = $crate::__private::core::mem::MaybeUninit::<Self>::uninit();
                let __npyt_row = __npyt_row.as_ptr();
                $(
                    // SAFETY: a place within `row`, which is not read.
                    let __npyt_field = unsafe { &raw const (*__npyt_row).$skipped };
                    $crate::__private::skipped::<$skip, _>(__npyt_field);
                )*
                // SAFETY: as before.
                let __npyt_field = unsafe { &raw const (*__npyt_row).$field };
                let __npyt_offset = $crate::__private::core::mem::offset_of!(Self, $field);
                $crate::__private::member::<$ty>(__npyt_field).whole::<Self>(__npyt_offset, $called)
            };

            const PADDED: $crate::__private::bool = {
                let __npyt_row = $crate::__private::core::mem::MaybeUninit::<Self>::uninit();
                let __npyt_row = __npyt_row.as_ptr();
                // SAFETY: a place within `row`, which is not read.
                let __npyt_field = unsafe { &raw const (*__npyt_row).$field };
                $crate::__private::prove::<Self>();
                $crate::__private::member::<$ty>(__npyt_field).is_padded()
            };

            const FORM: $crate::__private::Form = {
                let __npyt_row = $crate::__private::core::mem::MaybeUninit::<Self>::uninit();
                let __npyt_row = __npyt_row.as_ptr();
                // SAFETY: a place within `row`, which is not read.
                let __npyt_field = unsafe { &raw const (*__npyt_row).$field };
                $crate::__private::member::<$ty>(__npyt_field).form_unless($form)
            };

            #[inline]
            unsafe fn zero_padding(__npyt_row: *mut $crate::__private::u8) {
                if <Self as $crate::__private::NpyElement>::PADDED {
                    // SAFETY: a place within the caller's bytes, which is not read.
                    let __npyt_field = unsafe { &raw const (*__npyt_row.cast::<Self>()).$field };
                    let __npyt_member = $crate::__private::member::<$ty>(__npyt_field);
                    // SAFETY: the field is all of the caller's bytes, by `whole`.
                    unsafe { __npyt_member.zero_padding(__npyt_row, 0) };
                }
            }
        }
    };
    (@member $member:ident) => {};
    (@member $member:literal) => {};
    // What the impls assume is asked for once, and what is wrong with a struct without parameters is said where it is
    // defined, used or not. In one place, so that what both ask for is one error.
    (@once [] $row:ty []) => {
        const _: () = {
            $crate::__private::assert_row::<$row>();
            $crate::__private::evaluate::<$row>();
        };
    };
    (@once [$($generics:tt)*] $row:ty [$($bounds:tt)*]) => {
        fn __npyt_row<$($generics)*>() where $($bounds)* {
            $crate::__private::assert_row::<$row>();
        }
    };
}

/// Implements `NpyEnum` for an enum, and says of a field of it what to write instead.
///
/// `NpyEnum` is a safe trait, so nothing has to be proven of it. It is still held against the enum itself: a variant more
/// or less doesn't compile.
#[doc(hidden)]
#[macro_export]
macro_rules! __npyt_enum {
    ($enum:ty, $repr:ident { $($variant:ident $name:expr;)+ }) => {
        const _: () = {
            $crate::__private::assert_row::<$enum>();
        };

        impl $crate::__private::NpyEnum for $enum
        where for<'row> $enum: $crate::__private::Assumed<'row>
        {
            type Repr = $crate::__private::$repr;

            const VARIANTS: &'static [(&'static $crate::__private::str, $crate::__private::$repr)] = {
                let _ = |__npyt_enum: Self| match __npyt_enum {
                    $(Self::$variant => {})+
                };
                &[$(($name, Self::$variant as $crate::__private::$repr)),+]
            };

            #[inline]
            fn to_repr(self) -> $crate::__private::$repr {
                self as $crate::__private::$repr
            }

            #[inline]
            fn from_repr(__npyt_repr: $crate::__private::$repr) -> $crate::__private::Option<Self> {
                $(
                    if __npyt_repr == Self::$variant as $crate::__private::$repr {
                        return $crate::__private::Option::Some(Self::$variant);
                    }
                )+
                $crate::__private::Option::None
            }
        }

        // SAFETY: no `EnumReason` is met, so this is never an element, and nothing is ever asked of it.
        unsafe impl $crate::__private::Storable for $enum
        where for<'row> $enum: $crate::__private::Assumed<'row>
        {
            type Reason = $crate::__private::EnumReason<Self>;
            const DTYPE: $crate::__private::DType = <$crate::__private::u8 as $crate::__private::NpyElement>::DTYPE;
            const PADDED: $crate::__private::bool = false;
            unsafe fn zero_padding(_: *mut $crate::__private::u8) {}
        }
    };
}

/// What the description and the padding of a struct need to know of a field's type.
///
/// The macro reaches a field's type through [`member`] alone, so a type that is no element makes one error however often
/// it is named: the compiler doesn't repeat a message at the same place.
#[derive(Clone, Copy)]
pub struct Member {
    dtype: &'static DType,
    size: usize,
    padded: bool,
    form: Form,
    zero_padding: unsafe fn(*mut u8),
}

/// `T` is always named by the caller, so that the compiler points there when it is no element.
#[inline(always)]
pub const fn member<T: NpyElement>(_: *const T) -> Member {
    Member {
        dtype: T::DTYPE_REF,
        size: size_of::<T>(),
        padded: T::PADDED,
        form: T::FORM,
        zero_padding: T::zero_padding,
    }
}

impl Member {
    /// The field's entry in the description of its struct.
    pub const fn field(self, entry: Entry, offset: usize) -> Field {
        assert!(!entry.name.is_empty(), "numpy reads an empty name as padding");
        Field::of_struct(entry.name, entry.title, entry.doc, self.dtype(entry.called), offset)
    }

    /// The description of a struct that this field at `offset` is all of.
    pub const fn whole<R>(self, offset: usize, called: Option<&'static Called>) -> DType {
        assert!(
            offset == 0 && self.size == size_of::<R>(),
            "the struct is more than its one field: `#[repr(transparent)]` is gone, or `align` was added"
        );
        self.dtype(called)
    }

    const fn dtype(self, called: Option<&'static Called>) -> DType {
        assert!(self.size > 0, "a field of size 0 holds nothing that a file could keep");
        let dtype = match called {
            Some(called) => &called.0,
            None => self.dtype,
        };
        assert!(dtype.size() == self.size, "a field's dtype is not of its size");
        copy(dtype)
    }

    /// Whether the field's own bytes have padding among them.
    pub const fn is_padded(self) -> bool {
        self.padded
    }

    /// The form for files of such rows, unless another is given.
    pub const fn form_unless(self, form: Option<Form>) -> Form {
        match form {
            Some(form) => form,
            None => self.form,
        }
    }

    /// Zeros the padding inside the field at `offset` and returns where the field ends.
    ///
    /// # Safety
    ///
    /// `row` is valid for writes of `offset` bytes and then those of the field. It need not be aligned.
    #[inline(always)]
    pub unsafe fn zero_padding(self, row: *mut u8, offset: usize) -> usize {
        if self.padded {
            // SAFETY: `offset` lies within the caller's bytes.
            let field = unsafe { row.add(offset) };
            // SAFETY: and so do the field's that begin there, which is what the type's own function asks for.
            unsafe { (self.zero_padding)(field) };
        }
        offset + self.size
    }
}

/// What a struct says of a field, besides its type and place.
#[derive(Clone, Copy)]
pub struct Entry {
    name: &'static str,
    title: Option<&'static str>,
    doc: Option<&'static str>,
    called: Option<&'static Called>,
}

impl Entry {
    /// Its name in numpy.
    pub const fn named(name: &'static str) -> Self {
        Self { name, title: None, doc: None, called: None }
    }

    /// numpy's title of it.
    pub const fn title(mut self, title: &'static str) -> Self {
        self.title = Some(title);
        self
    }

    /// Its documentation.
    pub const fn doc(mut self, doc: &'static str) -> Self {
        self.doc = Some(doc);
        self
    }

    /// The dtype that stands for its type's own.
    pub const fn called(mut self, called: &'static Called) -> Self {
        self.called = Some(called);
        self
    }
}

/// What numpy is to call the bytes of a field, instead of what its type is called: a scalar, or arrays of one. Never a
/// record, so it has no padding.
pub struct Called(DType);

impl Called {
    /// The scalar of numpy's type string.
    #[track_caller]
    pub const fn scalar(text: &'static str) -> Self {
        Self(DType::Scalar(parse_const(text)))
    }

    /// So many of them.
    pub const fn array(item: &'static Self, len: usize) -> Self {
        Self(DType::array_of(&item.0, len))
    }
}

/// Holds for what may be padding to numpy although it is a field to Rust.
///
/// `By` is inferred: it keeps the two implementations apart, as a marker might be an element one day, for all that the
/// compiler knows.
///
/// # Safety
///
/// Any bytes are a value, and it has no interior mutability: 1 and 2 of [`NpyElement`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be skipped: what a file holds in its place may be no value of it",
    label = "neither something that could be stored, nor `PhantomData`",
    note = "numpy sees padding there, and whatever a file has in it becomes the value: so the type must take any bytes, as numbers do"
)]
pub unsafe trait Skipped<By> {}

/// As an element.
pub struct AsElement;

/// As a type that has no bytes.
pub struct AsMarker;

// SAFETY: what `NpyElement` promises.
unsafe impl<T: NpyElement> Skipped<AsElement> for T {}

// SAFETY: it has no bytes and one value, which anybody may make.
unsafe impl<T: ?Sized> Skipped<AsMarker> for PhantomData<T> {}

/// Asks that the field of that type may be skipped.
pub const fn skipped<T: Skipped<By>, By>(_: *const T) {}

/// A constant description again, by value.
const fn copy(dtype: &'static DType) -> DType {
    match dtype {
        DType::Scalar(scalar) => DType::Scalar(*scalar),
        DType::Array(array) => DType::array_of(array.static_item(), array.len()),
        DType::Record(record) => DType::Record(Record::of_struct(record.static_fields(), record.size())),
    }
}

/// The record of `R`'s fields; a constant that fails unless they ascend, don't overlap, and end within the struct.
#[track_caller]
pub const fn dtype_of<R: Storable>() -> DType {
    DType::Record(Record::of_struct(R::FIELDS, size_of::<R>()))
}

/// The fields of a record.
#[expect(clippy::panic, reason = "only ever evaluated in constants, where a panic is a compile error")]
pub const fn fields_of<R: NpyElement>() -> &'static [Field] {
    match R::DTYPE_REF {
        DType::Record(record) => record.static_fields(),
        _ => panic!("only a struct that is described by its fields is a record"),
    }
}

/// Whether some bytes of `R` belong to no field of its own.
pub const fn has_gaps<R: NpyElement + Storable>() -> bool {
    // The description's proof comes first: without it a sum of sizes says nothing about gaps.
    let size = R::DTYPE_REF.size();
    let mut data = 0;
    let mut i = 0;
    while i < R::FIELDS.len() {
        data += R::FIELDS[i].dtype().size();
        i += 1;
    }
    data < size
}

/// Writes zeros to the bytes `from..to` of a row.
///
/// # Safety
///
/// `row` is valid for writes of `to` bytes.
#[inline(always)]
pub unsafe fn zero_bytes(row: *mut u8, from: usize, to: usize) {
    if from < to {
        // SAFETY: `from` lies within the caller's bytes.
        let gap = unsafe { row.add(from) };
        // SAFETY: so do the `to - from` bytes that begin there.
        unsafe { gap.write_bytes(0, to - from) };
    }
}

/// Refuses a field without bytes, at the field: the derive gives the call the place of the field's type.
#[track_caller]
pub const fn check_size(size: usize) {
    assert!(size > 0, "field has size 0: a file can't hold it, and numpy would read it as padding; remove it");
}

/// Refuses a dtype that is not of the field's size, where the user wrote it.
#[expect(clippy::panic, reason = "only ever evaluated in constants, where a panic is a compile error")]
#[track_caller]
pub const fn check_called(size: usize, called: &Called) {
    if called.0.size() != size {
        let text = Sizes::of(called.0.size(), size);
        panic!("{}", text.as_str());
    }
}

/// A message with two numbers, made where nothing can be allocated or formatted.
struct Sizes {
    bytes: [u8; 160],
    len: usize,
}

impl Sizes {
    const fn of(dtype: usize, field: usize) -> Self {
        let empty = Self { bytes: [0; 160], len: 0 };
        let text = empty.text("a dtype of ").number(dtype).text(" bytes, on a field of ").number(field);
        text.text(" bytes: it has to describe the same bytes, so it must be of their size")
    }

    const fn text(mut self, text: &str) -> Self {
        let mut i = 0;
        while i < text.len() && self.len < self.bytes.len() {
            self.bytes[self.len] = text.as_bytes()[i];
            self.len += 1;
            i += 1;
        }
        self
    }

    const fn number(self, number: usize) -> Self {
        let before = if number < 10 { self } else { self.number(number / 10) };
        const DIGITS: &str = "0123456789";
        let (_, from) = DIGITS.split_at(number % 10);
        let (digit, _) = from.split_at(1);
        before.text(digit)
    }

    const fn as_str(&self) -> &str {
        let (text, _) = self.bytes.split_at(self.len);
        match core::str::from_utf8(text) {
            Ok(text) => text,
            Err(_) => "the dtype is not of the field's size",
        }
    }
}

/// Holds for what [`NpyElement`] asks of a struct before anything else. As a condition of an impl it is assumed there,
/// and asked of whoever uses the impl; so a struct that isn't `Copy` makes one error, by [`assert_row`].
pub trait Assumed<'a>: Copy + Send + Sync + 'static {}

impl<T: Copy + Send + Sync + 'static> Assumed<'_> for T {}

/// Refuses a struct that lacks what [`NpyElement`] asks for.
pub const fn assert_row<T: Copy + Send + Sync + 'static>() {}

/// Evaluates the proofs that a description makes.
pub const fn prove<R: NpyElement>() {
    let _ = R::DTYPE_REF.size();
}

/// Evaluates the proofs of a struct without parameters where it is defined, used or not.
pub const fn evaluate<R: NpyElement>() {
    prove::<R>();
    let _ = R::PADDED;
}
