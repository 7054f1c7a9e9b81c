//! A file whose words loom watches.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64 as Plain, Ordering::Relaxed as Now};
use std::sync::{Mutex, PoisonError};

use loom::cell::UnsafeCell;
use loom::sync::atomic::{AtomicU64, Ordering, fence};

use super::Weakening;
use super::scenarios::value;
use crate::error::ErrorKind;
use crate::header::DigitField;
use crate::protocol::Words;

/// Where rows begin.
pub(super) const OFFSET: u64 = 128;

/// Bytes a row: a word, so that each has one place at which it may lie where a tail was.
pub(super) const ROW: u64 = 8;

/// The file, its length and its lock, as all threads share them.
pub(super) struct Memory {
    words: BTreeMap<u64, Word>,
    /// As `fstat` tells it, perhaps late.
    len: AtomicU64,
    /// As it is: a touch of what lies behind it is the end of the process.
    true_len: Plain,
    /// How many hold the presence lock, or [`EXCLUSIVE`].
    presence: AtomicU64,
    pub(super) weakening: Option<Weakening>,
    pub(super) digits: DigitField,
    /// What was ever published, in the order in which it happened: for checks only.
    pub(super) starts: Mutex<Vec<u64>>,
    pub(super) ends: Mutex<Vec<u64>>,
    /// The capacity at first.
    capacity: u64,
    /// The capacity whose tail is to be taken for one on no whole words.
    fixed: Option<u64>,
}

const EXCLUSIVE: u64 = u64::MAX;

/// One word of the file, which parties that know nothing of each other may take for a row, or for a word of a tail.
///
/// Rust's rule is that a copy must not race with any access, and a plain read with no store. Two cells make loom keep it:
/// either is "read" and "written" so that exactly the pairs that may not race exclude each other. System calls are no
/// accesses of Rust; what they store is as if by relaxed atomics, and a plain read has to come after it all the same.
///
/// | | `copied` | `stored` |
/// | --- | --- | --- |
/// | atomic load | read | |
/// | atomic store, `pwrite` | | written |
/// | plain read | | read |
/// | copy | written | written |
struct Word {
    value: AtomicU64,
    /// The value as it is: what a plain read gives, which has no choice if it races with nothing.
    now: Plain,
    copied: Watch,
    stored: Watch,
}

/// What loom watches for accesses that are not ordered. The lock is only for the compiler: one thread of loom runs at a time,
/// and none is interrupted here.
struct Watch(Mutex<UnsafeCell<()>>);

impl Watch {
    fn new() -> Self {
        Self(Mutex::new(UnsafeCell::new(())))
    }

    fn read(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).with(|_| ());
    }

    fn write(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).with_mut(|_| ());
    }
}

impl Memory {
    /// A file of `len` bytes with words at these places, `readers` of whom hold the presence lock. Rows are such that those
    /// on the tail behind `capacity` rows look like small counters.
    pub(super) fn new(
        words: impl IntoIterator<Item = (u64, u64)>,
        len: u64,
        readers: u64,
        digits: DigitField,
        (capacity, fixed): (u64, Option<u64>),
        weakening: Option<Weakening>,
    ) -> Self {
        let word = |value| Word {
            value: AtomicU64::new(value),
            now: Plain::new(value),
            copied: Watch::new(),
            stored: Watch::new(),
        };
        Self {
            words: words.into_iter().map(|(at, value)| (at, word(value))).collect(),
            len: AtomicU64::new(len),
            true_len: Plain::new(len),
            presence: AtomicU64::new(readers),
            weakening,
            digits,
            starts: Mutex::default(),
            ends: Mutex::default(),
            capacity,
            fixed,
        }
    }

    /// What the row with that number holds.
    pub(super) fn value(&self, row: u64) -> u64 {
        value(self.fixed, self.capacity, row)
    }

    /// Whether the tail behind so many rows is to be taken for one on no whole words.
    pub(super) const fn is_fixed(&self, capacity: u64) -> bool {
        matches!(self.fixed, Some(fixed) if fixed == capacity)
    }

    pub(super) fn is_weakened(&self, weakening: Weakening) -> bool {
        self.weakening == Some(weakening)
    }

    fn mapped(&self, at: u64) -> &Word {
        assert!(at + 8 <= self.true_len.load(Now), "SIGBUS: a touch of byte {at}, behind the end of the file");
        &self.words[&at]
    }

    /// As `Map::load`: relaxed, and a fence.
    pub(super) fn load(&self, at: u64, ordering: Ordering) -> u64 {
        let word = self.mapped(at);
        word.copied.read();
        let value = word.value.load(Ordering::Relaxed);
        if ordering != Ordering::Relaxed {
            fence(Ordering::Acquire);
        }
        value
    }

    /// As a medium does it that keeps to what is asked of it: this load is ordered, and not those before it as well.
    pub(super) fn load_alone(&self, at: u64, ordering: Ordering) -> u64 {
        let word = self.mapped(at);
        word.copied.read();
        word.value.load(ordering)
    }

    /// As `MapMut::store`.
    pub(super) fn store(&self, at: u64, value: u64, ordering: Ordering) {
        let word = self.mapped(at);
        word.stored.write();
        word.now.store(value, Now);
        word.value.store(value, ordering);
    }

    /// A row is copied into the mapping.
    pub(super) fn copy(&self, at: u64, value: u64) {
        let word = self.mapped(at);
        word.copied.write();
        word.stored.write();
        word.now.store(value, Now);
        word.value.store(value, Ordering::Relaxed);
    }

    /// A row is read in place.
    pub(super) fn read(&self, at: u64) -> u64 {
        let word = self.mapped(at);
        word.stored.read();
        word.now.load(Now)
    }

    /// As `pwrite`: nothing is ordered by it, and the length comes last.
    pub(super) fn pwrite(&self, at: u64, words: &[u64]) {
        let end = at + 8 * words.len() as u64;
        for (i, &value) in (0_u64..).zip(words) {
            let word = &self.words[&(at + 8 * i)];
            word.stored.write();
            word.now.store(value, Now);
            word.value.store(value, Ordering::Relaxed);
        }
        if end > self.true_len.load(Now) {
            self.true_len.store(end, Now);
            self.len.store(end, Ordering::Relaxed);
        }
    }

    /// As `fallocate` that punches a hole: zeros, by the system.
    pub(super) fn punch(&self, from: u64, to: u64) {
        for (_, word) in self.words.range(from..to.max(from)) {
            word.stored.write();
            word.now.store(0, Now);
            word.value.store(0, Ordering::Relaxed);
        }
    }

    /// As `pread` of a file that had that length: each word as it may be seen, zero where nothing was ever written.
    pub(super) fn pread(&self, at: u64, words: u64, len: u64) -> Vec<u8> {
        let within = (0..words).map(|i| at + 8 * i).filter(|at| at + 8 <= len);
        let word = |at| self.words.get(&at).map_or(0, |word| word.value.load(Ordering::Relaxed));
        within.flat_map(|at| word(at).to_le_bytes()).collect()
    }

    /// As `fstat`.
    pub(super) fn len(&self) -> u64 {
        self.len.load(Ordering::Relaxed)
    }

    /// As `ftruncate`.
    pub(super) fn set_len(&self, len: u64) {
        self.true_len.store(len, Now);
        self.len.store(len, Ordering::Relaxed);
        for (_, word) in self.words.range(len..).filter(|(_, word)| word.now.load(Now) != 0) {
            word.now.store(0, Now);
            word.value.store(0, Ordering::Relaxed);
        }
    }

    // The kernel keeps locks under locks of its own: what is done before one is seen after the next.

    /// The presence lock, shared; `false` where the writer has it for itself.
    pub(super) fn come(&self) -> bool {
        let one_more = |n| if n == EXCLUSIVE { None } else { Some(n + 1) };
        self.presence.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more).is_ok()
    }

    pub(super) fn leave(&self) {
        self.presence.fetch_sub(1, Ordering::AcqRel);
    }

    /// The presence lock, for the writer alone; `false` where there are readers.
    pub(super) fn exclude(&self) -> bool {
        self.presence.compare_exchange(0, EXCLUSIVE, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    pub(super) fn admit(&self) {
        self.presence.store(0, Ordering::Release);
    }

    /// For the writer to ask, who knows whether it has it.
    pub(super) fn is_exclusive(&self) -> bool {
        self.presence.load(Ordering::Relaxed) == EXCLUSIVE
    }

    pub(super) fn is_attended(&self) -> bool {
        self.presence.fetch_add(0, Ordering::AcqRel) != 0
    }
}

/// The digit words by `pread`.
pub(super) struct Read<'a>(pub(super) &'a Memory);

impl Words for Read<'_> {
    type Word = u64;

    fn word(&self, at: u64) -> Option<u64> {
        Some(at)
    }

    fn load(&self, word: u64, _: Ordering) -> u64 {
        self.0.words[&word].value.load(Ordering::Relaxed)
    }
}

/// Of a call that doesn't fail here.
pub(super) type Done = Result<(), ErrorKind>;
