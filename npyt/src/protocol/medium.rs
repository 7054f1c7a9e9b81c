//! What the protocol needs of a file. The mapping of a real file has it; a model or a simulator can have it too.

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

    /// Writes bytes at `at`, extending the file where they pass its end. Not atomic.
    fn write(&self, at: u64, bytes: &[u8]) -> Result<(), ErrorKind>;

    /// Cuts or extends the file.
    fn set_len(&self, len: u64) -> Result<(), ErrorKind>;

    /// Makes everything written so far durable.
    fn sync(&self) -> Result<(), ErrorKind>;
}
