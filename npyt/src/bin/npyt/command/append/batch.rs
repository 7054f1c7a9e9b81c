//! Rows on their way into the file.

use std::cell::RefCell;
use std::io::{self, Read};
use std::ops::Range;
use std::rc::Rc;

use indicatif::ProgressBar;
use npyt::{DType, NpyDynMut, Result};

/// More are not held back, whatever the input does.
const MOST: usize = 1 << 20;

/// Rows that are published together.
pub(super) struct Batch {
    file: NpyDynMut,
    bytes: Vec<u8>,
    appended: u64,
    failure: Option<npyt::Error>,
}

impl Batch {
    pub(super) const fn new(file: NpyDynMut) -> Self {
        Self { file, bytes: Vec::new(), appended: 0, failure: None }
    }

    pub(super) const fn dtype(&self) -> &DType {
        self.file.dtype()
    }

    pub(super) fn rows(&self) -> Range<u64> {
        self.file.rows()
    }

    /// Rows that were published.
    pub(super) const fn appended(&self) -> u64 {
        self.appended
    }

    pub(super) fn add(&mut self, row: &[u8]) -> Result<()> {
        self.bytes.extend_from_slice(row);
        if self.bytes.len() >= MOST { self.publish() } else { Ok(()) }
    }

    pub(super) fn publish(&mut self) -> Result<()> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        let before = self.file.rows().end;
        let published = self.file.extend_from_bytes(&self.bytes);
        self.bytes.clear();
        self.appended += self.file.rows().end.saturating_sub(before);
        published
    }

    /// Why the input was read no further.
    pub(super) const fn take_failure(&mut self) -> Option<npyt::Error> {
        self.failure.take()
    }
}

/// The input. Before it waits for more of it, readers of the file get what came so far.
pub(super) struct Watched {
    pub(super) input: Box<dyn Read>,
    pub(super) batch: Rc<RefCell<Batch>>,
    pub(super) bar: ProgressBar,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut batch = self.batch.borrow_mut();
        if let Err(error) = batch.publish() {
            batch.failure = Some(error);
            return Err(io::Error::other("the file takes no more"));
        }
        drop(batch);
        let found = self.input.read(buffer)?;
        self.bar.inc(found as u64);
        Ok(found)
    }
}
