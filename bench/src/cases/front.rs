//! Rows taken away from the front. A stamp of the time comes with each call, as with one that adds rows in bulk.

use std::hint::black_box;
use std::os::unix::fs::FileExt;
use std::sync::atomic::Ordering;

use npyt::NpytMut;

use super::{Case, case};
use crate::measure::Entry;
use crate::other::clock;
use crate::peers::mapped::{self, Mapped};
use crate::rows::{self, BATCH, Batch, LAP, Plain, ROW};
use crate::scratch::Name;
use crate::{Bench, Result};

pub(super) const CASES: &[Case] = &[
    case("discard_front, one row", "call", discard),
    case("pop_front, one row", "call", pop::<1, 256>),
    case("pop_front, 4096 rows", "row", pop::<BATCH, 1>),
];

/// Calls a lap of `discard_front`.
const CALLS: usize = 4096;

/// A file with `LAP` rows.
fn filled(bench: &Bench) -> Result<(Name, NpytMut<Plain>)> {
    let (name, batch) = (bench.scratch.name(), Batch::<Plain>::new());
    let mut file = NpytMut::options().capacity(LAP).create(&name)?;
    (0..LAP / BATCH).try_for_each(|_| file.extend_from_slice(batch.rows()))?;
    Ok((name, file))
}

fn discard(bench: &Bench) -> Result<Vec<Entry>> {
    let ours = {
        let bench = bench.clone();
        Entry::new("npyt", move |timed| {
            let (_name, mut file) = filled(&bench)?;
            for _ in 0..LAP / CALLS {
                timed.time(CALLS, || (0..CALLS).try_for_each(|_| file.discard_front(1).map(drop)))?;
            }
            Ok(())
        })
    };
    let name = bench.scratch.name();
    let file = Mapped::create(name.as_ref(), rows::offset::<Plain>(&bench.scratch)?, 1000)?;
    let raw = Entry::new("a Release store, and the clock read", move |timed| {
        let _ = &name;
        timed.time(CALLS, || {
            for i in 0..CALLS {
                file.end().store(i as u64, Ordering::Release);
                black_box(clock());
            }
        });
        Ok(())
    });
    Ok(vec![ours, raw])
}

/// Timed: `CALLS` calls a lap, `N` rows each.
fn pop<const N: usize, const CALLS: usize>(bench: &Bench) -> Result<Vec<Entry>> {
    let ours = {
        let bench = bench.clone();
        Entry::new("npyt", move |timed| {
            let (_name, mut file) = filled(&bench)?;
            for _ in 0..LAP / (CALLS * N) {
                let rows = if N == 1 { CALLS } else { CALLS * N };
                timed
                    .time(rows, || (0..CALLS).try_for_each(|_| file.pop_front(N).map(|rows| drop(black_box(rows)))))?;
            }
            Ok(())
        })
    };
    let name = bench.scratch.name();
    let file = mapped::reserved(name.as_ref(), LAP * ROW)?;
    (0..LAP / BATCH).try_for_each(|i| file.write_all_at(Batch::<Plain>::new().bytes(), (i * BATCH * ROW) as u64))?;
    let raw = Entry::new("pread(2) into a new vector", move |timed| {
        let _ = &name;
        for lap in 0..LAP / (CALLS * N) {
            let rows = if N == 1 { CALLS } else { CALLS * N };
            timed.time(rows, || {
                (0..CALLS).try_for_each(|call| {
                    let mut bytes = vec![0; N * ROW];
                    file.read_exact_at(&mut bytes, ((lap * CALLS + call) * N * ROW) as u64)?;
                    drop(black_box(bytes));
                    std::io::Result::Ok(())
                })
            })?;
        }
        Ok(())
    });
    Ok(vec![ours, raw])
}
