//! Files made, opened and closed. Many to a lap, as one is over in microseconds.

use std::fs;
use std::hint::black_box;

use npyt::{Form, Npyt, NpytMut};

use super::{Case, case};
use crate::measure::Entry;
use crate::peers::mapped::{self, Mapped};
use crate::peers::{ndarray_npy, npyz};
use crate::rows::{self, BATCH, Batch, Plain, ROW};
use crate::scratch::Name;
use crate::{Bench, Result};

pub(super) const CASES: &[Case] = &[
    case("open and close, to read", "file", open),
    case("open and close, to append", "file", append),
    case("create, blocks reserved", "file", create),
];

/// Opened and closed so often in a lap.
const TIMES: usize = 32;

/// A full file of plain rows.
fn full(bench: &Bench, form: Form) -> Result<Name> {
    let name = bench.scratch.name();
    let batch = Batch::<Plain>::new();
    let mut file = NpytMut::<Plain>::options().capacity(bench.rows).form(form).create(&name)?;
    (0..bench.rows / BATCH).try_for_each(|_| file.extend_from_slice(batch.rows()))?;
    Ok(name)
}

/// Times `open`, which also closes.
fn again(name: &'static str, mut open: impl FnMut() -> Result<()> + 'static) -> Entry {
    Entry::new(name, move |timed| timed.time(TIMES, || (0..TIMES).try_for_each(|_| open())))
}

/// Timed: from the path to the last row in hand (the last three numbers, the array's shape), and closing it.
fn open(bench: &Bench) -> Result<Vec<Entry>> {
    let name = full(bench, Form::Aligned)?;
    let ours = again("npyt", move || {
        // SAFETY: a file of this run, which nobody changes.
        let file = unsafe { Npyt::<Plain>::open(&name)? };
        black_box(file.tail(1).first().copied());
        Ok(())
    });

    let name = full(bench, Form::Aligned)?;
    let last = usize::try_from(npyt::inspect(&name)?.offset())? + (bench.rows - 1) * ROW;
    let raw = again("File::open and a mapping, nothing checked", move || {
        let map = mapped::read_only(name.as_ref())?;
        black_box(map.get(last));
        Ok(())
    });

    let name = full(bench, Form::List)?;
    let npyz = again("npyz, header only", move || {
        black_box(npyz::open(name.as_ref())?);
        Ok(())
    });

    let name = bench.scratch.name();
    ndarray_npy::write(fs::File::create_new(&name)?, &ndarray_npy::array(bench.rows))?;
    let view = again("ndarray-npy, view of a mapping, 3 f64 a row", move || {
        let map = mapped::read_only(name.as_ref())?;
        let view = ndarray_npy::view(&map)?;
        black_box(view.rows().into_iter().next_back().map(|row| row[1]));
        Ok(())
    });

    let name = full(bench, Form::Aligned)?;
    let read = Entry::new("fs::read", move |timed| {
        black_box(timed.time(1, || fs::read(&name))?);
        Ok(())
    });
    Ok(vec![ours, raw, npyz, view, read])
}

/// Timed: from the path to the number of rows, and closing it, which notes the time.
fn append(bench: &Bench) -> Result<Vec<Entry>> {
    let name = full(bench, Form::Aligned)?;
    let ours = again("npyt", move || {
        black_box(NpytMut::<Plain>::open(&name)?.len());
        Ok(())
    });
    let name = full(bench, Form::Aligned)?;
    let raw = again("File::open and a mapping, nothing checked", move || {
        let file = fs::OpenOptions::new().read(true).write(true).open(&name)?;
        black_box(memmap2::MmapOptions::new().map_raw(&file)?.len());
        Ok(())
    });
    Ok(vec![ours, raw])
}

/// Timed: until the first row could be pushed. Not timed: closing and removing it.
fn create(bench: &Bench) -> Result<Vec<Entry>> {
    let (scratch, rows) = (bench.scratch.clone(), bench.rows);
    let ours = Entry::new("npyt", move |timed| {
        let name = scratch.name();
        black_box(timed.time(1, || NpytMut::<Plain>::options().capacity(rows).create(&name))?);
        Ok(())
    });
    let (scratch, offset) = (bench.scratch.clone(), rows::offset::<Plain>(&bench.scratch)?);
    let raw = Entry::new("File::create, posix_fallocate, a mapping", move |timed| {
        let name = scratch.name();
        black_box(timed.time(1, || Mapped::create(name.as_ref(), offset, rows))?);
        Ok(())
    });
    Ok(vec![ours, raw])
}
