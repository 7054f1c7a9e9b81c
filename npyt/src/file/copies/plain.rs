use std::path::Path;

use super::source::Source;
use super::{Draft, make, read_back, take_permissions};
use crate::error::{Error, Result};
use crate::file::Info;
use crate::geometry::Geometry;
use crate::header::{self, Form};

/// Writes the rows of a file as an ordinary `.npy`: no tail, and a shape that is the number of rows, for programs that are to
/// see neither. An align flag of the header is kept, in the form that stock `np.load` gives it back from.
///
/// Rows that were dropped from the front are not in it, and those of a ring of npyt 0.2 come in their order. The file may be
/// written meanwhile, as for [`backup`](crate::backup); one without a tail can be given too.
///
/// # Errors
///
/// As for [`backup`](crate::backup), and arrays without rows in C order.
///
/// # Example
///
/// ```
/// # use npyt::{FileKind, NpytMut};
/// # let dir = tempfile::tempdir()?;
/// # let (path, to) = (dir.path().join("prices.npy"), dir.path().join("plain.npy"));
/// let mut prices = NpytMut::<f64>::options().capacity(1_000).create(&path)?;
/// prices.extend_from_slice(&[101.5, 101.7, 101.6])?;
///
/// let info = npyt::plain(&path, &to)?;
/// assert_eq!((info.kind(), info.shape()), (FileKind::Npy, &[3][..]));
/// assert_eq!(info.file_size(), info.offset() + 3 * 8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "save")]
pub fn plain(from: impl AsRef<Path>, to: impl AsRef<Path>) -> Result<Info> {
    let (from, to) = (from.as_ref(), to.as_ref());
    let at = |kind| Error::new(kind, to);
    make(to, |new| {
        let source = Source::open(from)?;
        take_permissions(source.file(), new).map_err(at)?;
        let rows = source.rows()?;
        let header = header::write(&rows.dtype, rows.count(), Form::Aligned, rows.alignment());
        let header = header.map_err(|kind| source.error(kind))?;
        let geometry = Geometry::new(header.len() as u64, rows.size(), rows.count());
        let geometry = geometry.map_err(|kind| source.error(kind))?;
        let mut draft = Draft::new(new, to, geometry.offset(), geometry.rows_end())?;
        for piece in rows.pieces() {
            draft.append(piece)?;
        }
        // The disk may take long; its writer needn't wait for that.
        drop(source);
        draft.close(&header, geometry.rows_end(), None)?;
        read_back(new, to)
    })
}
