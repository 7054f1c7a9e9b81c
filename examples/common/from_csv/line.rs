use std::io::{BufRead, Read as _};

use csv_core::{ReadRecordResult, Reader};

use super::error::Problem;

/// No line of numbers is as long. Without a limit a file that is no CSV would be read into memory to its end.
const LONGEST: usize = 64 << 10;

/// A line and its fields; its memory is used again for the next.
// Read line by line, and only then split by csv-core: the `csv` crate on top of it reads ahead, and its line numbers are
// one off after `\r\n` and after empty lines.
#[derive(Debug, Default)]
pub(super) struct Line {
    number: u64,
    bytes: Vec<u8>,
    /// The fields, unquoted, one after the other.
    text: Vec<u8>,
    /// Where each field ends in `text`.
    ends: Vec<usize>,
    fields: usize,
    splitter: Splitter,
}

#[derive(Debug)]
struct Splitter(Reader);

impl Default for Splitter {
    fn default() -> Self {
        Self(Reader::new())
    }
}

impl Line {
    /// Counted from 1, as an editor counts.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The number of its fields.
    pub(super) fn len(&self) -> usize {
        self.fields
    }

    pub(super) fn field(&self, at: usize) -> &[u8] {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[at]]
    }

    pub(super) fn fields(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.fields).map(|at| self.field(at))
    }

    /// Reads the next line that is not empty; `false` at the end.
    pub(super) fn read(&mut self, input: &mut dyn BufRead) -> Result<bool, Problem> {
        loop {
            self.number += 1;
            self.bytes.clear();
            let read = input.take(LONGEST as u64).read_until(b'\n', &mut self.bytes);
            match read.map_err(|error| Problem::Input("read", error))? {
                0 => return Ok(false),
                LONGEST if self.bytes.last() != Some(&b'\n') => return Err(Problem::LongLine { longest: LONGEST }),
                _ => {}
            }
            if !self.bytes.trim_ascii().is_empty() {
                return self.split().map(|()| true);
            }
        }
    }

    fn split(&mut self) -> Result<(), Problem> {
        // The last line of a file may lack it; to the splitter the line would not be complete.
        if self.bytes.last() != Some(&b'\n') {
            self.bytes.push(b'\n');
        }
        // Unquoting makes nothing longer, and there are fewer fields than bytes: the newline is none.
        let len = self.bytes.len().max(self.text.len());
        self.text.resize(len, 0);
        self.ends.resize(len, 0);
        self.splitter.0.reset();
        let (result, _, _, fields) = self.splitter.0.read_record(&self.bytes, &mut self.text, &mut self.ends);
        self.fields = fields;
        match result {
            ReadRecordResult::Record => Ok(()),
            _ => Err(Problem::OpenQuote),
        }
    }
}
