//! `npyt append`: the rows of a CSV.

mod batch;
mod plan;

use std::cell::RefCell;
use std::fmt;
use std::fs::File;
use std::io::{self, IsTerminal as _, Read};
use std::path::Path;
use std::rc::Rc;

use csv::{ByteRecord, Reader, ReaderBuilder};
use indicatif::ProgressBar;
use npyt::NpyDynMut;

use crate::args;
use crate::failure::{Failure, Result};
use crate::output::Output;
use crate::progress;
use batch::{Batch, Watched};
use plan::Plan;

pub(super) fn run(args: &args::Append, output: &mut Output) -> Result<bool> {
    let (input, total) = open(&args.csv).map_err(|error| Failure::io(&args.csv, &error))?;
    let batch = Rc::new(RefCell::new(Batch::new(NpyDynMut::open(&args.file)?)));
    // Not between the lines that somebody types.
    let is_typed = total.is_none() && io::stdin().is_terminal();
    let bar = if is_typed { ProgressBar::hidden() } else { progress::bar(total) };
    let input = Watched { input, batch: Rc::clone(&batch), bar: bar.clone() };
    let csv = ReaderBuilder::new()
        .has_headers(false)
        // Its own message has another idea of where that line is.
        .flexible(true)
        .delimiter(args.delimiter)
        .buffer_capacity(1 << 18)
        .from_reader(input);
    let appended = append(args, csv, &batch);
    // What came before a bad line stays.
    let published = batch.borrow_mut().publish();
    bar.finish_and_clear();
    let count = batch.borrow().appended();
    let complain = |what: &dyn fmt::Display| {
        let stays = match count {
            0 => "nothing was appended".to_owned(),
            1 => format!("the row before it is appended to {}", args.file.display()),
            _ => format!("the {count} rows before it are appended to {}", args.file.display()),
        };
        Failure::at(&args.csv, format_args!("{what}; {stays}"))
    };
    match (published, appended) {
        (Err(error), _) | (_, Err(Stop::File(error))) => Err(error.into()),
        (_, Err(Stop::Csv(error))) => Err(complain(&error)),
        (_, Err(Stop::Bad(what))) => Err(complain(&what)),
        (Ok(()), Ok(())) => {
            let rows = batch.borrow().rows();
            let there = rows.end - rows.start;
            output.line(format_args!("{}: {count} rows appended, {there} now", args.file.display()))?;
            Ok(true)
        }
    }
}

/// The CSV and its length, where it has one.
fn open(path: &Path) -> io::Result<(Box<dyn Read>, Option<u64>)> {
    if path.as_os_str() == "-" {
        return Ok((Box::new(io::stdin().lock()), None));
    }
    let file = File::open(path)?;
    let found = file.metadata()?;
    if found.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    Ok((Box::new(file), found.is_file().then_some(found.len())))
}

/// What ends it early.
enum Stop {
    /// A line that makes no row.
    Bad(String),
    /// The input can't be read.
    Csv(csv::Error),
    /// The file can't take more.
    File(npyt::Error),
}

fn append(args: &args::Append, mut csv: Reader<Watched>, batch: &RefCell<Batch>) -> Result<(), Stop> {
    let mut record = ByteRecord::new();
    let next = |csv: &mut Reader<Watched>, record: &mut ByteRecord| match csv.read_byte_record(record) {
        // The input is read no further once the file takes no more.
        Err(error) => Err(batch.borrow_mut().take_failure().map_or(Stop::Csv(error), Stop::File)),
        found => found.map_err(Stop::Csv),
    };
    if !next(&mut csv, &mut record)? {
        return Err(Stop::Bad("expected a first line with the names of columns, found nothing".to_owned()));
    }
    let plan = Plan::new(batch.borrow().dtype(), &record, args.zero_missing, args.ignore_unknown).map_err(Stop::Bad)?;
    let mut row = vec![0; batch.borrow().dtype().size()];
    while next(&mut csv, &mut record)? {
        plan.fill(&record, &mut row).map_err(|what| {
            let line = batch.borrow().line_of(&record, csv.position());
            Stop::Bad(format!("line {line}: {what}"))
        })?;
        batch.borrow_mut().add(&row).map_err(Stop::File)?;
    }
    Ok(())
}
