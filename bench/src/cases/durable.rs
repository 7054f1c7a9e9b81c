//! What rows cost that are to survive a loss of power. It is the disk that is measured, and whatever else has the disk at work.

use std::io::{self, Write};
use std::time::Duration;

use npyt::{Durability, NpytMut};

use super::{Case, case};
use crate::measure::Entry;
use crate::peers::files;
use crate::peers::mapped::Mapped;
use crate::rows::{self, LAP, Plain, Row};
use crate::{Bench, Result};

pub(super) const CASES: &[Case] = &[
    case("push, EveryPublish", "row", |bench| {
        Ok(vec![ours(bench, Durability::EveryPublish, 4, 4), mapped(bench, 1, 4, 2)?, write(bench, 1, 4)?])
    }),
    case("push, EveryRows(1000)", "row", |bench| {
        Ok(vec![ours(bench, Durability::EveryRows(1000), 4, 1000), mapped(bench, 1000, 4, 1)?, write(bench, 1000, 4)?])
    }),
    case("push, Every(10 ms)", "row", |bench| {
        let manual = ours(bench, Durability::Manual, 16, LAP / 16).named("npyt, Manual");
        let every = Durability::Every(Duration::from_millis(10));
        Ok(vec![ours(bench, every, 16, LAP / 16), manual, mapped(bench, LAP / 16, 16, 0)?])
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

/// Timed: stores into a mapping, and so many times `fdatasync` after every `rows`: twice where the row is to be on the disk
/// before the number that shows it.
fn mapped(bench: &Bench, rows: usize, laps: usize, syncs: usize) -> Result<Entry> {
    let (bench, offset) = (bench.clone(), rows::offset::<Plain>(&bench.scratch)?);
    let name = match syncs {
        0 => "raw mapped store, a call a row",
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
                    if syncs == 0 { io::Result::Ok(()) } else { disk.sync_data() }
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
