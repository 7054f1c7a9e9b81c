//! What the second process says to the first: a line of text each.

use std::fmt;
use std::str::FromStr;

use npyt_examples::Bar;

/// What the first process says, once, to the second: no more rows come. If its pipe closes without that, it is dead.
pub(crate) const END: &str = "end";

#[derive(Debug, PartialEq)]
pub(crate) enum Message {
    /// It has the file open.
    Attached,
    /// It was behind by so many rows, at worst, since it said so before.
    Lag(u64),
    /// One of its bars; all of them come after the end.
    Bar(Bar),
    /// The rows it saw in all, and by how many it was behind at worst. The last message.
    Seen { rows: usize, worst_lag: u64 },
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attached => f.write_str("attached"),
            Self::Lag(rows) => write!(f, "lag {rows}"),
            Self::Bar(Bar { second, open, high, low, close, volume, count }) => {
                // As many digits as give back the same f64.
                write!(f, "bar {second} {open} {high} {low} {close} {volume} {count}")
            }
            Self::Seen { rows, worst_lag } => write!(f, "seen {rows} {worst_lag}"),
        }
    }
}

/// Not a message of ours.
#[derive(Debug)]
pub(crate) struct Unknown;

impl FromStr for Message {
    type Err = Unknown;

    fn from_str(line: &str) -> Result<Self, Unknown> {
        fn number<T: FromStr>(text: &str) -> Result<T, Unknown> {
            text.parse().map_err(|_| Unknown)
        }
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["attached"] => Ok(Self::Attached),
            ["lag", rows] => Ok(Self::Lag(number(rows)?)),
            ["bar", second, open, high, low, close, volume, count] => Ok(Self::Bar(Bar {
                second: number(second)?,
                open: number(open)?,
                high: number(high)?,
                low: number(low)?,
                close: number(close)?,
                volume: number(volume)?,
                count: number(count)?,
            })),
            ["seen", rows, worst_lag] => Ok(Self::Seen { rows: number(rows)?, worst_lag: number(worst_lag)? }),
            _ => Err(Unknown),
        }
    }
}
