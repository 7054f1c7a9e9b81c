//! What is said at the end.

use std::fmt;
use std::time::Duration;

use npyt_examples::Place;
use npyt_examples::counts::{count, counted, rate, rows};
use npyt_examples::numpy::{Answer, Folder};

use crate::account::{Account, accounts};
use crate::conductor::Run;
use crate::job::Size;

pub(crate) struct Summary {
    pub(crate) run: Run,
    pub(crate) size: Size,
    pub(crate) numpy: Result<Answer<Folder>, String>,
    pub(crate) place: Place,
}

impl Summary {
    /// What went wrong: a sentence each.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let written = self.run.kept.end;
        let mut complaints = Vec::new();
        match &self.run.writer {
            Ok(end) if *end == written => {}
            Ok(end) => {
                complaints.push(format!("the writer wrote {}, the directory has {}", rows(*end), count(written)))
            }
            Err(sentence) => complaints.push(format!("the writer: {sentence}")),
        }
        complaints.extend(accounts(&self.run).iter().filter_map(Account::complaint));
        match self.numpy.as_ref().map(|answer| &answer.found) {
            Ok(Ok(folder)) => complaints.extend(self.numpys_complaint(folder)),
            Ok(Err(error)) => complaints.push(format!("numpy can't load the files: {error}")),
            // Without a numpy there is nothing wrong with the recording.
            Err(_) => {}
        }
        complaints
    }

    fn numpys_complaint(&self, folder: &Folder) -> Option<String> {
        let kept = &self.run.kept;
        let rows = kept.end - kept.start;
        let is_right = folder.rows == rows
            && folder.files == self.run.segments
            // The writer seals the last file when it ends; the others were full when they ended, killed or not.
            && (folder.exact == folder.files || self.run.writer.is_err())
            && folder.breaks == 0
            && folder.first.is_none_or(|first| first == kept.start);
        (!is_right).then(|| {
            format!(
                "{} from row {} on are kept in {}; numpy finds {} from row {} on in {}, {} of these exactly as long as their \
                 rows, and {} out of order",
                count(rows),
                count(kept.start),
                counted(self.run.segments, "file"),
                count(folder.rows),
                count(folder.first.unwrap_or(0)),
                counted(folder.files, "file"),
                count(folder.exact),
                count(folder.breaks)
            )
        })
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Run { time, kept, segments, state, .. } = &self.run;
        writeln!(
            f,
            "written   {} in {:.1} s, {} rows/s; {} a file, the last {} kept: rows {} to {}",
            rows(kept.end),
            time.as_secs_f64(),
            rate(kept.end, *time),
            rows(self.size.segment),
            counted(*segments, "file"),
            count(kept.start),
            count(kept.end),
        )?;
        let unopened = (state.kills + 1).saturating_sub(state.opened);
        writeln!(
            f,
            "killed    the writer, {} by SIGKILL, {} before it had the directory open; the next one went on",
            counted(state.kills, "time"),
            counted(unopened, "time"),
        )?;
        let rolls = |flat| state.rolls.iter().filter(|roll| roll.1 == flat).map(|roll| roll.0).collect();
        write_rolls(f, "steady", rolls(false))?;
        write_rolls(f, "flat out", rolls(true))?;
        writeln!(f)?;
        write!(f, "{:<14}", Account::HEAD[0])?;
        for head in &Account::HEAD[1..] {
            write!(f, "  {head:>13}")?;
        }
        writeln!(f)?;
        for account in accounts(&self.run) {
            writeln!(f, "{account}{}", if account.complaint().is_none() { "" } else { "  WRONG" })?;
        }
        writeln!(f)?;
        match &self.numpy {
            Ok(answer) => write_answer(f, answer)?,
            Err(sentence) => writeln!(f, "numpy     {sentence}")?,
        }
        if self.place.is_temporary() {
            writeln!(f, "files     temporary ones, now removed; --dir DIR keeps them")
        } else {
            writeln!(f, "files     {}", self.place.path().display())
        }
    }
}

fn write_rolls(f: &mut fmt::Formatter<'_>, head: &str, mut rolls: Vec<Duration>) -> fmt::Result {
    rolls.sort_unstable();
    let Some(&worst) = rolls.last() else { return Ok(()) };
    let part = |part: usize| micros(rolls[(rolls.len() * part / 1000).min(rolls.len() - 1)]);
    writeln!(
        f,
        "{head:<8}  {}; the push that begins one took {} in the middle, {} at 99 %, {} at worst",
        counted(rolls.len(), "file"),
        part(500),
        part(990),
        micros(worst),
    )
}

fn write_answer(f: &mut fmt::Formatter<'_>, answer: &Answer<Folder>) -> fmt::Result {
    writeln!(f, "numpy     {}, np.load of each file with {}", answer.version, answer.python.display())?;
    match &answer.found {
        Ok(Folder { files, exact, rows: found, first, breaks }) => writeln!(
            f,
            "          {} in {}, {exact} of these exactly as long as their rows; seq from {} on, {} out of order",
            rows(*found),
            counted(*files, "file"),
            count(first.unwrap_or(0)),
            count(*breaks),
        ),
        Err(error) => writeln!(f, "          {error}"),
    }
}

/// `12 us`, or `12.3 ms` where that is better to read.
pub(crate) fn micros(time: Duration) -> String {
    match time.as_micros() {
        few @ 0..=9_999 => format!("{few} us"),
        many => format!("{:.1} ms", many as f64 / 1e3),
    }
}
