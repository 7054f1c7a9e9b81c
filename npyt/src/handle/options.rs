use std::any::type_name;
use std::marker::PhantomData;
use std::path::Path;

use super::NpytMut;
use crate::dtype::DType;
use crate::element::NpyElement;
use crate::error::{ErrorKind, Result};
use crate::file::{Adopt, Create, Durability, Existing, Growth, Ways, Writer};
use crate::header::Form;
use crate::tail::TailLayout;

/// How to make or open a file for writing: from [`NpytMut::options`].
///
/// # Example
///
/// ```
/// use npyt::{Form, NpytMut};
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices.npy");
/// let mut prices = NpytMut::<f64>::options()
///     .capacity(1_000_000)
///     .form(Form::List)
///     .create(&path)?;
/// prices.push(101.5)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "options do nothing until a file is made with them"]
pub struct NpytOptions<T> {
    capacity: Option<usize>,
    form: Option<Form>,
    tail: TailLayout,
    sparse: bool,
    prefault: bool,
    growth: Growth,
    durability: Durability,
    wake: bool,
    row: PhantomData<fn(T)>,
}

/// Without a capacity asked for, so many bytes of rows.
const DEFAULT_BYTES: usize = 1 << 20;

impl<T> NpytOptions<T> {
    /// The defaults: room for 1 MiB of rows, doubled whenever it is full, reserved on the disk; the aligned form; a tail of
    /// five words; durable when synced.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytOptions};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// let floats = NpytOptions::<f32>::new().capacity(100);
    /// let prices = floats.create(&path)?;
    /// assert_eq!(prices.capacity(), 100);
    /// assert!(NpytOptions::<u8>::default().create(&path).is_err()); // exists
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn new() -> Self {
        Self {
            capacity: None,
            form: None,
            tail: TailLayout::V0_4,
            sparse: false,
            prefault: false,
            growth: Growth::Double,
            durability: Durability::Manual,
            wake: false,
            row: PhantomData,
        }
    }

    /// Room for at least so many rows. A few more where the tail would not lie on whole words: never more than seven,
    /// and none for rows of a multiple of eight bytes.
    ///
    /// `np.load` shows all of them, the unwritten ones as zeros, until [`NpytMut::finish`].
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// let options = NpytMut::<f64>::options().capacity(5);
    /// assert_eq!(options.create(&path)?.capacity(), 5);
    /// let bytes = NpytMut::<u8>::options().capacity(5);
    /// assert_eq!(bytes.overwrite(&path)?.capacity(), 8);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn capacity(mut self, rows: usize) -> Self {
        self.capacity = Some(rows);
        self
    }

    /// How the header spells the dtype: by default as the row type says ([`NpyElement::FORM`]), which is so that `np.load`
    /// keeps the align flag unless it is told otherwise.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Form, NpyRecord, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// #[derive(Clone, Copy, NpyRecord)]
    /// #[repr(C)]
    /// struct Tick {
    ///     ts: i64,
    ///     px: f32,
    /// }
    ///
    /// NpytMut::<Tick>::options().form(Form::Aligned).create(&path)?;
    /// assert!(npyt::inspect(&path)?.is_aligned());
    /// NpytMut::<Tick>::options().form(Form::List).overwrite(&path)?;
    /// assert!(!npyt::inspect(&path)?.is_aligned());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn form(mut self, form: Form) -> Self {
        self.form = Some(form);
        self
    }

    /// The layout of the tail: by default that of Python npyt 0.4; ask for [`TailLayout::V0_2`] when readers use 0.3.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytMut, TailLayout};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// NpytMut::<f64>::options().tail_layout(TailLayout::V0_2).create(&path)?;
    /// let info = npyt::inspect(&path)?;
    /// assert_eq!(info.tail().map(|tail| tail.layout()), Some(TailLayout::V0_2));
    /// assert_eq!(info.timestamp_ns(), None); // only five words have room for it
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn tail_layout(mut self, layout: TailLayout) -> Self {
        self.tail = layout;
        self
    }

    /// Leave the room unreserved: the file takes space on the disk only as rows arrive. A file that is opened with it keeps
    /// what is reserved, and gets no more.
    ///
    /// The price: when the disk is full, a store into the mapping ends the process with `SIGBUS`, and no error can be
    /// returned. Off by default.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// let mut prices = NpytMut::<f64>::options().capacity(100_000_000).sparse(true).create(&path)?;
    /// prices.push(101.5)?;
    /// assert!(npyt::inspect(&path)?.file_size() > 800_000_000); // and a few pages of it on the disk
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn sparse(mut self, sparse: bool) -> Self {
        self.sparse = sparse;
        self
    }

    /// What to do when the file is full: double it, unless told otherwise.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Growth, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// let options = NpytMut::<f64>::options().capacity(10).growth(Growth::By(1_000));
    /// let mut prices = options.create(&path)?;
    /// prices.extend_from_slice(&[101.5; 11])?;
    /// assert_eq!(prices.capacity(), 1_010);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn growth(mut self, growth: Growth) -> Self {
        self.growth = growth;
        self
    }

    /// When rows are made durable: by [`NpytMut::sync`] alone, unless told otherwise.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Durability, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("orders.npy");
    /// let mut orders = NpytMut::<u64>::options().durability(Durability::EveryRows(100)).create(&path)?;
    /// for order in 0..1_000 {
    ///     orders.push(order)?; // waits for the disk ten times
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Wake readers that sleep until rows come, with every call that adds some: a system call and a look at the clock, 0.6 us
    /// where nobody sleeps, while a push takes 2 ns. Who sleeps has the row after some 20 us. Off by default: readers that
    /// follow look themselves, every millisecond when they have waited for long.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("orders.npy");
    /// let mut orders = NpytMut::<u64>::options().wake(true).create(&path)?;
    /// orders.push(7)?; // whoever waits for it runs now
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn wake(mut self, wake: bool) -> Self {
        self.wake = wake;
        self
    }

    /// Bring all room into memory before the first row, so that no `push` waits for a page. Off by default; it takes
    /// about 0.3 s a GiB, once, and as much memory as the file has room.
    ///
    /// On Linux it needs 5.14 or later, and making or opening the file is an error before; on other systems it does nothing.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// let mut prices = NpytMut::<f64>::options().capacity(1_000).prefault(true).create(&path)?;
    /// prices.push(101.5)?; // no page fault here
    /// assert_eq!(prices.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn prefault(mut self, prefault: bool) -> Self {
        self.prefault = prefault;
        self
    }
}

// The bound stands on each function: where a type is no row, its own message is what the user reads.
impl<T> NpytOptions<T> {
    /// Makes a new file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Exists`] where something of that name exists; no room on the disk; a header that `np.load` would
    /// refuse.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// let options = NpytMut::<f64>::options().capacity(1_000);
    /// options.create(&path)?.push(101.5)?;
    /// assert!(options.create(&path).is_err()); // exists
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "save")]
    pub fn create(&self, path: impl AsRef<Path>) -> Result<NpytMut<T>>
    where
        T: NpyElement,
    {
        self.make(path.as_ref(), Existing::Refuse)
    }

    /// Makes a new file in place of one that may be there, in one step: at no moment is there half a file. Readers of the
    /// old one keep what they have.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create), and [`ErrorKind::Locked`] where the old file has a writer.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytCopy, NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// let options = NpytMut::<f64>::options().capacity(1_000);
    /// options.create(&path)?.push(101.5)?;
    /// let reader = NpytCopy::<f64>::open(&path)?;
    ///
    /// let new = options.overwrite(&path)?;
    /// assert!(new.is_empty());
    /// assert_eq!(reader.to_vec()?, [101.5]); // still the old file
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn overwrite(&self, path: impl AsRef<Path>) -> Result<NpytMut<T>>
    where
        T: NpyElement,
    {
        self.make(path.as_ref(), Existing::Replace)
    }

    /// Opens a file to go on appending where it ends: [`NpytMut::open`]. Capacity, form and tail are the file's; everything
    /// else as asked.
    ///
    /// # Errors
    ///
    /// As [`NpytMut::open`].
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// NpytMut::<f64>::options().capacity(1_000).sparse(true).create(&path)?;
    ///
    /// let prices = NpytMut::<f64>::options().sparse(true).open(&path)?;
    /// assert_eq!(prices.capacity(), 1_000);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "load")]
    pub fn open(&self, path: impl AsRef<Path>) -> Result<NpytMut<T>>
    where
        T: NpyElement,
    {
        Writer::open(path.as_ref(), &T::DTYPE, type_name::<T>(), self.ways()).map(NpytMut::from_writer)
    }

    /// Makes a file that `np.save` wrote one that can be appended to, and opens it: [`NpytMut::adopt`], with the
    /// [tail](Self::tail_layout) as asked, and everything else as in [`open`](Self::open). Capacity and form are the file's:
    /// it is full, and grows with the next row.
    ///
    /// # Errors
    ///
    /// As [`NpytMut::adopt`].
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytMut, TailLayout};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # let text = format!("{:117}\n", "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }");
    /// # std::fs::write(&path, [&b"\x93NUMPY\x01\0v\0"[..], text.as_bytes(), &[0; 16]].concat())?;
    /// // For Python npyt 0.3:
    /// NpytMut::<f64>::options().tail_layout(TailLayout::V0_2).adopt(&path)?;
    /// assert_eq!(npyt::inspect(&path)?.tail().map(|tail| tail.layout()), Some(TailLayout::V0_2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn adopt(&self, path: impl AsRef<Path>) -> Result<NpytMut<T>>
    where
        T: NpyElement,
    {
        let adopt = self.adopt_of(T::DTYPE_REF, type_name::<T>(), align_of::<T>());
        Writer::adopt(path.as_ref(), &adopt).map(NpytMut::from_writer)
    }

    /// [Opens](Self::open) the file, or [makes](Self::create) it where there is none.
    ///
    /// # Errors
    ///
    /// As [`NpytMut::open`] and [`create`](Self::create).
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytMut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// for run in 1..=3 {
    ///     let mut starts = NpytMut::<i64>::options().capacity(100).open_or_create(&path)?;
    ///     starts.push(run)?;
    ///     assert_eq!(starts.len(), run as usize);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open_or_create(&self, path: impl AsRef<Path>) -> Result<NpytMut<T>>
    where
        T: NpyElement,
    {
        let path = path.as_ref();
        loop {
            match self.create(path) {
                Err(error) if matches!(error.kind(), ErrorKind::Exists) => {}
                other => return other,
            }
            match self.open(path) {
                // Removed in between: once more.
                Err(error) if error.io_kind() == Some(std::io::ErrorKind::NotFound) && !is_dangling(path) => {}
                other => return other,
            }
        }
    }

    fn make(&self, path: &Path, existing: Existing) -> Result<NpytMut<T>>
    where
        T: NpyElement,
    {
        let create = self.create_of(T::DTYPE_REF, T::FORM, align_of::<T>(), existing);
        Writer::create(path, &create, self.ways()).map(NpytMut::from_writer)
    }

    /// A new file of rows of that dtype, spelled in that form if none was asked for; they need that alignment in memory.
    pub(crate) fn create_of<'a>(&self, row: &'a DType, form: Form, alignment: usize, existing: Existing) -> Create<'a> {
        let capacity = self.capacity.unwrap_or((DEFAULT_BYTES / row.size().max(1)).max(1));
        Create {
            row,
            alignment,
            capacity: capacity as u64,
            form: self.form.unwrap_or(form),
            tail: self.tail,
            sparse: self.sparse,
            existing,
            base: None,
        }
    }

    /// The adoption of a file of such rows.
    pub(crate) const fn adopt_of<'a>(&self, row: &'a DType, type_name: &'static str, alignment: usize) -> Adopt<'a> {
        Adopt { row, type_name, alignment, tail: self.tail, ways: self.ways() }
    }

    pub(crate) const fn ways(&self) -> Ways {
        let Self { prefault, growth, durability, wake, .. } = *self;
        Ways { reserve: !self.sparse, prefault, growth, durability, wake }
    }
}

/// A link that leads nowhere exists for `create` and doesn't for `open`.
fn is_dangling(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

impl<T> Default for NpytOptions<T> {
    fn default() -> Self {
        Self::new()
    }
}
