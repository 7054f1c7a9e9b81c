//! One thing done wrong, between the protocol and the medium or in the writer.

use std::cell::RefCell;
use std::sync::atomic::Ordering;

use super::image::PAGE;
use super::scenario::State;
use super::writer::Put;
use crate::error::ErrorKind;
use crate::protocol::{Medium, Words};
use crate::tail::{END_WORD, START_WORD};

/// What is done wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weakness {
    /// Nothing.
    #[default]
    None,
    /// Digits are stored before the tail they lead to is written.
    DigitsFirst,
    /// The new tail is not written; the file only gets longer.
    NoTail,
    /// The file is cut before the digits say so.
    CutFirst,
    /// `end` is stored before the rows are there.
    EndFirst,
    /// Of durable growth: nothing waits for the disk before the digits.
    NoSync,
    /// An abandoned tail stays one until a row falls on all of it.
    TailStays,
    /// What a seal gives back is rounded up to pages.
    PunchMore,
}

/// A medium with a weakness.
#[derive(Debug)]
pub(super) struct Broken<M> {
    inner: M,
    weakness: Weakness,
    /// Where tails went that are not yet written.
    late: RefCell<Vec<(u64, Vec<u8>)>>,
}

impl<M: Put> Broken<M> {
    pub(super) fn new(inner: M, weakness: Weakness) -> Self {
        Self { inner, weakness, late: RefCell::default() }
    }

    pub(super) fn into_inner(self) -> M {
        self.inner
    }

    /// So long that the mapping can be made.
    fn extend(&self, len: u64) -> Result<(), ErrorKind> {
        if self.inner.word((len - 8) & !7).is_some() { Ok(()) } else { self.inner.set_len(len) }
    }
}

/// Whether bytes written by a system call are a tail: of its length, with its number at the end.
fn is_tail(bytes: &[u8]) -> bool {
    const { assert!(START_WORD == 0 && END_WORD == 1) };
    bytes.ends_with(&20_250_510_080_000_u64.to_le_bytes())
}

/// Whether no byte is another one but spaces that are tabs now.
fn only_blanks(before: u64, value: u64) -> bool {
    let pairs = before.to_le_bytes().into_iter().zip(value.to_le_bytes());
    pairs.into_iter().all(|(old, new)| old == new || (old, new) == (b' ', b'\t'))
}

impl<M: Put> Words for Broken<M> {
    type Word = M::Word;

    fn word(&self, at: u64) -> Option<M::Word> {
        self.inner.word(at)
    }

    fn load(&self, word: M::Word, ordering: Ordering) -> u64 {
        self.inner.load(word, ordering)
    }
}

impl<M: Put> Medium for Broken<M> {
    fn store(&self, word: M::Word, value: u64, ordering: Ordering) {
        let before = self.inner.load(word, Ordering::Relaxed);
        self.inner.store(word, value, ordering);
        if only_blanks(before, value) {
            // Digits to come lead to them.
            return;
        }
        for (at, bytes) in self.late.take() {
            self.inner.write(at, &bytes).expect("room on the disk");
        }
    }

    fn write(&self, at: u64, bytes: &[u8]) -> Result<(), ErrorKind> {
        match self.weakness {
            Weakness::DigitsFirst if is_tail(bytes) => {
                self.late.borrow_mut().push((at, bytes.to_vec()));
                self.extend(at + bytes.len() as u64)
            }
            Weakness::NoTail if is_tail(bytes) => self.extend(at + bytes.len() as u64),
            Weakness::CutFirst if is_tail(bytes) => {
                self.inner.set_len(at)?;
                self.inner.write(at, bytes)
            }
            _ => self.inner.write(at, bytes),
        }
    }

    fn set_len(&self, len: u64) -> Result<(), ErrorKind> {
        self.inner.set_len(len)
    }

    fn reserve(&self, from: u64, end: u64) -> Result<(), ErrorKind> {
        self.inner.reserve(from, end)
    }

    fn punch(&self, from: u64, to: u64) {
        match self.weakness {
            // Pages that hold a part of what stays.
            Weakness::PunchMore => self.inner.punch(from - from % PAGE, to.next_multiple_of(PAGE)),
            _ => self.inner.punch(from, to),
        }
    }

    fn cover(&mut self, len: u64) -> Result<(), ErrorKind> {
        self.inner.cover(len)
    }

    fn sync(&self) -> Result<(), ErrorKind> {
        self.inner.sync()
    }
}

impl<M: Put> Put for Broken<M> {
    fn copy(&self, at: u64, bytes: &[u8]) {
        self.inner.copy(at, bytes);
    }

    fn called(&self, name: &str, before: &State, after: &State) {
        self.inner.called(name, before, after);
    }

    fn returned(&self, state: &State, promised: &State) {
        self.inner.returned(state, promised);
    }
}
