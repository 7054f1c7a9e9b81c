//! Starting the other processes, and hearing from them.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use npyt_examples::helper::{Helper, Lines};

use crate::interrupt::Interrupt;
use crate::job::{Child, Role, Who};
use crate::messages::{Order, Said, Seen};
use crate::status::Status;

/// The last that was heard of a child: its last word, or [`None`] where it ended without.
pub(crate) type Last<T> = Option<Result<T, String>>;

/// How often to look whether something has happened.
pub(crate) const LOOK: Duration = Duration::from_millis(10);
/// Nobody who was told to end takes longer than this.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) type Writer = Helper<Last<u64>>;
pub(crate) type Reader = Helper<Last<Seen>>;

pub(crate) fn start_writer(child: &Child, status: &Status, order: Order) -> io::Result<Writer> {
    let status = status.clone();
    let mut writer = Helper::start(child.words(), move |lines| hear_writer(lines, &status))?;
    writer.tell(order);
    Ok(writer)
}

pub(crate) fn start_reader(child: &Child, who: Who, status: &Status) -> io::Result<Reader> {
    let status = status.clone();
    let child = Child { role: Role::Reader(who), ..child.clone() };
    Helper::start(child.words(), move |lines| hear_reader(lines, who, &status))
}

/// Hears a writer out: the row after its last, if it came to its end.
fn hear_writer(lines: Lines, status: &Status) -> Last<u64> {
    for said in lines.map_while(Result::ok) {
        match said.parse().ok()? {
            Said::Opened { next } => {
                if let Some(lost) = status.with(|status| status.opened(next)) {
                    return Some(Err(lost));
                }
            }
            Said::Rolled { time, is_flat_out } => status.with(|status| status.rolls.push((time, is_flat_out))),
            Said::Wrote { end, segments } => status.with(|status| (status.end, status.segments) = (end, segments)),
            Said::Ended { end } => return Some(Ok(end)),
            Said::Failed(text) => return Some(Err(text)),
            _ => return None,
        }
    }
    None
}

/// Hears a reader out: what it saw, if it came to the end.
fn hear_reader(lines: Lines, who: Who, status: &Status) -> Last<Seen> {
    for said in lines.map_while(Result::ok) {
        match said.parse().ok()? {
            Said::Began { first } => status.with(|status| status.reader(who).first = Some(first)),
            Said::At { seen, lag } => status.with(|status| {
                let reader = status.reader(who);
                (reader.seen, reader.lag, reader.worst_lag) = (seen, lag, reader.worst_lag.max(lag));
            }),
            Said::Done(seen) => {
                status.with(|status| (status.reader(who).seen, status.reader(who).lag) = (seen, 0));
                return Some(Ok(seen));
            }
            Said::Failed(text) => return Some(Err(text)),
            _ => return None,
        }
    }
    None
}

/// Tells a child that this is the end, and hears it out. The error is a sentence about how it ended instead; `None`: the user
/// doesn't want to wait for it.
pub(crate) fn end<T: Send + 'static>(mut child: Helper<Last<T>>, interrupt: &Interrupt) -> Option<Result<T, String>> {
    child.tell(Order::End);
    let since = Instant::now();
    while !child.is_over() {
        if interrupt.is_urgent() {
            return None;
        }
        if since.elapsed() > PATIENCE {
            let _ = child.kill();
            return Some(Err(format!("did not end within {} s, and was killed", PATIENCE.as_secs())));
        }
        thread::sleep(LOOK);
    }
    Some(last_word(child))
}

/// What a child has said in the end, which is over.
pub(crate) fn last_word<T: Send + 'static>(child: Helper<Last<T>>) -> Result<T, String> {
    match child.finish() {
        (Some(Some(word)), _) => word,
        (_, Ok(status)) => Err(format!("ended before its time, with {status}")),
        (_, Err(error)) => Err(format!("is lost: {error}")),
    }
}
