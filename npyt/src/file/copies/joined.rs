//! Files of a directory joined in one, which then takes the place of the first of them.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::source::Source;
use super::{Draft, take_permissions};
use crate::dtype::{DType, DTypeMismatch};
use crate::error::{Error, ErrorKind};
use crate::file::create::{Existing, NewName, resolve};
use crate::file::io_error;
use crate::geometry::Geometry;
use crate::header::{self, Form};
use crate::sys;
use crate::tail::{Tail, TailLayout};

/// How the file is to look, as far as the first of those that it is made of doesn't say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Joining {
    /// The alignment of a row in memory.
    pub(crate) alignment: usize,
    pub(crate) form: Form,
    pub(crate) tail: TailLayout,
    /// The number of its first row among those of the directory.
    pub(crate) base: u64,
}

/// Such a file, on the disk and without a name that anybody looks for. Dropped, or if the process is killed, there is none;
/// where the file system has no files without a name, a hidden one is left by a kill.
#[derive(Debug)]
pub(crate) struct Joined {
    file: File,
    name: NewName,
    /// What it is made of, in order.
    sources: Vec<(PathBuf, Metadata)>,
}

impl Joined {
    /// Copies the rows of these files, each of which is to have so many, from row 0 on. All have the dtype of the first, whose
    /// spelling is taken. `hidden`, in their directory, is what the file is hidden by if it needs a name.
    ///
    /// `None` where one of them is gone, or has another number of rows: it was removed, or joined with others, meanwhile.
    pub(crate) fn make(hidden: &Path, sources: &[(PathBuf, u64)], like: &Joining) -> Result<Option<Self>, Error> {
        match Self::make_of_all(hidden, sources, like) {
            Err(error) if error.io_kind() == Some(io::ErrorKind::NotFound) => Ok(None),
            made => made,
        }
    }

    fn make_of_all(hidden: &Path, sources: &[(PathBuf, u64)], like: &Joining) -> Result<Option<Self>, Error> {
        let at = |kind| Error::new(kind, hidden);
        let Some((first, _)) = sources.first() else { return Err(at(ErrorKind::NoSources)) };
        let dtype = check(first, sources)?;
        let rows = sources.iter().fold(0, |sum: u64, (_, rows)| sum.saturating_add(*rows));
        let header = header::write_with_base(&dtype, rows, like.form, like.alignment, Some(like.base));
        let header = header.map_err(|error| at(error.into()))?;
        // Nobody appends to it, so its tail need not be on whole words, and `np.load` shows its rows and no more.
        let geometry =
            Geometry::new(header.len() as u64, dtype.size() as u64, rows).map_err(|error| at(error.into()))?;

        let (file, name) = NewName::prepare(resolve(hidden, Existing::Refuse).map_err(at)?).map_err(at)?;
        let mut draft = Draft::new(&file, hidden, geometry.offset(), geometry.file_len(like.tail))?;
        let mut taken = Vec::new();
        for (path, expected) in sources {
            let source = Source::open(path)?;
            if taken.is_empty() {
                take_permissions(source.file(), &file).map_err(at)?;
            }
            let rows = source.published()?;
            if rows.count() != *expected {
                return Ok(None);
            }
            DTypeMismatch::check_files(first, &dtype, &rows.dtype).map_err(|kind| source.error(kind))?;
            for piece in rows.pieces() {
                draft.append(piece)?;
            }
            let found = source.file().metadata().map_err(io_error("look at")).map_err(|kind| source.error(kind))?;
            taken.push((path.clone(), found));
        }
        let tail = Tail::new(like.tail, 0, rows, sys::now_ns(), geometry.offset());
        draft.close(&header, geometry.rows_end(), Some(tail))?;
        Ok(Some(Self { file, name, sources: taken }))
    }

    /// Whether what it is made of is where it was.
    pub(crate) fn is_current(&self) -> bool {
        let is_there =
            |(path, found): &(PathBuf, Metadata)| fs::metadata(path).is_ok_and(|there| sys::same_file(&there, found));
        self.sources.iter().all(is_there)
    }

    /// Takes the place of the first, in one step. Who has that one open keeps it.
    pub(crate) fn replace_first(mut self) -> Result<(), Error> {
        let Some((first, _)) = self.sources.first() else { return Ok(()) };
        let replaced = self.name.rename_over(&self.file, first);
        replaced.map_err(|source| Error::new(ErrorKind::Io { action: "put joined rows in place", source }, first))
    }
}

/// Looks at all of them before anything is copied, and returns the dtype of the first.
fn check(first: &Path, sources: &[(PathBuf, u64)]) -> Result<DType, Error> {
    let mut dtype = None;
    for (path, _) in sources {
        let source = Source::open(path)?;
        let found = source.published()?.dtype;
        match &dtype {
            None => dtype = Some(found),
            Some(dtype) => {
                DTypeMismatch::check_files(first, dtype, &found).map_err(|kind| source.error(kind))?;
            }
        }
    }
    dtype.ok_or_else(|| Error::new(ErrorKind::NoSources, first))
}
