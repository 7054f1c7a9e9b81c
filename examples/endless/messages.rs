//! What is said between the first process and its children: a line of text each.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// What a child says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Said {
    /// The writer has the directory open, and goes on with that row.
    Opened { next: u64 },
    /// A push began a segment, and took so long.
    Rolled { time: Duration, is_flat_out: bool },
    /// The writer has written the rows before that one; so many segments are there.
    Wrote { end: u64, segments: usize },
    /// The writer has ended as it was told to, behind that row.
    Ended { end: u64 },
    /// The reader has the directory open, and begins with that row.
    Began { first: u64 },
    /// How far the reader is, and by how many rows it is behind at this moment.
    At { seen: Seen, lag: u64 },
    /// The reader has read everything, as it was told that all is written. Its last message.
    Done(Seen),
    /// What went wrong. The last message of any child.
    Failed(String),
}

/// What a reader has met so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Rows that it read, and that were right.
    pub(crate) rows: u64,
    /// Rows that it was told were gone, and how often it was told.
    pub(crate) missed: u64,
    pub(crate) told: u64,
}

/// What the first process says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// To the writer: at the usual rate.
    Steady,
    /// To the writer: as fast as it goes.
    FlatOut,
    /// To the writer: stop. To a reader: all is written.
    End,
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opened { next } => write!(f, "opened {next}"),
            Self::Rolled { time, is_flat_out } => write!(f, "rolled {} {is_flat_out}", time.as_nanos()),
            Self::Wrote { end, segments } => write!(f, "wrote {end} {segments}"),
            Self::Ended { end } => write!(f, "ended {end}"),
            Self::Began { first } => write!(f, "began {first}"),
            Self::At { seen: Seen { rows, missed, told }, lag } => write!(f, "at {rows} {missed} {told} {lag}"),
            Self::Done(Seen { rows, missed, told }) => write!(f, "done {rows} {missed} {told}"),
            Self::Failed(text) => write!(f, "failed {}", text.replace('\n', " ")),
        }
    }
}

/// Not a message of ours.
#[derive(Debug)]
pub(crate) struct Unknown;

impl FromStr for Said {
    type Err = Unknown;

    fn from_str(line: &str) -> Result<Self, Unknown> {
        fn number<T: FromStr>(text: &str) -> Result<T, Unknown> {
            text.parse().map_err(|_| Unknown)
        }
        fn seen([rows, missed, told]: [&str; 3]) -> Result<Seen, Unknown> {
            Ok(Seen { rows: number(rows)?, missed: number(missed)?, told: number(told)? })
        }
        if let Some(text) = line.strip_prefix("failed ") {
            return Ok(Self::Failed(text.to_owned()));
        }
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["opened", next] => Ok(Self::Opened { next: number(next)? }),
            ["rolled", nanos, is_flat_out] => {
                Ok(Self::Rolled { time: Duration::from_nanos(number(nanos)?), is_flat_out: number(is_flat_out)? })
            }
            ["wrote", end, segments] => Ok(Self::Wrote { end: number(end)?, segments: number(segments)? }),
            ["ended", end] => Ok(Self::Ended { end: number(end)? }),
            ["began", first] => Ok(Self::Began { first: number(first)? }),
            ["at", rows, missed, told, lag] => Ok(Self::At { seen: seen([rows, missed, told])?, lag: number(lag)? }),
            ["done", rows, missed, told] => Ok(Self::Done(seen([rows, missed, told])?)),
            _ => Err(Unknown),
        }
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Steady => "steady",
            Self::FlatOut => "flat-out",
            Self::End => "end",
        })
    }
}

impl FromStr for Order {
    type Err = Unknown;

    fn from_str(line: &str) -> Result<Self, Unknown> {
        [Self::Steady, Self::FlatOut, Self::End].into_iter().find(|order| order.to_string() == line).ok_or(Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_what_is_heard() {
        let seen = Seen { rows: 1, missed: 2, told: 3 };
        for said in [
            Said::Opened { next: 7 },
            Said::Rolled { time: Duration::from_nanos(1_234_567_890_123), is_flat_out: true },
            Said::Wrote { end: u64::MAX, segments: 9 },
            Said::Ended { end: 0 },
            Said::Began { first: 5 },
            Said::At { seen, lag: 4 },
            Said::Done(seen),
            Said::Failed("no such file, or two".to_owned()),
        ] {
            assert_eq!(said.to_string().parse::<Said>().ok(), Some(said));
        }
        for order in [Order::Steady, Order::FlatOut, Order::End] {
            assert_eq!(order.to_string().parse::<Order>().ok(), Some(order));
        }
        assert!("wrote 1".parse::<Said>().is_err() && "".parse::<Order>().is_err());
        // One line, whatever is in it.
        assert_eq!(Said::Failed("a\nb".to_owned()).to_string(), "failed a b");
    }
}
