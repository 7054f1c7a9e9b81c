//! The steps of `file/writer.rs`, `file/grow.rs`, `file/shrink.rs` and `file/seal.rs`.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use loom::sync::atomic::{Ordering, fence};

use super::Weakening;
use super::memory::{Done, Memory, OFFSET};
use crate::error::ErrorKind;
use crate::geometry::Geometry;
use crate::protocol::{self, Abandoned, Counters, Fall, Medium, Step, Words};
use crate::tail::{Tail, TailLayout};

/// The one writer.
pub(super) struct Writer {
    medium: Shared,
    geometry: Geometry,
    layout: TailLayout,
    counters: Counters<u64>,
    abandoned: Abandoned,
    start: u64,
    end: u64,
}

impl Writer {
    pub(super) fn new(memory: Arc<Memory>, tail: Tail, geometry: Geometry) -> Self {
        let medium =
            Shared { memory, tail: Cell::new(geometry.rows_end()), digits: Cell::new(None), write: RefCell::new(None) };
        let counters = Counters::at(&medium, geometry.rows_end(), tail.layout()).expect("words");
        let writer = Self {
            medium,
            geometry,
            layout: tail.layout(),
            counters,
            abandoned: Abandoned::default(),
            start: tail.start(),
            end: tail.end(),
        };
        writer.note();
        writer
    }

    pub(super) const fn rows(&self) -> (u64, u64) {
        (self.start, self.end)
    }

    /// For the checks: what may be seen from now on.
    fn note(&self) {
        let memory = &self.medium.memory;
        memory.starts.lock().expect("no panic meanwhile").push(self.start);
        memory.ends.lock().expect("no panic meanwhile").push(self.end);
    }

    /// As `Writer::room`, the copy, and `Writer::publish`.
    pub(super) fn extend(&mut self, rows: u64) {
        let meets = self.put(rows);
        self.end += rows;
        self.note();
        self.counters.publish(&self.medium, self.end);
        if meets || rows > 1 {
            self.counters.stamp(&self.medium, 0);
        }
        self.abandoned.pass(self.end);
    }

    /// Without `Writer::publish`, as a writer that is killed leaves it. Whether one of them lies where a tail was.
    pub(super) fn put(&self, rows: u64) -> bool {
        let memory = &self.medium.memory;
        let places = (self.end..self.end + rows).map(|row| (self.geometry.row_at(row), memory.value(row)));
        let fence_release = || {
            if !memory.is_weakened(Weakening::OverwriteWithoutFence) {
                fence(Ordering::Release);
            }
        };
        let meets = self.abandoned.meets(self.end..self.end + rows);
        if !meets || memory.is_weakened(Weakening::OverwriteByCopy) {
            places.for_each(|(at, value)| memory.copy(at, value));
        } else if rows == 1 {
            // `MapMut::store_words`
            fence_release();
            places.for_each(|(at, value)| memory.store(at, value, Ordering::Relaxed));
        } else {
            fence_release();
            let values: Vec<u64> = places.map(|(_, value)| value).collect();
            memory.pwrite(self.geometry.row_at(self.end), &values);
        }
        meets
    }

    /// As `Writer::discard`.
    pub(super) fn discard(&mut self, rows: u64) {
        self.start += rows.min(self.end - self.start);
        self.note();
        self.counters.discard(&self.medium, self.start);
    }

    /// As `Writer::step_to`.
    pub(super) fn grow(&mut self, capacity: u64) {
        let from = self.geometry;
        let to = from.with_capacity(capacity).expect("a capacity that fits");
        let digits = self.medium.memory.digits;
        let step = Step { from, to, tail: self.tail(), digits, reserve: false, durable: false };
        let left = self.counters;
        // A tail that is on no whole words stays what it is.
        let abandons = !self.medium.memory.is_fixed(from.capacity());
        let too_early = self.medium.memory.is_weakened(Weakening::AbandonBeforeDigits);
        if abandons && too_early {
            left.abandon(&self.medium, self.start, self.end);
            left.rouse(&self.medium, self.end);
        }
        let counters = protocol::grow(&mut self.medium, &step).expect("nothing fails");
        self.counters = counters.expect("words");
        self.medium.tail.set(to.rows_end());
        self.abandoned.add_tail(from, self.layout.len());
        self.geometry = to;
        if abandons && !too_early {
            left.abandon(&self.medium, self.start, self.end);
            left.rouse(&self.medium, self.end);
        }
    }

    /// As `Writer::truncate` and then `Writer::set_capacity`, without readers. With readers nothing happens: `false`.
    pub(super) fn shrink(&mut self, capacity: u64, end: u64) -> bool {
        let weakened = |weakening| self.medium.memory.is_weakened(weakening);
        let ignores = weakened(Weakening::ShrinkUnderReader) || weakened(Weakening::SameDigitsAgain);
        let alone = self.medium.memory.exclude();
        if !alone && !ignores {
            return false;
        }
        self.abandoned.clear();
        (self.start, self.end) = (self.start.min(end), end);
        self.note();
        self.counters.discard(&self.medium, self.start);
        self.counters.publish(&self.medium, self.end);
        let to = self.geometry.with_capacity(capacity).expect("a capacity that fits");
        let digits = self.medium.memory.digits;
        protocol::resize(&self.medium, to, self.tail(), digits).expect("nothing fails");
        protocol::settle(&self.medium, to, self.layout).expect("nothing fails");
        self.geometry = to;
        self.medium.tail.set(to.rows_end());
        self.counters = Counters::at(&self.medium, to.rows_end(), self.layout).expect("words");
        if alone {
            self.medium.memory.admit();
        }
        alone
    }

    /// As `Writer::seal`, where one step leads there.
    pub(super) fn seal(&mut self, capacity: u64) {
        assert_eq!(capacity, self.end);
        let from = self.geometry;
        let to = from.with_capacity(self.end).expect("a capacity that fits");
        let (digits, len) = (self.medium.memory.digits, from.file_len(self.layout));
        let fall = Fall { to, tail: self.tail(), digits, len, durable: false };
        let counters = protocol::fall(&mut self.medium, &fall).expect("nothing fails");
        self.counters = counters.expect("words");
        self.medium.tail.set(to.rows_end());
        self.geometry = to;
        self.medium.punch(to.file_len(self.layout), from.rows_end());
    }

    /// As a drop, and `Writer::take` by the next.
    pub(super) fn reopen(&mut self) {
        self.abandoned = Abandoned::default();
        let memory = &self.medium.memory;
        if memory.is_attended() && !memory.is_weakened(Weakening::ReopenForgets) {
            self.abandoned.add(self.end..self.geometry.capacity());
        }
    }

    fn tail(&self) -> Tail {
        Tail::new(self.layout, self.start, self.end, 1, OFFSET)
    }
}

/// As `MappedFile`.
struct Shared {
    memory: Arc<Memory>,
    /// Where the present tail is, to tell its words from others.
    tail: Cell<u64>,
    /// A store of digits that a weakening holds back.
    digits: Cell<Option<(u64, u64)>>,
    /// A tail that a weakening holds back.
    write: RefCell<Option<(u64, Vec<u64>)>>,
}

impl Shared {
    /// Whether a store to that word of the digits counts a fall: nothing but blanks is another.
    fn counts(&self, word: u64, value: u64) -> bool {
        let now = self.memory.load(word, Ordering::Relaxed).to_le_bytes();
        let is_blank = |byte: u8| byte == b' ' || byte == b'\t';
        let changed = now.into_iter().zip(value.to_le_bytes()).filter(|(old, new)| old != new);
        changed.into_iter().all(|(old, new)| is_blank(old) && is_blank(new))
    }
}

impl Words for Shared {
    type Word = u64;

    fn word(&self, at: u64) -> Option<u64> {
        at.is_multiple_of(8).then_some(at)
    }

    fn load(&self, word: u64, ordering: Ordering) -> u64 {
        self.memory.load(word, ordering)
    }
}

impl Medium for Shared {
    fn store(&self, word: u64, value: u64, ordering: Ordering) {
        let weakened = |weakening| self.memory.is_weakened(weakening);
        let is_digit = word < OFFSET;
        let counts = is_digit && self.counts(word, value);
        if counts && weakened(Weakening::FallUncounted) {
            return;
        }
        if is_digit && weakened(Weakening::OverwriteBeforeDigits) {
            self.digits.set(Some((word, value)));
            return;
        }
        let relaxed = match word {
            _ if is_digit && weakened(Weakening::ResizeRelaxed) && self.memory.is_exclusive() => true,
            _ if is_digit => weakened(Weakening::DigitStoreRelaxed),
            at if at == self.tail.get() => weakened(Weakening::StartStoreRelaxed),
            at if at == self.tail.get() + 8 => {
                if let Some((at, digits)) = self.digits.take() {
                    self.memory.store(at, digits, Ordering::Release);
                }
                weakened(Weakening::EndStoreRelaxed)
            }
            _ => weakened(Weakening::AbandonStoreRelaxed),
        };
        self.memory.store(word, value, if relaxed { Ordering::Relaxed } else { ordering });
        if let Some((at, words)) = self.write.borrow_mut().take_if(|_| is_digit && !counts) {
            self.memory.pwrite(at, &words);
        }
    }

    fn write(&self, at: u64, bytes: &[u8]) -> Done {
        let words: Vec<u64> = bytes.chunks_exact(8).map(|b| u64::from_le_bytes(b.try_into().expect("eight"))).collect();
        if self.memory.is_weakened(Weakening::DigitsBeforeTail) {
            *self.write.borrow_mut() = Some((at, words));
            return Ok(());
        }
        if !self.memory.is_weakened(Weakening::TailWithoutFence) {
            fence(Ordering::Release);
        }
        self.memory.pwrite(at, &words);
        Ok(())
    }

    fn set_len(&self, len: u64) -> Done {
        if !self.memory.is_weakened(Weakening::SameDigitsAgain) {
            self.memory.set_len(len);
        }
        Ok(())
    }

    fn reserve(&self, _: u64, _: u64) -> Done {
        Err(ErrorKind::Unmapped)
    }

    fn punch(&self, from: u64, to: u64) {
        if !self.memory.is_weakened(Weakening::PunchWithoutFence) {
            fence(Ordering::Release);
        }
        self.memory.punch(from, to);
    }

    fn cover(&mut self, _: u64) -> Done {
        Ok(())
    }

    fn sync(&self) -> Done {
        Ok(())
    }
}
