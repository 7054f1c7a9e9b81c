//! Standard output.

use std::fmt;
use std::io::{self, BufWriter, IsTerminal as _, StdoutLock, Write};

use crate::failure::{Failure, Result};
use crate::paint::{Paint, harmless};

/// Standard output, in large pieces. Closed by whoever reads it, it ends the command quietly. A terminal gets nothing that would
/// steer it, whatever the files hold; all else gets what is there.
#[derive(Debug)]
pub(crate) struct Output {
    out: BufWriter<StdoutLock<'static>>,
    paint: Paint,
    is_terminal: bool,
}

impl Output {
    pub(crate) fn new(paint: Paint) -> Self {
        let is_terminal = io::stdout().is_terminal();
        Self { out: BufWriter::with_capacity(1 << 16, io::stdout().lock()), paint, is_terminal }
    }

    pub(crate) const fn paint(&self) -> Paint {
        self.paint
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        if self.is_terminal {
            let text = harmless(&String::from_utf8_lossy(bytes));
            return self.out.write_all(text.as_bytes()).map_err(Failure::of_output);
        }
        self.out.write_all(bytes).map_err(Failure::of_output)
    }

    pub(crate) fn line(&mut self, text: impl fmt::Display) -> Result<()> {
        if self.is_terminal {
            return writeln!(self.out, "{}", harmless(&text.to_string())).map_err(Failure::of_output);
        }
        writeln!(self.out, "{text}").map_err(Failure::of_output)
    }

    /// Whether nobody reads it any more, as far as the system tells without a write.
    #[cfg(unix)]
    pub(crate) fn is_closed(&self) -> bool {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let mut asked = [PollFd::new(self.out.get_ref(), PollFlags::empty())];
        let found = poll(&mut asked, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }));
        found.is_ok() && asked[0].revents().intersects(PollFlags::ERR | PollFlags::HUP)
    }

    #[cfg(not(unix))]
    pub(crate) const fn is_closed(&self) -> bool {
        false
    }

    /// Shows what was written so far.
    pub(crate) fn flush(&mut self) -> Result<()> {
        self.out.flush().map_err(Failure::of_output)
    }
}
