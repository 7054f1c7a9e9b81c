use std::fmt;
use std::hint;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::{Npyt, NpytCopy, ranges};
use crate::element::NpyElement;
use crate::error::{ErrorKind, Result};
use crate::file::Reader;

/// How to wait for rows.
///
/// | | a row is seen after it was published, median | and meanwhile |
/// | --- | --- | --- |
/// | [`Spin`](Self::Spin) | 0.4 us | a core is busy |
/// | [`SpinThenSleep`](Self::SpinThenSleep) | as `Spin`, while rows come at short intervals; 0.6 ms after a pause of 5 ms | nothing |
/// | [`Sleep`](Self::Sleep) of 1 ms | 0.5 ms | nothing |
/// | either of these two, and a writer that [wakes](crate::NpytOptions::wake) | 20 to 25 us | nothing |
///
/// Measured between two processes on a virtual machine of two cores, busy with other programs, where a raw word takes as long or
/// longer. There one row in a hundred takes longer than 0.05 to 0.12 ms where the writer wakes, and than 2.5 to 5 ms otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wait {
    /// Look again and again.
    Spin,
    /// Look again and again for 50 us, then sleep between looks, longer each time, up to a millisecond. The default.
    #[default]
    SpinThenSleep,
    /// Sleep so long between looks.
    Sleep(Duration),
}

/// How long to spin before sleeping.
const SPIN: Duration = Duration::from_micros(50);
/// The first sleep and the longest.
const FIRST_SLEEP: Duration = Duration::from_micros(50);
const LONGEST_SLEEP: Duration = Duration::from_millis(1);
/// Nobody who may be cancelled, or who has more to look at than one file, sleeps for longer.
pub(crate) const LONGEST_DEAF: Duration = Duration::from_millis(100);
/// The clock is asked after so many looks. It takes as long as a dozen of them.
const LOOKS: u32 = 64;
/// Another thread gets this core after so many rounds: the writer may be waiting for it.
const ROUNDS_TO_YIELD: u32 = 16;

/// What somebody who waits does, round after round.
#[derive(Debug)]
pub(crate) struct Rounds {
    sleep: Duration,
    spun: u32,
}

impl Rounds {
    pub(crate) const fn new() -> Self {
        Self { sleep: FIRST_SLEEP, spun: 0 }
    }

    /// How long to sleep after so much time of waiting; `None` is to [spin](Self::spin).
    pub(crate) fn sleep(&mut self, wait: Wait, waited: Duration) -> Option<Duration> {
        match wait {
            Wait::Sleep(time) => Some(time),
            Wait::SpinThenSleep if waited >= SPIN => {
                let slice = self.sleep;
                self.sleep = (self.sleep * 2).min(LONGEST_SLEEP);
                Some(slice)
            }
            Wait::Spin | Wait::SpinThenSleep => None,
        }
    }

    /// How often to look now; lets another thread have this core now and then.
    pub(crate) fn spin(&mut self) -> u32 {
        self.spun = self.spun.wrapping_add(1);
        if self.spun.is_multiple_of(ROUNDS_TO_YIELD) {
            thread::yield_now();
        }
        LOOKS
    }
}

/// What both kinds of followers are told, and where they are.
#[derive(Clone, Debug)]
struct Following<'a> {
    position: usize,
    /// The row after the last, by the latest look. The next row to be given may be far behind it.
    end: usize,
    at_most: usize,
    timeout: Option<Duration>,
    cancel: Option<&'a AtomicBool>,
    /// Since it was cancelled: the row after the last that was there at the first look afterwards.
    until: Option<usize>,
    wait: Wait,
    failed: bool,
}

impl<'a> Following<'a> {
    const fn new(position: usize, at_most: usize) -> Self {
        Self {
            position,
            end: 0,
            at_most,
            timeout: None,
            cancel: None,
            until: None,
            wait: Wait::SpinThenSleep,
            failed: false,
        }
    }

    /// Waits for the next rows. `None`: the time is over, or it was cancelled, or failed before.
    fn next(&mut self, reader: &Reader, look: impl Fn() -> Result<(u64, u64)>) -> Option<Result<Range<usize>>> {
        if self.failed {
            return None;
        }
        // The common case first: rows are there, and no clock is asked.
        match self.look(reader, &look) {
            Ok(None) if self.until.take().is_some() || reader.is_final() => None,
            Ok(None) => self.sleep_until_there_are(reader, &look),
            Ok(Some(rows)) => Some(Ok(rows)),
            Err(error) => Some(Err(error)),
        }
    }

    /// Acquire: who has published rows and sets it then, means those too.
    fn is_cancelled(&self) -> bool {
        self.cancel.is_some_and(|cancel| cancel.load(Ordering::Acquire))
    }

    /// The next rows, if there are any.
    fn look(&mut self, reader: &Reader, look: &impl Fn() -> Result<(u64, u64)>) -> Result<Option<Range<usize>>> {
        // Before the look, which then sees what was published before it was set.
        let cancelled = self.is_cancelled();
        let there = look().inspect_err(|_| self.failed = true).map(ranges::in_memory)?;
        self.end = there.end;
        if self.position < there.start {
            let position = std::mem::replace(&mut self.position, there.start);
            return Err(reader.error(ErrorKind::Discarded { position, first: there.start }));
        }
        // Rows that go on coming must not keep a cancelled loop alive.
        self.until = cancelled.then(|| self.until.unwrap_or(there.end));
        let end = self.until.map_or(there.end, |until| until.min(there.end));
        if self.position >= end {
            return Ok(None);
        }
        let rows = ranges::first(self.at_most, self.position..end);
        self.position = rows.end;
        Ok(Some(rows))
    }

    #[cold]
    fn sleep_until_there_are(
        &mut self,
        reader: &Reader,
        look: &impl Fn() -> Result<(u64, u64)>,
    ) -> Option<Result<Range<usize>>> {
        let began = Instant::now();
        let mut rounds = Rounds::new();
        loop {
            if self.is_cancelled() {
                let rows = self.look(reader, look).transpose();
                self.until = self.until.filter(|_| rows.is_some());
                return rows;
            }
            let waited = began.elapsed();
            let left = match self.timeout {
                Some(timeout) if waited >= timeout => return None,
                Some(timeout) => timeout - waited,
                None => Duration::MAX,
            };
            let looks = if let Some(time) = rounds.sleep(self.wait, waited) {
                let slice = if self.cancel.is_some() { time.min(LONGEST_DEAF) } else { time };
                reader.wait(self.end as u64, slice.min(left));
                1
            } else {
                rounds.spin()
            };
            for _ in 0..looks {
                match self.look(reader, look) {
                    Ok(None) if self.until.take().is_some() => return None,
                    Ok(None) => hint::spin_loop(),
                    Ok(Some(rows)) => return Some(Ok(rows)),
                    Err(error) => return Some(Err(error)),
                }
            }
        }
    }
}

/// Rows as they come: from [`Npyt::follow`].
///
/// It begins with the first row that is kept. Each turn gives all rows that came since the last one, and waits where there are
/// none yet. It ends when the [timeout](Self::timeout) is over or it was [cancelled](Self::cancel); asked again it goes on
/// where it was, and so nothing is lost between two loops. Without either it waits for ever.
///
/// It follows the file that was opened, not its name: after that was removed, or [replaced](crate::NpytOptions::overwrite), no
/// row comes any more. Give it a timeout where that may happen, and open the path anew. Of an ordinary `.npy` it gives the
/// rows and ends.
///
/// An error is [`Discarded`](ErrorKind::Discarded) where rows were taken away from the front before they were read: the next
/// turn goes on with the first that is kept. After any other error it has ended for good.
///
/// # Example
///
/// ```
/// # use npyt::{Npyt, NpytMut};
/// # use std::time::Duration;
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices.npy");
/// # let mut writer = NpytMut::<f64>::create(&path)?;
/// # writer.extend_from_slice(&[101.5, 101.7, 101.6])?;
/// # // SAFETY: only npyt writes to this file.
/// # let prices = unsafe { Npyt::<f64>::open(&path)? };
/// let mut highest = f64::MIN;
/// // Until nothing came for 10 ms:
/// for new in prices.follow().timeout(Duration::from_millis(10)) {
///     for price in new? {
///         highest = highest.max(*price);
///     }
/// }
/// assert_eq!(highest, 101.7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "it reads nothing until it is iterated over"]
pub struct Follow<'a, T> {
    file: &'a Npyt<T>,
    following: Following<'a>,
}

/// As [`Follow`], with copies of the rows, up to a MiB of them a turn: from [`NpytCopy::follow`].
///
/// # Example
///
/// ```
/// # use npyt::{NpytCopy, NpytMut};
/// # use std::time::Duration;
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices.npy");
/// # let mut writer = NpytMut::<f64>::create(&path)?;
/// # writer.extend_from_slice(&[101.5, 101.7, 101.6])?;
/// # let prices = NpytCopy::<f64>::open(&path)?;
/// let mut new = prices.follow().at_most(2).timeout(Duration::from_millis(10));
/// assert_eq!(new.next().transpose()?, Some(vec![101.5, 101.7]));
/// assert_eq!(new.next().transpose()?, Some(vec![101.6]));
/// assert_eq!(new.next().transpose()?, None); // for now
///
/// writer.push(101.8)?;
/// assert_eq!(new.next().transpose()?, Some(vec![101.8]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "it reads nothing until it is iterated over"]
pub struct CopyFollow<'a, T> {
    file: &'a NpytCopy<T>,
    following: Following<'a>,
}

/// Copied a turn at most, unless told otherwise.
const COPIED_BYTES: usize = 1 << 20;

impl<'a, T: NpyElement> Follow<'a, T> {
    pub(super) fn new(file: &'a Npyt<T>) -> Self {
        Self { file, following: Following::new(file.rows().start, usize::MAX) }
    }
}

impl<'a, T: NpyElement> CopyFollow<'a, T> {
    pub(super) fn new(file: &'a NpytCopy<T>) -> Self {
        Self { file, following: Following::new(file.rows().start, (COPIED_BYTES / size_of::<T>()).max(1)) }
    }
}

/// What is set up the same way for both.
macro_rules! settings {
    ($($name:ident)+) => { $(
        impl<'a, T: NpyElement> $name<'a, T> {
            /// Begins with the row of that number, which may be still to come.
            pub const fn from_row(mut self, row: usize) -> Self {
                self.following.position = row;
                self
            }

            /// Begins with the next row to come.
            pub fn from_end(mut self) -> Self {
                self.following.position = self.file.rows().end;
                self
            }

            /// Gives up to so many rows a turn; 0 counts as 1.
            pub const fn at_most(mut self, rows: usize) -> Self {
                self.following.at_most = if rows == 0 { 1 } else { rows };
                self
            }

            /// Ends a turn, and a loop, when no row came for so long. Zero: looks once and never waits.
            pub const fn timeout(mut self, timeout: Duration) -> Self {
                self.following.timeout = Some(timeout);
                self
            }

            /// Ends a turn, and a loop, when this is set: at once where it spins, else after the present sleep, which
            /// is then of 100 ms at most. Rows published before it was set are given first; a loop doesn't go on for those
            /// that come later.
            pub const fn cancel(mut self, cancel: &'a AtomicBool) -> Self {
                self.following.cancel = Some(cancel);
                self
            }

            /// How to wait; by default [`Wait::SpinThenSleep`].
            pub const fn wait(mut self, wait: Wait) -> Self {
                self.following.wait = wait;
                self
            }

            /// The number of the row that comes next.
            #[doc(alias = "tell")]
            pub const fn position(&self) -> usize {
                self.following.position
            }
        }

        impl<T> fmt::Debug for $name<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let Following { position, at_most, timeout, wait, .. } = &self.following;
                f.debug_struct(stringify!($name))
                    .field("position", position)
                    .field("at_most", at_most)
                    .field("timeout", timeout)
                    .field("wait", wait)
                    .finish_non_exhaustive()
            }
        }
    )+ };
}

settings!(Follow CopyFollow);

impl<'a, T: NpyElement> Iterator for Follow<'a, T> {
    type Item = Result<&'a [T]>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let reader = self.file.reader();
        let rows = self.following.next(reader, || reader.try_observe())?;
        Some(rows.map(|rows| self.file.rows_in(rows)))
    }
}

impl<T: NpyElement> Iterator for CopyFollow<'_, T> {
    type Item = Result<Vec<T>>;

    fn next(&mut self) -> Option<Self::Item> {
        let reader = self.file.reader();
        let rows = self.following.next(reader, || reader.try_observe_length_first())?;
        let copied = rows.and_then(|rows| {
            let first = rows.start;
            // What was not given comes next.
            self.file.copy(rows).inspect_err(|_| self.following.position = first)
        });
        if let Err(error) = &copied {
            self.following.failed |= !matches!(error.kind(), ErrorKind::Discarded { .. });
        }
        Some(copied)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::NpytMut;

    /// As a program that publishes its last row and says then that it was the last.
    #[test]
    fn a_row_published_before_the_cancel_is_given_when_both_come_after_a_look() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("prices.npy");
        let writer = RefCell::new(NpytMut::<f64>::create(&path).expect("a file"));
        let file = NpytCopy::<f64>::open(&path).expect("a reader");
        let cancel = AtomicBool::new(false);

        for looks in [0, 1, 5, 63, 64, 65] {
            for wait in [Wait::Spin, Wait::SpinThenSleep, Wait::Sleep(Duration::ZERO)] {
                cancel.store(false, Ordering::Relaxed);
                let position = file.rows().end;
                let mut following = Following { cancel: Some(&cancel), wait, ..Following::new(position, usize::MAX) };
                let left = RefCell::new(looks);
                let look = || {
                    let there = file.reader().try_observe();
                    let left = &mut *left.borrow_mut();
                    if *left == 0 {
                        writer.borrow_mut().push(101.5)?;
                        cancel.store(true, Ordering::Release);
                    }
                    *left -= 1;
                    there
                };
                let rows = following.next(file.reader(), look).transpose().expect("rows");
                assert_eq!(rows, Some(position..position + 1), "{looks} looks, {wait:?}");
            }
        }
    }

    #[test]
    fn a_cancelled_loop_ends_though_rows_go_on_coming() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("prices.npy");
        let mut writer = NpytMut::<u64>::create(&path).expect("a file");
        writer.extend_from_slice(&[0, 1, 2]).expect("room");
        let file = NpytCopy::<u64>::open(&path).expect("a reader");
        let cancel = AtomicBool::new(true);
        let mut follow = file.follow().at_most(2).cancel(&cancel);

        let mut seen = Vec::new();
        for new in follow.by_ref() {
            seen.extend(new.expect("rows"));
            writer.push(writer.len() as u64).expect("room");
        }
        assert_eq!(seen, [0, 1, 2]); // and not the two that came since
        // Asked again it goes on where it was, up to what is there now.
        for new in follow.by_ref() {
            seen.extend(new.expect("rows"));
            writer.push(writer.len() as u64).expect("room");
        }
        assert_eq!(seen, [0, 1, 2, 3, 4]);
        cancel.store(false, Ordering::Relaxed);
        assert_eq!(follow.next().transpose().expect("rows"), Some(vec![5]));
    }
}
