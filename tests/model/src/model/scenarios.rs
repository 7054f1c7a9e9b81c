//! What the two threads do.

pub use crate::tail::TailLayout;

/// A step of the writer.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// So many rows, published at once. One goes over an abandoned tail by atomic stores, more by a system call.
    Extend(u64),
    /// The same, but not published, and the writer goes, and another one comes.
    Lose(u64),
    /// To that capacity.
    Grow(u64),
    /// So many rows from the front.
    Discard(u64),
    /// To that capacity and that end, if there is no reader.
    Shrink(u64, u64),
    /// To as many as there are rows by then, which is said here too; under readers.
    Seal(u64),
    /// The writer goes, and another one comes.
    Reopen,
    /// Tells the reader, by other means than the file, how many rows there are.
    Tell,
}

/// A step of the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Do {
    /// Looks, and checks all it sees.
    Look,
    /// Closes the file.
    Leave,
    /// Opens it.
    Open,
}

/// A file, a writer and a reader.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// What it is about.
    pub name: &'static str,
    /// The bytes of the header that hold the capacity.
    pub digits: (usize, usize),
    /// The capacity.
    pub capacity: u64,
    /// The words of its tail.
    pub layout: TailLayout,
    /// The tail behind so many rows is to be taken for one on no whole words: readers go by what they read of it through the
    /// file. The writer must not publish anything there.
    pub fixed: Option<u64>,
    /// The rows that are there at first.
    pub rows: (u64, u64),
    /// What the writer does.
    pub writer: &'static [Act],
    /// What the reader does. It has the file open at first unless it begins by opening it.
    pub reader: &'static [Do],
    /// How often a thread may be interrupted where it could go on, in a test that everybody runs; [`None`] is as often as it
    /// can be.
    pub preemptions: Option<usize>,
    /// The same, in a test that takes its time.
    pub preemptions_long: Option<usize>,
}

use Act::{Discard, Extend, Grow, Lose, Reopen, Seal, Shrink, Tell};
use Do::{Leave, Look, Open};

const PLAIN: Scenario = Scenario {
    name: "",
    digits: (80, 88),
    capacity: 2,
    layout: TailLayout::V0_4,
    fixed: None,
    rows: (0, 2),
    writer: &[],
    reader: &[Look, Look],
    preemptions: Some(2),
    preemptions_long: Some(4),
};

/// All of them.
pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "publish",
        capacity: 4,
        rows: (0, 1),
        writer: &[Extend(1), Extend(2)],
        preemptions: None,
        preemptions_long: None,
        ..PLAIN
    },
    Scenario {
        name: "discard",
        capacity: 4,
        rows: (0, 1),
        writer: &[Extend(1), Discard(2), Extend(1), Discard(1)],
        preemptions: None,
        preemptions_long: None,
        ..PLAIN
    },
    Scenario {
        name: "growth",
        writer: &[Grow(7), Extend(1), Extend(1)],
        preemptions: Some(3),
        preemptions_long: None,
        ..PLAIN
    },
    Scenario {
        name: "growth by system calls",
        writer: &[Grow(7), Extend(2)],
        preemptions: Some(3),
        preemptions_long: None,
        ..PLAIN
    },
    Scenario {
        name: "growth that is told of",
        rows: (0, 1),
        writer: &[Grow(7), Extend(1), Tell],
        preemptions: None,
        preemptions_long: None,
        ..PLAIN
    },
    Scenario {
        name: "two growths",
        layout: TailLayout::V0_2,
        writer: &[Grow(6), Extend(4), Grow(10), Extend(2)],
        reader: &[Look],
        preemptions: Some(1),
        preemptions_long: Some(3),
        ..PLAIN
    },
    Scenario {
        name: "two growths, two words of digits",
        digits: (84, 92),
        capacity: 1002,
        rows: (1000, 1002),
        writer: &[Grow(11002), Grow(11010), Extend(2)],
        reader: &[Look],
        preemptions: Some(2),
        preemptions_long: Some(4),
        ..PLAIN
    },
    Scenario {
        name: "growth of a file with room",
        rows: (0, 1),
        writer: &[Grow(7), Extend(2)],
        preemptions: None,
        preemptions_long: None,
        ..PLAIN
    },
    // Whose tails are of four words: what is read of them before anything orders it is a choice at each.
    Scenario {
        name: "open",
        layout: TailLayout::V0_2,
        writer: &[Grow(7), Extend(1), Extend(1)],
        reader: &[Open, Look],
        preemptions: Some(1),
        preemptions_long: Some(3),
        ..PLAIN
    },
    Scenario {
        name: "open, a tail on no whole words",
        layout: TailLayout::V0_2,
        fixed: Some(2),
        writer: &[Grow(7), Extend(1), Extend(1)],
        reader: &[Open, Look],
        ..PLAIN
    },
    Scenario {
        name: "growth, a tail on no whole words",
        layout: TailLayout::V0_2,
        fixed: Some(6),
        writer: &[Grow(6), Grow(10), Extend(4), Extend(1)],
        reader: &[Look],
        ..PLAIN
    },
    Scenario {
        name: "reopen",
        writer: &[Grow(7), Reopen, Extend(1), Extend(1)],
        preemptions: Some(3),
        preemptions_long: None,
        ..PLAIN
    },
    Scenario {
        name: "shrink to the same digits",
        layout: TailLayout::V0_2,
        writer: &[Grow(7), Extend(2), Shrink(2, 2)],
        reader: &[Look, Leave, Open, Look],
        preemptions: Some(1),
        preemptions_long: Some(3),
        ..PLAIN
    },
    Scenario {
        name: "shrink",
        layout: TailLayout::V0_2,
        writer: &[Grow(7), Extend(2), Shrink(2, 1), Extend(1)],
        reader: &[Look, Leave, Open, Look],
        preemptions: Some(1),
        preemptions_long: Some(2),
        ..PLAIN
    },
    // The falls are counted in another word than the number.
    Scenario {
        name: "seal",
        digits: (73, 88),
        capacity: 9,
        layout: TailLayout::V0_2,
        rows: (0, 1),
        writer: &[Extend(1), Seal(2), Discard(1)],
        ..PLAIN
    },
    Scenario {
        name: "seal, the number from before",
        digits: (73, 88),
        layout: TailLayout::V0_2,
        writer: &[Grow(8), Lose(2), Seal(2)],
        ..PLAIN
    },
    Scenario {
        name: "open, while it is sealed",
        digits: (73, 88),
        capacity: 9,
        layout: TailLayout::V0_2,
        rows: (0, 1),
        writer: &[Extend(1), Seal(2)],
        reader: &[Open, Look],
        preemptions: Some(1),
        preemptions_long: Some(3),
        ..PLAIN
    },
    Scenario {
        name: "seal, a tail on no whole words",
        digits: (73, 88),
        capacity: 9,
        layout: TailLayout::V0_2,
        fixed: Some(2),
        rows: (0, 1),
        writer: &[Extend(1), Seal(2)],
        ..PLAIN
    },
];

impl Scenario {
    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        SCENARIOS.iter().find(|scenario| scenario.name == name).copied()
    }

    /// The capacities it goes through.
    pub(super) fn capacities(&self) -> Vec<u64> {
        let mut all = vec![self.capacity];
        all.extend(self.writer.iter().filter_map(|act| match *act {
            Grow(capacity) | Shrink(capacity, _) | Seal(capacity) => Some(capacity),
            _ => None,
        }));
        all
    }
}

/// What the row with that number holds: the rows that fall on one tail hold 2, 1, 0, and very large numbers, so that they look
/// like counters. It is that of the [fixed](Scenario::fixed) one, or else the first.
pub(super) fn value(fixed: Option<u64>, capacity: u64, row: u64) -> u64 {
    (fixed.unwrap_or(capacity) + 2).wrapping_sub(row)
}
