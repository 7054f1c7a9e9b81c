//! How far it has got: written by those who do the work, read by the progress line.

use std::sync::atomic::{AtomicBool, AtomicU64};

/// Numbers to look at, which nothing depends on: all of them are loaded and stored `Relaxed`.
#[derive(Debug, Default)]
pub(crate) struct Status {
    /// Rows pushed.
    pub(crate) written: AtomicU64,
    /// By how many rows the reader was behind, at worst, since it reported before.
    pub(crate) lag: AtomicU64,
    /// The reader has ended before it should.
    pub(crate) reader_is_gone: AtomicBool,
}
