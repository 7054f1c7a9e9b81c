//! What the protocol needs of a file. The mapping of a real file has it; a model and a simulator have it too.

use std::sync::atomic::Ordering;

use crate::error::ErrorKind;

/// Words of a file that others change at the same moment.
pub(crate) trait Words {
    /// A place that was found to be a whole aligned word of the medium.
    type Word: Copy;

    /// The word at byte `at`; `None` where it is not aligned or not within reach.
    fn word(&self, at: u64) -> Option<Self::Word>;

    /// An atomic load.
    fn load(&self, word: Self::Word, ordering: Ordering) -> u64;
}

/// A file that its one writer changes.
pub(crate) trait Medium: Words {
    /// An atomic store.
    fn store(&self, word: Self::Word, value: u64, ordering: Ordering);

    /// Writes bytes at `at`, extending the file where they pass its end. Not atomic, but not before what the caller stored
    /// before it.
    fn write(&self, at: u64, bytes: &[u8]) -> Result<(), ErrorKind>;

    /// Cuts or extends the file.
    fn set_len(&self, len: u64) -> Result<(), ErrorKind>;

    /// Sets room aside for the bytes from `from` to `end`, so that no store to them can meet a full disk. The length stays.
    fn reserve(&self, from: u64, end: u64) -> Result<(), ErrorKind>;

    /// Gives the room of whole pages between two bytes back, which are zeros then. The length stays. Not before what the caller
    /// stored before it, and as far as it can be done: nothing rests on it.
    fn punch(&self, from: u64, to: u64);

    /// Brings the words up to byte `len`, which the file has, within reach. Words that were found before stay good.
    fn cover(&mut self, len: u64) -> Result<(), ErrorKind>;

    /// Makes everything written so far durable.
    fn sync(&self) -> Result<(), ErrorKind>;
}
