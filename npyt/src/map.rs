//! A file in memory: words, copies in, pointers. No reference to mapped bytes is formed here.
#![allow(unsafe_code, reason = "raw memory that other processes share")]

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering, fence};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use memmap2::{MmapOptions, MmapRaw};

use crate::protocol::Words;
use crate::sys;

/// A shared mapping of the first bytes of a file, and of addresses behind its end: they become memory as the file grows, so
/// that a growing file keeps its address. Until then a touch of them would end the process; what lies where is the caller's
/// to know (`Geometry`, against the length of the file).
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
    /// No whole word begins at or after this byte: `len - 7`, or 0.
    words_end: usize,
}

// SAFETY: the mapping is an address range that any thread may use; by invariant 2 shared use is atomic or of bytes that
// don't change.
unsafe impl Send for Map {}
// SAFETY: as above.
unsafe impl Sync for Map {}

/// Addresses behind a file, at least. They cost nothing but numbers, of which a process has 2^47: a file that doubles is
/// mapped anew at most every second time, and one that grows in small steps every hundreds of MiB.
const HEADROOM: usize = 256 << 20;

/// Less than this is not worth asking for.
const LEAST_HEADROOM: usize = 1 << 20;

/// No more than half of the addresses that every 64-bit machine has.
const MOST_REACH: usize = 1 << 46;

/// A place that was found to be a whole aligned word of a mapping.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word(usize);

impl Map {
    /// Maps the first `len` bytes of `file`, to look at, with addresses for more where the system has them.
    pub(crate) fn read_only(file: &File, len: u64) -> io::Result<Self> {
        Self::reaching(len, |len| MmapOptions::new().len(len).map_raw_read_only(file))
    }

    /// As far beyond `len` as it may grow; less where that is refused (`ulimit -v`), and in the end just `len`.
    fn reaching(len: u64, map: impl Fn(usize) -> io::Result<MmapRaw>) -> io::Result<Self> {
        let exact = usize::try_from(len).map_err(io::Error::other)?;
        let mut more = if sys::REACHES { exact.max(HEADROOM).min(MOST_REACH.saturating_sub(exact)) } else { 0 };
        loop {
            match map(exact + more) {
                Ok(raw) => return Ok(Self::from_raw(raw, exact + more)),
                Err(error) if more == 0 => return Err(error),
                Err(_) => more = if more > LEAST_HEADROOM { more / 4 } else { 0 },
            }
        }
    }

    fn from_raw(raw: MmapRaw, len: usize) -> Self {
        let base = raw.as_mut_ptr();
        Self { raw, base, len, words_end: len.saturating_sub(7) }
    }

    /// The bytes mapped, those behind the end of the file included.
    pub(crate) const fn len(&self) -> u64 {
        self.len as u64
    }

    /// Waits until somebody [wakes](MapMut::wake) those who wait for that word to change from `seen`, or for `timeout`; not
    /// at all where it says something else by now.
    pub(crate) fn wait(&self, word: Word, seen: u64, timeout: Duration) {
        sys::wait_on(self.atomic(word), seen.to_le(), timeout);
    }

    /// The address of `len` bytes at `at`; `None` where they are not all mapped.
    pub(crate) fn bytes(&self, at: usize, len: usize) -> Option<*const u8> {
        self.place(at, len).map(<*mut u8>::cast_const)
    }

    fn place(&self, at: usize, len: usize) -> Option<*mut u8> {
        let room = self.len.checked_sub(at)?;
        // SAFETY: `at <= self.len`, so the result is within the mapping or one past it (1).
        (len <= room).then(|| unsafe { self.base.add(at) })
    }

    #[inline]
    fn atomic(&self, word: Word) -> &AtomicU64 {
        assert!(word.0 < self.words_end, "a word of another mapping");
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
        (at.is_multiple_of(8) && at < self.words_end).then_some(Word(at))
    }

    #[inline]
    fn load(&self, word: Word, ordering: Ordering) -> u64 {
        // The mapping may be read-only, and Rust allows only relaxed loads of such memory: the fence makes them acquire.
        let value = self.atomic(word).load(Ordering::Relaxed);
        if ordering != Ordering::Relaxed {
            fence(Ordering::Acquire);
        }
        u64::from_le(value)
    }
}

/// The mappings of a growing file: the latest, and all before it, which slices may still look at.
#[derive(Debug)]
pub(crate) struct Maps {
    /// The last one of the others.
    current: AtomicPtr<Map>,
    /// Invariant 4: none is taken away before `self` is dropped, and so what `current` leads to is alive until then.
    first: Arc<Map>,
    more: Mutex<Vec<Arc<Map>>>,
}

impl Maps {
    pub(crate) fn new(map: Map) -> Self {
        let first = Arc::new(map);
        Self { current: AtomicPtr::new(Arc::as_ptr(&first).cast_mut()), first, more: Mutex::default() }
    }

    /// The latest.
    #[inline]
    pub(crate) fn current(&self) -> &Map {
        // SAFETY: `first` or one of `more`, alive as long as `self` and only lent out shared (4). Acquire: its fields were
        // written before it was stored.
        unsafe { &*self.current.load(Ordering::Acquire) }
    }

    /// The latest, for somebody who keeps it for longer: the file, also without a name, and its locks. It is no descriptor.
    pub(crate) fn share(&self) -> Arc<Map> {
        Arc::clone(self.more().last().unwrap_or(&self.first))
    }

    /// Makes `map` the latest. Those before it stay where they are.
    pub(crate) fn add(&self, map: Map) {
        let map = Arc::new(map);
        let latest = Arc::as_ptr(&map).cast_mut();
        self.more().push(map);
        self.current.store(latest, Ordering::Release);
    }

    fn more(&self) -> MutexGuard<'_, Vec<Arc<Map>>> {
        self.more.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The mapping of a file's one writer.
#[derive(Debug)]
pub(crate) struct MapMut {
    map: Map,
    slots: Slots,
}

/// The places of rows, checked once, so that a push is stores and little else.
///
/// Invariant 3: `count` rows of `size` bytes from `first` on lie within the mapping, and `quick <= count`; where `quick` is not
/// 0, `end` is a whole aligned word of the mapping.
#[derive(Clone, Copy, Debug)]
struct Slots {
    first: *mut u8,
    size: usize,
    count: u64,
    /// Those below this number take a row, a store of `end` makes it visible, and nothing else has to be done.
    quick: u64,
    end: *mut u64,
}

/// A quick slot, for one row.
#[derive(Debug)]
pub(crate) struct Slot<'a> {
    /// The bytes of the row.
    pub(crate) to: *mut u8,
    end: &'a AtomicU64,
}

impl Slot<'_> {
    /// Stores the word that makes the row visible.
    #[inline]
    pub(crate) fn store_end(&self, end: u64, ordering: Ordering) {
        self.end.store(end.to_le(), ordering);
        sys::step("end");
    }
}

// SAFETY: as of `Map`, whose memory `first` points into.
unsafe impl Send for Slots {}
// SAFETY: as above; a pointer is given only to who has the mapping mutably.
unsafe impl Sync for Slots {}

impl Slots {
    const fn none(map: &Map) -> Self {
        Self { first: map.base, size: 0, count: 0, quick: 0, end: map.base.cast() }
    }
}

impl MapMut {
    /// Maps the first `len` bytes of `file`, to write to, with addresses for more. It has no slots yet.
    pub(crate) fn new(file: &File, len: u64) -> io::Result<Self> {
        let map = Map::reaching(len, |len| MmapOptions::new().len(len).map_raw(file))?;
        let slots = Slots::none(&map);
        Ok(Self { map, slots })
    }

    pub(crate) const fn words(&self) -> &Map {
        &self.map
    }

    /// An atomic store.
    #[inline]
    pub(crate) fn store(&self, word: Word, value: u64, ordering: Ordering) {
        self.map.atomic(word).store(value.to_le(), ordering);
        sys::step("store");
    }

    /// Makes slots of `count` rows of `size` bytes from byte `first` on, none of them quick; none where they are not all mapped.
    /// The file has all of them.
    pub(crate) fn set_slots(&mut self, first: u64, size: u64, count: u64) {
        self.slots = self.slots_at(first, size, count).unwrap_or(Slots::none(&self.map));
    }

    fn slots_at(&self, first: u64, size: u64, count: u64) -> Option<Slots> {
        let bytes = usize::try_from(size.checked_mul(count)?).ok()?;
        let first = self.map.place(usize::try_from(first).ok()?, bytes)?;
        Some(Slots { first, size: usize::try_from(size).ok()?, count, ..Slots::none(&self.map) })
    }

    /// Gives up the slots from number `count` on.
    pub(crate) fn limit_slots(&mut self, count: u64) {
        self.slots.count = self.slots.count.min(count);
        self.slots.quick = self.slots.quick.min(count);
    }

    /// Makes the slots below `quick` quick, their rows visible by a store of `end`.
    pub(crate) fn set_quick(&mut self, quick: u64, end: Word) {
        self.slots.end = self.map.atomic(end).as_ptr();
        self.slots.quick = quick.min(self.slots.count);
    }

    /// Makes none quick.
    pub(crate) fn no_quick(&mut self) {
        self.slots.quick = 0;
    }

    /// The number of slots.
    #[inline]
    pub(crate) const fn slots(&self) -> u64 {
        self.slots.count
    }

    /// The quick slot with number `index`, for a row of `size` bytes; `None` where there is none, or rows are of another size.
    #[inline]
    pub(crate) fn slot(&mut self, index: u64, size: usize) -> Option<Slot<'_>> {
        // The size first: it never changes, so in a loop of pushes the processor always guesses right.
        if size != self.slots.size || index >= self.slots.quick {
            return None;
        }
        // The product fits: it is less than the bytes of all slots (3).
        let at = index as usize * size;
        // SAFETY: `index < quick <= count`, so the row lies within the mapping (3).
        let to = unsafe { self.slots.first.add(at) };
        // SAFETY: `quick` is not 0, so it is a whole aligned word of the mapping (3), which `self` keeps. Never accessed but
        // by atomics (2).
        let end = unsafe { AtomicU64::from_ptr(self.slots.end) };
        Some(Slot { to, end })
    }

    /// The number of the first slot that is not quick.
    #[inline]
    pub(crate) const fn quick(&self) -> u64 {
        self.slots.quick
    }

    /// The address of `count` slots from `index` on.
    pub(crate) fn slots_from(&mut self, index: u64, count: usize, size: usize) -> Option<*mut u8> {
        let end = index.checked_add(count as u64)?;
        if count == 0 || end > self.slots.count || size != self.slots.size {
            return None;
        }
        // SAFETY: `index < count` of the slots, so it lies within the mapping, and the product fits (3).
        Some(unsafe { self.slots.first.add(index as usize * size) })
    }

    /// Copies words to byte `at` by atomic stores: where somebody may look at them as words of a tail that was abandoned.
    /// `false` where they don't lie on whole words, or not within reach.
    pub(crate) fn store_words(&mut self, at: u64, words: &[u64]) -> bool {
        let places = (0..words.len() as u64).map(|i| self.map.word(at + 8 * i));
        let Some(places) = places.collect::<Option<Vec<Word>>>() else { return false };
        // Whoever sees one of these words there, by an acquiring load, sees the digits that abandoned the tail.
        fence(Ordering::Release);
        for (&place, &word) in places.iter().zip(words) {
            // In memory order as they are: not numbers.
            self.map.atomic(place).store(word, Ordering::Relaxed);
        }
        true
    }

    /// Wakes those who [wait](Map::wait) for that word to change.
    pub(crate) fn wake(&self, word: Word) {
        sys::wake(self.map.atomic(word));
    }

    /// Brings the pages of `len` bytes at `at` into memory, so that the first store there finds them.
    pub(crate) fn prefault(&mut self, at: u64, len: u64) -> io::Result<()> {
        let place = || self.map.place(usize::try_from(at).ok()?, usize::try_from(len).ok()?);
        let (Some(ptr), Ok(len)) = (place(), usize::try_from(len)) else { return Ok(()) };
        // SAFETY: within this writable mapping, checked by `place`; the file is as long as the mapping when it is made.
        unsafe { sys::prefault(ptr, len) }
    }

    /// Hands what was stored through the mapping to the file, on systems where the two are apart.
    pub(crate) fn flush(&self) -> io::Result<()> {
        if sys::COHERENT { Ok(()) } else { self.map.raw.flush() }
    }
}
