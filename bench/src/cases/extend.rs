//! Rows by the batch: 4096 of them, 96 KiB, unless the name says otherwise. The batch is the same each time, so it comes
//! from the cache, as one that was just decoded would. Others get it as bytes, padding zeroed before; npyt zeroes it.

use std::io::Write;

use npyt::NpytMut;

use super::{Case, case};
use crate::measure::{Entry, Laps};
use crate::peers::files::Positioned;
use crate::peers::mapped::{self, Mapped};
use crate::peers::{files, ndarray_npy, npyz};
use crate::rows::{self, BATCH, Batch, LAP, Padded, Plain, ROW, Row};
use crate::{Bench, Result};

pub(super) const CASES: &[Case] = &[
    case("extend, warm, plain rows", "row", warm::<Plain, BATCH>),
    case("extend, warm, padded rows", "row", warm::<Padded, BATCH>),
    case("extend by 64, warm, plain rows", "row", warm::<Plain, 64>),
    case("extend, fresh, plain rows", "row", |bench| {
        let mut entries = fresh::<Plain, BATCH>(bench)?;
        entries.extend([buffered(bench)?, npyz(bench), ndarray_npy(bench)]);
        Ok(entries)
    }),
    case("extend, fresh, padded rows", "row", fresh::<Padded, BATCH>),
    case("extend by 64, fresh, plain rows", "row", fresh::<Plain, 64>),
];

/// Times `extend`, called for every batch of `batch` rows, lap by lap.
fn laps<E>(
    laps: &mut Laps,
    rows: usize,
    batch: usize,
    mut extend: impl FnMut() -> std::result::Result<(), E>,
) -> Result<()>
where
    E: std::error::Error + 'static,
{
    for _ in 0..rows / LAP {
        laps.time(LAP, || (0..LAP / batch).try_for_each(|_| extend()))?;
    }
    Ok(())
}

/// Timed: `extend_from_slice`, again and again. Not timed: the file made and opened, and dropped.
fn ours<R: Row, const N: usize>(bench: &Bench, prefault: bool) -> Entry {
    let (scratch, rows, batch) = (bench.scratch.clone(), bench.rows, Batch::<R>::new());
    Entry::new("npyt", move |timed| {
        let name = scratch.name();
        let mut file = NpytMut::<R>::options().capacity(rows).prefault(prefault).create(&name)?;
        laps(timed, rows, N, || file.extend_from_slice(&batch.rows()[..N]))
    })
}

/// memcpy into the mapping, and a Release store of `end`, by hand. Not timed: as ours.
fn raw<R: Row, const N: usize>(bench: &Bench, name: &'static str, prefault: bool) -> Result<Entry> {
    let (scratch, rows, batch) = (bench.scratch.clone(), bench.rows, Batch::<R>::new());
    let offset = rows::offset::<R>(&scratch)?;
    Ok(Entry::new(name, move |timed| {
        let name = scratch.name();
        let mut file = Mapped::create(name.as_ref(), offset, rows)?;
        if prefault {
            file = file.prefault()?;
        }
        laps(timed, rows, N, || {
            file.extend(&batch.bytes()[..N * ROW]);
            std::io::Result::Ok(())
        })
    }))
}

/// Every page in memory and in the page table before the first batch.
fn warm<R: Row, const N: usize>(bench: &Bench) -> Result<Vec<Entry>> {
    Ok(vec![ours::<R, N>(bench, true), raw::<R, N>(bench, "memcpy into a mapping", true)?])
}

/// A file whose pages nobody has touched. Its blocks are reserved, save for `write(2)`, which makes the file longer.
fn fresh<R: Row, const N: usize>(bench: &Bench) -> Result<Vec<Entry>> {
    Ok(vec![
        ours::<R, N>(bench, false),
        write::<R, N>(bench)?,
        pwrite::<R, N>(bench)?,
        raw::<R, N>(bench, "memcpy into a mapping never touched", false)?,
    ])
}

/// Timed: a `write(2)` a batch. Nobody reserved the blocks, here or later: they are found when the file is written back.
fn write<R: Row, const N: usize>(bench: &Bench) -> Result<Entry> {
    let (scratch, rows, batch) = (bench.scratch.clone(), bench.rows, Batch::<R>::new());
    let offset = rows::offset::<R>(&scratch)?;
    Ok(Entry::new("write(2)", move |timed| {
        let name = scratch.name();
        let mut file = files::appended(name.as_ref(), offset)?;
        laps(timed, rows, N, || file.write_all(&batch.bytes()[..N * ROW]))
    }))
}

/// Timed: a `pwrite(2)` a batch, into a file as ours is.
fn pwrite<R: Row, const N: usize>(bench: &Bench) -> Result<Entry> {
    let (scratch, rows, batch) = (bench.scratch.clone(), bench.rows, Batch::<R>::new());
    let offset = rows::offset::<R>(&scratch)?;
    Ok(Entry::new("pwrite(2), blocks reserved", move |timed| {
        let name = scratch.name();
        let file = mapped::reserved(name.as_ref(), mapped::file_len(offset, rows))?;
        let mut file = Positioned { file, at: offset as u64 };
        laps(timed, rows, N, || file.extend(&batch.bytes()[..N * ROW]))
    }))
}

/// Timed: `write_all` of each row's bytes. Not timed: the flush of the last 8 KiB.
fn buffered(bench: &Bench) -> Result<Entry> {
    let (scratch, rows, batch) = (bench.scratch.clone(), bench.rows, Batch::<Plain>::new());
    let offset = rows::offset::<Plain>(&scratch)?;
    Ok(Entry::new("BufWriter<File>, rows as bytes", move |timed| {
        let name = scratch.name();
        let mut file = files::buffered(name.as_ref(), offset)?;
        laps(timed, rows, BATCH, || batch.rows().iter().try_for_each(|row| file.write_all(&row.bytes())))?;
        Ok(file.flush()?)
    }))
}

/// Timed: its `extend`. Not timed: `finish`, which flushes the last 8 KiB and writes the number of rows.
fn npyz(bench: &Bench) -> Entry {
    let (scratch, rows, batch) = (bench.scratch.clone(), bench.rows, Batch::<Plain>::new());
    Entry::new("npyz, NpyWriter::extend", move |timed| {
        let name = scratch.name();
        let mut file = npyz::create(name.as_ref())?;
        laps(timed, rows, BATCH, || file.extend(batch.rows().iter().copied()))?;
        Ok(file.finish()?)
    })
}

/// Timed: an array of all rows written at once, as it neither appends nor knows structs. Its source is no cache's.
fn ndarray_npy(bench: &Bench) -> Entry {
    let (scratch, rows) = (bench.scratch.clone(), bench.rows);
    let array = ndarray_npy::array(rows);
    Entry::new("ndarray-npy, all at once as (rows, 3) f64", move |timed| {
        let name = scratch.name();
        let file = std::fs::File::create_new(&name)?;
        timed.time(rows, || ndarray_npy::write(file, &array))
    })
}
