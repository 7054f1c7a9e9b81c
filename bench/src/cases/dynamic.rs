//! Rows whose type the program doesn't have, or of which it wants some fields. The file is in the page cache.

use std::fs::File;
use std::hint::black_box;
use std::io::Write;
use std::os::unix::fs::FileExt;

use npyt::{NpyDyn, NpyRecord, Npyt, NpytCopy};

use super::scan::recorded;
use super::{Case, case};
use crate::measure::Entry;
use crate::peers::files;
use crate::rows::{self, LAP, Plain, ROW};
use crate::{Bench, Result};

pub(super) const CASES: &[Case] = &[
    case("column of a file without a type, in place", "row", column),
    case("two of three fields by name, copied", "row", by_name),
    case("a row printed without a type", "row", print),
];

/// A column summed. Timed: taking the rows and the column, a lap of it summed.
fn column(bench: &Bench) -> Result<Vec<Entry>> {
    let (name, rows) = (recorded::<Plain>(bench)?, bench.rows);
    // SAFETY: a file of this run, which nobody changes.
    let file = unsafe { NpyDyn::open(&name)? };
    let ours = Entry::new("npyt", move |timed| {
        let _ = &name;
        for from in (0..rows).step_by(LAP) {
            let sum = timed.time(LAP, || -> Result<f64> {
                let rows = file.range(from as u64..(from + LAP) as u64)?;
                Ok(rows.column::<f64>("px")?.iter().sum())
            });
            black_box(sum?);
        }
        Ok(())
    });
    let name = recorded::<Plain>(bench)?;
    // SAFETY: as above.
    let file = unsafe { Npyt::<Plain>::open(&name)? };
    let typed = Entry::new("npyt, as_slice", move |timed| {
        let _ = &name;
        for from in (0..rows).step_by(LAP) {
            black_box(timed.time(LAP, || rows::sum(&file.as_slice()[from..from + LAP])));
        }
        Ok(())
    });
    Ok(vec![ours, typed])
}

/// Some of [`Plain`]'s fields, in another order.
#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Part {
    qty: f64,
    ts: i64,
}

/// Everything into new memory. Timed: that, and the memory given back.
fn by_name(bench: &Bench) -> Result<Vec<Entry>> {
    let (name, rows) = (recorded::<Plain>(bench)?, bench.rows);
    let file = NpytCopy::<Part>::open_by_name(&name)?;
    let ours = Entry::new("npyt", move |timed| {
        let _ = &name;
        timed.time(rows, || file.to_vec().map(|rows| drop(black_box(rows))))?;
        Ok(())
    });
    let name = recorded::<Plain>(bench)?;
    let file = NpytCopy::<Plain>::open(&name)?;
    let whole = Entry::new("npyt, all fields", move |timed| {
        let _ = &name;
        timed.time(rows, || file.to_vec().map(|rows| drop(black_box(rows))))?;
        Ok(())
    });
    Ok(vec![ours, whole, by_hand(bench)?])
}

/// Blocks of 192 KiB by `pread(2)`, and the fields picked from each row.
fn by_hand(bench: &Bench) -> Result<Entry> {
    const BLOCK: usize = 8192;
    let (name, rows) = (recorded::<Plain>(bench)?, bench.rows);
    let offset = npyt::inspect(&name)?.offset();
    let file = File::open(&name)?;
    let mut buffer = vec![0; BLOCK * ROW];
    Ok(Entry::new("pread(2), fields picked by hand", move |timed| {
        let _ = &name;
        timed.time(rows, || -> Result<()> {
            let mut picked = Vec::with_capacity(rows);
            for first in (0..rows).step_by(BLOCK) {
                file.read_exact_at(&mut buffer, offset + (first * ROW) as u64)?;
                let block = files::decode::<Plain>(&buffer, 0, BLOCK)?;
                picked.extend(block.iter().map(|row| Part { qty: row.qty(), ts: row.ts() }));
            }
            drop(black_box(picked));
            Ok(())
        })?;
        Ok(())
    }))
}

/// As numpy prints it, beside the `Debug` that a struct derives.
fn print(bench: &Bench) -> Result<Vec<Entry>> {
    const ROWS: usize = 4096;
    let name = recorded::<Plain>(bench)?;
    let file = NpyDyn::open_copy(&name)?;
    let mut text = Vec::new();
    let ours = Entry::new("npyt", move |timed| {
        let _ = &name;
        let rows = file.head(ROWS)?;
        timed.time(ROWS, || -> Result<()> {
            text.clear();
            rows.iter().try_for_each(|row| writeln!(text, "{row}"))?;
            Ok(())
        })?;
        black_box(&text);
        Ok(())
    });
    let name = recorded::<Plain>(bench)?;
    let file = NpytCopy::<Plain>::open(&name)?;
    let mut text = Vec::new();
    let derived = Entry::new("a struct's derived Debug", move |timed| {
        let _ = &name;
        let rows = file.head(ROWS)?;
        timed.time(ROWS, || -> Result<()> {
            text.clear();
            rows.iter().try_for_each(|row| writeln!(text, "{row:?}"))?;
            Ok(())
        })?;
        black_box(&text);
        Ok(())
    });
    Ok(vec![ours, derived])
}
