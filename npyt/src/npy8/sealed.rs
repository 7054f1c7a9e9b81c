use std::ops::Range;
use std::path::{Path, PathBuf};

use super::chunk::Chunk;
use super::directory::Directory;
use super::json::{JsonKey, Object};
use super::reader::Npy8;
use crate::element::NpyElement;
use crate::error::{ErrorKind, Result};

/// A segment that gets no more rows: from [`Npy8::sealed`].
///
/// Its rows never change. But retention may remove its file, and [`merge`](super::Npy8Mut::merge) may replace it by one that has
/// these rows and then others, or remove it for one that has them behind others: a list is of the moment when it was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Sealed<K> {
    path: PathBuf,
    began_ns: u64,
    rows: Range<u64>,
    keys: (K, K),
    offset: u64,
    row: u64,
}

impl<K> Sealed<K> {
    /// The file: an absolute path, in which links are not followed.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The number of its first row, counted from the first ever written to the directory.
    pub const fn base_row(&self) -> u64 {
        self.rows.start
    }

    /// The numbers of its rows: `np.load(path)` has them from 0 on, so many as there are here.
    pub const fn rows(&self) -> Range<u64> {
        self.rows.start..self.rows.end
    }

    /// The key of the first row.
    pub const fn first_key(&self) -> &K {
        &self.keys.0
    }

    /// The key of the last row.
    pub const fn last_key(&self) -> &K {
        &self.keys.1
    }

    /// When it was begun, in nanoseconds since 1970, as its name says; rising, also where the clock did not.
    pub const fn began_ns(&self) -> u64 {
        self.began_ns
    }

    /// The byte of the file where its rows begin.
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// So many bytes its rows take.
    pub const fn bytes(&self) -> u64 {
        (self.rows.end - self.rows.start).saturating_mul(self.row)
    }

    /// All of it as one line of JSON, without a line end: `path`, `base_row`, `rows` (their number), `first_key`, `last_key`,
    /// `began_ns`, `offset` and `bytes`.
    ///
    /// Bytes of a path that are no UTF-8 are written as Python has them in a `str`: `open` takes it as it is there.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npy8, Npy8Mut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices");
    /// Npy8Mut::<f64>::options().rows_per_segment(2).open(&path)?.extend_from_slice(&[101.5, 101.7, 101.6])?;
    /// for segment in Npy8::<f64>::open_copy(&path)?.sealed(|&price| price)? {
    ///     let line = segment?.to_json();
    ///     assert!(line.contains(r#""base_row": 0, "rows": 2, "first_key": 101.5, "last_key": 101.7,"#));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_json(&self) -> String
    where
        K: JsonKey,
    {
        let mut object = Object::new();
        object.path("path", &self.path);
        object.key("base_row", &self.rows.start);
        object.key("rows", &(self.rows.end - self.rows.start));
        object.key("first_key", self.first_key());
        object.key("last_key", self.last_key());
        object.key("began_ns", &self.began_ns);
        object.key("offset", &self.offset);
        object.key("bytes", &self.bytes());
        object.end()
    }
}

impl<T: NpyElement> Npy8<T> {
    /// The segments that get no more rows, in order: all but the newest, and that one too where it is full. `key` is asked for
    /// the first and the last row of each. For shipping them to another place, or handing them to another program.
    ///
    /// Every file is looked at before this returns: one that is damaged is an item, with its path, and the others come. Segments
    /// that are removed meanwhile are left out; what was listed may still be removed, or joined, when its turn comes.
    ///
    /// # Errors
    ///
    /// As [`rows`](Self::rows). [`Busy`](ErrorKind::Busy) where segments are joined faster than they can be looked at.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{Npy8, Npy8Mut};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("times");
    /// let mut times = Npy8Mut::<i64>::options().rows_per_segment(2).open(&path)?;
    /// times.extend_from_slice(&[930, 931, 931, 933, 935])?;
    /// let times = Npy8::<i64>::open_copy(&path)?;
    /// let sealed = times.sealed(|&time| time)?.collect::<Result<Vec<_>, _>>()?;
    /// assert_eq!(sealed.len(), 2); // 935 is in one that gets another row
    /// assert_eq!((sealed[1].rows(), sealed[1].first_key(), sealed[1].last_key()), (2..4, &931, &933));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sealed<K, F: FnMut(&T) -> K>(
        &self,
        mut key: F,
    ) -> Result<impl ExactSizeIterator<Item = Result<Sealed<K>>> + use<T, K, F>> {
        for _ in 0..TRIES {
            if let Some(found) = find(&self.directory, &mut key)? {
                return Ok(found.into_iter());
            }
        }
        Err(self.directory.error(ErrorKind::Busy))
    }
}

/// How often to begin again.
const TRIES: u32 = 100;

/// `None` where segments were joined meanwhile: what was found of them before would tell of rows twice.
fn find<T: NpyElement, K>(
    directory: &Directory,
    key: &mut dyn FnMut(&T) -> K,
) -> Result<Option<Vec<Result<Sealed<K>>>>> {
    let entries = directory.entries()?;
    let mut found = Vec::new();
    for (i, entry) in entries.iter().enumerate() {
        let next = entries.get(i + 1);
        if next.is_some_and(|next| next.base == entry.base) {
            // Without rows.
            continue;
        }
        let located = match directory.locate(entry.base) {
            Ok(Some(located)) => located,
            Ok(None) => break,
            Err(error) => {
                match error.first_kept() {
                    // It is gone, and so are those before it.
                    Some(_) => found.clear(),
                    None => found.push(Err(error)),
                }
                continue;
            }
        };
        if located.segment.name() != entry.name {
            return Ok(None);
        }
        let mut sealed = || -> Result<Option<Sealed<K>>> {
            if located.next.is_none() && !located.segment.is_full()? {
                return Ok(None);
            }
            let rows = entry.base..located.end()?;
            if rows.is_empty() {
                return Ok(None);
            }
            let mut key_of = |row: u64| -> Result<Option<K>> {
                let chunk = Chunk::<T>::new(&located.segment, row..row + 1)?;
                Ok(chunk.first().map(&mut *key))
            };
            let (Some(first), Some(last)) = (key_of(rows.start)?, key_of(rows.end - 1)?) else { return Ok(None) };
            Ok(Some(Sealed {
                path: directory.place().segment(entry.name),
                began_ns: entry.name,
                rows,
                keys: (first, last),
                offset: located.segment.offset(),
                row: size_of::<T>() as u64,
            }))
        };
        found.extend(sealed().transpose());
    }
    Ok(Some(found))
}
