//! When the disk has what was published.

use std::time::Duration;

/// When rows are made durable: what survives a loss of power. A process that is killed loses nothing in any of these.
///
/// | | promise | price of a push |
/// | --- | --- | --- |
/// | [`Manual`](Self::Manual) | what was published before [`sync`](crate::NpytMut::sync) returned survives; of later rows any may be lost, or read as zeros or other bytes | none |
/// | [`EveryPublish`](Self::EveryPublish) | what was published survives, and no row is ever visible after a power loss that is not whole | two waits for the disk: 7 ms |
/// | [`EveryRows`](Self::EveryRows) | of what was published, at most the last `n` rows and one batch are in doubt | one wait for the disk in `n` rows: 4 us with 1000 |
/// | [`Every`](Self::Every) | of what was published, at most the rows of that time, and of one wait for the disk, are in doubt | with 10 ms a fifth more than `Manual`, while rows come as fast as they can; a thread waits for the disk |
///
/// A wait for the disk is `fdatasync`: 4 ms on the virtual disk where this was measured, tens of microseconds to tens of
/// milliseconds on others. After it the first store to each page costs a fault again.
///
/// # Example
///
/// ```
/// # use npyt::{Durability, NpytMut};
/// # use std::time::Duration;
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("orders.npy");
/// let mut orders = NpytMut::<u64>::options().durability(Durability::EveryPublish).create(&path)?;
/// orders.push(7)?; // on the disk when this returns
///
/// drop(orders);
/// let every_100_ms = Durability::Every(Duration::from_millis(100));
/// let mut orders = NpytMut::<u64>::options().durability(every_100_ms).open(&path)?;
/// orders.push(8)?; // on the disk a tenth of a second later
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Durability {
    /// By [`sync`](crate::NpytMut::sync), and [`finish`](crate::NpytMut::finish). The default.
    #[default]
    Manual,
    /// Rows are on the disk before the end that makes them visible is, and both when the call returns.
    EveryPublish,
    /// A sync after every so many rows; 0 counts as 1.
    EveryRows(usize),
    /// A sync by a thread of its own, again and again after so much time.
    Every(Duration),
}
