//! The end of a recording that is read: the capacity becomes the number of rows, and nothing is taken from anybody.

use super::io_error;
use super::writer::Writer;
use crate::error::{Error, ErrorKind};
use crate::geometry::Geometry;
use crate::protocol::{self, Fall, Medium};

impl Writer {
    /// Makes the capacity the number of rows, under readers. The file keeps its length; the room between is given back.
    pub(crate) fn seal(&mut self) -> Result<(), Error> {
        self.stamp();
        let result = self.check_durable().and_then(|()| self.seal_if_free(false));
        result.map_err(|kind| self.error(kind))
    }

    /// The same where it takes no detour to speak of: [`Shape`](ErrorKind::Shape) where it does, also without readers. Some rows
    /// of a byte or two have a way by ten thousand million of them, which is no room on the disk, but is what `np.load` and the
    /// next writer find if we are killed there.
    pub(crate) fn seal_in_place(&mut self) -> Result<(), Error> {
        self.stamp();
        let result = self.check_durable().and_then(|()| self.seal_if_free(true));
        result.map_err(|kind| self.error(kind))
    }

    fn seal_if_free(&mut self, in_place: bool) -> Result<(), ErrorKind> {
        if self.end < self.geometry.capacity() {
            if let Some(refused) = self.medium.refused.get() {
                return Err(ErrorKind::Io { action: "sync", source: refused.error() });
            }
            let len = self.medium.file.metadata().map_err(io_error("read the length"))?.len();
            let way = self
                .digit_words()
                .and_then(|now| protocol::down(self.geometry, self.end, len, self.layout.len(), self.digits, &now));
            let most = if in_place { len.saturating_mul(2).max(SHORT) } else { u64::MAX };
            match way.filter(|steps| steps.iter().all(|step| step.file_len(self.layout) <= most)) {
                Some(steps) => {
                    let fallen = self.fall(&steps, len);
                    self.set_slots();
                    self.heed_refusal();
                    fallen?;
                }
                // By a detour that is cut, or a copy: as `finish`.
                None if in_place => return Err(ErrorKind::Shape { wanted: self.end }),
                None => self.exclusively(Self::shrink_to_end)?,
            }
        }
        if self.durable.is_asked_for() { self.sync_all() } else { Ok(()) }
    }

    fn fall(&mut self, steps: &[Geometry], mut len: u64) -> Result<(), ErrorKind> {
        let layout = self.layout;
        // Rows that are added after an error may fall on any of these tails; and a place beyond the file has no blocks.
        self.abandoned.clear();
        self.abandoned.add(self.end..u64::MAX);
        if self.ways.reserve {
            self.usable = self.usable.min(self.geometry.capacity());
        }
        for &to in steps {
            // Of several steps the tail of one may fall on that of the one before: on the disk its digits lead elsewhere
            // first. Half a tail may be one that counts no rows.
            let in_turn = self.durable.is_asked_for() || steps.len() > 1;
            let durable = in_turn || to.parts_tail(layout.len());
            let fall = Fall { to, tail: self.tail(), digits: self.digits, len, durable };
            self.counters = protocol::fall(&mut self.medium, &fall)?;
            self.geometry = to;
            len = len.max(to.file_len(layout));
            self.at_end = Some(len - layout.len());
            if in_turn {
                self.sync_all()?;
            }
        }
        self.warm = self.warm.min(self.geometry.rows_end());
        // Both tails stay; what is between them nobody looks at but to find that the digits are others.
        self.medium.punch(self.geometry.file_len(layout), len - layout.len());
        Ok(())
    }

    /// Whether the capacity fell and a reader may be there who knows it as it was before.
    pub(super) fn has_fallen(&self) -> bool {
        protocol::falls(&self.medium, self.digits) > 0
    }

    /// Cuts the file to its tail, and takes it for one whose capacity never fell: nobody reads.
    pub(super) fn forget_falls(&mut self) -> Result<(), ErrorKind> {
        if !self.has_fallen() {
            return Ok(());
        }
        if let Some(refused) = self.medium.refused.get() {
            // The digits that are on the disk may need what would be cut.
            return Err(ErrorKind::Io { action: "sync", source: refused.error() });
        }
        protocol::settle(&self.medium, self.geometry, self.layout)?;
        self.at_end = None;
        protocol::forget_falls(&self.medium, self.digits)?;
        // Before anything is written there again: the disk could have that, and still the old length.
        self.medium.sync()
    }
}

/// A file of this length is nothing to anybody.
const SHORT: u64 = 1 << 20;
