//! What a row is: numpy's dtypes as values. Knows no bytes of any file and no Rust type.

mod compare;
mod constant;
mod error;
mod extent;
mod form;
pub(crate) mod iso;
mod names;
mod record;
mod rust;
mod scalar;
mod shared;

pub use compare::{DTypeMismatch, Difference};
pub use error::DTypeError;
pub use form::Form;
pub use iso::TimeError;
pub use record::{Field, Record};
pub use scalar::{ByteOrder, Scalar, ScalarKind, TimeUnit};

use extent::Extent;

pub(crate) use constant::parse_const;
pub(crate) use scalar::BadScalar;
pub(crate) use shared::Shared;

use std::fmt;
use std::sync::Arc;

/// The most dimensions numpy has.
pub(crate) const MOST_DIMENSIONS: usize = 64;

/// numpy counts the bytes of a dtype, and the items of an array in one, with a C int.
pub(crate) const LARGEST: usize = i32::MAX as usize;

/// A numpy dtype: a scalar, a record of named fields, or a fixed array of either.
///
/// Equality is numpy's: names and their order, offsets, types, sizes and titles count, the align flag does not. Only times are
/// stricter: numpy finds some multiples of different units equal, in one direction.
///
/// It comes with a [row type](crate::NpyElement), from a [file](crate::inspect), out of a [text](DType#impl-FromStr-for-DType) as
/// Python writes it, or from its parts: see [`Scalar::new`], [`Record::new`] and [`DType::array`].
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
    placed: usize,
    extent: Extent,
    /// Whether the item, an array too, is a sub-array of its own to numpy, rather than another dimension of this one.
    apart: bool,
}

impl Array {
    /// So many items, one after another; [`DType::array`] makes one of several dimensions.
    ///
    /// # Errors
    ///
    /// As [`DType::array`].
    ///
    /// # Example
    ///
    /// ```
    /// use npyt::{Array, DType, NpyElement};
    ///
    /// assert_eq!(DType::from(Array::new(i16::DTYPE, 5)?), <[i16; 5]>::DTYPE);
    /// # Ok::<(), npyt::DTypeError>(())
    /// ```
    pub fn new(item: impl Into<DType>, len: usize) -> Result<Self, DTypeError> {
        match DType::array(item, &[len])? {
            DType::Array(array) => Ok(array),
            // Never: one length makes an array.
            _ => Err(DTypeError::TooLarge),
        }
    }

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
        let extent = item.extent().around();
        assert!(extent.is_bounded(), "records and arrays are nested too deeply");
        let (alignment, placed) = (item.alignment(), item.placed());
        Self::Array(Array { item: Shared::Static(item), len, size, alignment, placed, extent, apart: false })
    }

    /// An array of `item` with numpy's `shape`, the outermost length first; `item` itself for `()`.
    ///
    /// # Errors
    ///
    /// 2 GiB or more, more than 64 dimensions, nested too deeply, texts and bytes of no size.
    ///
    /// # Example
    ///
    /// ```
    /// use npyt::{DType, NpyElement};
    ///
    /// assert_eq!(DType::array(f32::DTYPE, &[3, 2])?, <[[f32; 2]; 3]>::DTYPE);
    /// assert_eq!(DType::array(f32::DTYPE, &[])?, f32::DTYPE);
    /// # Ok::<(), npyt::DTypeError>(())
    /// ```
    pub fn array(item: impl Into<Self>, shape: &[usize]) -> Result<Self, DTypeError> {
        Self::array_apart(item.into(), shape, false)
    }

    /// The same; where `apart`, an item that is an array itself stays a sub-array of its own to numpy.
    pub(crate) fn array_apart(item: Self, shape: &[usize], apart: bool) -> Result<Self, DTypeError> {
        let is_unsized = match &item {
            Self::Scalar(scalar) => scalar.size() == 0,
            Self::Array(array) => apart && array.size == 0,
            Self::Record(_) => false,
        };
        if is_unsized && !shape.is_empty() {
            return Err(DTypeError::Unsized);
        }
        // Before anything is built.
        let dimensions = item.base().1.len() + shape.len();
        if dimensions > MOST_DIMENSIONS {
            return Err(DTypeError::TooManyDimensions { dimensions });
        }
        if !item.extent().has_room(shape.len()) {
            return Err(DTypeError::TooDeep);
        }
        // In numpy's order, which matters where a length is 0.
        let items = shape.iter().try_fold(1, |items: usize, &len| match len {
            0 => Err(None),
            _ => items.checked_mul(len).filter(|_| len <= LARGEST && items > 0).ok_or(Some(DTypeError::TooLarge)),
        });
        let items = match items {
            Ok(items) if items > LARGEST => return Err(DTypeError::TooLarge),
            Ok(items) => items,
            Err(None) if shape.iter().all(|&len| len <= LARGEST) => 0,
            Err(None) => return Err(DTypeError::TooLarge),
            Err(Some(error)) => return Err(error),
        };
        if item.size().checked_mul(items).is_none_or(|size| size > LARGEST) {
            return Err(DTypeError::TooLarge);
        }
        let apart = apart && matches!(item, Self::Array(_));
        Self::wrapped(item, shape, apart).ok_or(DTypeError::TooLarge)
    }

    /// A row of a file: its bounds are those of files, not of numpy's sub-arrays. `None` when its size overflows, or for more
    /// dimensions than numpy has.
    pub(crate) fn with_shape(item: Self, shape: &[usize]) -> Option<Self> {
        (item.base().1.len() + shape.len() <= 2 * MOST_DIMENSIONS).then(|| Self::wrapped(item, shape, false)).flatten()
    }

    /// `apart` of the innermost of the new levels.
    fn wrapped(item: Self, shape: &[usize], mut apart: bool) -> Option<Self> {
        shape.iter().rev().try_fold(item, |item, &len| {
            let size = item.size().checked_mul(len)?;
            let (alignment, placed, extent) = (item.alignment(), item.placed(), item.extent().around());
            let item = Shared::Counted(Arc::new(item));
            Some(Self::Array(Array { item, len, size, alignment, placed, extent, apart: std::mem::take(&mut apart) }))
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

    /// The item and the shape as numpy has them: an item may be a sub-array of its own again.
    pub(crate) fn joined(&self) -> (&Self, Vec<usize>) {
        let mut shape = Vec::new();
        let mut dtype = self;
        while let Self::Array(array) = dtype {
            shape.push(array.len);
            dtype = &array.item;
            if array.apart {
                break;
            }
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

    /// The alignment that numpy goes by where this is a member of another.
    pub(crate) const fn placed(&self) -> usize {
        match self {
            Self::Scalar(scalar) => scalar.alignment(),
            Self::Record(record) => record.placed(),
            Self::Array(array) => array.placed,
        }
    }

    const fn extent(&self) -> Extent {
        match self {
            Self::Scalar(_) => Extent::ONE,
            Self::Record(record) => record.extent(),
            Self::Array(array) => array.extent,
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
            Self::Scalar(scalar) => scalar.rust_name(),
            Self::Array(array) => Some(format!("[{}; {}]", array.item.rust_name()?, array.len)),
            Self::Record(_) => None,
        }
    }
}

impl From<Scalar> for DType {
    fn from(scalar: Scalar) -> Self {
        Self::Scalar(scalar)
    }
}

impl From<Record> for DType {
    fn from(record: Record) -> Self {
        Self::Record(record)
    }
}

impl From<Array> for DType {
    fn from(array: Array) -> Self {
        Self::Array(array)
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

#[cfg(test)]
mod tests {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    use std::thread;

    use super::*;

    const BYTE: DType = DType::Scalar(Scalar::number(ScalarKind::UInt, 1));

    fn around(dtype: DType) -> Result<DType, DTypeError> {
        Record::packed([("a", dtype)]).map(DType::from)
    }

    #[test]
    fn the_deepest_dtype_is_walked_on_a_small_stack() {
        let walk = || {
            let mut dtype = BYTE;
            let deepest = loop {
                match around(dtype.clone()) {
                    Ok(deeper) => dtype = deeper,
                    Err(error) => break error,
                }
            };
            assert_eq!(deepest, DTypeError::TooDeep);
            assert_eq!(DType::array(dtype.clone(), &[1]), Err(DTypeError::TooDeep));
            let mut hasher = DefaultHasher::new();
            dtype.hash(&mut hasher);
            assert_ne!(hasher.finish(), 0);
            assert!(dtype == dtype.clone() && format!("{dtype:?}").len() > 1_000 && dtype.to_string().len() < 40);
            DTypeMismatch::check("Deep", &dtype, &dtype.clone()).unwrap();
            drop(dtype);
        };
        thread::Builder::new().stack_size(1 << 20).spawn(walk).unwrap().join().unwrap();
    }

    #[test]
    fn nothing_that_is_shared_grows_without_bound() {
        // Each holds the one before twice, over one another: the size stays.
        let mut dtype = BYTE;
        let mut levels = 0;
        let error = loop {
            let fields = vec![Field::new("a", dtype.clone(), 0), Field::new("b", dtype.clone(), 0)];
            match Record::new(fields, 1, false) {
                Ok(record) => dtype = record.into(),
                Err(error) => break error,
            }
            levels += 1;
        };
        assert_eq!((error, levels), (DTypeError::TooDeep, 19));
    }

    #[test]
    fn arrays_are_bounded_as_numpys_are() {
        let of = |shape: &[usize]| DType::array(BYTE, shape).map(|dtype| dtype.size());
        assert_eq!(of(&[LARGEST]), Ok(LARGEST));
        assert_eq!(of(&[LARGEST + 1]), Err(DTypeError::TooLarge));
        assert_eq!(of(&[LARGEST, 2]), Err(DTypeError::TooLarge));
        assert_eq!(of(&[LARGEST, LARGEST, 0]), Ok(0));
        assert_eq!(of(&[0, LARGEST + 1]), Err(DTypeError::TooLarge));
        assert_eq!(of(&[usize::MAX, usize::MAX]), Err(DTypeError::TooLarge));
        assert_eq!(of(&[1; 64]), Ok(1));
        assert_eq!(of(&[1; 65]), Err(DTypeError::TooManyDimensions { dimensions: 65 }));
        let empty = DType::from(Scalar::number(ScalarKind::Bytes, 0));
        assert_eq!(DType::array(empty.clone(), &[2]), Err(DTypeError::Unsized));
        assert_eq!(DType::array(empty.clone(), &[]), Ok(empty));
    }

    #[test]
    fn records_are_what_numpy_takes() {
        let at = |name: &str, offset| Field::new(name, DType::from(Scalar::number(ScalarKind::Int, 4)), offset);
        let new =
            |fields: &[Field], size, aligned| Record::new(fields.to_vec(), size, aligned).map(|record| record.size());
        assert_eq!(new(&[at("a", 4), at("b", 0), at("c", 2)], 8, false), Ok(8));
        assert_eq!(new(&[], 3, true), Ok(3));
        let beyond = DTypeError::BeyondEnd { field: "a".into(), end: 9, size: 8 };
        assert_eq!(new(&[at("a", 5)], 8, false), Err(beyond));
        let end = DTypeError::BeyondEnd { field: "a".into(), end: usize::MAX, size: 8 };
        assert_eq!(new(&[at("a", usize::MAX)], 8, false), Err(end));
        assert_eq!(new(&[], LARGEST + 1, false), Err(DTypeError::TooLarge));
        assert_eq!(new(&[at("a", 0), at("a", 4)], 8, false), Err(DTypeError::SameName { name: "a".into() }));
        assert_eq!(new(&[at("a", 0).with_title("a")], 8, false), Err(DTypeError::SameName { name: "a".into() }));
        let misaligned = DTypeError::Misaligned { field: "b".into(), offset: 2, alignment: 4 };
        assert_eq!(new(&[at("a", 0), at("b", 2)], 8, true), Err(misaligned));
        assert_eq!(new(&[at("a", 0)], 6, true), Err(DTypeError::UnevenSize { size: 6, alignment: 4 }));
    }
}
