//! The protocol's medium on a real file.

use std::fs::File;
use std::sync::OnceLock;
use std::sync::atomic::{Ordering, fence};

use super::durable::Refused;
use super::io_error;
use crate::error::ErrorKind;
use crate::geometry::PAGE;
use crate::map::{MapMut, Word};
use crate::protocol::{Medium, Words};
use crate::sys;

/// The mapping and the file behind it.
#[derive(Debug)]
pub(crate) struct MappedFile {
    // Before the file: both keep the locks, and the last of them gives them back.
    pub(super) map: MapMut,
    pub(super) file: File,
    /// The first sync that the disk refused.
    pub(super) refused: OnceLock<Refused>,
}

impl MappedFile {
    /// Maps the first `len` bytes.
    pub(crate) fn map(file: File, len: u64) -> Result<Self, ErrorKind> {
        let map = MapMut::new(&file, len).map_err(io_error("map"))?;
        Ok(Self { map, file, refused: OnceLock::new() })
    }

    pub(crate) const fn file(&self) -> &File {
        &self.file
    }
}

impl Words for MappedFile {
    type Word = Word;

    fn word(&self, at: u64) -> Option<Word> {
        self.map.words().word(at)
    }

    fn load(&self, word: Word, ordering: Ordering) -> u64 {
        self.map.words().load(word, ordering)
    }
}

impl Medium for MappedFile {
    #[inline]
    fn store(&self, word: Word, value: u64, ordering: Ordering) {
        self.map.store(word, value, ordering);
    }

    fn write(&self, at: u64, bytes: &[u8]) -> Result<(), ErrorKind> {
        sys::may_reach(at + bytes.len() as u64).map_err(io_error("write"))?;
        // The kernel's stores are not ordered by our types, only by the machine: what was stored before is seen before.
        fence(Ordering::Release);
        sys::write_at(&self.file, at, bytes).map_err(io_error("write"))
    }

    fn set_len(&self, len: u64) -> Result<(), ErrorKind> {
        sys::may_reach(len).and_then(|()| self.file.set_len(len)).map_err(io_error("change the length"))?;
        sys::step("length");
        Ok(())
    }

    fn reserve(&self, from: u64, end: u64) -> Result<(), ErrorKind> {
        sys::may_reach(end)
            .and_then(|()| sys::reserve(&self.file, from, end))
            .map_err(io_error("reserve room on the disk"))
    }

    fn punch(&self, from: u64, to: u64) {
        // Bytes are zeros for whoever looks only after what was stored before; as in `write`.
        fence(Ordering::Release);
        // Whole pages: what else is on the first and on the last of them is looked at this moment.
        sys::give_back(&self.file, from.next_multiple_of(PAGE), to - to % PAGE);
    }

    fn cover(&mut self, len: u64) -> Result<(), ErrorKind> {
        if self.map.words().len() < len {
            self.map = MapMut::new(&self.file, len).map_err(io_error("map"))?;
        }
        Ok(())
    }

    fn sync(&self) -> Result<(), ErrorKind> {
        let synced = self.map.flush().and_then(|()| self.file.sync_data());
        synced.map_err(|error| {
            self.refused.get_or_init(|| Refused::of(&error));
            io_error("sync")(error)
        })
    }
}
