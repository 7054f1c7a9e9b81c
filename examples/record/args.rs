//! The command line.

use std::ffi::OsStr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use lexopt::ValueExt as _;
use lexopt::prelude::{Long, Short, Value};
use npyt_examples::Pace;

pub(crate) const HELP: &str = "\
Records trades into a .npy file while a second process reads them live and keeps one-second bars.

Usage: record [OPTIONS]        (cargo run --release --example record -- [OPTIONS])

Without options it makes a million trades of its own, records the first five seconds of them as they
would come and the rest flat out, and says what stock numpy makes of the file.

Options:
  --csv FILE      take the trades from a CSV, `-` for standard input; compressed by gzip or not. Its first
                  line names the columns, in any order, and others beside them are passed over:
                  local_ns,exch_ms,trade_id,price,qty,buyer_is_maker
  --speed X       pace the trades by their local_ns: 1 as they came, 10 ten times as fast, 0 flat out;
                  a CSV is recorded flat out unless told otherwise
  --out FILE      record into this file, which must not exist, and keep it; others may read it meanwhile,
                  but not write to it or shorten it; without --out the file is a temporary one and
                  removed at the end
  --capacity N    begin with room for N trades, 1,000 without it; the file doubles whenever it is full,
                  while the second process reads it
  -h, --help      this text

Environment:
  NPYT_PYTHON     the Python whose numpy is asked; without it that of this project's tests, if they made
                  one, else python3, else python
";

/// How the program starts its second process; not for people.
pub(crate) const READ: &str = "__read";

pub(crate) enum Command {
    Record(Args),
    /// Be the second process: read this file live.
    Read(PathBuf),
    Help,
}

#[derive(Debug, Default)]
pub(crate) struct Args {
    pub(crate) csv: Option<PathBuf>,
    pub(crate) out: Option<PathBuf>,
    pub(crate) capacity: Option<usize>,
    speed: Option<f64>,
}

/// How much of the own feed is recorded as it would come.
const LIVE: Duration = Duration::from_secs(5);

impl Args {
    pub(crate) fn pace(&self) -> Pace {
        match self.speed {
            Some(speed) => Pace::at_speed(speed),
            None if self.csv.is_none() => Pace::live_for(LIVE),
            None => Pace::flat_out(),
        }
    }
}

pub(crate) fn parse() -> Result<Command, lexopt::Error> {
    let mut parser = lexopt::Parser::from_env();
    let mut args = Args::default();
    while let Some(arg) = parser.next()? {
        match arg {
            Short('h') | Long("help") => return Ok(Command::Help),
            Long("csv") => args.csv = Some(parser.value()?.into()),
            Long("out") => args.out = Some(parser.value()?.into()),
            Long("speed") => args.speed = Some(parser.value()?.parse_with(speed)?),
            Long("capacity") => args.capacity = Some(parser.value()?.parse_with(capacity)?),
            Value(word) if word == OsStr::new(READ) => return Ok(Command::Read(parser.value()?.into())),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Command::Record(args))
}

fn speed(text: &str) -> Result<f64, &'static str> {
    let speed = text.parse().ok().filter(|speed: &f64| speed.is_finite() && *speed >= 0.0);
    speed.ok_or("--speed takes a number, 0 or more")
}

fn capacity(text: &str) -> Result<usize, &'static str> {
    text.parse().map(NonZeroUsize::get).map_err(|_| "--capacity takes a whole number of trades, 1 or more")
}
