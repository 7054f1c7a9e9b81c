//! Rows one at a time, each made from its number in the loop, each visible to readers when the call returns.

use std::hint::black_box;
use std::io::Write;
use std::ops::Range;

use npyt::NpytMut;

use super::{Case, case};
use crate::measure::{Entry, Laps};
use crate::peers::mapped::Mapped;
use crate::peers::{files, npyz};
use crate::rows::{self, LAP, Padded, Plain, Row};
use crate::{Bench, Result};

pub(super) const CASES: &[Case] = &[
    case("push, warm, plain rows", "row", warm::<Plain>),
    case("push, warm, padded rows", "row", warm::<Padded>),
    case("push, fresh, plain rows", "row", |bench| {
        let mut entries = fresh::<Plain>(bench)?;
        entries.push(npyz(bench));
        Ok(entries)
    }),
    case("push, fresh, padded rows", "row", fresh::<Padded>),
];

/// Calls `lap` with the numbers of each lap's rows.
fn laps(rows: usize, mut lap: impl FnMut(Range<usize>) -> Result<()>) -> Result<()> {
    (0..rows / LAP).try_for_each(|n| lap(n * LAP..(n + 1) * LAP))
}

/// Timed: the loop that makes rows and pushes them. Not timed: the file made and opened, and dropped.
fn ours<R: Row>(bench: &Bench, name: &'static str, prefault: bool) -> Entry {
    let (scratch, rows) = (bench.scratch.clone(), bench.rows);
    Entry::new(name, move |laps_of| {
        let name = scratch.name();
        let mut file = NpytMut::<R>::options().capacity(rows).prefault(prefault).create(&name)?;
        laps(rows, |lap| Ok(laps_of.time(LAP, || push_all(&mut file, lap))?))
    })
}

/// A function of its own, as a program's loop would be: the file behind one reference, not behind a closure's as well.
#[inline(never)]
fn push_all<R: Row>(file: &mut NpytMut<R>, lap: Range<usize>) -> npyt::Result<()> {
    for i in lap {
        file.push(R::make(i))?;
    }
    Ok(())
}

#[inline(always)]
fn push_each<R: Row, E: std::error::Error + 'static>(
    laps: &mut Laps,
    lap: Range<usize>,
    mut push: impl FnMut(R) -> std::result::Result<(), E>,
) -> Result<()> {
    laps.time(lap.len(), || {
        for i in lap {
            push(R::make(i))?;
        }
        Ok(())
    })
}

/// Stores into a mapping by hand: the same loop, where `push` is the call that stores one lap. Not timed: as ours.
fn raw<R: Row>(
    bench: &Bench,
    name: &'static str,
    prefault: bool,
    push: fn(&mut Mapped, Range<usize>),
) -> Result<Entry> {
    let (scratch, rows, offset) = (bench.scratch.clone(), bench.rows, rows::offset::<R>(&bench.scratch)?);
    Ok(Entry::new(name, move |laps_of| {
        let name = scratch.name();
        let mut file = Mapped::create(name.as_ref(), offset, rows)?;
        if prefault {
            file = file.prefault()?;
        }
        laps(rows, |lap| {
            laps_of.time(LAP, || push(&mut file, lap));
            Ok(())
        })?;
        Ok(())
    }))
}

const LOOP: &str = "raw mapped store, a loop";
const CALL: &str = "raw mapped store, a call a row";

/// Every page in memory and in the page table before the first row.
fn warm<R: Row>(bench: &Bench) -> Result<Vec<Entry>> {
    Ok(vec![
        ours::<R>(bench, "npyt", true),
        raw::<R>(bench, LOOP, true, Mapped::store_each::<R>)?,
        raw::<R>(bench, CALL, true, Mapped::push_each::<R>)?,
        vec_push::<R>(bench),
    ])
}

/// A vector with room, whose memory was written to before. It makes nothing visible to anybody.
fn vec_push<R: Row>(bench: &Bench) -> Entry {
    let rows = bench.rows;
    let mut vec = Vec::with_capacity(rows);
    Entry::new("Vec::push, with capacity", move |laps_of| {
        vec.clear();
        laps(rows, |lap| {
            laps_of.time(LAP, || {
                for i in lap {
                    vec.push(R::make(i));
                }
                // It must all be in memory, as ours is.
                black_box(&mut vec);
            });
            Ok(())
        })
    })
}

/// A file whose blocks are reserved and whose pages nobody has touched.
fn fresh<R: Row>(bench: &Bench) -> Result<Vec<Entry>> {
    Ok(vec![
        ours::<R>(bench, "npyt", false),
        raw::<R>(bench, LOOP, false, Mapped::store_each::<R>)?,
        raw::<R>(bench, CALL, false, Mapped::push_each::<R>)?,
        buffered::<R>(bench)?,
    ])
}

/// `write_all` of each row's bytes. A reader sees them only every 8 KiB. Timed: that; the last 8 KiB are flushed after it.
fn buffered<R: Row>(bench: &Bench) -> Result<Entry> {
    let (scratch, rows, offset) = (bench.scratch.clone(), bench.rows, rows::offset::<R>(&bench.scratch)?);
    Ok(Entry::new("BufWriter<File>, rows as bytes", move |laps_of| {
        let name = scratch.name();
        let mut file = files::buffered(name.as_ref(), offset)?;
        laps(rows, |lap| {
            let last = lap.end == rows;
            push_each(laps_of, lap, |row: R| file.write_all(&row.bytes()))?;
            if last {
                file.flush()?;
            }
            Ok(())
        })
    }))
}

/// Its `push`. A reader sees no rows before the end, when it writes their number. Timed: as `BufWriter`; its end is not.
fn npyz(bench: &Bench) -> Entry {
    let (scratch, rows) = (bench.scratch.clone(), bench.rows);
    Entry::new("npyz, NpyWriter::push", move |laps_of| {
        let name = scratch.name();
        let mut file = npyz::create(name.as_ref())?;
        laps(rows, |lap| push_each(laps_of, lap, |row: Plain| file.push(&row)))?;
        Ok(file.finish()?)
    })
}
