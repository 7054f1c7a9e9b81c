/// How the dtype of a record is spelled in the header.
///
/// # Example
///
/// ```
/// # use npyt::{Form, NpyRecord, NpytMut};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices.npy");
/// # #[derive(Clone, Copy, NpyRecord)]
/// # #[repr(C)]
/// # struct Tick {
/// #     ts: i64,
/// #     px: f32,
/// # }
/// NpytMut::<Tick>::options().create(&path)?; // Form::Aligned
/// let header = std::fs::read(&path)?;
/// assert!(header[10..].starts_with(b"{'descr': ('|V16', {'names': ['ts', 'px']"));
///
/// NpytMut::<Tick>::options().form(Form::List).overwrite(&path)?;
/// let header = std::fs::read(&path)?;
/// assert!(header[10..].starts_with(b"{'descr': [('ts', '<i8'), ('px', '<f4'), ('', '|V4')]"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Form {
    /// `('|V24', {'names': …, 'aligned': True})`: stock `np.load` gives back a dtype whose `isalignedstruct` is true, so
    /// numba takes the array without a copy. The shape stands where a growing file can change it in one atomic store.
    /// Rows that are no aligned struct (scalars, packed structs) have numpy's ordinary spelling.
    #[default]
    Aligned,
    /// `[('ts', '<i8'), …, ('', '|V3')]`: what `np.save` and Python's npyt write, to the byte; the align flag is lost.
    /// For readers of `.npy` that are not numpy.
    List,
}
