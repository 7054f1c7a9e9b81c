//! What `#[derive(NpyRecord)]` expands to. Not part of the API.
//!
//! The derive only lists the fields. Everything `unsafe` that it leads to is written here, in one macro that proves
//! what it needs from the struct itself and trusts none of its arguments, so nothing rests on what a procedural macro
//! saw: an attribute macro may change the struct after the derive ran, and `npyt` may be another crate's alias.

pub use core;
pub use core::marker::Copy;
pub use core::option::Option;
pub use core::primitive::{bool, i8, i16, i32, i64, str, u8, u16, u32, u64};

pub use crate::__npyt_record as record;
pub use crate::dtype::{DType, Field, Record};
pub use crate::element::{Accepted, NpyElement, NpyEnum, NpyRecord, Storable};

/// Implements `NpyRecord` for a struct, and `Storable`, through which it is an `NpyElement`.
///
/// `$generics` and `$bounds` come without defaults. `$check` is evaluated before anything else is made of the struct, so
/// that its panic, which points at the field, is the one the user reads.
///
/// What holds whatever the arguments are:
///
/// 1. *The fields are all there, once each.* Two patterns see to it: `Self { .. }` is refused for unions, and the list
///    without `..` for a struct with a field more, a field less or one named twice. They stand in a safe closure.
/// 2. *Each `$ty` is the field's type.* `member::<$ty>` takes a raw pointer to the field, which coerces to no other
///    pointer type, and asks that `$ty` is an element. What follows is inferred from its result, not from the tokens,
///    which may be a macro that expands differently each time.
/// 3. *The offsets are the compiler's*, by `offset_of!`.
/// 4. *The struct is `Copy`*, so it has no destructor, and `Send`, `Sync` and without borrows: `Assumed`, of all users.
/// 5. *No tokens reach the impl but through a parsed type, name or expression*, except generics and bounds. These are
///    placed in a tuple struct first, where a block after them doesn't parse, while after an impl's nothing else does.
#[doc(hidden)]
#[macro_export]
macro_rules! __npyt_record {
    (
        [$($generics:tt)*] $row:ty [$($bounds:tt)*] { $($check:expr;)* }
        { $($field:ident $name:literal $ty:ty,)+ }
    ) => {
        struct __NpytGuard<$($generics)*>(fn() -> $row) where $($bounds)*;

        $crate::__npyt_record! { @once [$($generics)*] $row [$($bounds)*] }

        // SAFETY: (1, 2) of a value's bytes, those of a field are an element's by `member`'s bound, and there are no
        // other fields; the rest is padding, which may hold anything. (3, 4) `DTYPE` is of the struct's size, and
        // `field` puts each one, of the dtype of its type, where the compiler has it; it refuses an empty
        // field, so the size is not zero. (5) only when the fields' sizes add up to the struct's, which together with
        // `DTYPE`'s proof that they don't overlap means that no byte is left over, and no field is padded itself.
        // (6) the bytes between one field's end and the next one's offset, in the order `DTYPE` proves ascending, and
        // each field's own padding, at its place.
        unsafe impl<$($generics)*> $crate::__private::Storable for $row
        where $($bounds)* for<'row> $row: $crate::__private::Assumed<'row>
        {
            type Reason = $crate::__private::Accepted;

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

            #[inline]
            unsafe fn zero_padding(__npyt_row: *mut $crate::__private::u8) {
                if <Self as $crate::__private::NpyElement>::PADDED {
                    let mut __npyt_end = 0;
                    $({
                        let __npyt_offset = $crate::__private::core::mem::offset_of!(Self, $field);
                        // SAFETY: the caller vouches for `size_of::<Self>()` bytes, where the field's end and offset
                        // lie; between them is no field, as `DTYPE` has proven that they ascend.
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

        // SAFETY: `dtype_of` makes a record.
        unsafe impl<$($generics)*> $crate::__private::NpyRecord for $row
        where $($bounds)* for<'row> $row: $crate::__private::Assumed<'row>
        {
            const FIELDS: &'static [$crate::__private::Field] = {
                $($check;)*
                let _ = |__npyt_row: Self| {
                    let Self { .. } = __npyt_row;
                    let Self { $($field: _),+ } = __npyt_row;
                };
                let __npyt_row = $crate::__private::core::mem::MaybeUninit::<Self>::uninit();
                let __npyt_row = __npyt_row.as_ptr();
                &[$({
                    // SAFETY: a place within `row`, which is not read.
                    let __npyt_field = unsafe { &raw const (*__npyt_row).$field };
                    let __npyt_offset = $crate::__private::core::mem::offset_of!(Self, $field);
                    $crate::__private::member::<$ty>(__npyt_field).field($name, __npyt_offset)
                }),+]
            };
        }
    };
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

/// What the description and the padding of a struct need to know of a field's type.
///
/// The macro reaches a field's type through [`member`] alone, so a type that is no element makes one error however often
/// it is named: the compiler doesn't repeat a message at the same place.
#[derive(Clone, Copy)]
pub struct Member {
    dtype: &'static DType,
    size: usize,
    padded: bool,
    zero_padding: unsafe fn(*mut u8),
}

/// `T` is always named by the caller, so that the compiler points there when it is no element.
#[inline(always)]
pub const fn member<T: NpyElement>(_: *const T) -> Member {
    Member { dtype: T::DTYPE_REF, size: size_of::<T>(), padded: T::PADDED, zero_padding: T::zero_padding }
}

impl Member {
    /// The field's entry in the description of its struct.
    pub const fn field(self, name: &'static str, offset: usize) -> Field {
        assert!(self.size > 0, "a field of size 0 holds nothing that a file could keep");
        assert!(self.dtype.size() == self.size, "a field's dtype is not of its size");
        Field::of_struct(name, copy(self.dtype), offset)
    }

    /// Whether the field's own bytes have padding among them.
    pub const fn is_padded(self) -> bool {
        self.padded
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
pub const fn dtype_of<R: NpyRecord>() -> DType {
    DType::Record(Record::of_struct(R::FIELDS, size_of::<R>()))
}

/// Whether some bytes of `R` belong to no field of its own.
pub const fn has_gaps<R: NpyRecord>() -> bool {
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

/// Holds for what [`NpyElement`] asks of a struct before anything else. As a condition of an impl it is assumed there,
/// and asked of whoever uses the impl; so a struct that isn't `Copy` makes one error, by [`assert_row`].
pub trait Assumed<'a>: Copy + Send + Sync + 'static {}

impl<T: Copy + Send + Sync + 'static> Assumed<'_> for T {}

/// Refuses a struct that lacks what [`NpyElement`] asks for.
pub const fn assert_row<T: Copy + Send + Sync + 'static>() {}

/// Evaluates the proofs of a struct without parameters where it is defined, used or not.
pub const fn evaluate<R: NpyRecord>() {
    let _ = R::DTYPE_REF.size();
    let _ = R::PADDED;
}
