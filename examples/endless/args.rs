//! The command line.

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use lexopt::ValueExt as _;
use lexopt::prelude::{Long, Short, Value};
use npyt_examples::Place;

use crate::job::{self, Child, Size, Work};

pub(crate) const HELP: &str = "\
Records without end into a directory of .npy files, of which it keeps the newest, while three processes read it: one from
the first row on, one that joins late, and one so slow that rows are gone before it comes to them. The process that writes
is killed now and then (SIGKILL) and started again. At the end every row has to be accounted for.

Usage: endless [OPTIONS]       (cargo run --release --example endless -- [OPTIONS])

Without options it takes about twenty seconds, writes trades of its own, at a steady rate in bursts and for a tenth of the
time flat out, says what each reader saw and was told it missed, and what stock numpy makes of the files. Ctrl-C ends it
early, and the rows are counted as usual; a second one ends it at once.

Options:
  --minutes N     write for so long; parts of a minute too: 0.1 are six seconds
  --dir DIR       write into this directory, which must not exist or be empty, and keep it; others may read it meanwhile,
                  but not write to it; without --dir it is a temporary one and removed at the end
  --quotes CSV    write these quotes instead of trades, again and again, with times that go on; `-` for standard input;
                  compressed by gzip or not. Its first line names the columns, in any order, and others beside them are
                  passed over: local_ns,exch_ms,update_id,bid_px,bid_qty,ask_px,ask_qty
  --rate N        rows a second while it is not flat out, 200,000 without it
  --segment N     rows in a file, 25,000 without it
  --keep N        files that are kept, 40 without it, 10 at least; by default all of them take about 50 MB
  -h, --help      this text

Environment:
  NPYT_PYTHON     the Python whose numpy is asked; without it that of this project's tests, if they made
                  one, else python3, else python
";

pub(crate) enum Command {
    Run(Args),
    /// Be one of the other processes.
    Be(Child),
    Help,
}

#[derive(Debug)]
pub(crate) struct Args {
    minutes: f64,
    dir: Option<PathBuf>,
    pub(crate) quotes: Option<PathBuf>,
    pub(crate) work: Work,
}

impl Default for Args {
    fn default() -> Self {
        let work = Work { size: Size { segment: 25_000, keep: 40 }, rate: 200_000.0 };
        Self { minutes: 0.3, dir: None, quotes: None, work }
    }
}

impl Args {
    /// How long to write.
    pub(crate) fn time(&self) -> Duration {
        Duration::try_from_secs_f64(self.minutes * 60.0).unwrap_or(Duration::MAX)
    }

    /// The directory, as a path that holds nothing yet.
    pub(crate) fn place(&self) -> Result<Place, Box<dyn std::error::Error>> {
        if let Some(dir) = &self.dir {
            let shown = dir.display();
            match fs::read_dir(dir).map(|mut entries| entries.next().is_some()) {
                Ok(false) => {}
                // Never "remove it": it may be full of other things.
                Ok(true) => return Err(format!("{shown}: is not empty; choose another --dir").into()),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(format!("{shown}: cannot be the --dir: {error}").into()),
            }
        }
        Ok(Place::choose(self.dir.as_deref(), "npyt-endless-", "rows")?)
    }
}

pub(crate) fn parse() -> Result<Command, lexopt::Error> {
    let mut parser = lexopt::Parser::from_env();
    let mut args = Args::default();
    while let Some(arg) = parser.next()? {
        match arg {
            Short('h') | Long("help") => return Ok(Command::Help),
            Long("minutes") => {
                args.minutes =
                    number(&parser.value()?, "--minutes", |minutes: f64| minutes > 0.0 && minutes.is_finite())?
            }
            Long("dir") => args.dir = Some(parser.value()?.into()),
            Long("quotes") => args.quotes = Some(parser.value()?.into()),
            Long("rate") => {
                args.work.rate = number(&parser.value()?, "--rate", |rate: f64| (1.0..=1e12).contains(&rate))?
            }
            Long("segment") => args.work.size.segment = number(&parser.value()?, "--segment", |rows| rows >= 1)?,
            Long("keep") => args.work.size.keep = number(&parser.value()?, "--keep", |files| files >= job::LEAST_KEPT)?,
            Value(word) if word == OsStr::new(job::CHILD) => {
                let words = parser.raw_args()?.collect::<Vec<_>>();
                return Child::from_words(&words).map(Command::Be).ok_or_else(|| "not a child of this program".into());
            }
            other => return Err(other.unexpected()),
        }
    }
    Ok(Command::Run(args))
}

/// A number that suits, or an error that says what does.
fn number<T: FromStr + Copy>(text: &OsStr, option: &str, suits: impl Fn(T) -> bool) -> Result<T, lexopt::Error> {
    let wanted = match option {
        "--minutes" => "a number of minutes, more than 0",
        "--rate" => "a number of rows a second, 1 or more",
        "--segment" => "a whole number of rows, 1 or more",
        _ => "a whole number of files, 10 or more",
    };
    text.to_owned().parse_with(|text| {
        text.parse().ok().filter(|&number| suits(number)).ok_or_else(|| format!("{option} takes {wanted}"))
    })
}
