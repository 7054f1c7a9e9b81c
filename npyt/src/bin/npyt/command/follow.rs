//! `npyt follow`: rows as they are published.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::args;
use crate::failure::{Failure, Result};
use crate::format::Printer;
use crate::output::Output;
use crate::paint::Paint;
use crate::source::Source;

/// ctrl-C is noticed so soon.
const GLANCE: Duration = Duration::from_millis(50);

pub(super) fn run(args: &args::Follow, output: &mut Output, errors: Paint) -> Result<bool> {
    let stop = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&stop);
    ctrlc::set_handler(move || told.store(true, Ordering::Relaxed)).map_err(|error| Failure::Other(error.into()))?;

    let source = Source::open(&args.file)?;
    let mut printer = Printer::new(source.dtype(), &args.shape).map_err(|what| Failure::at(&args.file, what))?;
    printer.begin(output)?;
    output.flush()?;
    let there = source.rows()?;
    let mut next = args.rows.map_or(there.start, |rows| there.end.saturating_sub(rows).max(there.start));
    while !stop.load(Ordering::Relaxed) {
        let rows = source.rows()?;
        if next < rows.start {
            let missed = rows.start - next;
            let text = format!(
                "{}: {missed} rows were taken away before they were read, {next} to {}",
                args.file.display(),
                rows.start - 1
            );
            drop(writeln!(io::stderr(), "{} {text}", errors.warn("npyt:")));
            next = rows.start;
        }
        if next >= rows.end {
            source.wait(GLANCE);
            continue;
        }
        let batch = source.read(next..rows.end)?;
        for (number, row) in batch.iter() {
            printer.row(number, row, output)?;
        }
        next = batch.end();
        printer.end_batch(output)?;
        // Whoever reads this waits for these rows, not for a full buffer.
        output.flush()?;
    }
    Ok(true)
}
