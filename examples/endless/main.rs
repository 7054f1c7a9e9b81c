//! Records without end into a directory of files that keeps the newest rows, while three other processes read it, and while
//! the one that writes is killed now and then; then counts whether every row is accounted for.
//!
//! ```text
//! cargo run --release --example endless
//! cargo run --release --example endless -- --quotes quotes.csv.gz --minutes 60 --dir quotes
//! ```
//!
//! The heart of it is small: [`writer`] and [`reader`] are the whole programs of the child processes. [`conductor`] is the
//! first process, which starts and kills them on a [`timeline`]. The rest is what they have in common: the rows that are
//! written, which anybody can tell from their numbers ([`row`], [`replay`], [`source`]), what a child is asked to be ([`job`]),
//! what is said between them ([`messages`], heard by [`children`] into [`status`]); and for the user [`args`], [`interrupt`],
//! [`progress`] and [`summary`] with its [`account`].

mod account;
mod args;
mod bursts;
mod children;
mod conductor;
mod interrupt;
mod job;
mod messages;
mod progress;
mod reader;
mod replay;
mod row;
mod source;
mod status;
mod summary;
mod timeline;
mod writer;

use std::error::Error;
use std::process::ExitCode;

use npyt_examples::console::{complain, say};
use npyt_examples::helper::{is_unheard, report};
use npyt_examples::{Quote, Trade, numpy, with_causes};

use args::{Args, Command};
use interrupt::Interrupt;
use job::{Child, Kind, Role};
use messages::Said;
use source::Source;
use summary::Summary;

fn main() -> ExitCode {
    match args::parse() {
        Ok(Command::Run(args)) => run(&args).unwrap_or_else(|error| {
            complain(&with_causes(&*error));
            ExitCode::FAILURE
        }),
        Ok(Command::Be(child)) => be(&child),
        Ok(Command::Help) => match say(args::HELP) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        },
        Err(error) => {
            // lexopt's text has the cause in it.
            complain(&format!("{error}; --help tells what there is"));
            ExitCode::from(2)
        }
    }
}

fn run(args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    let interrupt = Interrupt::listen()?;
    let place = args.place()?;
    let (kind, source) = match &args.quotes {
        Some(path) => (Kind::Quotes, Source::of_csv::<Quote>(path, &interrupt)?),
        None => (Kind::Trades, Some(Source::of_feed()?)),
    };
    let run = match source {
        Some(source) => {
            let child = Child::new(kind, place.path(), source.path(), Role::Writer(args.work));
            let time = args.time();
            match kind {
                Kind::Trades => conductor::conduct::<Trade>(&child, time, &interrupt)?,
                Kind::Quotes => conductor::conduct::<Quote>(&child, time, &interrupt)?,
            }
        }
        None => None,
    };
    // Asked to end at once: no questions.
    let Some(run) = run else { return Ok(ExitCode::from(interrupt::EXIT)) };

    let summary = Summary { numpy: numpy::ask_folder(place.path()), run, size: args.work.size, place };
    say(&summary.to_string())?;
    let complaints = summary.complaints();
    complaints.iter().for_each(|complaint| complain(complaint));
    Ok(if complaints.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// One of the child processes. What goes wrong is told to the first process, which tells the user.
fn be(child: &Child) -> ExitCode {
    let done = match (&child.role, child.kind) {
        (Role::Writer(job), Kind::Trades) => writer::run::<Trade>(child, job),
        (Role::Writer(job), Kind::Quotes) => writer::run::<Quote>(child, job),
        (Role::Reader(who), Kind::Trades) => reader::run::<Trade>(child, *who),
        (Role::Reader(who), Kind::Quotes) => reader::run::<Quote>(child, *who),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // Nobody hears us any more: the first process is dead, and so is our work.
        Err(error) if is_unheard(&*error) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = report(&Said::Failed(with_causes(&*error)));
            ExitCode::FAILURE
        }
    }
}
