//! The reader: the whole program of the second process.

use std::error::Error;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::thread;
use std::time::{Duration, Instant};

use npyt::Npyt;
use npyt_examples::{Bars, Trade};

use crate::messages::{END, Message};

/// How long to wait for rows before doing anything else.
const PAUSE: Duration = Duration::from_millis(1);
/// How often to tell the lag.
const REPORT: Duration = Duration::from_millis(50);

/// Reads the file live until the first process says that it has written all, or is gone.
pub(crate) fn run(path: &Path) -> Result<(), Box<dyn Error>> {
    match follow(path) {
        // Nobody hears us any more: the first process is dead, and so is our work.
        Err(error) if error.downcast_ref().is_some_and(is_broken_pipe) => Ok(()),
        other => other,
    }
}

fn follow(path: &Path) -> Result<(), Box<dyn Error>> {
    // SAFETY: the one writer of the file is the first process, by npyt: published rows are not rewritten, and the file is cut
    // to its rows only when no reader has it open. Other programs are asked to do neither, by `--help`.
    let trades = unsafe { Npyt::<Trade>::open(path)? };
    say(&Message::Attached)?;
    let end = listen();

    let mut bars = Bars::new();
    let mut follow = trades.follow().timeout(PAUSE);
    let (mut lag, mut worst_lag) = (0, 0);
    let mut reported = Instant::now();
    loop {
        // Asked before looking: all rows were published before it was said, so a look after it sees the last one.
        let ended = match end.try_recv() {
            Ok(()) => true,
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
            say(&Message::Lag(lag))?;
            worst_lag = lag.max(worst_lag);
            (lag, reported) = (0, Instant::now());
        }
    }
    let rows = follow.position();
    // Let go of the file before the last message, after which the first process cuts it to its rows.
    drop(trades);
    for bar in bars.as_slice() {
        say(&Message::Bar(*bar))?;
    }
    say(&Message::Seen { rows, worst_lag: worst_lag.max(lag) })?;
    Ok(())
}

/// Waits beside us for the first process to say that it has written all. If it is gone its end of the pipe is closed, by
/// whatever death, and the receiver is told that nothing comes any more.
fn listen() -> Receiver<()> {
    let (said, end) = mpsc::channel();
    thread::spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            if line == END {
                // The receiver may be gone already; what was sent is heard before the silence after it.
                let _ = said.send(());
            }
        }
    });
    end
}

fn say(message: &Message) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{message}")?;
    out.flush()
}

fn is_broken_pipe(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}
