//! More room in the file while it is read and written: by which steps. How much is up to `growth`.

use std::io;

use super::growth::Growth;
use super::writer::Writer;
use crate::error::{Error, ErrorKind};
use crate::geometry::Geometry;
use crate::protocol::{self, Medium, Step};

impl Writer {
    /// Sees to it that rows up to `needed` can be written and published.
    #[cold]
    pub(super) fn make_room(&mut self, needed: u64) -> Result<(), Error> {
        let capacity = self.geometry.capacity();
        if self.counters.is_none() && self.geometry.rows_end().is_multiple_of(8) {
            // It could not be mapped when it grew or shrank.
            self.reach().map_err(|kind| self.error(kind))?;
        }
        if self.counters.is_none() && needed <= capacity {
            // All that is needed is a tail on whole words.
            if self.ways.growth == Growth::Never {
                return Err(self.full(needed));
            }
            self.grow_to(capacity.saturating_add(1)).map_err(|kind| self.error(kind))?;
        }
        if needed > capacity {
            self.grow_for(needed)?;
        } else if needed > self.usable {
            self.make_usable().map_err(|kind| self.error(kind))?;
        }
        Ok(())
    }

    /// Grows, if it may, so that `needed` rows fit.
    fn grow_for(&mut self, needed: u64) -> Result<(), Error> {
        let capacity = self.geometry.capacity();
        let Some(mut target) = self.ways.growth.target(capacity, needed, self.geometry.row()) else {
            return Err(self.full(needed));
        };
        loop {
            match self.grow_to(target) {
                // Less than was wished for may still be more than is needed. Not where it was a sync that found no room: rows
                // are lost then.
                Err(kind) if is_no_room(&kind) && target > needed && self.durable.check().is_ok() => {
                    let more = target.saturating_sub(capacity) / 2;
                    target = capacity.saturating_add(more).max(needed);
                }
                result => return result.map_err(|kind| self.error(kind)),
            }
        }
    }

    /// Grows to at least `least` rows, in steps of which each is sound under readers. After an error the file is sound, with
    /// the capacity it had or that of a step.
    pub(super) fn grow_to(&mut self, least: u64) -> Result<(), ErrorKind> {
        // Not a row of it could ever be there.
        self.geometry.with_capacity(least)?;
        if self.has_fallen() {
            // Digits could come back, and the file ends in a tail that rows would have to pass.
            self.exclusively(|_| Ok(()))?;
        }
        if self.usable < self.geometry.capacity() {
            // A step sets aside what it adds.
            self.make_usable()?;
        }
        match self.digit_words().and_then(|now| self.steps_up(least, &now)) {
            Some(steps) => {
                if let (true, [_, .., last]) = (self.ways.reserve, steps.as_slice()) {
                    // All of it or nothing, before the first of several steps.
                    let from = self.geometry.file_len(self.layout);
                    self.medium.reserve(from, last.file_len(self.layout)).inspect_err(|_| self.give_back())?;
                }
                steps.into_iter().try_for_each(|to| self.step_to(to))
            }
            // Other digits than the present ones can't be followed by a tail on whole words. Without readers there are
            // detours.
            None => self.exclusively(|writer| writer.go_to_at_least(least)),
        }
    }

    /// Gives back blocks that were set aside behind the end of the file. The next writer does it where this fails.
    fn give_back(&self) {
        let _ = self.medium.set_len(self.geometry.file_len(self.layout));
    }

    fn steps_up(&self, least: u64, now: &[u64]) -> Option<Vec<Geometry>> {
        protocol::up(self.geometry, least, self.layout.len(), self.digits, now)
    }

    fn step_to(&mut self, to: Geometry) -> Result<(), ErrorKind> {
        let from = self.geometry;
        let durable = self.durable.is_asked_for();
        let layout = self.layout;
        let parted = |place: Geometry| place.parts_tail(layout.len());
        let tail = self.tail();
        // Half a tail may be one that counts no rows, so it is on the disk before anything leads there. Seldom needed: the
        // places to go to are chosen.
        let whole_first = durable || parted(to);
        let step = Step { from, to, tail, digits: self.digits, reserve: self.ways.reserve, durable: whole_first };
        let grown = protocol::grow(&mut self.medium, &step);
        let Ok(counters) = grown else {
            // It may be mapped anew all the same.
            self.set_slots();
            self.heed_refusal();
            return grown.map(drop);
        };
        let left = std::mem::replace(&mut self.counters, counters);
        self.abandoned.add_tail(from, layout.len());
        self.geometry = to;
        self.usable = if self.ways.reserve { to.capacity() } else { u64::MAX };
        self.set_slots();
        // A tail that is no whole words, or on two pages, can't be made none at once: the disk abandons it first. That is one
        // which another program made, or the first of a file.
        let synced = if durable || left.is_none() || parted(from) { self.sync_all() } else { Ok(()) };
        // After that: on the disk the old digits still lead there. Where it refused the digits, and rows are to be durable, no
        // row comes that could fall there, or be waited for.
        if let Some(left) = left.filter(|_| synced.is_ok() || !durable) {
            left.abandon(&self.medium, self.start, self.end);
            if self.ways.wake {
                // Who waits at the old place would wait for ever.
                left.rouse(&self.medium, self.end);
                self.medium.map.wake(left.end_word());
            }
        }
        if self.ways.prefault {
            // Room that can't be brought into memory now comes in page by page.
            let _ = self.prefault();
        }
        synced
    }

    /// Sets blocks aside for capacity that has none yet.
    pub(super) fn make_usable(&mut self) -> Result<(), ErrorKind> {
        if self.ways.reserve {
            self.medium.reserve(0, self.geometry.file_len(self.layout))?;
            self.usable = self.geometry.capacity();
        }
        self.set_slots();
        Ok(())
    }

    /// By any detour, as nobody reads.
    fn go_to_at_least(&mut self, least: u64) -> Result<(), ErrorKind> {
        let mut wanted = self.geometry.with_capacity(least)?;
        // Several numbers in a row leave each remainder by eight.
        for _ in 0..MOST_TRIED {
            wanted = wanted.round_up_for_tail()?;
            if self.go_to(wanted.capacity())? {
                return self.make_usable();
            }
            wanted = wanted.with_capacity(wanted.capacity().saturating_add(1))?;
        }
        // Rows of under five bytes, in a header of another layout: only a copy has room.
        self.rewrite(self.geometry.with_capacity(least)?.round_up_for_tail()?.capacity())
    }
}

/// How many capacities to look for a way to.
const MOST_TRIED: u32 = 64;

/// Whether there may be room for less.
fn is_no_room(kind: &ErrorKind) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(kind, ErrorKind::Io { source, .. } if matches!(source.kind(), StorageFull | QuotaExceeded | FileTooLarge))
        || matches!(kind, ErrorKind::Geometry(_))
}
