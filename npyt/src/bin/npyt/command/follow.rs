//! `npyt follow`: rows as they are published.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::args;
use crate::failure::{Failure, Result};
use crate::format::Printer;
use crate::output::Output;
use crate::paint::{Paint, harmless};
use crate::source::Source;

/// ctrl-C is noticed so soon.
const GLANCE: Duration = Duration::from_millis(50);

pub(super) fn run(args: &args::Follow, output: &mut Output, errors: Paint) -> Result<bool> {
    let stop = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&stop);
    ctrlc::set_handler(move || told.store(true, Ordering::Relaxed)).map_err(|error| Failure::Other(error.into()))?;

    let source = Source::open(&args.file)?;
    let mut printer = Printer::new(source.dtype(), &args.shape).map_err(|what| Failure::at(&args.file, what))?;
    let there = source.rows()?;
    let mut next = args.rows.map_or(there.start, |rows| there.end.saturating_sub(rows).max(there.start));
    // Whoever sees it knows that no row from now on is missed.
    printer.begin(output)?;
    output.flush()?;
    while !stop.load(Ordering::Relaxed) {
        if !source.wait(next, GLANCE)? {
            // `| head` has what it wanted, and shall not wait for another row.
            if source.may_grow() && !output.is_closed() {
                continue;
            }
            break;
        }
        let batch = match source.read(next..u64::MAX) {
            Ok(batch) => batch,
            Err(error) => {
                // Others took them away; what is kept is still to come.
                let Some(first) = error.first_kept() else { return Err(error.into()) };
                let missed = first.saturating_sub(next);
                let text = format!(
                    "{}: {missed} rows were taken away before they were read, {next} to {}",
                    args.file.display(),
                    first.saturating_sub(1)
                );
                drop(writeln!(io::stderr(), "{} {}", errors.warn("npyt:"), harmless(&text)));
                next = first;
                continue;
            }
        };
        let rows = batch.rows();
        for (number, row) in rows.clone().zip(batch.iter()) {
            printer.row(number, row, output)?;
        }
        next = rows.end;
        printer.end_batch(output)?;
        // Whoever reads this waits for these rows, not for a full buffer.
        output.flush()?;
    }
    Ok(true)
}
