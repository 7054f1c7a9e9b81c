//! The first process: it writes and reads no row, but starts, kills and ends those who do.

use std::error::Error;
use std::fs;
use std::thread;
use std::time::Duration;

use npyt::Npy8;

use crate::children::{self, LOOK, Reader, Writer, last_word, start_reader, start_writer};
use crate::interrupt::Interrupt;
use crate::job::{Child, Who};
use crate::messages::{Order, Seen};
use crate::progress;
use crate::row::Numbered;
use crate::source::Content;
use crate::status::{State, Status};
use crate::timeline::Timeline;

/// What became of it.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) time: Duration,
    /// The rows that the directory has, the first of which are no longer kept.
    pub(crate) kept: std::ops::Range<u64>,
    pub(crate) segments: usize,
    /// The end of the last writer, or why there was another than it should have come to.
    pub(crate) writer: Result<u64, String>,
    /// The last word of each reader; the late one may never have come.
    pub(crate) readers: Vec<(Who, Result<Seen, String>)>,
    /// What they said on the way.
    pub(crate) state: State,
}

/// Lets them write and read for so long; the child is the writer. `None`: the user wants no count.
pub(crate) fn conduct<T: Content>(
    child: &Child,
    time: Duration,
    interrupt: &Interrupt,
) -> Result<Option<Run>, Box<dyn Error>> {
    // Made before there is a writer, so that two readers are there before the first row.
    fs::create_dir_all(&child.directory)
        .map_err(|error| format!("{}: cannot make the directory: {error}", child.directory.display()))?;
    let status = Status::default();
    let live = progress::start(&status, time);
    let run = Conductor { child, interrupt, status }.run::<T>(time);
    live.finish();
    run
}

struct Conductor<'a> {
    child: &'a Child,
    interrupt: &'a Interrupt,
    status: Status,
}

impl Conductor<'_> {
    fn run<T: Content>(&self, time: Duration) -> Result<Option<Run>, Box<dyn Error>> {
        let mut readers = vec![self.reader(Who::First)?, self.reader(Who::Slow)?];
        self.wait_until_begun(&readers);
        let mut timeline = Timeline::begin(time);
        let writer = self.write(&mut readers, &mut timeline)?;
        let time = timeline.elapsed();
        let writer = match writer {
            Ok(writer) => match children::end(writer, self.interrupt) {
                Some(end) => end,
                None => return Ok(None),
            },
            Err(sentence) => Err(sentence),
        };

        // Nobody writes any more: this is what there is.
        let rows = Npy8::<Numbered<T>>::open_copy(&self.child.directory)?;
        let (kept, segments) = (rows.rows()?, rows.segments()?);
        readers.iter_mut().for_each(|(_, reader)| reader.tell(Order::End));
        let mut heard = Vec::new();
        for (who, reader) in readers {
            let Some(seen) = children::end(reader, self.interrupt) else { return Ok(None) };
            heard.push((who, seen));
        }
        let state = self.status.with(|state| state.clone());
        Ok(Some(Run { time, kept, segments, writer, readers: heard, state }))
    }

    fn reader(&self, who: Who) -> Result<(Who, Reader), Box<dyn Error>> {
        Ok((who, start_reader(self.child, who, &self.status)?))
    }

    fn wait_until_begun(&self, readers: &[(Who, Reader)]) {
        let has_begun = |(who, reader): &(Who, Reader)| {
            reader.is_over() || self.status.with(|status| status.reader(*who).first.is_some())
        };
        while !readers.iter().all(has_begun) && !self.interrupt.was_asked() {
            thread::sleep(LOOK);
        }
    }

    /// One writer after the other, until the time is over. Returns the last one, or what happened to it that should not.
    fn write(
        &self,
        readers: &mut Vec<(Who, Reader)>,
        timeline: &mut Timeline,
    ) -> Result<Result<Writer, String>, Box<dyn Error>> {
        let mut order = Order::Steady;
        let mut writer = start_writer(self.child, &self.status, order)?;
        while !timeline.is_over() && !self.interrupt.was_asked() {
            thread::sleep(LOOK.min(timeline.until_kill()));
            if writer.is_over() {
                return Ok(Err(last_word(writer).err().unwrap_or_else(|| "ended unasked".to_owned())));
            }
            // It says at the end what went wrong, and without it the rest would prove nothing.
            if readers.iter().any(|(_, reader)| reader.is_over()) {
                break;
            }
            if timeline.is_late() && readers.iter().all(|(who, _)| *who != Who::Late) {
                readers.insert(1, self.reader(Who::Late)?);
            }
            let now = if timeline.is_flat_out() { Order::FlatOut } else { Order::Steady };
            if now != order {
                order = now;
                self.status.with(|status| status.is_flat_out = order == Order::FlatOut);
                writer.tell(order);
            }
            if timeline.until_kill().is_zero() {
                // It may have failed in this very moment.
                if let (Some(Some(Err(sentence))), _) = writer.kill() {
                    return Ok(Err(sentence));
                }
                self.status.with(|status| status.kills += 1);
                writer = start_writer(self.child, &self.status, order)?;
                timeline.plan_kill();
            }
        }
        Ok(Ok(writer))
    }
}
