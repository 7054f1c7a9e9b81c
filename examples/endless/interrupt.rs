//! Ctrl-C, and the other signals that ask a program to end.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// The exit code of a program that was ended by Ctrl-C, as shells have it.
pub(crate) const EXIT: u8 = 130;

/// How often the user has asked for the end.
#[derive(Clone, Debug)]
pub(crate) struct Interrupt(Arc<AtomicU32>);

impl Interrupt {
    pub(crate) fn listen() -> Result<Self, Box<dyn Error>> {
        let times = Arc::new(AtomicU32::new(0));
        let heard = Arc::clone(&times);
        ctrlc::set_handler(move || {
            heard.fetch_add(1, Relaxed);
        })?;
        Ok(Self(times))
    }

    pub(crate) fn was_asked(&self) -> bool {
        self.0.load(Relaxed) > 0
    }

    /// More than once: at once, without counting.
    pub(crate) fn is_urgent(&self) -> bool {
        self.0.load(Relaxed) > 1
    }
}
