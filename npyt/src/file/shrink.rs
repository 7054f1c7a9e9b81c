//! What takes something away: another capacity by any steps, fewer rows. Never while somebody reads.

use super::io_error;
use super::lock;
use super::writer::Writer;
use crate::error::{Error, ErrorKind};
use crate::protocol::{self, Counters, Medium};
use crate::sys::{Lock, Locks};

impl Writer {
    /// Makes the capacity at least `rows`: larger in place, smaller where nobody reads, but never less than the rows take.
    pub(crate) fn set_capacity(&mut self, rows: u64) -> Result<(), Error> {
        let result =
            if rows > self.geometry.capacity() { self.grow_to(rows) } else { self.shrink_to(rows.max(self.end)) };
        result.map_err(|kind| self.error(kind))
    }

    /// Makes room for so many more rows.
    pub(crate) fn reserve(&mut self, additional: u64) -> Result<(), Error> {
        let needed = self.end.saturating_add(additional);
        let result = match needed {
            _ if needed > self.geometry.capacity() => self.grow_to(needed),
            _ if needed > self.usable => self.make_usable(),
            _ => Ok(()),
        };
        result.map_err(|kind| self.error(kind))
    }

    fn shrink_to(&mut self, rows: u64) -> Result<(), ErrorKind> {
        let wanted = self.geometry.with_capacity(rows)?.round_up_for_tail()?.capacity();
        if wanted >= self.geometry.capacity() {
            return Ok(());
        }
        self.exclusively(|writer| if writer.go_to(wanted)? { Ok(()) } else { Err(ErrorKind::Shape { wanted }) })
    }

    /// Drops all rows but those below `end`.
    pub(crate) fn truncate(&mut self, end: u64) -> Result<(), Error> {
        if end >= self.end {
            return Ok(());
        }
        let start = self.start.min(end);
        self.take_back(start, end).map_err(|kind| self.error(kind))
    }

    /// Drops all rows, and begins to count anew.
    pub(crate) fn clear(&mut self) -> Result<(), Error> {
        if self.end == 0 {
            return Ok(());
        }
        self.take_back(0, 0).map_err(|kind| self.error(kind))
    }

    fn take_back(&mut self, start: u64, end: u64) -> Result<(), ErrorKind> {
        self.check_durable()?;
        let Some(counters) = self.counters else {
            return Err(ErrorKind::TailMisaligned { at: self.geometry.rows_end() });
        };
        self.exclusively(|writer| {
            // Never a start above the end: Python's npyt takes that for a ring.
            if start != writer.start {
                counters.discard(&writer.medium, start);
                writer.start = start;
                if writer.durable.is_asked_for() {
                    // Nor on the disk, where the two may lie on two pages.
                    writer.sync_all()?;
                }
            }
            counters.publish(&writer.medium, end);
            writer.end = end;
            writer.warm = writer.warm.min(writer.geometry.row_at(end));
            Ok(())
        })?;
        self.stamp();
        if self.durable.is_asked_for() { self.sync_all() } else { Ok(()) }
    }

    /// Does what must not happen while somebody reads.
    pub(super) fn exclusively(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<(), ErrorKind>,
    ) -> Result<(), ErrorKind> {
        if !Locks::exclusive(&self.medium.file, Lock::Presence).map_err(io_error("tell whether it has readers"))? {
            return Err(lock::in_use(&self.medium.file));
        }
        // Nobody is there who could look at a place that was a tail.
        self.abandoned.clear();
        let result = self.forget_falls().and_then(|()| work(self));
        let released = Locks::release(&self.medium.file, Lock::Presence).map_err(io_error("unlock"));
        self.set_quick();
        result.and(released)
    }

    /// Goes to exactly that capacity by any detour, as nobody reads. `false` where there is no way.
    pub(super) fn go_to(&mut self, capacity: u64) -> Result<bool, ErrorKind> {
        if let Some(refused) = self.medium.refused.get() {
            return Err(ErrorKind::Io { action: "sync", source: refused.error() });
        }
        let now = self.digit_words();
        let steps = now.and_then(|now| protocol::plan(self.geometry, capacity, self.layout.len(), self.digits, &now));
        let Some(steps) = steps else { return Ok(false) };
        let tail = self.tail();
        if self.ways.reserve {
            // What a detour adds has no blocks.
            self.usable = self.usable.min(self.geometry.capacity());
        }
        let mut result = Ok(());
        for step in steps {
            result = protocol::resize(&self.medium, step, tail, self.digits);
            if result.is_err() {
                break;
            }
            self.geometry = step;
            result = protocol::settle(&self.medium, step, self.layout);
            if result.is_err() {
                break;
            }
            // Cutting gave blocks back.
            self.usable = if self.ways.reserve { self.usable.min(step.capacity()) } else { self.usable };
        }
        // Also after an error: the file is sound at every step, and the writer must follow it to where it is.
        let reached = self.settle();
        self.heed_refusal();
        result.and(reached).map(|()| true)
    }

    /// Cuts the file to what the digits say, and follows it there.
    fn settle(&mut self) -> Result<(), ErrorKind> {
        self.counters = None;
        self.medium.map.limit_slots(self.end);
        // Not after a sync that was refused: the digits that make it longer may be all that the disk has.
        if self.medium.refused.get().is_none() {
            protocol::settle(&self.medium, self.geometry, self.layout)?;
        }
        self.reach()
    }

    /// Finds the tail in the mapping, which is made anew where it doesn't reach so far.
    pub(super) fn reach(&mut self) -> Result<(), ErrorKind> {
        self.medium.cover(self.geometry.file_len(self.layout))?;
        self.counters = Counters::at(&self.medium, self.geometry.rows_end(), self.layout);
        self.set_slots();
        self.warm = self.warm.min(self.geometry.rows_end());
        Ok(())
    }
}
