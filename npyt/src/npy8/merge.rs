use std::ops::Range;

use super::ahead::{Model, Work};
use super::catalog::Entry;
use super::journal::Journal;
use super::name::Place;
use super::writer::Npy8Mut;
use crate::element::NpyElement;
use crate::error::{Error, Result};
use crate::file::{Joined, Joining, facts};
use crate::sys;

/// Segments that are to be joined: from [`Npy8Mut::merge_plan`]. Needs no writer, and can be sent to another thread.
#[derive(Debug)]
#[must_use = "nothing is joined until it is copied and committed"]
pub struct MergePlan {
    place: Place,
    model: Model,
    group: Vec<Segment>,
}

/// The rows of some segments in one file that has no name yet: for [`Npy8Mut::merge_commit`]. Dropped, it is gone.
#[derive(Debug)]
#[must_use = "nothing is joined until it is committed"]
pub struct MergeCopy {
    place: Place,
    group: Vec<Segment>,
    /// `None` where retention, or another merge, was faster.
    joined: Option<Joined>,
}

#[derive(Clone, Copy, Debug)]
struct Segment {
    entry: Entry,
    rows: u64,
}

impl MergePlan {
    /// Copies the rows, and waits until the disk has them. This takes long; meanwhile the writer goes on, on its thread, and so
    /// do readers.
    ///
    /// # Errors
    ///
    /// No room on the disk, told before anything is copied; segments whose rows are not the same
    /// ([`Dtype`](crate::ErrorKind::Dtype)); a damaged one, with its path; the operating system's. Nothing was changed.
    pub fn copy(self) -> Result<MergeCopy> {
        let Self { place, model, group } = self;
        let sources: Vec<_> = group.iter().map(|segment| (place.segment(segment.entry.name), segment.rows)).collect();
        let base = rows(&group).start;
        let like = Joining { alignment: model.alignment, form: model.form, tail: model.tail, base };
        let joined = Joined::make(&place.joined(), &sources, &like)?;
        sys::step("merge: copied");
        Ok(MergeCopy { place, group, joined })
    }

    /// The numbers of the rows that are to be in one file.
    pub fn rows(&self) -> Range<u64> {
        rows(&self.group)
    }

    /// How many segments are to become one.
    pub const fn segments(&self) -> usize {
        self.group.len()
    }
}

impl MergeCopy {
    /// The numbers of the rows that are to be in one file.
    pub fn rows(&self) -> Range<u64> {
        rows(&self.group)
    }

    /// How many segments are to become one.
    pub const fn segments(&self) -> usize {
        self.group.len()
    }
}

fn rows(group: &[Segment]) -> Range<u64> {
    let start = group.first().map_or(0, |first| first.entry.base);
    start..group.last().map_or(start, |last| last.entry.base + last.rows)
}

impl<T: NpyElement> Npy8Mut<T> {
    /// Joins old segments: every `segments` of them that follow each other become one, which has the name of the first. Returns
    /// how many files went. With fewer than 2 nothing is joined.
    ///
    /// Rows keep their numbers, and readers go on, wherever they are: what they have open stays. A file of more rows than a
    /// segment of this writer has room for is left alone, as it was joined before; so are the newest segments, as many as the
    /// [queue](super::Npy8Options::queue) has names, and two; what is left over at the end, fewer than `segments`; and one that
    /// lacks rows, which no number may tell of. [Retention](super::Npy8Options::retain_segments) counts a joined one as one
    /// segment, which goes when its last row may go.
    ///
    /// A kill at any moment leaves the old ones or the new one, and the next writer removes the rest. While the new one
    /// replaces the first, for a moment, who takes every `*.npy` there, as a glob does, sees the rows of the others twice; who
    /// has taken the first before, and comes to the others afterwards, finds them gone, with their rows, and has to begin again.
    /// The README has the lines of Python that do.
    ///
    /// It copies all rows, and this call waits for that: [`merge_plan`](Self::merge_plan) is for recording meanwhile.
    ///
    /// # Errors
    ///
    /// As [`MergePlan::copy`] and [`merge_commit`](Self::merge_commit); what was joined before stays so.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npy8, Npy8Mut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices");
    /// let mut prices = Npy8Mut::<f64>::options().rows_per_segment(10).open(&path)?;
    /// for price in 0..400 {
    ///     prices.push(f64::from(price))?;
    /// }
    /// assert_eq!(prices.segments(), 40);
    /// assert_eq!(prices.merge(15)?, 28); // two of 150 rows each, and ten of 10
    /// assert_eq!(prices.segments(), 12);
    /// assert_eq!(Npy8::<f64>::open_copy(&path)?.get(123)?, Some(123.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "compact")]
    pub fn merge(&mut self, segments: usize) -> Result<usize> {
        let (mut gone, mut from, mut damaged) = (0, 0, None);
        while let Some(plan) = self.plan(segments, None, from, &mut damaged)? {
            // What was joined is not joined again with what follows it.
            from = plan.rows().end;
            match self.merge_commit(plan.copy()?)? {
                0 => break,
                more => gone += more,
            }
        }
        damaged.map_or(Ok(gone), Err)
    }

    /// The first `segments` segments that [`merge`](Self::merge) would join; `None` where there are none. Looks at each, and
    /// copies nothing.
    ///
    /// `rows`: the most that one may have to be joined; `None` is as many as a segment has room for. With `Some(u64::MAX)` what
    /// was joined before is joined again.
    ///
    /// # Errors
    ///
    /// A damaged segment, with its path, once there is nothing else to be joined; [`Foreign`](crate::ErrorKind::Foreign) where
    /// another program writes here; the operating system's.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::Npy8Mut;
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices");
    /// use std::thread;
    ///
    /// let mut prices = Npy8Mut::<f64>::options().rows_per_segment(10).open(&path)?;
    /// prices.extend_from_slice(&[101.5; 400])?;
    /// if let Some(plan) = prices.merge_plan(15, None)? {
    ///     let copying = thread::spawn(|| plan.copy()); // gigabytes, perhaps
    ///     while !copying.is_finished() {
    ///         prices.push(101.7)?;
    ///     }
    ///     let copy = copying.join().expect("no panic")?;
    ///     assert_eq!(prices.merge_commit(copy)?, 14); // a few syncs of names, no rows
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn merge_plan(&mut self, segments: usize, rows: Option<u64>) -> Result<Option<MergePlan>> {
        let mut damaged = None;
        match self.plan(segments, rows, 0, &mut damaged)? {
            None => damaged.map_or(Ok(None), Err),
            plan => Ok(plan),
        }
    }

    /// The same, of segments that begin with row `from` or a later one. The first that is damaged is noted, and those behind it are
    /// joined all the same.
    fn plan(
        &mut self,
        segments: usize,
        rows: Option<u64>,
        from: u64,
        damaged: &mut Option<Error>,
    ) -> Result<Option<MergePlan>> {
        self.check_alone()?;
        if segments < 2 {
            return Ok(None);
        }
        let most = rows.unwrap_or_else(|| room(self.settings.rows, size_of::<T>()));
        let entries = self.catalog.entries();
        let mut group = Vec::new();
        for at in 0..entries.len().saturating_sub(self.least_kept()) {
            let Some((entry, Some(next))) = self.catalog.at(at) else { break };
            let rows = next - entry.base;
            if rows > most || entry.base < from {
                group.clear();
                continue;
            }
            group.push(Segment { entry, rows });
            if group.len() < segments {
                continue;
            }
            // As late as this, so that nobody is looked at in vain. A gap between two would move the rows behind it.
            let mut last_short = None;
            for (i, segment) in group.iter().enumerate() {
                match facts(&self.place.segment(segment.entry.name)) {
                    Ok(found) if found.end == segment.rows => continue,
                    Ok(_) => {}
                    Err(error) => _ = damaged.get_or_insert(error),
                }
                last_short = Some(i);
            }
            match last_short {
                None => {
                    let (place, model) = (self.place.clone(), self.ahead.model().clone());
                    return Ok(Some(MergePlan { place, model, group }));
                }
                Some(i) => drop(group.drain(..=i)),
            }
        }
        Ok(None)
    }

    /// Puts a copy of some segments in their place, and returns how many files went: 0 where they are no longer those that were
    /// copied, as retention or another merge was faster, or never were of this directory; then nothing was changed.
    ///
    /// It waits for the disk to have a few names, not for rows. The files go a moment later, on another thread, as those that
    /// are not to be kept; [`sync`](Self::sync) waits for that.
    ///
    /// # Errors
    ///
    /// [`Foreign`](crate::ErrorKind::Foreign) where another program writes here; the operating system's, and the segments are as
    /// they were.
    pub fn merge_commit(&mut self, copy: MergeCopy) -> Result<usize> {
        let MergeCopy { place, group, joined: Some(joined) } = copy else { return Ok(0) };
        if !self.place.is_same(&place) {
            return Ok(0);
        }
        self.check_alone()?;
        // A merge before this one is finished, and what the index no longer has is gone: the new one won't tell of it.
        self.ahead.tidy();
        Journal::settle(&self.place)?;
        let Some(places) = self.places_of(&group).filter(|_| joined.is_current()) else { return Ok(0) };

        let names: Vec<u64> = group.iter().map(|segment| segment.entry.name).collect();
        let rows = rows(&group);
        let journal = Journal { base: rows.start, rows: rows.end - rows.start, names };
        journal.write(&self.place)?;
        // The commit: from here on all rows are in the first.
        joined.replace_first().inspect_err(|_| {
            // What stays is found again by the next merge, and by the next writer.
            let _ = journal.forget(&self.place);
        })?;
        sys::step("merge: renamed");
        self.catalog.merge(places);
        self.index.remake(&self.catalog);
        sys::step("merge: index");
        self.unsynced.retain(|name| !journal.names.contains(name));
        let gone = journal.names.len() - 1;
        self.ahead.hand_over(Work { merged: Some((self.place.clone(), journal)), ..Work::default() });
        Ok(gone)
    }

    /// Where these segments are in the catalog, if they still are there, one behind the other and outside the queue.
    fn places_of(&self, group: &[Segment]) -> Option<Range<usize>> {
        let entries = self.catalog.entries();
        let first = group.first()?.entry;
        let start = entries.binary_search_by_key(&first.name, |entry| entry.name).ok()?;
        let end = start + group.len();
        let there = entries.get(start..end)?.iter().copied().eq(group.iter().map(|segment| segment.entry));
        (there && end + self.least_kept() <= entries.len()).then_some(start..end)
    }
}

/// How many rows a segment has room for that is to have room for so many: its tail lies on whole words.
fn room(rows: u64, size: usize) -> u64 {
    let step = 8 >> size.trailing_zeros().min(3);
    rows.checked_next_multiple_of(step).unwrap_or(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_what_a_segment_has() {
        let folder = tempfile::tempdir().unwrap();
        for rows in [1, 7, 8, 9] {
            let path = folder.path().join(format!("a{rows}"));
            let mut writer = Npy8Mut::<[u8; 3]>::options().rows_per_segment(rows).open(&path).unwrap();
            writer.push([1, 2, 3]).unwrap();
            assert_eq!(facts(writer.current().unwrap()).unwrap().capacity, room(rows as u64, 3));
            let path = folder.path().join(format!("b{rows}"));
            let mut writer = Npy8Mut::<[u16; 6]>::options().rows_per_segment(rows).open(&path).unwrap();
            writer.push([1; 6]).unwrap();
            assert_eq!(facts(writer.current().unwrap()).unwrap().capacity, room(rows as u64, 12));
        }
        assert_eq!(room(u64::MAX, 1), u64::MAX);
    }

    #[test]
    fn a_plan_and_a_copy_go_to_other_threads() {
        fn goes<S: Send>() {}
        goes::<MergePlan>();
        goes::<MergeCopy>();
    }
}
