//! A scenario, in every way it can go.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicU64 as Plain, Ordering::Relaxed as Now};
use std::sync::{Arc, Once};
use std::thread as real;

use loom::sync::atomic::{AtomicU64, Ordering};
use loom::thread;

use super::memory::{Memory, OFFSET, ROW};
use super::reader::Reader;
use super::scenarios::value;
use super::writer::Writer;
use super::{Act, Do, Scenario, Weakening};
use crate::geometry::Geometry;
use crate::header::DigitField;
use crate::protocol::{Place, View};
use crate::tail::Tail;

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// So many ways it went.
    pub executions: u64,
    /// In so many of them the writer found no reader when it needed that.
    pub alone: u64,
    /// What went wrong in the last of them.
    pub failure: Option<String>,
}

/// Takes all ways, or those up to the first that goes wrong.
pub fn run(scenario: Scenario, weakening: Option<Weakening>, preemptions: Option<usize>) -> Outcome {
    let alone = Arc::new(Plain::new(0));
    let count = Arc::clone(&alone);
    let outcome = explore(preemptions, move || once(&scenario, weakening, &count));
    Outcome { alone: alone.load(Now), ..outcome }
}

/// Takes all ways in which `once` can go, or those up to the first that goes wrong.
pub(super) fn explore(preemptions: Option<usize>, once: impl Fn() + Send + Sync + 'static) -> Outcome {
    // A thread of its own: what a failure leaves in it goes with it.
    let run = move || {
        keep_quiet();
        let (executions, once) = (Arc::new(Plain::new(0)), Arc::new(once));
        let count = Arc::clone(&executions);
        let mut model = loom::model::Builder::new();
        model.preemption_bound = preemptions;
        model.max_branches = 10_000;
        let check = AssertUnwindSafe(|| {
            model.check(move || {
                count.fetch_add(1, Now);
                let once = Arc::clone(&once);
                let all = thread::Builder::new().stack_size(STACK).spawn(move || once());
                all.and_then(|all| all.join().map_err(|_| std::io::Error::other("a panic"))).expect("a thread");
            });
        });
        let failure = panic::catch_unwind(check).err().map(|payload| message(&*payload));
        Outcome { executions: executions.load(Now), alone: 0, failure }
    };
    real::spawn(run).join().expect("caught")
}

/// In words.
pub(super) const STACK: usize = 32 << 10;

/// One way it can go.
fn once(scenario: &Scenario, weakening: Option<Weakening>, alone: &Plain) {
    let layout = scenario.layout;
    let digits = DigitField::new(scenario.digits.0, scenario.digits.1);
    let geometry = Geometry::new(OFFSET, ROW, scenario.capacity).expect("small");
    let (start, end) = scenario.rows;
    let tail = Tail::new(layout, start, end, 0, OFFSET);
    let place = Place { digits, layout: Some(layout) };
    let (first, count) = digits.words();
    let text = digits.words_with(&vec![u64::from_le_bytes([b' '; 8]); count], scenario.capacity).expect("fits");
    let mut view = View {
        geometry,
        digits: Default::default(),
        fixed: (scenario.fixed == Some(scenario.capacity)).then_some(scenario.rows),
    };
    view.digits[..count].copy_from_slice(&text);

    let mut words: Vec<(u64, u64)> = (0_u64..).zip(&text).map(|(i, &word)| (first as u64 + 8 * i, word)).collect();
    // Zeros where a tail will be and a few rows, then the rows and the tail that are there.
    let most = scenario.capacities().into_iter().map(|capacity| capacity.saturating_sub(5)..capacity + 5);
    words.extend(most.flatten().filter(|&row| row >= start).map(|row| (OFFSET + ROW * row, 0)));
    words.extend((start..end).map(|row| (OFFSET + ROW * row, value(scenario.fixed, scenario.capacity, row))));
    words.extend((0_u64..).zip(tail.words()).map(|(i, word)| (geometry.rows_end() + 8 * i, word)));

    let opens = scenario.reader.first() == Some(&Do::Open);
    let len = geometry.file_len(layout);
    let first_tail = (scenario.capacity, scenario.fixed);
    let memory = Arc::new(Memory::new(words, len, u64::from(!opens), digits, first_tail, weakening));
    let told = Arc::new(AtomicU64::new(0));
    let tells = scenario.writer.iter().any(|act| matches!(act, Act::Tell));

    let mut writer = Writer::new(Arc::clone(&memory), tail, geometry);
    let reader = (!opens).then(|| Reader::attached(Arc::clone(&memory), place, view, (start, end)));
    let (script, shared, hint) = (*scenario, Arc::clone(&memory), Arc::clone(&told));
    let read = move || read(&script, &shared, reader, tells.then_some(&*hint));
    let reading = thread::Builder::new().stack_size(STACK).spawn(read).expect("a thread");
    for act in scenario.writer {
        match *act {
            Act::Extend(rows) => writer.extend(rows),
            Act::Lose(rows) => {
                writer.put(rows);
                writer.reopen();
            }
            Act::Grow(capacity) => writer.grow(capacity),
            Act::Discard(rows) => writer.discard(rows),
            Act::Shrink(capacity, end) => drop(alone.fetch_add(u64::from(writer.shrink(capacity, end)), Now)),
            Act::Seal(capacity) => writer.seal(capacity),
            Act::Reopen => writer.reopen(),
            Act::Tell => told.store(writer.rows().1, Ordering::Release),
        }
    }
    // Whoever looks now, sees all of it.
    let reader = reading.join().expect("no panic");
    let mut reader = reader.or_else(|| Reader::open(&memory, layout, (0, 0))).expect("a file at rest opens");
    if let Some(rows) = reader.look() {
        assert_eq!(rows, writer.rows(), "the last look");
    }
}

/// The reader's part. `None` at the end where it has not got the file open.
fn read(scenario: &Scenario, memory: &Arc<Memory>, reader: Option<Reader>, told: Option<&AtomicU64>) -> Option<Reader> {
    let mut reader = reader;
    for step in scenario.reader {
        match step {
            Do::Open => reader = Some(Reader::open(memory, scenario.layout, (0, 0))?),
            Do::Leave => reader.take().into_iter().for_each(Reader::leave),
            Do::Look => {
                let reader = reader.as_mut()?;
                if let Some(told) = told {
                    reader.told(told.load(Ordering::Acquire));
                }
                reader.look()?;
            }
        }
    }
    reader
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().cloned();
    text.or_else(|| payload.downcast_ref::<&str>().map(|&text| text.to_owned())).unwrap_or_default()
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// No report of panics of this thread: they are what is looked for, and told by the outcome.
fn keep_quiet() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                before(info);
            }
        }));
    });
    QUIET.set(true);
}
