//! The medium that notes each step.

use std::cell::RefCell;
use std::sync::atomic::Ordering;

use super::image::Image;
use super::scenario::State;
use super::writer::Put;
use crate::error::ErrorKind;
use crate::protocol::{Medium, Words};

/// What a step did to the file.
#[derive(Clone, Debug)]
pub enum Change {
    /// An aligned word, in one piece.
    Store {
        /// Its byte.
        at: u64,
        /// Its new value.
        value: u64,
    },
    /// Bytes by a system call, which may extend the file.
    Write {
        /// The first byte.
        at: u64,
        /// All of them.
        bytes: Vec<u8>,
    },
    /// Bytes by plain stores through the mapping.
    Copy {
        /// The first byte.
        at: u64,
        /// All of them.
        bytes: Vec<u8>,
    },
    /// The length.
    SetLen(u64),
    /// Whole pages between two bytes are given back: zeros.
    Punch {
        /// The first byte that may go.
        from: u64,
        /// The one after the last.
        to: u64,
    },
    /// Blocks up to a byte; nothing to be seen.
    Reserve(u64),
    /// A mapping up to a byte; nothing to be seen.
    Cover(u64),
    /// Everything so far is on the disk.
    Sync,
}

impl Change {
    /// What it is called.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Store { .. } => "store",
            Self::Write { .. } => "write",
            Self::Copy { .. } => "copy",
            Self::SetLen(_) => "set_len",
            Self::Punch { .. } => "punch",
            Self::Reserve(_) => "reserve",
            Self::Cover(_) => "cover",
            Self::Sync => "sync",
        }
    }

    /// Does it to the bytes.
    pub fn apply(&self, image: &mut Image) {
        match self {
            Self::Store { at, value } => image.write(*at, &value.to_le_bytes()),
            Self::Write { at, bytes } | Self::Copy { at, bytes } => image.write(*at, bytes),
            Self::SetLen(len) => image.set_len(*len),
            Self::Punch { from, to } => image.punch(*from, *to),
            Self::Reserve(_) | Self::Cover(_) | Self::Sync => {}
        }
    }
}

/// What happened, in order.
#[derive(Clone, Debug)]
pub enum Entry {
    /// A step of the medium.
    Step(Change),
    /// A call began that is to lead from one state to another.
    Called {
        /// For messages.
        name: String,
        /// What was there before.
        before: State,
        /// What is there when it has returned.
        after: State,
    },
    /// It returned. `promised` is what a loss of power must not take: what a sync had seen.
    Returned {
        /// What is there now.
        state: State,
        /// What is on the disk by what was promised, whatever became of the rest.
        promised: State,
    },
}

/// A disk that was in use: the file as it was found, and all that happened to it.
#[derive(Debug)]
pub struct Disk {
    live: RefCell<Image>,
    start: Image,
    log: RefCell<Vec<Entry>>,
}

impl Disk {
    /// A disk that has this file, all of it.
    pub fn new(image: Image) -> Self {
        Self { live: RefCell::new(image.clone()), start: image, log: RefCell::default() }
    }

    /// The file as it was found, and what happened.
    pub fn into_history(self) -> (Image, Vec<Entry>) {
        (self.start, self.log.into_inner())
    }

    fn step(&self, change: Change) {
        change.apply(&mut self.live.borrow_mut());
        self.log.borrow_mut().push(Entry::Step(change));
    }
}

impl Words for Disk {
    type Word = u64;

    fn word(&self, at: u64) -> Option<u64> {
        (at.is_multiple_of(8) && at + 8 <= self.live.borrow().len()).then_some(at)
    }

    fn load(&self, word: u64, _: Ordering) -> u64 {
        self.live.borrow().word(word)
    }
}

impl Medium for Disk {
    fn store(&self, at: u64, value: u64, _: Ordering) {
        self.step(Change::Store { at, value });
    }

    fn write(&self, at: u64, bytes: &[u8]) -> Result<(), ErrorKind> {
        self.step(Change::Write { at, bytes: bytes.to_vec() });
        Ok(())
    }

    fn set_len(&self, len: u64) -> Result<(), ErrorKind> {
        self.step(Change::SetLen(len));
        Ok(())
    }

    fn reserve(&self, _: u64, end: u64) -> Result<(), ErrorKind> {
        self.step(Change::Reserve(end));
        Ok(())
    }

    fn punch(&self, from: u64, to: u64) {
        self.step(Change::Punch { from, to });
    }

    fn cover(&mut self, len: u64) -> Result<(), ErrorKind> {
        assert!(len <= self.live.borrow().len(), "a mapping of {len} bytes of a shorter file");
        self.step(Change::Cover(len));
        Ok(())
    }

    fn sync(&self) -> Result<(), ErrorKind> {
        self.step(Change::Sync);
        Ok(())
    }
}

impl Put for Disk {
    fn copy(&self, at: u64, bytes: &[u8]) {
        self.step(Change::Copy { at, bytes: bytes.to_vec() });
    }

    fn called(&self, name: &str, before: &State, after: &State) {
        let (before, after) = (before.clone(), after.clone());
        self.log.borrow_mut().push(Entry::Called { name: name.to_owned(), before, after });
    }

    fn returned(&self, state: &State, promised: &State) {
        let entry = Entry::Returned { state: state.clone(), promised: promised.clone() };
        self.log.borrow_mut().push(entry);
    }
}
