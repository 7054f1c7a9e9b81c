//! Rows of a file or of a directory, whatever they are.

use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use npyt::{DType, DynRows, NpyDyn};

use crate::failure::Result;

/// So many bytes of rows are held at once.
const AT_ONCE: usize = 1 << 20;

/// Where rows come from. Every read copies: what another program does to the file is an error, and no end of this one.
#[derive(Debug)]
pub(crate) struct Source(NpyDyn);

impl Source {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        Ok(Self(NpyDyn::open_copy(path)?))
    }

    pub(crate) fn dtype(&self) -> &DType {
        self.0.dtype()
    }

    /// The numbers of the rows there are now.
    pub(crate) fn rows(&self) -> Result<Range<u64>> {
        Ok(self.0.try_rows()?)
    }

    /// The next of those rows, not all of them: as many as go into memory at ease.
    pub(crate) fn read(&self, rows: Range<u64>) -> npyt::Result<DynRows<'_>> {
        let most = (AT_ONCE / self.dtype().size().max(1)).max(1) as u64;
        let count = rows.end.saturating_sub(rows.start).min(most);
        self.0.read_from(rows.start, usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// Waits for a row of that number, as long as there may be one and no longer than that; whether there is one.
    pub(crate) fn wait(&self, row: u64, at_most: Duration) -> Result<bool> {
        Ok(self.0.wait(row, at_most)?)
    }

    /// Whether rows may still come.
    pub(crate) fn may_grow(&self) -> bool {
        self.0.may_grow()
    }
}
