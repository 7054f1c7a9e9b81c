//! What is said at the end.

use std::fmt;

use npyt_examples::counts::{count, rate, rows};
use npyt_examples::numpy::{Answer, Array};
use npyt_examples::{Bar, Date, Place, with_causes};

use crate::child::Read;
use crate::write::{Stop, Written};

/// How many bars are shown.
const BARS: usize = 5;

pub(crate) struct Summary {
    pub(crate) written: Written,
    /// Whether the file could be cut to its rows.
    pub(crate) finished: npyt::Result<()>,
    /// Rows in the file.
    pub(crate) rows: usize,
    pub(crate) read: Result<Read, String>,
    pub(crate) numpy: Result<Answer<Array>, String>,
    pub(crate) place: Place,
}

impl Summary {
    /// What went wrong: a sentence each.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let written = self.written.rows;
        let mut complaints = Vec::new();
        match &self.written.stopped_by {
            None => {}
            Some(Stop::Source(error)) => complaints.push(format!("{}; {}", with_causes(&**error), before_it(written))),
            Some(Stop::File(error)) => {
                complaints.push(format!("{}; {}", self.place.tell(error), before_it(written)));
            }
        }
        match &self.read {
            Ok(read) if read.rows == written => {}
            Ok(read) => {
                complaints.push(format!("{} written, the reader saw {}", trades_were(written), count(read.rows)))
            }
            Err(sentence) => complaints.push(sentence.clone()),
        }
        if self.rows != written {
            complaints.push(format!("{} written, the file has {}", trades_were(written), count(self.rows)));
        }
        if let Err(error) = &self.finished {
            complaints.push(format!(
                "the rows are there, but the file still has room behind them: {}",
                self.place.tell(error)
            ));
        }
        match &self.numpy {
            // numpy shows the whole room of a file that could not be finished.
            Ok(Answer { found: Ok(array), .. }) if array.rows != written && self.finished.is_ok() => {
                complaints.push(format!("{} written, numpy sees {}", trades_were(written), count(array.rows)));
            }
            Ok(Answer { found: Err(error), .. }) => complaints.push(format!("numpy can't load the file: {error}")),
            // Without a numpy there is nothing wrong with the recording.
            _ => {}
        }
        complaints
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Written { rows: written, time, flat_out, room: (first, last, grown), .. } = &self.written;
        writeln!(f, "written   {} in {:.1} s", rows(*written), time.as_secs_f64())?;
        if *grown > 0 {
            let times = if *grown == 1 { "once".to_owned() } else { format!("{grown} times") };
            writeln!(f, "grown     {times}, from room for {} to {}, while it was read", rows(*first), count(*last))?;
        }
        match &self.read {
            Ok(read) => writeln!(
                f,
                "seen      {}, by another process at the same time, at most {} behind",
                rows(read.rows),
                count(read.worst_lag)
            )?,
            Err(sentence) => writeln!(f, "seen      {sentence}")?,
        }
        if let Some((flat, time)) = flat_out.filter(|(flat, _)| *flat > 0) {
            writeln!(
                f,
                "flat out  {} rows/s over {}, including the time to produce the rows",
                rate(flat, time),
                rows(flat)
            )?;
        }
        if let Ok(read) = &self.read {
            write_bars(f, &read.bars)?;
        }
        match &self.numpy {
            Ok(answer) => write_answer(f, answer)?,
            Err(sentence) => writeln!(f, "numpy     {sentence}")?,
        }
        if self.place.is_temporary() {
            writeln!(f, "file      a temporary one, now removed; --out FILE keeps it")
        } else {
            writeln!(f, "file      {}", self.place.path().display())
        }
    }
}

fn write_bars(f: &mut fmt::Formatter<'_>, bars: &[Bar]) -> fmt::Result {
    let last = &bars[bars.len().saturating_sub(BARS)..];
    let Some(first) = last.first() else { return writeln!(f, "bars      none") };
    if last.len() == bars.len() {
        writeln!(f, "bars      {} of one second, in UTC:", bars.len())?;
    } else {
        writeln!(f, "bars      {} of one second, the last {} in UTC:", count(bars.len()), last.len())?;
    }
    // The date is the heading of the times; a new day has it on a line of its own.
    let mut date = Date::of_second(first.second);
    writeln!(
        f,
        "          {date}  {:>11}  {:>11}  {:>11}  {:>11}  {:>12}  {:>7}",
        "open", "high", "low", "close", "volume", "trades"
    )?;
    for Bar { second, open, high, low, close, volume, count } in last {
        if Date::of_second(*second) != date {
            date = Date::of_second(*second);
            writeln!(f, "          {date}")?;
        }
        let of_day = second.rem_euclid(24 * 60 * 60);
        let (hours, minutes, seconds) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        writeln!(
            f,
            "          {hours:02}:{minutes:02}:{seconds:02}    {open:11.2}  {high:11.2}  {low:11.2}  {close:11.2}  \
             {volume:12.3}  {count:7}"
        )?;
    }
    Ok(())
}

fn write_answer(f: &mut fmt::Formatter<'_>, answer: &Answer<Array>) -> fmt::Result {
    writeln!(f, "numpy     {}, np.load of {}", answer.version, answer.python.display())?;
    match &answer.found {
        Ok(Array { dtype, is_aligned, rows }) => {
            writeln!(f, "          dtype            {dtype}")?;
            writeln!(f, "          isalignedstruct  {}", if *is_aligned { "True" } else { "False" })?;
            writeln!(f, "          rows             {}", count(*rows))
        }
        Err(error) => writeln!(f, "          {error}"),
    }
}

/// `0 trades were`, `1 trade was`, `2 trades were`.
fn trades_were(n: usize) -> String {
    format!("{} {}", count(n), if n == 1 { "trade was" } else { "trades were" })
}

/// What became of the trades before something that ended the recording.
fn before_it(n: usize) -> String {
    match n {
        0 => "no trade was recorded before it".to_owned(),
        1 => "the 1 trade before it was recorded".to_owned(),
        _ => format!("the {} trades before it were recorded", count(n)),
    }
}
