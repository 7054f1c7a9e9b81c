//! `.segments`: names and base rows of all segments, so that who opens a directory has not to look into every file. Itself an
//! NPYT, of rows of two numbers: rows are added behind, and retention moves its start. The files are the truth: whatever is
//! wrong with it, it is made anew.

use std::path::{Path, PathBuf};

use super::catalog::{Catalog, Entry, Indexed};
use crate::element::NpyElement;
use crate::error::Result;
use crate::file::Peek;
use crate::handle::NpytMut;
use crate::rows;

/// One entry.
type Row = [u64; 2];

/// Rows it is made with: 64 KiB.
const CAPACITY: usize = 4096;

/// The index, as its directory's writer has it.
#[derive(Debug)]
pub(super) struct Index {
    path: PathBuf,
    /// `None` where it couldn't be written: it is made anew with the next change.
    file: Option<NpytMut<Row>>,
}

impl Index {
    /// Reads what there is; nothing where it can't be read.
    pub(super) fn read(path: &Path) -> Indexed {
        IndexReader::open(path).and_then(|mut reader| reader.all()).unwrap_or_default()
    }

    /// Opens it where it says what the directory does, else makes it anew.
    pub(super) fn open(path: &Path, says: &Indexed, catalog: &Catalog) -> Self {
        let mut index = Self { path: path.to_owned(), file: None };
        let kept = says.entries.get(says.dropped..).unwrap_or_default();
        let missing = catalog.entries().strip_prefix(kept);
        if let (Some(missing), false) = (missing, kept.is_empty()) {
            let add = || -> Result<NpytMut<Row>> {
                let mut file = NpytMut::<Row>::open(path)?;
                file.extend_from_slice(&missing.iter().map(row).collect::<Vec<_>>())?;
                Ok(file)
            };
            index.file = add().ok();
        }
        index.mend(catalog);
        index
    }

    /// Adds the newest segment of the catalog.
    pub(super) fn push(&mut self, catalog: &Catalog) {
        self.let_go();
        let added = match (&mut self.file, catalog.newest()) {
            (Some(file), Some(newest)) => file.push(row(&newest)).is_ok(),
            _ => false,
        };
        if !added {
            self.file = None;
            self.mend(catalog);
        }
    }

    /// Gives up the first entries, which the catalog no longer has.
    pub(super) fn drop_front(&mut self, count: usize, catalog: &Catalog) {
        self.let_go();
        if self.file.as_mut().is_none_or(|file| file.discard_front(count).is_err()) {
            self.file = None;
            self.mend(catalog);
        }
    }

    /// Forgets one that somebody removed, replaced or cut: readers would not be told of what is added to it.
    fn let_go(&mut self) {
        self.file = self.file.take().filter(|file| file.writer().is_in_place());
    }

    /// Makes it anew, for a directory whose segments were joined.
    pub(super) fn remake(&mut self, catalog: &Catalog) {
        self.file = None;
        self.mend(catalog);
    }

    /// Makes it anew where it is not right. Where that fails there is none, and readers look at the files.
    fn mend(&mut self, catalog: &Catalog) {
        if self.file.is_none() {
            let rows: Vec<Row> = catalog.entries().iter().map(row).collect();
            let make = || -> Result<NpytMut<Row>> {
                let options = NpytMut::<Row>::options().capacity(CAPACITY.max(2 * rows.len()));
                let mut file = options.overwrite(&self.path)?;
                file.extend_from_slice(&rows)?;
                Ok(file)
            };
            self.file = make().ok();
        }
    }
}

const fn row(entry: &Entry) -> Row {
    [entry.name, entry.base]
}

/// The index, as its directory's readers have it.
#[derive(Debug)]
pub(super) struct IndexReader {
    file: Peek,
    /// So many of its rows have been read.
    read: u64,
}

impl IndexReader {
    pub(super) fn open(path: &Path) -> Result<Self> {
        Ok(Self { file: Peek::open(path, &Row::DTYPE, std::any::type_name::<Row>())?, read: 0 })
    }

    /// All entries.
    pub(super) fn all(&mut self) -> Result<Indexed> {
        self.read = 0;
        let (entries, start) = self.more()?;
        Ok(Indexed { entries, dropped: usize::try_from(start).unwrap_or(usize::MAX), end: 0 })
    }

    /// The entries that were added since, and how many of all there ever were are no longer kept.
    pub(super) fn more(&mut self) -> Result<(Vec<Entry>, u64)> {
        let (start, end) = self.file.observe_from_start()?;
        if end <= self.read {
            return Ok((Vec::new(), start));
        }
        let mut new = Vec::new();
        self.file.read(self.read..end, |file, at| {
            new = rows::zeroed::<Row>(usize::try_from(end - self.read).unwrap_or(usize::MAX))?;
            rows::read_all(file, at, &mut new)
        })?;
        self.read = end;
        Ok((new.into_iter().map(|[name, base]| Entry { name, base }).collect(), start))
    }

    /// An entry by its number, also one that is no longer kept; `None` where there is none.
    pub(super) fn entry(&self, number: u64) -> Result<Option<Entry>> {
        if number >= self.read {
            return Ok(None);
        }
        let mut found = [[0; 2]];
        self.file.read(number..number + 1, |file, at| rows::read_all(file, at, &mut found))?;
        let [[name, base]] = found;
        Ok(Some(Entry { name, base }))
    }

    /// Whether it still is the index of its directory: another may have taken its place.
    pub(super) fn is_current(&self) -> bool {
        self.file.is_current()
    }
}
