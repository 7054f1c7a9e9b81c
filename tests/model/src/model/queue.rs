//! The latest files of a directory: one writer that adds names, one reader that looks at any moment.
//!
//! Names are numbered as they follow each other in the directory, from 1 on.

use std::cell::{Cell, RefCell};
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex};

use loom::sync::atomic::{AtomicU64, Ordering};
use loom::thread;

use super::Outcome;
use super::memory::Done;
use super::run::{STACK, explore};
use crate::error::ErrorKind;
use crate::protocol::{Medium, Queue, Words};

/// One thing taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakening {
    /// Names are stored relaxed.
    StoreRelaxed,
    /// Names are loaded relaxed.
    LoadRelaxed,
    /// The newest name is stored first.
    NewestFirst,
    /// A queue none of whose names stays isn't emptied before others come.
    NotEmptied,
    /// What is looked at once is believed.
    OneLook,
    /// The slots are looked at from the last to the first, and of those only the last again.
    LastAgain,
    /// The slots are looked at from the first to the last, and of those only the last again.
    UpwardsAndLastAgain,
}

/// A queue and what becomes of it.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// What it is about.
    pub name: &'static str,
    /// The slots at first.
    pub slots: &'static [u64],
    /// What the directory has, one time after the other.
    pub writer: &'static [RangeInclusive<u64>],
    /// So many times the reader looks.
    pub scans: usize,
    /// How often a thread may be interrupted where it could go on, in a test that everybody runs; [`None`] is as often as it
    /// can be.
    pub preemptions: Option<usize>,
    /// The same, in a test that takes its time.
    pub preemptions_long: Option<usize>,
}

const PLAIN: Scenario =
    Scenario { name: "", slots: &[1, 2, 3], writer: &[], scans: 2, preemptions: None, preemptions_long: None };

/// All of them.
pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "a shift", writer: &[1..=4], ..PLAIN },
    Scenario { name: "two shifts", writer: &[1..=4, 1..=5], scans: 1, preemptions: Some(2), ..PLAIN },
    Scenario {
        name: "shifts all through",
        slots: &[1, 2],
        writer: &[1..=3, 1..=4, 1..=5],
        scans: 1,
        preemptions: Some(2),
        ..PLAIN
    },
    Scenario { name: "two names at once", writer: &[1..=5], ..PLAIN },
    Scenario {
        name: "filling",
        slots: &[1, 0, 0],
        writer: &[1..=2, 1..=3, 1..=4],
        scans: 1,
        preemptions: Some(2),
        ..PLAIN
    },
    Scenario { name: "wiped", slots: &[0, 0, 0], writer: &[1..=4], ..PLAIN },
    Scenario { name: "killed", slots: &[2, 2, 3], writer: &[1..=4, 1..=5], scans: 1, preemptions: Some(2), ..PLAIN },
    Scenario { name: "none stays", writer: &[1..=8], scans: 1, preemptions: Some(2), ..PLAIN },
    Scenario { name: "filled and emptied", slots: &[1, 0], writer: &[1..=2, 1..=8], scans: 1, ..PLAIN },
    Scenario { name: "fewer", writer: &[3..=4], preemptions: Some(2), ..PLAIN },
];

/// Each weakening, a scenario that shows what it breaks, and a part of what is said then.
pub const CAUGHT: &[(Weakening, &str, &str)] = &[
    (Weakening::StoreRelaxed, "a shift", "left out"),
    (Weakening::LoadRelaxed, "a shift", "left out"),
    (Weakening::NewestFirst, "a shift", "left out"),
    (Weakening::NotEmptied, "none stays", "left out"),
    (Weakening::OneLook, "a shift", "left out"),
    (Weakening::LastAgain, "none stays", "left out"),
    (Weakening::UpwardsAndLastAgain, "a shift", "left out"),
];

/// What nothing rests on, with the scenarios that would show it.
pub const NOT_NEEDED: &[(Weakening, &str)] = &[
    (Weakening::LastAgain, "a shift"),
    (Weakening::LastAgain, "two shifts"),
    (Weakening::LastAgain, "shifts all through"),
    (Weakening::LastAgain, "two names at once"),
    (Weakening::LastAgain, "filling"),
    (Weakening::LastAgain, "wiped"),
    (Weakening::LastAgain, "killed"),
    (Weakening::LastAgain, "fewer"),
];

impl Scenario {
    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        SCENARIOS.iter().find(|scenario| scenario.name == name).copied()
    }
}

/// Takes all ways, or those up to the first that goes wrong.
pub fn run(scenario: Scenario, weakening: Option<Weakening>, preemptions: Option<usize>) -> Outcome {
    explore(preemptions, move || once(&scenario, weakening))
}

/// One way it can go.
fn once(scenario: &Scenario, weakening: Option<Weakening>) {
    let shared = Arc::new(Shared {
        slots: scenario.slots.iter().map(|&name| AtomicU64::new(name)).collect(),
        moments: Mutex::new(vec![scenario.slots.to_vec()]),
    });
    let (for_reader, scans) = (Arc::clone(&shared), scenario.scans);
    let read = move || {
        let mut reader = Reader::new(for_reader, weakening);
        (0..scans).for_each(|_| drop(reader.scan()));
        reader
    };
    let reading = thread::Builder::new().stack_size(STACK).spawn(read).expect("a thread");
    let writer = Writer { shared, weakening, held: RefCell::default() };
    let queue = Queue::at(&writer, scenario.slots.len()).expect("words");
    for names in scenario.writer {
        queue.settle(&writer, &[], &names.clone().collect::<Vec<_>>());
        writer.flush();
    }
    // Whoever looks now, sees all of it.
    let mut reader = reading.join().expect("no panic");
    let names = scenario.writer.last().expect("something to do").clone();
    let newest: Vec<u64> = names.rev().take(scenario.slots.len()).collect();
    assert!(reader.scan().iter().rev().eq(&newest), "the last look");
}

/// The file.
struct Shared {
    slots: Vec<AtomicU64>,
    /// What it said, one store after the other: for checks only.
    moments: Mutex<Vec<Vec<u64>>>,
}

fn place(at: u64, slots: &[AtomicU64]) -> Option<usize> {
    let slot = usize::try_from(at / 8).ok()?;
    (at.is_multiple_of(8) && slot < slots.len()).then_some(slot)
}

/// The writer's mapping.
struct Writer {
    shared: Arc<Shared>,
    weakening: Option<Weakening>,
    /// Stores that a weakening holds back.
    held: RefCell<Vec<(usize, u64)>>,
}

impl Writer {
    fn store_now(&self, slot: usize, name: u64, ordering: Ordering) {
        {
            let mut moments = self.shared.moments.lock().expect("no panic meanwhile");
            let mut slots = moments.last().expect("the first").clone();
            slots[slot] = name;
            moments.push(slots);
        }
        self.shared.slots[slot].store(name, ordering);
    }

    fn flush(&self) {
        for (slot, name) in self.held.take().into_iter().rev() {
            self.store_now(slot, name, Ordering::Release);
        }
    }
}

impl Words for Writer {
    type Word = usize;

    fn word(&self, at: u64) -> Option<usize> {
        place(at, &self.shared.slots)
    }

    fn load(&self, word: usize, ordering: Ordering) -> u64 {
        self.shared.slots[word].load(ordering)
    }
}

impl Medium for Writer {
    fn store(&self, word: usize, value: u64, ordering: Ordering) {
        match self.weakening {
            Some(Weakening::NewestFirst) => self.held.borrow_mut().push((word, value)),
            Some(Weakening::NotEmptied) if value == 0 => {}
            Some(Weakening::StoreRelaxed) => self.store_now(word, value, Ordering::Relaxed),
            _ => self.store_now(word, value, ordering),
        }
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

/// The reader's mapping, and what it has seen.
struct Reader {
    shared: Arc<Shared>,
    weakening: Option<Weakening>,
    queue: Option<Queue<usize>>,
    /// The moment at which the queue said so.
    last: usize,
    /// The loads of this scan so far, and what they gave.
    loads: Cell<usize>,
    seen: RefCell<Vec<u64>>,
}

impl Reader {
    fn new(shared: Arc<Shared>, weakening: Option<Weakening>) -> Self {
        let seen = RefCell::new(vec![0; shared.slots.len()]);
        let mut reader = Self { shared, weakening, queue: None, last: 0, loads: Cell::new(0), seen };
        reader.queue = Queue::at(&reader, reader.shared.slots.len());
        reader
    }

    /// Scans, and checks what is seen.
    fn scan(&mut self) -> Vec<u64> {
        self.loads.set(0);
        let len = self.shared.slots.len();
        let names = match self.weakening {
            Some(Weakening::LastAgain) => self.last_again((0..len).rev().collect()),
            Some(Weakening::UpwardsAndLastAgain) => self.last_again((0..len).collect()),
            _ => self.queue.as_ref().expect("words").scan(self),
        };
        let names = names.expect("a queue that comes to rest");
        let apart = names.windows(2).find(|pair| pair[0] + 1 != pair[1]);
        assert_eq!(apart, None, "saw {names:?}: a name is left out");
        let moments = self.shared.moments.lock().expect("no panic meanwhile");
        let said = (self.last..moments.len()).find(|&moment| sorted(moments[moment].clone()) == names);
        assert!(said.is_some(), "saw {names:?}: the queue never said so after {:?}", moments[self.last]);
        self.last = said.unwrap_or(self.last);
        names
    }

    /// As one would do it who looks twice at the last slot only.
    fn last_again(&self, order: Vec<usize>) -> Option<Vec<u64>> {
        let last = self.shared.slots.len() - 1;
        let load = |slot: usize| self.shared.slots[slot].load(Ordering::Acquire);
        (0..8).find_map(|_| {
            let before = load(last);
            let names: Vec<u64> = order.iter().map(|&slot| if slot == last { before } else { load(slot) }).collect();
            (load(last) == before).then(|| sorted(names))
        })
    }
}

fn sorted(mut names: Vec<u64>) -> Vec<u64> {
    names.retain(|&name| name != 0);
    names.sort_unstable();
    names.dedup();
    names
}

impl Words for Reader {
    type Word = usize;

    fn word(&self, at: u64) -> Option<usize> {
        place(at, &self.shared.slots)
    }

    fn load(&self, word: usize, ordering: Ordering) -> u64 {
        let loads = self.loads.replace(self.loads.get() + 1);
        let again = loads / self.shared.slots.len() % 2 == 1;
        if again && self.weakening == Some(Weakening::OneLook) {
            return self.seen.borrow()[word];
        }
        let relaxed = self.weakening == Some(Weakening::LoadRelaxed);
        let name = self.shared.slots[word].load(if relaxed { Ordering::Relaxed } else { ordering });
        self.seen.borrow_mut()[word] = name;
        name
    }
}
