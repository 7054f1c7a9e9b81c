//! The library's writer in small: the same steps in the same order, on any medium.
//!
//! What is below it is the library's own; what `file/{writer,grow,shrink,finish,seal}.rs` do with real files is repeated here.
//! `tests/steps.rs` holds its files against those of the library's writer.

use std::sync::atomic::{Ordering, fence};

use super::broken::Weakness;
use super::scenario::{Call, Durable, Setup, State};
use crate::geometry::Geometry;
use crate::header::DigitField;
use crate::protocol::{self, Abandoned, Counters, Fall, Medium, Step};
use crate::tail::Tail;

/// A medium that takes rows too, and hears of calls.
pub(super) trait Put: Medium {
    /// Plain stores through the mapping.
    fn copy(&self, at: u64, bytes: &[u8]);

    /// A call begins.
    fn called(&self, name: &str, before: &State, after: &State);

    /// A call has returned.
    fn returned(&self, state: &State, promised: &State);
}

#[derive(Debug)]
pub(super) struct Writer<M: Put> {
    medium: M,
    setup: Setup,
    geometry: Geometry,
    digits: DigitField,
    counters: Option<Counters<M::Word>>,
    /// Where the file ends in another tail than that of its digits.
    at_end: Option<u64>,
    abandoned: Abandoned,
    state: State,
    /// What a loss of power must leave.
    promised: State,
    written: u64,
    /// Counts on, in place of a clock: two runs make the same file.
    now: std::cell::Cell<u64>,
    weakness: Weakness,
}

/// No number of rows is as large, which tells a time from one.
const FIRST_MOMENT: u64 = 1_700_000_000_000_000_000;

impl<M: Put> Writer<M> {
    pub(super) fn new(medium: M, setup: Setup, geometry: Geometry, digits: DigitField, weakness: Weakness) -> Self {
        let counters = Counters::at(&medium, geometry.rows_end(), setup.layout());
        let state = State { start: 0, serials: (0..setup.rows).collect() };
        let promised = state.clone();
        let (abandoned, written, now) = (Abandoned::default(), setup.rows, std::cell::Cell::new(FIRST_MOMENT));
        Self {
            medium,
            setup,
            geometry,
            digits,
            counters,
            at_end: None,
            abandoned,
            state,
            promised,
            written,
            now,
            weakness,
        }
    }

    pub(super) fn into_medium(self) -> M {
        self.medium
    }

    pub(super) const fn capacity(&self) -> u64 {
        self.geometry.capacity()
    }

    pub(super) fn run(&mut self, calls: &[Call]) {
        for &call in calls {
            let after = self.state.after(call, self.written);
            self.medium.called(&format!("{call:?}"), &self.state, &after);
            self.call(call);
            assert_eq!(self.state, after, "{call:?}");
            self.medium.returned(&self.state, &self.promised);
        }
    }

    fn call(&mut self, call: Call) {
        match call {
            Call::Push => self.add(1),
            Call::Batch(rows) => self.add(rows),
            Call::Grow(rows) => self.grow_to(rows),
            Call::Discard(rows) => self.discard(rows),
            Call::Shrink(rows) => self.shrink_to(rows.max(self.state.end())),
            Call::Truncate(rows) => self.take_back(self.state.start.min(rows), rows),
            Call::Clear => self.take_back(0, 0),
            Call::Finish => {
                self.stamp();
                self.sync();
                self.exclusively();
                self.go_to(self.state.end());
                self.sync();
            }
            Call::Seal => self.seal(),
            Call::Sync => {
                self.stamp();
                self.sync();
            }
        }
    }

    /// With a way under readers.
    fn seal(&mut self) {
        self.stamp();
        let layout = self.setup.layout();
        let at_end = self.at_end.unwrap_or_else(|| self.geometry.rows_end());
        let mut len = at_end + layout.len();
        let now = self.digit_words();
        let steps = protocol::down(self.geometry, self.state.end(), len, layout.len(), self.digits, &now);
        let steps = steps.expect("a way under readers");
        let in_turn = self.is_durable() || steps.len() > 1;
        for &to in &steps {
            let durable = in_turn || to.parts_tail(layout.len());
            let durable = durable && self.weakness != Weakness::NoSync;
            let fall = Fall { to, tail: self.tail(), digits: self.digits, len, durable };
            self.counters = protocol::fall(&mut self.medium, &fall).expect("the disk takes it");
            self.geometry = to;
            len = len.max(to.file_len(layout));
            self.at_end = Some(len - layout.len());
            if in_turn {
                self.sync();
            }
        }
        if !steps.is_empty() {
            self.medium.punch(self.geometry.file_len(layout), len - layout.len());
        }
        if self.is_durable() {
            self.sync();
        }
    }

    /// What the library's does without readers, before anything else.
    fn exclusively(&mut self) {
        self.abandoned.clear();
        if protocol::falls(&self.medium, self.digits) > 0 {
            protocol::settle(&self.medium, self.geometry, self.setup.layout()).expect("the disk takes it");
            self.at_end = None;
            protocol::forget_falls(&self.medium, self.digits).expect("the header is mapped");
            self.medium.sync().expect("the disk takes it");
        }
    }

    fn is_durable(&self) -> bool {
        self.setup.durable == Durable::EveryPublish
    }

    fn sync(&mut self) {
        self.medium.sync().expect("the disk takes it");
        self.promised = self.state.clone();
    }

    fn next_ns(&self) -> u64 {
        self.now.set(self.now.get() + 1);
        self.now.get()
    }

    fn stamp(&self) {
        if let Some(counters) = &self.counters {
            counters.stamp(&self.medium, self.next_ns());
        }
    }

    fn tail(&self) -> Tail {
        let (start, end) = (self.state.start, self.state.end());
        Tail::new(self.setup.layout(), start, end, self.next_ns(), self.geometry.offset())
    }

    /// `room`, the rows, `publish`.
    fn add(&mut self, rows: u64) {
        let (from, to) = (self.state.end(), self.state.end() + rows);
        if self.counters.is_none() && to <= self.capacity() {
            self.grow_to(self.capacity() + 1);
        }
        if to > self.capacity() {
            self.grow_to(to.max(2 * self.capacity()).max(4096 / self.geometry.row()));
        }
        let counters = self.counters.expect("a tail on whole words");
        if self.weakness == Weakness::EndFirst {
            counters.publish(&self.medium, to);
        }
        self.put(from, rows);
        if self.is_durable() {
            // Rows before the end that shows them. What was promised is still less.
            self.medium.sync().expect("the disk takes it");
        }
        self.state.serials.extend(self.written..self.written + rows);
        self.written += rows;
        counters.publish(&self.medium, to);
        self.stamp();
        if self.is_durable() {
            self.sync();
        }
        self.abandoned.pass(to);
    }

    fn put(&self, from: u64, rows: u64) {
        let row = self.geometry.row();
        let bytes: Vec<u8> =
            (self.written..self.written + rows).flat_map(|serial| self.setup.fill.row(serial, row)).collect();
        let at = self.geometry.row_at(from);
        if !self.abandoned.meets(from..from + rows) {
            self.medium.copy(at, &bytes);
        } else if rows == 1 && row.is_multiple_of(8) && at.is_multiple_of(8) {
            fence(Ordering::Release);
            for (i, word) in bytes.chunks_exact(8).enumerate() {
                let value = u64::from_le_bytes(word.try_into().expect("eight bytes"));
                let word = self.medium.word(at + 8 * i as u64).expect("within the file");
                self.medium.store(word, value, Ordering::Relaxed);
            }
        } else {
            fence(Ordering::Release);
            self.medium.write(at, &bytes).expect("the disk takes it");
        }
    }

    fn discard(&mut self, rows: u64) {
        let counters = self.counters.expect("a tail on whole words");
        self.state.start = (self.state.start + rows).min(self.state.end());
        counters.discard(&self.medium, self.state.start);
        self.stamp();
        if let Some(at) = self.at_end {
            self.medium.write(at, &self.tail().to_bytes()).expect("the disk takes it");
        }
        if self.is_durable() {
            self.sync();
        }
    }

    fn grow_to(&mut self, least: u64) {
        if protocol::falls(&self.medium, self.digits) > 0 {
            self.exclusively();
        }
        let Some(steps) = self.steps_up(least) else {
            return self.go_to_at_least(least);
        };
        if let (true, [_, .., last]) = (self.setup.reserve, steps.as_slice()) {
            self.medium
                .reserve(self.geometry.file_len(self.setup.layout()), last.file_len(self.setup.layout()))
                .expect("the disk takes it");
        }
        for to in steps {
            self.step_to(to);
        }
    }

    fn digit_words(&self) -> Vec<u64> {
        let (first, count) = self.digits.words();
        let word = |i: usize| self.medium.word((first + 8 * i) as u64).expect("the header is mapped");
        (0..count).map(|i| self.medium.load(word(i), Ordering::Relaxed)).collect()
    }

    fn steps_up(&self, least: u64) -> Option<Vec<Geometry>> {
        protocol::up(self.geometry, least, self.setup.layout().len(), self.digits, &self.digit_words())
    }

    fn step_to(&mut self, to: Geometry) {
        let (from, reserve) = (self.geometry, self.setup.reserve);
        let parted = |place: Geometry| place.parts_tail(self.setup.layout().len());
        let parted = (parted(from), parted(to));
        let durable = (self.is_durable() || parted.1) && self.weakness != Weakness::NoSync;
        let step = Step { from, to, tail: self.tail(), digits: self.digits, reserve, durable };
        let counters = protocol::grow(&mut self.medium, &step).expect("the disk takes it");
        let left = std::mem::replace(&mut self.counters, counters);
        self.abandoned.add_tail(from, self.setup.layout().len());
        self.geometry = to;
        if self.is_durable() || left.is_none() || parted.0 {
            self.sync();
        }
        if let Some(left) = left.filter(|_| self.weakness != Weakness::TailStays) {
            left.abandon(&self.medium, self.state.start, self.state.end());
            if self.setup.wake {
                left.rouse(&self.medium, self.state.end());
            }
        }
    }

    fn go_to_at_least(&mut self, least: u64) {
        let mut wanted = self.geometry.with_capacity(least).expect("no large file");
        for _ in 0..64 {
            wanted = wanted.round_up_for_tail().expect("no large file");
            if self.try_to_go_to(wanted.capacity()) {
                if self.setup.reserve {
                    self.medium.reserve(0, self.geometry.file_len(self.setup.layout())).expect("the disk takes it");
                }
                return;
            }
            wanted = wanted.with_capacity(wanted.capacity() + 1).expect("no large file");
        }
        panic!("no way to {least} rows but a copy");
    }

    fn shrink_to(&mut self, rows: u64) {
        let wanted = self.geometry.with_capacity(rows).and_then(Geometry::round_up_for_tail).expect("no large file");
        if wanted.capacity() < self.capacity() {
            self.exclusively();
            self.go_to(wanted.capacity());
        }
    }

    fn go_to(&mut self, capacity: u64) {
        assert!(self.try_to_go_to(capacity), "no way to {capacity} rows but a copy");
    }

    fn try_to_go_to(&mut self, capacity: u64) -> bool {
        let layout = self.setup.layout();
        let plan = protocol::plan(self.geometry, capacity, layout.len(), self.digits, &self.digit_words());
        let Some(steps) = plan else { return false };
        self.exclusively();
        let tail = self.tail();
        for step in steps {
            protocol::resize(&self.medium, step, tail, self.digits).expect("the disk takes it");
            self.geometry = step;
            protocol::settle(&self.medium, step, layout).expect("the disk takes it");
        }
        protocol::settle(&self.medium, self.geometry, layout).expect("the disk takes it");
        self.medium.cover(self.geometry.file_len(layout)).expect("the disk takes it");
        self.counters = Counters::at(&self.medium, self.geometry.rows_end(), layout);
        true
    }

    fn take_back(&mut self, start: u64, end: u64) {
        if end >= self.state.end() {
            return;
        }
        let counters = self.counters.expect("a tail on whole words");
        self.exclusively();
        // From here on the rows may be gone, though no call says so yet.
        self.promised.start = self.promised.start.min(start);
        self.promised.serials.truncate(end as usize);
        if start != self.state.start {
            counters.discard(&self.medium, start);
            if self.is_durable() {
                self.medium.sync().expect("the disk takes it");
            }
        }
        counters.publish(&self.medium, end);
        self.state.start = start;
        self.state.serials.truncate(end as usize);
        self.stamp();
        if self.is_durable() {
            self.sync();
        }
    }
}
