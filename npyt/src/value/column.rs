//! One part of many rows.
#![allow(unsafe_code, reason = "values of a type are read from bytes at any address")]

use std::any::type_name;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;

use super::{FieldPath, PathError, Value};
use crate::dtype::{DType, DTypeMismatch};
use crate::element::NpyElement;

/// Where a part of many rows lies.
#[derive(Clone, Copy, Debug)]
struct Strided<'a> {
    /// All rows; invariant: `stride` bytes for each of the `len`, of which the part is `size` from `offset` on.
    bytes: &'a [u8],
    stride: usize,
    offset: usize,
    size: usize,
    len: usize,
}

impl<'a> Strided<'a> {
    /// The part of row `index`.
    #[inline]
    fn get(&self, index: usize) -> Option<&'a [u8]> {
        // Rows may have no bytes, so the bytes don't tell how many there are.
        if index >= self.len {
            return None;
        }
        let at = index * self.stride + self.offset;
        self.bytes.get(at..at + self.size)
    }
}

/// What `path` leads to in `len` rows of `row`, which lie in `bytes` one after another.
fn strided<'a, 'd>(
    row: &'d DType,
    bytes: &'a [u8],
    len: usize,
    path: &FieldPath,
) -> Result<(&'d DType, Strided<'a>), PathError> {
    let (dtype, offset) = path.find(row)?;
    let len = if row.size() == 0 { len } else { len.min(bytes.len() / row.size()) };
    Ok((dtype, Strided { bytes, stride: row.size(), offset, size: dtype.size(), len }))
}

/// One part of many rows as values of a Rust type, without copying them: a field, an item of a sub-array, or the rows
/// themselves. From [`DynRows::column`](crate::DynRows::column).
///
/// The values may lie at any address; [`as_slice`](Self::as_slice) gives them in place where they lie one after another and are
/// aligned.
///
/// # Example
///
/// ```
/// # use npyt::{NpyDyn, NpyRecord, NpytMut};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("ticks.npy");
/// # #[derive(Clone, Copy, NpyRecord)]
/// # #[repr(C)]
/// # struct Tick {
/// #     ts: i64,
/// #     px: [f32; 2],
/// # }
/// NpytMut::<Tick>::create(&path)?.extend_from_slice(&[
///     Tick { ts: 1, px: [101.5, 101.7] },
///     Tick { ts: 2, px: [101.6, 101.8] },
/// ])?;
///
/// let file = NpyDyn::open_copy(&path)?;
/// let rows = file.range(..)?;
/// let asks = rows.column::<f32>("px[1]")?;
/// assert_eq!(asks.to_vec(), [101.7, 101.8]);
/// assert_eq!(asks.iter().rev().next(), Some(101.8));
/// assert_eq!(rows.column::<[f32; 2]>("px")?.get(0), Some([101.5, 101.7]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Column<'a, T> {
    parts: Strided<'a>,
    item: PhantomData<&'a [T]>,
}

impl<'a, T: NpyElement> Column<'a, T> {
    pub(crate) fn new(row: &DType, bytes: &'a [u8], len: usize, path: &FieldPath) -> Result<Self, PathError> {
        let (dtype, parts) = strided(row, bytes, len, path)?;
        DTypeMismatch::check(type_name::<T>(), &T::DTYPE, dtype).map_err(|mismatch| PathError::Type {
            path: path.to_string(),
            wanted: type_name::<T>(),
            mismatch,
        })?;
        Ok(Self { parts, item: PhantomData })
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.parts.len
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value in row `index`, counted from the first of these rows.
    #[inline]
    pub fn get(&self, index: usize) -> Option<T> {
        let part = self.parts.get(index).filter(|part| part.len() == size_of::<T>())?;
        // SAFETY: as many initialised bytes as a `T` has, which are a valid value whatever they are (1 of `NpyElement`), and
        // are copied by value, from any address.
        Some(unsafe { part.as_ptr().cast::<T>().read_unaligned() })
    }

    /// All of them, in order.
    pub fn iter(&self) -> ColumnIter<'a, T> {
        ColumnIter { column: *self, rest: 0..self.len() }
    }

    /// Copies of all of them.
    #[doc(alias = "tolist")]
    pub fn to_vec(&self) -> Vec<T> {
        self.as_slice().map_or_else(|| self.iter().collect(), <[T]>::to_vec)
    }

    /// All of them in place, where they lie one after another and as the type has to be aligned.
    pub fn as_slice(&self) -> Option<&'a [T]> {
        let Strided { bytes, stride, len, .. } = self.parts;
        // A part of the size of the whole row begins where that does.
        let bytes = bytes.get(..stride.checked_mul(len)?)?;
        let from = bytes.as_ptr().cast::<T>();
        if stride != size_of::<T>() || !from.is_aligned() {
            return None;
        }
        // SAFETY: `len` times the size of a `T` bytes, checked by the slice above, aligned, initialised, and valid values
        // whatever they are (1 of `NpyElement`); borrowed for `'a` and so unchanged, and a `T` has no interior mutability (2).
        Some(unsafe { std::slice::from_raw_parts(from, len) })
    }
}

impl<T> Clone for Column<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Column<'_, T> {}

impl<'a, T: NpyElement> IntoIterator for Column<'a, T> {
    type Item = T;
    type IntoIter = ColumnIter<'a, T>;

    fn into_iter(self) -> ColumnIter<'a, T> {
        self.iter()
    }
}

impl<T: NpyElement + fmt::Debug> fmt::Debug for Column<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// The values of a [`Column`], from [`Column::iter`].
#[must_use = "iterators do nothing until they are iterated over"]
pub struct ColumnIter<'a, T> {
    column: Column<'a, T>,
    rest: Range<usize>,
}

impl<T: NpyElement> Iterator for ColumnIter<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.column.get(self.rest.next()?)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rest.size_hint()
    }

    fn nth(&mut self, n: usize) -> Option<T> {
        self.column.get(self.rest.nth(n)?)
    }
}

impl<T: NpyElement> DoubleEndedIterator for ColumnIter<'_, T> {
    fn next_back(&mut self) -> Option<T> {
        self.column.get(self.rest.next_back()?)
    }
}

impl<T: NpyElement> ExactSizeIterator for ColumnIter<'_, T> {}

impl<T> fmt::Debug for ColumnIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ColumnIter").field("rest", &self.rest).finish_non_exhaustive()
    }
}

/// One part of many rows as values without a Rust type. From [`DynRows::values`](crate::DynRows::values) and
/// [`DynRows::iter`](crate::DynRows::iter).
///
/// # Example
///
/// ```
/// # use npyt::{NpyDyn, NpytMut};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("points.npy");
/// NpytMut::<[f32; 2]>::create(&path)?.extend_from_slice(&[[0.5, 1.5], [2.5, 3.5]])?;
///
/// let file = NpyDyn::open_copy(&path)?;
/// let rows = file.range(..)?;
/// let second: Vec<String> = rows.values("[1]")?.map(|value| value.to_string()).collect();
/// assert_eq!(second, ["1.5", "3.5"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "iterators do nothing until they are iterated over"]
#[derive(Clone)]
pub struct Values<'a> {
    dtype: &'a DType,
    parts: Strided<'a>,
    rest: Range<usize>,
}

impl<'a> Values<'a> {
    pub(crate) fn new(row: &'a DType, bytes: &'a [u8], len: usize, path: &FieldPath) -> Result<Self, PathError> {
        let (dtype, parts) = strided(row, bytes, len, path)?;
        Ok(Self { dtype, parts, rest: 0..parts.len })
    }

    /// The rows themselves.
    pub(crate) const fn rows(row: &'a DType, bytes: &'a [u8], len: usize) -> Self {
        let size = row.size();
        Self { dtype: row, parts: Strided { bytes, stride: size, offset: 0, size, len }, rest: 0..len }
    }

    /// What each of them is.
    pub const fn dtype(&self) -> &'a DType {
        self.dtype
    }

    fn at(&self, index: usize) -> Option<Value<'a>> {
        Value::new(self.dtype, self.parts.get(index)?)
    }
}

impl<'a> Iterator for Values<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        let index = self.rest.next()?;
        self.at(index)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rest.size_hint()
    }

    fn nth(&mut self, n: usize) -> Option<Value<'a>> {
        let index = self.rest.nth(n)?;
        self.at(index)
    }
}

impl DoubleEndedIterator for Values<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let index = self.rest.next_back()?;
        self.at(index)
    }
}

impl ExactSizeIterator for Values<'_> {}

impl fmt::Debug for Values<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Values({} of {})", self.len(), self.dtype)
    }
}
