//! One column of all rows summed. The file is in the page cache, and mapped files were scanned before.

use std::fs::{self, File};
use std::hint::black_box;
use std::os::unix::fs::FileExt;

use npyt::{Form, Npyt, NpytCopy, NpytMut};

use super::{Case, case};
use crate::measure::Entry;
use crate::peers::mapped::{self, Mapped};
use crate::peers::{files, ndarray_npy, npyz};
use crate::rows::{self, BATCH, Batch, LAP, Padded, Plain, ROW, Row};
use crate::scratch::Name;
use crate::{Bench, Result};

pub(super) const CASES: &[Case] = &[
    case("scan, as_slice, plain rows", "row", |bench| {
        let mut entries = slices::<Plain>(bench)?;
        entries.extend([view(bench)?, read_whole(bench)?, npyz(bench)?, ndarray_npy(bench)?]);
        Ok(entries)
    }),
    case("scan, as_slice, padded rows", "row", slices::<Padded>),
    case("scan, NpytCopy::iter, plain rows", "row", copies),
    case("scan, to_vec, plain rows", "row", to_vec),
];

/// A full file, in the form that every peer reads.
pub(super) fn recorded<R: Row>(bench: &Bench) -> Result<Name> {
    let name = bench.scratch.name();
    let mut file = NpytMut::<R>::options().capacity(bench.rows).form(Form::List).create(&name)?;
    for first in (0..bench.rows).step_by(BATCH) {
        let batch: Vec<R> = (first..first + BATCH).map(R::make).collect();
        file.extend_from_slice(&batch)?;
    }
    Ok(name)
}

/// The same loop over a slice of ours and over one by hand. Timed: taking the slice, a lap of it summed.
fn slices<R: Row>(bench: &Bench) -> Result<Vec<Entry>> {
    let name = recorded::<R>(bench)?;
    // SAFETY: a file of this run, which nobody changes.
    let file = unsafe { Npyt::<R>::open(&name)? };
    let rows = bench.rows;
    let ours = Entry::new("npyt", move |timed| {
        let _ = &name;
        for from in (0..rows).step_by(LAP) {
            black_box(timed.time(LAP, || rows::sum(&file.as_slice()[from..from + LAP])));
        }
        Ok(())
    });

    let batch = Batch::<R>::new();
    let name = bench.scratch.name();
    let mut file = Mapped::create(name.as_ref(), rows::offset::<R>(&bench.scratch)?, rows)?;
    (0..rows / BATCH).for_each(|_| file.extend(batch.bytes()));
    let raw = Entry::new("raw mapped slice", move |timed| {
        let _ = &name;
        for from in (0..rows).step_by(LAP) {
            black_box(timed.time(LAP, || rows::sum(&file.rows::<R>()[from..from + LAP])));
        }
        Ok(())
    });
    Ok(vec![ours, raw])
}

/// An array viewed in a mapping made once. Timed: the view, whose header is parsed anew, and the whole sum.
fn view(bench: &Bench) -> Result<Entry> {
    let name = array(bench)?;
    let map = mapped::read_only(name.as_ref())?;
    let rows = bench.rows;
    Ok(Entry::new("ndarray-npy, view of a mapping, 3 f64 a row", move |timed| {
        let _ = &name;
        black_box(timed.time(rows, || ndarray_npy::view(&map).map(|view| ndarray_npy::sum(&view)))?);
        Ok(())
    }))
}

fn array(bench: &Bench) -> Result<Name> {
    let name = bench.scratch.name();
    ndarray_npy::write(File::create_new(&name)?, &ndarray_npy::array(bench.rows))?;
    Ok(name)
}

/// Timed: the whole file read into new memory, and the sum.
fn read_whole(bench: &Bench) -> Result<Entry> {
    let name = recorded::<Plain>(bench)?;
    let (rows, offset) = (bench.rows, usize::try_from(npyt::inspect(&name)?.offset())?);
    Ok(Entry::new("fs::read and a cast", move |timed| {
        let sum = timed.time(rows, || -> Result<f64> {
            let bytes = fs::read(&name)?;
            Ok(rows::sum(files::decode::<Plain>(&bytes, offset, rows)?))
        });
        black_box(sum?);
        Ok(())
    }))
}

/// Timed: opening, and its iterator summed.
fn npyz(bench: &Bench) -> Result<Entry> {
    let (name, rows) = (recorded::<Plain>(bench)?, bench.rows);
    Ok(Entry::new("npyz, iterator", move |timed| {
        black_box(timed.time(rows, || npyz::sum(name.as_ref()))?);
        Ok(())
    }))
}

/// Timed: the array read into new memory, and the sum.
fn ndarray_npy(bench: &Bench) -> Result<Entry> {
    let (name, rows) = (array(bench)?, bench.rows);
    Ok(Entry::new("ndarray-npy, read_npy, 3 f64 a row", move |timed| {
        let sum = timed.time(rows, || ndarray_npy::read(name.as_ref()).map(|array| ndarray_npy::sum(&array.view())));
        black_box(sum?);
        Ok(())
    }))
}

/// Without `unsafe`: rows copied out. Timed: all of it, from a handle that is open.
fn copies(bench: &Bench) -> Result<Vec<Entry>> {
    let (name, rows) = (recorded::<Plain>(bench)?, bench.rows);
    let file = NpytCopy::<Plain>::open(&name)?;
    let ours = Entry::new("npyt", move |timed| {
        let _ = &name;
        let sum = timed.time(rows, || file.iter().try_fold(0.0, |sum, row| row.map(|row| sum + row.px())));
        black_box(sum?);
        Ok(())
    });
    Ok(vec![ours, pread(bench)?, npyz(bench)?])
}

/// The limit of reading by copies: `pread(2)` of 192 KiB into one buffer, summed there. Timed: all of it.
fn pread(bench: &Bench) -> Result<Entry> {
    const BLOCK: usize = 8192;
    let (name, rows) = (recorded::<Plain>(bench)?, bench.rows);
    let offset = npyt::inspect(&name)?.offset();
    let file = File::open(&name)?;
    let mut buffer = vec![0; BLOCK * ROW];
    Ok(Entry::new("pread(2) of 192 KiB and a cast", move |timed| {
        let _ = &name;
        let sum = timed.time(rows, || -> Result<f64> {
            let mut sum = 0.0;
            for first in (0..rows).step_by(BLOCK) {
                file.read_exact_at(&mut buffer, offset + (first * ROW) as u64)?;
                sum += rows::sum(files::decode::<Plain>(&buffer, 0, BLOCK)?);
            }
            Ok(sum)
        });
        black_box(sum?);
        Ok(())
    }))
}

/// Everything copied into new memory. Timed: that, and the memory given back.
fn to_vec(bench: &Bench) -> Result<Vec<Entry>> {
    let (name, rows) = (recorded::<Plain>(bench)?, bench.rows);
    let file = NpytCopy::<Plain>::open(&name)?;
    let ours = Entry::new("npyt", move |timed| {
        let _ = &name;
        timed.time(rows, || file.to_vec().map(|rows| drop(black_box(rows))))?;
        Ok(())
    });
    let name = recorded::<Plain>(bench)?;
    let read = Entry::new("fs::read", move |timed| {
        timed.time(rows, || fs::read(&name).map(|bytes| drop(black_box(bytes))))?;
        Ok(())
    });
    Ok(vec![ours, read])
}
