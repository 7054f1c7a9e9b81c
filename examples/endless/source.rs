//! The rows that are written again and again: made once, in a file of their own, which every child maps.

use std::error::Error;
use std::fmt::Debug;
use std::io;
use std::path::Path;
use std::thread;

use npyt::{NpyElement, Npyt, NpytMut};
use npyt_examples::from_csv::{CsvRow, CsvRows};
use npyt_examples::{Feed, Place, Trade};

use crate::children::LOOK;
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
        let source = Self::choose()?;
        let mut file = NpytMut::<Trade>::create(source.path())?;
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
        let source = Self::choose()?;
        let (csv, file) = (path.to_owned(), source.path().to_owned());
        // In a thread, as nothing may come through a pipe for longer than the user cares to wait.
        let reading = thread::spawn(move || copy::<T>(&csv, &file));
        while !reading.is_finished() {
            if interrupt.was_asked() {
                return Ok(None);
            }
            thread::sleep(LOOK);
        }
        match reading.join() {
            Ok(Ok(())) => Ok(Some(source)),
            Ok(Err(error)) => Err(error),
            Err(_) => Err("the thread that reads the CSV has panicked".into()),
        }
    }

    fn choose() -> io::Result<Self> {
        Place::choose(None, "npyt-endless-source-", "rows.npy").map(Self)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

/// Puts the rows of a CSV into a file.
fn copy<T: Content + CsvRow>(csv: &Path, file: &Path) -> Result<(), Box<dyn Error + Send + Sync>> {
    // Opened first: its errors are the better ones.
    let mut rows = CsvRows::<T>::open(csv)?;
    let mut file = NpytMut::create(file)?;
    for row in &mut rows {
        file.push(row?)?;
    }
    if file.is_empty() {
        return Err(format!("{}: expected rows behind the first line, found none", rows.name()).into());
    }
    Ok(())
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
