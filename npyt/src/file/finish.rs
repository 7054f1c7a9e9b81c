//! The end of a recording: the capacity becomes the number of rows.

use super::writer::Writer;
use crate::error::{Error, ErrorKind};

impl Writer {
    /// Makes the capacity the number of rows, and syncs.
    pub(crate) fn finish(&mut self) -> Result<(), Error> {
        self.stamp();
        // Before and after, but not while readers are kept out: the rows may take long to reach the disk.
        let result = self.sync_all();
        let result = result.and_then(|()| self.exclusively(Self::shrink_to_end)).and_then(|()| self.sync_all());
        result.map_err(|kind| self.error(kind))
    }

    pub(super) fn shrink_to_end(&mut self) -> Result<(), ErrorKind> {
        if self.go_to(self.end)? { Ok(()) } else { self.rewrite(self.end) }
    }
}
