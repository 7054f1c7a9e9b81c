//! The reader: the whole program of each of the three processes that read.

use std::error::Error;
use std::sync::mpsc::TryRecvError;
use std::thread;
use std::time::{Duration, Instant};

use npyt::{ErrorKind, Npy8};
use npyt_examples::helper::{orders, report};

use crate::job::{Child, Who};
use crate::messages::{Said, Seen};
use crate::replay::Replay;
use crate::row::Numbered;
use crate::source::{self, Content};

/// How long to wait for rows before doing anything else.
const PAUSE: Duration = Duration::from_millis(1);
/// How often to tell how far it is.
const REPORT: Duration = Duration::from_millis(50);
/// What the slow one reads at once. Then it rests until so many times as much has been written.
const SIP: usize = 1_000;
const SLOWNESS: u64 = 10;
/// How often it looks whether that is so.
const REST: Duration = Duration::from_millis(5);

/// Follows the directory until the first process says that all is written, and there is nothing left; or is gone.
pub(crate) fn run<T: Content>(child: &Child, who: Who) -> Result<(), Box<dyn Error>> {
    let orders = orders();
    let file = source::open::<T>(&child.source)?;
    let mut replay = source::replay(&file)?;
    let rows = open::<T>(child, who)?;
    // What lies before is gone already for whoever comes late, and that is no loss: it was never asked for.
    let first = rows.rows()?.start;
    replay.seek(first);
    report(&Said::Began { first })?;

    let mut tailer = rows.tailer().from_row(first).timeout(PAUSE);
    if who == Who::Slow {
        tailer = tailer.at_most(SIP);
    }
    let mut seen = Seen::default();
    // Where the directory has to end before the slow one reads on.
    let mut rest_until = 0;
    let mut is_all_written = false;
    let mut reported = Instant::now();
    loop {
        match orders.try_recv() {
            // There is one order only: all is written. Rows published before it was said are met by a look after it.
            Ok(_) => is_all_written = true,
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => return Ok(()),
        }
        let is_resting = who == Who::Slow && !is_all_written && rows.rows()?.end < rest_until;
        let next = if is_resting {
            thread::sleep(REST);
            None
        } else {
            tailer.next()
        };
        match next {
            Some(Ok(chunk)) => {
                if chunk.rows().start != replay.seq() {
                    return Err(format!("expected row {} next, got {}", replay.seq(), chunk.rows().start).into());
                }
                check(&chunk, &mut replay)?;
                seen.rows += chunk.len() as u64;
                rest_until += SLOWNESS * chunk.len() as u64;
            }
            // Nothing is skipped unasked: it says which rows are gone, and goes on behind them.
            Some(Err(error)) => match error.kind() {
                &ErrorKind::Discarded { position, first } => {
                    if position as u64 != replay.seq() || first <= position {
                        return Err(format!("stood at row {}, and was told: {error}", replay.seq()).into());
                    }
                    seen.missed += (first - position) as u64;
                    seen.told += 1;
                    replay.seek(first as u64);
                }
                _ => return Err(error.into()),
            },
            None if is_all_written => break,
            None => {}
        }
        if reported.elapsed() >= REPORT {
            let lag = rows.rows()?.end.saturating_sub(tailer.position());
            report(&Said::At { seen, lag })?;
            reported = Instant::now();
        }
    }
    report(&Said::Done(seen))?;
    Ok(())
}

/// The late one reads copies, the others read in place.
fn open<T: Content>(child: &Child, who: Who) -> npyt::Result<Npy8<Numbered<T>>> {
    match who {
        Who::Late => Npy8::open_copy(&child.directory),
        // SAFETY: the one writer of the directory at a time is a child of the first process, by npyt: nobody else is to write
        // there, which is asked for by `--help`.
        Who::First | Who::Slow => unsafe { Npy8::open(&child.directory) },
    }
}

/// Whether these rows are those that have to come next: every one, in order, none twice, whatever is in it.
fn check<T: Content>(rows: &[Numbered<T>], replay: &mut Replay<'_, T>) -> Result<(), Box<dyn Error>> {
    for row in rows {
        if *row != replay.row() {
            return Err(format!("row {}: expected {:?}, found {row:?}", replay.seq(), replay.row()).into());
        }
        replay.advance();
    }
    Ok(())
}
