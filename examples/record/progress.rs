//! The progress line.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use npyt_examples::counts::{count, rows};
use npyt_examples::{Live, Rate};

use crate::status::Status;

/// Draws the line until finished.
pub(crate) fn start(status: &Arc<Status>, total: Option<usize>) -> Live {
    let status = Arc::clone(status);
    let mut rate = Rate::new();
    Live::line(total.map(|total| total as u64), move |bar| {
        let written = status.written.load(Relaxed);
        let reader = if status.reader_is_gone.load(Relaxed) {
            "the reader is gone".to_owned()
        } else {
            format!("reader {} behind", count(status.lag.load(Relaxed)))
        };
        bar.set_message(format!("{}, {} rows/s, {reader}", rows(written), count(rate.at(written))));
        bar.set_position(written);
    })
}
