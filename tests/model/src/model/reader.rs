//! The steps of `file/open.rs` and `file/reader.rs`, and what has to be true of everything they see.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use loom::sync::atomic::{Ordering, fence};
use loom::thread;

use super::Weakening;
use super::memory::{Memory, OFFSET, ROW, Read};
use crate::geometry::Geometry;
use crate::protocol::{Observed, Place, View, Words};
use crate::tail::{LONGEST, Tail, TailLayout};

/// A reader: it holds the presence lock until it is told to leave.
pub(super) struct Reader {
    memory: Arc<Memory>,
    place: Place,
    view: View,
    /// The bytes mapped.
    reach: u64,
    /// What it saw, or was told.
    least: (u64, u64),
}

/// How often a reader looks again at what doesn't fit together. More often than anything changes.
const TRIES: u32 = 6;

impl Reader {
    /// One that was there before, and has seen `least`.
    pub(super) fn attached(memory: Arc<Memory>, place: Place, view: View, least: (u64, u64)) -> Self {
        let reach = place.layout.map_or(0, |layout| view.geometry.file_len(layout));
        Self { memory, place, view, reach, least }
    }

    /// As `open::open`. `None` where it gives up, as it may: by what it reads first nothing is ordered.
    pub(super) fn open(memory: &Arc<Memory>, layout: TailLayout, least: (u64, u64)) -> Option<Self> {
        for _ in 0..TRIES {
            if memory.come() {
                if let Some(reader) = Self::open_once(memory, layout, least) {
                    return Some(reader);
                }
                memory.leave();
            }
            thread::yield_now();
        }
        None
    }

    /// As `open::look`.
    fn open_once(memory: &Arc<Memory>, layout: TailLayout, least: (u64, u64)) -> Option<Self> {
        let place = Place { digits: memory.digits, layout: Some(layout) };
        // The header through the file, then the length, then the tail.
        let (_, capacity) = place.look(&Read(memory))?;
        let geometry = Geometry::new(OFFSET, ROW, capacity).ok()?;
        let tail = read_after(memory, geometry)?;
        let reach = geometry.file_len(tail.layout());
        let mapping = Mapping { memory, reach };
        let (digits, again) = place.look(&mapping)?;
        if again != capacity && !memory.is_weakened(Weakening::OpenWithoutComparing) {
            return None;
        }
        let fixed = memory.is_fixed(capacity).then_some((tail.start(), tail.end()));
        let view = View { geometry, digits, fixed };
        Some(Self { memory: Arc::clone(memory), place, view, reach, least })
    }

    pub(super) fn leave(self) {
        self.memory.leave();
    }

    /// From now on it must not see less.
    pub(super) fn told(&mut self, end: u64) {
        self.least.1 = self.least.1.max(end);
    }

    /// As `Reader::look`, and checks it. `None` where it doesn't go after the tail.
    pub(super) fn look(&mut self) -> Option<(u64, u64)> {
        loop {
            let look = Look { mapping: self.mapping(), view: &self.view, earlier: RefCell::default() };
            match self.view.observe(&look, &self.place) {
                Observed::Rows { start, end } => {
                    self.check(start, end);
                    return Some((start, end));
                }
                // It sees that something changed. What is wanted is one that doesn't.
                Observed::Moved if self.memory.is_weakened(Weakening::SameDigitsAgain) => return None,
                Observed::Moved => self.catch_up(),
            }
        }
    }

    fn check(&mut self, start: u64, end: u64) {
        let memory = &self.memory;
        let was = |list: &std::sync::Mutex<Vec<u64>>, one: u64| list.lock().is_ok_and(|list| list.contains(&one));
        assert!(was(&memory.starts, start), "saw {start}..{end}: no such start was ever published");
        assert!(was(&memory.ends, end), "saw {start}..{end}: no such end was ever published");
        assert!(start <= end, "saw {start}..{end}: a start above the end");
        let least = self.least;
        assert!(start >= least.0 && end >= least.1, "saw {start}..{end} after {}..{}: backwards", least.0, least.1);
        self.least = (start, end);
        for row in start..end {
            let (found, expected) = (memory.read(self.view.geometry.row_at(row)), memory.value(row));
            assert_eq!(found, expected, "saw {start}..{end}: row {row} is wrong");
        }
    }

    /// As `Reader::catch_up`.
    fn catch_up(&mut self) {
        let mut tries = 0;
        self.view = loop {
            if let Some(view) = self.find() {
                break view;
            }
            tries += 1;
            assert!(tries < TRIES, "there is no end to looking where the tail went");
            thread::yield_now();
        };
    }

    /// As `Reader::find`, which tries again after any error; but what can't be by the protocol is an end to it here.
    fn find(&mut self) -> Option<View> {
        let had = self.view.geometry.capacity();
        let (digits, capacity) = self.place.look(&self.mapping()).expect("the digits are a number");
        let fell = self.memory.digits.falls(&digits) > 0 || self.memory.is_weakened(Weakening::FallUncounted);
        assert!(capacity >= had || fell, "the capacity fell from {had} to {capacity} under a reader (I4)");
        let geometry = self.view.geometry.with_capacity(capacity).expect("a capacity that fits");
        let Some(tail) = read_after(&self.memory, geometry) else {
            // What was read instead was written after those digits were replaced.
            fence(Ordering::Acquire);
            let still = self.place.look(&self.mapping()).is_some_and(|(again, _)| again == digits);
            assert!(!still, "the digits say {capacity}, but there is no tail there (I1, I3)");
            return None;
        };
        assert_eq!(Some(tail.layout()), self.place.layout, "another layout");
        self.reach = self.reach.max(geometry.file_len(tail.layout()));
        if !self.memory.is_weakened(Weakening::NoSecondLook) {
            let still = self.place.look(&self.mapping()).is_some_and(|(again, _)| again == digits);
            if !still {
                return None;
            }
        }
        let fixed = self.memory.is_fixed(capacity).then_some((tail.start(), tail.end()));
        Some(View { geometry, digits, fixed })
    }

    fn mapping(&self) -> Mapping<'_> {
        Mapping { memory: &self.memory, reach: self.reach }
    }
}

/// As `look::read_after`.
fn read_after(memory: &Memory, geometry: Geometry) -> Option<Tail> {
    let len = memory.len();
    let bytes = memory.pread(geometry.rows_end(), LONGEST as u64 / 8, len);
    let tail = Tail::read(&bytes, geometry.offset()).ok()?;
    (tail.check(geometry.capacity()).is_ok() && len >= geometry.file_len(tail.layout())).then_some(tail)
}

/// The mapping of a reader.
struct Mapping<'a> {
    memory: &'a Memory,
    reach: u64,
}

impl Words for Mapping<'_> {
    type Word = u64;

    fn word(&self, at: u64) -> Option<u64> {
        (at.is_multiple_of(8) && at + 8 <= self.reach).then_some(at)
    }

    fn load(&self, word: u64, ordering: Ordering) -> u64 {
        let weak = word < OFFSET && self.memory.is_weakened(Weakening::DigitLoadRelaxed);
        self.memory.load(word, if weak { Ordering::Relaxed } else { ordering })
    }
}

/// The mapping during one look, which some weakenings take in another order.
struct Look<'a> {
    mapping: Mapping<'a>,
    view: &'a View,
    /// Loaded before its turn.
    earlier: RefCell<BTreeMap<u64, u64>>,
}

impl Words for Look<'_> {
    type Word = u64;

    fn word(&self, at: u64) -> Option<u64> {
        self.mapping.word(at)
    }

    fn load(&self, word: u64, ordering: Ordering) -> u64 {
        let weakened = |weakening| self.mapping.memory.is_weakened(weakening);
        let (start, end) = (self.view.geometry.rows_end(), self.view.geometry.rows_end() + 8);
        let (first, count) = self.mapping.memory.digits.words();
        let digits = (0..count).map(|i| (first + 8 * i) as u64);
        let early = |words: &mut dyn Iterator<Item = u64>, ordering| {
            for word in words {
                let value = self.mapping.load(word, ordering);
                self.earlier.borrow_mut().insert(word, value);
            }
        };
        let is_first = word == (first + 8 * (count - 1)) as u64 && !self.earlier.borrow().contains_key(&word);
        if is_first && weakened(Weakening::CompareForwards) {
            early(&mut digits.clone().take(count - 1), Ordering::Acquire);
        }
        if let Some(value) = self.earlier.borrow_mut().remove(&word) {
            return value;
        }
        if word < OFFSET && weakened(Weakening::NoCheck) {
            return self.view.digits[(word as usize - first) / 8];
        }
        if word == start && weakened(Weakening::CheckBeforeEnd) {
            early(&mut digits.into_iter(), Ordering::Acquire);
        }
        if word == start && weakened(Weakening::StartAfterEnd) {
            early(&mut [end].into_iter(), Ordering::Acquire);
        }
        let weak = word == start && weakened(Weakening::StartLoadRelaxed)
            || word == end && weakened(Weakening::EndLoadRelaxed)
            || word < OFFSET && weakened(Weakening::CompareRelaxed);
        self.mapping.load(word, if weak { Ordering::Relaxed } else { ordering })
    }
}
