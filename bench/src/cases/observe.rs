//! A look at how many rows there are.

use std::hint::black_box;
use std::sync::atomic::Ordering;

use npyt::{Npyt, NpytMut};

use super::{Case, case};
use crate::measure::Entry;
use crate::peers::mapped::Mapped;
use crate::rows::{self, Plain, Row};
use crate::{Bench, Result};

pub(super) const CASES: &[Case] = &[case("observe, len of a reader", "call", observe)];

const TIMES: usize = 1 << 16;

/// Timed: looks at a file that a writer has open and leaves alone. The other looks at its counter only.
fn observe(bench: &Bench) -> Result<Vec<Entry>> {
    let name = bench.scratch.name();
    let mut writer = NpytMut::<Plain>::options().capacity(1000).create(&name)?;
    writer.push(Plain::make(0))?;
    // SAFETY: a file of this run, which only npyt writes to.
    let reader = unsafe { Npyt::<Plain>::open(&name)? };
    let ours = Entry::new("npyt", move |timed| {
        let _ = (&name, &writer);
        timed.time(TIMES, || {
            for _ in 0..TIMES {
                black_box(black_box(&reader).len());
            }
        });
        Ok(())
    });

    let name = bench.scratch.name();
    let mut file = Mapped::create(name.as_ref(), rows::offset::<Plain>(&bench.scratch)?, 1000)?;
    file.push_each::<Plain>(0..1);
    let raw = Entry::new("Acquire load of end", move |timed| {
        let _ = &name;
        timed.time(TIMES, || {
            for _ in 0..TIMES {
                black_box(black_box(file.end()).load(Ordering::Acquire));
            }
        });
        Ok(())
    });
    Ok(vec![ours, raw])
}
