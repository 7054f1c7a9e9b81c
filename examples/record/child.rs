//! Starting the second process, a child of this one, and hearing from it.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{self, Sender};

use npyt_examples::Bar;
use npyt_examples::helper::{Helper, Lines};

use crate::args::READ;
use crate::messages::{END, Message};
use crate::status::Status;

/// What the reader saw.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) rows: usize,
    pub(crate) worst_lag: u64,
    pub(crate) bars: Vec<Bar>,
}

pub(crate) struct ChildProcess(Helper<Option<Read>>);

impl ChildProcess {
    /// Starts this program once more as the reader of `path`, and waits until it has opened it.
    pub(crate) fn start(path: &Path, status: &Arc<Status>) -> io::Result<Self> {
        let (attached, wait) = mpsc::channel();
        let status = Arc::clone(status);
        let helper = Helper::start([OsStr::new(READ), path.as_os_str()], move |lines| {
            let read = listen(lines, attached, &status);
            status.reader_is_gone.store(read.is_none(), Relaxed);
            read
        })?;
        // An error says that it ended instead. Rows are recorded all the same: a writer needs no reader.
        let _ = wait.recv();
        Ok(Self(helper))
    }

    /// Says that all is written, and waits for the process to end. The error is a sentence about how it ended instead.
    pub(crate) fn finish(mut self) -> Result<Read, String> {
        self.0.tell(END);
        match self.0.finish() {
            (Some(Some(read)), _) => Ok(read),
            (_, Ok(status)) => Err(format!("the reader ended before its time, with {status}")),
            (_, Err(error)) => Err(format!("the reader is lost: {error}")),
        }
    }
}

/// Hears the reader out. [`None`] where it ended without its last message.
fn listen(lines: Lines, attached: Sender<()>, status: &Status) -> Option<Read> {
    let mut bars = Vec::new();
    for line in lines {
        match line.ok()?.parse().ok()? {
            // Nobody waits any more only where the first process is at its end already.
            Message::Attached => drop(attached.send(())),
            Message::Lag(rows) => status.lag.store(rows, Relaxed),
            Message::Bar(bar) => bars.push(bar),
            Message::Seen { rows, worst_lag } => return Some(Read { rows, worst_lag, bars }),
        }
    }
    None
}
