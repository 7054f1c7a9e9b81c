//! The writer: the whole program of a process that may be killed at any moment.

use std::error::Error;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use npyt::Npy8Mut;
use npyt_examples::helper::{orders, report};

use crate::bursts::Bursts;
use crate::job::{Child, QUEUE, Work};
use crate::messages::{Order, Said};
use crate::replay::Replay;
use crate::row::Numbered;
use crate::source::{self, Content};

/// How often to tell how far it is.
const REPORT: Duration = Duration::from_millis(50);

/// Goes on where the last one was killed, and writes until told to end.
pub(crate) fn run<T: Content>(child: &Child, work: &Work) -> Result<(), Box<dyn Error>> {
    let orders = orders();
    let file = source::open::<T>(&child.source)?;
    let mut replay = source::replay(&file)?;
    let mut rows = Npy8Mut::<Numbered<T>>::options()
        .rows_per_segment(work.size.segment)
        .queue(QUEUE)
        .retain_segments(work.size.keep)
        .open(&child.directory)?;
    // The directory knows which rows there are: neither is one lost that was published, nor one written twice.
    let next = rows.rows().end;
    replay.seek(next);
    report(&Said::Opened { next })?;

    let mut bursts = Bursts::new(work.rate);
    let mut reported = Instant::now();
    loop {
        match orders.recv_timeout(bursts.left().min(REPORT)).map(|order| order.parse()) {
            Ok(Ok(Order::End)) => break,
            Ok(order) => bursts.flat_out(matches!(order, Ok(Order::FlatOut))),
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if bursts.left().is_zero() {
            let wrote = burst(&mut rows, &mut replay, &mut bursts, work.size.segment as u64);
            if wrote.is_err() || reported.elapsed() >= REPORT {
                report(&Said::Wrote { end: rows.rows().end, segments: rows.segments() })?;
                reported = Instant::now();
            }
            wrote?;
        }
    }
    // Ends the file that is written to, so that np.load shows exactly the rows of this one too.
    rows.roll()?;
    report(&Said::Wrote { end: rows.rows().end, segments: rows.segments() })?;
    let end = rows.rows().end;
    drop(rows);
    report(&Said::Ended { end })?;
    Ok(())
}

fn burst<T: Content>(
    rows: &mut Npy8Mut<Numbered<T>>,
    replay: &mut Replay<'_, T>,
    bursts: &mut Bursts,
    segment: u64,
) -> Result<(), Box<dyn Error>> {
    for _ in 0..bursts.rows() {
        // Every file is exactly full before the next begins, so the number tells which push begins one; the clock is asked
        // for these alone. Row 0 begins the first file of all, for which nothing was made ahead.
        let begins = replay.seq().is_multiple_of(segment) && replay.seq() > 0;
        let before = begins.then(Instant::now);
        let number = rows.push(replay.row())?;
        if let Some(before) = before {
            report(&Said::Rolled { time: before.elapsed(), is_flat_out: bursts.is_flat_out() })?;
        }
        if number != replay.seq() {
            return Err(format!("expected that row to be number {}, found {number}", replay.seq()).into());
        }
        replay.advance();
    }
    Ok(())
}
