//! The command `npyt`: what a file is, what stands in it, and how to set it right, from a shell.
//!
//! It uses what is public of the library, and nothing else.

mod args;
mod ask;
mod columns;
mod command;
mod failure;
mod format;
mod output;
mod paint;
mod parse;
mod progress;
mod source;

use std::process::ExitCode;

use clap::Parser as _;

use args::Args;
use failure::Failure;
use output::Output;
use paint::Paint;

/// Nothing went wrong.
const FINE: u8 = 0;
/// A file is not sound, or something couldn't be done.
const FAILED: u8 = 1;
/// The command line makes no sense. Also what clap ends with.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let args = Args::parse();
    let errors = Paint::of_stderr(args.color);
    let mut output = Output::new(Paint::of_stdout(args.color));
    let mut done = command::run(args.command, &mut output, errors);
    // What was printed before an error still is.
    if let Err(closed) = output.flush()
        && !matches!(done, Err(Failure::Closed))
    {
        done = Err(closed);
    }
    ExitCode::from(match done {
        Ok(true) => FINE,
        Ok(false) => FAILED,
        // Whoever reads has seen enough, as `head` has.
        Err(Failure::Closed) => FINE,
        Err(failure) => {
            failure.tell(errors);
            if matches!(failure, Failure::Usage(_)) { USAGE } else { FAILED }
        }
    })
}
