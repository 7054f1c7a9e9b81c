//! `npyt head` and `npyt tail`: the rows at either end.

use std::path::Path;

use crate::args::{self, Format};
use crate::failure::{self, Failure, Result};
use crate::format::Printer;
use crate::output::Output;
use crate::paint::Paint;
use crate::source::Source;

/// Which rows.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    First,
    Last,
}

pub(super) fn run(args: &args::Head, end: End, output: &mut Output, errors: Paint) -> Result<bool> {
    let several = args.files.len() > 1;
    // One table of values, so one line of names.
    let mut named: Option<(Vec<String>, &Path)> = None;
    let mut is_first = true;
    failure::for_each(&args.files, errors, |path| {
        let source = Source::open(path)?;
        let mut printer = Printer::new(source.dtype(), &args.shape).map_err(|what| Failure::at(path, what))?;
        if several && args.shape.format == Format::Table {
            if !std::mem::take(&mut is_first) {
                output.line("")?;
            }
            output.line(format_args!("==> {} <==", output.paint().path(path.display())))?;
        }
        match (&named, printer.names()) {
            (Some((first, _)), Some(names)) if *first == names => {}
            (Some((_, first)), Some(_)) => {
                let what = format!("its columns are not those of {}, expected the same in one CSV", first.display());
                return Err(Failure::at(path, what));
            }
            (_, names) => {
                printer.begin(output)?;
                named = names.and_then(|names| Some((names, args.files.iter().find(|file| *file == path)?.as_path())));
            }
        }
        print(&source, &mut printer, args.rows, end, output)?;
        Ok(true)
    })
}

fn print(source: &Source, printer: &mut Printer, most: u64, end: End, output: &mut Output) -> Result<()> {
    let there = source.rows()?;
    let mut rows = match end {
        End::First => there.start..there.start.saturating_add(most).min(there.end),
        End::Last => there.end.saturating_sub(most).max(there.start)..there.end,
    };
    while !rows.is_empty() {
        let batch = source.read(rows.clone())?;
        if batch.is_empty() {
            break;
        }
        for (number, row) in batch.rows().zip(batch.iter()) {
            printer.row(number, row, output)?;
        }
        rows.start = batch.rows().end;
    }
    printer.end_batch(output)
}
