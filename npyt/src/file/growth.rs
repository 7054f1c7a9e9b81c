//! How much a file grows.

/// What a file does when it is full: grow in place, under its readers, without moving a byte.
///
/// # Example
///
/// ```
/// # use npyt::{ErrorKind, Growth, NpytMut};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices.npy");
/// let options = NpytMut::<f64>::options().capacity(2);
/// let mut prices = options.clone().growth(Growth::By(100)).create(&path)?;
/// prices.extend_from_slice(&[101.5, 101.7, 101.6])?;
/// assert_eq!(prices.capacity(), 102);
///
/// drop(prices);
/// let mut prices = options.growth(Growth::Never).overwrite(&path)?;
/// let error = prices.extend_from_slice(&[101.5, 101.7, 101.6]).unwrap_err();
/// assert!(matches!(error.kind(), ErrorKind::Full { fits: 2, .. }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Growth {
    /// To twice the capacity, so that the cost of growing is a fixed part of that of the rows, whatever their number. Where
    /// the disk has too little room for that, by less: half of it, a quarter, and so on, as long as that is enough. The default.
    #[default]
    Double,
    /// By so many rows, or as many times so many as are needed; 0 counts as 1. Where the disk has too little room for that, by
    /// less, as above. A few more where the header asks for it:
    /// see [`NpytMut::reserve`](crate::NpytMut::reserve).
    By(usize),
    /// Not by itself: what doesn't fit is [`Full`](crate::ErrorKind::Full).
    Never,
}

impl Growth {
    /// The capacity to ask for when `needed` rows are to fit into a file with room for `capacity`; `None` where it may not
    /// grow.
    pub(super) fn target(self, capacity: u64, needed: u64, row: u64) -> Option<u64> {
        match self {
            Self::Double => Some(needed.max(capacity.saturating_mul(2)).max(LEAST_BYTES / row)),
            Self::By(rows) => {
                let step = (rows as u64).max(1);
                let steps = needed.saturating_sub(capacity).div_ceil(step);
                Some(capacity.saturating_add(steps.saturating_mul(step)))
            }
            Self::Never => None,
        }
    }
}

/// A file that doubles gets room for so many bytes of rows at least: a page costs as much as a byte.
const LEAST_BYTES: u64 = 4096;
