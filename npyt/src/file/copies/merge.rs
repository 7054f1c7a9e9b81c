use std::fs::File;
use std::path::{Path, PathBuf};

use super::source::{Rows, Source};
use super::{Draft, make, read_back};
use crate::dtype::{DType, DTypeMismatch};
use crate::error::{Error, ErrorKind, Result};
use crate::file::Info;
use crate::geometry::{Geometry, GeometryError};
use crate::header::{self, Form};
use crate::sys;
use crate::tail::{Tail, TailLayout};

/// Joins the rows of many files in one, in the order given: recordings of this crate and of Python's npyt (rings of 0.2
/// too), and ordinary `.npy` files.
///
/// All must have the same rows, as a program that opens them would want it: names, types, offsets and size. Titles and align
/// flags may differ; those of the first are taken, with its spelling of the dtype and the layout of its tail. The rows are
/// numbered from 0, and the capacity is their number (up to seven more, so that it can be appended to).
///
/// Files may be written meanwhile, as for [`backup`](crate::backup); each is taken as it is when its turn comes. One is open
/// at a time, and memory holds none of them.
///
/// # Errors
///
/// No files ([`ErrorKind::NoSources`]); rows that differ ([`ErrorKind::Dtype`], whose text names both files), told before
/// anything is copied; and as for [`plain`](crate::plain).
///
/// # Example
///
/// ```
/// # use npyt::{NpytCopy, NpytMut};
/// # let dir = tempfile::tempdir()?;
/// let days = ["monday.npy", "tuesday.npy"].map(|day| dir.path().join(day));
/// NpytMut::<f64>::create(&days[0])?.extend_from_slice(&[101.5, 101.7])?;
/// NpytMut::<f64>::create(&days[1])?.push(102.0)?;
///
/// let week = dir.path().join("week.npy");
/// let info = npyt::merge(&days, &week)?;
/// assert_eq!((info.rows(), info.capacity()), (0..3, 3));
/// assert_eq!(NpytCopy::<f64>::open(&week)?.to_vec()?, [101.5, 101.7, 102.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "concat")]
#[doc(alias = "concatenate")]
pub fn merge(sources: impl IntoIterator<Item = impl AsRef<Path>>, to: impl AsRef<Path>) -> Result<Info> {
    let sources: Vec<PathBuf> = sources.into_iter().map(|path| path.as_ref().to_owned()).collect();
    let to = to.as_ref();
    make(to, |new| join(&sources, new, to))
}

fn join(sources: &[PathBuf], new: &File, to: &Path) -> Result<Info> {
    let [first, others @ ..] = sources else {
        return Err(Error::new(ErrorKind::NoSources, to));
    };
    // All of them before the first is copied. How many rows there are is known only after it: their writers go on.
    let source = Source::open(first)?;
    let rows = source.rows()?;
    let model = Model::of(&source, &rows)?;
    let mut expected = rows.count();
    drop(source);
    for path in others {
        let source = Source::open(path)?;
        let rows = source.rows()?;
        model.check(&source, &rows)?;
        expected = expected.saturating_add(rows.count());
    }

    let at = |kind: GeometryError| Error::new(kind, to);
    let room = model.geometry(expected).map_err(at)?;
    let mut draft = Draft::new(new, to, room.offset(), room.file_len(model.layout))?;
    let mut count: u64 = 0;
    for path in sources {
        let source = Source::open(path)?;
        let rows = source.rows()?;
        model.check(&source, &rows)?;
        // Before they are copied: positions that overflow are no positions.
        count = count.saturating_add(rows.count());
        model.geometry(count).map_err(at)?;
        for piece in rows.pieces() {
            draft.append(piece)?;
        }
    }
    let geometry = model.geometry(count).map_err(at)?;
    let header = model.header(geometry.capacity())?;
    let tail = Tail::new(model.layout, 0, count, sys::now_ns(), geometry.offset());
    draft.close(&header, geometry.rows_end(), Some(tail))?;
    read_back(new, to)
}

/// What the first file sets for the result.
#[derive(Debug)]
struct Model<'a> {
    path: &'a Path,
    dtype: DType,
    size: u64,
    alignment: usize,
    layout: TailLayout,
    /// Where the rows start, whatever the number of them: its field in the header has a fixed width.
    offset: u64,
}

impl<'a> Model<'a> {
    fn of(source: &Source<'a>, rows: &Rows<'_>) -> Result<Self> {
        let mut model = Self {
            path: source.path(),
            dtype: rows.dtype.clone(),
            size: rows.size(),
            alignment: rows.alignment(),
            layout: source.tail().map_or_else(TailLayout::default, |tail| tail.layout()),
            offset: 0,
        };
        model.offset = model.header(0)?.len() as u64;
        Ok(model)
    }

    fn header(&self, capacity: u64) -> Result<Vec<u8>> {
        header::write(&self.dtype, capacity, Form::Aligned, self.alignment).map_err(|kind| Error::new(kind, self.path))
    }

    /// Room for so many rows, with the tail on whole words.
    fn geometry(&self, rows: u64) -> Result<Geometry, GeometryError> {
        Geometry::new(self.offset, self.size, rows)?.round_up_for_tail()
    }

    fn check(&self, source: &Source<'_>, rows: &Rows<'_>) -> Result<()> {
        DTypeMismatch::check_files(self.path, &self.dtype, &rows.dtype).map_err(|kind| source.error(kind))
    }
}
