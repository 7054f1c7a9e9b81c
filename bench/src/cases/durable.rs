//! What rows cost that are to survive a loss of power. It is the disk that is measured, and whatever else has the disk at work.

use std::io::Write;
use std::thread;
use std::time::Duration;

use npyt::{Durability, NpytMut};

use super::{Case, case};
use crate::measure::Entry;
use crate::peers::files;
use crate::peers::mapped::Mapped;
use crate::rows::{self, BATCH, Plain, Row};
use crate::{Bench, Result};

pub(super) const CASES: &[Case] = &[
    case("push, EveryPublish", "row", |bench| {
        Ok(vec![ours(bench, Durability::EveryPublish, 4, 4), mapped(bench, 1, 4, 2)?, write(bench, 1, 4)?])
    }),
    case("push, EveryRows(1000)", "row", |bench| {
        Ok(vec![ours(bench, Durability::EveryRows(1000), 4, 1000), mapped(bench, 1000, 4, 1)?, write(bench, 1000, 4)?])
    }),
    case("push, Every(10 ms)", "row", |bench| {
        let every = Durability::Every(Duration::from_millis(10));
        let manual = meanwhile(bench, "npyt, Manual", Durability::Manual);
        Ok(vec![meanwhile(bench, "npyt", every), manual, never(bench)?])
    }),
];

fn push_all(file: &mut NpytMut<Plain>, rows: usize) -> npyt::Result<()> {
    (0..rows).try_for_each(|i| file.push(Plain::make(i)))
}

/// Timed: laps of so many rows.
fn ours(bench: &Bench, durability: Durability, laps: usize, rows: usize) -> Entry {
    let bench = bench.clone();
    Entry::new("npyt", move |timed| {
        let name = bench.scratch.name();
        let options = NpytMut::options().capacity(laps * rows + 1).prefault(true).durability(durability);
        let mut file = options.create(&name)?;
        // The name, too, is on the disk from here on.
        file.sync()?;
        (0..laps).try_for_each(|_| Ok(timed.time(rows, || push_all(&mut file, rows))?))
    })
}

/// Laps in which a thread gets to sync a dozen times, as it waits for 10 ms and then for the disk.
const LAPS: usize = 256;
const PAUSE: Duration = Duration::from_millis(1);

/// Timed: laps of pushes into pages nobody has touched, a pause between two.
fn meanwhile(bench: &Bench, name: &'static str, durability: Durability) -> Entry {
    let bench = bench.clone();
    Entry::new(name, move |timed| {
        let name = bench.scratch.name();
        let mut file = NpytMut::options().capacity(LAPS * BATCH).durability(durability).create(&name)?;
        (0..LAPS).try_for_each(|_| {
            thread::sleep(PAUSE);
            Ok(timed.time(BATCH, || push_all(&mut file, BATCH))?)
        })
    })
}

/// The same by hand; nobody syncs.
fn never(bench: &Bench) -> Result<Entry> {
    let (bench, offset) = (bench.clone(), rows::offset::<Plain>(&bench.scratch)?);
    Ok(Entry::new("raw mapped store, a call a row, no sync", move |timed| {
        let name = bench.scratch.name();
        let mut file = Mapped::create(name.as_ref(), offset, LAPS * BATCH)?;
        for _ in 0..LAPS {
            thread::sleep(PAUSE);
            timed.time(BATCH, || file.push_each::<Plain>(0..BATCH));
        }
        Ok(())
    }))
}

/// Timed: stores into a mapping, and so many times `fdatasync` after every `rows`: twice where the row is to be on the disk
/// before the number that shows it.
fn mapped(bench: &Bench, rows: usize, laps: usize, syncs: usize) -> Result<Entry> {
    let (bench, offset) = (bench.clone(), rows::offset::<Plain>(&bench.scratch)?);
    let name = match syncs {
        1 => "raw mapped store, fdatasync",
        _ => "raw mapped store, fdatasync twice",
    };
    Ok(Entry::new(name, move |timed| {
        let name = bench.scratch.name();
        let calls = if rows == 1 { laps } else { 1 };
        let mut file = Mapped::create(name.as_ref(), offset, laps * rows * calls)?.prefault()?;
        let disk = std::fs::File::open(&name)?;
        disk.sync_data()?;
        for lap in 0..laps {
            timed.time(rows * calls, || {
                (0..calls).try_for_each(|_| {
                    if syncs == 2 {
                        file.fill(Plain::make(lap));
                        disk.sync_data()?;
                        file.show();
                    } else {
                        file.push_each::<Plain>(0..rows);
                    }
                    disk.sync_data()
                })
            })?;
        }
        Ok(())
    }))
}

/// Timed: `write(2)` a row, and `fdatasync` after every `rows`. Every sync has a new length of the file to note.
fn write(bench: &Bench, rows: usize, laps: usize) -> Result<Entry> {
    let (bench, offset) = (bench.clone(), rows::offset::<Plain>(&bench.scratch)?);
    Ok(Entry::new("write(2) a row, fdatasync", move |timed| {
        let name = bench.scratch.name();
        let mut file = files::appended(name.as_ref(), offset)?;
        file.sync_all()?;
        (0..laps).try_for_each(|_| {
            timed.time(rows, || {
                (0..rows).try_for_each(|i| file.write_all(&Plain::make(i).bytes()))?;
                file.sync_data()
            })
        })?;
        Ok(())
    }))
}
