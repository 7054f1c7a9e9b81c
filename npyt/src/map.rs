//! A file in memory: words, copies in, pointers. No reference to mapped bytes is formed here.
#![allow(unsafe_code, reason = "raw memory that other processes share")]

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use memmap2::{MmapOptions, MmapRaw};

use crate::protocol::Words;
use crate::sys;

/// A shared mapping of the first bytes of a file.
///
/// Invariants:
///
/// 1. `base` is page-aligned, and `[base, base + len)` stays mapped for as long as `self` lives. `len` never changes.
/// 2. Every access to it by this crate is an atomic load or store of an aligned word, a raw copy into bytes that no
///    other party reads yet ([`MapMut`]), or a reader's look at published rows (`rows.rs`, by that function's contract).
#[derive(Debug)]
pub(crate) struct Map {
    raw: MmapRaw,
    base: *mut u8,
    len: usize,
}

// SAFETY: the mapping is an address range that any thread may use; by invariant 2 shared use is atomic or of bytes that
// don't change.
unsafe impl Send for Map {}
// SAFETY: as above.
unsafe impl Sync for Map {}

/// A place that was found to be a whole aligned word of a mapping.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word(usize);

impl Map {
    /// Maps the first `len` bytes of `file`, to look at.
    pub(crate) fn read_only(file: &File, len: u64) -> io::Result<Self> {
        let len = usize::try_from(len).map_err(io::Error::other)?;
        MmapOptions::new().len(len).map_raw_read_only(file).map(|raw| Self::from_raw(raw, len))
    }

    fn from_raw(raw: MmapRaw, len: usize) -> Self {
        let base = raw.as_mut_ptr();
        Self { raw, base, len }
    }

    /// The address of `len` bytes at `at`; `None` where they are not all mapped.
    pub(crate) fn bytes(&self, at: usize, len: usize) -> Option<*const u8> {
        self.place(at, len).map(<*mut u8>::cast_const)
    }

    fn place(&self, at: usize, len: usize) -> Option<*mut u8> {
        let end = at.checked_add(len)?;
        // SAFETY: `at <= end <= self.len`, so the result is within the mapping or one past it (1).
        (end <= self.len).then(|| unsafe { self.base.add(at) })
    }

    #[inline]
    fn atomic(&self, word: Word) -> &AtomicU64 {
        assert!(word.0 + 8 <= self.len, "a word of another mapping");
        // SAFETY: the word is within the mapping, checked above.
        let ptr = unsafe { self.base.add(word.0) };
        // SAFETY: aligned, as `word.0` is a multiple of 8 (only `word` makes one) and the base is page-aligned (1). Live as
        // long as `self` (1). Words that are read or written atomically are never accessed otherwise at the same time
        // (2): the digits and the tail are words to every handle, and rows fall on a tail only once it is abandoned.
        unsafe { AtomicU64::from_ptr(ptr.cast()) }
    }
}

impl Words for Map {
    type Word = Word;

    fn word(&self, at: u64) -> Option<Word> {
        let at = usize::try_from(at).ok()?;
        (at.is_multiple_of(8) && at.checked_add(8)? <= self.len).then_some(Word(at))
    }

    #[inline]
    fn load(&self, word: Word, ordering: Ordering) -> u64 {
        // An atomic load of read-only memory is allowed for this size and these orderings: they are plain loads on every
        // machine with 64-bit atomics, and nothing is written.
        u64::from_le(self.atomic(word).load(ordering))
    }
}

/// The mapping of a file's one writer.
#[derive(Debug)]
pub(crate) struct MapMut(Map);

impl MapMut {
    /// Maps the first `len` bytes of `file`, to write to.
    pub(crate) fn new(file: &File, len: u64) -> io::Result<Self> {
        let len = usize::try_from(len).map_err(io::Error::other)?;
        MmapOptions::new().len(len).map_raw(file).map(|raw| Self(Map::from_raw(raw, len)))
    }

    pub(crate) const fn words(&self) -> &Map {
        &self.0
    }

    /// An atomic store.
    #[inline]
    pub(crate) fn store(&self, word: Word, value: u64, ordering: Ordering) {
        self.0.atomic(word).store(value.to_le(), ordering);
    }

    /// The address of `len` bytes at `at`, to copy into; `None` where they are not all mapped.
    #[inline]
    pub(crate) fn bytes_mut(&mut self, at: usize, len: usize) -> Option<*mut u8> {
        self.0.place(at, len)
    }

    /// Brings the pages of `len` bytes at `at` into memory, so that the first store there finds them.
    pub(crate) fn prefault(&mut self, at: usize, len: usize) -> io::Result<()> {
        let Some(ptr) = self.0.place(at, len) else { return Ok(()) };
        // SAFETY: within this writable mapping, checked by `place`; the file is as long as the mapping when it is made.
        unsafe { sys::prefault(ptr, len) }
    }

    /// Hands what was stored through the mapping to the file, on systems where the two are apart.
    pub(crate) fn flush(&self) -> io::Result<()> {
        if cfg!(target_os = "linux") { Ok(()) } else { self.0.raw.flush() }
    }
}
