//! Files of a directory, one after the other: a writer that fills them, a reader that goes from one to the next.

use std::cell::Cell;
use std::convert::Infallible;
use std::sync::Arc;

use loom::sync::atomic::{AtomicU64, Ordering};
use loom::thread;

use super::Outcome;
use super::memory::{Done, Memory, OFFSET, ROW};
use super::run::{STACK, explore};
use crate::error::ErrorKind;
use crate::geometry::Geometry;
use crate::header::DigitField;
use crate::protocol::{Counters, Medium, Observed, Place, Turn, View, Words, turn};
use crate::tail::{Tail, TailLayout};

/// One thing taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakening {
    /// The end isn't looked at again once the next file is known.
    NoSecondLook,
    /// The next file gets its name before the last rows of this one are published.
    NameBeforeLastRows,
    /// The next file gets its name before its end is stored.
    NameBeforeEnd,
    /// The next file gets its name before its rows are there.
    NameBeforeRows,
    /// The name is made known by a relaxed store.
    NameStoreRelaxed,
    /// The name is found by a relaxed load.
    NameLoadRelaxed,
}

/// A step of the writer.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// So many rows, published at once.
    Extend(u64),
    /// Another file, with so many rows.
    Roll(u64),
}

/// What the threads do.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// What it is about.
    pub name: &'static str,
    /// The first file has one row at first.
    pub writer: &'static [Act],
    /// So many times the reader looks what to do, and does it.
    pub turns: usize,
    /// How often a thread may be interrupted where it could go on, in a test that everybody runs; [`None`] is as often as it
    /// can be.
    pub preemptions: Option<usize>,
    /// The same, in a test that takes its time.
    pub preemptions_long: Option<usize>,
}

use Act::{Extend, Roll};

/// All of them.
pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "the next file",
        writer: &[Extend(1), Roll(2), Extend(1)],
        turns: 4,
        preemptions: None,
        preemptions_long: None,
    },
    Scenario {
        name: "two files on",
        writer: &[Extend(1), Roll(1), Extend(1), Roll(1)],
        turns: 5,
        preemptions: None,
        preemptions_long: None,
    },
];

/// Each weakening, a scenario that shows what it breaks, and a part of what is said then.
pub const CAUGHT: &[(Weakening, &str, &str)] = &[
    (Weakening::NoSecondLook, "the next file", "left behind"),
    (Weakening::NameBeforeLastRows, "the next file", "left behind"),
    (Weakening::NameBeforeEnd, "the next file", "no rows"),
    (Weakening::NameBeforeRows, "the next file", "Causality violation"),
    (Weakening::NameStoreRelaxed, "the next file", "left behind"),
    (Weakening::NameLoadRelaxed, "the next file", "left behind"),
];

impl Scenario {
    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        SCENARIOS.iter().find(|scenario| scenario.name == name).copied()
    }

    /// The rows of each file in the end.
    fn rows(&self) -> Vec<u64> {
        let mut rows = vec![1];
        for act in self.writer {
            match act {
                Extend(more) => *rows.last_mut().expect("the first") += more,
                Roll(first) => rows.push(*first),
            }
        }
        rows
    }
}

/// Takes all ways, or those up to the first that goes wrong.
pub fn run(scenario: Scenario, weakening: Option<Weakening>, preemptions: Option<usize>) -> Outcome {
    explore(preemptions, move || once(&scenario, weakening))
}

/// Rows a file has room for.
const CAPACITY: u64 = 4;
const DIGITS: (usize, usize) = (80, 88);
const LAYOUT: TailLayout = TailLayout::V0_2;

fn geometry() -> Geometry {
    Geometry::new(OFFSET, ROW, CAPACITY).expect("small")
}

/// What a row holds.
const fn value(file: usize, row: u64) -> u64 {
    100 * (file as u64 + 1) + row
}

/// One way it can go.
fn once(scenario: &Scenario, weakening: Option<Weakening>) {
    let rows = scenario.rows();
    let directory = Arc::new(Directory {
        files: (0..rows.len()).map(File::new).collect(),
        names: rows.iter().map(|_| AtomicU64::new(0)).collect(),
        rows,
        weakening,
    });
    let mut writer = Writer::new(Arc::clone(&directory));
    let (for_reader, turns) = (Arc::clone(&directory), scenario.turns);
    let read = move || {
        let mut reader = Reader::open(for_reader, 0);
        for _ in 0..turns {
            reader.turn();
        }
        reader
    };
    let reading = thread::Builder::new().stack_size(STACK).spawn(read).expect("a thread");
    for act in scenario.writer {
        match *act {
            Extend(rows) => writer.extend(rows),
            Roll(rows) => writer.roll(rows),
        }
    }
    // Whoever looks now, sees all of it.
    let mut reader = reading.join().expect("no panic");
    while reader.turn() {}
    let at = (reader.file + 1, reader.position);
    assert_eq!(Some(at), directory.rows.last().map(|&rows| (directory.rows.len(), rows)), "the last look");
}

/// The files, and the names by which they are found.
struct Directory {
    files: Vec<File>,
    /// 1 where the file has its name. The store stands for `linkat`, and for the entry in the index after it.
    names: Vec<AtomicU64>,
    /// The rows of each file in the end: for checks only.
    rows: Vec<u64>,
    weakening: Option<Weakening>,
}

impl Directory {
    fn is_weakened(&self, weakening: Weakening) -> bool {
        self.weakening == Some(weakening)
    }
}

/// One file, mapped.
struct File(Memory);

impl File {
    /// The first has a row and its name; of the others only the room is there.
    fn new(file: usize) -> Self {
        let digits = DigitField::new(DIGITS.0, DIGITS.1);
        let text = digits.words_with(&[u64::from_le_bytes([b' '; 8])], CAPACITY).expect("fits");
        let tail = Tail::new(LAYOUT, 0, 1, 0, OFFSET);
        let is_first = file == 0;
        let mut words = vec![(DIGITS.0 as u64, text[0])];
        words.extend((0..CAPACITY).map(|row| (OFFSET + ROW * row, if is_first && row == 0 { value(0, 0) } else { 0 })));
        let rows_end = geometry().rows_end();
        words.extend((0_u64..).zip(tail.words()).map(|(i, word)| (rows_end + 8 * i, if is_first { word } else { 0 })));
        Self(Memory::new(words, geometry().file_len(LAYOUT), 1, digits, (CAPACITY, None), None))
    }

    fn counters(&self) -> Counters<u64> {
        Counters::at(self, geometry().rows_end(), LAYOUT).expect("words")
    }
}

impl Words for File {
    type Word = u64;

    fn word(&self, at: u64) -> Option<u64> {
        at.is_multiple_of(8).then_some(at)
    }

    fn load(&self, word: u64, ordering: Ordering) -> u64 {
        // `Map::load` has a fence, which would make up for a name that was found by a relaxed load.
        self.0.load_alone(word, ordering)
    }
}

impl Medium for File {
    fn store(&self, word: u64, value: u64, ordering: Ordering) {
        self.0.store(word, value, ordering);
    }

    fn write(&self, _: u64, _: &[u8]) -> Done {
        Err(ErrorKind::Unmapped)
    }

    fn set_len(&self, _: u64) -> Done {
        Err(ErrorKind::Unmapped)
    }

    fn reserve(&self, _: u64, _: u64) -> Done {
        Err(ErrorKind::Unmapped)
    }

    fn punch(&self, _: u64, _: u64) {}

    fn cover(&mut self, _: u64) -> Done {
        Err(ErrorKind::Unmapped)
    }

    fn sync(&self) -> Done {
        Err(ErrorKind::Unmapped)
    }
}

/// The one writer.
struct Writer {
    directory: Arc<Directory>,
    file: usize,
    end: u64,
    /// An end that a weakening holds back.
    held: Option<u64>,
}

impl Writer {
    fn new(directory: Arc<Directory>) -> Self {
        Self { directory, file: 0, end: 1, held: None }
    }

    fn copy(&self, file: usize, rows: std::ops::Range<u64>) {
        for row in rows {
            self.directory.files[file].0.copy(geometry().row_at(row), value(file, row));
        }
    }

    fn publish(&self, file: usize, end: u64) {
        let file = &self.directory.files[file];
        file.counters().publish(file, end);
    }

    fn extend(&mut self, rows: u64) {
        self.copy(self.file, self.end..self.end + rows);
        self.end += rows;
        if self.directory.is_weakened(Weakening::NameBeforeLastRows) && self.file == 0 {
            self.held = Some(self.end);
        } else {
            self.publish(self.file, self.end);
        }
    }

    fn roll(&mut self, rows: u64) {
        let next = self.file + 1;
        let weakened = |weakening| self.directory.is_weakened(weakening);
        let relaxed = weakened(Weakening::NameStoreRelaxed);
        let ordering = if relaxed { Ordering::Relaxed } else { Ordering::Release };
        let name = || self.directory.names[next].store(1, ordering);
        // Without a name: the tail, by a system call, the rows, the end.
        let tail = Tail::new(LAYOUT, 0, 0, 0, OFFSET);
        self.directory.files[next].0.pwrite(geometry().rows_end(), &tail.words());
        if weakened(Weakening::NameBeforeRows) {
            self.publish(next, rows);
            name();
            self.copy(next, 0..rows);
        } else if weakened(Weakening::NameBeforeEnd) {
            self.copy(next, 0..rows);
            name();
            self.publish(next, rows);
        } else {
            self.copy(next, 0..rows);
            self.publish(next, rows);
            name();
        }
        if let Some(end) = self.held.take() {
            self.publish(self.file, end);
        }
        (self.file, self.end) = (next, rows);
    }
}

/// A reader in one of the files.
struct Reader {
    directory: Arc<Directory>,
    file: usize,
    view: View,
    position: u64,
}

impl Reader {
    /// In a file that has its name: it is whole.
    fn open(directory: Arc<Directory>, file: usize) -> Self {
        let place = place();
        let (digits, capacity) = place.look(&directory.files[file]).expect("the digits are a number");
        assert_eq!(capacity, CAPACITY);
        let bytes = directory.files[file].0.pread(geometry().rows_end(), LAYOUT.words() as u64, u64::MAX);
        let tail = Tail::read(&bytes, OFFSET).expect("a file that has its name has its tail");
        assert!(tail.end() > 0, "a file that has its name has no rows");
        Self { directory, file, view: View { geometry: geometry(), digits, fixed: None }, position: 0 }
    }

    /// Does what is to be done, and checks it. `false` where there is nothing to do.
    fn turn(&mut self) -> bool {
        let file = &self.directory.files[self.file];
        let weakened = |weakening| self.directory.is_weakened(weakening);
        let looked = Cell::new(None);
        let look = || {
            let seen = looked.get().filter(|_| weakened(Weakening::NoSecondLook));
            let end = seen.or_else(|| match self.view.observe(file, &place()) {
                Observed::Rows { end, .. } => Some(end),
                Observed::Moved => None,
            });
            let end = end.expect("a file never changes its shape here");
            looked.set(Some(end));
            Ok::<_, Infallible>(end)
        };
        let Ok(turn) = turn(self.position, look, || Ok(self.next()));
        match turn {
            Turn::Rows(end) => {
                for row in self.position..end {
                    let found = file.0.read(geometry().row_at(row));
                    assert_eq!(found, value(self.file, row), "row {row} of file {} is wrong", self.file);
                }
                self.position = end;
                true
            }
            Turn::Wait => false,
            Turn::Next(next) => {
                let rows = self.directory.rows[self.file];
                assert_eq!(self.position, rows, "rows of file {} are left behind", self.file);
                *self = Self::open(Arc::clone(&self.directory), next);
                true
            }
        }
    }

    /// The next file, if it has its name.
    fn next(&self) -> Option<usize> {
        let relaxed = self.directory.is_weakened(Weakening::NameLoadRelaxed);
        let name = self.directory.names.get(self.file + 1)?;
        let named = name.load(if relaxed { Ordering::Relaxed } else { Ordering::Acquire });
        (named == 1).then_some(self.file + 1)
    }
}

const fn place() -> Place {
    Place { digits: DigitField::new(DIGITS.0, DIGITS.1), layout: Some(LAYOUT) }
}
