//! The reader: the whole program of the second process.

use std::error::Error;
use std::path::Path;
use std::sync::mpsc::TryRecvError;
use std::time::{Duration, Instant};

use npyt::Npyt;
use npyt_examples::helper::{is_unheard, orders, report};
use npyt_examples::{Bars, Trade};

use crate::messages::Message;

/// How long to wait for rows before doing anything else.
const PAUSE: Duration = Duration::from_millis(1);
/// How often to tell the lag.
const REPORT: Duration = Duration::from_millis(50);

/// Reads the file live until the first process says that it has written all, or is gone.
pub(crate) fn run(path: &Path) -> Result<(), Box<dyn Error>> {
    match follow(path) {
        // Nobody hears us any more: the first process is dead, and so is our work.
        Err(error) if is_unheard(&*error) => Ok(()),
        other => other,
    }
}

fn follow(path: &Path) -> Result<(), Box<dyn Error>> {
    // SAFETY: the one writer of the file is the first process, by npyt: published rows are not rewritten, and the file is cut
    // to its rows only when no reader has it open. Other programs are asked to do neither, by `--help`.
    let trades = unsafe { Npyt::<Trade>::open(path)? };
    report(&Message::Attached)?;
    let orders = orders();

    let mut bars = Bars::new();
    let mut follow = trades.follow().timeout(PAUSE);
    let (mut lag, mut worst_lag) = (0, 0);
    let mut reported = Instant::now();
    loop {
        // Asked before looking: all rows were published before it was said, so a look after it sees the last one.
        let ended = match orders.try_recv() {
            // There is one order only: the end.
            Ok(_) => true,
            Err(TryRecvError::Empty) => false,
            Err(TryRecvError::Disconnected) => return Ok(()),
        };
        // Rows in place, in the file's mapping: nothing is copied, and where the file grows nothing moves.
        let new: &[Trade] = follow.next().transpose()?.unwrap_or_default();
        for trade in new {
            bars.add(trade);
        }
        // What is new at a look is what we were behind by when we looked.
        lag = lag.max(new.len() as u64);
        if ended {
            break;
        }
        if reported.elapsed() >= REPORT {
            report(&Message::Lag(lag))?;
            worst_lag = lag.max(worst_lag);
            (lag, reported) = (0, Instant::now());
        }
    }
    let rows = follow.position();
    // Let go of the file before the last message, after which the first process cuts it to its rows.
    drop(trades);
    for bar in bars.as_slice() {
        report(&Message::Bar(*bar))?;
    }
    report(&Message::Seen { rows, worst_lag: worst_lag.max(lag) })?;
    Ok(())
}
