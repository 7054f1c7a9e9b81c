//! From the moment a row is pushed until another process has it in hand: both read the same clock, the row is the time it was
//! pushed at. What is left of a delay when nobody else wants the processor is the machine's own; on a machine with few cores the
//! slowest of a hundred tell of its other programs.

use std::thread;
use std::time::Duration;

use npyt::NpytMut;

use super::{Case, case, delays};
use crate::measure::Entry;
use crate::other::{Other, clock};
use crate::peers::word::Word;
use crate::rows::LAP;
use crate::{Bench, Result};

pub(super) const CASES: &[Case] = &[
    delays("seen by another process, Spin", "row", |bench| {
        Ok(vec![ours(bench, "follow-spin", BUSY, false), raw(bench, SPIN, "spin", BUSY, false)])
    }),
    delays("seen after a pause, SpinThenSleep", "row", |bench| {
        Ok(vec![
            ours(bench, "follow-spin-then-sleep", CALM, false),
            raw(bench, "a word, spun on, then slept on", "spin-then-sleep", CALM, false),
        ])
    }),
    delays("seen after a pause, Sleep(1 ms)", "row", |bench| {
        Ok(vec![
            ours(bench, "follow-sleep", CALM, false),
            raw(bench, "a word, looked at every ms", "sleep", CALM, false),
        ])
    }),
    delays("seen after a pause, SpinThenSleep, wake", "row", |bench| {
        Ok(vec![ours(bench, "follow-spin-then-sleep", CALM, true), raw(bench, FUTEX, "futex", CALM, true)])
    }),
    delays("seen after a pause, Sleep(1 ms), wake", "row", |bench| {
        Ok(vec![ours(bench, "follow-sleep", CALM, true), raw(bench, FUTEX, "futex", CALM, true)])
    }),
    case("push with wake, nobody asleep", "row", wake),
];

const SPIN: &str = "a word, spun on";
const FUTEX: &str = "a word, slept on, and woken";

/// How rows come.
#[derive(Clone, Copy)]
struct Pace {
    rows: usize,
    pause: Duration,
}

const BUSY: Pace = Pace { rows: 4000, pause: Duration::from_micros(20) };
const CALM: Pace = Pace { rows: 40, pause: Duration::from_millis(5) };

impl Pace {
    /// Calls `row` so often, each after the one before was seen and a pause, up to a third longer, so that it keeps no step with
    /// who sleeps.
    fn keep(self, other: &Other, mut row: impl FnMut() -> Result<()>) -> Result<()> {
        for i in 0..self.rows {
            other.until_seen(i as u64)?;
            let pause = self.pause + self.pause / 1000 * u32::try_from(i * 7919 % 333)?;
            if pause < Duration::from_millis(1) {
                let until = clock() + u64::try_from(pause.as_nanos())?;
                while clock() < until {
                    std::hint::spin_loop();
                }
            } else {
                thread::sleep(pause);
            }
            row()?;
        }
        Ok(())
    }
}

fn ours(bench: &Bench, waits: &'static str, pace: Pace, wake: bool) -> Entry {
    let bench = bench.clone();
    Entry::new("npyt", move |timed| {
        let name = bench.scratch.name();
        let mut file = NpytMut::<u64>::options().capacity(pace.rows).prefault(true).wake(wake).create(&name)?;
        let other = Other::start(&bench.scratch, waits, name.as_ref(), pace.rows)?;
        pace.keep(&other, || Ok(file.push(clock())?))?;
        other.finish(timed)
    })
}

fn raw(bench: &Bench, name: &'static str, waits: &'static str, pace: Pace, wake: bool) -> Entry {
    let bench = bench.clone();
    Entry::new(name, move |timed| {
        let name = bench.scratch.name();
        let word = Word::create(name.as_ref())?;
        let other = Other::start(&bench.scratch, waits, name.as_ref(), pace.rows)?;
        pace.keep(&other, || {
            word.store(clock());
            if wake {
                word.wake();
            }
            Ok(())
        })?;
        other.finish(timed)
    })
}

/// Timed: laps of pushes.
fn wake(bench: &Bench) -> Result<Vec<Entry>> {
    let pushes = |name: &'static str, wake: bool| {
        let bench = bench.clone();
        Entry::new(name, move |timed| {
            let name = bench.scratch.name();
            let mut file = NpytMut::<u64>::options().capacity(LAP).prefault(true).wake(wake).create(&name)?;
            for from in (0..LAP as u64).step_by(LAP / 64) {
                timed.time(LAP / 64, || (from..from + (LAP / 64) as u64).try_for_each(|row| file.push(row)))?;
            }
            Ok(())
        })
    };
    let word = Word::create(bench.scratch.name().as_ref())?;
    let raw = Entry::new("a store, and a futex woken", move |timed| {
        timed.time(LAP / 64, || {
            for row in 0..(LAP / 64) as u64 {
                word.store(row);
                word.wake();
            }
        });
        Ok(())
    });
    Ok(vec![pushes("npyt", true), raw, pushes("npyt, without wake", false)])
}
