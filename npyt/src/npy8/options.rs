use std::any::type_name;
use std::marker::PhantomData;
use std::path::Path;
use std::time::Duration;

use super::Npy8Mut;
use super::ahead::Model;
use super::lock::MOST_SLOTS;
use super::name::Place;
use crate::element::NpyElement;
use crate::error::Result;
use crate::file::{Durability, Growth, Ways};
use crate::header::Form;
use crate::tail::TailLayout;

/// How to record into a directory: from [`Npy8Mut::options`].
///
/// # Example
///
/// ```
/// use npyt::Npy8Mut;
/// use std::time::Duration;
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices");
/// let mut prices = Npy8Mut::<f64>::options()
///     .rows_per_segment(1_000_000)
///     .roll_every(Duration::from_secs(3600))
///     .retain_for(Duration::from_secs(7 * 24 * 3600))
///     .open(&path)?;
/// prices.push(101.5)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "options do nothing until a directory is opened with them"]
pub struct Npy8Options<T> {
    rows: Option<usize>,
    pub(super) settings: Settings,
    form: Option<Form>,
    tail: TailLayout,
    sparse: bool,
    wake: bool,
    row: PhantomData<fn(T)>,
}

/// What the writer is to do, apart from how its files look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    /// Rows that a segment has room for.
    pub(super) rows: u64,
    /// Names that `.lock` has room for.
    pub(super) queue: usize,
    /// A batch is not split.
    pub(super) whole: bool,
    pub(super) every: Option<Duration>,
    pub(super) retain: Retain,
    pub(super) durability: Durability,
    pub(super) ahead: bool,
}

/// What is kept; what goes beyond any of these goes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Retain {
    pub(super) segments: Option<usize>,
    pub(super) bytes: Option<u64>,
    pub(super) age: Option<Duration>,
}

/// Without a number of rows asked for, so many bytes of rows a segment.
const DEFAULT_BYTES: usize = 16 << 20;

/// As Python's NPY8 has it.
const DEFAULT_QUEUE: usize = 8;

impl<T> Npy8Options<T> {
    /// The defaults: segments of 16 MiB of rows, batches split where they end, nothing removed, a queue of 8 names, the next
    /// segment made ahead; the aligned form; durable when synced.
    pub const fn new() -> Self {
        let retain = Retain { segments: None, bytes: None, age: None };
        let settings = Settings {
            rows: 0,
            queue: DEFAULT_QUEUE,
            whole: false,
            every: None,
            retain,
            durability: Durability::Manual,
            ahead: true,
        };
        Self { rows: None, settings, form: None, tail: TailLayout::V0_4, sparse: false, wake: false, row: PhantomData }
    }

    /// Room for so many rows in a segment; 0 counts as 1. Up to seven more where the tail would not lie on whole words, as
    /// for [`capacity`](crate::NpytOptions::capacity).
    ///
    /// Small segments are removed in small steps, large ones make for fewer borders: a chunk of rows never goes across one.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npy8, Npy8Mut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices");
    /// let mut prices = Npy8Mut::<f64>::options().rows_per_segment(2).open(&path)?;
    /// prices.extend_from_slice(&[101.5, 101.7, 101.6])?;
    /// assert_eq!(prices.segments(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "capacity_per_file")]
    pub const fn rows_per_segment(mut self, rows: usize) -> Self {
        self.rows = Some(if rows == 0 { 1 } else { rows });
        self
    }

    /// Room for so many bytes of rows in a segment, and for one row at least. The last of this and
    /// [`rows_per_segment`](Self::rows_per_segment) counts.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npy8, Npy8Mut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices");
    /// let mut prices = Npy8Mut::<f64>::options().bytes_per_segment(20).open(&path)?; // two rows
    /// prices.extend_from_slice(&[101.5, 101.7, 101.6])?;
    /// assert_eq!(prices.segments(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn bytes_per_segment(self, bytes: usize) -> Self {
        let rows = bytes.checked_div(size_of::<T>());
        self.rows_per_segment(match rows {
            Some(rows) => rows,
            None => 0,
        })
    }

    /// How many names of the newest segments `.lock` has: what Python's NPY8 calls `query_size`, and has to be opened with. Two
    /// at least and 65,536 at most. A `.lock` that has room for more keeps it.
    ///
    /// Python's readers see no more than these segments, and lose rows where a name leaves the queue before they come to it.
    /// This crate's readers need none of it.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npy8, Npy8Mut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices");
    /// let prices = Npy8Mut::<f64>::options().queue(16).open(&path)?;
    /// assert_eq!(std::fs::metadata(path.join(".lock"))?.len(), 16 * 8);
    /// // Python: NPY8('prices', query_size=16).load()
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "query_size")]
    pub const fn queue(mut self, names: usize) -> Self {
        self.settings.queue = match names {
            0..2 => 2,
            2..MOST_SLOTS => names,
            _ => MOST_SLOTS,
        };
        self
    }

    /// Keeps every batch of [`extend_from_slice`](Npy8Mut::extend_from_slice) in one segment, as Python's NPY8 does: one that
    /// doesn't fit into what is left begins the next, and one larger than a segment gets one of its own size.
    ///
    /// Without, batches are split where a segment ends, and each is exactly full.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npy8, Npy8Mut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices");
    /// let mut prices = Npy8Mut::<f64>::options().rows_per_segment(4).whole_batches(true).open(&path)?;
    /// prices.extend_from_slice(&[101.5, 101.7, 101.6])?;
    /// prices.extend_from_slice(&[101.8, 101.9])?; // one of them would have fitted
    /// let last = Npy8::<f64>::open_copy(&path)?.tail(2)?.next().transpose()?.unwrap();
    /// assert_eq!(last[..], [101.8, 101.9]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn whole_batches(mut self, whole: bool) -> Self {
        self.settings.whole = whole;
        self
    }

    /// Begins a new segment whenever the time since 1970 (UTC) is a multiple of this and rows come: 3600 s makes one for each
    /// hour in which there are rows. Rows that come within a millisecond or two after that may still be in the old one. Less
    /// than a millisecond counts as one.
    ///
    /// A segment that is full before that ends as well: for one file an hour it has to have room for the rows of one. Room that
    /// is left over is given back.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npy8, Npy8Mut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices");
    /// use std::time::Duration;
    ///
    /// let hourly = Npy8Mut::<f64>::options().bytes_per_segment(1 << 20).roll_every(Duration::from_secs(3600));
    /// hourly.open(&path)?.push(101.5)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn roll_every(mut self, time: Duration) -> Self {
        self.settings.every = Some(time);
        self
    }

    /// Keeps so many segments, and removes older ones; never fewer than the [queue](Self::queue) has names, and two.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npy8, Npy8Mut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices");
    /// let mut prices = Npy8Mut::<f64>::options().rows_per_segment(10).queue(2).retain_segments(5).open(&path)?;
    /// for price in 0..100 {
    ///     prices.push(f64::from(price))?;
    /// }
    /// assert_eq!(prices.rows(), 50..100);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn retain_segments(mut self, segments: usize) -> Self {
        self.settings.retain.segments = Some(segments);
        self
    }

    /// Keeps the newest segments whose rows take so many bytes together, and removes older ones; never more of them than
    /// [`retain_segments`](Self::retain_segments) would.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npy8, Npy8Mut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices");
    /// let mut prices = Npy8Mut::<f64>::options().rows_per_segment(10).queue(2).retain_bytes(400).open(&path)?;
    /// for price in 0..100 {
    ///     prices.push(f64::from(price))?;
    /// }
    /// assert_eq!(prices.rows(), 50..100); // of eight bytes each
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn retain_bytes(mut self, bytes: u64) -> Self {
        self.settings.retain.bytes = Some(bytes);
        self
    }

    /// Keeps rows for so long at least, and removes segments whose last row is older; never more of them than
    /// [`retain_segments`](Self::retain_segments) would.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npy8, Npy8Mut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices");
    /// use std::time::Duration;
    ///
    /// let week = Duration::from_secs(7 * 24 * 3600);
    /// let mut prices = Npy8Mut::<f64>::options().retain_for(week).open(&path)?;
    /// prices.push(101.5)?;
    /// assert_eq!(prices.retain(), 0); // nothing is that old
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn retain_for(mut self, age: Duration) -> Self {
        self.settings.retain.age = Some(age);
        self
    }

    /// When the disk has what was published: by default when it is [synced](Npy8Mut::sync).
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npy8, Npy8Mut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices");
    /// use npyt::Durability;
    ///
    /// let mut orders = Npy8Mut::<u64>::options().durability(Durability::EveryPublish).open(&path)?;
    /// orders.push(7)?; // on the disk when this returns
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn durability(mut self, durability: Durability) -> Self {
        self.settings.durability = durability;
        self
    }

    /// Whether the next segment is made ahead, by a thread: made, reserved on the disk and brought into memory, so that the row
    /// that begins it doesn't wait. By default it is.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npy8, Npy8Mut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices");
    /// // A recording of a row a minute needs no thread.
    /// let mut prices = Npy8Mut::<f64>::options().spare_ahead(false).open(&path)?;
    /// prices.push(101.5)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn spare_ahead(mut self, ahead: bool) -> Self {
        self.settings.ahead = ahead;
        self
    }

    /// Makes segments without blocks on the disk: as for [`NpytOptions::sparse`](crate::NpytOptions::sparse).
    pub const fn sparse(mut self, sparse: bool) -> Self {
        self.sparse = sparse;
        self
    }

    /// Wakes followers that sleep: as for [`NpytOptions::wake`](crate::NpytOptions::wake).
    pub const fn wake(mut self, wake: bool) -> Self {
        self.wake = wake;
        self
    }

    /// How the headers spell the dtype: as for [`NpytOptions::form`](crate::NpytOptions::form). Where Python is to write here
    /// too, at another time, it has to be [`Form::List`].
    ///
    /// In that form a header may have no room for the number of its first row; where it hasn't, and the index is lost, rows
    /// are counted from the first that is kept.
    pub const fn form(mut self, form: Form) -> Self {
        self.form = Some(form);
        self
    }

    /// The layout of the tails: as for [`NpytOptions::tail_layout`](crate::NpytOptions::tail_layout).
    pub const fn tail_layout(mut self, layout: TailLayout) -> Self {
        self.tail = layout;
        self
    }

    /// Opens the directory to go on where it ends, or makes it where there is none.
    ///
    /// What a killed writer left is set right; no row is touched, and no segment removed but those that retention had given up.
    ///
    /// # Errors
    ///
    /// Another writer has it ([`Locked`](crate::ErrorKind::Locked)); the newest segment has other rows than `T`
    /// ([`Dtype`](crate::ErrorKind::Dtype)) or is damaged, and the error has its path; the operating system's. A damaged one can
    /// be [repaired](crate::Repair), or moved out of the directory: the next rows then take the numbers of its rows.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npy8, Npy8Mut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices");
    /// let options = Npy8Mut::<f64>::options().rows_per_segment(1_000);
    /// options.open(&path)?.push(101.5)?;
    /// let again = options.open(&path)?;
    /// assert_eq!(again.rows(), 0..1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open(&self, path: impl AsRef<Path>) -> Result<Npy8Mut<T>>
    where
        T: NpyElement,
    {
        let rows = self.rows.unwrap_or((DEFAULT_BYTES / size_of::<T>()).max(1));
        let settings = Settings { rows: rows as u64, ..self.settings };
        let place = Place::new(path.as_ref());
        let ways = Ways {
            reserve: !self.sparse,
            prefault: settings.ahead,
            growth: Growth::Never,
            durability: settings.durability,
            wake: self.wake,
        };
        let model = Model {
            spare: place.spare(),
            row: T::DTYPE_REF,
            alignment: align_of::<T>(),
            form: self.form.unwrap_or(T::FORM),
            tail: self.tail,
            ways,
        };
        Npy8Mut::start(place, settings, model, type_name::<T>())
    }
}

impl<T> Default for Npy8Options<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_has_room_for_no_fewer_names_than_two_and_no_more_than_it_is_read_with() {
        let queue = |names| Npy8Options::<f64>::new().queue(names).settings.queue;
        assert_eq!([0, 2, 3, 1 << 16, usize::MAX].map(queue), [2, 2, 3, 1 << 16, 1 << 16]);
    }
}
