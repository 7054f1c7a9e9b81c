//! The writer.

use std::error::Error;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use npyt::NpytMut;
use npyt_examples::{Pace, Trade};

use crate::source::Source;
use crate::status::Status;

/// What was recorded.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) rows: usize,
    pub(crate) time: Duration,
    /// The rows recorded as fast as it went, and the time they took.
    pub(crate) flat_out: Option<(usize, Duration)>,
    /// The room the file began with, what it has at the end, and how often it grew in between.
    pub(crate) room: (usize, usize, usize),
    /// Why it stopped before the source had ended; the rows before are in the file.
    pub(crate) stopped_by: Option<Stop>,
}

#[derive(Debug)]
pub(crate) enum Stop {
    /// The source has an error in it.
    Source(Box<dyn Error>),
    /// The file can't take a row.
    File(npyt::Error),
}

/// Pushes trades until there are no more, or one can't be.
pub(crate) fn record(file: &mut NpytMut<Trade>, source: &mut Source, mut pace: Pace, status: &Status) -> Written {
    let begin = Instant::now();
    let (first, mut capacity, mut grown) = (file.capacity(), file.capacity(), 0);
    let mut flat_since = None;
    let mut rows = 0;
    let mut stopped_by = None;
    for trade in source {
        match trade {
            Ok(trade) => {
                pace.wait(trade.local_ns);
                if flat_since.is_none() && pace.is_flat_out() {
                    flat_since = Some((rows, Instant::now()));
                }
                // The one line that all of this is about: when it returns, every reader can see the row.
                if let Err(error) = file.push(trade) {
                    stopped_by = Some(Stop::File(error));
                    break;
                }
                if file.capacity() != capacity {
                    capacity = file.capacity();
                    grown += 1;
                }
            }
            Err(error) => {
                stopped_by = Some(Stop::Source(error.into()));
                break;
            }
        }
        rows += 1;
        status.written.store(rows as u64, Relaxed);
    }
    let flat_out = flat_since.map(|(before, since)| (rows - before, since.elapsed()));
    Written { rows, time: begin.elapsed(), flat_out, room: (first, capacity, grown), stopped_by }
}
