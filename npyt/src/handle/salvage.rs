use std::any::type_name;
use std::path::Path;

use crate::element::NpyElement;
use crate::error::{ErrorKind, Result};
use crate::file::Salvage;
use crate::rows as typed;

/// Takes the rows of a damaged file, from the first on and as long as `is_good` says so, into a new one: where
/// [`Repair`](crate::Repair) has nothing to offer, since nothing tells any more how many rows there were, but the rows do. `Ok`
/// has their number.
///
/// Of the rows that the shape tells of as many are looked at as the file has. It is read twice, a megabyte at a time;
/// otherwise as [`salvage_rows`](crate::salvage_rows).
///
/// # Errors
///
/// As of [`salvage_rows`](crate::salvage_rows), and rows that are not `T`.
///
/// # Example
///
/// ```
/// # use npyt::{NpytCopy, NpytMut};
/// # let dir = tempfile::tempdir()?;
/// # let (path, good) = (dir.path().join("prices.npy"), dir.path().join("good.npy"));
/// # NpytMut::<f64>::options().capacity(1_000).create(&path)?.extend_from_slice(&[101.5, 101.7, 101.6])?;
/// # let file = std::fs::File::options().write(true).open(&path)?;
/// # file.set_len(npyt::inspect(&path)?.offset() + 800)?;
/// // A copy was cut, and the tail is gone with its end. No price is zero, but what was never written is.
/// let rows = npyt::salvage_while(&path, &good, |&price: &f64| price != 0.0)?;
/// assert_eq!(rows, 3);
/// assert_eq!(NpytCopy::<f64>::open(&good)?.to_vec()?, [101.5, 101.7, 101.6]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "recover")]
#[doc(alias = "take_while")]
pub fn salvage_while<T: NpyElement>(
    from: impl AsRef<Path>,
    to: impl AsRef<Path>,
    mut is_good: impl FnMut(&T) -> bool,
) -> Result<u64> {
    let source = Salvage::open(from.as_ref(), Some((&T::DTYPE, type_name::<T>())))?;
    let read = |source: &Salvage<'_>, error| source.error(ErrorKind::Io { action: "read", source: error });
    let per_block = (BLOCK / size_of::<T>()).max(1);
    let all = source.rows();
    let mut good: u64 = 0;
    'rows: while good < all {
        let count = usize::try_from(all - good).map_or(per_block, |left| left.min(per_block));
        let mut block = typed::zeroed::<T>(count).map_err(|error| read(&source, error))?;
        typed::read_all(source.file(), source.row_at(good), &mut block).map_err(|error| read(&source, error))?;
        for row in &block {
            if !is_good(row) {
                break 'rows;
            }
            good += 1;
        }
    }
    source.save(to.as_ref(), good)?;
    Ok(good)
}

/// What is read at a time.
const BLOCK: usize = 1 << 20;
