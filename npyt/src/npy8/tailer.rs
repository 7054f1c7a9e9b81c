use std::fmt;
use std::hint;
use std::io::SeekFrom;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::Chunk;
use super::directory::Directory;
use super::position::Kept;
use super::segment::Segment;
use crate::element::NpyElement;
use crate::error::{ErrorKind, Result};
use crate::handle::{LONGEST_DEAF, Rounds, Wait};
use crate::protocol::{Turn, turn};

/// Reads the rows of a directory as they come, from file to file: from [`Npy8::tailer`](super::Npy8::tailer).
///
/// It begins with the first row that is kept. [`read`](Self::read) gives what is there without waiting; as an iterator it waits
/// for more, until the [timeout](Self::timeout) is over or it was [cancelled](Self::cancel), and asked again it goes on where it
/// was.
///
/// Nothing is skipped unasked: where rows were removed before they were read, it says
/// [`Discarded`](crate::ErrorKind::Discarded), with its position and the first row that is kept, and goes on there. After any
/// other error it stands where it stood, and can be asked again. A file that it has open it reads to the end, also when that was
/// removed; what is missing then it is told of behind that.
///
/// A position can be [kept](Self::named) in the directory, so that the next run goes on there. Committed after its rows were
/// dealt with, none is left out, and those since the last commit come again after a kill.
///
/// # Example
///
/// ```
/// # use npyt::{Npy8, Npy8Mut};
/// # use std::time::Duration;
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices");
/// # let mut writer = Npy8Mut::<f64>::options().rows_per_segment(2).open(&path)?;
/// # writer.extend_from_slice(&[101.5, 101.7, 101.6])?;
/// for run in 0..2 {
///     // Until nothing came for 10 ms:
///     let tailer = Npy8::<f64>::open_copy(&path)?.tailer().timeout(Duration::from_millis(10));
///     let mut tailer = tailer.named("sums")?;
///     let mut sum = 0.0;
///     while let Some(chunk) = tailer.next() { // `for` would not let go of it for the commit
///         sum += chunk?.iter().sum::<f64>();
///         tailer.commit()?;
///     }
///     assert_eq!(sum, [101.5 + 101.7 + 101.6, 0.0][run]); // the second run has nothing left to do
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "it reads nothing until it is asked to"]
pub struct Tailer<T> {
    directory: Arc<Directory>,
    segment: Option<Arc<Segment>>,
    position: u64,
    /// Whether the position is where somebody wanted it to be, and not just the first row that was there.
    is_set: bool,
    /// Whether it was kept in the directory, which may be another by now.
    is_in_doubt: bool,
    at_most: u64,
    timeout: Option<Duration>,
    cancel: Option<Arc<AtomicBool>>,
    wait: Wait,
    kept: Option<Kept>,
    row: PhantomData<fn() -> T>,
}

/// Who has waited for so long looks at the directory, and doesn't trust the index.
const DOUBT: Duration = Duration::from_millis(20);
/// More turns than this without a row or an end are a directory that changes faster than it can be read.
const MOST_TURNS: u32 = 1_000;

impl<T: NpyElement> Tailer<T> {
    pub(super) const fn new(directory: Arc<Directory>) -> Self {
        Self {
            directory,
            segment: None,
            position: 0,
            is_set: false,
            is_in_doubt: false,
            at_most: u64::MAX,
            timeout: None,
            cancel: None,
            wait: Wait::SpinThenSleep,
            kept: None,
            row: PhantomData,
        }
    }

    /// The next rows, up to `max` of them, without waiting: those of one file; none where none have come yet. Moves behind them.
    ///
    /// # Errors
    ///
    /// [`Discarded`](crate::ErrorKind::Discarded) where the next row is no longer kept; it then stands at the first that is. A
    /// file that is damaged, with its path; the operating system's.
    pub fn read(&mut self, max: usize) -> Result<Chunk<T>> {
        let chunk = self.step(max as u64)?;
        Ok(chunk.unwrap_or_else(|| Chunk::empty(self.position)))
    }

    /// The next rows; `None` where there are none yet.
    fn step(&mut self, max: u64) -> Result<Option<Chunk<T>>> {
        let rows = match self.find(max) {
            Ok(rows) => rows,
            Err(error) => {
                if let Some(first) = error.first_kept() {
                    self.go_to(first);
                }
                return Err(error);
            }
        };
        let Some((segment, end)) = rows else { return Ok(None) };
        let chunk = Chunk::new(&segment, self.position..end)?;
        self.position = end;
        // The first row may have come just after there was none to begin with.
        self.is_set = true;
        Ok(Some(chunk))
    }

    /// The segment of the next rows, and where they end.
    fn find(&mut self, max: u64) -> Result<Option<(Arc<Segment>, u64)>> {
        self.check_kept()?;
        for _ in 0..MOST_TURNS {
            self.begin()?;
            let segment = match &self.segment {
                Some(segment) => Arc::clone(segment),
                None => match self.directory.locate(self.position)? {
                    Some(located) => Arc::clone(self.segment.insert(located.segment)),
                    None => return Ok(None),
                },
            };
            let turn = match turn(self.position, || segment.end(), || self.directory.after(&segment)) {
                // Python's cut may move the rows of a file. Who has read them all needs no more of it.
                Err(error) if matches!(error.kind(), ErrorKind::Rewritten { .. }) => {
                    let next = self.directory.after(&segment)?.filter(|next| *next == self.position);
                    Turn::Next(next.ok_or(error)?)
                }
                turn => turn?,
            };
            match turn {
                Turn::Rows(end) => return Ok(Some((segment, end.min(self.position.saturating_add(max))))),
                Turn::Wait => return Ok(None),
                Turn::Next(next) => self.leave(&segment, next)?,
            }
        }
        Err(self.directory.error(ErrorKind::Busy))
    }

    /// An error, once, where a position that was kept lies beyond all rows; it then stands behind the last.
    fn check_kept(&mut self) -> Result<()> {
        if self.is_in_doubt {
            let (_, end) = self.directory.rows()?;
            self.is_in_doubt = false;
            if self.position > end {
                let row = |row| usize::try_from(row).unwrap_or(usize::MAX);
                let beyond = ErrorKind::Beyond { position: row(self.position), end: row(end) };
                self.go_to(end);
                return Err(self.directory.error(beyond));
            }
        }
        Ok(())
    }

    /// Where nobody said where to begin, it is the first row that is kept once there is one.
    fn begin(&mut self) -> Result<()> {
        if !self.is_set {
            let (start, end) = self.directory.rows()?;
            self.position = start;
            self.is_set = end > start;
        }
        Ok(())
    }

    /// Goes on from a segment that is read to its end, as there is one behind it, which begins with row `next`.
    fn leave(&mut self, segment: &Arc<Segment>, next: u64) -> Result<()> {
        self.segment = None;
        if self.position >= next {
            return Ok(());
        }
        // Rows are missing between the two: others may have been joined with the one before.
        match self.directory.locate(self.position)? {
            Some(located) if located.end()? > self.position && !Arc::ptr_eq(&located.segment, segment) => {
                self.segment = Some(located.segment);
                Ok(())
            }
            _ => Err(self.directory.discarded(self.position, next)),
        }
    }

    /// Begins with the row of that number, which may be still to come.
    pub fn from_row(mut self, row: u64) -> Self {
        self.go_to(row);
        self
    }

    /// Begins with the next row to come.
    ///
    /// # Errors
    ///
    /// As [`Npy8::rows`](super::Npy8::rows).
    pub fn from_end(mut self) -> Result<Self> {
        let (_, end) = self.directory.rows()?;
        self.go_to(end);
        Ok(self)
    }

    /// Begins where the last tailer of that name was when it [committed](Self::commit), in this process or another; where it
    /// would have begun otherwise if there was none.
    ///
    /// The position is kept in the directory, in a file `.tailer-NAME`; without that file the name is a new one.
    ///
    /// Where a loss of power took rows that were read, and not the position, or somebody removed the newest files, the position is
    /// [beyond the last row](Self::from_row): it waits, and doesn't get the rows that take the lost numbers. Look at
    /// [`rows`](super::Npy8::rows) where that can be: a [`position`](Self::position) greater than their end tells of it.
    ///
    /// # Errors
    ///
    /// Another has that name at this moment ([`Locked`](crate::ErrorKind::Locked)); a name of other characters than ASCII letters,
    /// digits, `-` and `_`; a directory that may not be written to.
    pub fn named(mut self, name: &str) -> Result<Self> {
        self.begin()?;
        let (kept, position) = Kept::open(self.directory.path(), name, self.position)?;
        self.kept = Some(kept);
        self.go_to(position);
        self.is_in_doubt = true;
        Ok(self)
    }

    /// Gives up to so many rows a turn; 0 counts as 1.
    pub const fn at_most(mut self, rows: usize) -> Self {
        self.at_most = if rows == 0 { 1 } else { rows as u64 };
        self
    }

    /// Ends a turn, and a loop, when no row came for so long. Zero: looks once and never waits.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Ends a turn, and a loop, when this is set, and what was published before is read: at once where it spins, else after the
    /// present sleep, which is of 100 ms at most.
    pub fn cancel(mut self, cancel: Arc<AtomicBool>) -> Self {
        self.cancel = Some(cancel);
        self
    }

    /// How to wait; by default [`Wait::SpinThenSleep`].
    pub const fn wait(mut self, wait: Wait) -> Self {
        self.wait = wait;
        self
    }

    /// The number of the row that comes next.
    #[doc(alias = "tell")]
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// Moves, and returns the number of the row that comes next: never before the first row that is kept, nor beyond the one
    /// after the last there is. `SeekFrom::Start` counts from row 0, the first ever written.
    ///
    /// # Errors
    ///
    /// As [`Npy8::rows`](super::Npy8::rows); it stands where it stood then.
    pub fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        let (start, end) = self.directory.rows()?;
        let row = match to {
            SeekFrom::Start(row) => row,
            SeekFrom::End(by) => end.saturating_add_signed(by),
            SeekFrom::Current(by) => self.position.saturating_add_signed(by),
        };
        self.go_to(row.clamp(start, end));
        Ok(self.position)
    }

    fn go_to(&mut self, row: u64) {
        self.position = row;
        (self.is_set, self.is_in_doubt) = (true, false);
        self.segment = None;
    }

    /// Keeps the position, where this tailer is [named](Self::named): the next one of that name begins here. `false` where it
    /// has no name.
    ///
    /// It survives the end of the process in any way; a loss of power may bring an older one back.
    ///
    /// # Errors
    ///
    /// The operating system's.
    pub fn commit(&self) -> Result<bool> {
        match &self.kept {
            Some(kept) => kept.set(self.position).map(|()| true),
            None => Ok(false),
        }
    }

    /// Acquire: who has published rows and sets it then, means those too.
    fn is_cancelled(&self) -> bool {
        self.cancel.as_ref().is_some_and(|cancel| cancel.load(Ordering::Acquire))
    }

    /// Waits for rows. `None`: the time is over, or it was cancelled.
    #[cold]
    fn wait_for_rows(&mut self) -> Result<Option<Chunk<T>>> {
        let began = Instant::now();
        let mut doubted = began;
        let mut rounds = Rounds::new();
        loop {
            let (waited, cancelled) = (began.elapsed(), self.is_cancelled());
            let left = self.timeout.map_or(Duration::MAX, |timeout| timeout.saturating_sub(waited));
            if cancelled || left.is_zero() || doubted.elapsed() >= DOUBT {
                // Also for the last time: what came before is given.
                doubted = Instant::now();
                self.directory.look()?;
                let chunk = self.step(self.at_most)?;
                if chunk.is_some() || cancelled || left.is_zero() {
                    return Ok(chunk);
                }
            }
            let looks = if let Some(time) = rounds.sleep(self.wait, waited) {
                let slice = time.min(left).min(LONGEST_DEAF);
                match &self.segment {
                    Some(segment) => segment.wait(self.position, slice),
                    None => thread::sleep(slice),
                }
                1
            } else {
                rounds.spin()
            };
            for look in 1..=looks {
                // Between two looks at the directory only the segment is looked at.
                let has_rows = match &self.segment {
                    Some(segment) if look < looks => segment.end()? > self.position,
                    _ => look == looks,
                };
                if has_rows && let Some(chunk) = self.step(self.at_most)? {
                    return Ok(Some(chunk));
                }
                hint::spin_loop();
            }
        }
    }
}

impl<T: NpyElement> Iterator for Tailer<T> {
    type Item = Result<Chunk<T>>;

    fn next(&mut self) -> Option<Self::Item> {
        // Rows are there: no clock is asked.
        match self.step(self.at_most).transpose() {
            None if self.timeout == Some(Duration::ZERO) => None,
            None => self.wait_for_rows().transpose(),
            some => some,
        }
    }
}

impl<T> fmt::Debug for Tailer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tailer")
            .field("path", &self.directory.path())
            .field("position", &self.position)
            .field("at_most", &self.at_most)
            .field("timeout", &self.timeout)
            .field("wait", &self.wait)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::npy8::{Npy8, Npy8Mut};

    #[test]
    fn the_first_rows_are_given_once_whenever_they_come() {
        for turn in 0..40 {
            let folder = support::quick_folder();
            let options = Npy8Mut::<u64>::options().rows_per_segment(16).spare_ahead(false);
            let mut writer = options.open(folder.path()).unwrap();
            let mut tailer = Npy8::<u64>::open_copy(folder.path()).unwrap().tailer();
            thread::scope(|scope| {
                scope.spawn(move || {
                    (0..turn).for_each(|_| thread::yield_now());
                    writer.push(0).unwrap();
                    writer.push(1).unwrap();
                });
                let mut next = 0;
                while next < 2 {
                    let chunk = tailer.read(1).unwrap();
                    assert_eq!(chunk.rows().start, next);
                    next += chunk.len() as u64;
                }
                assert!(tailer.read(1).unwrap().is_empty());
            });
        }
    }
}
