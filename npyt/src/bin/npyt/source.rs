//! Rows of a file or of a directory, whatever they are.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use npyt::{DType, Value};

use crate::failure::{Failure, Result};

/// So many bytes of rows are looked at in one go.
const AT_ONCE: usize = 1 << 20;

pub(crate) struct Source {
    path: PathBuf,
    dtype: DType,
    file: File,
    offset: u64,
}

impl Source {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let info = npyt::inspect(path)?;
        let dtype = info.row_dtype().unwrap_or(info.dtype().clone());
        let file = File::open(path).map_err(|error| Failure::io(path, &error))?;
        Ok(Self { path: path.to_owned(), dtype, file, offset: info.offset() })
    }

    pub(crate) const fn dtype(&self) -> &DType {
        &self.dtype
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The numbers of the rows there are now.
    pub(crate) fn rows(&self) -> Result<Range<u64>> {
        Ok(npyt::inspect(&self.path)?.rows())
    }

    /// The next rows of those, not all of them: as many as go into memory at ease.
    pub(crate) fn read(&self, rows: Range<u64>) -> Result<Rows> {
        let size = self.dtype.size();
        let most = (AT_ONCE / size.max(1)).max(1) as u64;
        let end = rows.end.min(rows.start.saturating_add(most));
        let mut bytes = vec![0; (end - rows.start) as usize * size];
        self.file
            .read_exact_at(&mut bytes, self.offset + rows.start * size as u64)
            .map_err(|error| Failure::io(&self.path, &error))?;
        Ok(Rows { dtype: self.dtype.clone(), bytes, rows: rows.start..end })
    }

    pub(crate) fn wait(&self, at_most: Duration) {
        std::thread::sleep(at_most.min(Duration::from_millis(5)));
    }
}

pub(crate) struct Rows {
    dtype: DType,
    bytes: Vec<u8>,
    rows: Range<u64>,
}

impl Rows {
    /// The number of the row after them.
    pub(crate) const fn end(&self) -> u64 {
        self.rows.end
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, Value<'_>)> {
        let size = self.dtype.size();
        self.rows.clone().enumerate().filter_map(move |(i, row)| {
            Some((row, Value::new(&self.dtype, self.bytes.get(i * size..(i + 1) * size)?)?))
        })
    }
}
