//! Where everything lies: the one place that multiplies rows by bytes.

use std::fmt;

use crate::header::Header;
use crate::tail::TailLayout;

/// Offset, row size and capacity of a file, whose products are known to fit a file and this machine's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Geometry {
    offset: u64,
    row: u64,
    capacity: u64,
}

/// Linux counts file positions in an `i64`; the locks stand at 2^62, above every row.
const MOST_BYTES: u64 = 1 << 62;

/// What reaches the disk as a whole; larger pages do too.
const PAGE: u64 = 4096;

impl Geometry {
    pub(crate) fn new(offset: u64, row: u64, capacity: u64) -> Result<Self, GeometryError> {
        let overflow = GeometryError::TooLarge { rows: capacity, row_bytes: row };
        if row == 0 {
            return Err(GeometryError::EmptyRow);
        }
        let end = row.checked_mul(capacity).and_then(|rows| rows.checked_add(offset));
        let end = end.and_then(|end| end.checked_add(TailLayout::V0_4.len()));
        match end {
            Some(end) if end <= MOST_BYTES && isize::try_from(end).is_ok() => Ok(Self { offset, row, capacity }),
            _ => Err(overflow),
        }
    }

    /// The geometry of rows: C order, at least one axis.
    pub(crate) fn of(header: &Header) -> Result<Self, GeometryError> {
        let Some(&capacity) = header.shape.first() else {
            return Err(GeometryError::NoAxis);
        };
        // One axis has no order; numpy writes False there, but another writer may not.
        if header.fortran_order && header.shape.len() > 1 {
            return Err(GeometryError::FortranOrder);
        }
        let row = header.shape[1..].iter().try_fold(header.dtype.size() as u64, |size, &len| size.checked_mul(len));
        let row = row.ok_or(GeometryError::TooLarge { rows: capacity, row_bytes: u64::MAX })?;
        Self::new(header.offset, row, capacity)
    }

    pub(crate) fn with_capacity(self, capacity: u64) -> Result<Self, GeometryError> {
        Self::new(self.offset, self.row, capacity)
    }

    /// Of a capacity that was checked by [`with_capacity`](Self::with_capacity) before.
    pub(crate) const fn grown_to(self, capacity: u64) -> Self {
        Self { capacity, ..self }
    }

    pub(crate) const fn offset(self) -> u64 {
        self.offset
    }

    pub(crate) const fn row(self) -> u64 {
        self.row
    }

    pub(crate) const fn capacity(self) -> u64 {
        self.capacity
    }

    /// The byte where row `index` starts, which is at most the capacity.
    pub(crate) const fn row_at(self, index: u64) -> u64 {
        debug_assert!(index <= self.capacity);
        self.offset + self.row * index
    }

    /// The byte after the last row, where the tail starts.
    pub(crate) const fn rows_end(self) -> u64 {
        self.row_at(self.capacity)
    }

    /// The length of a file with such a tail.
    pub(crate) const fn file_len(self, layout: TailLayout) -> u64 {
        self.rows_end() + layout.len()
    }

    /// Whether a tail of so many bytes lies on two pages, of which a loss of power may leave one.
    pub(crate) const fn parts_tail(self, tail_len: u64) -> bool {
        let at = self.rows_end();
        at / PAGE != (at + tail_len - 1) / PAGE
    }

    /// The smallest capacity of at least this one whose tail starts at a multiple of eight.
    pub(crate) fn round_up_for_tail(self) -> Result<Self, GeometryError> {
        let mut rounded = self;
        while !rounded.rows_end().is_multiple_of(8) {
            rounded = rounded.with_capacity(rounded.capacity.saturating_add(1))?;
        }
        Ok(rounded)
    }
}

/// Why the shape of a file is not rows that can be read.
///
/// # Example
///
/// ```
/// # use npyt::{ErrorKind, GeometryError};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices.npy");
/// # let text = format!("{:117}\n", "{'descr': '<f8', 'fortran_order': False, 'shape': (1000,), }");
/// # std::fs::write(&path, [&b"\x93NUMPY\x01\0v\0"[..], text.as_bytes(), &[0; 16]].concat())?;
/// // The header tells of a thousand rows of 8 bytes, but a download ended after two.
/// let error = npyt::inspect(&path).unwrap_err();
/// let ErrorKind::Geometry(GeometryError::Short { needed, found }) = error.kind() else { panic!("{error}") };
/// assert_eq!((*needed, *found), (8128, 144));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GeometryError {
    /// The shape is `()`.
    NoAxis,
    /// A row has no bytes.
    EmptyRow,
    /// Columns first.
    FortranOrder,
    /// More bytes than a file or this machine can hold.
    TooLarge {
        /// The first number of the shape.
        rows: u64,
        /// Bytes a row.
        row_bytes: u64,
    },
    /// The file ends before its rows do.
    Short {
        /// The bytes that header and rows take.
        needed: u64,
        /// The bytes there are.
        found: u64,
    },
}

impl fmt::Display for GeometryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAxis => f.write_str(
                "expected a shape with at least one axis, found (), a single value; save it as a.reshape(1)",
            ),
            Self::EmptyRow => f.write_str("expected rows of at least one byte, found rows of none"),
            Self::FortranOrder => {
                f.write_str("expected rows in C order, found fortran_order: True; save it as np.ascontiguousarray(a)")
            }
            Self::TooLarge { rows, row_bytes } => {
                write!(f, "{rows} rows of {row_bytes} bytes are more than a file or this machine's memory can hold")
            }
            Self::Short { needed, found } => write!(
                f,
                "the file is shorter than its shape says: header and rows take {needed} bytes, the file has {found}; \
                 it was cut, or a copy of it was not finished"
            ),
        }
    }
}

impl std::error::Error for GeometryError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_that_overflow_are_errors() {
        for (row, capacity) in [(24, u64::MAX), (u64::MAX, 2), (1, (1 << 62) - 100), (u64::MAX, 1)] {
            assert_eq!(
                Geometry::new(128, row, capacity),
                Err(GeometryError::TooLarge { rows: capacity, row_bytes: row })
            );
        }
        assert_eq!(Geometry::new(128, 0, 1), Err(GeometryError::EmptyRow));
    }

    #[test]
    fn tails_are_placed_on_words() {
        for row in 1..40 {
            for capacity in 0..20 {
                let rounded = Geometry::new(192, row, capacity).unwrap().round_up_for_tail().unwrap();
                assert!(rounded.rows_end().is_multiple_of(8) && rounded.capacity() - capacity < 8);
            }
        }
    }
}
