//! The row that is written.

use npyt::NpyRecord;

/// What happened, with the number of the row in it: readers, of any language, see by it whether one is missing.
#[derive(NpyRecord, Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub(crate) struct Numbered<T> {
    /// 0, 1, 2, ... from the first row ever written.
    pub(crate) seq: u64,
    pub(crate) row: T,
}
