//! Whether every row is accounted for, reader by reader.

use std::fmt;

use npyt_examples::counts::count;

use crate::conductor::Run;
use crate::job::Who;
use crate::messages::Seen;

/// What a reader makes of all rows that were written.
#[derive(Debug)]
pub(crate) struct Account<'a> {
    pub(crate) who: Who,
    /// Rows before the one it began with.
    before: u64,
    seen: Seen,
    worst_lag: u64,
    written: u64,
    error: Option<&'a str>,
}

/// One for each reader that there was.
pub(crate) fn accounts(run: &Run) -> Vec<Account<'_>> {
    let mut state = run.state.clone();
    let account = |(who, last): &(Who, Result<Seen, String>)| {
        let reader = state.reader(*who);
        Account {
            who: *who,
            before: reader.first.unwrap_or(0),
            seen: *last.as_ref().unwrap_or(&reader.seen),
            worst_lag: reader.worst_lag,
            written: run.kept.end,
            error: None,
        }
    };
    let mut accounts: Vec<Account<'_>> = run.readers.iter().map(account).collect();
    for (account, (_, last)) in accounts.iter_mut().zip(&run.readers) {
        account.error = last.as_ref().err().map(String::as_str);
    }
    accounts
}

impl Account<'_> {
    fn sum(&self) -> u64 {
        self.before + self.seen.rows + self.seen.missed
    }

    /// What is wrong with it, if anything is.
    pub(crate) fn complaint(&self) -> Option<String> {
        let name = self.who.name();
        if let Some(error) = self.error {
            return Some(format!("reader {name}: {error}"));
        }
        (self.sum() != self.written).then(|| {
            format!(
                "reader {name}: {} before it began, {} seen and {} that it was told it missed make {}, but {} were written",
                count(self.before),
                count(self.seen.rows),
                count(self.seen.missed),
                count(self.sum()),
                count(self.written)
            )
        })
    }

    pub(crate) const HEAD: [&'static str; 7] =
        ["reader", "before it began", "seen", "told missed", "sum", "times told", "most behind"];

    fn cells(&self) -> [String; 6] {
        let number = |n: u64| count(n).to_string();
        [
            number(self.before),
            number(self.seen.rows),
            number(self.seen.missed),
            number(self.sum()),
            number(self.seen.told),
            number(self.worst_lag),
        ]
    }
}

impl fmt::Display for Account<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<14}", self.who.name())?;
        for (cell, head) in self.cells().iter().zip(&Self::HEAD[1..]) {
            write!(f, "  {cell:>width$}", width = head.len().max(13))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::State;
    use std::time::Duration;

    fn run(first: u64, last: Result<Seen, String>) -> Run {
        let mut state = State::default();
        state.reader(Who::Late).first = Some(first);
        Run {
            time: Duration::ZERO,
            kept: 900..1_000,
            segments: 1,
            writer: Ok(1_000),
            readers: vec![(Who::Late, last)],
            state,
        }
    }

    #[test]
    fn a_row_more_or_less_is_told_with_all_numbers() {
        let seen = |rows| Ok(Seen { rows, missed: 50, told: 2 });
        let complaint = |run: &Run| accounts(run)[0].complaint();
        assert_eq!(complaint(&run(200, seen(750))), None);
        for (rows, sum) in [(749, "999"), (751, "1,001")] {
            assert_eq!(
                complaint(&run(200, seen(rows))),
                Some(format!(
                    "reader late: 200 before it began, {rows} seen and 50 that it was told it missed make {sum}, but 1,000 \
                     were written"
                ))
            );
        }
        assert_eq!(complaint(&run(0, Err("row 7: wrong".to_owned()))), Some("reader late: row 7: wrong".to_owned()));
    }
}
