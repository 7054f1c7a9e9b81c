//! Records trades into a `.npy` file while a second process reads them as `&[Trade]`.
//!
//! ```text
//! cargo run --release --example record
//! cargo run --release --example record -- --csv trades.csv --speed 10 --out trades.npy
//! ```
//!
//! The heart of it is small: [`write`] pushes rows, [`reader`], the program of the second process, looks at them in place and
//! keeps one-second bars. The rest is what a program has around that: [`args`], [`source`] (where trades come from),
//! [`child`] (starting the second process and hearing from it, by [`messages`]), [`progress`] and [`summary`].

mod args;
mod child;
mod messages;
mod progress;
mod reader;
mod source;
mod status;
mod summary;
mod write;

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

use npyt::{ErrorKind, NpytMut};
use npyt_examples::console::{complain, say};
use npyt_examples::{Place, Trade, numpy, with_causes};

use args::{Args, Command};
use child::ChildProcess;
use source::Source;
use status::Status;
use summary::Summary;

fn main() -> ExitCode {
    let result = match args::parse() {
        Ok(Command::Record(args)) => record(&args),
        Ok(Command::Read(path)) => reader::run(&path).map(|()| ExitCode::SUCCESS),
        Ok(Command::Help) => say(args::HELP).map(|()| ExitCode::SUCCESS),
        Err(error) => {
            // lexopt's text has the cause in it.
            complain(&format!("{error}; --help tells what there is"));
            return ExitCode::from(2);
        }
    };
    result.unwrap_or_else(|error| {
        complain(&with_causes(&*error));
        ExitCode::FAILURE
    })
}

/// Room to begin with, unless told otherwise: so little that the file has to grow.
const CAPACITY: usize = 1_000;

fn record(args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    let mut source = Source::open(args)?;
    let place = Place::choose(args.out.as_deref(), "npyt-record-", "trades.npy")?;
    let capacity = args.capacity.unwrap_or(CAPACITY);
    let mut file = NpytMut::<Trade>::options().capacity(capacity).create(place.path()).map_err(advice)?;

    let status = Arc::new(Status::default());
    let child = ChildProcess::start(place.path(), &status)?;
    let progress = progress::start(&status, source.total());
    let written = write::record(&mut file, &mut source, args.pace(), &status);
    let read = child.finish();
    progress.finish();

    // The second process has ended, so unless somebody else reads the file it can be cut to its rows.
    let finished = file.finish();
    let rows = file.len();
    drop(file);

    let summary = Summary { written, finished, rows, read, numpy: numpy::ask(place.path()), place };
    say(&summary.to_string())?;
    let complaints = summary.complaints();
    complaints.iter().for_each(|complaint| complain(complaint));
    Ok(if complaints.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What to do in terms of this program: the library knows of no `--out`.
fn advice(error: npyt::Error) -> Box<dyn Error> {
    let path = error.path().display();
    match error.kind() {
        // Never "remove it" of a folder: it may be full of other things.
        ErrorKind::Exists | ErrorKind::NotAFile { .. } if error.path().is_dir() => {
            format!("{path}: is a directory; name a file in it by --out").into()
        }
        ErrorKind::Exists => format!("{path}: already exists; choose another --out, or remove it").into(),
        ErrorKind::NotAFile { found } => format!("{path}: is {found}; choose another --out").into(),
        _ => error.into(),
    }
}
