//! A look at how many rows there are.

use std::fs::File;
use std::hint::black_box;
use std::sync::atomic::Ordering;

use npyt::{Npyt, NpytCopy, NpytMut};

use super::{Case, case};
use crate::measure::Entry;
use crate::peers::mapped::Mapped;
use crate::rows::{self, Plain, Row};
use crate::scratch::Name;
use crate::{Bench, Result};

pub(super) const CASES: &[Case] = &[
    case("observe, len of Npyt", "call", |bench| in_place(bench, |file| file.len())),
    case("observe, rows of Npyt", "call", |bench| in_place(bench, |file| file.rows().end)),
    case("observe, len of NpytCopy", "call", copying),
];

const TIMES: usize = 1 << 16;

/// A file with a row, which a writer has open and leaves alone.
fn watched(bench: &Bench) -> Result<(Name, NpytMut<Plain>)> {
    let name = bench.scratch.name();
    let mut writer = NpytMut::<Plain>::options().capacity(1000).create(&name)?;
    writer.push(Plain::make(0))?;
    Ok((name, writer))
}

/// Timed: looks. The other looks at its counter only.
fn in_place(bench: &Bench, look: impl Fn(&Npyt<Plain>) -> usize + 'static) -> Result<Vec<Entry>> {
    let (name, writer) = watched(bench)?;
    // SAFETY: a file of this run, which only npyt writes to.
    let reader = unsafe { Npyt::<Plain>::open(&name)? };
    let ours = Entry::new("npyt", move |timed| {
        let _ = (&name, &writer);
        timed.time(TIMES, || {
            for _ in 0..TIMES {
                black_box(look(black_box(&reader)));
            }
        });
        Ok(())
    });
    Ok(vec![ours, load(bench)?])
}

fn load(bench: &Bench) -> Result<Entry> {
    let name = bench.scratch.name();
    let mut file = Mapped::create(name.as_ref(), rows::offset::<Plain>(&bench.scratch)?, 1000)?;
    file.push_each::<Plain>(0..1);
    Ok(Entry::new("Acquire load of end", move |timed| {
        let _ = &name;
        timed.time(TIMES, || {
            for _ in 0..TIMES {
                black_box(black_box(file.end()).load(Ordering::Acquire));
            }
        });
        Ok(())
    }))
}

/// Timed: looks, each of which begins with one at the length of the file.
fn copying(bench: &Bench) -> Result<Vec<Entry>> {
    const TIMES: usize = 1 << 10;
    let (name, writer) = watched(bench)?;
    let reader = NpytCopy::<Plain>::open(&name)?;
    let ours = Entry::new("npyt", move |timed| {
        let _ = (&name, &writer);
        timed.time(TIMES, || {
            for _ in 0..TIMES {
                black_box(black_box(&reader).len());
            }
        });
        Ok(())
    });
    let (name, writer) = watched(bench)?;
    let file = File::open(&name)?;
    let raw = Entry::new("statx(2) of the open file", move |timed| {
        let _ = (&name, &writer);
        timed.time(TIMES, || (0..TIMES).try_for_each(|_| file.metadata().map(|found| _ = black_box(found))))?;
        Ok(())
    });
    Ok(vec![ours, raw, load(bench)?])
}
