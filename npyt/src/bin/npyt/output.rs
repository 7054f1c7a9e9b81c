//! Standard output.

use std::fmt;
use std::io::{self, BufWriter, StdoutLock, Write};

use crate::failure::{Failure, Result};
use crate::paint::Paint;

/// Standard output, in large pieces. Closed by whoever reads it, it ends the command quietly.
#[derive(Debug)]
pub(crate) struct Output {
    out: BufWriter<StdoutLock<'static>>,
    paint: Paint,
}

impl Output {
    pub(crate) fn new(paint: Paint) -> Self {
        Self { out: BufWriter::with_capacity(1 << 16, io::stdout().lock()), paint }
    }

    pub(crate) const fn paint(&self) -> Paint {
        self.paint
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.write_all(bytes).map_err(Failure::of_output)
    }

    pub(crate) fn line(&mut self, text: impl fmt::Display) -> Result<()> {
        writeln!(self.out, "{text}").map_err(Failure::of_output)
    }

    /// Shows what was written so far.
    pub(crate) fn flush(&mut self) -> Result<()> {
        self.out.flush().map_err(Failure::of_output)
    }
}
