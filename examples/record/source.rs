//! Where the trades come from.

use std::error::Error;
use std::iter::Take;

use npyt_examples::from_csv::{CsvError, CsvRows, count_lines};
use npyt_examples::{Feed, Trade};

use crate::args::Args;

/// The length of the own feed.
const OWN: usize = 1_000_000;
/// The seed of the own feed: every run records the same trades.
const SEED: u64 = 7;

pub(crate) enum Source {
    Own(Take<Feed>),
    Csv { rows: Box<CsvRows<Trade>>, lines: Option<usize> },
}

impl Source {
    pub(crate) fn open(args: &Args) -> Result<Self, Box<dyn Error>> {
        let Some(path) = &args.csv else { return Ok(Self::Own(Feed::seeded(SEED).take(OWN))) };
        // Opened first: its errors are the better ones.
        let rows = Box::new(CsvRows::open(path)?);
        Ok(Self::Csv { rows, lines: count_lines(path)? })
    }

    /// How many trades there are, where that is known before.
    pub(crate) fn total(&self) -> Option<usize> {
        match self {
            Self::Own(_) => Some(OWN),
            Self::Csv { lines, .. } => *lines,
        }
    }
}

impl Iterator for Source {
    type Item = Result<Trade, CsvError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Own(feed) => feed.next().map(Ok),
            Self::Csv { rows, .. } => rows.next(),
        }
    }
}
