//! Rows on their way into the file.

use std::cell::RefCell;
use std::io::{self, Read};
use std::ops::Range;
use std::rc::Rc;

use csv::{ByteRecord, Position};
use indicatif::ProgressBar;
use npyt::{DType, NpyDynMut, Result};

/// More are not held back, whatever the input does.
const MOST: usize = 1 << 20;

/// No line is longer. The reader keeps one until its end, and behind a quote that nobody closes that is the end of the input.
const MOST_LINE: u64 = 64 << 20;

/// Rows that are published together.
pub(super) struct Batch {
    file: NpyDynMut,
    bytes: Vec<u8>,
    appended: u64,
    /// Read since the last row.
    since: u64,
    failure: Option<npyt::Error>,
    /// What was read last, and the byte of the input where it begins.
    seen: Vec<u8>,
    seen_from: u64,
}

impl Batch {
    pub(super) const fn new(file: NpyDynMut) -> Self {
        Self { file, bytes: Vec::new(), appended: 0, since: 0, failure: None, seen: Vec::new(), seen_from: 0 }
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
        self.since = 0;
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

    /// The line where a record begins, behind which the reader stands at `after`. Its own idea of that is the line behind the record
    /// before, empty lines and the second half of a line's end not yet passed.
    pub(super) fn line_of(&self, record: &ByteRecord, after: &Position) -> u64 {
        let within = record.as_slice().iter().filter(|&&byte| byte == b'\n').count() as u64;
        let last = after.byte().checked_sub(self.seen_from + 1).and_then(|at| self.seen.get(usize::try_from(at).ok()?));
        let has_ended = u64::from(last == Some(&b'\n'));
        after.line().saturating_sub(within + has_ended)
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
        let found = self.input.read(buffer)?;
        batch.since += found as u64;
        if batch.since > MOST_LINE {
            let most = MOST_LINE >> 20;
            return Err(io::Error::other(format!(
                "a line of more than {most} MiB; is there a quote that nothing closes?"
            )));
        }
        batch.seen_from += batch.seen.len() as u64;
        batch.seen.clear();
        batch.seen.extend_from_slice(buffer.get(..found).unwrap_or_default());
        self.bar.inc(found as u64);
        Ok(found)
    }
}
