//! What a row is: numpy's dtypes as values. Knows no bytes of any file and no Rust type.

mod compare;
mod constant;
mod form;
mod record;
mod scalar;
mod shared;

pub use compare::{Difference, DtypeMismatch};
pub use form::Form;
pub use record::{Field, Record};
pub use scalar::{ByteOrder, Kind, Scalar, TimeUnit};

pub(crate) use constant::parse_const;
pub(crate) use record::BadRecord;
pub(crate) use shared::Shared;

use std::fmt;
use std::sync::Arc;

/// A numpy dtype: a scalar, a record of named fields, or a fixed array of either.
///
/// Equality is numpy's: names, offsets, types, sizes and titles count, the align flag does not.
///
/// # Example
///
/// ```
/// use npyt::{DType, NpyElement};
///
/// fn describe(dtype: &DType) -> String {
///     match dtype {
///         DType::Scalar(scalar) => format!("{:?}", scalar.kind()),
///         DType::Record(record) => format!("{} fields", record.fields().len()),
///         DType::Array(array) => format!("{} of {}", array.len(), describe(array.item())),
///         _ => dtype.to_string(),
///     }
/// }
///
/// let dtype = <[[f32; 2]; 3] as NpyElement>::DTYPE;
/// assert_eq!(describe(&dtype), "3 of 2 of Float");
/// assert_eq!((dtype.size(), dtype.alignment(), dtype.is_aligned()), (24, 4, false));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DType {
    /// A number, time, text or run of bytes.
    Scalar(Scalar),
    /// Named fields.
    Record(Record),
    /// `len` items one after another; `[[f32; 2]; 3]` is an array of arrays, numpy's shape `(3, 2)`.
    Array(Array),
}

/// A fixed number of equal items: a sub-array in numpy, `[T; N]` in Rust.
///
/// # Example
///
/// ```
/// use npyt::{DType, NpyElement};
///
/// let DType::Array(array) = <[i16; 5]>::DTYPE else { unreachable!("described as an array") };
/// assert_eq!((array.len(), array.item()), (5, &i16::DTYPE));
/// ```
#[derive(Clone, Debug)]
pub struct Array {
    item: Shared<DType>,
    len: usize,
    size: usize,
    alignment: usize,
}

impl Array {
    /// What each item is.
    pub fn item(&self) -> &DType {
        &self.item
    }

    /// The item, in a constant.
    pub(crate) const fn static_item(&self) -> &'static DType {
        self.item.in_const()
    }

    /// The number of items.
    #[allow(clippy::len_without_is_empty, reason = "the length of a type, which is no container")]
    pub const fn len(&self) -> usize {
        self.len
    }
}

impl DType {
    /// `[item; len]`, in a constant.
    pub(crate) const fn array_of(item: &'static Self, len: usize) -> Self {
        let size = item.size().checked_mul(len).expect("an array this large has no size");
        Self::Array(Array { item: Shared::Static(item), len, size, alignment: item.alignment() })
    }

    /// An array of `item` with numpy's `shape`, outermost length first; `item` itself for `()`. `None` when its size
    /// overflows.
    pub(crate) fn with_shape(item: Self, shape: &[usize]) -> Option<Self> {
        shape.iter().rev().try_fold(item, |item, &len| {
            let size = item.size().checked_mul(len)?;
            let alignment = item.alignment();
            Some(Self::Array(Array { item: Shared::Counted(Arc::new(item)), len, size, alignment }))
        })
    }

    /// The innermost item that is no array, and numpy's shape around it.
    ///
    /// # Example
    ///
    /// ```
    /// use npyt::NpyElement;
    ///
    /// let dtype = <[[f32; 2]; 3]>::DTYPE;
    /// let (item, shape) = dtype.base();
    /// assert_eq!((item.to_string(), shape), ("<f4".to_owned(), vec![3, 2]));
    /// ```
    pub fn base(&self) -> (&Self, Vec<usize>) {
        let mut shape = Vec::new();
        let mut dtype = self;
        while let Self::Array(array) = dtype {
            shape.push(array.len);
            dtype = &array.item;
        }
        (dtype, shape)
    }

    /// Size in bytes: numpy's `itemsize`.
    pub const fn size(&self) -> usize {
        match self {
            Self::Scalar(scalar) => scalar.size(),
            Self::Record(record) => record.size(),
            Self::Array(array) => array.size,
        }
    }

    /// numpy's alignment in bytes: of a record that is not aligned it is 1.
    pub const fn alignment(&self) -> usize {
        match self {
            Self::Scalar(scalar) => scalar.alignment(),
            Self::Record(record) => record.alignment(),
            Self::Array(array) => array.alignment,
        }
    }

    /// numpy's `isalignedstruct`, of the record itself or the records of an array.
    pub fn is_aligned(&self) -> bool {
        match self.base().0 {
            Self::Record(record) => record.is_aligned(),
            _ => false,
        }
    }

    /// The Rust field type that holds it, as far as it can be named without knowing the user's structs.
    pub(crate) fn rust_name(&self) -> Option<String> {
        match self {
            Self::Scalar(scalar) => scalar.rust_name().map(str::to_owned),
            Self::Array(array) => Some(format!("[{}; {}]", array.item.rust_name()?, array.len)),
            Self::Record(_) => None,
        }
    }
}

/// Short: `<f8`, `(3, 2)<f4`, `record of 4 fields, 24 bytes`.
impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (base, shape) = self.base();
        match shape.as_slice() {
            [] => {}
            [one] => write!(f, "({one},)")?,
            [first, rest @ ..] => {
                write!(f, "({first}")?;
                rest.iter().try_for_each(|len| write!(f, ", {len}"))?;
                f.write_str(")")?;
            }
        }
        match base {
            Self::Scalar(scalar) => scalar.fmt(f),
            Self::Record(record) => {
                let fields = record.fields().len();
                write!(f, "record of {fields} field{}, {} bytes", if fields == 1 { "" } else { "s" }, record.size())
            }
            Self::Array(_) => Ok(()),
        }
    }
}
