use std::fmt;
use std::ops::Range;

use crate::dtype::DType;
use crate::element::NpyElement;
use crate::value::{Column, FieldPath, PathError, Value, Values};

/// Rows of an [`NpyDyn`](crate::NpyDyn), in place or copied: as values, or by one column after the other.
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
/// #     px: f64,
/// # }
/// NpytMut::<Tick>::create(&path)?.extend_from_slice(&[Tick { ts: 1, px: 101.5 }, Tick { ts: 2, px: 101.7 }])?;
///
/// let file = NpyDyn::open_copy(&path)?;
/// let rows = file.tail(1)?;
/// assert_eq!((rows.rows(), rows.len()), (1..2, 1));
/// assert_eq!(rows.get(0).unwrap().to_string(), "(2, 101.7)");
/// assert_eq!(rows.column::<f64>("px")?.to_vec(), [101.7]);
///
/// let error = rows.column::<f32>("px").unwrap_err();
/// assert_eq!(error.to_string(), "px is <f8, not `f32` (<f4); ask for f64, or for its values without a type");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct DynRows<'a> {
    dtype: &'a DType,
    rows: Range<u64>,
    bytes: Bytes<'a>,
}

enum Bytes<'a> {
    InPlace(&'a [u8]),
    Copied(Vec<u8>),
}

impl<'a> DynRows<'a> {
    /// `bytes` are those of `rows`.
    pub(crate) const fn in_place(dtype: &'a DType, rows: Range<u64>, bytes: &'a [u8]) -> Self {
        Self { dtype, rows, bytes: Bytes::InPlace(bytes) }
    }

    /// `bytes` are those of `rows`.
    pub(crate) const fn copied(dtype: &'a DType, rows: Range<u64>, bytes: Vec<u8>) -> Self {
        Self { dtype, rows, bytes: Bytes::Copied(bytes) }
    }

    /// What a row is.
    pub const fn dtype(&self) -> &'a DType {
        self.dtype
    }

    /// Their numbers in the file.
    pub fn rows(&self) -> Range<u64> {
        self.rows.clone()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        usize::try_from(self.rows.end - self.rows.start).unwrap_or(usize::MAX)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Their bytes as the file has them, one row after the other in C order.
    pub fn bytes(&self) -> &[u8] {
        match &self.bytes {
            Bytes::InPlace(bytes) => bytes,
            Bytes::Copied(bytes) => bytes,
        }
    }

    /// The row at `index`, counted from the first of these.
    pub fn get(&self, index: usize) -> Option<Value<'_>> {
        let size = self.dtype.size();
        let at = (index < self.len()).then(|| index.checked_mul(size))??;
        Value::new(self.dtype, self.bytes().get(at..at + size)?)
    }

    /// All rows, in order.
    pub fn iter(&self) -> Values<'_> {
        Values::rows(self.dtype, self.bytes(), self.len())
    }

    /// A part of each row, by its [path](FieldPath), as a Rust type, without copying.
    ///
    /// # Errors
    ///
    /// Where the path leads nowhere, or to something that is not a `T`.
    pub fn column<T: NpyElement>(&self, path: &str) -> Result<Column<'_, T>, PathError> {
        self.column_at(&path.parse()?)
    }

    /// As [`column`](Self::column), by a path that was read before.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn column_at<T: NpyElement>(&self, path: &FieldPath) -> Result<Column<'_, T>, PathError> {
        Column::new(self.dtype, self.bytes(), self.len(), path)
    }

    /// A part of each row, by its [path](FieldPath), as values without a Rust type.
    ///
    /// # Errors
    ///
    /// Where the path leads nowhere.
    pub fn values(&self, path: &str) -> Result<Values<'_>, PathError> {
        self.values_at(&path.parse()?)
    }

    /// As [`values`](Self::values), by a path that was read before.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn values_at(&self, path: &FieldPath) -> Result<Values<'_>, PathError> {
        Values::new(self.dtype, self.bytes(), self.len(), path)
    }
}

impl<'r> IntoIterator for &'r DynRows<'_> {
    type Item = Value<'r>;
    type IntoIter = Values<'r>;

    fn into_iter(self) -> Values<'r> {
        self.iter()
    }
}

impl fmt::Debug for DynRows<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DynRows({:?}, each {})", self.rows, self.dtype)
    }
}
