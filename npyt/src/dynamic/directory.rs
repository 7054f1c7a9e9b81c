use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::dtype::DType;
use crate::error::Result;
use crate::file::{Info, inspect};
use crate::npy8::Untyped;

/// A directory of endless recording, as [`NpyDyn`](super::NpyDyn) reads it: copies, from as many files as it takes.
#[derive(Debug)]
pub(super) struct Directory {
    untyped: Untyped,
    /// The rows of the last look that succeeded.
    last: Mutex<Range<u64>>,
}

/// Who has waited for so long looks at the directory, and doesn't trust the index.
const DOUBT: Duration = Duration::from_millis(20);

impl Directory {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let directory = Self { untyped: Untyped::open(path)?, last: Mutex::default() };
        directory.look(Duration::ZERO)?;
        Ok(directory)
    }

    pub(super) const fn dtype(&self) -> &DType {
        self.untyped.row()
    }

    pub(super) fn path(&self) -> &Path {
        self.untyped.path()
    }

    /// What its newest file says; where that is gone, or not whole yet, the one by which it was opened.
    pub(super) fn info(&self) -> Info {
        let newest = self.untyped.newest().ok().flatten();
        newest.and_then(|path| inspect(path).ok()).unwrap_or_else(|| self.untyped.info().clone())
    }

    /// The rows that are kept, for who has waited for so long.
    pub(super) fn look(&self, waited: Duration) -> Result<Range<u64>> {
        if waited >= DOUBT {
            self.untyped.look()?;
        }
        let (start, end) = self.untyped.rows()?;
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = start..end;
        Ok(start..end)
    }

    pub(super) fn last(&self) -> Range<u64> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The bytes of rows that were there.
    pub(super) fn read(&self, rows: &Range<u64>) -> Result<Vec<u8>> {
        let size = self.dtype().size();
        let (mut next, mut all) = (rows.start, Vec::new());
        while next < rows.end {
            let mut bytes = self.untyped.read(next, rows.end)?;
            let count = bytes.len().checked_div(size).unwrap_or(0);
            if count == 0 {
                return Err(self.untyped.discarded(next, rows.end));
            }
            next += count as u64;
            // As a rule they are all in one file.
            if all.is_empty() { all = bytes } else { all.append(&mut bytes) }
        }
        Ok(all)
    }
}
