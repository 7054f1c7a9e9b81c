//! The rows that are written again and again: made once, in a file of their own, which every child maps.

use std::error::Error;
use std::fmt::Debug;
use std::path::Path;

use npyt::{NpyElement, Npyt, NpytMut};
use npyt_examples::from_csv::{CsvRow, CsvRows};
use npyt_examples::{Feed, Place, Trade};

use crate::interrupt::Interrupt;
use crate::replay::{Moved, Replay};

/// The length of the own feed: five seconds of its time.
const OWN: usize = 100_000;
/// The seed of the own feed: every run records the same trades.
const SEED: u64 = 7;

/// What a row can hold.
pub(crate) trait Content: NpyElement + Moved + PartialEq + Debug {}

impl<T: NpyElement + Moved + PartialEq + Debug> Content for T {}

/// The file of them, which is removed when this is dropped.
#[derive(Debug)]
pub(crate) struct Source(Place);

impl Source {
    pub(crate) fn of_feed() -> Result<Self, Box<dyn Error>> {
        let (source, mut file) = Self::create::<Trade>()?;
        for trade in Feed::seeded(SEED).take(OWN) {
            file.push(trade)?;
        }
        Ok(source)
    }

    /// Reads a CSV to its end: what is wrong with it is said before anything is written. `None` where that was interrupted.
    pub(crate) fn of_csv<T: Content + CsvRow>(
        path: &Path,
        interrupt: &Interrupt,
    ) -> Result<Option<Self>, Box<dyn Error>> {
        // Opened first: its errors are the better ones.
        let mut rows = CsvRows::<T>::open(path)?;
        let (source, mut file) = Self::create()?;
        for row in &mut rows {
            if interrupt.was_asked() {
                return Ok(None);
            }
            file.push(row?)?;
        }
        if file.is_empty() {
            return Err(format!("{}: expected rows behind the first line, found none", rows.name()).into());
        }
        Ok(Some(source))
    }

    fn create<T: NpyElement>() -> Result<(Self, NpytMut<T>), Box<dyn Error>> {
        let place = Place::choose(None, "npyt-endless-source-", "rows.npy")?;
        let file = NpytMut::create(place.path())?;
        Ok((Self(place), file))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

/// Opens the file in a child, which reads it in place.
pub(crate) fn open<T: Content>(path: &Path) -> Result<Npyt<T>, Box<dyn Error>> {
    // SAFETY: the first process has written it before it started us, and has it in a folder that is its own. Its names are
    // removed in the end, which is no harm to a mapping.
    Ok(unsafe { Npyt::open(path)? })
}

/// The rows of the file, told without end.
pub(crate) fn replay<T: Content>(file: &Npyt<T>) -> Result<Replay<'_, T>, Box<dyn Error>> {
    Replay::new(file.as_slice()).ok_or_else(|| "expected rows to write, found none".into())
}
